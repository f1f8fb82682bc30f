#ifndef EC21_HIL_VDFU_CONTROL_H
#define EC21_HIL_VDFU_CONTROL_H

#include <stddef.h>

/*
 * The control socket of ec21vdfu: one command a line, perhaps with a board's
 * serial number in front, one answer a line: `ok …` or `error …`.
 */
struct vdfu_control;
struct vdfu_board;
struct event_base;

/*
 * boards: n of them, outlive it; a line without a serial is for the first.
 * NULL with a sentence in `why`.
 */
struct vdfu_control *vdfu_control_new(struct event_base *base, const char *path,
	struct vdfu_board *const *boards, size_t n, char *why, size_t why_size);
/* Harmless on NULL; removes the socket file. */
void vdfu_control_free(struct vdfu_control *);

/*
 * The other side: say a line to a running ec21vdfu. The answer without its
 * `ok`; -1 with a sentence in `answer` when there is none, or an error.
 * Waits 10 s at most.
 */
int vdfu_control_ask(
	const char *path, const char *line, char *answer, size_t size);

#endif
