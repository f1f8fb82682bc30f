#include "hil/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Bytes of `-----BEGIN X-----` and `-----END X-----`. */
static long frame(const char *label)
{
	return 30 + 2 * (long)strlen(label);
}

/* Files that logs show again and again, by the module's own numbers. */
static const struct {
	long size;
	unsigned sum; /* of +QFUPL; 0: any */
	unsigned shapes;
	const char *what;
} known_files[] = {
	/* cap [FILE §4.4]; 1189 kin (BG95) */
	{1188, 0x2d13, SHAPE_LF, "Amazon Root CA 1 with LF line ends"},
	{1189, 0x2d13, SHAPE_NUL,
		"Amazon Root CA 1 with a NUL behind it (1188 bytes without)"},
	{1187, 0x2d19, SHAPE_LF, "Amazon Root CA 1 without its last LF"},
	{1939, 0x4f64, SHAPE_LF, "ISRG Root X1 with LF line ends"},
	/* inf [CLIENT C.6]: the article's sketch, counted */
	{1705, 0, SHAPE_NONE,
		"the VeriSign Class 3 G5 root without its line breaks (1732 "
		"bytes with them)"},
};

unsigned pem_shapes(long size, bool key)
{
	static const char *const labels[] = {
		"CERTIFICATE", "RSA PRIVATE KEY", "EC PRIVATE KEY"};
	unsigned shapes = 0;

	for (size_t l = key ? 1 : 0; l < (key ? 3U : 1U); l++) {
		long room = size - frame(labels[l]);

		/* base64 is a multiple of 4, 64 in a line */
		for (long b = 4; b <= room; b += 4) {
			long lines = (b + 63) / 64, rest = room - b;

			if (rest == lines + 1 || rest == lines + 2)
				shapes |= SHAPE_LF;
			if (rest == 2 * lines + 2 || rest == 2 * lines + 4)
				shapes |= SHAPE_CRLF;
			if (rest <= 1)
				shapes |= SHAPE_NONE;
			if (rest == lines + 3)
				shapes |= SHAPE_NUL;
		}
	}
	return shapes;
}

/* ---- values ---- */

/* The last value of a key of this context, before exchange `open`. */
static size_t last_value(const struct dialogue *d, size_t open, const char *ctx,
	const char *key, char *value, size_t size)
{
	char args[64];
	size_t i;

	snprintf(args, sizeof(args), "\"%s\",%s,", key, ctx);
	i = dialogue_last(d, open, "+QSSLCFG", args);
	value[0] = '\0';
	if (i != NO_EXCHANGE && d->exchanges[i].final != FINAL_ERROR)
		command_arg(d->exchanges[i].command, 2, value, size);
	return i;
}

/* ---- files ---- */

/* `UFS:x` and `x` are one file. */
static const char *plain_name(const char *name)
{
	return strncmp(name, "UFS:", 4) == 0 ? name + 4 : name;
}

static unsigned shapes_of_text(const struct log_line *line, size_t n)
{
	for (; n > 0; line++, n--) {
		const char *begin = strstr(line->text, "-----BEGIN "), *end;
		const char *breaks = strstr(line->text, "breaks=");

		if (line->masked && breaks != NULL)
			return strncmp(breaks + 7, "none", 4) == 0 ? SHAPE_NONE
			       : strncmp(breaks + 7, "crlf", 4) == 0
				       ? SHAPE_CRLF
			       : strncmp(breaks + 7, "lf", 2) == 0 ? SHAPE_LF
								   : 0;
		if (begin == NULL)
			continue;
		end = strstr(begin + 11, "-----");
		if (end != NULL && end[5] != '\0')
			return SHAPE_NONE;
		return line->end == LOG_END_CRLF ? SHAPE_CRLF : SHAPE_LF;
	}
	return 0;
}

static void read_upload(
	const struct dialogue *d, struct file_fact *file, bool key)
{
	const struct exchange *x = &d->exchanges[file->upload];
	char value[24];
	unsigned sum = 0;

	if (command_arg(x->command, 1, value, sizeof(value)))
		file->announced = strtol(value, NULL, 10);
	for (size_t i = 0; i < x->n_info; i++) {
		const char *s = d->infos[x->first_info + i].text, *comma;

		if (strncmp(s, "+QFUPL: ", 8) != 0)
			continue;
		file->size = strtol(s + 8, NULL, 10);
		comma = strchr(s, ',');
		sum = comma != NULL ? (unsigned)strtoul(comma + 1, NULL, 16)
				    : 0;
	}
	if (x->final != FINAL_OK && x->code != 407) {
		file->absent = true;
		file->absent_line = x->line;
	}
	file->shapes =
		shapes_of_text(d->log->lines + x->payload.first, x->payload.n);
	file->shapes_known = file->shapes != 0;
	for (size_t i = 0; i < sizeof(known_files) / sizeof(*known_files); i++)
		if (file->size == known_files[i].size &&
			(known_files[i].sum == 0 ||
				known_files[i].sum == sum)) {
			file->known = known_files[i].what;
			file->shapes = known_files[i].shapes;
			file->shapes_known = true;
		}
	if (file->shapes == 0 && file->size > 0)
		file->shapes = pem_shapes(file->size, key);
}

/* Did a list of all files lack it? */
static void look_in_lists(
	const struct dialogue *d, size_t open, struct file_fact *file)
{
	bool ram = strncmp(file->name, "RAM:", 4) == 0;

	for (size_t i = 0; i < open; i++) {
		const struct exchange *x = &d->exchanges[i];
		char what[96] = "*";
		bool there = false;

		if (strcmp(d->names[i], "+QFLST") != 0 || x->final != FINAL_OK)
			continue;
		command_arg(x->command, 0, what, sizeof(what));
		if (strcmp(what, ram ? "RAM:*" : "*") != 0)
			continue;
		for (size_t k = 0; k < x->n_info; k++)
			there = there ||
				strstr(d->infos[x->first_info + k].text,
					plain_name(file->name)) != NULL;
		file->absent = !there;
		file->absent_line = x->line;
	}
}

static void read_file(const struct dialogue *d, size_t open,
	struct tls_facts *t, enum tls_file which)
{
	static const char *const keys[] = {"cacert", "clientcert", "clientkey"};
	struct file_fact *file = &t->file[which];
	long level = strtol(t->seclevel, NULL, 10);
	char name[96];

	file->upload = NO_EXCHANGE;
	last_value(
		d, open, t->ctx, keys[which], file->name, sizeof(file->name));
	file->used = which == TLS_CA ? level >= 1 : level == 2;
	if (file->name[0] == '\0')
		return;
	look_in_lists(d, open, file);
	for (size_t i = open; i-- > 0;) {
		const struct exchange *x = &d->exchanges[i];

		if (!dialogue_is(d, i, "+QFUPL") || x->code == 407 ||
			!command_arg(x->command, 0, name, sizeof(name)) ||
			strcmp(plain_name(name), plain_name(file->name)) != 0)
			continue;
		file->upload = i;
		file->absent = false;
		read_upload(d, file, which == TLS_KEY);
		return;
	}
}

/* ---- the connection ---- */

/* The TLS context a command uses; false: it is plain, or no connection. */
static bool find_context(
	const struct dialogue *d, size_t open, struct tls_facts *t)
{
	const char *command = d->exchanges[open].command;
	size_t i;

	if (dialogue_is(d, open, "+QSSLOPEN")) {
		command_arg(command, 3, t->host, sizeof(t->host));
		command_arg(command, 4, t->port, sizeof(t->port));
		return command_arg(command, 1, t->ctx, sizeof(t->ctx));
	}
	if (dialogue_is(d, open, "+QMTOPEN")) {
		command_arg(command, 1, t->host, sizeof(t->host));
		command_arg(command, 2, t->port, sizeof(t->port));
		i = dialogue_last(d, open, "+QMTCFG", "\"ssl\",");
		return i != NO_EXCHANGE && command_arg(d->exchanges[i].command,
						   3, t->ctx, sizeof(t->ctx));
	}
	if (strncmp(d->names[open], "+QHTTPGET", 9) != 0 &&
		strncmp(d->names[open], "+QHTTPPOST", 10) != 0)
		return false;
	i = dialogue_last(d, open, "+QHTTPCFG", "\"sslctxid\",");
	return i != NO_EXCHANGE &&
	       command_arg(d->exchanges[i].command, 1, t->ctx, sizeof(t->ctx));
}

/* A later open of the same kind that worked, and what made it work. */
static void look_later(
	const struct dialogue *d, size_t open, struct tls_facts *t)
{
	char host[260], id[8], want[40];

	if (!dialogue_is(d, open, "+QSSLOPEN"))
		return;
	for (size_t k = 0; k < d->n_infos; k++) {
		const struct info *info = &d->infos[k];
		size_t i = info->exchange;
		char sni[8];

		if (i == NO_EXCHANGE || i <= open ||
			!dialogue_is(d, i, "+QSSLOPEN") ||
			!command_arg(
				d->exchanges[i].command, 2, id, sizeof(id)) ||
			!command_arg(d->exchanges[i].command, 3, host,
				sizeof(host)) ||
			strcmp(host, t->host) != 0)
			continue;
		snprintf(want, sizeof(want), "+QSSLOPEN: %s,0", id);
		if (strcmp(info->text, want) != 0)
			continue;
		last_value(d, i, t->ctx, "sni", sni, sizeof(sni));
		t->opened_later = info->line;
		t->sni_later = strcmp(sni, "1") == 0;
		return;
	}
}

void tls_facts_read(struct tls_facts *t, const struct dialogue *d, size_t open)
{
	*t = (struct tls_facts){.tls = false};
	for (size_t i = 0; i < TLS_FILES; i++)
		t->file[i].upload = NO_EXCHANGE;
	if (open == NO_EXCHANGE)
		return;
	t->tls = find_context(d, open, t);
	if (!t->tls)
		return;
	last_value(
		d, open, t->ctx, "sslversion", t->version, sizeof(t->version));
	last_value(d, open, t->ctx, "ciphersuite", t->suite, sizeof(t->suite));
	last_value(
		d, open, t->ctx, "seclevel", t->seclevel, sizeof(t->seclevel));
	last_value(d, open, t->ctx, "ignorelocaltime", t->localtime,
		sizeof(t->localtime));
	last_value(d, open, t->ctx, "sni", t->sni, sizeof(t->sni));
	read_file(d, open, t, TLS_CA);
	read_file(d, open, t, TLS_CERT);
	read_file(d, open, t, TLS_KEY);
	look_later(d, open, t);
}
