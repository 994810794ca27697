/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * load: loads each program of an eBPF object into the running kernel, without attaching it, with the kernel's layout that
 * the egress guard reads (src/bpf/device_layout.h). Prints the verifier's
 * statistics and the time; for a refused program also the end of the verifier's log. Exit code 0: the verifier accepted
 * all programs.
 */
#include "bpf/device_layout.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
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

/* Sets a constant of the object, if it has one of this name. */
static void set_constant(struct bpf_object *object, const char *name, uint32_t value)
{
	const struct btf *btf = bpf_object__btf(object);
	int id = btf ? btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC) : -1;
	const struct btf_type *section = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
	struct bpf_map *map;
	char *data = NULL;
	size_t size;

	bpf_object__for_each_map(map, object)
	{
		if (strstr(bpf_map__name(map), ".rodata"))
			data = (char *)(uintptr_t)bpf_map__initial_value(map, &size);
	}
	for (uint32_t i = 0; data && section && i < btf_vlen(section); i++) {
		const struct btf_var_secinfo *variable = &btf_var_secinfos(section)[i];

		if (!strcmp(btf__name_by_offset(btf, btf__type_by_id(btf, variable->type)->name_off), name))
			memcpy(data + variable->offset, &value, sizeof(value));
	}
}

/* Loads one program of the object. level: 4 logs statistics only, 1 the path that fails. */
static int load_one(const char *path, const char *name, int level, char *log)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct device_layout layout;
	struct bpf_program *program;
	double start;
	int ret;

	if (!object)
		return -1;
	printf("%s", device_layout_read(&layout) ? "" : "this kernel has no BTF\n");
	set_constant(object, "skb_dev_offset", layout.skb_dev);
	set_constant(object, "dev_addr_offset", layout.dev_addr);
	set_constant(object, "kernel_bytes_type", layout.bytes_type);
	if (device_layout_patch(object, &layout))
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
