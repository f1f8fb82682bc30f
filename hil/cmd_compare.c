#include "hil/commands.h"

#include <dirent.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/buf.h"
#include "hil/files.h"
#include "hil/self.h"
#include "hil/session.h"

static const char usage[] =
	"usage: ec21hil compare --rig A --rig B [option]... "
	"SCENARIO|FOLDER...\n\n"
	"Runs the scenarios on both rigs, without judging their expectations,\n"
	"and compares what the modems said and what the brokers saw.\n\n"
	"  --rig NAME[,profile=P]  as of ec21hil run; give it twice\n"
	"  --in-process            both modems inside of ec21hil\n"
	"  --accept FILE           differences that are known, with a reason\n"
	"  --certs DIR             certificates (default: made once for both)\n"
	"  --jobs N                so many at a time\n"
	"  --set NAME=VALUE        a parameter of both\n\n"
	"Exit status: 0 same, 1 they differ, 2 usage or set-up.\n";

#define ACCEPTED_MAX 256

struct compare {
	const char *rigs[2], *accept, *certs, *jobs;
	size_t n_rigs;
	bool in_process;
	const char *sets[32];
	size_t n_sets;
	char top[256];
	struct accepted {
		char what[160], scenario[80];
		bool used;
	} accepted[ACCEPTED_MAX];
	size_t n_accepted;
	size_t same, differ, one_side, not_comparable, known;
};

/* ---- accepted differences ---- */

static bool is_date(const char *s)
{
	for (int i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? s[i] != '-' : s[i] < '0' || s[i] > '9')
			return false;
	return s[10] == ' ';
}

/* `2026-11-22 SCENARIO ROW : reason`; * ends a scenario or row early. */
static bool read_accepted(struct compare *c)
{
	char line[1000];
	unsigned number = 0;
	FILE *f = fopen(c->accept, "re");
	bool ok = f != NULL;

	if (f == NULL)
		perror(c->accept);
	while (ok && fgets(line, sizeof(line), f) != NULL) {
		struct accepted *a = &c->accepted[c->n_accepted];
		char *reason = strstr(line, " : "), *row;

		number++;
		if (line[0] == '#' || line[0] == '\n')
			continue;
		row = is_date(line) ? strchr(line + 11, ' ') : NULL;
		ok = reason != NULL && row != NULL && row < reason &&
		     reason[3] != '\n' && c->n_accepted < ACCEPTED_MAX;
		if (!ok) {
			fprintf(stderr,
				"ec21hil compare: %s:%u: expected DATE "
				"SCENARIO ROW : REASON\n",
				c->accept, number);
			break;
		}
		snprintf(a->scenario, sizeof(a->scenario), "%.*s",
			(int)(row - line - 11), line + 11);
		snprintf(a->what, sizeof(a->what), "%.*s",
			(int)(reason - row - 1), row + 1);
		c->n_accepted++;
	}
	if (f != NULL)
		fclose(f);
	return ok;
}

static bool fits(const char *pattern, const char *text)
{
	size_t n = strcspn(pattern, "*");

	return strncmp(pattern, text, n) == 0 &&
	       (pattern[n] == '*' || text[n] == '\0');
}

static bool is_accepted(
	struct compare *c, const char *scenario, const char *what)
{
	for (size_t i = 0; i < c->n_accepted; i++)
		if (fits(c->accepted[i].scenario, scenario) &&
			fits(c->accepted[i].what, what))
			return c->accepted[i].used = true;
	return false;
}

/* ---- what the broker saw ---- */

static void add_value(struct buf *out, const char *name, json_t *v)
{
	char *text = v == NULL || json_is_null(v)
			     ? NULL
			     : json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);

	buf_printf(out, "%s=%s ", name, text != NULL ? text : "-");
	free(text);
}

static void add_alerts(struct buf *out, const char *name, json_t *list)
{
	json_t *alert;
	size_t i;

	buf_printf(out, "%s=", name);
	json_array_foreach (list, i, alert) {
		/* Whose close came first is a matter of time. */
		if (json_integer_value(json_object_get(alert, "number")) != 0)
			buf_printf(out, "%s,",
				json_string_value(
					json_object_get(alert, "name")));
	}
	buf_adds(out, " ");
}

/* One connection in one line, without what differs each time. */
static char *evidence_line(const char *json)
{
	static const char *const fields[] = {"listener", "handshake", "sni",
		"alpn", "version", "suite_name", "server_cert"};
	json_t *root = json_loads(json, 0, NULL), *http;
	char *text = NULL;
	struct buf out;

	buf_init(&out, 16384);
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		add_value(&out, fields[i], json_object_get(root, fields[i]));
	add_value(&out, "client",
		json_object_get(json_object_get(root, "client_cert"), "cn"));
	add_alerts(&out, "alerts_sent", json_object_get(root, "alerts_sent"));
	add_alerts(&out, "alerts_received",
		json_object_get(root, "alerts_received"));
	http = json_object_get(root, "http");
	add_value(&out, "method", json_object_get(http, "method"));
	add_value(&out, "target", json_object_get(http, "target"));
	add_value(&out, "status", json_object_get(http, "status"));
	if (json_is_object(root) && buf_cstr(&out) != NULL)
		text = strdup(buf_cstr(&out));
	buf_free(&out);
	json_decref(root);
	return text;
}

/* The next connection of a file, or NULL. */
static char *next_evidence(FILE *f, char **line, size_t *size)
{
	if (f == NULL || getline(line, size, f) < 0)
		return NULL;
	return evidence_line(*line);
}

static void tell(
	struct compare *c, bool accepted, size_t *count, const char *text)
{
	(*(accepted ? &c->known : count))++;
	printf("%s%s\n", accepted ? "accepted " : "", text);
}

static bool compare_evidence(struct compare *c, const char *name)
{
	char path[2][600], text[200], *line = NULL, *a, *b;
	FILE *f[2];
	size_t size = 0;
	bool same = true;

	for (int i = 0; i < 2; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%d/%s.jsonl", c->top, i,
			name);
		f[i] = fopen(path[i], "re");
	}
	for (unsigned n = 1;; n++) {
		bool equal;

		a = next_evidence(f[0], &line, &size);
		b = next_evidence(f[1], &line, &size);
		if (a == NULL && b == NULL)
			break;
		equal = a != NULL && b != NULL && strcmp(a, b) == 0;
		c->same += equal;
		snprintf(text, sizeof(text), "brk connection %u", n);
		if (!equal) {
			bool known = is_accepted(c, name, text);

			tell(c, known,
				a != NULL && b != NULL ? &c->differ
						       : &c->one_side,
				text);
			printf("  A | %s\n  B | %s\n", a ? a : "none",
				b ? b : "none");
			same = same && known;
		}
		free(a);
		free(b);
	}
	free(line);
	for (int i = 0; i < 2; i++)
		if (f[i] != NULL)
			fclose(f[i]);
	return same;
}

/* ---- what the modems said ---- */

static bool compare_sessions(struct compare *c, const char *name,
	const struct session *a, const struct session *b)
{
	struct rows rows;
	bool same = true;
	char what[200];

	if (!session_align(a, b, &rows)) {
		rows_free(&rows);
		fputs("ec21hil compare: out of memory\n", stderr);
		return false;
	}
	c->same += rows.same;
	for (size_t i = 0; i < rows.n; i++) {
		const struct row *row = &rows.list[i];

		if (row->type == ROW_SAME)
			continue;
		row_name(row, what, sizeof(what));
		if (is_accepted(c, name, what)) {
			c->known++;
			printf("accepted %s\n", what);
			continue;
		}
		same = false;
		*(row->type == ROW_DIFFERS ? &c->differ : &c->one_side) += 1;
		row_print(row, "A", "B");
	}
	rows_free(&rows);
	return same;
}

static bool compare_one(struct compare *c, const char *file)
{
	char path[2][600], name[300];
	struct session s[2];
	bool same = false;

	snprintf(name, sizeof(name), "%.*s", (int)(strlen(file) - 3), file);
	printf("%s\n", name);
	for (int i = 0; i < 2; i++)
		snprintf(path[i], sizeof(path[i]), "%s/%d/%s", c->top, i, file);
	if (!load_session("compare", &s[0], path[0])) {
		c->not_comparable++;
		return false;
	}
	if (load_session("compare", &s[1], path[1])) {
		same = compare_sessions(c, name, &s[0], &s[1]);
		session_free(&s[1]);
		if (!compare_evidence(c, name))
			same = false;
	} else {
		c->not_comparable++;
	}
	session_free(&s[0]);
	if (same)
		puts("same");
	return same;
}

static int is_recording(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 3 && strcmp(d->d_name + n - 3, ".at") == 0;
}

/* Recordings of one side alone are not comparable, and so no match. */
static bool compare_folders(struct compare *c)
{
	struct dirent **list[2] = {NULL, NULL};
	char path[300];
	bool same = true;
	int n[2], i = 0, j = 0;

	for (int k = 0; k < 2; k++) {
		snprintf(path, sizeof(path), "%s/%d", c->top, k);
		n[k] = scandir(path, &list[k], is_recording, alphasort);
	}
	while (i < n[0] || j < n[1]) {
		int order = i >= n[0]	? 1
			    : j >= n[1] ? -1
					: strcmp(list[0][i]->d_name,
						  list[1][j]->d_name);

		if (order == 0) {
			same = compare_one(c, list[0][i]->d_name) && same;
		} else {
			printf("%s\nnot comparable: only %c ran\n",
				order < 0 ? list[0][i]->d_name
					  : list[1][j]->d_name,
				order < 0 ? 'A' : 'B');
			c->not_comparable++;
			same = false;
		}
		i += order <= 0;
		j += order >= 0;
	}
	same = same && n[0] > 0;
	for (int k = 0; k < 2; k++) {
		for (int x = 0; x < n[k]; x++)
			free(list[k][x]);
		free(list[k]);
	}
	return same;
}

/* ---- running ---- */

static bool make_certs(struct compare *c, char *path, size_t size)
{
	struct argv a = {0};
	char program[4096], log[300];
	int status;

	snprintf(path, size, "%s/certs", c->top);
	snprintf(log, sizeof(log), "%s/certs.log", c->top);
	files_find_program("ec21certs", "EC21CERTS", program, sizeof(program));
	argv_add(&a, program);
	argv_add(&a, path);
	status = self_run(&a, log);
	argv_free(&a);
	c->certs = path;
	return status == 0;
}

/* False when the run could not even begin. */
static bool run_rig(struct compare *c, int side, char **files)
{
	char tap[300];
	struct argv a = {0};
	int status;

	snprintf(tap, sizeof(tap), "%s/%d.tap", c->top, side);
	argv_add(&a, "ec21hil");
	argv_add(&a, "run");
	argv_add(&a, "--observe");
	argv_add(&a, "--keep-going");
	argv_addf(&a, "--rig=%s", c->rigs[side]);
	argv_addf(&a, "--record=%s/%d", c->top, side);
	argv_addf(&a, "--certs=%s", c->certs);
	if (c->in_process)
		argv_add(&a, "--in-process");
	if (c->jobs != NULL)
		argv_addf(&a, "--jobs=%s", c->jobs);
	for (size_t i = 0; i < c->n_sets; i++)
		argv_addf(&a, "--set=%s", c->sets[i]);
	for (; *files != NULL; files++)
		argv_add(&a, *files);
	status = self_run(&a, tap);
	argv_free(&a);
	if (status == 0)
		return true;
	fprintf(stderr, "ec21hil compare: the run on %s %s\n", c->rigs[side],
		status < 0 ? "did not end"
			   : "had errors; what ran is compared");
	return status >= 0;
}

static int compare(struct compare *c, char **files)
{
	char certs[300];
	bool same;

	if (c->accept != NULL && !read_accepted(c))
		return EXIT_SETUP;
	if (!self_folder(c->top, sizeof(c->top)))
		return EXIT_SETUP;
	if ((c->certs == NULL && !make_certs(c, certs, sizeof(certs))) ||
		!run_rig(c, 0, files) || !run_rig(c, 1, files)) {
		files_remove_tree(c->top);
		return EXIT_SETUP;
	}
	same = compare_folders(c);
	printf("A is %s, B is %s: %zu same, %zu differ, %zu one side only, %zu "
	       "not comparable, %zu accepted\n",
		c->rigs[0], c->rigs[1], c->same, c->differ, c->one_side,
		c->not_comparable, c->known);
	for (size_t i = 0; i < c->n_accepted; i++)
		if (!c->accepted[i].used)
			printf("accepted, but not met: %s %s\n",
				c->accepted[i].scenario, c->accepted[i].what);
	files_remove_tree(c->top);
	return same ? EXIT_DONE : EXIT_FAILED;
}

static const struct option options[] = {
	{"rig", required_argument, NULL, 'r'},
	{"in-process", no_argument, NULL, 'i'},
	{"accept", required_argument, NULL, 'a'},
	{"certs", required_argument, NULL, 'C'},
	{"jobs", required_argument, NULL, 'j'},
	{"set", required_argument, NULL, 's'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static bool take_option(struct compare *c, int option)
{
	switch (option) {
	case 'r':
		if (c->n_rigs == 2)
			break;
		c->rigs[c->n_rigs++] = optarg;
		return true;
	case 'i':
		c->in_process = true;
		return true;
	case 'a':
		c->accept = optarg;
		return true;
	case 'C':
		c->certs = optarg;
		return true;
	case 'j':
		c->jobs = optarg;
		return true;
	case 's':
		if (c->n_sets == sizeof(c->sets) / sizeof(*c->sets))
			break;
		c->sets[c->n_sets++] = optarg;
		return true;
	default:
		break;
	}
	fputs("ec21hil compare: too many of one option\n", stderr);
	return false;
}

int cmd_compare(int argc, char **argv)
{
	static struct compare c;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (option == '?' || option == ':')
			return bad_option("compare", options, option, argv);
		if (!take_option(&c, option))
			return EXIT_SETUP;
	}
	if (c.n_rigs != 2 || optind == argc) {
		fputs("ec21hil compare: expected --rig twice, and scenarios\n",
			stderr);
		return EXIT_SETUP;
	}
	return compare(&c, argv + optind);
}
