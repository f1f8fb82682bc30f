#include "note.h"

#include <stdarg.h>
#include <stdio.h>

void note_say(const struct note *note, const char *fmt, ...)
{
	char text[NOTE_MAX];
	va_list ap;

	if (!note || !note->fn)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	note->fn(note->arg, text);
}
