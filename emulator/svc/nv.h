#ifndef EC21_SVC_NV_H
#define EC21_SVC_NV_H

#include <stdint.h>

#include "base/err.h"

/*
 * What the modem keeps over a power cut: settings that AT&W stores, and those
 * "saved as soon as they are set" [AT §3]. Small: names to values, in memory
 * and, with a directory, in its file nv.conf, written by safe_file_put(): the
 * SIM's PINs are in it.
 */
struct nv;

/* dir: NULL keeps it in memory. Errors: unreadable file, a bad line in it. */
struct nv *nv_new(const char *dir, struct why *why);
void nv_free(struct nv *nv);

/* The stored number, or `otherwise`. */
int64_t nv_int(const struct nv *nv, const char *name, int64_t otherwise);
/* The stored text, or `otherwise`; valid until the next set. */
const char *nv_str(
	const struct nv *nv, const char *name, const char *otherwise);

/*
 * Store and write out. name: letters, digits, `_`; value: no control bytes.
 * ERR_FILE_WRITE: the value holds for this run only, unless a later call,
 * with the same value or any other, can write.
 */
int nv_set_int(struct nv *nv, const char *name, int64_t value, struct why *why);
int nv_set_str(
	struct nv *nv, const char *name, const char *value, struct why *why);

#endif
