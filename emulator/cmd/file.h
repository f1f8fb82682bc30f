#ifndef EC21_CMD_FILE_H
#define EC21_CMD_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "at/cmd.h"

/*
 * Shared by the two families of file commands. 0, or ERR_FILE_DISK in
 * txn->scratch while the file system is not up yet.
 */
int cmd_file_check_up(struct at_txn *txn);

/* Bytes of a file on their way to the host. */
struct file_send {
	const uint8_t *data;
	size_t len, sent;
	void *owned; /* freed at the end, or NULL: data is lent */
	/* Prints what comes before the OK; sent < len after a +++. */
	void (*done)(struct at_txn *txn, const struct file_send *s);
};

/*
 * The verdict of a command that has printed its CONNECT: sends the bytes, then
 * done() and OK. +++ or DTR end it early, man [FILE §4.5], [FILE §6]. *send is
 * copied.
 */
struct at_verdict cmd_file_send(
	struct at_txn *txn, const struct file_send *send);

#endif
