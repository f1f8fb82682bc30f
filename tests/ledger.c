#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "at/cme.h"
#include "at/grammar.h"
#include "base/profile.h"
#include "base/transcript.h"
#include "cmd/ctx.h"

/*
 * The ledger of conformance: forms and errors of the command tables against
 * what the recordings of the cases show.
 *
 *   ledger ERRORS OPEN RECORDING...
 *
 * ERRORS lists the names of the errors that the modem's code makes; OPEN what
 * has no case, a line each with its reason: `+CMD FORM reason`, `ERR_X
 * reason`. Exit status 1 when something without a case is not in OPEN.
 */
enum { FORMS = 6, ROWS_MAX = 512, NUMBERS = 1000, OPEN_MAX = 256 };

static const char *const form_names[FORMS] = {
	"test", "read", "write", "exec", "basic", "dial"};

static struct row {
	const struct at_family *family;
	const struct at_cmd *cmd;
	unsigned seen;
} rows[ROWS_MAX];
static size_t n_rows;

static bool numbers[NUMBERS]; /* printed in some answer */

static struct open {
	char what[64];
	bool used;
} opens[OPEN_MAX];
static size_t n_opens;

/* ---- what the recordings show ---- */

static void see_part(const struct at_part *part)
{
	for (size_t i = 0; i < n_rows; i++)
		if (strcmp(rows[i].cmd->name, part->name) == 0)
			rows[i].seen |= part->form;
}

static void see_command(char *line)
{
	struct at_part part;
	struct why why;
	size_t pos = 2;
	char *at;

	/* Data of a known length has no end of its own. */
	while ((at = strstr(line + 1, "AT+")) != NULL &&
		strncasecmp(line, "AT", 2) != 0)
		line = at;
	if (strncasecmp(line, "AT", 2) != 0)
		return;
	while (at_part_next(line, &pos, &part, &why) == AT_PART_FOUND)
		see_part(&part);
}

/* Every number behind a blank or a comma: codes of results are among them. */
static void see_answer(const char *line)
{
	for (const char *p = line; *p == '+' || p != line; p++) {
		char *end;
		long n;

		p = strpbrk(p, " ,");
		if (p == NULL)
			return;
		n = strtol(p + 1, &end, 10);
		if (end != p + 1 && n >= 0 && n < NUMBERS)
			numbers[n] = true;
	}
}

struct lines {
	struct buf text[2]; /* host, modem */
};

static void take_bytes(struct buf *line, const struct buf *bytes,
	void (*see)(struct buf *line))
{
	const uint8_t *p = buf_data(bytes);

	for (size_t i = 0; i < buf_len(bytes); i++) {
		/* Ctrl-Z and ESC end what follows a prompt. */
		if (p[i] != '\r' && p[i] != '\n' && p[i] != 26 && p[i] != 27) {
			buf_addc(line, p[i]);
			continue;
		}
		if (buf_len(line) > 0)
			see(line);
		buf_reset(line);
	}
}

static void see_host(struct buf *line)
{
	char *text = strdup(buf_len(line) > 0 && buf_cstr(line) != NULL
				    ? buf_cstr(line)
				    : "");

	if (text != NULL)
		see_command(text);
	free(text);
}

static void see_modem(struct buf *line)
{
	if (buf_cstr(line) != NULL)
		see_answer(buf_cstr(line));
}

static bool on_record(void *arg, const struct transcript_record *rec,
	struct transcript_error *err)
{
	struct body body = {.text = rec->body, .len = rec->len};
	struct lines *l = arg;
	struct body_item item;
	enum body_type type;
	struct buf bytes;

	(void)err;
	if (rec->lane != LANE_AT_TX && rec->lane != LANE_AT_RX)
		return true;
	buf_init(&bytes, TRANSCRIPT_LINE_MAX);
	while ((type = body_next(&body, &item)) != BODY_END && type != BODY_BAD)
		/* A mask stands for bytes that no form depends on. */
		buf_addc(&bytes, type == BODY_BYTE ? item.byte : '*');
	if (rec->lane == LANE_AT_TX)
		take_bytes(&l->text[0], &bytes, see_host);
	else
		take_bytes(&l->text[1], &bytes, see_modem);
	buf_free(&bytes);
	return true;
}

static bool read_recording(const char *path)
{
	struct lines lines;
	const struct transcript_handler handler = {NULL, on_record, &lines};
	struct transcript_reader reader;
	struct transcript_error err = {0};
	char chunk[4096];
	bool ok = true;
	size_t n;
	FILE *f = fopen(path, "re");

	if (f == NULL) {
		perror(path);
		return false;
	}
	buf_init(&lines.text[0], 1 << 20);
	buf_init(&lines.text[1], 1 << 20);
	transcript_reader_init(&reader, &handler);
	while (ok && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		ok = transcript_reader_feed(&reader, chunk, n, &err);
	ok = ok && transcript_reader_end(&reader, &err);
	if (!ok)
		fprintf(stderr, "%s:%u:%u: %s\n", path, err.line, err.column,
			err.text);
	transcript_reader_free(&reader);
	buf_free(&lines.text[0]);
	buf_free(&lines.text[1]);
	fclose(f);
	return ok;
}

/* ---- the books ---- */

static bool read_open(const char *path)
{
	char line[400];
	FILE *f = fopen(path, "re");

	if (f == NULL) {
		perror(path);
		return false;
	}
	while (fgets(line, sizeof(line), f) != NULL && n_opens < OPEN_MAX) {
		struct open *o = &opens[n_opens];
		size_t n = strcspn(line, " \n");

		if (line[0] == '#' || n == 0)
			continue;
		/* `+CMD FORM` are two words, `ERR_X` is one. */
		if (strncmp(line, "ERR_", 4) != 0 && line[n] == ' ')
			n += 1 + strcspn(line + n + 1, " \n");
		snprintf(o->what, sizeof(o->what), "%.*s", (int)n, line);
		n_opens++;
	}
	fclose(f);
	return true;
}

static bool is_open(const char *what)
{
	for (size_t i = 0; i < n_opens; i++)
		if (strcmp(opens[i].what, what) == 0)
			return opens[i].used = true;
	return false;
}

/* Tell of one thing without a case; false: it should have one. */
static bool tell_missing(const char *what)
{
	bool known = is_open(what);

	printf("%s %s\n", known ? "open   " : "MISSING", what);
	return known;
}

static bool check_forms(void)
{
	unsigned have = 0, all = 0;
	bool ok = true;
	char what[64];

	for (size_t i = 0; i < n_rows; i++)
		for (unsigned f = 0; f < FORMS; f++) {
			if (!(rows[i].cmd->forms & (1u << f)))
				continue;
			all++;
			if (rows[i].seen & (1u << f)) {
				have++;
				continue;
			}
			snprintf(what, sizeof(what), "%s %s", rows[i].cmd->name,
				form_names[f]);
			if (!tell_missing(what))
				ok = false;
		}
	printf("forms: %u of %u have a case\n", have, all);
	return ok;
}

static bool is_made(const char *errors, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = strstr(errors, name); p != NULL;
		p = strstr(p + 1, name))
		if (p[n] == '\n' || p[n] == '\0')
			return true;
	return false;
}

static bool check_errors(const char *errors)
{
	unsigned have = 0, all = 0;
	struct profile profile;
	bool ok = true;

	profile_init(&profile);
	for (int e = ERR_UNKNOWN; e < ERR_OK; e++) {
		const char *text;
		int cme = -1, net = -1;

		if (!is_made(errors, err_name((enum err)e)))
			continue;
		if (!cme_number(&profile, (enum err)e, &cme, &text))
			cme = -1;
		if (e >= ERR_NET_UNKNOWN)
			net = cme_net_code(&profile, (enum err)e, &text);
		if (cme < 0 && net <= 0)
			continue; /* a plain ERROR has no number */
		all++;
		if ((cme > 0 && numbers[cme]) || (net > 0 && numbers[net]))
			have++;
		else if (!tell_missing(err_name((enum err)e)))
			ok = false;
	}
	printf("errors: %u of %u have a case\n", have, all);
	return ok;
}

static void tell_stale(void)
{
	for (size_t i = 0; i < n_opens; i++)
		if (!opens[i].used)
			printf("stale   %s: it has a case now, or is gone\n",
				opens[i].what);
}

static char *read_text(const char *path)
{
	char *text = calloc(1, 65536);
	FILE *f = fopen(path, "re");

	if (f == NULL || text == NULL)
		perror(path);
	else
		text[fread(text, 1, 65535, f)] = '\0';
	if (f != NULL)
		fclose(f);
	return text;
}

int main(int argc, char **argv)
{
	char *errors;
	bool ok;

	if (argc < 4) {
		fputs("usage: ledger ERRORS OPEN RECORDING...\n", stderr);
		return 2;
	}
	for (size_t i = 0; cmd_families[i] != NULL; i++)
		for (const struct at_cmd *c = cmd_families[i]->rows;
			c->name != NULL && n_rows < ROWS_MAX; c++)
			rows[n_rows++] = (struct row){cmd_families[i], c, 0};
	errors = read_text(argv[1]);
	if (errors == NULL || !read_open(argv[2]))
		return 2;
	for (int i = 3; i < argc; i++)
		if (!read_recording(argv[i]))
			return 2;
	ok = check_forms();
	ok = check_errors(errors) && ok;
	tell_stale();
	free(errors);
	return ok ? 0 : 1;
}
