#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hil/dfu_text.h"
#include "hil/flash.h"

/* dfu-util with the DfuSe boot loader of the ROM [AN3156]. */

/* A listing, or a look at four bytes. */
#define LOOK_SECONDS 30
#define MATCHES_MAX  8
/* dfu-util's EX_IOERR: for all that goes wrong on the bus. */
#define STATUS_IO 74

struct listing {
	const struct rig_conf *rig;
	struct dfu_listed found[MATCHES_MAX];
	size_t n, others;
	bool denied;
};

static bool is_meant(const struct rig_conf *rig, const struct dfu_listed *b)
{
	return (rig->usb_serial == NULL ||
		       strcmp(rig->usb_serial, b->serial) == 0) &&
	       (rig->usb_path == NULL || strcmp(rig->usb_path, b->path) == 0);
}

static void on_listed(void *arg, const char *line)
{
	struct listing *l = arg;
	struct dfu_listed b;

	l->denied = l->denied || dfu_text_is_denied(line);
	if (!dfu_text_listed(line, &b))
		return;
	if (!is_meant(l->rig, &b))
		l->others++;
	else if (l->n < MATCHES_MAX)
		l->found[l->n++] = b;
}

static void begin(struct flash *f, struct argv *a)
{
	const char *flasher = f->rig->flasher;

	(void)tool_words(a, flasher != NULL ? flasher : "dfu-util", NULL, NULL);
}

static bool list(struct flash *f, struct listing *l)
{
	struct argv a = {0};
	int status;
	bool ok;

	*l = (struct listing){.rig = f->rig};
	begin(f, &a);
	argv_add(&a, "-l");
	ok = flash_tool(f, &a, LOOK_SECONDS, on_listed, l, &status);
	if (ok && status != 0)
		ok = flash_fail(
			f, "%s -l ended with status %d", a.v[0], status);
	argv_free(&a);
	return ok;
}

static enum flash_found refuse_many(struct flash *f, const struct listing *l)
{
	char all[400] = "";
	size_t n = 0;

	for (size_t i = 0; i < l->n && n < sizeof(all); i++)
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s at %s",
			i > 0 ? ", " : "", l->found[i].serial,
			l->found[i].path);
	flash_fail(f,
		"%zu boards match: %s; usb_serial or usb_path in rigs.conf "
		"picks one",
		l->n, all);
	return FLASH_HOPELESS;
}

static enum flash_found find(struct flash *f)
{
	struct listing l;

	if (!list(f, &l))
		return FLASH_HOPELESS;
	if (l.n > 1)
		return refuse_many(f, &l);
	if (l.n == 0 && l.denied) {
		flash_fail(f,
			"a boot loader is there, and this user may not open "
			"it: it wants a udev rule (docs/bench.md)");
		return FLASH_HOPELESS;
	}
	if (l.n == 0) {
		flash_fail(f, "no board on the USB bus has this%s",
			l.others == 0 ? " id (0483:df11)"
				      : " serial number and port, though "
					"others are there");
		return FLASH_NOT_YET;
	}
	if (!dfu_text_is_f405(&l.found[0])) {
		flash_fail(f, "it is no STM32F405 of 1 MiB: its flash is '%s'",
			l.found[0].memory);
		return FLASH_HOPELESS;
	}
	snprintf(f->serial, sizeof(f->serial), "%s", l.found[0].serial);
	snprintf(f->path, sizeof(f->path), "%s", l.found[0].path);
	return FLASH_FOUND;
}

/* The very board that was found, whatever comes on the bus meanwhile. */
static void pick(struct flash *f, struct argv *a)
{
	begin(f, a);
	argv_add(a, "-d");
	argv_add(a, ",0483:df11");
	argv_add(a, "-a");
	argv_add(a, "0");
	if (f->serial[0] != '\0') {
		argv_add(a, "-S");
		argv_add(a, f->serial);
	}
	if (f->path[0] != '\0') {
		argv_add(a, "-p");
		argv_add(a, f->path);
	}
}

/* ---- one transfer ---- */

struct transfer {
	struct flash *f;
	unsigned long total;
	unsigned status; /* that the chip told */
	bool complete;	 /* all was written, says dfu-util */
	bool left;	 /* it went for the program */
	char first[200]; /* what it complained of first */
};

static void on_line(void *arg, const char *line)
{
	static const char *const words[] = {[DFU_ERASE] = "erasing",
		[DFU_DOWNLOAD] = "writing",
		[DFU_UPLOAD] = "reading"};
	struct transfer *t = arg;
	unsigned long bytes;
	enum dfu_phase phase = dfu_text_progress(line, &bytes);
	unsigned status = dfu_text_status(line);

	if (phase != DFU_NO_PHASE) {
		if (phase == DFU_DOWNLOAD)
			t->f->bytes = bytes;
		flash_progress(t->f, words[phase],
			t->total > 0 ? (unsigned)(bytes * 100 / t->total) : 0);
	}
	if (status != 0)
		t->status = status;
	if (strstr(line, "File downloaded successfully") != NULL)
		t->complete = true;
	if (strstr(line, "Transitioning to dfuMANIFEST") != NULL ||
		strstr(line, "Submitting leave request") != NULL)
		t->left = true;
	/* A progress bar has no end of line before an error. */
	if (t->first[0] == '\0' && strstr(line, "dfu-util: ") != NULL &&
		strstr(line, "DFU suffix") == NULL)
		snprintf(t->first, sizeof(t->first), "%s",
			strstr(line, "dfu-util: ") + 10);
}

static bool transfer(struct flash *f, const char *where, const char *way,
	const char *file, struct transfer *t, int *status)
{
	struct argv a = {0};
	char how[sizeof(f->why)];
	bool ok;

	pick(f, &a);
	argv_add(&a, "-s");
	argv_add(&a, where);
	argv_add(&a, way);
	argv_add(&a, file);
	ok = flash_tool(f, &a, f->rig->flash_timeout, on_line, t, status);
	argv_free(&a);
	if (ok || f->interrupted)
		return ok;
	snprintf(how, sizeof(how), "%s", f->why);
	return flash_fail(f, "the board does not answer any more: %s", how);
}

/* Four bytes of flash; what keeps the chip from it shows in the status. */
static unsigned ask_status(struct flash *f)
{
	struct transfer t = {.f = f};
	char file[200];
	int status;

	snprintf(file, sizeof(file), "%s/look.bin", f->tmp);
	unlink(file);
	if (!transfer(f, "0x08000000:4", "-U", file, &t, &status))
		return 0;
	/* In its error state it stands first; after a stall, ask again. */
	if (t.status == 0 && status != 0) {
		unlink(file);
		(void)transfer(f, "0x08000000:4", "-U", file, &t, &status);
	}
	return t.status;
}

/*
 * dfu-util ended badly, and its status does not say why: is the board still
 * there, and what does it say?
 */
static bool explain(struct flash *f, const char *what, const struct transfer *t)
{
	const char *first = t->first[0] ? t->first : "no reason given";
	unsigned status = t->status;
	struct listing l;

	if (!list(f, &l))
		return false;
	if (l.n == 0)
		return flash_fail(
			f, "the board left the bus while %s (%s)", what, first);
	if (strstr(first, "LIBUSB_ERROR_TIMEOUT") != NULL)
		return flash_fail(
			f, "the board stopped answering while %s", what);
	if (status == 0)
		status = ask_status(f);
	if (f->interrupted)
		return false;
	/* A protected chip has refused the very first step. */
	if (status == DFU_STATUS_VENDOR)
		f->wrote = false;
	if (status != 0)
		return flash_fail(
			f, "%s, while %s", dfu_text_meaning(status), what);
	return flash_fail(f, "dfu-util failed while %s: %s", what, first);
}

static bool dfu_read(struct flash *f, const char *file, size_t len)
{
	struct transfer t = {.f = f, .total = len};
	char where[40];
	int status;

	snprintf(where, sizeof(where), "0x%08x:%zu", IMAGE_FLASH, len);
	if (!transfer(f, where, "-U", file, &t, &status))
		return false;
	return status == 0 || explain(f, "reading", &t);
}

static bool dfu_write(struct flash *f)
{
	struct transfer t = {.f = f, .total = f->image.len};
	char where[40];
	int status;

	snprintf(where, sizeof(where), "0x%08x", IMAGE_FLASH);
	f->wrote = true;
	if (!transfer(f, where, "-D", f->image_path, &t, &status))
		return false;
	if (status == 0 && t.complete)
		return true;
	return explain(f, "writing", &t);
}

/*
 * An upload of four bytes that ends in a leave request. 74 behind that
 * request means that the board was quicker than the last answer.
 */
static bool dfu_leave(struct flash *f)
{
	struct transfer t = {.f = f};
	char file[200];
	int status;

	snprintf(file, sizeof(file), "%s/leave.bin", f->tmp);
	unlink(file);
	if (!transfer(f, "0x08000000:4:leave", "-U", file, &t, &status))
		return false;
	if (status == 0 || (status == STATUS_IO && t.left))
		return true;
	return explain(f, "leaving the boot loader", &t);
}

const struct flash_method flash_dfu = {find, dfu_read, dfu_write, dfu_leave};
