#ifndef EC21_BASE_FINISH_H
#define EC21_BASE_FINISH_H

/*
 * The last thing a program does: closes standard output. `status`; or 2, and a
 * sentence on standard error, when not all that it said could be written.
 */
int finish(const char *program, int status);

#endif
