/*
 * Recordings, two parted by a 0xff byte: as sessions, which are the same as
 * themselves and lose nothing when they are aligned with each other; as
 * dialogues, whose lines are put in order without one lost; and as what
 * ec21hil replay sends.
 */
#include "hil/session.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hil/crossing.h"
#include "hil/dialogue.h"
#include "hil/replay_scenario.h"
#include "hil/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in memory, and a path to it. */
static int make_file(const void *data, size_t size, char path[64])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static bool load(struct session *s, const uint8_t *data, size_t size)
{
	struct transcript_error err;
	char path[64];
	int fd = make_file(data, size, path);
	bool ok = session_load(s, path, &err);

	close(fd);
	return ok;
}

/* Each turn and line of both is in one row, in order. */
static void check_rows(
	const struct session *a, const struct session *b, struct rows *rows)
{
	size_t turns[2] = {0}, urcs[2] = {0}, same = 0;
	char name[64];

	for (size_t i = 0; i < rows->n; i++) {
		const struct row *row = &rows->list[i];

		turns[0] += row->a != NULL && row->kind == ROW_TURN;
		turns[1] += row->b != NULL && row->kind == ROW_TURN;
		urcs[0] += row->urc_a != NULL;
		urcs[1] += row->urc_b != NULL;
		same += row->type == ROW_SAME;
		row_name(row, name, sizeof(name));
	}
	if (turns[0] != a->n_turns || turns[1] != b->n_turns ||
		urcs[0] != a->n_urcs || urcs[1] != b->n_urcs ||
		same != rows->same || rows->n != rows->same + rows->differ)
		abort();
}

static void align(const struct session *a, const struct session *b)
{
	struct rows rows;

	if (session_align(a, b, &rows)) {
		check_rows(a, b, &rows);
		if (a == b && rows.differ > 0)
			abort();
	}
	rows_free(&rows);
}

static void check_sessions(
	const uint8_t *data, size_t n, const uint8_t *more, size_t n_more)
{
	struct session a, b;

	if (!load(&a, data, n))
		return;
	align(&a, &a);
	if (load(&b, more, n_more)) {
		align(&a, &b);
		session_drop_crossings(&b);
		align(&a, &b);
		session_free(&b);
	}
	session_free(&a);
}

static void check_order(const struct termlog *log)
{
	size_t *order = calloc(log->n + 1, sizeof(*order));
	bool *seen = calloc(log->n + 1, sizeof(*seen));

	if (order == NULL || seen == NULL)
		abort();
	dialogue_order(log, order);
	for (size_t i = 0; i < log->n; i++) {
		if (order[i] >= log->n || seen[order[i]])
			abort();
		seen[order[i]] = true;
	}
	free(order);
	free(seen);
}

static void check_dialogue(const uint8_t *data, size_t n)
{
	struct transcript_error err;
	struct dialogue d;
	struct termlog log;

	termlog_init(&log);
	if (termlog_feed(&log, data, n, &err) && termlog_end(&log, &err)) {
		check_order(&log);
		dialogue_read(&d, &log);
		dialogue_free(&d);
	}
	termlog_free(&log);
}

static void check_scenario(const uint8_t *data, size_t n, enum replay_pace pace)
{
	/* Where no file can be made: a masked key is refused. */
	struct replay_plan plan = {.folder = "/proc/fuzz", .pace = pace};
	char from[64], to[64];
	int in = make_file(data, n, from), out = make_file("", 0, to);
	struct transcript_error err;
	struct scenario s;

	buf_init(&plan.notes, (size_t)1 << 20);
	if (replay_scenario_make(&plan, from, to, &err) &&
		scenario_load(&s, to, &err))
		scenario_free(&s);
	buf_free(&plan.notes);
	close(in);
	close(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *cut;
	size_t n;

	if (size < 2)
		return 0;
	cut = memchr(data + 1, 0xff, size - 1);
	n = cut != NULL ? (size_t)(cut - data) - 1 : size - 1;
	check_sessions(data + 1, n, cut != NULL ? cut + 1 : data + 1,
		cut != NULL ? size - n - 2 : n);
	check_dialogue(data + 1, n);
	check_scenario(data + 1, n, (enum replay_pace)(data[0] % 3));
	return 0;
}
