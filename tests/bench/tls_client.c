/*
 * The reference for QSSLOPEN: a plain blocking mbedTLS client.
 *
 *   tls_client PORT HOST CERTS SUITE COUNT
 *
 * Connects to 127.0.0.1:PORT as HOST with CERTS/ca.crt and device-1's
 * certificate, COUNT times, offering SUITE (0x0035) alone. Prints the median
 * of connect and handshake in µs; files are read before.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context rng;
static mbedtls_ssl_config conf;
static mbedtls_x509_crt ca, cert;
static mbedtls_pk_context key;
static int suites[2]; /* ends with 0 */

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int seed(void)
{
	mbedtls_entropy_init(&entropy);
	mbedtls_ctr_drbg_init(&rng);
	return mbedtls_ctr_drbg_seed(
		&rng, mbedtls_entropy_func, &entropy, NULL, 0);
}

/*
 * Files are read for each connection, as the modem must: a context's values
 * count at the time of the open [SSL §1]. A key that was just parsed also
 * costs its first blinding values.
 */
static int set_up(const char *certs)
{
	char path[4096];

	mbedtls_ssl_config_init(&conf);
	mbedtls_x509_crt_init(&ca);
	mbedtls_x509_crt_init(&cert);
	mbedtls_pk_init(&key);
	snprintf(path, sizeof(path), "%s/ca.crt", certs);
	if (mbedtls_x509_crt_parse_file(&ca, path) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/device-1.crt", certs);
	if (mbedtls_x509_crt_parse_file(&cert, path) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/device-1.key", certs);
	if (mbedtls_pk_parse_keyfile(&key, path, NULL) != 0)
		return -1;
	if (mbedtls_ssl_config_defaults(&conf, MBEDTLS_SSL_IS_CLIENT,
		    MBEDTLS_SSL_TRANSPORT_STREAM,
		    MBEDTLS_SSL_PRESET_DEFAULT) != 0)
		return -1;
	mbedtls_ssl_conf_authmode(&conf, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_ciphersuites(&conf, suites);
	mbedtls_ssl_conf_ca_chain(&conf, &ca, NULL);
	mbedtls_ssl_conf_rng(&conf, mbedtls_ctr_drbg_random, &rng);
	return mbedtls_ssl_conf_own_cert(&conf, &cert, &key);
}

static void tear_down(void)
{
	mbedtls_ssl_config_free(&conf);
	mbedtls_x509_crt_free(&ca);
	mbedtls_x509_crt_free(&cert);
	mbedtls_pk_free(&key);
}

static int connect_once(
	const char *port, const char *host, const char *certs, double *took)
{
	mbedtls_net_context net;
	mbedtls_ssl_context ssl;
	double start;
	int ret;

	mbedtls_net_init(&net);
	mbedtls_ssl_init(&ssl);
	start = now_us();
	ret = set_up(certs);
	if (ret == 0)
		ret = mbedtls_net_connect(
			&net, "127.0.0.1", port, MBEDTLS_NET_PROTO_TCP);
	/* Else Nagle and a delayed ACK cost 40 ms: no reference at all. */
	if (ret == 0)
		setsockopt(net.fd, IPPROTO_TCP, TCP_NODELAY, &(int){1},
			sizeof(int));
	if (ret == 0)
		ret = mbedtls_ssl_setup(&ssl, &conf);
	if (ret == 0)
		ret = mbedtls_ssl_set_hostname(&ssl, host);
	if (ret == 0) {
		mbedtls_ssl_set_bio(
			&ssl, &net, mbedtls_net_send, mbedtls_net_recv, NULL);
		ret = mbedtls_ssl_handshake(&ssl);
	}
	*took = now_us() - start;
	if (ret == 0)
		mbedtls_ssl_close_notify(&ssl);
	mbedtls_ssl_free(&ssl);
	mbedtls_net_free(&net);
	tear_down();
	return ret;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	size_t count;
	double *took;

	if (argc != 6) {
		fputs("usage: tls_client PORT HOST CERTS SUITE COUNT\n",
			stderr);
		return 2;
	}
	suites[0] = (int)strtol(argv[4], NULL, 16);
	count = strtoul(argv[5], NULL, 10);
	took = calloc(count, sizeof(*took));
	if (took == NULL || count == 0 || seed() != 0) {
		fprintf(stderr, "tls_client: cannot use %s\n", argv[3]);
		return 2;
	}
	for (size_t i = 0; i < count; i++) {
		int ret = connect_once(argv[1], argv[2], argv[3], &took[i]);

		if (ret != 0) {
			fprintf(stderr, "tls_client: -0x%04X\n",
				(unsigned int)-ret);
			return 1;
		}
	}
	qsort(took, count, sizeof(*took), compare);
	printf("%.0f\n", took[count / 2]);
	free(took);
	return 0;
}
