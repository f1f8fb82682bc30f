#include <check.h>
#include <stdlib.h>

#include "firmware_under_test/core/app.h"
#include "firmware_under_test/core/tls_mcu.h"
#include "support/fw_board.h"

static struct fw_board f;
static struct app app;

/*
 * A TLS that needs no mbedTLS: it says yes, answers every request with the
 * same response, or MQTT's CONNECT and PINGREQ, and counts. Behind a SUBSCRIBE
 * come messages without end.
 */
static struct {
	int opened, closed, pings;
	bool flood;
	char request[512];
	const char *response;
	size_t left; /* of response */
} fake;

/* Instead of that response, when there is one. */
static char other[1024];
static size_t other_len;

const char tls_mcu_build[] = "";

int tls_mcu_open(struct link *l, const struct tls_request *q,
	const struct note *note, struct reason *r)
{
	(void)l;
	(void)note;
	(void)r;
	ck_assert_str_eq(q->clock_text, "\"17/12/08,00:00:00+00\"");
	fake.opened++;
	return 0;
}

int tls_mcu_send(void *ctx, const uint8_t *buf, size_t len, struct reason *r)
{
	(void)ctx;
	(void)r;
	snprintf(fake.request, sizeof(fake.request), "%.*s", (int)len,
		(const char *)buf);
	fake.response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
	fake.left = strlen(fake.response);
	if (other_len > 0) {
		fake.response = other;
		fake.left = other_len;
	}
	if (buf[0] == 0x10) {
		fake.response = "\x20\x02\x00\x00";
		fake.left = 4;
	} else if (buf[0] == 0x82) {
		fake.response = "\x90\x03\x00\x01\x00";
		fake.left = 5;
		fake.flood = app.tcp.waiting = true;
	} else if (buf[0] == 0xc0) {
		fake.response = "\xd0\x00";
		fake.left = 2;
		fake.pings++;
	}
	return 0;
}

int tls_mcu_recv(void *ctx, uint8_t *buf, size_t max, uint32_t timeout_ms,
	struct reason *r)
{
	size_t n = fake.left;

	(void)ctx;
	(void)timeout_ms;
	if (n == 0 && fake.flood) {
		fake.response = "\x30\x06\x00\x03t/a1";
		fake.left = n = 8;
	}
	if (n == 0) {
		reason_set(r, "tls", "nothing");
		return STREAM_TIMEOUT;
	}
	if (n > max)
		n = max;
	memcpy(buf, fake.response, n);
	fake.response += n;
	fake.left -= n;
	return (int)n;
}

void tls_mcu_close(void)
{
	fake.closed++;
}

void tls_mcu_memory(size_t *size, size_t *peak)
{
	*size = 65536;
	*peak = 12345;
}

static void serve_cut(const struct fw_turn *script, size_t turns,
	const char *input, size_t cut)
{
	memset(&fake, 0, sizeof(fake));
	fw_board_init(&f, script, turns);
	f.con_in = input;
	f.con_len = strlen(input);
	f.con_chunk = f.chunk = cut;
	app_init(&app, &f.board);
	while (app_turn(&app, 100))
		;
	f.con_out[f.con_out_len] = '\0';
}

static void serve(const struct fw_turn *script, size_t turns, const char *input)
{
	serve_cut(script, turns, input, 0);
}

#define READY "# wiofw " EC21_VERSION " (test) ready\n"

START_TEST(put_takes_raw_bytes_at_every_split_and_gives_the_checksum)
{
	/* Bytes that look like commands, and all three line ends. */
	serve_cut(NULL, 0,
		"put ca 10\r\n0123456789put cert 5\n12345"
		"put key 6\rclose\nclose\r\nclose",
		(size_t)_i);
	ck_assert_str_eq(f.con_out, READY "+ok put ca 10 3839\n"
					  "+ok put cert 5 3706\n"
					  "+ok put key 6 6915\n"
					  "+ok close\n+ok close\n");
	ck_assert_uint_eq(app.con.errors, 0);
}
END_TEST

START_TEST(put_that_ends_early_leaves_nothing_behind)
{
	serve(NULL, 0, "put ca 10\n01234");
	ck_assert_str_eq(f.con_out, READY
		"+err usage put ca: 5 of 10 bytes came, then none for 10 s\n");
	ck_assert_uint_eq(app.config.pem[CONFIG_PEM_CA].len, 0);
}
END_TEST

START_TEST(put_too_large_is_swallowed_not_read_as_commands)
{
	static char input[CONFIG_PEM_MAX + 64];
	int n = snprintf(
		input, sizeof(input), "put ca %d\n", CONFIG_PEM_MAX + 1);

	memset(input + n, '\n', CONFIG_PEM_MAX + 1);
	memcpy(input + n + CONFIG_PEM_MAX + 1, "close\n", 7);
	serve(NULL, 0, input);
	ck_assert_str_eq(f.con_out, READY
		"+err usage put ca: 4097 bytes, at most 4096\n+ok close\n");
}
END_TEST

#define KEY_FILE                                                               \
	"-----BEGIN RSA PRIVATE KEY-----\n"                                    \
	"c2VjcmV0\nc2VjcmV0czI=\nclose\n/+A=\n"                                \
	"-----END RSA PRIVATE KEY-----\n"

/* Behind a put that is none, or that takes too few bytes. */
START_TEST(key_that_no_put_takes_is_not_shown)
{
	static const char *const puts[] = {"put ky 99\n", "put key 99 \n",
		"put key\n", "put key 1000001\n", "Put key 99\n"};
	char input[256];

	for (size_t i = 0; i < sizeof(puts) / sizeof(*puts); i++) {
		snprintf(
			input, sizeof(input), "%s" KEY_FILE "close\n", puts[i]);
		serve_cut(NULL, 0, input, (size_t)_i);
		ck_assert_str_eq(f.con_out,
			i < 4 ? READY
				"+err usage put ca|cert|key LEN\n"
				"+err usage a file that no 'put ca|cert|key "
				"LEN' announced\n+ok close\n"
			      : READY "+err usage no such command; 'help' "
				      "lists them\n"
				      "+err usage a file that no 'put "
				      "ca|cert|key LEN' announced\n"
				      "+ok close\n");
	}
	serve_cut(NULL, 0, "put key 34\n" KEY_FILE, (size_t)_i);
	ck_assert_ptr_nonnull(strstr(f.con_out, "+ok put key 34 "));
	ck_assert_ptr_null(strstr(f.con_out, "cmV0"));
	ck_assert_ptr_null(strstr(f.con_out, "/+A="));
	ck_assert_ptr_null(strstr(f.con_out, "-----"));
}
END_TEST

START_TEST(file_without_its_end_is_dropped_up_to_silence)
{
	serve(NULL, 0,
		"-----BEGIN x-----\nc2VjcmV0\n\x01\x01\x01"
		"close\n");
	ck_assert_str_eq(f.con_out,
		READY "+err usage a file that no 'put ca|cert|key LEN' "
		      "announced\n+ok close\n");
}
END_TEST

/* Half a second between them: that is no silence. */
START_TEST(file_that_never_ends_takes_no_more_than_its_time)
{
	static char input[2000];
	size_t n = 0;

	n += (size_t)snprintf(input, sizeof(input), "-----BEGIN x-----\n");
	for (int i = 0; i < 80; i++)
		n += (size_t)snprintf(
			input + n, sizeof(input) - n, "c2VjcmV0A==\n\x01");
	snprintf(input + n, sizeof(input) - n, "close\n");
	serve(NULL, 0, input);
	ck_assert_ptr_null(strstr(f.con_out, "c2V"));
	ck_assert_ptr_nonnull(
		strstr(f.con_out, "announced\n+err usage no such"));
	ck_assert_ptr_nonnull(strstr(f.con_out, "+ok close\n"));
}
END_TEST

START_TEST(every_command_answers_exactly_one_result)
{
	const char *line;
	int results = 0;

	serve(NULL, 0,
		"help\ninfo\nset port 1\nset port x\nset clock now\nput x 1\n"
		"modem maybe\nconnect\npublish\nget\nget last\nget x\nclose\n"
		"trace on\ntrace off\ntrace\nreset\ndfu\ncrash\nreset now\n"
		"bridge to\nnonsense\n\n  \n");
	for (line = f.con_out; *line; line = strchr(line, '\n') + 1) {
		ck_assert_msg(strchr("#+", *line) != NULL, "%s", line);
		if (*line == '+')
			results++;
	}
	/* The blank line is none; one of blanks is an unknown command. */
	ck_assert_int_eq(results, 23);
	ck_assert_uint_eq(app.con.errors, 17);
}
END_TEST

/* The end sequence counts after half a second of silence only. */
START_TEST(bridge_passes_every_byte_until_its_end_at_every_split)
{
	static const struct fw_turn script[] = {
		{"AT\n\x1d\x1d\x1dX\r", "\r\n+A: \x80\r\n", 0, 0, 1},
		{"\x1d\x1dY\r", "> ", 0, 0, 1},
		{"\x1d\x1d", "OK", 0, 0, 1},
		{"\x1d\x1d\x1d\r", NULL, 0, 0, 0},
	};

	serve_cut(script, 4,
		"bridge\r\nAT\n\x1d\x1d\x1dX\r\x01\x1d\x1dY\r"
		"\x01\x1d\x1d\x01\x01\x1d\x1d\x01\x1d\r"
		"\x01\x1d\x1d\x1d"
		"close\n",
		(size_t)_i);
	ck_assert_str_eq(f.con_out,
		READY "+ok bridge\n\r\n+A: \x80\r\n> OK"
		      "# bridge: 18 bytes to the modem, 13 from it\n"
		      "+ok close\n");
}
END_TEST

START_TEST(bridge_hears_the_modem_out_when_the_console_ends)
{
	static const struct fw_turn script[] = {
		{"AT\r", "\r\nOK\r\n", 0, 0, 400},
	};

	serve(script, 1, "bridge\nAT\r");
	ck_assert_str_eq(f.con_out,
		READY "+ok bridge\n\r\nOK\r\n"
		      "# bridge: 3 bytes to the modem, 6 from it\n");
}
END_TEST

START_TEST(line_too_long_is_one_error_and_the_next_line_works)
{
	static char input[CONSOLE_LINE_MAX + 32];

	memset(input, 'a', CONSOLE_LINE_MAX + 1);
	memcpy(input + CONSOLE_LINE_MAX + 1, "\nclose\n", 8);
	serve(NULL, 0, input);
	ck_assert_str_eq(f.con_out, READY
		"+err usage a line longer than 512 characters\n+ok close\n");
}
END_TEST

#define OK "\r\nOK\r\n"
#define SAY(text)                                                              \
	{                                                                      \
		text "\r", OK, 0, 0, 1                                         \
	}

/* `modem on` and what `connect` asks of the modem. */
static const struct fw_turn attaching[] = {
	SAY("AT"),
	SAY("ATE0"),
	SAY("AT+CMEE=1"),
	SAY("AT+QURCCFG=\"urcport\",\"uart1\""),
	SAY("AT+QSCLK=1"),
	{"AT+CPIN?\r", "\r\n+CPIN: READY\r\n" OK, 0, 0, 1},
	{"AT+CEREG?\r", "\r\n+CEREG: 0,1\r\n" OK, 0, 0, 1},
	SAY("AT+QIACT?"),
	SAY("AT+QICSGP=1,1,\"soracom.io\",\"sora\",\"sora\",3"),
	SAY("AT+QIACT=1"),
	{"AT+CCLK?\r", "\r\n+CCLK: \"17/12/08,00:00:00+00\"\r\n" OK, 0, 0, 1},
};

#define ATTACHING attaching, sizeof(attaching) / sizeof(*attaching)

START_TEST(run_takes_all_steps_and_publishes)
{
	serve_cut(ATTACHING,
		"set path mcu\nset seclevel 0\nrun {\"uptime\": 1}\nget "
		"last\n",
		(size_t)_i);
	ck_assert_str_eq(f.con_out,
		READY "+ok set path\n+ok set seclevel\n"
		      "# run: modem on\n# run: connect\n"
		      "# run: publish\n+ok run mcu 200 Wio\n"
		      "# hi\n+ok get 200 2\n");
	ck_assert_str_eq(fake.request,
		"POST /topics/Wio?qos=1 HTTP/1.1\r\n"
		"Host: data.iot.ap-northeast-1.amazonaws.com\r\n"
		"Content-Type: application/json\r\nContent-Length: 13\r\n"
		"\r\n{\"uptime\": 1}");
	ck_assert_int_eq(fake.opened, 1);
	ck_assert_int_eq(fake.closed, 1);
	fw_board_done(&f);
}
END_TEST

/* In this modem no "recv" ever comes: each pong is found all the same. */
START_TEST(pong_behind_a_lost_urc_keeps_the_connection)
{
	static char input[1024];
	size_t n = (size_t)snprintf(input, sizeof(input),
		"set path mcu\nset proto mqtt\nset seclevel 0\nmodem on\n"
		"connect\n");

	/* 250 s */
	memset(input + n, '\x01', 500);
	memcpy(input + n + 500, "close\n", 7);
	serve(ATTACHING, input);
	ck_assert_str_eq(f.con_out,
		READY "+ok set path\n+ok set proto\n+ok set seclevel\n"
		      "+ok modem on\n+ok connect mcu "
		      "data.iot.ap-northeast-1.amazonaws.com:8443\n"
		      "+ok close\n");
	ck_assert_int_eq(fake.pings, 4);
	fw_board_done(&f);
}
END_TEST

/* Blank lines, and a line that is typed for ever. */
START_TEST(console_that_never_falls_silent_leaves_the_rest_its_turn)
{
	static const char *const inputs[] = {"\n\n\n\n\n\n\n\n", "aaaaaaaa"};

	fw_board_init(&f, NULL, 0);
	f.con_in = inputs[_i];
	f.con_len = 8;
	f.con_chunk = 1;
	f.con_ms = 60;
	app_init(&app, &f.board);
	ck_assert_int_eq(console_read(&app.con, 100), CONSOLE_NOTHING);
	ck_assert_uint_eq(f.con_at, 2);
	ck_assert_int_eq(console_read(&app.con, 0), CONSOLE_NOTHING);
	ck_assert_uint_eq(f.con_at, 3);
}
END_TEST

START_TEST(get_shows_all_that_was_kept_of_a_body)
{
	static const char head[] =
		"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n";
	const char *at;
	int n = (int)sizeof(head) - 1;

	memcpy(other, head, sizeof(head) - 1);
	memset(other + n, 'a', 900);
	other[n + 850] = '\0';
	other_len = (size_t)n + 900;
	serve(ATTACHING,
		"set path mcu\nset seclevel 0\nmodem on\nconnect\nget\n");
	at = strstr(f.con_out, "# aaaa");
	ck_assert_ptr_nonnull(at);
	ck_assert_uint_eq(strspn(at + 2, "a"), 400);
	ck_assert_uint_eq(strspn(at + 405, "a"), 400);
	ck_assert_uint_eq(strspn(at + 808, "a"), 50);
	ck_assert_uint_eq(strspn(at + 858, ".a"), 50);
	ck_assert_str_eq(at + 908, "\n+ok get 200 900\n");
	fw_board_done(&f);
}
END_TEST

START_TEST(messages_without_end_leave_the_console_its_turn)
{
	const char *at;
	int n = 0;

	serve(ATTACHING,
		"set path mcu\nset proto mqtt\nset seclevel 0\nmodem on\n"
		"connect\nsubscribe #\n\x01\x01"
		"close\n");
	for (at = f.con_out; (at = strstr(at, "# message t/a 1: 1\n")); at++)
		n++;
	ck_assert_int_eq(n, 16);
	ck_assert_ptr_nonnull(strstr(f.con_out, "+ok subscribe #\n"));
	ck_assert_ptr_nonnull(strstr(f.con_out, "+ok close\n"));
	fw_board_done(&f);
}
END_TEST

/* No ping is waited for. */
START_TEST(modem_that_restarts_takes_the_connection_with_it)
{
	struct fw_turn script[sizeof(attaching) / sizeof(*attaching)];
	struct fw_turn *last =
		&script[sizeof(attaching) / sizeof(*attaching) - 1];

	memcpy(script, attaching, sizeof(attaching));
	last->modem =
		"\r\n+CCLK: \"17/12/08,00:00:00+00\"\r\n" OK "\r\nRDY\r\n";
	serve(script, sizeof(script) / sizeof(*script),
		"set path mcu\nset proto mqtt\nset seclevel 0\nmodem on\n"
		"connect\n\x01"
		"publish x\n");
	ck_assert_str_eq(f.con_out,
		READY "+ok set path\n+ok set proto\n+ok set seclevel\n"
		      "+ok modem on\n+ok connect mcu "
		      "data.iot.ap-northeast-1.amazonaws.com:8443\n"
		      "# the modem restarted by itself (RDY)\n"
		      "# the connection is lost: the modem restarted by "
		      "itself\n"
		      "+err state not connected: 'connect' first\n");
	ck_assert_int_eq(fake.closed, 1);
	ck_assert_int_eq(fake.pings, 0);
	fw_board_done(&f);
}
END_TEST

/* ---- what survives a restart ---- */

static char saved[4][1200];
static const char *const names[4] = {"settings", "ca", "cert", "key"};

static int t_load(void *ctx, const char *name, uint8_t *buf, size_t max)
{
	(void)ctx;
	for (int i = 0; i < 4; i++)
		if (strcmp(names[i], name) == 0 && saved[i][0]) {
			ck_assert_uint_le(strlen(saved[i]), max);
			memcpy(buf, saved[i], strlen(saved[i]));
			return (int)strlen(saved[i]);
		}
	return -1;
}

static int t_save(void *ctx, const char *name, const uint8_t *buf, size_t len)
{
	(void)ctx;
	for (int i = 0; i < 4; i++)
		if (strcmp(names[i], name) == 0) {
			ck_assert_uint_lt(len, sizeof(saved[i]));
			memcpy(saved[i], buf, len);
			saved[i][len] = '\0';
			return 0;
		}
	return -1;
}

START_TEST(settings_and_files_survive_a_restart)
{
	static const char input[] =
		"set host h.example.com\nset user\nput key 3\nabc";

	memset(saved, 0, sizeof(saved));
	for (int round = 0; round < 2; round++) {
		fw_board_init(&f, NULL, 0);
		f.board.load = t_load;
		f.board.save = t_save;
		f.con_in = input;
		f.con_len = round == 0 ? strlen(input) : 0;
		app_init(&app, &f.board);
		while (app_turn(&app, 100))
			;
	}
	ck_assert_str_eq(app.config.host, "h.example.com");
	ck_assert_str_eq(app.config.user, "");
	ck_assert_str_eq(app.config.apn, "soracom.io");
	ck_assert_str_eq(app.config.pem[CONFIG_PEM_KEY].data, "abc");
	ck_assert_uint_eq(app.config.pem[CONFIG_PEM_KEY].len, 3);
}
END_TEST

START_TEST(put_that_fails_leaves_the_file_of_before)
{
	static const char input[] = "put key 3\nabc"
				    "put key 3\nxy";

	memset(saved, 0, sizeof(saved));
	fw_board_init(&f, NULL, 0);
	f.board.load = t_load;
	f.board.save = t_save;
	f.con_in = input;
	f.con_len = strlen(input);
	app_init(&app, &f.board);
	while (app_turn(&app, 100))
		;
	ck_assert_uint_eq(app.con.errors, 1);
	ck_assert_str_eq(app.config.pem[CONFIG_PEM_KEY].data, "abc");
	ck_assert_uint_eq(app.config.pem[CONFIG_PEM_KEY].len, 3);
	ck_assert_str_eq(saved[3], "abc");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("app");

	tcase_add_loop_test(tc,
		put_takes_raw_bytes_at_every_split_and_gives_the_checksum, 0,
		70);
	tcase_add_test(tc, put_that_ends_early_leaves_nothing_behind);
	tcase_add_test(tc, put_too_large_is_swallowed_not_read_as_commands);
	tcase_add_loop_test(tc, key_that_no_put_takes_is_not_shown, 0, 3);
	tcase_add_test(tc, file_without_its_end_is_dropped_up_to_silence);
	tcase_add_test(tc, file_that_never_ends_takes_no_more_than_its_time);
	tcase_add_test(tc, every_command_answers_exactly_one_result);
	tcase_add_loop_test(tc,
		bridge_passes_every_byte_until_its_end_at_every_split, 0, 40);
	tcase_add_test(tc, bridge_hears_the_modem_out_when_the_console_ends);
	tcase_add_test(tc, line_too_long_is_one_error_and_the_next_line_works);
	tcase_add_loop_test(tc, run_takes_all_steps_and_publishes, 0, 20);
	tcase_add_test(tc, modem_that_restarts_takes_the_connection_with_it);
	tcase_add_loop_test(tc,
		console_that_never_falls_silent_leaves_the_rest_its_turn, 0, 2);
	tcase_add_test(tc, get_shows_all_that_was_kept_of_a_body);
	tcase_add_test(tc, messages_without_end_leave_the_console_its_turn);
	tcase_add_test(tc, pong_behind_a_lost_urc_keeps_the_connection);
	tcase_add_test(tc, settings_and_files_survive_a_restart);
	tcase_add_test(tc, put_that_fails_leaves_the_file_of_before);
	return fw_run("fw app", tc);
}
