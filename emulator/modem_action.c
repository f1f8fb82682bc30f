#include "modem_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "svc/pdpctx.h"
#include "svc/power.h"
#include "svc/regnet.h"
#include "svc/simcard.h"

/* What a person or a scenario does to the modem: DO lines. */

enum { RSSI_MAX = 31, PULSE_MAX_MS = 60000 };

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

/* --- the actions; each checks its word before anything is done -------------
 */

/* `200ms`, `2s`. */
static bool parse_ms(const char *word, uint64_t *ms)
{
	char *end;
	unsigned long n;

	if (word[0] < '0' || word[0] > '9')
		return false;
	n = strtoul(word, &end, 10);
	if (n > PULSE_MAX_MS)
		return false;
	*ms = strcmp(end, "s") == 0 ? n * 1000 : n;
	return *ms > 0 && *ms <= PULSE_MAX_MS &&
	       (strcmp(end, "s") == 0 || strcmp(end, "ms") == 0);
}

static int wrong(struct why *why, const char *action, const char *want)
{
	return why_set(why, ERR_PARAM, GRADE_ASM, "action \"%s\": want %s",
		action, want);
}

static void told(struct modem *m, const char *action)
{
	trace_text(m->opts.trace, LANE_DO, "%s", action);
}

/* A pulse at a pin, `down` now and `up` later. */
static int pulse(struct modem *m, const char *action, const char *word,
	char down, struct timer *up, struct why *why)
{
	uint64_t ms;

	if (!parse_ms(word, &ms))
		return wrong(why, action, "a length of 1ms to 60s");
	if (up->armed)
		return why_set(why, ERR_BUSY, GRADE_ASM,
			"action \"%s\": the pulse before still lasts", action);
	told(m, action);
	modem_pin(m, down);
	timer_set(m->opts.clock, up, TIMER_WINDOW, ms);
	return 0;
}

static int act_pwrkey(
	struct modem *m, const char *action, const char *word, struct why *why)
{
	return pulse(m, action, word, 'K', &m->key_up, why);
}

static int act_reset(
	struct modem *m, const char *action, const char *word, struct why *why)
{
	return pulse(m, action, word, 'r', &m->reset_up, why);
}

/* `on` and `off`, or other two words. */
static int choose(const char *word, const char *yes, const char *no)
{
	return strcmp(word, yes) == 0 ? 1 : strcmp(word, no) == 0 ? 0 : -1;
}

static int act_power(
	struct modem *m, const char *action, const char *word, struct why *why)
{
	int on = choose(word, "on", "off");

	if (on < 0)
		return wrong(why, action, "on or off");
	told(m, action);
	modem_pin(m, on ? 'V' : 'v');
	if (on)
		modem_boot(m);
	return 0;
}

static int act_supply(
	struct modem *m, const char *action, const char *word, struct why *why)
{
	int on = choose(word, "on", "off");

	if (on < 0)
		return wrong(why, action, "on or off");
	told(m, action);
	modem_pin(m, on ? 'V' : 'v');
	return 0;
}

static int act_signal(
	struct modem *m, const char *action, const char *word, struct why *why)
{
	char *end;
	unsigned long rssi = strtoul(word, &end, 10);

	if (word[0] < '0' || word[0] > '9' || *end != '\0' || rssi > RSSI_MAX)
		return wrong(why, action, "an rssi of 0 to 31, as +CSQ prints");
	told(m, action);
	regnet_set_rssi(m->ctx.reg, (int)rssi);
	return 0;
}

static int act_coverage(
	struct modem *m, const char *action, const char *word, struct why *why)
{
	int on = choose(word, "on", "off");

	if (on < 0)
		return wrong(why, action, "on or off");
	told(m, action);
	regnet_cover(m->ctx.reg, on == 1);
	return 0;
}

static int act_sim(
	struct modem *m, const char *action, const char *word, struct why *why)
{
	int in = choose(word, "insert", "remove");

	if (in < 0)
		return wrong(why, action, "remove or insert");
	told(m, action);
	simcard_insert(m->ctx.sim, in == 1);
	return 0;
}

static int act_bearer(
	struct modem *m, const char *action, const char *word, struct why *why)
{
	if (strcmp(word, "drop") != 0)
		return wrong(why, action, "drop");
	told(m, action);
	modem_drop_bearer(m, "released by the action bearer drop");
	return 0;
}

static int act_fault(
	struct modem *m, const char *action, const char *word, struct why *why)
{
	if (m->opts.faults == NULL)
		return why_set(why, ERR_NOT_SUPPORTED, GRADE_ASM,
			"action \"%s\": this modem takes no faults", action);
	if (fault_arm(m->opts.faults, word, why) != 0)
		return why->err;
	told(m, action);
	return 0;
}

static const struct {
	const char *name;
	int (*act)(struct modem *m, const char *action, const char *word,
		struct why *why);
} actions[] = {
	{"bearer", act_bearer},
	{"coverage", act_coverage},
	{"fault", act_fault},
	{"power", act_power},
	{"pwrkey", act_pwrkey},
	{"reset", act_reset},
	{"signal", act_signal},
	{"sim", act_sim},
	{"supply", act_supply},
};

int modem_act(struct modem *m, const char *action, struct why *why)
{
	size_t len = strcspn(action, " ");
	const char *word = action + len;

	if (strlen(action) > MODEM_ACTION_MAX)
		return why_set(why, ERR_PARAM, GRADE_ASM,
			"action: longer than %d bytes", MODEM_ACTION_MAX);
	while (*word == ' ')
		word++;
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (strlen(actions[i].name) == len &&
			memcmp(actions[i].name, action, len) == 0)
			return actions[i].act(m, action, word, why);
	return why_set(why, ERR_PARAM, GRADE_ASM,
		"action \"%s\" is none of bearer, coverage, fault, power, "
		"pwrkey, reset, signal, sim, supply",
		action);
}

const struct fault_set *modem_faults(const struct modem *m)
{
	return m->opts.faults;
}

/* --- the state --------------------------------------------------------------
 */

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
