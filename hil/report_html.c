/*
 * One page for people: the template hil/report.html with the runs as JSON in
 * it. The page draws them itself, from records of ec21-transcript(5).
 */
#include "hil/report.h"

#include <string.h>

/* Lines of the template in whose place data goes. */
#define RUNS_HERE "@RUNS@"
#define HEAD_HERE "@HEAD@"

/* Print the template's lines from *at on, up to `stop` (NULL: all). */
static void put_page(FILE *f, size_t *at, const char *stop)
{
	for (; report_page[*at] != NULL; ++*at) {
		if (stop != NULL && strcmp(report_page[*at], stop) == 0) {
			++*at;
			return;
		}
		fprintf(f, "%s\n", report_page[*at]);
	}
}

static size_t page_after(const char *line)
{
	size_t i = 0;

	while (report_page[i] != NULL && strcmp(report_page[i], line) != 0)
		i++;
	return report_page[i] != NULL ? i + 1 : i;
}

/* As a JSON string that HTML cannot read as its own: no <, no &. */
static void put_string(FILE *f, const char *text)
{
	uint32_t c;

	fputc('"', f);
	while ((c = report_next_char(&text)) != 0) {
		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", (char)c);
		else if (c == '\n')
			fputs("\\n", f);
		else if (c >= 0x20 && c < 0x7f && strchr("<>&", (int)c) == NULL)
			fputc((int)c, f);
		else if (c < 0x10000)
			fprintf(f, "\\u%04x", (unsigned)c);
		else
			fprintf(f, "\\u%04x\\u%04x",
				0xd800 + (unsigned)((c - 0x10000) >> 10),
				0xdc00 + (unsigned)((c - 0x10000) & 0x3ff));
	}
	fputc('"', f);
}

static void put_member(FILE *f, const char *name, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	fprintf(f, ",\"%s\":", name);
	put_string(f, value);
}

static const char *verdict_name(const struct outcome *o)
{
	if (o->skipped != NULL)
		return "skip";
	return o->verdict == VERDICT_PASS   ? "pass"
	       : o->verdict == VERDICT_FAIL ? "fail"
					    : "error";
}

void html_begin(FILE *f)
{
	size_t at = 0;

	put_page(f, &at, RUNS_HERE);
	fputc('[', f);
}

void html_add(FILE *f, const struct report_run *run, bool first)
{
	const struct outcome *o = run->outcome;

	fprintf(f, "%s\n{\"number\":%zu,\"verdict\":\"%s\",\"ms\":%u",
		first ? "" : ",", run->number, verdict_name(o), o->ms);
	if (o->unobserved > 0)
		fprintf(f, ",\"unobserved\":%u", o->unobserved);
	put_member(f, "name", o->name);
	put_member(f, "path", run->path);
	put_member(f, "source", run->source);
	put_member(f, "skipped", o->skipped);
	put_member(f, "report", o->report);
	put_member(f, "rerun", o->rerun);
	put_member(f, "logs", o->logs);
	put_member(f, "lanes", run->lanes);
	fputc('}', f);
}

void html_end(FILE *f, const struct report_head *head, size_t planned)
{
	size_t at = page_after(RUNS_HERE);
	char when[24];

	report_time(head->start, when);
	fputs("]\n", f);
	put_page(f, &at, HEAD_HERE);
	fprintf(f, "{\"planned\":%zu", planned);
	put_member(f, "version", EC21_VERSION);
	put_member(f, "rig", head->rig);
	put_member(f, "time", when);
	fputs("}\n", f);
	put_page(f, &at, NULL);
}
