#ifndef EC21_HIL_LANES_H
#define EC21_HIL_LANES_H

#include <stddef.h>

#include "base/clock.h"
#include "base/transcript.h"

/*
 * What passed on each lane of one run, kept for the reports as records of
 * ec21-transcript(5), secrets masked. It keeps the first LANES_MAX bytes and
 * says at its end what it left out.
 */
struct lanes;

#define LANES_MAX ((size_t)2 << 20)

/* Times count from now on `clk`, which must outlive it. NULL: no memory. */
struct lanes *lanes_new(struct clock *clk);
/* Harmless on NULL, as all of these are. */
void lanes_free(struct lanes *);
/* A lane of bytes. */
void lanes_bytes(struct lanes *, enum lane lane, const void *data, size_t len);
/* A lane of text. */
void lanes_text(struct lanes *, enum lane lane, const char *text);
/* A record as the modem's own recorder wrote it: masked and escaped. */
void lanes_record(struct lanes *, const struct transcript_record *record);
/*
 * The engine's report as it is now. What is new in it becomes a record
 * `NOTE differs: …` at this place. Cheap when nothing is new.
 */
void lanes_report(struct lanes *, const char *report);
/*
 * No more records from here: write what is held back. Returns the records,
 * lent until lanes_free(); "" without memory.
 */
const char *lanes_close(struct lanes *);

/*
 * Append text of several lines without PINs, passwords and keys (base/mask.h).
 * False: it does not fit, or no memory; `out` is then cut.
 */
bool lanes_mask(struct buf *out, const char *text);

#endif
