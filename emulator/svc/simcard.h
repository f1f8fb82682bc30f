#ifndef EC21_SVC_SIMCARD_H
#define EC21_SVC_SIMCARD_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"

struct nv;
struct profile;

/* The SIM: what CPIN answers over time after a boot [AT §5.1, §7]. */
enum sim_state {
	SIM_ABSENT,
	SIM_STARTING, /* CME 10: not seen yet */
	SIM_BUSY,     /* CME 14 */
	SIM_PIN,
	SIM_PUK,
	SIM_READY,
	SIM_OFF, /* CFUN=0: CME 13 */
};

struct simcard;

/* What the host is to be told; simcard_news(). */
enum sim_news {
	SIM_NEWS_STATE = 1, /* +CPIN: … */
	SIM_NEWS_TYPE = 2,  /* +QUSIM: 1 */
	SIM_NEWS_SMS = 4,   /* +QIND: SMS DONE */
	SIM_NEWS_PB = 8,    /* +QIND: PB DONE */
	SIM_NEWS_REMOVED = 16,
	SIM_NEWS_INSERTED = 32,
};

/* The two codes of a card. */
enum sim_code {
	SIM_CODE_PIN,  /* "SC" */
	SIM_CODE_PIN2, /* "P2" */
	SIM_CODES,
};

/*
 * Off until simcard_start(). on_change: there is news, called from the clock
 * and from simcard_insert() before it returns; the state itself may have
 * changed a little earlier, as on a module.
 */
struct simcard *simcard_new(const struct profile *profile, struct clock *clock,
	void (*on_change)(void *arg, enum sim_state), void *arg);
void simcard_free(struct simcard *sim);
/*
 * Remember here, borrowed, what a card remembers by itself: PINs, tries left,
 * locks. What is there already counts if it is of the card in the profile.
 */
void simcard_keep(struct simcard *sim, struct nv *nv);
/* RDY is out: not seen yet (CME 10) until simcard_start(). */
void simcard_reset(struct simcard *sim);
/* Radio side comes up (boot, CFUN 1) or goes down (CFUN 0, power off). */
void simcard_start(struct simcard *sim);
void simcard_stop(struct simcard *sim);
enum sim_state simcard_state(const struct simcard *sim);
/* 0 when ready, else the reason that a command needing the SIM gives. */
int simcard_check(const struct simcard *sim, struct why *why);
/* News since the last call, bits of enum sim_news. */
unsigned int simcard_news(struct simcard *sim);
/* Sum that +QINISTAT prints: 1 card ready, 2 SMS ready, 4 phone book. */
int simcard_init_status(const struct simcard *sim);

/*
 * Put the card in or pull it out. A removal is noticed at once, as the card
 * answers no more; an insertion only with detection on, else at the next
 * simcard_start() after a stop or a reset.
 */
void simcard_insert(struct simcard *sim, bool inserted);
/* QSIMDET: an insertion is noticed. Off at first. */
void simcard_detect(struct simcard *sim, bool on);
/* 0 removed, 1 inserted, 2 not known before the start, as +QSIMSTAT prints. */
int simcard_inserted(const struct simcard *sim);

/*
 * ERR_PASSWORD when wrong (three times: the PUK is asked), ERR_NOT_ALLOWED
 * when no PIN is asked.
 */
int simcard_pin(struct simcard *sim, const char *pin, struct why *why);
/*
 * Unblock and set a new PIN. ERR_PASSWORD when wrong, ERR_SIM_FAILURE after
 * ten wrong ones, ERR_NOT_ALLOWED when no PUK is asked.
 */
int simcard_puk(
	struct simcard *sim, const char *puk, const char *pin, struct why *why);

/*
 * The code of a card that is ready otherwise: what was refused last needs
 * PIN2, or PUK2 when that is blocked; until it is given, or a restart. inf of
 * 27.007, by which it keeps nothing else from working.
 */
enum sim_second {
	SIM_SECOND_NONE,
	SIM_SECOND_PIN2,
	SIM_SECOND_PUK2,
};
enum sim_second simcard_second(const struct simcard *sim);
/* ERR_PASSWORD when wrong, ERR_SIM_PUK2_REQUIRED when it is blocked. */
int simcard_pin2(struct simcard *sim, const char *pin2, struct why *why);
/* Unblock and set a new PIN2. Errors as of simcard_puk(). */
int simcard_puk2(struct simcard *sim, const char *puk2, const char *pin2,
	struct why *why);

/* Tries left for a code and for its PUK. */
void simcard_tries(
	const struct simcard *sim, enum sim_code code, int *pin, int *puk);
/* True when the PIN is asked at a start: facility "SC". */
bool simcard_locked(const struct simcard *sim);
/*
 * Ask for the PIN from now on, or no more. A wrong PIN counts, the third one
 * blocks the card. ERR_PASSWORD.
 */
int simcard_lock(
	struct simcard *sim, bool on, const char *pin, struct why *why);
/*
 * Fixed dialling, facility "FD": PIN2 turns it on and off; NULL will do when
 * it has been given since the start. ERR_PASSWORD, ERR_SIM_PIN2_REQUIRED,
 * ERR_SIM_PUK2_REQUIRED.
 */
bool simcard_fixed(const struct simcard *sim);
int simcard_fix(
	struct simcard *sim, bool on, const char *pin2, struct why *why);
/* Errors as above; ERR_NOT_ALLOWED: the lock is off. */
int simcard_change(struct simcard *sim, enum sim_code code, const char *old,
	const char *fresh, struct why *why);

#endif
