#ifndef EC21_IO_UNIX_LISTEN_H
#define EC21_IO_UNIX_LISTEN_H

#include <sys/types.h>

#include "base/err.h"

/*
 * Listen at a unix socket whose file has this mode, less what the program's
 * umask takes, from its first moment on.
 * A socket file that nobody listens on is replaced, anything else at `path` is
 * refused. A non-blocking descriptor, the caller's as is the file, or an
 * error: ERR_PARAM, ERR_FILE_EXISTS, ERR_BUSY, ERR_NET_BIND, ERR_NET_SOCKET.
 */
int unix_listen(const char *path, mode_t mode, struct why *why);

#endif
