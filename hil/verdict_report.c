#include "hil/verdict_report.h"

#include <stdlib.h>
#include <string.h>

#include "hil/lanes.h"

static void put_member(FILE *f, const char *name, const char *text)
{
	struct buf masked;

	if (text == NULL)
		return;
	buf_init(&masked, (size_t)1 << 20);
	fprintf(f, ",\"%s\":", name);
	if (lanes_mask(&masked, text) && buf_cstr(&masked) != NULL)
		html_put_string(f, buf_cstr(&masked));
	else
		html_put_string(f, "(too long to be shown)");
	buf_free(&masked);
}

static void put_number(FILE *f, const char *name, int64_t value)
{
	if (value >= 0)
		fprintf(f, ",\"%s\":%lld", name, (long long)value);
}

static void put_side(FILE *f, const char *name, const struct item_side *s)
{
	if (s->text == NULL)
		return;
	fprintf(f, ",\"%s\":{\"times\":%u", name, s->times);
	put_number(f, "at", s->at_ms);
	put_number(f, "took", s->took_ms);
	if (s->line > 0)
		put_number(f, "line", s->line);
	put_member(f, "text", s->text);
	put_member(f, "why", s->reason);
	fputc('}', f);
}

static void put_item(FILE *f, const struct item *item, bool first)
{
	fprintf(f, "%s\n{\"lane\":\"%s\",\"type\":\"%s\"", first ? "" : ",",
		item_lane_name(item->lane), item_type_name(item->type));
	put_member(f, "name", item->name);
	put_side(f, "a", &item->side[0]);
	put_side(f, "b", &item->side[1]);
	if (item->accepted != NULL) {
		put_member(f, "accepted", item->accepted->reason);
		put_member(f, "since", item->accepted->date);
	}
	fputc('}', f);
}

static void put_verdict(
	FILE *f, const struct verdicts *v, size_t number, const char *rerun)
{
	fprintf(f, "{\"number\":%zu,\"same\":%s", number,
		verdict_is_same(v) ? "true" : "false");
	put_number(f, "tookA", v->took_ms[0]);
	put_number(f, "tookB", v->took_ms[1]);
	put_member(f, "name", v->name);
	put_member(f, "title", v->title);
	put_member(f, "file", v->file);
	put_member(f, "rerun", rerun);
	fputs(",\"foreign\":[", f);
	for (size_t i = 0; i < v->n_foreign; i++) {
		fputs(i ? "," : "", f);
		html_put_string(f, v->foreign[i]);
	}
	fputs("],\"items\":[", f);
	for (size_t i = 0; i < v->n; i++)
		put_item(f, &v->items[i], i == 0);
	fputs("]}", f);
}

/* For JUnit: a page has a list of them. The caller frees it. */
static char *foreign_lines(const struct verdicts *v)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (f == NULL)
		return NULL;
	for (size_t i = 0; i < v->n_foreign; i++)
		fprintf(f, "foreign evidence, not counted: %s\n",
			v->foreign[i]);
	fclose(f);
	return text;
}

void verdict_report_add(struct report *report, const struct verdicts *v,
	size_t number, const char *text, const char *rerun)
{
	struct outcome o = {
		.name = v->title != NULL ? v->title : v->name,
		.verdict = verdict_is_same(v) ? VERDICT_PASS : VERDICT_FAIL,
		.report = text != NULL ? text : "",
		.rerun = rerun,
		.ms = (unsigned)((v->took_ms[0] > 0 ? v->took_ms[0] : 0) +
				 (v->took_ms[1] > 0 ? v->took_ms[1] : 0)),
	};
	struct report_run run = {.outcome = &o,
		.number = number,
		.path = v->file != NULL ? v->file : v->name};
	char *json = NULL, *foreign;
	size_t size;
	FILE *f = report != NULL ? open_memstream(&json, &size) : NULL;

	if (f == NULL)
		return;
	put_verdict(f, v, number, rerun);
	if (fclose(f) == 0 && json != NULL) {
		foreign = foreign_lines(v);
		run.json = json;
		run.lanes = foreign;
		report_add(report, &run);
		free(foreign);
	}
	free(json);
}
