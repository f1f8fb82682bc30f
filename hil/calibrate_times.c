#include "hil/calibrate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SAMPLES_MAX 512
/* So far from a value's own the middle of what was measured may be. */
#define NEAR_MS	     20
#define NEAR_PERCENT 20
/* Few short answers say little about all of them. */
#define LEAST_ANSWERS 5

/*
 * Latencies that a recording shows: of an exchange, from its command to its
 * final result, or between two unsolicited lines. Of what else a modem waits
 * for, PWRKEY or the card or the network, no lane has both ends.
 */
static const struct latency {
	const char *section, *value;
	size_t member;
	const char *command; /* its beginning; NULL: between two lines */
	const char *from, *to;
} latencies[] = {
	/* clang-format off */
	{"pdp", "activate", offsetof(struct profile, pdp_activate),
		"AT+QIACT=", NULL, NULL},
	{"pdp", "deactivate", offsetof(struct profile, pdp_deactivate),
		"AT+QIDEACT=", NULL, NULL},
	{"reg", "leave_delay", offsetof(struct profile, reg_leave_delay),
		"AT+COPS=2", NULL, NULL},
	{"reg", "attach_delay", offsetof(struct profile, reg_attach_delay),
		"AT+CGATT=", NULL, NULL},
	{"reg", "scan_delay", offsetof(struct profile, reg_scan_delay),
		"AT+COPS=?", NULL, NULL},
	{"boot", "radio_delay", offsetof(struct profile, boot_radio_delay),
		NULL, "RDY", "+CFUN: 1"},
	{"sim", "sms_delay", offsetof(struct profile, sim_sms_delay),
		NULL, "+QUSIM: ", "+QIND: SMS DONE"},
	{"sim", "pb_delay", offsetof(struct profile, sim_pb_delay),
		NULL, "+QIND: SMS DONE", "+QIND: PB DONE"},
	/* clang-format on */
};

#define N_LATENCIES (sizeof(latencies) / sizeof(*latencies))

struct samples {
	int64_t list[SAMPLES_MAX];
	size_t n;
	unsigned line; /* of the first */
};

static void add_sample(struct samples *s, int64_t ms, unsigned line)
{
	if (ms < 0 || s->n == SAMPLES_MAX)
		return;
	if (s->n == 0)
		s->line = line;
	s->list[s->n++] = ms;
}

static bool is_ok(const struct turn *t)
{
	return t->n_lines > 0 && strcmp(t->lines[t->n_lines - 1], "OK") == 0;
}

static void take_turns(
	const struct session *s, const char *command, struct samples *out)
{
	for (size_t i = 0; i < s->n_turns; i++) {
		const struct turn *t = &s->turns[i];

		if (strncasecmp(t->command, command, strlen(command)) == 0 &&
			is_ok(t))
			add_sample(out, t->took_ms, t->line);
	}
}

/* Each pair of lines, the next of `to` behind one of `from`. */
static void take_urcs(
	const struct session *s, const struct latency *l, struct samples *out)
{
	const struct urc *from = NULL;

	for (size_t i = 0; i < s->n_urcs; i++) {
		const struct urc *u = &s->urcs[i];

		if (strncmp(u->text, l->from, strlen(l->from)) == 0) {
			from = u;
		} else if (from != NULL &&
			   strncmp(u->text, l->to, strlen(l->to)) == 0) {
			if (from->at_ms >= 0 && u->at_ms >= 0)
				add_sample(
					out, u->at_ms - from->at_ms, u->line);
			from = NULL;
		}
	}
}

/* An answer of one line that nothing outside of the modem is asked for. */
static bool is_quick(const struct turn *t)
{
	static const char *const slow[] = {"+QI", "+QSSL", "+QF", "+COPS",
		"+CG", "+CFUN", "+QPOWD", "+QPING", "+QNTP", "+CPIN", "+CLCK",
		"+QMT", "+QHTTP", "&W"};

	for (size_t i = 0; i < sizeof(slow) / sizeof(*slow); i++)
		if (strcasestr(t->command, slow[i]) != NULL)
			return false;
	return t->n_lines == 1;
}

static void take_quick(const struct session *s, struct samples *out)
{
	for (size_t i = 0; i < s->n_turns; i++)
		if (is_quick(&s->turns[i]))
			add_sample(out, s->turns[i].took_ms, s->turns[i].line);
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static bool is_near(int64_t value, int64_t median)
{
	int64_t off = value > median ? value - median : median - value;

	return off <= NEAR_MS || off * 100 <= median * NEAR_PERCENT;
}

static void judge(FILE *out, const char *section, const char *value,
	const char *what, int64_t now, struct samples *s, const char *file,
	struct calibrate_counts *counts)
{
	int64_t median;

	if (s->n == 0)
		return;
	qsort(s->list, s->n, sizeof(*s->list), by_size);
	median = s->list[s->n / 2];
	fprintf(out,
		"; %s line %u, %s: n %zu, min %" PRId64 ", median %" PRId64
		", max %" PRId64 " ms [cap]; ",
		file, s->line, what, s->n, s->list[0], median,
		s->list[s->n - 1]);
	/* Of the time of all answers less than the wire's own is no news. */
	if (strcmp(value, "latency") == 0
			? median >= now / 2 && median <= now + NEAR_MS
			: is_near(now, median)) {
		fprintf(out, "%s.%s = %" PRId64 " agrees\n", section, value,
			now);
		counts->agree++;
		return;
	}
	fprintf(out, "was %" PRId64 "\n[%s]\n%s = %" PRId64 "\n", now, section,
		value, median);
	counts->change++;
}

void calibrate_times(FILE *out, const struct session *board,
	const struct profile *p, const char *file,
	struct calibrate_counts *counts)
{
	struct samples s = {.n = 0};

	/* Its times are the profile's, or none with --fast. */
	if (board->device != NULL && strcmp(board->device, "emulator") == 0) {
		fprintf(out, "; %s: an emulator's times say nothing\n", file);
		return;
	}
	take_quick(board, &s);
	if (s.n >= LEAST_ANSWERS)
		judge(out, "at", "latency", "answers of one line",
			p->at_latency, &s, file, counts);
	for (size_t i = 0; i < N_LATENCIES; i++) {
		const struct latency *l = &latencies[i];
		char what[80];

		s.n = 0;
		if (l->command != NULL) {
			take_turns(board, l->command, &s);
			snprintf(what, sizeof(what), "%s", l->command);
		} else {
			take_urcs(board, l, &s);
			snprintf(
				what, sizeof(what), "%s to %s", l->from, l->to);
		}
		judge(out, l->section, l->value, what,
			*(const int64_t *)((const char *)p + l->member), &s,
			file, counts);
	}
}
