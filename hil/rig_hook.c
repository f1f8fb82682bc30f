#include "hil/rig_hook.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "hil/tool.h"
#include "io/loop.h"

#define LAST_MAX 200

static void keep_line(void *arg, const char *line)
{
	if (line[0] != '\0')
		snprintf(arg, LAST_MAX, "%s", line);
}

static void tell_failure(const char *name, const char *how, const char *last,
	char *why, size_t why_size)
{
	snprintf(why, why_size, "the hook %s %s%s%s", name, how,
		last[0] != '\0' ? ": " : "", last);
}

/* cut: it was ended before it ended by itself. */
static bool run(struct loop *loop, const char *name,
	const struct rig_hook *hook, bool *interrupted, bool *cut, char *why,
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
	*cut = end == TOOL_INTERRUPTED || end == TOOL_TIMEOUT ||
	       (end == TOOL_ENDED && status < 0);
	tell_failure(name, how, last, why, why_size);
	return false;
}

bool rig_hook_run(struct loop *loop, const char *name,
	const struct rig_hook *hook, bool *interrupted, char *why,
	size_t why_size)
{
	bool cut;

	return run(loop, name, hook, interrupted, &cut, why, why_size);
}

bool rig_hook_acquire(struct loop *loop, const struct rig_conf *c,
	bool *acquired, bool *interrupted, char *why, size_t why_size)
{
	bool cut = false, ok;

	ok = run(
		loop, "acquire", &c->acquire, interrupted, &cut, why, why_size);
	*acquired = ok || cut;
	return ok;
}

bool rig_hook_can_switch(const struct rig_conf *c)
{
	return c->power_off.command != NULL && c->power_on.command != NULL;
}

bool rig_hook_can_reset(const struct rig_conf *c)
{
	return c->reset.command != NULL || rig_hook_can_switch(c);
}

bool rig_hook_reset(struct loop *loop, const struct rig_conf *c,
	bool *interrupted, char *why, size_t why_size)
{
	if (c->reset.command != NULL)
		return rig_hook_run(
			loop, "reset", &c->reset, interrupted, why, why_size);
	return rig_hook_run(loop, "power_off", &c->power_off, interrupted, why,
		       why_size) &&
	       rig_hook_run(loop, "power_on", &c->power_on, interrupted, why,
		       why_size);
}

/* ---- from within the loop ---- */

struct rig_hooks {
	struct rig_hooks_opts opts;
	size_t at;
	struct proc *proc;
	struct timer timer; /* the limit of the one that runs, or 0: the next */
	char last[LAST_MAX];
};

static void end(struct rig_hooks *h, const char *how)
{
	char why[LAST_MAX + 400];

	timer_del(loop_clock(h->opts.loop), &h->timer);
	proc_free(h->proc);
	h->proc = NULL;
	if (how != NULL)
		tell_failure(
			h->opts.names[h->at], how, h->last, why, sizeof(why));
	h->opts.done(h->opts.arg, how != NULL ? why : NULL);
}

static void on_hook_line(void *arg, const char *line)
{
	struct rig_hooks *h = arg;

	keep_line(h->last, line);
}

static void on_hook_exit(void *arg, bool success, const char *how)
{
	struct rig_hooks *h = arg;
	char text[100];

	(void)success;
	if (proc_status(h->proc) != h->opts.hooks[h->at]->status) {
		snprintf(text, sizeof(text), "%s", how);
		end(h, text);
		return;
	}
	proc_free(h->proc);
	h->proc = NULL;
	h->at++;
	timer_set_us(loop_clock(h->opts.loop), &h->timer, 0);
}

static bool has_next(const struct rig_hooks *h)
{
	return h->at < RIG_HOOKS_MAX && h->opts.names[h->at] != NULL;
}

static void start_next(struct rig_hooks *h)
{
	struct proc_opts o = {
		.line = on_hook_line, .exited = on_hook_exit, .arg = h};
	const struct rig_hook *hook;
	char why[300] = "has a command that is empty or too long";
	struct argv a = {0};

	while (has_next(h) && h->opts.hooks[h->at]->command == NULL)
		h->at++;
	if (!has_next(h)) {
		end(h, NULL);
		return;
	}
	hook = h->opts.hooks[h->at];
	h->last[0] = '\0';
	if (tool_words(&a, hook->command, NULL, NULL) && a.n > 0) {
		o.argv = a.v;
		h->proc = proc_spawn_tool(loop_base(h->opts.loop), &o,
			h->opts.keep_fd, why, sizeof(why));
	}
	argv_free(&a);
	if (h->proc == NULL) {
		end(h, why);
		return;
	}
	timer_set_us(loop_clock(h->opts.loop), &h->timer,
		(uint64_t)hook->timeout * 1000000);
}

static void on_timer(void *arg)
{
	struct rig_hooks *h = arg;
	char how[60];

	if (h->proc == NULL) {
		start_next(h);
		return;
	}
	snprintf(how, sizeof(how), "did not end within %ld s",
		h->opts.hooks[h->at]->timeout);
	end(h, how);
}

struct rig_hooks *rig_hooks_start(const struct rig_hooks_opts *opts)
{
	struct rig_hooks *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->opts = *opts;
	timer_init(&h->timer, on_timer, h);
	timer_set_us(loop_clock(opts->loop), &h->timer, 0);
	return h;
}

void rig_hooks_free(struct rig_hooks *h)
{
	if (h == NULL)
		return;
	timer_del(loop_clock(h->opts.loop), &h->timer);
	proc_free(h->proc);
	free(h);
}
