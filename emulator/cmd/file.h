#ifndef EC21_CMD_FILE_H
#define EC21_CMD_FILE_H

#include "at/cmd.h"

/*
 * Shared by the two families of file commands. 0, or ERR_FILE_DISK in
 * txn->scratch while the file system is not up yet.
 */
int cmd_file_check_up(struct at_txn *txn);

#endif
