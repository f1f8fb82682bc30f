#include "tests/ledger/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "at/cme.h"
#include "at/grammar.h"
#include "base/profile.h"
#include "base/transcript.h"

enum { LINE_MAX_LEN = 1 << 20, HELD = 16 };

/* A reason whose line has not come yet. */
struct held {
	struct row *row; /* NULL: the line will name it */
	enum err errs[2 * PLACE_ERRS];
	unsigned n;
};

struct reader {
	struct books *books;
	struct profile profile;
	struct buf text[2]; /* host, modem */
	bool numbers;	    /* CMEE is not 0 */
	struct held held[HELD];
	unsigned n_held;
};

/* ---- the host's lines: forms ---- */

static void see_command(struct reader *r, char *line)
{
	struct at_part part;
	struct why why;
	size_t pos = 2;
	char *at;

	/* Data of a known length has no end of its own. */
	while (strncasecmp(line, "AT", 2) != 0 && line[0] != '\0' &&
		(at = strstr(line + 1, "AT+")) != NULL)
		line = at;
	if (strncasecmp(line, "AT", 2) != 0)
		return;
	while (at_part_next(line, &pos, &part, &why) == AT_PART_FOUND) {
		struct row *row =
			books_row(r->books, part.name, strlen(part.name));

		if (row != NULL)
			row->forms |= part.form;
		if (part.form == AT_FORM_WRITE && part.args != NULL &&
			strcmp(part.name, "+CMEE") == 0)
			r->numbers = part.args[0] != '0';
	}
}

/* ---- reasons: which place, so which error ---- */

/* Wildcards at both ends: prefixes are put before a reason, text is cut. */
static bool matches(const char *pattern, const char *text)
{
	const char *star = pattern, *from = text;

	while (*text != '\0') {
		if (*pattern == 1) {
			star = ++pattern;
			from = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else {
			pattern = star;
			text = ++from;
		}
	}
	while (*pattern == 1)
		pattern++;
	return *pattern == '\0';
}

static void add_error(struct held *h, enum err err)
{
	for (unsigned i = 0; i < h->n; i++)
		if (h->errs[i] == err)
			return;
	if (h->n < sizeof(h->errs) / sizeof(*h->errs))
		h->errs[h->n++] = err;
}

/* The places that say most of the text; false: no place does. */
static bool find_places(struct reader *r, const char *text, struct held *h)
{
	struct books *b = r->books;
	size_t best = 0;

	for (size_t i = 0; i < b->n_places; i++)
		if (b->places[i].weight > best &&
			matches(b->places[i].pattern, text))
			best = b->places[i].weight;
	for (size_t i = 0; best > 0 && i < b->n_places; i++) {
		struct place *p = &b->places[i];

		if (p->weight != best || !matches(p->pattern, text))
			continue;
		p->seen = true;
		for (unsigned e = 0; e < p->n_errs; e++)
			add_error(h, p->errs[e]);
		if (p->n_errs == 0 && h->row != NULL)
			add_error(h, h->row->family->param_err);
	}
	return best > 0;
}

/* What a reason is about, where that is not the name of a command. */
static struct row *row_of_object(struct reader *r, const char *text, size_t len)
{
	static const char *const objects[][2] = {
		{"dns", "+QIDNSGIP"}, {"ping", "+QPING"}, {"ntp", "+QNTP"}};

	for (size_t i = 0; i < sizeof(objects) / sizeof(*objects); i++)
		if (strncmp(objects[i][0], text, len) == 0 &&
			objects[i][0][len] == '\0')
			return books_row(
				r->books, objects[i][1], strlen(objects[i][1]));
	return books_row(r->books, text, len);
}

static void see_reason(struct reader *r, const char *record, size_t len)
{
	struct held held = {0};
	char text[700], *grade;

	snprintf(text, sizeof(text), "%.*s", (int)len, record);
	grade = strrchr(text, '[');
	/* What we refuse no modem does. */
	if (grade == NULL || grade == text || strcmp(grade, "[policy]") == 0)
		return;
	grade[-1] = '\0';
	held.row = row_of_object(r, text, strcspn(text, ":"));
	if (!find_places(r, text, &held)) {
		printf("note: no place in the code says: %s\n", text);
		r->books->unknown++;
	} else if (held.n > 0 && r->n_held < HELD) {
		r->held[r->n_held++] = held;
	}
}

/* ---- the modem's lines: finals and URCs ---- */

/* Every command can meet these (cmd/errors.c). */
static bool is_anyones(enum err err)
{
	return err == ERR_SYNTAX || err == ERR_NO_COMMAND ||
	       err == ERR_NO_MEMORY || err == ERR_NET_MEMORY;
}

static bool can(const struct row *row, enum err err)
{
	return row->can[err - ERR_UNKNOWN];
}

/* A TLS connection's files fail as ERR_TLS_FILE, whatever was wrong. */
static enum err as_seen(const struct row *row, enum err err)
{
	return row->family->domain == AT_DOMAIN_NET && err >= ERR_FILE_PARAM &&
			       err <= ERR_FILE_ALREADY_OPEN
		       ? ERR_TLS_FILE
		       : err;
}

/* True when the modem's line can be what this error of the row looks like. */
static bool looks_like(const struct reader *r, const struct row *row,
	enum err err, const char *line)
{
	static const char head[] = "+CME ERROR: ";
	const char *text, *code = strrchr(line, ',');
	char number[16];
	int n;

	if (row->family->domain == AT_DOMAIN_NET && row->cmd->name[0] == '+' &&
		strncmp(line, row->cmd->name, strlen(row->cmd->name)) == 0) {
		snprintf(number, sizeof(number), "%d",
			cme_net_code(&r->profile, err, &text));
		return code != NULL && strcmp(code + 1, number) == 0;
	}
	if (row->family->domain != AT_DOMAIN_CME || !r->numbers)
		return true;
	if (!cme_number(&r->profile, err, &n, &text))
		return strcmp(line, "ERROR") == 0;
	snprintf(number, sizeof(number), "%d", n);
	return strncmp(line, head, sizeof(head) - 1) == 0 &&
	       (strcmp(line + sizeof(head) - 1, number) == 0 ||
		       strcmp(line + sizeof(head) - 1, text) == 0);
}

/*
 * Which error it was: one that its places make, or else, as a handler may
 * have changed it on its way, one that the row lists; if the line can be it.
 */
static enum err error_of(
	const struct reader *r, const struct held *h, const char *line)
{
	for (unsigned i = 0; i < h->n; i++) {
		enum err err = as_seen(h->row, h->errs[i]);

		if (can(h->row, err) && looks_like(r, h->row, err, line))
			return err;
	}
	for (int e = ERR_UNKNOWN; e <= ERR_TLS_HANDSHAKE && r->numbers; e++)
		if (h->row->family->domain == AT_DOMAIN_CME &&
			can(h->row, (enum err)e) &&
			looks_like(r, h->row, (enum err)e, line))
			return (enum err)e;
	return as_seen(h->row, h->errs[0]);
}

static void settle(struct reader *r, const struct held *h, const char *line)
{
	enum err err = error_of(r, h, line);

	/* ERROR at CMEE=0 may stand for one that was changed. */
	if (!can(h->row, err) &&
		(is_anyones(err) || (h->row->family->domain == AT_DOMAIN_CME &&
					    !r->numbers)))
		return;
	h->row->did[err - ERR_UNKNOWN] = true;
}

static void see_line(struct reader *r, const char *line)
{
	struct row *row = books_row(r->books, line, strcspn(line, ":"));

	for (unsigned i = 0; i < r->n_held; i++) {
		struct held *h = &r->held[i];

		if (h->row == NULL)
			h->row = row;
		if (h->row != NULL)
			settle(r, h, line);
	}
	r->n_held = 0;
}

/* ---- records ---- */

static void take_bytes(struct reader *r, int side, const struct buf *bytes)
{
	const uint8_t *p = buf_data(bytes);
	struct buf *line = &r->text[side];

	for (size_t i = 0; i < buf_len(bytes); i++) {
		char *text;

		/* Ctrl-Z and ESC end what follows a prompt. */
		if (p[i] != '\r' && p[i] != '\n' && p[i] != 26 && p[i] != 27) {
			buf_addc(line, p[i]);
			continue;
		}
		if (buf_len(line) > 0 && buf_cstr(line) != NULL) {
			text = strdup(buf_cstr(line));
			if (text == NULL)
				abort();
			if (side == 0)
				see_command(r, text);
			else
				see_line(r, text);
			free(text);
		}
		buf_reset(line);
	}
}

static bool on_record(void *arg, const struct transcript_record *rec,
	struct transcript_error *err)
{
	struct body body = {.text = rec->body, .len = rec->len};
	struct reader *r = arg;
	struct body_item item;
	enum body_type type;
	struct buf bytes;

	(void)err;
	if (rec->lane == LANE_WHY)
		see_reason(r, rec->body, rec->len);
	if (rec->lane != LANE_AT_TX && rec->lane != LANE_AT_RX)
		return true;
	buf_init(&bytes, TRANSCRIPT_LINE_MAX);
	while ((type = body_next(&body, &item)) != BODY_END && type != BODY_BAD)
		/* A mask stands for bytes that no form depends on. */
		buf_addc(&bytes, type == BODY_BYTE ? item.byte : '*');
	take_bytes(r, rec->lane == LANE_AT_TX ? 0 : 1, &bytes);
	buf_free(&bytes);
	return true;
}

bool recording_read(struct books *b, const char *path)
{
	struct reader r = {.books = b};
	const struct transcript_handler handler = {NULL, on_record, &r};
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
	profile_init(&r.profile);
	r.numbers = r.profile.at_cmee != 0;
	buf_init(&r.text[0], LINE_MAX_LEN);
	buf_init(&r.text[1], LINE_MAX_LEN);
	transcript_reader_init(&reader, &handler);
	while (ok && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		ok = transcript_reader_feed(&reader, chunk, n, &err);
	ok = ok && transcript_reader_end(&reader, &err);
	if (!ok)
		fprintf(stderr, "%s:%u:%u: %s\n", path, err.line, err.column,
			err.text);
	transcript_reader_free(&reader);
	buf_free(&r.text[0]);
	buf_free(&r.text[1]);
	fclose(f);
	return ok;
}
