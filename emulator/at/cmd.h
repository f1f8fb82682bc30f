#ifndef EC21_AT_CMD_H
#define EC21_AT_CMD_H

#include <stddef.h>
#include <stdint.h>

#include "at/args.h"
#include "at/settings.h"
#include "base/err.h"

/*
 * What a command family sees of the AT engine: its rows, the transaction of
 * the running command, and the doors for output. A family file exports one
 * `const struct at_family` and nothing else.
 */
struct at;
struct at_txn;
struct profile;

enum at_form {
	AT_FORM_TEST = 1,   /* AT+X=? */
	AT_FORM_READ = 2,   /* AT+X?  and ATS3? */
	AT_FORM_WRITE = 4,  /* AT+X=… and ATS3=… */
	AT_FORM_EXEC = 8,   /* AT+X */
	AT_FORM_BASIC = 16, /* ATE0, AT&F: letter and number */
	AT_FORM_DIAL = 32,  /* ATD: takes the rest of the line */
};

/* How a family's errors look on the wire; at/cme.c maps them. */
enum at_domain {
	AT_DOMAIN_PLAIN, /* ERROR, whatever CMEE says */
	AT_DOMAIN_CME,	 /* ERROR or +CME ERROR, by CMEE */
	AT_DOMAIN_NET,	 /* ERROR, and the code for +QIGETERROR */
};

/*
 * What a handler decides; only the functions below make one. FAIL cannot be
 * made without a reason.
 */
enum at_verdict_kind {
	AT_VERDICT_OK,
	AT_VERDICT_FAIL,    /* the transaction holds the reason */
	AT_VERDICT_TEXT,    /* a final of its own: SEND OK, CONNECT */
	AT_VERDICT_PENDING, /* at_finish() will come, or a reset */
	AT_VERDICT_STREAM,  /* CONNECT: the port is a connection's now */
};

struct at_verdict {
	enum at_verdict_kind kind;
	const char *text; /* of AT_VERDICT_TEXT, static */
};

struct at_cmd {
	const char *name;	   /* "+QFUPL"; basic ones "E", "&F", "S" */
	unsigned forms;		   /* of enum at_form */
	const struct at_arg *args; /* of the write form; NULL: handler */
	struct at_verdict (*run)(struct at_txn *txn);
	/*
	 * The =? information line behind "+NAME: "; NULL: no line, just OK;
	 * AT_TEST_RUN: the handler prints it.
	 */
	const char *test;
	uint32_t max_ms; /* maximum response time, 0: not stated */
	enum grade grade;
	const char *ref; /* "[FILE §4.4]" */
	const char *help;
};

#define AT_TEST_RUN ((const char *)1)

struct at_family {
	const char *name; /* "file" */
	enum at_domain domain;
	enum err param_err;	   /* error of an argument the spec refuses */
	const struct at_cmd *rows; /* last row has a NULL name */
	/*
	 * Called once after the modem is built, in order of cmd/all.c: hook
	 * service callbacks here. ctx is the struct cmd_ctx. May be NULL.
	 */
	void (*attach)(void *ctx);
};

/* The running command. One at a time for each modem. */
struct at_txn {
	struct at *at;
	void *ctx; /* struct cmd_ctx */
	const struct at_family *family;
	const struct at_cmd *cmd;
	enum at_form form;
	struct at_args args; /* split; checked when the row has a spec */
	int64_t basic;	     /* number of a basic command, -1: left out */
	int64_t reg;	     /* ATS<reg> */
	struct why why;	     /* of the verdict, when it is FAIL */
	struct why scratch;  /* for service calls: at_fail_why(txn) */
	const void *owner;   /* of at_wait_for() */
	/* Frees what a command holds that will not end; may be 0. */
	void (*on_abort)(struct at_txn *txn);
	void *arg; /* the handler's own, while its command is pending */
};

/* --- verdicts --------------------------------------------------------- */

struct at_verdict at_ok(void);
/*
 * The command waits for an event of `owner`, which finds it by at_waiting()
 * and calls at_finish(), once. A reset takes it away without an answer; a
 * hang-up does not.
 */
struct at_verdict at_wait_for(struct at_txn *txn, const void *owner);
/* The command that waits for this owner; NULL: none does. */
struct at_txn *at_waiting(struct at *at, const void *owner);
/* A final result of its own, e.g. "SEND OK", "CONNECT". text: static. */
struct at_verdict at_text(const char *text);
/* Fail with a reason. */
struct at_verdict at_fail(struct at_txn *txn, enum err err, enum grade grade,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Fail with the reason that a service left in `why`. */
struct at_verdict at_fail_why(struct at_txn *txn, const struct why *why);
/* Fail with a final of its own, e.g. "SEND FAIL", and a reason. */
struct at_verdict at_fail_text(struct at_txn *txn, const char *text,
	enum err err, enum grade grade, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* End a pending transaction. Asserts that it is current and pending. */
void at_finish(struct at_txn *txn, struct at_verdict verdict);

/* --- output ----------------------------------------------------------- */

/* An information line of the running command, without framing. */
void at_info(struct at_txn *txn, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The same without its CR LF behind: payload follows in the same line. */
void at_info_open(struct at_txn *txn, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/*
 * The same without the CR LF in front, as +QFUPL: and +QFWRITE: come
 * [FILE §4.4].
 */
void at_info_bare(struct at_txn *txn, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Raw payload inside an answer; copied. */
void at_raw(struct at_txn *txn, const void *data, size_t len);
/* One CR LF (S3 S4) inside an answer, behind raw payload. */
void at_newline(struct at_txn *txn);
/* "CONNECT" or "CONNECT n" as an intermediate line, before at_raw(). */
void at_connect_line(struct at_txn *txn, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Who sees an unsolicited line [AT §6]. */
enum at_urc_class {
	AT_URC_BOOT,   /* RDY and the like: every port */
	AT_URC_RESULT, /* the late result of a command: its own port */
	AT_URC_EVENT,  /* +QIURC and the like: the port of QURCCFG */
};

/* URCs from here on wait for the final result of the running command. */
void at_urc_behind(struct at_txn *txn);
/* Queue an unsolicited line; printed as soon as the rules of [AT §6] let. */
void at_urc(struct at *at, enum at_urc_class class, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same with a payload behind the line, and one CR LF (direct push); a line
 * that ends with a comma has its payload in itself. */
void at_urc_data(struct at *at, enum at_urc_class class, const void *data,
	size_t len, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/*
 * A line that carries a non-zero result: `object` ("ssl 0") and `why` go to
 * the transcript first.
 */
void at_urc_fail(struct at *at, enum at_urc_class class, const char *object,
	const struct why *why, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* --- data from the host ----------------------------------------------- */

enum at_data_end {
	AT_DATA_COMPLETE, /* count reached, or Ctrl-Z */
	AT_DATA_CANCEL,	  /* ESC */
	AT_DATA_ESCAPE,	  /* +++ */
	AT_DATA_TIMEOUT,  /* idle_ms without a byte */
};

struct at_data {
	size_t count;	  /* bytes to take; 0: text up to Ctrl-Z */
	uint64_t idle_ms; /* a window; 0: no limit */
	bool escape;	  /* +++ ends it */
	/* data is lent for the call */
	void (*on_bytes)(struct at_txn *txn, const uint8_t *data, size_t len);
	/* must call at_finish(), now or later */
	void (*on_end)(struct at_txn *txn, enum at_data_end end);
	size_t (*on_more)(struct at_txn *txn); /* of at_data_send() */
};

/*
 * Print CONNECT (or the prompt `> `) and take data. Return the result from
 * the handler: it is at_wait_for(). Bytes that arrived before the CONNECT or
 * the prompt was printed are dropped [FILE §4.4]. Data after a prompt is
 * echoed by E and QISDE, file data never.
 */
struct at_verdict at_data_connect(struct at_txn *txn, const struct at_data *d);
struct at_verdict at_data_prompt(struct at_txn *txn, const struct at_data *d);

/*
 * The other way: send data, behind at_connect_line() [FILE §4.5]. on_more
 * writes the next piece by at_raw() and returns its length, 0 when all is out;
 * it is asked from the clock, while line and host have room for more.
 * on_end then comes with AT_DATA_COMPLETE. It comes with AT_DATA_ESCAPE when
 * `+++` or DTR end it; other bytes from the host are dropped. Return the
 * result from the handler: it is at_wait_for().
 */
struct at_verdict at_data_send(struct at_txn *txn,
	size_t (*on_more)(struct at_txn *txn),
	void (*on_end)(struct at_txn *txn, enum at_data_end end));

/* --- transparent mode --------------------------------------------------- */

/*
 * A connection that owns the port: bytes pass both ways unchanged until the
 * peer closes, or `+++` or DTR leave it for command mode [TCP §9]. No command
 * is read meanwhile and URCs wait.
 */
struct at_stream {
	/* Bytes from the host; lent. */
	void (*on_bytes)(void *arg, const uint8_t *data, size_t len);
	/* Left by `+++` or DTR; the engine prints OK behind it. */
	void (*on_leave)(void *arg);
	/* DTR by &D2: end the connection, and tell by at_stream_end(). */
	void (*on_drop)(void *arg);
	/* ATO: true when the connection is still there and goes on. */
	bool (*on_resume)(void *arg);
	void *arg;
};

/* Verdict that prints CONNECT and gives the port away; copied. */
struct at_verdict at_stream_connect(
	struct at_txn *txn, const struct at_stream *stream);
/* True while the port belongs to any stream: online data mode. */
bool at_is_online(const struct at *at);
/* True while the port belongs to the stream with this arg. */
bool at_stream_is(struct at *at, const void *arg);
/* Bytes from the peer to the host. Only while at_stream_is(). */
void at_stream_write(struct at *at, const void *data, size_t len);
/*
 * The peer is gone: NO CARRIER, and the port reads commands again. why: NULL
 * for an orderly end; object as in at_urc_fail().
 */
void at_stream_end(struct at *at, const char *object, const struct why *why);
/* The connection is gone for good: ATO must not find it. */
void at_stream_forget(struct at *at, const void *arg);
/* ATO: go back to the stream that was left last, or NO CARRIER. */
struct at_verdict at_stream_resume(struct at_txn *txn);

/* --- settings and state ------------------------------------------------ */

struct at_settings *at_settings(struct at *at);
/* Bit/s of the UART: that of the settings once a line's final result has left,
 * or, behind a boot, with at_take_rate(). */
uint32_t at_rate(const struct at *at);
void at_take_rate(struct at *at);
/* Keep URCs back; off lets them out behind the command's OK [AT §11]. */
void at_urc_cache(struct at *at, bool on);
bool at_urc_cached(const struct at *at);
/* The port of +QURCCFG "urcport"; it keeps AT_URC_EVENT lines away when it is
 * not ours. Set at boot from the profile. */
const char *at_urcport(const struct at *at);
void at_set_urcport(struct at *at, const char *port);
/* Factory values [AT §3]. */
void at_settings_default(
	struct at_settings *set, const struct profile *profile);
/* Error number that AT+QIGETERROR reports, and its text [TCP §10.5]. */
int at_net_error(struct at *at, const char **text);
/* Number that a result URC prints for `err` (566, 565 …) [TCP §12]. */
int at_net_code(struct at *at, enum err err);

#endif
