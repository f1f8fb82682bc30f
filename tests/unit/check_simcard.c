#include "svc/simcard.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/profile.h"
#include "svc/nv.h"
#include "tests/unit/support/fake_clock.h"

static struct fake_clock fc;
static struct profile profile;
static struct simcard *sim;
static struct why why;
static unsigned int news;
static unsigned int changes;

static void on_change(void *arg, enum sim_state state)
{
	(void)arg;
	ck_assert_int_eq(state, simcard_state(sim));
	news |= simcard_news(sim);
	changes++;
}

static void make(bool fast)
{
	fake_clock_init(&fc, fast);
	sim = simcard_new(&profile, &fc.clock, on_change, NULL);
	ck_assert_ptr_nonnull(sim);
	news = changes = 0;
}

static void set_pin(const char *pin)
{
	snprintf(profile.sim_pin, sizeof(profile.sim_pin), "%s", pin);
}

static void setup(void)
{
	profile_init(&profile);
	make(false);
}

static void teardown(void)
{
	simcard_free(sim);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
}

static void remake(void)
{
	simcard_free(sim);
	make(false);
}

/*
 * The EC21-J's log [AT §5.1], in ms after RDY, with the start at +128:
 * 10 at 28 and 146, 14 at 252, READY at 356.
 */
START_TEST(cpin_goes_from_10_to_14_to_ready_as_in_the_log)
{
	ck_assert_int_eq(simcard_check(sim, &why), ERR_SIM_FAILURE);
	simcard_reset(sim);
	fake_clock_advance(&fc, 128);
	ck_assert_int_eq(simcard_check(sim, &why), ERR_SIM_NOT_INSERTED);
	simcard_start(sim);
	fake_clock_advance(&fc, 146 - 128);
	ck_assert_int_eq(simcard_check(sim, &why), ERR_SIM_NOT_INSERTED);
	fake_clock_advance(&fc, 252 - 146);
	ck_assert_int_eq(simcard_check(sim, &why), ERR_SIM_BUSY);
	ck_assert_int_eq(simcard_state(sim), SIM_BUSY);
	fake_clock_advance(&fc, 356 - 252);
	ck_assert_int_eq(simcard_check(sim, &why), 0);
	/* the URC comes behind the first positive answer */
	ck_assert_uint_eq(changes, 0);
	fake_clock_advance(&fc, 100);
	ck_assert_uint_eq(news, SIM_NEWS_STATE | SIM_NEWS_TYPE);
}
END_TEST

START_TEST(the_stores_come_one_after_the_other_and_once)
{
	simcard_start(sim);
	fake_clock_advance(&fc, 280);
	ck_assert_int_eq(simcard_init_status(sim), 1);
	news = 0;
	fake_clock_advance(&fc, 2000);
	ck_assert_uint_eq(news, SIM_NEWS_SMS);
	ck_assert_int_eq(simcard_init_status(sim), 3);
	news = 0;
	fake_clock_advance(&fc, 1000);
	ck_assert_uint_eq(news, SIM_NEWS_PB);
	ck_assert_int_eq(simcard_init_status(sim), 7);
	simcard_start(sim); /* harmless when it runs */
	fake_clock_advance(&fc, 60000);
	ck_assert_uint_eq(changes, 3);
}
END_TEST

START_TEST(a_stop_forgets_what_was_due)
{
	simcard_start(sim);
	fake_clock_advance(&fc, 200);
	simcard_stop(sim);
	fake_clock_advance(&fc, 60000);
	ck_assert_uint_eq(changes, 0);
	ck_assert_int_eq(simcard_check(sim, &why), ERR_SIM_FAILURE);
	ck_assert_int_eq(simcard_init_status(sim), 0);
	simcard_start(sim);
	fake_clock_advance(&fc, 60000);
	ck_assert_int_eq(simcard_check(sim, &why), 0);
	ck_assert_uint_eq(changes, 3);
}
END_TEST

START_TEST(without_a_card_the_answer_stays_10)
{
	profile.sim_inserted = false;
	simcard_start(sim);
	fake_clock_advance(&fc, 60000);
	ck_assert_int_eq(simcard_state(sim), SIM_ABSENT);
	ck_assert_int_eq(simcard_check(sim, &why), ERR_SIM_NOT_INSERTED);
	ck_assert_int_eq(why.grade, GRADE_CAP);
	ck_assert_uint_eq(news, SIM_NEWS_STATE);
	ck_assert_uint_eq(changes, 1);
	ck_assert_int_eq(simcard_pin(sim, "1234", &why), ERR_NOT_ALLOWED);
}
END_TEST

START_TEST(the_right_pin_opens_the_card)
{
	set_pin("1234");
	remake();
	simcard_start(sim);
	fake_clock_advance(&fc, 60000);
	ck_assert_int_eq(simcard_check(sim, &why), ERR_SIM_PIN_REQUIRED);
	ck_assert_uint_eq(news, SIM_NEWS_STATE);
	ck_assert_int_eq(simcard_pin(sim, "1235", &why), ERR_PASSWORD);
	ck_assert_ptr_nonnull(strstr(why.text, "2 tries"));
	ck_assert_int_eq(simcard_pin(sim, "1234", &why), 0);
	ck_assert_uint_eq(changes, 1); /* told by the clock, later */
	fake_clock_advance(&fc, 60000);
	ck_assert_uint_eq(changes, 4);
	ck_assert_int_eq(simcard_init_status(sim), 7);
	ck_assert_int_eq(simcard_pin(sim, "1234", &why), ERR_NOT_ALLOWED);
	/* asked again after a restart */
	simcard_stop(sim);
	simcard_start(sim);
	fake_clock_advance(&fc, 60000);
	ck_assert_int_eq(simcard_check(sim, &why), ERR_SIM_PIN_REQUIRED);
}
END_TEST

START_TEST(three_wrong_pins_ask_for_the_puk_also_after_a_restart)
{
	set_pin("1234");
	remake();
	simcard_start(sim);
	fake_clock_advance(&fc, 60000);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(simcard_pin(sim, "0000", &why), ERR_PASSWORD);
	ck_assert_int_eq(simcard_check(sim, &why), ERR_SIM_PUK_REQUIRED);
	ck_assert_int_eq(simcard_pin(sim, "1234", &why), ERR_NOT_ALLOWED);
	simcard_stop(sim);
	simcard_start(sim);
	fake_clock_advance(&fc, 60000);
	ck_assert_int_eq(simcard_check(sim, &why), ERR_SIM_PUK_REQUIRED);
	ck_assert_int_eq(
		simcard_puk(sim, "12345678", "123", &why), ERR_PASSWORD);
	ck_assert_int_eq(
		simcard_puk(sim, "12345678", "123456789", &why), ERR_PASSWORD);
	ck_assert_int_eq(
		simcard_puk(sim, "11111111", "4321", &why), ERR_PASSWORD);
	ck_assert_ptr_nonnull(strstr(why.text, "9 tries"));
	ck_assert_int_eq(simcard_puk(sim, "12345678", "4321", &why), 0);
	ck_assert_int_eq(simcard_check(sim, &why), 0);
	simcard_stop(sim);
	simcard_start(sim);
	fake_clock_advance(&fc, 60000);
	ck_assert_int_eq(simcard_pin(sim, "1234", &why), ERR_PASSWORD);
	ck_assert_int_eq(simcard_pin(sim, "4321", &why), 0);
}
END_TEST

START_TEST(ten_wrong_puks_block_the_card)
{
	set_pin("1234");
	remake();
	simcard_start(sim);
	fake_clock_advance(&fc, 60000);
	for (int i = 0; i < 3; i++)
		simcard_pin(sim, "0000", &why);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(
			simcard_puk(sim, "0", "1234", &why), ERR_PASSWORD);
	ck_assert_int_eq(
		simcard_puk(sim, "12345678", "1234", &why), ERR_SIM_FAILURE);
}
END_TEST

START_TEST(pulling_the_card_is_noticed_at_once)
{
	simcard_start(sim);
	ck_assert_int_eq(simcard_inserted(sim), 2);
	fake_clock_advance(&fc, 60000);
	ck_assert_int_eq(simcard_inserted(sim), 1);
	news = 0;
	simcard_insert(sim, false);
	ck_assert_uint_eq(news, SIM_NEWS_REMOVED);
	ck_assert_int_eq(simcard_check(sim, &why), ERR_SIM_NOT_INSERTED);
	ck_assert_int_eq(simcard_inserted(sim), 0);
	ck_assert_int_eq(simcard_init_status(sim), 0);
	simcard_insert(sim, false);
	ck_assert_uint_eq(changes, 4);
}
END_TEST

START_TEST(a_card_put_back_is_noticed_with_detection_only)
{
	simcard_start(sim);
	fake_clock_advance(&fc, 60000);
	simcard_insert(sim, false);
	simcard_insert(sim, true);
	fake_clock_advance(&fc, 60000);
	ck_assert_int_eq(simcard_state(sim), SIM_ABSENT);
	simcard_insert(sim, false);
	simcard_detect(sim, true);
	news = 0;
	simcard_insert(sim, true);
	ck_assert_uint_eq(news, SIM_NEWS_INSERTED);
	fake_clock_advance(&fc, 60000);
	ck_assert_int_eq(simcard_state(sim), SIM_READY);
	ck_assert_uint_eq(news, SIM_NEWS_INSERTED | SIM_NEWS_STATE |
					SIM_NEWS_TYPE | SIM_NEWS_SMS |
					SIM_NEWS_PB);
}
END_TEST

START_TEST(a_card_put_in_while_off_is_there_at_the_start)
{
	profile.sim_inserted = false;
	simcard_insert(sim, true);
	simcard_start(sim);
	fake_clock_advance(&fc, 60000);
	ck_assert_int_eq(simcard_state(sim), SIM_READY);
}
END_TEST

START_TEST(a_blocked_pin_does_not_stop_a_card_without_a_lock)
{
	int pin, puk;

	simcard_start(sim);
	fake_clock_advance(&fc, 60000);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(
			simcard_lock(sim, true, "0000", &why), ERR_PASSWORD);
	simcard_tries(sim, SIM_CODE_PIN, &pin, &puk);
	ck_assert_int_eq(pin, 0);
	ck_assert_int_eq(puk, 10);
	ck_assert_int_eq(simcard_state(sim), SIM_READY);
	ck_assert(!simcard_locked(sim));
}
END_TEST

/* Until nothing is due; the state it has come to. */
static enum sim_state started(void)
{
	simcard_reset(sim);
	simcard_start(sim);
	fake_clock_advance(&fc, 10000);
	return simcard_state(sim);
}

START_TEST(the_card_remembers_over_the_end_of_the_program)
{
	struct nv *nv = nv_new(NULL, &why);
	int pin, puk;

	ck_assert_ptr_nonnull(nv);
	set_pin("1234");
	remake();
	simcard_keep(sim, nv);
	ck_assert_int_eq(started(), SIM_PIN);
	ck_assert_int_ne(simcard_pin(sim, "9999", &why), 0);
	remake();
	simcard_keep(sim, nv);
	simcard_tries(sim, SIM_CODE_PIN, &pin, &puk);
	ck_assert_int_eq(pin, 2);
	ck_assert_int_eq(started(), SIM_PIN);
	ck_assert_int_eq(simcard_pin(sim, "1234", &why), 0);
	ck_assert_int_eq(
		simcard_change(sim, SIM_CODE_PIN, "1234", "87654321", &why), 0);
	ck_assert_int_eq(simcard_fix(sim, true, "5678", &why), 0);
	ck_assert_int_eq(
		simcard_change(sim, SIM_CODE_PIN2, "5678", "2222", &why), 0);
	remake();
	simcard_keep(sim, nv);
	ck_assert(simcard_fixed(sim));
	ck_assert_int_eq(started(), SIM_PIN);
	ck_assert_int_ne(simcard_pin(sim, "1234", &why), 0);
	ck_assert_int_eq(simcard_pin(sim, "87654321", &why), 0);
	ck_assert_int_eq(simcard_fix(sim, false, "2222", &why), 0);
	/* Another card in the profile is another card. */
	set_pin("4444");
	remake();
	simcard_keep(sim, nv);
	ck_assert_int_eq(started(), SIM_PIN);
	ck_assert_int_eq(simcard_pin(sim, "4444", &why), 0);
	fake_clock_advance(&fc, 10000);
	nv_free(nv);
}
END_TEST

START_TEST(a_card_without_codes_is_not_blocked_by_remembering_it)
{
	struct nv *nv = nv_new(NULL, &why);
	int tries[SIM_CODES], puk;

	profile.sim_pin_off[0] = profile.sim_pin2[0] = '\0';
	remake();
	simcard_keep(sim, nv);
	ck_assert_int_eq(started(), SIM_READY);
	ck_assert_int_ne(simcard_lock(sim, true, "0000", &why), 0);
	for (int run = 0; run < 2; run++) {
		remake();
		simcard_keep(sim, nv);
		simcard_tries(sim, SIM_CODE_PIN, &tries[0], &puk);
		ck_assert_int_eq(puk, 10);
		simcard_tries(sim, SIM_CODE_PIN2, &tries[1], &puk);
		ck_assert_int_eq(puk, 10);
		ck_assert_int_eq(tries[0], 2);
		ck_assert_int_eq(tries[1], 3);
	}
	nv_free(nv);
}
END_TEST

START_TEST(a_damaged_memory_of_the_card_locks_and_does_not_crash)
{
	static const char *const tails[] = {"", " ", " 1", " 1 0 ", " 1 0 1234",
		" 1 0 123456789012345 3 10 5678 3 10", " x y z",
		" 1 0 1234 99 -7 5678 1 1"};
	struct nv *nv = nv_new(NULL, &why);
	char first[96], text[160];
	int pin, puk;

	simcard_keep(sim, nv);
	ck_assert_int_ne(simcard_lock(sim, true, "0000", &why), 0);
	snprintf(first, sizeof(first), "%s", nv_str(nv, "sim_card", ""));
	*strchr(first, ' ') = '\0';
	for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
		snprintf(text, sizeof(text), "%s%s", first, tails[i]);
		ck_assert_int_eq(nv_set_str(nv, "sim_card", text, &why), 0);
		remake();
		simcard_keep(sim, nv);
		simcard_tries(sim, SIM_CODE_PIN, &pin, &puk);
		ck_assert_int_ge(pin, 0);
		ck_assert_int_le(pin, 3);
		ck_assert_int_ge(puk, 0);
		ck_assert_int_le(puk, 10);
		(void)started();
	}
	simcard_stop(sim);
	nv_free(nv);
}
END_TEST

START_TEST(fast_keeps_the_order)
{
	simcard_free(sim);
	make(true);
	simcard_start(sim);
	ck_assert_uint_eq(changes, 0);
	fake_clock_run(&fc);
	ck_assert_uint_eq(changes, 3);
	ck_assert_int_eq(simcard_init_status(sim), 7);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("simcard");
	TCase *tc = tcase_create("simcard");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, cpin_goes_from_10_to_14_to_ready_as_in_the_log);
	tcase_add_test(tc, the_stores_come_one_after_the_other_and_once);
	tcase_add_test(tc, a_stop_forgets_what_was_due);
	tcase_add_test(tc, without_a_card_the_answer_stays_10);
	tcase_add_test(tc, the_right_pin_opens_the_card);
	tcase_add_test(
		tc, three_wrong_pins_ask_for_the_puk_also_after_a_restart);
	tcase_add_test(tc, ten_wrong_puks_block_the_card);
	tcase_add_test(tc, pulling_the_card_is_noticed_at_once);
	tcase_add_test(tc, a_card_put_back_is_noticed_with_detection_only);
	tcase_add_test(tc, a_card_put_in_while_off_is_there_at_the_start);
	tcase_add_test(tc, a_blocked_pin_does_not_stop_a_card_without_a_lock);
	tcase_add_test(tc, the_card_remembers_over_the_end_of_the_program);
	tcase_add_test(
		tc, a_card_without_codes_is_not_blocked_by_remembering_it);
	tcase_add_test(
		tc, a_damaged_memory_of_the_card_locks_and_does_not_crash);
	tcase_add_test(tc, fast_keeps_the_order);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
