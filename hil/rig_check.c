#include "hil/rig.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/profile.h"
#include "config.h"
#include "hil/files.h"

/* A path, or a name that is in PATH. */
static bool has_program(const char *program)
{
	if (strchr(program, '/') == NULL)
		return files_have_program(program);
	return access(program, X_OK) == 0;
}

bool rig_profile(
	struct profile *profile, const char *name, char *why, size_t why_size)
{
	struct why reason;

	if (config_profile(profile, name, &reason) == 0)
		return true;
	snprintf(why, why_size, "%s", reason.text);
	return false;
}

bool rig_has_modem(const struct rig_opts *opts, bool with_broker, char *why,
	size_t why_size)
{
	struct profile profile;

	if (opts->modem != NULL && opts->broker_https == NULL &&
		opts->broker_mqtts == NULL)
		return true;
	if (opts->modem == NULL && !opts->in_process &&
		!has_program(opts->emulator)) {
		snprintf(why, why_size, "there is no emulator %s",
			opts->emulator);
		return false;
	}
	if (with_broker && !has_program(opts->broker)) {
		snprintf(why, why_size, "there is no broker %s", opts->broker);
		return false;
	}
	return opts->profile == NULL ||
	       rig_profile(&profile, opts->profile, why, why_size);
}
