#include "hil/scenario.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "hil/evidence.h"

#define HEAD "# ec21 transcript 1\n"

START_TEST(a_condition_may_be_on_what_a_step_keeps_or_a_case_leaves_open)
{
	static const char text[] =
		HEAD "# case: name=a r=1\n# case: name=b s=1\n"
		     "- AT<  {t=int}\n- AT<  [if r=3] x\n"
		     "- AT<  [if t=3] x\n- AT<  [if s=1] x\n";
	struct transcript_error err = {0};
	struct scenario s;

	ck_assert_msg(scenario_parse(&s, "x.at", text, sizeof(text) - 1, &err),
		"%u:%u %s", err.line, err.column, err.text);
	scenario_free(&s);
}
END_TEST

START_TEST(headers_cases_and_steps_are_read)
{
	static const char text[] =
		HEAD "# title: a title\n"
		     "# profile: {$profile}\n"
		     "# broker: mode=require-sni mode=rsa\n"
		     "# needs: mosquitto\n"
		     "# case: name=one profile=ec21j note=\"two words\"\n"
		     "# case: name=two profile=ec21j-2017\n"
		     "\n"
		     "   0.000 AT>  AT\\r\n"
		     "       - NOTE only a note\n"
		     "       - AT<  [150s] [if a!=b c] \\r\\nOK\\r\\n\r\n"
		     "       - AT>  @file x breaks=none\n"
		     "       - AT<  @quiet\n"
		     "       - WHY  [2.5s] {any} line\n"
		     "       - BRK  sni= alerts_sent.number=40\n"
		     "       - DO   hangup\n";
	struct transcript_error err = {0};
	struct scenario s;
	size_t n;

	ck_assert_msg(scenario_parse(&s, "p", text, sizeof(text) - 1, &err),
		"%u: %s", err.line, err.text);
	ck_assert_str_eq(s.title, "a title");
	ck_assert_str_eq(s.profile, "{$profile}");
	ck_assert_str_eq(s.broker, "mode=require-sni mode=rsa");
	ck_assert_str_eq(s.needs, "mosquitto");
	ck_assert_ptr_null(s.emulator);
	ck_assert_uint_eq(s.n_cases, 2);
	ck_assert_str_eq(s.cases[1].name, "two");
	ck_assert_str_eq(vars_get(&s.cases[0].vars, "profile", 7, &n), "ec21j");
	ck_assert_str_eq(
		vars_get(&s.cases[0].vars, "note", 4, &n), "two words");
	ck_assert_uint_eq(s.n_steps, 7);
	ck_assert_int_eq(s.steps[0].type, STEP_SEND);
	ck_assert_int_eq(s.steps[1].type, STEP_EXPECT);
	ck_assert_uint_eq(s.steps[1].limit_ms, 150000);
	ck_assert(s.steps[1].if_not);
	ck_assert_mem_eq(s.steps[1].if_value, "b c", 3);
	ck_assert_uint_eq(s.steps[1].len, strlen("\\r\\nOK\\r\\n"));
	ck_assert_int_eq(s.steps[2].type, STEP_SEND_FILE);
	ck_assert_mem_eq(s.steps[2].body, "x breaks=none", s.steps[2].len);
	ck_assert_int_eq(s.steps[3].type, STEP_QUIET);
	ck_assert_uint_eq(s.steps[4].limit_ms, 2500);
	ck_assert_int_eq(s.steps[5].type, STEP_EVIDENCE);
	ck_assert_int_eq(s.steps[6].type, STEP_ACTION);
	scenario_free(&s);
}
END_TEST

static const struct {
	const char *text;
	unsigned line, column;
	const char *expected;
} wrong[] = {
	{HEAD, 1, 1, "expected records"},
	{HEAD "# brokr: none\n- AT>  x\n", 2, 3, "did you mean 'broker'?"},
	{HEAD "# case: ca=none\n- AT>  x\n", 2, 1, "expected name="},
	{HEAD "# case: name=a x\n- AT>  x\n", 2, 1, "name=value, found 'x'"},
	{HEAD "# case: name=a\n# case: name=a\n", 3, 1, "a case 'a' already"},
	{HEAD "# title: a\n# title: b\n", 3, 1, "a 'title' already"},
	{HEAD "# trailing: some\n", 2, 1, "any or none"},
	{HEAD "# bench: maybe\n", 2, 1, "safe or harmful"},
	{HEAD "- DO   hangupp\n", 2, 8, "did you mean 'hangup'?"},
	{HEAD "- DO   explode\n", 2, 8, "unknown action 'explode'"},
	{HEAD "- PIN  K\n", 2, 8, "PIN"},
	{HEAD "- AT<  {number}\n", 2, 8, "expected {int}"},
	{HEAD "- AT>  a{int}\n", 2, 9, "expected {$name}"},
	{HEAD "- AT>  @file\n", 2, 13, "expected the path"},
	{HEAD "- AT>  @file x cut=y\n", 2, 16, "cut=N"},
	{HEAD "- AT>  @fil x\n", 2, 8, "expected @file PATH"},
	{HEAD "- AT<  @file x\n", 2, 8, "expected @quiet"},
	{HEAD "- AT>  @masked kind=key len=3\n", 2, 8, "put @file here"},
	{HEAD "- AT<  @quiet 3\n", 2, 15, "nothing behind @quiet"},
	{HEAD "- AT<  [5] x\n", 2, 8, "expected [NNs]"},
	{HEAD "- AT<  [s] x\n", 2, 8, "expected [NNs]"},
	{HEAD "- AT<  [5s x\n", 2, 8, "expected ']'"},
	{HEAD "- AT<  [if =b] x\n", 2, 8, "[if NAME=VALUE]"},
	{HEAD "- AT<  [if a=b ] x\n", 2, 8, "[if NAME=VALUE]"},
	{HEAD "- AT<  [if a= b] x\n", 2, 8, "[if NAME=VALUE]"},
	{HEAD "# case: name=a r=1\n# case: name=b r=2\n- AT>  y\n"
	      "- AT<  [if r=3] x\n",
		5, 17, "no case has r=3"},
	{HEAD "# case: name=a r=1\n- AT<  [if r!=1] x\n", 3, 18,
		"no case has r!=1"},
	{HEAD "- BRK  sni\n", 2, 8, "expected field=value"},
	{HEAD "- BRK  a=1 =2\n", 2, 12, "expected field=value"},
	{HEAD "- BRK\n", 2, 6, "expected field=value"},
	{HEAD "- BRK  a={nt}\n", 2, 10, "expected {int}"},
};

START_TEST(a_wrong_scenario_is_refused_with_line_and_column)
{
	struct transcript_error err = {0};
	struct scenario s;

	ck_assert(!scenario_parse(
		&s, "p", wrong[_i].text, strlen(wrong[_i].text), &err));
	ck_assert_msg(
		strstr(err.text, wrong[_i].expected) != NULL, "%s", err.text);
	ck_assert_uint_eq(err.line, wrong[_i].line);
	ck_assert_msg(
		err.column == wrong[_i].column, "%u: %s", err.column, err.text);
	ck_assert_ptr_null(s.text);
}
END_TEST

static const char evidence[] =
	"{\"sni\":null,\"bytes_in\":1556,\"client_hello\":true,"
	"\"handshake\":\"done\",\"alpn\":[],\"suites_offered\":[\"0035\","
	"\"C024\"],\"client_cert\":{\"cn\":\"device-1\"},\"alerts_sent\":["
	"{\"level\":\"warning\",\"number\":0},"
	"{\"level\":\"fatal\",\"number\":40}],"
	"\"error\":\"tlsv1 alert unknown ca\"}";

static const struct {
	const char *text;
	bool holds;
} expectations[] = {
	{"handshake=done", true},
	{"handshake=don", false},
	{"handshake!=done", false},
	{"handshake!=failed", true},
	{"sni=", true},
	{"sni=x", false},
	{"sni!=", false},
	{"absent= alpn= http.status=", true},
	{"client_cert=", false},
	{"client_cert.cn=device-1 bytes_in=1556 client_hello=true", true},
	{"client_cert.cn=device-1 bytes_in=1557", false},
	{"bytes_in={int}", true},
	{"bytes_in=15{int}", true},
	{"bytes_in={ip}", false},
	{"alerts_sent.number=40", true},
	{"alerts_sent.number=41", false},
	{"alerts_sent.0.number=40", false},
	{"alerts_sent.1.number=40 alerts_sent.1.level=fatal", true},
	{"alerts_sent.2.number=", true},
	{"suites_offered=C024", true},
	{"suites_offered=C025", false},
	{"suites_offered!=C025", true},
	{"error=~unknown", true},
	{"error=~\"unknown ca\"", true},
	{"error=\"tlsv1 alert unknown ca\"", true},
	{"error=~\"unknown {any}\"", true},
	{"error=~nothing", false},
};

static const struct {
	const char *source;
	int grade; /* -1: none */
} sources[] = {
	{"man [AT §1]", GRADE_MAN},
	{"cap, man [AT §4]", GRADE_MAN},
	{"man [TCP §12]; id cap of host code; QIGETERROR kin", GRADE_KIN},
	{"inf [AT §3], man [AT §9]", GRADE_INF},
	{"asm: no manual has it", GRADE_ASM},
	{"man [TCP §6] (its answer asm)", GRADE_ASM},
	{"man [AT §1]; a bitmask, information", GRADE_MAN},
	{"the fault is ours", -1},
	{"", -1},
};

START_TEST(the_weakest_grade_counts)
{
	struct scenario s = {.source = strdup(sources[_i].source)};
	enum grade grade = GRADE_CAP;
	bool found = scenario_grade(&s, &grade);

	ck_assert_int_eq(found ? (int)grade : -1, sources[_i].grade);
	scenario_free(&s);
	ck_assert(!scenario_grade(&s, &grade));
}
END_TEST

START_TEST(evidence_is_compared_field_by_field)
{
	const char *text = expectations[_i].text;
	struct transcript_error err = {0};
	struct place at = {1, 1};
	struct vars none = {0};
	struct buf why;
	bool holds;

	buf_init(&why, 4096);
	ck_assert(evidence_check(text, strlen(text), at, &err));
	ck_assert_msg(evidence_match(text, strlen(text), &none, at, evidence,
			      &holds, &why, &err),
		"%s", err.text);
	ck_assert_msg(holds == expectations[_i].holds, "%s", text);
	ck_assert(holds == (buf_len(&why) == 0));
	buf_free(&why);
}
END_TEST

START_TEST(a_near_word_is_suggested_and_a_far_one_is_not)
{
	static const char *const words[] = {"run", "check", NULL};

	ck_assert_str_eq(suggest("chekc", words), "check");
	ck_assert_str_eq(suggest("runn", words), "run");
	ck_assert_ptr_null(suggest("compare", words));
}
END_TEST

static Suite *scenario_suite(void)
{
	Suite *s = suite_create("scenario");
	TCase *t = tcase_create("scenario");

	tcase_add_test(t,
		a_condition_may_be_on_what_a_step_keeps_or_a_case_leaves_open);
	tcase_add_test(t, headers_cases_and_steps_are_read);
	tcase_add_loop_test(t, a_wrong_scenario_is_refused_with_line_and_column,
		0, sizeof(wrong) / sizeof(*wrong));
	tcase_add_loop_test(t, the_weakest_grade_counts, 0,
		(int)(sizeof(sources) / sizeof(*sources)));
	tcase_add_loop_test(t, evidence_is_compared_field_by_field, 0,
		sizeof(expectations) / sizeof(*expectations));
	tcase_add_test(t, a_near_word_is_suggested_and_a_far_one_is_not);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(scenario_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
