#include "hil/explain_trial.h"

#include <stdio.h>
#include <string.h>

/*
 * One case for each cause that is left. All do what the log's host did, but
 * for the one thing that cures the cause; the case that passes on a board
 * names it.
 */

/* What a case changes; NULL: as the log has it. */
static const struct cure {
	const char *rule;
	const char *name;
	const char *level, *sni, *suite, *breaks, *ignore, *pair, *tcp;
	const char *says;
} cures[] = {
	{"pem-no-breaks", "files-anew", NULL, NULL, NULL, "lf", NULL, NULL,
		NULL, "the files, with LF line ends"},
	{"upload-damaged", "files-anew", NULL, NULL, NULL, "lf", NULL, NULL,
		NULL, "the files, with LF line ends"},
	{"ca-missing", "files-anew", NULL, NULL, NULL, "lf", NULL, NULL, NULL,
		"the files, with LF line ends"},
	{"sni-off", "sni-on", NULL, "1", NULL, NULL, NULL, NULL, NULL,
		"a server name is sent"},
	{"client-cert-wanted", "client-cert", "2", NULL, NULL, NULL, NULL, NULL,
		NULL, "the client certificate is presented"},
	{"chain-not-linked", "server-not-judged", "0", NULL, NULL, NULL, NULL,
		NULL, NULL,
		"the server is not judged (nor a client certificate sent): if "
		"it passes, compare the server's chain and name with the CA "
		"file"},
	{"wrong-name", "server-not-judged", "0", NULL, NULL, NULL, NULL, NULL,
		NULL, "the server is not judged"},
	{"clock-unset", "dates-ignored", NULL, NULL, NULL, NULL, "1", NULL,
		NULL, "certificates' dates are not judged"},
	{"ecdsa-server", "rsa-suite", NULL, NULL, "0X0035", NULL, NULL, NULL,
		NULL, "one RSA suite is offered"},
	{"key-mismatch", "other-pair", NULL, NULL, NULL, NULL, NULL, "2", NULL,
		"another certificate with its key: --set cert2=FILE --set "
		"key2=FILE"},
	{"client-cert-refused", "other-pair", NULL, NULL, NULL, NULL, NULL, "2",
		NULL, "another certificate with its key"},
	{"tcp-refused", "tcp-refused", NULL, NULL, NULL, NULL, NULL, NULL, "1",
		"TCP alone is refused too: this case passes if it is"},
};

#define N_CURES (sizeof(cures) / sizeof(*cures))

static const char *value(
	const char *cured, const char *logged, const char *standard)
{
	return cured != NULL ? cured : logged[0] ? logged : standard;
}

static void write_case(FILE *f, const struct cure *c, const struct tls_facts *t)
{
	fprintf(f,
		"# case: name=%s level=%s sni=%s suite=%s breaks=%s ignore=%s "
		"pair=%s tcp=%s\n",
		c->name, value(c->level, t->seclevel, "0"),
		value(c->sni, t->sni, "0"), value(c->suite, t->suite, "0XFFFF"),
		value(c->breaks, "", "keep"),
		value(c->ignore, t->localtime, "1"), value(c->pair, "", "1"),
		value(c->tcp, "", "0"));
}

/* Cases of survivors, each name once. */
static void write_cases(FILE *f, const struct trials *t,
	const struct tls_facts *facts, bool comments)
{
	bool written[N_CURES] = {false};

	for (size_t i = 0; i < t->n; i++) {
		const char *rule = t->list[i].rule;

		if (t->list[i].outcome != TRIAL_REPRODUCES || rule == NULL)
			continue;
		for (size_t c = 0; c < N_CURES; c++) {
			bool twice = false;

			if (strcmp(cures[c].rule, rule) != 0)
				continue;
			for (size_t k = 0; k < N_CURES; k++)
				twice = twice ||
					(written[k] &&
						strcmp(cures[k].name,
							cures[c].name) == 0);
			written[c] = true;
			if (!twice && comments)
				fprintf(f, "#   %s - %s\n", cures[c].name,
					cures[c].says);
			else if (!twice)
				write_case(f, &cures[c], facts);
		}
	}
}

static void write_upload(
	FILE *f, const char *name, const char *file, const char *condition)
{
	fprintf(f,
		"       - AT>  %sAT+QFDEL=\"%s\"\\r\n"
		"       - AT<  %s\\r\\n{any}\\r\\n\n"
		"       - AT>  %sAT+QFUPL=\"%s\",{size:%s "
		"breaks={$breaks}}\\r\n"
		"       - AT<  %s\\r\\nCONNECT\\r\\n\n"
		"       - AT>  %s@file %s breaks={$breaks}\n"
		"       - AT<  %s[20s] +QFUPL: "
		"{int},{hex}\\r\\n\\r\\nOK\\r\\n\n",
		condition, name, condition, condition, name, file, condition,
		condition, file, condition);
}

static void write_setting(FILE *f, const char *condition, const char *key,
	const char *ctx, const char *text)
{
	fprintf(f,
		"       - AT>  %sAT+QSSLCFG=\"%s\",%s,%s\\r\n"
		"       - AT<  %s\\r\\nOK\\r\\n\n",
		condition, key, ctx, text, condition);
}

static void write_settings(FILE *f, const struct tls_facts *t)
{
	static const char *const keys[] = {"cacert", "clientcert", "clientkey"};
	char quoted[100];

	if (t->version[0] != '\0')
		write_setting(f, "", "sslversion", t->ctx, t->version);
	write_setting(f, "", "ciphersuite", t->ctx, "{$suite}");
	write_setting(f, "", "seclevel", t->ctx, "{$level}");
	write_setting(f, "", "ignorelocaltime", t->ctx, "{$ignore}");
	/* Firmware of 2017 may not know the key. */
	write_setting(f, "[if sni=1] ", "sni", t->ctx, "{$sni}");
	for (int i = 0; i < TLS_FILES; i++) {
		if (t->file[i].name[0] == '\0')
			continue;
		snprintf(quoted, sizeof(quoted), "\"%s\"", t->file[i].name);
		write_setting(f, "", keys[i], t->ctx, quoted);
	}
}

static void write_steps(FILE *f, const struct tls_facts *t)
{
	const struct file_fact *file = t->file;

	fputs("       - AT>  ATE0\\r\n"
	      "       - AT<  {skip}OK\\r\\n\n"
	      "       - AT>  AT+QICSGP=1,1,\"{$apn}\"\\r\n"
	      "       - AT<  \\r\\n{any}\\r\\n\n"
	      "       - AT>  AT+QIDEACT=1\\r\n"
	      "       - AT<  [40s] \\r\\nOK\\r\\n\n"
	      "       - AT>  AT+QIACT=1\\r\n"
	      "       - AT<  [150s] \\r\\nOK\\r\\n\n",
		f);
	if (file[TLS_CA].name[0] != '\0')
		write_upload(f, file[TLS_CA].name, "{$ca}", "");
	if (file[TLS_CERT].name[0] != '\0') {
		write_upload(f, file[TLS_CERT].name, "{$cert}", "[if pair=1] ");
		write_upload(
			f, file[TLS_CERT].name, "{$cert2}", "[if pair=2] ");
	}
	if (file[TLS_KEY].name[0] != '\0') {
		write_upload(f, file[TLS_KEY].name, "{$key}", "[if pair=1] ");
		write_upload(f, file[TLS_KEY].name, "{$key2}", "[if pair=2] ");
	}
	write_settings(f, t);
	fprintf(f,
		"       - AT>  [if tcp=1] AT+QIOPEN=1,1,\"TCP\",\"{$host}\","
		"{$port}\\r\n"
		"       - AT<  [if tcp=1] [150s] \\r\\nOK\\r\\n\n"
		"       - AT<  [if tcp=1] [150s] \\r\\n+QIOPEN: 1,566\\r\\n\n"
		"       - AT>  [if tcp=0] AT+QSSLOPEN=1,%s,0,\"{$host}\","
		"{$port}\\r\n"
		"       - AT<  [if tcp=0] [150s] \\r\\nOK\\r\\n\n"
		"       - AT<  [if tcp=0] [450s] \\r\\n+QSSLOPEN: 0,0\\r\\n\n"
		"       - AT>  [if tcp=0] AT+QSSLCLOSE=0\\r\n"
		"       - AT<  [if tcp=0] [20s] \\r\\nOK\\r\\n\n",
		t->ctx);
}

static bool survives(const struct trials *t, const char *rule)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->list[i].outcome == TRIAL_REPRODUCES &&
			t->list[i].rule != NULL &&
			strcmp(t->list[i].rule, rule) == 0)
			return true;
	return false;
}

static void name_file(struct file_fact *file, const char *name)
{
	if (file->name[0] == '\0')
		snprintf(file->name, sizeof(file->name), "%s", name);
}

bool trials_can_split(const struct trials *t, const struct explanation *list)
{
	for (size_t i = 0; i < N_CURES; i++)
		if (survives(t, cures[i].rule))
			return list[t->about].matter.tls.tls;
	return false;
}

bool trials_write_split(const struct trials *t, const struct explanation *list,
	const char *path)
{
	struct tls_facts facts = list[t->about].matter.tls;
	FILE *f;

	if (survives(t, "client-cert-wanted")) {
		/* The log has none to present. */
		name_file(&facts.file[TLS_CERT], "RAM:cert.pem");
		name_file(&facts.file[TLS_KEY], "RAM:pkey.pem");
	}
	f = fopen(path, "we");
	if (f == NULL)
		return false;
	fputs(TRANSCRIPT_MAGIC "\n"
			       "# title: which cause is it? Each case cures "
			       "one; the one that passes names it\n"
			       "# source: written by ec21hil explain\n"
			       "# broker: {$broker}\n"
			       "# trailing: any\n",
		f);
	write_cases(f, t, &facts, false);
	fprintf(f,
		"#\n# On a board, with the files that its firmware uses:\n"
		"#   ec21hil run --rig modem --modem tty:/dev/ttyUSB2 "
		"--keep-going --set apn=APN\n"
		"#     --set host=%s --set port=%s --set ca=FILE --set "
		"cert=FILE\n"
		"#     --set key=FILE split.at\n"
		"# On the emulator also --set broker=https (or "
		"broker=mode=NAME).\n#\n",
		facts.host, facts.port);
	write_cases(f, t, &facts, true);
	write_steps(f, &facts);
	return fclose(f) == 0;
}
