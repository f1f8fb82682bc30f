#ifndef EC21_HIL_WIRE_EXEC_H
#define EC21_HIL_WIRE_EXEC_H

#include <stddef.h>
#include <sys/types.h>

/*
 * `exec:COMMAND`: a child whose standard input and output are the far side,
 * ssh to another machine perhaps. Returns our end, or -1 with a sentence in
 * `why`. *pid: its process, leader of a group of its own; end it with
 * wire_exec_end().
 */
int wire_exec(const char *command, pid_t *pid, char *why, size_t why_size);
/* Kills the group and waits for the leader. */
void wire_exec_end(pid_t pid);

#endif
