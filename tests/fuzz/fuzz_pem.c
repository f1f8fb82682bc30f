#include "base/pem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * The first byte says what is wanted, the rest is the file. What a scan
 * promises must hold; a copy of the exact size lets ASan see a byte too many.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pem_scan scan;
	struct why why = {.err = ERR_OK};
	uint8_t *copy;
	int rc;

	if (size == 0)
		return 0;
	copy = malloc(size - 1 > 0 ? size - 1 : 1);
	if (copy == NULL)
		return 0;
	memcpy(copy, data + 1, size - 1);
	rc = pem_scan(&scan, "RAM:fuzz.pem", copy, size - 1,
		(enum pem_kind)(data[0] % 3), &why);
	if (rc == 0 && (scan.blocks == 0 || scan.first.end > size - 1 ||
			       scan.first.begin >= scan.first.end ||
			       scan.certificates + scan.keys > scan.blocks))
		abort();
	if (rc != 0 && (rc != ERR_TLS_FILE || why.text[0] == '\0'))
		abort();
	free(copy);
	return 0;
}
