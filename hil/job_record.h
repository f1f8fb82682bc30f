#ifndef EC21_HIL_JOB_RECORD_H
#define EC21_HIL_JOB_RECORD_H

#include <stdbool.h>

#include "hil/job.h"

/*
 * What is kept of a run in the folder job->record: NAME.run, and what the
 * modem, the broker and the run's certificate left in job->tmp.
 */

/*
 * Before it runs: what an earlier run of that name left is removed, and
 * NAME.run says that nothing of this one was recorded. False after a sentence
 * on standard error.
 */
bool job_record_begin(const struct job *);
/*
 * When it is over, and job->tmp is still there. recorded: there is all that is
 * to be kept. If not, or when it cannot be written, which is told, NAME.run
 * says so, and job->unrecorded is set.
 */
void job_record_keep(struct job *, bool recorded);

#endif
