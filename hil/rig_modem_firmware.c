#include "hil/rig_modem.h"

#include <stdio.h>
#include <string.h>

#include "hil/bridge.h"
#include "hil/firmware.h"
#include "hil/rig_firmware.h"

/* Firmware of a rig: it speaks AT itself, or is a bridge for who does. */

static void on_console(void *arg, const void *data, size_t len)
{
	struct rig_modem *r = arg;

	if (r->bridge != NULL)
		bridge_bytes(r->bridge, data, len);
	else if (r->bridged && r->stage < RIG_STAGE_STOPPING)
		rig_modem_hear(r, data, len);
	else if (!r->bridged)
		r->events.bytes(r->events.arg, LANE_CON_RX, data, len);
}

static void on_firmware_end(void *arg, const char *how)
{
	struct rig_modem *r = arg;

	rig_modem_lost_child(r, "firmware", how);
	rig_modem_check_stopped(r);
}

static void on_firmware_restarted(void *arg, const char *error)
{
	struct rig_modem *r = arg;

	if (r->doing == RIG_DOING_RESET)
		rig_modem_acted(r, error);
}

static void on_bridge_say(void *arg, const char *text)
{
	struct rig_modem *r = arg;

	firmware_write(r->firmware, text, strlen(text));
}

static void on_bridge_done(void *arg, const char *error)
{
	struct rig_modem *r = arg;
	char why[500];

	bridge_free(r->bridge);
	r->bridge = NULL;
	if (error != NULL)
		rig_modem_lost(r, error);
	else if (!rig_modem_open_port(r, why, sizeof(why)))
		rig_modem_lost(r, why);
}

/* It was just reset: no bridge of before can be there. */
static void begin_bridge(struct rig_modem *r)
{
	const struct bridge_opts o = {.clock = r->rig.clock,
		.enter = true,
		.say = on_bridge_say,
		.done = on_bridge_done,
		.arg = r};

	r->bridge = bridge_new(&o);
	if (r->bridge == NULL)
		rig_modem_lost(r, "out of memory");
}

static void on_firmware_started(void *arg, const char *error)
{
	struct rig_modem *r = arg;
	char why[700];

	if (error != NULL) {
		snprintf(why, sizeof(why), "the board: %s", error);
		rig_modem_lost(r, why);
	} else if (r->bridged) {
		begin_bridge(r);
	} else {
		rig_modem_be_up(r);
	}
}

bool rig_modem_start_firmware(struct rig_modem *r, char *why, size_t size)
{
	const struct firmware_opts o = {
		.loop = r->opts->loop,
		.tmp = r->tmp,
		.console = on_console,
		.started = on_firmware_started,
		.ended = on_firmware_end,
		.restarted = on_firmware_restarted,
		.arg = r,
	};

	r->firmware = rig_start_firmware(r->opts, r->scenario, &o, why, size);
	return r->firmware != NULL;
}
