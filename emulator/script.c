#include "script.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask_fill.h"

#define BYTES_MAX ((size_t)64 << 20)
#define SHOWN_MAX 80

static bool grow(void **list, size_t n, size_t *cap, size_t size)
{
	size_t bigger = *cap ? 2 * *cap : 64;
	void *p;

	if (n < *cap)
		return true;
	p = realloc(*list, bigger * size);
	if (p == NULL)
		return false;
	*list = p;
	*cap = bigger;
	return true;
}

static struct script_step *last_step(struct script *s)
{
	return &s->steps[s->n_steps - 1];
}

static bool add_byte(struct script *s, uint8_t byte, enum script_kind kind)
{
	size_t n = buf_len(&s->bytes);

	if (!grow((void **)&s->kinds, n, &s->cap_kinds, 1) ||
		!buf_addc(&s->bytes, byte))
		return false;
	s->kinds[n] = (uint8_t)kind;
	return true;
}

/* ---- a step is whole ---- */

/*
 * What the modem said begins with what the host sent: then it is not said
 * again when the line is whole, but each byte goes back as it comes.
 */
static void take_echo(struct script *s, struct script_step *step)
{
	size_t heard = 0, left = step->len, n = 0;

	for (size_t i = 0; i < step->n_outs; i++)
		heard += s->outs[step->first_out + i].len;
	if (step->len == 0 || heard < step->len ||
		memcmp(script_bytes(s, step->at),
			script_bytes(s, step->at + step->len),
			step->len) != 0 ||
		memcmp(s->kinds + step->at, s->kinds + step->at + step->len,
			step->len) != 0)
		return;
	step->echo = true;
	for (size_t i = 0; i < step->n_outs; i++) {
		struct script_out *out = &s->outs[step->first_out + i];
		size_t cut = out->len < left ? out->len : left;

		out->at += cut;
		out->len -= cut;
		left -= cut;
		if (out->len > 0 || out->is_status)
			s->outs[step->first_out + n++] = *out;
	}
	step->n_outs = n;
	s->n_outs = step->first_out + n;
}

/* `26/11/22,14:27:52`: another day's run of the same firmware is the same. */
static void take_times(struct script *s, const struct script_step *step)
{
	static const uint8_t form[] = "00/00/00,00:00:00";
	const size_t n = sizeof(form) - 1;
	uint8_t *kinds = s->kinds;

	for (size_t i = 0; step->type == SCRIPT_LINE && i + n <= step->len;
		i++) {
		const uint8_t *p = script_bytes(s, step->at + i);
		size_t k = 0;

		while (k < n &&
			(form[k] == '0' ? isdigit(p[k]) != 0 : p[k] == form[k]))
			k++;
		for (size_t j = 0; k == n && j < n; j++)
			if (form[j] == '0' &&
				kinds[step->at + i + j] == SCRIPT_EXACT)
				kinds[step->at + i + j] = SCRIPT_DIGIT;
	}
}

static bool begins(const uint8_t *p, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && memcmp(p, with, n) == 0;
}

/* A final result, as a line [AT §1.3], [TCP §4], [SSL §6]. */
static bool is_final(const uint8_t *p, size_t len)
{
	static const char *const words[] = {"OK", "ERROR", "SEND OK",
		"SEND FAIL", "NO CARRIER", "CONNECT", "BUSY", "NO ANSWER",
		"NO DIALTONE"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (len == strlen(words[i]) && begins(p, len, words[i]))
			return true;
	return begins(p, len, "+CME ERROR:") || begins(p, len, "+CMS ERROR:") ||
	       begins(p, len, "CONNECT ");
}

/* Where in the outputs byte `at` is. */
static size_t find_out(
	const struct script *s, const struct script_step *step, size_t at)
{
	size_t i = 0;

	while (i + 1 < step->n_outs &&
		at >= s->outs[step->first_out + i + 1].at)
		i++;
	return i;
}

/* Up to where the answer goes: what comes behind it is unsolicited. */
static void find_answer(struct script *s, struct script_step *step)
{
	size_t from, begin, end = buf_len(&s->bytes);

	step->n_answer = step->n_outs;
	if (step->n_outs == 0 || step->type == SCRIPT_START ||
		step->type == SCRIPT_PIN)
		return;
	from = begin = s->outs[step->first_out].at;
	for (size_t i = from; i < end; i++) {
		uint8_t c = *script_bytes(s, i);

		if (c != '\r' && c != '\n')
			continue;
		if (is_final(script_bytes(s, begin), i - begin)) {
			step->n_answer = find_out(s, step, i) + 1;
			step->answered = true;
		}
		begin = i + 1;
	}
}

/* Does what the modem said last ask for data? */
static bool ends_with_prompt(const struct script *s)
{
	static const char *const prompts[] = {"\r\n> ", "CONNECT\r\n"};
	const struct script_step *step = &s->steps[s->n_steps - 1];
	size_t said;

	if (step->n_outs == 0)
		return false;
	said = buf_len(&s->bytes) - s->outs[step->first_out].at;
	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(prompts[i]);

		if (said >= n && memcmp(script_bytes(s, buf_len(&s->bytes) - n),
					 prompts[i], n) == 0)
			return true;
	}
	return false;
}

static void close_step(struct script *s)
{
	struct script_step *step = last_step(s);

	take_echo(s, step);
	take_times(s, step);
	find_answer(s, step);
}

static struct script_step *open_step(
	struct script *s, enum script_step_type type, unsigned line, int64_t ms)
{
	bool prompted = false;

	if (s->n_steps > 0) {
		prompted = ends_with_prompt(s);
		close_step(s);
	}
	if (!grow((void **)&s->steps, s->n_steps, &s->cap_steps,
		    sizeof(*s->steps)))
		return NULL;
	s->steps[s->n_steps++] = (struct script_step){.type = type,
		.line = line,
		.time_ms = ms,
		.at = buf_len(&s->bytes),
		.prompted = prompted,
		.first_out = s->n_outs};
	return last_step(s);
}

/* ---- records ---- */

static bool take_host(struct script *s, const struct transcript_record *rec,
	uint8_t byte, enum script_kind kind)
{
	struct script_step *step = last_step(s);

	if (step->n_outs > 0 || step->type != SCRIPT_DATA) {
		step = open_step(s, SCRIPT_DATA, rec->line, rec->time_ms);
		if (step == NULL)
			return false;
	}
	step->time_ms = rec->time_ms;
	step->len++;
	if (byte == '\r' && kind == SCRIPT_EXACT && !step->prompted)
		step->type = SCRIPT_LINE;
	return add_byte(s, byte, kind);
}

static struct script_out *add_out(
	struct script *s, const struct transcript_record *rec)
{
	struct script_step *step = last_step(s);
	bool later = step->time_ms >= 0 && rec->time_ms > step->time_ms;

	if (!grow((void **)&s->outs, s->n_outs, &s->cap_outs, sizeof(*s->outs)))
		return NULL;
	s->outs[s->n_outs] = (struct script_out){
		.delay_ms =
			later ? (uint64_t)(rec->time_ms - step->time_ms) : 0,
		.line = rec->line,
		.at = buf_len(&s->bytes)};
	step->n_outs++;
	return &s->outs[s->n_outs++];
}

static bool take_modem(struct script *s, uint8_t byte, enum script_kind kind)
{
	s->outs[s->n_outs - 1].len++;
	return add_byte(s, byte, kind);
}

static bool take_mask(struct script *s, const struct transcript_record *rec,
	const char *words, size_t len, struct transcript_error *err)
{
	bool host = rec->lane == LANE_AT_TX, ok;
	struct mask_words mask;
	struct buf fill;

	if (!mask_read(words, len, &mask))
		return transcript_fail(err, rec->line, rec->column,
			"expected a mask with the length of what it hides");
	s->masks++;
	buf_init(&fill, MASK_FILL_MAX);
	ok = mask_fill(&mask, &fill);
	for (size_t i = 0; ok && i < mask.len; i++)
		ok = host ? take_host(s, rec, buf_data(&fill)[i], SCRIPT_ANY)
			  : take_modem(s, buf_data(&fill)[i], SCRIPT_ANY);
	buf_free(&fill);
	return ok || transcript_fail(err, rec->line, 1, "out of memory");
}

static bool take_bytes(struct script *s, const struct transcript_record *rec,
	struct transcript_error *err)
{
	struct body body = {.text = rec->body, .len = rec->len};
	bool host = rec->lane == LANE_AT_TX, ok = true;
	struct body_item item;
	enum body_type type;
	const char *args, *word;
	size_t n;

	if (!host && add_out(s, rec) == NULL)
		return transcript_fail(err, rec->line, 1, "out of memory");
	word = body_directive(rec->body, rec->len, &n, &args);
	if (word != NULL && n == 6 && memcmp(word, "masked", 6) == 0)
		return take_mask(s, rec, args,
			rec->len - (size_t)(args - rec->body), err);
	while (ok && word == NULL &&
		(type = body_next(&body, &item)) != BODY_END) {
		if (type == BODY_MASK) {
			if (!take_mask(s, rec, item.text, item.len, err))
				return false;
			continue;
		}
		if (type != BODY_BYTE)
			return transcript_fail(err, rec->line,
				rec->column + item.at,
				"expected bytes of a recording; this is for a "
				"scenario");
		ok = host ? take_host(s, rec, item.byte, SCRIPT_EXACT)
			  : take_modem(s, item.byte, SCRIPT_EXACT);
	}
	if (word != NULL)
		return transcript_fail(err, rec->line, rec->column,
			"expected bytes of a recording; this is for a "
			"scenario");
	return ok || transcript_fail(err, rec->line, 1,
			     "out of memory, or more than 64 MiB");
}

/*
 * Edges that something follows from. A release and DTR do not wait: they
 * travel on another wire than the bytes, and may come a moment later.
 */
static bool take_pin(struct script *s, const struct transcript_record *rec,
	struct transcript_error *err)
{
	struct script_out *out;
	struct script_step *step;

	if (begins((const uint8_t *)rec->body, rec->len, "STATUS ")) {
		out = add_out(s, rec);
		if (out == NULL)
			return transcript_fail(
				err, rec->line, 1, "out of memory");
		out->is_status = true;
		out->running = begins(
			(const uint8_t *)rec->body + 7, rec->len - 7, "low");
		return true;
	}
	for (const char *edge = "KrVv"; *edge != '\0'; edge++) {
		const char *name = script_pin_name(*edge);

		if (rec->len != strlen(name) ||
			memcmp(rec->body, name, rec->len) != 0)
			continue;
		step = open_step(s, SCRIPT_PIN, rec->line, rec->time_ms);
		if (step == NULL)
			return transcript_fail(
				err, rec->line, 1, "out of memory");
		step->edge = *edge;
		s->has_pins = true;
	}
	return true;
}

static bool on_record(void *arg, const struct transcript_record *rec,
	struct transcript_error *err)
{
	struct script *s = arg;

	if (s->n_steps == 0 &&
		open_step(s, SCRIPT_START, rec->line,
			rec->time_ms > 0 ? 0 : rec->time_ms) == NULL)
		return transcript_fail(err, rec->line, 1, "out of memory");
	if (rec->lane == LANE_PIN)
		return !s->pins || take_pin(s, rec, err);
	if (rec->lane != LANE_AT_TX && rec->lane != LANE_AT_RX)
		return true;
	return take_bytes(s, rec, err);
}

/* ---- life ---- */

void script_init(struct script *s, bool pins)
{
	*s = (struct script){.pins = pins};
	buf_init(&s->bytes, BYTES_MAX);
	s->handler = (struct transcript_handler){NULL, on_record, s};
	transcript_reader_init(&s->reader, &s->handler);
}

bool script_feed(struct script *s, const void *data, size_t len,
	struct transcript_error *err)
{
	return transcript_reader_feed(&s->reader, data, len, err);
}

bool script_end(struct script *s, struct transcript_error *err)
{
	if (!transcript_reader_end(&s->reader, err))
		return false;
	if (s->n_steps > 0)
		close_step(s);
	for (size_t i = 0; i < s->n_steps; i++)
		if (s->steps[i].type == SCRIPT_LINE)
			return true;
	return transcript_fail(
		err, s->reader.number, 1, "expected a command in a recording");
}

void script_free(struct script *s)
{
	transcript_reader_free(&s->reader);
	buf_free(&s->bytes);
	free(s->kinds);
	free(s->steps);
	free(s->outs);
	s->kinds = NULL;
	s->steps = NULL;
	s->outs = NULL;
	s->n_steps = s->n_outs = s->cap_steps = s->cap_outs = s->cap_kinds = 0;
}

bool script_load(struct script *s, const char *path, bool pins,
	struct transcript_error *err)
{
	FILE *f = fopen(path, "re");
	char chunk[8192];
	bool ok = true;
	size_t n;

	script_init(s, pins);
	if (f == NULL)
		return transcript_fail(err, 0, 0, "%s", strerror(errno));
	while (ok && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		ok = script_feed(s, chunk, n, err);
	if (ok && ferror(f))
		ok = transcript_fail(err, 0, 0, "%s", strerror(errno));
	fclose(f);
	return ok && script_end(s, err);
}

/* ---- for the player ---- */

bool script_is_hello(const struct script *s, const struct script_step *step)
{
	const uint8_t *p = script_bytes(s, step->at);

	return step->type == SCRIPT_DATA && step->len > 11 && p[0] == 0x16 &&
	       p[1] == 3 && p[5] == 1;
}

unsigned script_hello_line(const struct script *s)
{
	for (size_t i = 0; i < s->n_steps; i++)
		if (script_is_hello(s, &s->steps[i]))
			return s->steps[i].line;
	return 0;
}

bool script_takes(const struct script *s, size_t at, uint8_t byte)
{
	switch (script_kind(s, at)) {
	case SCRIPT_EXACT:
		break;
	case SCRIPT_DIGIT:
		return isdigit(byte) != 0;
	case SCRIPT_ANY:
		return true;
	}
	return *script_bytes(s, at) == byte;
}

const char *script_pin_name(char edge)
{
	static const struct {
		char edge;
		const char *name;
	} names[] = {{'K', "PWRKEY high"}, {'k', "PWRKEY low"},
		{'R', "RESET high"}, {'r', "RESET low"}, {'V', "SUPPLY high"},
		{'v', "SUPPLY low"}, {'D', "DTR high"}, {'d', "DTR low"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].edge == edge)
			return names[i].name;
	return NULL;
}

void script_show(const struct script *s, const struct script_step *step,
	size_t from, struct buf *out)
{
	bool before = false;

	if (step->type == SCRIPT_PIN)
		buf_adds(out, script_pin_name(step->edge));
	for (size_t i = from; i < step->len; i++) {
		bool masked = script_kind(s, step->at + i) == SCRIPT_ANY;

		if (i - from == SHOWN_MAX) {
			buf_adds(out, "...");
			return;
		}
		if (!masked)
			transcript_escape(
				out, script_bytes(s, step->at + i), 1);
		else if (!before)
			buf_adds(out, "@masked");
		before = masked;
	}
}
