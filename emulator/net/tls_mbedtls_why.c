#include "net/tls_mbedtls.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <arpa/inet.h>
#include <mbedtls/oid.h>
#include <netinet/in.h>

#include "net/tls_alert.h"

/* GeneralName iPAddress, RFC 5280 §4.2.1.6 */
#define SAN_DNS (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_X509_SAN_DNS_NAME)
#define SAN_IP	(MBEDTLS_ASN1_CONTEXT_SPECIFIC | 7)

/* --- certificates ------------------------------------------------------ */

static int64_t seconds_of(const mbedtls_x509_time *x)
{
	struct tm tm = {
		.tm_year = x->year - 1900,
		.tm_mon = x->mon - 1,
		.tm_mday = x->day,
		.tm_hour = x->hour,
		.tm_min = x->min,
		.tm_sec = x->sec,
	};

	return timegm(&tm);
}

bool tls_dates_ok(const mbedtls_x509_crt *crt, int64_t now)
{
	return seconds_of(&crt->valid_from) <= now &&
	       now <= seconds_of(&crt->valid_to);
}

void tls_name_text(const mbedtls_x509_name *name, char *text, size_t size)
{
	for (const mbedtls_x509_name *n = name; n != NULL; n = n->next)
		if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &n->oid) == 0) {
			snprintf(text, size, "CN=%.*s", (int)n->val.len,
				(const char *)n->val.p);
			return;
		}
	if (mbedtls_x509_dn_gets(text, size, name) <= 0)
		snprintf(text, size, "(no name)");
}

/* Append to the verdict; what does not fit is dropped. */
static void say(struct tls *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct tls *t, const char *fmt, ...)
{
	size_t n = strlen(t->verdict);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->verdict + n, sizeof(t->verdict) - n, fmt, ap);
	va_end(ap);
}

static void say_date(struct tls *t, const char *what, int64_t date)
{
	time_t then = (time_t)date;
	char text[40];
	struct tm tm;

	gmtime_r(&then, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	say(t, " %s %s", what, text);
	t->dates_bad = true;
}

/* A CA has the name of the issuer. */
static bool has_namesake(const struct tls *t, const mbedtls_x509_crt *crt)
{
	for (const mbedtls_x509_crt *c = &t->ca; c != NULL; c = c->next)
		if (c->subject_raw.len == crt->issuer_raw.len &&
			memcmp(c->subject_raw.p, crt->issuer_raw.p,
				crt->issuer_raw.len) == 0)
			return true;
	return false;
}

static void say_untrusted(struct tls *t, const mbedtls_x509_crt *crt)
{
	char issuer[120], ca[120];

	tls_name_text(&crt->issuer, issuer, sizeof(issuer));
	tls_name_text(&t->ca.subject, ca, sizeof(ca));
	say(t, " is signed by %s, ", issuer);
	if (has_namesake(t, crt))
		say(t, "and the CA of that name in %s has another key",
			t->ca_name);
	else
		say(t, "which is not in %s (there: %s%s)", t->ca_name, ca,
			t->ca.next != NULL ? " and others" : "");
}

static void say_key(struct tls *t, const mbedtls_x509_crt *crt)
{
	size_t bits = mbedtls_pk_get_bitlen(&crt->pk);

	if (!mbedtls_pk_can_do(&crt->pk, MBEDTLS_PK_RSA) || bits >= t->min_rsa)
		say(t,
			" is signed by a key that is not accepted (RSA from %u "
			"bits is)",
			t->min_rsa);
	else
		say(t,
			" has an RSA key of %zu bits, and %u is the least that "
			"is accepted",
			bits, t->min_rsa);
}

/* The names a certificate is for, as many as fit in a reason. */
static void say_names(struct tls *t, const mbedtls_x509_crt *crt)
{
	const mbedtls_x509_sequence *s = &crt->subject_alt_names;
	char name[120];
	int n = 0;

	say(t, " is not for %s but for", t->host);
	if ((crt->ext_types & MBEDTLS_X509_EXT_SUBJECT_ALT_NAME) == 0) {
		tls_name_text(&crt->subject, name, sizeof(name));
		say(t, " %s", name);
		return;
	}
	for (; s != NULL && n < 3; s = s->next)
		if (s->buf.tag == SAN_DNS)
			say(t, "%s %.*s", n++ > 0 ? "," : "", (int)s->buf.len,
				(const char *)s->buf.p);
	if (s != NULL)
		say(t, " and others");
	else if (n == 0)
		say(t, " no name at all");
}

/* libmbedx509 2.28 compares names alone. */
static bool address_matches(const mbedtls_x509_crt *crt, const char *host)
{
	const mbedtls_x509_sequence *s;
	uint8_t ip[16];
	size_t len;

	if (inet_pton(AF_INET, host, ip) == 1)
		len = 4;
	else if (inet_pton(AF_INET6, host, ip) == 1)
		len = 16;
	else
		return false;
	if ((crt->ext_types & MBEDTLS_X509_EXT_SUBJECT_ALT_NAME) == 0)
		return false;
	for (s = &crt->subject_alt_names; s != NULL; s = s->next)
		if (s->buf.tag == SAN_IP && s->buf.len == len &&
			memcmp(s->buf.p, ip, len) == 0)
			return true;
	return false;
}

static void judge_name(
	const struct tls *t, const mbedtls_x509_crt *crt, uint32_t *flags)
{
	mbedtls_x509_crt alone = *crt;
	uint32_t nested = 0;

	*flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_CN_MISMATCH;
	if (!t->check_name || address_matches(crt, t->host))
		return;
	/* With no other certificate in sight it verifies no signature. */
	alone.next = NULL;
	mbedtls_x509_crt_verify(
		&alone, NULL, NULL, t->host, &nested, NULL, NULL);
	*flags |= nested & MBEDTLS_X509_BADCERT_CN_MISMATCH;
}

static void judge_dates(
	const struct tls *t, const mbedtls_x509_crt *crt, uint32_t *flags)
{
	*flags &= ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED |
			      MBEDTLS_X509_BADCERT_FUTURE);
	if (!t->check_dates)
		return;
	if (t->now < seconds_of(&crt->valid_from))
		*flags |= MBEDTLS_X509_BADCERT_FUTURE;
	if (t->now > seconds_of(&crt->valid_to))
		*flags |= MBEDTLS_X509_BADCERT_EXPIRED;
}

/*
 * Not trusted is a certificate that nobody known has signed. When it is not
 * the leaf, or others came along with the leaf, the server has sent a chain.
 */
static void judge_signer(const struct tls *t, const mbedtls_x509_crt *crt,
	int depth, uint32_t *flags)
{
	bool chain = depth > 0 || crt->next != NULL;

	if ((*flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) == 0)
		return;
	if ((t->ignore_chain && chain) ||
		(t->ignore_sign && has_namesake(t, crt)))
		*flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_NOT_TRUSTED;
}

static void say_flags(
	struct tls *t, const mbedtls_x509_crt *crt, int depth, uint32_t flags)
{
	uint32_t rest = flags & ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED |
					    MBEDTLS_X509_BADCERT_FUTURE |
					    MBEDTLS_X509_BADCERT_NOT_TRUSTED |
					    MBEDTLS_X509_BADCERT_CN_MISMATCH |
					    MBEDTLS_X509_BADCERT_BAD_KEY |
					    MBEDTLS_X509_BADCERT_BAD_MD);
	char name[120], info[200];

	tls_name_text(&crt->subject, name, sizeof(name));
	say(t, "%sthe certificate of %s (depth %d)",
		t->verdict[0] != '\0' ? "; " : "", name, depth);
	if (flags & MBEDTLS_X509_BADCERT_EXPIRED)
		say_date(t, "expired on", seconds_of(&crt->valid_to));
	if (flags & MBEDTLS_X509_BADCERT_FUTURE)
		say_date(
			t, "is not valid before", seconds_of(&crt->valid_from));
	if (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED)
		say_untrusted(t, crt);
	if (flags & MBEDTLS_X509_BADCERT_CN_MISMATCH)
		say_names(t, crt);
	if (flags & MBEDTLS_X509_BADCERT_BAD_KEY)
		say_key(t, crt);
	if (flags & MBEDTLS_X509_BADCERT_BAD_MD)
		say(t, " is signed with a hash that is not accepted (%s)",
			crt->sig_md == MBEDTLS_MD_SHA1	? "SHA-1"
			: crt->sig_md == MBEDTLS_MD_MD5 ? "MD5"
							: "unusual");
	if (rest != 0) {
		mbedtls_x509_crt_verify_info(info, sizeof(info), " ", rest);
		info[strcspn(info, "\n")] = '\0';
		say(t, "%s", info);
	}
}

int tls_verify(void *arg, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
	struct tls *t = arg;

	judge_dates(t, crt, flags);
	judge_signer(t, crt, depth, flags);
	if (depth == 0)
		judge_name(t, crt, flags);
	if (*flags != 0)
		say_flags(t, crt, depth, *flags);
	return 0;
}

/* --- the handshake ----------------------------------------------------- */

static const char *waiting_for(const struct tls *t)
{
	if (t->ssl.state <= MBEDTLS_SSL_SERVER_HELLO)
		return "ServerHello";
	if (t->ssl.state <= MBEDTLS_SSL_SERVER_HELLO_DONE)
		return "the rest of the server's hello";
	return "the server's Finished";
}

static void offers_text(const struct tls *t, char *text, size_t size)
{
	const char *one = t->n_suites == 1
				  ? tls_suite_name((uint16_t)t->suites[0])
				  : NULL;

	if (t->min == t->max)
		snprintf(text, size, "%s", tls_version_name(t, t->max));
	else
		snprintf(text, size, "%s to %s", tls_version_name(t, t->min),
			tls_version_name(t, t->max));
	if (one != NULL)
		snprintf(text + strlen(text), size - strlen(text), ", %s", one);
	else if (t->n_suites > 0)
		snprintf(text + strlen(text), size - strlen(text),
			", %zu cipher suites", t->n_suites);
}

static void explain_alert(struct tls *t)
{
	int alert = t->ssl.in_msg[1];
	char meaning[240], offers[120];
	const struct tls_alert_view view = {
		.hello = t->ssl.state <= MBEDTLS_SSL_SERVER_HELLO,
		.cert_asked = t->ssl.client_auth != 0,
		.cert_sent = t->has_cert,
		.sni = t->sni,
		.up = t->was_open,
		.cert = t->cert_name,
		.alpn = t->alpn,
		.offers = offers,
	};

	offers_text(t, offers, sizeof(offers));
	tls_alert_meaning(alert, &view, meaning, sizeof(meaning));
	why_set(&t->why, t->was_open ? ERR_NET_CLOSED : ERR_TLS_ALERT,
		GRADE_KIN, "%s sent alert %d %s%s%s", t->host, alert,
		tls_alert_name(alert), meaning[0] != '\0' ? ": " : "", meaning);
}

/*
 * Record types are 20 to 23, with version 3.x behind, RFC 5246 §6.2.1; of DTLS
 * its complement 254.x, RFC 6347 §4.1.
 */
static bool looks_like_tls(const struct tls *t)
{
	return t->first_len < 2 ||
	       (t->first[0] >= 20 && t->first[0] <= 24 &&
		       t->first[1] == (t->datagram ? 254 : 3));
}

/* The clock comes first: a long chain must not push it out of the text. */
static void explain_verdict(struct tls *t)
{
	time_t now = (time_t)t->now;
	char clock[80] = "";
	struct tm tm;

	gmtime_r(&now, &tm);
	if (t->dates_bad)
		strftime(clock, sizeof(clock),
			"the modem's clock says %Y-%m-%d %H:%M:%S UTC, and ",
			&tm);
	why_set(&t->why, ERR_TLS_VERIFY, GRADE_KIN, "%s%s", clock, t->verdict);
}

static void explain_garbage(struct tls *t)
{
	char text[sizeof(t->first) * 4 + 1];
	size_t n = 0;

	for (size_t i = 0; i < t->first_len; i++) {
		int c = t->first[i];
		bool plain = c >= 0x20 && c < 0x7f && c != '\\';

		n += (size_t)snprintf(text + n, sizeof(text) - n,
			plain ? "%c" : "\\x%02x", c);
	}
	why_set(&t->why, ERR_TLS_HANDSHAKE, GRADE_KIN,
		"%s does not speak TLS on this port: its answer starts with "
		"\"%s\"",
		t->host, text);
}

static void explain_end(struct tls *t)
{
	bool hello = t->ssl.state <= MBEDTLS_SSL_SERVER_HELLO;
	struct why lower = t->why;

	if (t->lower_failed)
		why_set(&t->why, ERR_TLS_HANDSHAKE, GRADE_KIN,
			"during the TLS handshake, waiting for %s: %s",
			waiting_for(t), lower.text);
	else
		why_set(&t->why, ERR_TLS_HANDSHAKE, GRADE_KIN,
			"%s closed the connection during the TLS handshake, "
			"waiting for %s, and sent no alert%s",
			t->host, waiting_for(t),
			hello && !t->sni ? "; sni is 0: some servers want a "
					   "name"
					 : "");
}

/* What mbedTLS checks on the leaf after tls_verify(): curve and usage. */
static void add_verify_result(const struct tls *t, char *text, size_t size)
{
	size_t n = strlen(text);

	mbedtls_x509_crt_verify_info(text + n, size - n, "; ",
		mbedtls_ssl_get_verify_result(&t->ssl));
	text[n + strcspn(text + n, "\n")] = '\0';
}

void tls_explain_limit(struct tls *t)
{
	why_set(&t->why, ERR_NET_TIMEOUT, GRADE_MAN,
		"the TLS handshake with %s did not end within %llu s "
		"(negotiatetime): it waits for %s",
		t->host, (unsigned long long)(t->handshake_ms / 1000),
		waiting_for(t));
}

void tls_explain(struct tls *t, int ret)
{
	char words[300], offers[120];

	switch (ret) {
	case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
		explain_alert(t);
		return;
	case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
		explain_verdict(t);
		return;
	case MBEDTLS_ERR_SSL_CONN_EOF:
	case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
		explain_end(t);
		return;
	case MBEDTLS_ERR_SSL_TIMEOUT:
		why_set(&t->why, ERR_NET_TIMEOUT, GRADE_KIN,
			"%s does not answer the DTLS handshake: waiting for %s",
			t->host, waiting_for(t));
		return;
	case MBEDTLS_ERR_SSL_BAD_HS_PROTOCOL_VERSION:
		offers_text(t, offers, sizeof(offers));
		why_set(&t->why, ERR_TLS_HANDSHAKE, GRADE_KIN,
			"%s chose %s, and we offer %s", t->host,
			mbedtls_ssl_get_version(&t->ssl), offers);
		return;
	default:
		break;
	}
	if (!looks_like_tls(t)) {
		explain_garbage(t);
		return;
	}
	tls_error_text(ret, words, sizeof(words));
	if (ret == MBEDTLS_ERR_SSL_BAD_HS_CERTIFICATE)
		add_verify_result(t, words, sizeof(words));
	why_set(&t->why, t->was_open ? ERR_NET_CLOSED : ERR_TLS_HANDSHAKE,
		GRADE_KIN, "%s: TLS failed%s%s: %s", t->host,
		t->was_open ? "" : " waiting for ",
		t->was_open ? "" : waiting_for(t), words);
}
