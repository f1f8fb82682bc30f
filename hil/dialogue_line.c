#include "hil/dialogue.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * Lines by themselves: final results, commands and their arguments; and
 * looking for a command in a dialogue.
 */

static const struct {
	const char *text;
	enum final final;
} finals[] = {
	{"OK", FINAL_OK},
	{"ERROR", FINAL_ERROR},
	{"SEND OK", FINAL_SEND_OK},
	{"SEND FAIL", FINAL_SEND_FAIL},
	{"NO CARRIER", FINAL_NO_CARRIER},
};

bool final_parse(const char *s, enum final *final, int *code)
{
	bool cme = strncmp(s, "+CME ERROR:", 11) == 0;
	char *end;

	*code = NO_CODE;
	for (size_t i = 0; i < sizeof(finals) / sizeof(*finals); i++)
		if (strcmp(s, finals[i].text) == 0) {
			*final = finals[i].final;
			return true;
		}
	if (!cme && strncmp(s, "+CMS ERROR:", 11) != 0)
		return false;
	*final = cme ? FINAL_CME : FINAL_CMS;
	s += 11 + strspn(s + 11, " ");
	*code = (int)strtol(s, &end, 10);
	if (end == s || *end != '\0')
		*code = code_of_text(cme ? CODE_CME : CODE_CMS, s);
	return true;
}

bool command_is(const char *s)
{
	if (strncasecmp(s, "AT", 2) != 0)
		return false;
	s += 2;
	if (*s == '\0' || *s == '+' || *s == '&' || *s == '*')
		return true;
	return strchr("EeQqVvZzIiSsDdHhXxLlMmOoAa", *s) != NULL &&
	       (s[1] == '\0' || strchr("0123456789*=?;", s[1]) != NULL);
}

/* Start of the n-th argument, or NULL. */
static const char *find_arg(const char *command, size_t n)
{
	const char *s = strchr(command, '=');
	bool quoted = false;

	if (s == NULL || s[1] == '?')
		return NULL;
	for (s++; n > 0; s++) {
		if (*s == '\0')
			return NULL;
		if (*s == '"')
			quoted = !quoted;
		else if (*s == ',' && !quoted)
			n--;
	}
	return s + strspn(s, " ");
}

bool command_arg_quoted(const char *command, size_t n)
{
	const char *s = find_arg(command, n);

	return s != NULL && *s == '"';
}

bool command_arg(const char *command, size_t n, char *value, size_t size)
{
	const char *s = find_arg(command, n);
	size_t len;

	if (s == NULL)
		return false;
	if (*s == '"')
		len = strcspn(++s, "\"");
	else
		len = strcspn(s, ",");
	while (len > 0 && s[len - 1] == ' ')
		len--;
	if (len >= size)
		len = size - 1;
	memcpy(value, s, len);
	value[len] = '\0';
	return true;
}

bool dialogue_is(const struct dialogue *d, size_t i, const char *name)
{
	return i != NO_EXCHANGE && strcmp(d->names[i], name) == 0 &&
	       strchr(d->exchanges[i].command, '=') != NULL &&
	       strstr(d->exchanges[i].command, "=?") == NULL;
}

static bool args_begin(const char *command, const char *with)
{
	const char *s = strchr(command, '=');

	if (s == NULL)
		return false;
	for (s++; *with != '\0'; s++) {
		if (*s == ' ')
			continue;
		if (tolower((unsigned char)*s) !=
			tolower((unsigned char)*with++))
			return false;
	}
	return true;
}

size_t dialogue_last(const struct dialogue *d, size_t before, const char *name,
	const char *args)
{
	if (before > d->n_exchanges)
		before = d->n_exchanges;
	while (before-- > 0)
		if (strcmp(d->names[before], name) == 0 &&
			(*args == '\0' ||
				args_begin(d->exchanges[before].command, args)))
			return before;
	return NO_EXCHANGE;
}
