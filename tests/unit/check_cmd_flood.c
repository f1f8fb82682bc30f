#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "at/at.h"
#include "svc/sock.h"
#include "tests/unit/support/tcp_checks.h"

/*
 * Peers that send more than a line or a waiting host takes: what is pushed
 * waits in the network, and nothing of it is lost [TCP §8].
 */

enum { FLOOD = 300000, FEW = 40000 };

static char *flood;

static void flood_setup(void)
{
	setup();
	flood = malloc(FLOOD + 1);
	ck_assert_ptr_nonnull(flood);
	for (size_t i = 0; i < FLOOD; i++)
		flood[i] = (char)('a' + i % 23);
	flood[FLOOD] = '\0';
}

static void flood_teardown(void)
{
	free(flood);
	teardown();
}

/* Another connected one, in this access mode. */
static struct fake_stream *open_id(int id, int mode)
{
	char line[80];

	snprintf(line, sizeof(line),
		"AT+QIOPEN=1,%d,\"TCP\",\"host.example\",1883,0,%d", id, mode);
	at_rig_ask(&r, line);
	fake_stream_connect(r.net.streams);
	at_rig_take(&r);
	return r.net.streams;
}

/* A flood of FLOOD bytes from its peer. */
static void give_flood(struct fake_stream *fs)
{
	fake_stream_give(fs, flood, FLOOD);
	fake_clock_run(&r.fc);
}

/* Cut the header off each push of id in `text`; its length. */
static size_t join_pushes(const char *text, const char *urc, int id, char *data)
{
	const char *end = text + strlen(text);
	size_t len = 0;
	char head[40];

	snprintf(head, sizeof(head), "\r\n%s: \"recv\",%d,", urc, id);
	while ((text = strstr(text, head)) != NULL) {
		size_t n = strtoul(text + strlen(head), NULL, 10);
		const char *p = strchr(text + strlen(head), '\n');

		ck_assert_ptr_nonnull(p);
		/* The rest is still on the line. */
		if (n > (size_t)(end - p - 1))
			break;
		memcpy(data + len, p + 1, n);
		len += n;
		text = p + 1 + n;
	}
	data[len] = '\0';
	return len;
}

/* What was printed and comes now holds the whole flood, in order. */
static void check_flood(const char *urc, int id)
{
	char *data = malloc(FLOOD + 1);

	ck_assert_ptr_nonnull(data);
	ck_assert_uint_eq(join_pushes(at_rig_take(&r), urc, id, data), FLOOD);
	ck_assert_str_eq(data, flood);
	free(data);
	/* Nothing was dropped on the way either. */
	ck_assert_ptr_null(strstr(capture_take(&r.capture, LANE_NOTE), "lost"));
}

START_TEST(a_flood_at_a_prompt_waits_for_its_end)
{
	struct fake_stream *fs = open_id(0, 1);

	open_id(1, 0);
	at_rig_send(&r, "AT+QISEND=1,4\r");
	give_flood(fs);
	ck_assert_str_eq(at_rig_take(&r), "\r\n> ");
	ck_assert_uint_ge(buf_len(&fs->incoming), FLOOD - FEW);
	at_rig_send(&r, "four");
	check_flood("+QIURC", 0);
}
END_TEST

START_TEST(a_flood_beside_transparent_mode_stops_neither)
{
	struct fake_stream *fs = open_id(0, 1), *port;

	at_rig_ask(&r, "AT+QIOPEN=1,1,\"TCP\",\"host.example\",1883,0,2");
	port = r.net.streams;
	fake_stream_connect(port);
	at_rig_take(&r);
	give_flood(fs);
	ck_assert_str_eq(at_rig_take(&r), "");
	ck_assert_uint_ge(buf_len(&fs->incoming), FLOOD - FEW);
	/* Both floods at once; the port has its own. */
	give_flood(port);
	ck_assert_str_eq(at_rig_take(&r), flood);
	fake_clock_advance(&r.fc, 1100);
	at_rig_send(&r, "+++");
	fake_clock_advance(&r.fc, 1100);
	check_flood("+QIURC", 0);
}
END_TEST

/* A command that waits holds no URC back, so nothing piles up either. */
START_TEST(a_flood_while_an_open_is_under_way_comes_at_once)
{
	struct fake_stream *fs = open_id(0, 1);

	check_answer("AT+QIOPEN=1,1,\"TCP\",\"host.example\",1883,0,2", "");
	give_flood(fs);
	check_flood("+QIURC", 0);
	fake_stream_connect(r.net.streams);
	ck_assert_str_eq(at_rig_take(&r), "\r\nCONNECT\r\n");
}
END_TEST

/* The end of the flood waits behind it and is not lost for want of room. */
START_TEST(a_flood_of_tls_and_its_end_wait_for_a_prompt)
{
	struct fake_stream *fs;

	at_rig_ask(&r, "AT+QSSLOPEN=1,2,3,\"host.example\",8443,1");
	fs = r.ctx.ssl->net.streams;
	fake_stream_connect(fs);
	open_id(1, 0);
	at_rig_send(&r, "AT+QISEND=1\r");
	give_flood(fs);
	fake_stream_end(fs, NULL);
	fake_clock_run(&r.fc);
	ck_assert_ptr_null(strstr(at_rig_take(&r), "recv"));
	at_rig_send(&r, "\x1b");
	fake_clock_run(&r.fc);
	ck_assert_ptr_nonnull(
		strstr(buf_cstr(&r.out), "+QSSLURC: \"closed\",3"));
	check_flood("+QSSLURC", 3);
}
END_TEST

/* At 115200 some 11520 bytes a second; URCs and answers go in between. */
START_TEST(floods_on_a_slow_line_share_it_and_wait)
{
	struct fake_stream *fs[3];
	size_t left = 0;
	char *data = malloc(FLOOD);

	ck_assert_ptr_nonnull(data);
	for (int id = 0; id < 3; id++)
		fs[id] = open_id(id, 1);
	r.fc.clock.fast = false;
	for (int id = 0; id < 3; id++)
		give_flood(fs[id]);
	fake_clock_advance(&r.fc, 10000);
	for (int id = 0; id < 3; id++) {
		size_t n = join_pushes(buf_cstr(&r.out), "+QIURC", id, data);

		/* 115200 bytes in all, less the headers */
		ck_assert_uint_ge(n, 36000);
		ck_assert_uint_le(n, 40000);
		left += buf_len(&fs[id]->incoming);
	}
	/* No more than a chunk or two is under way. */
	ck_assert_uint_ge(left, 3 * FLOOD - 115200 - 4000);
	at_rig_take(&r);
	/* An answer has only those in front of it. */
	at_rig_send(&r, "AT\r");
	fake_clock_advance(&r.fc, 300);
	ck_assert_ptr_nonnull(strstr(at_rig_take(&r), OK));
	free(data);
	r.fc.clock.fast = true;
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cmd_flood");
	TCase *tc = tcase_create("flood");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, flood_setup, flood_teardown);
	tcase_add_test(tc, a_flood_at_a_prompt_waits_for_its_end);
	tcase_add_test(tc, a_flood_beside_transparent_mode_stops_neither);
	tcase_add_test(tc, a_flood_while_an_open_is_under_way_comes_at_once);
	tcase_add_test(tc, a_flood_of_tls_and_its_end_wait_for_a_prompt);
	tcase_add_test(tc, floods_on_a_slow_line_share_it_and_wait);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
