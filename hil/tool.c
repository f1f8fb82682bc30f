#include "hil/tool.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "base/buf.h"
#include "io/loop.h"

#define WORD_MAX 4096
/* How often tool_wait() looks at *done. */
#define LOOK_US 20000u

struct step {
	const struct tool *tool;
	struct timer timer;
	struct proc *proc;
	bool ended, late;
	int status;
	char how[100];
};

static void on_line(void *arg, const char *line)
{
	struct step *s = arg;

	if (s->tool->line != NULL)
		s->tool->line(s->tool->arg, line);
}

static void on_exit_(void *arg, bool success, const char *how)
{
	struct step *s = arg;

	(void)success;
	s->ended = true;
	s->status = proc_status(s->proc);
	snprintf(s->how, sizeof(s->how), "%s", how);
	loop_stop(s->tool->loop);
}

static void on_time(void *arg)
{
	struct step *s = arg;

	s->late = true;
	loop_stop(s->tool->loop);
}

enum tool_end tool_run(const struct tool *t, const struct argv *argv,
	int *status, char *how, size_t size)
{
	struct clock *clock = loop_clock(t->loop);
	struct step s = {.tool = t};
	const struct proc_opts o = {.argv = argv->v,
		.line = on_line,
		.exited = on_exit_,
		.arg = &s};
	enum tool_end end = TOOL_INTERRUPTED;

	*status = -1;
	if (argv->failed || argv->n == 0) {
		snprintf(how, size, "the command is empty or too long");
		return TOOL_NOT_STARTED;
	}
	s.proc = proc_spawn_tool(loop_base(t->loop), &o, t->keep_fd, how, size);
	if (s.proc == NULL)
		return TOOL_NOT_STARTED;
	timer_init(&s.timer, on_time, &s);
	timer_set_us(clock, &s.timer, (uint64_t)t->limit_ms * 1000);
	loop_run(t->loop);
	timer_del(clock, &s.timer);
	if (s.ended) {
		*status = s.status;
		snprintf(how, size, "%s", s.how);
		end = TOOL_ENDED;
	} else if (s.late) {
		snprintf(how, size, "did not end within %u s",
			(t->limit_ms + 999) / 1000);
		end = TOOL_TIMEOUT;
	} else {
		snprintf(how, size, "was interrupted");
	}
	proc_free(s.proc);
	return end;
}

/* ---- waiting ---- */

struct waiting {
	struct loop *loop;
	struct timer timer;
	const bool *done;
	uint64_t until_us;
	bool over;
};

static void look(void *arg)
{
	struct waiting *w = arg;
	uint64_t now = clock_now_us(loop_clock(w->loop));

	if ((w->done != NULL && *w->done) || now >= w->until_us) {
		w->over = true;
		loop_stop(w->loop);
		return;
	}
	timer_set_us(loop_clock(w->loop), &w->timer,
		w->done != NULL && w->until_us - now > LOOK_US
			? LOOK_US
			: w->until_us - now);
}

bool tool_wait(struct loop *loop, unsigned ms, const bool *done)
{
	struct waiting w = {.loop = loop,
		.done = done,
		.until_us =
			clock_now_us(loop_clock(loop)) + (uint64_t)ms * 1000};

	timer_init(&w.timer, look, &w);
	timer_set_us(loop_clock(loop), &w.timer, 0);
	loop_run(loop);
	timer_del(loop_clock(loop), &w.timer);
	return w.over;
}

/* ---- command lines ---- */

/* A brace of `names` at *text; its index, or -1. */
static int find_name(const char *text, const char *const *names)
{
	for (int i = 0; names != NULL && names[i] != NULL; i++)
		if (strncmp(text, names[i], strlen(names[i])) == 0)
			return i;
	return -1;
}

/* One word; *text is moved behind it. */
static bool take_word(const char **text, struct buf *word,
	const char *const *names, const char *const *values)
{
	const char *p = *text;
	char quote = '\0';
	bool ok = true;

	for (; ok && *p != '\0' && (quote != '\0' || !strchr(" \t", *p));) {
		int name = find_name(p, names);

		if (name >= 0) {
			ok = buf_adds(word, values[name]);
			p += strlen(names[name]);
		} else if (*p == quote) {
			quote = '\0';
			p++;
		} else if (quote == '\0' && (*p == '"' || *p == '\'')) {
			quote = *p++;
		} else {
			ok = buf_addc(word, (uint8_t)*p++);
		}
	}
	*text = p;
	return ok && quote == '\0' && buf_cstr(word) != NULL;
}

bool tool_words(struct argv *argv, const char *text, const char *const *names,
	const char *const *values)
{
	struct buf word;

	buf_init(&word, WORD_MAX);
	while (!argv->failed && *(text += strspn(text, " \t")) != '\0') {
		buf_reset(&word);
		if (take_word(&text, &word, names, values))
			argv_add(argv, buf_cstr(&word));
		else
			argv->failed = true;
	}
	buf_free(&word);
	return !argv->failed;
}
