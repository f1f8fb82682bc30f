#include "hil/fresh.h"

#include <string.h>

#define SAID_MAX 4096

void fresh_begin(struct fresh *f)
{
	buf_free(&f->said);
	buf_init(&f->said, SAID_MAX);
	f->waits = true;
}

/* The end of its line counts, as a late URC may be in front. */
bool fresh_take(struct fresh *f, const void *data, size_t len)
{
	static const char end[] = "\r\nOK\r\n";
	size_t n = strlen(end);

	if (!buf_add(&f->said, data, len))
		buf_reset(&f->said);
	if (buf_len(&f->said) < n ||
		memmem(buf_data(&f->said), buf_len(&f->said), end, n) == NULL)
		return false;
	f->waits = false;
	return true;
}

void fresh_free(struct fresh *f)
{
	buf_free(&f->said);
}
