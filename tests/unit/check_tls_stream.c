#include "net/tls.h"

#include "tests/unit/support/tls_checks.h"

/* TLS as a stream: bytes on their way, and its end. */

/* --- bytes -------------------------------------------------------------- */

START_TEST(handshake_and_data_survive_every_cut)
{
	static const size_t chunks[] = {1, 2, 3, 5, 7, 64, 1000, SIZE_MAX};
	const struct tls_conf conf = base_conf();
	const struct tls_server_opts opts = {.leaf = &leaf};
	struct why why;

	run(&conf, &opts, chunks[_i]);
	ck_assert_uint_eq(user.connected, 1);
	ck_assert_str_eq(tls_version_text(user.stream), "TLSv1.2");
	tls_server_say(&server, "hello\0there", 11);
	ck_assert_int_eq(stream_write(user.stream, "ping", 4, &why), 0);
	tls_server_run(&server, chunks[_i]);
	ck_assert_uint_eq(buf_len(&user.data), 11);
	ck_assert_mem_eq(buf_data(&user.data), "hello\0there", 11);
	ck_assert_uint_eq(buf_len(&server.got), 4);
	ck_assert_mem_eq(buf_data(&server.got), "ping", 4);
	ck_assert_uint_eq(user.drained, 1);
	ck_assert_uint_eq(stream_pending(user.stream), 0);
	ck_assert_uint_eq(user.closed, 0);
	tls_server_free(&server);
}
END_TEST

START_TEST(data_in_one_piece_with_the_handshake_is_told)
{
	const struct tls_conf conf = base_conf();
	const struct tls_server_opts opts = {.leaf = &leaf};

	tls_server_init(&server, wire, &opts);
	tls_server_say(&server, "early", 5);
	open_tls(&conf);
	tls_server_run(&server, SIZE_MAX);
	ck_assert_uint_eq(user.connected, 1);
	ck_assert_uint_eq(user.readable, 0);
	fake_clock_run(&fc);
	ck_assert_uint_eq(user.readable, 1);
	ck_assert_mem_eq(buf_data(&user.data), "early", 5);
	tls_server_free(&server);
}
END_TEST

static void fill(uint8_t *data, size_t len, uint32_t seed)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		data[i] = (uint8_t)(seed >> 24);
	}
}

START_TEST(a_narrow_wire_delays_bytes_and_loses_none)
{
	const struct tls_conf conf = base_conf();
	const struct tls_server_opts opts = {.leaf = &leaf};
	uint8_t *data = malloc(60000), *back = malloc(200000);
	struct why why;

	fill(data, 60000, 1);
	fill(back, 200000, 2);
	run(&conf, &opts, SIZE_MAX);
	/* One record of 16 kB and a little fit below. */
	wire->room = 17000;
	user.inside = true;
	for (size_t i = 0; i < 60000; i += 1460) {
		size_t n = 60000 - i < 1460 ? 60000 - i : 1460;

		ck_assert_int_eq(
			stream_write(user.stream, data + i, n, &why), 0);
	}
	user.inside = false;
	ck_assert_uint_gt(stream_pending(user.stream), 60000);
	tls_server_say(&server, back, 200000);
	tls_server_run(&server, 1111);
	ck_assert_uint_eq(buf_len(&server.got), 60000);
	ck_assert_mem_eq(buf_data(&server.got), data, 60000);
	ck_assert_uint_eq(buf_len(&user.data), 200000);
	ck_assert_mem_eq(buf_data(&user.data), back, 200000);
	ck_assert_uint_eq(user.drained, 1);
	tls_server_free(&server);
	free(data);
	free(back);
}
END_TEST

START_TEST(a_full_send_buffer_takes_nothing)
{
	const struct tls_conf conf = base_conf();
	const struct tls_server_opts opts = {.leaf = &leaf};
	static uint8_t data[40000];
	struct why why;

	run(&conf, &opts, SIZE_MAX);
	wire->room = 10;
	wire->pending = 5;
	ck_assert_int_eq(stream_write(user.stream, data, 40000, &why), 0);
	ck_assert_int_eq(
		stream_write(user.stream, data, 40000, &why), ERR_NET_WRITE);
	ck_assert_ptr_nonnull(strstr(why.text, "40000 bytes wait"));
	wire->room = 1u << 20;
	tls_server_run(&server, SIZE_MAX);
	ck_assert_uint_eq(buf_len(&server.got), 40000);
	tls_server_free(&server);
}
END_TEST

START_TEST(a_slow_reader_leaves_bytes_below)
{
	const struct tls_conf conf = base_conf();
	const struct tls_server_opts opts = {.leaf = &leaf};
	static uint8_t data[100000];

	fill(data, sizeof(data), 3);
	run(&conf, &opts, SIZE_MAX);
	user.deaf = true;
	tls_server_say(&server, data, sizeof(data));
	tls_server_run(&server, SIZE_MAX);
	ck_assert_uint_ge(user.readable, 1);
	/* All but one record stays encrypted in the lower stream. */
	ck_assert_uint_gt(buf_len(&wire->incoming), sizeof(data) - 17000);
	read_all();
	ck_assert_uint_eq(buf_len(&user.data), sizeof(data));
	ck_assert_mem_eq(buf_data(&user.data), data, sizeof(data));
	tls_server_free(&server);
}
END_TEST

/* --- the end ------------------------------------------------------------ */

START_TEST(close_notify_ends_in_order_after_the_data)
{
	const struct tls_conf conf = base_conf();
	const struct tls_server_opts opts = {.leaf = &leaf};

	run(&conf, &opts, SIZE_MAX);
	tls_server_say(&server, "last", 4);
	tls_server_run(&server, SIZE_MAX);
	tls_server_bye(&server);
	tls_server_run(&server, _i == 0 ? 1 : SIZE_MAX);
	fake_clock_run(&fc);
	ck_assert_uint_eq(buf_len(&user.data), 4);
	ck_assert_uint_eq(user.closed, 1);
	ck_assert(!user.has_why);
	fake_stream_end(wire, NULL);
	fake_clock_run(&fc);
	ck_assert_uint_eq(user.closed, 1);
	tls_server_free(&server);
}
END_TEST

START_TEST(data_and_end_in_one_piece_are_told_in_order)
{
	const struct tls_conf conf = base_conf();
	const struct tls_server_opts opts = {.leaf = &leaf};

	run(&conf, &opts, SIZE_MAX);
	user.deaf = true;
	tls_server_say(&server, "last", 4);
	/* The server encrypts; nothing is carried yet. */
	tls_server_run(&server, 0);
	tls_server_bye(&server);
	tls_server_run(&server, SIZE_MAX);
	fake_stream_end(wire, NULL);
	ck_assert_uint_eq(user.closed, 0);
	fake_clock_run(&fc);
	ck_assert_uint_ge(user.readable, 1);
	ck_assert_uint_eq(user.closed, 1);
	ck_assert(!user.has_why);
	/* What was not read stays readable. */
	read_all();
	ck_assert_uint_eq(buf_len(&user.data), 4);
	ck_assert_mem_eq(buf_data(&user.data), "last", 4);
	fake_clock_run(&fc);
	ck_assert_uint_eq(user.closed, 1);
	tls_server_free(&server);
}
END_TEST

START_TEST(an_end_without_close_notify_is_an_end)
{
	const struct tls_conf conf = base_conf();
	const struct tls_server_opts opts = {.leaf = &leaf};

	run(&conf, &opts, SIZE_MAX);
	fake_stream_end(wire, NULL);
	fake_clock_run(&fc);
	ck_assert_uint_eq(user.closed, 1);
	ck_assert(!user.has_why);
	tls_server_free(&server);
}
END_TEST

START_TEST(a_broken_wire_gives_its_own_reason)
{
	const struct tls_conf conf = base_conf();
	const struct tls_server_opts opts = {.leaf = &leaf};
	struct why why;

	run(&conf, &opts, SIZE_MAX);
	fake_stream_fail(wire, ERR_NET_CLOSED, "reset by peer");
	fake_clock_run(&fc);
	expect_why(ERR_NET_CLOSED, "reset by peer");
	ck_assert_int_eq(
		stream_write(user.stream, "x", 1, &why), ERR_NET_WRITE);
	tls_server_free(&server);
}
END_TEST

START_TEST(a_damaged_record_ends_the_connection_with_a_reason)
{
	const struct tls_conf conf = base_conf();
	const struct tls_server_opts opts = {.leaf = &leaf};
	static const uint8_t record[] = {23, 3, 3, 0, 5, 1, 2, 3, 4, 5};
	struct stream_addr addr;

	run(&conf, &opts, SIZE_MAX);
	stream_addr(user.stream, &addr);
	ck_assert_str_eq(addr.ip, wire->addr.ip);
	fake_stream_give(wire, record, sizeof(record));
	ck_assert_uint_eq(user.closed, 0);
	fake_clock_run(&fc);
	expect_why(ERR_NET_CLOSED, "data.example.com: TLS failed: SSL - ");
	tls_server_free(&server);
}
END_TEST

START_TEST(a_malformed_server_hello_is_told_with_the_librarys_words)
{
	const struct tls_conf conf = base_conf();
	static const uint8_t hello[] = {22, 3, 3, 0, 6, 2, 0, 0, 2, 3, 3};
	struct why why;

	open_tls(&conf);
	fake_stream_give(wire, hello, sizeof(hello));
	expect_why(ERR_TLS_HANDSHAKE,
		"data.example.com: TLS failed waiting for ServerHello: SSL - ");
	again();
	user.stream = tls_new(&conf, &handler, &user, &why);
	tls_start(user.stream, &wire->stream);
	fake_stream_end(wire, NULL);
	expect_why(ERR_TLS_HANDSHAKE, "closed the connection");
}
END_TEST

START_TEST(shutdown_sends_what_is_queued_then_close_notify)
{
	const struct tls_conf conf = base_conf();
	const struct tls_server_opts opts = {.leaf = &leaf};
	static uint8_t data[40000];
	struct why why;

	run(&conf, &opts, SIZE_MAX);
	wire->room = 17000;
	ck_assert_int_eq(stream_write(user.stream, data, 40000, &why), 0);
	stream_shutdown(user.stream);
	ck_assert(!wire->shut);
	ck_assert_int_eq(
		stream_write(user.stream, data, 1, &why), ERR_NET_WRITE);
	tls_server_run(&server, SIZE_MAX);
	ck_assert_uint_eq(buf_len(&server.got), 40000);
	ck_assert(wire->shut);
	ck_assert(server.finished);
	tls_server_free(&server);
}
END_TEST

START_TEST(any_handler_may_close_the_stream)
{
	const struct tls_conf conf = base_conf();
	const struct tls_server_opts opts = {.leaf = &leaf};
	struct why why;

	user.close_on = (int)_i;
	run(&conf, &opts, SIZE_MAX);
	if (user.stream != NULL)
		ck_assert_int_eq(stream_write(user.stream, "x", 1, &why), 0);
	tls_server_run(&server, SIZE_MAX);
	if (user.stream != NULL) {
		tls_server_say(&server, "x", 1);
		tls_server_run(&server, SIZE_MAX);
	}
	if (user.stream != NULL) {
		tls_server_bye(&server);
		tls_server_run(&server, SIZE_MAX);
		fake_clock_run(&fc);
	}
	ck_assert(wire->closed);
	ck_assert_ptr_null(user.stream);
	tls_server_free(&server);
}
END_TEST

static Suite *tls_stream_suite(void)
{
	Suite *s = suite_create("tls_stream");
	TCase *bytes = tcase_create("bytes");

	tcase_add_unchecked_fixture(bytes, once_setup, once_teardown);
	tcase_add_checked_fixture(bytes, setup, teardown);
	tcase_set_timeout(bytes, 60);
	suite_add_tcase(s, bytes);
	tcase_add_loop_test(bytes, handshake_and_data_survive_every_cut, 0, 8);
	tcase_add_test(bytes, data_in_one_piece_with_the_handshake_is_told);
	tcase_add_test(bytes, a_narrow_wire_delays_bytes_and_loses_none);
	tcase_add_test(bytes, a_full_send_buffer_takes_nothing);
	tcase_add_test(bytes, a_slow_reader_leaves_bytes_below);
	tcase_add_loop_test(
		bytes, close_notify_ends_in_order_after_the_data, 0, 2);
	tcase_add_test(bytes, data_and_end_in_one_piece_are_told_in_order);
	tcase_add_test(bytes, an_end_without_close_notify_is_an_end);
	tcase_add_test(bytes, a_broken_wire_gives_its_own_reason);
	tcase_add_test(
		bytes, a_damaged_record_ends_the_connection_with_a_reason);
	tcase_add_test(bytes,
		a_malformed_server_hello_is_told_with_the_librarys_words);
	tcase_add_test(bytes, shutdown_sends_what_is_queued_then_close_notify);
	tcase_add_loop_test(bytes, any_handler_may_close_the_stream, 1, 5);
	return s;
}

int main(void)
{
	SRunner *runner = srunner_create(tls_stream_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
