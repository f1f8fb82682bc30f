#include "at/writer.h"

#include <string.h>

enum {
	/* One answer: at most a whole file of QFDWL behind its header; the
	 * largest UFS of the family is about 64 MiB [FILE §2]. */
	BLOCK_MAX = 68 * 1024 * 1024,
	/* URCs that wait; above FULL none with data is to be added, so that
	 * there is room for those that tell of ends. */
	URCS_MAX = 64 * 1024,
	URCS_FULL = URCS_MAX / 4,
	CHUNK_MAX = 256,    /* bytes that leave in one write when paced */
	BITS_PER_BYTE = 10, /* 8N1 */
	/*
	 * Bytes that arrive together come behind as long a silence as they
	 * take, and 10 ms of it end a line or a payload for hosts [CLIENT A].
	 */
	SILENCE_US = 10 * 1000,
	WHOLE_US = 9 * 1000, /* up to a line end, or all that is left */
	PART_US = 4 * 1000,  /* of what is longer */
};

static void writer_pace(void *arg);

void writer_init(struct writer *w, struct clock *clock,
	const struct at_settings *set, const struct trace_sink *trace,
	void (*output)(void *arg, const void *data, size_t len), void *arg)
{
	*w = (struct writer){
		.clock = clock,
		.set = set,
		.trace = trace,
		.output = output,
		.output_arg = arg,
		.rate = set->rate,
	};
	buf_init(&w->block, BLOCK_MAX);
	buf_init(&w->urcs, URCS_MAX);
	buf_init(&w->wire, BLOCK_MAX);
	timer_init(&w->pace, writer_pace, w);
}

void writer_free(struct writer *w)
{
	timer_del(w->clock, &w->pace);
	buf_free(&w->block);
	buf_free(&w->urcs);
	buf_free(&w->wire);
}

/* A line that is about to run dry may take more. */
static void tell_full(struct writer *w)
{
	bool line = buf_len(&w->wire) > CHUNK_MAX;
	bool urcs = buf_len(&w->urcs) > URCS_FULL;

	if (line == w->line_full && urcs == w->urcs_full)
		return;
	w->line_full = line;
	w->urcs_full = urcs;
	if (w->full != NULL)
		w->full(w->output_arg, line, urcs);
}

void writer_reset(struct writer *w, bool ready)
{
	timer_del(w->clock, &w->pace);
	buf_free(&w->block);
	buf_free(&w->urcs);
	buf_free(&w->wire);
	w->wire_free_us = 0;
	w->chunk = 0;
	w->rate = w->set->rate;
	w->new_rate = false;
	w->held = w->cache = false;
	w->answered = false;
	w->ready = ready;
	tell_full(w);
}

static void put_eol(struct writer *w, struct buf *b)
{
	const uint8_t eol[2] = {w->set->s[3], w->set->s[4]};

	buf_add(b, eol, sizeof(eol));
}

void writer_echo(struct writer *w, const void *data, size_t len)
{
	buf_add(&w->block, data, len);
}

void writer_begin(struct writer *w)
{
	w->answered = false;
}

void writer_info_bare(struct writer *w, const char *text)
{
	buf_adds(&w->block, text);
	put_eol(w, &w->block);
	w->answered = true;
	w->held = true;
}

/* Lines of one answer share one leading CR LF; V0 has none. */
static void lead_in(struct writer *w)
{
	if (!w->answered && w->set->verbose)
		put_eol(w, &w->block);
}

void writer_info(struct writer *w, const char *text)
{
	lead_in(w);
	writer_info_bare(w, text);
}

void writer_info_open(struct writer *w, const char *text)
{
	lead_in(w);
	buf_adds(&w->block, text);
	w->answered = true;
	w->held = true;
}

void writer_raw(struct writer *w, const void *data, size_t len)
{
	buf_add(&w->block, data, len);
	w->held = true;
}

void writer_newline(struct writer *w)
{
	put_eol(w, &w->block);
}

void writer_prompt(struct writer *w)
{
	put_eol(w, &w->block);
	buf_adds(&w->block, "> ");
	w->held = true;
}

static const struct {
	const char *text;
	const char *number;
} results[] = {
	[WRITER_OK] = {"OK", "0"},
	[WRITER_CONNECT] = {"CONNECT", "1"},
	[WRITER_NO_CARRIER] = {"NO CARRIER", "3"},
	[WRITER_ERROR] = {"ERROR", "4"},
};

/*
 * CONNECT with a text behind it is 1, too, man [AT §2]; that QFREAD's length is
 * such a text inf. Others without a number keep their text (asm): NULL.
 */
static const char *number_of(const char *text)
{
	static const char connect[] = "CONNECT ";

	if (strncmp(text, connect, sizeof(connect) - 1) == 0)
		return results[WRITER_CONNECT].number;
	for (size_t i = 0; i < sizeof(results) / sizeof(*results); i++)
		if (strcmp(text, results[i].text) == 0)
			return results[i].number;
	return NULL;
}

void writer_result_text(struct writer *w, const char *text)
{
	const char *number = w->set->verbose ? NULL : number_of(text);

	if (w->set->quiet)
		return;
	if (number != NULL) {
		buf_adds(&w->block, number);
		buf_addc(&w->block, w->set->s[3]);
		return;
	}
	if (w->set->verbose)
		put_eol(w, &w->block);
	buf_adds(&w->block, text);
	put_eol(w, &w->block);
}

void writer_result(struct writer *w, enum writer_result result)
{
	writer_result_text(w, results[result].text);
}

bool writer_urc(
	struct writer *w, const char *text, const void *data, size_t len)
{
	struct buf *to = w->held || w->cache ? &w->urcs : &w->block;

	if (!w->ready)
		return true;
	if (buf_space(to) < strlen(text) + len + 8)
		return false;
	if (w->set->verbose)
		put_eol(w, to);
	buf_adds(to, text);
	if (len == 0 || text[strlen(text) - 1] != ',')
		put_eol(w, to);
	if (len > 0) {
		buf_add(to, data, len);
		put_eol(w, to);
	}
	tell_full(w);
	return true;
}

void writer_cache(struct writer *w, bool cache)
{
	w->cache = cache;
}

void writer_hold(struct writer *w, bool hold)
{
	w->held = hold;
	if (hold || w->cache || buf_len(&w->urcs) == 0)
		return;
	buf_add(&w->block, buf_data(&w->urcs), buf_len(&w->urcs));
	buf_free(&w->urcs);
	tell_full(w);
}

/* The last byte that was written at the old one leaves. */
static void settle_rate(struct writer *w)
{
	if (w->new_rate)
		w->rate = w->set->rate;
	w->new_rate = false;
}

void writer_take_rate(struct writer *w)
{
	w->new_rate = true;
	if (buf_len(&w->block) == 0 && buf_len(&w->wire) == 0)
		settle_rate(w);
}

static void emit(struct writer *w, const void *data, size_t len)
{
	trace_bytes(w->trace, LANE_AT_RX, data, len);
	w->output(w->output_arg, data, len);
}

uint64_t writer_line_us(const struct writer *w, size_t len)
{
	double us = (double)len * BITS_PER_BYTE * 1e6 / w->rate;

	return w->clock->fast ? 0 : (uint64_t)(us / w->clock->speed);
}

/* As many bytes as the wire carries in so long, and one at least. */
static size_t line_bytes(const struct writer *w, uint64_t us)
{
	double n =
		(double)us * w->rate * w->clock->speed / (BITS_PER_BYTE * 1e6);

	if (n > CHUNK_MAX)
		return CHUNK_MAX;
	return n < 1 ? 1 : (size_t)n;
}

/* `most` of what waits: all, or up to a line end, or but a part of a line. */
static size_t chunk_len(const struct writer *w, size_t most)
{
	const uint8_t *p = buf_data(&w->wire);
	size_t part = line_bytes(w, PART_US);

	if (buf_len(&w->wire) <= most)
		return buf_len(&w->wire);
	for (size_t n = most; n > 0; n--)
		if (p[n - 1] == w->set->s[4])
			return n;
	return part < most ? part : most;
}

/*
 * Bytes of one chunk take their time on the wire and then arrive together.
 * Each counts from the end of the one before, so that a late turn of the
 * clock slows nothing down.
 */
static void pace_next(struct writer *w, size_t most)
{
	uint64_t now = clock_now_us(w->clock);

	w->chunk = chunk_len(w, most);
	w->wire_free_us += writer_line_us(w, w->chunk);
	timer_set_us(w->clock, &w->pace,
		w->wire_free_us > now ? w->wire_free_us - now : 0);
}

/* Nothing was under way. Behind a silence a longer one tears nothing. */
static void pace_first(struct writer *w)
{
	uint64_t now = clock_now_us(w->clock);
	bool silent = now >= w->wire_free_us + SILENCE_US;

	if (w->wire_free_us < now)
		w->wire_free_us = now;
	pace_next(w, silent ? CHUNK_MAX : line_bytes(w, WHOLE_US));
}

static void writer_pace(void *arg)
{
	struct writer *w = arg;
	uint8_t chunk[CHUNK_MAX];
	size_t len = w->chunk;

	memcpy(chunk, buf_data(&w->wire), len);
	buf_consume(&w->wire, len);
	if (buf_len(&w->wire) > 0) {
		pace_next(w, line_bytes(w, WHOLE_US));
	} else {
		buf_free(&w->wire);
		settle_rate(w);
	}
	emit(w, chunk, len);
	tell_full(w);
}

void writer_flush(struct writer *w)
{
	size_t len = buf_len(&w->block);

	if (len == 0)
		return;
	if (!w->ready) {
		buf_reset(&w->block);
		return;
	}
	if (!w->clock->fast) {
		buf_add(&w->wire, buf_data(&w->block), len);
		if (!w->pace.armed)
			pace_first(w);
		tell_full(w);
	} else {
		settle_rate(w);
		emit(w, buf_data(&w->block), len);
	}
	/* Keep the memory of a short line, give back that of a file. */
	if (len > 4096)
		buf_free(&w->block);
	else
		buf_reset(&w->block);
}
