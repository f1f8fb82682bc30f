#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "at/at.h"
#include "svc/pdpctx.h"
#include "svc/sock.h"
#include "tests/unit/support/tcp_checks.h"

/* The bytes of the PDP family, sources in the .at cases. */

/* --- contexts ------------------------------------------------------------ */

START_TEST(a_context_is_set_shown_and_activated)
{
	check_answer("AT+QICSGP=2", "\r\n+QICSGP: 1,\"\",\"\",\"\",0\r\n" OK);
	check_answer("AT+QICSGP=2,1,\"apn\",\"user\",\"pw\",3", OK);
	check_answer("AT+QICSGP=2",
		"\r\n+QICSGP: 1,\"apn\",\"user\",\"pw\",3\r\n" OK);
	check_answer("AT+QIACT=2", OK);
	check_answer("AT+QIACT?", "\r\n+QIACT: 1,1,1,\"192.0.2.1\"\r\n"
				  "+QIACT: 2,1,1,\"192.0.2.2\"\r\n" OK);
	check_answer("AT+QIDEACT=2", OK);
	check_answer("AT+QIDEACT=1", OK);
	check_answer("AT+QIACT?", OK);
	/* What is down goes down again. */
	check_answer("AT+QIDEACT=1", OK);
}
END_TEST

START_TEST(context_commands_print_their_ranges)
{
	check_answer("AT+QICSGP=?",
		"\r\n+QICSGP: (1-16),(1,2),<APN>,<username>,<password>,(0-3)"
		"\r\n" OK);
	check_answer("AT+QIACT=?", "\r\n+QIACT: (1-16)\r\n" OK);
	check_answer("AT+QIDEACT=?", "\r\n+QIDEACT: (1-16)\r\n" OK);
	r.profile.pdp_type_max = 1;
	check_answer("AT+QICSGP=?",
		"\r\n+QICSGP: "
		"(1-16),1,<APN>,<username>,<password>,(0-3)\r\n" OK);
}
END_TEST

START_TEST(firmware_that_knows_three_types_has_others_for_2_and_3)
{
	r.profile.pdp_type_max = 3;
	check_answer("AT+QICSGP=2,2,\"apn\"", OK);
	check_answer("AT+QICSGP=3,3,\"apn\"", OK);
	ck_assert_int_eq(pdpctx_conf(r.ctx.pdp, 2)->type, PDP_TYPE_V6);
	ck_assert_int_eq(pdpctx_conf(r.ctx.pdp, 3)->type, PDP_TYPE_V4V6);
	check_answer(
		"AT+QICSGP=3", "\r\n+QICSGP: 3,\"apn\",\"\",\"\",0\r\n" OK);
	check_answer("AT+QIACT=2;+QIACT=3", OK);
	check_answer("AT+QIACT?",
		"\r\n+QIACT: 1,1,1,\"192.0.2.1\"\r\n"
		"+QIACT: 2,1,2,\"2001:db8::2\"\r\n"
		"+QIACT: 3,1,3,\"192.0.2.3\",\"2001:db8::3\"\r\n" OK);
}
END_TEST

static const struct {
	const char *line, *why, *error;
} context_errors[] = {
	{"AT+QICSGP=0,1,\"a\"", "<contextID>", "552,invalid parameters"},
	{"AT+QICSGP=17,1,\"a\"", "<contextID>", "552,invalid parameters"},
	{"AT+QICSGP=2,1", "<APN> is missing", "552,invalid parameters"},
	{"AT+QICSGP=2,1,\"a\",\"u\"", "<password>", "552,invalid parameters"},
	{"AT+QICSGP=2,3,\"a\"", "pdp_type_max", "552,invalid parameters"},
	{"AT+QICSGP=2,1,a", "needs quotes", "552,invalid parameters"},
	{"AT+QICSGP=1,1,\"a\"", "active", "572,operation not allowed"},
	{"AT+QIACT=1", "already active", "561,open PDP context failed"},
	{"AT+QIACT=3", "no access point", "573,APN not configured"},
	{"AT+QIACT=17", "outside 1..16", "552,invalid parameters"},
	{"AT+QIDEACT=0", "outside 1..16", "552,invalid parameters"},
};

START_TEST(context_errors_are_plain_and_have_a_reason_and_a_code)
{
	at_settings(r.ctx.at)->cmee = 2;
	check_fails(context_errors[_i].line, context_errors[_i].why);
	check_code(context_errors[_i].error);
}
END_TEST

START_TEST(a_profile_lets_an_active_context_be_activated_again)
{
	r.profile.pdp_reactivate_ok = true;
	check_answer("AT+QIACT=1", OK);
}
END_TEST

START_TEST(a_lost_context_is_told_with_its_sockets)
{
	struct why why;

	open_socket();
	why_set(&why, ERR_NET_PDP_BROKEN, GRADE_MAN, "the bearer is gone");
	pdpctx_drop(r.ctx.pdp, 1, &why);
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QIURC: \"pdpdeact\",1\r\n"
					  "\r\n+QIURC: \"closed\",0\r\n");
	ck_assert_ptr_nonnull(strstr(at_rig_why(&r), "the bearer is gone"));
	check_fails("AT+QIACT=1", "deactivate it first");
	check_answer("AT+QIDEACT=1", OK);
	check_answer("AT+QIACT=1", OK);
	/* QIDEACT has freed the id. */
	check_answer("AT+QISTATE?", OK);
}
END_TEST

START_TEST(deactivating_closes_sockets_silently)
{
	open_socket();
	check_answer("AT+QIDEACT=1", OK);
	ck_assert(r.net.streams->closed);
	check_answer("AT+QISTATE", OK);
	ck_assert_str_eq(at_rig_take(&r), "");
}
END_TEST

/* One that is up and one on its way. */
START_TEST(deactivating_tells_tls_connections_behind_the_ok)
{
	check_answer("AT+QSSLOPEN=1,0,4,\"host.example\",443", OK);
	fake_stream_connect(r.ctx.ssl->net.streams);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QSSLOPEN: 4,0\r\n");
	check_answer("AT+QSSLOPEN=1,0,5,\"host.example\",443", OK);
	r.fc.clock.fast = false;
	at_rig_send(&r, "AT+QIDEACT=1\r");
	fake_clock_advance(&r.fc, (uint64_t)r.profile.pdp_deactivate);
	ck_assert_str_eq(at_rig_take(&r), "");
	fake_clock_advance(&r.fc, 1000);
	ck_assert_str_eq(at_rig_take(&r), OK "\r\n+QSSLURC: \"closed\",4\r\n"
					     "\r\n+QSSLOPEN: 5,570\r\n");
	ck_assert_ptr_nonnull(strstr(at_rig_why(&r), "deactivated by QIDEACT"));
	r.fc.clock.fast = true;
	/* The ids are free when they were closed. */
	ck_assert_ptr_nonnull(
		strstr(at_rig_ask(&r, "AT+QSSLSTATE=4"), ",4,1,4,0,"));
	check_answer("AT+QSSLCLOSE=4", OK);
	check_answer("AT+QSSLCLOSE=5", OK);
	check_answer("AT+QSSLSTATE", OK);
}
END_TEST

START_TEST(a_reset_under_an_activation_forgets_it)
{
	check_answer("AT+QICSGP=2,1,\"apn\"", OK);
	r.fc.clock.fast = false;
	at_input(r.ctx.at, "AT+QIACT=2\r", 11);
	fake_clock_advance(&r.fc, 100);
	ck_assert_ptr_nonnull(at_waiting(r.ctx.at, r.ctx.pdp));
	at_set_ready(r.ctx.at, false);
	ck_assert_ptr_null(at_waiting(r.ctx.at, r.ctx.pdp));
	pdpctx_reset(r.ctx.pdp);
	fake_clock_advance(&r.fc, 10000);
	ck_assert_str_eq(at_rig_take(&r), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cmd_pdp");
	SRunner *runner = srunner_create(suite);
	TCase *tc = tcase_create("cmd_pdp");
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_context_is_set_shown_and_activated);
	tcase_add_test(tc, context_commands_print_their_ranges);
	tcase_add_test(
		tc, firmware_that_knows_three_types_has_others_for_2_and_3);
	tcase_add_loop_test(tc,
		context_errors_are_plain_and_have_a_reason_and_a_code, 0,
		sizeof(context_errors) / sizeof(context_errors[0]));
	tcase_add_test(tc, a_profile_lets_an_active_context_be_activated_again);
	tcase_add_test(tc, a_lost_context_is_told_with_its_sockets);
	tcase_add_test(tc, deactivating_closes_sockets_silently);
	tcase_add_test(tc, deactivating_tells_tls_connections_behind_the_ok);
	tcase_add_test(tc, a_reset_under_an_activation_forgets_it);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
