#include "base/mask_args.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/*
 * Arguments that are secret. `mark` is '=' for what a host sends (and a modem
 * echoes), ':' for what a modem answers. `key`: the first argument must be
 * this. `args`: bit n for argument n, from 0.
 */
static const struct mask_secret {
	const char *name;
	char mark;
	const char *key;
	unsigned args;
	enum mask_kind kind;
	bool quoted; /* only then: a number is to stand there */
} secrets[] = {
	/* clang-format off */
	{"CPIN",	'=', NULL,		1u << 0 | 1u << 1, MASK_PIN, false},
	{"CLCK",	'=', NULL,		1u << 2, MASK_PIN, false},
	{"CLCK",	'=', NULL,		1u << 1, MASK_PIN, true},
	{"CPWD",	'=', NULL,		1u << 1 | 1u << 2, MASK_PIN, false},
	{"QSSLCFG",	'=', "clientkey",	1u << 3, MASK_PASSPHRASE, false},
	{"QSSLCFG",	':', "clientkey",	1u << 3, MASK_PASSPHRASE, false},
	{"QSSLCFG",	'=', "psk",		1u << 3, MASK_PSK, false},
	{"QSSLCFG",	':', "psk",		1u << 3, MASK_PSK, false},
	{"QICSGP",	'=', NULL,		1u << 4, MASK_PASSWORD, false},
	{"QICSGP",	':', NULL,		1u << 3, MASK_PASSWORD, false},
	{"CGAUTH",	'=', NULL,		1u << 3, MASK_PASSWORD, false},
	{"QMTCONN",	'=', NULL,		1u << 3, MASK_PASSWORD, false},
	{"QFTPCFG",	'=', "account",		1u << 2, MASK_PASSWORD, false},
	{"QFTPCFG",	':', "account",		1u << 2, MASK_PASSWORD, false},
	{"QSMTPCFG",	'=', "account",		1u << 2, MASK_PASSWORD, false},
	{"QSMTPCFG",	':', "account",		1u << 2, MASK_PASSWORD, false},
	/* clang-format on */
};

void mask_args_reset(struct mask_args *a)
{
	a->state = MASK_ARGS_OUTSIDE;
	a->secret = NULL;
}

static const struct mask_secret *find_secret(const struct mask_args *a)
{
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++) {
		const struct mask_secret *s = &secrets[i];

		if (s->mark == a->mark && a->arg < 32 &&
			(s->args >> a->arg & 1) && (!s->quoted || a->quoted) &&
			strcmp(s->name, a->name) == 0 &&
			(s->key == NULL || strcasecmp(s->key, a->first) == 0))
			return s;
	}
	return NULL;
}

static void begin_list(struct mask_args *a, char mark)
{
	a->name[a->name_len] = '\0';
	a->state = MASK_ARGS_LIST;
	a->mark = mark;
	a->arg = a->depth = 0;
	a->quoted = a->begun = a->has_number = false;
	a->first[0] = '\0';
	a->first_len = a->number = 0;
	a->secret = find_secret(a);
}

static bool is_backspace(uint8_t c)
{
	return c == '\b' || c == 0x7f;
}

static void name_byte(struct mask_args *a, uint8_t c)
{
	bool lower = c >= 'a' && c <= 'z';

	if (c == '=' || c == ':') {
		begin_list(a, (char)c);
	} else if (is_backspace(c)) {
		if (a->name_len > 0)
			a->name_len--;
	} else if (!lower && !(c >= 'A' && c <= 'Z') &&
		   !(c >= '0' && c <= '9')) {
		/* Blanks are ignored up to the '='. man [AT §1] */
		if (c != ' ')
			a->state = MASK_ARGS_OUTSIDE;
	} else if (a->name_len == sizeof(a->name) - 1) {
		a->state = MASK_ARGS_OUTSIDE;
	} else {
		a->name[a->name_len++] = (char)(lower ? c - 'a' + 'A' : c);
	}
}

/* The arguments that decide about later ones, and about transfers. */
static void keep_byte(struct mask_args *a, uint8_t c)
{
	if (a->arg == 0 && is_backspace(c)) {
		if (a->first_len > 0)
			a->first[--a->first_len] = '\0';
	} else if (a->arg == 0 && a->first_len < sizeof(a->first) - 1) {
		a->first[a->first_len++] = (char)c;
		a->first[a->first_len] = '\0';
	} else if (a->arg == 1 && c >= '0' && c <= '9') {
		a->has_number = true;
		if (a->number < 100000000)
			a->number = a->number * 10 + (size_t)(c - '0');
	}
}

/*
 * Test replies describe: (0-5), (1,2), <password>. True: the byte belongs to a
 * description, which is no secret and whose commas part nothing.
 */
static bool describes(struct mask_args *a, uint8_t c)
{
	if (a->mark != ':' || a->quoted)
		return false;
	if (c == '(')
		a->depth++;
	else if (c == ')' && a->depth > 0)
		a->depth--;
	else if (a->depth == 0 && (c != '<' || a->begun))
		return false;
	a->secret = NULL;
	return true;
}

/* S3, which ends a command, may be another control character than CR. */
static bool ends_list(const struct mask_args *a, uint8_t c)
{
	return c == '\r' || c == '\n' ||
	       (!a->quoted && (c == ';' || (c < ' ' && c != '\t' &&
						   !is_backspace(c))));
}

static unsigned list_byte(struct mask_args *a, uint8_t c)
{
	if (ends_list(a, c)) {
		mask_args_reset(a);
		return MASK_ARGS_CLOSE | MASK_ARGS_END;
	}
	if (describes(a, c))
		return 0;
	if (c == ',' && !a->quoted) {
		a->arg++;
		a->begun = false;
		a->secret = find_secret(a);
		return MASK_ARGS_CLOSE;
	}
	if (c == '"') {
		a->quoted = !a->quoted;
		if (a->secret == NULL)
			a->secret = find_secret(a);
		return MASK_ARGS_CLOSE;
	}
	if (c == ' ' && !a->quoted)
		return 0;
	if (a->secret == NULL) {
		keep_byte(a, c);
		return 0;
	}
	if (!a->begun && a->arg == 0 && c == '?' && a->mark == '=') {
		a->secret = NULL; /* the test form tells nothing */
		return 0;
	}
	a->begun = true;
	a->kind = a->secret->kind;
	a->len++;
	return MASK_ARGS_SECRET;
}

unsigned mask_args_byte(struct mask_args *a, uint8_t c)
{
	if (a->state == MASK_ARGS_LIST)
		return list_byte(a, c);
	if (a->state == MASK_ARGS_NAME)
		name_byte(a, c);
	/* Names count wherever they stand: better one mask too many. */
	if (a->state != MASK_ARGS_OUTSIDE || c != '+')
		return 0;
	a->state = MASK_ARGS_NAME;
	a->name_len = 0;
	return MASK_ARGS_BEGIN;
}

/* Behind "set pass ", and not behind "reset pass ". */
static bool at_console_secret(struct mask_args *a, uint8_t c)
{
	static const char set[] = "set pass ";
	const size_t n = sizeof(set) - 1;

	memmove(a->words, a->words + 1, n);
	a->words[n] = (char)c;
	return memcmp(a->words + 1, set, n) == 0 &&
	       !isalnum((unsigned char)a->words[0]);
}

unsigned mask_args_console_byte(struct mask_args *a, uint8_t c)
{
	bool secret = at_console_secret(a, c);

	if (a->state == MASK_ARGS_LINE) {
		if (c != '\r' && c != '\n') {
			a->len++;
			return MASK_ARGS_SECRET;
		}
		mask_args_reset(a);
		return MASK_ARGS_CLOSE;
	}
	if (!secret)
		return mask_args_byte(a, c);
	a->state = MASK_ARGS_LINE;
	a->kind = MASK_PASSWORD;
	return MASK_ARGS_CLOSE;
}
