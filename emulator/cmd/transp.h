#ifndef EC21_CMD_TRANSP_H
#define EC21_CMD_TRANSP_H

#include <stdbool.h>
#include <stddef.h>

#include "at/cmd.h"
#include "base/err.h"

struct cmd_ctx;
struct sock_table;

/*
 * Transparent mode, for +QIOPEN and +QSSLOPEN alike: the port belongs to one
 * connection of one table [TCP §9]. A family calls these from its handlers
 * and from the events of its table, before it prints anything of its own.
 */
struct transp {
	struct cmd_ctx *ctx;
	struct sock_table *table; /* has the port, or left it; NULL: none */
	int id;
	struct sock_table *opening; /* by the command that runs; NULL: none */
	int opening_id;
};

/* The modem was reset. */
void transp_reset(struct cmd_ctx *ctx);

/*
 * Access mode 2: behind sock_attach() or sock_connect(). The command waits
 * for transp_opened().
 */
struct at_verdict transp_open(
	struct at_txn *txn, struct sock_table *table, int id);
/* opened(): true when that was the answer to an open with access mode 2. */
bool transp_opened(struct cmd_ctx *ctx, struct sock_table *table, int id,
	const struct why *why);
/* pushed(): true when the bytes went to the port as they are. */
bool transp_pushed(struct cmd_ctx *ctx, struct sock_table *table, int id,
	const void *data, size_t len);
/*
 * closed(): true when NO CARRIER stands for it. object: "socket 0".
 */
bool transp_closed(struct cmd_ctx *ctx, struct sock_table *table, int id,
	const char *object, const struct why *why);
/* unsent(): it is said in the transcript. */
void transp_unsent(const struct cmd_ctx *ctx, const struct sock_table *table,
	int id, size_t len);
/* Before an id is closed or opened: ATO must not find what it was. */
void transp_forget(struct cmd_ctx *ctx, struct sock_table *table, int id);

/* +QISWTMD: 0 or 1 answers OK, 2 gives the port away. */
struct at_verdict transp_switch(
	struct at_txn *txn, struct sock_table *table, int id, int mode);

#endif
