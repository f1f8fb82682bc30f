#ifndef EC21_TESTS_UNIT_SUPPORT_MASK_RUN_H
#define EC21_TESTS_UNIT_SUPPORT_MASK_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/mask.h"

/* What a masker gives out. */
struct mask_seen {
	struct buf text; /* "AT>bytes", masks in angle brackets */
	enum lane lane;
	size_t key_len;
	unsigned masks;
};

void mask_run_bytes(void *arg, enum lane lane, const void *data, size_t len);
void mask_run_mask(void *arg, enum lane lane, const struct mask_info *info);

/* One exchange: alternating lanes, as they are written in `parts`. */
struct mask_part {
	enum lane lane;
	const char *text;
	size_t len;   /* 0: strlen */
	bool restart; /* of the modem, before it */
};

/*
 * Mask `parts`, up to one without a text, in pieces of `step` bytes; 0: whole.
 * The text that came out is the caller's to free, and o->text too.
 */
char *mask_run(const struct mask_part *parts, size_t step, struct mask_seen *o);

#define TX(t)                                                                  \
	{                                                                      \
		.lane = LANE_AT_TX, .text = (t)                                \
	}
#define RX(t)                                                                  \
	{                                                                      \
		.lane = LANE_AT_RX, .text = (t)                                \
	}

#endif
