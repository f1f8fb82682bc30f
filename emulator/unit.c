#include "unit.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/recorder.h"
#include "base/tee.h"
#include "io/loop.h"
#include "io/pins.h"
#include "io/port.h"
#include "modem.h"
#include "net/net.h"
#include "options.h"
#include "replay.h"
#include "script.h"
#include "unit_wire.h"

struct unit {
	struct unit_env env;
	unsigned number;
	struct fault_set faults;
	struct tee tee;
	struct tee_tap record_tap;
	struct recorder *recorder;
	struct net *net;
	struct modem *modem;
	struct wire wire;
	struct port *pins_port;
	struct pins pins;
	/* --replay: stands between ports and modem, which is but a shadow. */
	struct script script;
	struct replay *replay;
	struct trace_sink shadow;
	char *replay_name, *record_name;
	bool keylog_failed;
};

/* --- between ports and modem ------------------------------------------------
 */

/* Is what the modem does of no concern to the host? */
static bool is_shadow(const struct unit *u)
{
	return u->replay != NULL && !replay_left(u->replay);
}

/* +IPR counts from behind its answer, or from a boot. */
static void take_rate(struct unit *u)
{
	if (u->modem != NULL)
		wire_set_rate(&u->wire, modem_rate(u->modem));
}

static void output(struct unit *u, const void *data, size_t len)
{
	wire_write(&u->wire, data, len);
	take_rate(u);
}

static void on_output(void *arg, const void *data, size_t len)
{
	struct unit *u = arg;

	if (!is_shadow(u))
		output(u, data, len);
}

static void on_uart(void *arg, const void *data, size_t len)
{
	struct unit *u = arg;

	if (u->replay != NULL)
		replay_input(u->replay, data, len);
	else
		modem_input(u->modem, data, len);
}

/* A restart forgets what AT&W has not stored. */
static void on_ready(void *arg)
{
	take_rate(arg);
}

static void on_uart_peer(void *arg, bool here)
{
	struct unit *u = arg;

	if (here && u->replay != NULL)
		replay_begin(u->replay);
	if (here)
		return;
	if (is_shadow(u))
		replay_hangup(u->replay);
	modem_hangup(u->modem);
	take_rate(u);
}

static void on_uart_full(void *arg, bool full)
{
	struct unit *u = arg;

	if (u->modem != NULL)
		modem_line_full(u->modem, full);
}

static void send_status(struct unit *u)
{
	bool running;

	if (u->pins_port == NULL || u->modem == NULL)
		return;
	running = is_shadow(u) ? replay_running(u->replay)
			       : modem_running(u->modem);
	/* The pin is low while the modem runs [WIO §3]. */
	port_write(u->pins_port, running ? "s" : "S", 1);
}

static void on_status(void *arg, bool running)
{
	(void)running;
	if (!is_shadow(arg))
		send_status(arg);
}

static void on_edge(void *arg, char edge)
{
	struct unit *u = arg;
	bool known;

	/* `B`, the jump to the bootloader, is nothing to a modem. `?`
	 * asks for STATUS: a board that just came up has missed it. */
	if (edge == '?')
		send_status(u);
	if (edge == '?' || edge == 'B')
		return;
	known = u->replay != NULL && replay_pin(u->replay, edge);
	if (u->replay == NULL || u->env.opt->falls_back)
		known = modem_pin(u->modem, edge);
	if (!known)
		log_warn("pins", "byte 0x%02x is no edge, ignored",
			(unsigned char)edge);
}

static void on_late(void *arg, uint64_t ms)
{
	struct unit *u = arg;

	trace_text(&u->tee.sink, LANE_NOTE,
		"this machine was busy: a pulse may have been %llu ms longer "
		"than it came, and is taken so",
		(unsigned long long)ms);
}

static void on_pins(void *arg, const void *data, size_t len)
{
	struct unit *u = arg;

	pins_bytes(&u->pins, data, len);
}

static void on_pins_peer(void *arg, bool here)
{
	struct unit *u = arg;

	pins_peer(&u->pins, here);
	if (here)
		send_status(u);
}

static void on_keylog(void *arg, const char *line)
{
	struct unit *u = arg;

	if (u->keylog_failed || (fprintf(u->env.keylog, "%s\n", line) >= 0 &&
					fflush(u->env.keylog) == 0))
		return;
	u->keylog_failed = true;
	log_error("keylog", "cannot write the key log: %s; it ends here",
		strerror(errno));
}

static void on_policy(void *arg, const char *text)
{
	if (!is_shadow(arg))
		log_warn("net", "%s", text);
}

/* --- a recording in the modem's place ----------------------------------------
 */

static void on_shadow_bytes(
	void *arg, enum lane lane, const void *data, size_t len)
{
	struct unit *u = arg;

	if (!is_shadow(u))
		trace_bytes(&u->tee.sink, lane, data, len);
}

static void on_shadow_text(void *arg, enum lane lane, const char *text)
{
	struct unit *u = arg;

	if (!is_shadow(u))
		trace_text(&u->tee.sink, lane, "%s", text);
}

/* Where the modem's records go: while it is a shadow, nowhere. */
static const struct trace_sink *modem_trace(const struct unit *u)
{
	return u->replay != NULL ? &u->shadow : &u->tee.sink;
}

static void on_replay_output(void *arg, const void *data, size_t len)
{
	output(arg, data, len);
}

static void on_replay_status(void *arg, bool running)
{
	(void)running;
	send_status(arg);
}

static void on_departure(void *arg, const char *text)
{
	struct unit *u = arg;

	if (replay_departures(u->replay) == 1)
		log_warn("replay", "the host departs: %s", text);
}

static void on_model_input(void *arg, const void *data, size_t len)
{
	struct unit *u = arg;

	modem_input(u->modem, data, len);
}

/* --- set-up -----------------------------------------------------------------
 */

static const struct port_events uart_events = {
	on_uart, on_uart_peer, on_uart_full};
static const struct port_events pins_events = {on_pins, on_pins_peer, NULL};

/* `text` with our number for each %d, if there are modems to tell apart. */
static bool fill_in(const struct unit *u, const char *text, char path[PATH_MAX],
	struct why *why)
{
	const char *mark;
	struct buf out;
	bool ok = true;

	buf_init(&out, PATH_MAX - 1);
	while (u->env.opt->modems > 0 && (mark = strstr(text, "%d")) != NULL) {
		ok = ok && buf_add(&out, text, (size_t)(mark - text)) &&
		     buf_printf(&out, "%u", u->number);
		text = mark + 2;
	}
	ok = ok && buf_adds(&out, text) && buf_cstr(&out) != NULL;
	if (ok)
		memcpy(path, buf_cstr(&out), buf_len(&out) + 1);
	else
		why_set(why, ERR_PARAM, GRADE_ASM, "%.60s…: a path too long",
			text);
	buf_free(&out);
	return ok;
}

static bool open_ports(struct unit *u, struct why *why)
{
	struct event_base *base = loop_base(u->env.loop);
	const struct options *o = u->env.opt;
	char path[PATH_MAX];

	for (size_t i = 0; i < o->n_ptys; i++)
		if (!fill_in(u, o->ptys[i], path, why) ||
			!wire_add_pty(&u->wire, u->env.watch, path, why))
			return false;
	for (size_t i = 0; i < o->n_listens; i++)
		if (!fill_in(u, o->listens[i], path, why) ||
			!wire_add_sock(&u->wire, base, path, why))
			return false;
	if (o->n_ptys + o->n_listens == 0 &&
		!wire_add_pty(&u->wire, u->env.watch, NULL, why))
		return false;
	if (o->pins != NULL) {
		if (!fill_in(u, o->pins, path, why))
			return false;
		u->pins_port = port_sock_new(base, path, &pins_events, u, why);
		if (u->pins_port == NULL)
			return false;
	}
	return true;
}

static bool is_one_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

static bool open_record(struct unit *u, struct why *why)
{
	const struct recorder_opts ro = {
		.keep_secrets = u->env.opt->keep_secrets,
		.device = "emulator",
		.profile = u->env.profile->id,
	};
	char path[PATH_MAX];

	if (u->env.opt->record == NULL)
		return true;
	if (!fill_in(u, u->env.opt->record, path, why))
		return false;
	if (u->replay_name != NULL && is_one_file(path, u->replay_name)) {
		why_policy(why, ERR_PARAM,
			"--record %s would replace what --replay plays", path);
		return false;
	}
	u->record_name = strdup(path);
	why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory for a recording");
	if (u->record_name == NULL)
		return false;
	u->recorder = recorder_take(
		u->record_name, loop_clock(u->env.loop), &ro, why);
	if (u->recorder == NULL)
		return false;
	tee_add(&u->tee, &u->record_tap, recorder_sink(u->recorder));
	return true;
}

static bool load_script(struct unit *u, const char *path, struct why *why)
{
	bool pins = u->env.opt->pins != NULL;
	struct transcript_error err;

	if (script_load(&u->script, path, pins, &err))
		return true;
	if (err.line == 0)
		why_policy(why, ERR_FILE_OPEN, "%s: %s", path, err.text);
	else
		why_policy(why, ERR_PARAM, "%s:%u:%u: %s", path, err.line,
			err.column, err.text);
	return false;
}

static bool open_replay(struct unit *u, struct why *why)
{
	struct replay_opts ro = {
		.script = &u->script,
		.clock = loop_clock(u->env.loop),
		.trace = &u->tee.sink,
		.falls_back = u->env.opt->falls_back,
		.output = on_replay_output,
		.status = on_replay_status,
		.departs = on_departure,
		.model = on_model_input,
		.arg = u,
	};
	char path[PATH_MAX];

	if (u->env.opt->replay == NULL)
		return true;
	if (!fill_in(u, u->env.opt->replay, path, why) ||
		!load_script(u, path, why))
		return false;
	if (u->env.opt->pcap != NULL && is_one_file(path, u->env.opt->pcap)) {
		why_policy(why, ERR_PARAM,
			"--pcap %s would replace what --replay plays", path);
		return false;
	}
	why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory for a recording");
	ro.name = u->replay_name = strdup(path);
	u->shadow = (struct trace_sink){on_shadow_bytes, on_shadow_text, u};
	if (u->replay_name != NULL)
		u->replay = replay_new(&ro);
	if (u->replay != NULL && u->script.masks > 0)
		log_warn("replay",
			"%s: what is masked (%u times) is made up, or taken "
			"as it comes",
			path, u->script.masks);
	if (u->replay != NULL && script_hello_line(&u->script) > 0)
		log_warn("replay",
			"%s line %u: here the firmware begins a TLS session of "
			"its own; its bytes are random, so it departs there "
			"and what follows cannot be played",
			path, script_hello_line(&u->script));
	return u->replay != NULL;
}

static bool open_net(struct unit *u, struct why *why)
{
	const struct options *o = u->env.opt;
	const struct net_ev_opts no = {
		.base = loop_base(u->env.loop),
		.clock = loop_clock(u->env.loop),
		.trace = modem_trace(u),
		.faults = &u->faults,
		.pcap = u->env.pcap,
		.any = o->any,
		.on_policy = on_policy,
		.on_policy_arg = u,
	};

	u->net = net_ev_new(&no, why);
	if (u->net == NULL)
		return false;
	for (size_t i = 0; i < o->n_maps; i++)
		if (net_ev_map(u->net, o->maps[i], why) != 0)
			return false;
	return true;
}

static bool arm_faults(struct unit *u, struct why *why)
{
	const struct options *o = u->env.opt;

	/* Each modem of a fleet has its own luck. */
	fault_init(&u->faults, o->seed + u->number - 1);
	for (size_t i = 0; i < o->n_faults; i++)
		if (fault_arm(&u->faults, o->faults[i], why) != 0)
			return false;
	return true;
}

static bool make_modem(struct unit *u, struct why *why)
{
	const struct options *o = u->env.opt;
	char state[PATH_MAX];
	const struct modem_opts mo = {
		.clock = loop_clock(u->env.loop),
		.profile = u->env.profile,
		.net = u->net,
		/* A trace that nobody reads costs time. */
		.trace = o->record != NULL || o->control != NULL
				 ? modem_trace(u)
				 : NULL,
		.faults = &u->faults,
		.state_dir = o->state != NULL ? state : NULL,
		.output = on_output,
		.ready = on_ready,
		.status = on_status,
		.keylog = u->env.keylog != NULL ? on_keylog : NULL,
		.arg = u,
	};

	if (o->state != NULL && !fill_in(u, o->state, state, why))
		return false;
	u->modem = modem_new(&mo, why);
	return u->modem != NULL;
}

struct unit *unit_new(
	const struct unit_env *env, unsigned number, struct why *why)
{
	struct unit *u = calloc(1, sizeof(*u));

	if (u == NULL) {
		why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory for a modem");
		return NULL;
	}
	u->env = *env;
	u->number = number;
	pins_init(&u->pins, loop_clock(env->loop), on_edge, on_late, u);
	tee_init(&u->tee);
	wire_init(&u->wire, &u->tee.sink, env->opt->strict,
		(uint32_t)env->profile->at_rate, &uart_events, u);
	if (arm_faults(u, why) && open_replay(u, why) && open_record(u, why) &&
		open_net(u, why) && make_modem(u, why) && open_ports(u, why))
		return u;
	unit_free(u);
	return NULL;
}

bool unit_begin(struct unit *u, struct why *why)
{
	return u->recorder == NULL || recorder_begin(u->recorder, why);
}

bool unit_failed(const struct unit *u)
{
	return u->keylog_failed ||
	       (u->recorder != NULL && recorder_failed(u->recorder));
}

bool unit_free(struct unit *u)
{
	bool recorded;

	if (u == NULL)
		return true;
	pins_stop(&u->pins);
	port_free(u->pins_port);
	u->pins_port = NULL;
	wire_stop(&u->wire);
	if (u->modem != NULL)
		modem_free(u->modem);
	if (u->net != NULL)
		net_free(u->net);
	replay_free(u->replay);
	recorded = recorder_close(u->recorder);
	script_free(&u->script);
	free(u->replay_name);
	free(u->record_name);
	free(u);
	return recorded;
}

void unit_boot(struct unit *u)
{
	if (u->replay == NULL || u->env.opt->falls_back)
		modem_boot(u->modem);
}

bool unit_departed(const struct unit *u)
{
	char rest[400];

	if (u->replay == NULL)
		return false;
	if (replay_departures(u->replay) > 1)
		log_warn("replay", "the host departed %u times",
			replay_departures(u->replay));
	if (replay_rest(u->replay, rest, sizeof(rest)))
		log_warn("replay", "not to its end: %s", rest);
	return replay_departures(u->replay) > 0;
}

struct modem *unit_modem(struct unit *u)
{
	return u->modem;
}

struct tee *unit_tee(struct unit *u)
{
	return &u->tee;
}

void unit_print_ready(const struct unit *u, FILE *to)
{
	const char *where;

	for (size_t i = 0; (where = wire_where(&u->wire, i)) != NULL; i++)
		fprintf(to, "ready %u %s\n", u->number, where);
}
