#ifndef WIOFW_REASON_H
#define WIOFW_REASON_H

/*
 * Why something failed, for the console's `+err CODE text`: which step, what
 * the modem or the peer said, what it means. One word of code, so that a test
 * can match it: state, modem, sim, network, tcp, file, tls_modem, tls, http,
 * mqtt, usage.
 */
#define REASON_MAX 400

struct reason {
	const char *code;
	char text[REASON_MAX];
};

/* Fill r in; always returns -1, so that `return reason_set(…)` fails. */
int reason_set(struct reason *r, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Append to what is there; cut at REASON_MAX. */
void reason_add(struct reason *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Meaning of a +CME ERROR number [AT §8, FILE §5] or of a TCP/IP and SSL
 * result [TCP §12, SSL §10]; "unknown code" for others. Grade man.
 */
const char *reason_cme_text(long code);
const char *reason_net_text(long code);

#endif
