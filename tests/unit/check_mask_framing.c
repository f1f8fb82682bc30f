#include "base/mask.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/mask_run.h"

/* How a host can have the modem frame its lines: E, V, Q, S3 and S4. */
static const struct framing {
	bool echo;
	const char *lead, *info, *result; /* in front; behind */
	const char *connect, *ok;	  /* NULL: no results */
	const char *s3;
} framings[] = {
	{true, "\r\n", "\r\n", "\r\n", "CONNECT", "OK", "\r"},
	{true, "", "\r\n", "\r", "1", "0", "\r"},
	{false, "", "\r\n", "\r", "1", "0", "\r"},
	{true, "\r\n", "\r\n", "\r\n", NULL, NULL, "\r"},
	{false, "\r\n", "\r\n", "\r\n", NULL, NULL, "\r"},
	{false, "", "\r\n", "\r", NULL, NULL, "\r"},
	{true, "\x1e\n", "\x1e\n", "\x1e\n", "CONNECT", "OK", "\x1e"},
	{false, "\r\x1f", "\r\x1f", "\r\x1f", "CONNECT", "OK", "\r"},
	{true, "\x1e\x1f", "\x1e\x1f", "\x1e\x1f", "CONNECT", "OK", "\x1e"},
	{false, "", "\x1e\x1f", "\x1e", "1", "0", "\x1e"},
	{true, "\x1e\x1f", "\x1e\x1f", "\x1e\x1f", NULL, NULL, "\x1e"},
};

/* What passed, and what of it is to be seen. */
struct talk {
	const struct framing *f;
	struct buf text[32];
	struct mask_part parts[33];
	size_t n, keys;
	struct buf want;
};

static void say(struct talk *t, enum lane lane, const char *text, size_t len,
	const char *shown)
{
	struct buf *b = &t->text[t->n];

	if (t->n == 0 || t->parts[t->n - 1].lane != lane)
		buf_printf(&t->want, "|%s|", lane_name(lane));
	buf_init(b, 1000);
	buf_add(b, text, len);
	t->parts[t->n++] = (struct mask_part){
		.lane = lane, .text = buf_cstr(b), .len = len};
	buf_adds(&t->want, shown != NULL ? shown : text);
}

static void command(struct talk *t, const char *text)
{
	char line[100];

	snprintf(line, sizeof(line), "%s%s", text, t->f->s3);
	say(t, LANE_AT_TX, line, strlen(line), NULL);
	if (t->f->echo)
		say(t, LANE_AT_RX, line, strlen(line), NULL);
}

static void result(struct talk *t, const char *text)
{
	char line[100];

	if (text == NULL)
		return;
	snprintf(line, sizeof(line), "%s%s%s", t->f->lead, text, t->f->result);
	say(t, LANE_AT_RX, line, strlen(line), NULL);
}

static void info(struct talk *t, const char *lead, const char *text)
{
	char line[100];

	snprintf(line, sizeof(line), "%s%s%s", lead, text, t->f->info);
	say(t, LANE_AT_RX, line, strlen(line), NULL);
}

static void key_data(struct talk *t, enum lane lane, const char *key, size_t n)
{
	say(t, lane, key, n, "<key none>");
	t->keys += n;
}

static void hold_talk(struct talk *t, const char *name, const char *key)
{
	char line[60];

	snprintf(line, sizeof(line), "AT+QFUPL=\"%s\",20", name);
	command(t, line);
	result(t, t->f->connect);
	key_data(t, LANE_AT_TX, key, 20);
	info(t, "", "+QFUPL: 20,1");
	result(t, t->f->ok);
	snprintf(line, sizeof(line), "AT+QFDWL=\"%s\"", name);
	command(t, line);
	result(t, t->f->connect);
	key_data(t, LANE_AT_RX, key, 20);
	info(t, t->f->lead, "+QFDWL: 20,1");
	result(t, t->f->ok);
	command(t, "AT+CSQ");
}

START_TEST(a_key_is_masked_however_lines_are_framed)
{
	static const char *const names[] = {"key", "a"};
	static const char *const keys[] = {
		"SECRETSECRETSECRETSE",
		"\x30\x12\x02\x01\x01\x04\x06SECRETSECR\x03\x04X",
	};
	struct mask_seen o;

	for (size_t step = 0; step < 24; step++) {
		struct talk t = {.f = &framings[_i]};
		char *got;

		buf_init(&t.want, 4000);
		for (size_t i = 0; i < 2; i++)
			hold_talk(&t, names[i], keys[i]);
		got = mask_run(t.parts, step, &o);
		ck_assert_str_eq(got, buf_cstr(&t.want));
		ck_assert_uint_eq(o.key_len, t.keys);
		free(got);
		buf_free(&o.text);
		buf_free(&t.want);
		for (size_t i = 0; i < t.n; i++)
			buf_free(&t.text[i]);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("mask_framing");
	TCase *t = tcase_create("framing");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, a_key_is_masked_however_lines_are_framed, 0,
		sizeof(framings) / sizeof(*framings));
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
