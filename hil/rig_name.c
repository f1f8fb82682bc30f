#include "hil/rig_name.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	enum rig_kind kind;
} kinds[] = {
	{"modem", RIG_MODEM},
	{"host", RIG_HOST},
	{"virtual", RIG_VIRTUAL},
};

static bool take_kind(const char *name, struct rig_opts *opts)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].name, name) == 0) {
			opts->kind = kinds[i].kind;
			return true;
		}
	return false;
}

static bool copy(char *to, size_t size, const char *from, size_t len)
{
	return len > 0 &&
	       snprintf(to, size, "%.*s", (int)len, from) == (int)len &&
	       len < size;
}

static bool take_setting(
	struct rig_name *n, const char *text, size_t len, struct rig_opts *opts)
{
	if (len > 8 && memcmp(text, "profile=", 8) == 0) {
		opts->profile = n->profile;
		return copy(n->profile, sizeof(n->profile), text + 8, len - 8);
	}
	if (len > 6 && memcmp(text, "image=", 6) == 0 &&
		opts->kind == RIG_VIRTUAL) {
		opts->image = n->image;
		return copy(n->image, sizeof(n->image), text + 6, len - 6);
	}
	if (len > 12 && memcmp(text, "expect_boot=", 12) == 0 &&
		opts->kind == RIG_VIRTUAL) {
		opts->expect_boot = n->expect_boot;
		return copy(n->expect_boot, sizeof(n->expect_boot), text + 12,
			len - 12);
	}
	return false;
}

bool rig_name_take(struct rig_name *name, const char *text,
	struct rig_opts *opts, char *why, size_t why_size)
{
	size_t len = strcspn(text, ",");

	*name = (struct rig_name){0};
	if (!copy(name->name, sizeof(name->name), text, len) ||
		!take_kind(name->name, opts)) {
		snprintf(why, why_size,
			"the rigs that are there are modem, host and virtual");
		return false;
	}
	while (text[len] == ',') {
		text += len + 1;
		len = strcspn(text, ",");
		if (take_setting(name, text, len, opts))
			continue;
		snprintf(why, why_size, "'%.*s': expected profile=NAME%s",
			(int)len, text,
			opts->kind == RIG_VIRTUAL
				? ", image=PATH or expect_boot=PATTERN"
				: "");
		return false;
	}
	return true;
}

bool rig_name_is_built_in(const char *text)
{
	size_t len = strcspn(text, ",");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strncmp(kinds[i].name, text, len) == 0 &&
			kinds[i].name[len] == '\0')
			return true;
	return false;
}
