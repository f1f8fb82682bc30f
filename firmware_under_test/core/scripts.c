#include "scripts.h"

#include "at_client.h"
#include "chat.h"

#define LEN(a) (sizeof(a) / sizeof(*(a)))

/* The library gives RDY 12 s [WIO §7]; an EG25-G was seen to take 30
 * [AT §5.2], so that is what we grant. */
const struct chat_step script_rdy[] = {
	{
		.matches = {{"RDY", CHAT_NEXT}},
		.answer_ms = 30000,
		.code = "modem",
		.what = "boot",
	},
};
const size_t script_rdy_len = LEN(script_rdy);

/* Several AT may be under way before the first is answered: the caller drops
 * what else comes before it goes on. */
const struct chat_step script_sync[] = {
	{
		.send = "AT",
		.matches = {{"OK", CHAT_NEXT}},
		.answer_ms = 500,
		.total_ms = 20000,
		.code = "modem",
		.what = "first AT",
	},
};
const size_t script_sync_len = LEN(script_sync);

/*
 * Order of [CLIENT B.1]. cap [AT §5.1]: QSCLK may answer
 * ERROR this early, CPIN? goes through +CME ERROR: 10 and 14 before READY.
 * CMEE=1 is the factory value; it is set because every reason we print
 * depends on it.
 */
const struct chat_step script_setup[] = {
	{
		.send = "ATE0",
		.matches = {{"OK", CHAT_NEXT}, {"ERROR", CHAT_FAIL}},
		.answer_ms = AT_LOCAL_MS,
		.code = "modem",
		.what = "ATE0",
	},
	{
		.send = "AT+CMEE=1",
		.matches = {{"OK", CHAT_NEXT}, {"ERROR", CHAT_FAIL}},
		.answer_ms = AT_LOCAL_MS,
		.code = "modem",
		.what = "AT+CMEE=1",
	},
	{
		.send = "AT+QURCCFG=\"urcport\",\"uart1\"",
		.matches = {{"OK", CHAT_NEXT}, {"ERROR", CHAT_FAIL},
			{"+CME ERROR: *", CHAT_FAIL}},
		.answer_ms = AT_LOCAL_MS,
		.code = "modem",
		.what = "AT+QURCCFG",
	},
	{
		.send = "AT+QSCLK=1",
		.matches = {{"OK", CHAT_NEXT}, {"ERROR", CHAT_NEXT},
			{"+CME ERROR: *", CHAT_NEXT}},
		.answer_ms = AT_LOCAL_MS,
		.code = "modem",
		.what = "AT+QSCLK=1",
	},
	/* The answer ends with OK; a boot URC "+CPIN: READY" is not it. */
	{
		.send = "AT+CPIN?",
		.matches = {{"OK", CHAT_NEXT}, {"+CPIN: S*", CHAT_FAIL},
			{"+CPIN: P*", CHAT_FAIL},
			{"+CME ERROR: *", CHAT_AGAIN}},
		.answer_ms = 5000,
		.total_ms = 10000,
		.pause_ms = 100,
		.code = "sim",
		.what = "AT+CPIN?",
	},
};
const size_t script_setup_len = LEN(script_setup);
