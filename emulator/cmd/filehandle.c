#include "cmd/ctx.h"

#include "cmd/file.h"
#include "svc/filehandle.h"

/*
 * Open files: +QFOPEN, +QFREAD, +QFWRITE, +QFSEEK, +QFPOSITION, +QFTUCAT,
 * +QFCLOSE [FILE §4.6-§4.12].
 */

/* The end of file, as profile->files_eof has it [FILE §4.7]. */
enum eof {
	EOF_ZERO_READ,
	EOF_READ_FAILED,
	EOF_CONNECT,
	EOF_OK,
};

static int handle_of(struct at_txn *txn)
{
	return (int)at_args_int(&txn->args, 0, 0);
}

/* --- open and close ------------------------------------------------------ */

/* man [FILE §4.6]; the quotes inf. */
static void print_open(void *arg, const char *name, int id, enum file_mode mode)
{
	at_info(arg, "+QFOPEN: \"%s\",%d,%d", name, id, (int)mode);
}

static struct at_verdict run_qfopen(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	enum file_mode mode;
	int id;

	if (cmd_file_check_up(txn) != 0)
		return at_fail_why(txn, &txn->scratch);
	if (txn->form == AT_FORM_READ) {
		filehandle_each(ctx->handles, print_open, txn);
		return at_ok();
	}
	mode = (enum file_mode)at_args_int(&txn->args, 1, FILE_MODE_KEEP);
	if (filehandle_open(ctx->handles, txn->args.v[0].text, mode, &id,
		    &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	at_info(txn, "+QFOPEN: %d", id);
	return at_ok();
}

static struct at_verdict run_qfclose(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (cmd_file_check_up(txn) != 0 ||
		filehandle_close(ctx->handles, handle_of(txn), &txn->scratch) !=
			0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

/* --- read ---------------------------------------------------------------- */

static struct at_verdict at_eof(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	switch ((enum eof)ctx->profile->files_eof) {
	case EOF_ZERO_READ:
		return at_fail(txn, ERR_FILE_ZERO_READ, GRADE_KIN,
			"handle %d: the pointer is at the end of the file; "
			"AT+QFSEEK moves it",
			handle_of(txn));
	case EOF_READ_FAILED:
		return at_fail(txn, ERR_FILE_READ, GRADE_INF,
			"handle %d: the pointer is at the end of the file; "
			"AT+QFSEEK moves it",
			handle_of(txn));
	case EOF_CONNECT:
		at_connect_line(txn, "CONNECT 0");
		break;
	case EOF_OK:
		break;
	}
	return at_ok();
}

static void on_qfread_done(struct at_txn *txn, const struct file_send *s)
{
	struct cmd_ctx *ctx = txn->ctx;
	int id = handle_of(txn);
	size_t pos;

	/* Behind a +++ the pointer stands where the sending ended: inf. */
	if (filehandle_position(ctx->handles, id, &pos, &txn->scratch) == 0)
		(void)filehandle_seek(ctx->handles, id,
			pos - (s->len - s->sent), FILE_FROM_START,
			&txn->scratch);
	/* The OK brings one CR LF of its own. */
	if (ctx->profile->files_read_blank)
		at_newline(txn);
}

static struct at_verdict run_qfread(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	uint64_t max = (uint64_t)at_args_int(&txn->args, 1, INT64_MAX);
	struct file_send send = {.done = on_qfread_done};
	const void *data;

	if (cmd_file_check_up(txn) != 0 ||
		filehandle_read(ctx->handles, handle_of(txn), max, &data,
			&send.len, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	if (send.len == 0)
		return at_eof(txn);
	/* No command can touch the handle before all is out. */
	send.data = data;
	at_connect_line(txn, "CONNECT %zu", send.len);
	return cmd_file_send(txn, &send);
}

/* --- write --------------------------------------------------------------- */

static void on_write_bytes(struct at_txn *txn, const uint8_t *data, size_t len)
{
	struct cmd_ctx *ctx = txn->ctx;

	/* Fails only when the host's memory is out; the end comes up short. */
	(void)filehandle_write_put(
		ctx->handles, handle_of(txn), data, len, &txn->scratch);
}

static void on_write_end(struct at_txn *txn, enum at_data_end end)
{
	struct cmd_ctx *ctx = txn->ctx;
	int64_t want =
		at_args_int(&txn->args, 1, ctx->profile->files_write_size);
	size_t written, total;

	if (filehandle_write_end(ctx->handles, handle_of(txn), &written, &total,
		    &txn->scratch) != 0) {
		at_finish(txn, at_fail_why(txn, &txn->scratch));
		return;
	}
	if (end != AT_DATA_TIMEOUT || ctx->profile->files_timeout_line)
		at_info_bare(txn, "+QFWRITE: %zu,%zu", written, total);
	/* kin [FILE §4.8] UC20: the line comes, then 421 */
	at_finish(txn,
		end != AT_DATA_TIMEOUT
			? at_ok()
			: at_fail(txn, ERR_FILE_TIMEOUT, GRADE_KIN,
				  "handle %d: %zu of the %lld announced "
				  "bytes came, then the line was idle "
				  "for the whole <timeout>; announce "
				  "the exact length",
				  handle_of(txn), written, (long long)want));
}

static struct at_verdict run_qfwrite(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct profile *profile = ctx->profile;
	int64_t len = at_args_int(&txn->args, 1, profile->files_write_size);
	struct at_data data = {
		.count = (size_t)len,
		.idle_ms = 1000 * (uint64_t)at_args_int(&txn->args, 2,
					  profile->files_write_timeout),
		.escape = true,
		.on_bytes = on_write_bytes,
		.on_end = on_write_end,
	};

	/* A write that a reset cuts off is lost with its handle. */
	if (cmd_file_check_up(txn) != 0 ||
		filehandle_write_begin(ctx->handles, handle_of(txn),
			(uint64_t)len, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_data_connect(txn, &data);
}

/* --- the pointer --------------------------------------------------------- */

static struct at_verdict run_qfseek(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	struct why *why = &txn->scratch;
	uint64_t offset;
	enum file_from from;

	if (cmd_file_check_up(txn) != 0)
		return at_fail_why(txn, why);
	offset = (uint64_t)txn->args.v[1].num;
	from = (enum file_from)at_args_int(&txn->args, 2, FILE_FROM_START);
	if (filehandle_seek(ctx->handles, handle_of(txn), offset, from, why) ==
		0)
		return at_ok();
	/* man [FILE §4.9]: the notes have a plain ERROR, without a number */
	if (why->err == ERR_FILE_LARGER && ctx->profile->files_code_seek == 0)
		why->err = ERR_PARAM;
	return at_fail_why(txn, why);
}

static struct at_verdict run_qfposition(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	size_t pos;

	if (cmd_file_check_up(txn) != 0 ||
		filehandle_position(
			ctx->handles, handle_of(txn), &pos, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	at_info(txn, "+QFPOSITION: %zu", pos);
	return at_ok();
}

static struct at_verdict run_qftucat(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (!ctx->profile->files_qftucat)
		return at_fail(txn, ERR_NO_COMMAND, GRADE_KIN,
			"this profile's firmware has no AT+QFTUCAT "
			"(files_qftucat)");
	if (txn->form == AT_FORM_TEST) {
		at_info(txn, "+QFTUCAT: <filehandle>");
		return at_ok();
	}
	if (cmd_file_check_up(txn) != 0 ||
		filehandle_truncate(
			ctx->handles, handle_of(txn), &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

/* clang-format off */
static const struct at_arg open_args[] = {
	{"filename", AT_ARG_STR, 0, 255, false},
	{"mode", AT_ARG_INT, 0, FILE_MODES - 1, true},
	{0},
};

static const struct at_arg handle_args[] = {
	{"filehandle", AT_ARG_INT, 0, INT32_MAX, false},
	{0},
};

static const struct at_arg read_args[] = {
	{"filehandle", AT_ARG_INT, 0, INT32_MAX, false},
	{"length", AT_ARG_INT, 1, INT32_MAX, true},
	{0},
};

static const struct at_arg write_args[] = {
	{"filehandle", AT_ARG_INT, 0, INT32_MAX, false},
	{"length", AT_ARG_INT, 1, INT32_MAX, true},
	{"timeout", AT_ARG_INT, 1, 65535, true},
	{0},
};

static const struct at_arg seek_args[] = {
	{"filehandle", AT_ARG_INT, 0, INT32_MAX, false},
	{"offset", AT_ARG_INT, 0, INT32_MAX, false},
	{"position", AT_ARG_INT, 0, 2, true},
	{0},
};

enum { ALL = AT_FORM_TEST | AT_FORM_WRITE };

static const struct at_cmd rows[] = {
	{"+QFOPEN", ALL | AT_FORM_READ, open_args, run_qfopen, "<filename>[,(0-2)]", 0, GRADE_MAN, "[FILE §4.6]", "open a file; ? lists what is open"},
	{"+QFREAD", ALL, read_args, run_qfread, "<filehandle>[,<length>]", 0, GRADE_MAN, "[FILE §4.7]", "read from an open file"},
	{"+QFWRITE", ALL, write_args, run_qfwrite, "<filehandle>[,<length>[,<timeout>]]", 0, GRADE_MAN, "[FILE §4.8]", "write to an open file"},
	{"+QFSEEK", ALL, seek_args, run_qfseek, "<filehandle>,<offset>[,<position>]", 0, GRADE_MAN, "[FILE §4.9]", "move the pointer of an open file"},
	{"+QFPOSITION", ALL, handle_args, run_qfposition, "<filehandle>", 0, GRADE_MAN, "[FILE §4.10]", "pointer of an open file"},
	{"+QFTUCAT", ALL, handle_args, run_qftucat, AT_TEST_RUN, 0, GRADE_KIN, "[FILE §4.11]", "cut an open file behind its pointer"},
	{"+QFCLOSE", ALL, handle_args, run_qfclose, "<filehandle>", 0, GRADE_MAN, "[FILE §4.12]", "close a file"},
	{0},
};
/* clang-format on */

const struct at_family at_family_filehandle = {
	.name = "filehandle",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_FILE_PARAM,
	.rows = rows,
};
