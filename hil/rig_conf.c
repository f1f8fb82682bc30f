#include "hil/rig_conf.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ini.h>

#include "base/suggest.h"
#include "hil/rig_conf_reading.h"
#include "hil/rig_hook.h"

/* inih reads lines of up to 199 bytes; a longer value goes on behind blanks. */
#define LINE_BYTES     199
#define RIG_ERRORS_MAX 20

void rig_conf_mistake(
	struct rig_reading *r, unsigned line, const char *fmt, ...)
{
	va_list ap;

	if (++r->mistakes > RIG_ERRORS_MAX)
		return;
	fprintf(r->errors, "%s:%u: ", r->confs->path, line);
	va_start(ap, fmt);
	vfprintf(r->errors, fmt, ap);
	va_end(ap);
	fputc('\n', r->errors);
}

/* ---- one rig ---- */

static unsigned line_of(const struct rig_reading *r, const char *name)
{
	for (size_t i = 0; i < rig_keys_n; i++)
		if (strcmp(rig_keys[i].name, name) == 0)
			return r->lines[i];
	return 0;
}

static void want(struct rig_reading *r, const struct rig_conf *c, bool there,
	const char *key, const char *wants)
{
	unsigned line = line_of(r, key);

	if (!there)
		rig_conf_mistake(r, line != 0 ? line : c->line,
			"rig %s: %s wants %s", c->name, key, wants);
}

static void check_flash(struct rig_reading *r, const struct rig_conf *c)
{
	bool dfu = c->method == RIG_METHOD_DFU;

	if (c->method == RIG_METHOD_UART)
		want(r, c, c->uart != NULL, "method", "uart");
	if (c->method == RIG_METHOD_COMMAND) {
		want(r, c, c->flash_command != NULL, "method", "flash_command");
		/* Nothing is flashed that was not read back. */
		want(r, c, c->read_command != NULL, "method", "read_command");
	}
	if (c->usb_serial != NULL)
		want(r, c, dfu, "usb_serial", "method = dfu");
	if (c->usb_path != NULL)
		want(r, c, dfu, "usb_path", "method = dfu");
	if (c->uart != NULL)
		want(r, c, c->method == RIG_METHOD_UART, "uart",
			"method = uart");
	if (c->flash_command != NULL)
		want(r, c, c->method == RIG_METHOD_COMMAND, "flash_command",
			"method = command");
}

/* What only the whole of a rig shows. */
static void check_rig(struct rig_reading *r, struct rig_conf *c)
{
	if (c->boot0_on.command != NULL) {
		want(r, c, c->boot0_off.command != NULL, "boot0_on",
			"boot0_off");
		want(r, c, rig_hook_can_reset(c), "boot0_on",
			"reset, or power_on and power_off");
	}
	if (c->boot0_off.command != NULL)
		want(r, c, c->boot0_on.command != NULL, "boot0_off",
			"boot0_on");
	if (c->enter == RIG_ENTER_HOOKS)
		want(r, c, c->boot0_on.command != NULL, "enter", "boot0_on");
	if (c->enter == RIG_ENTER_CONSOLE)
		want(r, c, c->console != NULL, "enter", "console");
	if (c->enter == RIG_ENTER_AUTO)
		c->enter = c->boot0_on.command != NULL ? RIG_ENTER_HOOKS
						       : RIG_ENTER_OPERATOR;
	if (c->expect_boot != NULL && strcmp(c->expect_boot, "none") == 0) {
		free(c->expect_boot);
		c->expect_boot = NULL;
	} else if (c->expect_boot != NULL) {
		want(r, c, c->console != NULL, "expect_boot", "console");
	}
	if (c->bridge)
		want(r, c, c->console != NULL, "bridge", "console");
	if (c->acquire.command != NULL)
		want(r, c, c->release.command != NULL, "acquire", "release");
	if (c->modem != NULL)
		want(r, c, !c->bridge, "modem", "no bridge");
	check_flash(r, c);
}

static bool is_name(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("-_.", *p) == NULL)
			return false;
	return *text != '\0' && strlen(text) < 64 && *text != '-';
}

static struct rig_conf *begin_rig(struct rig_reading *r, const char *name)
{
	struct rig_confs *all = r->confs;
	struct rig_conf *list, *c;

	if (!is_name(name))
		rig_conf_mistake(r, r->line,
			"'%s' is no name: letters, digits, - _ . are", name);
	if (strcmp(name, "modem") == 0 || strcmp(name, "host") == 0 ||
		strcmp(name, "virtual") == 0)
		rig_conf_mistake(r, r->line, "a rig %s is built in", name);
	list = realloc(all->list, (all->n + 1) * sizeof(*list));
	if (list == NULL)
		return NULL;
	all->list = list;
	c = &list[all->n];
	*c = (struct rig_conf){
		.name = strdup(name),
		.line = r->line,
		.find_timeout = 10,
		.flash_timeout = 180,
		.operator_timeout = 120,
		.boot_timeout = 10,
		.acquire.timeout = 60,
		.release.timeout = 60,
		.power_on.timeout = 10,
		.power_off.timeout = 10,
		.boot0_on.timeout = 10,
		.boot0_off.timeout = 10,
		.reset.timeout = 10,
	};
	if (c->name == NULL)
		return NULL;
	all->n++;
	memset(r->lines, 0, sizeof(r->lines));
	r->last = NULL;
	return c;
}

/* The rig that is being read, or NULL. */
static struct rig_conf *last_rig(const struct rig_confs *all)
{
	return all->list != NULL && all->n > 0 ? &all->list[all->n - 1] : NULL;
}

static void finish_rig(struct rig_reading *r)
{
	struct rig_conf *last = last_rig(r->confs);

	if (last != NULL)
		check_rig(r, last);
}

static struct rig_conf *rig_of(struct rig_reading *r, const char *section)
{
	struct rig_confs *all = r->confs;
	struct rig_conf *now = last_rig(all);

	if (now != NULL && strcmp(now->name, section) == 0)
		return now;
	for (size_t i = 0; i + 1 < all->n; i++)
		if (strcmp(all->list[i].name, section) == 0)
			rig_conf_mistake(r, r->line,
				"a second rig %s; the first is in "
				"line %u",
				section, all->list[i].line);
	finish_rig(r);
	return begin_rig(r, section);
}

static void unknown_key(struct rig_reading *r, const char *name)
{
	const char *names[RIG_KEYS_MAX + 1], *near;
	size_t i;

	for (i = 0; i < rig_keys_n; i++)
		names[i] = rig_keys[i].name;
	names[i] = NULL;
	near = suggest(name, names);
	rig_conf_mistake(r, r->line, "no key '%s'%s%s%s", name,
		near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		near != NULL ? "?" : "");
}

static int on_value(
	void *arg, const char *section, const char *name, const char *value)
{
	struct rig_reading *r = arg;
	struct rig_conf *c;
	size_t i;

	if (*section == '\0') {
		rig_conf_mistake(
			r, r->line, "'%s' stands before any [RIG]", name);
		return 1;
	}
	c = rig_of(r, section);
	if (c == NULL)
		return 0;
	for (i = 0; i < rig_keys_n && strcmp(rig_keys[i].name, name) != 0; i++)
		;
	if (i == rig_keys_n) {
		unknown_key(r, name);
		r->last = NULL;
		return 1;
	}
	if (r->continues && r->last == &rig_keys[i]) {
		rig_conf_go_on(r, c, &rig_keys[i], value);
		return 1;
	}
	if (r->lines[i] != 0)
		rig_conf_mistake(r, r->line,
			"a second %s; the first is in line %u", name,
			r->lines[i]);
	r->lines[i] = r->line;
	r->last = &rig_keys[i];
	rig_conf_set(r, c, &rig_keys[i], value);
	return 1;
}

/* ---- the file ---- */

/* Counts lines for messages, and sees the one that inih would cut. */
static char *read_line(char *text, int size, void *arg)
{
	struct rig_reading *r = arg;
	char *got = fgets(text, size, r->file);

	if (got == NULL)
		return NULL;
	r->line++;
	r->continues = *got == ' ' || *got == '\t';
	if (strchr(got, '\n') != NULL || feof(r->file))
		return got;
	rig_conf_mistake(r, r->line,
		"longer than %d bytes; end it and begin the next line with a "
		"blank",
		size - 2);
	for (int c = 0; c != '\n' && c != EOF;)
		c = getc(r->file);
	return got;
}

static bool parse(struct rig_reading *r)
{
	int bad = ini_parse_stream(read_line, r, on_value, r);

	finish_rig(r);
	if (bad != 0)
		rig_conf_mistake(r, (unsigned)(bad > 0 ? bad : 0),
			"expected [RIG] or KEY = VALUE");
	if (r->mistakes > RIG_ERRORS_MAX)
		fprintf(r->errors, "%s: %u more\n", r->confs->path,
			r->mistakes - RIG_ERRORS_MAX);
	return r->mistakes == 0;
}

/* The first of these that is there. */
static bool find_file(char *path, size_t size)
{
	const char *env = getenv("EC21_RIGS"), *home = getenv("HOME"),
		   *xdg = getenv("XDG_CONFIG_HOME");

	if (env != NULL && *env != '\0') {
		snprintf(path, size, "%s", env);
		return true;
	}
	if (xdg != NULL && *xdg != '\0')
		snprintf(path, size, "%s/ec21-bench/rigs.conf", xdg);
	else
		snprintf(path, size, "%s/.config/ec21-bench/rigs.conf",
			home != NULL ? home : "");
	if (access(path, F_OK) == 0)
		return true;
	snprintf(path, size, "/etc/ec21-bench/rigs.conf");
	if (access(path, F_OK) == 0)
		return true;
	path[0] = '\0';
	return false;
}

bool rig_confs_read(struct rig_confs *confs, FILE *file, FILE *errors)
{
	struct rig_reading r = {.confs = confs, .file = file, .errors = errors};
	char *slash;

	if (realpath(confs->path, r.dir) == NULL)
		snprintf(r.dir, sizeof(r.dir), "%s", confs->path);
	slash = strrchr(r.dir, '/');
	if (slash != NULL)
		*slash = '\0';
	if (parse(&r))
		return true;
	rig_confs_free(confs);
	return false;
}

bool rig_confs_load(struct rig_confs *confs, const char *path, FILE *errors)
{
	FILE *file;
	bool ok;

	*confs = (struct rig_confs){0};
	if (path != NULL)
		snprintf(confs->path, sizeof(confs->path), "%s", path);
	else if (!find_file(confs->path, sizeof(confs->path)))
		return true;
	file = fopen(confs->path, "re");
	if (file == NULL) {
		fprintf(errors, "%s: %s\n", confs->path, strerror(errno));
		return false;
	}
	ok = rig_confs_read(confs, file, errors);
	fclose(file);
	return ok;
}

void rig_confs_free(struct rig_confs *confs)
{
	for (size_t i = 0; i < confs->n; i++) {
		struct rig_conf *c = &confs->list[i];

		free(c->name);
		for (size_t k = 0; k < rig_keys_n; k++)
			rig_conf_drop(c, &rig_keys[k]);
	}
	free(confs->list);
	confs->list = NULL;
	confs->n = 0;
}

const struct rig_conf *rig_confs_find(
	const struct rig_confs *confs, const char *name)
{
	for (size_t i = 0; i < confs->n; i++)
		if (strcmp(confs->list[i].name, name) == 0)
			return &confs->list[i];
	return NULL;
}

bool rig_conf_secret(const char *reference, char *secret, size_t size,
	char *why, size_t why_size)
{
	const char *path = reference + 5; /* "file:" */
	FILE *f = fopen(path, "re");
	struct stat st;
	bool ok = false;

	if (f == NULL || fstat(fileno(f), &st) != 0)
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
	else if ((st.st_mode & 077) != 0)
		snprintf(why, why_size,
			"%s holds a secret and others may read it: chmod 600",
			path);
	else if (fgets(secret, (int)size, f) == NULL || secret[0] == '\n')
		snprintf(why, why_size, "%s is empty", path);
	else if (strchr(secret, '\n') == NULL && !feof(f))
		snprintf(why, why_size, "%s: longer than %zu bytes", path,
			size - 2);
	else
		ok = true;
	if (ok)
		secret[strcspn(secret, "\r\n")] = '\0';
	if (f != NULL)
		fclose(f);
	return ok;
}
