#ifndef EC21_HIL_SESSION_DATA_H
#define EC21_HIL_SESSION_DATA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "hil/own.h"
#include "hil/session.h"
#include "hil/tlsflow.h"

/* Data within a session: what it shows of itself, and where it is TLS. */

/*
 * `sent (4 bytes) …`: its length, what it begins with and a sum of the rest,
 * class values in. own may be NULL. The caller frees it; NULL: no memory.
 */
char *session_data_text(
	const struct own *own, const char *who, const struct buf *data);

/*
 * A line with its class values: hil/volatile.h, and what is the run's own.
 * command: of the exchange. The caller frees it; NULL: no memory.
 */
char *session_class(
	const struct own *own, const char *command, const char *line);
/* The modem's checksum of data that is the run's certificate; else "". */
void session_own_sum(
	const struct own *own, const struct buf *data, char *sum, size_t size);
/* session_class() of a result that may end with that sum: {sum}. */
char *session_class_sum(
	const struct own *own, const char *line, const char *sum);

/* Does a command read what came on a connection? */
bool session_is_read(const char *command);
/* Bytes that come behind a line of its answer, counted in it; 0: none do. */
size_t session_counted(const char *command, const char *line);
/* Can a line come at any time? command: the one that is open; NULL: none. */
bool session_is_unsolicited(const char *command, const char *line);
/* As a transcript has it. The caller frees it; NULL: no memory. */
char *session_escape(const struct buf *line);

/* Connections have ids 0 to 11 [TCP §2.1.3]. */
#define SOCKETS 12

struct socket {
	bool opaque;  /* it carries TLS */
	unsigned nth; /* of those, in the order of their beginning */
	int64_t at_ms;
	unsigned line;
	struct tlsflow sent, got;
};

struct sockets {
	struct socket list[SOCKETS];
	unsigned n_opaque;
	int64_t now_ms; /* for the caller to set, with `line` */
	unsigned line;
};

/* By the id that text begins with; NULL: none. */
struct socket *sockets_at(struct sockets *, const char *text);
/* Of a command `name`=<id>, as +QIRD; NULL: it is another one. */
struct socket *sockets_of(
	struct sockets *, const char *command, const char *name);
/* Of AT+QIOPEN=<context>,<id>. */
struct socket *sockets_of_open(struct sockets *, const char *command);
/*
 * Data of a connection, which may be NULL, in one direction. False: it is no
 * TLS, and counts as it is.
 */
bool sockets_feed(
	struct sockets *, struct socket *s, bool sent, const struct buf *data);
/*
 * The connection is over: add what passed on it to the flows. False without
 * memory.
 */
bool sockets_end(struct socket *s, struct turns *flows);

#endif
