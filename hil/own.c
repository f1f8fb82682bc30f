#include "hil/own.h"

#include <stdio.h>
#include <string.h>

#define CERT_MAX 65536
/* So much of it at least, or it may be anybody's. */
#define LEAST 64

/* Append without white space; *breaks says what there was of line ends. */
static void add_bare(
	struct buf *out, const void *data, size_t len, const char **breaks)
{
	const uint8_t *p = data;

	*breaks = "none";
	for (size_t i = 0; i < len; i++) {
		/* The break behind the END line is there in any form. */
		if (p[i] == '\n' && i + 1 < len)
			*breaks = i > 0 && p[i - 1] == '\r' ? "crlf" : "lf";
		if (p[i] != '\n' && p[i] != '\r' && p[i] != ' ')
			buf_addc(out, p[i]);
	}
}

bool own_init(struct own *o, const char *run, const char *cert)
{
	const char *breaks;
	char raw[16384];
	size_t n = 0;
	FILE *f;

	*o = (struct own){0};
	snprintf(o->run, sizeof(o->run), "%s", run != NULL ? run : "");
	buf_init(&o->cert, CERT_MAX);
	if (cert == NULL)
		return true;
	f = fopen(cert, "re");
	if (f != NULL) {
		n = fread(raw, 1, sizeof(raw), f);
		fclose(f);
	}
	add_bare(&o->cert, raw, n, &breaks);
	return n > 0;
}

void own_free(struct own *o)
{
	buf_free(&o->cert);
}

bool own_describe(
	const struct own *o, const void *data, size_t len, struct buf *out)
{
	struct buf bare;
	const char *breaks;
	size_t n, whole;
	bool is_ours;

	if (o == NULL || buf_len(&o->cert) == 0 || len > CERT_MAX)
		return false;
	buf_init(&bare, CERT_MAX);
	add_bare(&bare, data, len, &breaks);
	n = buf_len(&bare);
	whole = buf_len(&o->cert);
	is_ours = n >= LEAST && n <= whole &&
		  memcmp(buf_data(&bare), buf_data(&o->cert), n) == 0;
	if (is_ours)
		buf_printf(out, "the run's certificate, breaks=%s", breaks);
	if (is_ours && n < whole)
		buf_printf(out, ", cut %zu short", whole - n);
	buf_free(&bare);
	return is_ours;
}

bool own_class(const struct own *o, const char *text, struct buf *out)
{
	size_t n = o != NULL ? strlen(o->run) : 0;
	const char *at;

	while (n > 0 && (at = strstr(text, o->run)) != NULL) {
		if (!buf_add(out, text, (size_t)(at - text)) ||
			!buf_adds(out, "{run}"))
			return false;
		text = at + n;
	}
	return buf_adds(out, text);
}
