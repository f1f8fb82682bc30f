#include <stdio.h>
#include <string.h>

#include "hil/flash.h"

/*
 * The user's own commands, openocd by SWD perhaps. What they print is not
 * understood; their exit status and what is read back are.
 */

struct talk {
	char last[300];
};

static void on_line(void *arg, const char *line)
{
	struct talk *t = arg;

	if (line[strspn(line, " \t")] != '\0')
		snprintf(t->last, sizeof(t->last), "%s", line);
}

static bool run(struct flash *f, const char *what, const char *command,
	const char *file, size_t len)
{
	static const char *const names[] = {
		"{image}", "{file}", "{address}", "{size}", NULL};
	char address[16], size[24];
	const char *const values[] = {file, file, address, size};
	struct talk t = {.last = "no reason given"};
	struct argv a = {0};
	int status;
	bool ok;

	snprintf(address, sizeof(address), "0x%08x", IMAGE_FLASH);
	snprintf(size, sizeof(size), "%zu", len);
	(void)tool_words(&a, command, names, values);
	ok = flash_tool(f, &a, f->rig->flash_timeout, on_line, &t, &status);
	if (ok && status != 0)
		ok = flash_fail(f, "%s ended with status %d while %s: %s",
			a.v[0], status, what, t.last);
	argv_free(&a);
	return ok;
}

/* A probe needs no boot loader; a missing one shows in the first command. */
static enum flash_found find(struct flash *f)
{
	(void)f;
	return FLASH_FOUND;
}

static bool command_read(struct flash *f, const char *file, size_t len)
{
	return run(f, "reading", f->rig->read_command, file, len);
}

static bool command_write(struct flash *f)
{
	f->wrote = true;
	return run(f, "writing", f->rig->flash_command, f->image_path,
		f->image.len);
}

const struct flash_method flash_command = {
	find, command_read, command_write, NULL};
