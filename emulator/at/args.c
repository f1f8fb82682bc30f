#include "at/args.h"

#include <string.h>

#include "base/hex.h"

bool at_parse_uint(const char *text, int64_t *num)
{
	int64_t n = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		if (n > (INT64_MAX - (*text - '0')) / 10)
			return false;
		n = n * 10 + (*text - '0');
	}
	*num = n;
	return true;
}

bool at_parse_hex(const char *text, int64_t *num)
{
	int64_t n = 0;
	size_t digits = 0;

	if (text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
		return false;
	for (text += 2; *text != '\0'; text++) {
		int d = hex_value(*text);

		if (d < 0 || ++digits > 8)
			return false;
		n = n * 16 + d;
	}
	*num = n;
	return digits > 0;
}

static char *skip_blanks(char *p)
{
	while (*p == ' ')
		p++;
	return p;
}

/* Cut the blanks that end a bare value. */
static void trim_end(struct at_value *v, char *text)
{
	while (v->len > 0 && text[v->len - 1] == ' ')
		v->len--;
	text[v->len] = '\0';
}

/* One value at p; returns where the comma or the end is. */
static char *split_value(
	struct at_value *v, char *p, size_t index, struct why *why)
{
	char *end;

	p = skip_blanks(p);
	if (*p == '"') {
		end = strchr(p + 1, '"');
		if (end == NULL) {
			why_set(why, ERR_SYNTAX, GRADE_INF,
				"argument %zu: the closing quote is missing",
				index + 1);
			return NULL;
		}
		*end = '\0';
		v->kind = AT_VALUE_QUOTED;
		v->text = p + 1;
		v->len = (size_t)(end - (p + 1));
		p = skip_blanks(end + 1);
		if (*p != ',' && *p != '\0') {
			why_set(why, ERR_SYNTAX, GRADE_INF,
				"argument %zu: '%c' behind the closing quote",
				index + 1, *p);
			return NULL;
		}
		return p;
	}
	end = p + strcspn(p, ",");
	if (end == p)
		return end;
	v->kind = AT_VALUE_BARE;
	v->text = p;
	v->len = (size_t)(end - p);
	return end;
}

void at_args_clear(struct at_args *a)
{
	a->n = 0;
	for (size_t i = 0; i < AT_ARGS_MAX; i++)
		a->v[i] = (struct at_value){.kind = AT_VALUE_EMPTY, .text = ""};
}

int at_args_split(struct at_args *a, char *text, struct why *why)
{
	char *p = text;

	at_args_clear(a);
	if (*skip_blanks(p) == '\0')
		return 0;
	for (;;) {
		struct at_value *v = &a->v[a->n];
		bool more;

		if (a->n == AT_ARGS_MAX)
			return why_set(why, ERR_SYNTAX, GRADE_INF,
				"more than %d arguments", AT_ARGS_MAX);
		p = split_value(v, p, a->n, why);
		if (p == NULL)
			return why->err;
		more = *p == ',';
		*p = '\0';
		if (v->kind == AT_VALUE_BARE)
			trim_end(v, p - v->len);
		a->n++;
		if (!more)
			return 0;
		p++;
	}
}

/* A whole number of any size and sign, so that only its range is wrong. */
static bool is_integer(const char *text)
{
	if (*text == '-')
		text++;
	return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static int check_number(struct at_value *v, size_t i, const struct at_arg *spec,
	enum err err, struct why *why)
{
	bool hex = spec->type == AT_ARG_HEX, held;

	/* It may be a password that came one place too early. */
	if (v->kind == AT_VALUE_QUOTED)
		return why_set(why, err, GRADE_INF,
			"argument %zu <%s>: %zu bytes in quotes, a number has "
			"none",
			i + 1, spec->name, v->len);
	held = hex ? at_parse_hex(v->text, &v->num)
		   : at_parse_uint(v->text, &v->num);
	if (!held && (hex || !is_integer(v->text)))
		return why_set(why, err, GRADE_INF,
			"argument %zu <%s>: '%s' is not a %snumber", i + 1,
			spec->name, v->text, hex ? "0x… " : "");
	if (!held || v->num < spec->min || v->num > spec->max)
		return why_set(why, err, GRADE_INF,
			"argument %zu <%s>: %s is outside %lld..%lld", i + 1,
			spec->name, v->text, (long long)spec->min,
			(long long)spec->max);
	return 0;
}

static int check_text(struct at_value *v, size_t i, const struct at_arg *spec,
	enum err err, struct why *why)
{
	/* The value may be a password: it stays out of the reason. */
	if (v->kind == AT_VALUE_BARE && spec->type == AT_ARG_STR)
		return why_set(why, err, GRADE_INF,
			"argument %zu <%s>: text needs quotes, %zu bytes have "
			"none",
			i + 1, spec->name, v->len);
	if ((int64_t)v->len < spec->min || (int64_t)v->len > spec->max)
		return why_set(why, err, GRADE_INF,
			"argument %zu <%s>: %zu bytes, allowed are %lld..%lld",
			i + 1, spec->name, v->len, (long long)spec->min,
			(long long)spec->max);
	return 0;
}

int at_args_check(struct at_args *a, const struct at_arg *spec, enum err err,
	struct why *why)
{
	size_t i = 0;
	int rc;

	for (; spec->type != AT_ARG_END; spec++, i++) {
		struct at_value *v = &a->v[i];

		if (!at_args_has(a, i)) {
			if (spec->optional)
				continue;
			return why_set(why, err, GRADE_INF,
				"argument %zu <%s> is missing", i + 1,
				spec->name);
		}
		if (spec->type == AT_ARG_INT || spec->type == AT_ARG_HEX)
			rc = check_number(v, i, spec, err, why);
		else
			rc = check_text(v, i, spec, err, why);
		if (rc != 0)
			return rc;
	}
	if (a->n > i)
		return why_set(why, err, GRADE_INF,
			"%zu arguments, at most %zu are known", a->n, i);
	return 0;
}
