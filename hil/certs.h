#ifndef EC21_HIL_CERTS_H
#define EC21_HIL_CERTS_H

#include <stdbool.h>

struct loop;

/*
 * Have ec21certs fill a folder; what it says but for errors goes to FOLDER.log.
 * host: of a server that is not called by the production's name, or NULL. False
 * after a sentence on standard error; signals that end the loop end it, too. It
 * turns meanwhile.
 */
bool certs_make(struct loop *loop, const char *folder, const char *host);

#endif
