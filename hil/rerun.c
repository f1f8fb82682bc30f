#include "hil/rerun.h"

#include <getopt.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "hil/commands.h"

static bool is_plain(const char *word)
{
	return *word != '\0' &&
	       word[strspn(word, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789@%+=:,./_-")] == '\0';
}

/* In one line: a line feed is the shell's $'\n'. */
static void add_quoted(struct buf *text, const char *word, size_t len)
{
	buf_addc(text, '\'');
	for (size_t i = 0; i < len; i++)
		if (word[i] == '\'')
			buf_adds(text, "'\\''");
		else if (word[i] == '\n')
			buf_adds(text, "'$'\\n''");
		else
			buf_addc(text, (uint8_t)word[i]);
	buf_addc(text, '\'');
}

void rerun_word(struct buf *text, const char *word)
{
	buf_addc(text, ' ');
	if (is_plain(word))
		buf_adds(text, word);
	else
		add_quoted(text, word, strlen(word));
}

void rerun_begin(struct buf *text, const char *command)
{
	buf_adds(text, hil_program);
	rerun_word(text, command);
}

/* Of rigs.conf, [rig NAME], and what people call theirs. */
static bool is_secret(const char *name, size_t len)
{
	static const char *const ends[] = {"password", "pass", "phrase", "pin",
		"pin2", "puk", "puk2", "psk", "token", "secret"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		size_t n = strlen(ends[i]);

		if (len >= n && strncasecmp(name + len - n, ends[i], n) == 0)
			return true;
	}
	return false;
}

void rerun_option(struct buf *text, const struct option *options, int taken,
	const char *value)
{
	const struct option *o = options;
	size_t name;

	while (o->name != NULL && o->val != taken)
		o++;
	if (o->name == NULL)
		return;
	buf_printf(text, " --%s", o->name);
	if (o->has_arg == no_argument)
		return;
	name = strcspn(value, "=");
	if (strcmp(o->name, "set") == 0 && is_secret(value, name))
		buf_printf(text, " %.*s=...", (int)name, value);
	else
		rerun_word(text, value);
}

const char *rerun_text(struct buf *text)
{
	const char *s = buf_cstr(text);

	return s != NULL ? s : "";
}
