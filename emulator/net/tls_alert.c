#include "net/tls_alert.h"

#include <stddef.h>
#include <stdio.h>

enum {
	ALERT_HANDSHAKE_FAILURE = 40,
	ALERT_BAD_CERTIFICATE = 42,
	ALERT_UNSUPPORTED_CERTIFICATE = 43,
	ALERT_CERTIFICATE_REVOKED = 44,
	ALERT_CERTIFICATE_EXPIRED = 45,
	ALERT_CERTIFICATE_UNKNOWN = 46,
	ALERT_UNKNOWN_CA = 48,
	ALERT_ACCESS_DENIED = 49,
	ALERT_DECRYPT_ERROR = 51,
	ALERT_PROTOCOL_VERSION = 70,
	ALERT_INSUFFICIENT_SECURITY = 71,
	ALERT_UNRECOGNIZED_NAME = 112,
	ALERT_CERTIFICATE_REQUIRED = 116,
	ALERT_NO_APPLICATION_PROTOCOL = 120,
};

struct alert {
	int code;
	const char *name;
};

/* clang-format off */
static const struct alert alerts[] = {
	{0, "close_notify"},
	{10, "unexpected_message"},
	{20, "bad_record_mac"},
	{21, "decryption_failed"},
	{22, "record_overflow"},
	{30, "decompression_failure"},
	{ALERT_HANDSHAKE_FAILURE, "handshake_failure"},
	{41, "no_certificate"},
	{ALERT_BAD_CERTIFICATE, "bad_certificate"},
	{ALERT_UNSUPPORTED_CERTIFICATE, "unsupported_certificate"},
	{ALERT_CERTIFICATE_REVOKED, "certificate_revoked"},
	{ALERT_CERTIFICATE_EXPIRED, "certificate_expired"},
	{ALERT_CERTIFICATE_UNKNOWN, "certificate_unknown"},
	{47, "illegal_parameter"},
	{ALERT_UNKNOWN_CA, "unknown_ca"},
	{ALERT_ACCESS_DENIED, "access_denied"},
	{50, "decode_error"},
	{ALERT_DECRYPT_ERROR, "decrypt_error"},
	{60, "export_restriction"},
	{ALERT_PROTOCOL_VERSION, "protocol_version"},
	{ALERT_INSUFFICIENT_SECURITY, "insufficient_security"},
	{80, "internal_error"},
	{86, "inappropriate_fallback"},
	{90, "user_canceled"},
	{100, "no_renegotiation"},
	{109, "missing_extension"},
	{110, "unsupported_extension"},
	{111, "certificate_unobtainable"},
	{ALERT_UNRECOGNIZED_NAME, "unrecognized_name"},
	{113, "bad_certificate_status_response"},
	{114, "bad_certificate_hash_value"},
	{115, "unknown_psk_identity"},
	{ALERT_CERTIFICATE_REQUIRED, "certificate_required"},
	{ALERT_NO_APPLICATION_PROTOCOL, "no_application_protocol"},
};

/* What a server says with these after it has seen our certificate. */
static const struct alert refusals[] = {
	{ALERT_HANDSHAKE_FAILURE, "it does not accept it"},
	{ALERT_BAD_CERTIFICATE, "it finds it bad"},
	{ALERT_UNSUPPORTED_CERTIFICATE, "it does not take its kind"},
	{ALERT_CERTIFICATE_REVOKED, "it is revoked there"},
	{ALERT_CERTIFICATE_EXPIRED, "by the server's clock it is not valid"},
	{ALERT_CERTIFICATE_UNKNOWN, "it is not known, or not active, there"},
	{ALERT_UNKNOWN_CA, "the server does not know the CA that signed it"},
	{ALERT_ACCESS_DENIED, "its holder has no access there"},
	{ALERT_DECRYPT_ERROR, "the signature by its key does not verify"},
};
/* clang-format on */

static const char *lookup(const struct alert *table, size_t n, int code)
{
	for (size_t i = 0; i < n; i++)
		if (table[i].code == code)
			return table[i].name;
	return NULL;
}

const char *tls_alert_name(int alert)
{
	const char *name =
		lookup(alerts, sizeof(alerts) / sizeof(*alerts), alert);

	return name != NULL ? name : "unknown alert";
}

static void about_hello(int alert, const struct tls_alert_view *view,
	char *text, unsigned long size)
{
	switch (alert) {
	case ALERT_HANDSHAKE_FAILURE:
	case ALERT_INSUFFICIENT_SECURITY:
		snprintf(text, size, "it takes nothing of what we offer: %s%s",
			view->offers,
			view->sni ? ""
				  : "; or it wants a server name, and sni is "
				    "0");
		break;
	case ALERT_PROTOCOL_VERSION:
		snprintf(text, size, "it speaks no version that we offer: %s",
			view->offers);
		break;
	case ALERT_ACCESS_DENIED:
		if (!view->sni)
			snprintf(text, size,
				"it may want a server name, and sni is 0");
		break;
	default:
		break;
	}
}

static void about_cert(int alert, const struct tls_alert_view *view, char *text,
	unsigned long size)
{
	const char *refusal =
		lookup(refusals, sizeof(refusals) / sizeof(*refusals), alert);

	if (refusal == NULL && alert != ALERT_CERTIFICATE_REQUIRED)
		return;
	if (view->cert_sent)
		snprintf(text, size, "it refuses our certificate %s: %s",
			view->cert, refusal != NULL ? refusal : "it wants one");
	else if (alert == ALERT_HANDSHAKE_FAILURE ||
		 alert == ALERT_BAD_CERTIFICATE ||
		 alert == ALERT_CERTIFICATE_REQUIRED)
		snprintf(text, size,
			"after our empty Certificate: it wants a client "
			"certificate, which seclevel 2 sends");
}

void tls_alert_meaning(int alert, const struct tls_alert_view *view, char *text,
	unsigned long size)
{
	text[0] = '\0';
	if (alert == ALERT_UNRECOGNIZED_NAME)
		snprintf(text, size,
			view->sni ? "it does not serve the name we sent"
				  : "it wants a server name, and sni is 0");
	else if (alert == ALERT_NO_APPLICATION_PROTOCOL)
		snprintf(
			text, size, "it does not have alpn \"%s\"", view->alpn);
	else if (view->hello)
		about_hello(alert, view, text, size);
	else if (view->cert_asked && !view->up)
		about_cert(alert, view, text, size);
}
