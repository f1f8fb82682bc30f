#ifndef WIOFW_TLS_MCU_H
#define WIOFW_TLS_MCU_H

#include <stddef.h>
#include <stdint.h>

#include "note.h"
#include "reason.h"
#include "tls.h"

struct link;

/*
 * TLS here, by mbedTLS, its records travelling through the modem's plain TCP
 * socket. There is one connection at a time: mbedTLS's memory is one static
 * pool. Built a second time, with WIOFW_ARTICLE defined, as the article's
 * client was: no SHA-1, no dates, no (EC)DHE, the millisecond timer for a
 * generator, the result of its init ignored.
 */

/* "" or what sets this build apart, for the banner. */
extern const char tls_mcu_build[];

/* Bytes of mbedTLS's pool, and the most that were ever in use. */
void tls_mcu_memory(size_t *size, size_t *peak);

/* Parse, open l (a TCP link), shake hands. 0, or -1 with r; l is then closed
 * again. l must outlive the connection. */
int tls_mcu_open(struct link *l, const struct tls_request *q,
	const struct note *note, struct reason *r);
/* As struct stream; ctx is not used. */
int tls_mcu_send(void *ctx, const uint8_t *buf, size_t len, struct reason *r);
int tls_mcu_recv(void *ctx, uint8_t *buf, size_t max, uint32_t timeout_ms,
	struct reason *r);
/* close_notify, memory freed; the link stays the caller's to close. */
void tls_mcu_close(void);

#endif
