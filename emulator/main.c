#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/recorder.h"
#include "config.h"
#include "io/loop.h"
#include "io/port.h"
#include "modem.h"
#include "net/net.h"

/* ec21emu: options, ports and loop around one modem. */

enum {
	EXIT_DONE = 0,
	EXIT_USAGE = 2,
	PORTS_MAX = 16,
	MAPS_MAX = 64,
};

struct options {
	const char *config;
	const char *profile;
	const char *ptys[PORTS_MAX];
	size_t n_ptys;
	const char *listens[PORTS_MAX];
	size_t n_listens;
	const char *maps[MAPS_MAX];
	size_t n_maps;
	const char *pins;
	const char *state;
	const char *record;
	const char *keylog;
	int power; /* -1 default, 0 off, 1 on */
	bool any;
	bool keep_secrets;
	bool fast;
	double speed;
};

struct daemon {
	struct options opt;
	struct profile profile;
	struct loop *loop;
	struct recorder *recorder;
	struct net *net;
	struct modem *modem;
	struct port *ports[2 * PORTS_MAX];
	size_t n_ports;
	int peers;
	struct port *pins;
	FILE *keylog;
};

static const char usage[] =
	"usage: ec21emu [options]\n"
	"\n"
	"Emulates a Quectel EC21-J modem on a pty, with real connections.\n"
	"\n"
	"  --pty LINK            offer the UART as a pty; LINK points to it\n"
	"  --listen unix:PATH | tcp:ADDR:PORT\n"
	"                        offer the UART on a socket\n"
	"                        (without a port option: a pty, name printed)\n"
	"  --profile NAME|FILE   modem and firmware to be (default ec21j)\n"
	"  --config FILE         profile values laid over the profile\n"
	"  --power on|off        boot at once, or wait for PWRKEY\n"
	"                        (default on; off with --pins)\n"
	"  --pins unix:PATH      the board's wiring as single bytes\n"
	"  --state DIR           keep UFS and settings in DIR between runs\n"
	"  --map NAME[:PORT]=ADDR[:PORT]\n"
	"                        where a host name really is; repeatable\n"
	"  --net loopback|any    loopback (default): nothing leaves the "
	"machine\n"
	"  --record FILE         write a transcript, secrets masked\n"
	"  --secrets mask|keep   keep: the transcript holds keys and "
	"passwords\n"
	"  --keylog FILE         append TLS secrets for Wireshark\n"
	"  --fast                no latencies and no baud pacing\n"
	"  --speed X             divide latencies and windows by X\n"
	"  --help, --version\n"
	"\n"
	"Prints `ready N WHERE` for each port. SIGTERM ends it. See "
	"ec21emu(8).\n";

enum option_id {
	OPT_CONFIG = 256,
	OPT_PROFILE,
	OPT_PTY,
	OPT_LISTEN,
	OPT_POWER,
	OPT_PINS,
	OPT_STATE,
	OPT_MAP,
	OPT_NET,
	OPT_RECORD,
	OPT_SECRETS,
	OPT_KEYLOG,
	OPT_FAST,
	OPT_SPEED,
	OPT_HELP,
	OPT_VERSION,
};

static const struct option longopts[] = {
	{"config", required_argument, NULL, OPT_CONFIG},
	{"profile", required_argument, NULL, OPT_PROFILE},
	{"pty", required_argument, NULL, OPT_PTY},
	{"listen", required_argument, NULL, OPT_LISTEN},
	{"power", required_argument, NULL, OPT_POWER},
	{"pins", required_argument, NULL, OPT_PINS},
	{"state", required_argument, NULL, OPT_STATE},
	{"map", required_argument, NULL, OPT_MAP},
	{"net", required_argument, NULL, OPT_NET},
	{"record", required_argument, NULL, OPT_RECORD},
	{"secrets", required_argument, NULL, OPT_SECRETS},
	{"keylog", required_argument, NULL, OPT_KEYLOG},
	{"fast", no_argument, NULL, OPT_FAST},
	{"speed", required_argument, NULL, OPT_SPEED},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

/* --- options ----------------------------------------------------------------
 */

static bool push(const char **list, size_t *n, size_t max, const char *what)
{
	if (*n == max) {
		log_error(NULL, "more than %zu %s options", max, what);
		return false;
	}
	list[(*n)++] = optarg;
	return true;
}

/* One of two words; the index of the one given, -1 with a message. */
static int choice(const char *option, const char *zero, const char *one)
{
	if (strcmp(optarg, zero) == 0)
		return 0;
	if (strcmp(optarg, one) == 0)
		return 1;
	log_error(NULL, "--%s %s: want %s or %s", option, optarg, zero, one);
	return -1;
}

static bool parse_speed(double *speed)
{
	char *end;

	*speed = strtod(optarg, &end);
	if (end != optarg && *end == '\0' && *speed >= 0.01 && *speed <= 1e6)
		return true;
	log_error(NULL, "--speed %s: want a number 0.01..1000000", optarg);
	return false;
}

static bool parse_option(struct options *o, int id)
{
	int n;

	switch (id) {
	case OPT_CONFIG:
		o->config = optarg;
		return true;
	case OPT_PROFILE:
		o->profile = optarg;
		return true;
	case OPT_PTY:
		return push(o->ptys, &o->n_ptys, PORTS_MAX, "--pty");
	case OPT_LISTEN:
		return push(o->listens, &o->n_listens, PORTS_MAX, "--listen");
	case OPT_MAP:
		return push(o->maps, &o->n_maps, MAPS_MAX, "--map");
	case OPT_POWER:
		o->power = choice("power", "off", "on");
		return o->power >= 0;
	case OPT_NET:
		n = choice("net", "loopback", "any");
		o->any = n == 1;
		return n >= 0;
	case OPT_SECRETS:
		n = choice("secrets", "mask", "keep");
		o->keep_secrets = n == 1;
		return n >= 0;
	case OPT_PINS:
		o->pins = optarg;
		return true;
	case OPT_STATE:
		o->state = optarg;
		return true;
	case OPT_RECORD:
		o->record = optarg;
		return true;
	case OPT_KEYLOG:
		o->keylog = optarg;
		return true;
	case OPT_FAST:
		o->fast = true;
		return true;
	case OPT_SPEED:
		return parse_speed(&o->speed);
	default:
		fprintf(stderr, "try: ec21emu --help\n");
		return false;
	}
}

/* Returns -1 to go on, else the exit status. */
static int parse_options(struct options *o, int argc, char **argv)
{
	int id;

	*o = (struct options){.profile = "ec21j", .power = -1, .speed = 1};
	while ((id = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		if (id == OPT_HELP) {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (id == OPT_VERSION) {
			puts("ec21emu " EC21_VERSION);
			return EXIT_DONE;
		}
		if (!parse_option(o, id))
			return EXIT_USAGE;
	}
	if (optind < argc) {
		log_error(NULL, "unexpected argument '%s'; try --help",
			argv[optind]);
		return EXIT_USAGE;
	}
	if (o->power < 0)
		o->power = o->pins == NULL;
	return -1;
}

/* --- between ports and modem -------------------------------------------------
 */

static void on_output(void *arg, const void *data, size_t len)
{
	struct daemon *d = arg;

	for (size_t i = 0; i < d->n_ports; i++)
		port_write(d->ports[i], data, len);
}

static void on_uart(void *arg, const void *data, size_t len)
{
	struct daemon *d = arg;

	modem_input(d->modem, data, len);
}

static void on_uart_peer(void *arg, bool here)
{
	struct daemon *d = arg;

	d->peers += here ? 1 : -1;
	if (d->peers > 0)
		return;
	d->peers = 0;
	modem_hangup(d->modem);
	for (size_t i = 0; i < d->n_ports; i++)
		port_set_rate(d->ports[i], modem_rate(d->modem));
}

static void send_status(struct daemon *d)
{
	/* The pin is low while the modem runs [WIO §3]. */
	if (d->pins != NULL && d->modem != NULL)
		port_write(d->pins, modem_running(d->modem) ? "s" : "S", 1);
}

static void on_status(void *arg, bool running)
{
	(void)running;
	send_status(arg);
}

static void on_pins(void *arg, const void *data, size_t len)
{
	struct daemon *d = arg;
	const char *edges = data;

	/* `B`, the jump to the bootloader, is for the runner, not for us. `?`
	 * asks for STATUS: a board that just came up has missed it. */
	for (size_t i = 0; i < len; i++)
		if (edges[i] == '?')
			send_status(d);
		else if (!modem_pin(d->modem, edges[i]) && edges[i] != 'B')
			log_warn("pins", "byte 0x%02x is no edge, ignored",
				(unsigned char)edges[i]);
}

static void on_pins_peer(void *arg, bool here)
{
	if (here)
		send_status(arg);
}

static void on_keylog(void *arg, const char *line)
{
	struct daemon *d = arg;

	fprintf(d->keylog, "%s\n", line);
	fflush(d->keylog);
}

static void on_policy(void *arg, const char *text)
{
	(void)arg;
	log_warn("net", "%s", text);
}

/* --- set-up
 * -------------------------------------------------------------------- */

static const struct port_events uart_events = {on_uart, on_uart_peer};
static const struct port_events pins_events = {on_pins, on_pins_peer};

static bool keep_port(struct daemon *d, struct port *port)
{
	if (port == NULL)
		return false;
	d->ports[d->n_ports++] = port;
	return true;
}

static bool open_ports(struct daemon *d, struct why *why)
{
	struct event_base *base = loop_base(d->loop);
	uint32_t rate = (uint32_t)d->profile.at_rate;
	const struct options *o = &d->opt;

	for (size_t i = 0; i < o->n_ptys; i++)
		if (!keep_port(d, port_pty_new(base, o->ptys[i], rate,
					  &uart_events, d, why)))
			return false;
	for (size_t i = 0; i < o->n_listens; i++)
		if (!keep_port(d, port_sock_new(base, o->listens[i],
					  &uart_events, d, why)))
			return false;
	if (d->n_ports == 0 && !keep_port(d, port_pty_new(base, NULL, rate,
						     &uart_events, d, why)))
		return false;
	if (o->pins != NULL) {
		d->pins = port_sock_new(base, o->pins, &pins_events, d, why);
		if (d->pins == NULL)
			return false;
	}
	return true;
}

static bool open_files(struct daemon *d, struct why *why)
{
	const struct options *o = &d->opt;

	if (o->record != NULL) {
		const struct recorder_opts ro = {
			.keep_secrets = o->keep_secrets,
			.device = "emulator",
			.profile = d->profile.id,
		};

		d->recorder =
			recorder_open(o->record, loop_clock(d->loop), &ro, why);
		if (d->recorder == NULL)
			return false;
	}
	if (o->keylog != NULL) {
		d->keylog = fopen(o->keylog, "ae");
		if (d->keylog == NULL) {
			why_set(why, ERR_FILE_OPEN, GRADE_ASM, "%s: %s",
				o->keylog, strerror(errno));
			return false;
		}
	}
	return true;
}

static bool open_net(struct daemon *d, struct why *why)
{
	const struct net_ev_opts no = {
		.base = loop_base(d->loop),
		.clock = loop_clock(d->loop),
		.trace = d->recorder ? recorder_sink(d->recorder) : NULL,
		.any = d->opt.any,
		.on_policy = on_policy,
	};

	d->net = net_ev_new(&no, why);
	if (d->net == NULL)
		return false;
	for (size_t i = 0; i < d->opt.n_maps; i++)
		if (net_ev_map(d->net, d->opt.maps[i], why) != 0)
			return false;
	return true;
}

static bool set_up(struct daemon *d, struct why *why)
{
	struct modem_opts mo;

	if (config_profile(&d->profile, d->opt.profile, why) != 0)
		return false;
	if (d->opt.config != NULL &&
		config_overlay(&d->profile, d->opt.config, why) != 0)
		return false;
	d->loop = loop_new(d->opt.fast, d->opt.speed, why);
	if (d->loop == NULL || !open_files(d, why) || !open_net(d, why))
		return false;
	mo = (struct modem_opts){
		.clock = loop_clock(d->loop),
		.profile = &d->profile,
		.net = d->net,
		.trace = d->recorder ? recorder_sink(d->recorder) : NULL,
		.state_dir = d->opt.state,
		.output = on_output,
		.status = on_status,
		.keylog = d->keylog ? on_keylog : NULL,
		.arg = d,
	};
	d->modem = modem_new(&mo, why);
	return d->modem != NULL && open_ports(d, why);
}

static void tear_down(struct daemon *d)
{
	port_free(d->pins);
	d->pins = NULL;
	for (size_t i = 0; i < d->n_ports; i++)
		port_free(d->ports[i]);
	d->n_ports = 0;
	if (d->modem != NULL)
		modem_free(d->modem);
	if (d->net != NULL)
		net_free(d->net);
	recorder_close(d->recorder);
	if (d->keylog != NULL)
		fclose(d->keylog);
	loop_free(d->loop);
}

int main(int argc, char **argv)
{
	static struct daemon d;
	struct why why;
	int status;

	log_init("ec21emu", LOG_LEVEL_WARN);
	status = parse_options(&d.opt, argc, argv);
	if (status >= 0)
		return status;
	if (!set_up(&d, &why)) {
		log_error(NULL, "%s", why.text);
		tear_down(&d);
		return EXIT_USAGE;
	}
	/*
	 * What --fast makes due at once happens before the ports are told: a
	 * host that waits for `ready` never sees half a boot.
	 */
	if (d.opt.power) {
		modem_boot(d.modem);
		clock_run(loop_clock(d.loop));
	}
	for (size_t i = 0; i < d.n_ports; i++)
		printf("ready 1 %s\n", d.ports[i]->where);
	fflush(stdout);
	loop_run(d.loop);
	tear_down(&d);
	return EXIT_DONE;
}
