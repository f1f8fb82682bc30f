#include "svc/pdpctx.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/profile.h"
#include "svc/regnet.h"
#include "tests/unit/support/fake_clock.h"

static struct fake_clock fc;
static struct profile profile;
static struct regnet *reg;
static struct pdpctx *pdp;
static struct why why;
static char events[256];

static void on_reg(void *arg, enum reg_domain domain, int stat)
{
	(void)arg;
	(void)domain;
	(void)stat;
}

static void on_done(void *arg, int id, const struct why *w)
{
	size_t len = strlen(events);

	ck_assert_ptr_eq(arg, &fc);
	snprintf(events + len, sizeof(events) - len, "%d %s;", id,
		w == NULL ? "ok" : err_name(w->err));
}

static void check_events(const char *expected)
{
	ck_assert_str_eq(events, expected);
	events[0] = '\0';
}

static void setup(void)
{
	profile_init(&profile);
	fake_clock_init(&fc, false);
	reg = regnet_new(&profile, &fc.clock, on_reg, NULL);
	pdp = pdpctx_new(&profile, &fc.clock, reg, on_done, &fc);
	ck_assert_ptr_nonnull(pdp);
	events[0] = '\0';
	for (int id = 1; id <= PDP_IDS; id++)
		snprintf(pdpctx_conf(pdp, id)->apn, PDP_TEXT_MAX, "example");
}

static void teardown(void)
{
	pdpctx_free(pdp);
	regnet_free(reg);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
}

static void attach(void)
{
	regnet_start(reg);
	while (!regnet_attached(reg))
		ck_assert(fake_clock_step(&fc));
}

static void activate(int id)
{
	ck_assert_int_eq(pdpctx_activate(pdp, id, &why), 0);
	fake_clock_advance(&fc, (uint64_t)profile.pdp_activate);
	ck_assert(pdpctx_active(pdp, id));
	events[0] = '\0';
}

static void lose(int id)
{
	struct why w;

	why_set(&w, ERR_NET_PDP_BROKEN, GRADE_MAN, "the bearer is gone");
	pdpctx_drop(pdp, id, &w);
}

START_TEST(an_activation_takes_its_latency_and_gives_an_address)
{
	attach();
	ck_assert_int_eq(pdpctx_activate(pdp, 1, &why), 0);
	fake_clock_advance(&fc, (uint64_t)profile.pdp_activate - 1);
	ck_assert(!pdpctx_active(pdp, 1));
	ck_assert_str_eq(pdpctx_address(pdp, 1, false), "");
	check_events("");
	fake_clock_advance(&fc, 1);
	check_events("1 ok;");
	ck_assert(pdpctx_active(pdp, 1));
	ck_assert_str_eq(pdpctx_address(pdp, 1, false), "192.0.2.1");
	activate(16);
	ck_assert_str_eq(pdpctx_address(pdp, 16, false), "192.0.2.16");
}
END_TEST

START_TEST(name_servers_may_have_long_addresses)
{
	static const char longest[] = "2001:0db8:0000:0000:0000:0000:0000:0053";

	snprintf(profile.pdp_dns1, sizeof(profile.pdp_dns1), "%s", longest);
	snprintf(profile.pdp_dns2, sizeof(profile.pdp_dns2), "%s", longest);
	attach();
	activate(1);
	ck_assert_str_eq(pdpctx_dns(pdp, 1)->first, longest);
	ck_assert_str_eq(pdpctx_dns(pdp, 1)->second, longest);
}
END_TEST

START_TEST(without_registration_nothing_is_activated)
{
	ck_assert_int_eq(pdpctx_activate(pdp, 1, &why), ERR_NET_PDP_OPEN);
	ck_assert_ptr_nonnull(strstr(why.text, "not registered"));
	fake_clock_advance(&fc, 200000);
	check_events("");
}
END_TEST

START_TEST(registration_lost_meanwhile_fails_the_activation)
{
	attach();
	ck_assert_int_eq(pdpctx_activate(pdp, 1, &why), 0);
	regnet_stop(reg);
	fake_clock_advance(&fc, 200000);
	check_events("1 ERR_NET_PDP_OPEN;");
	ck_assert(!pdpctx_active(pdp, 1));
}
END_TEST

START_TEST(an_apn_is_wanted_unless_the_profile_says_otherwise)
{
	attach();
	pdpctx_conf(pdp, 2)->apn[0] = '\0';
	ck_assert_int_eq(pdpctx_activate(pdp, 2, &why), ERR_NET_NO_APN);
	profile.pdp_apn_required = false;
	activate(2);
}
END_TEST

START_TEST(three_contexts_are_the_most)
{
	attach();
	activate(1);
	activate(2);
	ck_assert_int_eq(pdpctx_activate(pdp, 3, &why), 0);
	/* One that is on its way counts. */
	ck_assert_int_eq(pdpctx_activate(pdp, 4, &why), ERR_NET_PDP_OPEN);
	ck_assert_ptr_nonnull(strstr(why.text, "3 contexts"));
	fake_clock_advance(&fc, (uint64_t)profile.pdp_activate);
	ck_assert_int_eq(pdpctx_deactivate(pdp, 1, &why), 0);
	fake_clock_advance(&fc, (uint64_t)profile.pdp_deactivate);
	activate(4);
}
END_TEST

START_TEST(an_active_context_is_not_activated_again)
{
	attach();
	activate(1);
	ck_assert_int_eq(pdpctx_activate(pdp, 1, &why), ERR_NET_PDP_OPEN);
	ck_assert_ptr_nonnull(strstr(why.text, "already active"));
	ck_assert(pdpctx_active(pdp, 1));
}
END_TEST

START_TEST(a_context_in_motion_is_busy)
{
	attach();
	ck_assert_int_eq(pdpctx_activate(pdp, 1, &why), 0);
	ck_assert_int_eq(pdpctx_activate(pdp, 1, &why), ERR_NET_BUSY);
	ck_assert_int_eq(pdpctx_deactivate(pdp, 1, &why), ERR_NET_BUSY);
	fake_clock_advance(&fc, 200000);
	check_events("1 ok;");
}
END_TEST

START_TEST(a_deactivation_takes_its_latency)
{
	attach();
	activate(1);
	ck_assert_int_eq(pdpctx_deactivate(pdp, 1, &why), 0);
	ck_assert(!pdpctx_active(pdp, 1));
	fake_clock_advance(&fc, (uint64_t)profile.pdp_deactivate - 1);
	check_events("");
	fake_clock_advance(&fc, 1);
	check_events("1 ok;");
}
END_TEST

START_TEST(what_is_down_goes_down_without_waiting)
{
	ck_assert_int_eq(pdpctx_deactivate(pdp, 1, &why), 0);
	check_events("");
	fake_clock_run(&fc);
	check_events("1 ok;");
}
END_TEST

START_TEST(a_released_context_must_be_deactivated_first)
{
	attach();
	activate(1);
	lose(1);
	check_events("1 ERR_NET_PDP_BROKEN;");
	ck_assert(!pdpctx_active(pdp, 1));
	ck_assert_int_eq(pdpctx_activate(pdp, 1, &why), ERR_NET_PDP_OPEN);
	ck_assert_ptr_nonnull(strstr(why.text, "deactivate it first"));
	ck_assert_int_eq(pdpctx_deactivate(pdp, 1, &why), 0);
	fake_clock_run(&fc);
	check_events("1 ok;");
	activate(1);
}
END_TEST

START_TEST(a_release_during_the_activation_ends_it)
{
	attach();
	ck_assert_int_eq(pdpctx_activate(pdp, 1, &why), 0);
	lose(1);
	check_events("1 ERR_NET_PDP_BROKEN;");
	fake_clock_advance(&fc, 200000);
	check_events("");
	activate(1);
}
END_TEST

START_TEST(a_release_of_what_is_down_is_nothing)
{
	lose(7);
	check_events("");
}
END_TEST

START_TEST(a_reset_takes_contexts_down_and_keeps_their_settings)
{
	attach();
	activate(1);
	ck_assert_int_eq(pdpctx_activate(pdp, 2, &why), 0);
	pdpctx_reset(pdp);
	fake_clock_advance(&fc, 200000);
	check_events("");
	ck_assert(!pdpctx_active(pdp, 1));
	ck_assert(!pdpctx_active(pdp, 2));
	ck_assert_str_eq(pdpctx_conf(pdp, 1)->apn, "example");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pdpctx");
	TCase *tc = tcase_create("contexts");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(
		tc, an_activation_takes_its_latency_and_gives_an_address);
	tcase_add_test(tc, name_servers_may_have_long_addresses);
	tcase_add_test(tc, without_registration_nothing_is_activated);
	tcase_add_test(tc, registration_lost_meanwhile_fails_the_activation);
	tcase_add_test(tc, an_apn_is_wanted_unless_the_profile_says_otherwise);
	tcase_add_test(tc, three_contexts_are_the_most);
	tcase_add_test(tc, an_active_context_is_not_activated_again);
	tcase_add_test(tc, a_context_in_motion_is_busy);
	tcase_add_test(tc, a_deactivation_takes_its_latency);
	tcase_add_test(tc, what_is_down_goes_down_without_waiting);
	tcase_add_test(tc, a_released_context_must_be_deactivated_first);
	tcase_add_test(tc, a_release_during_the_activation_ends_it);
	tcase_add_test(tc, a_release_of_what_is_down_is_nothing);
	tcase_add_test(
		tc, a_reset_takes_contexts_down_and_keeps_their_settings);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
