#ifndef WIOFW_AT_CLIENT_H
#define WIOFW_AT_CLIENT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reason.h"
#include "ring.h"

struct board;

#define AT_LINE_MAX 1024 /* longer lines are cut; no answer we read is */
#define AT_CMD_MAX  512	 /* longest command this firmware builds */
#define AT_RX_MAX   2048 /* one full QIRD answer and some URCs */

/*
 * For what the modem answers by itself: man 300 ms. The library grants 500
 * [CLIENT B.1]; a modem that shares its processor with others takes longer.
 */
#define AT_LOCAL_MS 3000

/* Negative results of the functions that wait. */
enum at_fail {
	AT_FAIL_TIMEOUT = -1,
	AT_FAIL_GONE = -2, /* the serial line itself failed */
	AT_FAIL_RESTARTED = -3,
};

/*
 * Somebody who wants the lines that answer no command. fn gets the whole
 * line; it may be called from any function below that waits or sends, and
 * must not use the at_client itself.
 */
struct at_urc {
	const char *prefix;
	void (*fn)(void *arg, const char *line);
	void *arg;
	struct at_urc *next; /* at_client's */
};

/*
 * The modem's serial line as seen by a host: commands out, lines, prompts
 * and counted payload in. Lines that answer nothing (URCs, echo, boot noise)
 * are offered to the at_urc list and otherwise ignored, as the Wio LTE
 * libraries do [CLIENT A].
 */
struct at_client {
	const struct board *board;
	struct ring rx;
	struct at_urc *urcs;
	/* NULL, or told of all bytes as they pass, for `trace on`. */
	void (*tap)(void *arg, bool to_modem, const uint8_t *buf, size_t len);
	void *tap_arg;
	const char *arg; /* in line: what follows the matched prefix */
	size_t len;
	bool gone;
	/* By itself, while in use: nobody is left to answer. Set and cleared
	 * by whoever knows what RDY means at that time. */
	bool restarted;
	bool late;     /* a wait timed out: its answer may still come */
	char what[32]; /* name of the command under way, for reasons */
	char line[AT_LINE_MAX + 1];
	char cmd[AT_CMD_MAX];
	uint8_t rx_mem[AT_RX_MAX];
};

void at_init(struct at_client *at, const struct board *board);
/* urc is the caller's and must outlive at. */
void at_listen(struct at_client *at, struct at_urc *urc);
/* Read until the line has been quiet for ms (2 s at most). */
void at_settle(struct at_client *at, uint32_t ms);
/* Forget everything received so far: after a reset, or before a boot. */
void at_flush(struct at_client *at);

/*
 * Send a command; the CR is added. Input that came before it is first handed
 * to the URC list. 0, AT_FAIL_GONE, or AT_FAIL_TIMEOUT when it is too long.
 */
int at_send(struct at_client *at, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Send payload as it is. quiet: the tap is told of the length only. */
int at_send_data(
	struct at_client *at, const uint8_t *buf, size_t len, bool quiet);

/*
 * Wait until a line equals one of the n texts, or begins with it when the
 * text ends in `*` (a bare `*` is any line that no at_urc wants); "> " is the
 * prompt, which ends without a line end.
 * Returns the index, or enum at_fail. at->line holds the line, at->arg what
 * follows the prefix.
 */
int at_wait(struct at_client *at, const char *const *texts, size_t n,
	uint32_t timeout_ms);
/* Exactly len bytes of payload, 0 or enum at_fail. */
int at_read(
	struct at_client *at, uint8_t *buf, size_t len, uint32_t timeout_ms);
/* What has arrived, as it is, past lines and URCs: bytes taken, 0: none. */
size_t at_take_raw(struct at_client *at, uint8_t *buf, size_t max);
/* Hand what has arrived to the URC list, waiting at most ms for something. */
void at_poll(struct at_client *at, uint32_t ms);

/*
 * Wait for text (as in at_wait) as the answer to the last command. 0, or -1
 * with r saying what came instead: ERROR, +CME ERROR with its meaning,
 * silence, a lost line.
 */
int at_expect(struct at_client *at, struct reason *r, const char *code,
	const char *text, uint32_t timeout_ms);
/* at_send, then at_expect "OK". */
int at_command(struct at_client *at, struct reason *r, const char *code,
	uint32_t timeout_ms, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/*
 * at_send cmd, wait for the line `prefix`*, copy what follows into out, then
 * wait for OK. An empty prefix takes the first line that is not empty, no
 * error, not the command's echo and not for an at_urc.
 */
int at_query(struct at_client *at, struct reason *r, const char *code,
	uint32_t timeout_ms, const char *cmd, const char *prefix, char *out,
	size_t max);

/*
 * Read the next decimal field of *s, past its comma; false when there is no
 * number there.
 */
bool at_field(const char **s, long *value);

#endif
