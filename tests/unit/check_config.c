#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/temp.h"

/* Files that are laid over a profile. */

static const struct {
	const char *text, *model, *build;
} files[] = {
	{"[identity]\nmodel = A\n", "A", "01.001.01.001"},
	/* The last counts, next to the first or not. */
	{"[identity]\nmodel = A\nmodel = B\n", "B", "01.001.01.001"},
	{"[identity]\nmodel = A\nbuild = 1\nmodel = B\n", "B", "1"},
	/* A line that begins with a blank goes on with the value. */
	{"[identity]\nmodel = A\n B\n\tC\n", "ABC", "01.001.01.001"},
	{"[identity]\nmodel = A\n B\nmodel = C\n D\n", "CD", "01.001.01.001"},
	/* Quotation marks around it are none of it. */
	{"[identity]\nmodel = \"\"\n", "", "01.001.01.001"},
	{"[identity]\nmodel = \"A B\"\nbuild = \"\n", "A B", "\""},
	{"[identity]\nmodel = \"A \n B\"\nbuild = \"\"1\"\"\n", "AB", "\"1\""},
	/* But behind a section there is none. */
	{"[identity]\n model = A\n", "A", "01.001.01.001"},
	{"[identity]\nmodel = A\n[identity]\n model = B\n build = 1\n",
		"Bbuild = 1", "01.001.01.001"},
};

START_TEST(a_value_is_what_was_written_last)
{
	char path[TEMP_PATH];
	struct profile profile;
	struct why why;

	temp_file(path, "check_config", files[_i].text);
	profile_init(&profile);
	why.text[0] = '\0';
	ck_assert_msg(
		config_overlay(&profile, path, &why) == 0, "%s", why.text);
	unlink(path);
	ck_assert_str_eq(profile.identity_model, files[_i].model);
	ck_assert_str_eq(profile.identity_build, files[_i].build);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("config");
	TCase *tc = tcase_create("overlay");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, a_value_is_what_was_written_last, 0,
		sizeof(files) / sizeof(*files));
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
