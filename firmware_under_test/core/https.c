#include "https.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"

#define ANSWER_MS 30000
#define HEAD_MAX  1100 /* longest host, topic and console line together */

void http_response_init(struct http_response *p)
{
	memset(p, 0, sizeof(*p));
}

static void bad(struct http_response *p, const char *why)
{
	p->state = HTTP_STATE_BAD;
	p->error = why;
}

/* "HTTP/1.1 200 OK" */
static void status_line(struct http_response *p)
{
	const char *s = p->line;

	if (strncmp(s, "HTTP/1.", 7) != 0 || (s[7] != '0' && s[7] != '1') ||
		s[8] != ' ' || strspn(s + 9, "0123456789") != 3 ||
		(s[12] != ' ' && s[12] != '\0')) {
		bad(p, "not an HTTP/1 status line");
		return;
	}
	p->keep_alive = s[7] == '1';
	p->status = (int)strtol(s + 9, NULL, 10);
	p->state = HTTP_STATE_HEADER;
}

/* ASCII letters only, as header names are; strcasecmp is not C. */
static bool same_word(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		int x = *a >= 'A' && *a <= 'Z' ? *a + 32 : *a;
		int y = *b >= 'A' && *b <= 'Z' ? *b + 32 : *b;

		if (x != y)
			return false;
	}
	return *a == *b;
}

static void content_length(struct http_response *p, const char *value)
{
	size_t digits = strspn(value, "0123456789");

	if (digits == 0 || digits > 9 || value[digits] != '\0') {
		bad(p, "Content-Length is not a number we can hold");
		return;
	}
	p->have_length = true;
	p->length = (uint32_t)strtoul(value, NULL, 10);
}

/* The headers that are read below. */
static bool is_needed(const char *name)
{
	return same_word(name, "Content-Length") ||
	       same_word(name, "Connection") ||
	       same_word(name, "Transfer-Encoding");
}

static void header_line(struct http_response *p)
{
	char *colon = strchr(p->line, ':');
	char *value;

	if (!colon || colon == p->line) {
		bad(p, "a header line without a name");
		return;
	}
	*colon = '\0';
	if (p->line_cut) {
		if (is_needed(p->line))
			bad(p, "a header line too long for this firmware");
		return;
	}
	value = colon + 1 + strspn(colon + 1, " \t");
	for (size_t n = strlen(value); n && strchr(" \t", value[n - 1]); n--)
		value[n - 1] = '\0';
	if (same_word(p->line, "Content-Length"))
		content_length(p, value);
	else if (same_word(p->line, "Connection"))
		p->keep_alive = !same_word(value, "close");
	else if (same_word(p->line, "Transfer-Encoding"))
		bad(p, "Transfer-Encoding, which this firmware cannot read");
}

static void headers_done(struct http_response *p)
{
	if (p->status / 100 == 1) {
		/* 100 Continue and the like: the real one follows. */
		http_response_init(p);
		return;
	}
	if (p->status == 204 || p->status == 304) {
		p->have_length = true;
		p->length = 0;
	}
	p->body_left = p->length;
	if (!p->have_length) {
		p->keep_alive = false;
		p->state = HTTP_STATE_BODY_TO_END;
	} else {
		p->state = p->length ? HTTP_STATE_BODY : HTTP_STATE_DONE;
	}
}

static void end_line(struct http_response *p)
{
	if (p->line_len > 0 && p->line[p->line_len - 1] == '\r')
		p->line_len--;
	p->line[p->line_len] = '\0';
	if (p->state == HTTP_STATE_STATUS)
		status_line(p);
	else if (p->line_len == 0)
		headers_done(p);
	else
		header_line(p);
	p->line_len = 0;
	p->line_cut = false;
}

static void feed_line(struct http_response *p, char c)
{
	if (c == '\n')
		end_line(p);
	else if (p->line_len < HTTPS_HEADER_MAX)
		p->line[p->line_len++] = c;
	else if (p->state == HTTP_STATE_STATUS)
		bad(p, "a status line too long for this firmware");
	else
		p->line_cut = true;
}

static size_t feed_body(struct http_response *p, const uint8_t *buf, size_t len)
{
	size_t n = len;
	size_t room = HTTPS_BODY_MAX - p->body_len;

	if (p->state == HTTP_STATE_BODY && n > p->body_left)
		n = p->body_left;
	if (room > n)
		room = n;
	memcpy(p->body + p->body_len, buf, room);
	p->body_len += room;
	p->body[p->body_len] = '\0';
	if (p->state == HTTP_STATE_BODY_TO_END)
		p->length += (uint32_t)n;
	if (p->state == HTTP_STATE_BODY) {
		p->body_left -= (uint32_t)n;
		if (p->body_left == 0)
			p->state = HTTP_STATE_DONE;
	}
	return n;
}

size_t http_response_feed(
	struct http_response *p, const uint8_t *buf, size_t len)
{
	size_t i = 0;

	while (i < len && p->state < HTTP_STATE_DONE) {
		if (p->state < HTTP_STATE_BODY)
			feed_line(p, (char)buf[i++]);
		else
			i += feed_body(p, buf + i, len - i);
	}
	return i;
}

void http_response_end(struct http_response *p)
{
	if (p->state == HTTP_STATE_BODY_TO_END)
		p->state = HTTP_STATE_DONE;
	else if (p->state == HTTP_STATE_BODY)
		bad(p, "the connection ended inside the body");
	else if (p->state < HTTP_STATE_BODY)
		bad(p, "the connection ended before a whole response");
}

/*
 * Host without the port, though 8443 is not the default one: so the client
 * that is known to have worked against AWS sent it, cap [TLSC sketch].
 */
static int send_request(const struct stream *s, const char *host,
	const char *target, const char *body, struct reason *r)
{
	char head[HEAD_MAX];
	int n;

	if (body)
		n = snprintf(head, sizeof(head),
			"POST %s HTTP/1.1\r\nHost: %s\r\n"
			"Content-Type: application/json\r\n"
			"Content-Length: %u\r\n\r\n%s",
			target, host, (unsigned)strlen(body), body);
	else
		n = snprintf(head, sizeof(head),
			"GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, host);
	if (n < 0 || (size_t)n >= sizeof(head))
		return reason_set(r, "http",
			"request of %d bytes does not fit %d", n, HEAD_MAX - 1);
	return s->send(s->ctx, (const uint8_t *)head, (size_t)n, r);
}

int https_exchange(const struct stream *s, const struct board *b,
	const char *host, const char *target, const char *body,
	struct http_response *p, struct reason *r)
{
	uint8_t buf[256];
	uint32_t start, left;
	int n;

	http_response_init(p);
	if (send_request(s, host, target, body, r) != 0)
		return -1;
	start = b->now_ms(b->ctx);
	while (p->state < HTTP_STATE_DONE) {
		left = board_left(b, start, ANSWER_MS);
		if (left == 0)
			return reason_set(r, "http",
				"response: not whole after %d s",
				ANSWER_MS / 1000);
		n = s->recv(s->ctx, buf, sizeof(buf), left, r);
		/* RFC 9112 §8: only a whole connection ends such a body. */
		if (n == STREAM_CUT && p->state == HTTP_STATE_BODY_TO_END)
			return reason_set(r, "http",
				"response: the connection was cut, and nothing "
				"says how long the body is");
		if (n == 0 || n == STREAM_CUT)
			http_response_end(p);
		else if (n < 0)
			return -1;
		else
			http_response_feed(p, buf, (size_t)n);
	}
	if (p->state == HTTP_STATE_BAD)
		return reason_set(r, "http", "response: %s", p->error);
	return 0;
}
