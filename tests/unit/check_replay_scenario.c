#include "hil/replay_scenario.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mask_fill.h"
#include "hil/scenario.h"
#include "tests/unit/support/temp.h"

#define HEAD "# ec21 transcript 1\n"

static char folder[TEMP_PATH];
static char scenario[4096]; /* what was made, without its header */
static struct replay_plan plan;

static void setup(void)
{
	temp_dir(folder, "check_replay");
	plan = (struct replay_plan){.folder = folder};
	buf_init(&plan.notes, 4096);
}

static void teardown(void)
{
	static const char *const files[] = {
		"recording", "scenario", "mask-1", "mask-2", "a.key"};
	char path[TEMP_INSIDE];

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		unlink(path);
	}
	ck_assert_int_eq(rmdir(folder), 0);
	buf_free(&plan.notes);
}

static void write_text(const char *name, const char *text)
{
	char path[TEMP_INSIDE];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static size_t read_text(const char *name, char *text, size_t size)
{
	char path[TEMP_INSIDE];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, size - 1, f);
	text[n] = '\0';
	fclose(f);
	return n;
}

static bool make(const char *recording, struct transcript_error *err)
{
	char from[TEMP_INSIDE], to[TEMP_INSIDE];

	write_text("recording", recording);
	snprintf(from, sizeof(from), "%s/recording", folder);
	snprintf(to, sizeof(to), "%s/scenario", folder);
	return replay_scenario_make(&plan, from, to, err);
}

/* The scenario's records; it must be one that can be read. */
static const char *made(const char *recording)
{
	struct transcript_error err = {0};
	struct scenario s;
	char to[TEMP_INSIDE];
	char *records;

	if (!make(recording, &err))
		ck_abort_msg("%u:%u: %s", err.line, err.column, err.text);
	snprintf(to, sizeof(to), "%s/scenario", folder);
	if (!scenario_load(&s, to, &err))
		ck_abort_msg("made: %u:%u: %s", err.line, err.column, err.text);
	scenario_free(&s);
	read_text("scenario", scenario, sizeof(scenario));
	records = strstr(scenario, "\n- ");
	return records != NULL ? records + 1 : "";
}

static const char *notes(void)
{
	const char *text = buf_cstr(&plan.notes);

	return text != NULL ? text : "";
}

START_TEST(bytes_go_over_as_they_are)
{
	ck_assert_str_eq(made(HEAD "# profile: x\n"
				   "0.0 AT>  AT\\r\n0.1 AT<  \\r\\nOK\\r\\n\n"
				   "9.0 WHY  no\n9.0 CON< hello\n"),
		"- AT>  AT\\r\n- AT<  \\r\\nOK\\r\\n\n");
	ck_assert(!plan.boots);
	ck_assert_int_eq(plan.pace, PACE_FULL);
	ck_assert_ptr_nonnull(strstr(scenario, "# profile: x\n"));
	ck_assert_ptr_nonnull(strstr(scenario, "# emulator: --fast\n"));
	ck_assert_str_eq(notes(), "");
}
END_TEST

START_TEST(the_pace_is_pauses_and_patience)
{
	plan.pace = PACE_RECORDED;
	ck_assert_str_eq(made(HEAD "0.0 AT>  AT\\r\n0.1 AT<  \\r\\nOK\\r\\n\n"
				   "0.11 AT>  AT\\r\n2.0 AT>  ATI\\r\n"
				   "9.0 AT<  \\r\\nOK\\r\\n\n"),
		"- AT>  AT\\r\n- AT<  [60s] \\r\\nOK\\r\\n\n- AT>  AT\\r\n"
		"- DO   wait 1890ms\n- AT>  ATI\\r\n"
		"- AT<  [74s] \\r\\nOK\\r\\n\n");
	ck_assert_ptr_nonnull(strstr(scenario, "# emulator: --speed=1\n"));
}
END_TEST

/* What a modem says while PWRKEY is pressed stands behind the whole pulse. */
START_TEST(pins_are_actions_where_they_begin)
{
	ck_assert_str_eq(
		made(HEAD "0.0 PIN  PWRKEY low\n0.0 PIN  DTR low\n"
			  "0.0 PIN  SUPPLY high\n0.5 PIN  PWRKEY high\n"
			  "3.0 PIN  STATUS low (running)\n"
			  "8.0 AT<  \\r\\nRDY\\r\\n\n8.5 PIN  PWRKEY low\n"
			  "8.5 AT>  AT\\r\n8.6 AT<  \\r\\nOK\\r\\n\n"
			  "9.0 PIN  RESET low\n9.3 PIN  RESET high\n"
			  "18.0 AT<  \\r\\nRDY\\r\\n\n"),
		"- DO   dtr low\n- DO   supply on\n- DO   wait 500ms\n"
		"- DO   pwrkey 8000ms\n- AT<  [60s] \\r\\nRDY\\r\\n\n"
		"- AT>  AT\\r\n- AT<  [60s] \\r\\nOK\\r\\n\n"
		"- DO   wait 400ms\n- DO   reset 300ms\n"
		"- AT<  [77s] \\r\\nRDY\\r\\n\n");
	ck_assert(plan.boots);
	ck_assert(!plan.instant);
	ck_assert_ptr_nonnull(
		strstr(scenario, "# emulator: --speed=1 --power=off\n"));
	ck_assert_str_eq(
		notes(), "it begins with a boot: at the recording's pace\n");
}
END_TEST

/* Edges that an action made are not made again. */
START_TEST(actions_are_done_once)
{
	plan.pace = PACE_FULL;
	ck_assert_str_eq(
		made(HEAD "0.0 DO   supply on\n0.0 PIN  SUPPLY high\n"
			  "0.1 DO   pwrkey 600ms\n0.1 PIN  PWRKEY high\n"
			  "0.7 PIN  PWRKEY low\n0.8 AT<  \\r\\nRDY\\r\\n\n"
			  "0.9 AT>  AT\\r\n1.0 DO   wait 5s\n"
			  "1.1 DO   signal 9\n"),
		"- DO   supply on\n- DO   pwrkey 600ms\n"
		"- AT<  \\r\\nRDY\\r\\n\n- AT>  AT\\r\n- DO   signal 9\n");
	ck_assert(plan.boots);
	ck_assert(plan.instant);
}
END_TEST

START_TEST(a_start_that_nothing_explains_is_made_and_told)
{
	plan.pace = PACE_FULL;
	ck_assert_str_eq(
		made(HEAD "0.0 AT<  \\r\\nRDY\\r\\n\n0.1 AT>  AT\\r\n"
			  "0.2 AT<  \\r\\nRDY\\r\\n\n0.3 AT>  AT+CFUN=1,1\\r\n"
			  "0.4 AT<  \\r\\nRDY\\r\\n\n"
			  "0.5 AT<  \\r\\nPOWERED DOWN\\r\\n\n"
			  "0.6 AT<  \\r\\nRDY\\r\\n\n"),
		"- DO   power on\n- AT<  \\r\\nRDY\\r\\n\n- AT>  AT\\r\n"
		"- DO   reset 300ms\n- AT<  \\r\\nRDY\\r\\n\n"
		"- AT>  AT+CFUN=1,1\\r\n- AT<  \\r\\nRDY\\r\\n\n"
		"- AT<  \\r\\nPOWERED DOWN\\r\\n\n- DO   wait 1ms\n"
		"- DO   power on\n- AT<  \\r\\nRDY\\r\\n\n");
	ck_assert_ptr_nonnull(strstr(notes(), "line 2: nothing says why"));
	ck_assert_ptr_nonnull(strstr(notes(), "line 4: nothing says why"));
	ck_assert_ptr_nonnull(strstr(notes(), "line 8: nothing says why"));
	ck_assert_ptr_null(strstr(notes(), "line 6: "));
}
END_TEST

#define UPLOAD                                                                 \
	HEAD "0 AT>  @masked kind=key len=3 qsum=1 "                           \
	     "sha256="                                                         \
	     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f200"    \
	     "15ad breaks=none\n"

START_TEST(a_masked_key_is_found_by_its_digest_or_made_up)
{
	char text[16];

	ck_assert_ptr_nonnull(strstr(made(UPLOAD), "- AT>  @file "));
	ck_assert(plan.key_made_up);
	ck_assert_uint_eq(read_text("mask-1", text, sizeof(text)), 3);
	ck_assert_ptr_nonnull(
		strstr(notes(), "line 2: a generated key of 3 bytes"));
	plan.key_made_up = false;
	plan.certs = folder;
	write_text("a.key", "abc");
	made(UPLOAD);
	ck_assert(!plan.key_made_up);
	read_text("mask-1", text, sizeof(text));
	ck_assert_str_eq(text, "abc");
	ck_assert_ptr_nonnull(strstr(notes(), "/a.key is what is masked\n"));
}
END_TEST

START_TEST(a_masked_pin_is_made_up_and_passed_over)
{
	ck_assert_str_eq(
		made(HEAD "0 AT>  AT+CPIN=@masked{kind=pin,len=4}\\r\n"
			  "0 AT<  +X: @masked{kind=pin,len=4}\\r\\n\n"),
		"- AT>  AT+CPIN=0000\\r\n- AT<  +X: {any}\\r\\n\n");
	ck_assert_uint_eq(plan.generated, 1);
	ck_assert(!plan.key_made_up);
}
END_TEST

START_TEST(what_cannot_be_sent_has_its_place)
{
	struct transcript_error err;

	ck_assert(!make(HEAD "0 AT>  AT=@masked{kind=pin}\\r\n", &err));
	ck_assert_uint_eq(err.line, 2);
	ck_assert(!make("nonsense\n", &err));
	ck_assert_uint_eq(err.line, 1);
	ck_assert(
		!replay_scenario_make(&plan, "/nowhere/x", "/dev/null", &err));
	ck_assert_uint_eq(err.line, 0);
	write_text("scenario", "");
}
END_TEST

START_TEST(a_mask_gives_its_words_and_something_as_long)
{
	static const char *const bad[] = {"", "kind=pin", "len=0", "len=-1",
		"len=4x", "len=99999999", "xlen=4"};
	struct mask_words mask;
	struct buf out;

	buf_init(&out, 1000);
	ck_assert(mask_read("kind=key len=100 breaks=lf", 26, &mask));
	ck_assert(mask_fill(&mask, &out));
	ck_assert_uint_eq(buf_len(&out), 100);
	ck_assert_int_eq(strncmp(buf_cstr(&out),
				 "-----BEGIN RSA PRIVATE KEY-----\nAAA", 35),
		0);
	buf_reset(&out);
	ck_assert(mask_read("kind=pin,len=4", 14, &mask));
	ck_assert(mask_fill(&mask, &out));
	ck_assert_str_eq(buf_cstr(&out), "0000");
	mask.len = 1000;
	ck_assert(!mask_fill(&mask, &out));
	buf_free(&out);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(!mask_read(bad[i], strlen(bad[i]), &mask), "%s",
			bad[i]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("replay_scenario");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, bytes_go_over_as_they_are);
	tcase_add_test(tc, the_pace_is_pauses_and_patience);
	tcase_add_test(tc, pins_are_actions_where_they_begin);
	tcase_add_test(tc, actions_are_done_once);
	tcase_add_test(tc, a_start_that_nothing_explains_is_made_and_told);
	tcase_add_test(tc, a_masked_key_is_found_by_its_digest_or_made_up);
	tcase_add_test(tc, a_masked_pin_is_made_up_and_passed_over);
	tcase_add_test(tc, what_cannot_be_sent_has_its_place);
	tcase_add_test(tc, a_mask_gives_its_words_and_something_as_long);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
