#include "hil/dialogue.h"

/*
 * A host that sends ahead, out of a pipe: its commands stand in a row, and
 * behind them their answers. Each is read with its own.
 */
struct row {
	const struct termlog *log;
	size_t *order;
	size_t n;
};

static bool is_sent(const struct log_line *line)
{
	return line->dir == LOG_DIR_HOST && !line->masked &&
	       command_is(line->text);
}

static bool is_answered(const struct log_line *line)
{
	enum final final;
	int code;

	return line->dir == LOG_DIR_MODEM && !line->masked &&
	       final_parse(line->text, &final, &code);
}

static void put(struct row *r, size_t line)
{
	r->order[r->n++] = line;
}

/* Commands [i, j), and up to `end` no other line of the host's. */
static void put_in_turn(struct row *r, size_t i, size_t j, size_t end)
{
	for (size_t at = j; at < end; at++) {
		if (i < j && (at == j || is_answered(&r->log->lines[at - 1])))
			put(r, i++);
		put(r, at);
	}
}

void dialogue_order(const struct termlog *log, size_t *order)
{
	struct row r = {log, order, 0};

	for (size_t i = 0; i < log->n;) {
		size_t j = i, end, finals = 0;

		while (j < log->n && is_sent(&log->lines[j]))
			j++;
		for (end = j; j > i + 1 && end < log->n &&
			      log->lines[end].dir != LOG_DIR_HOST;
			end++)
			finals += is_answered(&log->lines[end]);
		if (j > i + 1 && finals >= j - i) {
			put_in_turn(&r, i, j, end);
			i = end;
			continue;
		}
		do
			put(&r, i++);
		while (i < j);
	}
}
