#ifndef EC21_HIL_CLIENT_H
#define EC21_HIL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct event_base;

/*
 * The client certificate of one run, signed by the client CA of a folder that
 * ec21certs filled. Its CN is the run's name: by it the broker's evidence is
 * told from that of others. The key is that folder's device-1.key for all.
 */
struct client;

struct client_opts {
	struct event_base *base;
	const char *certs; /* with client-ca.crt, client-ca.key, device-1.key */
	const char *tmp;   /* folder for run.crt and the log of openssl */
	const char *cn;
	/* It is there, or error says why not. client_free() is fine here. */
	void (*made)(void *arg, const char *error);
	void *arg;
};

/* NULL with a sentence in `why`. Calls back before returning: no. */
struct client *client_make(
	const struct client_opts *opts, char *why, size_t why_size);
/* Harmless on NULL. */
void client_free(struct client *);

#endif
