#include "svc/sock_priv.h"

#include <stdio.h>

#include "net/net.h"

/* Local ports: listeners with their peers, UDP services [TCP §3]. */

static const char service_incoming[] = "TCP INCOMING";

/* The highest free id, cap EC200A and kin BG96; -1: none. */
static int free_id(struct sock_table *t)
{
	for (int id = SOCK_IDS - 1; id >= 0; id--)
		if (!sock_used(t, id))
			return id;
	return -1;
}

static void sock_on_peer(void *arg, struct stream *peer)
{
	struct sock *listener = arg;
	struct sock_table *t = listener->table;
	int id = free_id(t);
	const struct sock_open open = {
		.id = id,
		.pdp = listener->info.pdp,
		/* As the listener's, kin: the manual contradicts itself. */
		.mode = listener->info.mode,
		.ssl = -1,
		.service = service_incoming,
		.timeout_what = "",
	};
	struct sock *s;

	if (listener->state != SOCK_LISTENING || !t->accept || id < 0) {
		stream_close(peer);
		if (listener->state == SOCK_LISTENING && t->accept)
			t->events.incoming(t->arg, -1, listener->id);
		return;
	}
	s = sock_take_id(t, &open);
	s->stream = peer;
	s->stream->handler = &sock_stream_handler;
	s->stream->arg = s;
	s->state = SOCK_CONNECTED;
	s->was_up = true;
	s->info.server = listener->id;
	stream_addr(peer, &s->info.addr);
	t->events.incoming(t->arg, id, listener->id);
}

void sock_serve(struct sock_table *t, const struct sock_open *open,
	struct net *net, bool udp, const char *ip)
{
	struct sock *s = sock_take_id(t, open);
	const struct net_service service = {
		.port = open->port,
		.v6 = open->v6,
		.accepted = udp ? NULL : sock_on_peer,
		.handler = udp ? &sock_stream_handler : NULL,
	};
	struct why why;

	s->service = udp;
	s->stream = net_serve(net, &service, s, &why);
	if (s->stream == NULL) {
		sock_fail_open(s, &why);
		return;
	}
	stream_addr(s->stream, &s->info.addr);
	/* Where the port really is does not concern the host. */
	snprintf(s->info.addr.ip, sizeof(s->info.addr.ip), "%s", ip);
	sock_due(s, SOCK_DUE_SERVING);
}
