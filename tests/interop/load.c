/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * load: loads each program of an eBPF object into the running kernel, without attaching it. Prints the verifier's
 * statistics and the time; for a refused program also the end of the verifier's log. Exit code 0: the verifier accepted
 * all programs.
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
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

/* Loads one program of the object. level: 4 logs statistics only, 1 the path that fails. */
static int load_one(const char *path, const char *name, int level, char *log)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	double start;
	int ret;

	if (!object)
		return -1;
	bpf_object__for_each_program(program, object)
	{
		bpf_program__set_autoload(program, strcmp(bpf_program__name(program), name) == 0);
		bpf_program__set_log_buf(program, log, LOG);
		bpf_program__set_log_level(program, (unsigned)level);
	}
	log[0] = '\0';
	start = now();
	ret = bpf_object__load(object);
	printf("%s: %s in %.1f s\n", name, ret ? "refused" : "accepted", now() - start);
	bpf_object__close(object);
	return ret;
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
		int ret = load_one(argv[1], name, 4, log);

		printf("%s", log);
		if (ret && load_one(argv[1], name, 1, log)) {
			size_t length = strlen(log);

			printf("%s\n", length > 2500 ? log + length - 2500 : log);
		}
		failed |= ret != 0;
		fflush(stdout);
	}
	bpf_object__close(object);
	return failed;
}
