#include "tls_modem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "config.h"
#include "link.h"
#include "modem.h"

#define CODE "tls_modem"
/* EC21 hosts grant it to every file command [FILE §3]. */
#define FILE_MS 10000

/* The fork's names [CLIENT C.1]. */
static const char *const file_names[CONFIG_PEM_COUNT] = {
	"RAM:CA.pem", "RAM:cert.pem", "RAM:pkey.pem"};

static int check_upload(struct at_client *at, const struct pem *p,
	const char *file, struct reason *r)
{
	uint16_t want = config_qsum(p->data, p->len);
	const char *s = at->arg;
	long size;
	long sum;

	if (!at_field(&s, &size))
		size = -1;
	sum = strtol(s, NULL, 16);
	if (size == (long)p->len && sum == want)
		return 0;
	return reason_set(r, "file",
		"upload of %s damaged: sent %u bytes with checksum %x, the "
		"modem said %s",
		file, (unsigned)p->len, want, at->line);
}

/*
 * For the first seconds after boot the modem's file system is still loading
 * (cap [FILE §1]): an error there is retried.
 */
static int upload(struct at_client *at, const struct config *c,
	enum config_pem kind, struct reason *r)
{
	const struct board *b = at->board;
	const struct pem *p = &c->pem[kind];
	uint32_t start = b->now_ms(b->ctx);
	const char *file = file_names[kind];

	for (;;) {
		/* A name that exists is refused with 407. Absent: 418. */
		at_command(at, r, "file", FILE_MS, "AT+QFDEL=\"%s\"", file);
		at_send(at, "AT+QFUPL=\"%s\",%u,10", file, (unsigned)p->len);
		if (at_expect(at, r, "file", "CONNECT", FILE_MS) == 0)
			break;
		reason_add(r, ", uploading %s", file);
		if (!strstr(r->text, "ERROR: 419") ||
			b->now_ms(b->ctx) - start > FILE_MS)
			return -1;
		b->pause(b->ctx, 500);
	}
	at_send_data(
		at, (const uint8_t *)p->data, p->len, kind == CONFIG_PEM_KEY);
	if (at_expect(at, r, "file", "+QFUPL: *", 20000) != 0 ||
		check_upload(at, p, file, r) != 0)
		return -1;
	return at_expect(at, r, "file", "OK", 1000);
}

static int set(struct at_client *at, const struct config *c, struct reason *r,
	const char *key, const char *value)
{
	if (at_command(at, r, CODE, AT_LOCAL_MS, "AT+QSSLCFG=\"%s\",%ld,%s",
		    key, c->ctx, value) != 0) {
		reason_add(r, ", setting %s to %s", key, value);
		return -1;
	}
	return 0;
}

static int set_file(struct at_client *at, const struct config *c,
	struct reason *r, const char *key, enum config_pem kind)
{
	char quoted[32];

	snprintf(quoted, sizeof(quoted), "\"%s\"", file_names[kind]);
	return set(at, c, r, key, quoted);
}

static int configure(struct at_client *at, const struct config *c,
	const struct note *note, struct reason *r)
{
	struct reason ignored;
	char level[16];

	snprintf(level, sizeof(level), "%ld", c->seclevel);
	if (set(at, c, r, "sslversion", "3") != 0 ||
		set(at, c, r, "ciphersuite", "0XFFFF") != 0)
		return -1;
	if (c->seclevel >= 1 &&
		set_file(at, c, r, "cacert", CONFIG_PEM_CA) != 0)
		return -1;
	if (c->seclevel >= 2 &&
		(set_file(at, c, r, "clientcert", CONFIG_PEM_CERT) != 0 ||
			set_file(at, c, r, "clientkey", CONFIG_PEM_KEY) != 0))
		return -1;
	if (set(at, c, r, "seclevel", level) != 0 ||
		set(at, c, r, "ignorelocaltime", c->dates ? "0" : "1") != 0)
		return -1;
	/* 2015 to 2017 firmware has no such key [SSL §2.2]. */
	if (set(at, c, &ignored, "sni", c->sni ? "1" : "0") != 0 && c->sni)
		note_say(note, "this modem knows no sni: none will be sent");
	return 0;
}

int tls_modem_open(struct link *l, const struct tls_request *q,
	const struct note *note, struct reason *r)
{
	/* seclevel 1 needs the CA, 2 all three [SSL §2.3]. */
	static const long needed_from[CONFIG_PEM_COUNT] = {1, 2, 2};
	const struct config *c = q->config;
	char command[CONFIG_HOST_MAX + 64];

	tls_note_clock(q, note);
	for (int i = 0; i < CONFIG_PEM_COUNT; i++) {
		if (c->seclevel < needed_from[i])
			continue;
		if (upload(l->at, c, (enum config_pem)i, r) != 0)
			return -1;
		note_say(note, "uploaded %s, %u bytes, checksum %x",
			file_names[i], (unsigned)c->pem[i].len,
			config_qsum(c->pem[i].data, c->pem[i].len));
	}
	if (configure(l->at, c, note, r) != 0)
		return -1;
	snprintf(command, sizeof(command), "AT+QSSLOPEN=%d,%ld,%d,\"%s\",%ld,0",
		MODEM_PDP, c->ctx, l->id, c->host, c->port);
	if (link_open(l, command, r) == 0)
		return 0;
	/* kin [SSL §3]: one number for every cause. */
	if (l->result == 566)
		reason_add(r,
			"; the modem gives this one number for a refused "
			"connection and for every handshake or certificate "
			"failure");
	if (l->result == 566 && c->dates)
		reason_add(r, "; its clock says %s", q->clock_text);
	return -1;
}
