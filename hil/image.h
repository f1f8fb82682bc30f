#ifndef EC21_HIL_IMAGE_H
#define EC21_HIL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What goes into the flash of an STM32F405: a raw image (.bin) that begins
 * with the vector table at 0x08000000.
 */
#define IMAGE_FLASH	0x08000000u
#define IMAGE_FLASH_MAX ((size_t)1 << 20)
/* The last sector: there the virtual board has its configuration. */
#define IMAGE_CONFIG_AT ((size_t)0xe0000)

struct image {
	uint8_t *data;
	size_t len;
};

/*
 * Read `path`. False, with a sentence in `why`, when it is not there, not for
 * this chip (its vector table says so), too long, or holds the virtual
 * board's mark: a seed that is known is no randomness on a board.
 */
bool image_load(
	struct image *image, const char *path, char *why, size_t why_size);
void image_free(struct image *image);

/* Is the sector of the virtual board's configuration left alone by it? */
bool image_leaves_config(const struct image *image);
/*
 * Write that configuration with new random bytes, as
 * firmware_under_test/mkvirtual.sh does. Mode 0600. False with a sentence.
 */
bool image_write_config(const char *path, char *why, size_t why_size);

#endif
