#ifndef EC21_IO_CHILD_H
#define EC21_IO_CHILD_H

#include <sys/types.h>

/*
 * End a child of ours: SIGTERM, and SIGKILL if it is still there after ms.
 * Waits for its end; it is reaped then. Harmless when pid is not above 0.
 */
void child_end(pid_t pid, unsigned ms);

#endif
