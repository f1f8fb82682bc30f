#include "hil/calibrate.h"

#include <stdio.h>
#include <string.h>

/* Where a profile value shows. */
enum shows {
	SHOWS_LINE,  /* the answer's first line, all of it */
	SHOWS_FIELD, /* field `field` of the line that begins with `prefix` */
	SHOWS_KEYS,  /* first fields of all such lines, as a list */
	SHOWS_CODE,  /* the number of the CME error; ERROR, when it is none */
	SHOWS_DOWN,  /* `error`, or `urc` when it fails behind an OK */
	SHOWS_EOF,   /* of a read at the end: CME number, connect, or ok */
};

static const struct question {
	const char *command, *prefix;
	enum shows shows;
	unsigned field;
	const char *section, *value;
} questions[] = {
	/* clang-format off */
	{"AT+CGMI", "", SHOWS_LINE, 0, "identity", "manufacturer"},
	{"AT+CGMM", "", SHOWS_LINE, 0, "identity", "model"},
	{"AT+CGMR", "", SHOWS_LINE, 0, "identity", "revision"},
	{"AT+CSUB", "SubEdition: ", SHOWS_FIELD, 0, "identity", "subedition"},
	{"AT+CMEE?", "+CMEE: ", SHOWS_FIELD, 0, "at", "cmee"},
	{"AT+IPR?", "+IPR: ", SHOWS_FIELD, 0, "at", "rate"},
	{"AT+QURCCFG=\"urcport\"", "+QURCCFG: ", SHOWS_FIELD, 1,
		"at", "urcport"},
	{"AT+QICFG=?", "+QICFG: ", SHOWS_KEYS, 0, "tcp", "keys"},
	{"AT+QSSLCFG=?", "+QSSLCFG: ", SHOWS_KEYS, 0, "ssl", "keys"},
	{"AT+QSSLCFG=\"sslversion\",5", "+QSSLCFG: ", SHOWS_FIELD, 2,
		"ssl", "sslversion"},
	{"AT+QSSLCFG=\"ciphersuite\",5", "+QSSLCFG: ", SHOWS_FIELD, 2,
		"ssl", "ciphersuite"},
	{"AT+QSSLCFG=\"seclevel\",5", "+QSSLCFG: ", SHOWS_FIELD, 2,
		"ssl", "seclevel"},
	{"AT+QSSLCFG=\"ignorelocaltime\",5", "+QSSLCFG: ", SHOWS_FIELD, 2,
		"ssl", "ignorelocaltime"},
	{"AT+QSSLCFG=\"negotiatetime\",5", "+QSSLCFG: ", SHOWS_FIELD, 2,
		"ssl", "negotiatetime"},
	{"AT+QSSLCFG=\"sni\",5", "+QSSLCFG: ", SHOWS_FIELD, 2, "ssl", "sni"},
	{"AT+QSSLCFG=\"closetimemode\",5", "+QSSLCFG: ", SHOWS_FIELD, 2,
		"ssl", "close_ms"},
	{"AT+QIOPEN=16,*", "+QIOPEN: ", SHOWS_DOWN, 0, "tcp", "pdp_down"},
	{"AT+QSSLOPEN=16,*", "+QSSLOPEN: ", SHOWS_DOWN, 0, "ssl", "pdp_down"},
	{"AT+CMEE=9", "", SHOWS_CODE, 0, "at", "code_param"},
	{"AT+QFLDS=\"UFS\"", "+QFLDS: ", SHOWS_FIELD, 1,
		"files", "ufs_total"},
	{"AT+QFLDS=\"RAM\"", "+QFLDS: ", SHOWS_FIELD, 1,
		"files", "ram_total"},
	{"AT+QFDEL=\"ec21-absent\"", "+CME ERROR: ", SHOWS_FIELD, 0,
		"files", "code_delete_absent"},
	{"AT+QFLST=\"ec21-absent\"", "+CME ERROR: ", SHOWS_FIELD, 0,
		"files", "code_list_absent"},
	{"AT+QFOPEN=\"ec21-absent\",2", "+CME ERROR: ", SHOWS_FIELD, 0,
		"files", "code_open_absent"},
	{"AT+QFCLOSE=4000", "+CME ERROR: ", SHOWS_FIELD, 0,
		"files", "code_handle"},
	{"AT+QFOPEN=\"\",2", "+CME ERROR: ", SHOWS_FIELD, 0,
		"files", "code_name"},
	{"AT+QFOPEN=\"RAM:ec21-cal\",2", "+QFOPEN: ", SHOWS_FIELD, 0,
		"files", "handle_ram"},
	{"AT+QFSEEK=*", "", SHOWS_CODE, 0, "files", "code_seek"},
	{"AT+QFREAD=*", "", SHOWS_EOF, 0, "files", "eof"},
	/* clang-format on */
};

#define N_QUESTIONS (sizeof(questions) / sizeof(*questions))

_Static_assert(N_QUESTIONS <= 64, "a bit each in calibrate_counts");

size_t calibrate_questions(void)
{
	return N_QUESTIONS;
}

struct answer {
	char text[600];
	unsigned line;
};

/* Field n of a list, without its quotes. */
static void take_field(const char *s, unsigned n, char *text, size_t size)
{
	size_t len;

	while (n-- > 0) {
		s = strchr(s, ',');
		if (s == NULL)
			return;
		s++;
	}
	len = strcspn(s, ",");
	if (len > 1 && s[0] == '"' && s[len - 1] == '"') {
		s++;
		len -= 2;
	}
	snprintf(text, size, "%.*s", (int)len, s);
}

static void take_line(
	const struct question *q, const char *line, struct answer *a)
{
	size_t n = strlen(q->prefix), had = strlen(a->text);
	char field[64] = "";

	if (strncmp(line, q->prefix, n) != 0)
		return;
	if (q->shows == SHOWS_LINE && had == 0) {
		snprintf(a->text, sizeof(a->text), "%s", line);
	} else if (q->shows == SHOWS_FIELD && had == 0) {
		take_field(line + n, q->field, a->text, sizeof(a->text));
	} else if (q->shows == SHOWS_KEYS) {
		take_field(line + n, 0, field, sizeof(field));
		snprintf(a->text + had, sizeof(a->text) - had, "%s%s",
			had > 0 ? "," : "", field);
	}
}

static bool is_asked(const struct question *q, const struct turn *t)
{
	size_t n = strcspn(q->command, "*");

	return strncmp(t->command, q->command, n) == 0 &&
	       (q->command[n] == '*' || t->command[n] == '\0');
}

/* `ERROR` has no number: that is 0, where a number is asked for. */
static void take_code(
	const struct question *q, const char *last, struct answer *a)
{
	bool as_word = strcmp(q->value, "code_seek") == 0;

	if (strncmp(last, "+CME ERROR: ", 12) == 0)
		snprintf(a->text, sizeof(a->text), "%s", last + 12);
	else if (strcmp(last, "ERROR") == 0)
		snprintf(a->text, sizeof(a->text), as_word ? "ERROR" : "0");
}

static bool has_urc(const struct session *s, const char *prefix, unsigned line)
{
	for (size_t i = 0; i < s->n_urcs; i++)
		if (s->urcs[i].line >= line &&
			strncmp(s->urcs[i].text, prefix, strlen(prefix)) == 0)
			return true;
	return false;
}

/* What is seen in how a turn ends. */
static void take_end(const struct session *s, const struct question *q,
	const struct turn *t, struct answer *a)
{
	const char *last = t->n_lines > 0 ? t->lines[t->n_lines - 1] : "";
	bool ok = strcmp(last, "OK") == 0;

	if (q->shows == SHOWS_CODE) {
		take_code(q, last, a);
	} else if (q->shows == SHOWS_DOWN && ok) {
		if (has_urc(s, q->prefix, t->line))
			snprintf(a->text, sizeof(a->text), "urc");
	} else if (q->shows == SHOWS_DOWN && last[0] != '\0') {
		snprintf(a->text, sizeof(a->text), "error");
	} else if (q->shows == SHOWS_EOF && ok) {
		snprintf(a->text, sizeof(a->text), "%s",
			t->n_lines > 1 ? "connect" : "ok");
	} else if (q->shows == SHOWS_EOF) {
		take_code(q, last, a);
	}
}

/* What a session says to a question; false: it was not asked, or refused. */
static bool find_answer(
	const struct session *s, const struct question *q, struct answer *a)
{
	/* The first read gets what is there, the second is at the end. */
	unsigned skip = q->shows == SHOWS_EOF;

	*a = (struct answer){0};
	for (size_t i = 0; i < s->n_turns && a->text[0] == '\0'; i++) {
		const struct turn *t = &s->turns[i];

		if (!is_asked(q, t) || skip-- > 0)
			continue;
		a->line = t->line;
		if (q->shows >= SHOWS_CODE) {
			take_end(s, q, t, a);
			break;
		}
		for (size_t k = 0; k < t->n_lines; k++)
			take_line(q, t->lines[k], a);
		if (strstr(a->text, "ERROR") != NULL)
			a->text[0] = '\0';
	}
	return a->text[0] != '\0';
}

void calibrate_values(FILE *out, const struct session *board,
	const struct session *ours, const char *file,
	struct calibrate_counts *counts)
{
	const char *section = "";
	struct answer a, b;
	struct profile p;
	struct why why;

	profile_init(&p);
	for (size_t i = 0; i < N_QUESTIONS; i++) {
		const struct question *q = &questions[i];

		if (!find_answer(board, q, &a))
			continue;
		counts->asked |= UINT64_C(1) << i;
		if (find_answer(ours, q, &b) && strcmp(a.text, b.text) == 0) {
			counts->agree++;
			continue;
		}
		if (strcmp(section, q->section) != 0)
			fprintf(out, "[%s]\n", q->section);
		section = q->section;
		fprintf(out, "; %s line %u, %s [cap]; was %s\n", file, a.line,
			q->command, b.text[0] != '\0' ? b.text : "no answer");
		counts->change++;
		if (profile_set(&p, q->section, q->value, a.text, &why) == 0)
			fprintf(out, "%s = %s\n", q->value, a.text);
		else
			fprintf(out, "; no value says so: %s\n", why.text);
	}
}
