#ifndef EC21_TESTS_S_SERVER_H
#define EC21_TESTS_S_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/unit/support/temp.h"

/*
 * A real peer: `openssl s_server -rev`, which answers each line with that
 * line reversed. Its files are written to a directory of its own.
 */
struct s_server {
	pid_t pid;
	int in, out;
	uint16_t port;
	char dir[TEMP_PATH];
	char text[16384]; /* read from out, not yet taken */
	size_t len;
};

/* PEM texts; NULL: not given. */
struct s_server_opts {
	const char *cert, *key;
	const char *sni_name, *sni_cert, *sni_key; /* for clients that ask */
	const char *client_ca; /* a certificate is required */
	bool plain; /* no -rev: prints about each connection, obeys its input */
	const char *const *options; /* more, NULL-terminated */
};

/* Waits for its port, at most 10 s; aborts the test when it does not start. */
void s_server_start(struct s_server *s, const struct s_server_opts *opts);
/*
 * Read on in what a plain one prints, until `until` has come. True when `what`
 * is before that. Aborts the test after 10 s without it.
 */
bool s_server_said(struct s_server *s, const char *what, const char *until);
/* A line of input: "r" renegotiates, others are sent to the client. */
void s_server_type(struct s_server *s, const char *line);
/* Ends it and removes its files. */
void s_server_stop(struct s_server *s);

#endif
