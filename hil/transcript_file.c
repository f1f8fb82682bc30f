#include "hil/transcript_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool feed(
	struct transcript_reader *reader, FILE *f, struct transcript_error *err)
{
	char chunk[8192];
	size_t n, total = 0;

	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0) {
		total += n;
		if (total > TRANSCRIPT_FILE_MAX)
			return transcript_fail(err, reader->number, 1,
				"expected at most %zu MiB",
				TRANSCRIPT_FILE_MAX >> 20);
		if (!transcript_reader_feed(reader, chunk, n, err))
			return false;
	}
	if (ferror(f))
		return transcript_fail(err, 0, 0, "%s", strerror(errno));
	return transcript_reader_end(reader, err);
}

bool transcript_file_read(const char *path,
	const struct transcript_handler *handler, struct transcript_error *err)
{
	struct transcript_reader reader;
	FILE *f = fopen(path, "re");
	bool ok;

	if (f == NULL)
		return transcript_fail(err, 0, 0, "%s", strerror(errno));
	transcript_reader_init(&reader, handler);
	ok = feed(&reader, f, err);
	transcript_reader_free(&reader);
	fclose(f);
	return ok;
}

void transcript_file_complain(const char *command, const char *path,
	const struct transcript_error *err)
{
	if (err->line > 0)
		fprintf(stderr, "ec21hil %s: %s:%u:%u: %s\n", command, path,
			err->line, err->column, err->text);
	else
		fprintf(stderr, "ec21hil %s: %s: %s\n", command, path,
			err->text);
}
