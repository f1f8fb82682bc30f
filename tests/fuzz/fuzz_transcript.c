/*
 * The transcript reader: input cut as the first byte says. What is read is
 * written again and read again, and must be the same bytes; a recorder's
 * masker gets them too.
 */
#include "base/transcript.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct copy {
	struct transcript_writer writer;
	struct buf text;
	struct buf bytes;
	struct mask *mask;
	bool again;
};

static void on_line(void *arg, const char *text, size_t len)
{
	struct copy *c = arg;

	(void)buf_add(&c->text, text, len);
}

static bool on_record(void *arg, const struct transcript_record *rec,
	struct transcript_error *err)
{
	struct copy *c = arg;
	struct transcript_error ignored;
	struct buf out;

	(void)err;
	buf_init(&out, TRANSCRIPT_LINE_MAX);
	if (transcript_unescape(rec, &out, &ignored) && buf_len(&out) > 0) {
		(void)buf_add(&c->bytes, buf_data(&out), buf_len(&out));
		if (!c->again) {
			transcript_write_bytes(&c->writer, rec->time_ms,
				rec->lane, buf_data(&out), buf_len(&out));
			if (lane_is_bytes(rec->lane))
				mask_bytes(c->mask, rec->lane, buf_data(&out),
					buf_len(&out));
		}
	}
	buf_free(&out);
	return true;
}

static bool read_all(
	struct copy *c, const uint8_t *data, size_t size, size_t step)
{
	const struct transcript_handler handler = {NULL, on_record, c};
	struct transcript_error err;
	struct transcript_reader r;
	bool ok = true;

	transcript_reader_init(&r, &handler);
	for (size_t i = 0; ok && i < size; i += step)
		ok = transcript_reader_feed(
			&r, data + i, step < size - i ? step : size - i, &err);
	ok = ok && transcript_reader_end(&r, &err);
	transcript_reader_free(&r);
	return ok;
}

static void drop_bytes(void *arg, enum lane lane, const void *data, size_t len)
{
	(void)lane;
	*(size_t *)arg += len + (len > 0 ? *(const uint8_t *)data : 0);
}

static void drop_mask(void *arg, enum lane lane, const struct mask_info *info)
{
	char text[MASK_TEXT_SIZE];

	(void)lane;
	mask_text(info, text);
	*(size_t *)arg += strlen(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t total = 0;
	struct mask_out out = {drop_bytes, drop_mask, &total};
	struct copy first = {0}, second = {.again = true};

	if (size < 1)
		return 0;
	buf_init(&first.text, (size_t)1 << 24);
	buf_init(&first.bytes, (size_t)1 << 22);
	buf_init(&second.bytes, (size_t)1 << 22);
	transcript_writer_init(&first.writer, on_line, &first);
	transcript_write_magic(&first.writer);
	first.mask = mask_new(&out);
	if (first.mask == NULL)
		return 0;
	read_all(&first, data + 1, size - 1, data[0] ? data[0] : size);
	if (!read_all(&second, buf_data(&first.text), buf_len(&first.text),
		    buf_len(&first.text)) ||
		buf_len(&first.bytes) != buf_len(&second.bytes) ||
		(buf_len(&first.bytes) > 0 &&
			memcmp(buf_data(&first.bytes), buf_data(&second.bytes),
				buf_len(&first.bytes)) != 0))
		abort();
	for (int lane = 0; lane <= LANE_CON_RX; lane++)
		mask_flush(first.mask, (enum lane)lane);
	mask_free(first.mask);
	transcript_writer_free(&first.writer);
	buf_free(&first.text);
	buf_free(&first.bytes);
	buf_free(&second.bytes);
	return 0;
}
