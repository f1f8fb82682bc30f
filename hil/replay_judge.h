#ifndef EC21_HIL_REPLAY_JUDGE_H
#define EC21_HIL_REPLAY_JUDGE_H

#include <stdbool.h>

/* A recording against what the emulator said to its host. */
struct replay_judge {
	const char *recording, *replayed; /* files */
	/* It was replayed at full pace though it has a boot: what was asked
	 * while the modem came up is not judged. */
	bool hurried;
	bool boots;
	bool key_made_up;   /* for one that is masked */
	const char *notes;  /* lines on what was made up */
	const char *report; /* folder for reports; NULL: none */
	const char *rerun;  /* the command that repeats it */
};

/*
 * Say on standard output where they part first, with what stood around it;
 * with reports, all as comments of TAP. Returns the exit status.
 */
int replay_judge(const struct replay_judge *j);

#endif
