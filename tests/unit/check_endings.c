#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "hil/handclock.h"
#include "modem.h"
#include "tests/unit/support/fake_stream.h"
#include "tests/unit/support/tls_peer.h"

/*
 * What ends what: each thing that a modem may be in the middle of, and each
 * thing that ends it or does not. A row says which lines come, in their order,
 * and what the next command that concerns it answers.
 *
 * Lines are told without their CR LF, with a bar between. The lines of a start
 * are `BOOT`.
 */

/* --- the world ----------------------------------------------------------- */

static struct handclock clk;
static struct profile profile;
static struct fake_net net;
static const struct net_ops *fake_ops;
static struct net_ops ops;
static struct tls_peer *tls;
static struct fault_set faults;
static struct modem *modem;
static struct buf out;

static struct stream *open_stream(struct net *n, enum net_proto proto,
	const char *host, uint16_t port, const struct stream_handler *handler,
	void *arg, struct why *why)
{
	if (strcmp(host, "tls.example") != 0)
		return fake_ops->open(n, proto, host, port, handler, arg, why);
	ck_assert_ptr_null(tls);
	tls = tls_peer_new(&clk.clock);
	return tls_peer_stream(tls, handler, arg);
}

static void on_output(void *arg, const void *data, size_t len)
{
	(void)arg;
	ck_assert(buf_add(&out, data, len));
}

static void wait_ms(uint64_t ms)
{
	handclock_advance(&clk, ms * 1000);
}

static void send_text(const char *text)
{
	modem_input(modem, text, strlen(text));
	wait_ms(1000);
}

static void setup(void)
{
	struct modem_opts o = {.output = on_output};
	struct why why;

	handclock_init(&clk, NULL, false, 1);
	buf_init(&out, (size_t)1 << 20);
	fault_init(&faults, 0);
	profile_init(&profile);
	snprintf(profile.at_urcport, sizeof(profile.at_urcport), "uart1");
	fake_net_init(&net);
	fake_ops = net.net.ops;
	ops = *fake_ops;
	ops.open = open_stream;
	net.net.ops = &ops;
	tls = NULL;
	o.clock = &clk.clock;
	o.profile = &profile;
	o.net = &net.net;
	o.faults = &faults;
	modem = modem_new(&o, &why);
	ck_assert_msg(modem != NULL, "%s", why.text);
	modem_boot(modem);
	wait_ms(60000);
	/* Hot plug works from the next start on. */
	send_text("ATE0\rAT+QSIMDET=1,0\rAT+CFUN=1,1\r");
	wait_ms(60000);
	send_text("ATE0\rAT+QICSGP=1,1,\"example\"\r");
}

static void teardown(void)
{
	modem_free(modem);
	ck_assert(TAILQ_EMPTY(&clk.clock.timers));
	fake_net_free(&net);
	tls_peer_free(tls);
	handclock_end(&clk);
	buf_free(&out);
}

/* --- what was said ------------------------------------------------------- */

/* Put `by` in the place of `text`, wherever it stands. */
static void abridge(char *said, const char *text, const char *by)
{
	size_t n = strlen(text), m = strlen(by);
	char *p;

	while ((p = strstr(said, text)) != NULL) {
		memmove(p + m, p + n, strlen(p + n) + 1);
		memcpy(p, by, m);
	}
}

/* All lines since the last call, with bars between; good until the next. */
static const char *take_said(void)
{
	static char said[8192];
	const char *p = (const char *)buf_data(&out);
	size_t n = 0;

	for (size_t i = 0; i < buf_len(&out) && n < sizeof(said) - 2; i++) {
		if (p[i] == '\n' && n > 0 && said[n - 1] != '|')
			said[n++] = '|';
		else if (p[i] != '\r' && p[i] != '\n')
			said[n++] = p[i];
	}
	said[n - (n > 0 && said[n - 1] == '|')] = '\0';
	buf_reset(&out);
	abridge(said,
		"RDY|+CFUN: 1|+CPIN: READY|+QUSIM: 1|+QIND: SMS DONE"
		"|+QIND: PB DONE",
		"BOOT");
	return said;
}

/* --- what the modem is in the middle of ---------------------------------- */

static void need_context(void)
{
	send_text("AT+CEREG=1\rAT+QIACT=1\r");
	wait_ms(5000);
}

static void open_socket(int mode)
{
	char line[80];

	need_context();
	snprintf(line, sizeof(line),
		"AT+QIOPEN=1,0,\"TCP\",\"host.example\",7,0,%d\r", mode);
	send_text(line);
	fake_stream_connect(net.streams);
	wait_ms(1000);
}

static void in_nothing(void)
{
	send_text("AT+CEREG=1\r");
}

static void in_buffer(void)
{
	open_socket(0);
	fake_stream_give(net.streams, "abc", 3);
	wait_ms(1000);
}

static void in_push(void)
{
	open_socket(1);
}

static void in_transparent(void)
{
	open_socket(2);
}

static void in_prompt(void)
{
	open_socket(0);
	send_text("AT+QISEND=0,3\r");
}

static void put_file(const char *name, const char *text)
{
	char line[80];

	snprintf(line, sizeof(line), "AT+QFUPL=\"%s\",%zu\r", name,
		strlen(text));
	send_text(line);
	send_text(text);
}

static void in_tls(void)
{
	const struct tls_peer_files *files = tls_peer_files();

	need_context();
	put_file("RAM:ca.pem", files->ca);
	put_file("RAM:cert.pem", files->cert);
	put_file("RAM:key.pem", files->key);
	send_text("AT+QSSLCFG=\"clientcert\",2,\"RAM:cert.pem\"\r");
	send_text("AT+QSSLCFG=\"clientkey\",2,\"RAM:key.pem\"\r");
	send_text("AT+QSSLCFG=\"cacert\",2,\"RAM:ca.pem\"\r");
	send_text("AT+QSSLCFG=\"seclevel\",2,2\r");
	send_text("AT+QSSLOPEN=1,2,0,\"tls.example\",8443,0\r");
	wait_ms(5000);
	ck_assert(tls_peer_up(tls));
}

static void in_listener(void)
{
	need_context();
	send_text("AT+QIOPEN=1,0,\"TCP LISTENER\",\"127.0.0.1\",0,2020,0\r");
	fake_net_peer(&net, net.streams);
	wait_ms(1000);
}

static void in_service(void)
{
	need_context();
	send_text("AT+QIOPEN=1,0,\"UDP SERVICE\",\"127.0.0.1\",0,3030,0\r");
}

static void in_handle(void)
{
	need_context();
	put_file("RAM:a", "abc");
	send_text("AT+QFOPEN=\"RAM:a\"\rAT+QFOPEN=\"u\"\r");
}

static void in_upload(void)
{
	need_context();
	send_text("AT+QFUPL=\"u\",100,300\r");
	send_text("0123456789");
}

static void in_ping(void)
{
	need_context();
	send_text("AT+QPING=1,\"192.0.2.9\",255,1\r");
}

static void in_ntp(void)
{
	need_context();
	send_text("AT+QNTP=1,\"192.0.2.9\"\r");
}

static void in_lookup(void)
{
	need_context();
	send_text("AT+QIDNSGIP=1,\"host.example\"\r");
}

/* --- what happens then --------------------------------------------------- */

enum event {
	EV_CFUN0,
	EV_CFUN4,
	EV_CFUN1,
	EV_CFUN11,
	EV_OUT,
	EV_OUT_IN,
	EV_QPOWD,
	EV_LOSS,
	EV_RESET,
	EVENTS,
};

/* How a modem is found afterwards. */
enum after {
	AFTER_SAME,  /* nothing has changed */
	AFTER_LOST,  /* its context is gone */
	AFTER_FRESH, /* as after a start, echo and all [AT §3] */
	AFTER_OFF,
};

/*
 * What each says when the host may type commands: a `$` is what the state has
 * to say behind its context's end. [AT §5.3]: CFUN and QPOWD, OK first but for
 * what CFUN ends, which may come between a command and its answer [AT §6];
 * [AT §7.2]: the card; [TCP §11]: pdpdeact, and all its sockets are dead. That
 * registration is told before the contexts is inf, that each socket has its
 * "closed" behind that, too.
 */
#define LEFT "+CEREG: 0|+QIURC: \"pdpdeact\",1"
#define GONE "+CPIN: NOT READY|" LEFT
#define BACK                                                                   \
	"|+CPIN: READY|+QUSIM: 1|+CEREG: 2|+QIND: SMS DONE|+QIND: PB DONE"     \
	"|+CEREG: 1"

static const struct {
	const char *name, *said;
	enum after after;
} events[EVENTS] = {
	[EV_CFUN0] = {"AT+CFUN=0", GONE "|OK$", AFTER_LOST},
	[EV_CFUN4] = {"AT+CFUN=4", LEFT "|OK$", AFTER_LOST},
	[EV_CFUN1] = {"AT+CFUN=1", "OK", AFTER_SAME},
	[EV_CFUN11] = {"AT+CFUN=1,1", "OK|BOOT", AFTER_FRESH},
	[EV_OUT] = {"SIM removed", GONE "$", AFTER_LOST},
	[EV_OUT_IN] = {"SIM removed and inserted", GONE "$" BACK, AFTER_LOST},
	[EV_QPOWD] = {"AT+QPOWD", "OK|POWERED DOWN", AFTER_OFF},
	[EV_LOSS] = {"PDP loss", "+QIURC: \"pdpdeact\",1$", AFTER_LOST},
	[EV_RESET] = {"RESET", "BOOT", AFTER_FRESH},
};

static void act(const char *action)
{
	struct why why;

	ck_assert_msg(modem_act(modem, action, &why) == 0, "%s", why.text);
}

static void happen(enum event event)
{
	char line[32];

	switch (event) {
	case EV_CFUN0:
	case EV_CFUN4:
	case EV_CFUN1:
	case EV_CFUN11:
	case EV_QPOWD:
		snprintf(line, sizeof(line), "%s\r", events[event].name);
		send_text(line);
		break;
	case EV_OUT:
		act("sim remove");
		break;
	case EV_OUT_IN:
		act("sim remove");
		wait_ms(5000);
		act("sim insert");
		break;
	case EV_LOSS:
		act("bearer drop");
		break;
	case EV_RESET:
		act("reset 200ms");
		break;
	case EVENTS:
		break;
	}
	wait_ms(30000);
}

/* --- what is expected ---------------------------------------------------- */

/* A way of its own to say and answer. */
struct row {
	const char *said, *next;
};

#define QISTATE(service, port, local, state, mode)                             \
	"+QISTATE: 0,\"" service "\",\"192.0.2." port "," local "," state      \
	",1,0," mode ",\"uart1\""
#define TCP(state, mode) QISTATE("TCP", "7\",7", "50001", state, mode)
#define INCOMING(state)                                                        \
	"|+QISTATE: 11,\"TCP INCOMING\",\"192.0.2.7\",443,50001," state        \
	",1,0,0,\"uart1\""
#define LISTENER(state) QISTATE("TCP LISTENER", "1\",0", "2020", state, "0")
#define SERVICE(state)	QISTATE("UDP SERVICE", "1\",0", "3030", state, "0")
#define TLS(state)                                                             \
	"+QSSLSTATE: 0,\"SSLClient\",\"192.0.2.7\",8443,50001," state          \
	",1,0,0,\"uart1\",2|OK|+QSSLRECV: 0|OK"
#define FILES                                                                  \
	"+QFOPEN: \"RAM:a\",3000,0|+QFOPEN: \"UFS:u\",0,0|OK"                  \
	"|+QFLST: \"UFS:u\",0|OK|+QFLST: \"RAM:a\",3|OK"

/* Nothing falls; QIACT needs network and card [TCP §2.2]. */
static const struct row without_context[EVENTS] = {
	[EV_CFUN0] = {"+CPIN: NOT READY|+CEREG: 0|OK", "ERROR"},
	[EV_CFUN4] = {"+CEREG: 0|OK", "ERROR"},
	[EV_CFUN1] = {"OK", "OK"},
	[EV_CFUN11] = {"OK|BOOT", "AT+QIACT=1|OK"},
	[EV_OUT] = {"+CPIN: NOT READY|+CEREG: 0", "ERROR"},
	[EV_OUT_IN] = {"+CPIN: NOT READY|+CEREG: 0" BACK, "OK"},
	[EV_QPOWD] = {"OK|POWERED DOWN", ""},
	[EV_LOSS] = {"", "OK"},
	[EV_RESET] = {"BOOT", "AT+QIACT=1|OK"},
};

/*
 * [TCP §9]: no commands are read; NO CARRIER when it falls, and the other lines
 * behind that (inf), as the port is one for commands again.
 */
#define ONLINE                                                                 \
	{                                                                      \
		"", "OK|" TCP("2", "0") "|OK"                                  \
	}
#define OFFLINE(lines)                                                         \
	{                                                                      \
		"NO CARRIER|" lines, TCP("4", "2") "|OK"                       \
	}
static const struct row transparent[EVENTS] = {
	[EV_CFUN0] = ONLINE,
	[EV_CFUN4] = ONLINE,
	[EV_CFUN1] = ONLINE,
	[EV_CFUN11] = ONLINE,
	[EV_OUT] = OFFLINE(GONE),
	[EV_OUT_IN] = OFFLINE(GONE BACK),
	[EV_QPOWD] = ONLINE,
	[EV_LOSS] = OFFLINE("+QIURC: \"pdpdeact\",1"),
	[EV_RESET] = {"BOOT", "+++AT+QISTATE?|OK"},
};

/*
 * [TCP §6]: three bytes are taken, whatever they are, and the rest of the line
 * is none. No URC comes between the prompt and its result [AT §6].
 */
#define SENT                                                                   \
	{                                                                      \
		"SEND OK", TCP("2", "0") "|OK"                                 \
	}
#define FAILED(lines)                                                          \
	{                                                                      \
		"", "ERROR|" lines                                             \
		    "|+QIURC: \"closed\",0|" TCP("4", "0") "|OK"               \
	}
static const struct row prompt[EVENTS] = {
	[EV_CFUN0] = SENT,
	[EV_CFUN4] = SENT,
	[EV_CFUN1] = SENT,
	[EV_CFUN11] = SENT,
	[EV_OUT] = FAILED(GONE),
	[EV_OUT_IN] = {"", "ERROR|" GONE "|+QIURC: \"closed\",0" BACK
			   "|" TCP("4", "0") "|OK"},
	[EV_QPOWD] = SENT,
	[EV_LOSS] = FAILED("+QIURC: \"pdpdeact\",1"),
	[EV_RESET] = {"BOOT", "abcAT+QISTATE?|OK"},
};

/*
 * [FILE §4.4], [FILE §6]: everything is data until `+++` keeps what came, and
 * URCs wait for the end of it [AT §6].
 */
#define KEPT(sum, size)                                                        \
	{                                                                      \
		"", "+QFUPL: " sum "|OK|+QFLST: \"UFS:u\"," size "|OK"         \
	}
#define CUT(lines)                                                             \
	{                                                                      \
		"", "+QFUPL: 10,3839|OK|" lines "|+QFLST: \"UFS:u\",10|OK"     \
	}
static const struct row upload[EVENTS] = {
	[EV_CFUN0] = KEPT("20,6a4b", "20"),
	[EV_CFUN4] = KEPT("20,6e4b", "20"),
	[EV_CFUN1] = KEPT("20,6b4b", "20"),
	[EV_CFUN11] = KEPT("22,5a67", "22"),
	[EV_OUT] = CUT(GONE),
	[EV_OUT_IN] = CUT(GONE BACK),
	[EV_QPOWD] = KEPT("19,5837", "19"),
	[EV_LOSS] = CUT("+QIURC: \"pdpdeact\",1"),
	[EV_RESET] = {"BOOT", "+++AT+QFLST=\"*\"|OK"},
};

static const struct state {
	const char *name;
	void (*enter)(void);
	const char *next;		 /* the command behind it */
	const char *ends;		 /* behind pdpdeact */
	const char *same, *lost, *fresh; /* what it answers */
	const struct row *own;
} states[] = {
	{"no context", in_nothing, "AT+QIACT=1\r", NULL, NULL, NULL, NULL,
		without_context},
	/* [TCP §11]: the host must QIDEACT before QIACT */
	{"a context", need_context, "AT+QIACT?\rAT+QIACT=1\r", "",
		"+QIACT: 1,1,1,\"192.0.2.1\"|OK|ERROR", "OK|ERROR",
		"AT+QIACT?|OK|AT+QIACT=1|OK", NULL},
	/* [TCP §1]: the id is taken until QICLOSE; what was there can still be
	 * read, inf */
	{"a socket with data", in_buffer, "AT+QISTATE?\rAT+QIRD=0\r",
		"|+QIURC: \"closed\",0", TCP("2", "0") "|OK|+QIRD: 3|abc|OK",
		TCP("4", "0") "|OK|+QIRD: 3|abc|OK",
		"AT+QISTATE?|OK|AT+QIRD=0|ERROR", NULL},
	{"a socket that pushes", in_push, "AT+QISTATE?\rAT+QISEND=0,0\r",
		"|+QIURC: \"closed\",0", TCP("2", "1") "|OK|+QISEND: 0,0,0|OK",
		TCP("4", "1") "|OK|ERROR", "AT+QISTATE?|OK|AT+QISEND=0,0|ERROR",
		NULL},
	{"a transparent socket", in_transparent, "+++\rAT+QISTATE?\r", NULL,
		NULL, NULL, NULL, transparent},
	{"a prompt", in_prompt, "abc\rAT+QISTATE?\r", NULL, NULL, NULL, NULL,
		prompt},
	{"a TLS connection", in_tls, "AT+QSSLSTATE?\rAT+QSSLRECV=0,10\r",
		"|+QSSLURC: \"closed\",0", TLS("2"), TLS("4"),
		"AT+QSSLSTATE?|OK|AT+QSSLRECV=0,10|ERROR", NULL},
	{"a listener and its socket", in_listener, "AT+QISTATE?\r",
		"|+QIURC: \"closed\",0|+QIURC: \"closed\",11",
		LISTENER("3") INCOMING("2") "|OK",
		LISTENER("4") INCOMING("4") "|OK", "AT+QISTATE?|OK", NULL},
	{"a UDP service", in_service, "AT+QISTATE?\r", "|+QIURC: \"closed\",0",
		SERVICE("2") "|OK", SERVICE("4") "|OK", "AT+QISTATE?|OK", NULL},
	/* [FILE §2]: RAM files do not outlive a restart; handles neither, inf
	 */
	{"open files", in_handle,
		"AT+QFOPEN?\rAT+QFLST=\"*\"\rAT+QFLST=\"RAM:*\"\r", "", FILES,
		FILES,
		"AT+QFOPEN?|OK|AT+QFLST=\"*\"|+QFLST: \"UFS:u\",0|OK"
		"|AT+QFLST=\"RAM:*\"|OK",
		NULL},
	/* asm: each still gets its result. One at a time, then none without a
	 * context: ERROR, inf [NTP §2] */
	{"a ping", in_ping, "AT+QPING=1,\"192.0.2.9\",1,1\r", "|+QPING: 570",
		"ERROR", "ERROR", "AT+QPING=1,\"192.0.2.9\",1,1|ERROR", NULL},
	{"a time query", in_ntp, "AT+QNTP=1,\"192.0.2.9\"\r", "|+QNTP: 570",
		"ERROR", "ERROR", "AT+QNTP=1,\"192.0.2.9\"|ERROR", NULL},
	{"a look-up", in_lookup, "AT+QIDNSGIP=1,\"host.example\"\r",
		"|+QIURC: \"dnsgip\",570", "ERROR", "ERROR",
		"AT+QIDNSGIP=1,\"host.example\"|ERROR", NULL},
	{"an upload", in_upload, "+++\rAT+QFLST=\"*\"\r", NULL, NULL, NULL,
		NULL, upload},
};

enum { N_STATES = sizeof(states) / sizeof(*states) };

static struct row expected(const struct state *s, enum event event)
{
	static char said[1024];
	const char *text = events[event].said, *ends = strchr(text, '$');
	const char *const next[] = {
		[AFTER_SAME] = s->same,
		[AFTER_LOST] = s->lost,
		[AFTER_FRESH] = s->fresh,
		[AFTER_OFF] = "",
	};

	if (s->own != NULL)
		return s->own[event];
	if (ends == NULL)
		return (struct row){text, next[events[event].after]};
	snprintf(said, sizeof(said), "%.*s%s%s", (int)(ends - text), text,
		s->ends, ends + 1);
	return (struct row){said, next[events[event].after]};
}

/* What is behind the escape waits for its guard time. */
static void ask(const char *next)
{
	if (strncmp(next, "+++", 3) == 0) {
		wait_ms(2000);
		send_text("+++");
		wait_ms(2000);
		next += 3;
	}
	send_text(next);
	wait_ms(10000);
}

START_TEST(an_end_is_told_and_leaves_what_it_should)
{
	const struct state *s = &states[_i / EVENTS];
	enum event event = (enum event)(_i % EVENTS);
	struct row row = expected(s, event);
	const char *said;

	s->enter();
	buf_reset(&out);
	happen(event);
	said = take_said();
	ck_assert_msg(strcmp(said, row.said) == 0, "%s, %s:\n%s\nand not\n%s",
		s->name, events[event].name, said, row.said);
	ask(s->next);
	said = take_said();
	ck_assert_msg(strcmp(said, row.next) == 0,
		"%s, %s, what comes next:\n%s\nand not\n%s", s->name,
		events[event].name, said, row.next);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("endings");
	TCase *tc = tcase_create("endings");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, an_end_is_told_and_leaves_what_it_should, 0,
		N_STATES * EVENTS);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
