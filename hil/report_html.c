/*
 * One page for people: the template hil/report.html, or compare.html, with the
 * runs as JSON in it. The page draws them itself.
 */
#include "hil/report.h"

#include <string.h>

/* Lines of the template in whose place data goes. */
#define RUNS_HERE "@RUNS@"
#define HEAD_HERE "@HEAD@"

static const char *const *page_of(const struct report_head *head)
{
	return head->other != NULL ? compare_page : report_page;
}

/* Print a template's lines from `line` on up to `stop` (NULL: all). */
static const char *const *put_page(
	FILE *f, const char *const *line, const char *stop)
{
	for (; *line != NULL; line++) {
		if (stop != NULL && strcmp(*line, stop) == 0)
			return line + 1;
		fprintf(f, "%s\n", *line);
	}
	return line;
}

static const char *const *page_after(const char *const *line, const char *mark)
{
	while (*line != NULL && strcmp(*line, mark) != 0)
		line++;
	return *line != NULL ? line + 1 : line;
}

void html_put_string(FILE *f, const char *text)
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
	html_put_string(f, value);
}

static const char *verdict_name(const struct outcome *o)
{
	if (o->skipped != NULL)
		return "skip";
	return o->verdict == VERDICT_PASS   ? "pass"
	       : o->verdict == VERDICT_FAIL ? "fail"
					    : "error";
}

void html_begin(FILE *f, const struct report_head *head)
{
	put_page(f, page_of(head), RUNS_HERE);
	fputc('[', f);
}

void html_add(FILE *f, const struct report_run *run, bool first)
{
	const struct outcome *o = run->outcome;

	if (run->json != NULL) {
		fprintf(f, "%s\n%s", first ? "" : ",", run->json);
		return;
	}
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
	const char *const *rest = page_after(page_of(head), RUNS_HERE);
	char when[24];

	report_time(head->start, when);
	fputs("]\n", f);
	rest = put_page(f, rest, HEAD_HERE);
	fprintf(f, "{\"planned\":%zu", planned);
	put_member(f, "version", EC21_VERSION);
	put_member(f, "rig", head->rig);
	put_member(f, "other", head->other);
	put_member(f, "files", head->files);
	put_member(f, "time", when);
	fputs("}\n", f);
	put_page(f, rest, NULL);
}
