#include "cmd/ctx.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/file.h"
#include "svc/filestore.h"
#include "svc/power.h"

/* Files: +QFUPL, +QFLST, +QFDEL, +QFDWL, +QFLDS [FILE §4]. */

/* cap [FILE §1]: the file system is not there in the first seconds; the
 * number is asm. */
int cmd_file_check_up(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	uint64_t up = power_since_ready_us(ctx->power);
	uint64_t need = clock_scale_us(ctx->clock, TIMER_LATENCY,
		(uint64_t)ctx->profile->files_boot_delay);

	if (up >= need)
		return 0;
	return why_set(&txn->scratch, ERR_FILE_DISK, GRADE_ASM,
		"the file system is up %llu ms after RDY, files_boot_delay is "
		"%lld; try again later",
		(unsigned long long)up / 1000,
		(long long)ctx->profile->files_boot_delay);
}

/* --- listing and space --------------------------------------------------- */

static void print_file(void *arg, const char *name, uint64_t size)
{
	at_info(arg, "+QFLST: \"%s\",%llu", name, (unsigned long long)size);
}

static struct at_verdict run_qflst(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const char *pattern = at_args_str(&txn->args, 0, "*");

	if (cmd_file_check_up(txn) != 0 ||
		filestore_list(ctx->files, pattern, print_file, txn,
			&txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

static struct at_verdict run_qflds(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const char *which = at_args_str(&txn->args, 0, NULL);
	uint64_t a, b;

	if (cmd_file_check_up(txn) != 0)
		return at_fail_why(txn, &txn->scratch);
	if (which == NULL)
		filestore_usage(ctx->files, &a, &b);
	else if (strcmp(which, "UFS") == 0)
		filestore_space(ctx->files, FILE_UFS, &a, &b);
	else if (strcmp(which, "RAM") == 0)
		filestore_space(ctx->files, FILE_RAM, &a, &b);
	else if (strcmp(which, "SD") == 0)
		return at_fail(txn, ERR_FILE_DISK, GRADE_INF,
			"SD: there is no SD card");
	else
		return at_fail(txn, ERR_FILE_PARAM, GRADE_INF,
			"\"%s\" is no storage; UFS, RAM and SD are", which);
	at_info(txn, "+QFLDS: %llu,%llu", (unsigned long long)a,
		(unsigned long long)b);
	return at_ok();
}

static struct at_verdict run_qfdel(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (cmd_file_check_up(txn) != 0 ||
		filestore_delete(
			ctx->files, txn->args.v[0].text, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

/* --- download ------------------------------------------------------------ */

/* 44 ms at 115200: so much still comes behind a +++. */
enum { SEND_PIECE = 512 };

static size_t send_piece(struct at_txn *txn)
{
	struct file_send *s = txn->arg;
	size_t n = s->len - s->sent;

	if (n > SEND_PIECE)
		n = SEND_PIECE;
	at_raw(txn, s->data + s->sent, n);
	s->sent += n;
	return n;
}

static void send_free(struct at_txn *txn)
{
	struct file_send *s = txn->arg;

	free(s->owned);
	free(s);
	txn->arg = NULL;
}

static void on_send_end(struct at_txn *txn, enum at_data_end end)
{
	struct file_send *s = txn->arg;

	(void)end;
	s->done(txn, s);
	send_free(txn);
	at_finish(txn, at_ok());
}

struct at_verdict cmd_file_send(
	struct at_txn *txn, const struct file_send *send)
{
	struct file_send *s = malloc(sizeof(*s));

	if (s == NULL) {
		free(send->owned);
		return at_fail(txn, ERR_NO_MEMORY, GRADE_ASM, "no memory");
	}
	*s = *send;
	txn->arg = s;
	txn->on_abort = send_free;
	return at_data_send(txn, send_piece, on_send_end);
}

/* What was sent is what is counted, also behind a +++: inf [FILE §4.5]. */
static void on_qfdwl_done(struct at_txn *txn, const struct file_send *s)
{
	at_info(txn, "+QFDWL: %zu,%x", s->sent,
		file_checksum(s->data, s->sent));
}

static struct at_verdict run_qfdwl(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	struct file_send send = {.done = on_qfdwl_done};

	if (cmd_file_check_up(txn) != 0 ||
		filestore_read(ctx->files, txn->args.v[0].text, &send.owned,
			&send.len, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	send.data = send.owned;
	at_connect_line(txn, "CONNECT");
	return cmd_file_send(txn, &send);
}

/* --- upload -------------------------------------------------------------- */

static void on_upload_bytes(struct at_txn *txn, const uint8_t *data, size_t len)
{
	const struct cmd_ctx *ctx = txn->ctx;
	uint64_t block = (uint64_t)ctx->profile->files_ack_block;
	struct upload *u = txn->arg;
	struct upload_info info;

	/*
	 * Data mode hands over what was announced and no more, so this fails
	 * only when the host's memory is out; the commit then comes up short.
	 */
	(void)upload_write(u, data, len, &txn->scratch);
	if (at_args_int(&txn->args, 3, 0) == 0)
		return;
	upload_get(u, &info);
	/* man [FILE §4.4]: a bare A for each whole block. */
	for (uint64_t n = (info.received - len) / block;
		n < info.received / block; n++)
		at_raw(txn, "A", 1);
}

static void on_upload_end(struct at_txn *txn, enum at_data_end end)
{
	const struct cmd_ctx *ctx = txn->ctx;
	struct upload *u = txn->arg;
	struct why late;
	struct upload_info info;
	uint64_t size;
	uint16_t sum;

	upload_get(u, &info);
	if (end == AT_DATA_TIMEOUT)
		why_set(&late, ERR_FILE_TIMEOUT, GRADE_KIN,
			"%s: %llu of the %llu announced bytes came, then the "
			"line was idle for the whole <timeout>; announce the "
			"exact size",
			info.name, (unsigned long long)info.received,
			(unsigned long long)info.size);
	if (upload_commit(u, &size, &sum, &txn->scratch) != 0) {
		at_finish(txn, at_fail_why(txn, &txn->scratch));
		return;
	}
	if (end != AT_DATA_TIMEOUT || ctx->profile->files_timeout_line)
		at_info_bare(
			txn, "+QFUPL: %llu,%x", (unsigned long long)size, sum);
	at_finish(txn,
		end == AT_DATA_TIMEOUT ? at_fail_why(txn, &late) : at_ok());
}

static void on_upload_abort(struct at_txn *txn)
{
	upload_abort(txn->arg);
}

static struct at_verdict run_qfupl(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct profile *profile = ctx->profile;
	int64_t size = at_args_int(&txn->args, 1, profile->files_upload_size);
	struct at_data data = {
		.count = (size_t)size,
		.idle_ms = 1000 * (uint64_t)at_args_int(&txn->args, 2,
					  profile->files_upload_timeout),
		.escape = true,
		.on_bytes = on_upload_bytes,
		.on_end = on_upload_end,
	};

	if (cmd_file_check_up(txn) != 0)
		return at_fail_why(txn, &txn->scratch);
	txn->arg = filestore_upload(
		ctx->files, txn->args.v[0].text, (uint64_t)size, &txn->scratch);
	if (txn->arg == NULL)
		return at_fail_why(txn, &txn->scratch);
	txn->on_abort = on_upload_abort;
	return at_data_connect(txn, &data);
}

/* clang-format off */
/* Empty and over-long names are the store's to judge: by profile. */
static const struct at_arg name_args[] = {
	{"filename", AT_ARG_STR, 0, 255, false},
	{0},
};

static const struct at_arg pattern_args[] = {
	{"name_pattern", AT_ARG_STR, 0, 255, true},
	{0},
};

static const struct at_arg upload_args[] = {
	{"filename", AT_ARG_STR, 0, 255, false},
	{"file_size", AT_ARG_INT, 1, INT32_MAX, true},
	{"timeout", AT_ARG_INT, 1, 65535, true},
	{"ackmode", AT_ARG_INT, 0, 1, true},
	{0},
};

enum { ALL = AT_FORM_TEST | AT_FORM_WRITE };

static const struct at_cmd rows[] = {
	{"+QFLDS", ALL | AT_FORM_EXEC, pattern_args, run_qflds, NULL, 0, GRADE_CAP, "[FILE §4.1]", "space of a storage"},
	{"+QFLST", ALL | AT_FORM_EXEC, pattern_args, run_qflst, NULL, 0, GRADE_CAP, "[FILE §4.2]", "list files"},
	{"+QFDEL", ALL, name_args, run_qfdel, "<filename>", 0, GRADE_CAP, "[FILE §4.3]", "delete files"},
	{"+QFUPL", ALL, upload_args, run_qfupl, "<filename>[,(1-<freesize>)[,(1-65535)[,(0,1)]]]", 0, GRADE_CAP, "[FILE §4.4]", "upload a file"},
	{"+QFDWL", ALL, name_args, run_qfdwl, "<filename>", 0, GRADE_KIN, "[FILE §4.5]", "download a file"},
	{0},
};
/* clang-format on */

const struct at_family at_family_file = {
	.name = "file",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_FILE_PARAM,
	.rows = rows,
};
