#ifndef EC21_TESTS_CMD_CHECKS_H
#define EC21_TESTS_CMD_CHECKS_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support/at_rig.h"

/*
 * What the checks of command families share: one modem `r`, its fixture, and
 * questions with their answers.
 */
#define OK    "\r\nOK\r\n"
#define ERROR "\r\nERROR\r\n"

static struct at_rig r;

static inline void setup(void)
{
	at_rig_init(&r);
}

static inline void teardown(void)
{
	at_rig_free(&r);
}

static inline void check_answer(const char *line, const char *answer)
{
	ck_assert_str_eq(at_rig_ask(&r, line), answer);
}

/* ERROR, and `why` is in the reason. */
static inline void check_fails(const char *line, const char *why)
{
	at_rig_why(&r);
	check_answer(line, ERROR);
	ck_assert_ptr_nonnull(strstr(at_rig_why(&r), why));
}

/* What AT+QIGETERROR says: "552,invalid parameters". */
static inline void check_code(const char *number_and_text)
{
	char want[128];

	snprintf(want, sizeof(want), "\r\n+QIGETERROR: %s\r\n" OK,
		number_and_text);
	check_answer("AT+QIGETERROR", want);
}

#endif
