#ifndef EC21_HIL_VDFU_CHIP_H
#define EC21_HIL_VDFU_CHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What an STM32F405RG's boot loader can reach of the chip: 1 MiB of flash in
 * twelve sectors, the option bytes, and the read protection [RM0090, AN2606].
 * Pure: no files, no clock.
 */
#define VDFU_FLASH_BASE 0x08000000u
#define VDFU_FLASH_SIZE 0x00100000u
#define VDFU_SECTORS	12u

enum vdfu_result {
	VDFU_OK,
	VDFU_BAD_ADDRESS, /* no memory there, or none that this can change */
	VDFU_PROTECTED,	  /* by read protection, level 1 */
};

struct vdfu_chip {
	uint8_t *flash; /* VDFU_FLASH_SIZE bytes, the caller's */
	bool protected;
	unsigned erased; /* sectors, since init */
};

void vdfu_chip_init(struct vdfu_chip *, uint8_t *flash);

/* The sector that holds an address; false outside of flash. */
bool vdfu_chip_sector(uint32_t address, uint32_t *base, uint32_t *size);

/* All bytes of the address's sector become 0xFF. */
enum vdfu_result vdfu_chip_erase(struct vdfu_chip *, uint32_t address);
enum vdfu_result vdfu_chip_erase_all(struct vdfu_chip *);
/*
 * Bits only fall: without an erase before, what is read back is the AND of
 * old and new. All or nothing by address.
 */
enum vdfu_result vdfu_chip_write(
	struct vdfu_chip *, uint32_t address, const uint8_t *data, size_t len);
/* Flash and option bytes. */
enum vdfu_result vdfu_chip_read(
	const struct vdfu_chip *, uint32_t address, uint8_t *data, size_t len);
/* Level 1 back to 0 erases all flash. */
void vdfu_chip_unprotect(struct vdfu_chip *);

#endif
