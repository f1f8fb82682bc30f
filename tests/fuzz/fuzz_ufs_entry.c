#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "svc/ufs_dir.h"

/*
 * Names of directory entries: what parses is spelled in the one way we spell
 * it, never is a path, and comes back from its parts unchanged. The same
 * bytes as a host's name must survive the way out and back.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[512], entry[UFS_ENTRY_SIZE], name[UFS_NAME_MAX + 1];
	uint32_t seq;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (ufs_entry_parse(text, &seq, name)) {
		if (strchr(text, '/') != NULL ||
			!ufs_entry_name(entry, seq, name) ||
			strcmp(entry, text) != 0)
			abort();
	}
	if (ufs_entry_name(entry, 7, text)) {
		if (strchr(entry, '/') != NULL ||
			!ufs_entry_parse(entry, &seq, name) || seq != 7 ||
			strcmp(name, text) != 0)
			abort();
	}
	return 0;
}
