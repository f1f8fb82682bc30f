#ifndef EC21_BASE_USAGE_H
#define EC21_BASE_USAGE_H

struct option;

/*
 * What getopt_long() did not like, in one sentence on standard error: the
 * option, the one that was meant if one is near, and where help is. answer:
 * its '?' or ':'; the short options began with ':' and opterr was 0.
 * program: as a user types it, "ec21hil run".
 */
void usage_bad_option(const char *program, const struct option *longs,
	int answer, char **argv);

#endif
