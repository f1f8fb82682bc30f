#ifndef EC21_CONFIG_H
#define EC21_CONFIG_H

#include "base/err.h"
#include "base/profile.h"

/*
 * Find and read a profile: `name` with a `/` or ending in .conf is a path;
 * otherwise NAME.conf is looked for in $EC21_PROFILES, in
 * PREFIX/share/ec21-bench/profiles and in the source tree beside the program.
 * p starts from the defaults. Errors name file and line, or the folders that
 * were searched.
 */
int config_profile(struct profile *p, const char *name, struct why *why);

/* Lay the values of one more file over a profile (--config); of a name that
 * stands there twice the last counts. */
int config_overlay(struct profile *p, const char *path, struct why *why);

#endif
