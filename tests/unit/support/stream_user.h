#ifndef EC21_TESTS_STREAM_USER_H
#define EC21_TESTS_STREAM_USER_H

#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "net/stream.h"

/*
 * The user of a stream, who notes what it is told and checks that nothing is
 * told from inside a call; close_on says when it closes the stream.
 */
enum when {
	CLOSE_NEVER,
	CLOSE_CONNECTED,
	CLOSE_READABLE,
	CLOSE_DRAINED,
	CLOSE_CLOSED,
};

struct user {
	struct stream *stream;
	struct buf data;
	unsigned int connected, readable, drained, closed;
	bool inside, deaf, has_why;
	struct why why;
	enum when close_on;
};

static struct user user;

static inline void user_close(void)
{
	stream_close(user.stream);
	user.stream = NULL;
}

static inline void close_when(enum when when)
{
	if (user.close_on == when)
		user_close();
}

static inline void on_connected(void *arg)
{
	ck_assert_ptr_eq(arg, &user);
	ck_assert(!user.inside);
	user.connected++;
	close_when(CLOSE_CONNECTED);
}

static inline void read_all(void)
{
	uint8_t data[999];
	ssize_t n;

	do {
		user.inside = true;
		n = stream_read(user.stream, data, sizeof(data));
		user.inside = false;
		ck_assert_int_ge(n, 0);
		ck_assert(buf_add(&user.data, data, (size_t)n));
	} while (n > 0);
}

static inline void on_readable(void *arg)
{
	ck_assert_ptr_eq(arg, &user);
	ck_assert(!user.inside);
	user.readable++;
	if (user.close_on == CLOSE_READABLE)
		user_close();
	else if (!user.deaf)
		read_all();
}

static inline void on_drained(void *arg)
{
	ck_assert_ptr_eq(arg, &user);
	ck_assert(!user.inside);
	ck_assert_uint_eq(stream_pending(user.stream), 0);
	user.drained++;
	close_when(CLOSE_DRAINED);
}

static inline void on_closed(void *arg, const struct why *why)
{
	ck_assert_ptr_eq(arg, &user);
	ck_assert(!user.inside);
	user.closed++;
	user.has_why = why != NULL;
	if (why != NULL)
		user.why = *why;
	close_when(CLOSE_CLOSED);
}

static const struct stream_handler handler = {
	on_connected, on_readable, on_drained, on_closed};

#endif
