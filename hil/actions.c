#include "hil/actions.h"

#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "hil/scenario.h"

static const char *const rig_actions[] = {"hangup", "kill-emulator",
	"stop-emulator", "start-emulator", "stop-broker", "start-broker",
	"reset-board", NULL};

/* First words of the others. */
static const char *const words[] = {"hangup", "kill-emulator", "stop-emulator",
	"start-emulator", "stop-broker", "start-broker", "reset-board", "peer",
	"wait", "bearer", "coverage", "dtr", "fault", "power", "pwrkey",
	"reset", "signal", "sim", "supply", NULL};

static bool starts(const char *text, const char *head)
{
	return strncmp(text, head, strlen(head)) == 0;
}

struct word {
	char text[40];
};

static struct word first_word(const char *text)
{
	size_t len = strcspn(text, " ");
	struct word w;

	if (len >= sizeof(w.text))
		len = sizeof(w.text) - 1;
	memcpy(w.text, text, len);
	w.text[len] = '\0';
	return w;
}

static bool is_word(const char *text)
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return false;
}

static bool unknown(const char *text, char *wrong, size_t size)
{
	struct word word = first_word(text);
	const char *near =
		is_word(word.text) ? NULL : suggest(word.text, words);

	snprintf(wrong, size,
		"unknown action '%s'%s%s%s; known: hangup, kill-emulator, "
		"stop-emulator, start-emulator, stop-broker, start-broker, "
		"reset-board, "
		"peer …, wait, bearer, "
		"coverage, dtr, fault, power, pwrkey, reset, signal, sim, "
		"supply",
		text, near ? ", did you mean '" : "", near ? near : "",
		near ? "'?" : "");
	return false;
}

bool do_parse(const char *text, struct do_line *line, char *wrong, size_t size)
{
	struct word word = first_word(text);
	struct why why;

	*line = (struct do_line){.type = DO_RIG};
	for (size_t i = 0; rig_actions[i] != NULL; i++)
		if (strcmp(text, rig_actions[i]) == 0)
			return true;
	if (starts(text, "peer "))
		return true;
	if (strcmp(word.text, "wait") == 0) {
		line->type = DO_WAIT;
		if (starts(text, "wait ") &&
			action_parse_ms(text + 5, &line->ms))
			return true;
		snprintf(wrong, size, "'%s': expected wait 1ms to 60s", text);
		return false;
	}
	line->type = DO_MODEM;
	if (action_parse(text, &line->modem, &why) == 0) {
		line->ms = line->modem.ms;
		return true;
	}
	if (!is_word(word.text))
		return unknown(text, wrong, size);
	snprintf(wrong, size, "%s", why.text);
	return false;
}

/* A DO line whose text begins so. */
static bool has_action(const struct scenario *scenario, const char *head)
{
	size_t n = strlen(head);

	for (size_t i = 0; i < scenario->n_steps; i++) {
		const struct step *step = &scenario->steps[i];

		if (step->type == STEP_ACTION && step->len >= n &&
			memcmp(step->body, head, n) == 0)
			return true;
	}
	return false;
}

bool do_acts_on_modem(const struct scenario *scenario)
{
	static const char *const heads[] = {"bearer ", "coverage ", "dtr ",
		"fault ", "power ", "pwrkey ", "reset ", "signal ", "sim ",
		"supply "};

	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		if (has_action(scenario, heads[i]))
			return true;
	return false;
}

bool do_stops_broker(const struct scenario *scenario)
{
	return has_action(scenario, "stop-broker");
}

bool do_faults_network(const struct scenario *scenario)
{
	return has_action(scenario, "fault dns.") ||
	       has_action(scenario, "fault tcp.") ||
	       has_action(scenario, "fault {");
}
