#include "tests/unit/support/tapes.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/ctx.h"
#include "tests/unit/support/tape.h"

enum { PATHS_MAX = 256 };

static char *paths[PATHS_MAX];
static size_t n_paths, n_families;

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Outside of any test. */
static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static void find_cases(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	must(d != NULL, folder);
	while ((e = readdir(d)) != NULL) {
		size_t len = strlen(e->d_name);
		char *path;

		if (e->d_name[0] == '.')
			continue;
		must(asprintf(&path, "%s/%s", folder, e->d_name) > 0, folder);
		if (len > 3 && strcmp(e->d_name + len - 3, ".at") == 0) {
			must(n_paths < PATHS_MAX, "too many cases");
			paths[n_paths++] = path;
			continue;
		}
		if (strchr(e->d_name, '.') == NULL)
			find_cases(path);
		free(path);
	}
	closedir(d);
}

void tapes_find(void)
{
	while (cmd_families[n_families] != NULL)
		n_families++;
	find_cases("tests/conformance");
	qsort(paths, n_paths, sizeof(*paths), by_name);
	/* Once, not in each test's process. */
	(void)tls_peer_files();
}

void tapes_forget(void)
{
	for (size_t i = 0; i < n_paths; i++)
		free(paths[i]);
}

size_t tapes_count(void)
{
	return TAPES_SESSIONS + 1 + n_families + n_paths;
}

/*
 * Commands of the table that a tape of a family leaves out: they end it, or
 * count what is put in.
 */
static bool is_asked(const struct at_cmd *row, enum at_form form)
{
	static const char *const harmful[] = {
		"D", "O", "Z", "&F", "+QPOWD", "+QGDCNT"};

	for (size_t i = 0; i < sizeof(harmful) / sizeof(*harmful); i++)
		if (strcmp(row->name, harmful[i]) == 0)
			return false;
	return (row->forms & (unsigned int)form) != 0;
}

/* Each command of a family, in each form that only asks. */
static void load_family(struct tape *t, const struct at_family *family)
{
	static const struct {
		enum at_form form;
		const char *tail;
	} forms[] = {
		{AT_FORM_TEST, "=?"}, {AT_FORM_READ, "?"}, {AT_FORM_EXEC, ""}};
	char line[64];

	tape_start(t, family->name);
	for (const struct at_cmd *row = family->rows; row->name; row++)
		for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
			if (!is_asked(row, forms[i].form))
				continue;
			snprintf(line, sizeof(line), "AT%s%s\r", row->name,
				forms[i].tail);
			tape_add_line(t, line);
		}
}

/* Lines whose answers have begun when a later command of theirs waits. */
static void load_chains(struct tape *t)
{
	static const char *const lines[] = {
		"AT+QICSGP=2,1,\"example\"\r",
		"AT+CPIN?;+QIACT=2;+CGMR\r",
		"ATI+QIDEACT=2;+QIACT=2;+QIACT?\r",
		"AT+CGATT?;+CGATT=0;+CEREG?;+CGATT=1;+CEREG?\r",
		"AT+COPS?;+COPS=?;+CGMR\r",
	};

	tape_start(t, "chains");
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		tape_add_line(t, lines[i]);
}

/*
 * TLS sessions with a client certificate: what the cases have a broker for.
 * A second apart is enough for the guards of +++.
 */
static const struct session {
	const char *name, *says, *lines[9];
} sessions[TAPES_SESSIONS] = {
	{"tls, buffer", "+QSSLRECV: 2\r\nlo\r\n",
		{"AT+QSSLOPEN=7,2,0,\"tls.example\",443,0\r", "AT+QSSLSTATE\r",
			"AT+QSSLSEND=0,5\r", "hello", "AT+QSSLRECV=0,3\r",
			"AT+QSSLRECV=0,100\r", "AT+QSSLCLOSE=0\r"}},
	{"tls, push", "+QSSLURC: \"recv\",0,5\r\nhello\r\n",
		{"AT+QSSLOPEN=7,2,0,\"tls.example\",443,1\r", "AT+QSSLSEND=0\r",
			"hello\x1a", "AT+QSSLSEND=0,3\r", "bye",
			"AT+QSSLSTATE=0\r", "AT+QSSLCLOSE=0\r"}},
	{"tls, transparent", "CONNECT\r\nhellohello",
		{"AT+QSSLOPEN=7,2,0,\"tls.example\",443,2\r", "hello", "hello",
			"+++", "AT+QSSLSTATE\r", "ATO\r", "+++",
			"AT+QSSLCLOSE=0\r"}},
};

static void load_session(struct tape *t, const struct session *s)
{
	tape_start(t, s->name);
	t->tls = true;
	for (size_t i = 0; s->lines[i] != NULL; i++) {
		tape_add_line(t, s->lines[i]);
		t->end_us += 500000;
	}
}

bool tapes_load(struct tape *t, size_t n)
{
	const char *why;
	bool ok = true;

	if (n < TAPES_SESSIONS)
		load_session(t, &sessions[n]);
	else if ((n -= TAPES_SESSIONS) == 0)
		load_chains(t);
	else if (--n < n_families)
		load_family(t, cmd_families[n]);
	else
		ok = tape_load(t, paths[n - n_families], &why);
	/* Bytes that nobody sent are in no block, and split any. */
	if (ok && strstr(t->text, "fault uart.noise") != NULL)
		ok = false;
	if (!ok)
		tape_free(t);
	return ok;
}

const char *tapes_session_says(size_t i)
{
	return sessions[i].says;
}
