/*
 * A plain main() for a fuzz target: runs it once on each file named, or on
 * each file of a folder named. So the corpora are replayed in every build,
 * with any compiler.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	struct stat st;
	size_t size;

	if (f == NULL || fstat(fileno(f), &st) != 0)
		goto fail;
	size = (size_t)st.st_size;
	/* No byte to spare, so that a read past the end is seen. */
	data = malloc(size != 0 ? size : 1);
	if (data == NULL || fread(data, 1, size, f) != size)
		goto fail;
	fclose(f);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
fail:
	fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
	exit(2);
}

static int replay(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char name[4096];
	int n = 0;

	if (dir == NULL)
		return replay_file(path);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		n += replay_file(name);
	}
	closedir(dir);
	return n;
}

int main(int argc, char **argv)
{
	int n = 0;

	for (int i = 1; i < argc; i++)
		n += replay(argv[i]);
	printf("replay: %d inputs\n", n);
	return n == 0;
}
