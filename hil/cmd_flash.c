#include "hil/commands.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hil/files.h"
#include "hil/flash.h"
#include "hil/rig_conf.h"
#include "hil/rig_unknown.h"
#include "hil/rig_lock.h"
#include "hil/self.h"
#include "io/loop.h"

static const char usage[] =
	"usage: ec21hil flash --rig NAME [--rigs FILE] [--save FILE]\n"
	"                     [--wait SECONDS] [IMAGE]\n\n"
	"Writes a raw image (.bin) to a board of rigs.conf, reads it back,\n"
	"compares, and starts it.\n\n"
	"  --rig NAME     the board\n"
	"  --rigs FILE    in place of $EC21_RIGS or the user's rigs.conf\n"
	"  --save FILE    first read the whole flash into a new file\n"
	"  --wait SECONDS for a board that another run has; 0 if not given\n"
	"  IMAGE          by default what the rig's key image says\n"
	"  --help         this text\n\n"
	"Exit status: 0 written, the same when read back, and started; 1 the\n"
	"board failed and may hold half of it; 2 nothing was written.\n";

#define LOCK_AGAIN_MS 100

struct flash_cmd {
	const char *rig, *rigs, *save, *image;
	unsigned long wait;
	struct rig_confs confs;
};

static int complain(const struct flash_cmd *o, const char *what)
{
	fprintf(stderr, "ec21hil flash: %s%s%s\n", o->rig ? o->rig : "",
		o->rig ? ": " : "", what);
	return EXIT_SETUP;
}

/* Another run has it: until it ends, or the user's patience. */
static int take_lock(
	const struct flash_cmd *o, struct flash *f, char *why, size_t size)
{
	struct clock *clock = loop_clock(f->loop);
	uint64_t until = clock_now_ms(clock) + o->wait * 1000;
	bool busy;

	while ((f->lock = rig_lock_take(f->rig, &busy, why, size)) < 0) {
		if (!busy || clock_now_ms(clock) >= until)
			return -1;
		if (!tool_wait(f->loop, LOCK_AGAIN_MS, NULL)) {
			snprintf(why, size, "interrupted");
			return -1;
		}
	}
	return 0;
}

static int report(const struct flash_cmd *o, const struct flash *f)
{
	char text[1300];

	if (f->verified)
		snprintf(text, sizeof(text), "%s", f->why);
	else if (!f->wrote)
		snprintf(text, sizeof(text), "%s. Nothing was written", f->why);
	else
		snprintf(text, sizeof(text),
			"%s. %lu of %zu bytes went to the chip; what it holds "
			"is no program now: flash it again",
			f->why, f->bytes, f->image.len);
	complain(o, text);
	return f->wrote ? EXIT_FAILED : EXIT_SETUP;
}

static int flash_board(
	const struct flash_cmd *o, const struct rig_conf *rig, struct flash *f)
{
	char why[500];
	struct why reason;
	int status;

	f->rig = rig;
	f->tty = isatty(STDERR_FILENO);
	if (!image_load(&f->image, o->image, why, sizeof(why))) {
		char text[700];

		snprintf(text, sizeof(text), "%s: %s", o->image, why);
		return complain(o, text);
	}
	/* Before a board is touched for it. */
	if (o->save != NULL && access(o->save, F_OK) == 0)
		return complain(o, "--save: that file is there already");
	f->loop = loop_new(false, 1, &reason);
	if (f->loop == NULL)
		return complain(o, reason.text);
	if (take_lock(o, f, why, sizeof(why)) != 0)
		return complain(o, why);
	if (!self_folder(f->tmp, sizeof(f->tmp)))
		return EXIT_SETUP;
	status = flash_run(f, o->save) ? EXIT_DONE : report(o, f);
	files_remove_tree(f->tmp);
	return status;
}

static int flash(struct flash_cmd *o)
{
	struct flash f = {.lock = -1};
	const struct rig_conf *rig;
	char why[1000];
	int status;

	if (!rig_confs_load(&o->confs, o->rigs, stderr))
		return EXIT_SETUP;
	rig = rig_confs_find(&o->confs, o->rig);
	if (rig == NULL) {
		rig_unknown(&o->confs, false, o->rig, why, sizeof(why));
		return complain(o, why);
	}
	if (o->image == NULL)
		o->image = rig->image;
	if (o->image == NULL)
		return complain(o, "expected an image, or a key image in "
				   "rigs.conf");
	status = flash_board(o, rig, &f);
	image_free(&f.image);
	if (f.lock >= 0)
		close(f.lock);
	loop_free(f.loop);
	return status;
}

int cmd_flash(int argc, char **argv)
{
	static const struct option options[] = {
		{"rig", required_argument, NULL, 'r'},
		{"rigs", required_argument, NULL, 'R'},
		{"save", required_argument, NULL, 's'},
		{"wait", required_argument, NULL, 'w'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct flash_cmd o = {0};
	char *end;
	int c, status;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			o.rig = optarg;
			break;
		case 'R':
			o.rigs = optarg;
			break;
		case 's':
			o.save = optarg;
			break;
		case 'w':
			o.wait = strtoul(optarg, &end, 10);
			if (*end == '\0' && end != optarg && o.wait <= 86400)
				break;
			return complain(&o, "--wait: expected 0 to 86400 s");
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		default:
			return bad_option("flash", options, c, argv);
		}
	}
	if (o.rig == NULL || argc - optind > 1)
		return bad_usage(
			"flash", "expected --rig NAME and at most one image");
	if (optind < argc)
		o.image = argv[optind];
	status = flash(&o);
	rig_confs_free(&o.confs);
	return status;
}
