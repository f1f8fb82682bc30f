#include "civil.h"

#include <string.h>

int64_t civil_seconds(int year, int month, int day, int hour, int min, int sec)
{
	/* Days by the well-known March-based count of 400-year eras. */
	int y = month <= 2 ? year - 1 : year;
	int era = y / 400;
	int yoe = y - era * 400;
	int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t days = (int64_t)era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 +
		       doy - 719468;

	return ((days * 24 + hour) * 60 + min) * 60 + sec;
}

/* Two digits followed by sep ('\0': anything). */
static bool two(const char **s, char sep, int *value)
{
	const char *p = *s;

	for (int i = 0; i < 2; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	*value = (p[0] - '0') * 10 + p[1] - '0';
	p += 2;
	if (sep && *p++ != sep)
		return false;
	*s = p;
	return true;
}

bool civil_parse_cclk(const char *text, int64_t *utc)
{
	int yy, mon, day, hour, min, sec, zone = 0;
	int sign;

	if (*text == '"')
		text++;
	if (!two(&text, '/', &yy) || !two(&text, '/', &mon) ||
		!two(&text, ',', &day) || !two(&text, ':', &hour) ||
		!two(&text, ':', &min) || !two(&text, '\0', &sec))
		return false;
	sign = *text == '-' ? -1 : 1;
	if (*text == '+' || *text == '-') {
		text++;
		if (!two(&text, '\0', &zone))
			return false;
	}
	if (*text == '"')
		text++;
	if (*text || mon < 1 || mon > 12 || day < 1 || day > 31 || hour > 23 ||
		min > 59 || sec > 60)
		return false;
	*utc = civil_seconds(yy + (yy >= 80 ? 1900 : 2000), mon, day, hour, min,
		       sec) -
	       (int64_t)sign * zone * 15 * 60;
	return true;
}
