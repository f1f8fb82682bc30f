#include "hil/far_evidence.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "support/temp.h"

/* Whose a line of evidence is, and a file of them that others write to. */

#define LINE(at, cn, sni)                                                      \
	"{\"time\":\"2023-11-14T22:13:" at "Z\",\"sni\":" sni                  \
	",\"client_cert\":" cn "}"
#define CN(name) "{\"cn\":\"" name "\"}"
#define HOST	 "\"broker.example\""

static const struct {
	const char *json;
	const char *client;
	const char *why; /* NULL: it is ours */
} whose[] = {
	{LINE("20.1", CN("run-a-1"), "null"), "run-a-1", NULL},
	{LINE("20.1", CN("run-b-1"), "null"), "run-a-1",
		"its certificate is run-b-1, the run's is run-a-1"},
	/* Before there was a certificate: by its time and server name. */
	{LINE("20.1", "null", HOST), "run-a-1", NULL},
	{LINE("20.1", "null", "null"), "run-a-1", NULL},
	{LINE("50.1", "null", HOST), "run-a-1", "it was not during the run"},
	{LINE("10.1", "null", HOST), "run-a-1", "it was not during the run"},
	{LINE("20.1", "null", "\"other.example\""), "run-a-1",
		"its server name is other.example"},
	/* A run without a certificate of its own. */
	{LINE("20.1", CN("device-1"), "null"), NULL, NULL},
	{LINE("50.1", CN("device-1"), "null"), NULL,
		"it was not during the run"},
	{"[]", "run-a-1", "it was not during the run"},
};

START_TEST(evidence_is_told_by_certificate_time_and_name)
{
	struct evidence_run run = {.client = whose[_i].client,
		.host = "broker.example",
		.begin_ms = 1700000000000,
		.end_ms = 1700000000500};
	char why[300] = "";
	json_t *line = json_loads(whose[_i].json, 0, NULL);

	ck_assert_int_eq(evidence_is_own(line, &run, why, sizeof(why)),
		whose[_i].why == NULL);
	if (whose[_i].why != NULL)
		ck_assert_str_eq(why, whose[_i].why);
	json_decref(line);
}
END_TEST

START_TEST(a_run_that_is_not_over_has_no_end)
{
	struct evidence_run run = {
		.client = "run-a-1", .begin_ms = 1700000000000};
	json_t *line = json_loads(LINE("59.9", "null", HOST), 0, NULL);

	ck_assert(evidence_is_own(line, &run, NULL, 0));
	json_decref(line);
}
END_TEST

static struct event_base *base;
static char dir[TEMP_PATH], path[TEMP_INSIDE], copy[TEMP_INSIDE];
static char heard[1000];

static void setup(void)
{
	temp_dir(dir, "check_far");
	snprintf(path, sizeof(path), "%s/evidence", dir);
	snprintf(copy, sizeof(copy), "%s/copy", dir);
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	heard[0] = '\0';
}

static void teardown(void)
{
	event_base_free(base);
	unlink(path);
	unlink(copy);
	rmdir(dir);
}

static void put(const char *text)
{
	FILE *f = fopen(path, "a");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static void on_line(void *arg, const char *line)
{
	size_t n = strlen(heard);

	(void)arg;
	snprintf(heard + n, sizeof(heard) - n, "%s\n", line);
	if (strstr(line, "\"end\"") != NULL)
		event_base_loopbreak(base);
}

static struct far_evidence *follow(char *client, char *why, size_t size)
{
	const struct far_evidence_opts o = {.base = base,
		.path = path,
		.copy = copy,
		.run = {.client = client,
			.host = "broker.example",
			.begin_ms = 1700000000000},
		.line = on_line};

	return far_evidence_new(&o, why, size);
}

/* An earlier run's connection ends in ours; others are on that broker, too. */
START_TEST(of_what_a_broker_elsewhere_saw_the_runs_own_is_taken)
{
#define MINE   LINE("20.1", CN("run-a-1"), HOST) "\n"
#define BEFORE LINE("10.1", "null", "null") "\n"
#define OTHER  LINE("20.1", CN("run-b-1"), HOST) "\n"
#define ALIEN  LINE("20.1", "null", "\"other.example\"") "\n"
#define NOBODY LINE("20.1", "null", HOST) "\n"
#define END    LINE("20.1", CN("run-a-1"), "\"end\"") "\n"
	char client[] = "run-a-1", why[300], got[1000] = "";
	struct far_evidence *f;
	FILE *file;

	ck_assert_ptr_null(follow(client, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "/evidence: No such file"));
	put(MINE "{\"half a line\":");
	f = follow(client, why, sizeof(why));
	ck_assert_msg(f != NULL, "%s", why);
	/* The texts that it was given are another's from now on. */
	client[0] = 'x';
	put("1}\n" BEFORE OTHER ALIEN "no JSON\n[]\n");
	put(MINE NOBODY END);
	event_base_dispatch(base);
	ck_assert_str_eq(heard, MINE NOBODY END);
	far_evidence_free(f);
	file = fopen(copy, "re");
	ck_assert_ptr_nonnull(file);
	got[fread(got, 1, sizeof(got) - 1, file)] = '\0';
	fclose(file);
	ck_assert_str_eq(got, heard);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("far evidence");
	TCase *tc = tcase_create("whose");
	TCase *far = tcase_create("far");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, evidence_is_told_by_certificate_time_and_name,
		0, (int)(sizeof(whose) / sizeof(*whose)));
	tcase_add_test(tc, a_run_that_is_not_over_has_no_end);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(far, setup, teardown);
	tcase_add_test(
		far, of_what_a_broker_elsewhere_saw_the_runs_own_is_taken);
	suite_add_tcase(s, far);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
