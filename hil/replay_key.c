#include "hil/replay_key.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mask_fill.h"

/* Does the file begin with what was masked? `data` has room for it. */
static bool is_masked_one(
	const char *path, const struct mask_words *mask, uint8_t *data)
{
	struct sha256 *sum = sha256_new();
	char text[SHA256_TEXT_SIZE] = "";
	FILE *f = fopen(path, "re");

	if (sum != NULL && f != NULL &&
		fread(data, 1, mask->len, f) == mask->len) {
		sha256_start(sum);
		sha256_update(sum, data, mask->len);
		sha256_text(sum, text);
	}
	if (f != NULL)
		fclose(f);
	sha256_free(sum);
	return text[0] != '\0' && strcmp(text, mask->sha256) == 0;
}

static bool find_key(const char *folder, const struct mask_words *mask,
	uint8_t *data, char *path, size_t size)
{
	DIR *dir = folder != NULL ? opendir(folder) : NULL;
	bool found = false;
	struct dirent *d;

	while (dir != NULL && !found && (d = readdir(dir)) != NULL) {
		size_t n = strlen(d->d_name);

		if (n < 4 || strcmp(d->d_name + n - 4, ".key") != 0)
			continue;
		snprintf(path, size, "%s/%s", folder, d->d_name);
		found = is_masked_one(path, mask, data);
	}
	if (dir != NULL)
		closedir(dir);
	if (!found)
		path[0] = '\0';
	return found;
}

static bool make_key(const struct mask_words *mask, uint8_t *data)
{
	struct buf fill;
	bool ok;

	buf_init(&fill, MASK_FILL_MAX);
	ok = mask_fill(mask, &fill);
	if (ok)
		memcpy(data, buf_data(&fill), mask->len);
	buf_free(&fill);
	return ok;
}

static bool write_file(const char *path, const uint8_t *data, size_t len)
{
	FILE *f = fopen(path, "we");
	bool ok = f != NULL && fwrite(data, 1, len, f) == len;

	return (f == NULL || fclose(f) == 0) && ok;
}

bool replay_key_write(const char *path, const struct mask_words *mask,
	const char *certs, char *found, size_t size)
{
	uint8_t *data = malloc(mask->len);
	bool ok;

	if (data == NULL)
		return false;
	ok = (find_key(certs, mask, data, found, size) ||
		     make_key(mask, data)) &&
	     write_file(path, data, mask->len);
	explicit_bzero(data, mask->len);
	free(data);
	return ok;
}
