#ifndef WIOFW_LINK_H
#define WIOFW_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "at_client.h"
#include "reason.h"

/* Limits of one command. man [EC2x TCP/IP V1.0 QISEND, QIRD], same for SSL. */
#define LINK_SEND_MAX 1460
#define LINK_RECV_MAX 1500

/* The two families differ only in their words. */
struct link_words {
	const char *code; /* of reasons */
	const char *open; /* URC of the result: "+QIOPEN" */
	const char *send; /* "AT+QISEND" */
	const char *read; /* "AT+QIRD" */
	const char *data; /* "+QIRD" */
	const char *close;
	const char *urc; /* "+QIURC: " */
};

extern const struct link_words link_tcp;
extern const struct link_words link_ssl;

/*
 * One socket of the modem in buffer mode. While link_recv waits, data is
 * fetched when the modem says there is some, and once a second in case its
 * word was lost.
 */
struct link {
	struct at_client *at;
	const struct link_words *words;
	int id;
	bool open;
	bool waiting; /* "recv" came and the buffer was not read empty */
	bool closed;  /* the peer closed, or the network went */
	bool dropped; /* it was the network */
	long result;  /* of the last open: 0, or 5xx */
	struct at_urc on_urc, on_deact;
	size_t have; /* bytes in buf from `at_byte` on */
	size_t at_byte;
	uint8_t buf[LINK_RECV_MAX];
};

void link_init(struct link *l, struct at_client *at,
	const struct link_words *words, int id);

/*
 * Open by command, which must name l->id (a 563, id still taken, is cured by
 * a close and one more try). Waits up to 150 s. 0, or -1 with r.
 */
int link_open(struct link *l, const char *command, struct reason *r);
/* Split as needed; a full send buffer (SEND FAIL) is retried for 20 s. A modem
 * that does not answer closes the connection: none knows what was sent. */
int link_send(struct link *l, const uint8_t *buf, size_t len, struct reason *r);
/* As stream.recv. */
int link_recv(struct link *l, uint8_t *buf, size_t max, uint32_t timeout_ms,
	struct reason *r);
/* Harmless when it is not open. */
void link_close(struct link *l);

#endif
