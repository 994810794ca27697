/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzz target on its corpus without libFuzzer, as a unit test of every build.
 *
 *	replay FOLDER	runs each file of the folder, the truncated files and the empty input
 */
#include "../fuzz.h"

#include <dirent.h>

static bool replay(const char *path)
{
	static uint8_t data[1 << 16];
	FILE *file = fopen(path, "rb");
	size_t size;
	uint8_t *cut;

	if (!file)
		return false;
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	/* The whole input and some fifty truncations, each in memory of exactly its size. */
	for (size_t len = size, step = size / 50 + 1;; len -= step) {
		cut = malloc(len + !len);
		must(cut);
		memcpy(cut, data, len);
		LLVMFuzzerTestOneInput(cut, len);
		free(cut);
		if (len < step)
			return true;
	}
}

int main(int argc, char **argv)
{
	DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
	struct dirent *entry;
	char path[1024];
	int count = 0;

	if (!folder) {
		fprintf(stderr, "replay: cannot open the folder %s\n", argc == 2 ? argv[1] : "(missing operand)");
		return 1;
	}
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		if (!replay(path)) {
			fprintf(stderr, "replay: cannot read %s\n", path);
			return 1;
		}
		count++;
	}
	closedir(folder);
	printf("%d inputs\n", count);
	return count ? 0 : 1;
}
