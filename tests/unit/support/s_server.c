#include "tests/unit/support/s_server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/wait.h>

enum { ARGS_MAX = 40, DEADLINE_MS = 10000, PATH_MAX_HERE = 300 };

static const char *const files[] = {
	"cert.pem", "key.pem", "sni-cert.pem", "sni-key.pem", "ca.pem", "log"};

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "s_server: %s: %s\n", what, strerror(errno));
	abort();
}

static void put(const struct s_server *s, const char *name, const char *text,
	char *path)
{
	FILE *f;

	snprintf(path, PATH_MAX_HERE, "%s/%s", s->dir, name);
	if (text == NULL)
		return;
	f = fopen(path, "w");
	must(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0, path);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Read until the line "ACCEPT 127.0.0.1:PORT"; else its log tells why. */
static uint16_t read_port(const struct s_server *s, int fd)
{
	int64_t deadline = now_ms() + DEADLINE_MS;
	char text[4096];
	size_t n = 0;

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int64_t left = deadline - now_ms();
		const char *at;
		ssize_t got;

		must(left > 0 && poll(&p, 1, (int)left) >= 0, s->dir);
		got = read(fd, text + n, sizeof(text) - 1 - n);
		must(got > 0, s->dir);
		n += (size_t)got;
		text[n] = '\0';
		at = strstr(text, "ACCEPT ");
		if (at == NULL || strchr(at, '\n') == NULL)
			continue;
		at = strchr(at, ':');
		must(at != NULL, "no port in its ACCEPT line");
		return (uint16_t)strtoul(at + 1, NULL, 10);
	}
}

/* What it says goes to a file: it says much, and it is no failure. */
static void child(const struct s_server *s, char *const argv[], int in, int out)
{
	char path[PATH_MAX_HERE];
	int log;

	put(s, "log", NULL, path);
	log = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	/* It does not outlive a test that failed. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	execvp(argv[0], argv);
	perror("openssl");
	_exit(127);
}

static void spawn(struct s_server *s, char *const argv[])
{
	int in[2], out[2];

	must(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0, "pipe");
	s->pid = fork();
	must(s->pid >= 0, "fork");
	if (s->pid == 0)
		child(s, argv, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	s->in = in[1];
	s->out = out[0];
	s->port = read_port(s, s->out);
}

void s_server_start(struct s_server *s, const struct s_server_opts *opts)
{
	char path[sizeof(files) / sizeof(*files)][PATH_MAX_HERE];
	const char *argv[ARGS_MAX] = {"openssl", "s_server", "-accept",
		"127.0.0.1:0", "-cert", path[0], "-key", path[1]};
	size_t n = 8;

	s->len = 0;
	s->text[0] = '\0';
	if (!opts->plain)
		argv[n++] = "-rev";
	temp_dir(s->dir, "s_server");
	put(s, files[0], opts->cert, path[0]);
	put(s, files[1], opts->key, path[1]);
	put(s, files[2], opts->sni_cert, path[2]);
	put(s, files[3], opts->sni_key, path[3]);
	put(s, files[4], opts->client_ca, path[4]);
	if (opts->sni_name != NULL) {
		const char *const sni[] = {"-servername", opts->sni_name,
			"-cert2", path[2], "-key2", path[3]};

		memcpy(argv + n, sni, sizeof(sni));
		n += sizeof(sni) / sizeof(*sni);
	}
	if (opts->client_ca != NULL) {
		const char *const ca[] = {"-CAfile", path[4], "-Verify", "3",
			"-verify_return_error"};

		memcpy(argv + n, ca, sizeof(ca));
		n += sizeof(ca) / sizeof(*ca);
	}
	for (size_t i = 0; opts->options != NULL && opts->options[i] != NULL;
		i++) {
		must(n < ARGS_MAX - 1, "too many options");
		argv[n++] = opts->options[i];
	}
	argv[n] = NULL;
	/* exec does not change the words; its type is older than const. */
	spawn(s, (char *const *)(uintptr_t)argv);
}

bool s_server_said(struct s_server *s, const char *what, const char *until)
{
	int64_t deadline = now_ms() + DEADLINE_MS;
	const char *at;
	size_t before;
	bool said;

	while ((at = strstr(s->text, until)) == NULL) {
		struct pollfd p = {.fd = s->out, .events = POLLIN};
		int64_t left = deadline - now_ms();
		ssize_t got;

		must(left > 0 && poll(&p, 1, (int)left) >= 0, until);
		got = read(
			s->out, s->text + s->len, sizeof(s->text) - 1 - s->len);
		must(got > 0, until);
		s->len += (size_t)got;
		s->text[s->len] = '\0';
	}
	before = (size_t)(at - s->text);
	said = memmem(s->text, before, what, strlen(what)) != NULL;
	before += strlen(until);
	s->len -= before;
	memmove(s->text, s->text + before, s->len + 1);
	return said;
}

void s_server_type(struct s_server *s, const char *line)
{
	must(dprintf(s->in, "%s\n", line) > 0, line);
}

void s_server_stop(struct s_server *s)
{
	char path[PATH_MAX_HERE];

	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	close(s->in);
	close(s->out);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		put(s, files[i], NULL, path);
		unlink(path);
	}
	rmdir(s->dir);
}
