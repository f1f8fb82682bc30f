#include <getopt.h>
#include <signal.h>
#include <stdio.h>

#include "base/finish.h"
#include "base/usage.h"
#include "core/app.h"
#include "core/tls_mcu.h"
#include "host.h"

#define EXIT_DONE   0
#define EXIT_FAILED 1
#define EXIT_USAGE  2

static const char usage[] =
	"usage: wiofw --modem TTY|unix:PATH [--pins unix:PATH]\n"
	"             [--console -|TTY] [--state DIR]\n"
	"       wiofw --help | --version\n"
	"\n"
	"The firmware under test, as a process: its modem UART is a tty or a\n"
	"socket, its console is standard input and output or a tty.\n"
	"\n"
	"  --modem    the modem's serial line, 115200 8N1\n"
	"  --pins     PWRKEY, RESET_N, DTR, supply and STATUS as single "
	"bytes;\n"
	"             without it the modem is taken to be powered\n"
	"  --console  default '-'; 'help' there lists the commands\n"
	"  --state    keep settings and certificates here between runs\n"
	"\n"
	"Exit status: 0 no command failed, 1 one did, 2 bad usage or set-up.\n";

static struct app app;
static struct host host;

static int bad_usage(const char *why)
{
	fprintf(stderr, "wiofw: %s; see wiofw --help\n", why);
	return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{"modem", required_argument, NULL, 'm'},
		{"pins", required_argument, NULL, 'p'},
		{"console", required_argument, NULL, 'c'},
		{"state", required_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	struct host_options o = {.console = "-"};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		switch (c) {
		case 'm':
			o.modem = optarg;
			break;
		case 'p':
			o.pins = optarg;
			break;
		case 'c':
			o.console = optarg;
			break;
		case 's':
			o.state = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		case 'V':
			printf("wiofw %s%s%s\n", EC21_VERSION,
				*tls_mcu_build ? ", " : "", tls_mcu_build);
			return EXIT_DONE;
		default:
			usage_bad_option("wiofw", options, c, argv);
			return EXIT_USAGE;
		}
	}
	if (optind < argc)
		return bad_usage("unexpected argument");
	if (!o.modem)
		return bad_usage("--modem is needed");
	/* A console or modem that goes away is an error we report. */
	signal(SIGPIPE, SIG_IGN);
	if (host_open(&host, &o) != 0)
		return EXIT_USAGE;
	app_init(&app, &host.board);
	while (app_turn(&app, 250) && !host.con_lost)
		;
	host_close(&host);
	if (host.con_lost) {
		fputs("wiofw: the console does not take what is said\n",
			stderr);
		return EXIT_USAGE;
	}
	return app.con.errors ? EXIT_FAILED : EXIT_DONE;
}

int main(int argc, char **argv)
{
	return finish("wiofw", run(argc, argv));
}
