#include "cmd/ctx.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "svc/filestore.h"
#include "tests/unit/support/file_checks.h"

static void setup(void)
{
	profile_init(&profile);
	make(true);
}

static void send(const char *bytes)
{
	at_input(ctx.at, bytes, strlen(bytes));
	fake_clock_run(&fc);
}

static const char *answer(void)
{
	return capture_take(&cap, LANE_AT_RX);
}

/* Send, and expect exactly these bytes back. */
static void expect(const char *bytes, const char *want)
{
	send(bytes);
	ck_assert_str_eq(answer(), want);
}

/* What was uploaded, read back through the store. */
static void assert_stored(const char *name, const char *want, size_t want_len)
{
	struct why why;
	void *data;
	size_t len;

	ck_assert_msg(filestore_read(ctx.files, name, &data, &len, &why) == 0,
		"%s", why.text);
	ck_assert_uint_eq(len, want_len);
	ck_assert_mem_eq(data, want, len);
	free(data);
}

/* [FILE §8]. */
START_TEST(the_worked_session_is_byte_exact)
{
	expect("AT+QFDEL=\"hello.txt\"\r", "\r\n+CME ERROR: 418\r\n");
	expect("AT+QFUPL=\"hello.txt\",5,10\r", "\r\nCONNECT\r\n");
	expect("12345", "+QFUPL: 5,3706\r\n\r\nOK\r\n");
	expect("AT+QFUPL=\"hello.txt\",5\r", "\r\n+CME ERROR: 407\r\n");
	expect("AT+QFLST=\"*\"\r",
		"\r\n+QFLST: \"UFS:hello.txt\",5\r\n\r\nOK\r\n");
	expect("AT+QFDWL=\"hello.txt\"\r",
		"\r\nCONNECT\r\n12345\r\n+QFDWL: 5,3706\r\n\r\nOK\r\n");
	expect("AT+QFOPEN=\"hello.txt\",0\r", "\r\n+QFOPEN: 0\r\n\r\nOK\r\n");
	expect("AT+QFSEEK=0,2,0\r", "\r\nOK\r\n");
	expect("AT+QFREAD=0,2\r", "\r\nCONNECT 2\r\n34\r\nOK\r\n");
	expect("AT+QFPOSITION=0\r", "\r\n+QFPOSITION: 4\r\n\r\nOK\r\n");
	expect("AT+QFTUCAT=0\r", "\r\nOK\r\n");
	expect("AT+QFCLOSE=0\r", "\r\nOK\r\n");
	assert_stored("hello.txt", "1234", 4);
	expect("AT+QFDEL=\"*\"\r", "\r\nOK\r\n");
	expect("AT+QFLST\r", "\r\nOK\r\n");
}
END_TEST

START_TEST(the_command_is_echoed_and_the_file_is_not)
{
	at_settings(ctx.at)->echo = true;
	expect("AT+QFUPL=\"c\",5\r", "AT+QFUPL=\"c\",5\r\r\nCONNECT\r\n");
	expect("12345", "+QFUPL: 5,3706\r\n\r\nOK\r\n");
	expect("AT+QFLST=\"c\"\r",
		"AT+QFLST=\"c\"\r\r\n+QFLST: \"UFS:c\",5\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(several_files_are_one_block_in_order_of_creation)
{
	send("AT+QFUPL=\"b\",1\r");
	send("1");
	send("AT+QFUPL=\"a\",2\r");
	send("22");
	send("AT+QFUPL=\"RAM:c\",3\r");
	send("333");
	answer();
	expect("AT+QFLST\r", "\r\n+QFLST: \"UFS:b\",1\r\n+QFLST: \"UFS:a\",2"
			     "\r\n\r\nOK\r\n");
	expect("AT+QFLST=\"RAM:*\"\r", "\r\n+QFLST: \"RAM:c\",3\r\n\r\nOK\r\n");
	expect("AT+QFLST=\"no\"\r", "\r\n+CME ERROR: 405\r\n");
}
END_TEST

static const struct {
	const char *line;
	const char *want;
	const char *why;
} refusals[] = {
	{"AT+QFDEL=\"ufs:x\"\r", "\r\n+CME ERROR: 400\r\n", "upper case"},
	{"AT+QFUPL=\"x\",0\r", "\r\n+CME ERROR: 400\r\n", "file_size"},
	{"AT+QFUPL=\"x\",abc\r", "\r\n+CME ERROR: 400\r\n", "file_size"},
	{"AT+QFUPL=\"x\",5,0\r", "\r\n+CME ERROR: 400\r\n", "timeout"},
	{"AT+QFUPL=\"x\",5,65536\r", "\r\n+CME ERROR: 400\r\n", "timeout"},
	{"AT+QFUPL=\"x\",5,5,2\r", "\r\n+CME ERROR: 400\r\n", "ackmode"},
	{"AT+QFUPL=\"x\",5,5,1,1\r", "\r\n+CME ERROR: 400\r\n", "arguments"},
	{"AT+QFUPL=x,5\r", "\r\n+CME ERROR: 400\r\n", "quotes"},
	{"AT+QFUPL=\"\",5\r", "\r\n+CME ERROR: 400\r\n", "empty"},
	{"AT+QFUPL=\"*\",5\r", "\r\n+CME ERROR: 400\r\n", "pattern"},
	{"AT+QFUPL=\"SD:x\",5\r", "\r\n+CME ERROR: 419\r\n", "SD card"},
	{"AT+QFUPL=\"x\",5636097\r", "\r\n+CME ERROR: 420\r\n", "5636096"},
	{"AT+QFUPL=\"RAM:x\",2616321\r", "\r\n+CME ERROR: 420\r\n", "2616320"},
	{"AT+QFDWL=\"x\"\r", "\r\n+CME ERROR: 405\r\n", "no such file"},
	{"AT+QFDEL=\"x\"\r", "\r\n+CME ERROR: 418\r\n", "no such file"},
	{"AT+QFLDS=\"ufs\"\r", "\r\n+CME ERROR: 400\r\n", "no storage"},
	{"AT+QFLDS=\"SD\"\r", "\r\n+CME ERROR: 419\r\n", "SD card"},
	{"AT+QFUPL\r", "\r\nERROR\r\n", "form"},
	{"AT+QFOPEN=\"x\",2\r", "\r\n+CME ERROR: 405\r\n", "no such file"},
	{"AT+QFWRITE=0,5\r", "\r\n+CME ERROR: 416\r\n", "handle 0"},
	{"AT+QFMOV=\"x\"\r", "\r\nERROR\r\n", "QFMOV"},
};

START_TEST(a_refusal_has_its_code_and_its_reason)
{
	expect(refusals[_i].line, refusals[_i].want);
	ck_assert_ptr_nonnull(
		strstr(capture_text(&cap, LANE_WHY), refusals[_i].why));
}
END_TEST

START_TEST(cmee_2_prints_the_text_that_an_ec25_printed)
{
	at_settings(ctx.at)->cmee = 2;
	expect("AT+QFDEL=\"ufs:page.html\"\r",
		"\r\n+CME ERROR: Invalid input value\r\n");
	at_settings(ctx.at)->cmee = 0;
	expect("AT+QFDEL=\"ufs:page.html\"\r", "\r\nERROR\r\n");
}
END_TEST

START_TEST(test_forms_are_as_in_the_manual)
{
	expect("AT+QFLDS=?\r", "\r\nOK\r\n");
	expect("AT+QFLST=?\r", "\r\nOK\r\n");
	expect("AT+QFDEL=?\r", "\r\n+QFDEL: <filename>\r\n\r\nOK\r\n");
	expect("AT+QFDWL=?\r", "\r\n+QFDWL: <filename>\r\n\r\nOK\r\n");
	expect("AT+QFUPL=?\r",
		"\r\n+QFUPL: <filename>[,(1-<freesize>)[,(1-65535)[,(0,1)]]]"
		"\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(space_and_usage_are_told_apart)
{
	expect("AT+QFLDS\r", "\r\n+QFLDS: 0,0\r\n\r\nOK\r\n");
	send("AT+QFUPL=\"a\",5\r");
	send("12345");
	answer();
	expect("AT+QFLDS\r", "\r\n+QFLDS: 5,1\r\n\r\nOK\r\n");
	expect("AT+QFLDS=\"UFS\"\r",
		"\r\n+QFLDS: 5636091,5636096\r\n\r\nOK\r\n");
	expect("AT+QFLDS=\"RAM\"\r",
		"\r\n+QFLDS: 2616320,2621440\r\n\r\nOK\r\n");
}
END_TEST

/* The article's upload with a wrong length, one byte. */
START_TEST(one_byte_short_and_the_next_commands_a_completes_the_file)
{
	expect("AT+QFUPL=\"RAM:k\",5\r", "\r\nCONNECT\r\n");
	expect("1234", "");
	expect("AT+QFLST=\"RAM:*\"\r", "+QFUPL: 5,4306\r\n\r\nOK\r\n");
	assert_stored("RAM:k", "1234A", 5);
	expect("AT+QFLST=\"RAM:*\"\r", "\r\n+QFLST: \"RAM:k\",5\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(far_too_short_swallows_commands_then_times_out)
{
	expect("AT+QFUPL=\"RAM:k\",205\r", "\r\nCONNECT\r\n");
	expect("12345", "");
	fake_clock_advance(&fc, 4999);
	expect("AT\r", ""); /* each byte restarts the idle time */
	fake_clock_advance(&fc, 4999);
	ck_assert_str_eq(answer(), "");
	fake_clock_advance(&fc, 1);
	ck_assert_str_eq(answer(), "+QFUPL: 8,634a\r\n\r\n+CME ERROR: 421\r\n");
	ck_assert_ptr_nonnull(strstr(capture_text(&cap, LANE_WHY),
		"RAM:k: 8 of the 205 announced bytes came"));
	assert_stored("RAM:k", "12345AT\r", 8);
	expect("AT\r", "\r\nOK\r\n");
}
END_TEST

START_TEST(an_idle_upload_ends_by_the_profile)
{
	profile.files_timeout_line = false;
	send("AT+QFUPL=\"k\",205,1\r");
	answer();
	fake_clock_advance(&fc, 999);
	ck_assert_str_eq(answer(), "");
	fake_clock_advance(&fc, 1);
	ck_assert_str_eq(answer(), "\r\n+CME ERROR: 421\r\n");
	assert_stored("k", "", 0);
}
END_TEST

START_TEST(bytes_past_the_size_are_commands)
{
	send("AT+QFUPL=\"k\",5\r");
	answer();
	expect("12345AT+QFLST\r", "+QFUPL: 5,3706\r\n\r\nOK\r\n"
				  "\r\n+QFLST: \"UFS:k\",5\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(every_byte_value_is_data)
{
	char data[256];

	for (int i = 0; i < 256; i++)
		data[i] = (char)i;
	send("AT+QFUPL=\"RAM:k\",256\r");
	answer();
	at_input(ctx.at, data, sizeof(data));
	ck_assert_str_eq(answer(), "+QFUPL: 256,0\r\n\r\nOK\r\n");
	assert_stored("RAM:k", data, sizeof(data));
	send("AT+QFDWL=\"RAM:k\"\r");
	ck_assert_uint_eq(capture_len(&cap, LANE_AT_RX),
		strlen("\r\nCONNECT\r\n") + 256 +
			strlen("\r\n+QFDWL: 256,0\r\n\r\nOK\r\n"));
	ck_assert_mem_eq(
		capture_text(&cap, LANE_AT_RX) + 11, data, sizeof(data));
}
END_TEST

/* [FILE §4.4]: an EC25 tool sends CR LF CR LF and the size still agrees. */
START_TEST(what_came_before_connect_is_not_data)
{
	expect("AT+QFUPL=\"k\",5\r\n\r\n", "\r\nCONNECT\r\n");
	expect("12345", "+QFUPL: 5,3706\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(the_size_may_be_left_out_and_plus_plus_plus_ends)
{
	expect("AT+QFUPL=\"k\"\r", "\r\nCONNECT\r\n");
	expect("12345", "");
	fake_clock_advance(&fc, 1000);
	expect("+++", "");
	fake_clock_advance(&fc, 1000);
	ck_assert_str_eq(answer(), "+QFUPL: 5,3706\r\n\r\nOK\r\n");
	assert_stored("k", "12345", 5);
	ck_assert_str_eq(capture_text(&cap, LANE_WHY), "");
}
END_TEST

START_TEST(plus_plus_plus_without_its_guard_is_data)
{
	send("AT+QFUPL=\"k\",6\r");
	answer();
	expect("1+++23", "+QFUPL: 6,2833\r\n\r\nOK\r\n");
	assert_stored("k", "1+++23", 6);
}
END_TEST

/* Lines that real modules printed [FILE §4.4]. */
static const struct {
	const char *path;
	size_t cut; /* bytes of the file to leave out at its end */
	size_t nul; /* and NULs to add: sizeof in C */
	const char *command, *want;
} logged[] = {
	{"mozilla/Amazon_Root_CA_1.crt", 0, 0, "AT+QFUPL=\"k\",1188\r",
		"+QFUPL: 1188,2d13\r\n\r\nOK\r\n"},
	{"mozilla/Amazon_Root_CA_1.crt", 0, 1, "AT+QFUPL=\"k\",1189\r",
		"+QFUPL: 1189,2d13\r\n\r\nOK\r\n"},
	{"mozilla/Amazon_Root_CA_1.crt", 1, 0, "AT+QFUPL=\"k\",1187\r",
		"+QFUPL: 1187,2d19\r\n\r\nOK\r\n"},
	{"mozilla/ISRG_Root_X1.crt", 0, 0, "AT+QFUPL=\"k\",1939\r",
		"+QFUPL: 1939,4f64\r\n\r\nOK\r\n"},
};

START_TEST(uploads_print_what_logs_of_real_modules_have)
{
	char path[128], data[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/usr/share/ca-certificates/%s",
		logged[_i].path);
	f = fopen(path, "rb");
	if (f == NULL) {
		printf("skipped: %s is not there (ca-certificates)\n", path);
		return;
	}
	n = fread(data, 1, sizeof(data) - 1, f) - logged[_i].cut;
	fclose(f);
	data[n] = '\0';
	expect(logged[_i].command, "\r\nCONNECT\r\n");
	at_input(ctx.at, data, n + logged[_i].nul);
	fake_clock_run(&fc);
	ck_assert_str_eq(answer(), logged[_i].want);
}
END_TEST

START_TEST(dtr_ends_an_upload_and_a_write_as_plus_plus_plus_does)
{
	at_settings(ctx.at)->dtr = 1;
	send("AT+QFUPL=\"k\",10\r");
	send("12345");
	answer();
	at_dtr(ctx.at, true);
	ck_assert_str_eq(answer(), "+QFUPL: 5,3706\r\n\r\nOK\r\n");
	send("AT+QFOPEN=\"k\"\r");
	send("AT+QFWRITE=0,5\r");
	send("98");
	answer();
	at_dtr(ctx.at, false);
	ck_assert_str_eq(answer(), "");
	at_dtr(ctx.at, true);
	ck_assert_str_eq(answer(), "+QFWRITE: 2,5\r\n\r\nOK\r\n");
	assert_stored("k", "98345", 5);
}
END_TEST

START_TEST(a_write_may_come_in_any_pieces)
{
	const char *text = "0123456789";

	send("AT+QFOPEN=\"k\"\r");
	for (size_t cut = 0; cut <= 10; cut++) {
		send("AT+QFSEEK=0,0\r");
		send("AT+QFTUCAT=0\r");
		send("AT+QFWRITE=0,10\r");
		answer();
		at_input(ctx.at, text, cut);
		fake_clock_run(&fc);
		at_input(ctx.at, text + cut, 10 - cut);
		fake_clock_run(&fc);
		ck_assert_str_eq(answer(), "+QFWRITE: 10,10\r\n\r\nOK\r\n");
	}
}
END_TEST

START_TEST(a_reset_in_the_middle_of_a_write_leaves_the_file_as_it_was)
{
	send("AT+QFUPL=\"k\",5\r");
	send("12345");
	send("AT+QFOPEN=\"k\"\r");
	send("AT+QFWRITE=0,10\r");
	send("abc");
	power_restart(ctx.power);
	fake_clock_run(&fc);
	at_settings(ctx.at)->echo = false;
	answer();
	assert_stored("k", "12345", 5);
	expect("AT+QFOPEN?\r", "\r\nOK\r\n");
	expect("AT+QFDEL=\"k\"\r", "\r\nOK\r\n");
}
END_TEST

START_TEST(the_end_of_a_file_answers_by_the_profile)
{
	send("AT+QFOPEN=\"k\"\r");
	answer();
	expect("AT+QFREAD=0\r", "\r\n+CME ERROR: 402\r\n");
	profile.files_eof = 1;
	expect("AT+QFREAD=0\r", "\r\n+CME ERROR: 411\r\n");
	profile.files_eof = 2;
	expect("AT+QFREAD=0\r", "\r\nCONNECT 0\r\n\r\nOK\r\n");
	profile.files_eof = 3;
	expect("AT+QFREAD=0\r", "\r\nOK\r\n");
}
END_TEST

static void send_block(size_t n, size_t chunk)
{
	char data[4096];

	memset(data, 'x', sizeof(data));
	while (n > 0) {
		size_t k = n < chunk ? n : chunk;

		at_input(ctx.at, data, k);
		n -= k;
	}
	fake_clock_run(&fc);
}

/* Whole, byte by byte, and across the borders of a block. */
static const size_t chunks[] = {4096, 1, 1000, 1024, 1025};

START_TEST(ack_mode_prints_an_a_for_each_whole_block)
{
	size_t chunk = chunks[_i];

	send("AT+QFUPL=\"RAM:k\",3000,10,1\r");
	answer();
	send_block(3000, chunk);
	ck_assert_str_eq(answer(), "AA+QFUPL: 3000,0\r\n\r\nOK\r\n");
	send("AT+QFUPL=\"RAM:l\",2048,10,1\r");
	answer();
	send_block(1023, chunk);
	ck_assert_str_eq(answer(), "");
	send_block(1, chunk);
	ck_assert_str_eq(answer(), "A");
	send_block(1024, chunk);
	ck_assert_str_eq(answer(), "A+QFUPL: 2048,0\r\n\r\nOK\r\n");
	send("AT+QFUPL=\"RAM:m\",1000,10,1\r");
	answer();
	send_block(1000, chunk);
	ck_assert_str_eq(answer(), "+QFUPL: 1000,0\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(a_reset_in_the_middle_leaves_neither_file_nor_reservation)
{
	send("AT+QFUPL=\"k\",1000\r");
	send("12345");
	power_restart(ctx.power);
	fake_clock_run(&fc);
	at_settings(ctx.at)->echo = false;
	answer();
	expect("AT+QFLST=\"k\"\r", "\r\n+CME ERROR: 405\r\n");
	expect("AT+QFLDS=\"UFS\"\r",
		"\r\n+QFLDS: 5636096,5636096\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(ram_files_are_gone_after_a_restart)
{
	send("AT+QFUPL=\"RAM:k\",5\r");
	send("12345");
	send("AT+QFUPL=\"k\",5\r");
	send("12345");
	power_restart(ctx.power);
	fake_clock_run(&fc);
	at_settings(ctx.at)->echo = false;
	answer();
	expect("AT+QFLST=\"RAM:*\"\r", "\r\nOK\r\n");
	expect("AT+QFLST=\"k\"\r", "\r\n+QFLST: \"UFS:k\",5\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(in_the_first_seconds_after_rdy_there_are_no_files)
{
	teardown();
	make(false);
	fake_clock_advance(&fc, 10700 + 2000);
	at_settings(ctx.at)->echo = false;
	answer();
	send("AT+QFLST\r");
	fake_clock_advance(&fc, 100);
	ck_assert_str_eq(answer(), "\r\n+CME ERROR: 419\r\n");
	ck_assert_ptr_nonnull(strstr(
		capture_text(&cap, LANE_WHY), "files_boot_delay is 3000"));
	fake_clock_advance(&fc, 900);
	send("AT+QFLST\r");
	fake_clock_advance(&fc, 100);
	ck_assert_str_eq(answer(), "\r\nOK\r\n");
}
END_TEST

START_TEST(freeing_a_modem_in_the_middle_of_an_upload_leaks_nothing)
{
	expect("AT+QFUPL=\"k\",1000\r", "\r\nCONNECT\r\n");
	expect("12345", "");
	/* teardown() and the sanitizer are the judges */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cmd_file");
	TCase *tc = tcase_create("file");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_worked_session_is_byte_exact);
	tcase_add_test(tc, the_command_is_echoed_and_the_file_is_not);
	tcase_add_test(tc, several_files_are_one_block_in_order_of_creation);
	tcase_add_loop_test(tc, a_refusal_has_its_code_and_its_reason, 0,
		sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(tc, cmee_2_prints_the_text_that_an_ec25_printed);
	tcase_add_test(tc, test_forms_are_as_in_the_manual);
	tcase_add_test(tc, space_and_usage_are_told_apart);
	tcase_add_test(
		tc, one_byte_short_and_the_next_commands_a_completes_the_file);
	tcase_add_test(tc, far_too_short_swallows_commands_then_times_out);
	tcase_add_test(tc, an_idle_upload_ends_by_the_profile);
	tcase_add_test(tc, bytes_past_the_size_are_commands);
	tcase_add_test(tc, every_byte_value_is_data);
	tcase_add_test(tc, what_came_before_connect_is_not_data);
	tcase_add_test(tc, the_size_may_be_left_out_and_plus_plus_plus_ends);
	tcase_add_loop_test(tc, uploads_print_what_logs_of_real_modules_have, 0,
		sizeof(logged) / sizeof(logged[0]));
	tcase_add_test(
		tc, dtr_ends_an_upload_and_a_write_as_plus_plus_plus_does);
	tcase_add_test(tc, a_write_may_come_in_any_pieces);
	tcase_add_test(
		tc, a_reset_in_the_middle_of_a_write_leaves_the_file_as_it_was);
	tcase_add_test(tc, the_end_of_a_file_answers_by_the_profile);
	tcase_add_test(tc, plus_plus_plus_without_its_guard_is_data);
	tcase_add_loop_test(tc, ack_mode_prints_an_a_for_each_whole_block, 0,
		sizeof(chunks) / sizeof(chunks[0]));
	tcase_add_test(
		tc, a_reset_in_the_middle_leaves_neither_file_nor_reservation);
	tcase_add_test(tc, ram_files_are_gone_after_a_restart);
	tcase_add_test(tc, in_the_first_seconds_after_rdy_there_are_no_files);
	tcase_add_test(
		tc, freeing_a_modem_in_the_middle_of_an_upload_leaks_nothing);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
