#include "hil/vdfu/vdfu_knobs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct knob {
	const char *name;
	size_t offset;
	unsigned long max;
} knobs[] = {
	{"poll", offsetof(struct vdfu_knobs, poll_ms), 0xffffff},
	{"fail-write", offsetof(struct vdfu_knobs, fail_write), 0xffffffff},
	{"fail-erase", offsetof(struct vdfu_knobs, fail_erase), 0xffffffff},
	{"unplug", offsetof(struct vdfu_knobs, unplug), 0xffffffff},
	{"hang", offsetof(struct vdfu_knobs, hang), 0xffffffff},
	{"flip", offsetof(struct vdfu_knobs, flip), 0xffffffff},
	{"start", offsetof(struct vdfu_knobs, start), VDFU_ERROR},
};

#define N_KNOBS (sizeof(knobs) / sizeof(*knobs))

static bool number(const char *text, unsigned long max, uint32_t *value)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 0);
	*value = (uint32_t)n;
	return end != text && *end == '\0' && *text != '-' && errno == 0 &&
	       n <= max;
}

bool vdfu_knobs_set(
	struct vdfu_knobs *k, const char *text, char *why, size_t why_size)
{
	size_t len = strcspn(text, "=");
	const char *value = text[len] == '=' ? text + len + 1 : "";
	unsigned long max = 1;
	uint32_t n;
	size_t i;

	for (i = 0; i < N_KNOBS; i++)
		if (strncmp(text, knobs[i].name, len) == 0 &&
			knobs[i].name[len] == '\0')
			break;
	if (i < N_KNOBS) {
		max = knobs[i].max;
	} else if (len != 4 || memcmp(text, "mute", 4) != 0) {
		snprintf(why, why_size,
			"no knob '%.*s'; there are poll, fail-write, "
			"fail-erase, unplug, hang, flip, start and mute",
			(int)len, text);
		return false;
	}
	if (!number(value, max, &n)) {
		snprintf(why, why_size, "knob %.*s: expected 0 to %lu",
			(int)len, text, max);
		return false;
	}
	if (i < N_KNOBS)
		memcpy((char *)k + knobs[i].offset, &n, sizeof(n));
	else
		k->mute = n != 0;
	return true;
}
