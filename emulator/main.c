#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/finish.h"
#include "base/log.h"
#include "base/out_file.h"
#include "config.h"
#include "ctl.h"
#include "io/loop.h"
#include "io/watch.h"
#include "modem.h"
#include "net/pcap.h"
#include "options.h"
#include "unit.h"

/* ec21emu: one loop, and on it the modems that were asked for. */

struct daemon {
	struct options opt;
	struct profile profile;
	struct loop *loop;
	struct watch *watch;
	FILE *keylog;
	struct pcap *pcap;
	struct unit **units;
	size_t n_units;
	struct ctl_world world;
	struct ctl_door *control;
};

/* A pty takes three descriptors, and the soft limit is low by tradition. */
static void raise_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

static bool read_profile(struct daemon *d, struct why *why)
{
	if (config_profile(&d->profile, d->opt.profile, why) != 0)
		return false;
	return d->opt.config == NULL ||
	       config_overlay(&d->profile, d->opt.config, why) == 0;
}

static bool open_keylog(struct daemon *d, struct why *why)
{
	int fd;

	if (d->opt.keylog == NULL)
		return true;
	/* What it has opens all that was captured: for its owner only. */
	fd = out_file_open(d->opt.keylog, O_APPEND, 0600);
	d->keylog = fd >= 0 ? fdopen(fd, "a") : NULL;
	if (d->keylog == NULL)
		why_set(why, ERR_FILE_OPEN, GRADE_ASM, "%s: %s", d->opt.keylog,
			strerror(errno));
	return d->keylog != NULL;
}

static bool open_pcap(struct daemon *d, struct why *why)
{
	if (d->opt.pcap == NULL)
		return true;
	d->pcap = pcap_open(d->opt.pcap, loop_clock(d->loop), why);
	return d->pcap != NULL;
}

static bool make_units(struct daemon *d, struct why *why)
{
	size_t n = d->opt.modems > 0 ? d->opt.modems : 1;
	const struct unit_env env = {
		.loop = d->loop,
		.watch = d->watch,
		.profile = &d->profile,
		.opt = &d->opt,
		.keylog = d->keylog,
		.pcap = d->pcap,
	};

	d->units = calloc(n, sizeof(struct unit *));
	d->world.modems = calloc(n, sizeof(*d->world.modems));
	if (d->units == NULL || d->world.modems == NULL) {
		why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory for modems");
		return false;
	}
	if (n > 1)
		raise_limit();
	for (size_t i = 0; i < n; i++) {
		d->units[i] = unit_new(&env, (unsigned)i + 1, why);
		if (d->units[i] == NULL)
			return false;
		d->n_units = i + 1;
		d->world.modems[i] =
			(struct ctl_modem){.modem = unit_modem(d->units[i]),
				.tee = unit_tee(d->units[i])};
	}
	d->world.n_modems = n;
	return true;
}

static bool open_control(struct daemon *d, struct why *why)
{
	if (d->opt.control == NULL)
		return true;
	d->world.clock = loop_clock(d->loop);
	if (!ctl_watch(&d->world)) {
		why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory");
		return false;
	}
	d->control =
		ctl_listen(loop_base(d->loop), &d->world, d->opt.control, why);
	return d->control != NULL;
}

/* At last, as this replaces what an earlier run has left. */
static bool begin_files(struct daemon *d, struct why *why)
{
	if (d->pcap != NULL && !pcap_start(d->pcap, why))
		return false;
	for (size_t i = 0; i < d->n_units; i++)
		if (!unit_begin(d->units[i], why))
			return false;
	return true;
}

static bool set_up(struct daemon *d, struct why *why)
{
	if (!read_profile(d, why) || !open_keylog(d, why))
		return false;
	d->loop = loop_new(d->opt.fast, d->opt.speed, why);
	if (d->loop == NULL)
		return false;
	d->watch = watch_new(loop_base(d->loop), why);
	if (d->watch == NULL || !open_pcap(d, why) || !make_units(d, why))
		return false;
	return open_control(d, why) && begin_files(d, why);
}

/* False: what was held back to the end could not be written. */
static bool tear_down(struct daemon *d)
{
	bool written = true;

	ctl_close(d->control);
	ctl_unwatch(&d->world);
	for (size_t i = 0; i < d->n_units; i++)
		written = unit_free(d->units[i]) && written;
	free(d->units);
	free(d->world.modems);
	watch_free(d->watch);
	pcap_close(d->pcap);
	if (d->keylog != NULL)
		fclose(d->keylog);
	loop_free(d->loop);
	return written;
}

/*
 * What --fast makes due at once happens before the ports are told: a host
 * that waits for `ready` never sees half a boot.
 */
static void begin(struct daemon *d)
{
	for (size_t i = 0; d->opt.power && i < d->n_units; i++)
		unit_boot(d->units[i]);
	clock_run(loop_clock(d->loop));
	for (size_t i = 0; i < d->n_units; i++)
		unit_print_ready(d->units[i], stdout);
	fflush(stdout);
}

/* What came of it all. */
static int ended(struct daemon *d)
{
	bool failed = d->pcap != NULL && pcap_failed(d->pcap);
	int status = EXIT_DONE;

	for (size_t i = 0; i < d->n_units; i++) {
		if (unit_departed(d->units[i]))
			status = EXIT_DEPARTED;
		failed = failed || unit_failed(d->units[i]);
	}
	return failed ? EXIT_USAGE : status;
}

static int run(int argc, char **argv)
{
	static struct daemon d;
	struct why why;
	int status;

	status = options_parse(&d.opt, argc, argv);
	if (status >= 0)
		return status;
	if (!set_up(&d, &why)) {
		log_error(NULL, "%s", why.text);
		tear_down(&d);
		return EXIT_USAGE;
	}
	begin(&d);
	loop_run(d.loop);
	status = ended(&d);
	return tear_down(&d) ? status : EXIT_USAGE;
}

int main(int argc, char **argv)
{
	log_init("ec21emu", LOG_LEVEL_WARN);
	return finish("ec21emu", run(argc, argv));
}
