#include "hil/volatile.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Lines whose numbers, quoted hex included, say nothing about the modem. */
static const struct {
	const char *line;
	bool hex; /* quoted strings of hex digits too: lac, ci */
} by_line[] = {
	{"+CSQ: ", false},
	{"+QCSQ: ", false},
	{"+CESQ: ", false},
	{"+QPING: ", false},
	{"+QNTP: ", false},
	{"+CREG: ", true},
	{"+CGREG: ", true},
	{"+CEREG: ", true},
};

/* Commands whose answers are a number of the SIM or the modem. */
static const char *const by_command[] = {"AT+GSN", "AT+CGSN", "AT+CIMI",
	"AT+QCCID", "AT+CCID", "AT+ICCID", "AT+CNUM"};

/* Where a port of this machine may stand, which the system picks. */
static const char *const with_ports[] = {"+QISTATE: ", "+QSSLSTATE: ",
	"+QIURC: \"incoming", "+QIURC: \"recv\"", "AT+QIOPEN=", "AT+QISEND="};

static size_t digits(const char *s)
{
	return strspn(s, "0123456789");
}

/* `192.0.2.1`: its length, or 0. */
static size_t ip_len(const char *s)
{
	size_t n = 0;

	for (int part = 0; part < 4; part++) {
		size_t d = digits(s + n);

		if (d == 0 || d > 3 || (part < 3 && s[n + d] != '.'))
			return 0;
		n += d + (part < 3);
	}
	return n;
}

/* `17/12/08,09:00:00+36`, or with a year of four digits. */
static size_t time_len(const char *s)
{
	static const char form[] = "dd/dd/dd,dd:dd:dd";
	size_t skip = digits(s) == 4 ? 2 : 0, n;

	for (n = 0; form[n] != '\0'; n++) {
		char c = s[skip + n];

		if (form[n] == 'd' ? !isdigit((unsigned char)c) : c != form[n])
			return 0;
	}
	n += skip;
	if ((s[n] == '+' || s[n] == '-') && digits(s + n + 1) == 2)
		n += 3;
	return n;
}

/* `324f4041-648b-2f9d-1af2-17309e92d8c6`: its length, or 0. */
static size_t uuid_len(const char *s)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t n;

	for (n = 0; form[n] != '\0'; n++)
		if (form[n] == 'x' ? !isxdigit((unsigned char)s[n])
				   : s[n] != '-')
			return 0;
	return n;
}

static size_t hex_len(const char *s)
{
	size_t n = strspn(s, "0123456789ABCDEFabcdef");

	return n >= 2 && s[n] == '"' ? n : 0;
}

static bool is_numbers_command(const char *command)
{
	for (size_t i = 0; i < sizeof(by_command) / sizeof(*by_command); i++)
		if (strncasecmp(
			    command, by_command[i], strlen(by_command[i])) == 0)
			return true;
	return false;
}

/* A number of the range that systems pick ports from: its length, or 0. */
static size_t port_len(const char *s)
{
	size_t n = digits(s);

	return n == 5 && strncmp(s, "32768", 5) >= 0 &&
			       strncmp(s, "65535", 5) <= 0
		       ? n
		       : 0;
}

static bool has_ports(const char *line)
{
	for (size_t i = 0; i < sizeof(with_ports) / sizeof(*with_ports); i++)
		if (strncasecmp(line, with_ports[i], strlen(with_ports[i])) ==
			0)
			return true;
	return false;
}

bool volatile_class(const char *command, const char *line, struct buf *out)
{
	bool numbers = false, hex = false, ok = true;
	bool own = is_numbers_command(command), ports = has_ports(line);

	for (size_t i = 0; i < sizeof(by_line) / sizeof(*by_line); i++)
		if (strncmp(line, by_line[i].line, strlen(by_line[i].line)) ==
			0) {
			/* Of registration the two states count. */
			hex = by_line[i].hex;
			numbers = !hex;
		}
	for (const char *s = line; ok && *s != '\0';) {
		bool start = s == line || !isalnum((unsigned char)s[-1]);
		size_t n;

		if (start && (n = ip_len(s)) > 0)
			ok = buf_adds(out, "{ip}");
		else if (start && (n = time_len(s)) > 0)
			ok = buf_adds(out, "{time}");
		else if (start && (n = uuid_len(s)) > 0)
			ok = buf_adds(out, "{uuid}");
		else if (start && ports && (n = port_len(s)) > 0)
			ok = buf_adds(out, "{port}");
		else if (hex && s > line && s[-1] == '"' &&
			 (n = hex_len(s)) > 0)
			ok = buf_adds(out, "{hex}");
		else if (start && own && (n = digits(s)) >= 6)
			ok = buf_adds(out, "{digits}");
		else if (start && numbers && (n = digits(s)) > 0)
			ok = buf_adds(out, "{int}");
		else {
			n = 1;
			ok = buf_addc(out, (uint8_t)*s);
		}
		s += n;
	}
	return ok;
}
