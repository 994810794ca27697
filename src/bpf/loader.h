/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel part: the eBPF programs and their maps.
 *
 * Nothing is pinned. The attachment keeps the programs, the programs keep the maps. A later process, such as a second
 * vifi after the first was killed or `vifi bridge show`, starts at the uplink's interface, finds the programs by their
 * names, and gets the maps from the kernel's information about a program.
 *
 * Adoption: a new vifi loads its own programs around the old maps if these have the same ABI, and replaces each old
 * program in one step. With a different ABI the maps are new; the guests' bindings are copied if keys and values have the
 * same size, and the caller fills the tables before it attaches the programs. After a failure the previous state is
 * restored.
 */
#ifndef VIFI_BPF_LOADER_H
#define VIFI_BPF_LOADER_H

#include "base/error.h"
#include "bpf/attach.h"
#include "macnat/model.h"

enum part_hook { PART_FROM_HOST, PART_FROM_WIRE, PART_FROM_GUEST, PART_HOOKS }; /* in the order of attachment */

enum part_map {
	PART_CONFIG,
	PART_BINDINGS,
	PART_PORTS,
	PART_BLOCKS,
	PART_BLOCK_ZERO,
	PART_DROPS,
	PART_COUNTS,
	PART_EVENTS,
	PART_SHORTCUT,
	PART_PLACES,
	PART_VERSIONS,
	PART_ROUTED,
	PART_PREFIXES,
	PART_TRACE_RING,
	PART_TRACE_CPU,
	PART_MAPS,
};

struct kernel_part {
	struct attachment hooks[PART_HOOKS];
	int map[PART_MAPS];      /* descriptors, owned; -1 if the program has no such map */
	int program[PART_HOOKS]; /* the programs for the hooks; owned; -1: not loaded by this process */
	int from_port;           /* the program for guests' ports; owned; -1: likewise */
	int to_port;             /* that of the recorder there; owned; -1: likewise */
	enum attach_method method;
	struct mn_config config; /* when the part was found or made */
	bool made_qdisc;         /* kernel_part_up() created the clsact qdisc of the uplink */
	bool adopted_maps;       /* kernel_part_up() kept the old maps */
};

/* Initializes an empty part, so that kernel_part_close() is valid in any case. */
void kernel_part_init(struct kernel_part *part);
/* Closes the descriptors; attached programs stay attached. */
void kernel_part_close(struct kernel_part *part);

/*
 * Finds the programs of any vifi at an uplink (ifindex; 0: there is none), and at the port of its uplink veth. The
 * programs of the uplink name that port; `port` (ifindex; 0: unknown) is for an uplink that has vanished. -ENOENT: there are none; -EPERM: CAP_SYS_ADMIN is missing,
 * without which the kernel does not open programs by id. An incomplete part is found too: check hooks[].present. The
 * caller closes it.
 */
int kernel_part_find(struct kernel_part *part, int uplink, int port);

/* Whether the maps have the layout of this program; only then may they be read. */
bool kernel_part_is_compatible(const struct kernel_part *part);

/*
 * Loads the programs, adopting the maps of `old` (may be NULL) as described above, and writes `config` and the uplink's
 * port to the maps. ATTACH_AUTO takes the method of `old`, otherwise TCX, otherwise clsact. Returns 0, or a negative errno
 * with an error, and then nothing has changed.
 */
int kernel_part_load(struct kernel_part *part, struct kernel_part *old, enum attach_method method,
		     const struct mn_config *config, struct error *error);

/*
 * Attaches the programs to config.uplink and config.veth_port. On success nothing of `old` (may be NULL) is attached
 * outside `part`; close both. On failure the attachments are as before, and `error` gives the reason.
 */
int kernel_part_attach(struct kernel_part *part, struct kernel_part *old, struct error *error);

/*
 * Attaches the programs of the uplink to another interface, config->uplink, after the former one has vanished together
 * with its attachments. The maps stay. Returns 0 or a negative errno, and then nothing is attached to the uplink.
 */
int kernel_part_move_uplink(struct kernel_part *part, const struct mn_config *config);

/* Detaches the three programs; with `remove_qdisc` also removes the clsact qdisc of the uplink, unless it is in use. */
int kernel_part_down(struct kernel_part *part, int uplink, bool remove_qdisc);

/* Whether a program uses the maps of this part: several vifi processes may serve guests of one bridge. */
bool kernel_part_owns(const struct kernel_part *part, int prog_fd);

/*
 * The shortcut (macnat/shortcut_rules.h). kernel_part_set_shortcut() opens it until `until` (ns, CLOCK_MONOTONIC), or
 * closes it with 0. kernel_part_attach_port() attaches this part's program to the ingress of a guest's port, after all
 * others there, and replaces the program of an earlier vifi with the same maps. -EBUSY: with TCX, the port has filters, which
 * run later and would be bypassed; a filter of ours runs after them. kernel_part_detach_port() detaches the
 * programs of this part and of its predecessor; it returns their number. kernel_part_leave_port() does so at a port where the
 * program was attached: another may have deleted the filter since, but not its qdisc. kernel_part_succeed_at_port() puts this part's
 * program in the place of that of `old`, which has other maps; -ENOENT: there is none that is attached in the same way.
 *
 * To add or remove the qdisc of a filter, the kernel stops the port's transmit queue for an RCU grace period and drops what
 * the port sends meanwhile; to replace the filter's program costs no frame.
 */
int kernel_part_set_shortcut(const struct kernel_part *part, uint64_t until);
int kernel_part_attach_port(const struct kernel_part *part, int port);
int kernel_part_detach_port(const struct kernel_part *part, int port);
void kernel_part_leave_port(const struct kernel_part *part, int port);
int kernel_part_succeed_at_port(const struct kernel_part *part, const struct kernel_part *old, int port);

/* Adds a pinned network to the table of prefixes; does nothing for another key. Returns 0 or a negative errno. */
int kernel_part_add_prefix(const struct kernel_part *part, const struct mn_key *key);

/*
 * Attaches the recorder's program to the egress of a guest's port, after all others there. Returns a descriptor that keeps it
 * attached, or a negative errno: -EOPNOTSUPP without TCX.
 */
int kernel_part_record_port(const struct kernel_part *part, int port);

/* The name of a program in `bpftool prog` and `tc filter`. */
const char *kernel_part_program(enum part_hook hook);

/* The name of a map. */
const char *kernel_part_map(enum part_map map);

/* The program at guests' ports (port_programs.c). */
#define PART_PORT_PROGRAM   "vifi_from_port"
#define PART_RECORD_PROGRAM "vifi_to_port"

#endif
