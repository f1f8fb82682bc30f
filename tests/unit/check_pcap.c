#include "net/pcap.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/unit/support/fake_clock.h"
#include "tests/unit/support/temp.h"

/* Captures read back field by field, checksums included. */

struct packet {
	const uint8_t *tcp, *payload;
	size_t len; /* of the payload */
	bool out;
	unsigned flags;
	uint32_t seq, ack;
};

static struct fake_clock fc;
static char dir[TEMP_PATH], path[TEMP_INSIDE];
static struct pcap *pcap;
static struct pcap_flow flow;
static uint8_t file[300000];
static struct packet packets[256];
static size_t n_packets;
static int a, b, listener;
static uint16_t our_port;

static void connect_pair(int family, int type)
{
	struct sockaddr_in v4 = {
		.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_in6 v6 = {
		.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
	struct sockaddr *sa = family == AF_INET ? (struct sockaddr *)&v4
						: (struct sockaddr *)&v6;
	socklen_t len = family == AF_INET ? sizeof(v4) : sizeof(v6);

	listener = socket(family, type, 0);
	ck_assert_int_eq(bind(listener, sa, len), 0);
	if (type == SOCK_STREAM)
		ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, sa, &len), 0);
	a = socket(family, type, 0);
	ck_assert_int_eq(connect(a, sa, len), 0);
	b = type == SOCK_STREAM ? accept(listener, NULL, NULL) : -1;
	ck_assert_int_eq(getsockname(a, sa, &len), 0);
	our_port = ntohs(family == AF_INET ? v4.sin_port : v6.sin6_port);
}

static void setup(void)
{
	struct why why;

	temp_dir(dir, "check_pcap");
	snprintf(path, sizeof(path), "%s/x.pcap", dir);
	fake_clock_init(&fc, true);
	pcap = pcap_open(path, &fc.clock, &why);
	ck_assert_msg(pcap != NULL, "%s", why.text);
	ck_assert_msg(pcap_start(pcap, &why), "%s", why.text);
	flow = (struct pcap_flow){0};
	a = b = listener = -1;
}

static void teardown(void)
{
	pcap_close(pcap);
	unlink(path);
	rmdir(dir);
	close(a);
	close(b);
	close(listener);
}

static unsigned get16(const uint8_t *p)
{
	return (unsigned)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static unsigned add_up(const uint8_t *p, size_t len, unsigned sum)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 == 0 ? (unsigned)p[i] << 8 : p[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void check_packet(const uint8_t *ip, size_t len, struct packet *p)
{
	bool v6 = ip[0] >> 4 == 6;
	size_t head = v6 ? 40 : 20;
	uint8_t proto = v6 ? ip[6] : ip[9];
	size_t l4 = proto == IPPROTO_TCP ? 20 : 8;
	unsigned sum;

	if (v6) {
		ck_assert_uint_eq(get16(ip + 4), len - 40);
	} else {
		ck_assert_uint_eq(get16(ip + 2), len);
		ck_assert_uint_eq(add_up(ip, 20, 0), 0xffff);
	}
	p->tcp = ip + head;
	sum = add_up(v6 ? ip + 8 : ip + 12, v6 ? 32 : 8,
		proto + (unsigned)(len - head));
	ck_assert_uint_eq(add_up(p->tcp, len - head, sum), 0xffff);
	p->payload = p->tcp + l4;
	p->len = len - head - l4;
	p->out = get16(p->tcp) == our_port;
	if (proto == IPPROTO_UDP) {
		ck_assert_uint_eq(get16(p->tcp + 4), 8 + p->len);
		return;
	}
	p->flags = p->tcp[13];
	p->seq = get32(p->tcp + 4);
	p->ack = get32(p->tcp + 8);
}

static void read_back(void)
{
	FILE *f = fopen(path, "re");
	size_t size, at = 24;
	uint32_t word;

	ck_assert_ptr_nonnull(f);
	size = fread(file, 1, sizeof(file), f);
	fclose(f);
	memcpy(&word, file, 4);
	ck_assert_uint_eq(word, 0xa1b2c3d4);
	memcpy(&word, file + 20, 4);
	ck_assert_uint_eq(word, 101);
	n_packets = 0;
	while (at < size) {
		memcpy(&word, file + at, 4);
		ck_assert_uint_eq(word, FAKE_CLOCK_WALL_START / 1000000);
		memcpy(&word, file + at + 8, 4);
		check_packet(file + at + 16, word, &packets[n_packets++]);
		at += 16 + word;
	}
	ck_assert_uint_eq(at, size);
}

START_TEST(a_connection_has_its_handshake_its_bytes_and_its_end)
{
	static const struct {
		bool out;
		unsigned flags;
		uint32_t seq, ack;
	} want[] = {
		{true, 2, 0, 0},
		{false, 18, 0, 1},
		{true, 16, 1, 1},
		{true, 24, 1, 1},
		{false, 24, 1, 6},
		{false, 17, 4, 6},
		{true, 17, 6, 5},
	};

	connect_pair(AF_INET, SOCK_STREAM);
	pcap_begin(&flow, pcap, a, false, false);
	pcap_data(&flow, true, "hello", 5);
	pcap_data(&flow, false, "you", 3);
	pcap_end(&flow, false, false);
	pcap_end(&flow, true, false);
	pcap_end(&flow, true, false);
	read_back();
	ck_assert_uint_eq(n_packets, sizeof(want) / sizeof(*want));
	for (size_t i = 0; i < n_packets; i++) {
		ck_assert_int_eq(packets[i].out, want[i].out);
		ck_assert_uint_eq(packets[i].flags, want[i].flags);
		ck_assert_uint_eq(packets[i].seq, want[i].seq);
		ck_assert_uint_eq(packets[i].ack, want[i].ack);
	}
	ck_assert_mem_eq(packets[3].payload, "hello", 5);
	ck_assert_mem_eq(packets[4].payload, "you", 3);
}
END_TEST

START_TEST(long_runs_are_cut_into_segments)
{
	static uint8_t data[100000];
	size_t at = 0;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31 + i / 256);
	connect_pair(AF_INET6, SOCK_STREAM);
	pcap_begin(&flow, pcap, a, false, false);
	pcap_data(&flow, true, data, sizeof(data));
	read_back();
	for (size_t i = 3; i < n_packets; i++) {
		ck_assert_uint_eq(packets[i].seq, at + 1);
		ck_assert_uint_le(packets[i].len, 1460);
		ck_assert_mem_eq(packets[i].payload, data + at, packets[i].len);
		at += packets[i].len;
	}
	ck_assert_uint_eq(at, sizeof(data));
}
END_TEST

START_TEST(who_is_served_begins_from_the_other_side)
{
	connect_pair(AF_INET, SOCK_STREAM);
	pcap_begin(&flow, pcap, a, false, true);
	read_back();
	ck_assert_uint_eq(n_packets, 3);
	ck_assert(!packets[0].out);
	ck_assert(packets[1].out);
	ck_assert(!packets[2].out);
}
END_TEST

START_TEST(behind_a_reset_there_is_nothing)
{
	connect_pair(AF_INET, SOCK_STREAM);
	pcap_begin(&flow, pcap, a, false, false);
	pcap_end(&flow, false, true);
	pcap_end(&flow, true, false);
	read_back();
	ck_assert_uint_eq(n_packets, 4);
	ck_assert_uint_eq(packets[3].flags, 20);
}
END_TEST

START_TEST(each_datagram_is_a_packet)
{
	connect_pair(AF_INET, SOCK_DGRAM);
	pcap_begin(&flow, pcap, a, true, false);
	pcap_data(&flow, true, "odd", 3);
	pcap_data(&flow, false, "", 0);
	pcap_end(&flow, true, false);
	read_back();
	ck_assert_uint_eq(n_packets, 2);
	ck_assert_uint_eq(packets[0].len, 3);
	ck_assert(packets[0].out);
	ck_assert_uint_eq(packets[1].len, 0);
}
END_TEST

START_TEST(without_a_file_or_an_address_nothing_happens)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pcap_begin(&flow, pcap, pair[0], false, false);
	pcap_data(&flow, true, "x", 1);
	connect_pair(AF_INET, SOCK_STREAM);
	pcap_begin(&flow, NULL, a, false, false);
	pcap_data(&flow, true, "x", 1);
	pcap_end(&flow, true, false);
	read_back();
	ck_assert_uint_eq(n_packets, 0);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pcap");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(
		tc, a_connection_has_its_handshake_its_bytes_and_its_end);
	tcase_add_test(tc, long_runs_are_cut_into_segments);
	tcase_add_test(tc, who_is_served_begins_from_the_other_side);
	tcase_add_test(tc, behind_a_reset_there_is_nothing);
	tcase_add_test(tc, each_datagram_is_a_packet);
	tcase_add_test(tc, without_a_file_or_an_address_nothing_happens);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
