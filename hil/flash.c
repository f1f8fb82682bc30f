#include "hil/flash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hil/files.h"
#include "io/loop.h"

#define LOOK_AGAIN_MS 200

bool flash_fail(struct flash *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->why, sizeof(f->why), fmt, ap);
	va_end(ap);
	return false;
}

bool flash_tool(struct flash *f, const struct argv *argv, long seconds,
	void (*line)(void *arg, const char *line), void *arg, int *status)
{
	const struct tool t = {.loop = f->loop,
		.limit_ms = (unsigned)seconds * 1000,
		.keep_fd = f->lock,
		.line = line,
		.arg = arg};
	const char *name = argv->n > 0 ? argv->v[0] : "the command";
	char how[200];

	switch (tool_run(&t, argv, status, how, sizeof(how))) {
	case TOOL_ENDED:
		if (*status >= 0)
			return true;
		break;
	case TOOL_NOT_STARTED:
		return flash_fail(f, "%s", how);
	case TOOL_INTERRUPTED:
		f->interrupted = true;
		return flash_fail(f, "interrupted");
	case TOOL_TIMEOUT:
		break;
	}
	return flash_fail(f, "%s %s", name, how);
}

void flash_progress(const struct flash *f, const char *what, unsigned percent)
{
	if (f->tty)
		fprintf(stderr, "\r%s: %s %3u %%\033[K", f->rig->name, what,
			percent);
}

static void say(const struct flash *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void say(const struct flash *f, const char *fmt, ...)
{
	va_list ap;

	if (f->tty)
		fputs("\r\033[K", stderr);
	printf("%s: ", f->rig->name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

/* ---- steps ---- */

/* What is written is what was checked. */
static bool copy_image(struct flash *f)
{
	FILE *to;
	bool ok;

	snprintf(f->image_path, sizeof(f->image_path), "%s/image.bin", f->tmp);
	to = fopen(f->image_path, "we");
	ok = to != NULL &&
	     fwrite(f->image.data, 1, f->image.len, to) == f->image.len;
	if (to != NULL && fclose(to) != 0)
		ok = false;
	return ok || flash_fail(f, "cannot write %s: %s", f->image_path,
			     strerror(errno));
}

bool flash_find(struct flash *f, const struct flash_method *m)
{
	struct clock *clock = loop_clock(f->loop);
	uint64_t until =
		clock_now_ms(clock) + (uint64_t)f->rig->find_timeout * 1000;
	enum flash_found found;
	char last[sizeof(f->why)];

	while ((found = m->find(f)) == FLASH_NOT_YET) {
		if (f->interrupted)
			return false;
		if (clock_now_ms(clock) >= until) {
			snprintf(last, sizeof(last), "%s", f->why);
			return flash_fail(f, "no boot loader within %ld s: %s",
				f->rig->find_timeout, last);
		}
		if (!tool_wait(f->loop, LOOK_AGAIN_MS, NULL)) {
			f->interrupted = true;
			return flash_fail(f, "interrupted");
		}
	}
	return found == FLASH_FOUND;
}

/* On the disk, all of it: what the chip holds is overwritten next. */
static bool is_whole(struct flash *f, const char *path, const char *to)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	bool ok;

	ok = fd >= 0 && fstat(fd, &st) == 0 && fsync(fd) == 0;
	if (!ok)
		flash_fail(f, "cannot save to %s: %s", to, strerror(errno));
	else if (st.st_size != (off_t)IMAGE_FLASH_MAX)
		ok = flash_fail(f,
			"cannot save to %s: %lld of %zu bytes were read", to,
			(long long)st.st_size, IMAGE_FLASH_MAX);
	if (fd >= 0)
		close(fd);
	return ok;
}

/* Never in parts: a file that was cut short looks like a whole one. */
static bool save(struct flash *f, const struct flash_method *m, const char *to)
{
	char part[4096];
	bool ok;

	if (snprintf(part, sizeof(part), "%s.part", to) >= (int)sizeof(part))
		return flash_fail(f, "%s: the name is too long", to);
	unlink(part);
	ok = m->read(f, part, IMAGE_FLASH_MAX) && is_whole(f, part, to);
	if (ok && link(part, to) != 0)
		ok = flash_fail(f, "cannot make %s: %s", to, strerror(errno));
	unlink(part);
	if (ok)
		say(f, "saved what was on the chip: %zu bytes, %s",
			IMAGE_FLASH_MAX, to);
	return ok;
}

static bool compare(struct flash *f, const uint8_t *got, size_t n)
{
	const struct image *want = &f->image;
	size_t differ = 0, first = 0;

	if (n != want->len)
		return flash_fail(f,
			"written, but only %zu of %zu bytes were read back", n,
			want->len);
	for (size_t i = n; i-- > 0;)
		if (got[i] != want->data[i]) {
			differ++;
			first = i;
		}
	return differ == 0 ||
	       flash_fail(f,
		       "written, but what was read back differs in %zu of %zu "
		       "bytes, first at 0x%08zx: 0x%02x, not 0x%02x",
		       differ, n, IMAGE_FLASH + first, got[first],
		       want->data[first]);
}

static bool read_back(struct flash *f, const struct flash_method *m)
{
	char path[200], why[sizeof(f->why)];
	uint8_t *got = malloc(f->image.len + 1);
	FILE *file = NULL;
	size_t n = 0;
	bool ok;

	snprintf(path, sizeof(path), "%s/back.bin", f->tmp);
	ok = m->read(f, path, f->image.len);
	if (!ok && !f->interrupted) {
		snprintf(why, sizeof(why), "%s", f->why);
		flash_fail(f, "written, but not verified: %s", why);
	}
	if (ok && got != NULL && (file = fopen(path, "re")) != NULL) {
		n = fread(got, 1, f->image.len + 1, file);
		fclose(file);
	}
	ok = ok && got != NULL && compare(f, got, n);
	free(got);
	return ok;
}

static bool run_steps(
	struct flash *f, const struct flash_method *m, const char *to)
{
	if (!copy_image(f) || !flash_board_enter(f, m) || !flash_find(f, m))
		return false;
	if (f->path[0] != '\0' || f->serial[0] != '\0')
		say(f, "boot loader found: serial number %s, USB port %s",
			f->serial[0] ? f->serial : "not told",
			f->path[0] ? f->path : "not told");
	else
		say(f, "boot loader found");
	if (to != NULL && !save(f, m, to))
		return false;
	if (!m->write(f))
		return false;
	say(f, "wrote %zu bytes", f->image.len);
	if (!read_back(f, m))
		return false;
	f->verified = true;
	say(f, "read back: the same");
	return flash_board_start(f, m);
}

bool flash_run(struct flash *f, const char *to)
{
	static const struct flash_method *const methods[] = {
		[RIG_METHOD_DFU] = &flash_dfu,
		[RIG_METHOD_UART] = &flash_uart,
		[RIG_METHOD_COMMAND] = &flash_command,
	};
	bool ok;

	ok = run_steps(f, methods[f->rig->method], to);
	if (f->tty)
		fputs("\r\033[K", stderr);
	flash_board_release(f);
	return ok;
}
