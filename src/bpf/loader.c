/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bpf/loader.h"

#include "macnat.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct hook {
	const char *program;
	bool egress;
	bool on_uplink; /* otherwise on the bridge port of the uplink veth */
} hooks[PART_HOOKS] = {
	[PART_FROM_HOST] = {"vifi_from_host", true, true},
	[PART_FROM_WIRE] = {"vifi_from_wire", false, true},
	[PART_FROM_GUEST] = {"vifi_from_guest", true, false},
};

#define FROM_PORT "vifi_from_port"

static const struct layout {
	const char *name;
	uint32_t key, value, entries; /* entries 0: any */
} layouts[PART_MAPS] = {
	[PART_CONFIG] = {"config", 4, sizeof(struct mn_config), 1},
	[PART_BINDINGS] = {"bindings", sizeof(struct mn_key), sizeof(struct mn_binding), MN_TABLE_MAX},
	[PART_PORTS] = {"ports", 4, sizeof(struct mn_port), MN_PORTS_MAX},
	[PART_PORT_ZERO] = {"port_zero", 4, sizeof(struct mn_port), 1},
	[PART_DROPS] = {"drops", 4, sizeof(uint64_t), DROP_COUNT},
	[PART_COUNTS] = {"counts", 4, sizeof(uint64_t), MN_N_COUNT},
	[PART_EVENTS] = {"events", 0, 0, 0},
	[PART_SHORTCUT] = {"shortcut", 4, sizeof(uint64_t), MN_SHORTS},
};

const char *kernel_part_program(enum part_hook hook)
{
	return hooks[hook].program;
}

void kernel_part_init(struct kernel_part *p)
{
	memset(p, 0, sizeof(*p));
	p->from_port = -1;
	for (int i = 0; i < PART_HOOKS; i++)
		p->at[i].prog_fd = -1;
	for (int i = 0; i < PART_MAPS; i++)
		p->map[i] = -1;
}

void kernel_part_close(struct kernel_part *p)
{
	if (p->from_port >= 0)
		close(p->from_port);
	p->from_port = -1;
	for (int i = 0; i < PART_HOOKS; i++)
		attach_close(&p->at[i]);
	for (int i = 0; i < PART_MAPS; i++) {
		if (p->map[i] >= 0)
			close(p->map[i]);
		p->map[i] = -1;
	}
}

/* ---- finding ---- */

static int map_info(int fd, struct bpf_map_info *info)
{
	uint32_t size = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return bpf_obj_get_info_by_fd(fd, info, &size) < 0 ? -errno : 0;
}

/* Keeps a map's descriptor where it is one of ours and not known yet. */
static void keep_map(struct kernel_part *p, uint32_t id)
{
	struct bpf_map_info info;
	int fd = bpf_map_get_fd_by_id(id);

	if (fd < 0)
		return;
	if (map_info(fd, &info) == 0)
		for (int i = 0; i < PART_MAPS; i++)
			if (p->map[i] < 0 && !strncmp(info.name, layouts[i].name, sizeof(info.name) - 1)) {
				p->map[i] = fd;
				return;
			}
	close(fd);
}

enum { MAPS_OF_ONE = 32 };

/* The numbers of the maps that a program uses; returns how many, 0 also when the kernel does not tell. */
static uint32_t maps_of(int prog_fd, uint32_t ids[MAPS_OF_ONE])
{
	struct bpf_prog_info info = {.nr_map_ids = MAPS_OF_ONE, .map_ids = (uintptr_t)ids};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(prog_fd, &info, &size) < 0)
		return 0;
	return info.nr_map_ids < MAPS_OF_ONE ? info.nr_map_ids : MAPS_OF_ONE;
}

static void keep_maps(struct kernel_part *p, int prog_fd)
{
	uint32_t ids[MAPS_OF_ONE], count = maps_of(prog_fd, ids);

	for (uint32_t i = 0; i < count; i++)
		keep_map(p, ids[i]);
}

/* Every version begins its configuration alike, up to `port`; the rest is read only where the size is ours. */
static void read_config(struct kernel_part *p)
{
	struct bpf_map_info info;
	uint32_t zero = 0;

	if (p->map[PART_CONFIG] < 0 || map_info(p->map[PART_CONFIG], &info) < 0 || info.value_size > 65536)
		return;
	void *value = calloc(1, info.value_size + sizeof(p->config));
	if (value && bpf_map_lookup_elem(p->map[PART_CONFIG], &zero, value) == 0)
		memcpy(&p->config, value, sizeof(p->config));
	free(value);
}

int kernel_part_find(struct kernel_part *p, int uplink)
{
	int found = 0;

	kernel_part_init(p);
	/* The programs on the uplink tell, by their configuration, where the third is. */
	for (int i = 0; i < PART_HOOKS; i++) {
		int where = hooks[i].on_uplink ? uplink : (int)p->config.port;
		if (where <= 0)
			continue;
		int r = attach_find(where, hooks[i].egress, hooks[i].program, &p->at[i]);
		if (r == -ENOENT || r == -ENODEV)
			continue;
		if (r < 0) {
			kernel_part_close(p);
			return r;
		}
		found++;
		keep_maps(p, p->at[i].prog_fd);
		if (!p->config.abi)
			read_config(p);
	}
	return found ? 0 : -ENOENT;
}

bool kernel_part_fits(const struct kernel_part *p)
{
	for (int i = 0; i < PART_MAPS; i++) {
		struct bpf_map_info info;

		if (p->map[i] < 0 || map_info(p->map[i], &info) < 0)
			return false;
		if (info.key_size != layouts[i].key || info.value_size != layouts[i].value)
			return false;
		if (layouts[i].entries && info.max_entries != layouts[i].entries)
			return false;
	}
	return p->config.abi == MN_ABI;
}

/* ---- loading ---- */

/* libbpf talks to standard error unless told otherwise; what matters is told by `why`. */
static int silence(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

/* The verifier's verdict stands in its last lines, before the statistics. */
static const char *last_words(char *log)
{
	char *stats = strstr(log, "\nprocessed ");

	if (stats)
		*stats = '\0';
	for (char *end = log + strlen(log); end > log && end[-1] == '\n';)
		*--end = '\0';
	char *line = strrchr(log, '\n');
	return line ? line + 1 : log;
}

static int explain(int r, char *log, struct why *why)
{
	if (r == -EPERM)
		return why_set(why, r,
			       "the kernel does not let this process load eBPF programs: CAP_BPF and CAP_NET_ADMIN "
			       "(or CAP_SYS_ADMIN) are missing; run it as root");
	if (log[0])
		return why_set(why, r, "the kernel refuses the eBPF program: %.300s; `--engine=user` does without",
			       last_words(log));
	return why_set(why, r, "the eBPF program cannot be loaded: %s; `--engine=user` does without", strerror(-r));
}

static int reuse_maps(struct macnat *skel, const struct kernel_part *old)
{
	for (int i = 0; i < PART_MAPS; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(skel->obj, layouts[i].name);
		int r = map ? bpf_map__reuse_fd(map, old->map[i]) : -ENOENT;
		if (r < 0)
			return r;
	}
	return 0;
}

/* Opens and loads the skeleton, around the maps of `old` where it is given. */
static int load(const struct kernel_part *old, struct macnat **skel, struct why *why)
{
	enum { LOG = 1 << 16 };
	struct bpf_program *prog;
	char *log = calloc(1, LOG);

	libbpf_set_print(silence);
	*skel = log ? macnat__open() : NULL;
	if (!*skel) {
		int r = log ? -errno : -ENOMEM;
		free(log);
		return why_set(why, r, "the eBPF program cannot be opened: %s", strerror(-r));
	}
	/* A buffer of its own for the verifier's words; programs are loaded one after the other, the failing one last. */
	bpf_object__for_each_program(prog, (*skel)->obj) bpf_program__set_log_buf(prog, log, LOG);
	int r = old ? reuse_maps(*skel, old) : 0;
	if (r == 0)
		r = macnat__load(*skel);
	if (r < 0) {
		explain(r, log, why);
		macnat__destroy(*skel);
		*skel = NULL;
	}
	free(log);
	return r;
}

/* Copies what guests own into new maps, as far as the old layout has the same keys. */
static int copy_bindings(const struct kernel_part *old, int to)
{
	struct bpf_map_info info;
	struct mn_key key, *from = NULL;

	if (old->map[PART_BINDINGS] < 0 || map_info(old->map[PART_BINDINGS], &info) < 0)
		return 0;
	if (info.key_size != sizeof(key) || info.value_size > 4096)
		return 0;
	char *value = calloc(1, info.value_size + sizeof(struct mn_binding));
	if (!value)
		return -ENOMEM;
	for (uint32_t n = 0; n < info.max_entries; n++) {
		if (bpf_map_get_next_key(old->map[PART_BINDINGS], from, &key) < 0)
			break;
		from = &key;
		if (bpf_map_lookup_elem(old->map[PART_BINDINGS], &key, value) < 0)
			continue;
		struct mn_binding *b = (struct mn_binding *)value;
		b->slot = MN_NO_SLOT;
		if (b->kind == MN_GUEST && bpf_map_update_elem(to, &key, b, BPF_ANY) < 0)
			break;
	}
	free(value);
	return 0;
}

/* ---- attaching ---- */

static int attach_one(struct kernel_part *p, const struct kernel_part *old, enum part_hook i, enum attach_way way,
		      int prog_fd)
{
	int where = (int)(hooks[i].on_uplink ? p->config.uplink : p->config.port);

	if (old && old->at[i].present && old->at[i].way == way && old->at[i].ifindex == where) {
		p->at[i] = old->at[i];
		p->at[i].prog_fd = fcntl(old->at[i].prog_fd, F_DUPFD_CLOEXEC, 3);
		return attach_replace(&p->at[i], prog_fd);
	}
	int r = attach_new(way, where, hooks[i].egress, prog_fd, &p->at[i]);
	if (r == 0 && hooks[i].on_uplink && p->at[i].made_qdisc)
		p->made_qdisc = true;
	return r;
}

/* Puts back what attach_one() did for the first `count` hooks. */
static void detach_some(struct kernel_part *p, const struct kernel_part *old, int count)
{
	while (count-- > 0) {
		bool replaced = old && old->at[count].present && p->at[count].way == old->at[count].way &&
				p->at[count].ifindex == old->at[count].ifindex;
		if (replaced)
			attach_replace(&p->at[count], old->at[count].prog_fd);
		else
			attach_remove(&p->at[count]);
		p->at[count].present = false;
	}
	if (p->made_qdisc)
		attach_remove_qdisc((int)p->config.uplink);
	p->made_qdisc = false;
}

static int attach_all(struct kernel_part *p, struct kernel_part *old, enum attach_way way, struct macnat *skel)
{
	int i, r = 0;

	for (i = 0; i < PART_HOOKS && r == 0; i++) {
		struct bpf_program *prog = bpf_object__find_program_by_name(skel->obj, hooks[i].program);
		r = prog ? attach_one(p, old, (enum part_hook)i, way, bpf_program__fd(prog)) : -ENOENT;
	}
	if (r < 0)
		detach_some(p, old, i - 1);
	return r;
}

/* What was replaced is not `old`'s any more; what was attached beside it goes now that the new ones work. */
static void retire(struct kernel_part *p, struct kernel_part *old)
{
	for (int i = 0; i < PART_HOOKS; i++) {
		struct attachment *o = &old->at[i];
		if (!o->present)
			continue;
		if (o->way != p->at[i].way || o->ifindex != p->at[i].ifindex)
			attach_remove(o);
		o->present = false;
	}
}

static int write_config(struct kernel_part *p, const struct mn_config *config)
{
	uint32_t zero = 0;

	return bpf_map_update_elem(p->map[PART_CONFIG], &zero, config, BPF_ANY) < 0 ? -errno : 0;
}

static enum attach_way choose(enum attach_way way, const struct kernel_part *old, int uplink)
{
	if (way != ATTACH_AUTO)
		return way;
	if (old)
		for (int i = 0; i < PART_HOOKS; i++)
			if (old->at[i].present)
				return old->at[i].way;
	return attach_has_tcx(uplink) ? ATTACH_TCX : ATTACH_CLSACT;
}

int kernel_part_up(struct kernel_part *p, struct kernel_part *old, enum attach_way way, const struct mn_config *config,
		   struct why *why)
{
	bool reuse = old && kernel_part_fits(old);
	struct macnat *skel;

	kernel_part_init(p);
	int r = load(reuse ? old : NULL, &skel, why);
	if (r < 0)
		return r;
	for (int i = 0; i < PART_MAPS; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(skel->obj, layouts[i].name);
		p->map[i] = map ? fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 3) : -1;
	}
	p->from_port = fcntl(bpf_program__fd(skel->progs.vifi_from_port), F_DUPFD_CLOEXEC, 3);
	p->config = *config;
	p->adopted_maps = reuse;
	if (old && !reuse)
		r = copy_bindings(old, p->map[PART_BINDINGS]);
	if (r == 0)
		r = write_config(p, config);
	way = choose(way, old, (int)config->uplink);
	if (r == 0)
		r = attach_all(p, old, way, skel);
	macnat__destroy(skel);
	if (r == 0 && old)
		retire(p, old);
	if (r < 0) {
		if (reuse)
			write_config(p, &old->config);
		kernel_part_close(p);
		return why_set(why, r, "the eBPF program cannot be attached by %s: %s%s",
			       way == ATTACH_TCX ? "TCX" : "a clsact filter", strerror(-r),
			       way == ATTACH_TCX && r == -EINVAL ? "; kernels before 6.6 take `--engine=clsact`" : "");
	}
	return 0;
}

int kernel_part_down(struct kernel_part *p, int uplink, bool remove_qdisc)
{
	int r = 0;

	/* In the reverse order: the guard on the uplink's egress goes last. */
	for (int i = PART_HOOKS; i-- > 0;) {
		int one = attach_remove(&p->at[i]);
		if (one < 0)
			r = one;
	}
	if (remove_qdisc)
		attach_remove_qdisc(uplink);
	return r;
}

/* ---- the short way ---- */

int kernel_part_open_way(const struct kernel_part *p, uint64_t until)
{
	uint32_t index = MN_SHORT_UNTIL;

	return bpf_map_update_elem(p->map[PART_SHORTCUT], &index, &until, BPF_ANY) < 0 ? -errno : 0;
}

/* Does the program use this part's maps?  Two vifis may serve guests of one bridge. */
static bool is_own(const struct kernel_part *p, int prog_fd)
{
	uint32_t ids[MAPS_OF_ONE], count = maps_of(prog_fd, ids);
	struct bpf_map_info own;
	bool found = false;

	if (map_info(p->map[PART_CONFIG], &own) < 0)
		return false;
	for (uint32_t i = 0; i < count; i++)
		found |= ids[i] == own.id;
	return found;
}

enum { AT_ONE_PORT = 64 };

/* This part's programs at the ingress of a port, into `list`; -EBUSY when there are filters, too, and `alone` is asked. */
static int own_at(const struct kernel_part *p, int port, bool alone, struct attachment list[AT_ONE_PORT])
{
	int n = attach_list(port, false, list, AT_ONE_PORT), own = 0;
	uint32_t mine = attach_program_id(p->from_port);

	for (int i = 0; i < n && i < AT_ONE_PORT; i++) {
		struct attachment at = list[i];

		if (at.way == ATTACH_CLSACT && alone) {
			while (own-- > 0)
				attach_close(&list[own]);
			return -EBUSY;
		}
		/* To open others takes a privilege that a running vifi has given away; those that it has put there need none. */
		if (at.prog_id && at.prog_id == mine)
			at.prog_fd = fcntl(p->from_port, F_DUPFD_CLOEXEC, 3);
		else
			at.prog_fd = at.prog_id && !strcmp(at.name, FROM_PORT) ? bpf_prog_get_fd_by_id(at.prog_id) : -1;
		if (at.prog_fd >= 0 && is_own(p, at.prog_fd))
			list[own++] = at;
		else
			attach_close(&at);
	}
	return n < 0 ? n : own;
}

int kernel_part_enter(const struct kernel_part *p, int port)
{
	struct attachment list[AT_ONE_PORT], fresh;
	int n = attach_has_tcx(port) ? own_at(p, port, true, list) : -EOPNOTSUPP, r = 0;

	if (n < 0)
		return n;
	if (n == 0) {
		r = attach_last(port, false, p->from_port, &fresh);
		if (r == 0)
			attach_close(&fresh);
	} else if (list[0].prog_id != attach_program_id(p->from_port)) {
		r = attach_replace(&list[0], p->from_port);
	}
	while (n-- > 0)
		attach_close(&list[n]);
	return r;
}

int kernel_part_leave(const struct kernel_part *p, int port)
{
	struct attachment list[AT_ONE_PORT];
	int n = own_at(p, port, false, list), gone = 0;

	for (int i = 0; i < n; i++) {
		gone += attach_remove(&list[i]) == 0;
		attach_close(&list[i]);
	}
	return n < 0 ? n : gone;
}
