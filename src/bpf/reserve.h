/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Places for programs in TCX chains, taken while the programs are still being verified.
 *
 * Each change of a chain waits for an RCU grace period, 4 to 16 ms; the replacement of a program waits for nothing. So a
 * thread attaches an empty program, which passes every frame, at each hook, and kernel_part_attach() replaces it. A vifi that
 * is killed meanwhile leaves empty programs; the next one takes them over, and `vifi bridge down` removes them.
 */
#ifndef VIFI_BPF_RESERVE_H
#define VIFI_BPF_RESERVE_H

#include "bpf/attach.h"

#include <pthread.h>

#define RESERVED_PROGRAM "vifi_reserved"
#define RESERVED_MAX     3

struct reservation {
	pthread_t thread;
	bool running;
	size_t count;
	struct attachment places[RESERVED_MAX]; /* `present`: the place is taken */
};

/* Names a hook; at most RESERVED_MAX, before reserve_start(). */
void reserve_add(struct reservation *reservation, int ifindex, bool egress);
/* Starts to take the places, in the order of reserve_add(). Does nothing without a thread. */
void reserve_start(struct reservation *reservation);
/* Waits until the thread has ended. The caller owns the places then. Valid on a reservation of zeros. */
void reserve_finish(struct reservation *reservation);

/* Loads an empty program. Returns its descriptor, which the caller closes, or a negative errno. */
int reserved_program_load(void);

/* Removes the empty programs that a killed vifi has left at both hooks of an interface. */
void reserved_remove(int ifindex);

#endif
