#ifndef EC21_HIL_CONDITION_H
#define EC21_HIL_CONDITION_H

#include "hil/scenario.h"

/* `[if NAME=VALUE]` of a step. */

/* Does it hold? False: no parameter has its name. */
bool step_is_wanted(
	const struct step *step, const struct vars *vars, bool *wanted);

/* What is between the brackets. False: it is no condition. */
bool condition_parse(struct step *step, const char *s, size_t len);
/*
 * Where each case says what NAME is, one of them must meet the condition, or
 * the step would pass by never being taken. False with *err.
 */
bool condition_check(const struct scenario *s, const struct step *step,
	struct transcript_error *err);

#endif
