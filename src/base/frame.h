/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame buffer: one for every path that carries frames.
 *
 *	 store ┌──────────┬───────────────────────┬──────────┐
 *	       │ headroom │ data … data + len     │ tailroom │
 *	       └──────────┴───────────────────────┴──────────┘
 *
 * The room rule. A path asks once, where frames enter it, for all the room that its later stages will need, in front
 * and behind: frame_reserve(f, head, tail). Whether the frame came with enough makes no difference but in cost: where
 * there is too little, the bytes move, inside the store if it is big enough, else into a bigger one. Stages behind
 * that call cannot fail for room; there is no error "not enough tailroom" here. A stage that takes more than was asked
 * for gets it as well, at the price of another move. What moved is counted in frame.cost, so that a path which asks
 * for too little shows in its counters and not in its losses.
 *
 * Sharing. frame_clone() makes a second frame over the same store, with its own place, length and metadata. The
 * bytes are read through `data`, which is const; whoever wants to write asks frame_make_writable(), frame_reserve(), frame_push()
 * or frame_put() for a pointer, and they give the frame a store of its own first if it shares one. Frames that share
 * a store belong to one thread.
 *
 * The only error is lack of memory; the frame is then as it was before.
 */
#ifndef VIFI_BASE_FRAME_H
#define VIFI_BASE_FRAME_H

#include <stddef.h>
#include <stdint.h>

/* No frame is larger, with its room: 64 KiB of payload that was segmented late, and all headers there are. */
#define FRAME_MAX ((size_t)128 * 1024)

/* What the receiver knew of a frame; zero where it did not know. */
struct frame_meta {
	uint64_t time_ns;   /* CLOCK_MONOTONIC when it arrived */
	uint32_t ifindex;   /* ifindex of the interface it came by */
	uint16_t freq_mhz;  /* centre of the channel */
	int8_t signal_dbm;  /* at the antenna */
	uint8_t priority;   /* user priority, IEEE 802.1D */
	uint32_t rate_kbps; /* of the PPDU */
};

/* What making room has cost this frame. */
struct frame_cost {
	uint32_t moves;   /* bytes moved inside their store */
	uint32_t growths; /* a bigger store was needed */
	uint32_t copies;  /* the store was shared, and somebody wanted to write */
	uint64_t bytes;   /* moved or copied, in all */
};

struct frame {
	const uint8_t *data; /* len bytes */
	size_t len;
	struct frame_meta meta;
	struct frame_cost cost;
	struct frame_store *store; /* private to frame.c */
};

/* Returns a frame of `len` zero bytes with at least that much room, or NULL. The caller owns it: frame_free(). */
struct frame *frame_new(size_t headroom, size_t len, size_t tailroom);

/* The same with a copy of `len` bytes. */
struct frame *frame_from(const void *bytes, size_t len, size_t headroom, size_t tailroom);

/* Returns a second frame over the same bytes, or NULL. It has the metadata of `f`, and no cost yet. */
struct frame *frame_clone(const struct frame *frame);

/*
 * Gives a frame other bytes, with at least that much room, in its own store if that is large enough: for who has many
 * frames one after the other. Room, metadata and cost are as of a new one. Returns 0 or -ENOMEM.
 */
int frame_assign(struct frame *frame, const void *bytes, size_t len, size_t headroom, size_t tailroom);

/* Gives the frame up; its bytes go with the last frame that shares them. NULL is taken. */
void frame_free(struct frame *frame);

size_t frame_headroom(const struct frame *frame);
size_t frame_tailroom(const struct frame *frame);

/*
 * Makes the bytes the frame's own, with at least `head` bytes of room before them and `tail` behind; pushes and puts
 * of no more than that cannot fail until the frame is cloned or room is asked for anew. Pointers into the frame are
 * void after it. Returns 0 or -ENOMEM.
 */
int frame_reserve(struct frame *frame, size_t headroom, size_t tailroom);

/* Returns `data` for writing, or NULL: -ENOMEM. Pointers into the frame are void after it. */
uint8_t *frame_make_writable(struct frame *frame);

/* Adds `n` bytes in front, or behind. Returns them, to be written: their content is undefined; or NULL: -ENOMEM. */
uint8_t *frame_push(struct frame *frame, size_t len);
uint8_t *frame_put(struct frame *frame, size_t len);

/* Both at once, as ciphers do: returns the frame's bytes, to be written. */
uint8_t *frame_extend(struct frame *frame, size_t head, size_t tail);

/*
 * Takes `n` bytes off the front, or off the end. Returns them, for reading as long as nothing else is done with the
 * frame; or NULL when the frame is shorter than that: then it is as before.
 */
const uint8_t *frame_pull(struct frame *frame, size_t len);
const uint8_t *frame_trim(struct frame *frame, size_t len);

#endif
