/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attaches eBPF programs to interfaces, and finds them again.
 *
 * Two methods: TCX (Linux 6.6 and later), by BPF_PROG_ATTACH rather than a link; and a direct-action filter of the
 * clsact qdisc. Both keep the program, and through it the maps, without a process and without a pin in /sys/fs/bpf;
 * both end with the interface. Our program is the first of its chain, so that the guard on the uplink's egress sees
 * each frame as this host sends it. It returns TC_ACT_UNSPEC for frames that pass, so that later programs run.
 *
 * Functions return 0 or a negative errno.
 */
#ifndef VIFI_BPF_ATTACH_H
#define VIFI_BPF_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum attach_method {
	ATTACH_AUTO, /* TCX if the kernel supports it, otherwise clsact */
	ATTACH_TCX,
	ATTACH_CLSACT,
};

/* One program at one hook. {0} with prog_fd = -1 is none. */
struct attachment {
	bool present;
	bool egress;
	bool made_qdisc; /* attach_first() created the clsact qdisc */
	enum attach_method method;
	int ifindex;
	int prog_fd; /* owned; -1 when not open */
	uint32_t prog_id;
	uint32_t handle, priority; /* of a clsact filter */
	char name[16];
};

/* Finds the program with that name; -ENOENT if there is none. The caller closes the attachment. */
int attach_find(int ifindex, bool egress, const char *name, struct attachment *attachment);
void attach_close(struct attachment *attachment);

/* Attaches a program as the first of the chain. The descriptor is duplicated. `method` is not ATTACH_AUTO. */
int attach_first(enum attach_method method, int ifindex, bool egress, int prog_fd, struct attachment *attachment);
/*
 * The same at the ingress, as the last of the chain: all other programs there run before it. Without TCX an ingress qdisc
 * is made where there is none, not clsact: libvirt removes one before it sets the bandwidth of a guest, and then adds its own.
 */
int attach_last(enum attach_method method, int ifindex, int prog_fd, struct attachment *attachment);
/* Removes the ingress qdisc that attach_last() has made, unless a filter is left in it (-EBUSY). */
int attach_remove_ingress(int ifindex);
/* The same, until the returned descriptor is closed, at the latest with this process. Negative errno: -EOPNOTSUPP without TCX. */
int attach_link_last(int ifindex, bool egress, int prog_fd);
/* Replaces the program; no frame passes between the two. */
int attach_replace(struct attachment *attachment, int prog_fd);
/* Detaches the program and clears `present`. A program that is gone already is success. */
int attach_remove(struct attachment *attachment);

/* The kernel's id of a program; 0 if the descriptor is not a program. */
uint32_t attach_program_id(int fd);

/* Whether this kernel supports TCX, tested by a query on that interface. */
bool attach_has_tcx(int ifindex);

/*
 * Lists the programs and filters at one hook, as many as fit into `list`, in the order of execution: TCX, then clsact.
 * Descriptors are not opened. Returns their total number, or a negative errno.
 */
int attach_list(int ifindex, bool egress, struct attachment *list, size_t room);

/* Whether the interface has a clsact qdisc; false also if the kernel does not answer. */
bool attach_has_qdisc(int ifindex);

/* Removes the clsact qdisc unless a filter is left in it (-EBUSY). */
int attach_remove_qdisc(int ifindex);

#endif
