#ifndef EC21_NET_TLS_ALERT_H
#define EC21_NET_TLS_ALERT_H

#include <stdbool.h>

/* What a client knows at the moment when a fatal alert arrives. */
struct tls_alert_view {
	bool hello;	    /* nothing has come but the alert */
	bool cert_asked;    /* the server asked for a client certificate */
	bool cert_sent;	    /* and we had one */
	bool sni;	    /* a server name was sent */
	bool up;	    /* the handshake was complete */
	const char *cert;   /* file of the client certificate */
	const char *alpn;   /* protocol asked for, or "" */
	const char *offers; /* versions and suites we offered */
};

/* "handshake_failure", or "unknown alert". RFC 5246 §7.2, RFC 6066 §9 */
const char *tls_alert_name(int alert);

/*
 * What the alert usually means there, with a remedy where there is one, into
 * text. Nothing is claimed for alerts without a usual meaning: "" then.
 */
void tls_alert_meaning(int alert, const struct tls_alert_view *view, char *text,
	unsigned long size);

#endif
