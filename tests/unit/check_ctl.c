#include "ctl.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/fault.h"
#include "base/tee.h"
#include "modem.h"
#include "tests/unit/support/fake_clock.h"
#include "tests/unit/support/fake_stream.h"

/* The language of the control socket, on two modems in process. */

enum { MODEMS = 2 };

static struct fake_clock fc;
static struct fake_net net;
static struct profile profile;
static struct fault_set faults[MODEMS];
static struct tee tees[MODEMS];
static struct ctl_modem modems[MODEMS];
static struct ctl_world world;
static struct ctl_session *session;
static struct buf out;
static unsigned lines;

static void on_output(void *arg, const void *data, size_t len)
{
	(void)arg, (void)data, (void)len;
}

static void on_line(void *arg, const char *line, size_t len)
{
	json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);

	ck_assert_ptr_eq(arg, &out);
	ck_assert(json_is_object(object));
	json_decref(object);
	ck_assert_ptr_eq(memchr(line, '\n', len), line + len - 1);
	ck_assert(buf_add(&out, line, len));
	lines++;
}

static void setup(void)
{
	struct why why;

	fake_clock_init(&fc, true);
	fake_net_init(&net);
	profile_init(&profile);
	buf_init(&out, 1 << 20);
	lines = 0;
	for (int i = 0; i < MODEMS; i++) {
		fault_init(&faults[i], 1);
		tee_init(&tees[i]);
		modems[i].tee = &tees[i];
		modems[i].modem = modem_new(
			&(struct modem_opts){
				.clock = &fc.clock,
				.profile = &profile,
				.net = &net.net,
				.trace = &tees[i].sink,
				.faults = &faults[i],
				.output = on_output,
			},
			&why);
		ck_assert_msg(modems[i].modem != NULL, "%s", why.text);
	}
	world = (struct ctl_world){modems, MODEMS, &fc.clock};
	ck_assert(ctl_watch(&world));
	session = ctl_session_new(&world, on_line, &out);
	ck_assert_ptr_nonnull(session);
}

static void teardown(void)
{
	ctl_session_free(session);
	ctl_unwatch(&world);
	for (int i = 0; i < MODEMS; i++)
		modem_free(modems[i].modem);
	buf_free(&out);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
	fake_net_free(&net);
}

static const char *taken(void)
{
	const char *text = buf_cstr(&out);

	return text != NULL ? text : "";
}

static const char *ask(const char *line)
{
	buf_reset(&out);
	ctl_session_feed(session, line, strlen(line));
	ctl_session_feed(session, "\n", 1);
	fake_clock_run(&fc);
	return taken();
}

static void assert_refused(const char *line, const char *part)
{
	const char *answer = ask(line);

	ck_assert_msg(strstr(answer, "\"ok\":false") != NULL &&
			      strstr(answer, part) != NULL,
		"%s: %s", line, answer);
}

static void tell_modem(int i, const char *text)
{
	modem_input(modems[i].modem, text, strlen(text));
	fake_clock_run(&fc);
}

START_TEST(the_state_of_each_modem_can_be_read)
{
	ck_assert_str_eq(ask("{\"get\":\"state\"}"),
		"{\"ok\":true,\"state\":{\"power\":\"off\",\"status\":false,"
		"\"sim\":\"off\",\"registration\":4,\"rssi\":99,"
		"\"rate\":115200,\"contexts\":[]},\"modem\":1}\n");
	modem_boot(modems[1].modem);
	fake_clock_advance(&fc, 60000);
	tell_modem(1, "AT+QICSGP=3,1,\"internet.example\"\r");
	tell_modem(1, "AT+QIACT=3\r");
	ck_assert_str_eq(ask("{\"get\":\"state\",\"modem\":2}"),
		"{\"ok\":true,\"state\":{\"power\":\"on\",\"status\":true,"
		"\"sim\":\"ready\",\"registration\":1,\"rssi\":30,"
		"\"rate\":115200,\"contexts\":[3]},\"modem\":2}\n");
}
END_TEST

START_TEST(an_answer_repeats_the_id_of_its_request)
{
	ck_assert_ptr_nonnull(
		strstr(ask("{\"id\":[7,\"x\"],\"do\":\"power on\"}"),
			"\"id\":[7,\"x\"]"));
	assert_refused("{\"id\":null,\"do\":\"jump\"}", "\"id\":null");
}
END_TEST

START_TEST(actions_reach_the_modem_that_is_meant)
{
	ask("{\"do\":\"power on\",\"modem\":2}");
	fake_clock_advance(&fc, 60000);
	ck_assert(!modem_running(modems[0].modem));
	ck_assert(modem_running(modems[1].modem));
	assert_refused("{\"do\":\"signal 99\"}", "0 to 31");
}
END_TEST

START_TEST(armed_faults_are_listed)
{
	ask("{\"do\":\"fault tcp.reset:after=10\",\"modem\":2}");
	ask("{\"do\":\"fault dns.slow:p=0.5:ms=20\",\"modem\":2}");
	ck_assert_str_eq(ask("{\"get\":\"faults\",\"modem\":2}"),
		"{\"ok\":true,\"faults\":[\"tcp.reset:after=10\","
		"\"dns.slow:p=0.5:ms=20\"],\"modem\":2}\n");
	ck_assert_str_eq(ask("{\"get\":\"faults\"}"),
		"{\"ok\":true,\"faults\":[],\"modem\":1}\n");
}
END_TEST

START_TEST(subscribed_lanes_come_as_records_with_secrets_masked)
{
	modem_boot(modems[0].modem);
	fake_clock_advance(&fc, 60000);
	ask("{\"subscribe\":[\"AT>\",\"WHY\"]}");
	buf_reset(&out);
	tell_modem(0, "AT+CPIN=\"1234\"\r");
	tell_modem(1, "AT\r");
	fake_clock_advance(&fc, 2000);
	ck_assert_ptr_nonnull(strstr(taken(),
		"{\"modem\":1,\"ms\":0,\"lane\":\"AT>\",\"body\":"
		"\"AT+CPIN=\\\"@masked{kind=pin,len=4}\\\"\\\\r\"}\n"));
	ck_assert_ptr_nonnull(strstr(taken(), "\"lane\":\"WHY\""));
	ck_assert_ptr_null(strstr(taken(), "1234"));
	ck_assert_ptr_null(strstr(taken(), "\"AT<\""));
	ck_assert_ptr_null(strstr(taken(), "\"modem\":2"));
	/* Other lanes, then none. */
	ask("{\"subscribe\":[\"PIN\"]}");
	buf_reset(&out);
	tell_modem(0, "AT\r");
	modem_pin(modems[0].modem, 'D');
	ck_assert_str_eq(taken(), "{\"modem\":1,\"ms\":2000,\"lane\":\"PIN\","
				  "\"body\":\"DTR high\"}\n");
	ask("{\"subscribe\":false}");
	buf_reset(&out);
	modem_pin(modems[0].modem, 'd');
	ck_assert_str_eq(taken(), "");
}
END_TEST

START_TEST(who_comes_in_the_middle_of_a_secret_sees_none_of_it)
{
	modem_boot(modems[0].modem);
	fake_clock_advance(&fc, 60000);
	tell_modem(0, "AT+CPIN=\"12");
	ask("{\"subscribe\":true}");
	tell_modem(0, "34\"\r");
	ck_assert_ptr_nonnull(
		strstr(taken(), "AT+CPIN=\\\"@masked{kind=pin,len=4}\\\""));
	ask("{\"subscribe\":false}");
	tell_modem(0, "AT+QFUPL=\"x\",60\r");
	tell_modem(0, "-----BEGIN PRIVATE KEY-----\nMIIEfirst");
	ask("{\"subscribe\":true}");
	tell_modem(0, "MIIEsecond\nMIIEthird");
	fake_clock_advance(&fc, 20000);
	ck_assert_ptr_nonnull(strstr(taken(), "@masked kind=key"));
	ck_assert_ptr_null(strstr(taken(), "MIIE"));
}
END_TEST

START_TEST(an_action_is_a_record_too)
{
	ask("{\"subscribe\":true}");
	ck_assert_ptr_nonnull(strstr(ask("{\"do\":\"supply on\"}"),
		"\"lane\":\"DO\",\"body\":\"supply on\""));
}
END_TEST

START_TEST(bad_requests_get_an_error_object_each)
{
	static const struct {
		const char *line, *part;
	} bad[] = {
		{"", "an empty line"},
		{"{", "column"},
		{"nonsense", "column 8"},
		{"{\"do\":\"power on\"} x", "column"},
		{"{\"do\":\"a\",\"do\":\"b\"}", "duplicate"},
		{"[]", "JSON object"},
		{"7", "JSON object"},
		{"null", "JSON object"},
		{"{}", "want one of"},
		{"{\"modem\":1}", "want one of"},
		{"{\"jump\":1}", "key \\\"jump\\\""},
		{"{\"do\":\"power on\",\"get\":\"state\"}", "key \\\"get\\\""},
		{"{\"do\":1}", "want a text"},
		{"{\"do\":\"power on\\u0000\"}", "column"},
		{"{\"do\":\"jump\"}", "jump"},
		{"{\"get\":\"weather\"}", "want"},
		{"{\"get\":null}", "want"},
		{"{\"subscribe\":7}", "true, false or a list"},
		{"{\"subscribe\":[7]}", "true, false or a list"},
		{"{\"subscribe\":[\"AT\"]}", "true, false or a list"},
		{"{\"get\":\"state\",\"modem\":0}", "1..2"},
		{"{\"get\":\"state\",\"modem\":3}", "1..2"},
		{"{\"get\":\"state\",\"modem\":-1}", "1..2"},
		{"{\"get\":\"state\",\"modem\":\"1\"}", "1..2"},
		{"{\"get\":\"state\",\"modem\":1.5}", "1..2"},
		{"{\"get\":\"state\",\"modem\":99999999999999999999}",
			"column"},
		{"{\"do\":\"\xff\"}", "column"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		lines = 0;
		assert_refused(bad[i].line, bad[i].part);
		ck_assert_uint_eq(lines, 1);
	}
}
END_TEST

START_TEST(a_line_past_the_limit_is_refused_and_the_next_one_works)
{
	char *line = malloc(3 * CTL_LINE_MAX + 1);

	memset(line, '[', 3 * CTL_LINE_MAX);
	line[3 * CTL_LINE_MAX] = '\0';
	assert_refused(line, "at most 4096 bytes");
	ck_assert_ptr_nonnull(strstr(ask("{\"get\":\"faults\"}"), "true"));
	/* The longest line there is, nested as deep as it can be. */
	line[CTL_LINE_MAX] = '\0';
	assert_refused(line, "column");
	free(line);
}
END_TEST

START_TEST(requests_may_be_cut_anywhere)
{
	const char *two = "{\"get\":\"faults\"}\n{\"get\":\"faults\"}\n";

	for (size_t i = 0; i < strlen(two); i++)
		ctl_session_feed(session, two + i, 1);
	ck_assert_uint_eq(lines, 2);
	ctl_session_feed(session, two, strlen(two));
	ck_assert_uint_eq(lines, 4);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ctl");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int n;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_state_of_each_modem_can_be_read);
	tcase_add_test(tc, an_answer_repeats_the_id_of_its_request);
	tcase_add_test(tc, actions_reach_the_modem_that_is_meant);
	tcase_add_test(tc, armed_faults_are_listed);
	tcase_add_test(
		tc, subscribed_lanes_come_as_records_with_secrets_masked);
	tcase_add_test(tc, who_comes_in_the_middle_of_a_secret_sees_none_of_it);
	tcase_add_test(tc, an_action_is_a_record_too);
	tcase_add_test(tc, bad_requests_get_an_error_object_each);
	tcase_add_test(
		tc, a_line_past_the_limit_is_refused_and_the_next_one_works);
	tcase_add_test(tc, requests_may_be_cut_anywhere);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	n = srunner_ntests_failed(sr);
	srunner_free(sr);
	return n == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
