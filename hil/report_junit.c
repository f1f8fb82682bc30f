/*
 * JUnit XML as CI servers read it: tests/e2e/junit.xsd says what of it we
 * write. Times are seconds.
 */
#include "hil/report.h"

#include <string.h>

/* Lanes of failed runs only, and no more than this of each. */
#define LANES_SHOWN 65536

/* XML 1.0 §2.2 allows no control characters, not even as references. */
static void put_char(FILE *f, uint32_t c)
{
	static const char *const names[] = {
		['&'] = "&amp;",
		['<'] = "&lt;",
		['>'] = "&gt;",
		['"'] = "&quot;",
		['\n'] = "&#10;",
		['\r'] = "&#13;",
		['\t'] = "&#9;",
	};

	if (c < sizeof(names) / sizeof(*names) && names[c] != NULL)
		fputs(names[c], f);
	else if (c < 0x20 || c == 0xfffe || c == 0xffff)
		fputs("&#xfffd;", f);
	else if (c < 0x80)
		fputc((int)c, f);
	else
		fprintf(f, "&#x%x;", (unsigned)c);
}

/* As an attribute: line ends as references. */
static void put(FILE *f, const char *text)
{
	uint32_t c;

	while ((c = report_next_char(&text)) != 0)
		put_char(f, c);
}

/* As an element's content: line ends stay. Stops at `end`. */
static void put_lines(FILE *f, const char *text, const char *end)
{
	uint32_t c;

	while (text < end && (c = report_next_char(&text)) != 0)
		if (c == '\n')
			fputc('\n', f);
		else
			put_char(f, c);
}

/* `conformance.05-pdp.001-qicsgp`: CI servers group by the dots. */
static void put_class(FILE *f, const char *path)
{
	size_t len = strlen(path);
	uint32_t c;
	const char *end;

	while (*path == '.' || *path == '/') {
		path++;
		len--;
	}
	if (len > 3 && strcmp(path + len - 3, ".at") == 0)
		len -= 3;
	end = path + len;
	while (path < end && (c = report_next_char(&path)) != 0)
		put_char(f, c == '/' ? '.' : c);
}

static void put_failure(FILE *f, const struct report_run *run)
{
	const struct outcome *o = run->outcome;
	const char *tag = o->verdict == VERDICT_FAIL ? "failure" : "error";
	const char *p = o->report;
	size_t len = strcspn(p, "\n");
	const char *end = p + len;
	uint32_t c;

	fprintf(f, "\t\t\t<%s type=\"%s\" message=\"", tag,
		o->verdict == VERDICT_FAIL ? "difference" : "set-up");
	while (p < end && (c = report_next_char(&p)) != 0)
		put_char(f, c);
	fputs("\">", f);
	put_lines(f, o->report, o->report + strlen(o->report));
	fputs("rerun: ", f);
	put_lines(f, o->rerun, o->rerun + strlen(o->rerun));
	fprintf(f, "</%s>\n", tag);
}

static void put_lanes(FILE *f, const struct report_run *run)
{
	size_t len = strlen(run->lanes);
	const char *start =
		len > LANES_SHOWN ? run->lanes + len - LANES_SHOWN : run->lanes;

	if (run->outcome->unobserved == 0 && *start == '\0')
		return;
	fputs("\t\t\t<system-out>", f);
	if (run->outcome->unobserved > 0)
		fprintf(f, "%u expectations not observable on this rig\n",
			run->outcome->unobserved);
	if (start > run->lanes)
		fputs("(the last records only)\n", f);
	put_lines(f, start, start + strlen(start));
	fputs("</system-out>\n", f);
}

void junit_add(FILE *f, const struct report_run *run)
{
	const struct outcome *o = run->outcome;

	fputs("\t\t<testcase name=\"", f);
	put(f, o->name);
	fputs("\" classname=\"", f);
	put_class(f, run->path);
	fprintf(f, "\" time=\"%u.%03u\"", o->ms / 1000, o->ms % 1000);
	if (o->skipped != NULL) {
		fputs(">\n\t\t\t<skipped message=\"", f);
		put(f, o->skipped);
		fputs("\"/>\n\t\t</testcase>\n", f);
	} else if (o->verdict == VERDICT_PASS && o->unobserved == 0 &&
		   (run->json == NULL || *run->lanes == '\0')) {
		fputs("/>\n", f);
	} else {
		fputs(">\n", f);
		if (o->verdict != VERDICT_PASS)
			put_failure(f, run);
		put_lanes(f, run);
		fputs("\t\t</testcase>\n", f);
	}
}

static void put_counts(FILE *f, const struct report_count *c)
{
	fprintf(f,
		" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
		"skipped=\"%zu\" time=\"%llu.%03u\"",
		c->runs, c->failed, c->errors, c->skipped,
		(unsigned long long)(c->ms / 1000), (unsigned)(c->ms % 1000));
}

void junit_page(FILE *f, const struct report_head *head,
	const struct report_count *count, const char *cases)
{
	char when[24];

	report_time(head->start, when);
	when[19] = '\0'; /* no zone in this format */
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<testsuites name=\"ec21hil\"",
		f);
	put_counts(f, count);
	fprintf(f, ">\n\t<testsuite name=\"ec21hil %s --rig ",
		head->other != NULL ? "compare" : "run");
	put(f, head->rig);
	if (head->other != NULL) {
		fputs(" --rig ", f);
		put(f, head->other);
	}
	fprintf(f, "\" timestamp=\"%s\"", when);
	put_counts(f, count);
	fputs(">\n", f);
	fputs(cases, f);
	fputs("\t</testsuite>\n</testsuites>\n", f);
}
