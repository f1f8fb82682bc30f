#ifndef EC21_HIL_REPLAY_KEY_H
#define EC21_HIL_REPLAY_KEY_H

#include <stdbool.h>
#include <stddef.h>

struct mask_words;

/*
 * Write to `path` what is sent for a private key that is masked: the very key,
 * if a .key file of the folder `certs` (NULL: none) has its digest, and then
 * `found` gets that file's path; else a text of that length that begins as a
 * key does, and `found` is "". False: it cannot be written.
 */
bool replay_key_write(const char *path, const struct mask_words *mask,
	const char *certs, char *found, size_t size);

#endif
