#ifndef WIOFW_TLS_MODEM_H
#define WIOFW_TLS_MODEM_H

#include "note.h"
#include "reason.h"
#include "tls.h"

struct link;

/*
 * TLS in the modem: the article's fork with its bugs left out. Uploads what
 * seclevel needs to RAM: (old file deleted first, size and checksum
 * compared), sets up the SSL context, opens l, an SSL link. 0, or -1 with r.
 */
int tls_modem_open(struct link *l, const struct tls_request *q,
	const struct note *note, struct reason *r);

#endif
