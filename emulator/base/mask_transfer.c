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
	l->until_host = l->unanswered = l->bare = false;
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

/* What frames lines: S3 and S4 may be any, and here control characters. */
static bool is_frame(uint8_t c)
{
	return c < ' ';
}

enum match {
	MATCH_NOT,
	MATCH_SO_FAR,
	MATCH_WHOLE,
};

static enum match match(const char *text, const char *tail, size_t len)
{
	if (len > strlen(text) || memcmp(text, tail, len) != 0)
		return MATCH_NOT;
	return text[len] == '\0' ? MATCH_WHOLE : MATCH_SO_FAR;
}

/*
 * What ends a file that the modem sends: a restart, and a download, whose
 * length nobody announced, its result: cap [FILE §4.5]. The frame in front,
 * CR LF or none under V0, is part of it.
 */
static enum match match_end(const struct lane_state *l)
{
	enum match rdy = match("\r\nRDY\r\n", l->tail, l->tail_len);
	size_t frame = 0, most = l->bare ? 0 : 2;

	if (rdy != MATCH_NOT || !l->until_result)
		return rdy;
	while (frame < most && frame < l->tail_len &&
		is_frame((uint8_t)l->tail[frame]))
		frame++;
	if (frame == 1 && l->tail_len > 1)
		return MATCH_NOT;
	return match("+QFDWL:", l->tail + frame, l->tail_len - frame);
}

/* What was held for the start of an end is payload. */
void mask_release_tail(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];
	size_t from = l->tail_out, to = l->tail_len;

	/* The last one may end the payload. */
	l->tail_out = to;
	while (from < to)
		mask_payload_byte(m, lane, (uint8_t)l->tail[from++]);
}

/* The first byte held for an end is none of it. */
static void drop_first(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];
	uint8_t first = (uint8_t)l->tail[0];

	memmove(l->tail, l->tail + 1, --l->tail_len);
	if (l->tail_out > 0)
		l->tail_out--;
	else
		mask_payload_byte(m, lane, first);
}

size_t mask_sent_byte(
	struct mask *m, enum lane lane, uint8_t c, const char **end)
{
	struct lane_state *l = &m->lanes[lane];
	enum match found;
	size_t held;

	l->tail[l->tail_len++] = (char)c;
	while ((found = match_end(l)) == MATCH_NOT)
		drop_first(m, lane);
	held = l->tail_len - l->tail_out;
	if (found == MATCH_WHOLE) {
		*end = l->tail + l->tail_out;
		mask_payload_end(m, lane);
		return held;
	}
	if (l->payload && !l->until_result && held == l->left)
		mask_release_tail(m, lane);
	return 0;
}

/* May a line of this lane begin so? Then it begins no file. */
static bool begins_line(enum lane lane, uint8_t c)
{
	const char *set = lane == LANE_AT_TX ? "Aa+" : "AaBCENOPR+^123456789";

	return c <= ' ' || strchr(set, c) != NULL;
}

static bool lacks_connect(const struct mask *m, enum lane lane, uint8_t c)
{
	enum lane carrier =
		m->pending == TRANSFER_UPLOAD ? LANE_AT_TX : LANE_AT_RX;

	if (m->pending == TRANSFER_NONE || lane != carrier ||
		!is_frame(m->lanes[lane].last))
		return false;
	/* A key in DER, or what its file's name or its first part says. */
	return c == 0x30 ||
	       ((m->name_says_key ||
			(m->continues && m->lanes[lane].unfinished)) &&
		       !begins_line(lane, c));
}

bool mask_transfer_begins(struct mask *m, enum lane lane, uint8_t c)
{
	struct lane_state *rx = &m->lanes[LANE_AT_RX];
	bool begins = lacks_connect(m, lane, c);

	m->lanes[lane].last = c;
	if (lane == LANE_AT_TX && rx->payload && rx->until_host)
		mask_payload_end(m, LANE_AT_RX);
	if (!begins)
		return false;
	if (lane == LANE_AT_TX)
		payload_begin(m, lane, m->size, false);
	else
		payload_begin(m, lane, 0, true);
	m->lanes[lane].until_host = lane == LANE_AT_RX;
	m->lanes[lane].unanswered = true;
	return m->lanes[lane].payload;
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

/* CONNECT, or its number under V0, which does not say how much there is. */
static void connected(struct mask *m, const char *line)
{
	struct lane_state *tx = &m->lanes[LANE_AT_TX];
	bool verbose = line[0] == 'C';

	if (m->pending == TRANSFER_UPLOAD) {
		payload_begin(m, LANE_AT_TX, m->size, false);
	} else if (m->pending == TRANSFER_READ && verbose) {
		payload_begin(
			m, LANE_AT_RX, strtoul(line + 7, NULL, 10), false);
	} else if (m->pending == TRANSFER_DOWNLOAD) {
		payload_begin(m, LANE_AT_RX, 0, true);
		m->lanes[LANE_AT_RX].bare = !verbose;
	} else if (tx->payload && tx->unanswered) {
		/* What came before does not count. */
		tx->left = m->size;
	}
}

static bool is_one_of(const char *line, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(line, words[i]) == 0)
			return true;
	return false;
}

/* A line of the modem: does a transfer begin or end with it? */
static void answer_line(struct mask *m, const char *line)
{
	static const char *const failed[] = {"ERROR", "4", "RDY"};
	static const char *const done[] = {"OK", "0"};
	struct lane_state *tx = &m->lanes[LANE_AT_TX];

	if (strncmp(line, "CONNECT", 7) == 0 || strcmp(line, "1") == 0) {
		connected(m, line);
	} else if (strncmp(line, "+QFUPL:", 7) == 0 ||
		   strncmp(line, "+QFWRITE:", 9) == 0 ||
		   strncmp(line, "+CME ERROR", 10) == 0 ||
		   is_one_of(line, failed, 3)) {
		m->pending = TRANSFER_NONE;
		if (tx->payload)
			mask_payload_end(m, LANE_AT_TX);
	} else if (is_one_of(line, done, 2) && tx->payload) {
		/* It restarted and nobody saw. An OK before the CONNECT is of
		 * an earlier command, so that `pending` stays. */
		mask_payload_end(m, LANE_AT_TX);
	}
}

void mask_answer_byte(struct mask *m, uint8_t c)
{
	struct lane_state *l = &m->lanes[LANE_AT_RX];
	bool ends = is_frame(c) || l->connect;

	if (!ends) {
		if (l->line_len < sizeof(l->line) - 1)
			l->line[l->line_len++] = (char)c;
		return;
	}
	l->line[l->line_len] = '\0';
	/* Behind CONNECT stand S3 and S4, then come the data. */
	l->connect = !l->connect && strncmp(l->line, "CONNECT", 7) == 0;
	if (l->connect)
		return;
	l->line_len = 0;
	if (l->line[0] != '\0')
		answer_line(m, l->line);
}
