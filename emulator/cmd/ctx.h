#ifndef EC21_CMD_CTX_H
#define EC21_CMD_CTX_H

#include <stdbool.h>
#include <stdint.h>

#include "at/cmd.h"
#include "base/clock.h"
#include "base/profile.h"
#include "base/trace.h"
#include "cmd/qicfg.h"
#include "cmd/transp.h"
#include "svc/rtc.h"

struct filehandles;
struct filestore;
struct lookup;
struct net;
struct nv;
struct pdpctx;
struct ping;
struct power;
struct regnet;
struct simcard;
struct sntp;
struct sock_table;
struct sslctx;

/* What QOPS looks for: RAT as QOPSCFG counts them, masks of bands. */
struct cmd_scan {
	int rat;
	uint64_t gsm, lte, tds;
	bool rssi; /* printed too */
};

/* QNWLOCK: what was asked for, and the lock in effect, which outlives it. */
struct cmd_nwlock {
	int action, held;
	int64_t earfcn, pci;
};

/* Lines of +CGEV that CGEREP keeps; how many a modem keeps asm. */
enum { CMD_CGEV_MAX = 8, CMD_CGEV_SIZE = 24 };

struct cmd_cgev {
	size_t n;
	char text[CMD_CGEV_MAX][CMD_CGEV_SIZE];
};

/* What a command stores beyond at_settings; one struct a family. */
struct cmd_state {
	int creg[3]; /* n of CREG, CGREG, CEREG */
	int ifc[2];  /* as IFC takes them */
	int icf;     /* parity of ICF */
	int cfun;
	int qsclk;
	bool gnss;	  /* the receiver is on */
	int64_t gdcnt[2]; /* QGDCNT: what to add to the sockets' totals */
	int augdcnt;	  /* QAUGDCNT, s */
	bool mbn_active;
	int csta;
	int cgsms;
	bool netdev; /* QNETDEVSTATUS */
	int cscs;    /* index of the character set */
	int cops_format;
	int qsimstat;
	int ctzr;	      /* in effect, stored before the start */
	unsigned int ind;     /* bits of QINDCFG */
	const char *act_told; /* by +QIND: "act"; static */
	const char *ceer;     /* static, NULL: nothing has failed */
	struct cmd_scan scan; /* QOPSCFG */
	struct cmd_nwlock nwlock;
	int cgerep[2]; /* mode and bfr */
	struct cmd_cgev cgev;
	unsigned int bearers; /* as CGEREP last told: bit 0 is context 1 */
};

/* Of cmd/nettool.c. */
enum cmd_tool { CMD_TOOL_PING, CMD_TOOL_NTP, CMD_TOOL_DNS, CMD_TOOLS };

/* What has no room for more that sockets push; cmd/sockio.c. */
struct cmd_full {
	bool port, line, urcs;
	bool tls_first; /* of the two tables, when there is room again */
};

/*
 * Everything a command family may use: at_txn.ctx. Owned and filled by
 * modem.c; a family translates between it and AT text, both ways.
 */
struct cmd_ctx {
	struct at *at;
	struct clock *clock;
	const struct profile *profile;
	const struct trace_sink *trace;
	struct rtc rtc;
	struct nv *nv;
	struct power *power;
	struct simcard *sim;
	struct regnet *reg;
	struct pdpctx *pdp;
	struct filestore *files;
	struct filehandles *handles;
	struct net *net;
	struct sslctx *ssl;
	struct sock_table *tcp; /* made by cmd/tcp.c in attach */
	struct sock_table *tls; /* made by cmd/ssl.c in attach */
	struct ping *ping;	/* these three by cmd/nettool.c */
	struct sntp *sntp;
	struct lookup *lookup;
	struct cmd_state state;
	struct timer counter;	 /* of QAUGDCNT */
	bool ntp_sets_clock;	 /* of the QNTP that runs */
	int tool_pdp[CMD_TOOLS]; /* the context of each */
	struct qicfg qicfg;	 /* +QICFG */
	struct transp transp;	 /* who has the port in transparent mode */
	struct cmd_full full;
};

/* Commands that the manuals list: a topic and names with blanks between. */
struct cmd_manual {
	const char *topic;
	const char *names;
};

enum { CMD_NAME_SIZE = 24 };

/* The list; its last topic is NULL. */
const struct cmd_manual *cmd_manual(void);
/* Take the next name off *names; false at the end. */
bool cmd_manual_next(const char **names, char name[CMD_NAME_SIZE]);
/* True when the manuals have a command of this name, "+CMGS" or "A". */
bool cmd_manual_has(const char *name);

/*
 * What a command of ours can fail with (errors.c): names of enum err, blanks
 * between. NULL: not a command of ours.
 */
const char *cmd_errors(const char *name);
/* Take the next error off *words; false at the end. */
bool cmd_errors_next(const char **words, enum err *err);

/* The families, in order of look-up; NULL-terminated (all.c). */
extern const struct at_family *const cmd_families[];

extern const struct at_family at_family_v250;
extern const struct at_family at_family_ident;
extern const struct at_family at_family_power;
extern const struct at_family at_family_status;
extern const struct at_family at_family_cfg;
extern const struct at_family at_family_mbn;
extern const struct at_family at_family_qcfg;
extern const struct at_family at_family_clock;
extern const struct at_family at_family_sim;
extern const struct at_family at_family_lock;
extern const struct at_family at_family_reg;
extern const struct at_family at_family_plmn;
extern const struct at_family at_family_radio;
extern const struct at_family at_family_packet;
extern const struct at_family at_family_qos;
extern const struct at_family at_family_counter;
extern const struct at_family at_family_pdp;
extern const struct at_family at_family_file;
extern const struct at_family at_family_filehandle;
extern const struct at_family at_family_nettool;
extern const struct at_family at_family_qicfg;
extern const struct at_family at_family_tcp;
extern const struct at_family at_family_ssl;
extern const struct at_family at_family_gnss;

/*
 * Events of services that no command waits for; modem.c routes them to the
 * family that prints them.
 */
/* Stored settings, at boot: cmd/v250.c. */
void cmd_v250_restore(struct cmd_ctx *ctx);
/* Saved port of URCs, at boot: cmd/cfg.c. */
void cmd_cfg_restore(struct cmd_ctx *ctx);
void cmd_power_ready(struct cmd_ctx *ctx); /* cmd/power.c: RDY */
void cmd_power_radio(struct cmd_ctx *ctx); /* +CFUN: 1 */
void cmd_power_down(struct cmd_ctx *ctx);  /* POWERED DOWN */
/* cmd/status.c, for CEER: a context, or a registration, failed or ended. */
void cmd_status_pdp_failed(struct cmd_ctx *ctx);
void cmd_status_attach_failed(struct cmd_ctx *ctx);
void cmd_sim_ready(struct cmd_ctx *ctx);   /* cmd/sim.c: stored settings */
void cmd_sim_changed(struct cmd_ctx *ctx); /* cmd/sim.c: +CPIN: … */
void cmd_reg_ready(struct cmd_ctx *ctx);   /* cmd/reg.c: COPS as stored */
void cmd_reg_changed(struct cmd_ctx *ctx, int domain); /* cmd/reg.c */
void cmd_plmn_ready(struct cmd_ctx *ctx); /* cmd/plmn.c: as stored */
/* Registered with the network: it is not forbidden, if chosen by hand. */
void cmd_plmn_registered(struct cmd_ctx *ctx);
/* False while QNWLOCK holds the modem to another cell than there is. */
bool cmd_plmn_in_reach(const struct cmd_ctx *ctx);
/* The modem registered for packet data: cmd/clock.c, the network's time. */
void cmd_clock_registered(struct cmd_ctx *ctx);
void cmd_clock_ready(struct cmd_ctx *ctx); /* CTZR as stored */
/* cmd/qcfg.c: what settings and QNWLOCK leave in reach */
void cmd_qcfg_ready(struct cmd_ctx *ctx);
bool cmd_qcfg_lte_only(const struct cmd_ctx *ctx);
void cmd_radio_ready(struct cmd_ctx *ctx);  /* cmd/radio.c: QINDCFG */
void cmd_radio_signal(struct cmd_ctx *ctx); /* +QIND: "csq" */
void cmd_radio_act(struct cmd_ctx *ctx);    /* +QIND: "act" */
/* Store type and access point of a context, as CGDCONT and QICSGP do. */
int cmd_packet_save(struct cmd_ctx *ctx, int id, struct why *why);
/* 0 for a context that is modelled; ERR_PARAM, ERR_NOT_MODELLED. */
int cmd_packet_check_id(int64_t id, struct why *why);
/* A bearer may have come or gone: +CGEV, when CGEREP asks. */
void cmd_packet_events(struct cmd_ctx *ctx);
/* regnet's done(), when it is no command of cmd/reg.c that waits. */
void cmd_packet_attached(struct cmd_ctx *ctx, const struct why *why);
void cmd_packet_ready(struct cmd_ctx *ctx);  /* cmd/packet.c: CGDCONT */
void cmd_counter_ready(struct cmd_ctx *ctx); /* cmd/counter.c: as saved */
void cmd_counter_reset(struct cmd_ctx *ctx); /* no more savings */
void cmd_mbn_ready(struct cmd_ctx *ctx);     /* cmd/mbn.c: what is active */
/* AT&F [AT §3]: what each of them has in its table. */
void cmd_cfg_default(struct cmd_ctx *ctx);
int cmd_packet_default(struct cmd_ctx *ctx, struct why *why);
int cmd_clock_default(struct cmd_ctx *ctx, struct why *why);
/* The programs beside the modem are up: +APIND, as QAPRDYIND asks. */
void cmd_cfg_programs(struct cmd_ctx *ctx);
/* Every active context falls, and what is on it; text: why. */
void cmd_packet_drop(struct cmd_ctx *ctx, const char *text);
/* What is opened next goes over this context: cmd/pdp.c. */
void cmd_pdp_use(struct cmd_ctx *ctx, int id);
void cmd_pdp_done(struct cmd_ctx *ctx, int id, const struct why *why);
/*
 * Sockets that push wait while the port (the host does not read), the line or
 * the URCs that wait are full: cmd/sockio.c. From at_opts.full and the like.
 */
void cmd_sockio_full(struct cmd_ctx *ctx, bool line, bool urcs);
void cmd_sockio_port_full(struct cmd_ctx *ctx, bool full);
/* The modem lost its volatile state (reset, power): drop waiting commands. */
void cmd_tcp_reset(struct cmd_ctx *ctx);
void cmd_ssl_reset(struct cmd_ctx *ctx);
void cmd_nettool_reset(struct cmd_ctx *ctx);
/* The context is gone, and what asks over it ends. */
void cmd_nettool_pdp_down(struct cmd_ctx *ctx, int id, const struct why *why);
void cmd_nettool_free(struct cmd_ctx *ctx);

#endif
