#ifndef EC21_HIL_CALIBRATE_H
#define EC21_HIL_CALIBRATE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/profile.h"
#include "hil/session.h"

/*
 * What a recording of a board says about a profile: values by its answers,
 * latencies by its times. Printed as a file for ec21emu --config, with the
 * evidence of each as a comment.
 */
struct calibrate_counts {
	size_t change, agree;
	uint64_t asked; /* of the questions: a bit each */
};

/* How many questions there are. */
size_t calibrate_questions(void);

/* board: the recording; ours: what the emulator said to the same host. */
void calibrate_values(FILE *out, const struct session *board,
	const struct session *ours, const char *file,
	struct calibrate_counts *counts);
/* p: the profile that the recording is held against. */
void calibrate_times(FILE *out, const struct session *board,
	const struct profile *p, const char *file,
	struct calibrate_counts *counts);

#endif
