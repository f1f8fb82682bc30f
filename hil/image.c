#include "hil/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* RM0090: SRAM1 and 2; an initial stack may also be in CCM. */
#define RAM_AT	 0x20000000u
#define RAM_SIZE 0x20000u
#define CCM_AT	 0x10000000u
#define CCM_SIZE 0x10000u

/* In two pieces, so that this program does not hold the mark itself. */
#define MARK_SIZE 16
#define SEED_SIZE 65536u
/* Mark, length of the seed, seed. */
#define CONFIG_SIZE (MARK_SIZE + 4 + SEED_SIZE)

static void make_mark(uint8_t mark[MARK_SIZE])
{
	memset(mark, 0, MARK_SIZE);
	/* NOLINTBEGIN(bugprone-not-null-terminated-result): no text */
	memcpy(mark, "ec21-", 5);
	memcpy(mark + 5, "virtual-1\n", 10);
	/* NOLINTEND(bugprone-not-null-terminated-result) */
}

static uint32_t word_at(const struct image *image, size_t at)
{
	const uint8_t *p = image->data + at;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static bool is_within(uint32_t value, uint32_t at, uint32_t size)
{
	return value > at && value - at <= size && value % 4 == 0;
}

static bool check(const struct image *image, char *why, size_t size)
{
	uint8_t mark[MARK_SIZE];
	uint32_t stack, reset;

	if (image->len >= 4 && memcmp(image->data, "\177ELF", 4) == 0) {
		snprintf(why, size,
			"it is an ELF file; the raw image (.bin) is wanted");
		return false;
	}
	if (image->len > IMAGE_FLASH_MAX) {
		snprintf(why, size, "longer than the chip's flash of 1 MiB");
		return false;
	}
	make_mark(mark);
	if (memmem(image->data, image->len, mark, MARK_SIZE - 2) != NULL) {
		snprintf(why, size,
			"it holds the virtual board's mark: made by "
			"mkvirtual.sh, and for no board");
		return false;
	}
	stack = image->len >= 8 ? word_at(image, 0) : 0;
	reset = image->len >= 8 ? word_at(image, 4) : 0;
	if ((is_within(stack, RAM_AT, RAM_SIZE) ||
		    is_within(stack, CCM_AT, CCM_SIZE)) &&
		(reset & 1) == 1 && reset >= IMAGE_FLASH + 8 &&
		reset - IMAGE_FLASH < image->len)
		return true;
	snprintf(why, size,
		"it is no image for an STM32F405 at 0x%08x: stack 0x%08x, "
		"start 0x%08x",
		IMAGE_FLASH, stack, reset);
	return false;
}

/* One byte more than there may be shows that there are more. */
static bool read_all(int fd, struct image *image, char *why, size_t size)
{
	ssize_t n;

	image->data = malloc(IMAGE_FLASH_MAX + 1);
	if (image->data == NULL) {
		snprintf(why, size, "out of memory");
		return false;
	}
	while (image->len <= IMAGE_FLASH_MAX &&
		(n = read(fd, image->data + image->len,
			 IMAGE_FLASH_MAX + 1 - image->len)) != 0) {
		if (n > 0) {
			image->len += (size_t)n;
		} else if (errno != EINTR) {
			snprintf(why, size, "%s", strerror(errno));
			return false;
		}
	}
	return true;
}

bool image_load(
	struct image *image, const char *path, char *why, size_t why_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	*image = (struct image){0};
	if (fd < 0) {
		snprintf(why, why_size, "%s", strerror(errno));
		return false;
	}
	ok = read_all(fd, image, why, why_size) && check(image, why, why_size);
	close(fd);
	if (!ok)
		image_free(image);
	return ok;
}

void image_free(struct image *image)
{
	free(image->data);
	*image = (struct image){0};
}

static bool fill_random(uint8_t *p, size_t len)
{
	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return true;
}

static bool write_all(const char *path, const uint8_t *p, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0;

	while (ok && len > 0) {
		ssize_t n = write(fd, p, len);

		ok = n > 0 || (n < 0 && errno == EINTR);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return fd >= 0 && close(fd) == 0 && ok;
}

/* An image of a whole chip goes on to its end, erased there or not. */
bool image_leaves_config(const struct image *image)
{
	for (size_t i = IMAGE_CONFIG_AT; i < image->len; i++)
		if (image->data[i] != 0xff && image->data[i] != 0)
			return false;
	return true;
}

bool image_write_config(const char *path, char *why, size_t why_size)
{
	uint8_t *config = calloc(1, CONFIG_SIZE);
	bool ok;

	if (config == NULL) {
		snprintf(why, why_size, "out of memory");
		return false;
	}
	make_mark(config);
	config[MARK_SIZE + 2] = SEED_SIZE >> 16;
	ok = fill_random(config + MARK_SIZE + 4, SEED_SIZE) &&
	     write_all(path, config, CONFIG_SIZE);
	if (!ok)
		snprintf(why, why_size, "cannot write %s: %s", path,
			strerror(errno));
	free(config);
	return ok;
}
