#include "hil/rig_firmware.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hil/files.h"
#include "hil/firmware.h"
#include "hil/image.h"
#include "hil/virtual_board.h"

static const char *name_of(const struct scenario *scenario)
{
	return scenario->firmware != NULL ? scenario->firmware : "wiofw";
}

/* The user's image, or NAME-stm32f405.bin as it was built or installed. */
static void find_image(const struct rig_opts *opts,
	const struct scenario *scenario, char *path, size_t size)
{
	char name[160], installed[4096];

	if (opts->image != NULL) {
		snprintf(path, size, "%s", opts->image);
		return;
	}
	snprintf(name, sizeof(name),
		"../share/ec21-bench/boards/%s-stm32f405.bin",
		name_of(scenario));
	files_find_beside(strrchr(name, '/') + 1, path, size);
	if (access(path, F_OK) != 0 &&
		files_find_beside(name, installed, sizeof(installed)) &&
		access(installed, F_OK) == 0)
		snprintf(path, size, "%s", installed);
}

static bool has_image(const struct rig_opts *opts,
	const struct scenario *scenario, char *why, size_t size)
{
	char path[4096], wrong[300];
	struct image image;
	bool ok;

	if (!virtual_board_can_be(why, size))
		return false;
	find_image(opts, scenario, path, sizeof(path));
	if (!image_load(&image, path, wrong, sizeof(wrong))) {
		snprintf(why, size, "%s: %s%s", path, wrong,
			opts->image == NULL && access(path, F_OK) != 0
				? "; it is built where gcc-arm-none-eabi is, "
				  "and ,image=PATH behind the rig names another"
				: "");
		return false;
	}
	ok = image_leaves_config(&image);
	if (!ok)
		snprintf(why, size,
			"%s: its sector at 0x080e0000 is in use, and the "
			"virtual board's configuration goes there",
			path);
	image_free(&image);
	return ok;
}

bool rig_has_firmware(const struct rig_opts *opts,
	const struct scenario *scenario, char *why, size_t why_size)
{
	char path[4096];

	if (opts->kind == RIG_VIRTUAL)
		return has_image(opts, scenario, why, why_size);
	if (opts->kind != RIG_HOST || opts->firmware != NULL)
		return true;
	if (files_find_program(name_of(scenario), NULL, path, sizeof(path)) &&
		(strchr(path, '/') != NULL ? access(path, X_OK) == 0
					   : files_have_program(path)))
		return true;
	snprintf(why, why_size,
		"the firmware %s is not there; --firmware names another",
		name_of(scenario));
	return false;
}

const char *rig_expect_boot(const struct rig_opts *opts)
{
	if (opts->expect_boot != NULL)
		return strcmp(opts->expect_boot, "none") != 0
			       ? opts->expect_boot
			       : NULL;
	/* What an image of the user's says is not known. */
	return opts->image == NULL ? "^# wiofw.* ready" : NULL;
}

bool rig_has_pins(const struct rig_opts *opts)
{
	if (opts->kind == RIG_MODEM)
		return false;
	return opts->kind != RIG_HOST || opts->firmware == NULL ||
	       strstr(opts->firmware, "{pins}") != NULL;
}

struct firmware *rig_start_firmware(const struct rig_opts *opts,
	const struct scenario *scenario, const struct firmware_opts *o,
	char *why, size_t why_size)
{
	struct firmware_opts all = *o;
	char path[4096], command[4200];

	if (opts->kind == RIG_VIRTUAL || opts->kind == RIG_BOARD) {
		find_image(opts, scenario, path, sizeof(path));
		all.board = opts->board;
		all.image = path;
		return firmware_board_start(&all, why, why_size);
	}
	files_find_program(name_of(scenario), NULL, path, sizeof(path));
	snprintf(command, sizeof(command),
		"\"%s\" --modem {modem} --pins {pins} --console {console} "
		"--state {state}",
		path);
	all.command = opts->firmware != NULL ? opts->firmware : command;
	return firmware_process_start(&all, why, why_size);
}
