#ifndef EC21_HIL_FIRMWARE_H
#define EC21_HIL_FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>

struct board;
struct loop;

/*
 * Firmware and its console. firmware_process.c: a process beside the
 * emulator, the console on a pty of ours. firmware_board.c: what is in a
 * board's flash, virtual or real.
 */
struct firmware {
	const struct firmware_ops *ops;
};

struct firmware_ops {
	void (*write)(struct firmware *, const void *data, size_t len);
	void (*reset)(struct firmware *);
	bool (*is_up)(const struct firmware *);
	bool (*runs)(const struct firmware *);
	void (*signal)(struct firmware *, int sig);
	void (*free)(struct firmware *);
};

struct firmware_opts {
	struct loop *loop;
	const char *tmp;
	/*
	 * Of a process: its words. {modem} is the emulator's pty, {pins} its
	 * socket as unix:PATH, {console} our pty, {state} a folder of this
	 * run.
	 */
	const char *command;
	/* Else the board, and what is to be in a virtual one's flash. */
	struct board *board;
	const char *image;
	void (*console)(void *arg, const void *data, size_t len);
	/* It is up, firmware_is_up(); or, with an error, never will be. */
	void (*started)(void *arg, const char *error);
	/* It ended by itself, or by firmware_signal(). */
	void (*ended)(void *arg, const char *how);
	/* firmware_reset() is through; error NULL: it runs again. */
	void (*restarted)(void *arg, const char *error);
	void *arg;
};

/*
 * Opts are copied, the strings of a board's are not. NULL with a sentence in
 * `why`. Calls back before returning: no. A process is up at once.
 */
struct firmware *firmware_process_start(
	const struct firmware_opts *opts, char *why, size_t why_size);
/*
 * A virtual board is flashed first if it holds another image. It is switched
 * on where there are hooks for that, or reset; the line of expect_boot is the
 * first that `console` gets.
 */
struct firmware *firmware_board_start(
	const struct firmware_opts *opts, char *why, size_t why_size);

/* To its console. Copied; sent when the other side takes it. */
static inline void firmware_write(
	struct firmware *f, const void *data, size_t len)
{
	f->ops->write(f, data, len);
}

/*
 * As RST does: it ends at once, without a word, and begins anew. The console
 * stays, and so does {state}. Ends with `restarted`.
 */
static inline void firmware_reset(struct firmware *f)
{
	f->ops->reset(f);
}

/* These four are harmless on NULL. */
static inline bool firmware_is_up(const struct firmware *f)
{
	return f != NULL && f->ops->is_up(f);
}

/* Until `ended`. */
static inline bool firmware_runs(const struct firmware *f)
{
	return f != NULL && f->ops->runs(f);
}

/* SIGTERM or SIGKILL: end, gently or at once. Calls back: no. */
static inline void firmware_signal(struct firmware *f, int sig)
{
	if (firmware_runs(f))
		f->ops->signal(f, sig);
}

static inline void firmware_free(struct firmware *f)
{
	if (f != NULL)
		f->ops->free(f);
}

#endif
