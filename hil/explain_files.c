#include "hil/explain_holds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What speaks for the causes of errors of files and of their handles. */

static bool is_cme(const struct matter *m, int code)
{
	return m->f->family == CODE_CME && m->f->code == code;
}

static bool is_command(const struct matter *m, const char *name)
{
	return m->x != NULL && strcmp(m->f->name, name) == 0;
}

/* ---- uploads, and files by name ---- */

enum score holds_commands_as_data(const struct matter *m, struct buf *because)
{
	if (m->x == NULL || m->x->payload.commands == 0)
		return SCORE_NO;
	buf_printf(because, "%zu lines behind CONNECT of line %u are commands",
		m->x->payload.commands, m->x->line);
	return SCORE_SHOWN;
}

enum score holds_upload_short(const struct matter *m, struct buf *because)
{
	char size[16] = "";

	if (!is_cme(m, 421) || m->x == NULL)
		return SCORE_NO;
	command_arg(m->x->command, 1, size, sizeof(size));
	if (m->x->n_info > 0)
		buf_printf(because, "line %u: %s of %s announced",
			m->d->infos[m->x->first_info].line,
			m->d->infos[m->x->first_info].text, size);
	return SCORE_LIKELY;
}

enum score holds_upload_open(const struct matter *m, struct buf *because)
{
	(void)because;
	return m->f->type == FINDING_SILENCE && m->x != NULL && m->x->connect
		       ? SCORE_LIKELY
		       : SCORE_NO;
}

enum score holds_file_exists(const struct matter *m, struct buf *because)
{
	char name[96], args[104];
	size_t i;

	if ((!is_cme(m, 407) &&
		    !(is_command(m, "+QFUPL") && m->x->final == FINAL_ERROR)) ||
		m->x == NULL ||
		!command_arg(m->x->command, 0, name, sizeof(name)))
		return SCORE_NO;
	snprintf(args, sizeof(args), "\"%s\"", name);
	i = dialogue_last(m->d, m->f->exchange, "+QFUPL", args);
	if (i == NO_EXCHANGE)
		return is_cme(m, 407) ? SCORE_LIKELY : SCORE_POSSIBLE;
	buf_printf(because, "line %u uploaded %s before",
		m->d->exchanges[i].line, name);
	return SCORE_SHOWN;
}

enum score holds_delete_absent(const struct matter *m, struct buf *because)
{
	(void)because;
	return strcmp(m->f->name, "+QFDEL") == 0 &&
			       (is_cme(m, 418) || is_cme(m, 405))
		       ? SCORE_LIKELY
		       : SCORE_NO;
}

enum score holds_prefix_case(const struct matter *m, struct buf *because)
{
	char name[96];
	size_t colon;

	if (!is_cme(m, 400) || m->x == NULL ||
		!command_arg(m->x->command, 0, name, sizeof(name)))
		return SCORE_NO;
	colon = strcspn(name, ":");
	if (name[colon] == '\0' || strspn(name, "UFSRAMD") >= colon)
		return SCORE_NO;
	buf_printf(because, "the name is \"%s\"", name);
	return SCORE_SHOWN;
}

/* The last restart of the module before this line, 0: none. */
static unsigned restarted(const struct matter *m, unsigned from)
{
	for (size_t i = 0; i < m->d->n_infos; i++)
		if (m->d->infos[i].line > from &&
			m->d->infos[i].line < m->f->line &&
			strcmp(m->d->infos[i].text, "RDY") == 0)
			return m->d->infos[i].line;
	return 0;
}

/* The name that a command has first, in quotes as dialogue_last() wants it. */
static bool file_named(const struct matter *m, char *args, size_t size)
{
	char name[96];

	if (m->x == NULL || !command_arg(m->x->command, 0, name, sizeof(name)))
		return false;
	snprintf(args, size, "\"%s\"", name);
	return true;
}

enum score holds_file_absent(const struct matter *m, struct buf *because)
{
	bool listed =
		is_command(m, "+QFLST") && (is_cme(m, 405) || is_cme(m, 417));
	bool opened = (is_command(m, "+QFOPEN") || is_command(m, "+QFDWL")) &&
		      (is_cme(m, 405) || is_cme(m, 410));
	char args[104];
	unsigned line, again;
	size_t up, del;

	if ((!listed && !opened) || !file_named(m, args, sizeof(args)))
		return SCORE_NO;
	up = dialogue_last(m->d, m->f->exchange, "+QFUPL", args);
	del = dialogue_last(m->d, m->f->exchange, "+QFDEL", args);
	if (del != NO_EXCHANGE && (up == NO_EXCHANGE || del > up)) {
		buf_printf(because, "line %u deleted it",
			m->d->exchanges[del].line);
		return SCORE_SHOWN;
	}
	line = up == NO_EXCHANGE ? 0 : m->d->exchanges[up].line;
	again = restarted(m, line);
	if (up != NO_EXCHANGE && again != 0 &&
		strncmp(args, "\"RAM:", 5) == 0) {
		buf_printf(because, "line %u uploaded it, line %u: RDY", line,
			again);
		return SCORE_SHOWN;
	}
	if (up == NO_EXCHANGE)
		buf_printf(because, "the log does not upload %s", args);
	return SCORE_LIKELY;
}

enum score holds_no_room(const struct matter *m, struct buf *because)
{
	(void)because;
	return is_cme(m, 403) || is_cme(m, 420) || is_cme(m, 423) ? SCORE_LIKELY
								  : SCORE_NO;
}

/* Longest name of a file; 80 is what the manuals say [FILE §2]. */
#define FILE_NAME_MAX 80

enum score holds_file_name(const struct matter *m, struct buf *because)
{
	char name[260];
	const char *bare;

	if ((!is_cme(m, 400) && !is_cme(m, 406)) || m->x == NULL ||
		!command_arg(m->x->command, 0, name, sizeof(name)) ||
		!command_arg_quoted(m->x->command, 0))
		return SCORE_NO;
	bare = strchr(name, ':');
	bare = bare != NULL ? bare + 1 : name;
	if (*bare != '\0' && strcmp(bare, "*") != 0 &&
		strlen(bare) <= FILE_NAME_MAX)
		return is_cme(m, 406) ? SCORE_LIKELY : SCORE_NO;
	buf_printf(because, "the name \"%.20s\" has %zu bytes", name,
		strlen(bare));
	return SCORE_SHOWN;
}

enum score holds_file_argument(const struct matter *m, struct buf *because)
{
	(void)because;
	return is_cme(m, 400) ? SCORE_POSSIBLE : SCORE_NO;
}

/* ---- handles ---- */

/* The exchange that gave the handle of a command, NO_EXCHANGE. */
static size_t opened_by(const struct matter *m, char *handle, size_t size)
{
	char want[40];

	if (m->x == NULL || !command_arg(m->x->command, 0, handle, size))
		return NO_EXCHANGE;
	snprintf(want, sizeof(want), "+QFOPEN: %s", handle);
	for (size_t i = m->f->exchange; i-- > 0;) {
		const struct exchange *x = &m->d->exchanges[i];

		for (size_t k = 0; k < x->n_info; k++)
			if (strcmp(m->d->infos[x->first_info + k].text, want) ==
				0)
				return i;
	}
	return NO_EXCHANGE;
}

enum score holds_handle_closed(const struct matter *m, struct buf *because)
{
	char handle[16];
	size_t open, close;
	unsigned again;

	if (!is_cme(m, 416) &&
		!(is_cme(m, 425) && strncmp(m->f->name, "+QF", 3) == 0))
		return SCORE_NO;
	open = opened_by(m, handle, sizeof(handle));
	if (open == NO_EXCHANGE) {
		buf_adds(because, "no +QFOPEN before it gave this handle");
		return SCORE_LIKELY;
	}
	close = dialogue_last(m->d, m->f->exchange, "+QFCLOSE", handle);
	again = restarted(m, m->d->exchanges[open].line);
	if (close != NO_EXCHANGE && close > open)
		buf_printf(because, "line %u closed it",
			m->d->exchanges[close].line);
	else if (again != 0)
		buf_printf(
			because, "line %u: RDY, a restart closes files", again);
	else
		return SCORE_LIKELY;
	return SCORE_SHOWN;
}

enum score holds_at_end(const struct matter *m, struct buf *because)
{
	char handle[16];
	size_t read;

	if (!is_command(m, "+QFREAD") || (!is_cme(m, 402) && !is_cme(m, 411)) ||
		!command_arg(m->x->command, 0, handle, sizeof(handle)))
		return SCORE_NO;
	read = dialogue_last(m->d, m->f->exchange, "+QFREAD", handle);
	if (read != NO_EXCHANGE)
		buf_printf(because, "line %u read it before",
			m->d->exchanges[read].line);
	return SCORE_LIKELY;
}

enum score holds_past_end(const struct matter *m, struct buf *because)
{
	(void)because;
	if (!is_command(m, "+QFSEEK"))
		return SCORE_NO;
	if (is_cme(m, 401))
		return SCORE_SHOWN;
	return m->x->final == FINAL_ERROR ? SCORE_LIKELY : SCORE_NO;
}

enum score holds_file_open(const struct matter *m, struct buf *because)
{
	char args[104];
	size_t open, close;

	if (!is_cme(m, 426) && !(is_cme(m, 418) && is_command(m, "+QFDEL")))
		return SCORE_NO;
	if (!file_named(m, args, sizeof(args)))
		return is_cme(m, 426) ? SCORE_LIKELY : SCORE_NO;
	open = dialogue_last(m->d, m->f->exchange, "+QFOPEN", args);
	close = dialogue_last(m->d, m->f->exchange, "+QFCLOSE", "");
	if (open == NO_EXCHANGE || (close != NO_EXCHANGE && close > open))
		return is_cme(m, 426) ? SCORE_LIKELY : SCORE_NO;
	buf_printf(because, "line %u opened it, and nothing closed it",
		m->d->exchanges[open].line);
	return SCORE_SHOWN;
}

enum score holds_too_many_open(const struct matter *m, struct buf *because)
{
	(void)because;
	return is_cme(m, 413) ? SCORE_SHOWN : SCORE_NO;
}

enum score holds_read_only(const struct matter *m, struct buf *because)
{
	char handle[16], mode[8];
	size_t open;

	if (!is_cme(m, 414))
		return SCORE_NO;
	open = opened_by(m, handle, sizeof(handle));
	if (open == NO_EXCHANGE ||
		!command_arg(
			m->d->exchanges[open].command, 1, mode, sizeof(mode)) ||
		strcmp(mode, "2") != 0)
		return SCORE_LIKELY;
	buf_printf(because, "line %u opened it with mode 2",
		m->d->exchanges[open].line);
	return SCORE_SHOWN;
}
