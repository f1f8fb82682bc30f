#include "hil/condition.h"

#include <stdio.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool condition_parse(struct step *step, const char *s, size_t len)
{
	size_t name;

	if (len < 4 || memcmp(s, "if ", 3) != 0)
		return false;
	s += 3;
	len -= 3;
	name = vars_name_len(s, len);
	step->if_name = s;
	step->if_name_len = name;
	s += name;
	len -= name;
	if (len > 0 && *s == '!') {
		step->if_not = true;
		s++;
		len--;
	}
	if (name == 0 || len == 0 || *s != '=')
		return false;
	step->if_value = s + 1;
	step->if_value_len = len - 1;
	return step->if_value_len == 0 ||
	       (!is_blank(s[1]) && !is_blank(s[len - 1]));
}

bool step_is_wanted(
	const struct step *step, const struct vars *vars, bool *wanted)
{
	const char *value;
	size_t len;

	*wanted = true;
	if (step->if_name_len == 0)
		return true;
	value = vars_get(vars, step->if_name, step->if_name_len, &len);
	if (value == NULL)
		return false;
	*wanted = (len == step->if_value_len &&
			  memcmp(value, step->if_value, len) == 0) !=
		  step->if_not;
	return true;
}

/* Does a step give it another value? */
static bool is_captured(const struct scenario *s, const struct step *step)
{
	char class[80];

	snprintf(class, sizeof(class), "{%.*s=", (int)step->if_name_len,
		step->if_name);
	return strstr(s->text, class) != NULL;
}

bool condition_check(const struct scenario *s, const struct step *step,
	struct transcript_error *err)
{
	bool wanted = s->n_cases == 0 || is_captured(s, step);

	for (size_t i = 0; !wanted && i < s->n_cases; i++)
		/* A case that does not say leaves it to the others. */
		if (!step_is_wanted(step, &s->cases[i].vars, &wanted))
			wanted = true;
	return wanted ||
	       transcript_fail(err, step->line, step->column,
		       "no case has %.*s%s=%.*s", (int)step->if_name_len,
		       step->if_name, step->if_not ? "!" : "",
		       (int)step->if_value_len, step->if_value);
}
