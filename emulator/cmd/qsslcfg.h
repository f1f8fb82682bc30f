#ifndef EC21_CMD_QSSLCFG_H
#define EC21_CMD_QSSLCFG_H

#include "at/cmd.h"

/* Run of +QSSLCFG: one value of an SSL context [SSL §2]. */
struct at_verdict qsslcfg_run(struct at_txn *txn);

#endif
