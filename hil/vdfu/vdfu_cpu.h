#ifndef EC21_HIL_VDFU_CPU_H
#define EC21_HIL_VDFU_CPU_H

#include <stddef.h>
#include <stdint.h>

/*
 * The CPU of a virtual board: a command, QEMU as a rule, that is started with
 * a copy of the flash, and its console, which a pty of ours shows.
 */
struct vdfu_cpu;
struct watch;

struct vdfu_cpu_opts {
	struct watch *watch;
	const char *boot;    /* words with {flash} and {console} */
	const char *config;  /* laid over the last sector of {flash}, or NULL */
	const char *console; /* link of the pty, or NULL */
	const char *tmp;     /* folder for {flash}, {console} and a log */
	const char *name;    /* of the board, for files in tmp */
	/* When the console shows this, NULL: never, the program has jumped. */
	const char *dfu_when;
	void (*jumped)(void *arg);
	void *arg;
};

/* opts' strings outlive it. NULL with a sentence in `why`. */
struct vdfu_cpu *vdfu_cpu_new(
	const struct vdfu_cpu_opts *opts, char *why, size_t why_size);
/* Harmless on NULL. */
void vdfu_cpu_free(struct vdfu_cpu *);
/*
 * Run what is in flash, VDFU_FLASH_SIZE bytes. What goes wrong is told on the
 * console and on standard error.
 */
void vdfu_cpu_start(struct vdfu_cpu *, const uint8_t *flash);
/* Harmless on NULL, and when nothing runs. */
void vdfu_cpu_stop(struct vdfu_cpu *);

#endif
