#include "ctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/recorder.h"
#include "base/tee.h"
#include "modem.h"

enum { LANES = LANE_NOTE + 1, ALL_LANES = (1 << LANES) - 1 };

LIST_HEAD(subscriptions, subscription);

/* Those of one modem, masked as in a file, for all who subscribe. */
struct ctl_records {
	size_t modem; /* from 0 */
	uint64_t start_us;
	struct recorder *recorder;
	struct tee_tap tap;
	struct subscriptions subscriptions;
};

/* Of one peer, to one modem. */
struct subscription {
	LIST_ENTRY(subscription) entry; /* of its session */
	LIST_ENTRY(subscription) other; /* of the modem's records */
	struct ctl_session *session;
	struct ctl_records *records;
	unsigned lanes;
	json_int_t since_ms; /* by the time of the records */
};

struct ctl_session {
	const struct ctl_world *world;
	void (*write)(void *arg, const char *line, size_t len);
	void *arg;
	struct buf line;
	bool too_long; /* skip to the end of this line */
	struct subscriptions subscriptions;
	size_t n_subscriptions;
};

/* --- out --------------------------------------------------------------------
 */

static void send_object(struct ctl_session *s, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);
	struct buf line;

	json_decref(object);
	if (text == NULL)
		return;
	buf_init(&line, SIZE_MAX);
	if (buf_adds(&line, text) && buf_addc(&line, '\n'))
		s->write(s->arg, (const char *)buf_data(&line), buf_len(&line));
	buf_free(&line);
	free(text);
}

/* An error text may hold bytes of the peer's: any will do. */
static json_t *text_value(const char *text)
{
	json_t *value = json_string(text);

	return value != NULL ? value : json_string("(not UTF-8)");
}

static json_t *refusal(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

static json_t *refusal(const char *fmt, ...)
{
	json_t *answer = json_object();
	char text[500];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_object_set_new(answer, "ok", json_false());
	json_object_set_new(answer, "error", text_value(text));
	return answer;
}

static json_t *accepted(void)
{
	json_t *answer = json_object();

	json_object_set_new(answer, "ok", json_true());
	return answer;
}

/* --- subscriptions ----------------------------------------------------------
 */

/* `   0.404 AT<  \r\nOK\r\n` and a line feed, as transcript.c writes it. */
static bool split_record(const char *text, size_t len, double *seconds,
	enum lane *lane, const char **body, size_t *body_len)
{
	char head[24], *end;
	const char *name;
	size_t n;

	if (len == 0 || text[len - 1] != '\n')
		return false;
	len--;
	n = len < sizeof(head) - 1 ? len : sizeof(head) - 1;
	memcpy(head, text, n);
	head[n] = '\0';
	*seconds = strtod(head, &end);
	if (end == head || *end != ' ')
		return false;
	name = text + (end - head) + 1;
	len -= (size_t)(name - text);
	n = 0;
	while (n < len && name[n] != ' ')
		n++;
	if (!lane_parse(name, n, lane))
		return false;
	while (n < len && name[n] == ' ')
		n++;
	*body = name + n;
	*body_len = len - n;
	return true;
}

static void on_record(void *arg, const char *text, size_t len)
{
	struct ctl_records *records = arg;
	struct subscription *sub;
	double seconds;
	enum lane lane;
	const char *body;
	size_t body_len;

	if (LIST_EMPTY(&records->subscriptions) ||
		!split_record(text, len, &seconds, &lane, &body, &body_len))
		return;
	LIST_FOREACH (sub, &records->subscriptions, other) {
		json_int_t ms = (json_int_t)(seconds * 1000 + 0.5);
		json_t *object;

		if ((sub->lanes & 1u << lane) == 0)
			continue;
		/* It may have begun before. */
		ms = ms > sub->since_ms ? ms - sub->since_ms : 0;
		object = json_object();
		json_object_set_new(object, "modem",
			json_integer((json_int_t)records->modem + 1));
		json_object_set_new(object, "ms", json_integer(ms));
		json_object_set_new(
			object, "lane", json_string(lane_name(lane)));
		json_object_set_new(
			object, "body", json_stringn(body, body_len));
		send_object(sub->session, object);
	}
}

bool ctl_watch(struct ctl_world *world)
{
	for (size_t i = 0; i < world->n_modems; i++) {
		struct ctl_records *records = calloc(1, sizeof(*records));

		if (records == NULL)
			return false;
		world->modems[i].records = records;
		records->modem = i;
		records->start_us = clock_now_us(world->clock);
		LIST_INIT(&records->subscriptions);
		records->recorder =
			recorder_to(world->clock, false, on_record, records);
		if (records->recorder == NULL)
			return false;
		tee_add(world->modems[i].tee, &records->tap,
			recorder_sink(records->recorder));
	}
	return true;
}

void ctl_unwatch(struct ctl_world *world)
{
	for (size_t i = 0; i < world->n_modems; i++) {
		struct ctl_records *records = world->modems[i].records;

		if (records != NULL && records->recorder != NULL)
			tee_remove(&records->tap);
		if (records != NULL)
			recorder_close(records->recorder);
		free(records);
		world->modems[i].records = NULL;
	}
}

static void unsubscribe(struct subscription *sub)
{
	LIST_REMOVE(sub, entry);
	LIST_REMOVE(sub, other);
	sub->session->n_subscriptions--;
	free(sub);
}

static struct subscription *find_subscription(
	struct ctl_session *s, size_t modem)
{
	struct subscription *sub;

	LIST_FOREACH (sub, &s->subscriptions, entry)
		if (sub->records->modem == modem)
			return sub;
	return NULL;
}

static bool subscribe(struct ctl_session *s, size_t modem, unsigned lanes)
{
	struct subscription *sub = find_subscription(s, modem);
	struct ctl_records *records = s->world->modems[modem].records;

	if (sub != NULL) {
		sub->lanes = lanes;
		return true;
	}
	if (s->n_subscriptions == CTL_SUBSCRIPTIONS_MAX)
		return false;
	sub = calloc(1, sizeof(*sub));
	if (sub == NULL)
		return false;
	sub->session = s;
	sub->records = records;
	sub->lanes = lanes;
	sub->since_ms = (json_int_t)((clock_now_us(s->world->clock) -
					     records->start_us) /
				     1000);
	LIST_INSERT_HEAD(&s->subscriptions, sub, entry);
	LIST_INSERT_HEAD(&records->subscriptions, sub, other);
	s->n_subscriptions++;
	return true;
}

/* true, false, or a list of lanes. False: it is none of these. */
static bool parse_lanes(const json_t *value, unsigned *lanes)
{
	enum lane lane;
	const json_t *name;
	size_t i;

	*lanes = json_is_true(value) ? ALL_LANES : 0;
	if (json_is_boolean(value))
		return true;
	if (!json_is_array(value))
		return false;
	json_array_foreach (value, i, name) {
		if (!json_is_string(name) ||
			!lane_parse(json_string_value(name),
				json_string_length(name), &lane))
			return false;
		*lanes |= 1u << lane;
	}
	return true;
}

/* --- requests ---------------------------------------------------------------
 */

static json_t *run_subscribe(
	struct ctl_session *s, size_t modem, const json_t *value)
{
	struct subscription *sub;
	unsigned lanes;

	if (!parse_lanes(value, &lanes))
		return refusal("\"subscribe\": want true, false or a list of "
			       "\"AT>\", \"AT<\", \"WHY\", \"PIN\", \"DO\", "
			       "\"NOTE\"");
	if (lanes != 0 && !subscribe(s, modem, lanes))
		return refusal("\"subscribe\": no memory, or too many");
	sub = find_subscription(s, modem);
	if (lanes == 0 && sub != NULL)
		unsubscribe(sub);
	return accepted();
}

static json_t *run_do(struct ctl_session *s, size_t modem, const json_t *value)
{
	struct why why;

	if (!json_is_string(value) ||
		strlen(json_string_value(value)) != json_string_length(value))
		return refusal("\"do\": want a text such as \"signal 12\"");
	if (modem_act(s->world->modems[modem].modem, json_string_value(value),
		    &why) != 0)
		return refusal("%s", why.text);
	return accepted();
}

static json_t *state_object(const struct modem *modem)
{
	json_t *object = json_object(), *contexts = json_array();
	struct modem_state state;

	modem_get_state(modem, &state);
	for (int id = 1; id <= 16; id++)
		if (state.contexts & 1u << (id - 1))
			json_array_append_new(contexts, json_integer(id));
	json_object_set_new(object, "power", json_string(state.power));
	json_object_set_new(object, "status", json_boolean(state.running));
	json_object_set_new(object, "sim", json_string(state.sim));
	json_object_set_new(
		object, "registration", json_integer(state.registration));
	json_object_set_new(object, "rssi", json_integer(state.rssi));
	json_object_set_new(object, "rate", json_integer(state.rate));
	json_object_set_new(object, "contexts", contexts);
	return object;
}

static json_t *faults_array(const struct fault_set *set)
{
	json_t *array = json_array();
	char spec[FAULT_SPEC_MAX];

	for (size_t i = 0; set != NULL && i < set->n; i++) {
		if (!set->faults[i].armed)
			continue;
		fault_print(&set->faults[i], spec, sizeof(spec));
		json_array_append_new(array, json_string(spec));
	}
	return array;
}

static json_t *run_get(struct ctl_session *s, size_t modem, const json_t *value)
{
	const struct modem *m = s->world->modems[modem].modem;
	const char *what = json_string_value(value);
	json_t *answer;

	if (what != NULL && strcmp(what, "state") == 0) {
		answer = accepted();
		json_object_set_new(answer, "state", state_object(m));
	} else if (what != NULL && strcmp(what, "faults") == 0) {
		answer = accepted();
		json_object_set_new(
			answer, "faults", faults_array(modem_faults(m)));
	} else {
		answer = refusal("\"get\": want \"state\" or \"faults\"");
	}
	return answer;
}

static const struct {
	const char *key;
	json_t *(*run)(
		struct ctl_session *s, size_t modem, const json_t *value);
} verbs[] = {
	{"do", run_do},
	{"get", run_get},
	{"subscribe", run_subscribe},
};

enum { VERBS = sizeof(verbs) / sizeof(*verbs) };

/* The one verb of a request; NULL and the answer when there is none. */
static const char *find_verb(json_t *request, size_t *verb, json_t **answer)
{
	const char *key, *found = NULL;
	json_t *value;

	json_object_foreach (request, key, value) {
		if (strcmp(key, "id") == 0 || strcmp(key, "modem") == 0)
			continue;
		for (size_t i = 0; i < VERBS; i++)
			if (strcmp(key, verbs[i].key) == 0 && found == NULL) {
				found = key;
				*verb = i;
			}
		if (found != key) {
			*answer = refusal("key \"%.80s\": want one of \"do\", "
					  "\"get\", \"subscribe\", with "
					  "\"modem\" and \"id\"",
				key);
			return NULL;
		}
	}
	if (found == NULL)
		*answer = refusal("want one of \"do\", \"get\", \"subscribe\"");
	return found;
}

static json_t *run_request(struct ctl_session *s, json_t *request)
{
	const json_t *number = json_object_get(request, "modem");
	json_int_t n = number != NULL ? json_integer_value(number) : 1;
	json_t *answer = NULL;
	size_t verb = 0;

	if (!json_is_object(request))
		return refusal("want a JSON object");
	if (find_verb(request, &verb, &answer) == NULL)
		return answer;
	if ((number != NULL && !json_is_integer(number)) || n < 1 ||
		(size_t)n > s->world->n_modems)
		return refusal(
			"\"modem\": want a number 1..%zu", s->world->n_modems);
	answer = verbs[verb].run(
		s, (size_t)n - 1, json_object_get(request, verbs[verb].key));
	json_object_set_new(answer, "modem", json_integer(n));
	return answer;
}

static void run_line(struct ctl_session *s)
{
	json_error_t err;
	json_t *request, *answer, *id;

	if (s->too_long) {
		send_object(s,
			refusal("a line has at most %d bytes", CTL_LINE_MAX));
		return;
	}
	if (buf_len(&s->line) == 0) {
		send_object(s, refusal("an empty line: want a JSON object"));
		return;
	}
	request =
		json_loadb((const char *)buf_data(&s->line), buf_len(&s->line),
			JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &err);
	if (request == NULL) {
		send_object(s, refusal("column %d: %s", err.column, err.text));
		return;
	}
	answer = run_request(s, request);
	id = json_object_get(request, "id");
	if (id != NULL)
		json_object_set(answer, "id", id);
	send_object(s, answer);
	json_decref(request);
}

void ctl_session_feed(struct ctl_session *s, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		const char *lf = memchr(p, '\n', len);
		size_t n = lf != NULL ? (size_t)(lf - p) : len;

		if (!s->too_long && n > 0 && !buf_add(&s->line, p, n))
			s->too_long = true;
		if (lf == NULL)
			return;
		run_line(s);
		buf_reset(&s->line);
		s->too_long = false;
		p += n + 1;
		len -= n + 1;
	}
}

struct ctl_session *ctl_session_new(const struct ctl_world *world,
	void (*write)(void *arg, const char *line, size_t len), void *arg)
{
	struct ctl_session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->world = world;
	s->write = write;
	s->arg = arg;
	buf_init(&s->line, CTL_LINE_MAX);
	LIST_INIT(&s->subscriptions);
	return s;
}

void ctl_session_free(struct ctl_session *s)
{
	if (s == NULL)
		return;
	while (!LIST_EMPTY(&s->subscriptions))
		unsubscribe(LIST_FIRST(&s->subscriptions));
	buf_free(&s->line);
	free(s);
}
