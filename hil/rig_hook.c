#include "hil/rig_hook.h"

#include <stdio.h>

#include "hil/tool.h"

#define LAST_MAX 200

static void keep_line(void *arg, const char *line)
{
	if (line[0] != '\0')
		snprintf(arg, LAST_MAX, "%s", line);
}

bool rig_hook_run(struct loop *loop, const char *name,
	const struct rig_hook *hook, bool *interrupted, char *why,
	size_t why_size)
{
	char last[LAST_MAX] = "", how[300];
	const struct tool t = {.loop = loop,
		.limit_ms = (unsigned)hook->timeout * 1000,
		.keep_fd = -1,
		.line = keep_line,
		.arg = last};
	struct argv a = {0};
	enum tool_end end;
	int status;

	if (hook->command == NULL)
		return true;
	(void)tool_words(&a, hook->command, NULL, NULL);
	end = tool_run(&t, &a, &status, how, sizeof(how));
	argv_free(&a);
	if (end == TOOL_ENDED && status == hook->status)
		return true;
	*interrupted = *interrupted || end == TOOL_INTERRUPTED;
	snprintf(why, why_size, "the hook %s %s%s%s", name, how,
		last[0] != '\0' ? ": " : "", last);
	return false;
}
