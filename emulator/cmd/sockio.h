#ifndef EC21_CMD_SOCKIO_H
#define EC21_CMD_SOCKIO_H

#include <stdbool.h>
#include <stdint.h>

#include "at/cmd.h"

struct cmd_ctx;
struct sock_open;
struct sock_table;
struct stream_addr;
struct why;

/*
 * What plain sockets (tcp.c) and SSL connections (ssl.c) have in common: the
 * dialogues that send, receive and close. The connection's id is the first
 * argument of each of these commands; the table is that of the family.
 */

/*
 * +QIOPEN, +QSSLOPEN fail before anything is sent, txn->scratch says why: by
 * ERROR (now, or in transparent mode), else by the URC, which takes the id.
 */
struct at_verdict sockio_open_fail(
	struct at_txn *txn, const struct sock_open *open, bool now);
/* The table's `opened`: the result URC, or that of transparent mode. */
void sockio_opened(struct cmd_ctx *ctx, struct sock_table *table, int id,
	const struct why *why);
/*
 * The table's `closed`: the URC "closed". False: the connection was in
 * transparent mode, which told it otherwise.
 */
bool sockio_closed(struct cmd_ctx *ctx, struct sock_table *table, int id,
	const struct why *why);

/*
 * +QISEND, +QSSLSEND: print the prompt, take `count` bytes (0: up to Ctrl-Z),
 * send them. timeout_ms: a window without input; 0: no limit.
 */
struct at_verdict sockio_send(
	struct at_txn *txn, int64_t count, int64_t timeout_ms);
/* Send what came with the command as hexadecimal digits. */
struct at_verdict sockio_send_hex(
	struct at_txn *txn, const char *digits, size_t len);
/* The counters of a send with length 0: total, acknowledged, not yet. */
struct at_verdict sockio_send_counters(struct at_txn *txn);

/* +QIRD, +QSSLRECV: up to `len` bytes of the buffer. */
struct at_verdict sockio_recv(struct at_txn *txn, int64_t len);
/* The counters of a read with length 0: total, read, unread. */
struct at_verdict sockio_recv_counters(struct at_txn *txn);

/*
 * "recv" with its payload, as dataformat and viewmode of QICFG want it; from:
 * of a datagram, or NULL.
 */
void sockio_push(struct cmd_ctx *ctx, int id, const struct stream_addr *from,
	const void *data, size_t len);

/* +QICLOSE, +QSSLCLOSE: close, and answer OK when it is done. */
struct at_verdict sockio_close(struct at_txn *txn, uint64_t timeout_ms);
/* The table's close_done. */
void sockio_close_done(
	struct cmd_ctx *ctx, const struct sock_table *table, int id);

#endif
