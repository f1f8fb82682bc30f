/*
 * What the brokers saw: of each connection one text without what differs each
 * time, and whose connection it was.
 */
#include "hil/verdict.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "hil/evidence_run.h"

#define SEEN_MAX 4096

/* ---- what it says ---- */

static void add_value(
	struct buf *out, const char *name, const json_t *v, const char *end)
{
	char *text = v == NULL || json_is_null(v)
			     ? NULL
			     : json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);

	if (json_is_string(v))
		buf_printf(out, "%s=%s%s", name, json_string_value(v), end);
	else
		buf_printf(out, "%s=%s%s", name, text ? text : "-", end);
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

static void add_alerts(struct buf *out, const char *name, const json_t *root)
{
	const json_t *list = json_object_get(root, name);
	json_t *alert;
	size_t i;

	buf_printf(out, "%s=", name);
	json_array_foreach (list, i, alert) {
		if (!is_of_closing(root, json_integer_value(json_object_get(
						 alert, "number"))))
			buf_printf(out, "%s,",
				json_string_value(
					json_object_get(alert, "name")));
	}
	buf_adds(out, "\n");
}

/* Keep-alives come when it is time for them. */
static bool is_ping(const char *type)
{
	return type != NULL && strncmp(type, "PING", 4) == 0;
}

static void add_packets(struct buf *out, const json_t *list)
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
		buf_printf(out, "mqtt %s %s", dir ? dir : "", type ? type : "");
		for (size_t k = 0; k < sizeof(fields) / sizeof(*fields); k++)
			if (json_object_get(packet, fields[k]) != NULL) {
				buf_adds(out, " ");
				add_value(out, fields[k],
					json_object_get(packet, fields[k]), "");
			}
		buf_adds(out, "\n");
	}
}

/* A connection in lines; the run's own name as {run}. */
static char *describe(const json_t *root, const struct own *own)
{
	static const char *const first[] = {"handshake", "sni", "alpn",
		"version", "suite_name", "server_cert"};
	const json_t *http = json_object_get(root, "http");
	struct buf out, named;
	char *text = NULL;

	buf_init(&out, (size_t)256 << 10);
	buf_init(&named, (size_t)512 << 10);
	for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++)
		add_value(
			&out, first[i], json_object_get(root, first[i]), "\n");
	buf_printf(&out, "client=%s\n",
		evidence_client(root) ? evidence_client(root) : "-");
	add_alerts(&out, "alerts_sent", root);
	add_alerts(&out, "alerts_received", root);
	if (json_is_object(http)) {
		add_value(&out, "http", json_object_get(http, "method"), " ");
		add_value(&out, "target", json_object_get(http, "target"), " ");
		add_value(
			&out, "status", json_object_get(http, "status"), "\n");
	}
	add_packets(&out,
		json_object_get(json_object_get(root, "mqtt"), "packets"));
	if (buf_cstr(&out) != NULL && own_class(own, buf_cstr(&out), &named) &&
		buf_cstr(&named) != NULL)
		text = strndup(buf_cstr(&named), buf_len(&named) - 1);
	buf_free(&out);
	buf_free(&named);
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
	char *text;

	if (list == NULL ||
		asprintf(&text, "%c, line %u, %s: %s", 'A' + side, line,
			listener != NULL ? listener : "?", why) < 0) {
		v->failed = true;
		return;
	}
	v->foreign = list;
	v->foreign[v->n_foreign++] = text;
}

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
	s = &e->list[e->n++];
	*s = (struct seen){.text = describe(root, &run->own),
		.listener = strdup(listener != NULL ? listener : "?"),
		.at_ms = run->run.begin_ms > 0
				 ? evidence_begin_ms(root) - run->run.begin_ms
				 : 0,
		.took_ms = json_integer_value(
			json_object_get(root, "duration_ms")),
		.line = line};
	if (s->at_ms < 0)
		s->at_ms = 0;
	return s->text != NULL && s->listener != NULL;
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
	unsigned number = 0;
	size_t size = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s.jsonl", run->base);
	f = fopen(path, "re");
	e->there = f != NULL;
	while (f != NULL && getline(&line, &size, f) >= 0) {
		json_t *root = json_loads(line, 0, NULL);

		number++;
		if (!json_is_object(root) || e->n == SEEN_MAX) {
			snprintf(why, sizeof(why), "%c, line %u: %s",
				'A' + side, number,
				e->n == SEEN_MAX ? "too many connections"
						 : "it is no evidence");
			verdict_cannot(v, "evidence", why, why);
			json_decref(root);
			break;
		}
		if (!evidence_is_own(root, &of, why, sizeof(why)))
			add_foreign(v, side, number, root, why);
		else if (!add_seen(e, root, run, number))
			v->failed = true;
		json_decref(root);
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
