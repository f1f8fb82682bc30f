#include "at/engine.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "at/cme.h"

/* The doors for output that families use; all of them end in the writer. */

enum { LINE_MAX_OUT = 4096 }; /* longest line printed: QSSLCFG=? rows */

void at_info(struct at_txn *txn, const char *fmt, ...)
{
	char line[LINE_MAX_OUT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	writer_info(&txn->at->writer, line);
}

void at_info_open(struct at_txn *txn, const char *fmt, ...)
{
	char line[LINE_MAX_OUT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	writer_info_open(&txn->at->writer, line);
}

void at_info_bare(struct at_txn *txn, const char *fmt, ...)
{
	char line[LINE_MAX_OUT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	writer_info_bare(&txn->at->writer, line);
}

void at_raw(struct at_txn *txn, const void *data, size_t len)
{
	writer_raw(&txn->at->writer, data, len);
}

void at_newline(struct at_txn *txn)
{
	writer_newline(&txn->at->writer);
}

void at_connect_line(struct at_txn *txn, const char *fmt, ...)
{
	char line[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	writer_result_text(&txn->at->writer, line);
	writer_hold(&txn->at->writer, true);
}

/* True when lines of this class are seen on the UART [AT §6]. */
static bool urc_routed(struct at *at, enum at_urc_class class, const char *line)
{
	if (class != AT_URC_EVENT || strcasecmp(at->urcport, "uart1") == 0 ||
		strcasecmp(at->urcport, "all") == 0)
		return true;
	trace_text(at->trace, LANE_NOTE,
		"URC not shown on this port, urcport is \"%s\" "
		"(AT+QURCCFG=\"urcport\",\"uart1\" brings it here): %s",
		at->urcport, line);
	return false;
}

static void put_urc(struct at *at, enum at_urc_class class, const char *line,
	const void *data, size_t len)
{
	if (!urc_routed(at, class, line))
		return;
	if (!writer_urc(&at->writer, line, data, len))
		trace_text(at->trace, LANE_NOTE,
			"URC lost, the queue is full: %s", line);
	if (!at->writer.held)
		writer_flush(&at->writer);
}

void at_urc_behind(struct at_txn *txn)
{
	writer_hold(&txn->at->writer, true);
}

void at_urc(struct at *at, enum at_urc_class class, const char *fmt, ...)
{
	char line[LINE_MAX_OUT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	put_urc(at, class, line, NULL, 0);
}

void at_urc_data(struct at *at, enum at_urc_class class, const void *data,
	size_t len, const char *fmt, ...)
{
	char line[LINE_MAX_OUT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	put_urc(at, class, line, data, len);
}

void at_urc_fail(struct at *at, enum at_urc_class class, const char *object,
	const struct why *why, const char *fmt, ...)
{
	char line[LINE_MAX_OUT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	trace_why(at->trace, object, why);
	put_urc(at, class, line, NULL, 0);
}

void at_urc_cache(struct at *at, bool on)
{
	writer_cache(&at->writer, on);
}

bool at_urc_cached(const struct at *at)
{
	return at->writer.cache;
}

struct at_settings *at_settings(struct at *at)
{
	return &at->set;
}

uint32_t at_rate(const struct at *at)
{
	return at->writer.rate;
}

void at_take_rate(struct at *at)
{
	writer_take_rate(&at->writer);
}

void at_set_urcport(struct at *at, const char *port)
{
	snprintf(at->urcport, sizeof(at->urcport), "%s", port);
}

const char *at_urcport(const struct at *at)
{
	return at->urcport;
}

void at_settings_default(struct at_settings *set, const struct profile *profile)
{
	*set = (struct at_settings){
		.echo = true,
		.verbose = true,
		.x = 4,
		.dcd = 1,
		.dtr = 2,
		.send_echo = true,
		.cmee = (uint8_t)profile->at_cmee,
		.rate = (uint32_t)profile->at_rate,
		.s = {[3] = 13,
			[4] = 10,
			[5] = 8,
			[6] = 2,
			[8] = 2,
			[10] = 15,
			[12] = 50},
	};
}

int at_net_error(struct at *at, const char **text)
{
	return cme_net_code(at->profile, at->net_err, text);
}

int at_net_code(struct at *at, enum err err)
{
	const char *text;

	return cme_net_code(at->profile, err, &text);
}
