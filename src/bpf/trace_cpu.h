/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recorder's state on each CPU; map `trace_cpu`. */
#ifndef VIFI_BPF_TRACE_CPU_H
#define VIFI_BPF_TRACE_CPU_H

#include <stdint.h>

struct trace_cpu {
	uint64_t count;    /* of frames that got an id */
	uint64_t id;       /* of the frame that passes the programs now */
	uint64_t lost;     /* events that found no room in the ring buffer */
	uint32_t port;     /* the port by which that frame came, until vifi_from_guest has it; 0: none */
	uint32_t out_port; /* of the next event: the frame goes past the bridge to this port; 0: none */
};

/* Ids: the CPU in the upper bits, so that no two CPUs give the same. */
#define TRACE_ID_CPU_SHIFT 48

/* Bytes of events in the ring buffer that wake the process; otherwise it looks from time to time. */
#define TRACE_BUFFER (4u << 20)
#define TRACE_WAKE   (TRACE_BUFFER / 8)

#endif
