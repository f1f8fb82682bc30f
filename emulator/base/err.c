#include "base/err.h"

#include <stdio.h>
#include <string.h>

/* Cut `text` so that it does not end inside a UTF-8 sequence. */
static void trim_utf8(char *text)
{
	size_t len = strlen(text), i = len;

	while (i > 0 && ((unsigned char)text[i - 1] & 0xc0) == 0x80)
		i--;
	if (i == 0)
		return;
	unsigned char lead = (unsigned char)text[i - 1];
	size_t want = lead >= 0xf0   ? 4
		      : lead >= 0xe0 ? 3
		      : lead >= 0xc0 ? 2
				     : 1;

	if (len - (i - 1) < want)
		text[i - 1] = '\0';
}

/*
 * A reason is one line of a transcript: bytes that a host or a peer chose
 * must not break it.
 */
static void copy_clean(char *dst, size_t size, const char *src)
{
	size_t n = 0;

	for (; *src != '\0'; src++) {
		unsigned char c = (unsigned char)*src;

		if (c < 0x20 || c == 0x7f) {
			if (n + 5 > size)
				break;
			n += (size_t)snprintf(dst + n, size - n, "\\x%02x", c);
		} else {
			if (n + 2 > size)
				break;
			dst[n++] = (char)c;
		}
	}
	dst[n] = '\0';
	trim_utf8(dst);
}

static void format_clean(char *dst, size_t size, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void format_clean(char *dst, size_t size, const char *fmt, va_list ap)
{
	char raw[800];

	vsnprintf(raw, sizeof(raw), fmt, ap);
	copy_clean(dst, size, raw);
}

enum err why_set(
	struct why *why, enum err err, enum grade grade, const char *fmt, ...)
{
	va_list ap;

	why->err = err;
	why->grade = grade;
	why->policy = false;
	va_start(ap, fmt);
	format_clean(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	return err;
}

enum err why_policy(struct why *why, enum err err, const char *fmt, ...)
{
	va_list ap;

	why->err = err;
	why->grade = GRADE_ASM;
	why->policy = true;
	va_start(ap, fmt);
	format_clean(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	return err;
}

void why_prefix(struct why *why, const char *fmt, ...)
{
	char head[200], whole[sizeof(head) + sizeof(why->text) + 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(head, sizeof(head), fmt, ap);
	va_end(ap);
	snprintf(whole, sizeof(whole), "%s: %s", head, why->text);
	copy_clean(why->text, sizeof(why->text), whole);
}

static const char *const grade_names[] = {
	[GRADE_CAP] = "cap",
	[GRADE_MAN] = "man",
	[GRADE_KIN] = "kin",
	[GRADE_INF] = "inf",
	[GRADE_ASM] = "asm",
};

const char *grade_name(enum grade grade)
{
	return grade_names[grade];
}

bool grade_parse(const char *name, enum grade *grade)
{
	for (size_t i = 0; i < sizeof(grade_names) / sizeof(*grade_names); i++)
		if (strcmp(name, grade_names[i]) == 0) {
			*grade = (enum grade)i;
			return true;
		}
	return false;
}

const char *err_name(enum err err)
{
#define NAME(e)                                                                \
	case e:                                                                \
		return #e
	switch (err) {
		NAME(ERR_OK);
		NAME(ERR_UNKNOWN);
		NAME(ERR_NOT_ALLOWED);
		NAME(ERR_NOT_SUPPORTED);
		NAME(ERR_SYNTAX);
		NAME(ERR_NO_COMMAND);
		NAME(ERR_NOT_MODELLED);
		NAME(ERR_PARAM);
		NAME(ERR_LINE_TOO_LONG);
		NAME(ERR_NO_MEMORY);
		NAME(ERR_TIMEOUT);
		NAME(ERR_BUSY);
		NAME(ERR_FAULT);
		NAME(ERR_SIM_NOT_INSERTED);
		NAME(ERR_SIM_PIN_REQUIRED);
		NAME(ERR_SIM_PUK_REQUIRED);
		NAME(ERR_SIM_PIN2_REQUIRED);
		NAME(ERR_SIM_PUK2_REQUIRED);
		NAME(ERR_SIM_FAILURE);
		NAME(ERR_SIM_BUSY);
		NAME(ERR_SIM_WRONG);
		NAME(ERR_PASSWORD);
		NAME(ERR_NO_SERVICE);
		NAME(ERR_GNSS_SUPPORT);
		NAME(ERR_GNSS_ON);
		NAME(ERR_GNSS_OFF);
		NAME(ERR_GNSS_FIX);
		NAME(ERR_FILE_PARAM);
		NAME(ERR_FILE_LARGER);
		NAME(ERR_FILE_ZERO_READ);
		NAME(ERR_FILE_DRIVE_FULL);
		NAME(ERR_FILE_NOT_FOUND);
		NAME(ERR_FILE_NAME);
		NAME(ERR_FILE_EXISTS);
		NAME(ERR_FILE_WRITE);
		NAME(ERR_FILE_OPEN);
		NAME(ERR_FILE_READ);
		NAME(ERR_FILE_TOO_MANY);
		NAME(ERR_FILE_READONLY);
		NAME(ERR_FILE_HANDLE);
		NAME(ERR_FILE_LIST);
		NAME(ERR_FILE_DELETE);
		NAME(ERR_FILE_DISK);
		NAME(ERR_FILE_NO_SPACE);
		NAME(ERR_FILE_TIMEOUT);
		NAME(ERR_FILE_TOO_LARGE);
		NAME(ERR_FILE_INVALID);
		NAME(ERR_FILE_ALREADY_OPEN);
		NAME(ERR_NET_UNKNOWN);
		NAME(ERR_NET_BLOCKED);
		NAME(ERR_NET_PARAM);
		NAME(ERR_NET_MEMORY);
		NAME(ERR_NET_SOCKET);
		NAME(ERR_NET_NOT_SUPPORTED);
		NAME(ERR_NET_BIND);
		NAME(ERR_NET_LISTEN);
		NAME(ERR_NET_WRITE);
		NAME(ERR_NET_READ);
		NAME(ERR_NET_ACCEPT);
		NAME(ERR_NET_PDP_OPEN);
		NAME(ERR_NET_PDP_CLOSE);
		NAME(ERR_NET_ID_USED);
		NAME(ERR_NET_DNS_BUSY);
		NAME(ERR_NET_DNS);
		NAME(ERR_NET_CONNECT);
		NAME(ERR_NET_CLOSED);
		NAME(ERR_NET_BUSY);
		NAME(ERR_NET_TIMEOUT);
		NAME(ERR_NET_PDP_BROKEN);
		NAME(ERR_NET_CANCEL);
		NAME(ERR_NET_NOT_ALLOWED);
		NAME(ERR_NET_NO_APN);
		NAME(ERR_NET_PORT_BUSY);
		NAME(ERR_TLS_FILE);
		NAME(ERR_TLS_CONFIG);
		NAME(ERR_TLS_VERIFY);
		NAME(ERR_TLS_ALERT);
		NAME(ERR_TLS_HANDSHAKE);
	}
#undef NAME
	return "ERR_?";
}
