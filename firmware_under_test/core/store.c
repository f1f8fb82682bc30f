#include "store.h"

#include <stdio.h>
#include <string.h>

#include "board.h"
#include "config.h"
#include "note.h"

#define SAVED_MAX 2048

void store_save(
	const struct config *c, const struct board *b, const struct note *note)
{
	char line[CONFIG_HOST_MAX + 32];
	char all[SAVED_MAX];
	size_t len = 0;

	if (!b->save)
		return;
	for (size_t i = 0; config_show(c, i, line, sizeof(line), true); i++) {
		int n = snprintf(all + len, sizeof(all) - len, "%s\n", line);

		if (n < 0 || (size_t)n >= sizeof(all) - len)
			return;
		len += (size_t)n;
	}
	if (b->save(b->ctx, "settings", (const uint8_t *)all, len) != 0)
		note_say(note, "the settings could not be saved");
}

static void load_settings(
	struct config *c, const struct board *b, const struct note *note)
{
	char all[SAVED_MAX + 1];
	char *line = all;
	struct reason r;
	int n = b->load(b->ctx, "settings", (uint8_t *)all, SAVED_MAX);

	if (n < 0)
		return;
	all[n] = '\0';
	while (*line) {
		char *end = line + strcspn(line, "\n");
		char *value = strchr(line, ' ');

		if (*end)
			*end++ = '\0';
		if (value) {
			*value++ = '\0';
			if (config_set(c, line, value, &r) != 0)
				note_say(note, "saved %s", r.text);
		}
		line = end;
	}
}

void store_load(
	struct config *c, const struct board *b, const struct note *note)
{
	if (!b->load)
		return;
	load_settings(c, b, note);
	for (int i = 0; i < CONFIG_PEM_COUNT; i++) {
		struct pem *p = &c->pem[i];
		int n = b->load(b->ctx, config_pem_name((enum config_pem)i),
			(uint8_t *)p->data, CONFIG_PEM_MAX);

		p->len = n > 0 ? (size_t)n : 0;
		p->data[p->len] = '\0';
	}
}
