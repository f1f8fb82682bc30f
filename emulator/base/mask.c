#include "base/mask.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mask_args.h"

/* +QFUPL and +QFWRITE without a size. man [EC20 FILE V1.0] */
#define DEFAULT_SIZE 10240
/* A PEM label is short: "-----BEGIN ENCRYPTED PRIVATE KEY-----" is 37. */
#define HELD_MAX 80
/* Past this a "key" that never ends is given out as a mask, and goes on. */
#define KEY_MAX 65536

struct lane_state {
	struct mask_args args;

	/* answer lines (AT< only) */
	char line[32];
	size_t line_len;

	/* PEM scanner */
	char held[HELD_MAX];
	size_t held_len, held_out; /* held_out: given out by a flush */
	bool key;		   /* inside a private key */
	bool key_end;		   /* behind its END label */
	char label[40]; /* the last bytes of a key, to find the END label */
	size_t key_len;
	struct qsum qsum;
	bool last_cr, pending_cr, pending_lf;
	unsigned breaks_lf, breaks_crlf;

	/* file transfer running in this lane */
	bool payload, until_result, whole;
	size_t left, seen;
	size_t end, tail_len, tail_out; /* matched of ends[end] */
	bool unfinished;		/* the last one ended inside a key */

	uint8_t out[256];
	size_t out_len;
};

enum transfer {
	TRANSFER_NONE,
	TRANSFER_UPLOAD,   /* CONNECT, then `size` bytes from the host */
	TRANSFER_READ,	   /* CONNECT n, then n bytes from the modem */
	TRANSFER_DOWNLOAD, /* CONNECT, then bytes up to +QFDWL: */
};

struct mask {
	struct mask_out out;
	struct lane_state lanes[LANE_CON_RX + 1];
	struct sha256 *sha[LANE_CON_RX + 1];
	enum transfer pending;
	size_t size;
	bool name_says_key, continues;
};

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

/* ---- output ---- */

static void give_out(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];

	if (l->out_len > 0)
		m->out.bytes(m->out.arg, lane, l->out, l->out_len);
	l->out_len = 0;
}

static void put(struct mask *m, enum lane lane, uint8_t c)
{
	struct lane_state *l = &m->lanes[lane];

	if (l->out_len == sizeof(l->out))
		give_out(m, lane);
	l->out[l->out_len++] = c;
}

static void release_held(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];

	for (; l->held_out < l->held_len; l->held_out++)
		put(m, lane, (uint8_t)l->held[l->held_out]);
}

static void drop_held(struct mask *m, enum lane lane)
{
	release_held(m, lane);
	m->lanes[lane].held_len = m->lanes[lane].held_out = 0;
}

/* Give out the secret argument seen so far. */
static void give_secret(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];
	struct mask_info info = {.kind = l->args.kind, .len = l->args.len};

	if (l->args.len == 0)
		return;
	l->args.len = 0;
	release_held(m, lane);
	give_out(m, lane);
	m->out.masked(m->out.arg, lane, &info);
}

/* ---- private keys ---- */

static void key_start_sums(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];

	l->key_len = 0;
	l->qsum = (struct qsum){0};
	l->breaks_lf = l->breaks_crlf = 0;
	l->pending_cr = l->pending_lf = l->last_cr = false;
	sha256_start(m->sha[lane]);
}

static void give_key(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];
	char sha[SHA256_TEXT_SIZE];
	struct mask_info info = {.kind = MASK_KEY, .len = l->key_len};

	if (l->key_len == 0)
		return;
	give_out(m, lane);
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

static void key_byte(struct mask *m, enum lane lane, uint8_t c)
{
	struct lane_state *l = &m->lanes[lane];

	l->key_len++;
	qsum_update(&l->qsum, &c, 1);
	sha256_update(m->sha[lane], &c, 1);
	count_break(l, c);
	memmove(l->label, l->label + 1, sizeof(l->label) - 1);
	l->label[sizeof(l->label) - 1] = (char)c;
	if (l->key_len >= KEY_MAX)
		give_key(m, lane);
}

static void key_begin(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];

	give_out(m, lane);
	l->key = true;
	l->key_end = false;
	memset(l->label, 0, sizeof(l->label));
	key_start_sums(m, lane);
	for (; l->held_out < l->held_len; l->held_out++)
		key_byte(m, lane, (uint8_t)l->held[l->held_out]);
	l->held_len = l->held_out = 0;
}

static void key_finish(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];

	give_key(m, lane);
	l->key = false;
	l->unfinished = false;
	explicit_bzero(l->label, sizeof(l->label));
}

/* What can stand in a PEM block, its headers included. */
static bool is_pem(uint8_t c)
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

/* A byte inside a key. False: the byte is behind the key, and public. */
static bool key_takes(struct mask *m, enum lane lane, uint8_t c)
{
	struct lane_state *l = &m->lanes[lane];
	uint8_t last = (uint8_t)l->label[sizeof(l->label) - 1];

	if (l->whole) {
		key_byte(m, lane, c);
		return true;
	}
	if (l->key_end) {
		/* Its dashes and one line break still belong to it. */
		bool more = (c == '-' && last == '-') ||
			    (c == '\r' && last == '-') ||
			    (c == '\n' && (last == '-' || last == '\r'));

		if (!more) {
			key_finish(m, lane);
			return false;
		}
		key_byte(m, lane, c);
		if (c == '\n')
			key_finish(m, lane);
		return true;
	}
	if (!l->payload && !is_pem(c)) {
		key_finish(m, lane);
		return false;
	}
	key_byte(m, lane, c);
	l->key_end = at_end_label(l);
	return true;
}

/* Held bytes are a label so far: dashes, capitals, digits, blanks. */
static bool is_label(uint8_t c)
{
	return c == '-' || c == ' ' || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

/* A byte outside of a key: hold back what may be the start of a label. */
static void pem_byte(struct mask *m, enum lane lane, uint8_t c)
{
	static const char word[] = "PRIVATE KEY--";
	const size_t n = sizeof(word) - 1;
	struct lane_state *l = &m->lanes[lane];

	if (l->held_len == 0 && c != '-') {
		put(m, lane, c);
		return;
	}
	if (!is_label(c)) {
		drop_held(m, lane);
		put(m, lane, c);
		return;
	}
	if (l->held_len == sizeof(l->held)) {
		if (l->held_out == 0)
			put(m, lane, (uint8_t)l->held[0]);
		else
			l->held_out--;
		memmove(l->held, l->held + 1, --l->held_len);
	}
	l->held[l->held_len++] = (char)c;
	if (l->held_len < n || memcmp(l->held + l->held_len - n, word, n) != 0)
		return;
	/* The END of a key whose beginning passed long ago hides nothing. */
	if (memmem(l->held, l->held_len, "END ", 4) != NULL)
		drop_held(m, lane);
	else
		key_begin(m, lane);
}

/* ---- file transfers ---- */

static void payload_begin(
	struct mask *m, enum lane lane, size_t size, bool until_result)
{
	struct lane_state *l = &m->lanes[lane];

	mask_flush(m, lane);
	drop_held(m, lane);
	l->payload = until_result || size > 0;
	l->until_result = until_result;
	l->left = size;
	l->seen = 0;
	l->whole = false;
	mask_args_reset(&l->args);
	if (m->name_says_key || (m->continues && l->unfinished))
		key_begin(m, lane);
	l->unfinished = false;
	m->pending = TRANSFER_NONE;
}

static void payload_end(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];
	bool unfinished = l->key && !l->key_end;

	drop_held(m, lane);
	if (l->key)
		key_finish(m, lane);
	l->unfinished = unfinished;
	l->payload = l->whole = l->until_result = false;
	l->tail_len = l->tail_out = 0;
}

/*
 * A DER key begins with SEQUENCE, INTEGER 0 or 1 (PKCS#1, PKCS#8, EC); a
 * certificate with SEQUENCE, SEQUENCE. Decided on the first eight bytes.
 */
static bool is_der_key(const char *s, size_t len)
{
	const uint8_t *p = (const uint8_t *)s;
	size_t i = 2;

	if (len < 8 || p[0] != 0x30)
		return false;
	if (p[1] & 0x80)
		i += p[1] & 0x7f;
	return i + 3 <= len && p[i] == 0x02 && p[i + 1] == 1 && p[i + 2] <= 1;
}

static void payload_byte(struct mask *m, enum lane lane, uint8_t c)
{
	struct lane_state *l = &m->lanes[lane];
	bool der = !l->key && l->held_len == l->seen && l->seen < 8 &&
		   (l->seen > 0 ? l->held[0] == 0x30 : c == 0x30);

	l->seen++;
	if (der) {
		l->held[l->held_len++] = (char)c;
		if (l->held_len == 8) {
			if (is_der_key(l->held, 8)) {
				l->whole = true;
				key_begin(m, lane);
			} else {
				drop_held(m, lane);
			}
		}
	} else if (!l->key || !key_takes(m, lane, c)) {
		pem_byte(m, lane, c);
	}
	if (!l->until_result && --l->left == 0)
		payload_end(m, lane);
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

/* What was held for the start of an end is payload. */
static void release_tail(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];
	const char *end = ends[l->end];
	size_t from = l->tail_out, to = l->tail_len;

	/* The last one may end the payload. */
	l->tail_out = to;
	while (from < to)
		payload_byte(m, lane, (uint8_t)end[from++]);
}

/*
 * A byte of a file that the modem sends. True: it ended the payload; the bytes
 * of ends[end] that were held are the caller's to pass on, from *from.
 */
static bool sent_byte(struct mask *m, enum lane lane, uint8_t c, size_t *from)
{
	struct lane_state *l = &m->lanes[lane];

	if (!find_end(l, c)) {
		release_tail(m, lane);
		l->tail_len = l->tail_out = 0;
		if (!find_end(l, c)) {
			payload_byte(m, lane, c);
			return false;
		}
	}
	if (ends[l->end][l->tail_len] == '\0') {
		*from = l->tail_out;
		payload_end(m, lane);
		return true;
	}
	if (!l->until_result && l->tail_len - l->tail_out == l->left)
		release_tail(m, lane);
	return false;
}

/* The host ended a line with a transfer command in it. */
static void transfer_command(struct mask *m, const struct mask_args *a)
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
			payload_end(m, LANE_AT_TX);
	} else if (strcmp(line, "OK") == 0 && tx->payload) {
		/* It restarted and nobody saw. An OK before the CONNECT is of
		 * an earlier command, so that `pending` stays. */
		payload_end(m, LANE_AT_TX);
	}
}

/* Collect the modem's lines. */
static void answer_byte(struct mask *m, uint8_t c)
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

/* ---- command lines ---- */

/* True: the byte is part of a secret and has been counted. */
static bool command_byte(struct mask *m, enum lane lane, uint8_t c)
{
	struct lane_state *l = &m->lanes[lane];
	unsigned found = lane == LANE_CON_TX
				 ? mask_args_console_byte(&l->args, c)
				 : mask_args_byte(&l->args, c);

	if (found & MASK_ARGS_CLOSE)
		give_secret(m, lane);
	if (lane == LANE_AT_TX && (found & MASK_ARGS_END))
		transfer_command(m, &l->args);
	/* A new command: the one before got no CONNECT. */
	if (lane == LANE_AT_TX && (found & MASK_ARGS_BEGIN))
		m->pending = TRANSFER_NONE;
	return found & MASK_ARGS_SECRET;
}

/* A byte outside of transfers. */
static void plain_byte(struct mask *m, enum lane lane, uint8_t c)
{
	struct lane_state *l = &m->lanes[lane];

	if ((!l->key || !key_takes(m, lane, c)) && !command_byte(m, lane, c))
		pem_byte(m, lane, c);
	if (lane == LANE_AT_RX)
		answer_byte(m, c);
}

void mask_bytes(struct mask *m, enum lane lane, const void *data, size_t len)
{
	struct lane_state *l = &m->lanes[lane];
	const uint8_t *p = data;
	size_t from;

	for (size_t i = 0; i < len; i++) {
		if (!l->payload) {
			plain_byte(m, lane, p[i]);
		} else if (lane == LANE_AT_TX) {
			payload_byte(m, lane, p[i]);
		} else if (sent_byte(m, lane, p[i], &from)) {
			for (const char *s = ends[l->end] + from; *s != '\0';)
				plain_byte(m, lane, (uint8_t)*s++);
		}
	}
	give_out(m, lane);
}

void mask_flush(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];

	give_secret(m, lane);
	release_tail(m, lane);
	release_held(m, lane);
	if (l->key)
		give_key(m, lane);
	give_out(m, lane);
}

void mask_restart(struct mask *m)
{
	static const enum lane lanes[] = {LANE_AT_TX, LANE_AT_RX};

	m->pending = TRANSFER_NONE;
	for (size_t i = 0; i < 2; i++) {
		struct lane_state *l = &m->lanes[lanes[i]];

		mask_flush(m, lanes[i]);
		l->line_len = 0;
		mask_args_reset(&l->args);
		if (lanes[i] == LANE_AT_RX || (l->payload && !l->key))
			payload_end(m, lanes[i]);
		l->unfinished = false;
		give_out(m, lanes[i]);
	}
}
