/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames in and out of an interface, many at a time, with their offloads.
 *
 * Frames arrive in a ring that the kernel fills and this process reads without a call for each (AF_PACKET, TPACKET_V2,
 * with PACKET_VNET_HDR), and leave from the very same memory by sendmmsg().  Why this and not the others, on Linux 5.15
 * and later:
 *
 *   recvmmsg()   copies in this process, on the one CPU that also translates, while the ring is filled on the CPU that
 *                brought the frame: 1.0 to 1.2 µs of this process for each frame, 64 at a time; the ring takes 0.25 µs
 *                (Linux 6.18, veth, 64 and 1500 bytes).
 *   TPACKET_V3   takes 0.05 to 0.17 µs, but hands over blocks: a lonely frame waits for its block's timer, a
 *                millisecond or more, which is what a ping and a TCP handshake are made of.
 *   a TX ring    saves the copy into the kernel, but its frames would first be copied from the one ring to the other.
 *   AF_XDP       is eBPF.
 *
 * A slot of the ring holds an ordinary frame, so that thousands of them cost 8 MiB.  A longer one, up to 64 KiB that
 * are to be segmented, is announced in its slot and fetched by recv() (PACKET_COPY_THRESH): beside 64 KiB, that call is
 * nothing.  The header of struct vnet_hdr lies right before the frame, so one piece of memory is what the kernel wants
 * back.  A VLAN tag lies beside the frame and is put back in before sending.
 */
#ifndef VIFI_NETDEV_RING_H
#define VIFI_NETDEV_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/vnet.h"

#define RING_BATCH 64

struct ring {
	int fd; /* readable when a frame is there */
	uint8_t *memory;
	size_t size;
	uint8_t *large;             /* RING_BATCH buffers for frames that are longer than a slot */
	uint32_t slots, next, held; /* slots; the next to look at; taken and not yet given back */
};

struct ring_options {
	uint32_t slots;               /* slots, a multiple of 32 */
	uint32_t ignored_mark;        /* frames with this SO_MARK are not handed over; 0: all are */
	bool ignore_outgoing;         /* nothing that this host sends, */
	bool ignore_outgoing_unicast; /* or no unicast of it */
};

/* A frame in the ring; the memory is the caller's to write until ring_release(). */
struct ring_frame {
	struct vnet_hdr *vnet; /* right before data; 4 bytes before it may be written too */
	uint8_t *data;
	uint32_t len;      /* bytes at data */
	uint32_t tci;      /* a tag beside the frame, 0x10000 | TCI; 0: none */
	uint16_t tpid;     /* its ethertype */
	bool outgoing;     /* this host sends it */
	bool truncated;    /* it was too long, or came too fast; what is here is its beginning */
	bool tag_inserted; /* ring_insert_tag() has put the tag in */
};

/* Opens a ring on an interface; needs CAP_NET_RAW. Returns 0 or a negative errno; the caller closes it. */
int ring_open(struct ring *ring, int ifindex, const struct ring_options *options);
void ring_close(struct ring *ring);

/* Takes the next frame, and no more than RING_BATCH between two releases; false: none is there. */
bool ring_take(struct ring *ring, struct ring_frame *frame);
/* Gives all taken frames back to the kernel. */
void ring_release(struct ring *ring);

/* Frames that found no slot since the last call. */
uint32_t ring_dropped(struct ring *ring);

/* Puts the tag that lies beside the frame into it, or takes it out again. Without a tag nothing happens. */
void ring_insert_tag(struct ring_frame *frame);
void ring_remove_tag(struct ring_frame *frame);

/* A socket that sends out of one interface, with a batch of frames that wait for it. */
struct ring_out {
	int fd;
	uint32_t count;
	struct vnet_hdr *frames[RING_BATCH];
	uint32_t lengths[RING_BATCH]; /* header included */
	_Atomic uint64_t failed; /* frames that the kernel refused: queue full, interface down; other threads read it */
};

/* mark: SO_MARK of what it sends; 0: none. Returns 0 or a negative errno; the caller closes it. */
int ring_out_open(struct ring_out *out, int ifindex, uint32_t mark);
void ring_out_close(struct ring_out *out);

/* Adds a frame, whose memory must stay as it is until the batch has been sent; a full batch is sent at once. */
void ring_out_add(struct ring_out *out, struct ring_frame *frame);
/* Sends what waits. Never blocks: what finds no room is lost and counted, as in any queue. */
void ring_out_flush(struct ring_out *out);

#endif
