#include "hil/tlsflow.h"

#include <string.h>

/* Content types [RFC 5246 §6.2.1], heartbeat [RFC 6520 §3]. */
#define TYPE_FIRST 20
#define TYPE_CCS   20
#define TYPE_ALERT 21
#define TYPE_LAST  24

static bool is_head(const uint8_t *p)
{
	return p[0] >= TYPE_FIRST && p[0] <= TYPE_LAST && p[1] == 3 &&
	       p[2] <= 4;
}

bool tlsflow_begins(const void *data, size_t len)
{
	return len >= 5 && is_head(data);
}

const char *tlsflow_name(uint8_t type)
{
	static const char *const names[] = {"change cipher spec", "alert",
		"handshake", "application data", "heartbeat"};

	if (type < TYPE_FIRST || type > TYPE_LAST)
		return "no TLS record";
	return names[type - TYPE_FIRST];
}

static void add_type(struct tlsflow *f, uint8_t type)
{
	if (f->n > 0 && f->types[f->n - 1] == type)
		return;
	if (f->n < TLSFLOW_MAX)
		f->types[f->n++] = type;
	else
		f->lost = true;
}

/*
 * Behind the change cipher spec an alert is encrypted, and most likely the
 * notice of a close, whose time is not the sender's alone.
 */
static bool is_hidden_alert(const struct tlsflow *f)
{
	return f->head[0] == TYPE_ALERT &&
	       memchr(f->types, TYPE_CCS, f->n) != NULL;
}

static void end_head(struct tlsflow *f)
{
	f->n_head = 0;
	if (!is_head(f->head)) {
		add_type(f, 0);
		f->lost = true;
		return;
	}
	if (!is_hidden_alert(f))
		add_type(f, f->head[0]);
	f->left = (size_t)f->head[3] << 8 | f->head[4];
}

void tlsflow_feed(struct tlsflow *f, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len > 0 && !f->lost) {
		size_t n = f->left < len ? f->left : len;

		if (n > 0) {
			f->left -= n;
			p += n;
			len -= n;
			continue;
		}
		f->head[f->n_head++] = *p++;
		len--;
		if (f->n_head == sizeof(f->head))
			end_head(f);
	}
}
