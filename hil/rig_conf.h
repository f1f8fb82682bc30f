#ifndef EC21_HIL_RIG_CONF_H
#define EC21_HIL_RIG_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The benches of a machine: ec21-rigs.conf(5). */

enum rig_method {
	RIG_METHOD_DFU,	    /* dfu-util */
	RIG_METHOD_UART,    /* stm32flash */
	RIG_METHOD_COMMAND, /* the user's, openocd perhaps */
};

/* How a board comes into its boot loader. */
enum rig_enter {
	RIG_ENTER_AUTO,	    /* not said: hooks where there are any */
	RIG_ENTER_HOOKS,    /* boot0_on, reset */
	RIG_ENTER_CONSOLE,  /* the firmware's command dfu */
	RIG_ENTER_OPERATOR, /* a person with two fingers */
};

/* A command of the user's that moves one line or supply. */
struct rig_hook {
	char *command; /* words; NULL: there is none */
	long timeout;  /* s */
	long status;   /* exit status that means done */
};

struct rig_conf {
	char *name;
	unsigned line; /* where it begins in its file */
	long method, enter;
	char *console; /* URL, as for wire_open(); NULL: none */
	char *lock;    /* file; NULL: one made from what names the board */
	struct rig_hook acquire, release; /* of a farm */
	struct rig_hook power_on, power_off, boot0_on, boot0_off, reset;
	/* flash */
	char *flasher; /* words: dfu-util, stm32flash; NULL: that of method */
	char *usb_serial, *usb_path;
	char *uart, *uart_mode;
	char *flash_command, *read_command;
	char *image;
	long find_timeout, flash_timeout, operator_timeout; /* s */
	/* behind it */
	char *expect_boot; /* extended regular expression; NULL: not waited */
	long boot_timeout; /* s */
	bool bridge;	   /* the console takes `bridge`, for AT scenarios */
	char *modem;	   /* URL of the modem itself; NULL: only by bridge */
	char *reach; /* HOST:PORT that must answer where a server is needed */
	char *broker_https, *broker_mqtts; /* ADDR:PORT for ours, if any */
	char *evidence; /* file that the broker there appends to */
	/* the modem's */
	char *apn, *apn_user, *apn_password, *sim_pin;
};

struct rig_confs {
	struct rig_conf *list;
	size_t n;
	char path[4096]; /* of the file; "": there is none */
};

/*
 * Read the file of --rigs, or, with NULL, that of $EC21_RIGS, of
 * $XDG_CONFIG_HOME/ec21-bench (or ~/.config), or of /etc/ec21-bench; none
 * there is no error. False after a line FILE:LINE: WHAT on `errors` for each
 * mistake.
 */
bool rig_confs_load(struct rig_confs *, const char *path, FILE *errors);
/* The same of an open file; only its path is set in confs. */
bool rig_confs_read(struct rig_confs *, FILE *file, FILE *errors);
void rig_confs_free(struct rig_confs *);
/* NULL: there is none of that name. */
const struct rig_conf *rig_confs_find(
	const struct rig_confs *, const char *name);

/*
 * What `file:PATH` refers to, without the line's end. False with a sentence:
 * not there, empty, longer than `size`, or for others to read.
 */
bool rig_conf_secret(const char *reference, char *secret, size_t size,
	char *why, size_t why_size);

/* The name of the Nth key, for tests of the manual; NULL behind the last. */
const char *rig_conf_key(size_t n);

#endif
