#include "hil/dialogue.h"

#include <ctype.h>
#include <string.h>

/* Commands and their arguments, and looking for one in a dialogue. */

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
