/* What mbedTLS makes of the records, without any. */
#include <mbedtls/ssl.h>

static int scripted_read(
	mbedtls_ssl_context *ssl, unsigned char *buf, size_t n);
#define mbedtls_ssl_read scripted_read

#include "firmware_under_test/core/tls_mcu.c"

/* Its `fail` is not Check's. */
#include <check.h>
#include <stdlib.h>

#include "support/fw_board.h"

static struct fw_board f;
static struct at_client at;
static struct link l;
static struct reason r;

/* Results of mbedtls_ssl_read, and two that tls_wire has a word in. */
#define EMPTY	0 /* two empty records in a row */
#define FIN	1000
#define SILENCE 1001

static const int *reads;

static int scripted_read(mbedtls_ssl_context *ssl, unsigned char *buf, size_t n)
{
	int result = *reads++;

	ck_assert_ptr_eq(ssl, &tls.ssl);
	tls.wire.ended = result == FIN;
	tls.wire.timed_out = result == SILENCE;
	if (result == FIN)
		return 0;
	if (result != SILENCE) {
		memset(buf, 'x', result > 0 ? n : 0);
		return result;
	}
	reason_set(&tls.wire.why, "tcp", "nothing");
	return MBEDTLS_ERR_SSL_TIMEOUT;
}

START_TEST(every_end_is_told_from_every_other)
{
	static const struct {
		int reads[4];
		int rc;
		const char *reason;
	} rows[] = {
		{{3}, 3, ""},
		{{EMPTY, EMPTY, 3}, 3, ""},
		{{EMPTY, SILENCE}, STREAM_TIMEOUT, "TLS read: nothing"},
		{{MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY}, 0, ""},
		{{EMPTY, MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY}, 0, ""},
		{{FIN}, STREAM_CUT,
			"TLS read: the server closed without an alert"},
		{{EMPTY, FIN}, STREAM_CUT,
			"TLS read: the server closed without an alert"},
	};
	uint8_t buf[3];

	fw_board_init(&f, NULL, 0);
	at_init(&at, &f.board);
	link_init(&l, &at, &link_tcp, 0);
	tls_wire_init(&tls.wire, &l);
	r.text[0] = '\0';
	reads = rows[_i].reads;
	ck_assert_int_eq(
		tls_mcu_recv(NULL, buf, sizeof(buf), 1000, &r), rows[_i].rc);
	ck_assert_str_eq(r.text, rows[_i].reason);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("tls_mcu");

	tcase_add_loop_test(tc, every_end_is_told_from_every_other, 0, 7);
	return fw_run("fw tls_mcu", tc);
}
