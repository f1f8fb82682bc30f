#include "hil/vdfu/vdfu_core.h"

#include <string.h>

#include "hil/vdfu/vdfu_desc.h"

/* bmRequestType of class requests to an interface. */
#define TYPE_OUT 0x21
#define TYPE_IN	 0xa1

enum request {
	REQ_DETACH = 0,
	REQ_DNLOAD = 1,
	REQ_UPLOAD = 2,
	REQ_GETSTATUS = 3,
	REQ_CLRSTATUS = 4,
	REQ_GETSTATE = 5,
	REQ_ABORT = 6,
};

/* First bytes of a DNLOAD of block 0 [AN3156]. */
enum command {
	COMMAND_SET_ADDRESS = 0x21,
	COMMAND_ERASE = 0x41,
	COMMAND_UNPROTECT = 0x92,
};

void vdfu_core_init(
	struct vdfu_core *c, struct vdfu_chip *chip, const char *serial)
{
	*c = (struct vdfu_core){.chip = chip, .serial = serial};
	vdfu_core_reset(c);
}

void vdfu_core_arm(struct vdfu_core *c, const struct vdfu_knobs *knobs)
{
	c->knobs = *knobs;
	c->requests = c->writes = c->erases = 0;
}

void vdfu_core_reset(struct vdfu_core *c)
{
	c->state = c->knobs.start != 0 ? (enum vdfu_state)c->knobs.start
				       : VDFU_IDLE;
	c->status =
		c->state == VDFU_ERROR ? VDFU_STATUS_STALLED : VDFU_STATUS_OK;
	c->pointer = VDFU_FLASH_BASE;
	c->len = 0;
	c->left = false;
}

static int fail(struct vdfu_core *c, enum vdfu_status status)
{
	c->state = VDFU_ERROR;
	c->status = status;
	return VDFU_STALL;
}

static enum vdfu_status status_of(enum vdfu_result result)
{
	switch (result) {
	case VDFU_OK:
		return VDFU_STATUS_OK;
	case VDFU_PROTECTED:
		return VDFU_STATUS_VENDOR;
	case VDFU_BAD_ADDRESS:
		break;
	}
	return VDFU_STATUS_ADDRESS;
}

/* ---- what a DNLOAD asked for, done at the GETSTATUS behind it ---- */

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static enum vdfu_status erase(struct vdfu_core *c)
{
	if (++c->erases == c->knobs.fail_erase)
		return VDFU_STATUS_ERASE;
	if (c->len == 1)
		return status_of(vdfu_chip_erase_all(c->chip));
	return status_of(vdfu_chip_erase(c->chip, get32(c->data + 1)));
}

static enum vdfu_status set_address(struct vdfu_core *c)
{
	uint8_t byte;
	uint32_t address = get32(c->data + 1);

	/* Read protection does not hide where memory is. */
	if (vdfu_chip_read(c->chip, address, &byte, 1) == VDFU_BAD_ADDRESS)
		return VDFU_STATUS_ADDRESS;
	c->pointer = address;
	return VDFU_STATUS_OK;
}

static enum vdfu_status run_command(struct vdfu_core *c)
{
	bool has_address = c->len == 5;

	if (c->data[0] == COMMAND_SET_ADDRESS && has_address)
		return set_address(c);
	if (c->data[0] == COMMAND_ERASE && (has_address || c->len == 1))
		return erase(c);
	if (c->data[0] == COMMAND_UNPROTECT && c->len == 1) {
		vdfu_chip_unprotect(c->chip);
		c->left = true; /* the ROM resets the chip */
		return VDFU_STATUS_OK;
	}
	return VDFU_STATUS_STALLED;
}

static enum vdfu_status run_write(struct vdfu_core *c)
{
	uint32_t at = c->pointer + (c->block - 2u) * VDFU_TRANSFER;

	if (++c->writes == c->knobs.fail_write)
		return VDFU_STATUS_WRITE;
	return status_of(vdfu_chip_write(c->chip, at, c->data, c->len));
}

/* The result shows at the next GETSTATUS only: now it is busy. */
static void run_pending(struct vdfu_core *c)
{
	if (c->block == 0)
		c->status = run_command(c);
	else if (c->block >= 2)
		c->status = run_write(c);
	else
		c->status = VDFU_STATUS_STALLED;
	c->state = VDFU_DNBUSY;
}

/* ---- requests ---- */

static int dnload(
	struct vdfu_core *c, const struct vdfu_setup *s, const uint8_t *data)
{
	if (c->state != VDFU_IDLE && c->state != VDFU_DNLOAD_IDLE)
		return fail(c, VDFU_STATUS_STALLED);
	if (s->length > VDFU_TRANSFER)
		return fail(c, VDFU_STATUS_STALLED);
	if (s->length == 0) {
		c->state = VDFU_MANIFEST_SYNC;
		return 0;
	}
	memcpy(c->data, data, s->length);
	c->len = s->length;
	c->block = s->value;
	c->state = VDFU_DNLOAD_SYNC;
	return s->length;
}

static int upload(
	struct vdfu_core *c, const struct vdfu_setup *s, uint8_t *data)
{
	static const uint8_t commands[] = {
		0x00, COMMAND_SET_ADDRESS, COMMAND_ERASE, COMMAND_UNPROTECT};
	uint32_t at = c->pointer + (s->value - 2u) * VDFU_TRANSFER;
	enum vdfu_result result;

	if (c->state != VDFU_IDLE && c->state != VDFU_UPLOAD_IDLE)
		return fail(c, VDFU_STATUS_STALLED);
	if (s->value == 0) {
		size_t n = s->length < sizeof(commands) ? s->length
							: sizeof(commands);

		memcpy(data, commands, n);
		return (int)n;
	}
	if (s->value == 1 || s->length > VDFU_TRANSFER)
		return fail(c, VDFU_STATUS_STALLED);
	result = vdfu_chip_read(c->chip, at, data, s->length);
	if (result != VDFU_OK)
		return fail(c, status_of(result));
	if (c->knobs.flip >= at && c->knobs.flip - at < s->length)
		data[c->knobs.flip - at] ^= 1;
	c->state = VDFU_UPLOAD_IDLE;
	return s->length;
}

static int answer_status(
	struct vdfu_core *c, uint8_t *data, enum vdfu_status status)
{
	uint32_t poll = c->state == VDFU_DNBUSY ? c->knobs.poll_ms : 0;
	const uint8_t all[6] = {(uint8_t)status, (uint8_t)poll,
		(uint8_t)(poll >> 8), (uint8_t)(poll >> 16), (uint8_t)c->state,
		0};

	memcpy(data, all, sizeof(all));
	return sizeof(all);
}

static int getstatus(
	struct vdfu_core *c, const struct vdfu_setup *s, uint8_t *data)
{
	if (s->length < 6)
		return fail(c, VDFU_STATUS_STALLED);
	switch (c->state) {
	case VDFU_DNLOAD_SYNC:
		run_pending(c);
		return answer_status(c, data, VDFU_STATUS_OK);
	case VDFU_DNBUSY:
		c->state = c->status == VDFU_STATUS_OK ? VDFU_DNLOAD_IDLE
						       : VDFU_ERROR;
		break;
	case VDFU_MANIFEST_SYNC:
		c->state = VDFU_MANIFEST;
		c->left = true;
		if (c->knobs.mute)
			return VDFU_GONE;
		break;
	case VDFU_IDLE:
	case VDFU_DNLOAD_IDLE:
	case VDFU_MANIFEST:
	case VDFU_UPLOAD_IDLE:
	case VDFU_ERROR:
		break;
	}
	return answer_status(c, data, c->status);
}

static int to_idle(struct vdfu_core *c)
{
	c->state = VDFU_IDLE;
	c->status = VDFU_STATUS_OK;
	return 0;
}

static int class_request(
	struct vdfu_core *c, const struct vdfu_setup *s, uint8_t *data)
{
	bool in = s->type == TYPE_IN;

	c->requests++;
	if (c->requests == c->knobs.hang)
		return VDFU_HANG;
	if (c->requests == c->knobs.unplug) {
		c->left = true;
		return VDFU_GONE;
	}
	if (!in && s->request == REQ_DNLOAD)
		return dnload(c, s, data);
	if (in && s->request == REQ_UPLOAD)
		return upload(c, s, data);
	if (in && s->request == REQ_GETSTATUS)
		return getstatus(c, s, data);
	if (!in && s->request == REQ_CLRSTATUS && c->state == VDFU_ERROR)
		return to_idle(c);
	if (!in && s->request == REQ_ABORT)
		return to_idle(c);
	if (!in && s->request == REQ_DETACH)
		return 0;
	if (in && s->request == REQ_GETSTATE && s->length > 0) {
		data[0] = (uint8_t)c->state;
		return 1;
	}
	return fail(c, VDFU_STATUS_STALLED);
}

int vdfu_core_control(
	struct vdfu_core *c, const struct vdfu_setup *setup, uint8_t *data)
{
	if (c->left)
		return VDFU_GONE;
	if (setup->type == TYPE_OUT || setup->type == TYPE_IN)
		return class_request(c, setup, data);
	return vdfu_desc_answer(setup, c->serial, data);
}
