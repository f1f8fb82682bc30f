#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "firmware_under_test/board.h"
#include "firmware_under_test/core/at_client.h"
#include "firmware_under_test/core/bridge.h"
#include "firmware_under_test/core/console.h"

/*
 * The bridge on two lines of 115200 without flow control, as on the chip: what
 * its rings cannot hold is lost. Time is counted in sixteenths of a byte's.
 */
#define BYTE  16u
#define RING  4096u /* of port/stm32f405/usart.c */
#define TOTAL 20000u

struct line {
	size_t total;	   /* that come in, one behind the other, from */
	uint64_t start;	   /* this time on */
	size_t taken;	   /* by the bridge */
	size_t peak;	   /* most that waited */
	uint64_t drained;  /* when all that was written is on the wire */
	size_t out, wrong; /* written, and not what came in on the other */
};

static struct line modem, user;
static uint64_t now;
static struct board board;
static struct at_client at;
static struct console con;

static uint8_t byte_at(size_t i)
{
	return (uint8_t)(i * 7 + i / 256) | 0x80; /* no Ctrl-] among them */
}

static size_t waiting(struct line *l)
{
	uint64_t here = now > l->start ? (now - l->start) / BYTE : 0;

	if (here > l->total)
		here = l->total;
	if (here - l->taken > l->peak)
		l->peak = here - l->taken;
	return here - l->taken;
}

static int take(struct line *l, uint8_t *buf, size_t len)
{
	size_t n = waiting(l);

	now++;
	if (n > len)
		n = len;
	for (size_t i = 0; i < n; i++)
		buf[i] = byte_at(l->taken++);
	return (int)n;
}

/* Data register and shift register: two bytes are under way at most. */
static void put(struct line *l, const uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		now++;
		if (l->drained > now + BYTE)
			now = l->drained - BYTE;
		l->drained = (l->drained > now ? l->drained : now) + BYTE;
		l->wrong += buf[i] != byte_at(l->out++);
	}
}

static uint32_t now_ms(void *ctx)
{
	(void)ctx;
	return (uint32_t)(now * 87 / BYTE / 1000);
}

static void wait_for(struct line *l, uint32_t ms)
{
	uint64_t end = now + (uint64_t)ms * 1000 * BYTE / 87;

	while (now < end && waiting(l) == 0)
		now += BYTE;
}

static void wait_uart(void *ctx, uint32_t ms)
{
	(void)ctx;
	wait_for(&modem, ms);
}

static int uart_read(void *ctx, uint8_t *buf, size_t len)
{
	(void)ctx;
	return take(&modem, buf, len);
}

static int uart_write(void *ctx, const uint8_t *buf, size_t len)
{
	(void)ctx;
	put(&modem, buf, len);
	return 0;
}

static int con_read(void *ctx, uint8_t *buf, size_t len, uint32_t ms)
{
	(void)ctx;
	if (user.taken == user.total)
		return -1;
	wait_for(&user, ms);
	return take(&user, buf, len);
}

static void con_write(void *ctx, const char *buf, size_t len)
{
	(void)ctx;
	put(&user, (const uint8_t *)buf, len);
}

static struct bridge_count pass(size_t from_user, size_t from_modem)
{
	/* One has been under way for a while: the bridge was waiting. */
	user = (struct line){.total = from_user, .start = 100 * BYTE};
	modem = (struct line){.total = from_modem};
	now = 0;
	board = (struct board){.now_ms = now_ms,
		.wait_uart = wait_uart,
		.uart_read = uart_read,
		.uart_write = uart_write,
		.con_read = con_read,
		.con_write = con_write};
	at_init(&at, &board);
	console_init(&con, &board);
	return bridge_run(&at, &con);
}

static void passed(size_t from_user, size_t from_modem)
{
	struct bridge_count n = pass(from_user, from_modem);

	ck_assert_uint_eq(n.to_modem, from_user);
	ck_assert_uint_eq(n.from_modem, from_modem);
	ck_assert_uint_eq(modem.out, from_user);
	ck_assert_uint_eq(user.out, from_modem);
	ck_assert_uint_eq(modem.wrong + user.wrong, 0);
	ck_assert_uint_lt(user.peak, RING);
	ck_assert_uint_lt(modem.peak, RING);
}

START_TEST(one_way_at_full_rate_passes)
{
	passed(TOTAL, 0);
	passed(0, TOTAL);
}
END_TEST

START_TEST(both_ways_at_full_rate_at_the_same_time_pass)
{
	passed(TOTAL, TOTAL);
	passed(TOTAL, TOTAL / 3);
	passed(TOTAL / 3, TOTAL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fw_bridge");
	TCase *tc = tcase_create("rate");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, one_way_at_full_rate_passes);
	tcase_add_test(tc, both_ways_at_full_rate_at_the_same_time_pass);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
