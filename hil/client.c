#include "hil/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hil/proc.h"

struct client {
	struct client_opts opts;
	struct proc *openssl;
};

static void on_exit_(void *arg, bool success, const char *how)
{
	struct client *c = arg;
	char error[600];

	proc_free(c->openssl);
	c->openssl = NULL;
	snprintf(error, sizeof(error),
		"the run's certificate: openssl %s; see %.300s/openssl.log",
		how, c->opts.tmp);
	c->opts.made(c->opts.arg, success ? NULL : error);
}

/* openssl req wants one; the extensions are those of certs/openssl.cnf. */
static bool write_config(const char *path)
{
	FILE *f = fopen(path, "we");

	if (f == NULL)
		return false;
	fputs("[req]\ndistinguished_name = dn\n[dn]\n", f);
	return fclose(f) == 0;
}

/*
 * A serial of fixed length: the certificates of two runs are of one size
 * then, and so are the commands that upload them.
 */
static const char *const words[] = {"openssl", "req", "-x509", "-set_serial",
	"0x4543323148494c31", "-days", "3650", "-addext",
	"basicConstraints=critical,CA:false", "-addext",
	"keyUsage=critical,digitalSignature", "-addext",
	"extendedKeyUsage=clientAuth"};

static void add_path(
	struct argv *a, const char *option, const char *dir, const char *name)
{
	argv_add(a, option);
	argv_addf(a, "%s/%s", dir, name);
}

static bool spawn(struct client *c, char *why, size_t size)
{
	const struct client_opts *o = &c->opts;
	char config[300], log[300];
	struct proc_opts po = {.log = log, .exited = on_exit_, .arg = c};
	struct argv a = {0};

	snprintf(config, sizeof(config), "%s/openssl.cnf", o->tmp);
	snprintf(log, sizeof(log), "%s/openssl.log", o->tmp);
	if (!write_config(config)) {
		snprintf(why, size, "%s: %s", config, strerror(errno));
		return false;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		argv_add(&a, words[i]);
	add_path(&a, "-config", o->tmp, "openssl.cnf");
	add_path(&a, "-key", o->certs, "device-1.key");
	add_path(&a, "-CA", o->certs, "client-ca.crt");
	add_path(&a, "-CAkey", o->certs, "client-ca.key");
	argv_add(&a, "-subj");
	argv_addf(&a, "/CN=%s", o->cn);
	add_path(&a, "-out", o->tmp, "run.crt");
	po.argv = a.v;
	if (!a.failed)
		c->openssl = proc_spawn(o->base, &po, why, size);
	argv_free(&a);
	return c->openssl != NULL;
}

struct client *client_make(
	const struct client_opts *opts, char *why, size_t why_size)
{
	struct client *c = calloc(1, sizeof(*c));

	snprintf(why, why_size, "out of memory");
	if (c == NULL)
		return NULL;
	c->opts = *opts;
	if (spawn(c, why, why_size))
		return c;
	client_free(c);
	return NULL;
}

void client_free(struct client *c)
{
	if (c == NULL)
		return;
	proc_free(c->openssl);
	free(c);
}
