#ifndef EC21_SCRIPT_H
#define EC21_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/transcript.h"

/*
 * A recording as what a modem waits for and what it then says. Every run of
 * bytes from the host is a step (a command line each, or data), as is each
 * edge at a pin that a modem acts on; what the modem did until the next one
 * belongs to it, with its distance in time. Nothing is interpreted beyond
 * that, so sent ahead, data modes, echo and URCs all come as they were.
 */
enum script_step_type {
	SCRIPT_START, /* the first: what came before anything was sent */
	SCRIPT_LINE,  /* ends with its CR */
	SCRIPT_DATA,  /* counted: behind CONNECT or a prompt, or no line */
	SCRIPT_PIN,   /* PWRKEY or RESET_N is pressed, or SUPPLY switched */
};

/* What a byte of a step is compared by. */
enum script_kind {
	SCRIPT_EXACT,
	SCRIPT_DIGIT, /* of a date and time: any digit */
	SCRIPT_ANY,   /* of a secret that was masked */
};

struct script_step {
	enum script_step_type type;
	unsigned line; /* of the recording */
	int64_t time_ms;
	size_t at, len; /* in script_bytes() */
	char edge;	/* of a pin, as --pins sends it */
	bool echo;	/* its bytes came back */
	bool prompted;	/* it answers CONNECT or a prompt */
	bool answered;	/* a final result came */
	size_t first_out, n_outs;
	/* The first ones, up to the final result; all if there is none. */
	size_t n_answer;
};

struct script_out {
	uint64_t delay_ms; /* behind the step */
	bool is_status;	   /* STATUS changed, to `running` */
	bool running;
	unsigned line;
	size_t at, len; /* in script_bytes() */
};

struct script {
	struct buf bytes;
	uint8_t *kinds; /* of each of them */
	size_t cap_kinds;
	struct script_step *steps;
	size_t n_steps, cap_steps;
	struct script_out *outs;
	size_t n_outs, cap_outs;
	unsigned masks; /* secrets that are not in it */
	bool has_pins;	/* a step is an edge at a pin */

	/* While it is read. */
	struct transcript_handler handler;
	struct transcript_reader reader;
	bool pins;
};

/*
 * Must stay where it is while it is read.
 *
 * pins: PIN records count; without, what followed them follows the step
 * before. Feed it a transcript, cut anywhere, then end it; false with *err,
 * then only script_free() is fine. Bounds: 64 MiB of bytes.
 */
void script_init(struct script *s, bool pins);
bool script_feed(struct script *s, const void *data, size_t len,
	struct transcript_error *err);
bool script_end(struct script *s, struct transcript_error *err);
void script_free(struct script *s);

/* The three from a file. */
bool script_load(struct script *s, const char *path, bool pins,
	struct transcript_error *err);

static inline const uint8_t *script_bytes(const struct script *s, size_t at)
{
	return buf_len(&s->bytes) > 0 ? buf_data(&s->bytes) + at : NULL;
}

static inline enum script_kind script_kind(const struct script *s, size_t at)
{
	return (enum script_kind)s->kinds[at];
}

/*
 * Data that is a TLS ClientHello [RFC 5246 §7.4.1.2]: the host speaks TLS
 * itself, over a plain socket.
 */
bool script_is_hello(const struct script *s, const struct script_step *step);
/* The line of the first one; 0: there is none. */
unsigned script_hello_line(const struct script *s);
/* Is this byte of a step's what may come there? */
bool script_takes(const struct script *s, size_t at, uint8_t byte);
/* A step from its byte `from` on, as a person reads it: escaped, cut. */
void script_show(const struct script *s, const struct script_step *step,
	size_t from, struct buf *out);
/* "PWRKEY high" of `K`, as PIN records have it; NULL: no edge. */
const char *script_pin_name(char edge);

#endif
