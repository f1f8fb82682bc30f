#include "hil/replay_scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask_fill.h"
#include "base/transcript.h"
#include "hil/actions.h"
#include "hil/dialogue.h"
#include "hil/replay_key.h"
#include "hil/scenario.h"
#include "hil/transcript_file.h"

/* A pause of the host that is worth a line. */
#define PAUSE_MS 20
/* A distance of the modem's that the engine's own limit may not cover. */
#define LONG_MS 1000
/* No EC21 is up so soon; one with --fast is [AT §5.1]. */
#define INSTANT_MS 1000
/* At the recorded pace time costs nothing, and haste would lose the thread. */
#define PATIENCE_S 60
/* Where nothing says how a modem came to restart. */
#define RESET_MS 300
#define OFF_MS	 3000

struct maker {
	struct replay_plan *plan;
	FILE *out;
	char *profile;	  /* the recording's */
	int64_t last_ms;  /* of what was written last; -1: nothing yet */
	int64_t power_ms; /* when it was switched on */
	bool first_pass, heard, rdy;
	bool powered;  /* something switches it on before it says anything */
	bool supplied; /* something gave it supply */
	/* Since the last RDY: what makes another one, and a farewell. */
	bool cause, farewell;
	/* Edges that a DO record has done already. */
	unsigned skip_supply, skip_key, skip_reset, skip_dtr;
	/* Pulses in order; the first pass measures them. */
	struct pulse {
		int64_t from_ms, ms; /* ms < 0: it did not end */
	} * pulses;
	size_t n_pulses, next_pulse;
	size_t key, reset; /* the one that lasts, or NO_PULSE */
	unsigned n_files;
	bool failed;
};

#define NO_PULSE ((size_t)-1)
/* One that does not end, and the longest that an action may last. */
#define PULSE_MS     1000
#define PULSE_MAX_MS 60000

static bool begins(const char *text, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && memcmp(text, with, n) == 0;
}

static bool holds(const struct transcript_record *rec, const char *text)
{
	return memmem(rec->body, rec->len, text, strlen(text)) != NULL;
}

/* ---- what a mask stood for ---- */

static void tell_generated(
	struct maker *m, unsigned line, const char *kind, size_t len)
{
	m->plan->generated++;
	buf_printf(&m->plan->notes,
		"line %u: a generated %s of %zu bytes stands for what is "
		"masked\n",
		line, kind, len);
}

static bool write_key(struct maker *m, const struct transcript_record *rec)
{
	struct mask_words mask;
	char path[300], found[4096];

	if (!mask_read(rec->body, rec->len, &mask))
		return false;
	snprintf(path, sizeof(path), "%s/mask-%u", m->plan->folder,
		++m->n_files);
	if (!replay_key_write(
		    path, &mask, m->plan->certs, found, sizeof(found)))
		return false;
	if (found[0] != '\0') {
		buf_printf(&m->plan->notes, "line %u: %s is what is masked\n",
			rec->line, found);
	} else {
		tell_generated(m, rec->line, mask.kind, mask.len);
		m->plan->key_made_up = true;
	}
	fprintf(m->out, "- AT>  @file %s\n", path);
	return true;
}

/* A body with its inline masks filled in (host) or passed over (modem). */
static bool write_body(struct maker *m, const struct transcript_record *rec)
{
	const char *p = rec->body, *end = p + rec->len;
	struct mask_words mask;

	while (p < end) {
		const char *close = memchr(p, '}', (size_t)(end - p));

		if (!begins(p, (size_t)(end - p), "@masked{") ||
			close == NULL) {
			fputc(*p++, m->out);
			continue;
		}
		if (!mask_read(p + 8, (size_t)(close - p) - 8, &mask))
			return false;
		if (rec->lane == LANE_AT_TX) {
			tell_generated(m, rec->line, mask.kind, mask.len);
			for (size_t i = 0; i < mask.len; i++)
				fputc('0', m->out);
		} else {
			fputs("{any}", m->out);
		}
		p = close + 1;
	}
	fputc('\n', m->out);
	return true;
}

/* ---- time ---- */

static bool keeps_pace(const struct maker *m)
{
	return m->plan->pace == PACE_RECORDED;
}

static void move_on(struct maker *m, int64_t ms)
{
	if (ms > m->last_ms)
		m->last_ms = ms;
}

/* What the host does, it does as long behind what was before. */
static void write_pause(struct maker *m, const struct transcript_record *rec)
{
	int64_t pause = rec->time_ms - m->last_ms;

	if (keeps_pace(m) && m->last_ms >= 0 && pause > PAUSE_MS)
		fprintf(m->out, "- DO   wait %lldms\n", (long long)pause);
	move_on(m, rec->time_ms);
}

/* ---- power ---- */

/* `wait 1s` and the like are for a runner, all others a modem's record has. */
static bool is_modem_action(const char *text, struct do_line *line)
{
	char wrong[200];

	return do_parse(text, line, wrong, sizeof(wrong)) &&
	       line->type == DO_MODEM;
}

static void note_action(struct maker *m, const struct action *a)
{
	bool restarts = false;

	switch (a->type) {
	case ACTION_POWER:
		restarts = a->on;
		m->skip_supply++;
		break;
	case ACTION_SUPPLY:
		m->skip_supply++;
		break;
	case ACTION_PWRKEY:
		restarts = true;
		m->skip_key += 2;
		break;
	case ACTION_RESET:
		restarts = true;
		m->skip_reset += 2;
		break;
	case ACTION_FAULT:
		restarts = true; /* modem.crash */
		break;
	case ACTION_DTR:
		m->skip_dtr++;
		return;
	case ACTION_SIGNAL:
	case ACTION_COVERAGE:
	case ACTION_SIM:
	case ACTION_BEARER:
		return;
	}
	m->cause = m->cause || restarts;
	m->powered = m->powered || (restarts && !m->heard);
	m->supplied = true;
}

static void take_action(struct maker *m, const struct transcript_record *rec)
{
	char text[400];
	struct do_line line;

	snprintf(text, sizeof(text), "%.*s",
		(int)(rec->len < 399 ? rec->len : 399), rec->body);
	if (!is_modem_action(text, &line))
		return;
	note_action(m, &line.modem);
	m->power_ms = rec->time_ms;
	if (m->first_pass)
		return;
	write_pause(m, rec);
	fprintf(m->out, "- DO   %s\n", text);
	move_on(m, rec->time_ms + (int64_t)line.ms);
}

static size_t begin_pulse(struct maker *m, int64_t ms)
{
	struct pulse *list =
		realloc(m->pulses, (m->n_pulses + 1) * sizeof(*list));

	if (list == NULL) {
		m->failed = true;
		return NO_PULSE;
	}
	m->pulses = list;
	m->pulses[m->n_pulses] = (struct pulse){ms, -1};
	return m->n_pulses++;
}

static void end_pulse(struct maker *m, size_t *lasts, int64_t ms)
{
	if (*lasts != NO_PULSE)
		m->pulses[*lasts].ms = ms - m->pulses[*lasts].from_ms;
	*lasts = NO_PULSE;
}

/* An edge of PWRKEY or RESET_N: where it is pressed stands the whole pulse. */
static void take_edge(struct maker *m, const struct transcript_record *rec,
	const char *action, bool pressed, size_t *lasts)
{
	int64_t ms;

	if (m->first_pass && !pressed)
		end_pulse(m, lasts, rec->time_ms);
	if (!pressed)
		return;
	m->cause = true;
	m->powered = m->powered || !m->heard;
	m->power_ms = rec->time_ms;
	if (m->first_pass) {
		*lasts = begin_pulse(m, rec->time_ms);
		return;
	}
	ms = m->next_pulse < m->n_pulses ? m->pulses[m->next_pulse++].ms : -1;
	if (ms < 0)
		ms = PULSE_MS;
	ms = ms > PULSE_MAX_MS ? PULSE_MAX_MS : ms > 0 ? ms : 1;
	write_pause(m, rec);
	/* On a board that has it for good nobody saw it come. */
	if (m->plan->boots && !m->supplied)
		fputs("- DO   supply on\n", m->out);
	m->supplied = true;
	fprintf(m->out, "- DO   %s %lldms\n", action, (long long)ms);
	move_on(m, rec->time_ms + ms);
}

static void take_level(struct maker *m, const struct transcript_record *rec,
	const char *action, unsigned *skipped)
{
	if (*skipped > 0) {
		(*skipped)--;
	} else if (!m->first_pass) {
		write_pause(m, rec);
		fprintf(m->out, "- DO   %s\n", action);
	}
}

static void take_pin(struct maker *m, const struct transcript_record *rec)
{
	const char *p = rec->body;
	bool high = rec->len > 5 && memcmp(p + rec->len - 4, "high", 4) == 0;

	m->supplied = m->supplied || begins(p, rec->len, "SUPPLY ");
	if (begins(p, rec->len, "SUPPLY "))
		take_level(m, rec, high ? "supply on" : "supply off",
			&m->skip_supply);
	else if (begins(p, rec->len, "DTR "))
		take_level(m, rec, high ? "dtr high" : "dtr low", &m->skip_dtr);
	else if (begins(p, rec->len, "PWRKEY ") && m->skip_key > 0)
		m->skip_key--;
	else if (begins(p, rec->len, "PWRKEY "))
		take_edge(m, rec, "pwrkey", high, &m->key);
	else if (begins(p, rec->len, "RESET ") && m->skip_reset > 0)
		m->skip_reset--;
	else if (begins(p, rec->len, "RESET "))
		take_edge(m, rec, "reset", !high, &m->reset);
}

/* ---- bytes ---- */

/* Where the recorded firmware went is where our broker must be. */
static void note_target(struct maker *m, const char *command)
{
	struct replay_plan *plan = m->plan;

	if (plan->host[0] == '\0' &&
		(strstr(command, "+QSSLOPEN=") != NULL ||
			strstr(command, "+QIOPEN=") != NULL))
		if (command_arg(command, 3, plan->host, sizeof(plan->host)))
			command_arg(command, 4, plan->port, sizeof(plan->port));
}

static void note_host(struct maker *m, const struct transcript_record *rec)
{
	char command[600];

	snprintf(command, sizeof(command), "%.*s",
		(int)(rec->len < 599 ? rec->len : 599), rec->body);
	command[strcspn(command, "\\")] = '\0';
	note_target(m, command);
	if (strstr(command, "+CFUN=1,1") != NULL ||
		strstr(command, "+CFUN=0,1") != NULL ||
		strstr(command, "+CFUN=4,1") != NULL)
		m->cause = true;
}

/* As if somebody had switched it on, or reset it, some time before. */
static void make_boot(struct maker *m, unsigned line)
{
	bool slow = keeps_pace(m) && !m->plan->instant;
	bool off = m->farewell || !m->rdy;

	buf_printf(&m->plan->notes,
		"line %u: nothing says why the modem starts here; it is %s\n",
		line, off ? "switched on" : "reset");
	/* Behind its farewell it takes a while until it is off. */
	if (m->farewell)
		fprintf(m->out, "- DO   wait %dms\n", slow ? OFF_MS : 1);
	if (off)
		fputs("- DO   power on\n", m->out);
	else
		fprintf(m->out, "- DO   reset %dms\n", RESET_MS);
}

static void note_boot(struct maker *m, const struct transcript_record *rec)
{
	if (holds(rec, "POWERED DOWN"))
		m->farewell = true;
	if (!holds(rec, "RDY\\r") || holds(rec, "MSRDY"))
		return;
	if (m->first_pass && !m->heard)
		m->plan->boots = true;
	if (m->first_pass && !m->rdy)
		m->plan->instant = rec->time_ms - m->power_ms < INSTANT_MS;
	if (!m->first_pass && !m->cause)
		make_boot(m, rec->line);
	m->rdy = true;
	m->cause = m->farewell = false;
}

static bool take_host(struct maker *m, const struct transcript_record *rec,
	struct transcript_error *err)
{
	const char *args;
	size_t n;
	bool ok;

	note_host(m, rec);
	if (m->first_pass)
		return true;
	write_pause(m, rec);
	if (body_directive(rec->body, rec->len, &n, &args) != NULL) {
		ok = write_key(m, rec);
	} else {
		fputs("- AT>  ", m->out);
		ok = write_body(m, rec);
	}
	return ok || transcript_fail(err, rec->line, rec->column,
			     "cannot make what this mask stands for");
}

static bool take_modem(struct maker *m, const struct transcript_record *rec,
	struct transcript_error *err)
{
	int64_t late = rec->time_ms - m->last_ms;
	const char *args;
	size_t n;

	note_boot(m, rec);
	m->heard = true;
	if (m->first_pass)
		return true;
	move_on(m, rec->time_ms);
	if (body_directive(rec->body, rec->len, &n, &args) != NULL) {
		fputs("- AT<  {skip}\n", m->out);
		return true;
	}
	fputs("- AT<  ", m->out);
	if (keeps_pace(m))
		fprintf(m->out, "[%llds] ",
			(long long)(late > 0 ? late / 500 : 0) + PATIENCE_S);
	else if (late > LONG_MS && late < INT64_C(86400000))
		fprintf(m->out, "[%llds] ", (long long)late / 500 + 10);
	return write_body(m, rec) ||
	       transcript_fail(err, rec->line, rec->column,
		       "cannot read what this mask stands for");
}

/* ---- the recording, twice ---- */

static bool on_header(void *arg, unsigned line, const char *key,
	const char *value, struct transcript_error *err)
{
	struct maker *m = arg;

	(void)line;
	(void)err;
	if (strcmp(key, "profile") == 0 && m->profile == NULL)
		m->profile = strdup(value);
	return true;
}

/* Escapes go into the scenario as they are: those of the recording count. */
static bool check_escapes(
	const struct transcript_record *rec, struct transcript_error *err)
{
	struct body body = {.text = rec->body, .len = rec->len};
	enum body_type type = BODY_BYTE;
	struct body_item item;

	while (lane_is_bytes(rec->lane) && type != BODY_END) {
		type = body_next(&body, &item);
		if (type == BODY_BAD)
			return transcript_fail(err, rec->line,
				rec->column + item.at, "%.*s", (int)item.len,
				item.text);
	}
	return true;
}

static bool on_record(void *arg, const struct transcript_record *rec,
	struct transcript_error *err)
{
	struct maker *m = arg;

	if (m->first_pass && !check_escapes(rec, err))
		return false;
	if (!m->first_pass && ftell(m->out) > (long)SCENARIO_MAX)
		return transcript_fail(err, rec->line, 1,
			"expected a recording that makes a scenario of at most "
			"%zu MiB",
			SCENARIO_MAX >> 20);
	switch (rec->lane) {
	case LANE_AT_TX:
		return take_host(m, rec, err);
	case LANE_AT_RX:
		return take_modem(m, rec, err);
	case LANE_PIN:
		take_pin(m, rec);
		break;
	case LANE_DO:
		take_action(m, rec);
		break;
	case LANE_CON_TX:
	case LANE_CON_RX:
	case LANE_BRK:
	case LANE_WHY:
	case LANE_NOTE:
		break;
	}
	return !m->failed ||
	       transcript_fail(err, rec->line, 1, "out of memory");
}

static bool read_recording(
	struct maker *m, const char *path, struct transcript_error *err)
{
	const struct transcript_handler handler = {on_header, on_record, m};

	return transcript_file_read(path, &handler, err);
}

static void reset(struct maker *m, bool first_pass)
{
	struct maker fresh = {.plan = m->plan,
		.out = m->out,
		.profile = m->profile,
		.pulses = m->pulses,
		.n_pulses = m->n_pulses,
		.key = NO_PULSE,
		.reset = NO_PULSE,
		.last_ms = -1,
		.first_pass = first_pass};

	*m = fresh;
}

static void write_header(struct maker *m)
{
	const struct replay_plan *plan = m->plan;

	fprintf(m->out,
		"# ec21 transcript 1\n# profile: %s\n# emulator: %s%s\n"
		"# trailing: any\n",
		plan->profile != NULL ? plan->profile
		: m->profile != NULL  ? m->profile
				      : "ec21j",
		keeps_pace(m) && !plan->instant ? "--speed=1" : "--fast",
		plan->boots ? " --power=off" : "");
	if (plan->broker != NULL)
		fprintf(m->out, "# broker: %s\n", plan->broker);
}

/* With the hand clock the recorded pace costs nothing. */
static void choose_pace(struct replay_plan *plan)
{
	if (plan->pace != PACE_AUTO)
		return;
	plan->pace =
		plan->boots && plan->broker == NULL ? PACE_RECORDED : PACE_FULL;
	if (plan->pace == PACE_RECORDED)
		buf_printf(&plan->notes,
			"it begins with a boot: at the recording's pace%s\n",
			plan->instant ? ", and no latencies, as its modem had "
					"none"
				      : "");
}

static bool write_scenario(struct maker *m, const char *recording,
	const char *scenario, struct transcript_error *err)
{
	bool ok;

	m->out = fopen(scenario, "we");
	if (m->out == NULL)
		return transcript_fail(
			err, 0, 0, "%s: %s", scenario, strerror(errno));
	reset(m, false);
	write_header(m);
	ok = read_recording(m, recording, err);
	if (fclose(m->out) != 0 && ok)
		ok = transcript_fail(
			err, 0, 0, "%s: %s", scenario, strerror(errno));
	return ok;
}

bool replay_scenario_make(struct replay_plan *plan, const char *recording,
	const char *scenario, struct transcript_error *err)
{
	struct maker m = {.plan = plan};
	bool ok;

	reset(&m, true);
	ok = read_recording(&m, recording, err);
	plan->boots = plan->boots || m.powered;
	choose_pace(plan);
	ok = ok && write_scenario(&m, recording, scenario, err);
	free(m.profile);
	free(m.pulses);
	return ok;
}
