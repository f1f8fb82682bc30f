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

/* A bare # would begin a directive: `# TODO` makes a failure none. */
static void print_name(const char *name)
{
	for (; *name != '\0'; name++)
		if (*name == '#' || *name == '\\')
			printf("\\%c", *name);
		else if (*name == '\n')
			fputs("\\n", stdout);
		else
			putchar(*name);
}

void tap_test(bool ok, size_t number, const char *name)
{
	printf("%sok %zu - ", ok ? "" : "not ", number);
	print_name(name);
}

void tap_outcome(size_t number, const struct outcome *o)
{
	tap_test(o->skipped != NULL || o->verdict == VERDICT_PASS, number,
		o->name);
	if (o->skipped != NULL) {
		printf(" # SKIP %s\n", o->skipped);
		fflush(stdout);
		return;
	}
	printf(" # %u ms\n", o->ms);
	if (o->unobserved > 0)
		printf("# %u expectations not observable on this rig\n",
			o->unobserved);
	if (o->verdict != VERDICT_PASS) {
		tap_masked_lines(o->report);
		tap_comment("rerun: %s", o->rerun);
		if (o->logs != NULL)
			tap_comment("logs: %s", o->logs);
	}
	fflush(stdout);
}

void tap_comment(const char *fmt, ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, TEXT_MAX);
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	/* A file's name may hold a line feed. */
	tap_comment_lines(
		buf_cstr(&text) != NULL ? buf_cstr(&text) : "(no memory)");
	buf_free(&text);
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
