#include "at/cme.h"

#include <stddef.h>

struct code {
	enum err err;
	int number;
	const char *text;
};

/*
 * +CME ERROR [AT §8]: numbers man, text with a lower-case first letter cap
 * (EC25); 400 "Invalid input value" cap (EC25). That text is in the table of
 * the FILE manuals as host code for a BG95 quotes it, so the other file texts
 * are those of that table, too: inf [FILE §1].
 */
static const struct code cme_codes[] = {
	{ERR_UNKNOWN, 0, "phone failure"},
	{ERR_FAULT, 0, "phone failure"},
	{ERR_NOT_ALLOWED, 3, "operation not allowed"},
	{ERR_NOT_SUPPORTED, 4, "operation not supported"},
	{ERR_SIM_NOT_INSERTED, 10, "SIM not inserted"},
	{ERR_SIM_PIN_REQUIRED, 11, "SIM PIN required"},
	{ERR_SIM_PUK_REQUIRED, 12, "SIM PUK required"},
	{ERR_SIM_FAILURE, 13, "SIM failure"},
	{ERR_SIM_BUSY, 14, "SIM busy"},
	{ERR_SIM_WRONG, 15, "SIM wrong"},
	{ERR_PASSWORD, 16, "incorrect password"},
	{ERR_SIM_PIN2_REQUIRED, 17, "SIM PIN2 required"},
	{ERR_SIM_PUK2_REQUIRED, 18, "SIM PUK2 required"},
	{ERR_NO_MEMORY, 23, "memory failure"},
	{ERR_NO_SERVICE, 30, "no network service"},
	{ERR_TIMEOUT, 31, "network timeout"},
	/* Capital letters as 400 has, inf [AT §8]. */
	{ERR_GNSS_SUPPORT, 502, "Operation not supported"},
	{ERR_GNSS_ON, 504, "Session is ongoing"},
	{ERR_GNSS_OFF, 505, "Session not active"},
	{ERR_GNSS_FIX, 516, "Not fixed now"},
	{ERR_FILE_PARAM, 400, "Invalid input value"},
	{ERR_FILE_LARGER, 401, "Larger than the size of the file"},
	{ERR_FILE_ZERO_READ, 402, "Read zero byte"},
	{ERR_FILE_DRIVE_FULL, 403, "Drive full"},
	{ERR_FILE_NOT_FOUND, 405, "File not found"},
	{ERR_FILE_NAME, 406, "Invalid file name"},
	{ERR_FILE_EXISTS, 407, "File already existed"},
	{ERR_FILE_WRITE, 409, "Fail to write the file"},
	{ERR_FILE_OPEN, 410, "Fail to open the file"},
	{ERR_FILE_READ, 411, "Fail to read the file"},
	{ERR_FILE_TOO_MANY, 413,
		"Reach the max number of file allowed to be opened"},
	{ERR_FILE_READONLY, 414, "The file read-only"},
	{ERR_FILE_HANDLE, 416, "Invalid file descriptor"},
	{ERR_FILE_LIST, 417, "Fail to list the file"},
	{ERR_FILE_DELETE, 418, "Fail to delete the file"},
	{ERR_FILE_DISK, 419, "Fail to get disk info"},
	{ERR_FILE_NO_SPACE, 420, "No space"},
	{ERR_FILE_TIMEOUT, 421, "Time out"},
	{ERR_FILE_TOO_LARGE, 423, "File too large"},
	{ERR_FILE_INVALID, 425, "Invalid parameter"},
	{ERR_FILE_ALREADY_OPEN, 426, "File already opened"},
};

/*
 * +QIGETERROR and result URCs [TCP §12]: numbers man; texts 0 and 552 kin
 * (BG770A, Quectel LTE HAT), the others the EC20 manual's wording, its capital
 * Identity included.
 */
static const struct code net_codes[] = {
	{ERR_OK, 0, "operate successfully"},
	{ERR_NET_UNKNOWN, 550, "unknown error"},
	{ERR_NET_BLOCKED, 551, "operation blocked"},
	{ERR_NET_PARAM, 552, "invalid parameters"},
	{ERR_NET_MEMORY, 553, "memory not enough"},
	{ERR_NET_SOCKET, 554, "create socket failed"},
	{ERR_NET_NOT_SUPPORTED, 555, "operation not supported"},
	{ERR_NET_BIND, 556, "socket bind failed"},
	{ERR_NET_LISTEN, 557, "socket listen failed"},
	{ERR_NET_WRITE, 558, "socket write failed"},
	{ERR_NET_READ, 559, "socket read failed"},
	{ERR_NET_ACCEPT, 560, "socket accept failed"},
	{ERR_NET_PDP_OPEN, 561, "open PDP context failed"},
	{ERR_NET_PDP_CLOSE, 562, "close PDP context failed"},
	{ERR_NET_ID_USED, 563, "socket Identity has been used"},
	{ERR_NET_DNS_BUSY, 564, "DNS busy"},
	{ERR_NET_DNS, 565, "DNS parse failed"},
	{ERR_NET_CONNECT, 566, "socket connect failed"},
	{ERR_NET_CLOSED, 567, "socket has been closed"},
	{ERR_NET_BUSY, 568, "operation busy"},
	{ERR_NET_TIMEOUT, 569, "operation timeout"},
	{ERR_NET_PDP_BROKEN, 570, "PDP context break down"},
	{ERR_NET_CANCEL, 571, "cancel send"},
	{ERR_NET_NOT_ALLOWED, 572, "operation not allowed"},
	{ERR_NET_NO_APN, 573, "APN not configured"},
	{ERR_NET_PORT_BUSY, 574, "port busy"},
	/* Other errors a TCP/IP command can meet. */
	{ERR_SYNTAX, 552, "invalid parameters"},
	{ERR_PARAM, 552, "invalid parameters"},
	{ERR_NO_MEMORY, 553, "memory not enough"},
	{ERR_NOT_SUPPORTED, 555, "operation not supported"},
	{ERR_NOT_MODELLED, 555, "operation not supported"},
	{ERR_NOT_ALLOWED, 572, "operation not allowed"},
	{ERR_TIMEOUT, 569, "operation timeout"},
	{ERR_BUSY, 568, "operation busy"},
};

static const struct code *find(const struct code *codes, size_t n, enum err err)
{
	for (size_t i = 0; i < n; i++)
		if (codes[i].err == err)
			return &codes[i];
	return NULL;
}

bool cme_number(const struct profile *profile, enum err err, int *number,
	const char **text)
{
	const struct code *code =
		find(cme_codes, sizeof(cme_codes) / sizeof(*cme_codes), err);

	if (code != NULL) {
		*number = code->number;
		*text = code->text;
		return true;
	}
	/* A bad argument of a 3GPP command may have a number [AT §1]. */
	*number = (int)profile->at_code_param;
	*text = "operation not allowed";
	return err == ERR_PARAM && *number != 0;
}

static bool is_tls(enum err err)
{
	return err == ERR_TLS_FILE || err == ERR_TLS_CONFIG ||
	       err == ERR_TLS_VERIFY || err == ERR_TLS_ALERT ||
	       err == ERR_TLS_HANDSHAKE;
}

int cme_net_code(const struct profile *profile, enum err err, const char **text)
{
	static const size_t n = sizeof(net_codes) / sizeof(*net_codes);
	const struct code *code;

	if (is_tls(err)) {
		/* One number for all of them [SSL §3]; which, by profile. */
		for (size_t i = 0; i < n; i++)
			if (net_codes[i].number == profile->ssl_code_tls) {
				*text = net_codes[i].text;
				return net_codes[i].number;
			}
		err = ERR_NET_CONNECT;
	}
	code = find(net_codes, n, err);
	if (code == NULL)
		code = find(net_codes, n, ERR_NET_UNKNOWN);
	*text = code->text;
	return code->number;
}
