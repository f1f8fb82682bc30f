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
	bool want_v4, want_v6;
	bool v4, v6; /* still to be asked for, of this server */
	size_t server, n_servers;
	bool cache;
};

/* --- the cache ------------------------------------------------------------ */

static void forget(struct net_ev *door, struct names_entry *e)
{
	TAILQ_REMOVE(&door->names, e, entry);
	door->n_names--;
	free(e);
}

void names_forget(struct net_ev *door)
{
	while (!TAILQ_EMPTY(&door->names))
		forget(door, TAILQ_FIRST(&door->names));
}

void names_free(struct net_ev *door)
{
	names_forget(door);
	for (size_t i = 0; i < NAMES_SERVERS; i++)
		if (door->dns[i].base != NULL)
			evdns_base_free(door->dns[i].base, 0);
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

/* Make a resolver ask this one, which it may do already; "": this machine's. */
static int use_server(struct net_ev *door, size_t i, const char *addr,
	size_t len, struct why *why)
{
	struct names_server *s = &door->dns[i];
	char one[sizeof(s->addr)];

	snprintf(one, sizeof(one), "%.*s", (int)len, addr);
	if (s->base != NULL && strcmp(one, s->addr) == 0)
		return 0;
	if (s->base == NULL)
		s->base = evdns_base_new(
			door->opts.base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (s->base == NULL)
		return no_server(one, why);
	evdns_base_clear_nameservers_and_suspend(s->base);
	snprintf(s->addr, sizeof(s->addr), "%s", one);
	if (one[0] != '\0' ? evdns_base_nameserver_ip_add(s->base, one) != 0
			   : evdns_base_resolv_conf_parse(s->base,
				     DNS_OPTION_NAMESERVERS | DNS_OPTION_MISC,
				     "/etc/resolv.conf") != 0) {
		s->addr[0] = '?'; /* not an address: try again next time */
		s->addr[1] = '\0';
		return no_server(one, why);
	}
	evdns_base_resume(s->base);
	return 0;
}

/* Each of the list in its place; how many there are, or an error. */
static int use_servers(struct net_ev *door, struct why *why)
{
	char list[NAMES_SERVERS_SIZE];
	const char *p = list;
	size_t n = 0;

	find_servers(door, list, sizeof(list));
	do {
		size_t len = strcspn(p, " ");
		int rc = use_server(door, n, p, len, why);

		if (rc < 0)
			return rc;
		n++;
		p += len + (p[len] == ' ');
	} while (*p != '\0' && n < NAMES_SERVERS);
	return (int)n;
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

/* inf: the second server is for when the first one does not help. */
static bool is_second_due(struct names_query *q, int result)
{
	if (result == DNS_ERR_NOTEXIST || result == DNS_ERR_NODATA ||
		q->server + 1 >= q->n_servers)
		return false;
	q->server++;
	q->v4 = q->want_v4;
	q->v6 = q->want_v6;
	return true;
}

static void on_answer(
	int result, char type, int count, int ttl, void *addresses, void *arg)
{
	struct names_query *q = arg, done;
	bool v6 = type == DNS_IPv6_AAAA;
	struct net_names names = {0};
	struct why why;

	if (q->done != NULL && result != DNS_ERR_NONE &&
		(q->v4 || q->v6 || is_second_due(q, result)) &&
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
	struct evdns_base *base = q->door->dns[q->server].base;
	bool v4 = q->v4;

	if (v4)
		q->v4 = false;
	else
		q->v6 = false;
	q->request = v4 ? evdns_base_resolve_ipv4(base, q->name,
				  DNS_QUERY_NO_SEARCH, on_answer, q)
			: evdns_base_resolve_ipv6(base, q->name,
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
	q->n_servers = (size_t)rc;
	q->v4 = q->want_v4 = door->bearer.v4;
	q->v6 = q->want_v6 = door->bearer.v6;
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
	evdns_cancel_request(q->door->dns[q->server].base, q->request);
}
