#include "modem_inside.h"

#include "base/action.h"
#include "base/fault.h"
#include "svc/pdpctx.h"
#include "svc/power.h"
#include "svc/regnet.h"
#include "svc/simcard.h"

/* What a person or a scenario does to the modem: DO lines. */

static void on_key_up(void *arg)
{
	modem_pin(arg, 'k');
}

static void on_reset_up(void *arg)
{
	modem_pin(arg, 'R');
}

void modem_action_init(struct modem *m)
{
	timer_init(&m->key_up, on_key_up, m);
	timer_init(&m->reset_up, on_reset_up, m);
}

void modem_action_stop(struct modem *m)
{
	timer_del(m->opts.clock, &m->key_up);
	timer_del(m->opts.clock, &m->reset_up);
}

void modem_drop_bearer(struct modem *m, const char *text)
{
	struct why why;

	for (int id = 1; id <= PDP_IDS; id++) {
		if (!pdpctx_active(m->ctx.pdp, id))
			continue;
		why_set(&why, ERR_NET_PDP_BROKEN, GRADE_MAN,
			"PDP context %d: %s", id, text);
		pdpctx_drop(m->ctx.pdp, id, &why);
	}
}

/* --- the actions ------------------------------------------------------------
 */

/* `down` now and `up` later. */
static void pulse(struct modem *m, char down, struct timer *up, uint64_t ms)
{
	modem_pin(m, down);
	timer_set(m->opts.clock, up, TIMER_WINDOW, ms);
}

static void supply(struct modem *m, bool on)
{
	modem_pin(m, on ? 'V' : 'v');
}

static void act(struct modem *m, const struct action *a)
{
	switch (a->type) {
	case ACTION_POWER:
		supply(m, a->on);
		if (a->on)
			modem_boot(m);
		break;
	case ACTION_SUPPLY:
		supply(m, a->on);
		break;
	case ACTION_PWRKEY:
		pulse(m, 'K', &m->key_up, a->ms);
		break;
	case ACTION_RESET:
		pulse(m, 'r', &m->reset_up, a->ms);
		break;
	case ACTION_SIGNAL:
		regnet_set_rssi(m->ctx.reg, a->rssi);
		break;
	case ACTION_COVERAGE:
		regnet_cover(m->ctx.reg, a->on);
		break;
	case ACTION_SIM:
		simcard_insert(m->ctx.sim, a->on);
		break;
	case ACTION_BEARER:
		modem_drop_bearer(m, "released by the action bearer drop");
		break;
	case ACTION_DTR:
		modem_pin(m, a->on ? 'D' : 'd');
		break;
	case ACTION_FAULT:
		break; /* armed already: that may fail */
	}
}

int modem_act(struct modem *m, const char *action, struct why *why)
{
	struct action a;

	if (action_parse(action, &a, why) != 0)
		return why->err;
	if ((a.type == ACTION_PWRKEY && m->key_up.armed) ||
		(a.type == ACTION_RESET && m->reset_up.armed))
		return why_set(why, ERR_BUSY, GRADE_ASM,
			"action \"%s\": the pulse before still lasts", action);
	if (a.type == ACTION_FAULT && m->opts.faults == NULL)
		return why_set(why, ERR_NOT_SUPPORTED, GRADE_ASM,
			"action \"%s\": this modem takes no faults", action);
	if (a.type == ACTION_FAULT &&
		fault_arm(m->opts.faults, a.spec, why) != 0)
		return why->err;
	trace_text(m->opts.trace, LANE_DO, "%s", action);
	act(m, &a);
	return 0;
}

/* --- the state --------------------------------------------------------------
 */

const struct fault_set *modem_faults(const struct modem *m)
{
	return m->opts.faults;
}

static const char *power_name(const struct modem *m)
{
	if (m->uart.wedged)
		return "wedged";
	switch (power_state(m->ctx.power)) {
	case POWER_OFF:
		return "off";
	case POWER_BOOTING:
		return "booting";
	case POWER_ON:
		return "on";
	case POWER_DOWN:
		break;
	}
	return "going down";
}

static const char *sim_name(enum sim_state state)
{
	switch (state) {
	case SIM_ABSENT:
		return "absent";
	case SIM_STARTING:
		return "starting";
	case SIM_BUSY:
		return "busy";
	case SIM_PIN:
		return "pin";
	case SIM_PUK:
		return "puk";
	case SIM_READY:
		return "ready";
	case SIM_OFF:
		break;
	}
	return "off";
}

void modem_get_state(const struct modem *m, struct modem_state *state)
{
	*state = (struct modem_state){
		.power = power_name(m),
		.sim = sim_name(simcard_state(m->ctx.sim)),
		.running = m->running,
		.registration = regnet_stat(m->ctx.reg, REG_EPS),
		.rssi = regnet_rssi(m->ctx.reg),
		.rate = modem_rate(m),
	};
	for (int id = 1; id <= PDP_IDS; id++)
		if (pdpctx_active(m->ctx.pdp, id))
			state->contexts |= 1u << (id - 1);
}
