#include "svc/rtc.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"

/* 1980-01-06 00:00:00, where GPS time begins. cap [AT §9.4] */
#define RTC_EPOCH INT64_C(315964800)

#define QUARTER_HOUR 900

enum { ZONE_MIN = -48, ZONE_MAX = 56 };

void rtc_init(struct rtc *rtc, struct clock *clock)
{
	rtc->clock = clock;
	rtc_reset(rtc);
}

void rtc_reset(struct rtc *rtc)
{
	rtc_set(rtc, RTC_EPOCH, 0);
	rtc->synced = false;
}

int64_t rtc_local(const struct rtc *rtc)
{
	uint64_t gone_us = clock_now_us(rtc->clock) - rtc->at_us;

	return rtc->base_s + (int64_t)(gone_us / 1000000);
}

int64_t rtc_utc(const struct rtc *rtc)
{
	return rtc_local(rtc) -
	       (rtc->gmt ? 0 : (int64_t)rtc->zone * QUARTER_HOUR);
}

void rtc_set(struct rtc *rtc, int64_t local_s, int zone)
{
	rtc->base_s = local_s;
	rtc->at_us = clock_now_us(rtc->clock);
	rtc->zone = zone;
	rtc->gmt = false;
}

void rtc_set_utc(struct rtc *rtc, int64_t utc_s)
{
	rtc_set(rtc, utc_s, rtc->zone);
	rtc->gmt = true;
}

void rtc_network(struct rtc *rtc, int64_t utc_s, int zone)
{
	rtc->net_utc_s = utc_s;
	rtc->net_at_us = clock_now_us(rtc->clock);
	rtc->net_zone = zone;
	rtc->synced = true;
}

int64_t rtc_network_utc(const struct rtc *rtc)
{
	uint64_t gone_us = clock_now_us(rtc->clock) - rtc->net_at_us;

	return rtc->net_utc_s + (int64_t)(gone_us / 1000000);
}

void rtc_set_network(struct rtc *rtc, bool gmt)
{
	int64_t utc = rtc_network_utc(rtc);

	rtc_set(rtc, gmt ? utc : utc + (int64_t)rtc->net_zone * QUARTER_HOUR,
		rtc->net_zone);
	rtc->gmt = gmt;
}

/* Two digits, which is what text has room for. */
static unsigned int digits(int n)
{
	return (unsigned int)(n < 0 ? -n : n) % 100;
}

void rtc_format(const struct rtc *rtc, char text[21])
{
	time_t local = (time_t)rtc_local(rtc);
	struct tm tm;

	gmtime_r(&local, &tm);
	snprintf(text, 21, "%02u/%02u/%02u,%02u:%02u:%02u%c%02u",
		digits(tm.tm_year), digits(tm.tm_mon + 1), digits(tm.tm_mday),
		digits(tm.tm_hour), digits(tm.tm_min), digits(tm.tm_sec),
		rtc->zone < 0 ? '-' : '+', digits(rtc->zone));
}

/* Two digits at text, or -1. */
static int two(const char *text)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return -1;
	return (text[0] - '0') * 10 + (text[1] - '0');
}

/* True when text has the shape "dd/dd/dd,dd:dd:dd+dd", and no more. */
static bool shape_ok(const char *text)
{
	static const char shape[] = "dd/dd/dd,dd:dd:ddsdd";
	size_t i;

	for (i = 0; shape[i] != '\0'; i++) {
		char c = text[i];
		bool ok;

		if (shape[i] == 'd')
			ok = c >= '0' && c <= '9';
		else if (shape[i] == 's')
			ok = c == '+' || c == '-';
		else
			ok = c == shape[i];
		if (!ok)
			return false;
	}
	return text[i] == '\0';
}

bool rtc_parse(const char *text, int64_t *local_s, int *zone)
{
	struct tm tm = {0}, back;
	time_t t;
	int year, z;

	if (!shape_ok(text))
		return false;
	year = two(text);
	tm.tm_year = year >= 80 ? year : year + 100;
	tm.tm_mon = two(text + 3) - 1;
	tm.tm_mday = two(text + 6);
	tm.tm_hour = two(text + 9);
	tm.tm_min = two(text + 12);
	tm.tm_sec = two(text + 15);
	z = two(text + 18) * (text[17] == '-' ? -1 : 1);
	if (z < ZONE_MIN || z > ZONE_MAX)
		return false;
	/* What timegm() has to put right was no date. */
	back = tm;
	t = timegm(&back);
	if (back.tm_year != tm.tm_year || back.tm_mon != tm.tm_mon ||
		back.tm_mday != tm.tm_mday || back.tm_hour != tm.tm_hour ||
		back.tm_min != tm.tm_min || back.tm_sec != tm.tm_sec)
		return false;
	*local_s = t;
	*zone = z;
	return true;
}
