#include "base/recorder.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/support/fake_clock.h"
#include "tests/unit/support/temp.h"

static struct fake_clock fc;
static char dir[TEMP_PATH], path[TEMP_INSIDE];
static struct recorder *r;
static char text[8192];

static void setup(void)
{
	struct recorder_opts o = {.profile = "ec21j"};
	struct why why;

	temp_dir(dir, "check_recorder");
	snprintf(path, sizeof(path), "%s/rec.at", dir);
	fake_clock_init(&fc, false);
	r = recorder_open(path, &fc.clock, &o, &why);
	ck_assert_ptr_nonnull(r);
}

static void teardown(void)
{
	recorder_close(r);
	r = NULL;
	unlink(path);
	rmdir(dir);
}

/* What is in the file behind its header, without closing it. */
static const char *file_text(void)
{
	FILE *f = fopen(path, "r");
	char *body;
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	body = strstr(text, "   0.000");
	return body != NULL ? body : "";
}

static void bytes(enum lane lane, const char *s)
{
	trace_bytes(recorder_sink(r), lane, s, strlen(s));
}

START_TEST(a_line_typed_and_echoed_byte_by_byte_is_one_record_each)
{
	for (const char *p = "AT+CPIN=1234\r"; *p != '\0'; p++) {
		const char one[] = {*p, '\0'};

		bytes(LANE_AT_TX, one);
		bytes(LANE_AT_RX, one);
	}
	fake_clock_advance(&fc, 5);
	bytes(LANE_AT_RX, "\r\nOK\r\n");
	ck_assert_str_eq(file_text(),
		"   0.000 AT>  AT+CPIN=@masked{kind=pin,len=4}\\r\n"
		"   0.000 AT<  AT+CPIN=@masked{kind=pin,len=4}\\r\n"
		"   0.005 AT<  \\r\\nOK\\r\\n\n");
}
END_TEST

START_TEST(every_record_is_in_the_file_at_once)
{
	bytes(LANE_AT_TX, "AT\r");
	ck_assert_str_eq(file_text(), "   0.000 AT>  AT\\r\n");
	trace_text(recorder_sink(r), LANE_WHY, "because [inf]");
	ck_assert_str_eq(file_text(),
		"   0.000 AT>  AT\\r\n   0.000 WHY  because [inf]\n");
}
END_TEST

START_TEST(an_unfinished_line_is_written_after_silence_and_at_the_end)
{
	bytes(LANE_AT_TX, "hello");
	ck_assert_str_eq(file_text(), "");
	fake_clock_advance(&fc, 999);
	ck_assert_str_eq(file_text(), "");
	fake_clock_advance(&fc, 1);
	ck_assert_ptr_nonnull(strstr(text, "# start: 2017-12-08T00:00:00Z\n"));
	file_text();
	ck_assert_ptr_nonnull(strstr(text, "   1.000 AT>  hello\n"));
	bytes(LANE_AT_TX, "more");
	recorder_close(r);
	r = NULL;
	file_text();
	ck_assert_ptr_nonnull(strstr(text, "   1.000 AT>  more\n"));
}
END_TEST

START_TEST(a_key_is_not_in_the_file_and_the_file_says_how_long_it_was)
{
	bytes(LANE_AT_TX, "AT+QFUPL=\"k\",70\r");
	bytes(LANE_AT_RX, "\r\nCONNECT\r\n");
	bytes(LANE_AT_TX, "-----BEGIN PRIVATE KEY-----\nSECRETSECRET\n");
	bytes(LANE_AT_TX, "SE\n-----END PRIVATE KEY-----\n");
	bytes(LANE_AT_RX, "+QFUPL: 70,1234\r\n\r\nOK\r\n");
	ck_assert_ptr_null(strstr(file_text(), "SECRET"));
	ck_assert_ptr_nonnull(strstr(text, "AT>  @masked kind=key len=70"));
	ck_assert_ptr_nonnull(strstr(text, " breaks=lf\n"));
}
END_TEST

START_TEST(a_restart_by_pin_or_action_ends_an_upload)
{
	static const struct {
		enum lane lane;
		const char *text;
	} restarts[] = {
		{LANE_PIN, "RESET low"},
		{LANE_PIN, "SUPPLY low"},
		{LANE_PIN, "STATUS high (off)"},
		{LANE_DO, "reset 200ms"},
		{LANE_DO, "power off"},
		{LANE_DO, "supply off"},
	};

	bytes(LANE_AT_TX, "AT+QFUPL=\"a.bin\",1000\r");
	bytes(LANE_AT_RX, "\r\nCONNECT\r\n");
	bytes(LANE_AT_TX, "some bytes");
	trace_text(
		recorder_sink(r), restarts[_i].lane, "%s", restarts[_i].text);
	bytes(LANE_AT_TX, "AT+CPIN=1234\r");
	ck_assert_ptr_nonnull(strstr(file_text(), "AT>  some bytes\n"));
	ck_assert_ptr_nonnull(strstr(text, "AT+CPIN=@masked{kind=pin,len=4}"));
}
END_TEST

/* What does not restart it ends nothing. */
START_TEST(other_pins_and_actions_end_no_upload)
{
	bytes(LANE_AT_TX, "AT+QFUPL=\"key\",1000\r");
	bytes(LANE_AT_RX, "\r\nCONNECT\r\n");
	bytes(LANE_AT_TX, "SECRET");
	trace_text(recorder_sink(r), LANE_PIN, "DTR low");
	trace_text(recorder_sink(r), LANE_DO, "signal 12");
	bytes(LANE_AT_TX, "SECRET");
	fake_clock_advance(&fc, 2000);
	ck_assert_ptr_null(strstr(file_text(), "SECRET"));
}
END_TEST

START_TEST(kept_secrets_make_a_private_file_that_warns)
{
	struct recorder_opts o = {.keep_secrets = true};
	struct stat st;
	struct why why;

	recorder_close(r);
	r = recorder_open(path, &fc.clock, &o, &why);
	ck_assert_ptr_nonnull(r);
	bytes(LANE_AT_TX, "AT+CPIN=1234\r");
	ck_assert_str_eq(file_text(), "   0.000 AT>  AT+CPIN=1234\\r\n");
	ck_assert_ptr_eq(
		strstr(text, "# ec21 transcript 1\n# secrets: kept."), text);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(a_path_that_cannot_be_written_is_an_error_with_a_reason)
{
	struct recorder_opts o = {0};
	struct why why;

	ck_assert_ptr_null(
		recorder_open("/nonexistent/x", &fc.clock, &o, &why));
	ck_assert_ptr_nonnull(strstr(why.text, "/nonexistent/x"));
}
END_TEST

static void put(const char *s)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(s, f);
	fclose(f);
}

START_TEST(what_is_in_a_file_stays_till_it_begins)
{
	struct recorder_opts o = {0};
	struct why why;

	recorder_close(r);
	put("   0.000 NOTE of another run, longer than a header\n");
	r = recorder_take(path, &fc.clock, &o, &why);
	ck_assert_ptr_nonnull(r);
	bytes(LANE_AT_TX, "AT\r");
	recorder_close(r);
	ck_assert_ptr_nonnull(strstr(file_text(), "another run"));
	r = recorder_take(path, &fc.clock, &o, &why);
	ck_assert(recorder_begin(r, &why));
	bytes(LANE_AT_TX, "AT\r");
	ck_assert_str_eq(file_text(), "   0.000 AT>  AT\\r\n");
	ck_assert_ptr_null(strstr(text, "another run"));
}
END_TEST

START_TEST(a_file_has_one_recorder_at_a_time)
{
	struct recorder_opts o = {0};
	struct why why;

	bytes(LANE_AT_TX, "AT\r");
	ck_assert_ptr_null(recorder_open(path, &fc.clock, &o, &why));
	ck_assert_ptr_nonnull(strstr(why.text, "in use"));
	ck_assert_str_eq(file_text(), "   0.000 AT>  AT\\r\n");
}
END_TEST

START_TEST(a_full_disk_is_a_failure)
{
	struct rlimit limit, small;
	struct recorder_opts o = {0};
	struct why why;

	ck_assert(!recorder_failed(r));
	ck_assert_ptr_null(recorder_open("/dev/full", &fc.clock, &o, &why));
	ck_assert_ptr_nonnull(strstr(why.text, "/dev/full"));
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = (struct rlimit){200, limit.rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int i = 0; i < 20; i++)
		bytes(LANE_AT_TX, "AT+CSQ\r");
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert(recorder_failed(r));
}
END_TEST

static Suite *recorder_suite(void)
{
	Suite *s = suite_create("recorder");
	TCase *t = tcase_create("recorder");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_is_in_a_file_stays_till_it_begins);
	tcase_add_test(t, a_file_has_one_recorder_at_a_time);
	tcase_add_test(t, a_full_disk_is_a_failure);
	tcase_add_test(
		t, a_line_typed_and_echoed_byte_by_byte_is_one_record_each);
	tcase_add_test(t, every_record_is_in_the_file_at_once);
	tcase_add_test(
		t, an_unfinished_line_is_written_after_silence_and_at_the_end);
	tcase_add_test(
		t, a_key_is_not_in_the_file_and_the_file_says_how_long_it_was);
	tcase_add_loop_test(t, a_restart_by_pin_or_action_ends_an_upload, 0, 6);
	tcase_add_test(t, other_pins_and_actions_end_no_upload);
	tcase_add_test(t, kept_secrets_make_a_private_file_that_warns);
	tcase_add_test(
		t, a_path_that_cannot_be_written_is_an_error_with_a_reason);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *s = srunner_create(recorder_suite());
	int failed;

	srunner_run_all(s, CK_ENV);
	failed = srunner_ntests_failed(s);
	srunner_free(s);
	return failed != 0;
}
