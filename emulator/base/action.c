#include "base/action.h"

#include <stdlib.h>
#include <string.h>

#include "base/fault.h"

enum { RSSI_MAX = 31, LENGTH_MAX_MS = 60000 };

bool action_parse_ms(const char *text, uint64_t *ms)
{
	char *end;
	unsigned long n;

	if (text[0] < '0' || text[0] > '9')
		return false;
	n = strtoul(text, &end, 10);
	if (n == 0 || n > LENGTH_MAX_MS)
		return false;
	*ms = n;
	if (strcmp(end, "s") == 0)
		*ms *= 1000;
	else if (strcmp(end, "ms") != 0)
		return false;
	return *ms <= LENGTH_MAX_MS;
}

static bool parse_rssi(const char *text, int *rssi)
{
	char *end;
	unsigned long n;

	if (text[0] < '0' || text[0] > '9')
		return false;
	n = strtoul(text, &end, 10);
	*rssi = (int)n;
	return *end == '\0' && n <= RSSI_MAX;
}

static bool parse_word(
	const char *text, const char *yes, const char *no, bool *on)
{
	*on = strcmp(text, yes) == 0;
	return *on || (no != NULL && strcmp(text, no) == 0);
}

static bool parse_fault(const char *text, const char **spec)
{
	struct fault_set set;
	struct why why;

	fault_init(&set, 0);
	*spec = text;
	return fault_arm(&set, text, &why) == 0;
}

static const struct {
	const char *name;
	enum action_type type;
	const char *want;
} table[] = {
	{"bearer", ACTION_BEARER, "drop"},
	{"coverage", ACTION_COVERAGE, "on or off"},
	{"dtr", ACTION_DTR, "high or low"},
	{"fault", ACTION_FAULT,
		"POINT[:nth=N|:after=N|:p=P][:ms=N]; ec21emu --list-faults "
		"shows the points"},
	{"power", ACTION_POWER, "on or off"},
	{"pwrkey", ACTION_PWRKEY, "1ms to 60s"},
	{"reset", ACTION_RESET, "1ms to 60s"},
	{"signal", ACTION_SIGNAL, "0 to 31, as +CSQ prints it"},
	{"sim", ACTION_SIM, "insert or remove"},
	{"supply", ACTION_SUPPLY, "on or off"},
};

static bool parse_argument(const char *text, struct action *a)
{
	switch (a->type) {
	case ACTION_POWER:
	case ACTION_SUPPLY:
	case ACTION_COVERAGE:
		return parse_word(text, "on", "off", &a->on);
	case ACTION_SIM:
		return parse_word(text, "insert", "remove", &a->on);
	case ACTION_DTR:
		return parse_word(text, "high", "low", &a->on);
	case ACTION_BEARER:
		return parse_word(text, "drop", NULL, &a->on);
	case ACTION_PWRKEY:
	case ACTION_RESET:
		return action_parse_ms(text, &a->ms);
	case ACTION_SIGNAL:
		return parse_rssi(text, &a->rssi);
	case ACTION_FAULT:
		return parse_fault(text, &a->spec);
	}
	return false;
}

int action_parse(const char *text, struct action *action, struct why *why)
{
	size_t len = strcspn(text, " ");
	const char *argument = text + len;

	*action = (struct action){0};
	if (strlen(text) > ACTION_MAX)
		return why_set(why, ERR_PARAM, GRADE_ASM,
			"action: longer than %d bytes", ACTION_MAX);
	while (*argument == ' ')
		argument++;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (strlen(table[i].name) != len ||
			memcmp(table[i].name, text, len) != 0)
			continue;
		action->type = table[i].type;
		if (parse_argument(argument, action))
			return 0;
		return why_set(why, ERR_PARAM, GRADE_ASM,
			"action \"%s\": expected %s %s", text, table[i].name,
			table[i].want);
	}
	return why_set(why, ERR_PARAM, GRADE_ASM,
		"action \"%s\" is none of bearer, coverage, dtr, fault, "
		"power, pwrkey, reset, signal, sim, supply",
		text);
}
