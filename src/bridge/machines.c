/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/machines.h"

#include "base/printable.h"
#include "bridge/policy/qemu_command.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_SIZE = 256, COMMAND_SIZE = 65536, INTERFACE_SIZE = 16 };

struct search {
	json_t *machines; /* name of a tap device → of its machine */
	char command[COMMAND_SIZE];
};

static ssize_t read_file(int folder, const char *name, char *text, size_t size)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t len = fd < 0 ? -1 : 0;

	while (fd >= 0 && used < size && (len = read(fd, text + used, size - used)) > 0)
		used += (size_t)len;
	if (fd >= 0)
		close(fd);
	return len < 0 ? -1 : (ssize_t)used;
}

/* ---- the processes ---- */

/* Notes the machine of the tap device to which a descriptor is attached. */
static void note_tap(struct search *search, int process, const char *fd, const char *machine)
{
	char path[64], text[1024], name[INTERFACE_SIZE];
	const char *line;
	ssize_t len;

	snprintf(path, sizeof(path), "fdinfo/%.20s", fd);
	len = read_file(process, path, text, sizeof(text) - 1);
	if (len <= 0)
		return;
	text[len] = '\0';
	line = strstr(text, "iff:\t");
	if (line && sscanf(line, "iff:\t%15s", name) == 1)
		json_object_set_new(search->machines, name, json_string(machine));
}

/* Looks at the descriptors of a process for tap devices. */
static void search_descriptors(struct search *search, int process, const char *machine)
{
	int folder = openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = folder < 0 ? NULL : fdopendir(folder);
	const struct dirent *entry;
	char target[32];

	if (!list) {
		if (folder >= 0)
			close(folder);
		return;
	}
	while ((entry = readdir(list))) {
		ssize_t len = readlinkat(folder, entry->d_name, target, sizeof(target));

		if (len == 12 && !memcmp(target, "/dev/net/tun", 12))
			note_tap(search, process, entry->d_name, machine);
	}
	closedir(list);
}

static void search_process(struct search *search, int proc, const char *pid)
{
	int process = openat(proc, pid, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[NAME_SIZE], machine[NAME_SIZE];
	ssize_t len;

	if (process < 0)
		return;
	len = read_file(process, "cmdline", search->command, sizeof(search->command));
	if (len > 0 && qemu_command_name(name, sizeof(name), search->command, (size_t)len)) {
		printable_copy(machine, sizeof(machine), name, true);
		search_descriptors(search, process, machine);
	}
	close(process);
}

static void search_processes(struct search *search)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;

	if (!proc)
		return;
	while ((entry = readdir(proc)))
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			search_process(search, dirfd(proc), entry->d_name);
	closedir(proc);
}

/* ---- the report ---- */

/* The guests of each port, to know which ports have several. */
static json_t *count_guests(const json_t *guests)
{
	json_t *counts = json_object(), *guest;
	size_t i;

	json_array_foreach(guests, i, guest)
	{
		const char *port = json_string_value(json_object_get(guest, "port"));

		if (port)
			json_object_set_new(counts, port,
					    json_integer(json_integer_value(json_object_get(counts, port)) + 1));
	}
	return counts;
}

static void apply(json_t *guests, const json_t *machines, const json_t *counts)
{
	json_t *guest;
	size_t i;

	json_array_foreach(guests, i, guest)
	{
		const char *port = json_string_value(json_object_get(guest, "port"));
		json_t *machine = port ? json_object_get(machines, port) : NULL;
		bool several = port && json_integer_value(json_object_get(counts, port)) > 1;

		if (!json_is_string(machine))
			continue;
		json_object_set(guest, "machine", machine);
		if (!several || !json_is_string(json_object_get(guest, "hostname")))
			json_object_set(guest, "name", machine);
	}
}

void bridge_machines_apply(json_t *report)
{
	json_t *guests = json_object_get(report, "guests"), *counts;
	struct search *search = json_array_size(guests) ? malloc(sizeof(*search)) : NULL;

	if (!search)
		return;
	search->machines = json_object();
	search_processes(search);
	if (json_object_size(search->machines)) {
		counts = count_guests(guests);
		apply(guests, search->machines, counts);
		json_decref(counts);
	}
	json_decref(search->machines);
	free(search);
}
