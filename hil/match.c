#include "hil/match.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum class {
	CLASS_INT,
	CLASS_HEX,
	CLASS_IP,
	CLASS_TIME,
	CLASS_ANY,
	CLASS_SKIP,
};

static const char *const class_names[] = {
	[CLASS_INT] = "int",
	[CLASS_HEX] = "hex",
	[CLASS_IP] = "ip",
	[CLASS_TIME] = "time",
	[CLASS_ANY] = "any",
	[CLASS_SKIP] = "skip",
};

enum element_type {
	ELEMENT_BYTES,
	ELEMENT_CLASS,
	ELEMENT_SAME, /* as captured by element `same` */
};

struct element {
	enum element_type type;
	enum class class;
	size_t at, len; /* BYTES: in the pattern's text */
	char name[32];	/* CLASS: captured as; "" if not */
	size_t same;
	size_t from, to; /* where a class matched last */
};

#define ELEMENTS_MAX 64
#define TEXT_MAX     65536

/* Many {skip} and {any} in a row could be divided up for ever. */
#define TRIES_MAX ((size_t)1 << 20)

struct pattern {
	struct element elements[ELEMENTS_MAX];
	size_t n;
	struct buf text;
	/* of the match that is running */
	const char *data;
	size_t len, reached, tries;
	bool end;
};

static bool fail(
	struct transcript_error *err, struct place at, const char *text)
{
	return transcript_fail(err, at.line, at.column, "%s", text);
}

static struct element *add_element(
	struct pattern *p, struct place at, struct transcript_error *err)
{
	if (p->n == ELEMENTS_MAX) {
		fail(err, at, "expected fewer patterns in one record");
		return NULL;
	}
	p->elements[p->n] = (struct element){0};
	return &p->elements[p->n++];
}

/* Bytes were appended to the text: they join the element before. */
static bool grow_bytes(struct pattern *p, size_t from, struct place at,
	struct transcript_error *err)
{
	struct element *e = p->n > 0 ? &p->elements[p->n - 1] : NULL;

	if (e == NULL || e->type != ELEMENT_BYTES) {
		e = add_element(p, at, err);
		if (e == NULL)
			return false;
		e->type = ELEMENT_BYTES;
		e->at = from;
	}
	e->len = buf_len(&p->text) - e->at;
	return true;
}

/* `{$name}` of something captured further to the left. */
static bool add_same(struct pattern *p, const char *text, size_t len,
	struct place at, bool *found, struct transcript_error *err)
{
	*found = false;
	if (len < 2 || text[0] != '$')
		return true;
	for (size_t i = 0; i < p->n; i++) {
		struct element *e = &p->elements[i];

		if (e->type != ELEMENT_CLASS || strlen(e->name) != len - 1 ||
			memcmp(e->name, text + 1, len - 1) != 0)
			continue;
		*found = true;
		e = add_element(p, at, err);
		if (e == NULL)
			return false;
		e->type = ELEMENT_SAME;
		e->same = i;
	}
	return true;
}

static bool add_class(struct pattern *p, const char *text, size_t len,
	struct place at, struct transcript_error *err)
{
	const char *class = text, *eq = memchr(text, '=', len);
	size_t n = len, name = 0;
	struct element *e;

	if (eq != NULL) {
		name = (size_t)(eq - text);
		class = eq + 1;
		n = len - name - 1;
		if (name == 0 || name >= sizeof(e->name) ||
			vars_name_len(text, name) != name)
			return fail(err, at, "expected {name=class}");
	}
	for (size_t i = 0; i < sizeof(class_names) / sizeof(*class_names);
		i++) {
		if (strlen(class_names[i]) != n ||
			memcmp(class_names[i], class, n) != 0)
			continue;
		e = add_element(p, at, err);
		if (e == NULL)
			return false;
		e->type = ELEMENT_CLASS;
		e->class = (enum class)i;
		memcpy(e->name, text, name);
		return true;
	}
	return transcript_fail(err, at.line, at.column,
		"expected {int} {hex} {ip} {time} {any} {skip} or {$name}, "
		"found {%.*s} (a plain brace is \\{)",
		(int)(len < 30 ? len : 30), text);
}

static bool add_brace(struct pattern *p, const struct body_item *item,
	const struct vars *vars, struct place at, struct transcript_error *err)
{
	size_t from = buf_len(&p->text);
	bool known;

	if (!add_same(p, item->text, item->len, at, &known, err))
		return false;
	if (known)
		return true;
	if (!expand_brace(
		    item->text, item->len, vars, at, &p->text, &known, err))
		return false;
	if (known)
		return grow_bytes(p, from, at, err);
	return add_class(p, item->text, item->len, at, err);
}

static bool compile(struct pattern *p, const char *text, size_t len,
	const struct vars *vars, struct place place,
	struct transcript_error *err)
{
	struct body b = {.text = text, .len = len};
	struct body_item item;
	struct place at = place;

	for (;;) {
		enum body_type type = body_next(&b, &item);

		at.column = place.column + (unsigned)item.at;
		switch (type) {
		case BODY_END:
			return true;
		case BODY_BYTE:
			if (!buf_addc(&p->text, item.byte))
				return fail(err, at, "too long");
			if (!grow_bytes(p, buf_len(&p->text) - 1, at, err))
				return false;
			break;
		case BODY_BRACE:
			if (!add_brace(p, &item, vars, at, err))
				return false;
			break;
		case BODY_MASK:
			return fail(err, at,
				"a mask cannot be compared with bytes");
		case BODY_BAD:
			return fail(err, at, item.text);
		}
	}
}

struct pattern *pattern_new(const char *text, size_t len,
	const struct vars *vars, struct place place,
	struct transcript_error *err)
{
	struct pattern *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		fail(err, place, "out of memory");
		return NULL;
	}
	buf_init(&p->text, TEXT_MAX);
	if (!compile(p, text, len, vars, place, err)) {
		pattern_free(p);
		return NULL;
	}
	return p;
}

void pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	buf_free(&p->text);
	free(p);
}

/* ---- matching ---- */

static bool in_class(enum class class, char c, size_t pos)
{
	static const char form[] = "dd/dd/dd,dd:dd:dd+dd";

	switch (class) {
	case CLASS_INT:
		return (c >= '0' && c <= '9') || (pos == 0 && c == '-');
	case CLASS_HEX:
		return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
		       (c >= 'A' && c <= 'F');
	case CLASS_IP:
		return (c >= '0' && c <= '9') || c == '.';
	case CLASS_TIME:
		if (pos >= sizeof(form) - 1)
			return false;
		if (form[pos] == 'd')
			return c >= '0' && c <= '9';
		return c == form[pos] || (form[pos] == '+' && c == '-');
	case CLASS_ANY:
		return c != '\r' && c != '\n';
	case CLASS_SKIP:
		return true;
	}
	return false;
}

/* Is this run a whole value of its class? */
static bool is_whole(enum class class, const char *s, size_t len)
{
	struct in_addr addr;
	char text[16];

	switch (class) {
	case CLASS_INT:
		return len > 1 || (len == 1 && s[0] != '-');
	case CLASS_HEX:
		return len > 0;
	case CLASS_IP:
		if (len >= sizeof(text))
			return false;
		memcpy(text, s, len);
		text[len] = '\0';
		return inet_pton(AF_INET, text, &addr) == 1;
	case CLASS_TIME:
		return len == 20;
	case CLASS_ANY:
	case CLASS_SKIP:
		return true;
	}
	return false;
}

static enum match_result match_from(
	struct pattern *p, size_t i, size_t pos, struct match *m);

static enum match_result match_bytes(struct pattern *p, const char *bytes,
	size_t n, size_t i, size_t pos, struct match *m)
{
	size_t k = 0;

	while (k < n && pos + k < p->len && bytes[k] == p->data[pos + k])
		k++;
	if (pos + k > p->reached)
		p->reached = pos + k;
	if (k == n)
		return match_from(p, i + 1, pos + n, m);
	return pos + k == p->len && !p->end ? MATCH_MORE : MATCH_NO;
}

static enum match_result match_class(
	struct pattern *p, size_t i, size_t pos, struct match *m)
{
	struct element *e = &p->elements[i];
	enum match_result best = MATCH_NO, result;
	size_t run = 0;

	while (pos + run < p->len &&
		in_class(e->class, p->data[pos + run], run))
		run++;
	if (e->class != CLASS_SKIP && pos + run > p->reached)
		p->reached = pos + run;
	for (size_t k = 0; k <= run; k++) {
		/* {skip} takes as little as it can, others all they can. */
		size_t n = e->class == CLASS_SKIP ? k : run - k;

		if (!is_whole(e->class, p->data + pos, n))
			continue;
		e->from = pos;
		e->to = pos + n;
		result = match_from(p, i + 1, pos + n, m);
		if (result >= MATCH_OPEN) {
			bool last = i + 1 == p->n && pos + n == p->len;

			return last && !p->end && e->class != CLASS_SKIP
				       ? MATCH_OPEN
				       : result;
		}
		if (result > best)
			best = result;
	}
	/* The run may grow with the next byte. */
	if (pos + run == p->len && !p->end)
		best = MATCH_MORE;
	return best;
}

static enum match_result match_from(
	struct pattern *p, size_t i, size_t pos, struct match *m)
{
	const struct element *e = &p->elements[i], *same;

	if (p->tries == TRIES_MAX)
		return MATCH_NO;
	p->tries++;
	if (i == p->n) {
		m->used = pos;
		return MATCH_YES;
	}
	switch (e->type) {
	case ELEMENT_BYTES:
		return match_bytes(p, (const char *)buf_data(&p->text) + e->at,
			e->len, i, pos, m);
	case ELEMENT_SAME:
		same = &p->elements[e->same];
		return match_bytes(p, p->data + same->from,
			same->to - same->from, i, pos, m);
	case ELEMENT_CLASS:
		return match_class(p, i, pos, m);
	}
	return MATCH_NO;
}

enum match_result pattern_match(struct pattern *p, const void *data, size_t len,
	bool end, struct match *m)
{
	enum match_result result;

	p->data = len > 0 ? data : "";
	p->len = len;
	p->end = end;
	p->reached = p->tries = 0;
	*m = (struct match){0};
	result = match_from(p, 0, 0, m);
	m->reached = p->reached;
	return result;
}

bool pattern_capture(
	const struct pattern *p, const void *data, struct vars *vars)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct element *e = &p->elements[i];

		if (e->type == ELEMENT_CLASS && e->name[0] != '\0' &&
			!vars_set_bytes(vars, e->name, strlen(e->name),
				(const char *)data + e->from, e->to - e->from))
			return false;
	}
	return true;
}

bool pattern_show(const struct pattern *p, struct buf *out)
{
	bool ok = true;

	for (size_t i = 0; ok && i < p->n; i++) {
		const struct element *e = &p->elements[i];

		switch (e->type) {
		case ELEMENT_BYTES:
			ok = transcript_escape(
				out, buf_data(&p->text) + e->at, e->len);
			break;
		case ELEMENT_CLASS:
			ok = buf_printf(out, "{%s%s%s}", e->name,
				e->name[0] ? "=" : "", class_names[e->class]);
			break;
		case ELEMENT_SAME:
			ok = buf_printf(
				out, "{$%s}", p->elements[e->same].name);
			break;
		}
	}
	return ok;
}
