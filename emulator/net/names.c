#include "net/door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <arpa/inet.h>
#include <event2/dns.h>

#include "base/clock.h"

/*
 * Questions to name servers, and what is remembered of the answers: those of
 * the bearer in use when it says so or when a --map leads from one of them to
 * a server here, else those of this machine.
 */

enum { CACHE_MAX = 16 };

struct names_entry {
	TAILQ_ENTRY(names_entry) entry;
	char name[NET_HOST_MAX];
	bool v6;
	struct net_names names;
	uint64_t until_us;
};

struct names_query {
	struct net_ev *door;
	struct evdns_request *request;
	/* NULL: cancelled, the answer only frees this */
	void (*done)(void *arg, const struct net_names *names,
		const struct why *why);
	void *arg;
	char name[NET_HOST_MAX];
	bool v4, v6; /* still to be asked for */
	bool cache;
};

/* --- the cache ------------------------------------------------------------ */

static void forget(struct net_ev *door, struct names_entry *e)
{
	TAILQ_REMOVE(&door->names, e, entry);
	door->n_names--;
	free(e);
}

void names_free(struct net_ev *door)
{
	while (!TAILQ_EMPTY(&door->names))
		forget(door, TAILQ_FIRST(&door->names));
	if (door->dns != NULL)
		evdns_base_free(door->dns, 0);
}

static bool recall(
	struct net_ev *door, const char *name, bool v6, struct net_names *names)
{
	uint64_t now = clock_now_us(door->opts.clock);
	struct names_entry *e, *next;

	for (e = TAILQ_FIRST(&door->names); e != NULL; e = next) {
		next = TAILQ_NEXT(e, entry);
		if (e->until_us <= now) {
			forget(door, e);
		} else if (e->v6 == v6 && strcasecmp(e->name, name) == 0) {
			*names = e->names;
			names->ttl_s =
				(uint32_t)((e->until_us - now) / 1000000);
			return true;
		}
	}
	return false;
}

static void remember(struct net_ev *door, const char *name, bool v6,
	const struct net_names *names)
{
	struct names_entry *e;

	if (names->ttl_s == 0)
		return;
	if (door->n_names == CACHE_MAX)
		forget(door, TAILQ_LAST(&door->names, net_names_list));
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return;
	snprintf(e->name, sizeof(e->name), "%s", name);
	e->v6 = v6;
	e->names = *names;
	e->until_us = clock_now_us(door->opts.clock) +
		      (uint64_t)names->ttl_s * 1000000;
	TAILQ_INSERT_HEAD(&door->names, e, entry);
	door->n_names++;
}

bool names_known(struct net_ev *door, const char *name, struct net_names *names)
{
	const struct net_bearer *b = &door->bearer;

	return b->cache && ((b->v4 && recall(door, name, false, names)) ||
				   (b->v6 && recall(door, name, true, names)));
}

/* --- whom to ask -----------------------------------------------------------
 */

/* Each server's ADDR:PORT, with a blank behind it; "": this machine's. */
static void find_servers(struct net_ev *door, char *list, size_t size)
{
	const struct net_bearer *b = &door->bearer;
	size_t n = 0;

	list[0] = '\0';
	for (int i = 0; i < 2; i++) {
		const struct net_rule *rule;

		if (b->dns[i][0] == '\0')
			continue;
		rule = net_ev_rule(door, b->dns[i], 53);
		if (rule != NULL)
			n += (size_t)snprintf(list + n, size - n,
				strchr(rule->to_host, ':') ? "[%s]:%u "
							   : "%s:%u ",
				rule->to_host,
				rule->to_port ? rule->to_port : 53);
		else if (door->opts.any && b->dns_given &&
			 strcmp(b->dns[i], "0.0.0.0") != 0)
			n += (size_t)snprintf(
				list + n, size - n, "%s:53 ", b->dns[i]);
	}
	if (n == 0 && door->opts.any && door->opts.nameserver != NULL)
		snprintf(list, size, "%s ", door->opts.nameserver);
}

bool names_can_ask(struct net_ev *door)
{
	char list[NAMES_SERVERS_SIZE];

	find_servers(door, list, sizeof(list));
	return door->opts.any || list[0] != '\0';
}

static int no_server(const char *list, struct why *why)
{
	return why_set(why, ERR_NET_DNS, GRADE_ASM,
		"no usable name server on this machine: %s",
		list[0] != '\0' ? list : "/etc/resolv.conf");
}

/* Make the resolver ask these, which it may do already. */
static int use_servers(struct net_ev *door, struct why *why)
{
	char list[NAMES_SERVERS_SIZE], one[NAMES_SERVERS_SIZE];
	const char *p = list;

	find_servers(door, list, sizeof(list));
	if (door->dns != NULL && strcmp(list, door->dns_servers) == 0)
		return 0;
	if (door->dns == NULL)
		door->dns = evdns_base_new(
			door->opts.base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (door->dns == NULL)
		return no_server(list, why);
	evdns_base_clear_nameservers_and_suspend(door->dns);
	snprintf(door->dns_servers, sizeof(door->dns_servers), "%s", list);
	if (*p == '\0' && evdns_base_resolv_conf_parse(door->dns,
				  DNS_OPTION_NAMESERVERS | DNS_OPTION_MISC,
				  "/etc/resolv.conf") != 0)
		goto unusable;
	while (*p != '\0') {
		size_t len = strcspn(p, " ");

		snprintf(one, sizeof(one), "%.*s", (int)len, p);
		if (evdns_base_nameserver_ip_add(door->dns, one) != 0)
			goto unusable;
		p += len + 1;
	}
	evdns_base_resume(door->dns);
	return 0;

unusable:
	door->dns_servers[0] = '?'; /* no list: try again next time */
	door->dns_servers[1] = '\0';
	return no_server(list, why);
}

/* --- asking ----------------------------------------------------------------
 */

static int ask_next(struct names_query *q, struct why *why);

static void read_answer(struct net_names *names, int family, int count, int ttl,
	const void *addresses)
{
	size_t size = family == AF_INET6 ? 16 : 4;

	*names = (struct net_names){
		.ttl_s = ttl > 0 ? (uint32_t)ttl : 0, .has_ttl = true};
	for (int i = 0; i < count && i < NET_NAMES_MAX; i++)
		inet_ntop(family, (const char *)addresses + (size_t)i * size,
			names->ip[names->n++], NET_IP_SIZE);
}

static void on_answer(
	int result, char type, int count, int ttl, void *addresses, void *arg)
{
	struct names_query *q = arg, done;
	bool v6 = type == DNS_IPv6_AAAA;
	struct net_names names = {0};
	struct why why;

	if (q->done != NULL && result != DNS_ERR_NONE && (q->v4 || q->v6) &&
		ask_next(q, &why) == 0)
		return;
	done = *q;
	free(q);
	if (done.done == NULL)
		return;
	if (result == DNS_ERR_NONE && count > 0) {
		read_answer(
			&names, v6 ? AF_INET6 : AF_INET, count, ttl, addresses);
		if (done.cache)
			remember(done.door, done.name, v6, &names);
		done.done(done.arg, &names, NULL);
		return;
	}
	if (result == DNS_ERR_NONE || result == DNS_ERR_NOTEXIST ||
		result == DNS_ERR_NODATA)
		why_set(&why, ERR_NET_DNS, GRADE_MAN,
			"DNS knows no %s address of %s",
			done.door->bearer.v6 ? "usable" : "IPv4", done.name);
	else
		why_set(&why, ERR_NET_DNS, GRADE_MAN,
			"DNS query for %s failed: %s", done.name,
			evdns_err_to_string(result));
	done.done(done.arg, NULL, &why);
}

static int ask_next(struct names_query *q, struct why *why)
{
	bool v4 = q->v4;

	if (v4)
		q->v4 = false;
	else
		q->v6 = false;
	q->request = v4 ? evdns_base_resolve_ipv4(q->door->dns, q->name,
				  DNS_QUERY_NO_SEARCH, on_answer, q)
			: evdns_base_resolve_ipv6(q->door->dns, q->name,
				  DNS_QUERY_NO_SEARCH, on_answer, q);
	if (q->request != NULL)
		return 0;
	return why_set(why, ERR_NET_DNS, GRADE_ASM,
		"%s cannot be put into a DNS query", q->name);
}

int names_ask(struct net_ev *door, const char *name,
	void (*done)(void *arg, const struct net_names *names,
		const struct why *why),
	void *arg, struct names_query **out, struct why *why)
{
	struct names_query *q;
	int rc = use_servers(door, why);

	if (rc < 0)
		return rc;
	q = calloc(1, sizeof(*q));
	if (q == NULL)
		return why_set(why, ERR_NET_MEMORY, GRADE_ASM, "no memory");
	q->door = door;
	q->done = done;
	q->arg = arg;
	q->v4 = door->bearer.v4;
	q->v6 = door->bearer.v6;
	q->cache = door->bearer.cache;
	snprintf(q->name, sizeof(q->name), "%s", name);
	rc = ask_next(q, why);
	if (rc < 0) {
		free(q);
		return rc;
	}
	*out = q;
	return 0;
}

void names_cancel(struct names_query *q)
{
	/* evdns reports the end of it later, which frees it. */
	q->done = NULL;
	evdns_cancel_request(q->door->dns, q->request);
}
