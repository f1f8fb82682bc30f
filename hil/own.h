#ifndef EC21_HIL_OWN_H
#define EC21_HIL_OWN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * What is one run's own, and so differs from any other run: its name, and the
 * certificate that bears it. In a comparison these count by class.
 */
struct own {
	char run[64];	 /* "": none */
	struct buf cert; /* PEM without blanks and line breaks */
};

/* cert: a PEM file, or NULL for none. False: it cannot be read. */
bool own_init(struct own *, const char *run, const char *cert);
void own_free(struct own *);

/*
 * Is this data our certificate, with whatever line breaks, perhaps cut short?
 * Then its description is appended to `out`. own may be NULL.
 */
bool own_describe(
	const struct own *, const void *data, size_t len, struct buf *out);
/* Append a text with the run's name as {run}. False: no room. */
bool own_class(const struct own *, const char *text, struct buf *out);

#endif
