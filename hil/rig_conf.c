#include "hil/rig_conf.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ini.h>

#include "base/buf.h"
#include "base/suggest.h"

/* inih reads lines of up to 199 bytes; a longer value goes on behind blanks. */
#define LINE_BYTES 199
#define VALUE_MAX  4096
#define ERRORS_MAX 20

enum key_type {
	KEY_TEXT,
	KEY_URL,
	KEY_WORDS,
	KEY_SECONDS,
	KEY_STATUS,
	KEY_METHOD,
	KEY_ENTER,
	KEY_REGEX,
	KEY_SECRET,
	KEY_YES,
};

struct key {
	const char *name;
	enum key_type type;
	size_t offset;
};

#define AT(member) offsetof(struct rig_conf, member)
#define HOOK(name)                                                             \
	{#name, KEY_WORDS, AT(name.command)},                                  \
		{#name "_timeout", KEY_SECONDS, AT(name.timeout)},             \
	{                                                                      \
#name "_status", KEY_STATUS, AT(name.status)                   \
	}

/* clang-format off */
static const struct key keys[] = {
	{"console", KEY_URL, AT(console)},
	{"lock", KEY_TEXT, AT(lock)},
	{"method", KEY_METHOD, AT(method)},
	{"flasher", KEY_WORDS, AT(flasher)},
	{"usb_serial", KEY_TEXT, AT(usb_serial)},
	{"usb_path", KEY_TEXT, AT(usb_path)},
	{"uart", KEY_TEXT, AT(uart)},
	{"uart_mode", KEY_TEXT, AT(uart_mode)},
	{"flash_command", KEY_WORDS, AT(flash_command)},
	{"read_command", KEY_WORDS, AT(read_command)},
	{"enter", KEY_ENTER, AT(enter)},
	HOOK(acquire),
	HOOK(release),
	HOOK(power_on),
	HOOK(power_off),
	HOOK(boot0_on),
	HOOK(boot0_off),
	HOOK(reset),
	{"find_timeout", KEY_SECONDS, AT(find_timeout)},
	{"flash_timeout", KEY_SECONDS, AT(flash_timeout)},
	{"operator_timeout", KEY_SECONDS, AT(operator_timeout)},
	{"image", KEY_TEXT, AT(image)},
	{"expect_boot", KEY_REGEX, AT(expect_boot)},
	{"boot_timeout", KEY_SECONDS, AT(boot_timeout)},
	{"bridge", KEY_YES, AT(bridge)},
	{"modem", KEY_URL, AT(modem)},
	{"reach", KEY_TEXT, AT(reach)},
	{"evidence", KEY_TEXT, AT(evidence)},
	{"apn", KEY_TEXT, AT(apn)},
	{"apn_user", KEY_TEXT, AT(apn_user)},
	{"apn_password", KEY_SECRET, AT(apn_password)},
	{"sim_pin", KEY_SECRET, AT(sim_pin)},
};
/* clang-format on */

#define N_KEYS (sizeof(keys) / sizeof(*keys))

const char *rig_conf_key(size_t n)
{
	return n < N_KEYS ? keys[n].name : NULL;
}

/* One reading of a file. */
struct reading {
	struct rig_confs *confs;
	FILE *file, *errors;
	unsigned line; /* that inih is at */
	unsigned mistakes;
	char dir[4096];		/* of the file, for {dir} */
	unsigned lines[N_KEYS]; /* where the rig's keys were given; 0: not */
	const struct key *last;
	bool continues; /* the line begins with a blank */
};

__attribute__((format(printf, 3, 4))) static void mistake(
	struct reading *r, unsigned line, const char *fmt, ...)
{
	va_list ap;

	if (++r->mistakes > ERRORS_MAX)
		return;
	fprintf(r->errors, "%s:%u: ", r->confs->path, line);
	va_start(ap, fmt);
	vfprintf(r->errors, fmt, ap);
	va_end(ap);
	fputc('\n', r->errors);
}

/* ---- one value ---- */

static char **text_at(struct rig_conf *c, const struct key *k)
{
	return (char **)(void *)((char *)c + k->offset);
}

static long *number_at(struct rig_conf *c, const struct key *k)
{
	return (long *)(void *)((char *)c + k->offset);
}

static bool set_number(struct reading *r, long *to, const char *value, long min,
	long max, const char *unit)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(value, &end, 10);
	if (end == value || *end != '\0' || errno != 0 || n < min || n > max) {
		mistake(r, r->line, "%s '%s': expected %ld to %ld%s",
			r->last->name, value, min, max, unit);
		return false;
	}
	*to = n;
	return true;
}

static void set_word(struct reading *r, long *to, const char *value,
	const char *const *words, long first)
{
	for (long i = 0; words[i] != NULL; i++)
		if (strcmp(value, words[i]) == 0) {
			*to = first + i;
			return;
		}
	mistake(r, r->line, "%s '%s': expected %s, %s or %s", r->last->name,
		value, words[0], words[1], words[2]);
}

static void check_regex(struct reading *r, const char *value)
{
	char wrong[200];
	regex_t re;
	int err = regcomp(&re, value, REG_EXTENDED | REG_NOSUB);

	if (err == 0) {
		regfree(&re);
		return;
	}
	regerror(err, &re, wrong, sizeof(wrong));
	mistake(r, r->line, "expect_boot '%s': %s", value, wrong);
}

static void check_text(
	struct reading *r, const struct key *k, const char *value)
{
	if (value[0] == '\0') {
		mistake(r, r->line, "%s has no value", k->name);
	} else if (k->type == KEY_URL && strncmp(value, "tty:", 4) != 0 &&
		   strncmp(value, "tcp:", 4) != 0 &&
		   strncmp(value, "exec:", 5) != 0) {
		mistake(r, r->line,
			"%s '%s': expected tty:PATH, tcp:HOST:PORT or "
			"exec:COMMAND",
			k->name, value);
	} else if (k->type == KEY_SECRET && strncmp(value, "file:", 5) != 0) {
		mistake(r, r->line,
			"%s: a secret is not written here; expected file:PATH",
			k->name);
	} else if (k->type == KEY_REGEX) {
		check_regex(r, value);
	}
}

/* {dir} is the folder of the file. */
static char *expand_dir(const struct reading *r, const char *value)
{
	char *copy = NULL;
	struct buf b;
	bool ok = true;

	buf_init(&b, VALUE_MAX + sizeof(r->dir));
	while (ok && *value != '\0')
		if (strncmp(value, "{dir}", 5) == 0) {
			ok = buf_adds(&b, r->dir);
			value += 5;
		} else {
			ok = buf_addc(&b, (uint8_t)*value++);
		}
	if (ok && buf_cstr(&b) != NULL)
		copy = strdup(buf_cstr(&b));
	buf_free(&b);
	return copy;
}

static void set_text(struct reading *r, struct rig_conf *c, const struct key *k,
	const char *value)
{
	char **to = text_at(c, k);

	check_text(r, k, value);
	free(*to);
	*to = expand_dir(r, value);
	if (*to == NULL)
		mistake(r, r->line, "%s: too long", k->name);
}

/* The value goes on in the next line, behind a blank. */
static void go_on(struct reading *r, struct rig_conf *c, const struct key *k,
	const char *more)
{
	char **to = text_at(c, k), *all;
	size_t size;

	if (k->type != KEY_WORDS && k->type != KEY_URL) {
		mistake(r, r->line, "%s: its value is one line", k->name);
		return;
	}
	size = (*to != NULL ? strlen(*to) : 0) + strlen(more) + 2;
	all = size <= VALUE_MAX ? malloc(size) : NULL;
	if (all == NULL) {
		mistake(r, r->line, "%s: too long", k->name);
		return;
	}
	snprintf(all, size, "%s %s", *to != NULL ? *to : "", more);
	free(*to);
	*to = expand_dir(r, all);
	free(all);
}

static void set_value(struct reading *r, struct rig_conf *c,
	const struct key *k, const char *value)
{
	static const char *const methods[] = {"dfu", "uart", "command", NULL};
	static const char *const ways[] = {
		"hooks", "console", "operator", NULL};

	switch (k->type) {
	case KEY_TEXT:
	case KEY_URL:
	case KEY_WORDS:
	case KEY_REGEX:
	case KEY_SECRET:
		set_text(r, c, k, value);
		break;
	case KEY_SECONDS:
		set_number(r, number_at(c, k), value, 1, 3600, " s");
		break;
	case KEY_STATUS:
		set_number(r, number_at(c, k), value, 0, 255, "");
		break;
	case KEY_METHOD:
		set_word(r, number_at(c, k), value, methods, RIG_METHOD_DFU);
		break;
	case KEY_ENTER:
		set_word(r, number_at(c, k), value, ways, RIG_ENTER_HOOKS);
		break;
	case KEY_YES:
		c->bridge = strcmp(value, "yes") == 0;
		if (!c->bridge && strcmp(value, "no") != 0)
			mistake(r, r->line, "%s '%s': expected yes or no",
				k->name, value);
		break;
	}
}

/* ---- one rig ---- */

static unsigned line_of(const struct reading *r, const char *name)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (strcmp(keys[i].name, name) == 0)
			return r->lines[i];
	return 0;
}

static void want(struct reading *r, const struct rig_conf *c, bool there,
	const char *key, const char *wants)
{
	unsigned line = line_of(r, key);

	if (!there)
		mistake(r, line != 0 ? line : c->line, "rig %s: %s wants %s",
			c->name, key, wants);
}

static void check_flash(struct reading *r, const struct rig_conf *c)
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
static void check_rig(struct reading *r, struct rig_conf *c)
{
	if (c->boot0_on.command != NULL) {
		want(r, c, c->boot0_off.command != NULL, "boot0_on",
			"boot0_off");
		want(r, c, c->reset.command != NULL, "boot0_on", "reset");
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

static struct rig_conf *begin_rig(struct reading *r, const char *name)
{
	struct rig_confs *all = r->confs;
	struct rig_conf *list, *c;

	if (!is_name(name))
		mistake(r, r->line,
			"'%s' is no name: letters, digits, - _ . are", name);
	if (strcmp(name, "modem") == 0 || strcmp(name, "host") == 0 ||
		strcmp(name, "virtual") == 0)
		mistake(r, r->line, "a rig %s is built in", name);
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

static void finish_rig(struct reading *r)
{
	struct rig_conf *last = last_rig(r->confs);

	if (last != NULL)
		check_rig(r, last);
}

static struct rig_conf *rig_of(struct reading *r, const char *section)
{
	struct rig_confs *all = r->confs;
	struct rig_conf *now = last_rig(all);

	if (now != NULL && strcmp(now->name, section) == 0)
		return now;
	for (size_t i = 0; i + 1 < all->n; i++)
		if (strcmp(all->list[i].name, section) == 0)
			mistake(r, r->line,
				"a second rig %s; the first is in "
				"line %u",
				section, all->list[i].line);
	finish_rig(r);
	return begin_rig(r, section);
}

static void unknown_key(struct reading *r, const char *name)
{
	const char *names[N_KEYS + 1], *near;
	size_t i;

	for (i = 0; i < N_KEYS; i++)
		names[i] = keys[i].name;
	names[i] = NULL;
	near = suggest(name, names);
	mistake(r, r->line, "no key '%s'%s%s%s", name,
		near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		near != NULL ? "?" : "");
}

static int on_value(
	void *arg, const char *section, const char *name, const char *value)
{
	struct reading *r = arg;
	struct rig_conf *c;
	size_t i;

	if (*section == '\0') {
		mistake(r, r->line, "'%s' stands before any [RIG]", name);
		return 1;
	}
	c = rig_of(r, section);
	if (c == NULL)
		return 0;
	for (i = 0; i < N_KEYS && strcmp(keys[i].name, name) != 0; i++)
		;
	if (i == N_KEYS) {
		unknown_key(r, name);
		r->last = NULL;
		return 1;
	}
	if (r->continues && r->last == &keys[i]) {
		go_on(r, c, &keys[i], value);
		return 1;
	}
	if (r->lines[i] != 0)
		mistake(r, r->line, "a second %s; the first is in line %u",
			name, r->lines[i]);
	r->lines[i] = r->line;
	r->last = &keys[i];
	set_value(r, c, &keys[i], value);
	return 1;
}

/* ---- the file ---- */

/* Counts lines for messages, and sees the one that inih would cut. */
static char *read_line(char *text, int size, void *arg)
{
	struct reading *r = arg;
	char *got = fgets(text, size, r->file);

	if (got == NULL)
		return NULL;
	r->line++;
	r->continues = *got == ' ' || *got == '\t';
	if (strchr(got, '\n') != NULL || feof(r->file))
		return got;
	mistake(r, r->line,
		"longer than %d bytes; end it and begin the next line with a "
		"blank",
		size - 2);
	for (int c = 0; c != '\n' && c != EOF;)
		c = getc(r->file);
	return got;
}

static bool parse(struct reading *r)
{
	int bad = ini_parse_stream(read_line, r, on_value, r);

	finish_rig(r);
	if (bad != 0)
		mistake(r, (unsigned)(bad > 0 ? bad : 0),
			"expected [RIG] or KEY = VALUE");
	if (r->mistakes > ERRORS_MAX)
		fprintf(r->errors, "%s: %u more\n", r->confs->path,
			r->mistakes - ERRORS_MAX);
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

bool rig_confs_load(struct rig_confs *confs, const char *path, FILE *errors)
{
	struct reading r = {.confs = confs, .errors = errors};
	char *slash;
	bool ok;

	*confs = (struct rig_confs){0};
	if (path != NULL)
		snprintf(confs->path, sizeof(confs->path), "%s", path);
	else if (!find_file(confs->path, sizeof(confs->path)))
		return true;
	r.file = fopen(confs->path, "re");
	if (r.file == NULL) {
		fprintf(errors, "%s: %s\n", confs->path, strerror(errno));
		return false;
	}
	if (realpath(confs->path, r.dir) == NULL)
		snprintf(r.dir, sizeof(r.dir), "%s", confs->path);
	slash = strrchr(r.dir, '/');
	if (slash != NULL)
		*slash = '\0';
	ok = parse(&r);
	fclose(r.file);
	if (!ok)
		rig_confs_free(confs);
	return ok;
}

void rig_confs_free(struct rig_confs *confs)
{
	for (size_t i = 0; i < confs->n; i++) {
		struct rig_conf *c = &confs->list[i];

		free(c->name);
		for (size_t k = 0; k < N_KEYS; k++)
			if (keys[k].type == KEY_TEXT ||
				keys[k].type == KEY_URL ||
				keys[k].type == KEY_WORDS ||
				keys[k].type == KEY_REGEX ||
				keys[k].type == KEY_SECRET)
				free(*text_at(c, &keys[k]));
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
