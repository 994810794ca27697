/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame buffer of all data paths.
 *
 *	 store ┌──────────┬───────────────────────┬──────────┐
 *	       │ headroom │ data … data + len     │ tailroom │
 *	       └──────────┴───────────────────────┴──────────┘
 *
 * Headroom and tailroom. A path reserves the room for all its stages once, where frames enter it: frame_reserve(frame,
 * headroom, tailroom). If the frame has too little, its bytes move, inside the store if it is large enough, else into a
 * larger one; later stages then cannot fail for lack of room. A stage that exceeds the reservation works, too, at the
 * cost of another move. frame.cost counts the moves, so that a path that reserves too little shows in its counters.
 *
 * Sharing. frame_clone() returns a second frame over the same store, with its own position, length and metadata. `data`
 * is const; writers get a pointer from frame_make_writable(), frame_reserve(), frame_push() or frame_put(), which copy
 * a shared store first. Frames that share a store belong to one thread.
 *
 * The only error is lack of memory; the frame is then unchanged.
 */
#ifndef VIFI_BASE_FRAME_H
#define VIFI_BASE_FRAME_H

#include <stddef.h>
#include <stdint.h>

/* The largest frame including its room: 64 KiB of payload to be segmented, and all headers. */
#define FRAME_MAX ((size_t)128 * 1024)

/* What the receiver knows of a frame; 0: unknown. */
struct frame_meta {
	uint64_t time_ns;   /* CLOCK_MONOTONIC when it arrived */
	uint32_t ifindex;   /* of the receiving interface */
	uint16_t freq_mhz;  /* centre frequency of the channel */
	int8_t signal_dbm;  /* at the antenna */
	uint8_t priority;   /* user priority, IEEE 802.1D */
	uint32_t rate_kbps; /* of the PPDU */
	uint64_t trace_id;  /* of its journey, for the recorder (trace/event.h) */
};

/* The cost of making room for this frame. */
struct frame_cost {
	uint32_t moves;   /* inside the store */
	uint32_t growths; /* to a larger store */
	uint32_t copies;  /* of a shared store, before a write */
	uint64_t bytes;   /* moved or copied in total */
};

struct frame {
	const uint8_t *data; /* len bytes */
	size_t len;
	struct frame_meta meta;
	struct frame_cost cost;
	struct frame_store *store; /* private to frame.c */
};

/* Returns a frame of `len` zero bytes with at least the given room, or NULL. The caller owns it. */
struct frame *frame_new(size_t headroom, size_t len, size_t tailroom);

/* Returns the same with a copy of `len` bytes. */
struct frame *frame_from(const void *bytes, size_t len, size_t headroom, size_t tailroom);

/* Returns a second frame over the same bytes with the metadata of `frame` and no cost, or NULL. */
struct frame *frame_clone(const struct frame *frame);

/*
 * Replaces the bytes of a frame and reuses its store if it is large enough. Room, metadata and cost are those of a new
 * frame. Returns 0 or -ENOMEM.
 */
int frame_assign(struct frame *frame, const void *bytes, size_t len, size_t headroom, size_t tailroom);

/* Frees a frame or NULL. Its bytes live as long as another frame shares them. */
void frame_free(struct frame *frame);

size_t frame_headroom(const struct frame *frame);
size_t frame_tailroom(const struct frame *frame);

/*
 * Gives the frame a store of its own with at least `headroom` and `tailroom`. Until the next frame_clone() or
 * frame_reserve(), pushes and puts within that room cannot fail. Invalidates pointers into the frame. Returns 0 or
 * -ENOMEM.
 */
int frame_reserve(struct frame *frame, size_t headroom, size_t tailroom);

/* Returns `data` for writing, or NULL without memory. Invalidates pointers into the frame. */
uint8_t *frame_make_writable(struct frame *frame);

/* Add `len` bytes with undefined contents in front or at the end. Return them for writing, or NULL without memory. */
uint8_t *frame_push(struct frame *frame, size_t len);
uint8_t *frame_put(struct frame *frame, size_t len);

/* Adds bytes at both ends, as ciphers do. Returns the first byte of the frame for writing, or NULL without memory. */
uint8_t *frame_extend(struct frame *frame, size_t head, size_t tail);

/*
 * Remove `len` bytes from the front or from the end. Return them, readable until the next change of the frame, or NULL
 * if the frame is shorter; it is then unchanged.
 */
const uint8_t *frame_pull(struct frame *frame, size_t len);
const uint8_t *frame_trim(struct frame *frame, size_t len);

#endif
