#include "hil/files.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hil/self.h"

static char top[200];

static void make(const char *name)
{
	char path[300];
	size_t n = strlen(name);
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	if (name[n - 1] == '/') {
		ck_assert_int_eq(mkdir(path, 0777), 0);
		return;
	}
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	fclose(f);
}

START_TEST(folder_stands_for_all_scenarios_below_it)
{
	static const char *const tree[] = {"b/", "b/rev-1.2/", "b/rev-1.2/b.at",
		"b/rev-1.2/c.d.at", "b/.git/", "b/.git/no.at", "b/a.at",
		"b/notes.txt", "b/x.at/", "b/x.at/y.at", "b/.at"};
	static const char *const want[] = {
		"b/a.at", "b/rev-1.2/b.at", "b/rev-1.2/c.d.at", "b/x.at/y.at"};
	char path[300], *paths[] = {path};
	struct files f;

	ck_assert(self_folder(top, sizeof(top)));
	for (size_t i = 0; i < sizeof(tree) / sizeof(*tree); i++)
		make(tree[i]);
	snprintf(path, sizeof(path), "%s/b/gone.txt", top);
	ck_assert_int_eq(symlink("nowhere", path), 0);
	snprintf(path, sizeof(path), "%s/b", top);
	ck_assert(files_collect(&f, paths, 1));
	ck_assert_uint_eq(f.n, sizeof(want) / sizeof(*want));
	for (size_t i = 0; i < f.n; i++) {
		ck_assert_str_eq(f.list[i] + strlen(top) + 1, want[i]);
		ck_assert(f.found[i]);
	}
	files_free(&f);
	files_remove_tree(top);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("files");
	Suite *s = suite_create("files");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, folder_stands_for_all_scenarios_below_it);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
