#include "base/trace.h"

#include <stdio.h>
#include <string.h>

void trace_bytes(const struct trace_sink *sink, enum lane lane,
	const void *data, size_t len)
{
	if (sink != NULL && sink->bytes != NULL && len > 0)
		sink->bytes(sink->arg, lane, data, len);
}

void trace_text(
	const struct trace_sink *sink, enum lane lane, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	if (sink == NULL || sink->text == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sink->text(sink->arg, lane, text);
}

void trace_why(const struct trace_sink *sink, const char *object,
	const struct why *why)
{
	/* A policy refusal of ours has no grade: no modem did it. */
	trace_text(sink, LANE_WHY, "%s%s%s [%s]", object ? object : "",
		object ? ": " : "", why->text,
		why->policy ? "policy" : grade_name(why->grade));
}

static const char *const lane_names[] = {
	[LANE_AT_TX] = "AT>",
	[LANE_AT_RX] = "AT<",
	[LANE_CON_TX] = "CON>",
	[LANE_CON_RX] = "CON<",
	[LANE_BRK] = "BRK",
	[LANE_WHY] = "WHY",
	[LANE_PIN] = "PIN",
	[LANE_DO] = "DO",
	[LANE_NOTE] = "NOTE",
};

const char *lane_name(enum lane lane)
{
	return lane_names[lane];
}

bool lane_parse(const char *name, size_t len, enum lane *lane)
{
	for (size_t i = 0; i < sizeof(lane_names) / sizeof(*lane_names); i++)
		if (strlen(lane_names[i]) == len &&
			memcmp(name, lane_names[i], len) == 0) {
			*lane = (enum lane)i;
			return true;
		}
	return false;
}
