#include "tests/unit/support/tape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "hil/actions.h"
#include "hil/door.h"
#include "hil/engine.h"
#include "modem.h"
#include "net/net.h"

/* No case waits for longer than this for anything. */
#define IDLE_US UINT64_C(400000000)

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "tape: %s\n", what);
	abort();
}

/* --- the world ----------------------------------------------------------- */

static struct tape_world *world_of(struct net *net)
{
	return (struct tape_world *)((char *)net -
				     offsetof(struct tape_world, net));
}

static struct stream *world_net_open(struct net *net, enum net_proto proto,
	const char *host, uint16_t port, const struct stream_handler *handler,
	void *arg, struct why *why)
{
	struct tape_world *w = world_of(net);
	struct fake_stream *fs;

	if (strcmp(host, "tls.example") == 0) {
		must(w->peer == NULL, "the TLS peer is opened twice");
		w->peer = tls_peer_new(&w->clock.clock);
		return tls_peer_stream(w->peer, handler, arg);
	}
	if (strcmp(host, "bystander.example") != 0)
		return net_open(w->door, proto, host, port, handler, arg, why);
	must(w->bystander == NULL, "two bystanders");
	fs = fake_stream_new();
	fs->stream.handler = handler;
	fs->stream.arg = arg;
	w->bystander = fs;
	return &fs->stream;
}

static void world_net_free(struct net *net)
{
	struct tape_world *w = world_of(net);

	fake_stream_free(w->bystander);
	tls_peer_free(w->peer);
	net_free(w->door);
}

static void on_output(void *arg, const void *data, size_t len)
{
	struct tape_world *w = arg;

	must(buf_add(&w->out, data, len), "more came than can be kept");
}

static void no_bytes(void *arg, enum lane lane, const void *data, size_t len)
{
	(void)arg;
	(void)lane;
	(void)data;
	(void)len;
}

static void no_text(void *arg, enum lane lane, const char *text)
{
	(void)arg;
	(void)lane;
	(void)text;
}

void tape_wait(struct tape_world *w, uint64_t ms)
{
	handclock_advance(&w->clock, ms * 1000);
}

void tape_send(struct tape_world *w, const char *text)
{
	modem_input(w->modem, text, strlen(text));
	tape_wait(w, 1000);
}

/* The value of `--config` in a header, or NULL; static. */
static const char *config_of(const struct scenario *s)
{
	static char path[256];
	const char *p =
		s->emulator != NULL ? strstr(s->emulator, "--config ") : NULL;

	if (p == NULL)
		return NULL;
	p += strlen("--config ");
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(p, " "), p);
	return path;
}

static void put_file(struct tape_world *w, const char *name, const char *text)
{
	char line[80];

	snprintf(line, sizeof(line), "AT+QFUPL=\"%s\",%zu\r", name,
		strlen(text));
	tape_send(w, line);
	tape_send(w, text);
}

static void prepare_tls(struct tape_world *w)
{
	const struct tls_peer_files *files = tls_peer_files();

	put_file(w, "RAM:ca.pem", files->ca);
	put_file(w, "RAM:cert.pem", files->cert);
	put_file(w, "RAM:key.pem", files->key);
	tape_send(w, "AT+QSSLCFG=\"cacert\",2,\"RAM:ca.pem\"\r");
	tape_send(w, "AT+QSSLCFG=\"clientcert\",2,\"RAM:cert.pem\"\r");
	tape_send(w, "AT+QSSLCFG=\"clientkey\",2,\"RAM:key.pem\"\r");
	tape_send(w, "AT+QSSLCFG=\"seclevel\",2,2\r");
}

static void world_open(
	struct tape_world *w, const struct tape *t, struct trace_sink sink)
{
	static const struct net_ops ops = {
		.open = world_net_open, .free = world_net_free};
	struct modem_opts o = {.output = on_output, .arg = w};
	const struct scenario *s = &t->scenario;
	struct why why;

	memset(w, 0, sizeof(*w));
	handclock_init(&w->clock, NULL, false, 1);
	buf_init(&w->out, (size_t)4 << 20);
	fault_init(&w->faults, 0);
	w->trace = sink;
	w->net.ops = &ops;
	/* What a case has a broker for, an echo stands in for. */
	w->door = door_new(
		&w->clock.clock, s->peers != NULL ? s->peers : "*:* echo");
	must(w->door != NULL, "no door");
	must(config_profile(&w->profile,
		     s->profile != NULL ? s->profile : "ec21j", &why) == 0,
		"no profile");
	must(config_of(s) == NULL ||
			config_overlay(&w->profile, config_of(s), &why) == 0,
		"no overlay");
	o.clock = &w->clock.clock;
	o.profile = &w->profile;
	o.net = &w->net;
	o.trace = &w->trace;
	o.faults = &w->faults;
	w->modem = modem_new(&o, &why);
	must(w->modem != NULL, "no modem");
	modem_boot(w->modem);
	tape_wait(w, 60000);
	tape_send(w, "ATE0\rAT+QURCCFG=\"urcport\",\"uart1\"\r");
	tape_send(w, "AT+QINDCFG=\"csq\",1\r");
	tape_send(w, "AT+QICSGP=7,1,\"example\"\r");
	tape_wait(w, 1000);
	tape_send(w, "AT+QIACT=7\r");
	tape_wait(w, 5000);
	tape_send(w, "AT+QIOPEN=7,6,\"TCP\",\"bystander.example\",7,0,1\r");
	if (w->bystander != NULL)
		fake_stream_connect(w->bystander);
	if (t->tls)
		prepare_tls(w);
	tape_send(w, "ATE1\r");
	buf_reset(&w->out);
	w->started_us = w->clock.now_us;
}

void tape_close(struct tape_world *w)
{
	modem_free(w->modem);
	must(TAILQ_EMPTY(&w->clock.clock.timers), "a timer was left");
	net_free(&w->net);
	handclock_end(&w->clock);
	buf_free(&w->out);
}

bool tape_push(struct tape_world *w, const char *text)
{
	struct fake_stream *fs = w->bystander;

	if (fs == NULL || fs->closed || fs->ended)
		return false;
	fake_stream_give(fs, text, strlen(text));
	return true;
}

/* --- taking -------------------------------------------------------------- */

struct taker {
	struct tape *tape;
	struct tape_world world;
	struct engine *engine;
	struct buf to_modem;
	struct buf reasons; /* each with its NUL */
	size_t heard;	    /* of what the modem said */
	struct timer action;
	bool acting, acted, done;
};

static void append(struct tape *t, struct tape_event ev)
{
	struct tape_event *list =
		realloc(t->events, (t->n + 1) * sizeof(*t->events));

	must(list != NULL, "no memory");
	t->events = list;
	t->events[t->n++] = ev;
}

static void add_event(struct taker *k, struct tape_event ev)
{
	ev.at_us = k->world.clock.now_us - k->world.started_us;
	append(k->tape, ev);
}

static void take_send(void *arg, enum lane lane, const void *data, size_t len)
{
	struct taker *k = arg;

	(void)lane;
	must(buf_add(&k->to_modem, data, len), "too much is sent");
}

static bool take_observes(void *arg, enum lane lane)
{
	(void)arg;
	(void)lane;
	return true;
}

/* What a DO line does to the world; a wait is only time. */
static void world_act(struct tape_world *w, const char *action)
{
	struct do_line line;
	struct why why;

	must(do_parse(action, &line, why.text, sizeof(why.text)), why.text);
	if (strncmp(action, "peer ", 5) == 0)
		(void)door_act(w->door, action + 5);
	else if (strcmp(action, "hangup") == 0)
		modem_hangup(w->modem);
	else if (line.type == DO_MODEM)
		/* A pulse may last from before in an altered run. */
		(void)modem_act(w->modem, action, &why);
}

static void on_action_over(void *arg)
{
	struct taker *k = arg;

	k->acted = true;
}

static void take_act(void *arg, const char *action)
{
	struct taker *k = arg;
	struct tape_event ev = {.action = strdup(action)};
	struct do_line line;
	char why[200];

	must(ev.action != NULL, "no memory");
	must(do_parse(action, &line, why, sizeof(why)), why);
	add_event(k, ev);
	world_act(&k->world, action);
	timer_set(&k->world.clock.clock, &k->action, TIMER_WINDOW, line.ms);
}

static void take_done(void *arg)
{
	struct taker *k = arg;

	k->done = true;
}

static void take_text(void *arg, enum lane lane, const char *text)
{
	struct taker *k = arg;

	if (lane == LANE_WHY)
		must(buf_add(&k->reasons, text, strlen(text) + 1), "too many");
}

/* What waits for the engine or the modem; false: nothing does. */
static bool hand_over(struct taker *k)
{
	struct tape_world *w = &k->world;
	size_t fresh = buf_len(&w->out) - k->heard, n = buf_len(&k->to_modem);
	struct tape_event ev = {.len = n};

	if (k->acted) {
		k->acted = false;
		engine_acted(k->engine, NULL);
	} else if (buf_len(&k->reasons) > 0) {
		char *text = strdup((const char *)buf_data(&k->reasons));

		must(text != NULL, "no memory");
		buf_consume(&k->reasons, strlen(text) + 1);
		engine_text(k->engine, LANE_WHY, text);
		free(text);
	} else if (fresh > 0) {
		k->heard += fresh;
		engine_bytes(k->engine, LANE_AT_RX,
			buf_data(&w->out) + k->heard - fresh, fresh);
	} else if (n > 0) {
		ev.data = malloc(n);
		must(ev.data != NULL, "no memory");
		memcpy(ev.data, buf_data(&k->to_modem), n);
		buf_reset(&k->to_modem);
		add_event(k, ev);
		modem_input(w->modem, ev.data, n);
	} else {
		return false;
	}
	return true;
}

static void take(struct tape *t, struct vars *vars)
{
	struct taker k = {.tape = t};
	const struct engine_link link = {
		take_send, take_observes, take_act, take_done, &k};

	buf_init(&k.to_modem, (size_t)1 << 20);
	buf_init(&k.reasons, (size_t)1 << 20);
	world_open(&k.world, t, (struct trace_sink){no_bytes, no_text, NULL});
	k.world.trace.text = take_text;
	k.world.trace.arg = &k;
	timer_init(&k.action, on_action_over, &k);
	k.engine = engine_new(&t->scenario, vars, &k.world.clock.clock, &link);
	must(k.engine != NULL, "no engine");
	engine_observe(k.engine, true);
	engine_start(k.engine);
	while (!k.done && (hand_over(&k) || handclock_step(&k.world.clock)))
		;
	t->end_us = k.world.clock.now_us - k.world.started_us;
	engine_free(k.engine);
	timer_del(&k.world.clock.clock, &k.action);
	tape_close(&k.world);
	buf_free(&k.to_modem);
	buf_free(&k.reasons);
}

static const char *cannot(const struct scenario *s)
{
	static const char *const shapes[] = {
		"ATV0", "ATQ1", "ATS3=", "ATS4=", "+IPR=", "\"viewmode\",1"};

	if (strstr(s->text, "start-emulator") != NULL ||
		strstr(s->text, "kill-emulator") != NULL)
		return "it needs a process";
	if (s->profile != NULL && strchr(s->profile, '{') != NULL)
		return "its profile is a parameter";
	/* Each byte more would shift what they strike. */
	if (strstr(s->text, "uart.") != NULL)
		return "its faults count bytes of the line";
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		if (strstr(s->text, shapes[i]) != NULL)
			return "it changes the shape of lines";
	return NULL;
}

bool tape_load(struct tape *t, const char *path, const char **why)
{
	struct transcript_error err;
	struct vars vars = {0};

	memset(t, 0, sizeof(*t));
	must(scenario_load(&t->scenario, path, &err), path);
	t->name = t->scenario.path;
	t->text = t->scenario.text;
	*why = cannot(&t->scenario);
	if (*why != NULL)
		return false;
	must(vars_set(&vars, "apn", "example") &&
			vars_set(&vars, "host", "host.example") &&
			vars_set(&vars, "port", "8443"),
		"no memory");
	if (t->scenario.n_cases > 0)
		must(vars_copy(&vars, &t->scenario.cases[0].vars), "no memory");
	take(t, &vars);
	vars_free(&vars);
	return true;
}

void tape_start(struct tape *t, const char *name)
{
	memset(t, 0, sizeof(*t));
	t->name = name;
	t->text = "";
}

void tape_add_line(struct tape *t, const char *line)
{
	struct tape_event ev = {
		.at_us = t->end_us,
		.data = (uint8_t *)strdup(line),
		.len = strlen(line),
	};

	must(ev.data != NULL, "no memory");
	append(t, ev);
	t->end_us += 1000000;
}

void tape_free(struct tape *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->events[i].action);
		free(t->events[i].data);
	}
	free(t->events);
	scenario_free(&t->scenario);
	memset(t, 0, sizeof(*t));
}

/* --- playing ------------------------------------------------------------- */

struct player {
	struct tape_world *world;
	tape_moment *moment;
	void *arg;
};

static void pass_moment(struct player *p)
{
	p->world->gap++;
	p->world->moments++;
	if (p->moment != NULL && !p->world->stop)
		p->moment(p->world, p->arg);
}

/* Everything up to this time of the tape. */
static void run_to(struct player *p, uint64_t at_us)
{
	struct handclock *hc = &p->world->clock;
	uint64_t target = p->world->started_us + at_us;
	const struct timer *first;

	while (!p->world->stop &&
		(first = TAILQ_FIRST(&hc->clock.timers)) != NULL &&
		first->due_us <= target) {
		handclock_step(hc);
		pass_moment(p);
	}
	if (!p->world->stop && hc->now_us < target)
		handclock_advance(hc, target - hc->now_us);
}

/* The last byte of a line apart: in front of it is a gap of its own. */
static void play_send(struct player *p, const uint8_t *data, size_t len)
{
	struct tape_world *w = p->world;

	w->exchange++;
	w->gap = 0;
	pass_moment(p);
	if (len > 1 && !w->stop) {
		modem_input(w->modem, data, len - 1);
		pass_moment(p);
	}
	if (w->stop)
		return;
	modem_input(w->modem, data + len - 1, 1);
	pass_moment(p);
}

void tape_play(const struct tape *t, struct tape_world *w, tape_moment *moment,
	void *arg)
{
	struct player p = {w, moment, arg};

	world_open(w, t, (struct trace_sink){no_bytes, no_text, NULL});
	for (size_t i = 0; i < t->n && !w->stop; i++) {
		const struct tape_event *ev = &t->events[i];

		run_to(&p, ev->at_us);
		if (w->stop)
			break;
		if (ev->action != NULL)
			world_act(w, ev->action);
		else
			play_send(&p, ev->data, ev->len);
	}
	if (!w->stop)
		run_to(&p, t->end_us + IDLE_US);
	if (!w->stop)
		tape_recover(w);
}

void tape_recover(struct tape_world *w)
{
	tape_send(w, "\x1b");
	tape_wait(w, 5000);
	tape_send(w, "+++");
	tape_wait(w, 5000);
	tape_send(w, "\r");
}
