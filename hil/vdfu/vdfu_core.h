#ifndef EC21_HIL_VDFU_CORE_H
#define EC21_HIL_VDFU_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hil/vdfu/vdfu_chip.h"

/*
 * The USB boot loader of an STM32F405's ROM as a state machine: control
 * transfers in, answers out [AN3156, USB DFU 1.1]. Pure: it knows neither USB
 * nor time; the poll times it gives are for the host to keep.
 */
#define VDFU_TRANSFER 2048u

enum vdfu_state {
	VDFU_IDLE = 2,
	VDFU_DNLOAD_SYNC = 3,
	VDFU_DNBUSY = 4,
	VDFU_DNLOAD_IDLE = 5,
	VDFU_MANIFEST_SYNC = 6,
	VDFU_MANIFEST = 7,
	VDFU_UPLOAD_IDLE = 9,
	VDFU_ERROR = 10,
};

/* bStatus */
enum vdfu_status {
	VDFU_STATUS_OK = 0x00,
	VDFU_STATUS_WRITE = 0x03,
	VDFU_STATUS_ERASE = 0x04,
	VDFU_STATUS_ADDRESS = 0x08,
	VDFU_STATUS_VENDOR = 0x0b, /* read protection */
	VDFU_STATUS_STALLED = 0x0f,
};

/* What goes wrong on purpose. Counts begin at 1 with each arming; 0: never. */
struct vdfu_knobs {
	uint32_t poll_ms;    /* poll time of each busy answer */
	uint32_t fail_write; /* this block of data fails: errWRITE */
	uint32_t fail_erase; /* this erase fails: errERASE */
	uint32_t unplug;     /* at this DFU request the board is gone */
	uint32_t hang;	     /* this DFU request is never answered */
	uint32_t flip;	     /* address whose lowest bit reads wrong */
	uint32_t start;	     /* state after a reset; 0: dfuIDLE */
	bool mute;	     /* leaves without answering the last GETSTATUS */
};

/* A setup packet, in the host's byte order. */
struct vdfu_setup {
	uint8_t type, request;
	uint16_t value, index, length;
};

/* What a transfer came to, when it is no length. */
enum {
	VDFU_STALL = -1,
	VDFU_GONE = -2, /* off the bus */
	VDFU_HANG = -3, /* no answer, ever */
};

struct vdfu_core {
	struct vdfu_chip *chip;
	struct vdfu_knobs knobs;
	const char *serial;
	enum vdfu_state state;
	enum vdfu_status status;
	uint32_t pointer;
	uint16_t block; /* of the DNLOAD that waits for its GETSTATUS */
	uint8_t data[VDFU_TRANSFER];
	size_t len;
	bool left; /* jumped to the program; off the bus */
	uint32_t requests, writes, erases; /* since the knobs were set */
};

/* chip and serial outlive it. In the state after a reset. */
void vdfu_core_init(
	struct vdfu_core *, struct vdfu_chip *chip, const char *serial);
void vdfu_core_arm(struct vdfu_core *, const struct vdfu_knobs *knobs);
/* As if the chip came up in its boot loader. */
void vdfu_core_reset(struct vdfu_core *);

/*
 * One control transfer. data holds what the host sends, or takes what it is
 * answered: at most setup->length bytes. The number of bytes, or one of the
 * above. After a transfer `left` may have become true.
 */
int vdfu_core_control(
	struct vdfu_core *, const struct vdfu_setup *setup, uint8_t *data);

#endif
