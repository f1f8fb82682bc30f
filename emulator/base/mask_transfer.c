#include <stdlib.h>
#include <string.h>

#include "base/mask_lane.h"

/* Files that the host uploads and the modem sends. */

/* +QFUPL and +QFWRITE without a size. man [EC20 FILE V1.0] */
#define DEFAULT_SIZE 10240

static void payload_begin(
	struct mask *m, enum lane lane, size_t size, bool until_result)
{
	struct lane_state *l = &m->lanes[lane];

	mask_flush(m, lane);
	mask_drop_held(m, lane);
	mask_echo_reset(m);
	if (l->rest)
		mask_rest_end(m, lane);
	l->payload = until_result || size > 0;
	l->until_result = until_result;
	l->left = size;
	l->seen = 0;
	l->whole = false;
	mask_args_reset(&l->args);
	if (m->name_says_key || (m->continues && l->unfinished))
		mask_key_begin(m, lane);
	l->unfinished = false;
	m->pending = TRANSFER_NONE;
}

/*
 * A DER key begins with SEQUENCE, INTEGER 0 or 1 (PKCS#1, PKCS#8, EC); a
 * certificate with SEQUENCE, SEQUENCE. Decided on the first eight bytes.
 * Returns the length of a key, 0 for anything else.
 */
static size_t der_key_len(const uint8_t *p)
{
	size_t n = p[1] & 0x80 ? p[1] & 0x7f : 0;
	size_t len = n > 0 ? 0 : p[1], i = 2 + n;

	if (p[0] != 0x30 || i + 3 > 8 || p[i] != 0x02 || p[i + 1] != 1 ||
		p[i + 2] > 1)
		return 0;
	for (size_t k = 0; k < n; k++)
		len = len << 8 | p[2 + k];
	return i + len;
}

void mask_payload_end(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];
	size_t der = l->seen >= sizeof(l->head) ? der_key_len(l->head) : 0;
	bool unfinished = l->key && !l->key_end;

	mask_drop_held(m, lane);
	l->payload = l->until_result = false;
	l->tail_len = l->tail_out = 0;
	l->whole = der > 0;
	l->rest_left = der > l->seen ? der - l->seen : 0;
	if (lane == LANE_AT_TX && unfinished && (der == 0 || l->rest_left > 0))
		mask_rest_begin(m, lane);
	else if (l->key)
		mask_key_finish(m, lane);
	l->whole = l->rest && l->whole;
	l->unfinished = unfinished;
}

/* A command that came too early, and became part of the file. */
static bool hides_secret(struct mask *m, enum lane lane, uint8_t c)
{
	return lane == LANE_AT_TX &&
	       (mask_command_byte(m, lane, c) & MASK_ARGS_SECRET);
}

void mask_payload_byte(struct mask *m, enum lane lane, uint8_t c)
{
	struct lane_state *l = &m->lanes[lane];
	bool der = !l->key && l->held_len == l->seen && l->seen < 8 &&
		   (l->seen > 0 ? l->held[0] == 0x30 : c == 0x30);

	if (l->seen < sizeof(l->head))
		l->head[l->seen] = c;
	l->seen++;
	if (der) {
		l->held[l->held_len++] = (char)c;
		if (l->held_len == 8) {
			if (der_key_len(l->head) > 0) {
				l->whole = true;
				mask_key_begin(m, lane);
			} else {
				mask_drop_held(m, lane);
			}
		}
	} else if ((!l->key || !mask_key_takes(m, lane, c)) &&
		   !hides_secret(m, lane, c)) {
		mask_pem_byte(m, lane, c);
	}
	if (!l->until_result && --l->left == 0)
		mask_payload_end(m, lane);
}

/*
 * What ends a file that the modem sends: a restart, and a download, whose
 * length nobody announced, its result: cap [FILE §4.5]. The CR LF in front is
 * part of it.
 */
static const char *const ends[] = {"\r\nRDY\r\n", "\r\n+QFDWL:"};

/* The one that goes on with `c`. */
static bool find_end(struct lane_state *l, uint8_t c)
{
	size_t n = l->until_result ? 2 : 1;

	for (size_t i = 0; i < n; i++)
		if (memcmp(ends[i], ends[l->end], l->tail_len) == 0 &&
			ends[i][l->tail_len] == (char)c) {
			l->end = i;
			l->tail_len++;
			return true;
		}
	return false;
}

void mask_release_tail(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];
	const char *end = ends[l->end];
	size_t from = l->tail_out, to = l->tail_len;

	/* The last one may end the payload. */
	l->tail_out = to;
	while (from < to)
		mask_payload_byte(m, lane, (uint8_t)end[from++]);
}

const char *mask_sent_byte(struct mask *m, enum lane lane, uint8_t c)
{
	struct lane_state *l = &m->lanes[lane];
	const char *rest;

	if (!find_end(l, c)) {
		mask_release_tail(m, lane);
		l->tail_len = l->tail_out = 0;
		if (!find_end(l, c)) {
			mask_payload_byte(m, lane, c);
			return NULL;
		}
	}
	if (ends[l->end][l->tail_len] == '\0') {
		rest = ends[l->end] + l->tail_out;
		mask_payload_end(m, lane);
		return rest;
	}
	if (!l->until_result && l->tail_len - l->tail_out == l->left)
		mask_release_tail(m, lane);
	return NULL;
}

void mask_transfer_command(struct mask *m, const struct mask_args *a)
{
	bool write = strcmp(a->name, "QFWRITE") == 0;

	if (a->mark != '=' || strcmp(a->first, "?") == 0)
		return;
	if (strcmp(a->name, "QFUPL") == 0 || write) {
		m->pending = TRANSFER_UPLOAD;
		m->size = a->has_number ? a->number : DEFAULT_SIZE;
	} else if (strcmp(a->name, "QFDWL") == 0) {
		m->pending = TRANSFER_DOWNLOAD;
	} else if (strcmp(a->name, "QFREAD") == 0) {
		m->pending = TRANSFER_READ;
	} else {
		return;
	}
	m->name_says_key = strcasestr(a->first, "key") != NULL;
	/* Chunks of a file follow each other; a new file starts afresh. */
	m->continues = write || m->pending == TRANSFER_READ;
}

/* A line of the modem: does a transfer begin or end with it? */
static void answer_line(struct mask *m, const char *line)
{
	struct lane_state *tx = &m->lanes[LANE_AT_TX];
	unsigned long n;

	if (strncmp(line, "CONNECT", 7) == 0) {
		n = strtoul(line + 7, NULL, 10);
		if (m->pending == TRANSFER_UPLOAD)
			payload_begin(m, LANE_AT_TX, m->size, false);
		else if (m->pending == TRANSFER_READ)
			payload_begin(m, LANE_AT_RX, n, false);
		else if (m->pending == TRANSFER_DOWNLOAD)
			payload_begin(m, LANE_AT_RX, 0, true);
	} else if (strncmp(line, "+QFUPL:", 7) == 0 ||
		   strncmp(line, "+QFWRITE:", 9) == 0 ||
		   strncmp(line, "+CME ERROR", 10) == 0 ||
		   strcmp(line, "ERROR") == 0 || strcmp(line, "RDY") == 0) {
		m->pending = TRANSFER_NONE;
		if (tx->payload)
			mask_payload_end(m, LANE_AT_TX);
	} else if (strcmp(line, "OK") == 0 && tx->payload) {
		/* It restarted and nobody saw. An OK before the CONNECT is of
		 * an earlier command, so that `pending` stays. */
		mask_payload_end(m, LANE_AT_TX);
	}
}

void mask_answer_byte(struct mask *m, uint8_t c)
{
	struct lane_state *l = &m->lanes[LANE_AT_RX];

	if (c == '\n' || c == '\r') {
		l->line[l->line_len] = '\0';
		l->line_len = 0;
		/* CONNECT counts from its line feed: then come the data. */
		if (c == '\r' && strncmp(l->line, "CONNECT", 7) == 0)
			l->line_len = strlen(l->line);
		else if (l->line[0] != '\0')
			answer_line(m, l->line);
		return;
	}
	if (l->line_len < sizeof(l->line) - 1)
		l->line[l->line_len++] = (char)c;
}
