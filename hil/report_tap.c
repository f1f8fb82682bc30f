#include "hil/report_tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hil/lanes.h"

#define TEXT_MAX ((size_t)4 << 20)

void tap_plan(size_t n)
{
	printf("TAP version 13\n1..%zu\n", n);
	fflush(stdout);
}

void tap_comment_lines(const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		printf("# %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

void tap_masked_lines(const char *text)
{
	struct buf masked;

	buf_init(&masked, TEXT_MAX);
	if (lanes_mask(&masked, text) && buf_cstr(&masked) != NULL)
		tap_comment_lines(buf_cstr(&masked));
	else
		tap_comment("(too long to be shown)");
	buf_free(&masked);
}

void tap_outcome(size_t number, const struct outcome *o)
{
	if (o->skipped != NULL) {
		printf("ok %zu - %s # SKIP %s\n", number, o->name, o->skipped);
		fflush(stdout);
		return;
	}
	printf("%sok %zu - %s # %u ms\n",
		o->verdict == VERDICT_PASS ? "" : "not ", number, o->name,
		o->ms);
	if (o->unobserved > 0)
		printf("# %u expectations not observable on this rig\n",
			o->unobserved);
	if (o->verdict != VERDICT_PASS) {
		tap_masked_lines(o->report);
		printf("# rerun: %s\n", o->rerun);
		if (o->logs != NULL)
			printf("# logs: %s\n", o->logs);
	}
	fflush(stdout);
}

void tap_comment(const char *fmt, ...)
{
	va_list ap;

	fputs("# ", stdout);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	fputc('\n', stdout);
	fflush(stdout);
}

void tap_progress(size_t done, size_t n, const char *name)
{
	if (!isatty(STDERR_FILENO))
		return;
	if (name == NULL)
		fputs("\r\033[K", stderr);
	else
		fprintf(stderr, "\r\033[K%zu/%zu %.60s", done, n, name);
	fflush(stderr);
}
