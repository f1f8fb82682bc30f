#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "modem.h"
#include "tests/unit/support/said.h"
#include "tests/unit/support/tape.h"
#include "tests/unit/support/tapes.h"

/*
 * What happens when two things happen at once: each conformance case that can
 * run in process is played again and again, each time with something put into
 * its gaps - in front of a line, in front of its CR, between the CR and the
 * answer, between the chunks of an answer, before and after late results. The
 * rules are those of [AT §6]: a URC may come between a command's echo and the
 * first byte of its answer, never inside the answer, nor between a prompt or
 * CONNECT and the final result; none is lost, and their order stays.
 */

static struct said read_all(const struct tape_world *w)
{
	return said_read(buf_data(&w->out), buf_len(&w->out));
}

/* --- what is put in --------------------------------------------------------
 */

/* Take this text out of `b`, once; false: it is not there. */
static bool take_out(struct buf *b, const char *text)
{
	size_t len = buf_len(b), n = strlen(text);
	const uint8_t *p = memmem(buf_data(b), len, text, n), *start;
	struct buf rest;

	if (p == NULL)
		return false;
	start = buf_data(b);
	buf_init(&rest, (size_t)4 << 20);
	ck_assert(buf_add(&rest, start, (size_t)(p - start)));
	ck_assert(buf_add(&rest, p + n, len - n - (size_t)(p - start)));
	buf_free(b);
	*b = rest;
	return true;
}

/* One altered playing: what to do, and where. */
struct plan {
	size_t gap;	/* of every exchange; 0: not used */
	size_t moment;	/* of the whole; 0: not used */
	size_t done;	/* how often */
	bool by_signal; /* else by the bystander's peer */
	const char *action;
	size_t said_before; /* bytes that the modem had said */
	unsigned contexts;  /* active then: bit 0 is context 1 */
	bool connected;	    /* the bystander, then */
	bool session;	    /* over TLS, then */
};

/* A number of its own for each URC, so that order and loss can be seen. */
static void put_in_urc(struct tape_world *w, void *arg)
{
	struct plan *plan = arg;
	struct modem_state state;
	char text[32];
	struct why why;

	if (w->exchange == 0 || w->gap != plan->gap)
		return;
	modem_get_state(w->modem, &state);
	if (plan->by_signal && state.rssi != 99) {
		snprintf(text, sizeof(text), "signal %zu", plan->done % 29);
		ck_assert_int_eq(modem_act(w->modem, text, &why), 0);
		plan->done++;
	} else if (!plan->by_signal) {
		snprintf(text, sizeof(text), "n%03zu", plan->done);
		plan->done += tape_push(w, text);
	}
}

static void urc_text(const struct plan *plan, size_t i, char *text, size_t size)
{
	if (plan->by_signal)
		snprintf(text, size, "\r\n+QIND: \"csq\",%zu,99\r\n", i % 29);
	else
		snprintf(text, size, "\r\n+QIURC: \"recv\",6,4\r\nn%03zu\r\n",
			i);
}

/*
 * The output without what was put in is the output of the playing without it,
 * and all of it was there, in order. A restart loses what had not been said.
 */
static void compare(const struct tape *t, struct tape_world *w,
	const struct tape_world *plain, const struct plan *plan)
{
	struct said said = read_all(w);
	size_t last = 0;
	char text[64];

	ck_assert_msg(said.wrong[0] == '\0', "%s, gap %zu: %s", t->name,
		plan->gap, said.wrong);
	for (size_t i = 0; i < plan->done; i++) {
		const uint8_t *p;

		urc_text(plan, i, text, sizeof(text));
		p = memmem(buf_data(&w->out) + last, buf_len(&w->out) - last,
			text, strlen(text));
		ck_assert_msg(p != NULL || said.starts > 0,
			"%s, gap %zu: URC %zu is lost or too early", t->name,
			plan->gap, i);
		if (p == NULL)
			continue;
		last = (size_t)(p - buf_data(&w->out));
		ck_assert(take_out(&w->out, text));
	}
	ck_assert_msg(buf_len(&w->out) == buf_len(&plain->out) &&
			      memcmp(buf_data(&w->out), buf_data(&plain->out),
				      buf_len(&w->out)) == 0,
		"%s, gap %zu: something else has changed:\n%.*s\n---\n%.*s",
		t->name, plan->gap, (int)buf_len(&plain->out),
		(const char *)buf_data(&plain->out), (int)buf_len(&w->out),
		(const char *)buf_data(&w->out));
}

/* The most moments that any exchange has. */
static void count_gaps(struct tape_world *w, void *arg)
{
	size_t *most = arg;

	if (w->gap > *most)
		*most = w->gap;
}

static bool has_line(const struct tape_world *w, size_t from, const char *line)
{
	return memmem(buf_data(&w->out) + from, buf_len(&w->out) - from, line,
		       strlen(line)) != NULL;
}

/* Tapes in groups: a process each for so many tests costs more than they. */
enum { GROUPS = 12 };

/* Where time is short, a quarter of them; the sessions always. */
static int stride = GROUPS;

#define EACH_TAPE(i) for (int i = _i; i < (int)tapes_count(); i += stride)

static void put_into_every_gap(int i, bool by_signal)
{
	struct tape_world plain, w;
	size_t most = 0;
	struct tape t;

	if (!tapes_load(&t, (size_t)i))
		return;
	tape_play(&t, &plain, count_gaps, &most);
	/* A case may move the signal itself, or count what is put in. */
	if (by_signal ? has_line(&plain, 0, "\"csq\"") ||
				has_line(&plain, 0, "+QOPS: ") ||
				has_line(&plain, 0, "+CIND: ")
		      : has_line(&plain, 0, "+QGDCNT"))
		most = 0;
	for (size_t gap = 1; gap <= most; gap++) {
		struct plan plan = {.gap = gap, .by_signal = by_signal};

		tape_play(&t, &w, put_in_urc, &plan);
		compare(&t, &w, &plain, &plan);
		tape_close(&w);
	}
	tape_close(&plain);
	tape_free(&t);
}

/* Without this, the tapes of sessions could be of nothing but refusals. */
START_TEST(a_session_is_what_it_says)
{
	struct tape_world w;
	struct tape t;

	ck_assert(tapes_load(&t, (size_t)_i));
	tape_play(&t, &w, NULL, NULL);
	ck_assert_msg(w.peer != NULL && tls_peer_up(w.peer) &&
			      has_line(&w, 0, tapes_session_says((size_t)_i)) &&
			      !has_line(&w, 0, "ERROR"),
		"%s:\n%.*s", t.name, (int)buf_len(&w.out),
		(const char *)buf_data(&w.out));
	tape_close(&w);
	tape_free(&t);
}
END_TEST

START_TEST(a_push_splits_no_answer_and_is_not_lost)
{
	EACH_TAPE(i) put_into_every_gap(i, false);
}
END_TEST

/* The signal's own commands would of course print something else. */
static void put_in_signals(int i)
{
	static const char *const names[] = {
		"+CSQ", "+CESQ", "+QCSQ", "+QENG", "QINDCFG", "signal"};
	struct tape t;
	bool ok = tapes_load(&t, (size_t)i);

	for (size_t n = 0; ok && n < sizeof(names) / sizeof(*names); n++)
		ok = strcasestr(t.text, names[n]) == NULL;
	tape_free(&t);
	if (ok)
		put_into_every_gap(i, true);
}

START_TEST(a_signal_line_splits_no_answer_and_is_not_lost)
{
	EACH_TAPE(i) put_in_signals(i);
}
END_TEST

/* --- what changes the run from there on ------------------------------------
 */

static size_t count_lines(
	const struct tape_world *w, size_t from, const char *line)
{
	const uint8_t *p = buf_data(&w->out) + from;
	size_t left = buf_len(&w->out) - from, n = 0;
	const uint8_t *at;

	while ((at = memmem(p, left, line, strlen(line))) != NULL) {
		left -= (size_t)(at - p) + 1;
		p = at + 1;
		n++;
	}
	return n;
}

static void put_in_once(struct tape_world *w, void *arg)
{
	struct plan *plan = arg;
	struct modem_state state;
	struct why why;

	if (w->exchange == 0 || w->moments < plan->moment || plan->done > 0)
		return;
	plan->done++;
	plan->said_before = buf_len(&w->out);
	modem_get_state(w->modem, &state);
	plan->contexts = state.contexts;
	plan->connected = w->bystander != NULL && !w->bystander->closed;
	/* What the host is closing itself ends with its OK. */
	plan->session = w->peer != NULL && tls_peer_open(w->peer) &&
			!has_line(w, 0, "AT+QSSLCLOSE");
	(void)modem_act(w->modem, plan->action, &why);
	if (strncmp(plan->action, "reset", 5) == 0)
		w->stop = true;
}

static bool answers(struct tape_world *w)
{
	size_t from = buf_len(&w->out);

	tape_send(w, "ATE0\r");
	/* A search for a network takes 180 s, and some wait in a row. */
	for (int i = 0; i < 10 && !has_line(w, from, "\r\nOK\r\n"); i++)
		tape_wait(w, 180000);
	return has_line(w, from, "\r\nOK\r\n");
}

/* The modem is not stuck. A case may leave it off, or wedged by a fault. */
static void expect_answer(struct tape_world *w, const char *where)
{
	struct modem_state state;
	struct why why;
	bool ok = answers(w);

	modem_get_state(w->modem, &state);
	if (strcmp(state.power, "on") != 0) {
		ck_assert_int_eq(modem_act(w->modem, "power off", &why), 0);
		ck_assert_int_eq(modem_act(w->modem, "power on", &why), 0);
		tape_wait(w, 60000);
		ok = answers(w);
	}
	ck_assert_msg(ok, "%s: the modem does not answer any more", where);
}

/* Each context that was up falls once, and the bystander behind its own. */
static void expect_fall(
	const struct tape_world *w, const struct plan *plan, const char *where)
{
	static const char down[] = "\"pdpdeact\",7\r\n",
			  closed[] = "\"closed\",6\r\n";
	const uint8_t *out = buf_data(&w->out) + plan->said_before, *p;
	size_t len = buf_len(&w->out) - plan->said_before;
	char line[64];

	for (int id = 1; id <= 16; id++) {
		size_t want = plan->contexts >> (id - 1) & 1, n;

		snprintf(line, sizeof(line), "\r\n+QIURC: \"pdpdeact\",%d\r\n",
			id);
		n = count_lines(w, plan->said_before, line);
		/* Others may come up and fall later in the case. */
		ck_assert_msg(n >= want, "%s: context %d fell %zu times", where,
			id, n);
	}
	if ((plan->contexts >> 6 & 1) == 0)
		return;
	/* "closed", or of a transparent one NO CARRIER */
	ck_assert_msg(!plan->session ||
			      has_line(w, plan->said_before,
				      "+QSSLURC: \"closed\",0\r\n") ||
			      has_line(w, plan->said_before, "NO CARRIER\r\n"),
		"%s: the end of the TLS session is not told: %.*s", where,
		(int)len, (const char *)out);
	if (!plan->connected)
		return;
	p = memmem(out, len, down, strlen(down));
	ck_assert_msg(p != NULL && memmem(p, len - (size_t)(p - out), closed,
					   strlen(closed)) != NULL,
		"%s: \"closed\" does not follow \"pdpdeact\"", where);
}

static void put_in_at_every_moment(int i, const char *action)
{
	struct plan plan = {.moment = 1, .action = action};
	struct tape_world w;
	struct tape t;
	char where[300];

	if (!tapes_load(&t, (size_t)i))
		return;
	do {
		struct said said;

		plan.done = 0;
		tape_play(&t, &w, put_in_once, &plan);
		snprintf(where, sizeof(where), "%s, %s at moment %zu", t.name,
			action, plan.moment);
		said = read_all(&w);
		ck_assert_msg(
			said.wrong[0] == '\0', "%s: %s", where, said.wrong);
		if (said.starts == 0 && plan.done > 0)
			expect_fall(&w, &plan, where);
		expect_answer(&w, where);
		tape_close(&w);
		plan.moment++;
	} while (plan.done > 0);
	tape_free(&t);
}

START_TEST(a_falling_bearer_is_told_outside_of_answers)
{
	EACH_TAPE(i) put_in_at_every_moment(i, "bearer drop");
}
END_TEST

START_TEST(lost_coverage_is_told_outside_of_answers)
{
	EACH_TAPE(i) put_in_at_every_moment(i, "coverage off");
}
END_TEST

START_TEST(a_pulled_sim_is_told_outside_of_answers)
{
	EACH_TAPE(i) put_in_at_every_moment(i, "sim remove");
}
END_TEST

/* --- a reset in each state -------------------------------------------------
 */

/* Nothing of what was before comes back. */
static void expect_fresh(struct tape_world *w, const char *where)
{
	static const char rdy[] = "\r\nRDY\r\n";
	size_t from = buf_len(&w->out);
	const uint8_t *p;

	tape_wait(w, 60000);
	ck_assert_msg(has_line(w, from, "+CFUN: 1\r\n"),
		"%s: it does not start again", where);
	/* A pulse has to last a while: until then it goes on as before. */
	p = memmem(buf_data(&w->out) + from, buf_len(&w->out) - from, rdy,
		strlen(rdy));
	ck_assert_msg(p != NULL, "%s: no RDY", where);
	from = (size_t)(p - buf_data(&w->out));
	ck_assert_msg(!has_line(w, from, "OK\r\n") &&
			      !has_line(w, from, "ERROR") &&
			      !has_line(w, from, "+QIURC") &&
			      !has_line(w, from, "OPEN: "),
		"%s: something is said that was asked before: %.*s", where,
		(int)(buf_len(&w->out) - from),
		(const char *)buf_data(&w->out) + from);
	from = buf_len(&w->out);
	tape_send(w, "ATE0\rAT+QISTATE\rAT+QIACT?\r");
	ck_assert_msg(has_line(w, from, "\r\nOK\r\n\r\nOK\r\n\r\nOK\r\n"),
		"%s: a socket or a context is left", where);
	ck_assert(w->bystander == NULL || w->bystander->closed);
}

static void reset_at_every_moment(int i)
{
	struct plan plan = {.moment = 1, .action = "reset 200ms"};
	struct tape_world w;
	char where[300];
	struct tape t;

	if (!tapes_load(&t, (size_t)i))
		return;
	do {
		struct modem_state state;

		plan.done = 0;
		tape_play(&t, &w, put_in_once, &plan);
		snprintf(where, sizeof(where), "%s, reset at moment %zu",
			t.name, plan.moment);
		modem_get_state(w.modem, &state);
		/* An armed crash waits for the first line after it. */
		if (plan.done > 0 && strcmp(state.power, "off") != 0 &&
			strstr(t.text, "fault modem.") == NULL)
			expect_fresh(&w, where);
		tape_close(&w);
		plan.moment++;
	} while (plan.done > 0);
	tape_free(&t);
}

START_TEST(a_reset_in_any_state_is_a_fresh_start)
{
	EACH_TAPE(i) reset_at_every_moment(i);
}
END_TEST

/* --- the host is too early -------------------------------------------------
 */

/* A line in front of its turn, but not in the middle of another. */
static void put_in_line(struct tape_world *w, void *arg)
{
	struct plan *plan = arg;

	if (w->exchange == 0 || w->gap < 3 || w->gap != plan->gap)
		return;
	modem_input(w->modem, "AT\r", 3);
	plan->done++;
}

/*
 * A line that comes while a command runs waits and is answered behind it; one
 * that comes behind a prompt or CONNECT is data. Neither hangs the modem.
 */
static void put_in_lines(int i)
{
	struct tape_world plain, w;
	struct said before, after;
	size_t most = 0;
	char where[300];
	struct tape t;
	bool data;

	if (!tapes_load(&t, (size_t)i))
		return;
	tape_play(&t, &plain, count_gaps, &most);
	before = read_all(&plain);
	data = has_line(&plain, 0, "\r\n> ") ||
	       has_line(&plain, 0, "CONNECT") || before.starts > 0 ||
	       has_line(&plain, 0, "POWERED DOWN");
	for (size_t gap = 3; gap <= most; gap++) {
		struct plan plan = {.gap = gap};

		tape_play(&t, &w, put_in_line, &plan);
		after = read_all(&w);
		snprintf(
			where, sizeof(where), "%s, AT in gap %zu", t.name, gap);
		ck_assert_msg(data || after.finals == before.finals + plan.done,
			"%s: %zu answers, %zu expected", where, after.finals,
			before.finals + plan.done);
		expect_answer(&w, where);
		tape_close(&w);
	}
	tape_close(&plain);
	tape_free(&t);
}

START_TEST(a_line_too_early_is_answered_in_its_turn_or_is_data)
{
	EACH_TAPE(i) put_in_lines(i);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_push_splits_no_answer_and_is_not_lost,
		a_signal_line_splits_no_answer_and_is_not_lost,
		a_falling_bearer_is_told_outside_of_answers,
		lost_coverage_is_told_outside_of_answers,
		a_pulled_sim_is_told_outside_of_answers,
		a_reset_in_any_state_is_a_fresh_start,
		a_line_too_early_is_answered_in_its_turn_or_is_data,
	};
	Suite *s = suite_create("collisions");
	TCase *tc = tcase_create("urcs");
	SRunner *sr;
	int failed;

	tapes_find();
	if (getenv("TEST_FEW") != NULL)
		stride *= 4;
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, a_session_is_what_it_says, 0, TAPES_SESSIONS);
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		tcase_add_loop_test(tc, tests[i], 0, GROUPS);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	tapes_forget();
	return failed == 0 ? 0 : 1;
}
