#include "hil/evidence.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "hil/match.h"

enum test {
	TEST_IS,
	TEST_IS_NOT,
	TEST_CONTAINS,
};

struct field {
	char path[128];
	enum test test;
	const char *value; /* without its quotes; lent */
	size_t len;
	struct place at;
};

static bool parse_field(const char *word, size_t n, struct place at,
	struct field *f, struct transcript_error *err)
{
	const char *eq = memchr(word, '=', n);
	size_t path = eq != NULL ? (size_t)(eq - word) : 0;

	f->test = TEST_IS;
	f->at = at;
	if (eq == NULL)
		return transcript_fail(
			err, at.line, at.column, "expected field=value");
	f->value = eq + 1;
	f->len = n - path - 1;
	if (path > 0 && word[path - 1] == '!') {
		f->test = TEST_IS_NOT;
		path--;
	} else if (f->len > 0 && f->value[0] == '~') {
		f->test = TEST_CONTAINS;
		f->value++;
		f->len--;
	}
	if (f->len > 1 && f->value[0] == '"' && f->value[f->len - 1] == '"') {
		f->value++;
		f->len -= 2;
	}
	f->at.column += (unsigned)(f->value - word);
	if (path == 0 || path >= sizeof(f->path))
		return transcript_fail(
			err, at.line, at.column, "expected field=value");
	memcpy(f->path, word, path);
	f->path[path] = '\0';
	return true;
}

bool evidence_check(const char *text, size_t len, struct place place,
	struct transcript_error *err)
{
	const char *start = text, *word;
	struct pattern *p;
	struct field f = {0};
	size_t n, words = 0;

	for (; expand_word(&text, &len, &word, &n); words++) {
		struct place at = place;

		at.column += (unsigned)(word - start);
		if (!parse_field(word, n, at, &f, err))
			return false;
		p = pattern_new(f.value, f.len, NULL, f.at, err);
		if (p == NULL)
			return false;
		pattern_free(p);
	}
	return words > 0 || transcript_fail(err, place.line, place.column,
				    "expected field=value");
}

/* A value as an expectation writes it; NULL is "". The caller frees it. */
static char *value_text(const json_t *v)
{
	if (v == NULL || json_is_null(v) ||
		(json_is_array(v) && json_array_size(v) == 0))
		return strdup("");
	if (json_is_string(v))
		return strdup(json_string_value(v));
	return json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
}

static bool value_holds(
	const json_t *v, const struct field *f, struct pattern *p)
{
	char *text = value_text(v);
	bool holds = false;
	struct match m;
	size_t len;

	if (text == NULL)
		return false;
	len = strlen(text);
	if (f->test == TEST_CONTAINS) {
		for (size_t i = 0; !holds && i <= len; i++)
			holds = pattern_match(p, text + i, len - i, true, &m) ==
				MATCH_YES;
	} else {
		holds = pattern_match(p, text, len, true, &m) == MATCH_YES &&
			m.used == len;
	}
	free(text);
	return holds;
}

/* Walk a dotted path; a list holds when one of its elements does. */
static bool path_holds(const json_t *v, const char *path, const struct field *f,
	struct pattern *p)
{
	size_t n = strcspn(path, ".");
	const char *rest = path[n] == '.' ? path + n + 1 : path + n;
	char key[128], *end;
	const json_t *item;
	unsigned long index;
	size_t i;

	if (path[0] == '\0' && !(json_is_array(v) && json_array_size(v) > 0))
		return value_holds(v, f, p);
	memcpy(key, path, n);
	key[n] = '\0';
	if (!json_is_array(v))
		return path_holds(json_object_get(v, key), rest, f, p);
	index = strtoul(key, &end, 10);
	if (n > 0 && *end == '\0')
		return path_holds(json_array_get(v, index), rest, f, p);
	for (i = 0; i < json_array_size(v); i++) {
		item = json_array_get(v, i);
		if (path_holds(item, path, f, p))
			return true;
	}
	return json_array_size(v) == 0 && value_holds(NULL, f, p);
}

static bool match_field(const json_t *root, const struct field *f,
	const struct vars *vars, bool *holds, struct transcript_error *err)
{
	struct pattern *p = pattern_new(f->value, f->len, vars, f->at, err);

	if (p == NULL)
		return false;
	*holds = path_holds(root, f->path, f, p);
	if (f->test == TEST_IS_NOT)
		*holds = !*holds;
	pattern_free(p);
	return true;
}

static void tell(const json_t *root, const struct field *f, struct buf *why)
{
	char top[128], *text;
	size_t n = strcspn(f->path, ".");

	memcpy(top, f->path, n);
	top[n] = '\0';
	text = value_text(json_object_get(root, top));
	buf_printf(why, "%s: %s", top,
		text == NULL	? "?"
		: *text != '\0' ? text
				: "null");
	free(text);
}

bool evidence_match(const char *text, size_t len, const struct vars *vars,
	struct place place, const char *json, bool *holds, struct buf *why,
	struct transcript_error *err)
{
	const char *start = text, *word;
	json_t *root = json_loads(json, 0, NULL);
	bool ok = true;
	struct field f = {0};
	size_t n;

	*holds = json_is_object(root);
	if (!*holds)
		buf_adds(why, "the broker's line is no JSON object");
	while (ok && *holds && expand_word(&text, &len, &word, &n)) {
		struct place at = place;

		at.column += (unsigned)(word - start);
		ok = parse_field(word, n, at, &f, err) &&
		     match_field(root, &f, vars, holds, err);
		if (ok && !*holds)
			tell(root, &f, why);
	}
	json_decref(root);
	return ok;
}
