#ifndef EC21_TESTS_TCP_CHECKS_H
#define EC21_TESTS_TCP_CHECKS_H

#include "tests/unit/support/cmd_checks.h"

/* What the checks of plain sockets share besides. */
#define OPEN "AT+QIOPEN=1,0,\"TCP\",\"host.example\",1883"

/* Socket 0, connected. */
static inline struct fake_stream *open_socket(void)
{
	check_answer(OPEN, OK);
	fake_stream_connect(r.net.streams);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QIOPEN: 0,0\r\n");
	return r.net.streams;
}

#endif
