#include "base/mask.h"

#include <stdlib.h>
#include <string.h>

#include "base/mask_lane.h"

struct mask *mask_new(const struct mask_out *out)
{
	struct mask *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->out = *out;
	for (size_t i = 0; i <= LANE_CON_RX; i++)
		if ((m->sha[i] = sha256_new()) == NULL) {
			mask_free(m);
			return NULL;
		}
	return m;
}

void mask_free(struct mask *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i <= LANE_CON_RX; i++)
		sha256_free(m->sha[i]);
	explicit_bzero(m, sizeof(*m));
	free(m);
}

/* Give out the secret argument seen so far. */
static void give_secret(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];
	struct mask_info info = {.kind = l->args.kind, .len = l->args.len};

	if (l->args.len == 0)
		return;
	l->args.len = 0;
	mask_release_held(m, lane);
	mask_give_out(m, lane);
	m->out.masked(m->out.arg, lane, &info);
}

/* ---- command lines ---- */

unsigned mask_command_byte(struct mask *m, enum lane lane, uint8_t c)
{
	struct lane_state *l = &m->lanes[lane];
	unsigned found = lane == LANE_CON_TX
				 ? mask_args_console_byte(&l->args, c)
				 : mask_args_byte(&l->args, c);

	if (found & MASK_ARGS_CLOSE)
		give_secret(m, lane);
	return found;
}

/* True: the byte is part of a secret and has been counted. */
static bool command_takes(struct mask *m, enum lane lane, uint8_t c)
{
	unsigned found = mask_command_byte(m, lane, c);

	if (lane == LANE_AT_TX && (found & MASK_ARGS_END))
		mask_transfer_command(m, &m->lanes[lane].args);
	/* A new command: the one before got no CONNECT. */
	if (lane == LANE_AT_TX && (found & MASK_ARGS_BEGIN))
		m->pending = TRANSFER_NONE;
	return found & MASK_ARGS_SECRET;
}

void mask_open_byte(struct mask *m, enum lane lane, uint8_t c)
{
	struct lane_state *l = &m->lanes[lane];

	if ((!l->key || !mask_key_takes(m, lane, c)) &&
		!command_takes(m, lane, c))
		mask_pem_byte(m, lane, c);
}

/* What was held as the rest of a key begins a command. */
static void pass_held(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];
	size_t n = l->held_len;
	char held[HELD_MAX];

	memcpy(held, l->held, n);
	l->held_len = 0;
	for (size_t i = 0; i < n; i++)
		mask_open_byte(m, lane, (uint8_t)held[i]);
}

/* A byte outside of transfers. */
static void plain_byte(struct mask *m, enum lane lane, uint8_t c)
{
	struct lane_state *l = &m->lanes[lane];

	if (lane == LANE_AT_RX) {
		if (!mask_echo_takes(m, c))
			mask_open_byte(m, lane, c);
		mask_answer_byte(m, c);
		return;
	}
	if (l->rest) {
		if (mask_rest_takes(m, lane, c))
			return;
		pass_held(m, lane);
	}
	mask_open_byte(m, lane, c);
}

void mask_bytes(struct mask *m, enum lane lane, const void *data, size_t len)
{
	struct lane_state *l = &m->lanes[lane];
	const uint8_t *p = data;
	const char *end;

	for (size_t i = 0; i < len; i++) {
		size_t n = 0;

		if (!l->payload && !mask_transfer_begins(m, lane, p[i]))
			plain_byte(m, lane, p[i]);
		else if (lane == LANE_AT_TX)
			mask_payload_byte(m, lane, p[i]);
		else
			n = mask_sent_byte(m, lane, p[i], &end);
		for (size_t k = 0; k < n; k++)
			plain_byte(m, lane, (uint8_t)end[k]);
	}
	mask_give_out(m, lane);
}

void mask_flush(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];

	if (l->rest && l->held_len > 0) {
		mask_rest_end(m, lane);
		pass_held(m, lane);
	}
	l->line_start = true;
	if (lane == LANE_AT_RX)
		mask_echo_release(m);
	give_secret(m, lane);
	mask_release_tail(m, lane);
	mask_release_held(m, lane);
	if (l->key)
		mask_give_key(m, lane);
	mask_give_out(m, lane);
}

void mask_restart(struct mask *m)
{
	static const enum lane lanes[] = {LANE_AT_TX, LANE_AT_RX};

	m->pending = TRANSFER_NONE;
	mask_echo_reset(m);
	for (size_t i = 0; i < 2; i++) {
		struct lane_state *l = &m->lanes[lanes[i]];

		mask_flush(m, lanes[i]);
		l->line_len = 0;
		l->connect = false;
		mask_args_reset(&l->args);
		if (lanes[i] == LANE_AT_RX || (l->payload && !l->key))
			mask_payload_end(m, lanes[i]);
		l->unfinished = false;
		mask_give_out(m, lanes[i]);
	}
}
