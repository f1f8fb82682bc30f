#include "hil/far_evidence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "base/buf.h"
#include "hil/tail.h"

#define LINE_MAX_BYTES 65536

struct far_evidence {
	struct far_evidence_opts opts;
	struct tail *tail;
	struct buf line;
	FILE *copy;
	struct evidence_run run;
	char client[160], host[256];
	size_t old; /* bytes that were there before us */
};

static void take_line(struct far_evidence *f, const char *line)
{
	json_t *root = json_loads(line, 0, NULL);
	bool is_own =
		json_is_object(root) && evidence_is_own(root, &f->run, NULL, 0);

	json_decref(root);
	if (!is_own)
		return;
	fprintf(f->copy, "%s\n", line);
	fflush(f->copy);
	f->opts.line(f->opts.arg, line);
}

static void on_data(void *arg, const char *data, size_t len)
{
	struct far_evidence *f = arg;
	size_t skip = f->old < len ? f->old : len;

	f->old -= skip;
	data += skip;
	len -= skip;
	while (len > 0) {
		const char *lf = memchr(data, '\n', len);
		size_t n = lf != NULL ? (size_t)(lf - data) : len;

		/* Longer than any broker's: its end will be no JSON. */
		if (!buf_add(&f->line, data, n))
			buf_reset(&f->line);
		if (lf == NULL)
			return;
		if (buf_cstr(&f->line) != NULL)
			take_line(f, buf_cstr(&f->line));
		buf_reset(&f->line);
		data += n + 1;
		len -= n + 1;
	}
}

static const char *keep(char *room, size_t size, const char *text)
{
	if (text == NULL)
		return NULL;
	snprintf(room, size, "%s", text);
	return room;
}

struct far_evidence *far_evidence_new(
	const struct far_evidence_opts *opts, char *why, size_t why_size)
{
	struct far_evidence *f = calloc(1, sizeof(*f));
	struct stat st;

	snprintf(why, why_size, "out of memory");
	if (f == NULL)
		return NULL;
	f->opts = *opts;
	/* A scenario may give its parameters other values. */
	f->run = opts->run;
	f->run.client = keep(f->client, sizeof(f->client), opts->run.client);
	f->run.host = keep(f->host, sizeof(f->host), opts->run.host);
	buf_init(&f->line, LINE_MAX_BYTES);
	if (stat(opts->path, &st) != 0)
		snprintf(why, why_size, "the broker's evidence %s: %s",
			opts->path, strerror(errno));
	else {
		f->old = (size_t)st.st_size;
		f->copy = fopen(opts->copy, "ae");
	}
	if (f->copy != NULL)
		f->tail = tail_new(opts->base, opts->path, on_data, f);
	if (f->tail != NULL)
		return f;
	far_evidence_free(f);
	return NULL;
}

void far_evidence_free(struct far_evidence *f)
{
	if (f == NULL)
		return;
	tail_free(f->tail);
	if (f->copy != NULL)
		fclose(f->copy);
	buf_free(&f->line);
	free(f);
}
