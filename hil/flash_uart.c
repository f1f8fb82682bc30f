#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hil/flash.h"

/* stm32flash with the USART boot loader of the ROM [AN3155]. */

/* When a byte got lost it may take stm32flash 35 s to be in step again. */
#define LOOK_SECONDS 60
#define CHIP_ID	     "0x0413" /* F405, F407, F415, F417 */

struct talk {
	struct flash *f;
	const char *what;
	bool right_chip, any_chip, is_write;
	char first[200]; /* what it complained of first */
};

static void on_line(void *arg, const char *line)
{
	struct talk *t = arg;
	const char *open = strrchr(line, '('), *id;
	char *end;
	double percent;

	id = strstr(line, "Device ID");
	if (id != NULL) {
		t->any_chip = true;
		t->right_chip = strstr(id, CHIP_ID) != NULL;
	}
	if (open != NULL) {
		percent = strtod(open + 1, &end);
		if (*end == '%' && percent >= 0 && percent <= 100) {
			flash_progress(t->f, t->what, (unsigned)percent);
			if (t->is_write)
				t->f->bytes =
					(unsigned long)(percent / 100 *
							(double)t->f->image
								.len);
			return;
		}
	}
	if (t->first[0] == '\0' &&
		(strstr(line, "ailed") != NULL || strstr(line, "rror") != NULL))
		snprintf(t->first, sizeof(t->first), "%s", line);
}

static void begin(struct flash *f, struct argv *a)
{
	const struct rig_conf *r = f->rig;

	(void)tool_words(
		a, r->flasher != NULL ? r->flasher : "stm32flash", NULL, NULL);
	argv_add(a, "-m");
	argv_add(a, r->uart_mode != NULL ? r->uart_mode : "8e1");
	argv_add(a, "-b");
	argv_add(a, "115200");
}

static bool talk(struct flash *f, struct argv *a, struct talk *t, long seconds,
	int *status)
{
	bool ok;

	argv_add(a, f->rig->uart);
	ok = flash_tool(f, a, seconds, on_line, t, status);
	argv_free(a);
	return ok;
}

static enum flash_found find(struct flash *f)
{
	struct talk t = {.f = f, .what = "looking"};
	struct argv a = {0};
	int status;

	if (access(f->rig->uart, R_OK | W_OK) != 0) {
		flash_fail(f, "%s: %s", f->rig->uart, strerror(errno));
		return FLASH_HOPELESS;
	}
	begin(f, &a);
	if (!talk(f, &a, &t, LOOK_SECONDS, &status))
		return FLASH_HOPELESS;
	if (t.any_chip && !t.right_chip) {
		flash_fail(f, "the chip on %s is no STM32F405", f->rig->uart);
		return FLASH_HOPELESS;
	}
	if (status == 0 && t.right_chip)
		return FLASH_FOUND;
	flash_fail(f, "%s: %s", f->rig->uart,
		t.first[0] ? t.first : "stm32flash gave no reason");
	/* No time heals this. */
	return strstr(t.first, "terminal flags") != NULL ? FLASH_HOPELESS
							 : FLASH_NOT_YET;
}

static bool judge(struct flash *f, const struct talk *t, int status)
{
	if (status == 0)
		return true;
	return flash_fail(f, "stm32flash failed while %s: %s", t->what,
		t->first[0] ? t->first : "no reason given");
}

static bool uart_read(struct flash *f, const char *file, size_t len)
{
	struct talk t = {.f = f, .what = "reading"};
	struct argv a = {0};
	int status;

	begin(f, &a);
	argv_add(&a, "-r");
	argv_add(&a, file);
	argv_add(&a, "-S");
	argv_addf(&a, "0x%08x:%zu", IMAGE_FLASH, len);
	return talk(f, &a, &t, f->rig->flash_timeout, &status) &&
	       judge(f, &t, status);
}

static bool uart_write(struct flash *f)
{
	struct talk t = {.f = f, .what = "writing", .is_write = true};
	struct argv a = {0};
	int status;

	begin(f, &a);
	argv_add(&a, "-v");
	argv_add(&a, "-w");
	argv_add(&a, f->image_path);
	argv_add(&a, "-S");
	argv_addf(&a, "0x%08x", IMAGE_FLASH);
	f->wrote = true;
	return talk(f, &a, &t, f->rig->flash_timeout, &status) &&
	       judge(f, &t, status);
}

static bool uart_leave(struct flash *f)
{
	struct talk t = {.f = f, .what = "starting the program"};
	struct argv a = {0};
	int status;

	begin(f, &a);
	argv_add(&a, "-g");
	argv_addf(&a, "0x%08x", IMAGE_FLASH);
	return talk(f, &a, &t, LOOK_SECONDS, &status) && judge(f, &t, status);
}

const struct flash_method flash_uart = {
	find, uart_read, uart_write, uart_leave};
