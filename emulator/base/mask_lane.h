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
 * keys), mask_rest.c (what a transfer cut off one), mask_transfer.c (files,
 * uploaded and read) and mask.c.
 */

/* A PEM label is short: "-----BEGIN ENCRYPTED PRIVATE KEY-----" is 37. */
#define HELD_MAX 80

struct lane_state {
	struct mask_args args;

	/* answer lines (AT< only) */
	char line[32];
	size_t line_len;
	bool connect; /* a CONNECT, but for the last byte of its line */
	uint8_t last; /* outside of transfers */

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
	uint8_t head[8]; /* its first bytes */
	bool until_host; /* of until_result: or when the host speaks */
	bool bare;	 /* V0: no frame in front of its result */
	bool unanswered; /* it began without a CONNECT */
	char tail[12];	 /* what may be its end; tail_out: passed on */
	size_t tail_len, tail_out;
	bool unfinished; /* the last one ended inside a key */

	/* behind a transfer that ended inside a key (mask_rest.c) */
	bool rest, line_start;
	size_t rest_left; /* of a key in DER */

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
	struct mask_echo {
		uint8_t sent[8192]; /* the rest of a key, to know its echo */
		size_t sent_len;
		bool closed;
		uint8_t run[8]; /* what may be one, and where it goes on */
		size_t run_len, at;
		bool found;
	} echo;
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

/* What can stand in a PEM block, its headers included. */
bool mask_is_pem(uint8_t c);
/* One more byte of the key we are in. */
void mask_key_byte(struct mask *m, enum lane lane, uint8_t c);

/* ---- mask_rest.c ---- */

/* A transfer ended inside a key: what the host still sends may be its rest. */
void mask_rest_begin(struct mask *m, enum lane lane);
/*
 * A byte of the host behind it. False: here a command begins, with the held
 * bytes and this one, or the key is over.
 */
bool mask_rest_takes(struct mask *m, enum lane lane, uint8_t c);
/* No more of it; the transfer itself may be continued. */
void mask_rest_end(struct mask *m, enum lane lane);
/* A byte of the modem: the echo of such a rest? Then it is masked. */
bool mask_echo_takes(struct mask *m, uint8_t c);
/* Give out what may have been one. */
void mask_echo_release(struct mask *m);
/* Forget what was sent. */
void mask_echo_reset(struct mask *m);

/* ---- mask.c ---- */

/* A byte outside of transfers that is no rest of a key and no echo of one. */
void mask_open_byte(struct mask *m, enum lane lane, uint8_t c);
/* A byte outside of keys, in a command or not: what mask_args_byte() says. */
unsigned mask_command_byte(struct mask *m, enum lane lane, uint8_t c);

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
 * A byte of a file that the modem sends. Not 0: it ended the payload, and so
 * many bytes of the end, from *end, are the caller's to pass on.
 */
size_t mask_sent_byte(
	struct mask *m, enum lane lane, uint8_t c, const char **end);
/*
 * A byte outside of transfers, before anything else: without results (ATQ1) a
 * transfer begins, or ends, with what no line begins with. True: it has begun.
 */
bool mask_transfer_begins(struct mask *m, enum lane lane, uint8_t c);

#endif
