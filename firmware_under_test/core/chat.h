#ifndef WIOFW_CHAT_H
#define WIOFW_CHAT_H

#include <stddef.h>
#include <stdint.h>

#include "reason.h"

struct at_client;

#define CHAT_MATCH_MAX 4

enum chat_then {
	CHAT_NEXT = 0, /* the step is done */
	CHAT_AGAIN,    /* pause and try again while total_ms lasts */
	CHAT_FAIL,
};

struct chat_match {
	const char *text; /* as at_wait; NULL ends the list */
	enum chat_then then;
};

/*
 * One step of a dialogue: send (NULL: only wait), then the first line that
 * matches decides. A try without an answer counts as CHAT_AGAIN. total_ms 0
 * means one try.
 */
struct chat_step {
	const char *send;
	struct chat_match matches[CHAT_MATCH_MAX];
	uint32_t answer_ms;
	uint32_t total_ms;
	uint32_t pause_ms;
	const char *code; /* of the reason when the step fails */
	const char *what; /* and its first words */
};

/*
 * Run n steps. 0, or -1 with r naming the step, its last answer and the time
 * it was given. URC listeners may be called.
 */
int chat_run(struct at_client *at, const struct chat_step *steps, size_t n,
	struct reason *r);

#endif
