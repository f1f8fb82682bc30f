#include "hil/explain.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In pieces of `step` bytes, each of its exact size for ASan. */
static bool read_log(struct termlog *log, const uint8_t *data, size_t size,
	size_t step, struct transcript_error *err)
{
	bool ok = true;

	termlog_init(log);
	for (size_t i = 0; ok && i < size; i += step) {
		size_t n = size - i < step ? size - i : step;
		uint8_t *piece = malloc(n);

		if (piece == NULL)
			return false;
		memcpy(piece, data + i, n);
		ok = termlog_feed(log, piece, n, err);
		free(piece);
	}
	return ok && termlog_end(log, err);
}

static void explain_all(const struct termlog *log)
{
	static struct explanation told;
	struct dialogue talk;

	if (!dialogue_read(&talk, log))
		abort();
	for (size_t i = 0; i < talk.n_findings && i < 64; i++) {
		explain_finding(&told, &talk, &talk.findings[i]);
		if (talk.findings[i].line == 0 || told.n_causes > CAUSES_MAX)
			abort();
		for (size_t k = 1; k < told.n_causes; k++)
			if (told.causes[k].score > told.causes[k - 1].score)
				abort();
	}
	dialogue_free(&talk);
}

/*
 * The first byte is the size of the pieces; the same log in one piece must
 * give the same lines, or the same error.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct transcript_error err = {0}, err2 = {0};
	struct termlog whole, cut;
	bool ok, ok2;

	if (size < 2)
		return 0;
	ok = read_log(&whole, data + 1, size - 1, size, &err);
	ok2 = read_log(&cut, data + 1, size - 1, data[0] ? data[0] : 1, &err2);
	if (ok != ok2 || whole.n != cut.n)
		abort();
	if (!ok &&
		(err.text[0] == '\0' || err.line == 0 || err.line != err2.line))
		abort();
	for (size_t i = 0; ok && i < whole.n; i++)
		if (strcmp(whole.lines[i].text, cut.lines[i].text) != 0 ||
			whole.lines[i].number != cut.lines[i].number)
			abort();
	if (ok)
		explain_all(&whole);
	termlog_free(&whole);
	termlog_free(&cut);
	return 0;
}
