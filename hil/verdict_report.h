#ifndef EC21_HIL_VERDICT_REPORT_H
#define EC21_HIL_VERDICT_REPORT_H

#include "hil/report.h"
#include "hil/verdict.h"

/*
 * A verdict in the reports of `ec21hil compare --report DIR`: both runs side
 * by side. text: what verdict_print() made of it. rerun: a command. report may
 * be NULL.
 */
void verdict_report_add(struct report *report, const struct verdicts *v,
	size_t number, const char *text, const char *rerun);

#endif
