#include "tests/unit/support/at_rig.h"

#include <stdlib.h>
#include <string.h>

#include "at/at.h"
#include "svc/nv.h"
#include "svc/pdpctx.h"
#include "svc/regnet.h"
#include "svc/sock.h"

static const struct at_family *const rig_families[] = {
	&at_family_v250,
	&at_family_pdp,
	&at_family_qicfg,
	&at_family_nettool,
	&at_family_tcp,
	&at_family_ssl,
	NULL,
};

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void on_output(void *arg, const void *data, size_t len)
{
	struct at_rig *r = arg;

	must(buf_add(&r->out, data, len));
}

static void on_full(void *arg, bool line, bool urcs)
{
	struct at_rig *r = arg;

	cmd_sockio_full(&r->ctx, line, urcs);
}

static void on_reg(void *arg, enum reg_domain domain, int stat)
{
	(void)arg;
	(void)domain;
	(void)stat;
}

static void on_pdp(void *arg, int id, const struct why *why)
{
	cmd_pdp_done(arg, id, why);
}

void at_rig_init(struct at_rig *r)
{
	struct at_opts opts;
	struct why why;

	memset(r, 0, sizeof(*r));
	fake_clock_init(&r->fc, true);
	fake_net_init(&r->net);
	profile_init(&r->profile);
	capture_init(&r->capture);
	buf_init(&r->out, 1u << 20);
	r->ctx.clock = &r->fc.clock;
	rtc_init(&r->ctx.rtc, &r->fc.clock);
	r->ctx.profile = &r->profile;
	r->ctx.trace = &r->capture.sink;
	r->ctx.net = &r->net.net;
	r->ctx.nv = nv_new(NULL, &why);
	must(r->ctx.nv != NULL);
	r->ctx.reg = regnet_new(&r->profile, &r->fc.clock, on_reg, r);
	r->ctx.pdp = pdpctx_new(
		&r->profile, &r->fc.clock, r->ctx.reg, on_pdp, &r->ctx);
	r->ctx.ssl = sslctx_new(&r->profile, NULL, NULL, NULL);
	opts = (struct at_opts){
		.clock = &r->fc.clock,
		.profile = &r->profile,
		.families = rig_families,
		.ctx = &r->ctx,
		.trace = &r->capture.sink,
		.output = on_output,
		.full = on_full,
		.output_arg = r,
	};
	r->ctx.at = at_new(&opts);
	must(r->ctx.reg != NULL && r->ctx.pdp != NULL && r->ctx.at != NULL);
	at_attach(r->ctx.at);
	at_set_ready(r->ctx.at, true);
	at_settings(r->ctx.at)->echo = false;
	at_set_urcport(r->ctx.at, "uart1");
	regnet_start(r->ctx.reg);
	fake_clock_run(&r->fc);
	must(regnet_attached(r->ctx.reg));
	at_rig_send(r, "AT+QICSGP=1,1,\"example\"\rAT+QIACT=1\r");
	must(pdpctx_active(r->ctx.pdp, 1));
	at_rig_take(r);
}

void at_rig_free(struct at_rig *r)
{
	at_set_ready(r->ctx.at, false);
	cmd_tcp_reset(&r->ctx);
	cmd_ssl_reset(&r->ctx);
	cmd_nettool_reset(&r->ctx);
	cmd_nettool_free(&r->ctx);
	sock_table_free(r->ctx.tcp);
	sock_table_free(r->ctx.tls);
	pdpctx_free(r->ctx.pdp);
	regnet_free(r->ctx.reg);
	sslctx_free(r->ctx.ssl);
	at_free(r->ctx.at);
	nv_free(r->ctx.nv);
	must(fake_clock_pending(&r->fc) == 0);
	fake_net_free(&r->net);
	capture_free(&r->capture);
	buf_free(&r->out);
}

void at_rig_send_bytes(struct at_rig *r, const void *data, size_t len)
{
	at_input(r->ctx.at, data, len);
	fake_clock_run(&r->fc);
}

void at_rig_send(struct at_rig *r, const char *text)
{
	at_rig_send_bytes(r, text, strlen(text));
}

const char *at_rig_take(struct at_rig *r)
{
	const char *text = buf_cstr(&r->out);

	must(text != NULL);
	/* The bytes stay where they are until something is added. */
	buf_reset(&r->out);
	return text;
}

const char *at_rig_ask(struct at_rig *r, const char *line)
{
	at_rig_send(r, line);
	at_rig_send(r, "\r");
	return at_rig_take(r);
}

const char *at_rig_why(struct at_rig *r)
{
	return capture_take(&r->capture, LANE_WHY);
}
