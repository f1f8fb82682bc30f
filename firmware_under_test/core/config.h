#ifndef WIOFW_CONFIG_H
#define WIOFW_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reason.h"

#define CONFIG_HOST_MAX                                                        \
	255		    /* longest DNS name; the modem's limit is unknown  \
			     */
#define CONFIG_TEXT_MAX 127 /* user, password [TCP §2] */
#define CONFIG_PEM_MAX	4096

enum config_path {
	CONFIG_PATH_MODEM, /* TLS in the modem */
	CONFIG_PATH_MCU,   /* TLS here, over the modem's TCP socket */
};

enum config_pem { CONFIG_PEM_CA, CONFIG_PEM_CERT, CONFIG_PEM_KEY };
#define CONFIG_PEM_COUNT 3

/* A PEM file as it was put; a NUL follows data[len - 1], as mbedTLS wants. */
struct pem {
	size_t len;
	char data[CONFIG_PEM_MAX + 1];
};

struct config {
	enum config_path path;
	bool mqtt; /* what is spoken over TLS; else HTTPS */
	char host[CONFIG_HOST_MAX + 1];
	long port;
	char apn[CONFIG_TEXT_MAX + 1];
	char user[CONFIG_TEXT_MAX + 1];
	char pass[CONFIG_TEXT_MAX + 1];
	char topic[CONFIG_TEXT_MAX + 1];
	char thing[CONFIG_TEXT_MAX + 1];
	char client[CONFIG_TEXT_MAX + 1]; /* MQTT client id */
	long qos;			  /* of publish and subscribe */
	bool sni;
	bool dates;    /* judge certificate dates by the modem's clock */
	long seclevel; /* 0 nothing, 1 server, 2 server and client [SSL §2.3] */
	long ctx;      /* SSL context of the modem path, 0..5 */
	struct pem pem[CONFIG_PEM_COUNT];
};

void config_init(struct config *c);

/* 0, or -1 with r saying what the key takes. */
int config_set(
	struct config *c, const char *key, const char *value, struct reason *r);
/*
 * Setting number i as "key value" into out; false past the last. A password
 * shows as its length only unless secrets is set.
 */
bool config_show(
	const struct config *c, size_t i, char *out, size_t max, bool secrets);
/* "key  what it takes", for help; NULL past the last. */
const char *config_help(size_t i);

/* "ca", "cert", "key" to enum config_pem, or -1. */
int config_pem_kind(const char *name);
const char *config_pem_name(enum config_pem kind);

/*
 * The modem's checksum of an upload: XOR of big-endian 16-bit pairs, an odd
 * last byte being the high half. man [EC20 FILE V1.0], cap [FILE §4.4].
 */
uint16_t config_qsum(const char *data, size_t len);

#endif
