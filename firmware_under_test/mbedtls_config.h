/*
 * mbedTLS 2.28 for wiofw, host and board alike, so that both send the same
 * ClientHello: TLS 1.2 client, ECDHE-ECDSA, ECDHE-RSA and RSA suites with AES
 * in CBC and GCM. No file system, no sockets, no time of its own: certificate
 * dates are judged in tls_mcu.c by the modem's clock. Memory is a static pool.
 *
 * With WIOFW_ARTICLE it is the article's client [CLIENT D]: RSA
 * key exchange only and no SHA-1, as TlsTcpClient was before the author found
 * the reason.
 */
#ifndef WIOFW_MBEDTLS_CONFIG_H
#define WIOFW_MBEDTLS_CONFIG_H

/* Platform */
#define MBEDTLS_HAVE_ASM
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C
#define MBEDTLS_MEMORY_ALIGN_MULTIPLE	    8 /* pointers of a 64-bit host */
#define MBEDTLS_MEMORY_DEBUG		      /* the pool's high-water mark */
#define MBEDTLS_PLATFORM_FPRINTF_MACRO(...) ((void)0) /* and not its dumps */
#define MBEDTLS_NO_PLATFORM_ENTROPY
#define MBEDTLS_ERROR_C

/* Randomness: ours feeds it, see tls_mcu.c. */
#define MBEDTLS_ENTROPY_C
#define MBEDTLS_CTR_DRBG_C

/* Ciphers and hashes */
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES /* 8 KB of RAM on the board */
#define MBEDTLS_CIPHER_C
#define MBEDTLS_CIPHER_MODE_CBC
#define MBEDTLS_GCM_C
#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA512_C
#ifndef WIOFW_ARTICLE
#define MBEDTLS_SHA1_C /* roots of 2017 are signed with it; CBC-SHA suites */
#endif

/* Public keys */
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_OID_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#ifndef WIOFW_ARTICLE
#define MBEDTLS_PKCS1_V21
#define MBEDTLS_ECP_C
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#endif

/* Certificates */
#define MBEDTLS_BASE64_C
#define MBEDTLS_PEM_PARSE_C
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_CHECK_KEY_USAGE
#define MBEDTLS_X509_CHECK_EXTENDED_KEY_USAGE

/* TLS */
#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_ENCRYPT_THEN_MAC
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#define MBEDTLS_SSL_ALL_ALERT_MESSAGES
#define MBEDTLS_KEY_EXCHANGE_RSA_ENABLED
#ifndef WIOFW_ARTICLE
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#endif
#define MBEDTLS_SSL_IN_CONTENT_LEN  16384 /* the server decides */
#define MBEDTLS_SSL_OUT_CONTENT_LEN 4096  /* our chain and requests */

#include "mbedtls/check_config.h"

#endif
