#ifndef EC21_HIL_RIG_CONF_READING_H
#define EC21_HIL_RIG_CONF_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "hil/rig_conf.h"

/* What rig_conf.c and rig_conf_value.c share. */

enum rig_key_type {
	RIG_KEY_TEXT,
	RIG_KEY_URL,
	RIG_KEY_WORDS,
	RIG_KEY_SECONDS,
	RIG_KEY_STATUS,
	RIG_KEY_METHOD,
	RIG_KEY_ENTER,
	RIG_KEY_REGEX,
	RIG_KEY_SECRET,
	RIG_KEY_YES,
};

struct rig_key {
	const char *name;
	enum rig_key_type type;
	size_t offset;
};

enum { RIG_KEYS_MAX = 64 };

extern const struct rig_key rig_keys[];
extern const size_t rig_keys_n; /* RIG_KEYS_MAX at most */

/* One reading of a file. */
struct rig_reading {
	struct rig_confs *confs;
	FILE *file, *errors;
	unsigned line; /* that inih is at */
	unsigned mistakes;
	char dir[4096];		      /* of the file, for {dir} */
	unsigned lines[RIG_KEYS_MAX]; /* where the rig's keys were given; 0: not
				       */
	const struct rig_key *last;
	bool continues; /* the line begins with a blank */
};

/* FILE:LINE: and what is wrong there. */
__attribute__((format(printf, 3, 4))) void rig_conf_mistake(
	struct rig_reading *, unsigned line, const char *fmt, ...);

/* Check a value and keep it. */
void rig_conf_set(struct rig_reading *, struct rig_conf *,
	const struct rig_key *, const char *value);
/* Free what was kept of this one. */
void rig_conf_drop(struct rig_conf *, const struct rig_key *);
/* The value goes on in the next line, behind a blank. */
void rig_conf_go_on(struct rig_reading *, struct rig_conf *,
	const struct rig_key *, const char *more);

#endif
