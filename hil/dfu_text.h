#ifndef EC21_HIL_DFU_TEXT_H
#define EC21_HIL_DFU_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* What dfu-util 0.11 says, as far as a runner must understand it. Pure. */

/* A line of `dfu-util -l` about the flash of a chip in its boot loader. */
struct dfu_listed {
	char serial[64], path[64]; /* "": not told */
	char memory[128];	   /* its name, as the chip has it */
};

/* Is it such a line (0483:df11, alternate setting 0)? */
bool dfu_text_listed(const char *line, struct dfu_listed *board);
/* Is this the flash of an STM32F405 or F407 with 1 MiB? */
bool dfu_text_is_f405(const struct dfu_listed *board);
/* `-l` saw a boot loader but may not open it. */
bool dfu_text_is_denied(const char *line);

/* "Download [==  ] 40% 4096 bytes": what it does, and how far it is. */
enum dfu_phase { DFU_NO_PHASE, DFU_ERASE, DFU_DOWNLOAD, DFU_UPLOAD };
enum dfu_phase dfu_text_progress(const char *line, unsigned long *bytes);

/* The status of an error that a line tells, "status(3)"; 0: none. */
unsigned dfu_text_status(const char *line);
#define DFU_STATUS_VENDOR 11 /* read protection */
/* What a status means here, as a sentence about the chip. */
const char *dfu_text_meaning(unsigned status);

#endif
