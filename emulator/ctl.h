#ifndef EC21_CTL_H
#define EC21_CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * The control socket of ec21emu (ec21emu(8)): one JSON object a line in, one
 * out. ctl.c is the language, ctl_sock.c the socket.
 */
struct clock;
struct ctl_records;
struct event_base;
struct modem;
struct tee;

/* What can be controlled; modem number N is modems[N - 1]. Borrowed. */
struct ctl_world {
	struct ctl_modem {
		struct modem *modem;
		struct tee *tee;	     /* its records */
		struct ctl_records *records; /* of ctl_watch() */
	} * modems;
	size_t n_modems;
	struct clock *clock;
};

enum {
	CTL_LINE_MAX = 4096, /* longest request */
	CTL_SUBSCRIPTIONS_MAX = 4096,
};

/*
 * Listen to the records of all modems, before they are switched on: what is
 * masked depends on what came before. False without memory; ctl_unwatch()
 * either way, behind the last session.
 */
bool ctl_watch(struct ctl_world *world);
void ctl_unwatch(struct ctl_world *world);

/* One peer, while the modems are watched. */
struct ctl_session;

/*
 * write: lines for the peer, each with its line feed, lent; called from
 * ctl_session_feed() and whenever a subscribed modem records something. It
 * must not free the session. NULL without memory.
 */
struct ctl_session *ctl_session_new(const struct ctl_world *world,
	void (*write)(void *arg, const char *line, size_t len), void *arg);
/* Ends its subscriptions. Harmless on NULL. */
void ctl_session_free(struct ctl_session *s);
/* Bytes of the peer, cut anywhere. Every line is answered by one. */
void ctl_session_feed(struct ctl_session *s, const void *data, size_t len);

/* The socket: mode 0600, at most CTL_PEERS_MAX peers at a time. */
struct ctl_door;
enum { CTL_PEERS_MAX = 16 };

/* NULL with the reason. world is kept by reference. */
struct ctl_door *ctl_listen(struct event_base *base,
	const struct ctl_world *world, const char *path, struct why *why);
/* Harmless on NULL. */
void ctl_close(struct ctl_door *door);

#endif
