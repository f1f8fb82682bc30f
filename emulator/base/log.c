#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

/* Of the process, not of a modem: where standard error goes. */
static const char *log_name = "ec21";
static enum log_level log_max = LOG_LEVEL_WARN;

void log_init(const char *name, enum log_level level)
{
	log_name = name;
	log_max = level;
}

void log_line(enum log_level level, const char *subsystem, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	if (level > log_max)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	/* One call a record: lines of several processes stay whole. */
	fprintf(stderr, "%s: %s%s%s\n", log_name, subsystem ? subsystem : "",
		subsystem ? ": " : "", line);
}
