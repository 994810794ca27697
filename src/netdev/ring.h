/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Receives and sends frames of an interface in batches, with their offloads.
 *
 * The kernel puts received frames into a ring that this process reads without a system call per frame (AF_PACKET,
 * TPACKET_V2, with PACKET_VNET_HDR); they are sent from the same memory by sendmmsg(). Alternatives on Linux 5.15 and
 * later:
 *
 *   recvmmsg()   copies in this process, on the CPU that also translates, while the ring is filled on the CPU that
 *                received the frame: 1.0 to 1.2 µs of this process per frame, 64 at a time; the ring takes 0.25 µs
 *                (Linux 6.18, veth, 64 and 1500 bytes).
 *   TPACKET_V3   takes 0.05 to 0.17 µs, but delivers blocks: a single frame waits for its block's timer, a millisecond
 *                or more, which dominates a ping and a TCP handshake.
 *   a TX ring    saves the copy into the kernel, but needs a copy from one ring to the other.
 *   AF_XDP       is eBPF.
 *
 * A slot of the ring holds an ordinary frame, so that thousands of slots cost 8 MiB. A longer frame, up to 64 KiB
 * before segmentation, is announced in its slot and fetched by recv() (PACKET_COPY_THRESH); next to 64 KiB that call
 * costs little. The struct vnet_hdr is directly before the frame, so that one piece of memory is what the kernel
 * expects for sending. A VLAN tag is outside the frame and is inserted before sending.
 */
#ifndef VIFI_NETDEV_RING_H
#define VIFI_NETDEV_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/vnet.h"

#define RING_BATCH 64

struct ring {
	int fd; /* readable when the ring has a frame */
	uint8_t *memory;
	size_t size;
	uint8_t *large;             /* RING_BATCH buffers for frames longer than a slot */
	uint32_t slots, next, held; /* next: the next slot to read; held: slots taken and not released */
};

struct ring_options {
	uint32_t slots;          /* a multiple of 32 */
	uint32_t ignored_mark;   /* frames with this mark (SO_MARK, nftables) are not received; 0: all are */
	uint32_t ignored_mask;   /* of the bits of the mark that count; 0: all do */
	bool ignore_outgoing;    /* receive no frames that this host sends, */
	bool ignore_outgoing_ip; /* or no unicast IPv4, IPv6 and ARP frames that it sends */
};

/* A frame in the ring; the caller may write its memory until ring_release(). */
struct ring_frame {
	struct vnet_hdr *vnet; /* directly before data; the 4 bytes before it are writable too */
	uint8_t *data;
	uint32_t len;      /* length of data */
	uint32_t room;     /* writable bytes after data + len */
	uint32_t tci;      /* VLAN tag outside the frame, 0x10000 | TCI; 0: none */
	uint16_t tpid;     /* ethertype of the tag */
	bool outgoing;     /* sent by this host */
	bool truncated;    /* the frame was too long or the queue full; data is its beginning */
	bool tag_inserted; /* the tag is in the frame now */
};

/* Opens a ring on an interface; needs CAP_NET_RAW. Returns 0 or a negative errno; the caller closes it. */
int ring_open(struct ring *ring, int ifindex, const struct ring_options *options);
void ring_close(struct ring *ring);

/* Takes the next frame, at most RING_BATCH between two releases; false: the ring is empty. */
bool ring_take(struct ring *ring, struct ring_frame *frame);
/* Returns all taken frames to the kernel. */
void ring_release(struct ring *ring);

/* Returns the number of frames lost to a full ring since the last call. */
uint32_t ring_dropped(struct ring *ring);

/* Inserts the tag from outside the frame, or removes it again. Without a tag nothing happens. */
void ring_insert_tag(struct ring_frame *frame);
void ring_remove_tag(struct ring_frame *frame);

/* A socket that sends out of one interface, with a batch of queued frames. */
struct ring_out {
	int fd;
	uint32_t count;
	struct vnet_hdr *frames[RING_BATCH];
	uint32_t lengths[RING_BATCH]; /* header included */
	_Atomic uint64_t failed; /* frames refused by the kernel: full queue, interface down; read by other threads */
};

/* mark: SO_MARK of the sent frames; 0: none. Returns 0 or a negative errno; the caller closes it. */
int ring_out_open(struct ring_out *out, int ifindex, uint32_t mark);
void ring_out_close(struct ring_out *out);

/* Adds a frame, whose memory must not change until the batch is sent; a full batch is sent at once. */
void ring_out_add(struct ring_out *out, struct ring_frame *frame);
/* Sends the batch without blocking. Frames that find a full queue are lost and counted. */
void ring_out_flush(struct ring_out *out);

#endif
