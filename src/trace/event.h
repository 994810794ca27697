/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the recorder notes of one frame at one hop. The eBPF programs write it into their ring buffer, and processes write it
 * into the ring of trace/ring.h; the first bytes of the frame follow it.
 *
 * A frame keeps its id on its journey through one machine or one network: from the guest's port to the uplink, from the
 * interface of an access point to the air. So the events of one id, in the order of time, are the journey.
 */
#ifndef VIFI_TRACE_EVENT_H
#define VIFI_TRACE_EVENT_H

#include <stdint.h>

/* How much is recorded. */
enum trace_mode { TRACE_OFF = 0, TRACE_HEADERS = 1, TRACE_WHOLE = 2 };

#define TRACE_HEAD  128   /* bytes of each frame with TRACE_HEADERS */
#define TRACE_FRAME 65536 /* and with TRACE_WHOLE */

/* X(IDENTIFIER, "name", "what it is") */
/* clang-format off */
#define TRACE_HOP_LIST(X) \
	X(PORT,       "port",       "guest port: between a guest and the bridge") \
	X(BRIDGE,     "bridge",     "bridge: between the bridge and the translation") \
	X(UPLINK_IN,  "uplink in",  "uplink: received from the network") \
	X(UPLINK_OUT, "uplink out", "uplink: sent to the network") \
	X(HOST,       "host",       "host: between the uplink and this host's stack") \
	X(AP,         "ap",         "access point: its interface on this host") \
	X(STATION,    "station",    "station: the link with one station, without protection") \
	X(STA,        "sta",        "station: its interface on this host") \
	X(AIR,        "air",        "air: as transmitted, after encryption") \
	X(RADIO,      "radio",      "radio: one radio of the medium of vifi air") \
	X(CARD,       "card",       "card: management frames and EAPOL between vifi and a card; data frames pass in the kernel")
/* clang-format on */

enum trace_hop {
	TRACE_HOP_NONE = 0,
#define X(id, name, sentence) TRACE_HOP_##id,
	TRACE_HOP_LIST(X)
#undef X
		TRACE_HOPS
};

/* Where the frame goes from its hop; a set. The first four are MN_TO_… (macnat/context.h). */
#define TRACE_TO_UPLINK  0x01
#define TRACE_TO_GUESTS  0x02
#define TRACE_TO_HOST    0x04
#define TRACE_TO_RULES   0x08
#define TRACE_TO_BRIDGE  0x10
#define TRACE_TO_AIR     0x20
#define TRACE_TO_STATION 0x40
#define TRACE_ARRIVED    0x80 /* this hop is the last one that is recorded */

/* TRACE_RADIOTAP: 802.11 after a radiotap header. */
enum trace_link { TRACE_ETHERNET = 0, TRACE_WIFI = 1, TRACE_RADIOTAP = 2, TRACE_LINKS };

/* Direction of the frame at its hop, as pcapng has it. */
enum trace_direction { TRACE_UNKNOWN = 0, TRACE_IN = 1, TRACE_OUT = 2 };

struct trace_event {
	uint64_t time;        /* ns: since 1970; in the ring buffer of the eBPF programs CLOCK_MONOTONIC */
	uint64_t id;          /* of the frame; 0: unknown */
	uint32_t ifindex;     /* of the hop's interface; 0: none */
	uint32_t port;        /* ifindex of the guest's port, where that is known; otherwise 0 */
	uint32_t len;         /* of the frame */
	uint32_t captured;    /* bytes of it that follow */
	uint32_t tci;         /* VLAN tag outside the frame: 0x10000 | TCI; 0: none */
	uint16_t segment_len; /* not 0: the frame will be segmented, or was joined; payload of a segment */
	uint16_t reason;      /* enum drop; 0: not dropped */
	uint8_t hop;          /* enum trace_hop */
	uint8_t direction;    /* enum trace_direction */
	uint8_t to;           /* TRACE_TO_… */
	uint8_t link;         /* enum trace_link */
	uint8_t by_tc;        /* the verdict is that of a tc program, or of the same rules in user space */
	uint8_t rest;         /* 1: the bytes after those captured are the same as in an earlier event of this id */
	uint8_t peer[6];      /* of TRACE_HOP_STATION: its MAC address */
	uint32_t back;        /* of the ring (trace/ring.h): where that event is; 0 elsewhere */
};

#endif
