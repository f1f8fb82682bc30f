#ifndef EC21_TESTS_FAKE_SSLCTX_H
#define EC21_TESTS_FAKE_SSLCTX_H

#include <stdbool.h>

#include "svc/sslctx.h"
#include "tests/unit/support/fake_stream.h"

/*
 * In place of svc/sslctx.c: contexts whose connections are fake streams, so
 * that the SSL commands can be tested without TLS. It defines the functions
 * of svc/sslctx.h, so a test that uses it names `testfakes` before `svc`.
 */
struct sslctx {
	struct sslctx_conf conf[SSLCTX_IDS];
	struct fake_net net; /* streams, hosts and ports of the opens */
	int opened_id;	     /* context of the last open */
	bool fail;	     /* the next opens fail with `why` */
	struct why why;
};

#endif
