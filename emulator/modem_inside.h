#ifndef EC21_MODEM_INSIDE_H
#define EC21_MODEM_INSIDE_H

#include "cmd/ctx.h"
#include "modem.h"
#include "modem_uart.h"

/* The inside of struct modem, shared by modem.c and modem_action.c only. */
struct modem {
	struct modem_opts opts;
	struct cmd_ctx ctx;
	struct modem_uart uart;
	bool running;
	bool host_full; /* of modem_line_full() */
	bool dtr_high;	/* a level from outside: no reset changes it */
	bool slept;	/* bytes were lost, and a NOTE said so */
	/* modem.crash or modem.wedge has struck; lines are lost meanwhile. */
	bool doomed;
	bool wedge;
	struct timer doom;
	/* Ends of the pulses that an action gave. */
	struct timer key_up, reset_up;
};

/* modem_action.c: the timers above. */
void modem_action_init(struct modem *m);
void modem_action_stop(struct modem *m);
/* The network releases all contexts; `text` says why. */
void modem_drop_bearer(struct modem *m, const char *text);

#endif
