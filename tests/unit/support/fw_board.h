#ifndef TEST_FW_BOARD_H
#define TEST_FW_BOARD_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "firmware_under_test/board.h"

/*
 * A board whose clock the test's waits advance and whose modem is a script:
 * each turn expects exact bytes from the firmware and then says something,
 * `chunk` bytes at a time, some ms later. What the firmware sends beside the
 * script, or leaves unsent, fails the test.
 */
struct fw_turn {
	const char *host;  /* expected bytes; NULL: speak at once */
	const char *modem; /* answer; NULL: silence */
	size_t host_len;   /* 0: strlen */
	size_t modem_len;
	uint32_t after_ms;
};

struct fw_board {
	struct board board;
	const struct fw_turn *script;
	size_t turns;
	size_t turn;	   /* next turn to be matched */
	size_t matched;	   /* bytes of its host side seen */
	uint8_t out[8192]; /* what the modem has yet to say */
	size_t out_len, out_at;
	size_t chunk; /* bytes a read gives at most; 0: all */
	uint32_t ready_ms;
	uint32_t ms;
	bool gone; /* line lost once the script is over */
	/* console; a \x01 in its input is half a second of silence */
	const char *con_in;
	size_t con_len, con_at, con_chunk;
	uint32_t con_ms; /* that each read of it takes */
	char con_out[16384];
	size_t con_out_len;
	/* pins */
	char pins[64];
	uint32_t pin_ms[64]; /* when each of them was */
	size_t pins_len;
	enum board_status status;
	unsigned deaf; /* PWRKEY pulses that have no effect */
};

static inline void fw_load_turn(struct fw_board *f)
{
	while (f->turn < f->turns) {
		const struct fw_turn *t = &f->script[f->turn];
		size_t want = t->host_len ? t->host_len
			      : t->host	  ? strlen(t->host)
					  : 0;

		if (f->matched < want)
			return;
		f->matched = 0;
		f->turn++;
		if (!t->modem)
			continue;
		size_t n = t->modem_len ? t->modem_len : strlen(t->modem);

		ck_assert_uint_le(f->out_len + n, sizeof(f->out));
		memcpy(f->out + f->out_len, t->modem, n);
		f->out_len += n;
		f->ready_ms = f->ms + t->after_ms;
	}
}

static inline uint32_t fw_now(void *ctx)
{
	struct fw_board *f = ctx;

	return f->ms;
}

static inline bool fw_readable(const struct fw_board *f)
{
	return f->out_at < f->out_len && f->ms >= f->ready_ms;
}

static inline void fw_wait(void *ctx, uint32_t ms)
{
	struct fw_board *f = ctx;

	if (f->out_at < f->out_len && f->ms + ms >= f->ready_ms) {
		if (f->ms < f->ready_ms)
			f->ms = f->ready_ms;
		return;
	}
	f->ms += ms;
}

static inline void fw_pause(void *ctx, uint32_t ms)
{
	struct fw_board *f = ctx;

	f->ms += ms;
}

static inline int fw_uart_read(void *ctx, uint8_t *buf, size_t len)
{
	struct fw_board *f = ctx;
	size_t n = f->out_len - f->out_at;

	if (!fw_readable(f))
		return f->gone && f->turn == f->turns && n == 0 ? -1 : 0;
	if (f->chunk && n > f->chunk)
		n = f->chunk;
	if (n > len)
		n = len;
	memcpy(buf, f->out + f->out_at, n);
	f->out_at += n;
	return (int)n;
}

static inline int fw_uart_write(void *ctx, const uint8_t *buf, size_t len)
{
	struct fw_board *f = ctx;

	for (size_t i = 0; i < len; i++) {
		const struct fw_turn *t = &f->script[f->turn];

		ck_assert_msg(f->turn < f->turns,
			"the script is over, yet the firmware sends '%.*s'",
			(int)(len - i), (const char *)buf + i);
		ck_assert_msg((uint8_t)t->host[f->matched] == buf[i],
			"turn %zu: expected '%s', byte %zu is 0x%02x of '%.*s'",
			f->turn, t->host, f->matched, buf[i], (int)len,
			(const char *)buf);
		f->matched++;
		fw_load_turn(f);
	}
	return 0;
}

static inline void fw_pin_set(void *ctx, enum board_pin pin, bool high)
{
	static const char names[] = {'k', 'r', 'd', 'v'};
	struct fw_board *f = ctx;
	char c = names[pin];

	ck_assert_uint_lt(f->pins_len, sizeof(f->pins) - 1);
	f->pin_ms[f->pins_len] = f->ms;
	f->pins[f->pins_len++] = high ? (char)(c - 32) : c;
	/* The modem starts when the key is let go, if it heard of it. */
	if (pin != BOARD_PIN_PWRKEY || high || f->pins_len <= 4)
		return;
	if (f->deaf > 0)
		f->deaf--;
	else
		f->status = BOARD_STATUS_RUNNING;
}

static inline enum board_status fw_status(void *ctx)
{
	struct fw_board *f = ctx;

	return f->status;
}

static inline void fw_con_write(void *ctx, const char *buf, size_t len)
{
	struct fw_board *f = ctx;

	ck_assert_uint_lt(f->con_out_len + len, sizeof(f->con_out));
	memcpy(f->con_out + f->con_out_len, buf, len);
	f->con_out_len += len;
}

static inline int fw_con_read(void *ctx, uint8_t *buf, size_t len, uint32_t ms)
{
	struct fw_board *f = ctx;
	size_t n = f->con_len - f->con_at;

	(void)ms;
	f->ms += f->con_ms;
	if (n == 0)
		return -1;
	if (f->con_chunk && n > f->con_chunk)
		n = f->con_chunk;
	if (n > len)
		n = len;
	if (f->con_in[f->con_at] == '\x01') {
		f->ms += 500;
		f->con_at++;
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (f->con_in[f->con_at] == '\x01')
			return (int)i;
		buf[i] = (uint8_t)f->con_in[f->con_at++];
	}
	return (int)n;
}

static inline void fw_board_init(
	struct fw_board *f, const struct fw_turn *script, size_t turns)
{
	memset(f, 0, sizeof(*f));
	f->script = script;
	f->turns = turns;
	f->board = (struct board){
		.ctx = f,
		.name = "test",
		.now_ms = fw_now,
		.wait_uart = fw_wait,
		.pause = fw_pause,
		.uart_read = fw_uart_read,
		.uart_write = fw_uart_write,
		.pin_set = fw_pin_set,
		.status = fw_status,
		.con_write = fw_con_write,
		.con_read = fw_con_read,
	};
	fw_load_turn(f);
}

/* The whole dialogue took place. */
static inline void fw_board_done(const struct fw_board *f)
{
	ck_assert_uint_eq(f->turn, f->turns);
}

/* What a test program returns. Frees tc. */
static inline int fw_run(const char *name, TCase *tc)
{
	Suite *s = suite_create(name);
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}

#endif
