#include "hil/upload.h"

#include <stdlib.h>
#include <string.h>

#include "hil/dialogue.h"

#define CTRL_Z 0x1a
#define ESC    0x1b
/* Without an argument that says it. man [EC20 FILE V1.0] */
#define FILE_SIZE 10240

/* The argument that is the length; what none means. 0: a text. */
static const struct {
	const char *name;
	size_t arg, otherwise;
} senders[] = {
	{"+QFUPL=", 1, FILE_SIZE},
	{"+QFWRITE=", 1, FILE_SIZE},
	{"+QISEND=", 1, 0},
	{"+QSSLSEND=", 1, 0},
	{"+QHTTPURL=", 0, 0},
	{"+QHTTPPOST=", 0, 0},
	{"+QMTPUB=", 5, 0},
};

void upload_init(struct upload *u, size_t max)
{
	*u = (struct upload){0};
	buf_init(&u->data, max);
}

void upload_free(struct upload *u)
{
	buf_free(&u->data);
}

void upload_expect(struct upload *u, const char *command)
{
	const char *at;
	char value[16];

	u->end = UPLOAD_UNTIL_ANSWER;
	for (size_t i = 0; i < sizeof(senders) / sizeof(*senders); i++) {
		at = strcasestr(command, senders[i].name);
		if (at == NULL)
			continue;
		u->announced = senders[i].otherwise;
		if (command_arg(at, senders[i].arg, value, sizeof(value)) &&
			value[0] != '\0')
			u->announced = strtoul(value, NULL, 10);
		u->end = u->announced > 0 ? UPLOAD_COUNTED : UPLOAD_TEXT;
		return;
	}
}

void upload_begin(struct upload *u)
{
	u->open = true;
	u->left = u->announced;
}

static void count(struct upload *u, size_t n)
{
	if (u->end != UPLOAD_COUNTED)
		return;
	u->left -= n < u->left ? n : u->left;
	u->open = u->left > 0;
}

bool upload_take(struct upload *u, uint8_t c)
{
	count(u, 1);
	if (u->end == UPLOAD_TEXT && (c == CTRL_Z || c == ESC))
		u->open = false;
	return buf_addc(&u->data, c);
}

bool upload_take_mask(
	struct upload *u, const char *words, size_t len, size_t bytes)
{
	count(u, bytes);
	return buf_add(&u->data, words, len);
}

void upload_reset(struct upload *u)
{
	u->open = false;
	buf_reset(&u->data);
}
