#ifndef WIOFW_TLS_WIRE_H
#define WIOFW_TLS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reason.h"

struct link;

/*
 * What carries the records of our own TLS: a link, a time limit for all that is
 * read until the next one is set, and what became of it.
 */
struct tls_wire {
	struct link *link;
	uint32_t since_ms, limit_ms;
	bool looked;	   /* the modem was asked since then */
	bool timed_out;	   /* nothing came in that time */
	bool ended;	   /* the peer closed the connection */
	bool send_lost;	   /* something could not be sent; why says it */
	struct reason why; /* of the last failure; code NULL: none */
};

void tls_wire_init(struct tls_wire *w, struct link *l);
/* All reads from now on together have ms; 0: take what is there. */
void tls_wire_limit(struct tls_wire *w, uint32_t ms);

/*
 * When the peer refused us it has closed, and our send fails; but its alert
 * may still lie in the modem's buffer. So this never fails: what comes after a
 * loss is dropped, and there are 2 s more to read the alert.
 */
void tls_wire_send(struct tls_wire *w, const uint8_t *buf, size_t len);
/* Bytes (≥ 1), 0: the peer closed, -1: with why. */
int tls_wire_recv(struct tls_wire *w, uint8_t *buf, size_t max);

#endif
