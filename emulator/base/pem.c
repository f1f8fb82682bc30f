#include "base/pem.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* One line without its break; off is where it starts in the file. */
struct line {
	const char *text;
	size_t len;
	size_t off;
	bool broken; /* a line feed follows */
};

struct scanner {
	struct pem_scan *scan;
	struct why *why;
	const char *name;
	const char *data;
	size_t len;
	size_t pos;
	size_t line; /* number of the line last read, from 1 */
	enum pem_kind want;
	bool found;
};

/* The block that is being read. */
struct block {
	struct pem_block at;
	const char *label;
	size_t label_len;
	uint64_t chars; /* base64 digits and padding */
	unsigned int pad;
	uint32_t acc;
	uint8_t head[6]; /* the first decoded bytes */
	size_t head_len;
	bool headers, encrypted;
};

#define BEGIN "-----BEGIN "
#define END   "-----END "
#define TAIL  "-----"

#define fail(s, ...) why_set((s)->why, ERR_TLS_FILE, GRADE_INF, __VA_ARGS__)

static bool starts(const struct line *l, const char *with)
{
	size_t n = strlen(with);

	return l->len >= n && memcmp(l->text, with, n) == 0;
}

static const char *find(const struct line *l, size_t from, const char *what)
{
	return memmem(l->text + from, l->len - from, what, strlen(what));
}

static bool blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] != ' ' && text[i] != '\t')
			return false;
	return true;
}

static bool next_line(struct scanner *s, struct line *l)
{
	const char *nl;

	if (s->pos == s->len)
		return false;
	l->text = s->data + s->pos;
	l->off = s->pos;
	nl = memchr(l->text, '\n', s->len - s->pos);
	l->broken = nl != NULL;
	l->len = nl != NULL ? (size_t)(nl - l->text) : s->len - s->pos;
	s->pos += l->len + l->broken;
	s->line++;
	if (l->broken && l->len > 0 && l->text[l->len - 1] == '\r')
		l->len--;
	return true;
}

/* The text after an encapsulation line, which should be none. */
static int check_rest(
	struct scanner *s, const struct line *l, size_t at, const char *what)
{
	const char *rest = l->text + at;
	size_t n = l->len - at, off = l->off + at;

	if (blank(rest, n))
		return 0;
	if (n >= 2 && memcmp(rest, "\\n", 2) == 0)
		return fail(s,
			"%s line %zu: a backslash and the letter n follow the "
			"%s line in place of a line break (byte %zu)",
			s->name, s->line, what, off);
	if (*rest == '\r')
		return fail(s,
			"%s line %zu: a carriage return without a line feed "
			"follows the %s line (byte %zu)",
			s->name, s->line, what, off);
	return fail(s,
		"%s line %zu: text follows the %s line without a line break "
		"(byte %zu)",
		s->name, s->line, what, off);
}

/* Label of a BEGIN or END line that starts with `lead`. */
static int read_label(struct scanner *s, const struct line *l, const char *lead,
	const char *what, const char **label, size_t *len)
{
	size_t from = strlen(lead);
	const char *tail = find(l, from, TAIL);

	if (tail == NULL)
		return fail(s,
			"%s line %zu: the %s line does not end in five dashes "
			"(byte %zu)",
			s->name, s->line, what, l->off + l->len);
	*label = l->text + from;
	*len = (size_t)(tail - *label);
	return check_rest(s, l, (size_t)(tail - l->text) + strlen(TAIL), what);
}

static bool label_is(const struct block *b, const char *text)
{
	return b->label_len == strlen(text) &&
	       memcmp(b->label, text, b->label_len) == 0;
}

static enum pem_kind kind_of(const struct block *b)
{
	static const char key[] = "PRIVATE KEY";
	size_t n = sizeof(key) - 1;

	if (label_is(b, "CERTIFICATE"))
		return PEM_CERTIFICATE;
	if (b->label_len >= n &&
		memcmp(b->label + b->label_len - n, key, n) == 0)
		return PEM_PRIVATE_KEY;
	return PEM_OTHER;
}

static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static void add_digit(struct block *b, int value)
{
	b->acc = b->acc << 6 | (uint32_t)value;
	if (++b->chars % 4 != 0 || b->head_len == sizeof(b->head))
		return;
	for (int shift = 16; shift >= 0; shift -= 8)
		b->head[b->head_len++] = (uint8_t)(b->acc >> shift);
}

static int bad_byte(struct scanner *s, const struct line *l, size_t i)
{
	char c = l->text[i];
	size_t off = l->off + i;

	if (c == ' ' || c == '\t')
		return fail(s,
			"%s line %zu: a blank inside the base64 text (byte "
			"%zu)",
			s->name, s->line, off);
	if (c == '\\')
		return fail(s,
			"%s line %zu: a backslash in the base64 text (byte "
			"%zu); an escape such as \\n was sent as it is written",
			s->name, s->line, off);
	return fail(s, "%s line %zu: byte %zu is 0x%02x, which is not base64",
		s->name, s->line, off, (unsigned char)c);
}

static int read_base64(struct scanner *s, struct block *b, const struct line *l)
{
	size_t n = l->len;

	while (n > 0 && blank(l->text + n - 1, 1))
		n--;
	for (size_t i = 0; i < n; i++) {
		int value = digit(l->text[i]);

		if (l->text[i] == '=' && b->pad < 2 && b->chars % 4 >= 2) {
			b->pad++;
			value = 0;
		} else if (value < 0) {
			return bad_byte(s, l, i);
		} else if (b->pad > 0) {
			return fail(s,
				"%s line %zu: base64 text goes on after its "
				"padding (byte %zu)",
				s->name, s->line, l->off + i);
		}
		add_digit(b, value);
	}
	return 0;
}

/*
 * A block of DER says its own length: lost bytes that leave valid base64
 * behind are found here.
 */
static int check_der(struct scanner *s, const struct block *b)
{
	uint64_t have = b->chars / 4 * 3 - b->pad, want = 0;
	size_t n;

	if (b->encrypted || b->at.kind == PEM_OTHER)
		return 0;
	if (have < 2 || b->head[0] != 0x30)
		return fail(s,
			"%s line %zu: the block does not hold DER: it starts "
			"with 0x%02x in place of 0x30",
			s->name, b->at.line, have > 0 ? b->head[0] : 0);
	n = b->head[1] & 0x7fu;
	if (b->head[1] < 0x80) {
		want = 2 + (uint64_t)n;
	} else if (n == 0 || n > 4 || have < 2 + n) {
		return fail(s,
			"%s line %zu: the block does not hold DER: bad length",
			s->name, b->at.line);
	} else {
		for (size_t i = 0; i < n; i++)
			want = want << 8 | b->head[2 + i];
		want += 2 + n;
	}
	if (want == have)
		return 0;
	return fail(s,
		"%s line %zu: the block holds %llu bytes of DER that should be "
		"%llu: text was lost or added on the way",
		s->name, b->at.line, (unsigned long long)have,
		(unsigned long long)want);
}

static int end_block(struct scanner *s, struct block *b, const struct line *l)
{
	const char *label = "";
	size_t len = 0;
	int rc = read_label(s, l, END, "END", &label, &len);

	if (rc < 0)
		return rc;
	if (len != b->label_len || memcmp(label, b->label, len) != 0)
		return fail(s,
			"%s line %zu: END %.*s does not match BEGIN %.*s of "
			"line %zu",
			s->name, s->line, (int)len, label, (int)b->label_len,
			b->label, b->at.line);
	if (b->chars == 0)
		return fail(s, "%s line %zu: the block of line %zu is empty",
			s->name, s->line, b->at.line);
	if (b->chars % 4 != 0)
		return fail(s,
			"%s line %zu: the block of line %zu has %llu base64 "
			"digits, which is no multiple of 4: text is missing",
			s->name, s->line, b->at.line,
			(unsigned long long)b->chars);
	b->at.end = s->pos;
	return check_der(s, b);
}

/* `Key: value` lines in front of an encrypted key (RFC 1421). */
static bool read_header(struct block *b, const struct line *l)
{
	if (b->chars > 0 || memchr(l->text, ':', l->len) == NULL)
		return false;
	if (starts(l, "Proc-Type:") || starts(l, "DEK-Info:"))
		b->encrypted = true;
	b->headers = true;
	return true;
}

static int read_body(struct scanner *s, struct block *b)
{
	struct line l;

	while (next_line(s, &l)) {
		const char *dash = find(&l, 0, "----");
		int rc = 0;

		if (starts(&l, END))
			return end_block(s, b, &l);
		if (starts(&l, BEGIN))
			return fail(s,
				"%s line %zu: BEGIN of another block before "
				"the END of the block of line %zu",
				s->name, s->line, b->at.line);
		if (dash != NULL)
			return fail(s,
				"%s line %zu: five dashes and END do not stand "
				"at the start of a line (byte %zu)",
				s->name, s->line,
				l.off + (size_t)(dash - l.text));
		if (!read_header(b, &l))
			rc = read_base64(s, b, &l);
		if (rc < 0)
			return rc;
	}
	return fail(s,
		"%s line %zu: the file ends (byte %zu) inside the block of "
		"line %zu: there is no END line",
		s->name, s->line, s->len, b->at.line);
}

static int read_block(struct scanner *s, const struct line *l)
{
	struct block b = {.at = {.begin = l->off, .line = s->line}};
	int rc = read_label(s, l, BEGIN, "BEGIN", &b.label, &b.label_len);

	if (rc < 0)
		return rc;
	b.at.kind = kind_of(&b);
	rc = read_body(s, &b);
	if (rc < 0)
		return rc;
	s->scan->blocks++;
	s->scan->certificates += b.at.kind == PEM_CERTIFICATE;
	s->scan->keys += b.at.kind == PEM_PRIVATE_KEY;
	if (b.at.kind == s->want && !s->found) {
		s->found = true;
		s->scan->first = b.at;
	}
	return 0;
}

/* Explanatory text between blocks is allowed, damaged blocks are not. */
static int read_outside(struct scanner *s, const struct line *l)
{
	const char *begin = find(l, 0, "-BEGIN ");
	size_t dashes = 0;

	if (starts(l, END))
		return fail(s, "%s line %zu: END without a BEGIN before it",
			s->name, s->line);
	if (begin == NULL)
		return 0;
	while (dashes < l->len && l->text[dashes] == '-')
		dashes++;
	if (l->text + dashes == begin + 1)
		return fail(s,
			"%s line %zu: BEGIN stands behind %zu dashes in place "
			"of five",
			s->name, s->line, dashes);
	return fail(s,
		"%s line %zu: BEGIN does not stand at the start of its line "
		"(byte %zu)",
		s->name, s->line, l->off + (size_t)(begin - l->text));
}

static const char *kind_name(enum pem_kind kind)
{
	switch (kind) {
	case PEM_CERTIFICATE:
		return "certificate";
	case PEM_PRIVATE_KEY:
		return "private key";
	case PEM_OTHER:
		break;
	}
	return "other block";
}

static int none_found(struct scanner *s)
{
	const struct pem_scan *scan = s->scan;

	if (s->len == 0)
		return fail(s, "%s is empty", s->name);
	if (scan->blocks > 0)
		return fail(s,
			"%s holds no %s: %zu certificate(s), %zu private "
			"key(s), %zu other block(s)",
			s->name, kind_name(s->want), scan->certificates,
			scan->keys,
			scan->blocks - scan->certificates - scan->keys);
	if ((uint8_t)s->data[0] == 0x30)
		return fail(s,
			"%s holds no BEGIN line; its first byte is 0x30, so "
			"this may be DER, and PEM is needed",
			s->name);
	return fail(
		s, "%s holds no BEGIN line in its %zu bytes", s->name, s->len);
}

int pem_scan(struct pem_scan *scan, const char *name, const void *data,
	size_t len, enum pem_kind want, struct why *why)
{
	struct scanner s = {
		.scan = scan,
		.why = why,
		.name = name,
		.data = len > 0 ? data : "",
		.len = len,
		.want = want,
	};
	struct line l;

	memset(scan, 0, sizeof(*scan));
	while (next_line(&s, &l)) {
		int rc = starts(&l, BEGIN) ? read_block(&s, &l)
					   : read_outside(&s, &l);

		if (rc < 0)
			return rc;
	}
	return s.found ? 0 : none_found(&s);
}
