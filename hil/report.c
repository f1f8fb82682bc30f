#include "hil/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "hil/lanes.h"

#define REPORT_TEXT_MAX ((size_t)256 << 10)

struct report {
	char *dir;
	struct report_head head;
	struct report_count count;
	FILE *html;
	FILE *junit; /* cases, in memory: their counts stand before them */
	char *cases;
	size_t cases_len;
	bool failed;
};

uint32_t report_next_char(const char **s)
{
	const uint8_t *p = (const uint8_t *)*s;
	unsigned more = p[0] >= 0xf0 ? 3 : p[0] >= 0xe0 ? 2 : 1;
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	uint32_t c = p[0];

	if (c == 0)
		return 0;
	*s += 1;
	if (c < 0x80)
		return c;
	if (c < 0xc2 || c > 0xf4)
		return 0xfffd;
	c &= 0x3fu >> more;
	for (unsigned i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0xfffd;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0xfffd;
	*s += more;
	return c;
}

void report_time(int64_t t, char text[24])
{
	time_t seconds = (time_t)t;
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL ||
		strftime(text, 24, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		text[0] = '\0';
}

static void complain(const char *dir)
{
	fprintf(stderr, "ec21hil: cannot write reports to %s: %s\n", dir,
		strerror(errno));
}

/* `DIR/name`, opened for writing. */
static FILE *create(const struct report *r, const char *name)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/%s", r->dir, name) >=
		(int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	return fopen(path, "w");
}

static void discard(struct report *r)
{
	if (r->html != NULL)
		fclose(r->html);
	if (r->junit != NULL)
		fclose(r->junit);
	free(r->cases);
	free(r->dir);
	free(r);
}

struct report *report_open(const char *dir, const struct report_head *head)
{
	struct report *r = calloc(1, sizeof(*r));

	if (r == NULL || (mkdir(dir, 0777) != 0 && errno != EEXIST)) {
		complain(dir);
		free(r);
		return NULL;
	}
	r->dir = strdup(dir);
	r->head = *head;
	if (r->dir != NULL) {
		r->html = create(r, "report.html.part");
		r->junit = open_memstream(&r->cases, &r->cases_len);
	}
	if (r->html == NULL || r->junit == NULL) {
		complain(dir);
		discard(r);
		return NULL;
	}
	html_begin(r->html, &r->head);
	return r;
}

static void count(struct report_count *c, const struct outcome *o)
{
	c->runs++;
	c->ms += o->ms;
	if (o->skipped != NULL)
		c->skipped++;
	else if (o->verdict == VERDICT_FAIL)
		c->failed++;
	else if (o->verdict != VERDICT_PASS)
		c->errors++;
}

void report_add(struct report *r, const struct report_run *run)
{
	struct outcome outcome = *run->outcome;
	struct report_run masked = *run;
	struct buf text;

	if (r == NULL)
		return;
	buf_init(&text, REPORT_TEXT_MAX);
	lanes_mask(&text, outcome.report);
	outcome.report = buf_cstr(&text) != NULL ? buf_cstr(&text) : "";
	masked.outcome = &outcome;
	masked.lanes = run->lanes != NULL ? run->lanes : "";
	html_add(r->html, &masked, r->count.runs == 0);
	junit_add(r->junit, &masked);
	count(&r->count, &outcome);
	buf_free(&text);
}

/* From DIR/report.html.part to its name: a reader never sees half of it. */
static bool put_in_place(const struct report *r)
{
	char from[4096], to[4096];

	snprintf(from, sizeof(from), "%s/report.html.part", r->dir);
	snprintf(to, sizeof(to), "%s/report.html", r->dir);
	return rename(from, to) == 0;
}

bool report_close(struct report *r, size_t planned)
{
	FILE *xml;
	bool ok;

	if (r == NULL)
		return true;
	html_end(r->html, &r->head, planned);
	ok = ferror(r->html) == 0;
	ok = fclose(r->html) == 0 && ok && put_in_place(r);
	r->html = NULL;
	ok = fflush(r->junit) == 0 && ok;
	xml = ok ? create(r, "junit.xml") : NULL;
	if (xml != NULL) {
		junit_page(xml, &r->head, &r->count, r->cases);
		ok = ferror(xml) == 0;
		ok = fclose(xml) == 0 && ok;
	}
	ok = ok && xml != NULL;
	if (!ok)
		complain(r->dir);
	discard(r);
	return ok;
}
