/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * load: asks the running kernel's verifier about each program of an eBPF object, without attaching anything.
 * Prints the verifier's own statistics and how long it took; when it refuses, the end of its log.
 * Exit code 0: all were taken.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOG (16 << 20)

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

/* Loads one program of the object; the others stay out. level: 4 statistics only, 1 the failing path's log. */
static int load_one(const char *path, const char *name, int level, char *log)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	double begun;
	int r;

	if (!object)
		return -1;
	bpf_object__for_each_program(program, object)
	{
		bpf_program__set_autoload(program, strcmp(bpf_program__name(program), name) == 0);
		bpf_program__set_log_buf(program, log, LOG);
		bpf_program__set_log_level(program, (unsigned)level);
	}
	log[0] = '\0';
	begun = now();
	r = bpf_object__load(object);
	printf("%s: %s in %.1f s\n", name, r ? "refused" : "taken", now() - begun);
	bpf_object__close(object);
	return r;
}

int main(int argc, char **argv)
{
	char *log = malloc(LOG);
	struct bpf_object *object = argc == 2 && log ? bpf_object__open_file(argv[1], NULL) : NULL;
	struct bpf_program *program;
	int failed = 0;

	if (!object)
		return 2;
	libbpf_set_print(quiet);
	bpf_object__for_each_program(program, object)
	{
		const char *name = bpf_program__name(program);
		int r = load_one(argv[1], name, 4, log);

		printf("%s", log);
		if (r && load_one(argv[1], name, 1, log)) {
			size_t length = strlen(log);

			printf("%s\n", length > 2500 ? log + length - 2500 : log);
		}
		failed |= r != 0;
		fflush(stdout);
	}
	bpf_object__close(object);
	return failed;
}
