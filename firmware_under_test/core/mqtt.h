#ifndef WIOFW_MQTT_H
#define WIOFW_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reason.h"
#include "stream.h"

struct board;

/* MQTT 3.1.1 (OASIS, 2014), the part that a device needs: clean sessions,
 * quality of service 0 and 1, no will, no user name. */

#define MQTT_TOPIC_MAX	 127
#define MQTT_PAYLOAD_MAX 512   /* sent */
#define MQTT_BODY_MAX	 1024  /* kept of a packet; the rest is counted */
#define MQTT_ALIVE_S	 120   /* promised to the server */
#define MQTT_QUIET_MS	 60000 /* silence after which mqtt_alive pings */

enum mqtt_type {
	MQTT_TYPE_CONNECT = 1,
	MQTT_TYPE_CONNACK = 2,
	MQTT_TYPE_PUBLISH = 3,
	MQTT_TYPE_PUBACK = 4,
	MQTT_TYPE_SUBSCRIBE = 8,
	MQTT_TYPE_SUBACK = 9,
	MQTT_TYPE_PINGREQ = 12,
	MQTT_TYPE_PINGRESP = 13,
	MQTT_TYPE_DISCONNECT = 14,
};

enum mqtt_state {
	MQTT_STATE_HEAD,
	MQTT_STATE_LENGTH,
	MQTT_STATE_BODY,
	MQTT_STATE_DONE,
	MQTT_STATE_BAD, /* a length of more than four bytes */
};

/* A packet as it comes in, in pieces of any size. */
struct mqtt_packet {
	enum mqtt_state state;
	uint8_t head;
	unsigned shift;	 /* of the next byte of length */
	uint32_t length; /* of the body */
	uint32_t seen;	 /* bytes of it so far */
	uint8_t body[MQTT_BODY_MAX];
};

void mqtt_packet_init(struct mqtt_packet *p);
/* Returns how many bytes belong to this packet. */
size_t mqtt_packet_feed(struct mqtt_packet *p, const uint8_t *buf, size_t len);

/* A message that came, valid during the callback. */
struct mqtt_message {
	const char *topic; /* topic_len bytes, no NUL */
	size_t topic_len;
	const uint8_t *payload;
	size_t len;	/* bytes of payload there are here */
	uint32_t total; /* and that were sent */
	unsigned qos;
	uint16_t id;
};

/*
 * Take a whole PUBLISH apart. NULL, or what is wrong with it.
 */
const char *mqtt_message_parse(
	struct mqtt_message *m, const struct mqtt_packet *p);

/* One connection to a server. */
struct mqtt {
	const struct board *board;
	/* Told of each message, from any function that waits; must not call
	 * back into this client. */
	void (*on_message)(void *arg, const struct mqtt_message *m);
	void *arg;
	struct stream stream;
	bool up;
	bool ping_due; /* a PINGREQ was not answered yet */
	uint16_t last_id;
	uint32_t sent_ms;
	size_t at, have; /* unread part of in */
	uint8_t in[256];
	struct mqtt_packet packet;
	uint8_t out[MQTT_PAYLOAD_MAX + MQTT_TOPIC_MAX + 16];
};

void mqtt_init(struct mqtt *m, const struct board *board,
	void (*on_message)(void *arg, const struct mqtt_message *m), void *arg);

/*
 * CONNECT over an open stream, wait for CONNACK. These three return 0, or -1
 * with r; after -1 the connection is of no more use.
 */
int mqtt_connect(struct mqtt *m, const struct stream *s, const char *client,
	struct reason *r);
/* With qos 1 waits for the PUBACK. text: at most MQTT_PAYLOAD_MAX bytes. */
int mqtt_publish(struct mqtt *m, const char *topic, const char *text,
	unsigned qos, struct reason *r);
int mqtt_subscribe(
	struct mqtt *m, const char *filter, unsigned qos, struct reason *r);
/*
 * Wait for what the server sends, ms at most. 1 after one message was handed
 * to on_message, 0 when the time is over, -1 with r.
 */
int mqtt_receive(struct mqtt *m, uint32_t ms, struct reason *r);
/* PINGREQ when it is time for one. 0, or -1 with r. */
int mqtt_alive(struct mqtt *m, struct reason *r);
/* DISCONNECT, unless it is down; failures do not matter any more. */
void mqtt_disconnect(struct mqtt *m);

#endif
