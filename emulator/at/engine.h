#ifndef EC21_AT_ENGINE_H
#define EC21_AT_ENGINE_H

#include "at/at.h"
#include "at/line.h"
#include "at/writer.h"
#include "base/buf.h"

/*
 * The inside of struct at, shared by dispatch.c, verdict.c, data.c and
 * output.c only.
 */

enum at_state {
	AT_STATE_IDLE,	  /* reads command lines */
	AT_STATE_LATENCY, /* a line waits for its latency */
	AT_STATE_PENDING, /* a command runs */
	AT_STATE_DATA,	  /* a command takes data from the host */
	AT_STATE_STREAM,  /* transparent: a connection owns the port */
	AT_STATE_RESUME,  /* goes on at the next turn of the clock */
};

struct at_entry {
	const struct at_cmd *cmd;
	const struct at_family *family;
};

struct at {
	struct clock *clock;
	const struct profile *profile;
	const struct at_family *const *families;
	const struct trace_sink *trace;
	bool (*known)(const char *name);
	bool (*line_hook)(void *arg); /* at_opts.line */
	void *line_arg;
	struct at_settings set;
	struct line line;
	struct writer writer;
	enum at_state state;
	bool ready;
	bool chain;	/* commands of the line are left */
	bool port_full; /* the host does not read */
	enum err net_err;
	char urcport[16]; /* where URC events go, +QURCCFG */

	struct at_entry *index; /* rows by name */
	size_t n_index;

	char *cmdline; /* the running line, cut up in place */
	size_t pos;
	char *last; /* for A/ */
	struct buf early;
	struct timer latency;
	struct timer resume;
	struct at_txn txn;

	struct at_data data;	 /* of AT_STATE_DATA */
	bool data_prompt;	 /* after a prompt, not a CONNECT */
	struct at_stream stream; /* of AT_STATE_STREAM, or left by it */
	bool stream_left;	 /* ATO may go back to it */
	struct timer idle;	 /* no input for too long */
	struct timer guard;	 /* line_deadline() */
};

/* verdict.c */
/*
 * A command of the line has ended. True: the line goes on. Otherwise its
 * final result is written and the next line may come.
 */
bool at_end_command(struct at *at, struct at_verdict v);
void at_write_final(struct at *at, struct at_verdict v);

/* data.c */
void at_data_init(struct at *at);
void at_data_stop(struct at *at);
void at_data_event(struct at *at, const struct line_event *ev);
bool at_data_echo(const struct at *at);
/*
 * Data mode begins: what the host sent before the CONNECT or the prompt, in
 * `early` and `more` bytes besides, is not its data [FILE §4.4].
 */
void at_drop_early(struct at *at, size_t more);
/* CONNECT was decided: the port is at->stream's from now on. */
void at_stream_begin(struct at *at);
/* Set the timers for what line_feed() left behind. */
void at_data_rearm(struct at *at);

#endif
