#ifndef EC21_CMD_QICFG_H
#define EC21_CMD_QICFG_H

/*
 * What +QICFG keeps [TCP §10.4]; one int for each value of a key. Sockets and
 * their commands read it. Lost with a reset: kin.
 */
struct qicfg {
	int transpktsize;
	int transwaittm; /* 100 ms */
	int dataformat[2];
	int viewmode;
	int retranscfg[2];
	int dns_cache;
	int send_timeout;
	int passiveclosed;
	int udp_readmode;
	int udp_sendmode;
	int tcp_accept;
	int recvind;
	int keepalive[4];
	int buffersize;
};

struct cmd_ctx;
struct profile;

/* Factory values. */
void qicfg_default(struct qicfg *cfg, const struct profile *profile);
/* Tell sockets and network what holds now, for those opened from here on. */
void qicfg_apply(struct cmd_ctx *ctx);

#endif
