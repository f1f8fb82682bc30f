#ifndef EC21_NET_PCAP_H
#define EC21_NET_PCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * What passes the network door as a capture file, for Wireshark (with
 * --keylog it reads TLS). The door sees streams, not packets: their IP, TCP and
 * UDP headers are made up here, whole and in order, with true addresses.
 */
struct clock;
struct pcap;

struct pcap_end {
	uint8_t ip[16];
	uint16_t port;
	uint32_t seq; /* of the next byte from here */
};

/* One connection; zeroed at first. Fields are private. */
struct pcap_flow {
	struct pcap *pcap; /* NULL: not captured */
	struct pcap_end ours, theirs;
	bool v6, udp;
	bool ours_ended, theirs_ended;
};

/*
 * Take the file, which leaves what is in it; no flow begins before
 * pcap_start() has replaced that. NULL, and false, with the reason.
 */
struct pcap *pcap_open(const char *path, struct clock *clock, struct why *why);
bool pcap_start(struct pcap *pcap, struct why *why);
/* Something could not be written: the capture ended there. */
bool pcap_failed(const struct pcap *pcap);
/* Harmless on NULL. */
void pcap_close(struct pcap *pcap);

/*
 * A connected socket begins; served: the peer came to us. pcap NULL: this
 * flow stays without effect, as do those whose addresses cannot be told.
 */
void pcap_begin(struct pcap_flow *flow, struct pcap *pcap, int fd, bool udp,
	bool served);
/* Bytes, or one datagram. out: from the modem. */
void pcap_data(struct pcap_flow *flow, bool out, const void *data, size_t len);
/* One side ends, in order or by a reset; harmless twice, and for UDP. */
void pcap_end(struct pcap_flow *flow, bool out, bool reset);

#endif
