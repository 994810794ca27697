/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bpf/loader.h"

#include "bpf/load_objects.h"
#include "bpf/map_walk.h"
#include "bpf/reserve.h"
#include "bpf/trace_cpu.h"
#include "macnat/place.h"
#include "macnat/store.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct hook_spec {
	const char *program;
	bool egress;
	bool on_uplink; /* otherwise on the bridge port of the uplink veth */
} hook_specs[PART_HOOKS] = {
	[PART_FROM_HOST] = {"vifi_from_host", true, true},
	[PART_FROM_WIRE] = {"vifi_from_wire", false, true},
	[PART_FROM_GUEST] = {"vifi_from_guest", true, false},
};

static const struct map_layout {
	const char *name;
	uint32_t key, value, entries; /* entries 0: any */
} map_layouts[PART_MAPS] = {
	[PART_CONFIG] = {"config", 4, sizeof(struct mn_config), 1},
	[PART_BINDINGS] = {"bindings", sizeof(struct mn_key), sizeof(struct mn_binding), 0},
	[PART_PORTS] = {"ports", 4, sizeof(struct mn_port), MN_PORTS_MAX},
	[PART_BLOCKS] = {"blocks", sizeof(struct mn_block_key), sizeof(struct mn_block), 0},
	[PART_BLOCK_ZERO] = {"block_zero", 4, sizeof(struct mn_block), 1},
	[PART_DROPS] = {"drops", 4, sizeof(uint64_t), DROP_COUNT},
	[PART_COUNTS] = {"counts", 4, sizeof(uint64_t), MN_COUNTS},
	[PART_EVENTS] = {"events", 0, 0, 0},
	[PART_SHORTCUT] = {"shortcut", 4, sizeof(uint64_t), MN_SHORTCUT_WORDS},
	[PART_PLACES] = {"places", 4, sizeof(struct mn_place_set), MN_PLACE_SETS *MN_PLACE_DIRECTIONS},
	[PART_VERSIONS] = {"versions", 4, sizeof(uint64_t), MN_VERSIONS},
	[PART_ROUTED] = {"routed", sizeof(struct mn_routed_key), sizeof(uint32_t), MN_ROUTED_MAX},
	[PART_PREFIXES] = {"prefixes", sizeof(struct mn_routed_key), sizeof(struct mn_prefix), MN_PREFIXES_MAX},
	[PART_TRACE_RING] = {"trace_ring", 0, 0, 0},
	[PART_TRACE_CPU] = {"trace_cpu", 4, sizeof(struct trace_cpu), 1},
};

const char *kernel_part_program(enum part_hook hook)
{
	return hook_specs[hook].program;
}

const char *kernel_part_map(enum part_map map)
{
	return map_layouts[map].name;
}

void kernel_part_init(struct kernel_part *part)
{
	memset(part, 0, sizeof(*part));
	part->from_port = part->to_port = -1;
	for (int i = 0; i < PART_HOOKS; i++)
		part->hooks[i].prog_fd = part->program[i] = -1;
	for (int i = 0; i < PART_MAPS; i++)
		part->map[i] = -1;
}

void kernel_part_close(struct kernel_part *part)
{
	if (part->from_port >= 0)
		close(part->from_port);
	if (part->to_port >= 0)
		close(part->to_port);
	part->from_port = part->to_port = -1;
	for (int i = 0; i < PART_HOOKS; i++) {
		attach_close(&part->hooks[i]);
		if (part->program[i] >= 0)
			close(part->program[i]);
		part->program[i] = -1;
	}
	for (int i = 0; i < PART_MAPS; i++) {
		if (part->map[i] >= 0)
			close(part->map[i]);
		part->map[i] = -1;
	}
}

/* ---- finding ---- */

static int map_info(int fd, struct bpf_map_info *info)
{
	uint32_t size = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return bpf_obj_get_info_by_fd(fd, info, &size) < 0 ? -errno : 0;
}

/* Keeps the descriptor of a map that is ours and not open yet. */
static void adopt_map(struct kernel_part *part, uint32_t id)
{
	struct bpf_map_info info;
	int fd = bpf_map_get_fd_by_id(id);

	if (fd < 0)
		return;
	if (map_info(fd, &info) == 0)
		for (int i = 0; i < PART_MAPS; i++)
			if (part->map[i] < 0 && !strncmp(info.name, map_layouts[i].name, sizeof(info.name) - 1)) {
				part->map[i] = fd;
				return;
			}
	close(fd);
}

enum { PROGRAM_MAPS_MAX = 32 };

/* Reads the ids of a program's maps. Returns their number, 0 also on an error. */
static uint32_t program_map_ids(int prog_fd, uint32_t ids[PROGRAM_MAPS_MAX])
{
	struct bpf_prog_info info = {.nr_map_ids = PROGRAM_MAPS_MAX, .map_ids = (uintptr_t)ids};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(prog_fd, &info, &size) < 0)
		return 0;
	return info.nr_map_ids < PROGRAM_MAPS_MAX ? info.nr_map_ids : PROGRAM_MAPS_MAX;
}

static void adopt_maps(struct kernel_part *part, int prog_fd)
{
	uint32_t ids[PROGRAM_MAPS_MAX], count = program_map_ids(prog_fd, ids);

	for (uint32_t i = 0; i < count; i++)
		adopt_map(part, ids[i]);
}

/* The configuration of every version begins alike, up to `veth_port`; the rest is read only if the size matches. */
static void read_config(struct kernel_part *part)
{
	struct bpf_map_info info;
	uint32_t zero = 0;
	void *value;

	if (part->map[PART_CONFIG] < 0 || map_info(part->map[PART_CONFIG], &info) < 0 || info.value_size > 65536)
		return;
	value = calloc(1, info.value_size + sizeof(part->config));
	if (value && bpf_map_lookup_elem(part->map[PART_CONFIG], &zero, value) == 0)
		memcpy(&part->config, value, sizeof(part->config));
	free(value);
}

int kernel_part_find(struct kernel_part *part, int uplink, int port)
{
	int found = 0, ret;

	kernel_part_init(part);
	/* The configuration of the programs on the uplink names the port of the third program. */
	for (int i = 0; i < PART_HOOKS; i++) {
		int ifindex = hook_specs[i].on_uplink ? uplink : (int)part->config.veth_port;
		if (!hook_specs[i].on_uplink && ifindex <= 0)
			ifindex = port;
		if (ifindex <= 0)
			continue;
		ret = attach_find(ifindex, hook_specs[i].egress, hook_specs[i].program, &part->hooks[i]);
		if (ret == -ENOENT || ret == -ENODEV)
			continue;
		if (ret < 0) {
			kernel_part_close(part);
			return ret;
		}
		found++;
		adopt_maps(part, part->hooks[i].prog_fd);
		if (!part->config.abi)
			read_config(part);
	}
	return found ? 0 : -ENOENT;
}

bool kernel_part_is_compatible(const struct kernel_part *part)
{
	for (int i = 0; i < PART_MAPS; i++) {
		struct bpf_map_info info;

		if (part->map[i] < 0 || map_info(part->map[i], &info) < 0)
			return false;
		if (info.key_size != map_layouts[i].key || info.value_size != map_layouts[i].value)
			return false;
		if (map_layouts[i].entries && info.max_entries != map_layouts[i].entries)
			return false;
	}
	return part->config.abi == MN_ABI;
}

/* ---- loading ---- */

/* Were the tables made for this cap? */
static bool has_table_size(const struct kernel_part *part, uint32_t port_cap)
{
	struct bpf_map_info info;

	return map_info(part->map[PART_BINDINGS], &info) == 0 && info.max_entries == MN_TABLE_SIZE(port_cap);
}

int kernel_part_add_prefix(const struct kernel_part *part, const struct mn_key *key)
{
	struct mn_routed_key prefix;
	struct mn_prefix value = {.key = *key, .length = key->length};

	if (!store_is_network(key))
		return 0;
	prefix = store_prefix_key(key);
	return bpf_map_update_elem(part->map[PART_PREFIXES], &prefix, &value, BPF_ANY) < 0 ? -errno : 0;
}

/* arg: the kernel part that gets the binding. */
static int copy_binding(const void *key, const void *value, bool first, void *arg)
{
	const struct kernel_part *to = arg;
	struct mn_binding binding;

	(void)first;
	memcpy(&binding, value, sizeof(binding));
	binding.slot = MN_NO_SLOT;
	if (binding.kind != MN_GUEST)
		return 0;
	if (bpf_map_update_elem(to->map[PART_BINDINGS], key, &binding, BPF_ANY) < 0)
		return -errno;
	return kernel_part_add_prefix(to, key);
}

/*
 * Copies the bindings of guests into new maps if keys and values have the same size. The saved state, which does not
 * depend on the layout, has the others (bridge/state.h).
 */
static int copy_bindings(const struct kernel_part *old, struct kernel_part *to)
{
	struct bpf_map_info info;
	int ret;

	if (old->map[PART_BINDINGS] < 0 || map_info(old->map[PART_BINDINGS], &info) < 0)
		return 0;
	if (info.key_size != sizeof(struct mn_key) || info.value_size != sizeof(struct mn_binding))
		return 0;
	ret = map_walk(old->map[PART_BINDINGS], info.key_size, info.value_size, copy_binding, to);
	return ret == -ENOMEM ? ret : 0; /* guests whose bindings are not copied are learned again */
}

/* ---- attaching ---- */

static int hook_ifindex(const struct kernel_part *part, enum part_hook hook)
{
	return (int)(hook_specs[hook].on_uplink ? part->config.uplink : part->config.veth_port);
}

/* Does a program of `old` have the place that a program of `part` shall have? */
static bool is_in_place(const struct kernel_part *part, const struct kernel_part *old, enum part_hook hook)
{
	return old && old->hooks[hook].present && old->hooks[hook].method == part->method &&
	       old->hooks[hook].ifindex == hook_ifindex(part, hook);
}

static int attach_hook(struct kernel_part *part, const struct kernel_part *old, enum part_hook hook)
{
	struct attachment *own = &part->hooks[hook];
	int ret;

	if (is_in_place(part, old, hook)) {
		*own = old->hooks[hook];
		own->prog_fd = fcntl(old->hooks[hook].prog_fd, F_DUPFD_CLOEXEC, 3);
		ret = attach_replace(own, part->program[hook]);
		own->present = ret == 0;
		return ret;
	}
	if (own->present && attach_replace(own, part->program[hook]) == 0)
		return 0;
	attach_close(own);
	ret = attach_first(part->method, hook_ifindex(part, hook), hook_specs[hook].egress, part->program[hook], own);
	if (ret == 0 && hook_specs[hook].on_uplink && own->made_qdisc)
		part->made_qdisc = true;
	return ret;
}

/* Reverts attach_hook() for the first `count` hooks. */
static void detach_hooks(struct kernel_part *part, const struct kernel_part *old, int count)
{
	while (count-- > 0) {
		if (is_in_place(part, old, (enum part_hook)count))
			attach_replace(&part->hooks[count], old->hooks[count].prog_fd);
		else
			attach_remove(&part->hooks[count]);
		part->hooks[count].present = false;
	}
	if (part->made_qdisc)
		attach_remove_qdisc((int)part->config.uplink);
	part->made_qdisc = false;
}

/* Names the places that no program of `old` has. */
static void start_reservation(const struct kernel_part *part, const struct kernel_part *old,
			      struct reservation *reservation)
{
	*reservation = (struct reservation){0};
	if (part->method != ATTACH_TCX)
		return;
	for (int i = 0; i < PART_HOOKS; i++)
		if (!is_in_place(part, old, (enum part_hook)i))
			reserve_add(reservation, hook_ifindex(part, (enum part_hook)i), hook_specs[i].egress);
	if (reservation->count)
		reserve_start(reservation);
}

static void finish_reservation(struct kernel_part *part, const struct kernel_part *old, struct reservation *reservation)
{
	size_t next = 0;

	reserve_finish(reservation);
	for (int i = 0; i < PART_HOOKS && next < reservation->count; i++)
		if (!is_in_place(part, old, (enum part_hook)i))
			part->hooks[i] = reservation->places[next++];
}

/* After a failure: removes the empty programs. */
static void give_up_places(struct kernel_part *part)
{
	for (int i = 0; i < PART_HOOKS; i++)
		attach_remove(&part->hooks[i]);
}

/*
 * Puts an empty program in the place of one of `old` whose successor has another place, as with a change from TCX to clsact:
 * the first of the two consumes the mark of a frame, which the second would take for this host's, and would copy to the
 * guests. To detach the old one takes an RCU grace period; a replacement acts at once. Returns the old program, or -1.
 */
static int silence_hook(const struct kernel_part *part, struct kernel_part *old, enum part_hook hook, int empty)
{
	int program;

	if (empty < 0 || !old || !old->hooks[hook].present || is_in_place(part, old, hook))
		return -1;
	program = fcntl(old->hooks[hook].prog_fd, F_DUPFD_CLOEXEC, 3);
	if (program >= 0 && attach_replace(&old->hooks[hook], empty) == 0)
		return program;
	if (program >= 0)
		close(program);
	return -1;
}

static int attach_hooks(struct kernel_part *part, struct kernel_part *old)
{
	int silenced[PART_HOOKS], empty = reserved_program_load();
	int i, ret = 0;

	for (i = 0; i < PART_HOOKS; i++)
		silenced[i] = -1;
	for (i = 0; i < PART_HOOKS && ret == 0; i++) {
		ret = attach_hook(part, old, (enum part_hook)i);
		if (ret == 0)
			silenced[i] = silence_hook(part, old, (enum part_hook)i, empty);
	}
	for (int k = 0; k < PART_HOOKS; k++) {
		if (silenced[k] < 0)
			continue;
		if (ret < 0)
			attach_replace(&old->hooks[k], silenced[k]);
		close(silenced[k]);
	}
	if (empty >= 0)
		close(empty);
	if (ret < 0) {
		detach_hooks(part, old, i - 1);
		give_up_places(part);
	}
	return ret;
}

/* Replaced programs no longer belong to `old`. Its other programs are detached now that the new ones work. */
static void detach_old(struct kernel_part *part, struct kernel_part *old)
{
	for (int i = 0; i < PART_HOOKS; i++) {
		struct attachment *stale = &old->hooks[i];
		if (!stale->present)
			continue;
		if (stale->method != part->hooks[i].method || stale->ifindex != part->hooks[i].ifindex)
			attach_remove(stale);
		stale->present = false;
	}
}

static int write_config(struct kernel_part *part, const struct mn_config *config)
{
	uint32_t zero = 0;

	return bpf_map_update_elem(part->map[PART_CONFIG], &zero, config, BPF_ANY) < 0 ? -errno : 0;
}

/* Creates the uplink's port, for stations, so that bridge ports cannot use up the table before. */
static int create_uplink_port(const struct kernel_part *part)
{
	struct mn_port *port = calloc(1, sizeof(*port));
	int ret = port ? 0 : -ENOMEM;

	if (port) {
		port->ifindex = part->config.uplink;
		if (bpf_map_update_elem(part->map[PART_PORTS], &port->ifindex, port, BPF_NOEXIST) < 0 &&
		    errno != EEXIST)
			ret = -errno;
	}
	free(port);
	return ret;
}

static enum attach_method choose_method(enum attach_method method, const struct kernel_part *old, int uplink)
{
	if (method != ATTACH_AUTO)
		return method;
	if (old)
		for (int i = 0; i < PART_HOOKS; i++)
			if (old->hooks[i].present)
				return old->hooks[i].method;
	return attach_has_tcx(uplink) ? ATTACH_TCX : ATTACH_CLSACT;
}

/* Keeps the descriptors of maps and programs beyond the objects. Returns 0 or a negative errno. */
static int keep_descriptors(struct kernel_part *part, const struct loaded_objects *objects)
{
	for (int i = 0; i < PART_MAPS; i++)
		part->map[i] = fcntl(loaded_map(objects, map_layouts[i].name), F_DUPFD_CLOEXEC, 3);
	for (int i = 0; i < PART_HOOKS; i++) {
		part->program[i] = fcntl(loaded_program(objects, hook_specs[i].program), F_DUPFD_CLOEXEC, 3);
		if (part->program[i] < 0)
			return -errno;
	}
	part->from_port = fcntl(loaded_program(objects, PART_PORT_PROGRAM), F_DUPFD_CLOEXEC, 3);
	part->to_port = fcntl(loaded_program(objects, PART_RECORD_PROGRAM), F_DUPFD_CLOEXEC, 3);
	return part->from_port < 0 || part->to_port < 0 ? -errno : 0;
}

int kernel_part_load(struct kernel_part *part, struct kernel_part *old, enum attach_method method,
		     const struct mn_config *config, struct error *error)
{
	bool reuse = old && kernel_part_is_compatible(old) && has_table_size(old, config->port_cap);
	struct loaded_objects objects;
	struct reservation reservation;
	int ret;

	kernel_part_init(part);
	part->config = *config;
	part->adopted_maps = reuse;
	part->method = choose_method(method, old, (int)config->uplink);
	start_reservation(part, old, &reservation);
	ret = load_objects(&objects, reuse ? old->map : NULL, config->port_cap, error);
	finish_reservation(part, old, &reservation);
	if (ret < 0) {
		give_up_places(part);
		kernel_part_close(part);
		return ret;
	}
	ret = keep_descriptors(part, &objects);
	loaded_objects_free(&objects);
	if (ret == 0 && old && !reuse)
		ret = copy_bindings(old, part);
	if (ret == 0)
		ret = write_config(part, config);
	if (ret == 0)
		ret = create_uplink_port(part);
	if (ret == 0)
		return 0;
	if (reuse)
		write_config(part, &old->config);
	give_up_places(part);
	kernel_part_close(part);
	return error_set(error, ret, "cannot prepare the tables of the eBPF program: %s", strerror(-ret));
}

int kernel_part_attach(struct kernel_part *part, struct kernel_part *old, struct error *error)
{
	int ret = attach_hooks(part, old);

	if (ret == 0) {
		if (old)
			detach_old(part, old);
		return 0;
	}
	if (old && part->adopted_maps)
		write_config(part, &old->config);
	return error_set(error, ret, "cannot attach the eBPF program by %s: %s%s",
			 part->method == ATTACH_TCX ? "TCX" : "a clsact filter", strerror(-ret),
			 part->method == ATTACH_TCX && ret == -EINVAL ? "; on kernels before 6.6 use `--engine=clsact`"
								      : "");
}

int kernel_part_move_uplink(struct kernel_part *part, const struct mn_config *config)
{
	int ret;

	part->config = *config;
	for (int i = 0; i < PART_HOOKS; i++)
		if (hook_specs[i].on_uplink) {
			attach_close(&part->hooks[i]);
			part->hooks[i].present = false;
		}
	ret = write_config(part, config);
	if (ret == 0)
		ret = create_uplink_port(part);
	for (int i = 0; i < PART_HOOKS && ret == 0; i++)
		if (hook_specs[i].on_uplink)
			ret = attach_hook(part, NULL, (enum part_hook)i);
	for (int i = 0; i < PART_HOOKS && ret < 0; i++)
		if (hook_specs[i].on_uplink)
			attach_remove(&part->hooks[i]);
	return ret;
}

int kernel_part_down(struct kernel_part *part, int uplink, bool remove_qdisc)
{
	int ret = 0;

	/* In reverse order: the guard on the uplink's egress goes last. */
	for (int i = PART_HOOKS; i-- > 0;) {
		int one = attach_remove(&part->hooks[i]);
		if (one < 0)
			ret = one;
	}
	if (remove_qdisc)
		attach_remove_qdisc(uplink);
	return ret;
}

bool kernel_part_owns(const struct kernel_part *part, int prog_fd)
{
	uint32_t ids[PROGRAM_MAPS_MAX], count = program_map_ids(prog_fd, ids);
	struct bpf_map_info own;
	bool found = false;

	if (map_info(part->map[PART_CONFIG], &own) < 0)
		return false;
	for (uint32_t i = 0; i < count; i++)
		found |= ids[i] == own.id;
	return found;
}
