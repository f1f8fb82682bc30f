#include "hil/explain_holds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What speaks for the causes of a TLS connection that does not come up. */

static const char *const file_names[] = {
	"the CA file", "the certificate", "the key"};

/* A result that stands for any failure of TLS [SSL §3, §12]. */
static bool is_tls_failure(const struct matter *m)
{
	const struct finding *f = m->f;

	if (!m->tls.tls)
		return false;
	if (f->type == FINDING_RESULT)
		return (f->family == CODE_NET && f->code == 566) ||
		       (f->family == CODE_MQTT && f->code == -1) ||
		       (f->family == CODE_HTTP && f->code == 701);
	return f->type == FINDING_FINAL && f->code == 701;
}

/* That, or QSSLOPEN's ERROR, behind which the fork's author was. */
static bool is_open_failure(const struct matter *m)
{
	return is_tls_failure(m) ||
	       (m->tls.tls && m->f->type == FINDING_FINAL &&
		       strcmp(m->f->name, "+QSSLOPEN") == 0 &&
		       m->x->final == FINAL_ERROR);
}

static long seclevel(const struct matter *m)
{
	return strtol(m->tls.seclevel, NULL, 10);
}

static bool is_name(const char *host)
{
	return host[strspn(host, "0123456789.")] != '\0';
}

enum score holds_pem_no_breaks(const struct matter *m, struct buf *because)
{
	enum score best = SCORE_NO;

	if (!is_open_failure(m))
		return SCORE_NO;
	for (int i = 0; i < TLS_FILES; i++) {
		const struct file_fact *f = &m->tls.file[i];
		enum score score = SCORE_POSSIBLE;

		if (!f->used || f->name[0] == '\0')
			continue;
		if (f->shapes != 0 && !(f->shapes & SHAPE_NONE))
			continue;
		if (f->shapes == SHAPE_NONE && f->shapes_known)
			score = SCORE_SHOWN;
		else if ((f->shapes & ~SHAPE_NUL) == SHAPE_NONE)
			score = SCORE_LIKELY;
		if (score <= best)
			continue;
		best = score;
		if (score == SCORE_POSSIBLE)
			continue;
		buf_reset(because);
		buf_printf(because, "line %u: %s %s ",
			m->d->exchanges[f->upload].line, file_names[i],
			f->name);
		if (f->known != NULL)
			buf_printf(because, "has %ld bytes, which is %s",
				f->size, f->known);
		else if (score == SCORE_SHOWN)
			buf_adds(because,
				"goes on behind BEGIN in the same line");
		else
			buf_printf(because,
				"has %ld bytes: one PEM block with a break "
				"after each 64 characters cannot have that, "
				"one without can",
				f->size);
	}
	return best;
}

enum score holds_nul_too_many(const struct matter *m, struct buf *because)
{
	if (!is_open_failure(m))
		return SCORE_NO;
	for (int i = 0; i < TLS_FILES; i++) {
		const struct file_fact *f = &m->tls.file[i];

		if (!f->used || !(f->shapes & SHAPE_NUL) ||
			(f->shapes & (SHAPE_LF | SHAPE_CRLF)))
			continue;
		buf_printf(because, "line %u: %s has %ld bytes",
			m->d->exchanges[f->upload].line, f->name, f->size);
		if (f->known != NULL)
			buf_printf(because, ", which is %s", f->known);
		return f->known != NULL ? SCORE_SHOWN : SCORE_POSSIBLE;
	}
	return SCORE_NO;
}

enum score holds_upload_damaged(const struct matter *m, struct buf *because)
{
	bool any = false;

	if (!is_open_failure(m))
		return SCORE_NO;
	for (int i = 0; i < TLS_FILES; i++) {
		const struct file_fact *f = &m->tls.file[i];
		const struct exchange *x;

		if (!f->used || f->upload == NO_EXCHANGE)
			continue;
		any = true;
		x = &m->d->exchanges[f->upload];
		if (x->payload.commands > 0)
			buf_printf(because,
				"line %u: %zu commands were sent as data of %s",
				x->line, x->payload.commands, f->name);
		else if (f->size != f->announced && f->size > 0)
			buf_printf(because,
				"line %u: %s has %ld bytes, %ld were announced",
				x->line, f->name, f->size, f->announced);
		else if (x->final != FINAL_OK)
			buf_printf(because,
				"line %u: the upload of %s did not end with OK",
				x->line, f->name);
		else if (f->size > 0 && f->shapes == 0)
			buf_printf(because,
				"line %u: %s has %ld bytes, which no single "
				"PEM block has",
				x->line, f->name, f->size);
		else
			continue;
		return f->shapes == 0 && f->size == f->announced &&
				       x->payload.commands == 0
			       ? SCORE_LIKELY
			       : SCORE_SHOWN;
	}
	return any ? SCORE_POSSIBLE : SCORE_NO;
}

enum score holds_sni_off(const struct matter *m, struct buf *because)
{
	const struct tls_facts *t = &m->tls;

	if (!is_tls_failure(m) || strcmp(t->sni, "1") == 0 ||
		(t->host[0] != '\0' && !is_name(t->host)))
		return SCORE_NO;
	if (t->opened_later != 0 && t->sni_later) {
		buf_printf(because,
			"line %u: the same open works once \"sni\" is 1",
			t->opened_later);
		return SCORE_SHOWN;
	}
	if (strstr(t->host, "amazonaws.com") != NULL) {
		buf_adds(because, "the log never sets \"sni\", its default is "
				  "0, and AWS IoT has asked for a server name "
				  "since 2020");
		return SCORE_LIKELY;
	}
	buf_adds(because, "the log never sets \"sni\" to 1, and its default "
			  "is 0");
	return SCORE_POSSIBLE;
}

enum score holds_rc4_pinned(const struct matter *m, struct buf *because)
{
	static const char *const rc4[] = {
		"0X0005", "0X0004", "0XC002", "0XC007", "0XC00C", "0XC011"};

	if (!is_tls_failure(m))
		return SCORE_NO;
	for (size_t i = 0; i < sizeof(rc4) / sizeof(*rc4); i++)
		if (strcasecmp(m->tls.suite, rc4[i]) == 0) {
			buf_printf(
				because, "\"ciphersuite\" is %s", m->tls.suite);
			return SCORE_LIKELY;
		}
	return SCORE_NO;
}

enum score holds_version_old(const struct matter *m, struct buf *because)
{
	static const char *const names[] = {"SSL 3.0", "TLS 1.0", "TLS 1.1"};
	const char *v = m->tls.version;

	if (!is_tls_failure(m))
		return SCORE_NO;
	if (v[0] < '0' || v[0] > '2' || v[1] != '\0')
		return SCORE_POSSIBLE;
	buf_printf(because, "\"sslversion\" is %s, %s alone", v,
		names[v[0] - '0']);
	return SCORE_LIKELY;
}

enum score holds_suite_pinned(const struct matter *m, struct buf *because)
{
	if (!is_tls_failure(m) || m->tls.suite[0] == '\0' ||
		strcasecmp(m->tls.suite, "0XFFFF") == 0)
		return SCORE_NO;
	buf_printf(because, "\"ciphersuite\" is %s alone", m->tls.suite);
	return SCORE_POSSIBLE;
}

/* Year of the last +CCLK before the open, or -1. */
static int clock_year(const struct matter *m, unsigned *line)
{
	int year = -1;

	for (size_t i = 0; i < m->d->n_infos; i++) {
		const struct info *info = &m->d->infos[i];

		if (info->line > m->f->line ||
			strncmp(info->text, "+CCLK: \"", 8) != 0)
			continue;
		year = (int)strtol(info->text + 8, NULL, 10);
		*line = info->line;
	}
	return year;
}

enum score holds_clock_unset(const struct matter *m, struct buf *because)
{
	unsigned line = 0;
	int year;

	if (!is_tls_failure(m) || strcmp(m->tls.localtime, "0") != 0 ||
		seclevel(m) < 1)
		return SCORE_NO;
	year = clock_year(m, &line);
	if (year >= 80) {
		buf_printf(because,
			"line %u: the clock says 19%02d, and "
			"\"ignorelocaltime\" is 0",
			line, year);
		return SCORE_SHOWN;
	}
	buf_adds(because, "\"ignorelocaltime\" is 0, so the clock decides");
	return year >= 0 ? SCORE_POSSIBLE : SCORE_LIKELY;
}

static bool began_at_start(const struct dialogue *d)
{
	for (size_t i = 0; i < d->n_infos; i++)
		if (strcmp(d->infos[i].text, "RDY") == 0)
			return true;
	return false;
}

enum score holds_ca_missing(const struct matter *m, struct buf *because)
{
	const struct file_fact *ca = &m->tls.file[TLS_CA];

	if (!is_open_failure(m) || seclevel(m) < 1)
		return SCORE_NO;
	if (ca->name[0] == '\0') {
		buf_printf(because,
			"\"seclevel\" is %s, and the log sets no \"cacert\" "
			"for context %s",
			m->tls.seclevel, m->tls.ctx);
		return SCORE_LIKELY;
	}
	if (ca->absent) {
		buf_printf(because, "line %u: there is no %s", ca->absent_line,
			ca->name);
		return SCORE_SHOWN;
	}
	if (ca->upload != NO_EXCHANGE)
		return SCORE_NO;
	buf_printf(because, "the log shows no upload of %s", ca->name);
	/* A log that begins in the middle shows no upload anyway. */
	return strncmp(ca->name, "RAM:", 4) == 0 && began_at_start(m->d)
		       ? SCORE_LIKELY
		       : SCORE_POSSIBLE;
}

enum score holds_client_cert_wanted(const struct matter *m, struct buf *because)
{
	const struct tls_facts *t = &m->tls;

	if (!is_tls_failure(m))
		return SCORE_NO;
	if (seclevel(m) == 2 && t->file[TLS_CERT].name[0] != '\0' &&
		t->file[TLS_KEY].name[0] != '\0')
		return SCORE_NO;
	buf_printf(because,
		seclevel(m) == 2
			? "\"seclevel\" is 2, but not both \"clientcert\" and "
			  "\"clientkey\" are set"
			: "\"seclevel\" is %s: no certificate is presented",
		t->seclevel[0] ? t->seclevel : "0 (not set)");
	return strstr(t->host, "amazonaws.com") != NULL ? SCORE_LIKELY
							: SCORE_POSSIBLE;
}

/* What a log of this kind cannot tell: the server or the files decide. */
enum score holds_tls_anything(const struct matter *m, struct buf *because)
{
	(void)because;
	return is_tls_failure(m) ? SCORE_POSSIBLE : SCORE_NO;
}

enum score holds_server_judged(const struct matter *m, struct buf *because)
{
	(void)because;
	return is_tls_failure(m) && seclevel(m) >= 1 ? SCORE_POSSIBLE
						     : SCORE_NO;
}

enum score holds_client_judged(const struct matter *m, struct buf *because)
{
	(void)because;
	return is_tls_failure(m) && seclevel(m) == 2 &&
			       m->tls.file[TLS_CERT].name[0] != '\0'
		       ? SCORE_POSSIBLE
		       : SCORE_NO;
}

/* ---- QSSLOPEN's ERROR ---- */

static bool is_open_refused(const struct matter *m)
{
	return m->f->type == FINDING_FINAL && m->x != NULL &&
	       m->x->final == FINAL_ERROR &&
	       strcmp(m->f->name, "+QSSLOPEN") == 0;
}

enum score holds_access_mode(const struct matter *m, struct buf *because)
{
	char mode[8];

	if (!is_open_refused(m) ||
		command_arg(m->x->command, 5, mode, sizeof(mode)))
		return SCORE_NO;
	buf_adds(because, "the command has no access mode");
	return SCORE_POSSIBLE;
}

enum score holds_host_too_long(const struct matter *m, struct buf *because)
{
	size_t len = strlen(m->tls.host);

	if (!is_open_refused(m) || len <= 37)
		return SCORE_NO;
	buf_printf(because, "the host has %zu characters", len);
	return SCORE_POSSIBLE;
}

/* ---- QSSLCFG ---- */

static bool is_config_refused(const struct matter *m)
{
	return m->f->type == FINDING_FINAL && m->x != NULL &&
	       m->x->final == FINAL_ERROR &&
	       strcmp(m->f->name, "+QSSLCFG") == 0;
}

static bool key_is(const struct matter *m, const char *const *keys)
{
	char key[40];

	if (!command_arg(m->x->command, 0, key, sizeof(key)))
		return false;
	for (; *keys != NULL; keys++)
		if (strcasecmp(key, *keys) == 0)
			return true;
	return false;
}

enum score holds_number_quoted(const struct matter *m, struct buf *because)
{
	static const char *const keys[] = {"sslversion", "ciphersuite",
		"seclevel", "ignorelocaltime", "negotiatetime", "sni", NULL};

	if (!is_config_refused(m) || !key_is(m, keys) ||
		!command_arg_quoted(m->x->command, 2))
		return SCORE_NO;
	buf_printf(because, "line %u: the value stands in quotes", m->x->line);
	return SCORE_SHOWN;
}

enum score holds_key_newer(const struct matter *m, struct buf *because)
{
	static const char *const keys[] = {"sni", "alpn", "psk",
		"session_cache", "closetimemode", "dtls", "dtlsversion",
		"cacertex", "renegotiation", "ignoremulticertchainverify",
		"ignoreinvalidcertsign", "ignorecertitem", "ignoreprivkey",
		NULL};

	(void)because;
	return is_config_refused(m) && key_is(m, keys) ? SCORE_LIKELY
						       : SCORE_NO;
}

enum score holds_key_elsewhere(const struct matter *m, struct buf *because)
{
	static const char *const keys[] = {"checkhost", "session", NULL};

	(void)because;
	return is_config_refused(m) && key_is(m, keys) ? SCORE_SHOWN : SCORE_NO;
}

enum score holds_query_not_set(const struct matter *m, struct buf *because)
{
	if (m->f->type != FINDING_TRAP || m->x->payload.commands > 0)
		return SCORE_NO;
	buf_printf(because,
		"line %u: it has two arguments, and was answered "
		"with the value",
		m->x->line);
	return SCORE_SHOWN;
}

/* ---- the firmware's own words ---- */

enum score holds_every_flag(const struct matter *m, struct buf *because)
{
	if (m->f->type != FINDING_CLIENT || m->f->code != NO_CODE ||
		m->f->times < 6)
		return SCORE_NO;
	buf_printf(because,
		"%u complaints, some of which exclude each other (expired, "
		"and valid only in the future): no certificate was judged",
		m->f->times);
	return SCORE_SHOWN;
}

enum score holds_some_flags(const struct matter *m, struct buf *because)
{
	(void)because;
	return m->f->type == FINDING_CLIENT && m->f->code == NO_CODE &&
			       m->f->times < 6
		       ? SCORE_LIKELY
		       : SCORE_NO;
}

static enum score says_number(const struct matter *m, int number)
{
	return m->f->type == FINDING_CLIENT && m->f->code == number
		       ? SCORE_SHOWN
		       : SCORE_NO;
}

enum score holds_sha1_left_out(const struct matter *m, struct buf *because)
{
	(void)because;
	return says_number(m, -0x262e);
}

enum score holds_pem_unreadable(const struct matter *m, struct buf *because)
{
	(void)because;
	return says_number(m, -0x2780);
}

enum score holds_verify_failed(const struct matter *m, struct buf *because)
{
	(void)because;
	return says_number(m, -0x2700);
}

enum score holds_no_handshake(const struct matter *m, struct buf *because)
{
	(void)because;
	return says_number(m, -0x7100);
}

static bool is_fork_line(const struct matter *m, int low, int high)
{
	return m->f->type == FINDING_CLIENT && m->f->code >= low &&
	       m->f->code <= high;
}

enum score holds_fork_no_result(const struct matter *m, struct buf *because)
{
	(void)because;
	return is_fork_line(m, 765, 765) ? SCORE_LIKELY : SCORE_NO;
}

enum score holds_fork_no_ok(const struct matter *m, struct buf *because)
{
	(void)because;
	return is_fork_line(m, 762, 762) ? SCORE_LIKELY : SCORE_NO;
}

enum score holds_fork_config(const struct matter *m, struct buf *because)
{
	(void)because;
	return is_fork_line(m, 703, 738) ? SCORE_LIKELY : SCORE_NO;
}

enum score holds_fork_upload(const struct matter *m, struct buf *because)
{
	(void)because;
	return is_fork_line(m, 1029, 1045) ? SCORE_LIKELY : SCORE_NO;
}
