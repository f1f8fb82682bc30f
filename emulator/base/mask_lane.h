#ifndef EC21_BASE_MASK_LANE_H
#define EC21_BASE_MASK_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/mask.h"
#include "base/mask_args.h"

/*
 * Inside of base/mask: what is known of each lane, for mask_key.c (private
 * keys), mask_transfer.c (files, uploaded and read) and mask.c (the rest).
 */

/* A PEM label is short: "-----BEGIN ENCRYPTED PRIVATE KEY-----" is 37. */
#define HELD_MAX 80

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

/* ---- mask_key.c. All of these may call `out`. ---- */

/* One byte that is no secret. */
void mask_put(struct mask *m, enum lane lane, uint8_t c);
void mask_give_out(struct mask *m, enum lane lane);
/* Held bytes are no key's, as far as known; they may still begin a label. */
void mask_release_held(struct mask *m, enum lane lane);
/* They begin none. */
void mask_drop_held(struct mask *m, enum lane lane);
/* What is held begins a key. */
void mask_key_begin(struct mask *m, enum lane lane);
void mask_key_finish(struct mask *m, enum lane lane);
/* The mask of a key so far. */
void mask_give_key(struct mask *m, enum lane lane);
/* A byte inside a key. False: the byte is behind the key, and public. */
bool mask_key_takes(struct mask *m, enum lane lane, uint8_t c);
/* A byte outside of a key: hold back what may be the start of a label. */
void mask_pem_byte(struct mask *m, enum lane lane, uint8_t c);

/* ---- mask_transfer.c ---- */

/* The host ended a line with a transfer command in it. */
void mask_transfer_command(struct mask *m, const struct mask_args *a);
/* Collect the modem's lines: a transfer may begin or end with one. */
void mask_answer_byte(struct mask *m, uint8_t c);
/* A byte of a file. */
void mask_payload_byte(struct mask *m, enum lane lane, uint8_t c);
void mask_payload_end(struct mask *m, enum lane lane);
/* What was held for the start of an end is payload. */
void mask_release_tail(struct mask *m, enum lane lane);
/*
 * A byte of a file that the modem sends. Not NULL: it ended the payload; the
 * text, of the end, is the caller's to pass on.
 */
const char *mask_sent_byte(struct mask *m, enum lane lane, uint8_t c);

#endif
