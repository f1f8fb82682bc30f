#ifndef EC21_SVC_RTC_H
#define EC21_SVC_RTC_H

#include <stdbool.h>
#include <stdint.h>

struct clock;

/*
 * The modem's own clock. It starts at 1980-01-06 00:00:00 when power comes
 * [AT §9.4], runs with the monotonic clock, and is set by CCLK, NITZ or NTP.
 * The host machine's wall time has no part in it, but as what the network
 * tells.
 */
struct rtc {
	struct clock *clock;
	int64_t base_s; /* what it shows at `at_us`, s since 1970 */
	uint64_t at_us;
	int zone; /* quarter hours east of Greenwich */
	bool gmt; /* it shows Greenwich time, with the zone beside it */
	bool synced;
	/* The network's time (NITZ), when synced. */
	int64_t net_utc_s;
	uint64_t net_at_us;
	int net_zone;
};

void rtc_init(struct rtc *rtc, struct clock *clock);
/* As after a power cut. */
void rtc_reset(struct rtc *rtc);
/* Local time and its zone. */
int64_t rtc_local(const struct rtc *rtc);
int64_t rtc_utc(const struct rtc *rtc);
void rtc_set(struct rtc *rtc, int64_t local_s, int zone);
/* Greenwich time from now on; the zone beside it stays as it is. */
void rtc_set_utc(struct rtc *rtc, int64_t utc_s);
/* The network tells the time; the clock itself is not set by that. */
void rtc_network(struct rtc *rtc, int64_t utc_s, int zone);
/* Set the clock to the network's time: Greenwich or local. Needs synced. */
void rtc_set_network(struct rtc *rtc, bool gmt);
/* Greenwich time by the network's clock, running on. Needs synced. */
int64_t rtc_network_utc(const struct rtc *rtc);
/* "yy/MM/dd,hh:mm:ss+zz" of now into text[21]. */
void rtc_format(const struct rtc *rtc, char text[21]);
/*
 * Parse "yy/MM/dd,hh:mm:ss+zz" (zone -48..+56); years 80..99 are 19yy.
 * False when it is not a date.
 */
bool rtc_parse(const char *text, int64_t *local_s, int *zone);

#endif
