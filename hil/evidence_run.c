#include "hil/evidence_run.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* A connection may be accepted, and written down, a little off. */
#define SLACK_MS 1000

/* `2026-11-22T14:34:45.712Z`, ms of the Unix epoch; -1: it is no time. */
static int64_t parse_time(const char *text)
{
	struct tm tm = {0};
	const char *rest =
		text != NULL ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;

	if (rest == NULL)
		return -1;
	return (int64_t)timegm(&tm) * 1000 +
	       (*rest == '.' ? strtol(rest + 1, NULL, 10) : 0);
}

int64_t evidence_begin_ms(const json_t *line)
{
	return parse_time(json_string_value(json_object_get(line, "time")));
}

const char *evidence_client(const json_t *line)
{
	const json_t *cert = json_object_get(line, "client_cert");
	const char *cn = json_string_value(json_object_get(cert, "cn"));

	/* A certificate without a name is nobody's. */
	return cn == NULL && json_is_object(cert) ? "" : cn;
}

/* Before a certificate tells, or where the run has none. */
static bool fits_window(const json_t *line, const struct evidence_run *run,
	char *why, size_t size)
{
	const char *sni = json_string_value(json_object_get(line, "sni"));
	int64_t begin = evidence_begin_ms(line);

	/* A run in process alone keeps no wall time; its broker is its own. */
	if (run->begin_ms > 0 &&
		(begin < run->begin_ms - SLACK_MS ||
			(run->end_ms > 0 && begin > run->end_ms + SLACK_MS))) {
		snprintf(why, size, "it was not during the run");
		return false;
	}
	if (sni != NULL && run->host != NULL && strcmp(sni, run->host) != 0) {
		snprintf(why, size, "its server name is %.100s", sni);
		return false;
	}
	return true;
}

bool evidence_is_own(const json_t *line, const struct evidence_run *run,
	char *why, size_t size)
{
	const char *client = evidence_client(line);

	if (run->client == NULL || client == NULL)
		return fits_window(line, run, why, size);
	if (strcmp(client, run->client) == 0)
		return true;
	snprintf(why, size, "its certificate is %.100s, the run's is %.60s",
		client[0] != '\0' ? client : "without a common name",
		run->client);
	return false;
}
