#ifndef WIOFW_STORE_H
#define WIOFW_STORE_H

struct board;
struct config;
struct note;

/* What survives a restart, on boards that can keep something. */

/* All settings, passwords in the clear. A failure is a note. */
void store_save(
	const struct config *c, const struct board *b, const struct note *note);
/* Settings and files; what is not there or not valid stays as it is. */
void store_load(
	struct config *c, const struct board *b, const struct note *note);

#endif
