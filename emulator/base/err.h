#ifndef EC21_BASE_ERR_H
#define EC21_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * One error enum for the whole modem. Values are negative so that a function
 * can return 0 or an error. at/cme.c is the only place that maps them to the
 * numbers and texts a host sees.
 */
enum err {
	ERR_OK = 0,

	/* General, 3GPP 27.007 §9.2 [AT §8] */
	ERR_UNKNOWN = -100, /* phone failure */
	ERR_NOT_ALLOWED,    /* operation not allowed */
	ERR_NOT_SUPPORTED,  /* operation not supported */
	ERR_SYNTAX,	    /* command line cannot be parsed */
	ERR_NO_COMMAND,	    /* no such command, or form, in the tables */
	ERR_NOT_MODELLED,   /* the real modem has it, we do not */
	ERR_PARAM,	    /* argument missing, malformed, out of range */
	ERR_LINE_TOO_LONG,
	ERR_NO_MEMORY,
	ERR_TIMEOUT,
	ERR_BUSY,
	ERR_FAULT, /* an armed fault fired */

	/* SIM */
	ERR_SIM_NOT_INSERTED,
	ERR_SIM_PIN_REQUIRED,
	ERR_SIM_PUK_REQUIRED,
	ERR_SIM_PIN2_REQUIRED,
	ERR_SIM_PUK2_REQUIRED,
	ERR_SIM_FAILURE,
	ERR_SIM_BUSY,
	ERR_SIM_WRONG,
	ERR_PASSWORD,
	ERR_NO_SERVICE,

	/* GNSS [AT §8] */
	ERR_GNSS_SUPPORT, /* 502 operation not supported */
	ERR_GNSS_ON,	  /* 504 session is ongoing */
	ERR_GNSS_OFF,	  /* 505 session not active */
	ERR_GNSS_FIX,	  /* 516 not fixed now */

	/* Files [FILE §5] */
	ERR_FILE_PARAM,	       /* 400 invalid input value */
	ERR_FILE_LARGER,       /* 401 larger than the file */
	ERR_FILE_ZERO_READ,    /* 402 */
	ERR_FILE_DRIVE_FULL,   /* 403 */
	ERR_FILE_NOT_FOUND,    /* 405 */
	ERR_FILE_NAME,	       /* 406 */
	ERR_FILE_EXISTS,       /* 407 */
	ERR_FILE_WRITE,	       /* 409 */
	ERR_FILE_OPEN,	       /* 410 */
	ERR_FILE_READ,	       /* 411 */
	ERR_FILE_TOO_MANY,     /* 413 */
	ERR_FILE_READONLY,     /* 414 */
	ERR_FILE_HANDLE,       /* 416 */
	ERR_FILE_LIST,	       /* 417 */
	ERR_FILE_DELETE,       /* 418 */
	ERR_FILE_DISK,	       /* 419 */
	ERR_FILE_NO_SPACE,     /* 420 */
	ERR_FILE_TIMEOUT,      /* 421 */
	ERR_FILE_TOO_LARGE,    /* 423 */
	ERR_FILE_INVALID,      /* 425 */
	ERR_FILE_ALREADY_OPEN, /* 426 */

	/* TCP/IP and SSL [TCP §12], [SSL §10] */
	ERR_NET_UNKNOWN,       /* 550 */
	ERR_NET_BLOCKED,       /* 551 */
	ERR_NET_PARAM,	       /* 552 */
	ERR_NET_MEMORY,	       /* 553 */
	ERR_NET_SOCKET,	       /* 554 */
	ERR_NET_NOT_SUPPORTED, /* 555 */
	ERR_NET_BIND,	       /* 556 */
	ERR_NET_LISTEN,	       /* 557 */
	ERR_NET_WRITE,	       /* 558 */
	ERR_NET_READ,	       /* 559 */
	ERR_NET_ACCEPT,	       /* 560 */
	ERR_NET_PDP_OPEN,      /* 561 */
	ERR_NET_PDP_CLOSE,     /* 562 */
	ERR_NET_ID_USED,       /* 563 */
	ERR_NET_DNS_BUSY,      /* 564 */
	ERR_NET_DNS,	       /* 565 */
	ERR_NET_CONNECT,       /* 566 */
	ERR_NET_CLOSED,	       /* 567 */
	ERR_NET_BUSY,	       /* 568 */
	ERR_NET_TIMEOUT,       /* 569 */
	ERR_NET_PDP_BROKEN,    /* 570 */
	ERR_NET_CANCEL,	       /* 571 */
	ERR_NET_NOT_ALLOWED,   /* 572 */
	ERR_NET_NO_APN,	       /* 573 */
	ERR_NET_PORT_BUSY,     /* 574 */

	/* TLS, told apart inside; a profile value maps them [SSL §3] */
	ERR_TLS_FILE,	   /* a PEM file is missing or unreadable */
	ERR_TLS_CONFIG,	   /* the context cannot be set up */
	ERR_TLS_VERIFY,	   /* the server's certificate was refused */
	ERR_TLS_ALERT,	   /* the server sent a fatal alert */
	ERR_TLS_HANDSHAKE, /* any other handshake failure */
};

/* Where a piece of behaviour comes from (docs/sources.md). */
enum grade {
	GRADE_CAP, /* bytes of a real EC2x */
	GRADE_MAN, /* its manual */
	GRADE_KIN, /* capture or manual of a sibling module */
	GRADE_INF, /* inferred */
	GRADE_ASM, /* assumed, no source */
};

/*
 * A reason. Nothing in this program fails without one: functions that can
 * fail take a `struct why *` and fail through why_set().
 */
struct why {
	enum err err;
	enum grade grade; /* of the mapping from cause to modem line */
	bool policy;	  /* refused by us (--net, --map), not by a modem */
	char text[400];	  /* which object, which check, what was found */
};

/*
 * Record a reason and return `err`, so that a failing path reads
 * `return why_set(why, ERR_FILE_NOT_FOUND, GRADE_CAP, "…", …);`.
 * err: must be negative. Text past the buffer is cut at a character border
 * and control bytes become `\xNN`. Overwrites an earlier reason.
 */
enum err why_set(struct why *why, enum err err, enum grade grade,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* As why_set(), and mark it as a refusal of ours, not of a modem. */
enum err why_policy(struct why *why, enum err err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Put "text: " in front of a reason that a lower layer gave. */
void why_prefix(struct why *why, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* "cap", "man", "kin", "inf" or "asm". */
const char *grade_name(enum grade grade);

/* Inverse of grade_name(); false when the name is unknown. */
bool grade_parse(const char *name, enum grade *grade);

/* Identifier of an error for logs and tests, e.g. "ERR_NET_DNS". */
const char *err_name(enum err err);

#endif
