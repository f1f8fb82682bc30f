#include "hil/wire_exec.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hil/tool.h"

/* Behind fork(). Its standard error stays ours: ssh says there what is wrong.
 */
static void run_child(char *const *argv, int end, pid_t parent)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(end, 0) >= 0 && dup2(end, 1) >= 0)
		execvp(argv[0], argv);
	dprintf(2, "ec21hil: cannot start %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

int wire_exec(const char *command, pid_t *pid, char *why, size_t why_size)
{
	struct argv argv = {0};
	pid_t parent = getpid();
	int ends[2];

	if (!tool_words(&argv, command, NULL, NULL) || argv.n == 0) {
		snprintf(why, why_size, "exec:%s: expected a command", command);
		argv_free(&argv);
		return -1;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
		snprintf(why, why_size, "exec: %s", strerror(errno));
		argv_free(&argv);
		return -1;
	}
	*pid = fork();
	if (*pid == 0)
		run_child(argv.v, ends[1], parent);
	close(ends[1]);
	argv_free(&argv);
	if (*pid > 0)
		return ends[0];
	snprintf(why, why_size, "exec: %s", strerror(errno));
	close(ends[0]);
	return -1;
}

void wire_exec_end(pid_t pid)
{
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
