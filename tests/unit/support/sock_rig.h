#ifndef EC21_TESTS_SOCK_RIG_H
#define EC21_TESTS_SOCK_RIG_H

#include "svc/sock.h"
#include "tests/unit/support/fake_clock.h"
#include "tests/unit/support/fake_stream.h"

/*
 * A socket table on scripted streams and a hand-advanced clock, whose events
 * are kept as text: "opened 0 ERR_OK;".
 */
enum { BUFFER = 100 };

extern struct fake_clock fc;
extern struct fake_net fn;
extern struct sock_table *table;
extern char events[4096];
extern struct why why;
extern bool close_at_push; /* pushed() closes the socket */
extern bool hold_at_push;  /* pushed() fills the line */

void setup(void);
/* Nothing is left behind: no timer, no open stream (fake_net aborts). */
void teardown(void);

/* What has happened since the last call. */
void check_events(const char *expected);

struct fake_stream *start(int id, int pdp, int mode);
struct fake_stream *start_connected(int id, int pdp, int mode);
enum sock_state state(int id);
int send_text(int id, const char *text);
/* The bytes, or the name of the error. */
const char *recv_text(int id, size_t len);

#endif
