#include "base/fault.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	const char *help;
	uint64_t ms; /* default of ms=; 0: the point has no length */
} points[FAULT_POINTS] = {
	[FAULT_UART_DROP] = {"uart.drop",
		"a byte from the host is lost; occasion: each byte", 0},
	[FAULT_UART_GARBLE] = {"uart.garble",
		"a byte from the host arrives inverted; occasion: each byte",
		0},
	[FAULT_UART_STALL] = {"uart.stall",
		"output waits ms (default 1000); occasion: each write", 1000},
	[FAULT_UART_NOISE] = {"uart.noise",
		"bytes that nobody sent follow; occasion: each write", 0},
	[FAULT_BOOT_NEVER] = {"boot.never",
		"the modem does not come up until RESET_N or the supply "
		"restarts it; occasion: each boot",
		0},
	[FAULT_SIM_REMOVE] = {"sim.remove",
		"the SIM is pulled out; occasion: each command line", 0},
	[FAULT_REG_DENY] = {"reg.deny",
		"the network denies registration, until the radio, the SIM "
		"or coverage begins a new search; occasion: each search",
		0},
	[FAULT_BEARER_DROP] = {"bearer.drop",
		"the network releases all contexts; occasion: each command "
		"line",
		0},
	[FAULT_DNS_NX] = {"dns.nx",
		"a name is unknown; occasion: each name looked up", 0},
	[FAULT_DNS_SLOW] = {"dns.slow",
		"the answer waits ms (default 5000); occasion: each name "
		"looked up",
		5000},
	[FAULT_TCP_REFUSE] = {"tcp.refuse",
		"a connection is refused; occasion: each connection", 0},
	[FAULT_TCP_RESET] = {"tcp.reset",
		"a connection is reset; occasion: each byte received", 0},
	[FAULT_TCP_STALL] = {"tcp.stall",
		"a connection receives nothing more; occasion: each byte "
		"received",
		0},
	[FAULT_TCP_FULL] = {"tcp.full",
		"the send buffer of a connection has no room; occasion: each "
		"QISEND or QSSLSEND, each packet of transparent mode",
		0},
	[FAULT_TLS_ALERT] = {"tls.alert",
		"a handshake ends as by the fatal alert 40; occasion: each "
		"handshake",
		0},
	[FAULT_FS_FULL] = {"fs.full",
		"the storage is full; occasion: each upload begun or write", 0},
	[FAULT_FS_WRITE] = {"fs.write",
		"a file cannot be written; occasion: each file written", 0},
	[FAULT_FS_READ] = {"fs.read",
		"a file cannot be read; occasion: each file read", 0},
	[FAULT_FS_CORRUPT] = {"fs.corrupt",
		"one bit in the middle of a file flips; occasion: each file "
		"written",
		0},
	[FAULT_MODEM_CRASH] = {"modem.crash",
		"the modem restarts by itself; occasion: each command line", 0},
	[FAULT_MODEM_WEDGE] = {"modem.wedge",
		"the UART is dead until a restart; occasion: each command "
		"line",
		0},
};

void fault_init(struct fault_set *set, uint64_t seed)
{
	*set = (struct fault_set){.rng = seed * 2 + 1};
}

const char *fault_name(enum fault_point point)
{
	return point < FAULT_POINTS ? points[point].name : NULL;
}

const char *fault_help(enum fault_point point)
{
	return point < FAULT_POINTS ? points[point].help : NULL;
}

/* xorshift64*: 53 good bits, the same on every machine. */
static double draw(struct fault_set *set)
{
	set->rng ^= set->rng >> 12;
	set->rng ^= set->rng << 25;
	set->rng ^= set->rng >> 27;
	return (double)((set->rng * UINT64_C(2685821657736338717)) >> 11) /
	       9007199254740992.0;
}

static bool parse_number(const char *text, size_t len, uint64_t *n)
{
	char copy[24], *end;

	if (len == 0 || len >= sizeof(copy) || text[0] < '0' || text[0] > '9')
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	errno = 0;
	*n = strtoull(copy, &end, 10);
	return *end == '\0' && errno == 0 && *n <= FAULT_COUNT_MAX;
}

static bool parse_p(const char *text, size_t len, double *p)
{
	char copy[24], *end;

	if (len == 0 || len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	*p = strtod(copy, &end);
	return *end == '\0' && *p > 0 && *p <= 1;
}

/* One `key=value` behind the name. */
static bool parse_word(struct fault *f, const char *word, size_t len)
{
	if (len > 4 && strncmp(word, "nth=", 4) == 0)
		return parse_number(word + 4, len - 4, &f->nth) && f->nth > 0;
	if (len > 6 && strncmp(word, "after=", 6) == 0) {
		f->by_bytes = true;
		return parse_number(word + 6, len - 6, &f->after);
	}
	if (len > 3 && strncmp(word, "ms=", 3) == 0)
		return points[f->point].ms > 0 &&
		       parse_number(word + 3, len - 3, &f->ms) && f->ms > 0 &&
		       f->ms <= FAULT_MS_MAX;
	if (len > 2 && strncmp(word, "p=", 2) == 0)
		return parse_p(word + 2, len - 2, &f->p);
	return false;
}

static bool find_point(const char *name, size_t len, enum fault_point *point)
{
	for (int i = 0; i < FAULT_POINTS; i++)
		if (strlen(points[i].name) == len &&
			strncmp(points[i].name, name, len) == 0) {
			*point = (enum fault_point)i;
			return true;
		}
	return false;
}

int fault_arm(struct fault_set *set, const char *spec, struct why *why)
{
	struct fault f = {.armed = true};
	size_t len = strcspn(spec, ":");
	size_t slot = 0;

	if (!find_point(spec, len, &f.point))
		return why_set(why, ERR_PARAM, GRADE_ASM,
			"fault %s: there is no point \"%.*s\"; --list-faults "
			"shows them",
			spec, (int)len, spec);
	for (const char *w = spec + len; *w == ':';) {
		len = strcspn(++w, ":");
		if (!parse_word(&f, w, len))
			return why_set(why, ERR_PARAM, GRADE_ASM,
				"fault %s: \"%.*s\" is none of nth=N, "
				"after=N, p=0..1%s",
				spec, (int)len, w,
				points[f.point].ms > 0 ? ", ms=N" : "");
		w += len;
	}
	if ((f.nth > 0) + f.by_bytes + (f.p > 0) > 1)
		return why_set(why, ERR_PARAM, GRADE_ASM,
			"fault %s: only one of nth=, after= and p= goes", spec);
	if (f.ms == 0)
		f.ms = points[f.point].ms;
	if (f.nth == 0 && !f.by_bytes && f.p == 0)
		f.nth = 1;
	while (slot < set->n && set->faults[slot].armed)
		slot++;
	if (slot == FAULTS_MAX)
		return why_set(why, ERR_BUSY, GRADE_ASM,
			"fault %s: %d are armed, no more fit", spec,
			FAULTS_MAX);
	set->faults[slot] = f;
	if (slot == set->n)
		set->n++;
	return 0;
}

static void tell(struct fault_set *set, const struct fault *f)
{
	char text[128];

	if (set->on_fire == NULL)
		return;
	snprintf(text, sizeof(text), "fault %s fired", points[f->point].name);
	set->on_fire(set->arg, text);
}

/* Occasions until `f` fires, counted from the next: 1 is the next one. */
static uint64_t distance(
	struct fault_set *set, const struct fault *f, uint64_t limit)
{
	if (f->by_bytes)
		return f->seen > f->after ? 1 : f->after - f->seen + 1;
	/* Another fault may have fired at the very occasion of this one. */
	if (f->nth > 0)
		return f->seen < f->nth ? f->nth - f->seen : 1;
	for (uint64_t i = 1; i <= limit; i++)
		if (draw(set) < f->p)
			return i;
	return limit + 1;
}

bool fault_bytes(struct fault_set *set, enum fault_point point, size_t len,
	size_t *before)
{
	struct fault *first = NULL;
	uint64_t at = (uint64_t)len + 1;

	if (set == NULL || set->n == 0 || len == 0)
		return false;
	for (size_t i = 0; i < set->n; i++) {
		struct fault *f = &set->faults[i];
		uint64_t d;

		if (!f->armed || f->point != point)
			continue;
		d = distance(set, f, len);
		if (d < at) {
			at = d;
			first = f;
		}
	}
	/* What did not fire has seen the bytes that pass now. */
	for (size_t i = 0; i < set->n; i++)
		if (set->faults[i].armed && set->faults[i].point == point)
			set->faults[i].seen += first != NULL ? at : len;
	if (first == NULL)
		return false;
	*before = (size_t)(at - 1);
	if (first->p == 0)
		first->armed = false;
	set->fired_ms[point] = first->ms;
	tell(set, first);
	return true;
}

uint64_t fault_ms(const struct fault_set *set, enum fault_point point)
{
	return set != NULL ? set->fired_ms[point] : 0;
}

void fault_print(const struct fault *f, char *text, size_t size)
{
	char when[64] = "", length[40] = "";

	if (f->by_bytes)
		snprintf(when, sizeof(when), ":after=%llu",
			(unsigned long long)f->after);
	else if (f->nth > 0)
		snprintf(when, sizeof(when), ":nth=%llu",
			(unsigned long long)f->nth);
	else
		snprintf(when, sizeof(when), ":p=%g", f->p);
	if (f->ms > 0)
		snprintf(length, sizeof(length), ":ms=%llu",
			(unsigned long long)f->ms);
	snprintf(text, size, "%s%s%s", points[f->point].name, when, length);
}
