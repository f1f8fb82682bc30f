#include "svc/sock_priv.h"

#include <string.h>

bool sock_dgram_fill(struct sock *s)
{
	/* Whole: what does not fit one read or push comes in the next, asm. */
	uint8_t data[SOCK_DGRAM_MAX];

	while (buf_len(&s->rx) < s->limit) {
		struct sock_dgram head = {0};
		ssize_t n =
			s->service ? stream_recv_from(s->stream, data,
					     sizeof(data), &head.from)
				   : stream_read(s->stream, data, sizeof(data));

		if (n <= 0)
			break;
		head.len = (size_t)n;
		if (!buf_add(&s->rx, &head, sizeof(head)) ||
			!buf_add(&s->rx, data, head.len))
			return false;
		s->unread += head.len;
		sock_count_received(s, head.len);
	}
	return true;
}

/* Begin with the oldest datagram, if there is one. */
static void begin_datagram(struct sock *s)
{
	struct sock_dgram head;

	if (s->left > 0 || buf_len(&s->rx) == 0)
		return;
	memcpy(&head, buf_data(&s->rx), sizeof(head));
	buf_consume(&s->rx, sizeof(head));
	s->left = head.len;
	s->from = head.from;
}

static size_t take_one(struct sock *s, uint8_t *data, size_t len)
{
	begin_datagram(s);
	if (len > s->left)
		len = s->left;
	if (len > 0)
		memcpy(data, buf_data(&s->rx), len);
	buf_consume(&s->rx, len);
	s->left -= len;
	s->unread -= len;
	return len;
}

/* Is there another one, of the same sender? */
static bool goes_on(const struct sock *s)
{
	struct sock_dgram head;

	if (s->left > 0 || buf_len(&s->rx) == 0)
		return false;
	memcpy(&head, buf_data(&s->rx), sizeof(head));
	return strcmp(head.from.ip, s->from.ip) == 0 &&
	       head.from.remote_port == s->from.remote_port;
}

size_t sock_dgram_take(struct sock *s, void *data, size_t len)
{
	size_t n = len > 0 ? take_one(s, data, len) : 0;

	while (s->table->join && n > 0 && n < len && goes_on(s))
		n += take_one(s, (uint8_t *)data + n, len - n);
	return n;
}
