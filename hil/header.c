#include "hil/header.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "hil/expand.h"

bool header_words(const struct scenario *scenario, const struct vars *vars,
	const char *key, const char *value,
	const char *(*word)(void *arg, const char *word), void *arg, char *why,
	size_t why_size)
{
	struct transcript_error err = {0};
	const char *w, *wrong = NULL;
	struct buf out;
	size_t len = value != NULL ? strlen(value) : 0, n;

	buf_init(&out, 4096);
	while (wrong == NULL && expand_word(&value, &len, &w, &n)) {
		buf_reset(&out);
		if (!expand(w, n, vars, (struct place){1, 1}, &out, &err) ||
			buf_cstr(&out) == NULL)
			wrong = err.text;
		else
			wrong = word(arg, buf_cstr(&out));
	}
	buf_free(&out);
	if (wrong != NULL)
		snprintf(why, why_size, "%s: header '%s': %s", scenario->path,
			key, wrong);
	return wrong == NULL;
}
