/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the recorder's hooks and the process share: items of the ring buffer, and the state on each CPU, map `trace_cpu`. */
#ifndef VIFI_BPF_TRACE_CPU_H
#define VIFI_BPF_TRACE_CPU_H

#include "trace/event.h"

/*
 * An event, with the next hop of the same frame if only one of its MAC addresses changes on the way: most frames take the
 * shortcut, and so need only one item. The captured bytes follow, as they are at the first hop.
 */
struct trace_item {
	struct trace_event event;
	uint32_t next_ifindex;
	uint8_t next_hop; /* enum trace_hop; TRACE_HOP_NONE: there is no next hop */
	uint8_t next_direction;
	uint8_t mac_offset; /* of the MAC address that changes */
	uint8_t zero;
	uint8_t next_mac[8]; /* and its new value, in the first 6 */
};

struct trace_cpu {
	uint64_t count;    /* of frames that got an id */
	uint64_t id;       /* of the frame that passes the programs now */
	uint64_t time;     /* of the program that it passes (ns, CLOCK_MONOTONIC) */
	uint64_t lost;     /* events that found no room in the ring buffer */
	uint32_t port;     /* the port by which that frame has entered the bridge; 0: it has not */
	uint32_t out_port; /* of the next event: the frame goes past the bridge to this port; 0: none */
	uint32_t whole;    /* an event of this frame has all bytes of it, whose number this is; 0: none has */
	uint32_t is_held;  /* `held` waits for vifi_from_host, which completes it */
	struct trace_item held;
	uint8_t held_bytes[TRACE_HEAD];
};

/* Bytes of the shortest frames, for which an item of half the size suffices. A power of two. */
#define TRACE_SMALL 64

/* Ids: the CPU in the upper bits, so that no two CPUs give the same. */
#define TRACE_ID_CPU_SHIFT 48

/* Bytes of events in the ring buffer that wake the process; otherwise it looks from time to time. */
#define TRACE_BUFFER (4u << 20)
#define TRACE_WAKE   (TRACE_BUFFER / 8)

#endif
