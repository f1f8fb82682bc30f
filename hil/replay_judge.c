#include "hil/replay_judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hil/commands.h"
#include "hil/crossing.h"
#include "hil/lanes.h"
#include "hil/report.h"
#include "hil/report_tap.h"
#include "hil/session.h"
#include "hil/verdict.h"
#include "hil/verdict_report.h"

/* Lines on each side of the one that differs, and how much of each. */
#define CONTEXT	  3
#define SHOWN_MAX 150
/* So long a modem may take to be registered. */
#define BOOT_MS 60000

struct judge {
	const struct replay_judge *j;
	struct session s[2]; /* recorded, replayed */
	struct verdicts v;
	struct buf text; /* what is found, for people */
	size_t forgiven;
};

/* ---- what does not count ---- */

static bool has(const char *reason, const char *word)
{
	return reason != NULL && strstr(reason, word) != NULL;
}

/* Ours, not a modem's: it neither reproduces anything nor departs. */
static bool is_ours(const struct item *item)
{
	const char *reason = item->side[1].reason;

	return has(reason, "[policy]") || has(reason, "not modelled") ||
	       has(reason, "is not mapped");
}

/* Does a secret that we had to make up have a part in it? */
static bool is_made_up(const struct judge *g, const struct item *item)
{
	return strstr(item->name, "@masked") != NULL ||
	       (g->j->key_made_up && has(item->side[1].reason, "clientkey"));
}

/* Is it of a connection on which the host spoke TLS itself, or came of it? */
static bool is_own_tls(const struct judge *g, const struct item *item)
{
	const struct turns *flows = &g->s[0].flows;

	if (item->lane == ITEM_AT && strstr(item->name, "+QI") == NULL)
		return false;
	for (size_t i = 0; i < flows->n; i++)
		if (strncmp(flows->list[i].command, "TLS ", 4) == 0 &&
			item->place >= flows->list[i].line)
			return true;
	return false;
}

/* Does only what we made up for a mask, or its checksum, differ? */
static bool is_mask_alone(const struct row *row)
{
	bool masked = false;

	if (row->type != ROW_DIFFERS || row->a == NULL ||
		row->a->n_lines != row->b->n_lines)
		return false;
	for (size_t i = 0; i < row->a->n_lines; i++) {
		const char *a = row->a->lines[i], *b = row->b->lines[i];

		if (strcmp(a, b) == 0)
			continue;
		masked = masked || strstr(a, "masked kind=") != NULL;
		if (!masked || (strstr(a, "masked kind=") == NULL &&
				       strncmp(a, "+QFUPL: ", 8) != 0))
			return false;
	}
	return true;
}

/* What hosts ask until the modem is up. */
static bool is_poll(const struct turn *t)
{
	static const char *const polls[] = {"AT+CPIN?", "AT+CREG?", "AT+CGREG?",
		"AT+CEREG?", "AT+COPS?", "AT+CGATT?", "AT+QINISTAT", "AT+QCCID",
		"AT+CIMI"};

	for (size_t i = 0; i < sizeof(polls) / sizeof(*polls); i++)
		if (strcmp(t->command, polls[i]) == 0)
			return true;
	return false;
}

/* Does the other one answer so, ever? */
static bool is_answered(const struct session *s, const struct turn *t)
{
	for (size_t i = 0; i < s->n_turns; i++)
		if (turn_is_same(&s->turns[i], t))
			return true;
	return false;
}

/* The start of the modem that is the last before this line; NULL: the first. */
static const struct urc *last_start(const struct session *s, unsigned line)
{
	const struct urc *start = NULL;

	for (size_t i = 0; i < s->n_urcs && s->urcs[i].line < line; i++)
		if (strcmp(s->urcs[i].text, "RDY") == 0)
			start = &s->urcs[i];
	return start;
}

/*
 * Asked while the modem came up, which --fast is through with at once: not
 * long behind its start, before it said what the replayed one says, and before
 * anything was done on the network.
 */
static bool is_coming_up(const struct judge *g, const struct row *row)
{
	bool of_b = row->a == NULL;
	const struct session *s = &g->s[of_b];
	const struct turn *t = row->a != NULL ? row->a : row->b;
	const struct urc *start;

	if (t == NULL || !is_poll(t))
		return false;
	start = last_start(s, t->line);
	for (size_t i = 0; i < s->n_turns && s->turns[i].line < t->line; i++) {
		const struct turn *before = &s->turns[i];

		if (start != NULL && before->line < start->line)
			continue;
		if (strncmp(before->command, "AT+QIACT=", 9) == 0 ||
			strncmp(before->command, "AT+QIOPEN=", 10) == 0 ||
			strncmp(before->command, "AT+QSSLOPEN=", 12) == 0 ||
			(strcmp(before->command, t->command) == 0 &&
				is_answered(&g->s[!of_b], before)))
			return false;
	}
	return t->at_ms - (start != NULL ? start->at_ms : 0) < BOOT_MS;
}

static unsigned first_line(const struct session *s)
{
	return s->n_turns > 0 ? s->turns[0].line : 0;
}

static bool is_forgiven(const struct judge *g, const struct row *row)
{
	const struct urc *u = row->urc_a != NULL ? row->urc_a : row->urc_b;
	const struct session *s = &g->s[row->urc_a == NULL];

	if (is_mask_alone(row))
		return true;
	/* What was said before anyone spoke, by a modem that was on. */
	if (!g->j->boots && u != NULL && u->line < first_line(s))
		return true;
	return g->j->hurried && is_coming_up(g, row);
}

static bool forgives(void *arg, const struct row *row)
{
	struct judge *g = arg;
	bool forgiven = is_forgiven(g, row);

	g->forgiven += forgiven;
	return forgiven;
}

/* ---- for people ---- */

static void print_lines(struct judge *g, const char *path, unsigned line)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	unsigned n = 0;
	ssize_t len;

	while (f != NULL && n < line + CONTEXT &&
		(len = getline(&text, &size, f)) >= 0) {
		if (++n + CONTEXT < line)
			continue;
		text[strcspn(text, "\n")] = '\0';
		buf_printf(&g->text, "  %s %5u | %.*s%s\n",
			n == line ? ">" : " ", n, SHOWN_MAX, text,
			len > SHOWN_MAX + 1 ? "..." : "");
	}
	free(text);
	if (f != NULL)
		fclose(f);
}

/* What stood around it on a side that has it. */
static void print_context(struct judge *g, const struct item *item)
{
	const struct item_side *side = item->side;

	if (side[0].line > 0) {
		buf_printf(&g->text, "recorded, %s:\n", g->j->recording);
		print_lines(g, g->j->recording, side[0].line);
	}
	if (side[1].line > 0) {
		buf_adds(&g->text, "replayed:\n");
		print_lines(g, g->j->replayed, side[1].line);
	}
}

static void print_head(struct judge *g, const struct item *item)
{
	const struct item_side *side = item->side;

	buf_printf(&g->text, "%s: %s (",
		item->type == ITEM_ONLY_A   ? "only recorded"
		: item->type == ITEM_ONLY_B ? "only replayed"
					    : item_type_name(item->type),
		item->name);
	if (side[0].line > 0)
		buf_printf(&g->text, "recorded line %u%s", side[0].line,
			side[1].line > 0 ? ", " : "");
	if (side[1].line > 0)
		buf_printf(&g->text, "replayed line %u", side[1].line);
	buf_adds(&g->text, ")\n");
}

/* As item_print() has it, but for the names of the sides. */
static void print_item(struct judge *g, const struct item *item)
{
	struct buf plain;
	const char *s;

	print_head(g, item);
	buf_init(&plain, (size_t)1 << 20);
	item_print(item, &plain);
	s = buf_cstr(&plain);
	s = s != NULL ? strchr(s, '\n') : NULL;
	while (s != NULL && *s == '\n' && *++s != '\0') {
		size_t n = strcspn(s, "\n");

		if (n > 4 && (s[2] == 'A' || s[2] == 'B'))
			buf_printf(&g->text, "  %s %.*s\n",
				s[2] == 'A' ? "recorded" : "replayed",
				(int)n - 4, s + 4);
		s += n;
	}
	buf_free(&plain);
}

/* Why there is no verdict on this one; NULL: there is one. */
static const char *why_stop(const struct judge *g, const struct item *first)
{
	if (is_ours(first))
		return "not a modem's answer";
	if (is_made_up(g, first))
		return "what is masked was made up";
	if (is_own_tls(g, first))
		return "TLS of the host's own is random and cannot be sent "
		       "again";
	return NULL;
}

static int print_first(struct judge *g)
{
	const struct item *first = verdict_first(&g->v);
	int status = EXIT_DONE;

	if (first != NULL) {
		const char *stops = why_stop(g, first);

		status = stops != NULL ? EXIT_SETUP : EXIT_FAILED;
		if (stops != NULL)
			buf_printf(&g->text, "stops here, %s:\n", stops);
		else
			buf_adds(&g->text, "first divergence:\n");
		print_item(g, first);
		print_context(g, first);
	}
	if (g->forgiven > 0)
		buf_printf(&g->text, "%zu not judged, ", g->forgiven);
	buf_printf(&g->text, "%zu same, %zu not\n",
		g->v.counts[ITEM_SAME] - g->forgiven,
		g->v.n - g->v.counts[ITEM_SAME]);
	if (status == EXIT_DONE && g->s[0].n_turns == 0) {
		buf_adds(&g->text, "there is no command in the recording\n");
		status = EXIT_SETUP;
	}
	return status;
}

static bool write_report(struct judge *g, const char *text)
{
	const struct replay_judge *j = g->j;
	const struct report_head head = {.rig = "recorded",
		.start = time(NULL),
		.other = "replayed",
		.files = j->recording};
	struct report *report = report_open(j->report, &head);

	if (report == NULL)
		return false;
	g->v.title = strdup(j->recording);
	g->v.file = strdup(j->recording);
	verdict_report_add(report, &g->v, 1, text, j->rerun);
	return report_close(report, 1);
}

/* Everything that was found, masked: it may hold a line of either file. */
static int tell(struct judge *g, int status)
{
	const struct replay_judge *j = g->j;
	struct buf masked;
	const char *text;

	buf_init(&masked, (size_t)4 << 20);
	text = buf_cstr(&g->text);
	text = text != NULL && lanes_mask(&masked, text) ? buf_cstr(&masked)
							 : NULL;
	if (text == NULL)
		text = "(too long to be shown)\n";
	if (j->report == NULL) {
		fputs(j->notes, stdout);
		fputs(text, stdout);
	} else {
		tap_plan(1);
		tap_comment_lines(j->notes);
		tap_test(status == EXIT_DONE, 1, j->recording);
		putchar('\n');
		tap_comment_lines(text);
		if (!write_report(g, text))
			status = EXIT_SETUP;
	}
	buf_free(&masked);
	return status;
}

int replay_judge(const struct replay_judge *j)
{
	struct judge g = {.j = j};
	int status = EXIT_SETUP;

	if (!session_load_told("replay", &g.s[0], j->recording))
		return EXIT_SETUP;
	if (session_load_told("replay", &g.s[1], j->replayed)) {
		buf_init(&g.text, (size_t)1 << 20);
		/* Whose close comes first is a matter of time. */
		session_drop_crossings(&g.s[0]);
		session_drop_crossings(&g.s[1]);
		if (verdict_of_sessions(&g.v, j->recording, g.s, forgives, &g))
			status = tell(&g, print_first(&g));
		verdict_free(&g.v);
		buf_free(&g.text);
		session_free(&g.s[1]);
	}
	session_free(&g.s[0]);
	return status;
}
