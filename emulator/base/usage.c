#include "base/usage.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"

#define OPTIONS_MAX 64

void usage_bad_option(const char *program, const struct option *longs,
	int answer, char **argv)
{
	const char *names[OPTIONS_MAX + 1], *near, *word = argv[optind - 1];
	bool exact = false;
	char plain[64];
	size_t n;

	snprintf(plain, sizeof(plain), "%s", word + strspn(word, "-"));
	plain[strcspn(plain, "=")] = '\0';
	for (n = 0; n < OPTIONS_MAX && longs[n].name != NULL; n++) {
		names[n] = longs[n].name;
		exact = exact || strcmp(plain, longs[n].name) == 0;
	}
	names[n] = NULL;
	near = suggest(plain, names);
	fprintf(stderr, "%s: ", program);
	if (answer == ':')
		fprintf(stderr, "%s needs a value", word);
	else if (exact)
		fprintf(stderr, "--%s takes no value", plain);
	else if (near != NULL)
		fprintf(stderr, "unknown option %s; did you mean --%s?", word,
			near);
	else
		fprintf(stderr, "unknown option %s", word);
	fprintf(stderr, "%s see %s --help\n",
		answer != ':' && !exact && near != NULL ? "" : ";", program);
}
