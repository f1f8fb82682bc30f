#ifndef EC21_HIL_TLSFLOW_H
#define EC21_HIL_TLSFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One direction of a connection that carries TLS, as the types of its records
 * [RFC 5246 §6.2.1]. The same type in a row counts once: how a stream is cut
 * into records is the sender's affair. Alerts count in the open only, before
 * the change cipher spec. Pure; bytes may be cut anywhere.
 */
#define TLSFLOW_MAX 64

struct tlsflow {
	uint8_t head[5];
	size_t n_head, left;	    /* of the record that is coming */
	uint8_t types[TLSFLOW_MAX]; /* 0: no record could be here */
	size_t n;
	bool lost; /* what follows is no TLS, or there is more than MAX */
};

/* Does a stream begin as a TLS record does? */
bool tlsflow_begins(const void *data, size_t len);
/* All zeros is a flow at its start. */
void tlsflow_feed(struct tlsflow *, const void *data, size_t len);
/* `handshake`, `alert` … of an entry of types. */
const char *tlsflow_name(uint8_t type);

#endif
