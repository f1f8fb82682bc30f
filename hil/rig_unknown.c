#include "hil/rig_unknown.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/suggest.h"

static const char *const built_in[] = {"modem", "host", "virtual"};

void rig_unknown(const struct rig_confs *confs, bool with_built_in,
	const char *name, char *why, size_t why_size)
{
	size_t n = with_built_in ? sizeof(built_in) / sizeof(*built_in) : 0;
	const char **names = calloc(n + confs->n + 1, sizeof(*names)), *near;
	char list[400] = "none";
	size_t len = 0;

	snprintf(why, why_size, "there is no such rig");
	if (names == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		names[i] = built_in[i];
	for (size_t i = 0; i < confs->n; i++)
		names[n + i] = confs->list[i].name;
	for (size_t i = 0; i < n + confs->n && len < sizeof(list); i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
			i > 0 ? ", " : "", names[i]);
	near = suggest(name, names);
	snprintf(why, why_size, "the %s that are there are %s (%s%s)%s%s%s",
		with_built_in ? "rigs" : "boards", list,
		confs->path[0] ? "boards of " : "no rigs.conf", confs->path,
		near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		near != NULL ? "?" : "");
	free(names);
}
