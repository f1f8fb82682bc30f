#ifndef EC21_BASE_PEM_H
#define EC21_BASE_PEM_H

#include <stddef.h>

#include "base/err.h"

/*
 * Pure scanner for PEM files (RFC 7468, as a strict module reads them), run
 * before the TLS stack, which only says "bad format" and silently drops a
 * damaged block behind a good one. It says block, line and byte.
 */
enum pem_kind {
	PEM_CERTIFICATE,
	PEM_PRIVATE_KEY, /* PKCS#8, RSA, EC, encrypted or not */
	PEM_OTHER,
};

struct pem_block {
	enum pem_kind kind;
	size_t begin, end; /* offsets of the whole block */
	size_t line;	   /* 1-based line of BEGIN */
};

struct pem_scan {
	size_t blocks; /* complete, well-formed ones */
	size_t certificates;
	size_t keys;
	struct pem_block first; /* of the kind asked for */
};

/*
 * Scan a file for at least one block of `want`. name is for the reason
 * ("RAM:cert.pem"). 0, or ERR_TLS_FILE with the reason, e.g. "RAM:cert.pem
 * line 1: text follows the BEGIN line without a line break (byte 27)".
 * A damaged block fails the scan even when a good one stands before it.
 */
int pem_scan(struct pem_scan *scan, const char *name, const void *data,
	size_t len, enum pem_kind want, struct why *why);

#endif
