#ifndef EC21_HIL_SELF_H
#define EC21_HIL_SELF_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/proc.h"

struct loop;

/*
 * A folder of our own below $TMPDIR. False after a sentence on standard
 * error. Only where a loop hears the signals that else end us and leave it
 * behind.
 */
bool self_folder(char *path, size_t size);

/* Such a loop, and a folder. NULL after a sentence on standard error. */
struct loop *self_begin(char *folder, size_t size);
/* Has a signal to end come that nobody was told of yet? */
bool self_interrupted(struct loop *loop);
/* The folder is removed first; NULL, or "": it stays. Harmless on NULL. */
void self_end(struct loop *loop, const char *folder);

/*
 * Run a program to its end, standard output to a file; argv[0] "ec21hil" means
 * this program. The exit status, or -1 after a sentence on standard error: it
 * did not start, a signal ended it, or one to end came to us and it was ended,
 * too.
 */
int self_run(struct loop *loop, struct argv *a, const char *output);

#endif
