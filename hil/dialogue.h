#ifndef EC21_HIL_DIALOGUE_H
#define EC21_HIL_DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/codes.h"
#include "hil/termlog.h"

/*
 * A log as a dialogue: commands with their answers, results that come later,
 * the payload of uploads, and each error in it.
 */
enum final {
	FINAL_NONE, /* the log ends, or goes on, without one */
	FINAL_OK,
	FINAL_ERROR,
	FINAL_CME,
	FINAL_CMS,
	FINAL_CONNECT, /* and nothing behind the data */
	FINAL_SEND_OK,
	FINAL_SEND_FAIL,
	FINAL_NO_CARRIER,
};

/* What a host sent behind CONNECT or a prompt, if the log shows it. */
struct payload {
	size_t first, n; /* of the log's lines */
	size_t commands; /* of them: look like AT commands */
	bool masked;
};

struct exchange {
	const char *command; /* without line end */
	unsigned line;
	enum final final;
	int code; /* of CME and CMS; -1: a text that no table knows */
	unsigned final_line;
	const char *final_text;
	bool connect, prompt;
	size_t first_info, n_info; /* of the dialogue's infos */
	struct payload payload;
};

/* A line of a modem that is no final result. */
struct info {
	const char *text;
	unsigned line;
	bool urc;
	size_t exchange; /* it belongs to, or came behind; NO_EXCHANGE */
};

#define NO_EXCHANGE ((size_t)-1)
#define NO_CODE	    (-1000)

enum finding_type {
	FINDING_FINAL,	 /* ERROR, CME, CMS, SEND FAIL, NO CARRIER */
	FINDING_RESULT,	 /* `+QSSLOPEN: 0,566` and its kin */
	FINDING_LOST,	 /* +QIURC: "closed", "pdpdeact" */
	FINDING_TRAP,	 /* no error, but not what was meant */
	FINDING_SILENCE, /* no final result */
	FINDING_STATE,	 /* registration refused, or not even tried */
	FINDING_CLIENT,	 /* the firmware's own words */
	FINDING_POLICY,	 /* the emulator refused it, no modem did */
};

struct finding {
	enum finding_type type;
	unsigned line;
	const char *text; /* of that line */
	const char *name; /* of the command: "+QSSLOPEN"; may be "" */
	size_t exchange;  /* or NO_EXCHANGE */
	enum code_family family;
	int code;	    /* NO_CODE: none */
	unsigned times;	    /* in a row; this one is the first */
	const char *reason; /* WHY of a transcript; NULL: none */
	unsigned reason_line;
};

struct dialogue {
	const struct termlog *log;
	struct exchange *exchanges;
	size_t n_exchanges, cap_exchanges;
	struct info *infos;
	size_t n_infos, cap_infos;
	struct finding *findings;
	size_t n_findings, cap_findings;
	size_t n_beyond;      /* errors more than it can hold, not looked at */
	unsigned beyond_line; /* of the first of them */
	char (*names)[32];    /* of the exchanges */
};

/* The log must outlive it. False: out of memory. */
bool dialogue_read(struct dialogue *, const struct termlog *log);
void dialogue_free(struct dialogue *);

/*
 * The lines in the order in which they are to be read: `order` gets log->n
 * indexes. As they stand, but for commands that were sent ahead.
 */
void dialogue_order(const struct termlog *log, size_t *order);
/* Does a line look like an AT command? */
bool command_is(const char *s);
/* Is a line a final result? *code: of CME and CMS, else NO_CODE. */
bool final_parse(const char *s, enum final *final, int *code);

/* Is exchange `i` this command (`+QSSLCFG`), in a form with `=`? */
bool dialogue_is(const struct dialogue *, size_t i, const char *name);
/*
 * The last exchange before `before` that is `name` and whose arguments begin
 * with `args` (without blanks, letters of any case); NO_EXCHANGE: none.
 */
size_t dialogue_last(const struct dialogue *, size_t before, const char *name,
	const char *args);
/* The n-th argument of a command, from 0, without quotes. False: none. */
bool command_arg(const char *command, size_t n, char *value, size_t size);
bool command_arg_quoted(const char *command, size_t n);

#endif
