#ifndef EC21_HIL_TRANSCRIPT_FILE_H
#define EC21_HIL_TRANSCRIPT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/transcript.h"

#define TRANSCRIPT_FILE_MAX ((size_t)64 << 20)

/*
 * Read a transcript, of TRANSCRIPT_FILE_MAX bytes at most, from a file. False
 * with *err; its line is 0 when it is about the file as a whole. Calls the
 * handler before returning: yes.
 */
bool transcript_file_read(const char *path,
	const struct transcript_handler *handler, struct transcript_error *err);

/* "ec21hil COMMAND: PATH:LINE:COLUMN: what" on standard error. */
void transcript_file_complain(const char *command, const char *path,
	const struct transcript_error *err);

#endif
