#ifndef EC21_HIL_DOOR_H
#define EC21_HIL_DOOR_H

#include <stdbool.h>

struct clock;
struct net;

/*
 * A network door without a network: peers that a scenario's header scripts,
 * `# peer: NAME:PORT KIND`. Nothing leaves the process and all happens on the
 * clock given, so a run can be repeated byte by byte.
 *
 *   echo     takes the connection and sends back what it gets
 *   sink     takes the connection and says nothing
 *   refuse   refuses it
 *   silent   never answers, neither a connection nor a ping nor a look-up
 *   unknown  the name does not resolve
 *   ntp      tells the time of the clock given; `ntp-refuses` tells one to
 *            go away, `ntp-unset` that it does not know the time itself
 *
 * An echo answers pings. And for the ports of this side, as `*:PORT KIND`:
 *
 *   taken       another has the port
 *   taken-late  another has it between bind and listen
 *
 * `*` stands for any NAME or PORT. The first line that fits counts; without
 * one the open is refused as policy, as ec21emu does for unmapped names.
 */

/* Is this a rule? */
bool door_rule_check(const char *rule);

/*
 * rules: one a line, may be NULL; copied. clk must outlive it. Free with
 * net_free(). NULL without memory.
 */
struct net *door_new(struct clock *clk, const char *rules);

/*
 * `send BYTES`, `close` or `reset`: what the peer of the youngest connection
 * does now. NULL: done; else what is wrong.
 */
const char *door_act(struct net *, const char *action);

#endif
