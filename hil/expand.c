#include "hil/expand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

/* Files of scenarios are certificates and small payloads. */
#define FILE_MAX ((size_t)1 << 20)

static bool fail(struct transcript_error *err, struct place at, size_t offset,
	const char *text)
{
	return transcript_fail(err, at.line, at.column + offset, "%s", text);
}

bool expand_word(
	const char **text, size_t *len, const char **word, size_t *word_len)
{
	const char *s = *text;
	size_t left = *len, n;
	bool quoted = false;
	int depth = 0;

	while (left > 0 && (*s == ' ' || *s == '\t')) {
		s++;
		left--;
	}
	for (n = 0; n < left; n++) {
		if (s[n] == '"')
			quoted = !quoted;
		else if (s[n] == '{')
			depth++;
		else if (s[n] == '}')
			depth--;
		else if ((s[n] == ' ' || s[n] == '\t') && !quoted && depth <= 0)
			break;
	}
	*word = s;
	*word_len = n;
	*text = s + n;
	*len = left - n;
	return n > 0;
}

/* ---- files ---- */

enum breaks {
	BREAKS_KEEP,
	BREAKS_LF,
	BREAKS_CRLF,
	BREAKS_NONE,
};

struct file_spec {
	struct buf path;
	enum breaks breaks;
	size_t cut;
};

static bool parse_option(const char *word, size_t len, struct file_spec *f)
{
	static const char *const names[] = {"keep", "lf", "crlf", "none"};
	char text[64];
	char *end;

	if (len >= sizeof(text))
		return false;
	memcpy(text, word, len);
	text[len] = '\0';
	if (strncmp(text, "cut=", 4) == 0) {
		f->cut = strtoul(text + 4, &end, 10);
		return end != text + 4 && *end == '\0';
	}
	if (strncmp(text, "breaks=", 7) != 0)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(text + 7, names[i]) == 0) {
			f->breaks = (enum breaks)i;
			return true;
		}
	return false;
}

static bool parse_spec(const char *args, size_t len, const struct vars *vars,
	struct place at, struct file_spec *f, struct transcript_error *err)
{
	const char *start = args, *word;
	struct buf option;
	size_t n;
	bool ok = true;

	if (!expand_word(&args, &len, &word, &n))
		return fail(err, at, 0, "expected the path of a file");
	if (!expand(word, n, vars, at, &f->path, err))
		return false;
	buf_init(&option, 256);
	while (ok && expand_word(&args, &len, &word, &n)) {
		struct place here = at;

		here.column += (unsigned)(word - start);
		buf_reset(&option);
		ok = expand(word, n, vars, here, &option, err);
		/* Without values a parameter may stand for any option. */
		if (ok && !(vars == NULL && memchr(word, '{', n) != NULL) &&
			!parse_option((const char *)buf_data(&option),
				buf_len(&option), f))
			ok = fail(err, here, 0,
				"expected breaks=keep|lf|crlf|none or cut=N");
	}
	buf_free(&option);
	return ok;
}

static bool read_whole(const char *path, struct buf *out, struct place at,
	struct transcript_error *err)
{
	char chunk[4096];
	bool ok = true;
	size_t n;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return transcript_fail(err, at.line, at.column,
			"cannot read %s: %s", path, strerror(errno));
	while (ok && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		ok = buf_add(out, chunk, n);
	if (!ok || ferror(f))
		ok = transcript_fail(err, at.line, at.column,
			"cannot read %s: too large, or a read error", path);
	fclose(f);
	return ok;
}

/* Is `s` (up to a line's end) the END line of a PEM block? */
static bool is_end_line(const char *s, size_t len)
{
	return len >= 9 && memcmp(s, "-----END ", 9) == 0;
}

static bool convert(const struct buf *in, enum breaks breaks, struct buf *out)
{
	const char *s = (const char *)buf_data(in);
	size_t left = buf_len(in);
	bool ok = true;

	if (breaks == BREAKS_KEEP)
		return buf_add(out, s, left);
	while (ok && left > 0) {
		const char *lf = memchr(s, '\n', left);
		size_t line = lf != NULL ? (size_t)(lf - s) : left;
		size_t n = line > 0 && s[line - 1] == '\r' ? line - 1 : line;

		ok = buf_add(out, s, n);
		if (lf != NULL && breaks == BREAKS_CRLF)
			ok = ok && buf_adds(out, "\r\n");
		else if (lf != NULL &&
			 (breaks == BREAKS_LF || is_end_line(s, n)))
			ok = ok && buf_addc(out, '\n');
		if (lf != NULL)
			line++;
		s += line;
		left -= line;
	}
	return ok;
}

bool expand_file(const char *args, size_t len, const struct vars *vars,
	struct place at, struct buf *out, struct transcript_error *err)
{
	struct file_spec f = {0};
	struct buf raw, text;
	bool ok;

	buf_init(&f.path, 4096);
	buf_init(&raw, FILE_MAX);
	buf_init(&text, 2 * FILE_MAX);
	ok = parse_spec(args, len, vars, at, &f, err);
	if (ok && vars != NULL) {
		ok = buf_cstr(&f.path) != NULL &&
		     read_whole(buf_cstr(&f.path), &raw, at, err);
		if (ok && (!convert(&raw, f.breaks, &text) ||
				  f.cut > buf_len(&text) ||
				  !buf_add(out, buf_data(&text),
					  buf_len(&text) - f.cut)))
			ok = fail(err, at, 0,
				"the file is too large, or "
				"shorter than cut=");
	}
	buf_free(&f.path);
	buf_free(&raw);
	buf_free(&text);
	return ok;
}

/* ---- braces ---- */

static bool put_sum(const char *args, size_t len, const struct vars *vars,
	struct place at, struct buf *out, bool size,
	struct transcript_error *err)
{
	struct qsum sum = {0};
	struct buf file;
	bool ok;

	buf_init(&file, 2 * FILE_MAX);
	ok = expand_file(args, len, vars, at, &file, err);
	if (ok && vars != NULL) {
		qsum_update(&sum, buf_data(&file), buf_len(&file));
		ok = size ? buf_printf(out, "%zu", buf_len(&file))
			  : buf_printf(out, "%x", sum.value);
	}
	buf_free(&file);
	return ok;
}

bool expand_brace(const char *text, size_t len, const struct vars *vars,
	struct place at, struct buf *out, bool *known,
	struct transcript_error *err)
{
	const char *value;
	size_t n;

	*known = true;
	if (len > 5 && memcmp(text, "size:", 5) == 0)
		return put_sum(text + 5, len - 5, vars, at, out, true, err);
	if (len > 5 && memcmp(text, "qsum:", 5) == 0)
		return put_sum(text + 5, len - 5, vars, at, out, false, err);
	if (len == 0 || text[0] != '$') {
		*known = false;
		return true;
	}
	n = vars_name_len(text + 1, len - 1);
	if (n == 0 || n != len - 1)
		return fail(err, at, 0, "expected {$name}");
	if (vars == NULL)
		return true;
	value = vars_get(vars, text + 1, n, &len);
	if (value == NULL)
		return transcript_fail(err, at.line, at.column,
			"no parameter or capture is called '%.*s'",
			(int)(n < 40 ? n : 40), text + 1);
	if (!buf_add(out, value, len))
		return fail(err, at, 0, "too long");
	return true;
}

bool expand(const char *text, size_t len, const struct vars *vars,
	struct place place, struct buf *out, struct transcript_error *err)
{
	struct body b = {.text = text, .len = len};
	struct body_item item;
	struct place at = place;
	bool known;

	for (;;) {
		enum body_type type = body_next(&b, &item);

		at.column = place.column + (unsigned)item.at;
		switch (type) {
		case BODY_END:
			return true;
		case BODY_BYTE:
			if (!buf_addc(out, item.byte))
				return fail(err, at, 0, "too long");
			break;
		case BODY_BRACE:
			if (!expand_brace(item.text, item.len, vars, at, out,
				    &known, err))
				return false;
			if (!known)
				return fail(err, at, 0,
					"expected {$name}, {size:FILE} or "
					"{qsum:FILE} here (a plain brace is "
					"\\{)");
			break;
		case BODY_MASK:
			return fail(err, at, 0,
				"a mask stands for bytes that are not known");
		case BODY_BAD:
			return fail(err, at, 0, item.text);
		}
	}
}
