#ifndef EC21_SVC_SAFE_FILE_H
#define EC21_SVC_SAFE_FILE_H

#include <stddef.h>

/*
 * Create or replace file `name` of directory `dir`: at every moment, through
 * kill -9 and power cuts, it holds the old or the new content. Mode 0600: what
 * a modem keeps are keys and PINs. temp: a name there that is nobody else's,
 * gone afterwards. 0, or -1 with errno.
 */
int safe_file_put(int dir, const char *temp, const char *name, const void *data,
	size_t len);

#endif
