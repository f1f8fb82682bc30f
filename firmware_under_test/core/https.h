#ifndef WIOFW_HTTPS_H
#define WIOFW_HTTPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reason.h"
#include "stream.h"

struct board;

#define HTTPS_HEADER_MAX 256  /* one line; the rest matters in some headers */
#define HTTPS_BODY_MAX	 2048 /* what is kept of a body; the rest is counted */

enum http_state {
	HTTP_STATE_STATUS,
	HTTP_STATE_HEADER,
	HTTP_STATE_BODY,	/* body_left bytes to come */
	HTTP_STATE_BODY_TO_END, /* body ends with the connection */
	HTTP_STATE_DONE,
	HTTP_STATE_BAD, /* error says why */
};

/* A response as it comes in, in pieces of any size. */
struct http_response {
	enum http_state state;
	int status;
	bool keep_alive;
	bool have_length;
	uint32_t length;
	uint32_t body_left;
	size_t body_len; /* bytes in body */
	const char *error;
	size_t line_len;
	bool line_cut; /* it is longer than line */
	char line[HTTPS_HEADER_MAX + 1];
	char body[HTTPS_BODY_MAX + 1]; /* NUL-terminated */
};

void http_response_init(struct http_response *p);
/* Returns how many bytes belong to this response. */
size_t http_response_feed(
	struct http_response *p, const uint8_t *buf, size_t len);
/* The connection ended: completes a body without a length, else HTTP_BAD. */
void http_response_end(struct http_response *p);

/*
 * One request and its response. body NULL makes a GET, else a POST of JSON.
 * 0 when a whole response of any status came, in 30 s, else -1 with r.
 */
int https_exchange(const struct stream *s, const struct board *b,
	const char *host, const char *target, const char *body,
	struct http_response *p, struct reason *r);

#endif
