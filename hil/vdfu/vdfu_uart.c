#include "hil/vdfu/vdfu_uart.h"

#include <string.h>

#define ACK  0x79
#define NACK 0x1f
#define SYNC 0x7f

/* Version 3.1, then the commands it knows. */
enum command {
	CMD_GET = 0x00,
	CMD_VERSION = 0x01,
	CMD_ID = 0x02,
	CMD_READ = 0x11,
	CMD_GO = 0x21,
	CMD_WRITE = 0x31,
	CMD_ERASE = 0x44, /* two-byte sector numbers */
	CMD_WRITE_PROTECT = 0x63,
	CMD_WRITE_UNPROTECT = 0x73,
	CMD_PROTECT = 0x82,
	CMD_UNPROTECT = 0x92,
};

static void wait_command(struct vdfu_uart *u);

static void expect(
	struct vdfu_uart *u, size_t n, void (*next)(struct vdfu_uart *))
{
	u->n = 0;
	u->need = n;
	u->next = next;
}

static void send(struct vdfu_uart *u, const uint8_t *data, size_t len)
{
	u->send(u->arg, data, len);
}

static void ack(struct vdfu_uart *u)
{
	static const uint8_t byte = ACK;

	send(u, &byte, 1);
}

/* The command is over. */
static void refuse(struct vdfu_uart *u)
{
	static const uint8_t byte = NACK;

	send(u, &byte, 1);
	wait_command(u);
}

static void finish(struct vdfu_uart *u, bool ok)
{
	if (!ok) {
		refuse(u);
		return;
	}
	ack(u);
	wait_command(u);
}

static uint8_t fold(const uint8_t *data, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum ^= data[i];
	return sum;
}

/* ---- read ---- */

static void on_read_count(struct vdfu_uart *u)
{
	uint8_t data[256];
	size_t n = u->in[0] + 1u;

	if ((u->in[0] ^ u->in[1]) != 0xff ||
		vdfu_chip_read(u->chip, u->address, data, n) != VDFU_OK) {
		refuse(u);
		return;
	}
	ack(u);
	send(u, data, n);
	wait_command(u);
}

/* ---- write ---- */

static void on_write_data(struct vdfu_uart *u)
{
	size_t n = u->in[0] + 1u;

	finish(u, fold(u->in, n + 2) == 0 &&
			  vdfu_chip_write(u->chip, u->address, u->in + 1, n) ==
				  VDFU_OK);
}

static void on_write_count(struct vdfu_uart *u)
{
	/* The count stays in front; data and check follow it. */
	u->need = 1 + u->in[0] + 1u + 1u;
	u->next = on_write_data;
}

/* ---- erase ---- */

static const uint32_t first_of[VDFU_SECTORS] = {0x00000, 0x04000, 0x08000,
	0x0c000, 0x10000, 0x20000, 0x40000, 0x60000, 0x80000, 0xa0000, 0xc0000,
	0xe0000};

static void on_erase_list(struct vdfu_uart *u)
{
	bool ok = fold(u->in, u->need) == 0;

	for (size_t i = 2; ok && i + 1 < u->need; i += 2) {
		unsigned sector = (unsigned)u->in[i] << 8 | u->in[i + 1];

		ok = sector < VDFU_SECTORS &&
		     vdfu_chip_erase(u->chip,
			     VDFU_FLASH_BASE + first_of[sector]) == VDFU_OK;
	}
	finish(u, ok);
}

static void on_erase_all(struct vdfu_uart *u)
{
	finish(u, fold(u->in, 3) == 0 && u->in[1] == 0xff &&
			  vdfu_chip_erase_all(u->chip) == VDFU_OK);
}

static void on_erase_count(struct vdfu_uart *u)
{
	unsigned n = (unsigned)u->in[0] << 8 | u->in[1];

	if (n >= 0xfff0) {
		u->need = 3;
		u->next = on_erase_all;
	} else if (n < 256) {
		u->need = 2 + 2 * (n + 1) + 1;
		u->next = on_erase_list;
	} else {
		refuse(u);
	}
}

/* ---- commands ---- */

static void on_address(struct vdfu_uart *u)
{
	if (fold(u->in, 5) != 0) {
		refuse(u);
		return;
	}
	u->address = (uint32_t)u->in[0] << 24 | (uint32_t)u->in[1] << 16 |
		     (uint32_t)u->in[2] << 8 | u->in[3];
	ack(u);
	if (u->command == CMD_GO)
		u->left = true;
	else if (u->command == CMD_READ)
		expect(u, 2, on_read_count);
	else
		expect(u, 1, on_write_count);
}

static void answer(struct vdfu_uart *u, const uint8_t *data, size_t len)
{
	ack(u);
	send(u, data, len);
	ack(u);
	wait_command(u);
}

static void run_command(struct vdfu_uart *u)
{
	static const uint8_t known[] = {11, 0x31, CMD_GET, CMD_VERSION, CMD_ID,
		CMD_READ, CMD_GO, CMD_WRITE, CMD_ERASE, CMD_WRITE_PROTECT,
		CMD_WRITE_UNPROTECT, CMD_PROTECT, CMD_UNPROTECT};
	static const uint8_t version[] = {0x31, 0, 0};
	static const uint8_t id[] = {1, 0x04, 0x13};
	bool protected = u->chip->protected;

	switch (u->command) {
	case CMD_GET:
		answer(u, known, sizeof(known));
		return;
	case CMD_VERSION:
		answer(u, version, sizeof(version));
		return;
	case CMD_ID:
		answer(u, id, sizeof(id));
		return;
	case CMD_READ:
	case CMD_GO:
	case CMD_WRITE:
	case CMD_ERASE:
		if (protected)
			break;
		ack(u);
		if (u->command == CMD_ERASE)
			expect(u, 2, on_erase_count);
		else
			expect(u, 5, on_address);
		return;
	case CMD_UNPROTECT:
		ack(u);
		vdfu_chip_unprotect(u->chip);
		ack(u);
		u->left = true; /* the ROM resets the chip */
		return;
	default:
		break; /* the other protections are not modelled */
	}
	refuse(u);
}

static void on_command(struct vdfu_uart *u)
{
	u->command = u->in[0];
	if ((u->in[0] ^ u->in[1]) != 0xff)
		refuse(u);
	else
		run_command(u);
}

static void wait_command(struct vdfu_uart *u)
{
	expect(u, 2, on_command);
}

void vdfu_uart_init(struct vdfu_uart *u, struct vdfu_chip *chip,
	void (*send_fn)(void *arg, const uint8_t *data, size_t len), void *arg)
{
	*u = (struct vdfu_uart){.chip = chip, .send = send_fn, .arg = arg};
	vdfu_uart_reset(u);
}

void vdfu_uart_reset(struct vdfu_uart *u)
{
	u->synced = u->left = false;
	wait_command(u);
}

void vdfu_uart_input(struct vdfu_uart *u, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len && !u->left; i++) {
		if (!u->synced) {
			u->synced = data[i] == SYNC;
			if (u->synced)
				ack(u);
			continue;
		}
		u->in[u->n++] = data[i];
		if (u->n == u->need)
			u->next(u);
	}
}
