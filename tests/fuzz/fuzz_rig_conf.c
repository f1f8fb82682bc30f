#include "hil/rig_conf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the rest of the program takes for granted of a rig that was accepted. */
static void check_rig(const struct rig_confs *all, const struct rig_conf *c)
{
	if (c->name == NULL || rig_confs_find(all, c->name) == NULL ||
		c->enter == RIG_ENTER_AUTO)
		abort();
	if ((c->bridge || c->expect_boot != NULL) && c->console == NULL)
		abort();
	if (c->boot0_on.command != NULL && c->boot0_off.command == NULL)
		abort();
	if (c->method == RIG_METHOD_COMMAND && c->read_command == NULL)
		abort();
	if (c->sim_pin != NULL && strncmp(c->sim_pin, "file:", 5) != 0)
		abort();
	if (c->boot_timeout < 1 || c->boot_timeout > 3600)
		abort();
}

/* Refused is refused with a line, and nothing of it is left. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rig_confs all = {.path = "/nonexistent/rigs.conf"};
	char *text = malloc(size + 1), *errors = NULL;
	size_t n = 0;
	FILE *file, *to = open_memstream(&errors, &n);

	if (text == NULL || to == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	/* No stream of 0 bytes can be had. */
	file = fmemopen(text, size > 0 ? size : 1, "r");
	if (file == NULL)
		abort();
	if (rig_confs_read(&all, file, to)) {
		for (size_t i = 0; i < all.n; i++)
			check_rig(&all, &all.list[i]);
	} else {
		fflush(to);
		if (n == 0 || all.n != 0)
			abort();
	}
	fclose(file);
	fclose(to);
	rig_confs_free(&all);
	free(errors);
	free(text);
	return 0;
}
