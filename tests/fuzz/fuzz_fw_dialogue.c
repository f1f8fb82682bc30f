/*
 * The whole firmware core against a modem that says anything. The input is
 * cut at NUL bytes; each piece is the answer to one thing the firmware sends.
 * Whatever comes, `run` must end in bounded time with exactly one result.
 */
#include "firmware_under_test/core/app.h"
#include "firmware_under_test/board.h"
#include "firmware_under_test/core/tls_mcu.h"

#include <stdlib.h>
#include <string.h>

/* Boot 30 s, AT 20 s, SIM 10 s, registration 60 s, QIACT, QSSLOPEN twice two
 * waits of 150 s, files, closes: well below half an hour. */
#define BOUND_MS (30 * 60 * 1000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	const uint8_t *data;
	size_t size, at, open; /* readable: at..open */
	uint32_t ms;
	const char *con;
	unsigned results;
} m;

static struct app app;

/* The MCU path is not taken here. */
const char tls_mcu_build[] = "";

int tls_mcu_open(struct link *l, const struct tls_request *q,
	const struct note *note, struct reason *r)
{
	(void)l;
	(void)q;
	(void)note;
	return reason_set(r, "tls", "not here");
}

int tls_mcu_send(void *ctx, const uint8_t *buf, size_t len, struct reason *r)
{
	(void)ctx;
	(void)buf;
	(void)len;
	return reason_set(r, "tls", "not here");
}

int tls_mcu_recv(void *ctx, uint8_t *buf, size_t max, uint32_t timeout_ms,
	struct reason *r)
{
	(void)ctx;
	(void)buf;
	(void)max;
	(void)timeout_ms;
	return reason_set(r, "tls", "not here");
}

void tls_mcu_close(void)
{
}

void tls_mcu_memory(size_t *size, size_t *peak)
{
	*size = 0;
	*peak = 0;
}

static uint32_t now_ms(void *ctx)
{
	(void)ctx;
	return m.ms;
}

static void pass(void *ctx, uint32_t ms)
{
	(void)ctx;
	/* Waiting with input at hand takes no time. */
	if (m.at == m.open)
		m.ms += ms;
	if (m.ms > BOUND_MS)
		abort();
}

static int uart_read(void *ctx, uint8_t *buf, size_t len)
{
	size_t n = m.open - m.at;

	(void)ctx;
	if (n > len)
		n = len;
	memcpy(buf, m.data + m.at, n);
	m.at += n;
	/* A modem that never stops talking takes time, too. */
	m.ms += n > 0;
	return (int)n;
}

static int uart_write(void *ctx, const uint8_t *buf, size_t len)
{
	(void)ctx;
	(void)buf;
	(void)len;
	while (m.open < m.size && m.data[m.open] != 0)
		m.open++;
	if (m.open < m.size) {
		/* The NUL itself is not sent. */
		if (m.at == m.open)
			m.at++;
		m.open++;
	}
	return 0;
}

static void con_write(void *ctx, const char *buf, size_t len)
{
	(void)ctx;
	if (len == 0 || buf[len - 1] != '\n')
		abort();
	m.results += buf[0] == '+';
}

static int con_read(void *ctx, uint8_t *buf, size_t len, uint32_t ms)
{
	size_t n = strlen(m.con);

	(void)ctx;
	(void)ms;
	if (n == 0)
		return -1;
	if (n > len)
		n = len;
	memcpy(buf, m.con, n);
	m.con += n;
	return (int)n;
}

static const struct board board = {
	.name = "fuzz",
	.now_ms = now_ms,
	.wait_uart = pass,
	.pause = pass,
	.uart_read = uart_read,
	.uart_write = uart_write,
	.con_write = con_write,
	.con_read = con_read,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&m, 0, sizeof(m));
	m.data = data;
	m.size = size;
	m.con = "set seclevel 1\nput ca 5\n12345trace on\nrun\nget last\n";
	app_init(&app, &board);
	while (app_turn(&app, 100))
		;
	if (m.results != 5)
		abort();
	return 0;
}
