#ifndef EC21_BASE_OUT_FILE_H
#define EC21_BASE_OUT_FILE_H

#include <sys/types.h>

/*
 * open() of a file that is written: `flags` are O_TRUNC or O_APPEND, it is made
 * with `mode`. That of a fifo waits for its reader; SIGTERM, SIGINT or SIGHUP,
 * where they are caught, end the wait: -1 with EINTR.
 */
int out_file_open(const char *path, int flags, mode_t mode);

#endif
