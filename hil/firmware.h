#ifndef EC21_HIL_FIRMWARE_H
#define EC21_HIL_FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>

struct event_base;

/*
 * Firmware beside the emulator, its console on a pty of ours: a process, or
 * an image for the STM32F405 in QEMU, which is the virtual board.
 */
struct firmware;

struct firmware_opts {
	struct event_base *base;
	/*
	 * The command's words. {modem} is the emulator's pty, {pins} its
	 * socket as unix:PATH, {console} our pty, {state} a folder of this
	 * run.
	 */
	const char *command;
	/*
	 * In place of a command: what is in the board's flash (image.h), and
	 * the QEMU to run it. The emulator listens on TMP/modem and TMP/pins.
	 */
	const char *image, *qemu;
	const char *tmp;
	void (*console)(void *arg, const void *data, size_t len);
	/* It ended by itself, or by firmware_signal(); reaped. */
	void (*ended)(void *arg, const char *how);
	/* firmware_reset() is through; error NULL: it runs again. */
	void (*restarted)(void *arg, const char *error);
	void *arg;
};

/* Opts are copied. NULL with a sentence in `why`. Calls back before
 * returning: no. */
struct firmware *firmware_start(
	const struct firmware_opts *opts, char *why, size_t why_size);
/* To its console. Copied; sent when the other side takes it. */
void firmware_write(struct firmware *, const void *data, size_t len);
/*
 * As RST does: it ends at once, without a word, and begins anew. The console
 * stays, and so does {state}, the virtual board's flash has a new seed. Ends
 * with `restarted`.
 */
void firmware_reset(struct firmware *);
/* These three are harmless on NULL. */
bool firmware_runs(const struct firmware *);
void firmware_signal(struct firmware *, int sig);
void firmware_free(struct firmware *);

#endif
