#include "modem_inside.h"

#include <stdlib.h>
#include <string.h>

#include "at/at.h"
#include "base/fault.h"
#include "net/net.h"
#include "svc/filehandle.h"
#include "svc/filestore.h"
#include "svc/nv.h"
#include "svc/pdpctx.h"
#include "svc/power.h"
#include "svc/regnet.h"
#include "svc/simcard.h"
#include "svc/sock.h"
#include "svc/sslctx.h"

/* --- services tell, families print -------------------------------------- */

static void on_ready(void *arg)
{
	struct modem *m = arg;

	at_set_ready(m->ctx.at, true);
	cmd_v250_restore(&m->ctx);
	at_take_rate(m->ctx.at);
	if (m->opts.ready != NULL)
		m->opts.ready(m->opts.arg);
	cmd_power_ready(&m->ctx);
}

static void on_radio(void *arg)
{
	struct modem *m = arg;

	cmd_power_radio(&m->ctx);
	simcard_start(m->ctx.sim);
}

/* Everything volatile is gone; services first, so that none reports late. */
static void on_lost(void *arg)
{
	struct modem *m = arg;
	struct cmd_ctx *ctx = &m->ctx;

	m->doomed = false;
	timer_del(m->opts.clock, &m->doom);
	at_set_ready(ctx->at, false);
	modem_uart_reset(&m->uart);
	cmd_tcp_reset(ctx);
	cmd_ssl_reset(ctx);
	cmd_nettool_reset(ctx);
	cmd_counter_reset(ctx);
	net_reset(ctx->net);
	simcard_stop(ctx->sim);
	regnet_stop(ctx->reg);
	pdpctx_reset(ctx->pdp);
	sslctx_reset(ctx->ssl);
	filehandle_reset(ctx->handles);
	filestore_reset(ctx->files);
	/* The clock runs on over a reset, till power is removed [AT §9.4]. */
	if (power_state(ctx->power) == POWER_OFF)
		rtc_reset(&ctx->rtc);
	memset(&ctx->state, 0, sizeof(ctx->state));
	ctx->state.cfun = 1;
}

static void on_powered_down(void *arg)
{
	struct modem *m = arg;

	cmd_power_down(&m->ctx);
}

static void on_power_note(void *arg, const char *text)
{
	struct modem *m = arg;

	trace_text(m->opts.trace, LANE_NOTE, "%s", text);
}

static void on_status(void *arg, bool running)
{
	struct modem *m = arg;

	m->running = running;
	trace_text(m->opts.trace, LANE_PIN, "STATUS %s",
		running ? "low (running)" : "high (off)");
	if (m->opts.status != NULL)
		m->opts.status(m->opts.arg, running);
}

static void on_sim(void *arg, enum sim_state state)
{
	struct modem *m = arg;

	cmd_sim_changed(&m->ctx);
	if (state == SIM_READY)
		regnet_start(m->ctx.reg);
	else
		regnet_sim_lost(m->ctx.reg);
}

static void on_reg(void *arg, enum reg_domain domain, int stat)
{
	struct modem *m = arg;

	(void)stat;
	cmd_reg_changed(&m->ctx, (int)domain);
	if (domain == REG_EPS && !regnet_attached(m->ctx.reg))
		cmd_packet_drop(&m->ctx,
			m->ctx.state.cfun == 1
				? "the network was left or lost"
				: "the radio was switched off by CFUN");
	else if (domain == REG_EPS)
		cmd_clock_registered(&m->ctx);
	cmd_packet_events(&m->ctx);
}

static void on_pdp(void *arg, int id, const struct why *why)
{
	struct modem *m = arg;

	cmd_pdp_done(&m->ctx, id, why);
	cmd_packet_events(&m->ctx);
}

/* --- the UART and the faults at its lines --------------------------------- */

static void on_output(void *arg, const void *data, size_t len)
{
	struct modem *m = arg;

	modem_uart_output(&m->uart, data, len);
}

static void on_full(void *arg, bool line, bool urcs)
{
	struct modem *m = arg;

	cmd_sockio_full(&m->ctx, line, urcs);
}

static void uart_out(void *arg, const void *data, size_t len)
{
	struct modem *m = arg;

	m->opts.output(m->opts.arg, data, len);
}

/* A host that does not read, and a stall, keep back what can wait. */
static void tell_full(void *arg)
{
	struct modem *m = arg;
	bool full = m->host_full || m->uart.stall.armed;

	cmd_sockio_port_full(&m->ctx, full);
	at_port_full(m->ctx.at, full);
}

static void uart_in(void *arg, const void *data, size_t len)
{
	struct modem *m = arg;

	at_input(m->ctx.at, data, len);
}

/* Out of the AT engine: now it may be stopped. */
static void on_doom(void *arg)
{
	struct modem *m = arg;

	if (m->wedge) {
		at_set_ready(m->ctx.at, false);
		m->uart.wedged = true;
	} else {
		power_crash(m->ctx.power);
	}
}

/* A command line is about to run. */
static bool on_line(void *arg)
{
	struct modem *m = arg;
	struct fault_set *faults = m->opts.faults;

	if (m->doomed)
		return false;
	if (fault_fires(faults, FAULT_SIM_REMOVE))
		simcard_insert(m->ctx.sim, false);
	if (fault_fires(faults, FAULT_BEARER_DROP))
		modem_drop_bearer(m, "released by the fault bearer.drop");
	m->wedge = fault_fires(faults, FAULT_MODEM_WEDGE);
	m->doomed = m->wedge || fault_fires(faults, FAULT_MODEM_CRASH);
	if (m->doomed)
		timer_set_us(m->opts.clock, &m->doom, 0);
	return !m->doomed;
}

static void on_fault(void *arg, const char *text)
{
	struct modem *m = arg;

	trace_text(m->opts.trace, LANE_NOTE, "%s", text);
}

/* --- life ---------------------------------------------------------------- */

static bool make_services(struct modem *m, struct why *why)
{
	static const struct power_events power_events = {
		.ready = on_ready,
		.radio = on_radio,
		.lost = on_lost,
		.powered_down = on_powered_down,
		.status = on_status,
		.note = on_power_note,
	};
	const struct profile *profile = m->opts.profile;
	struct clock *clock = m->opts.clock;
	struct cmd_ctx *ctx = &m->ctx;

	ctx->files = filestore_new(profile, m->opts.state_dir, why);
	if (ctx->files == NULL)
		return false;
	ctx->nv = nv_new(m->opts.state_dir, why);
	if (ctx->nv == NULL)
		return false;
	why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory for a modem");
	ctx->handles = filehandle_new(profile, ctx->files);
	if (ctx->handles == NULL)
		return false;
	ctx->power = power_new(profile, clock, &power_events, m);
	ctx->sim = simcard_new(profile, clock, on_sim, m);
	ctx->reg = regnet_new(profile, clock, on_reg, m);
	if (ctx->power == NULL || ctx->sim == NULL || ctx->reg == NULL)
		return false;
	simcard_keep(ctx->sim, ctx->nv);
	ctx->pdp = pdpctx_new(profile, clock, ctx->reg, on_pdp, m);
	ctx->ssl = sslctx_new(profile, ctx->net, ctx->files, &ctx->rtc);
	if (ctx->pdp == NULL || ctx->ssl == NULL)
		return false;
	sslctx_keylog(ctx->ssl, m->opts.keylog, m->opts.arg);
	filestore_faults(ctx->files, m->opts.faults);
	power_faults(ctx->power, m->opts.faults);
	regnet_faults(ctx->reg, m->opts.faults);
	sslctx_faults(ctx->ssl, m->opts.faults);
	return true;
}

struct modem *modem_new(const struct modem_opts *opts, struct why *why)
{
	struct modem *m = calloc(1, sizeof(*m));
	struct at_opts at_opts;

	if (m == NULL) {
		why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory for a modem");
		return NULL;
	}
	m->opts = *opts;
	m->ctx.clock = opts->clock;
	m->ctx.profile = opts->profile;
	m->ctx.trace = opts->trace;
	m->ctx.net = opts->net;
	m->ctx.state.cfun = 1;
	rtc_init(&m->ctx.rtc, opts->clock);
	timer_init(&m->doom, on_doom, m);
	modem_action_init(m);
	m->uart = (struct modem_uart){
		.clock = opts->clock,
		.faults = opts->faults,
		.trace = opts->trace,
		.in = uart_in,
		.out = uart_out,
		.stalls = tell_full,
		.arg = m,
	};
	modem_uart_init(&m->uart);
	if (opts->faults != NULL) {
		opts->faults->on_fire = on_fault;
		opts->faults->arg = m;
	}
	at_opts = (struct at_opts){
		.clock = opts->clock,
		.profile = opts->profile,
		.families = cmd_families,
		.ctx = &m->ctx,
		.trace = opts->trace,
		.line = on_line,
		.known = cmd_manual_has,
		.output = on_output,
		.full = on_full,
		.output_arg = m,
	};
	m->ctx.at = at_new(&at_opts);
	if (m->ctx.at == NULL) {
		why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory for a modem");
		modem_free(m);
		return NULL;
	}
	if (!make_services(m, why)) {
		modem_free(m);
		return NULL;
	}
	m->opts.state_dir = NULL;
	at_attach(m->ctx.at);
	if (m->ctx.tcp == NULL || m->ctx.tls == NULL || m->ctx.ping == NULL ||
		m->ctx.sntp == NULL || m->ctx.lookup == NULL) {
		modem_free(m);
		return NULL;
	}
	sock_table_faults(m->ctx.tcp, opts->faults);
	sock_table_faults(m->ctx.tls, opts->faults);
	return m;
}

void modem_free(struct modem *m)
{
	struct cmd_ctx *ctx = &m->ctx;

	sock_table_free(ctx->tls);
	sock_table_free(ctx->tcp);
	cmd_nettool_free(ctx);
	cmd_counter_reset(ctx);
	sslctx_free(ctx->ssl);
	pdpctx_free(ctx->pdp);
	regnet_free(ctx->reg);
	simcard_free(ctx->sim);
	power_free(ctx->power);
	at_free(ctx->at);
	nv_free(ctx->nv);
	filehandle_free(ctx->handles);
	filestore_free(ctx->files);
	if (m->opts.faults != NULL)
		m->opts.faults->on_fire = NULL;
	timer_del(m->opts.clock, &m->doom);
	modem_action_stop(m);
	modem_uart_free(&m->uart);
	free(m);
}

/* --- wires ---------------------------------------------------------------- */

/*
 * man [AT §5.5]: QSCLK=1 and DTR high, and it sleeps at once; inf: not while a
 * command or a connection has the port. WAKEUP_IN, which has a say too, is no
 * wire of ours: asm, it allows sleep.
 */
static bool asleep(struct modem *m)
{
	bool asleep =
		m->dtr_high && m->ctx.state.qsclk != 0 && at_is_idle(m->ctx.at);

	m->slept = m->slept && asleep;
	return asleep;
}

void modem_input(struct modem *m, const void *data, size_t len)
{
	if (!asleep(m)) {
		modem_uart_input(&m->uart, data, len);
		return;
	}
	trace_bytes(m->opts.trace, LANE_AT_TX, data, len);
	if (!m->slept)
		trace_text(m->opts.trace, LANE_NOTE,
			"the modem sleeps and hears nothing: AT+QSCLK=1, and "
			"DTR is high; low wakes it");
	m->slept = true;
}

void modem_hangup(struct modem *m)
{
	trace_text(m->opts.trace, LANE_NOTE, "the host closed the line");
	at_hangup(m->ctx.at);
}

void modem_line_full(struct modem *m, bool full)
{
	m->host_full = full;
	tell_full(m);
}

void modem_boot(struct modem *m)
{
	power_boot(m->ctx.power);
}

uint32_t modem_rate(const struct modem *m)
{
	return at_rate(m->ctx.at);
}

bool modem_running(const struct modem *m)
{
	return m->running;
}

bool modem_pin(struct modem *m, char edge)
{
	bool high = edge >= 'A' && edge <= 'Z';
	const char *name;

	switch (edge) {
	case 'K':
	case 'k':
		name = "PWRKEY";
		power_pin_pwrkey(m->ctx.power, high);
		break;
	case 'R':
	case 'r':
		name = "RESET";
		power_pin_reset(m->ctx.power, high);
		break;
	case 'V':
	case 'v':
		name = "SUPPLY";
		power_pin_supply(m->ctx.power, high);
		break;
	case 'D':
	case 'd':
		name = "DTR";
		m->dtr_high = high;
		at_dtr(m->ctx.at, high);
		break;
	default:
		return false;
	}
	trace_text(
		m->opts.trace, LANE_PIN, "%s %s", name, high ? "high" : "low");
	return true;
}
