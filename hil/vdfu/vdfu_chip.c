#include "hil/vdfu/vdfu_chip.h"

#include <string.h>

#define OPTION_BASE 0x1fffc000u
#define OPTION_SIZE 16u

void vdfu_chip_init(struct vdfu_chip *c, uint8_t *flash)
{
	*c = (struct vdfu_chip){.flash = flash};
}

static bool within(uint32_t address, size_t len, uint32_t base, uint32_t size)
{
	return address >= base && address - base <= size &&
	       len <= size - (address - base);
}

/* Four of 16 KiB, one of 64, seven of 128. */
bool vdfu_chip_sector(uint32_t address, uint32_t *base, uint32_t *size)
{
	uint32_t offset = address - VDFU_FLASH_BASE;

	if (!within(address, 1, VDFU_FLASH_BASE, VDFU_FLASH_SIZE))
		return false;
	*size = offset < 0x10000   ? 0x4000
		: offset < 0x20000 ? 0x10000
				   : 0x20000;
	*base = address - offset % *size;
	return true;
}

enum vdfu_result vdfu_chip_erase(struct vdfu_chip *c, uint32_t address)
{
	uint32_t base, size;

	if (!vdfu_chip_sector(address, &base, &size))
		return VDFU_BAD_ADDRESS;
	if (c->protected)
		return VDFU_PROTECTED;
	memset(c->flash + (base - VDFU_FLASH_BASE), 0xff, size);
	c->erased++;
	return VDFU_OK;
}

enum vdfu_result vdfu_chip_erase_all(struct vdfu_chip *c)
{
	if (c->protected)
		return VDFU_PROTECTED;
	memset(c->flash, 0xff, VDFU_FLASH_SIZE);
	c->erased += VDFU_SECTORS;
	return VDFU_OK;
}

enum vdfu_result vdfu_chip_write(
	struct vdfu_chip *c, uint32_t address, const uint8_t *data, size_t len)
{
	uint8_t *to;

	if (!within(address, len, VDFU_FLASH_BASE, VDFU_FLASH_SIZE))
		return VDFU_BAD_ADDRESS;
	if (c->protected)
		return VDFU_PROTECTED;
	to = c->flash + (address - VDFU_FLASH_BASE);
	for (size_t i = 0; i < len; i++)
		to[i] &= data[i];
	return VDFU_OK;
}

/* RDP and user byte with their complements, then nWRP [RM0090 §3.9]. */
static void read_options(
	const struct vdfu_chip *c, uint32_t offset, uint8_t *data, size_t len)
{
	uint8_t all[OPTION_SIZE];

	memset(all, 0xff, sizeof(all));
	all[0] = 0xef;
	all[1] = c->protected ? 0x00 : 0xaa;
	memcpy(data, all + offset, len);
}

enum vdfu_result vdfu_chip_read(
	const struct vdfu_chip *c, uint32_t address, uint8_t *data, size_t len)
{
	if (within(address, len, OPTION_BASE, OPTION_SIZE)) {
		read_options(c, address - OPTION_BASE, data, len);
		return VDFU_OK;
	}
	if (!within(address, len, VDFU_FLASH_BASE, VDFU_FLASH_SIZE))
		return VDFU_BAD_ADDRESS;
	if (c->protected)
		return VDFU_PROTECTED;
	memcpy(data, c->flash + (address - VDFU_FLASH_BASE), len);
	return VDFU_OK;
}

void vdfu_chip_unprotect(struct vdfu_chip *c)
{
	c->protected = false;
	(void)vdfu_chip_erase_all(c);
}
