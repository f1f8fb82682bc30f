#ifndef WIOFW_SCRIPTS_H
#define WIOFW_SCRIPTS_H

#include <stddef.h>

#include "chat.h"

/* RDY after power-up or reset. */
extern const struct chat_step script_rdy[];
extern const size_t script_rdy_len;

/* AT until OK. */
extern const struct chat_step script_sync[];
extern const size_t script_sync_len;

/* From ATE0 to a ready SIM. */
extern const struct chat_step script_setup[];
extern const size_t script_setup_len;

#endif
