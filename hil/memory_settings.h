#ifndef EC21_HIL_MEMORY_SETTINGS_H
#define EC21_HIL_MEMORY_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/rig.h"

/* What a scenario's header asks of the modem in process. */
struct memory_settings {
	bool fast, off;
	double speed;
	const char *profile; /* the words are kept in `words` */
	const char *config, *state;
	const char *maps[16];
	size_t n_maps;
	char *words[64];
	size_t n_words;
	char wrong[300]; /* "": it can be used */
};

/* All zeros before. `why` is left as it is, or says what is wrong. */
void memory_settings_read(struct memory_settings *s,
	const struct rig_opts *opts, const struct scenario *scenario,
	const struct vars *vars, char *why, size_t size);
/* Is this option of ec21emu one with a value that can be used here? */
bool memory_settings_know(const char *name);

#endif
