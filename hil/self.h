#ifndef EC21_HIL_SELF_H
#define EC21_HIL_SELF_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/proc.h"

/*
 * Run a program to its end, standard output to a file; argv[0] "ec21hil" means
 * this program. The exit status, or -1: it was ended by a signal, or, after a
 * sentence on standard error, it did not start, or SIGINT or SIGTERM came to
 * us and it was ended, too. For commands that have no loop of their own.
 */
int self_run(struct argv *a, const char *output);

/*
 * A folder of our own below $TMPDIR. False after a sentence on standard
 * error.
 */
bool self_folder(char *path, size_t size);

#endif
