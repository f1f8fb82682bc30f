#include "hil/rig_modem.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "hil/actions.h"
#include "hil/broker.h"
#include "hil/control.h"
#include "hil/emulator.h"
#include "hil/firmware.h"
#include "hil/wire.h"
#include "io/loop.h"

/* What a DO line does to a rig of processes. */

static void act_hangup(struct rig_modem *r)
{
	char why[500];

	wire_free(r->wire);
	r->wire = NULL;
	r->events.acted(r->events.arg,
		rig_modem_open_wire(r, why, sizeof(why)) ? NULL : why);
}

/* --- what goes through the control socket, and waits --- */

void rig_modem_acted(struct rig_modem *r, const char *error)
{
	r->doing = RIG_DOING_NOTHING;
	/* Behind the verdict it is the limit of the end. */
	if (r->stage < RIG_STAGE_STOPPING)
		timer_del(r->rig.clock, &r->timer);
	r->events.acted(r->events.arg, error);
}

void rig_modem_action_over(void *arg)
{
	rig_modem_acted(arg, NULL);
}

/* A pulse has just begun there; it ends before our timer does. */
static void on_control_answer(void *arg, const char *error)
{
	struct rig_modem *r = arg;

	if (r->doing != RIG_DOING_ASK)
		return;
	r->doing = RIG_DOING_NOTHING;
	if (error != NULL || r->action_ms == 0) {
		r->events.acted(r->events.arg, error);
		return;
	}
	r->doing = RIG_DOING_TIME;
	timer_set_us(r->rig.clock, &r->action, r->action_ms * 1000);
}

static void on_control_closed(void *arg)
{
	struct rig_modem *r = arg;

	control_free(r->control);
	r->control = NULL;
	on_control_answer(r, "ec21emu closed its control socket");
}

static void act_control(struct rig_modem *r, const char *action)
{
	const struct control_events events = {
		on_control_answer, on_control_closed, r};
	char path[4096], why[500];

	if (!emulator_runs(r->emulator)) {
		r->events.acted(r->events.arg, "the emulator is not running");
		return;
	}
	snprintf(path, sizeof(path), "%s/control", r->tmp);
	if (r->control == NULL)
		r->control = control_open(loop_base(r->opts->loop), path,
			&events, why, sizeof(why));
	if (r->control == NULL) {
		r->events.acted(r->events.arg, why);
		return;
	}
	r->doing = RIG_DOING_ASK;
	control_do(r->control, action);
}

static void act_broker(struct rig_modem *r, bool start)
{
	char why[500];

	if (r->broker == NULL) {
		r->events.acted(r->events.arg, "this scenario has no broker");
	} else if (broker_runs(r->broker) == start) {
		r->events.acted(
			r->events.arg, start ? "the broker is running"
					     : "the broker is not running");
	} else if (start && !broker_start_again(r->broker, why, sizeof(why))) {
		r->events.acted(r->events.arg, why);
	} else {
		r->doing =
			start ? RIG_DOING_BROKER_START : RIG_DOING_BROKER_END;
		timer_set(r->rig.clock, &r->timer, TIMER_WINDOW, RIG_START_MS);
		if (!start)
			broker_signal(r->broker, SIGTERM);
	}
}

static void act_reset_board(struct rig_modem *r)
{
	if (!firmware_runs(r->firmware)) {
		r->events.acted(r->events.arg, "there is no board here");
		return;
	}
	r->doing = RIG_DOING_RESET;
	firmware_reset(r->firmware);
}

static void act_rig(struct rig_modem *r, const char *action)
{
	bool start = strcmp(action, "start-emulator") == 0;
	bool at_once = strcmp(action, "kill-emulator") == 0;

	if (strcmp(action, "stop-broker") == 0 ||
		strcmp(action, "start-broker") == 0) {
		act_broker(r, strcmp(action, "start-broker") == 0);
	} else if (strcmp(action, "reset-board") == 0) {
		act_reset_board(r);
	} else if (rig_modem_has_firmware(r)) {
		r->events.acted(
			r->events.arg, "not with firmware at the modem's port");
	} else if (strcmp(action, "hangup") == 0) {
		act_hangup(r);
	} else if (rig_modem_is_far(r)) {
		r->events.acted(r->events.arg, "there is no emulator here");
	} else if (start && emulator_runs(r->emulator)) {
		r->events.acted(r->events.arg, "the emulator is running");
	} else if (!start && !emulator_runs(r->emulator)) {
		r->events.acted(r->events.arg, "the emulator is not running");
	} else {
		r->doing = start     ? RIG_DOING_START
			   : at_once ? RIG_DOING_KILL
				     : RIG_DOING_END;
		timer_set(r->rig.clock, &r->timer, TIMER_WINDOW, RIG_START_MS);
		if (start)
			rig_modem_start_emulator(r);
		else
			emulator_signal(
				r->emulator, at_once ? SIGKILL : SIGTERM);
	}
}

void rig_modem_act(struct rig *rig, const char *action)
{
	struct rig_modem *r = (struct rig_modem *)rig;
	char wrong[400];
	struct do_line line;

	if (!do_parse(action, &line, wrong, sizeof(wrong))) {
		r->events.acted(r->events.arg, wrong);
		return;
	}
	r->action_ms = line.ms;
	if (line.type == DO_RIG) {
		act_rig(r, action);
	} else if (line.type == DO_WAIT) {
		r->doing = RIG_DOING_TIME;
		timer_set_us(rig->clock, &r->action, line.ms * 1000);
	} else if (rig_modem_is_far(r)) {
		r->events.acted(r->events.arg, "there is no emulator here");
	} else {
		act_control(r, action);
	}
}
