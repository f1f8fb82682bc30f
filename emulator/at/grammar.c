#include "at/grammar.h"

#include <stdbool.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char to_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_letter(char c)
{
	c = to_upper(c);
	return c >= 'A' && c <= 'Z';
}

/* V.250 5.4.1: characters of an extended name behind its '+'. */
static bool is_name(char c)
{
	return is_letter(c) || is_digit(c) ||
	       (c != '\0' && strchr("!%-./:_", c) != NULL);
}

static char *skip_blanks(char *p)
{
	while (*p == ' ')
		p++;
	return p;
}

/* The end of a value list: a `;` outside quotes, or the end of the line. */
static char *value_end(char *p)
{
	bool quoted = false;

	for (; *p != '\0'; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (*p == ';' && !quoted)
			break;
	}
	return p;
}

/* What stands there may be a PIN or a password: one character is told. */
static enum at_part_result bad(
	struct why *why, const char *name, const char *what, const char *at)
{
	if (*at == '\0')
		why_set(why, ERR_SYNTAX, GRADE_INF, "%s: %s, at the end", name,
			what);
	else
		why_set(why, ERR_SYNTAX, GRADE_INF, "%s: %s, at '%c'", name,
			what, *at);
	return AT_PART_BAD;
}

/*
 * Behind `=?`, `?` or a bare name only `;` or the end may come. Returns NULL
 * when something else stands there.
 */
static char *part_end(char *p)
{
	p = skip_blanks(p);
	if (*p == ';')
		return p + 1;
	return *p == '\0' ? p : NULL;
}

static enum at_part_result extended(
	char *p, char **end, struct at_part *part, struct why *why)
{
	size_t n = 0;

	do {
		if (n + 1 == sizeof(part->name))
			return bad(why, "AT", "name too long", p - n);
		part->name[n++] = to_upper(*p++);
	} while (is_name(*p));
	part->name[n] = '\0';
	p = skip_blanks(p);
	if (p[0] == '=' && *skip_blanks(p + 1) == '?') {
		part->form = AT_FORM_TEST;
		p = skip_blanks(p + 1) + 1;
	} else if (*p == '=') {
		part->form = AT_FORM_WRITE;
		part->args = p + 1;
		p = value_end(p + 1);
		*end = *p == ';' ? p + 1 : p;
		*p = '\0';
		return AT_PART_FOUND;
	} else if (*p == '?') {
		part->form = AT_FORM_READ;
		p++;
	} else {
		part->form = AT_FORM_EXEC;
	}
	*end = part_end(p);
	if (*end == NULL)
		return bad(why, part->name, "cannot be parsed from here", p);
	return AT_PART_FOUND;
}

static char *number(char *p, int64_t *num)
{
	int64_t n = -1;

	for (p = skip_blanks(p); is_digit(*p); p++) {
		if (n < 0)
			n = 0;
		if (n < 1000000)
			n = n * 10 + (*p - '0');
	}
	*num = n;
	return p;
}

/* Can the next command of the line, or the end, stand here? */
static bool begins_part(const char *p)
{
	return *p == '\0' || is_letter(*p) || strchr(";+^$*&", *p) != NULL;
}

/* ATS<r>=<v> and ATS<r>?; bare ATS<r> reads too [AT §3]. */
static enum at_part_result s_register(
	char *p, char **end, struct at_part *part, struct why *why)
{
	p = number(p, &part->reg);
	if (part->reg < 0)
		return bad(why, "ATS", "the register's number is missing", p);
	p = skip_blanks(p);
	if (*p == '=') {
		part->form = AT_FORM_WRITE;
		p = number(p + 1, &part->basic);
		/* No value is 0 [V.250 5.3.2]; what is none changes nothing. */
		if (part->basic < 0 && !begins_part(p))
			return bad(why, "ATS", "the value is no number", p);
	} else {
		part->form = AT_FORM_READ;
		if (*p == '?')
			p++;
	}
	*end = p;
	return AT_PART_FOUND;
}

static enum at_part_result basic(
	char *p, char **end, struct at_part *part, struct why *why)
{
	size_t n = 0;

	if (*p == '&') {
		part->name[n++] = '&';
		p = skip_blanks(p + 1);
	}
	if (!is_letter(*p))
		return bad(why, "AT", "no command begins with", p);
	part->name[n++] = to_upper(*p++);
	part->name[n] = '\0';
	if (strcmp(part->name, "S") == 0)
		return s_register(p, end, part, why);
	if (strcmp(part->name, "D") == 0) {
		/* A dial string takes the rest, `;` included [AT §1]. */
		part->form = AT_FORM_DIAL;
		part->args = p;
		*end = p + strlen(p);
		return AT_PART_FOUND;
	}
	part->form = AT_FORM_BASIC;
	*end = number(p, &part->basic);
	return AT_PART_FOUND;
}

enum at_part_result at_part_next(
	char *line, size_t *pos, struct at_part *part, struct why *why)
{
	char *p = line + *pos, *end = p;
	enum at_part_result result;

	/* A trailing or doubled `;` is tolerated [AT §1]. */
	while (*p == ' ' || *p == ';')
		p++;
	if (*p == '\0')
		return AT_PART_END;
	part->args = NULL;
	part->basic = part->reg = -1;
	if (*p == '+' || *p == '^' || *p == '$' || *p == '*')
		result = extended(p, &end, part, why);
	else
		result = basic(p, &end, part, why);
	if (result == AT_PART_FOUND)
		*pos = (size_t)(end - line);
	return result;
}
