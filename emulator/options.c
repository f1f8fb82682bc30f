#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/usage.h"

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
	"  --replay FILE         be the modem of a recording: answer what was "
	"sent\n"
	"                        as it was answered\n"
	"  --on-departure error|model\n"
	"                        the host sends something else: ERROR "
	"(default),\n"
	"                        or go on as the model\n"
	"  --pcap FILE           capture what passes the network, for "
	"Wireshark\n"
	"  --keylog FILE         append TLS secrets for Wireshark\n"
	"  --modems N            N of them; %d in --pty, --listen, --pins,\n"
	"                        --state and --record stands for the "
	"number\n"
	"  --control PATH        a unix socket: one JSON object a line in and "
	"out\n"
	"  --fault SPEC          POINT[:nth=N|:after=N|:p=P][:ms=N]; "
	"repeatable\n"
	"  --list-faults         the points, and when each may strike\n"
	"  --seed N              what p= of faults throws its dice with\n"
	"  --fast                no latencies and no baud pacing\n"
	"  --speed X             divide latencies and windows by X\n"
	"  --wire lax|strict     strict: a host at another rate than AT+IPR "
	"hears\n"
	"                        and says garbage, as on a real line\n"
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
	OPT_REPLAY,
	OPT_ON_DEPARTURE,
	OPT_SECRETS,
	OPT_KEYLOG,
	OPT_FAST,
	OPT_SPEED,
	OPT_WIRE,
	OPT_PCAP,
	OPT_MODEMS,
	OPT_CONTROL,
	OPT_FAULT,
	OPT_LIST_FAULTS,
	OPT_SEED,
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
	{"replay", required_argument, NULL, OPT_REPLAY},
	{"on-departure", required_argument, NULL, OPT_ON_DEPARTURE},
	{"secrets", required_argument, NULL, OPT_SECRETS},
	{"keylog", required_argument, NULL, OPT_KEYLOG},
	{"fast", no_argument, NULL, OPT_FAST},
	{"speed", required_argument, NULL, OPT_SPEED},
	{"pcap", required_argument, NULL, OPT_PCAP},
	{"wire", required_argument, NULL, OPT_WIRE},
	{"modems", required_argument, NULL, OPT_MODEMS},
	{"control", required_argument, NULL, OPT_CONTROL},
	{"fault", required_argument, NULL, OPT_FAULT},
	{"list-faults", no_argument, NULL, OPT_LIST_FAULTS},
	{"seed", required_argument, NULL, OPT_SEED},
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

static bool parse_number(
	const char *option, uint64_t min, uint64_t max, uint64_t *n)
{
	char *end;

	*n = strtoull(optarg, &end, 10);
	if (*optarg >= '0' && *optarg <= '9' && *end == '\0' && *n >= min &&
		*n <= max)
		return true;
	log_error(NULL, "--%s %s: want a number %llu..%llu", option, optarg,
		(unsigned long long)min, (unsigned long long)max);
	return false;
}

static bool parse_modems(struct options *o)
{
	uint64_t n;

	if (!parse_number("modems", 1, OPTIONS_MODEMS_MAX, &n))
		return false;
	o->modems = (unsigned)n;
	return true;
}

/* Checked here, armed in each modem. */
static bool parse_fault(struct options *o)
{
	struct fault_set set;
	struct why why;

	fault_init(&set, 0);
	if (fault_arm(&set, optarg, &why) == 0)
		return push(o->faults, &o->n_faults, FAULTS_MAX, "--fault");
	log_error(NULL, "%s", why.text);
	return false;
}

static void list_faults(void)
{
	for (int i = 0; i < FAULT_POINTS; i++)
		printf("%-12s %s\n", fault_name((enum fault_point)i),
			fault_help((enum fault_point)i));
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
		return push(o->ptys, &o->n_ptys, OPTIONS_PORTS_MAX, "--pty");
	case OPT_LISTEN:
		return push(o->listens, &o->n_listens, OPTIONS_PORTS_MAX,
			"--listen");
	case OPT_MAP:
		return push(o->maps, &o->n_maps, OPTIONS_MAPS_MAX, "--map");
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
	case OPT_REPLAY:
		o->replay = optarg;
		return true;
	case OPT_ON_DEPARTURE:
		n = choice("on-departure", "error", "model");
		o->falls_back = n == 1;
		return n >= 0;
	case OPT_KEYLOG:
		o->keylog = optarg;
		return true;
	case OPT_FAST:
		o->fast = true;
		return true;
	case OPT_SPEED:
		return parse_speed(&o->speed);
	case OPT_PCAP:
		o->pcap = optarg;
		return true;
	case OPT_WIRE:
		n = choice("wire", "lax", "strict");
		o->strict = n == 1;
		return n >= 0;
	case OPT_MODEMS:
		return parse_modems(o);
	case OPT_CONTROL:
		o->control = optarg;
		return true;
	case OPT_FAULT:
		return parse_fault(o);
	case OPT_SEED:
		return parse_number("seed", 0, UINT64_MAX, &o->seed);
	default:
		return false;
	}
}

/* Many modems at one place would be one too many. */
static bool check_template(
	const struct options *o, const char *option, const char *text)
{
	if (o->modems < 2 || text == NULL || strstr(text, "%d") != NULL)
		return true;
	log_error(NULL,
		"--%s %s: %%d is needed in it, it becomes the number of each "
		"of the %u modems",
		option, text, o->modems);
	return false;
}

static bool check_templates(const struct options *o)
{
	bool ok = check_template(o, "pins", o->pins) &&
		  check_template(o, "state", o->state) &&
		  check_template(o, "record", o->record);

	for (size_t i = 0; i < o->n_ptys; i++)
		ok = ok && check_template(o, "pty", o->ptys[i]);
	/* tcp:ADDR:0 is another port for each. */
	for (size_t i = 0; i < o->n_listens; i++)
		ok = ok && (strncmp(o->listens[i], "tcp:", 4) == 0 ||
				   check_template(o, "listen", o->listens[i]));
	return ok;
}

static bool check_replay(const struct options *o)
{
	if (o->replay == NULL && o->falls_back)
		log_error(NULL, "--on-departure model: it needs --replay FILE");
	else if (o->replay != NULL && o->strict)
		log_error(NULL, "--wire strict: a recording has no rate, so "
				"not with --replay");
	else
		return true;
	return false;
}

int options_parse(struct options *o, int argc, char **argv)
{
	int id;

	*o = (struct options){.profile = "ec21j", .power = -1, .speed = 1};
	opterr = 0;
	while ((id = getopt_long(argc, argv, ":", longopts, NULL)) != -1) {
		if (id == OPT_HELP) {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (id == OPT_LIST_FAULTS) {
			list_faults();
			return EXIT_DONE;
		}
		if (id == OPT_VERSION) {
			puts("ec21emu " EC21_VERSION);
			return EXIT_DONE;
		}
		if (id == '?' || id == ':')
			usage_bad_option("ec21emu", longopts, id, argv);
		if (!parse_option(o, id))
			return EXIT_USAGE;
	}
	if (optind < argc) {
		log_error(NULL, "unexpected argument '%s'; see ec21emu --help",
			argv[optind]);
		return EXIT_USAGE;
	}
	if (!check_templates(o) || !check_replay(o))
		return EXIT_USAGE;
	if (o->power < 0)
		o->power = o->pins == NULL;
	return -1;
}
