#include "base/mask_fill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Letters in a line of PEM. */
#define PEM_COLUMNS 64

/* The value of `key=…` in words parted by blanks or commas; "": none. */
static void find_word(const char *words, size_t len, const char *key,
	char *value, size_t size)
{
	size_t n = strlen(key);

	value[0] = '\0';
	for (size_t i = 0; i + n < len; i++) {
		size_t from = i + n + 1, to = from;

		if (memcmp(words + i, key, n) != 0 || words[i + n] != '=' ||
			(i > 0 && words[i - 1] != ' ' && words[i - 1] != ',' &&
				words[i - 1] != '{'))
			continue;
		while (to < len && words[to] != ' ' && words[to] != ',' &&
			words[to] != '}')
			to++;
		snprintf(value, size, "%.*s", (int)(to - from), words + from);
		return;
	}
}

bool mask_read(const char *words, size_t len, struct mask_words *mask)
{
	char number[16];
	char *end;

	find_word(words, len, "kind", mask->kind, sizeof(mask->kind));
	find_word(words, len, "breaks", mask->breaks, sizeof(mask->breaks));
	find_word(words, len, "sha256", mask->sha256, sizeof(mask->sha256));
	find_word(words, len, "len", number, sizeof(number));
	mask->len = strtoul(number, &end, 10);
	return end != number && *end == '\0' && number[0] != '-' &&
	       mask->len > 0 && mask->len <= MASK_FILL_MAX;
}

static bool fill_key(const struct mask_words *mask, struct buf *out)
{
	static const char label[] = "-----BEGIN RSA PRIVATE KEY-----";
	bool breaks = strcmp(mask->breaks, "none") != 0, ok = true;
	size_t column = 0;

	for (size_t i = 0; ok && i < mask->len; i++) {
		bool in_label = i < sizeof(label) - 1;
		bool lf = breaks && !in_label &&
			  (i == sizeof(label) - 1 || column == PEM_COLUMNS);

		ok = buf_addc(out, in_label ? (uint8_t)label[i]
				   : lf	    ? '\n'
					    : 'A');
		column = lf || in_label ? 0 : column + 1;
	}
	return ok;
}

bool mask_fill(const struct mask_words *mask, struct buf *out)
{
	bool ok = true;

	if (strcmp(mask->kind, "key") == 0)
		return fill_key(mask, out);
	for (size_t i = 0; ok && i < mask->len; i++)
		ok = buf_addc(out, '0');
	return ok;
}
