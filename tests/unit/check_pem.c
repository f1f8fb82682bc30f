#include "base/pem.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* DER of 12 bytes: SEQUENCE of ten. */
#define BODY "MAoBAgMEBQYHCAkK"
#define CERT                                                                   \
	"-----BEGIN CERTIFICATE-----\n" BODY "\n-----END CERTIFICATE-----\n"
#define KEY                                                                    \
	"-----BEGIN RSA PRIVATE KEY-----\n" BODY                               \
	"\n-----END RSA PRIVATE KEY-----\n"
#define PARAMS                                                                 \
	"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"                    \
	"-----END EC PARAMETERS-----\n"

static int scan(struct pem_scan *s, const char *text, enum pem_kind want,
	struct why *why)
{
	return pem_scan(s, "RAM:x.pem", text, strlen(text), want, why);
}

struct row {
	const char *text;
	enum pem_kind want;
	const char *why; /* NULL: fine */
};

/* clang-format off */
static const struct row rows[] = {
	{CERT, PEM_CERTIFICATE, NULL},
	{KEY, PEM_PRIVATE_KEY, NULL},
	{PARAMS KEY, PEM_PRIVATE_KEY, NULL},
	{CERT CERT CERT, PEM_CERTIFICATE, NULL},
	{"Bag Attributes: none\nsubject=/CN=x\n" CERT "\n\n", PEM_CERTIFICATE, NULL},
	/* line ends */
	{"-----BEGIN CERTIFICATE-----\r\n" BODY "\r\n-----END CERTIFICATE-----\r\n", PEM_CERTIFICATE, NULL},
	{"-----BEGIN CERTIFICATE-----\n" BODY "\n-----END CERTIFICATE-----", PEM_CERTIFICATE, NULL},
	{"-----BEGIN CERTIFICATE----- \nMAoB\nAgME  \n\nBQYHCAkK\n-----END CERTIFICATE-----\t\n", PEM_CERTIFICATE, NULL},
	{"-----BEGIN CERTIFICATE-----" BODY "-----END CERTIFICATE-----", PEM_CERTIFICATE,
		"RAM:x.pem line 1: text follows the BEGIN line without a line break (byte 27)"},
	{"-----BEGIN CERTIFICATE-----\\n" BODY "\\n-----END CERTIFICATE-----\\n", PEM_CERTIFICATE,
		"RAM:x.pem line 1: a backslash and the letter n follow the BEGIN line in place of a line break (byte 27)"},
	{"-----BEGIN CERTIFICATE-----\r" BODY "\r-----END CERTIFICATE-----\r", PEM_CERTIFICATE,
		"line 1: a carriage return without a line feed follows the BEGIN line (byte 27)"},
	{"-----BEGIN CERTIFICATE-----\n" BODY "-----END CERTIFICATE-----\n", PEM_CERTIFICATE,
		"line 2: five dashes and END do not stand at the start of a line (byte 44)"},
	{"-----BEGIN CERTIFICATE-----\n" BODY "\n-----END CERTIFICATE----------BEGIN CERTIFICATE-----\n", PEM_CERTIFICATE,
		"line 3: text follows the END line without a line break"},
	/* a good block hides nothing */
	{CERT "-----BEGIN CERTIFICATE-----" BODY "-----END CERTIFICATE-----", PEM_CERTIFICATE,
		"line 4: text follows the BEGIN line"},
	{CERT "-----BEGIN CERTIFICATE-----\n" BODY "\n", PEM_CERTIFICATE,
		"line 5: the file ends (byte 116) inside the block of line 4: there is no END line"},
	{CERT "-----END CERTIFICATE-----\n", PEM_CERTIFICATE, "line 4: END without a BEGIN before it"},
	{CERT "----BEGIN CERTIFICATE-----\n", PEM_CERTIFICATE, "line 4: BEGIN stands behind 4 dashes in place of five"},
	{"------BEGIN CERTIFICATE-----\n", PEM_CERTIFICATE, "line 1: BEGIN stands behind 6 dashes"},
	{" " CERT, PEM_CERTIFICATE, "line 1: BEGIN does not stand at the start of its line (byte 5)"},
	{"\xef\xbb\xbf" CERT, PEM_CERTIFICATE, "line 1: BEGIN does not stand at the start"},
	/* labels */
	{"-----BEGIN CERTIFICATE----\n" BODY, PEM_CERTIFICATE, "line 1: the BEGIN line does not end in five dashes (byte 26)"},
	{"-----BEGIN CERTIFICATE-----\n" BODY "\n-----END RSA PRIVATE KEY-----\n", PEM_CERTIFICATE,
		"line 3: END RSA PRIVATE KEY does not match BEGIN CERTIFICATE of line 1"},
	{"-----BEGIN CERTIFICATE-----\n" BODY "\n" CERT, PEM_CERTIFICATE,
		"line 3: BEGIN of another block before the END of the block of line 1"},
	/* base64 */
	{"-----BEGIN CERTIFICATE-----\nMAoB?gMEBQYHCAkK\n-----END CERTIFICATE-----\n", PEM_CERTIFICATE,
		"line 2: byte 32 is 0x3f, which is not base64"},
	{"-----BEGIN CERTIFICATE-----\nMAoB AgMEBQYHCAkK\n-----END CERTIFICATE-----\n", PEM_CERTIFICATE,
		"line 2: a blank inside the base64 text (byte 32)"},
	{"-----BEGIN CERTIFICATE-----\nMAoB\\nAgMEBQYHCAkK\n-----END CERTIFICATE-----\n", PEM_CERTIFICATE,
		"line 2: a backslash in the base64 text (byte 32)"},
	{"-----BEGIN CERTIFICATE-----\nMAoBAgMEBQYHCAk\n-----END CERTIFICATE-----\n", PEM_CERTIFICATE,
		"line 3: the block of line 1 has 15 base64 digits"},
	{"-----BEGIN CERTIFICATE-----\nMAo=AgMEBQYHCAkK\n-----END CERTIFICATE-----\n", PEM_CERTIFICATE,
		"line 2: base64 text goes on after its padding (byte 32)"},
	{"-----BEGIN CERTIFICATE-----\nM===\n-----END CERTIFICATE-----\n", PEM_CERTIFICATE, "byte 29 is 0x3d"},
	{"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", PEM_CERTIFICATE, "line 2: the block of line 1 is empty"},
	/* DER */
	{"-----BEGIN CERTIFICATE-----\nMAoBAgMEBQYH\n-----END CERTIFICATE-----\n", PEM_CERTIFICATE,
		"line 1: the block holds 9 bytes of DER that should be 12"},
	{"-----BEGIN CERTIFICATE-----\nMAoBAgMEBQYHCAkKAAAA\n-----END CERTIFICATE-----\n", PEM_CERTIFICATE,
		"line 1: the block holds 15 bytes of DER that should be 12"},
	{"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", PEM_CERTIFICATE,
		"line 1: the block does not hold DER: it starts with 0x00 in place of 0x30"},
	{"-----BEGIN CERTIFICATE-----\nMIUA\n-----END CERTIFICATE-----\n", PEM_CERTIFICATE, "bad length"},
	{"-----BEGIN CERTIFICATE-----\nMIAA\n-----END CERTIFICATE-----\n", PEM_CERTIFICATE, "bad length"},
	{"-----BEGIN CERTIFICATE-----\nMIIAAA==\n-----END CERTIFICATE-----\n", PEM_CERTIFICATE, NULL},
	/* encrypted keys */
	{"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233\n\n"
		"AAAA\n-----END RSA PRIVATE KEY-----\n", PEM_PRIVATE_KEY, NULL},
	{"-----BEGIN ENCRYPTED PRIVATE KEY-----\n" BODY "\n-----END ENCRYPTED PRIVATE KEY-----\n", PEM_PRIVATE_KEY, NULL},
	/* not what was asked for */
	{"", PEM_CERTIFICATE, "RAM:x.pem is empty"},
	{"hello", PEM_CERTIFICATE, "RAM:x.pem holds no BEGIN line in its 5 bytes"},
	{"0\x82", PEM_CERTIFICATE, "this may be DER, and PEM is needed"},
	{KEY PARAMS, PEM_CERTIFICATE, "RAM:x.pem holds no certificate: 0 certificate(s), 1 private key(s), 1 other block(s)"},
	{CERT, PEM_PRIVATE_KEY, "RAM:x.pem holds no private key: 1 certificate(s)"},
};
/* clang-format on */

START_TEST(each_file_is_read_or_refused_with_its_reason)
{
	const struct row *r = &rows[_i];
	struct pem_scan s;
	struct why why = {.text = ""};
	int rc = scan(&s, r->text, r->want, &why);

	if (r->why == NULL) {
		ck_assert_msg(rc == 0, "%s", why.text);
		return;
	}
	ck_assert_int_eq(rc, ERR_TLS_FILE);
	ck_assert_int_eq(why.err, ERR_TLS_FILE);
	ck_assert_msg(strstr(why.text, r->why) != NULL, "%s", why.text);
}
END_TEST

START_TEST(blocks_are_counted_and_the_first_of_a_kind_is_placed)
{
	struct pem_scan s;
	struct why why;

	ck_assert_int_eq(
		scan(&s, PARAMS KEY CERT CERT, PEM_PRIVATE_KEY, &why), 0);
	ck_assert_uint_eq(s.blocks, 4);
	ck_assert_uint_eq(s.certificates, 2);
	ck_assert_uint_eq(s.keys, 1);
	ck_assert_int_eq(s.first.kind, PEM_PRIVATE_KEY);
	ck_assert_uint_eq(s.first.begin, strlen(PARAMS));
	ck_assert_uint_eq(s.first.end, strlen(PARAMS KEY));
	ck_assert_uint_eq(s.first.line, 4);
}
END_TEST

START_TEST(a_file_cut_anywhere_is_refused)
{
	static const char text[] = CERT;
	struct pem_scan s;
	struct why why;

	/* Without its last line feed it is complete. */
	for (size_t n = 0; n < sizeof(text) - 2; n++)
		ck_assert_msg(pem_scan(&s, "x", text, n, PEM_CERTIFICATE,
				      &why) == ERR_TLS_FILE,
			"%zu", n);
}
END_TEST

START_TEST(one_lost_byte_anywhere_is_noticed)
{
	static const char text[] = CERT;
	struct pem_scan s;
	struct why why;

	for (size_t i = 0; i < sizeof(text) - 2; i++) {
		char cut[sizeof(text)];

		memcpy(cut, text, i);
		memcpy(cut + i, text + i + 1, sizeof(text) - i - 1);
		ck_assert_msg(
			scan(&s, cut, PEM_CERTIFICATE, &why) == ERR_TLS_FILE,
			"byte %zu: %s", i, cut);
	}
}
END_TEST

START_TEST(a_nul_byte_is_no_end)
{
	static const char text[] = "-----BEGIN CERTIFICATE-----\nMAoB\0gMEBQYHC"
				   "AkK\n-----END CERTIFICATE-----\n";
	struct pem_scan s;
	struct why why;

	ck_assert_int_eq(pem_scan(&s, "x", text, sizeof(text) - 1,
				 PEM_CERTIFICATE, &why),
		ERR_TLS_FILE);
	ck_assert_ptr_nonnull(strstr(why.text, "byte 32 is 0x00"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pem");
	TCase *t = tcase_create("pem");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(t, each_file_is_read_or_refused_with_its_reason, 0,
		sizeof(rows) / sizeof(*rows));
	tcase_add_test(t, blocks_are_counted_and_the_first_of_a_kind_is_placed);
	tcase_add_test(t, a_file_cut_anywhere_is_refused);
	tcase_add_test(t, one_lost_byte_anywhere_is_noticed);
	tcase_add_test(t, a_nul_byte_is_no_end);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
