#ifndef EC21_HIL_REPLAY_SCENARIO_H
#define EC21_HIL_REPLAY_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/transcript.h"

/*
 * The host's side of a recording as a scenario for the rig in process: its
 * lines and data are sent, what the modem said is waited for, pins and actions
 * are done again. What is masked becomes something of that kind and length.
 */
enum replay_pace {
	PACE_AUTO, /* recorded if it boots and has no broker, else full */
	PACE_FULL,
	PACE_RECORDED,
};

struct replay_plan {
	const char *profile; /* in place of the recording's; or NULL */
	const char *broker;  /* words of a scenario's header; or NULL */
	const char *folder;  /* for what stands for a mask */
	/* Keys that may be the masked ones: found by their digest. Or NULL. */
	const char *certs;
	enum replay_pace pace;

	/* What came of it. */
	bool boots;		  /* it has a boot before its first command */
	bool instant;		  /* in no time: an emulator with --fast */
	char host[256], port[16]; /* that it connects to first; "": none */
	unsigned generated;	  /* masks */
	bool key_made_up;	  /* one of them is a private key */
	struct buf notes;	  /* what is made up; lines for people */
};

/*
 * Write it. notes must be initialised. False with *err; line 0: it is of no
 * line, but of a file.
 */
bool replay_scenario_make(struct replay_plan *plan, const char *recording,
	const char *scenario, struct transcript_error *err);

#endif
