#ifndef EC21_BASE_OUT_FILE_H
#define EC21_BASE_OUT_FILE_H

#include <sys/types.h>

/*
 * open() of a file that is written: `flags` are O_TRUNC or O_APPEND, it is made
 * with `mode`. That of a fifo waits for its reader; SIGTERM, SIGINT or SIGHUP,
 * where they are caught, end the wait: -1 with EINTR.
 */
int out_file_open(const char *path, int flags, mode_t mode);
/*
 * The same for a file that is to be replaced, once all else is ready: what is
 * in it stays until out_file_begin(). A plain file is locked as long as it is
 * open: -1 with EBUSY when another program, or we, have it so.
 */
int out_file_take(const char *path, mode_t mode);
/* Empty it. -1 with errno. */
int out_file_begin(int fd);

#endif
