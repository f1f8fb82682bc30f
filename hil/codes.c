#include "hil/codes.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * Numbers and meanings are the manuals'; ref says which list. Causes and
 * remedies are ours unless a rule (explain_rules.c) knows better.
 */
/* clang-format off */
#define M GRADE_MAN
#define K GRADE_KIN
#define C GRADE_CAP

static const struct code_row rows[] = {
	/* +CME ERROR, general [AT §8] */
	{CODE_CME, 0, "Phone failure", NULL, "read AT+CEER and restart the module if it stays", M, "[AT §8]"},
	{CODE_CME, 1, "No connection to phone", NULL, NULL, M, "[AT §8]"},
	{CODE_CME, 2, "Phone-adaptor link reserved", NULL, NULL, M, "[AT §8]"},
	{CODE_CME, 3, "Operation not allowed", "the command does not fit the module's state; without a SIM AT+CIMI says so too", "check the state it needs: SIM, registration, function level", M, "[AT §8]"},
	{CODE_CME, 4, "Operation not supported", "this firmware does not have the command or the value", "ask the command's =? form what it takes", M, "[AT §8]"},
	{CODE_CME, 5, "PH-SIM PIN required", "the module is locked to another SIM", "enter the phone lock code", M, "[AT §8]"},
	{CODE_CME, 6, "PH-FSIM PIN required", "the module is locked to its first SIM", "enter the phone lock code", M, "[AT §8]"},
	{CODE_CME, 7, "PH-FSIM PUK required", NULL, "enter the unblocking code", M, "[AT §8]"},
	{CODE_CME, 10, "SIM not inserted", "no SIM, a bad contact, or the module has only just started", "poll AT+CPIN? for some seconds after RDY; if it stays, reseat the SIM", C, "[AT §5.1]"},
	{CODE_CME, 11, "SIM PIN required", "the SIM is locked", "send AT+CPIN=\"PIN\"", M, "[AT §8]"},
	{CODE_CME, 12, "SIM PUK required", "the PIN was wrong three times", "send AT+CPIN=\"PUK\",\"new PIN\"", M, "[AT §8]"},
	{CODE_CME, 13, "SIM failure", "no SIM, or the SIM does not answer; also while AT+CFUN is 0", "check AT+CPIN? and AT+CFUN?, reseat the SIM", C, "[AT §4]"},
	{CODE_CME, 14, "SIM busy", "the SIM is still starting", "ask again after 100 ms", C, "[AT §5.1]"},
	{CODE_CME, 15, "SIM wrong", "this SIM is not the one the module accepts", "use the right SIM, or remove the lock", M, "[AT §8]"},
	{CODE_CME, 16, "Incorrect password", "wrong PIN or password", "read AT+QPINC? for the tries left before the next", M, "[AT §8]"},
	{CODE_CME, 17, "SIM PIN2 required", NULL, "enter PIN2", M, "[AT §8]"},
	{CODE_CME, 18, "SIM PUK2 required", NULL, "enter PUK2", M, "[AT §8]"},
	{CODE_CME, 20, "Memory full", NULL, "delete entries", M, "[AT §8]"},
	{CODE_CME, 21, "Invalid index", NULL, "use an index that exists", M, "[AT §8]"},
	{CODE_CME, 22, "Not found", NULL, NULL, M, "[AT §8]"},
	{CODE_CME, 23, "Memory failure", NULL, NULL, M, "[AT §8]"},
	{CODE_CME, 24, "Text string too long", NULL, "shorten the text", M, "[AT §8]"},
	{CODE_CME, 25, "Invalid characters in text string", NULL, "check AT+CSCS", M, "[AT §8]"},
	{CODE_CME, 26, "Dial string too long", NULL, "shorten the number", M, "[AT §8]"},
	{CODE_CME, 27, "Invalid characters in dial string", NULL, NULL, M, "[AT §8]"},
	{CODE_CME, 30, "No network service", "not registered", "check AT+CEREG? and AT+CSQ", M, "[AT §8]"},
	{CODE_CME, 31, "Network timeout", NULL, "try again", M, "[AT §8]"},
	{CODE_CME, 32, "Network not allowed - emergency calls only", "the network refuses this SIM", "check the subscription", M, "[AT §8]"},
	{CODE_CME, 40, "Network personalization PIN required", "the module is locked to an operator", "enter the unlock code", M, "[AT §8]"},
	{CODE_CME, 41, "Network personalization PUK required", NULL, "enter the unblocking code", M, "[AT §8]"},
	{CODE_CME, 42, "Network subset personalization PIN required", NULL, "enter the unlock code", M, "[AT §8]"},
	{CODE_CME, 43, "Network subset personalization PUK required", NULL, "enter the unblocking code", M, "[AT §8]"},
	{CODE_CME, 44, "Service provider personalization PIN required", NULL, "enter the unlock code", M, "[AT §8]"},
	{CODE_CME, 45, "Service provider personalization PUK required", NULL, "enter the unblocking code", M, "[AT §8]"},
	{CODE_CME, 46, "Corporate personalization PIN required", NULL, "enter the unlock code", M, "[AT §8]"},
	{CODE_CME, 47, "Corporate personalization PUK required", NULL, "enter the unblocking code", M, "[AT §8]"},
	{CODE_CME, 901, "Audio unknown error", NULL, NULL, M, "[AT §8]"},
	{CODE_CME, 902, "Audio invalid parameters", NULL, NULL, M, "[AT §8]"},
	{CODE_CME, 903, "Audio operation not supported", NULL, NULL, M, "[AT §8]"},
	{CODE_CME, 904, "Audio device busy", NULL, NULL, M, "[AT §8]"},
	/* files [FILE §5]; K: only in the BG96's list */
	{CODE_CME, 400, "Invalid input value", "a bad file name, size or storage prefix; prefixes are upper case", "write RAM: or UFS: in capitals and check the size", C, "[FILE §1]"},
	{CODE_CME, 401, "Larger than the size of the file", "an offset behind the file's end", "read the size with AT+QFLST", K, "[FILE §5]"},
	{CODE_CME, 402, "Read zero byte", "the file pointer is at the end", "AT+QFSEEK to the start", K, "[FILE §5]"},
	{CODE_CME, 403, "Drive full", "the storage has no room", "look with AT+QFLDS, delete with AT+QFDEL", M, "[FILE §5]"},
	{CODE_CME, 405, "File not found", "no file has this name in this storage; RAM: is empty after each reset", "upload it again, and check the storage prefix", K, "[FILE §5]"},
	{CODE_CME, 406, "Invalid file name", "longer than 80 bytes, or characters it does not take", "shorten the name", M, "[FILE §5]"},
	{CODE_CME, 407, "File already exists", "AT+QFUPL does not replace a file", "AT+QFDEL it first and take 418 for fine", K, "[FILE §4.4]"},
	{CODE_CME, 409, "Writing the file failed", NULL, "check the room with AT+QFLDS", M, "[FILE §5]"},
	{CODE_CME, 410, "Opening the file failed", NULL, "list it with AT+QFLST", M, "[FILE §5]"},
	{CODE_CME, 411, "Reading the file failed", NULL, NULL, M, "[FILE §5]"},
	{CODE_CME, 413, "Too many files are open", "handles were not closed", "AT+QFOPEN? and AT+QFCLOSE", K, "[FILE §5]"},
	{CODE_CME, 414, "File is read-only", "it was opened with mode 2", "open it with mode 0 or 1", K, "[FILE §5]"},
	{CODE_CME, 416, "Invalid file descriptor", "the handle is not open", "use the number of +QFOPEN; do not guess it", K, "[FILE §5]"},
	{CODE_CME, 417, "Listing the files failed", NULL, NULL, M, "[FILE §5]"},
	{CODE_CME, 418, "Deleting the file failed", "on an EC25 this is also the answer for a file that is not there", "before an upload it is fine: go on", C, "[FILE §4.3]"},
	{CODE_CME, 419, "Storage information is not available", "the file system is still starting, 3 to 5 s after RDY; or no SD card", "wait 5 s after RDY and ask again", M, "[FILE §5]"},
	{CODE_CME, 420, "No space", "the file is larger than the free space", "look with AT+QFLDS, delete with AT+QFDEL", M, "[FILE §5]"},
	{CODE_CME, 421, "Time-out", "fewer bytes came than AT+QFUPL announced", "announce exactly the bytes that are sent, and send them at once", M, "[FILE §4.4]"},
	{CODE_CME, 423, "File too large", NULL, "make it smaller", M, "[FILE §5]"},
	{CODE_CME, 425, "Invalid parameter", NULL, "ask the command's =? form", M, "[FILE §5]"},
	{CODE_CME, 426, "File is already open", NULL, "close it with AT+QFCLOSE", M, "[FILE §5]"},
	/* GNSS, of the EC25&EC21 GNSS manual [AT §8] */
	{CODE_CME, 501, "GNSS: invalid parameters", NULL, NULL, M, "[AT §8]"},
	{CODE_CME, 502, "GNSS: operation not supported", NULL, NULL, M, "[AT §8]"},
	{CODE_CME, 503, "GNSS: subsystem busy", NULL, "ask again later", M, "[AT §8]"},
	{CODE_CME, 504, "GNSS: a session is ongoing", "it is on already", "that is fine, or AT+QGPSEND first", M, "[AT §8]"},
	{CODE_CME, 505, "GNSS: no session is active", "it is off", "AT+QGPS=1 first", M, "[AT §8]"},
	{CODE_CME, 506, "GNSS: operation time-out", NULL, "ask again", M, "[AT §8]"},
	{CODE_CME, 507, "GNSS: function not enabled", NULL, NULL, M, "[AT §8]"},
	{CODE_CME, 508, "GNSS: error of time information", NULL, NULL, M, "[AT §8]"},
	{CODE_CME, 512, "GNSS: validity time out of range", NULL, NULL, M, "[AT §8]"},
	{CODE_CME, 513, "GNSS: internal resource error", NULL, NULL, M, "[AT §8]"},
	{CODE_CME, 514, "GNSS: locked", NULL, NULL, M, "[AT §8]"},
	{CODE_CME, 515, "GNSS: ended by an emergency call", NULL, NULL, M, "[AT §8]"},
	{CODE_CME, 516, "GNSS: not fixed now", "no position yet", "wait under open sky, up to minutes after a cold start", M, "[AT §8]"},
	{CODE_CME, 549, "GNSS: unknown error", NULL, NULL, M, "[AT §8]"},
	/* +CMS ERROR [AT §8] */
	{CODE_CMS, 107, "Other general error", NULL, NULL, M, "[AT §8]"},
	{CODE_CMS, 300, "ME failure", NULL, NULL, M, "[AT §8]"},
	{CODE_CMS, 301, "SMS service of ME reserved", NULL, NULL, M, "[AT §8]"},
	{CODE_CMS, 302, "Operation not allowed", NULL, NULL, M, "[AT §8]"},
	{CODE_CMS, 303, "Operation not supported", NULL, NULL, M, "[AT §8]"},
	{CODE_CMS, 304, "Invalid PDU mode parameter", NULL, "check AT+CMGF and the PDU's length", M, "[AT §8]"},
	{CODE_CMS, 305, "Invalid text mode parameter", NULL, "check AT+CMGF and AT+CSMP", M, "[AT §8]"},
	{CODE_CMS, 310, "SIM not inserted", NULL, "reseat the SIM", M, "[AT §8]"},
	{CODE_CMS, 311, "SIM PIN necessary", NULL, "AT+CPIN=\"PIN\"", M, "[AT §8]"},
	{CODE_CMS, 312, "PH-SIM PIN necessary", NULL, NULL, M, "[AT §8]"},
	{CODE_CMS, 313, "SIM failure", NULL, "reseat the SIM", M, "[AT §8]"},
	{CODE_CMS, 314, "SIM busy", "the SIM is still starting", "wait for +QIND: SMS DONE", M, "[AT §8]"},
	{CODE_CMS, 315, "SIM wrong", NULL, NULL, M, "[AT §8]"},
	{CODE_CMS, 316, "SIM PUK required", NULL, "AT+CPIN=\"PUK\",\"new PIN\"", M, "[AT §8]"},
	{CODE_CMS, 317, "SIM PIN2 required", NULL, NULL, M, "[AT §8]"},
	{CODE_CMS, 318, "SIM PUK2 required", NULL, NULL, M, "[AT §8]"},
	{CODE_CMS, 320, "Memory failure", NULL, NULL, M, "[AT §8]"},
	{CODE_CMS, 321, "Invalid memory index", NULL, "list with AT+CMGL", M, "[AT §8]"},
	{CODE_CMS, 322, "SMS memory full", NULL, "delete with AT+CMGD", M, "[AT §8]"},
	{CODE_CMS, 330, "SMSC address unknown", NULL, "set AT+CSCA", M, "[AT §8]"},
	{CODE_CMS, 331, "No network", NULL, "check AT+CREG?; a data-only SIM has no SMS", M, "[AT §8]"},
	{CODE_CMS, 332, "Network time-out", NULL, "try again", M, "[AT §8]"},
	{CODE_CMS, 340, "No +CNMA acknowledgement expected", NULL, NULL, M, "[AT §8]"},
	{CODE_CMS, 350, "Unknown; seen when the network refuses a message", NULL, "check that the subscription may send SMS", M, "[AT §8]"},
	{CODE_CMS, 500, "Unknown", NULL, NULL, M, "[AT §8]"},
	{CODE_CMS, 510, "Message blocked", NULL, NULL, M, "[AT §8]"},
	{CODE_CMS, 512, "SIM not ready", "the SIM's messages are still being read", "wait for +QIND: SMS DONE", M, "[AT §8]"},
	{CODE_CMS, 513, "Message length exceeds", NULL, "shorten the message", M, "[AT §8]"},
	{CODE_CMS, 514, "Invalid request parameters", NULL, NULL, M, "[AT §8]"},
	{CODE_CMS, 515, "ME storage failure", NULL, NULL, M, "[AT §8]"},
	{CODE_CMS, 517, "Invalid service mode", NULL, NULL, M, "[AT §8]"},
	{CODE_CMS, 528, "More message to send state error", NULL, NULL, M, "[AT §8]"},
	{CODE_CMS, 529, "MO SMS is not allowed", NULL, "check the subscription", M, "[AT §8]"},
	{CODE_CMS, 530, "GPRS is suspended", NULL, NULL, M, "[AT §8]"},
	{CODE_CMS, 531, "ME storage full", NULL, "delete with AT+CMGD", M, "[AT §8]"},
	/* TCP/IP and SSL [TCP §12], [SSL §10] */
	{CODE_NET, 550, "unknown error", NULL, NULL, M, "[TCP §12]"},
	{CODE_NET, 551, "operation blocked", NULL, NULL, M, "[TCP §12]"},
	{CODE_NET, 552, "invalid parameters", "an argument is missing, unquoted or out of range; if the command is right, the data stack may be dead", "compare with the command's =? form", M, "[TCP §12]"},
	{CODE_NET, 553, "memory not enough", NULL, "close sockets, restart if it stays", M, "[TCP §12]"},
	{CODE_NET, 554, "create socket failed", "the module has no socket left", "close sockets with AT+QICLOSE; deactivate and activate the context", M, "[TCP §12]"},
	{CODE_NET, 555, "operation not supported", NULL, NULL, M, "[TCP §12]"},
	{CODE_NET, 556, "socket bind failed", "the local port is in use", "use local port 0", M, "[TCP §12]"},
	{CODE_NET, 557, "socket listen failed", NULL, NULL, M, "[TCP §12]"},
	{CODE_NET, 558, "socket write failed", NULL, "close and open again", M, "[TCP §12]"},
	{CODE_NET, 559, "socket read failed", NULL, "close and open again", M, "[TCP §12]"},
	{CODE_NET, 560, "socket accept failed", NULL, NULL, M, "[TCP §12]"},
	{CODE_NET, 561, "open PDP context failed", "the context is not active, or the network refused it", "check registration and the APN, then AT+QIDEACT and AT+QIACT", M, "[TCP §12]"},
	{CODE_NET, 562, "close PDP context failed", NULL, "restart after the third time", M, "[TCP §2.3]"},
	{CODE_NET, 563, "socket Identity has been used", "the id was opened before and never closed; a failed open and a peer's close keep it too", "AT+QICLOSE or AT+QSSLCLOSE before each open", M, "[TCP §3]"},
	{CODE_NET, 564, "DNS busy", "another name is being resolved", "try again", M, "[TCP §12]"},
	{CODE_NET, 565, "DNS parse failed", "the name does not exist, or no name server answers", "AT+QIDNSGIP with the name and AT+QIDNSCFG=1 show which", M, "[TCP §12]"},
	{CODE_NET, 566, "socket connect failed; on a TLS socket also any failure of the handshake, the certificates or their files", "nobody listens there, or a firewall refuses", "tell the two apart with AT+QIOPEN to the same address", M, "[SSL §3]"},
	{CODE_NET, 567, "socket has been closed", NULL, "close and open again", M, "[TCP §12]"},
	{CODE_NET, 568, "operation busy", "a name must be resolved while another socket is closing", "wait for the close, then open", M, "[TCP §3]"},
	{CODE_NET, 569, "operation timeout", "no answer: a firewall that drops, a dead address, or a server that is silent", "AT+QPING, then another port", M, "[TCP §12]"},
	{CODE_NET, 570, "PDP context break down", "the network took the context away", "AT+QIDEACT, then AT+QIACT", M, "[TCP §12]"},
	{CODE_NET, 571, "cancel send", "ESC ended the input", NULL, M, "[TCP §12]"},
	{CODE_NET, 572, "operation not allowed", NULL, NULL, M, "[TCP §12]"},
	{CODE_NET, 573, "APN not configured", "AT+QIACT came before AT+QICSGP", "AT+QICSGP=1,1,\"apn\",\"user\",\"password\",auth first", M, "[TCP §12]"},
	{CODE_NET, 574, "port busy", NULL, NULL, M, "[TCP §12]"},
	/* HTTP(S) [HTTP §10]; 705 and 701 also as +CME ERROR */
	{CODE_HTTP, 701, "HTTP: unknown error", "any failure that has no number, TLS among them", "set \"sni\" to 1, check the CA file against \"seclevel\"", M, "[HTTP §10]"},
	{CODE_HTTP, 702, "HTTP: time-out", NULL, "raise the time, check the server", M, "[HTTP §10]"},
	{CODE_HTTP, 703, "HTTP: busy", "a request is still running", "wait for its URC", M, "[HTTP §10]"},
	{CODE_HTTP, 704, "HTTP: UART busy", "another port is in data mode", NULL, M, "[HTTP §10]"},
	{CODE_HTTP, 705, "HTTP: no GET or POST request", "nothing to read: no request ended well, or it was read already", "read once, after the request's URC", C, "[HTTP §10]"},
	{CODE_HTTP, 706, "HTTP: network busy", NULL, NULL, M, "[HTTP §10]"},
	{CODE_HTTP, 707, "HTTP: network could not be opened", "the context is not active", "AT+QIACT, and AT+QHTTPCFG=\"contextid\"", M, "[HTTP §10]"},
	{CODE_HTTP, 708, "HTTP: network not configured", NULL, "AT+QICSGP", M, "[HTTP §10]"},
	{CODE_HTTP, 709, "HTTP: network deactivated", NULL, "AT+QIACT", M, "[HTTP §10]"},
	{CODE_HTTP, 710, "HTTP: network error", NULL, NULL, M, "[HTTP §10]"},
	{CODE_HTTP, 711, "HTTP: bad URL", "the length or the scheme is wrong", "announce the URL's exact length", M, "[HTTP §10]"},
	{CODE_HTTP, 712, "HTTP: no URL", NULL, "AT+QHTTPURL first", M, "[HTTP §10]"},
	{CODE_HTTP, 713, "HTTP: bad IP address", NULL, NULL, M, "[HTTP §10]"},
	{CODE_HTTP, 714, "HTTP: DNS error", "the name is not resolved", "AT+QIDNSGIP with the name", M, "[HTTP §10]"},
	{CODE_HTTP, 715, "HTTP: socket create failed", NULL, NULL, M, "[HTTP §10]"},
	{CODE_HTTP, 716, "HTTP: socket connect failed", "nobody listens there", "check address and port", M, "[HTTP §10]"},
	{CODE_HTTP, 717, "HTTP: socket read failed", NULL, NULL, M, "[HTTP §10]"},
	{CODE_HTTP, 718, "HTTP: socket write failed", NULL, NULL, M, "[HTTP §10]"},
	{CODE_HTTP, 719, "HTTP: socket closed", "the server closed early", NULL, M, "[HTTP §10]"},
	{CODE_HTTP, 720, "HTTP: encode error", NULL, NULL, M, "[HTTP §10]"},
	{CODE_HTTP, 721, "HTTP: decode error", NULL, NULL, M, "[HTTP §10]"},
	{CODE_HTTP, 722, "HTTP: read time-out", NULL, NULL, M, "[HTTP §10]"},
	{CODE_HTTP, 723, "HTTP: response failed", NULL, NULL, M, "[HTTP §10]"},
	{CODE_HTTP, 724, "HTTP: incoming call", NULL, NULL, M, "[HTTP §10]"},
	{CODE_HTTP, 725, "HTTP: voice call active", NULL, NULL, M, "[HTTP §10]"},
	{CODE_HTTP, 726, "HTTP: input time-out", "fewer bytes came than were announced", "announce exactly the bytes that are sent", M, "[HTTP §10]"},
	{CODE_HTTP, 727, "HTTP: waited too long for data", NULL, NULL, M, "[HTTP §10]"},
	{CODE_HTTP, 728, "HTTP: waited too long for the response", NULL, NULL, M, "[HTTP §10]"},
	{CODE_HTTP, 729, "HTTP: no memory", NULL, NULL, M, "[HTTP §10]"},
	{CODE_HTTP, 730, "HTTP: bad parameter", NULL, NULL, M, "[HTTP §10]"},
	/* +QMTOPEN [MQTT §3] */
	{CODE_MQTT, -1, "MQTT: the network could not be opened", "the connection failed, TLS included; the number does not say why", "try AT+QSSLOPEN with the same context, and set \"sni\" to 1", M, "[MQTT §3]"},
	{CODE_MQTT, 1, "MQTT: wrong parameter", NULL, NULL, M, "[MQTT §3]"},
	{CODE_MQTT, 2, "MQTT: the client index is in use", NULL, "AT+QMTCLOSE first", M, "[MQTT §3]"},
	{CODE_MQTT, 3, "MQTT: the context could not be activated", NULL, "check registration and the APN", M, "[MQTT §3]"},
	{CODE_MQTT, 4, "MQTT: the name was not resolved", NULL, "AT+QIDNSGIP with the name", M, "[MQTT §3]"},
	{CODE_MQTT, 5, "MQTT: network connection error", NULL, "check address and port", M, "[MQTT §3]"},
};
/* clang-format on */

#define N_ROWS (sizeof(rows) / sizeof(*rows))

/* Texts of CMEE=2 that differ from the meaning above, seen on modules or by
 * analogy with them [HTTP §10], [FILE §5]. */
static const struct {
	const char *text;
	int number;
} texts[] = {
	{"Drive full", 403},
	{"File already existed", 407},
	{"Fail to write the file", 409},
	{"Fail to open the file", 410},
	{"Fail to read the file", 411},
	{"Reach the max number of file allowed to be opened", 413},
	{"The file read-only", 414},
	{"Fail to list the file", 417},
	{"Fail to delete the file", 418},
	{"Fail to get disk info", 419},
	{"Time out", 421},
	{"File already opened", 426},
	{"Http unknown error", 701},
	{"Http timeout", 702},
	{"Http busy", 703},
	{"Http no get/post request", 705},
	{"Http network open fail", 707},
	{"Http dns error", 714},
	{"Http socket connect error", 716},
};

const struct code_row *code_rows(size_t *n)
{
	*n = N_ROWS;
	return rows;
}

const struct code_row *code_find(enum code_family family, int number)
{
	/* Some HTTP errors come as +CME ERROR. */
	if (family == CODE_CME && number >= 701 && number <= 730)
		family = CODE_HTTP;
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].family == family && rows[i].number == number)
			return &rows[i];
	return NULL;
}

int code_of_text(enum code_family family, const char *text)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].family == family &&
			strcasecmp(rows[i].meaning, text) == 0)
			return rows[i].number;
	if (family != CODE_CME && family != CODE_HTTP)
		return -1;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (strcasecmp(texts[i].text, text) == 0)
			return texts[i].number;
	return -1;
}
