#include "hil/rig_conf_reading.h"

#include <errno.h>
#include <regex.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* The keys of rigs.conf, and one value: checked, and kept. */

#define VALUE_MAX 4096

#define AT(member) offsetof(struct rig_conf, member)
#define HOOK(name)                                                             \
	{#name, RIG_KEY_WORDS, AT(name.command)},                              \
		{#name "_timeout", RIG_KEY_SECONDS, AT(name.timeout)},         \
	{                                                                      \
#name "_status", RIG_KEY_STATUS, AT(name.status)               \
	}

/* clang-format off */
const struct rig_key rig_keys[] = {
	{"console", RIG_KEY_URL, AT(console)},
	{"lock", RIG_KEY_TEXT, AT(lock)},
	{"method", RIG_KEY_METHOD, AT(method)},
	{"flasher", RIG_KEY_WORDS, AT(flasher)},
	{"usb_serial", RIG_KEY_TEXT, AT(usb_serial)},
	{"usb_path", RIG_KEY_TEXT, AT(usb_path)},
	{"uart", RIG_KEY_TEXT, AT(uart)},
	{"uart_mode", RIG_KEY_TEXT, AT(uart_mode)},
	{"flash_command", RIG_KEY_WORDS, AT(flash_command)},
	{"read_command", RIG_KEY_WORDS, AT(read_command)},
	{"enter", RIG_KEY_ENTER, AT(enter)},
	HOOK(acquire),
	HOOK(release),
	HOOK(power_on),
	HOOK(power_off),
	HOOK(boot0_on),
	HOOK(boot0_off),
	HOOK(reset),
	{"find_timeout", RIG_KEY_SECONDS, AT(find_timeout)},
	{"flash_timeout", RIG_KEY_SECONDS, AT(flash_timeout)},
	{"operator_timeout", RIG_KEY_SECONDS, AT(operator_timeout)},
	{"image", RIG_KEY_TEXT, AT(image)},
	{"expect_boot", RIG_KEY_REGEX, AT(expect_boot)},
	{"boot_timeout", RIG_KEY_SECONDS, AT(boot_timeout)},
	{"bridge", RIG_KEY_YES, AT(bridge)},
	{"modem", RIG_KEY_URL, AT(modem)},
	{"reach", RIG_KEY_TEXT, AT(reach)},
	{"broker_https", RIG_KEY_TEXT, AT(broker_https)},
	{"broker_mqtts", RIG_KEY_TEXT, AT(broker_mqtts)},
	{"evidence", RIG_KEY_TEXT, AT(evidence)},
	{"apn", RIG_KEY_TEXT, AT(apn)},
	{"apn_user", RIG_KEY_TEXT, AT(apn_user)},
	{"apn_password", RIG_KEY_SECRET, AT(apn_password)},
	{"sim_pin", RIG_KEY_SECRET, AT(sim_pin)},
};
/* clang-format on */

#define N_KEYS (sizeof(rig_keys) / sizeof(*rig_keys))
_Static_assert(N_KEYS <= RIG_KEYS_MAX, "rig_reading has no room");
const size_t rig_keys_n = N_KEYS;

const char *rig_conf_key(size_t n)
{
	return n < N_KEYS ? rig_keys[n].name : NULL;
}

static char **text_at(struct rig_conf *c, const struct rig_key *k)
{
	return (char **)(void *)((char *)c + k->offset);
}

static long *number_at(struct rig_conf *c, const struct rig_key *k)
{
	return (long *)(void *)((char *)c + k->offset);
}

static bool set_number(struct rig_reading *r, long *to, const char *value,
	long min, long max, const char *unit)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(value, &end, 10);
	if (end == value || *end != '\0' || errno != 0 || n < min || n > max) {
		rig_conf_mistake(r, r->line, "%s '%s': expected %ld to %ld%s",
			r->last->name, value, min, max, unit);
		return false;
	}
	*to = n;
	return true;
}

static void set_word(struct rig_reading *r, long *to, const char *value,
	const char *const *words, long first)
{
	for (long i = 0; words[i] != NULL; i++)
		if (strcmp(value, words[i]) == 0) {
			*to = first + i;
			return;
		}
	rig_conf_mistake(r, r->line, "%s '%s': expected %s, %s or %s",
		r->last->name, value, words[0], words[1], words[2]);
}

static void check_regex(struct rig_reading *r, const char *value)
{
	char wrong[200];
	regex_t re;
	int err = regcomp(&re, value, REG_EXTENDED | REG_NOSUB);

	if (err == 0) {
		regfree(&re);
		return;
	}
	regerror(err, &re, wrong, sizeof(wrong));
	rig_conf_mistake(r, r->line, "expect_boot '%s': %s", value, wrong);
}

static void check_text(
	struct rig_reading *r, const struct rig_key *k, const char *value)
{
	if (value[0] == '\0') {
		rig_conf_mistake(r, r->line, "%s has no value", k->name);
	} else if (k->type == RIG_KEY_URL && strncmp(value, "tty:", 4) != 0 &&
		   strncmp(value, "tcp:", 4) != 0 &&
		   strncmp(value, "exec:", 5) != 0) {
		rig_conf_mistake(r, r->line,
			"%s '%s': expected tty:PATH, tcp:HOST:PORT or "
			"exec:COMMAND",
			k->name, value);
	} else if (k->type == RIG_KEY_SECRET &&
		   strncmp(value, "file:", 5) != 0) {
		rig_conf_mistake(r, r->line,
			"%s: a secret is not written here; expected file:PATH",
			k->name);
	} else if (k->type == RIG_KEY_REGEX) {
		check_regex(r, value);
	}
}

/* {dir} is the folder of the file. */
static char *expand_dir(const struct rig_reading *r, const char *value)
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

static void set_text(struct rig_reading *r, struct rig_conf *c,
	const struct rig_key *k, const char *value)
{
	char **to = text_at(c, k);

	check_text(r, k, value);
	free(*to);
	*to = expand_dir(r, value);
	if (*to == NULL)
		rig_conf_mistake(r, r->line, "%s: too long", k->name);
}

/* The value goes on in the next line, behind a blank. */
void rig_conf_go_on(struct rig_reading *r, struct rig_conf *c,
	const struct rig_key *k, const char *more)
{
	char **to = text_at(c, k), *all;
	size_t size;

	if (k->type != RIG_KEY_WORDS && k->type != RIG_KEY_URL) {
		rig_conf_mistake(
			r, r->line, "%s: its value is one line", k->name);
		return;
	}
	size = (*to != NULL ? strlen(*to) : 0) + strlen(more) + 2;
	all = size <= VALUE_MAX ? malloc(size) : NULL;
	if (all == NULL) {
		rig_conf_mistake(r, r->line, "%s: too long", k->name);
		return;
	}
	snprintf(all, size, "%s %s", *to != NULL ? *to : "", more);
	free(*to);
	*to = expand_dir(r, all);
	free(all);
}

void rig_conf_set(struct rig_reading *r, struct rig_conf *c,
	const struct rig_key *k, const char *value)
{
	static const char *const methods[] = {"dfu", "uart", "command", NULL};
	static const char *const ways[] = {
		"hooks", "console", "operator", NULL};

	switch (k->type) {
	case RIG_KEY_TEXT:
	case RIG_KEY_URL:
	case RIG_KEY_WORDS:
	case RIG_KEY_REGEX:
	case RIG_KEY_SECRET:
		set_text(r, c, k, value);
		break;
	case RIG_KEY_SECONDS:
		set_number(r, number_at(c, k), value, 1, 3600, " s");
		break;
	case RIG_KEY_STATUS:
		set_number(r, number_at(c, k), value, 0, 255, "");
		break;
	case RIG_KEY_METHOD:
		set_word(r, number_at(c, k), value, methods, RIG_METHOD_DFU);
		break;
	case RIG_KEY_ENTER:
		set_word(r, number_at(c, k), value, ways, RIG_ENTER_HOOKS);
		break;
	case RIG_KEY_YES:
		c->bridge = strcmp(value, "yes") == 0;
		if (!c->bridge && strcmp(value, "no") != 0)
			rig_conf_mistake(r, r->line,
				"%s '%s': expected yes or no", k->name, value);
		break;
	}
}

void rig_conf_drop(struct rig_conf *c, const struct rig_key *k)
{
	switch (k->type) {
	case RIG_KEY_TEXT:
	case RIG_KEY_URL:
	case RIG_KEY_WORDS:
	case RIG_KEY_REGEX:
	case RIG_KEY_SECRET:
		free(*text_at(c, k));
		break;
	case RIG_KEY_SECONDS:
	case RIG_KEY_STATUS:
	case RIG_KEY_METHOD:
	case RIG_KEY_ENTER:
	case RIG_KEY_YES:
		break;
	}
}
