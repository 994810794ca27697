/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel part: three programs and the maps they share.
 *
 * Nothing is pinned.  The attachment holds the programs, the programs hold the maps; so whoever wants them, a second
 * vifi after the first was killed or `vifi bridge show`, starts at the uplink's interface, finds our programs by their
 * names, and gets the maps from what the kernel tells about a program.
 *
 * Adoption: a new vifi loads its own programs around the old maps where these have the same ABI, and puts each new
 * program in the place of the old one in one step.  Where the ABI differs, the maps are new and the guests' bindings
 * are copied, as far as both know them.  Whatever fails half-way is put back as it was.
 */
#ifndef VIFI_BPF_LOADER_H
#define VIFI_BPF_LOADER_H

#include "base/error.h"
#include "bpf/attach.h"
#include "macnat/model.h"

enum part_hook { PART_FROM_HOST, PART_FROM_WIRE, PART_FROM_GUEST, PART_HOOKS }; /* in the order of attaching */

enum part_map {
	PART_CONFIG,
	PART_BINDINGS,
	PART_PORTS,
	PART_PORT_ZERO,
	PART_DROPS,
	PART_COUNTS,
	PART_EVENTS,
	PART_SHORTCUT,
	PART_MAPS,
};

struct kernel_part {
	struct attachment hooks[PART_HOOKS];
	int map[PART_MAPS];      /* descriptors, owned; -1 when the program has no such map */
	int from_port;           /* the program for guests' ports; owned; -1: this vifi has not loaded it */
	struct mn_config config; /* as it was when the part was found or made */
	bool made_qdisc;         /* the clsact qdisc of the uplink was created for it */
	bool adopted_maps;       /* kernel_part_up() went on with the old maps */
};

/* An empty one, so that kernel_part_close() may be called whatever happened. */
void kernel_part_init(struct kernel_part *part);
/* Closes the descriptors; what is attached stays attached. */
void kernel_part_close(struct kernel_part *part);

/*
 * Finds what is attached to an uplink (ifindex), by whichever vifi.  -ENOENT: nothing is; -EPERM: CAP_SYS_ADMIN is
 * missing, without which the kernel does not hand out programs by their ids.  A part that is not whole is found too:
 * look at `at[].present`.  The caller closes it.
 */
int kernel_part_find(struct kernel_part *part, int uplink);

/* Whether the maps that were found have the layout of this program: otherwise do not read them. */
bool kernel_part_is_compatible(const struct kernel_part *part);

/*
 * Loads the programs and attaches them to config->uplink and config->port, adopting `old` (may be NULL) as told above.
 * `way` ATTACH_AUTO takes what `old` has, otherwise TCX, otherwise clsact.  On success `old` has nothing attached that
 * is not part of `part`; close both.  On failure nothing has changed, and `why` says what failed.
 */
int kernel_part_up(struct kernel_part *part, struct kernel_part *old, enum attach_method method,
		   const struct mn_config *config, struct error *error);

/* Takes all three programs away; with `remove_qdisc` also the clsact qdisc of the uplink, if nobody else uses it. */
int kernel_part_down(struct kernel_part *part, int uplink, bool remove_qdisc);

/*
 * The short way (macnat/shortcut_rules.h).  kernel_part_set_shortcut() opens it until `until` (ns, CLOCK_MONOTONIC), or closes it
 * with 0.  kernel_part_attach_port() attaches this part's program to the ingress of a guest's port, behind all others there, in
 * the place of one that an earlier vifi with the same maps has left; -EOPNOTSUPP: this kernel has no TCX; -EBUSY: the
 * port has filters of a clsact qdisc, which run later, and would be passed by.  kernel_part_detach_port() takes away what this
 * part, or the one before it, has there; returns how many programs that were.
 */
int kernel_part_set_shortcut(const struct kernel_part *part, uint64_t until);
int kernel_part_attach_port(const struct kernel_part *part, int port);
int kernel_part_detach_port(const struct kernel_part *part, int port);

/* The name of a program, as `bpftool prog` and `tc filter` show it. */
const char *kernel_part_program(enum part_hook hook);

#endif
