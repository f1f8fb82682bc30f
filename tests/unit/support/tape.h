#ifndef EC21_TESTS_TAPE_H
#define EC21_TESTS_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/profile.h"
#include "base/trace.h"
#include "hil/handclock.h"
#include "hil/scenario.h"
#include "hil/vars.h"
#include "tests/unit/support/fake_stream.h"
#include "tests/unit/support/tls_peer.h"

/*
 * What the host of a conformance case does, and when: taken once from a run
 * of the case on the hand-advanced clock, with the modem's own latencies, and
 * played again as often as wanted with something put into one of its gaps. A
 * modem on that clock does the same each time, so that whatever differs comes
 * from what was put in.
 *
 * The world of a tape has a second connection beside the case's own, which
 * no case knows of: a bystander in direct push mode on id 6 of context 7. A
 * tape with `tls` has a TLS peer too, tls.example, and SSL context 2 ready
 * for it, with a client certificate.
 */
enum { TAPE_BYSTANDER = 6 };

struct tape_event {
	uint64_t at_us; /* from the start of the case */
	char *action;	/* of a DO line, or NULL */
	uint8_t *data;	/* what the host sends */
	size_t len;
};

struct tape {
	const char *name; /* of the case or family; lent */
	const char *text; /* of the case, "" without one; lent */
	struct scenario scenario;
	struct tape_event *events;
	size_t n;
	uint64_t end_us;
	bool tls;
};

/* One playing. */
struct tape_world {
	struct handclock clock;
	struct profile profile;
	struct fault_set faults;
	struct trace_sink trace;
	struct net net;	  /* the bystander's, in front of `door` */
	struct net *door; /* of the case's own peers */
	struct fake_stream *bystander;
	struct tls_peer *peer; /* NULL until it is opened */
	struct modem *modem;
	struct buf out;	     /* all that the modem said */
	size_t exchange;     /* sends of the host so far */
	size_t gap;	     /* moments since the last one */
	uint64_t started_us; /* of the case, on the clock */
	size_t moments;	     /* of the whole playing */
	bool stop;	     /* set by a moment: play no more */
};

/*
 * Take the tape of a case. False: it cannot be run here, *why says for what;
 * static text. Free in both cases.
 */
bool tape_load(struct tape *t, const char *path, const char **why);
void tape_free(struct tape *t);
/* A tape without a case: lines are sent a second apart. */
void tape_start(struct tape *t, const char *name);
void tape_add_line(struct tape *t, const char *line);

/*
 * A moment: the modem has just done something, or the host is about to. May
 * act on the world.
 */
typedef void tape_moment(struct tape_world *w, void *arg);

/*
 * Play the tape into a fresh world, which the caller closes. moment may be
 * NULL. The modem boots before, alone, and registers; after the last thing
 * the host does it gets time to end all that it can, and tape_recover().
 */
void tape_play(const struct tape *t, struct tape_world *w, tape_moment *moment,
	void *arg);
/* Bytes from the host, out of turn, and whatever follows within a second. */
void tape_send(struct tape_world *w, const char *text);
/* Leave whatever prompt or data mode the modem may be in. */
void tape_recover(struct tape_world *w);
/* Let `ms` pass. */
void tape_wait(struct tape_world *w, uint64_t ms);
void tape_close(struct tape_world *w);

/* The bystander's peer sends; false: it is not connected any more. */
bool tape_push(struct tape_world *w, const char *text);

#endif
