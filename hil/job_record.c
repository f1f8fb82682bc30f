#include "hil/job_record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hil/files.h"
#include "hil/lanes.h"

#define PATH_SIZE 4096

static bool complain(const char *path)
{
	fprintf(stderr, "ec21hil: cannot write %s: %s\n", path,
		strerror(errno));
	return false;
}

/* DIR/NAME and this behind it. */
static void path_of(const struct job *j, const char *end, char *path)
{
	snprintf(path, PATH_SIZE, "%s/%s%s", j->record, j->record_name->text,
		end);
}

/* One for each start of the modem: NAME.at, NAME-2.at, ... */
static void path_of_start(
	const struct job *j, unsigned start, const char *end, char *path)
{
	char nth[32] = "";

	if (start > 1)
		snprintf(nth, sizeof(nth), "-%u", start);
	snprintf(path, PATH_SIZE, "%s/%s%s%s", j->record, j->record_name->text,
		nth, end);
}

/* ---- NAME.run ---- */

static const char *result_name(const struct job *j)
{
	return j->skipped[0] != '\0'	    ? "skipped"
	       : j->verdict == VERDICT_PASS ? "pass"
	       : j->verdict == VERDICT_FAIL ? "fail"
					    : "error";
}

/* What ended it: of several differences the last; before it they passed. */
static const char *last_words(const struct job *j)
{
	const char *last = j->report, *next;

	while ((next = strstr(last + 1, j->scenario->path)) != NULL)
		last = next;
	return last;
}

static void write_head(
	const struct job *j, const char *result, const char *error, FILE *f)
{
	const char *host;
	char text[300];
	size_t n;

	job_name(j, text, sizeof(text));
	fprintf(f, "%s\n# title: %s\n# file: %s\n", TRANSCRIPT_MAGIC, text,
		j->scenario->path);
	if (j->id[0] != '\0')
		fprintf(f, "# run: %s\n", j->id);
	fprintf(f, "# result: %s\n", result);
	/* A run in process has no time of its own: it repeats itself. */
	if (j->wall_ms != 0)
		fprintf(f, "# begin-ms: %lld\n# took-ms: %u\n",
			(long long)j->wall_ms, j->ms);
	host = vars_get(&j->vars, "host", 4, &n);
	if (host != NULL)
		fprintf(f, "# host: %s\n", host);
	if (j->skipped[0] != '\0')
		fprintf(f, "# skipped: %s\n", j->skipped);
	if (error != NULL)
		fprintf(f, "# error: %.*s\n", (int)strcspn(error, "\n"), error);
}

/*
 * A transcript of all lanes as the runner saw them, secrets masked, with what
 * tells this run from others. Never in parts: what was there stays till then.
 */
static bool write_run(const struct job *j, const char *result,
	const char *error, const char *lanes)
{
	char part[PATH_SIZE], path[PATH_SIZE];
	bool ok;
	FILE *f;

	path_of(j, ".run.part", part);
	path_of(j, ".run", path);
	f = fopen(part, "we");
	if (f == NULL)
		return complain(part);
	write_head(j, result, error, f);
	fputs(lanes, f);
	ok = fflush(f) == 0 && !ferror(f);
	if (fclose(f) != 0 || !ok)
		ok = complain(path);
	else if (rename(part, path) != 0)
		ok = complain(path);
	if (!ok)
		unlink(part);
	return ok;
}

/* ---- what others wrote ---- */

/* A fifo or a device that somebody put there is where it is to go. */
static bool remove_old(const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode) || unlink(path) == 0)
		return true;
	fprintf(stderr, "ec21hil: cannot remove %s: %s\n", path,
		strerror(errno));
	return false;
}

static bool keep_file(const char *from, const char *to)
{
	if (access(from, F_OK) != 0 || files_copy(from, to))
		return true;
	complain(to);
	(void)remove_old(to); /* half of it */
	return false;
}

static bool keep_files(const struct job *j)
{
	static const char *const files[][2] = {
		{"evidence.jsonl", ".jsonl"}, {"run.crt", ".crt"}};
	char from[512], to[PATH_SIZE];
	bool ok = true;

	if (j->tmp[0] == '\0')
		return true;
	for (unsigned n = 1;; n++) {
		snprintf(from, sizeof(from), "%s/modem-%u.at", j->tmp, n);
		if (access(from, F_OK) != 0)
			break;
		path_of_start(j, n, ".at", to);
		ok = keep_file(from, to) && ok;
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(from, sizeof(from), "%s/%s", j->tmp, files[i][0]);
		path_of(j, files[i][1], to);
		ok = keep_file(from, to) && ok;
	}
	return ok;
}

/* ---- both ends ---- */

bool job_record_begin(const struct job *j)
{
	static const char *const ends[] = {".at", ".jsonl", ".crt"};
	char path[PATH_SIZE];
	bool ok = true;

	for (size_t i = 0; ok && i < sizeof(ends) / sizeof(*ends); i++) {
		path_of(j, ends[i], path);
		ok = remove_old(path);
	}
	for (unsigned n = 2; ok; n++) {
		/* That of a scenario whose own name ends so is not ours. */
		path_of_start(j, n, ".run", path);
		if (access(path, F_OK) == 0)
			break;
		path_of_start(j, n, ".at", path);
		if (access(path, F_OK) != 0)
			break;
		ok = remove_old(path);
	}
	return ok && write_run(j, "error", "nothing of it was recorded", "");
}

void job_record_keep(struct job *j, bool recorded)
{
	const char *result = result_name(j), *error = NULL;
	bool kept = keep_files(j) && recorded;

	if (!kept) {
		result = "error";
		error = "its recordings could not be written";
	} else if (j->verdict == VERDICT_ERROR && j->report != NULL) {
		error = last_words(j);
	}
	j->unrecorded =
		!write_run(j, result, error, lanes_close(j->lanes)) || !kept;
}
