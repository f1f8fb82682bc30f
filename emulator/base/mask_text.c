#include "base/mask.h"

#include <stdio.h>

/* Masks as a transcript has them. */

const char *mask_kind_name(enum mask_kind kind)
{
	static const char *const names[] = {
		[MASK_KEY] = "key",
		[MASK_PASSPHRASE] = "passphrase",
		[MASK_PSK] = "psk",
		[MASK_PIN] = "pin",
		[MASK_PASSWORD] = "password",
	};

	return names[kind];
}

void mask_text(const struct mask_info *info, char text[MASK_TEXT_SIZE])
{
	if (info->kind == MASK_KEY)
		snprintf(text, MASK_TEXT_SIZE,
			"@masked kind=key len=%zu qsum=%x sha256=%s breaks=%s",
			info->len, info->qsum, info->sha256, info->breaks);
	else
		snprintf(text, MASK_TEXT_SIZE, "@masked{kind=%s,len=%zu}",
			mask_kind_name(info->kind), info->len);
}
