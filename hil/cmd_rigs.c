#include "hil/commands.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hil/dfu_text.h"
#include "hil/files.h"
#include "hil/rig_conf.h"
#include "hil/rig_lock.h"
#include "hil/tool.h"
#include "hil/wire.h"
#include "io/loop.h"

static const char usage[] =
	"usage: ec21hil rigs [--rigs FILE]\n\n"
	"Lists the rigs, what each can do, and whether it is there now. "
	"Nothing is\nswitched or written.\n\n"
	"  --rigs FILE    in place of $EC21_RIGS or the user's rigs.conf\n"
	"  --help         this text\n\n"
	"Exit status: 0 done, 2 usage, or rigs.conf cannot be used.\n";

#define LIST_SECONDS 10

/* ---- the rigs that are built in ---- */

static bool is_beside(const char *name)
{
	char path[4096];

	return files_find_program(name, NULL, path, sizeof(path)) &&
	       (strchr(path, '/') != NULL ? access(path, X_OK) == 0
					  : files_have_program(path));
}

static void tell_built_in(void)
{
	bool emulator = is_beside("ec21emu");

	printf("modem    AT scenarios on ec21emu, or on a modem of --modem\n"
	       "         %s\n",
		emulator ? "there" : "not there: no ec21emu");
	printf("host     firmware as a process beside ec21emu\n"
	       "         %s\n",
		!emulator	      ? "not there: no ec21emu"
		: !is_beside("wiofw") ? "ec21emu is there, wiofw is not built: "
					"--firmware names another"
				      : "there");
	printf("virtual  an STM32F405 image in QEMU beside ec21emu\n"
	       "         %s\n",
		!emulator ? "not there: no ec21emu"
		: !files_have_program("qemu-system-arm")
			? "not there: no qemu-system-arm (package of that name)"
			: "there");
}

/* ---- boards ---- */

static const char *const methods[] = {[RIG_METHOD_DFU] = "dfu-util",
	[RIG_METHOD_UART] = "stm32flash",
	[RIG_METHOD_COMMAND] = "the command of rigs.conf"};

static const char *const ways[] = {[RIG_ENTER_AUTO] = "?",
	[RIG_ENTER_HOOKS] = "hooks for BOOT0 and RST",
	[RIG_ENTER_CONSOLE] = "the firmware's dfu command",
	[RIG_ENTER_OPERATOR] = "a person with BOOT and RST"};

static void tell_abilities(const struct rig_conf *r)
{
	printf("%s\n         flashed by %s", r->name, methods[r->method]);
	if (r->method != RIG_METHOD_COMMAND)
		printf(", reached by %s", ways[r->enter]);
	if (r->power_on.command != NULL && r->power_off.command != NULL)
		fputs(", supply switched", stdout);
	fputs(r->expect_boot != NULL ? ", boot is seen\n"
				     : ", boot is not looked at\n",
		stdout);
}

/* What scenarios it is for, and which server they meet. */
static void tell_scenarios(const struct rig_conf *r)
{
	printf("         AT scenarios: %s%s\n",
		r->bridge	   ? "through the firmware's bridge"
		: r->modem != NULL ? "on the modem's own port "
				   : "none, it has neither modem nor bridge",
		!r->bridge && r->modem != NULL ? r->modem : "");
	if (r->reach != NULL || r->broker_https != NULL)
		printf("         server %s%s%s\n",
			r->reach != NULL ? r->reach : "not tried first",
			r->broker_https != NULL ? ", leads to a broker here at "
						: ", a broker that is there",
			r->broker_https != NULL ? r->broker_https : "");
}

static void ignore_bytes(void *arg, const void *data, size_t len)
{
	(void)arg;
	(void)data;
	(void)len;
}

static void ignore_closed(void *arg, const char *why)
{
	(void)arg;
	(void)why;
}

/* A command is not run only to be looked at: it may ring somebody's door. */
static void tell_console(const struct rig_conf *r, struct loop *loop)
{
	const struct wire_events events = {ignore_bytes, ignore_closed, NULL};
	struct wire *wire;
	char why[300];

	if (r->console == NULL) {
		puts("         no console");
		return;
	}
	if (strncmp(r->console, "exec:", 5) == 0) {
		printf("         console %s: not tried\n", r->console);
		return;
	}
	wire = wire_open(
		loop_base(loop), r->console, &events, why, sizeof(why));
	printf("         console %s: %s\n", r->console,
		wire != NULL ? "there" : why);
	wire_free(wire);
}

struct count {
	const struct rig_conf *rig;
	unsigned mine, others;
	bool denied;
};

static void on_line(void *arg, const char *line)
{
	struct count *c = arg;
	struct dfu_listed b;

	c->denied = c->denied || dfu_text_is_denied(line);
	if (!dfu_text_listed(line, &b))
		return;
	if ((c->rig->usb_serial == NULL ||
		    strcmp(c->rig->usb_serial, b.serial) == 0) &&
		(c->rig->usb_path == NULL ||
			strcmp(c->rig->usb_path, b.path) == 0))
		c->mine++;
	else
		c->others++;
}

static void tell_bus(const struct rig_conf *r, struct loop *loop)
{
	struct count c = {.rig = r};
	const struct tool t = {.loop = loop,
		.limit_ms = LIST_SECONDS * 1000,
		.keep_fd = -1,
		.line = on_line,
		.arg = &c};
	struct argv a = {0};
	char how[300];
	int status;

	(void)tool_words(
		&a, r->flasher != NULL ? r->flasher : "dfu-util", NULL, NULL);
	argv_add(&a, "-l");
	if (tool_run(&t, &a, &status, how, sizeof(how)) != TOOL_ENDED)
		printf("         USB: %s\n", how);
	else if (status != 0)
		printf("         USB: %s -l ended with status %d\n", a.v[0],
			status);
	else if (c.mine > 1)
		printf("         USB: %u boards in their boot loader match: "
		       "usb_serial or usb_path is wanted\n",
			c.mine);
	else if (c.mine == 1)
		puts("         USB: in its boot loader");
	else if (c.denied)
		puts("         USB: a boot loader is there that this user may "
		     "not open");
	else
		printf("         USB: not in its boot loader%s\n",
			c.others > 0 ? "; others are" : "");
	argv_free(&a);
}

static void tell_rig(const struct rig_conf *r, struct loop *loop)
{
	char who[64];

	tell_abilities(r);
	tell_scenarios(r);
	if (rig_lock_is_taken(r, who, sizeof(who))) {
		printf("         in use by %s\n", who);
		return;
	}
	tell_console(r, loop);
	if (r->method == RIG_METHOD_DFU)
		tell_bus(r, loop);
	else if (r->uart != NULL)
		printf("         %s: %s\n", r->uart,
			access(r->uart, R_OK | W_OK) == 0 ? "there"
							  : strerror(errno));
}

int cmd_rigs(int argc, char **argv)
{
	static const struct option options[] = {
		{"rigs", required_argument, NULL, 'R'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	const char *rigs = NULL;
	struct rig_confs confs;
	struct loop *loop;
	struct why why;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (c != 'R')
			return bad_option("rigs", options, c, argv);
		rigs = optarg;
	}
	if (optind != argc)
		return bad_usage("rigs", "expected no arguments");
	if (!rig_confs_load(&confs, rigs, stderr))
		return EXIT_SETUP;
	loop = loop_new(false, 1, &why);
	if (loop == NULL) {
		fprintf(stderr, "ec21hil rigs: %s\n", why.text);
		rig_confs_free(&confs);
		return EXIT_SETUP;
	}
	tell_built_in();
	for (size_t i = 0; i < confs.n; i++)
		tell_rig(&confs.list[i], loop);
	if (confs.n > 0)
		printf("# boards of %s\n", confs.path);
	else
		puts("# no boards: no rigs.conf (ec21-rigs.conf(5))");
	loop_free(loop);
	rig_confs_free(&confs);
	return EXIT_DONE;
}
