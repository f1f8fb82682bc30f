/*
 * What the brokers saw: of each connection one text without what differs each
 * time, and whose connection it was.
 */
#include "hil/verdict.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/transcript.h"
#include "hil/evidence_run.h"

#define SEEN_MAX 4096
/* Of one connection, in its lines. */
#define TEXT_MAX ((size_t)4 << 20)

/* ---- what it says ---- */

/* Texts of a peer stand in it as a transcript has them, in one line. */
struct text {
	struct buf buf;
	bool cut;
};

static void add(struct text *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct text *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	out->cut = !buf_vprintf(&out->buf, fmt, ap) || out->cut;
	va_end(ap);
}

static void add_string(struct text *out, const char *s)
{
	out->cut = !transcript_escape(&out->buf, s, strlen(s)) || out->cut;
}

static void add_value(
	struct text *out, const char *name, const json_t *v, const char *end)
{
	char *text = v == NULL || json_is_null(v)
			     ? NULL
			     : json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT |
						     JSON_ENSURE_ASCII);

	add(out, "%s=", name);
	if (json_is_string(v))
		add_string(out, json_string_value(v));
	else
		add(out, "%s", text != NULL ? text : "-");
	add(out, "%s", end);
	free(text);
}

/* Whose close came first is a matter of time. */
static bool is_of_closing(const json_t *root, json_int_t number)
{
	const char *ended = json_string_value(json_object_get(root, "ended"));

	/* decode_error is what OpenSSL says to a peer that is just gone. */
	return number == 0 ||
	       (number == 50 && ended != NULL &&
		       strcmp(ended, "eof without close_notify") == 0);
}

static void add_alerts(struct text *out, const char *name, const json_t *root)
{
	const json_t *list = json_object_get(root, name);
	json_t *alert;
	size_t i;

	add(out, "%s=", name);
	json_array_foreach (list, i, alert) {
		const char *what =
			json_string_value(json_object_get(alert, "name"));

		if (is_of_closing(root, json_integer_value(json_object_get(
						alert, "number"))))
			continue;
		add_string(out, what != NULL ? what : "?");
		add(out, ",");
	}
	add(out, "\n");
}

/* Keep-alives come when it is time for them. */
static bool is_ping(const char *type)
{
	return type != NULL && strncmp(type, "PING", 4) == 0;
}

static void add_packets(struct text *out, const json_t *list)
{
	static const char *const fields[] = {"client_id", "topic", "qos",
		"retain", "payload", "code", "malformed"};
	json_t *packet;
	size_t i;

	json_array_foreach (list, i, packet) {
		const char *type =
			json_string_value(json_object_get(packet, "type"));
		const char *dir =
			json_string_value(json_object_get(packet, "dir"));

		if (is_ping(type))
			continue;
		add(out, "mqtt ");
		add_string(out, dir ? dir : "");
		add(out, " ");
		add_string(out, type ? type : "");
		for (size_t k = 0; k < sizeof(fields) / sizeof(*fields); k++)
			if (json_object_get(packet, fields[k]) != NULL) {
				add(out, " ");
				add_value(out, fields[k],
					json_object_get(packet, fields[k]), "");
			}
		add(out, "\n");
	}
}

static void add_connection(struct text *out, const json_t *root)
{
	static const char *const first[] = {"handshake", "sni", "alpn",
		"version", "suite_name", "server_cert"};
	const json_t *http = json_object_get(root, "http");
	const char *client = evidence_client(root);

	for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++)
		add_value(out, first[i], json_object_get(root, first[i]), "\n");
	add(out, "client=");
	add_string(out, client != NULL ? client : "-");
	add(out, "\n");
	add_alerts(out, "alerts_sent", root);
	add_alerts(out, "alerts_received", root);
	if (json_is_object(http)) {
		add_value(out, "http", json_object_get(http, "method"), " ");
		add_value(out, "target", json_object_get(http, "target"), " ");
		add_value(out, "status", json_object_get(http, "status"), "\n");
	}
	add_packets(
		out, json_object_get(json_object_get(root, "mqtt"), "packets"));
}

/* In lines; the run's own name as {run}. NULL: it is too much. */
static char *describe(const json_t *root, const struct own *own)
{
	struct text out = {0};
	struct buf named;
	char *text = NULL;

	buf_init(&out.buf, TEXT_MAX);
	buf_init(&named, 2 * TEXT_MAX);
	add_connection(&out, root);
	if (!out.cut && buf_cstr(&out.buf) != NULL &&
		own_class(own, buf_cstr(&out.buf), &named) &&
		buf_cstr(&named) != NULL)
		text = strndup(buf_cstr(&named), buf_len(&named) - 1);
	buf_free(&out.buf);
	buf_free(&named);
	return text;
}

/* A short text of a peer's, to be shown. NULL without memory. */
static char *shown(const char *s)
{
	struct buf out;
	char *text = NULL;

	buf_init(&out, TEXT_MAX);
	if (transcript_escape(&out, s, strlen(s)) && buf_cstr(&out) != NULL)
		text = strdup(buf_cstr(&out));
	buf_free(&out);
	return text;
}

/* ---- both sides ---- */

struct seen {
	char *text, *listener;
	int64_t at_ms, took_ms;
	unsigned line;
};

struct evidence {
	bool there;
	struct seen *list;
	size_t n;
};

static void add_foreign(struct verdicts *v, int side, unsigned line,
	const json_t *root, const char *why)
{
	const char *listener =
		json_string_value(json_object_get(root, "listener"));
	char **list =
		realloc(v->foreign, (v->n_foreign + 1) * sizeof(*v->foreign));
	char text[500];

	snprintf(text, sizeof(text), "%c, line %u, %.100s: %s", 'A' + side,
		line, listener != NULL ? listener : "?", why);
	if (list != NULL)
		v->foreign = list;
	if (list == NULL || (list[v->n_foreign] = shown(text)) == NULL)
		v->failed = true;
	else
		v->n_foreign++;
}

/* False: it is too much. */
static bool add_seen(struct evidence *e, const json_t *root,
	const struct verdict_run *run, unsigned line)
{
	const char *listener =
		json_string_value(json_object_get(root, "listener"));
	struct seen *list = realloc(e->list, (e->n + 1) * sizeof(*list));
	struct seen *s;

	if (list == NULL)
		return false;
	e->list = list;
	s = &e->list[e->n];
	*s = (struct seen){.text = describe(root, &run->own),
		.listener = shown(listener != NULL ? listener : "?"),
		.at_ms = run->run.begin_ms > 0
				 ? evidence_begin_ms(root) - run->run.begin_ms
				 : 0,
		.took_ms = json_integer_value(
			json_object_get(root, "duration_ms")),
		.line = line};
	if (s->at_ms < 0)
		s->at_ms = 0;
	if (s->text != NULL && s->listener != NULL) {
		e->n++;
		return true;
	}
	free(s->text);
	free(s->listener);
	return false;
}

static struct evidence_run run_of(const struct verdict_run *run)
{
	const struct run_file *r = &run->run;

	return (struct evidence_run){.client = !run->has_cert	? NULL
					       : r->run != NULL ? r->run
								: "",
		.host = r->host,
		.begin_ms = r->begin_ms,
		.end_ms = r->begin_ms + r->took_ms};
}

static void load(struct verdicts *v, struct evidence *e,
	const struct verdict_run *run, int side)
{
	const struct evidence_run of = run_of(run);
	char path[640], why[300], *line = NULL;
	const char *wrong = NULL;
	unsigned number = 0;
	size_t size = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s.jsonl", run->base);
	f = fopen(path, "re");
	e->there = f != NULL;
	while (wrong == NULL && f != NULL && getline(&line, &size, f) >= 0) {
		json_t *root = json_loads(line, 0, NULL);

		number++;
		if (!json_is_object(root))
			wrong = "it is no evidence";
		else if (e->n == SEEN_MAX)
			wrong = "too many connections";
		else if (!evidence_is_own(root, &of, why, sizeof(why)))
			add_foreign(v, side, number, root, why);
		else if (!add_seen(e, root, run, number))
			wrong = "it is too much to be compared";
		json_decref(root);
	}
	if (wrong != NULL) {
		snprintf(why, sizeof(why), "%c, line %u: %s", 'A' + side,
			number, wrong);
		verdict_cannot(v, "evidence", why, why);
	}
	free(line);
	if (f != NULL)
		fclose(f);
}

static void add_pair(struct verdicts *v, size_t n, const struct seen *a,
	const struct seen *b)
{
	const struct seen *both[2] = {a, b};
	enum item_type type =
		a == NULL   ? ITEM_ONLY_B
		: b == NULL ? ITEM_ONLY_A
		: strcmp(a->text, b->text) == 0 &&
				strcmp(a->listener, b->listener) == 0
			? ITEM_SAME
			: ITEM_DIFFERS;
	struct item *item;
	char name[80];

	snprintf(name, sizeof(name), "brk connection %zu, %.40s", n,
		a != NULL ? a->listener : b->listener);
	item = verdict_add(v, ITEM_BROKER, type, name,
		a != NULL ? a->text : NULL, b != NULL ? b->text : NULL);
	for (int i = 0; item != NULL && i < 2; i++)
		if (both[i] != NULL) {
			item->side[i].at_ms = both[i]->at_ms;
			item->side[i].took_ms = both[i]->took_ms;
			item->side[i].line = both[i]->line;
			item->side[i].times = 1;
		}
}

void verdict_evidence(struct verdicts *v, const struct verdict_run runs[2])
{
	struct evidence e[2] = {0};

	for (int i = 0; i < 2; i++)
		load(v, &e[i], &runs[i], i);
	if (e[0].there != e[1].there)
		verdict_cannot(v, "evidence",
			e[0].there ? "a broker" : "no broker",
			e[1].there ? "a broker" : "no broker");
	else
		for (size_t n = 0; n < e[0].n || n < e[1].n; n++)
			add_pair(v, n + 1, n < e[0].n ? &e[0].list[n] : NULL,
				n < e[1].n ? &e[1].list[n] : NULL);
	for (int i = 0; i < 2; i++) {
		for (size_t n = 0; n < e[i].n; n++) {
			free(e[i].list[n].text);
			free(e[i].list[n].listener);
		}
		free(e[i].list);
	}
}
