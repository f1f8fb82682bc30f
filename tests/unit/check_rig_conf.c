#include "hil/rig_conf.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hil/dfu_text.h"
#include "hil/tool.h"
#include "tests/unit/support/temp.h"

static char dir[TEMP_PATH], path[TEMP_INSIDE], errors[8192];
static struct rig_confs confs;

static void write_file(const char *to, const char *text, mode_t mode)
{
	FILE *f = fopen(to, "we");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(to, mode), 0);
}

static bool load(const char *text)
{
	FILE *f = fmemopen(errors, sizeof(errors), "w");
	bool ok;

	write_file(path, text, 0600);
	ok = rig_confs_load(&confs, path, f);
	fclose(f);
	return ok;
}

/* It is refused with "PATH:LINE: " and these words. */
static void refused(const char *text, unsigned line, const char *words)
{
	char where[TEMP_INSIDE + 16];

	ck_assert_msg(!load(text), "accepted: %s", text);
	snprintf(where, sizeof(where), "%s:%u: ", path, line);
	ck_assert_msg(
		strstr(errors, where) != NULL, "no %s in %s", where, errors);
	ck_assert_msg(
		strstr(errors, words) != NULL, "no '%s' in %s", words, errors);
	ck_assert_uint_eq(confs.n, 0);
}

static void set_up(void)
{
	temp_dir(dir, "ec21-conf");
	snprintf(path, sizeof(path), "%s/rigs.conf", dir);
	memset(errors, 0, sizeof(errors));
}

static void tear_down(void)
{
	rig_confs_free(&confs);
	unlink(path);
	rmdir(dir);
}

START_TEST(a_whole_rig_is_read)
{
	const struct rig_conf *c;
	char want[TEMP_INSIDE];

	ck_assert_msg(load("; a bench\n"
			   "[wio-1]\n"
			   "usb_serial = 204D39A35843\n"
			   "console = tty:/dev/ttyUSB0\n"
			   "boot0_on = relay 1\n"
			   "  on\n"
			   "boot0_off = relay 1 off\n"
			   "reset = relay {dir} pulse\n"
			   "reset_timeout = 3\n"
			   "reset_status = 7\n"
			   "expect_boot = ^# wiofw .* ready$\n"
			   "bridge = yes\n"
			   "[wio-2]\n"
			   "usb_path = 1-1.4\n"
			   "expect_boot = none\n"),
		"%s", errors);
	ck_assert_uint_eq(confs.n, 2);
	c = rig_confs_find(&confs, "wio-1");
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->boot0_on.command, "relay 1 on");
	snprintf(want, sizeof(want), "relay %s pulse", dir);
	ck_assert_str_eq(c->reset.command, want);
	ck_assert_int_eq(c->reset.timeout, 3);
	ck_assert_int_eq(c->reset.status, 7);
	ck_assert_int_eq(c->boot0_on.timeout, 10);
	ck_assert_int_eq(c->enter, RIG_ENTER_HOOKS);
	ck_assert(c->bridge);
	c = rig_confs_find(&confs, "wio-2");
	ck_assert_int_eq(c->enter, RIG_ENTER_OPERATOR);
	ck_assert_ptr_null(c->expect_boot);
	ck_assert_ptr_null(rig_confs_find(&confs, "wio-3"));
}
END_TEST

START_TEST(each_mistake_has_its_line)
{
	refused("x = 1\n", 1, "before any [RIG]");
	refused("[a]\nconsol = tty:x\n", 2, "did you mean console?");
	refused("[a]\nxyzzyx = 1\n", 2, "no key 'xyzzyx'");
	refused("[a]\nconsole = /dev/ttyUSB0\n", 2, "expected tty:PATH");
	refused("[a]\nlock =\n", 2, "lock has no value");
	refused("[a]\nlock = x\nlock = y\n", 3, "the first is in line 2");
	refused("[a]\nlock = x\n[b]\nlock = y\n[a]\nimage = z\n", 6,
		"a second rig a");
	refused("[a]\nmethod = jtag\n", 2, "expected dfu, uart or command");
	refused("[a]\nenter = magic\n", 2,
		"expected hooks, console or operator");
	refused("[a]\nreset_timeout = 0\n", 2, "expected 1 to 3600 s");
	refused("[a]\nreset_timeout = 3601\n", 2, "expected 1 to 3600 s");
	refused("[a]\nreset_timeout = 5 s\n", 2, "expected 1 to 3600 s");
	refused("[a]\nreset_status = 256\n", 2, "expected 0 to 255");
	refused("[a]\nbridge = perhaps\n", 2, "expected yes or no");
	refused("[a]\nconsole = tcp:h:1\nexpect_boot = (\n", 3,
		"expect_boot '('");
	refused("[a]\nsim_pin = 1234\n", 2, "a secret is not written here");
	refused("[modem]\nlock = x\n", 2, "is built in");
	refused("[virtual]\nlock = x\n", 2, "is built in");
	refused("[a b]\nlock = x\n", 2, "is no name");
	refused("[a]\nlock = x\nnonsense\n", 3, "expected [RIG] or KEY");
}
END_TEST

START_TEST(what_belongs_together_is_wanted)
{
	refused("[a]\nboot0_on = x\n", 2, "boot0_on wants boot0_off");
	refused("[a]\nboot0_on = x\nboot0_off = y\n", 2, "wants reset");
	refused("[a]\nboot0_on = x\nboot0_off = y\npower_on = z\n", 2,
		"boot0_on wants reset, or power_on and power_off");
	ck_assert_msg(load("[a]\nboot0_on = x\nboot0_off = y\n"
			   "power_on = z\npower_off = z\n"),
		"%s", errors);
	rig_confs_free(&confs);
	refused("[a]\nboot0_off = x\n", 2, "wants boot0_on");
	refused("[a]\nacquire = x\n", 2, "acquire wants release");
	refused("[a]\nconsole = tty:x\nbridge = yes\nmodem = tty:y\n", 4,
		"modem wants no bridge");
	refused("[a]\nenter = hooks\n", 2, "enter wants boot0_on");
	refused("[a]\nenter = console\n", 2, "enter wants console");
	refused("[a]\nexpect_boot = x\n", 2, "expect_boot wants console");
	refused("[a]\nbridge = yes\n", 2, "bridge wants console");
	refused("[a]\nmethod = uart\n", 2, "method wants uart");
	refused("[a]\nmethod = command\nflash_command = x\n", 2,
		"method wants read_command");
	refused("[a]\nmethod = command\nread_command = x\n", 2,
		"method wants flash_command");
	refused("[a]\nuart = /dev/ttyUSB0\n", 2, "wants method = uart");
	refused("[a]\nmethod = uart\nuart = x\nusb_path = 1-1\n", 4,
		"usb_path wants method = dfu");
}
END_TEST

START_TEST(all_mistakes_are_told_up_to_twenty)
{
	char text[2048] = "[a]\n";
	unsigned lines = 0;
	size_t n = strlen(text);

	for (int i = 0; i < 25; i++)
		n += (size_t)snprintf(
			text + n, sizeof(text) - n, "qqqq%d = 1\n", i);
	ck_assert(!load(text));
	for (const char *p = errors; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	ck_assert_uint_eq(lines, 21);
	ck_assert_ptr_nonnull(strstr(errors, ": 5 more\n"));
}
END_TEST

START_TEST(a_line_that_would_be_cut_is_refused)
{
	char text[600] = "[a]\nreset = ";

	memset(text + strlen(text), 'x', 300);
	memcpy(text + strlen(text), "\n", 2);
	refused(text, 2, "longer than");
}
END_TEST

START_TEST(no_file_is_no_mistake_unless_it_was_named)
{
	FILE *f = fmemopen(errors, sizeof(errors), "w");
	char nowhere[TEMP_INSIDE];

	snprintf(nowhere, sizeof(nowhere), "%s/none", dir);
	ck_assert(!rig_confs_load(&confs, nowhere, f));
	fclose(f);
	ck_assert_ptr_nonnull(strstr(errors, "No such file"));
	ck_assert_int_eq(unsetenv("EC21_RIGS"), 0);
	ck_assert_int_eq(setenv("XDG_CONFIG_HOME", dir, 1), 0);
	if (access("/etc/ec21-bench/rigs.conf", F_OK) != 0) {
		ck_assert(rig_confs_load(&confs, NULL, stderr));
		ck_assert_uint_eq(confs.n, 0);
	}
}
END_TEST

START_TEST(a_secret_is_for_its_owner_alone)
{
	char reference[TEMP_INSIDE + 8], secret[8], why[300];

	snprintf(reference, sizeof(reference), "file:%s", path);
	write_file(path, "1234\r\n", 0600);
	ck_assert(rig_conf_secret(
		reference, secret, sizeof(secret), why, sizeof(why)));
	ck_assert_str_eq(secret, "1234");
	for (mode_t bit = 0001; bit <= 0040; bit <<= 1) {
		write_file(path, "1234\n", 0600 | bit);
		ck_assert(!rig_conf_secret(
			reference, secret, sizeof(secret), why, sizeof(why)));
		ck_assert_ptr_nonnull(strstr(why, "chmod 600"));
		ck_assert_ptr_null(strstr(why, "1234"));
	}
	write_file(path, "1234", 0400);
	ck_assert(rig_conf_secret(
		reference, secret, sizeof(secret), why, sizeof(why)));
	ck_assert_int_eq(chmod(path, 0600), 0);
	write_file(path, "\n", 0600);
	ck_assert(!rig_conf_secret(
		reference, secret, sizeof(secret), why, sizeof(why)));
	write_file(path, "1234567\n", 0600);
	ck_assert(!rig_conf_secret(
		reference, secret, sizeof(secret), why, sizeof(why)));
	unlink(path);
	ck_assert(!rig_conf_secret(
		reference, secret, sizeof(secret), why, sizeof(why)));
}
END_TEST

/* The manual names each key. */
START_TEST(the_manual_has_each_key)
{
	char text[65536], want[80];
	FILE *f = fopen("man/ec21-rigs.conf.5", "re");
	size_t n;

	ck_assert_msg(f != NULL, "run it from the top of the tree");
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	for (size_t i = 0; rig_conf_key(i) != NULL; i++) {
		const char *key = rig_conf_key(i);

		/* NAME_timeout and NAME_status are told once for all. */
		if (strstr(key, "_timeout") != NULL ||
			strstr(key, "_status") != NULL)
			continue;
		snprintf(want, sizeof(want), "Cm %s", key);
		ck_assert_msg(strstr(text, want) != NULL, "no %s", want);
	}
}
END_TEST

/* ---- what dfu-util says ---- */

static const char listed[] =
	"Found DFU: [0483:df11] ver=2200, devnum=2, cfg=1, intf=0, "
	"path=\"1-1.4\", alt=0, name=\"@Internal Flash  "
	"/0x08000000/04*016Kg,01*064Kg,07*128Kg\", serial=\"204D39A35843\"";

START_TEST(a_listing_is_understood)
{
	char other[300];
	struct dfu_listed b;

	ck_assert(dfu_text_listed(listed, &b));
	ck_assert_str_eq(b.path, "1-1.4");
	ck_assert_str_eq(b.serial, "204D39A35843");
	ck_assert(dfu_text_is_f405(&b));
	snprintf(other, sizeof(other), "%s", listed);
	memcpy(strstr(other, "alt=0"), "alt=1", 5);
	ck_assert(!dfu_text_listed(other, &b));
	snprintf(other, sizeof(other), "%s", listed);
	memcpy(strstr(other, "07*128"), "03*128", 6);
	ck_assert(dfu_text_listed(other, &b));
	ck_assert(!dfu_text_is_f405(&b));
	ck_assert(dfu_text_listed("Found DFU: [0483:df11] ver=2200, path=\"\", "
				  "alt=0, serial=\"UNKNOWN\"",
		&b));
	ck_assert_str_eq(b.serial, "");
	ck_assert(!dfu_text_is_f405(&b));
	ck_assert(!dfu_text_listed(
		"Found DFU: [1d50:6018] ver=0100, alt=0, x", &b));
	ck_assert(!dfu_text_listed("", &b));
}
END_TEST

START_TEST(no_cut_of_a_listing_is_trouble)
{
	char part[sizeof(listed)];
	struct dfu_listed b;

	for (size_t n = 0; n < sizeof(listed); n++) {
		memcpy(part, listed, n);
		part[n] = '\0';
		if (dfu_text_listed(part, &b))
			(void)dfu_text_is_f405(&b);
	}
}
END_TEST

START_TEST(progress_and_errors_are_understood)
{
	unsigned long bytes = 0;

	ck_assert_int_eq(dfu_text_progress("Download\t[==   ]  40%    "
					   "    28672 bytes",
				 &bytes),
		DFU_DOWNLOAD);
	ck_assert_uint_eq(bytes, 28672);
	ck_assert_int_eq(
		dfu_text_progress(
			"Erase   \t[]   0%            0 bytes", &bytes),
		DFU_ERASE);
	ck_assert_int_eq(dfu_text_progress("Upload\t[=] 100% 4 bytes", &bytes),
		DFU_UPLOAD);
	ck_assert_int_eq(
		dfu_text_progress("Download done.", &bytes), DFU_NO_PHASE);
	ck_assert_int_eq(dfu_text_progress("100% [", &bytes), DFU_NO_PHASE);
	ck_assert_uint_eq(dfu_text_status("DFU state(10) = dfuERROR, "
					  "status(3) = Device is unable"),
		3);
	ck_assert_uint_eq(dfu_text_status("status(0) = No error"), 0);
	ck_assert_uint_eq(dfu_text_status("status(999)"), 0);
	ck_assert_uint_eq(dfu_text_status("status("), 0);
	ck_assert(dfu_text_is_denied(
		"dfu-util: Cannot open DFU device 0483:df11 found on devnum "
		"2 (LIBUSB_ERROR_ACCESS)"));
	ck_assert(!dfu_text_is_denied("dfu-util: Cannot open DFU device "
				      "1d50:6018 found on devnum 2 "
				      "(LIBUSB_ERROR_ACCESS)"));
}
END_TEST

/* ---- command lines ---- */

START_TEST(words_keep_what_quotes_hold)
{
	static const char *const names[] = {"{image}", "{size}", NULL};
	static const char *const values[] = {"a b.bin", "12"};
	struct argv a = {0};

	ck_assert(tool_words(&a,
		" sh -c \"program {image} x\"\tit's' 'nice' {size}{size} {no}",
		names, values));
	ck_assert_uint_eq(a.n, 7);
	ck_assert_str_eq(a.v[2], "program a b.bin x");
	ck_assert_str_eq(a.v[3], "its");
	ck_assert_str_eq(a.v[4], "nice");
	ck_assert_str_eq(a.v[5], "1212");
	ck_assert_str_eq(a.v[6], "{no}");
	ck_assert_ptr_null(a.v[7]);
	argv_free(&a);
	ck_assert(tool_words(&a, "  ", NULL, NULL));
	ck_assert_uint_eq(a.n, 0);
	ck_assert(!tool_words(&a, "x \"y", NULL, NULL));
	argv_free(&a);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rig_conf");
	TCase *conf = tcase_create("rigs.conf"), *text = tcase_create("text");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(conf, set_up, tear_down);
	tcase_add_test(conf, a_whole_rig_is_read);
	tcase_add_test(conf, each_mistake_has_its_line);
	tcase_add_test(conf, what_belongs_together_is_wanted);
	tcase_add_test(conf, all_mistakes_are_told_up_to_twenty);
	tcase_add_test(conf, a_line_that_would_be_cut_is_refused);
	tcase_add_test(conf, no_file_is_no_mistake_unless_it_was_named);
	tcase_add_test(conf, a_secret_is_for_its_owner_alone);
	tcase_add_test(conf, the_manual_has_each_key);
	suite_add_tcase(s, conf);
	tcase_add_test(text, a_listing_is_understood);
	tcase_add_test(text, no_cut_of_a_listing_is_trouble);
	tcase_add_test(text, progress_and_errors_are_understood);
	tcase_add_test(text, words_keep_what_quotes_hold);
	suite_add_tcase(s, text);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
