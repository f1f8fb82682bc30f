#include "hil/memory_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hil/header.h"

/* `--name` of a word `--name=value`; its value, NULL: the next word. */
static const char *option_value(const char *word, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(word, name, n) != 0 || word[n] != '=')
		return NULL;
	return word + n + 1;
}

static const char *const valued[] = {"--speed", "--config", "--profile",
	"--state", "--map", "--power", "--net", "--seed", NULL};

/* The index in `valued`, or -1; *value NULL: it is the next word. */
static int find_valued(const char *word, const char **value)
{
	for (int i = 0; valued[i] != NULL; i++) {
		*value = option_value(word, valued[i]);
		if (*value != NULL || strcmp(word, valued[i]) == 0)
			return i;
	}
	return -1;
}

static const char *take_value(
	struct memory_settings *s, int option, const char *v)
{
	switch (option) {
	case 0:
		s->speed = strtod(v, NULL);
		return s->speed >= 0.01 ? NULL : "--speed: want a number";
	case 1:
		s->config = v;
		return NULL;
	case 2:
		s->profile = v;
		return NULL;
	case 3:
		s->state = v;
		return NULL;
	case 4:
		if (s->n_maps == sizeof(s->maps) / sizeof(*s->maps))
			return "too many --map";
		s->maps[s->n_maps++] = v;
		return NULL;
	case 5:
		s->off = strcmp(v, "off") == 0;
		return s->off || strcmp(v, "on") == 0
			       ? NULL
			       : "--power: want on or off";
	default:
		return NULL; /* --net, --seed: nothing to do here */
	}
}

static const char *keep_word(void *arg, const char *word)
{
	struct memory_settings *s = arg;

	if (s->n_words == sizeof(s->words) / sizeof(*s->words) ||
		(s->words[s->n_words] = strdup(word)) == NULL)
		return "too many words";
	s->n_words++;
	return NULL;
}

bool memory_settings_know(const char *name)
{
	const char *value;

	return find_valued(name, &value) >= 0;
}

void memory_settings_read(struct memory_settings *s,
	const struct rig_opts *opts, const struct scenario *scenario,
	const struct vars *vars, char *why, size_t size)
{
	const char *line = scenario->emulator, *value, *wrong = NULL;

	if (!header_words(scenario, vars, "profile", scenario->profile,
		    keep_word, s, why, size))
		return;
	s->speed = 1;
	s->profile = s->n_words > 0 ? s->words[0] : "ec21j";
	if (!header_words(scenario, vars, "emulator",
		    line != NULL ? line : "--fast", keep_word, s, why, size))
		return;
	for (size_t i = scenario->profile != NULL; i < s->n_words; i++) {
		int option = find_valued(s->words[i], &value);

		if (strcmp(s->words[i], "--fast") == 0)
			s->fast = true;
		else if (option < 0)
			wrong = "not an option of the rig in process";
		else if (value == NULL && ++i == s->n_words)
			wrong = "an option needs a value";
		else
			wrong = take_value(
				s, option, value != NULL ? value : s->words[i]);
		if (wrong != NULL) {
			snprintf(why, size, "header 'emulator': %s", wrong);
			return;
		}
	}
	if (opts->profile != NULL)
		s->profile = opts->profile;
}
