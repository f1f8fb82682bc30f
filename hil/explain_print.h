#ifndef EC21_HIL_EXPLAIN_PRINT_H
#define EC21_HIL_EXPLAIN_PRINT_H

#include <stddef.h>

#include "hil/explain.h"
#include "hil/explain_trial.h"

/* The outcome of `ec21hil explain`, in sentences or as one JSON object. */
struct explain_report {
	const char *path;
	const struct dialogue *dialogue;
	const struct explanation *list;
	const struct trials *trials; /* one for each; NULL: none were made */
	size_t n;
};

void explain_print_text(const struct explain_report *);
/* False: out of memory. */
bool explain_print_json(const struct explain_report *);

#endif
