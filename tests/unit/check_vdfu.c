#include "hil/vdfu/vdfu_core.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "hil/vdfu/vdfu_desc.h"
#include "hil/vdfu/vdfu_knobs.h"
#include "hil/vdfu/vdfu_uart.h"

static uint8_t flash[VDFU_FLASH_SIZE];
static struct vdfu_chip chip;
static struct vdfu_core core;
static struct vdfu_uart uart;
static uint8_t said[2048];
static size_t n_said;

static void take(void *arg, const uint8_t *data, size_t len)
{
	(void)arg;
	ck_assert_uint_le(n_said + len, sizeof(said));
	memcpy(said + n_said, data, len);
	n_said += len;
}

static void set_up(void)
{
	memset(flash, 0xff, sizeof(flash));
	vdfu_chip_init(&chip, flash);
	vdfu_core_init(&core, &chip, "204D39A35843");
	vdfu_uart_init(&uart, &chip, take, NULL);
	n_said = 0;
}

/* ---- a host's side of DFU ---- */

static int out(uint8_t request, uint16_t value, const void *data, size_t len)
{
	const struct vdfu_setup s = {0x21, request, value, 0, (uint16_t)len};
	uint8_t copy[4096];

	if (len > 0)
		memcpy(copy, data, len);
	return vdfu_core_control(&core, &s, copy);
}

static int in(uint8_t request, uint16_t value, void *data, size_t len)
{
	const struct vdfu_setup s = {0xa1, request, value, 0, (uint16_t)len};

	return vdfu_core_control(&core, &s, data);
}

static void expect_status(int state, int status)
{
	uint8_t b[6];

	ck_assert_int_eq(in(3, 0, b, 6), 6);
	ck_assert_int_eq(b[4], state);
	ck_assert_int_eq(b[0], status);
}

static int command(uint8_t code, uint32_t address)
{
	const uint8_t b[5] = {code, (uint8_t)address, (uint8_t)(address >> 8),
		(uint8_t)(address >> 16), (uint8_t)(address >> 24)};

	return out(1, 0, b, 5);
}

/* A DNLOAD that is sent already: busy, then `state`. */
static void settle(int state, int status)
{
	expect_status(VDFU_DNBUSY, 0);
	expect_status(state, status);
}

static void do_command(uint8_t code, uint32_t address)
{
	ck_assert_int_eq(command(code, address), 5);
	settle(VDFU_DNLOAD_IDLE, 0);
}

START_TEST(a_command_runs_at_the_status_behind_it)
{
	flash[0x4000] = 0;
	ck_assert_int_eq(command(0x41, 0x08004000), 5);
	ck_assert_uint_eq(flash[0x4000], 0);
	expect_status(VDFU_DNBUSY, 0);
	ck_assert_uint_eq(flash[0x4000], 0xff);
	expect_status(VDFU_DNLOAD_IDLE, 0);
}
END_TEST

START_TEST(blocks_count_from_two_and_the_pointer)
{
	uint8_t data[VDFU_TRANSFER], back[VDFU_TRANSFER];

	memset(data, 0x5a, sizeof(data));
	do_command(0x21, 0x08008000);
	ck_assert_int_eq(out(1, 3, data, sizeof(data)), sizeof(data));
	settle(VDFU_DNLOAD_IDLE, 0);
	ck_assert_uint_eq(flash[0x87ff], 0xff);
	ck_assert_uint_eq(flash[0x8800], 0x5a);
	ck_assert_uint_eq(flash[0x8fff], 0x5a);
	ck_assert_int_eq(out(6, 0, NULL, 0), 0);
	ck_assert_int_eq(in(2, 3, back, sizeof(back)), sizeof(back));
	ck_assert_mem_eq(data, back, sizeof(data));
	expect_status(VDFU_UPLOAD_IDLE, 0);
}
END_TEST

START_TEST(writing_without_erasing_leaves_the_and)
{
	const uint8_t a = 0xf0, b = 0x3c;

	do_command(0x21, 0x08000000);
	out(1, 2, &a, 1);
	settle(VDFU_DNLOAD_IDLE, 0);
	out(1, 2, &b, 1);
	settle(VDFU_DNLOAD_IDLE, 0);
	ck_assert_uint_eq(flash[0], 0x30);
}
END_TEST

START_TEST(each_address_has_its_sector)
{
	static const struct {
		uint32_t address, base, size;
	} rows[] = {
		{0x08000000, 0x08000000, 0x4000},
		{0x08003fff, 0x08000000, 0x4000},
		{0x08004000, 0x08004000, 0x4000},
		{0x0800ffff, 0x0800c000, 0x4000},
		{0x08010000, 0x08010000, 0x10000},
		{0x0801ffff, 0x08010000, 0x10000},
		{0x08020000, 0x08020000, 0x20000},
		{0x080e0000, 0x080e0000, 0x20000},
		{0x080fffff, 0x080e0000, 0x20000},
	};
	uint32_t base, size;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ck_assert(vdfu_chip_sector(rows[i].address, &base, &size));
		ck_assert_uint_eq(base, rows[i].base);
		ck_assert_uint_eq(size, rows[i].size);
	}
	ck_assert(!vdfu_chip_sector(0x07ffffff, &base, &size));
	ck_assert(!vdfu_chip_sector(0x08100000, &base, &size));
	ck_assert(!vdfu_chip_sector(0, &base, &size));
	ck_assert(!vdfu_chip_sector(0xffffffff, &base, &size));
}
END_TEST

START_TEST(what_lies_past_the_end_is_refused)
{
	uint8_t data[VDFU_TRANSFER] = {0};

	do_command(0x21, 0x080ff801);
	out(1, 2, data, sizeof(data));
	settle(VDFU_ERROR, VDFU_STATUS_ADDRESS);
	ck_assert_uint_eq(flash[0xff801], 0xff);
	ck_assert_int_eq(out(4, 0, NULL, 0), 0);
	expect_status(VDFU_IDLE, 0);
	command(0x41, 0x08100000);
	settle(VDFU_ERROR, VDFU_STATUS_ADDRESS);
}
END_TEST

START_TEST(an_error_stays_until_it_is_cleared)
{
	uint8_t b;

	ck_assert_int_eq(out(1, 1, "x", 1), 1);
	settle(VDFU_ERROR, VDFU_STATUS_STALLED);
	ck_assert_int_eq(command(0x21, 0x08000000), VDFU_STALL);
	expect_status(VDFU_ERROR, VDFU_STATUS_STALLED);
	ck_assert_int_eq(in(5, 0, &b, 1), 1);
	ck_assert_int_eq(b, VDFU_ERROR);
	ck_assert_int_eq(out(4, 0, NULL, 0), 0);
	do_command(0x21, 0x08000000);
}
END_TEST

START_TEST(unknown_commands_and_lengths_fail)
{
	static const struct {
		size_t len;
		uint8_t bytes[6];
	} rows[] = {{1, {0x00}}, {1, {0x21}}, {4, {0x21, 0, 0, 0}},
		{6, {0x21, 0, 0, 0, 8, 0}}, {2, {0x41, 0}}, {2, {0x92, 0}}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		set_up();
		out(1, 0, rows[i].bytes, rows[i].len);
		settle(VDFU_ERROR, VDFU_STATUS_STALLED);
	}
}
END_TEST

START_TEST(requests_out_of_place_stall)
{
	uint8_t b[VDFU_TRANSFER + 1] = {0};

	ck_assert_int_eq(out(9, 0, NULL, 0), VDFU_STALL);
	set_up();
	command(0x21, 0x08000000);
	ck_assert_int_eq(in(2, 2, b, 16), VDFU_STALL);
	set_up();
	ck_assert_int_eq(in(2, 1, b, 16), VDFU_STALL);
	set_up();
	ck_assert_int_eq(in(3, 0, b, 5), VDFU_STALL);
	set_up();
	ck_assert_int_eq(out(1, 2, b, VDFU_TRANSFER + 1), VDFU_STALL);
	set_up();
	ck_assert_int_eq(in(2, 2, b, 16), 16);
	ck_assert_int_eq(command(0x21, 0x08000000), VDFU_STALL);
}
END_TEST

START_TEST(leaving_answers_once_and_is_gone)
{
	uint8_t b[6];

	do_command(0x21, 0x08000000);
	ck_assert_int_eq(out(1, 2, NULL, 0), 0);
	ck_assert(!core.left);
	expect_status(VDFU_MANIFEST, 0);
	ck_assert(core.left);
	ck_assert_int_eq(in(3, 0, b, 6), VDFU_GONE);
	vdfu_core_reset(&core);
	expect_status(VDFU_IDLE, 0);
}
END_TEST

START_TEST(read_protection_hides_and_unprotecting_erases)
{
	uint8_t b[16], options[2];

	flash[5] = 0;
	chip.protected = true;
	do_command(0x21, 0x08000000);
	out(6, 0, NULL, 0);
	ck_assert_int_eq(in(2, 2, b, 16), VDFU_STALL);
	expect_status(VDFU_ERROR, VDFU_STATUS_VENDOR);
	out(4, 0, NULL, 0);
	command(0x41, 0x08000000);
	settle(VDFU_ERROR, VDFU_STATUS_VENDOR);
	ck_assert_uint_eq(flash[5], 0);
	ck_assert_int_eq(
		vdfu_chip_read(&chip, 0x1fffc000, options, 2), VDFU_OK);
	ck_assert_uint_eq(options[1], 0);
	out(4, 0, NULL, 0);
	ck_assert_int_eq(out(1, 0, "\x92", 1), 1);
	expect_status(VDFU_DNBUSY, 0);
	ck_assert(core.left);
	ck_assert(!chip.protected);
	ck_assert_uint_eq(flash[5], 0xff);
}
END_TEST

START_TEST(mass_erase_is_one_byte)
{
	flash[0] = flash[sizeof(flash) - 1] = 0;
	out(1, 0, "\x41", 1);
	settle(VDFU_DNLOAD_IDLE, 0);
	ck_assert_uint_eq(flash[0], 0xff);
	ck_assert_uint_eq(flash[sizeof(flash) - 1], 0xff);
	ck_assert_uint_eq(chip.erased, VDFU_SECTORS);
}
END_TEST

START_TEST(block_zero_of_an_upload_lists_the_commands)
{
	uint8_t b[8];

	ck_assert_int_eq(in(2, 0, b, 8), 4);
	ck_assert_mem_eq(b, "\x00\x21\x41\x92", 4);
	ck_assert_int_eq(in(2, 0, b, 2), 2);
}
END_TEST

/* ---- knobs ---- */

static void arm(const char *text)
{
	struct vdfu_knobs k = {0};
	char why[200];

	ck_assert_msg(vdfu_knobs_set(&k, text, why, sizeof(why)), "%s", why);
	vdfu_core_arm(&core, &k);
}

START_TEST(the_nth_write_and_erase_fail_once)
{
	const uint8_t zero = 0;

	arm("fail-write=2");
	do_command(0x21, 0x08000000);
	out(1, 2, &zero, 1);
	settle(VDFU_DNLOAD_IDLE, 0);
	out(1, 3, &zero, 1);
	settle(VDFU_ERROR, VDFU_STATUS_WRITE);
	ck_assert_uint_eq(flash[VDFU_TRANSFER], 0xff);
	out(4, 0, NULL, 0);
	out(1, 3, &zero, 1);
	settle(VDFU_DNLOAD_IDLE, 0);
	arm("fail-erase=1");
	command(0x41, 0x08000000);
	settle(VDFU_ERROR, VDFU_STATUS_ERASE);
	ck_assert_uint_eq(flash[0], 0);
}
END_TEST

START_TEST(unplug_hang_and_flip_strike_where_told)
{
	uint8_t b[16];

	arm("unplug=3");
	expect_status(VDFU_IDLE, 0);
	expect_status(VDFU_IDLE, 0);
	ck_assert_int_eq(in(3, 0, b, 6), VDFU_GONE);
	ck_assert(core.left);
	set_up();
	arm("hang=1");
	ck_assert_int_eq(in(3, 0, b, 6), VDFU_HANG);
	ck_assert_int_eq(in(3, 0, b, 6), 6);
	set_up();
	arm("flip=0x08000003");
	ck_assert_int_eq(in(2, 2, b, 16), 16);
	ck_assert_uint_eq(b[2], 0xff);
	ck_assert_uint_eq(b[3], 0xfe);
	ck_assert_uint_eq(flash[3], 0xff);
	arm("flip=0x080000ff");
	ck_assert_int_eq(in(2, 2, b, 16), 16);
	ck_assert_uint_eq(b[15], 0xff);
}
END_TEST

START_TEST(mute_start_and_poll_do_as_told)
{
	uint8_t b[6];

	arm("mute=1");
	out(1, 2, NULL, 0);
	ck_assert_int_eq(in(3, 0, b, 6), VDFU_GONE);
	ck_assert(core.left);
	arm("start=10");
	vdfu_core_reset(&core);
	expect_status(VDFU_ERROR, VDFU_STATUS_STALLED);
	set_up();
	arm("poll=0x012345");
	command(0x21, 0x08000000);
	ck_assert_int_eq(in(3, 0, b, 6), 6);
	ck_assert_mem_eq(b + 1, "\x45\x23\x01", 3);
	ck_assert_int_eq(in(3, 0, b, 6), 6);
	ck_assert_mem_eq(b + 1, "\0\0\0", 3);
}
END_TEST

START_TEST(knobs_that_are_none_are_refused)
{
	static const char *const texts[] = {"", "=", "pol=1", "poll",
		"poll=", "poll=x", "poll=-1", "poll=1 ", "poll=0x1000000",
		"start=11", "mute=2", "unplug=4294967296", "polls=1"};
	struct vdfu_knobs k = {0}, none = {0};
	char why[200];

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		why[0] = '\0';
		ck_assert_msg(!vdfu_knobs_set(&k, texts[i], why, sizeof(why)),
			"%s", texts[i]);
		ck_assert(why[0] != '\0');
		ck_assert_mem_eq(&k, &none, sizeof(k));
	}
	ck_assert(vdfu_knobs_set(&k, "start=10", why, sizeof(why)));
	ck_assert(vdfu_knobs_set(&k, "unplug=4294967295", why, sizeof(why)));
	ck_assert_uint_eq(k.unplug, 0xffffffff);
}
END_TEST

/* ---- descriptors ---- */

START_TEST(descriptors_are_cut_to_what_is_asked)
{
	struct vdfu_setup s = {0x80, 6, 0x0100, 0, 8};
	uint8_t b[300];

	ck_assert_int_eq(vdfu_core_control(&core, &s, b), 8);
	s.length = 255;
	ck_assert_int_eq(vdfu_core_control(&core, &s, b), 18);
	s.value = 0x0200;
	ck_assert_int_eq(vdfu_core_control(&core, &s, b), 54);
	ck_assert_uint_eq(b[2], 54);
	ck_assert_uint_eq(vdfu_desc_len, 18 + 54);
	s.value = 0x0303;
	ck_assert_int_eq(vdfu_core_control(&core, &s, b), 2 + 24);
	ck_assert_mem_eq(b + 2, "2\0000\0004\0", 6);
	s.value = 0x0300;
	ck_assert_int_eq(vdfu_core_control(&core, &s, b), 4);
	s.value = 0x0308;
	ck_assert_int_eq(vdfu_core_control(&core, &s, b), VDFU_STALL);
	s.request = 5;
	ck_assert_int_eq(vdfu_core_control(&core, &s, b), VDFU_STALL);
}
END_TEST

/* ---- the USART ---- */

/* Send it whole or byte by byte; then exactly these bytes came back. */
static void say(const void *data, size_t len, const void *answer, size_t n)
{
	n_said = 0;
	for (size_t i = 0; i < len; i++)
		vdfu_uart_input(&uart, (const uint8_t *)data + i, 1);
	ck_assert_uint_eq(n_said, n);
	if (n > 0)
		ck_assert_mem_eq(said, answer, n);
}

START_TEST(usart_identifies_the_chip)
{
	say("xy\x7f", 3, "\x79", 1);
	say("\x02\xfd", 2, "\x79\x01\x04\x13\x79", 5);
	say("\x01\xfe", 2, "\x79\x31\0\0\x79", 5);
	say("\x00\xff", 2,
		"\x79\x0b\x31\x00\x01\x02\x11\x21\x31\x44\x63\x73\x82\x92\x79",
		15);
	say("\x02\xfc", 2, "\x1f", 1);
	say("\x55\xaa", 2, "\x1f", 1);
}
END_TEST

START_TEST(usart_writes_and_reads)
{
	say("\x7f", 1, "\x79", 1);
	say("\x31\xce", 2, "\x79", 1);
	say("\x08\x00\x01\x00\x09", 5, "\x79", 1);
	say("\x03\x01\x02\x03\x04\x07", 6, "\x79", 1);
	ck_assert_mem_eq(flash + 0x100, "\x01\x02\x03\x04\xff", 5);
	say("\x11\xee", 2, "\x79", 1);
	say("\x08\x00\x01\x00\x09", 5, "\x79", 1);
	say("\x03\xfc", 2, "\x79\x01\x02\x03\x04", 5);
	/* A wrong check, then a place that is no flash. */
	say("\x31\xce", 2, "\x79", 1);
	say("\x08\x00\x01\x00\x08", 5, "\x1f", 1);
	say("\x31\xce", 2, "\x79", 1);
	say("\x09\x00\x00\x00\x09", 5, "\x79", 1);
	say("\x00\x00\x00", 3, "\x1f", 1);
}
END_TEST

START_TEST(usart_erases_sectors_and_all)
{
	memset(flash, 0, sizeof(flash));
	say("\x7f", 1, "\x79", 1);
	say("\x44\xbb", 2, "\x79", 1);
	say("\x00\x01\x00\x01\x00\x0b\x0b", 7, "\x79", 1);
	ck_assert_uint_eq(flash[0x3fff], 0);
	ck_assert_uint_eq(flash[0x4000], 0xff);
	ck_assert_uint_eq(flash[0x7fff], 0xff);
	ck_assert_uint_eq(flash[0x8000], 0);
	ck_assert_uint_eq(flash[0xfffff], 0xff);
	say("\x44\xbb", 2, "\x79", 1);
	say("\x00\x00\x00\x0c\x0c", 5, "\x1f", 1);
	say("\x44\xbb", 2, "\x79", 1);
	say("\xff\xff\x00", 3, "\x79", 1);
	ck_assert_uint_eq(flash[0], 0xff);
}
END_TEST

START_TEST(usart_go_leaves_and_protection_refuses)
{
	say("\x7f", 1, "\x79", 1);
	chip.protected = true;
	say("\x11\xee", 2, "\x1f", 1);
	chip.protected = false;
	say("\x21\xde", 2, "\x79", 1);
	say("\x08\x00\x00\x00\x08", 5, "\x79", 1);
	ck_assert(uart.left);
	say("\x7f", 1, NULL, 0);
	vdfu_uart_reset(&uart);
	say("\x7f", 1, "\x79", 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vdfu");
	TCase *dfu = tcase_create("dfu"), *knobs = tcase_create("knobs"),
	      *usart = tcase_create("usart");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(dfu, set_up, NULL);
	tcase_add_test(dfu, a_command_runs_at_the_status_behind_it);
	tcase_add_test(dfu, blocks_count_from_two_and_the_pointer);
	tcase_add_test(dfu, writing_without_erasing_leaves_the_and);
	tcase_add_test(dfu, each_address_has_its_sector);
	tcase_add_test(dfu, what_lies_past_the_end_is_refused);
	tcase_add_test(dfu, an_error_stays_until_it_is_cleared);
	tcase_add_test(dfu, unknown_commands_and_lengths_fail);
	tcase_add_test(dfu, requests_out_of_place_stall);
	tcase_add_test(dfu, leaving_answers_once_and_is_gone);
	tcase_add_test(dfu, read_protection_hides_and_unprotecting_erases);
	tcase_add_test(dfu, mass_erase_is_one_byte);
	tcase_add_test(dfu, block_zero_of_an_upload_lists_the_commands);
	tcase_add_test(dfu, descriptors_are_cut_to_what_is_asked);
	suite_add_tcase(s, dfu);
	tcase_add_checked_fixture(knobs, set_up, NULL);
	tcase_add_test(knobs, the_nth_write_and_erase_fail_once);
	tcase_add_test(knobs, unplug_hang_and_flip_strike_where_told);
	tcase_add_test(knobs, mute_start_and_poll_do_as_told);
	tcase_add_test(knobs, knobs_that_are_none_are_refused);
	suite_add_tcase(s, knobs);
	tcase_add_checked_fixture(usart, set_up, NULL);
	tcase_add_test(usart, usart_identifies_the_chip);
	tcase_add_test(usart, usart_writes_and_reads);
	tcase_add_test(usart, usart_erases_sectors_and_all);
	tcase_add_test(usart, usart_go_leaves_and_protection_refuses);
	suite_add_tcase(s, usart);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
