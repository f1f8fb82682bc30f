#include "reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct code_text {
	int code;
	const char *text;
};

/* man [EC20 AT V1.0 error codes], [EC20 FILE V1.0 §5]: those a client like
 * this one can meet. */
static const struct code_text cme_texts[] = {
	{3, "operation not allowed"},
	{4, "operation not supported"},
	{10, "SIM not inserted"},
	{11, "SIM PIN required"},
	{12, "SIM PUK required"},
	{13, "SIM failure"},
	{14, "SIM busy"},
	{15, "SIM wrong"},
	{16, "incorrect password"},
	{30, "no network service"},
	{31, "network timeout"},
	{400, "invalid input value"},
	{403, "drive full"},
	{405, "file not found"},
	{406, "invalid file name"},
	{407, "file already exists"},
	{409, "write failed"},
	{410, "open failed"},
	{411, "read failed"},
	{417, "listing failed"},
	{418, "deletion failed"},
	{419, "disk info not available"},
	{420, "no space"},
	{421, "time-out"},
	{423, "file too large"},
	{425, "invalid parameter"},
	{426, "file already open"},
};

/* man [EC2x TCP/IP V1.0], [EC20 SSL V1.0]: one list for both. */
static const struct code_text net_texts[] = {
	{0, "operation successful"},
	{550, "unknown error"},
	{551, "operation blocked"},
	{552, "invalid parameters"},
	{553, "memory not enough"},
	{554, "create socket failed"},
	{555, "operation not supported"},
	{556, "socket bind failed"},
	{557, "socket listen failed"},
	{558, "socket write failed"},
	{559, "socket read failed"},
	{560, "socket accept failed"},
	{561, "open PDP context failed"},
	{562, "close PDP context failed"},
	{563, "socket identity has been used"},
	{564, "DNS busy"},
	{565, "DNS parse failed"},
	{566, "socket connect failed"},
	{567, "socket has been closed"},
	{568, "operation busy"},
	{569, "operation timeout"},
	{570, "PDP context broken down"},
	{571, "cancel send"},
	{572, "operation not allowed"},
	{573, "APN not configured"},
	{574, "port busy"},
};

static const char *find(const struct code_text *t, size_t n, long code)
{
	for (size_t i = 0; i < n; i++)
		if (t[i].code == code)
			return t[i].text;
	return "unknown code";
}

const char *reason_cme_text(long code)
{
	return find(cme_texts, sizeof(cme_texts) / sizeof(*cme_texts), code);
}

const char *reason_net_text(long code)
{
	return find(net_texts, sizeof(net_texts) / sizeof(*net_texts), code);
}

int reason_set(struct reason *r, const char *code, const char *fmt, ...)
{
	va_list ap;

	r->code = code;
	va_start(ap, fmt);
	vsnprintf(r->text, sizeof(r->text), fmt, ap);
	va_end(ap);
	return -1;
}

void reason_add(struct reason *r, const char *fmt, ...)
{
	size_t used = strlen(r->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->text + used, sizeof(r->text) - used, fmt, ap);
	va_end(ap);
}
