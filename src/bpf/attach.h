/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hanging an eBPF program on an interface, and finding it again.
 *
 * Two ways: TCX (Linux 6.6 and later), attached by BPF_PROG_ATTACH, not by a link; and a direct-action filter of the
 * clsact qdisc.  Both hold the program, and through it the maps, without any process and without a pin in /sys/fs/bpf;
 * both go with the interface.  Ours is the first of its chain, so that the guard on the uplink's egress sees the frame
 * as it will be sent by us, and it ends with TC_ACT_UNSPEC where it lets a frame pass, so that the others go on.
 *
 * Functions return 0 or a negative errno.
 */
#ifndef VIFI_BPF_ATTACH_H
#define VIFI_BPF_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum attach_method {
	ATTACH_AUTO, /* TCX where the kernel has it, otherwise clsact */
	ATTACH_TCX,
	ATTACH_CLSACT,
};

/* One program at one place. {0} with prog_fd = -1 is "none". */
struct attachment {
	bool present;
	bool egress;
	bool made_qdisc; /* attach_first() had to create the clsact qdisc */
	enum attach_method method;
	int ifindex;
	int prog_fd; /* owned; -1 when not open */
	uint32_t prog_id;
	uint32_t handle, priority; /* of a clsact filter */
	char name[16];
};

/* Finds the program called `name`; -ENOENT when there is none. The caller closes what it finds. */
int attach_find(int ifindex, bool egress, const char *name, struct attachment *attachment);
void attach_close(struct attachment *attachment);

/* Attaches a program as the first of the chain. The descriptor is duplicated. `way` is not ATTACH_AUTO. */
int attach_first(enum attach_method method, int ifindex, bool egress, int prog_fd, struct attachment *attachment);
/* The same by TCX as the last of the chain: whatever else looks at frames there does so before. */
int attach_last(int ifindex, bool egress, int prog_fd, struct attachment *attachment);
/* Puts another program in the place of this one; no frame passes between the two. */
int attach_replace(struct attachment *attachment, int prog_fd);
/* Takes the program away; then `present` is false. Its being gone already is success. */
int attach_remove(struct attachment *attachment);

/* The kernel's number of a program, by which it lists it; 0 when the descriptor is none of a program. */
uint32_t attach_program_id(int fd);

/* Whether this kernel has TCX, judged by asking for the programs of that interface. */
bool attach_has_tcx(int ifindex);

/*
 * Lists the programs and filters at one place, as many as fit into `list`, in the order in which TCX, then clsact run
 * them.  Descriptors are not opened.  Returns how many there are, or a negative errno.
 */
int attach_list(int ifindex, bool egress, struct attachment *list, size_t room);

/* Whether the interface has a clsact qdisc; false also when nobody can tell. */
bool attach_has_qdisc(int ifindex);

/* Removes the clsact qdisc when no filter is left in it; -EBUSY when there is one. */
int attach_remove_qdisc(int ifindex);

#endif
