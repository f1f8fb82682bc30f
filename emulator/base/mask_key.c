#include <string.h>

#include "base/mask_lane.h"

/* Private keys in a lane, from their label to their END, and what is no key. */

/* Past this a "key" that never ends is given out as a mask, and goes on. */
#define KEY_MAX 65536

void mask_give_out(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];

	if (l->out_len > 0)
		m->out.bytes(m->out.arg, lane, l->out, l->out_len);
	l->out_len = 0;
}

void mask_put(struct mask *m, enum lane lane, uint8_t c)
{
	struct lane_state *l = &m->lanes[lane];

	if (l->out_len == sizeof(l->out))
		mask_give_out(m, lane);
	l->out[l->out_len++] = c;
}

void mask_release_held(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];

	for (; l->held_out < l->held_len; l->held_out++)
		mask_put(m, lane, (uint8_t)l->held[l->held_out]);
}

void mask_drop_held(struct mask *m, enum lane lane)
{
	mask_release_held(m, lane);
	m->lanes[lane].held_len = m->lanes[lane].held_out = 0;
}

static void key_start_sums(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];

	l->key_len = 0;
	l->qsum = (struct qsum){0};
	l->breaks_lf = l->breaks_crlf = 0;
	l->pending_cr = l->pending_lf = l->last_cr = false;
	sha256_start(m->sha[lane]);
}

void mask_give_key(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];
	char sha[SHA256_TEXT_SIZE];
	struct mask_info info = {.kind = MASK_KEY, .len = l->key_len};

	if (l->key_len == 0)
		return;
	mask_give_out(m, lane);
	sha256_text(m->sha[lane], sha);
	info.sha256 = sha;
	info.qsum = l->qsum.value;
	info.breaks = l->breaks_lf && l->breaks_crlf ? "mixed"
		      : l->breaks_lf		     ? "lf"
		      : l->breaks_crlf		     ? "crlf"
						     : "none";
	m->out.masked(m->out.arg, lane, &info);
	key_start_sums(m, lane);
}

/* A break counts once something follows it: the last one says nothing. */
static void count_break(struct lane_state *l, uint8_t c)
{
	if (c == '\n') {
		if (l->last_cr)
			l->pending_cr = true;
		else
			l->pending_lf = true;
	} else if (c != '\r') {
		l->breaks_crlf += l->pending_cr;
		l->breaks_lf += l->pending_lf;
		l->pending_cr = l->pending_lf = false;
	}
	l->last_cr = c == '\r';
}

void mask_key_byte(struct mask *m, enum lane lane, uint8_t c)
{
	struct lane_state *l = &m->lanes[lane];

	l->key_len++;
	qsum_update(&l->qsum, &c, 1);
	sha256_update(m->sha[lane], &c, 1);
	count_break(l, c);
	memmove(l->label, l->label + 1, sizeof(l->label) - 1);
	l->label[sizeof(l->label) - 1] = (char)c;
	if (l->key_len >= KEY_MAX)
		mask_give_key(m, lane);
}

void mask_key_begin(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];

	mask_give_out(m, lane);
	l->key = true;
	l->key_end = false;
	memset(l->label, 0, sizeof(l->label));
	key_start_sums(m, lane);
	for (; l->held_out < l->held_len; l->held_out++)
		mask_key_byte(m, lane, (uint8_t)l->held[l->held_out]);
	l->held_len = l->held_out = 0;
}

void mask_key_finish(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];

	mask_give_key(m, lane);
	l->key = false;
	l->unfinished = false;
	explicit_bzero(l->label, sizeof(l->label));
}

bool mask_is_pem(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("+/=\r\n-:, ", c) != NULL);
}

/* The label that says "private key" at its END, up to its second dash. */
static bool at_end_label(const struct lane_state *l)
{
	static const char tail[] = "PRIVATE KEY--";
	const char *end = l->label + sizeof(l->label);

	return memcmp(end - (sizeof(tail) - 1), tail, sizeof(tail) - 1) == 0 &&
	       memmem(l->label, sizeof(l->label), "END ", 4) != NULL;
}

bool mask_key_takes(struct mask *m, enum lane lane, uint8_t c)
{
	struct lane_state *l = &m->lanes[lane];
	uint8_t last = (uint8_t)l->label[sizeof(l->label) - 1];

	if (l->whole) {
		mask_key_byte(m, lane, c);
		return true;
	}
	if (l->key_end) {
		/* Its dashes and one line break still belong to it. */
		bool more = (c == '-' && last == '-') ||
			    (c == '\r' && last == '-') ||
			    (c == '\n' && (last == '-' || last == '\r'));

		if (!more) {
			mask_key_finish(m, lane);
			return false;
		}
		mask_key_byte(m, lane, c);
		if (c == '\n')
			mask_key_finish(m, lane);
		return true;
	}
	if (!l->payload && !mask_is_pem(c)) {
		mask_key_finish(m, lane);
		return false;
	}
	mask_key_byte(m, lane, c);
	l->key_end = at_end_label(l);
	return true;
}

/* Held bytes are a label so far: dashes, capitals, digits, blanks. */
static bool is_label(uint8_t c)
{
	return c == '-' || c == ' ' || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

void mask_pem_byte(struct mask *m, enum lane lane, uint8_t c)
{
	static const char word[] = "PRIVATE KEY--";
	const size_t n = sizeof(word) - 1;
	struct lane_state *l = &m->lanes[lane];

	if (l->held_len == 0 && c != '-') {
		mask_put(m, lane, c);
		return;
	}
	if (!is_label(c)) {
		mask_drop_held(m, lane);
		mask_put(m, lane, c);
		return;
	}
	if (l->held_len == sizeof(l->held)) {
		if (l->held_out == 0)
			mask_put(m, lane, (uint8_t)l->held[0]);
		else
			l->held_out--;
		memmove(l->held, l->held + 1, --l->held_len);
	}
	l->held[l->held_len++] = (char)c;
	if (l->held_len < n || memcmp(l->held + l->held_len - n, word, n) != 0)
		return;
	/* The END of a key whose beginning passed long ago hides nothing. */
	if (memmem(l->held, l->held_len, "END ", 4) != NULL)
		mask_drop_held(m, lane);
	else
		mask_key_begin(m, lane);
}
