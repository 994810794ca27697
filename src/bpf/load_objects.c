/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bpf/load_objects.h"

#include "bpf/device_layout.h"
#include "bpf/loader.h"
#include "macnat.skel.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { VERIFIER_LOG = 1 << 16 };

/*
 * What one thread loads. These need no layout, and their verification takes as long as the reading of the layout and the
 * verification of all others, which the other thread loads.
 */
static const char *const first_programs[] = {"vifi_from_guest", "vifi_from_port", "vifi_to_port"};

/* Reads the layout on a thread while the tables are created and the first programs are verified. */
struct layout_reader {
	struct device_layout layout;
	pthread_t thread;
	bool running;
};

struct load_job {
	struct macnat *skel;
	const struct macnat *tables;
	struct layout_reader *reader;
	bool first;
	char log[VERIFIER_LOG]; /* of the verifier; programs are loaded in sequence, the failing one last */
	int ret;
};

/* libbpf prints to standard error by default; `error` carries the relevant part. */
static int discard_libbpf_log(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

/* The verifier's verdict is in its last lines, before the statistics. */
static const char *last_log_line(char *log)
{
	char *stats = strstr(log, "\nprocessed "), *line;

	if (stats)
		*stats = '\0';
	for (char *end = log + strlen(log); end > log && end[-1] == '\n';)
		*--end = '\0';
	line = strrchr(log, '\n');
	return line ? line + 1 : log;
}

static int set_load_error(int ret, char *log, struct error *error)
{
	if (ret == -EPERM)
		return error_set(error, ret,
				 "cannot load the eBPF program: CAP_BPF and CAP_NET_ADMIN (or CAP_SYS_ADMIN) are "
				 "missing; run vifi as root");
	if (log[0])
		return error_set(error, ret,
				 "the kernel rejects the eBPF program: %.300s; use `--engine=user`, which needs none",
				 last_log_line(log));
	return error_set(error, ret, "cannot load the eBPF program: %s; use `--engine=user`, which needs none",
			 strerror(-ret));
}

/* ---- the tables ---- */

/* Gives the tables their size. */
static int resize_maps(struct macnat *skel, uint32_t port_cap)
{
	int ret = bpf_map__set_max_entries(skel->maps.bindings, MN_TABLE_SIZE(port_cap));

	return ret < 0 ? ret : bpf_map__set_max_entries(skel->maps.blocks, MN_BLOCKS_SIZE(port_cap));
}

static int reuse_maps(struct macnat *skel, const int *old_maps)
{
	for (int i = 0; i < PART_MAPS; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(skel->obj, kernel_part_map((enum part_map)i));
		int ret = map ? bpf_map__reuse_fd(map, old_maps[i]) : -ENOENT;

		if (ret < 0)
			return ret;
	}
	return 0;
}

static int create_tables(struct macnat **tables, const int *old_maps, uint32_t port_cap)
{
	struct bpf_program *prog;
	int ret;

	*tables = macnat__open();
	if (!*tables)
		return -errno;
	bpf_object__for_each_program(prog, (*tables)->obj) bpf_program__set_autoload(prog, false);
	ret = old_maps ? reuse_maps(*tables, old_maps) : resize_maps(*tables, port_cap);
	return ret < 0 ? ret : macnat__load(*tables);
}

/* ---- the layout ---- */

static void *read_layout(void *arg)
{
	struct layout_reader *reader = arg;

	device_layout_read(&reader->layout);
	return NULL;
}

static void start_reader(struct layout_reader *reader)
{
	reader->running = pthread_create(&reader->thread, NULL, read_layout, reader) == 0;
	if (!reader->running)
		read_layout(reader);
}

static void finish_reader(struct layout_reader *reader)
{
	if (reader->running)
		pthread_join(reader->thread, NULL);
	reader->running = false;
}

static int apply_layout(struct macnat *skel, const struct device_layout *layout)
{
	skel->rodata->skb_dev_offset = layout->skb_dev;
	skel->rodata->dev_addr_offset = layout->dev_addr;
	skel->rodata->kernel_bytes_type = layout->bytes_type;
	return device_layout_patch(skel->obj, layout);
}

/* ---- the programs ---- */

/* Where the kernel has no random numbers yet, soon after a boot, the secret may stay 0. */
static void apply_secret(struct macnat *skel)
{
	uint64_t secret;

	if (getrandom(&secret, sizeof(secret), GRND_NONBLOCK) == sizeof(secret))
		skel->rodata->loader_secret = secret;
}

/* Each object has constants of its own (.rodata), and shares all other maps. */
static int share_maps(struct macnat *skel, const struct macnat *tables)
{
	struct bpf_map *map;
	int ret = 0;

	bpf_object__for_each_map(map, skel->obj)
	{
		if (ret == 0 && !bpf_map__is_internal(map))
			ret = bpf_map__reuse_fd(map, bpf_object__find_map_fd_by_name(tables->obj, bpf_map__name(map)));
	}
	return ret;
}

static bool is_first(const char *name)
{
	for (size_t i = 0; i < sizeof(first_programs) / sizeof(first_programs[0]); i++)
		if (!strcmp(name, first_programs[i]))
			return true;
	return false;
}

static int load_programs(struct load_job *job)
{
	struct macnat *skel = job->skel = macnat__open();
	struct bpf_program *prog;
	int ret = 0;

	if (!skel)
		return -errno;
	bpf_object__for_each_program(prog, skel->obj)
	{
		bpf_program__set_autoload(prog, is_first(bpf_program__name(prog)) == job->first);
		bpf_program__set_log_buf(prog, job->log, sizeof(job->log));
	}
	apply_secret(skel);
	if (!job->first) {
		finish_reader(job->reader);
		ret = apply_layout(skel, &job->reader->layout);
	}
	if (ret == 0)
		ret = share_maps(skel, job->tables);
	return ret < 0 ? ret : macnat__load(skel);
}

static void *run_job(void *arg)
{
	struct load_job *job = arg;

	job->ret = load_programs(job);
	return NULL;
}

/* Both jobs, each on a thread; without a second thread one after the other. */
static void run_jobs(struct load_job *jobs[LOAD_THREADS])
{
	pthread_t thread;
	bool parallel = pthread_create(&thread, NULL, run_job, jobs[1]) == 0;

	run_job(jobs[0]);
	if (parallel)
		pthread_join(thread, NULL);
	else
		run_job(jobs[1]);
}

/* One attempt to load the programs. */
static int try_load(struct loaded_objects *objects, struct layout_reader *reader, struct error *error)
{
	struct load_job *jobs[LOAD_THREADS];
	int ret = 0;

	for (int i = 0; i < LOAD_THREADS; i++) {
		jobs[i] = calloc(1, sizeof(*jobs[i]));
		if (!jobs[i])
			ret = error_set(error, -ENOMEM, "cannot load the eBPF program: out of memory");
		else
			*jobs[i] = (struct load_job){.tables = objects->tables, .reader = reader, .first = i == 0};
	}
	if (ret == 0)
		run_jobs(jobs);
	for (int i = 0; i < LOAD_THREADS; i++) {
		if (ret == 0 && jobs[i]->ret < 0)
			ret = set_load_error(jobs[i]->ret, jobs[i]->log, error);
		objects->programs[i] = jobs[i] ? jobs[i]->skel : NULL;
		free(jobs[i]);
	}
	for (int i = 0; ret < 0 && i < LOAD_THREADS; i++) {
		macnat__destroy(objects->programs[i]);
		objects->programs[i] = NULL;
	}
	return ret;
}

/*
 * A kernel that does not let programs read its memory (lockdown=confidentiality) refuses the first attempts: there the guard
 * compares with the MAC address in the configuration.
 */
int load_objects(struct loaded_objects *objects, const int *old_maps, uint32_t port_cap, struct error *error)
{
	struct layout_reader reader;
	int ret;

	*objects = (struct loaded_objects){0};
	libbpf_set_print(discard_libbpf_log);
	start_reader(&reader);
	ret = create_tables(&objects->tables, old_maps, port_cap);
	if (ret < 0) {
		char no_log[1] = "";

		finish_reader(&reader);
		loaded_objects_free(objects);
		return set_load_error(ret, no_log, error);
	}
	ret = try_load(objects, &reader, error);
	finish_reader(&reader); /* still running only if no job could start */
	while (ret < 0 && ret != -EPERM && device_layout_reduce(&reader.layout))
		ret = try_load(objects, &reader, error);
	if (ret < 0)
		loaded_objects_free(objects);
	return ret;
}

int loaded_map(const struct loaded_objects *objects, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(objects->tables->obj, name);

	return fd < 0 ? -1 : fd;
}

/* Only one of the objects has loaded it. */
int loaded_program(const struct loaded_objects *objects, const char *name)
{
	for (int i = 0; i < LOAD_THREADS; i++) {
		const struct bpf_program *prog = bpf_object__find_program_by_name(objects->programs[i]->obj, name);

		if (prog && bpf_program__fd(prog) >= 0)
			return bpf_program__fd(prog);
	}
	return -1;
}

void loaded_objects_free(struct loaded_objects *objects)
{
	macnat__destroy(objects->tables);
	for (int i = 0; i < LOAD_THREADS; i++)
		macnat__destroy(objects->programs[i]);
	*objects = (struct loaded_objects){0};
}
