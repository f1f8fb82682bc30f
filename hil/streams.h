#ifndef EC21_HIL_STREAMS_H
#define EC21_HIL_STREAMS_H

#include "base/buf.h"
#include "hil/own.h"
#include "hil/session.h"
#include "hil/session_data.h"

/*
 * What reads brought on each connection, of QIRD and of QSSLRECV, as one
 * stream: into how many reads it was cut, and what was asked between them, is
 * a matter of time. All zeros is none.
 */
struct streams {
	struct stream {
		struct buf data;
		unsigned nth; /* 0: nothing yet */
		unsigned line;
		int64_t at_ms;
	} list[2][SOCKETS];
	unsigned n;
};

/* Data behind a read. False without memory. */
bool streams_add(struct streams *, const char *command, const struct buf *data,
	unsigned line, int64_t at_ms);
/*
 * A command that may open a connection: what its id brought before becomes a
 * turn among the flows. False without memory.
 */
bool streams_open(struct streams *, const char *command, const struct own *own,
	struct turns *flows);
/* The same for all of them. */
bool streams_end(struct streams *, const struct own *own, struct turns *flows);
void streams_free(struct streams *);

#endif
