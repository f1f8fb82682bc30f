#include "net/pcap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/out_file.h"

enum {
	LINK_RAW = 101, /* packets begin with their IP header */
	SEGMENT_MAX = 1460,
	DATAGRAM_MAX = 65507,
	HEADERS_MAX = 40 + 20,
	WINDOW = 65535,
};

/* Bits of a TCP header. */
enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

struct pcap {
	FILE *file;
	struct clock *clock;
	bool started, failed;
};

static void put16(uint8_t *p, size_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p + 2, value & 0xffff);
}

static void fail(struct pcap *pcap)
{
	pcap->failed = true;
	if (pcap->started)
		log_error("pcap", "cannot write the capture: %s; it ends here",
			strerror(errno));
}

static void write_all(struct pcap *pcap, const void *data, size_t len)
{
	if (!pcap->failed && fwrite(data, 1, len, pcap->file) != len)
		fail(pcap);
}

/* A packet is whole: write it. */
static void write_out(struct pcap *pcap)
{
	if (!pcap->failed && fflush(pcap->file) != 0)
		fail(pcap);
}

struct pcap *pcap_open(const char *path, struct clock *clock, struct why *why)
{
	struct pcap *pcap = calloc(1, sizeof(*pcap));
	int fd;

	if (pcap == NULL) {
		why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory");
		return NULL;
	}
	pcap->clock = clock;
	fd = out_file_take(path, 0666);
	pcap->file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (pcap->file == NULL) {
		why_set(why, ERR_FILE_OPEN, GRADE_ASM, "%s: %s", path,
			errno == EBUSY ? "it is in use by another program"
				       : strerror(errno));
		if (fd >= 0)
			close(fd);
		free(pcap);
		return NULL;
	}
	return pcap;
}

bool pcap_start(struct pcap *pcap, struct why *why)
{
	/* In the byte order of this machine, which the magic tells. */
	const struct {
		uint32_t magic;
		uint16_t major, minor;
		uint32_t zone, accuracy, longest, link;
	} header = {0xa1b2c3d4, 2, 4, 0, 0, 65535 + HEADERS_MAX, LINK_RAW};

	if (out_file_begin(fileno(pcap->file)) == 0) {
		write_all(pcap, &header, sizeof(header));
		write_out(pcap);
		pcap->started = !pcap->failed;
		if (pcap->started)
			return true;
	}
	why_set(why, ERR_FILE_OPEN, GRADE_ASM, "cannot write the capture: %s",
		strerror(errno));
	return false;
}

bool pcap_failed(const struct pcap *pcap)
{
	return pcap->failed;
}

void pcap_close(struct pcap *pcap)
{
	if (pcap == NULL)
		return;
	if (fclose(pcap->file) != 0 && !pcap->failed)
		log_error("pcap", "cannot write the capture: %s",
			strerror(errno));
	free(pcap);
}

/* --- headers ----------------------------------------------------------------
 */

/* One's complement sum of 16-bit words, of pieces with an even length. */
static uint32_t sum(const uint8_t *p, size_t len, uint32_t start)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		start += (uint32_t)(p[i] << 8 | p[i + 1]);
	if (len % 2 != 0)
		start += (uint32_t)(p[len - 1] << 8);
	while (start >> 16 != 0)
		start = (start & 0xffff) + (start >> 16);
	return start;
}

/* Returns the length of the header. */
static size_t make_ip(uint8_t *p, const struct pcap_flow *flow,
	const struct pcap_end *from, const struct pcap_end *to, size_t payload)
{
	uint8_t proto = flow->udp ? IPPROTO_UDP : IPPROTO_TCP;

	memset(p, 0, 40);
	if (flow->v6) {
		p[0] = 0x60;
		put16(p + 4, payload);
		p[6] = proto;
		p[7] = 64;
		memcpy(p + 8, from->ip, 16);
		memcpy(p + 24, to->ip, 16);
		return 40;
	}
	p[0] = 0x45;
	put16(p + 2, 20 + payload);
	p[8] = 64;
	p[9] = proto;
	memcpy(p + 12, from->ip, 4);
	memcpy(p + 16, to->ip, 4);
	put16(p + 10, ~sum(p, 20, 0) & 0xffff);
	return 20;
}

static size_t make_tcp(uint8_t *p, const struct pcap_end *from,
	const struct pcap_end *to, unsigned flags)
{
	memset(p, 0, 20);
	put16(p, from->port);
	put16(p + 2, to->port);
	put32(p + 4, from->seq);
	if (flags & ACK)
		put32(p + 8, to->seq);
	p[12] = 5 << 4;
	p[13] = (uint8_t)flags;
	put16(p + 14, WINDOW);
	return 20;
}

static size_t make_udp(uint8_t *p, const struct pcap_end *from,
	const struct pcap_end *to, size_t len)
{
	memset(p, 0, 8);
	put16(p, from->port);
	put16(p + 2, to->port);
	put16(p + 4, 8 + len);
	return 8;
}

static void write_packet(struct pcap_flow *flow, bool out, unsigned flags,
	const void *data, size_t len)
{
	struct pcap_end *from = out ? &flow->ours : &flow->theirs;
	const struct pcap_end *to = out ? &flow->theirs : &flow->ours;
	int64_t us = clock_wall_us(flow->pcap->clock);
	uint8_t head[HEADERS_MAX], pseudo[4] = {0};
	uint32_t record[4], check;
	size_t l4 = flow->udp ? 8 : 20;
	size_t ip = make_ip(head, flow, from, to, l4 + len);
	uint8_t *p = head + ip;

	if (flow->udp)
		make_udp(p, from, to, len);
	else
		make_tcp(p, from, to, flags);
	/* The pseudo header: both addresses, protocol, length. */
	put16(pseudo, flow->udp ? IPPROTO_UDP : IPPROTO_TCP);
	put16(pseudo + 2, l4 + len);
	check = sum(pseudo, 4, 0);
	check = sum(p - (flow->v6 ? 32 : 8), flow->v6 ? 32 : 8, check);
	check = ~sum(data, len, sum(p, l4, check)) & 0xffff;
	put16(p + (flow->udp ? 6 : 16),
		check == 0 && flow->udp ? 0xffff : check);

	record[0] = (uint32_t)(us / 1000000);
	record[1] = (uint32_t)(us % 1000000);
	record[2] = record[3] = (uint32_t)(ip + l4 + len);
	write_all(flow->pcap, record, sizeof(record));
	write_all(flow->pcap, head, ip + l4);
	if (len > 0)
		write_all(flow->pcap, data, len);
	from->seq += (uint32_t)len + ((flags & (SYN | FIN)) != 0);
}

/* --- flows ------------------------------------------------------------------
 */

static bool read_end(const struct sockaddr_storage *ss, struct pcap_end *end)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (ss->ss_family == AF_INET) {
		memcpy(&v4, ss, sizeof(v4));
		memcpy(end->ip, &v4.sin_addr, 4);
		end->port = ntohs(v4.sin_port);
		return true;
	}
	if (ss->ss_family != AF_INET6)
		return false;
	memcpy(&v6, ss, sizeof(v6));
	memcpy(end->ip, &v6.sin6_addr, 16);
	end->port = ntohs(v6.sin6_port);
	return true;
}

void pcap_begin(struct pcap_flow *flow, struct pcap *pcap, int fd, bool udp,
	bool served)
{
	struct sockaddr_storage ours = {0}, theirs = {0};
	socklen_t a = sizeof(ours), b = sizeof(theirs);

	if (pcap == NULL || flow->pcap != NULL ||
		getsockname(fd, (struct sockaddr *)&ours, &a) != 0 ||
		getpeername(fd, (struct sockaddr *)&theirs, &b) != 0 ||
		!read_end(&ours, &flow->ours) ||
		!read_end(&theirs, &flow->theirs))
		return;
	flow->pcap = pcap;
	flow->v6 = ours.ss_family == AF_INET6;
	flow->udp = udp;
	if (udp)
		return;
	write_packet(flow, !served, SYN, NULL, 0);
	write_packet(flow, served, SYN | ACK, NULL, 0);
	write_packet(flow, !served, ACK, NULL, 0);
	write_out(pcap);
}

void pcap_data(struct pcap_flow *flow, bool out, const void *data, size_t len)
{
	const uint8_t *p = data;

	if (flow->pcap == NULL)
		return;
	if (flow->udp && len <= DATAGRAM_MAX)
		write_packet(flow, out, 0, p, len);
	while (!flow->udp && len > 0) {
		size_t n = len < SEGMENT_MAX ? len : SEGMENT_MAX;

		write_packet(flow, out, PSH | ACK, p, n);
		p += n;
		len -= n;
	}
	write_out(flow->pcap);
}

void pcap_end(struct pcap_flow *flow, bool out, bool reset)
{
	bool *ended = out ? &flow->ours_ended : &flow->theirs_ended;

	if (flow->pcap == NULL || flow->udp || *ended)
		return;
	*ended = true;
	/* Behind a reset there is nothing. */
	if (reset)
		flow->ours_ended = flow->theirs_ended = true;
	write_packet(flow, out, reset ? RST | ACK : FIN | ACK, NULL, 0);
	write_out(flow->pcap);
}
