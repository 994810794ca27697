/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring of the recorder: a fixed area of memory that always holds the last events. A new event overwrites the oldest
 * ones. One process writes; any number of processes read the same memory, without a lock and without an effect on the
 * writer.
 *
 *	┌────────┬──────────────┬─────────────────────────────────────────┐
 *	│ header │ names of hops│ records: … tail ▸ oldest … newest ◂ head │
 *	└────────┴──────────────┴─────────────────────────────────────────┘
 *
 * `tail` and `head` count bytes since the beginning and only grow; a record lies at its position modulo the size, in one
 * piece. The writer moves the tail beyond what it is about to overwrite, writes, and then moves the head. A reader copies a
 * record and then looks at the tail: if that has passed the record, the copy is void, and the reader goes on at the tail.
 * So a writer that is killed in the middle of a record leaves a ring that is whole.
 *
 * The bytes of a frame need to be there once: an event with `rest` has only the first ones, and the reader takes the others from
 * the record `back` × 8 bytes before, while that is there.
 *
 * Numbers are in the byte order of the machine. The reader trusts none of them: it checks each against the size of the
 * memory.
 */
#ifndef VIFI_TRACE_RING_H
#define VIFI_TRACE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include "trace/event.h"

#define TRACE_NAMES_MAX 1100 /* hops with names: the ports of a bridge and some more, or stations */
#define TRACE_NAME_SIZE 32

#define TRACE_ALWAYS UINT64_MAX

/* More than a machine with a card or guests has processors: with more, whole frames of two of them may be cut to their heads. */
enum { TRACE_WHOLES = 1024 };

/* The interface of a hop, which may have gone when the events are read. */
struct trace_name {
	uint32_t ifindex;
	uint8_t hop;
	uint8_t link; /* enum trace_link */
	uint8_t peer[6];
	char name[TRACE_NAME_SIZE];
};

struct trace_header {
	char magic[8];
	uint32_t version;
	uint32_t n_names;
	uint64_t size; /* of the records, bytes; a multiple of 8 */
	uint64_t tail, head;
	uint64_t sequence; /* of the next record */
	uint64_t lost;     /* events that were not recorded: their buffer had no room */
	uint64_t until; /* readers ask the process to record until then (ns, CLOCK_MONOTONIC); they alone write both */
	uint32_t mode;  /* enum trace_mode that they ask for */
	uint32_t pid;   /* of the process that writes */
	uint64_t complete; /* all frames until then are here (ns, CLOCK_MONOTONIC); TRACE_ALWAYS: of any time */
	struct trace_name names[TRACE_NAMES_MAX];
};

/* ---- the writer ---- */

struct trace_ring {
	struct trace_header *header;
	uint8_t *records;
	/* What the header says, too: it is for readers, and another process of the user may have changed it. */
	uint64_t size, tail, head, sequence;
	uint32_t n_names;
	/* The last event with all bytes of its frame, for each upper half of an id: a CPU or a process. */
	struct trace_whole {
		uint64_t id, position;
	} wholes[TRACE_WHOLES];
};

/* Memory for a ring of `size` bytes of records. */
size_t trace_ring_memory(size_t size);

/*
 * Begins to write in `memory` of `len` bytes, aligned to 8, which the ring borrows. Events that are there already stay if
 * the ring is whole and has the same size. Returns false if the memory is too small for any event.
 */
bool trace_ring_init(struct trace_ring *ring, void *memory, size_t len);

/*
 * Adds an event with event->captured bytes of its frame; more than an eighth of the ring are cut. event->rest: the event with the
 * bytes after them was added before.
 */
void trace_ring_add(struct trace_ring *ring, const struct trace_event *event, const void *bytes);

/* Names the interface of a hop unless it has a name. Returns whether it was new. */
bool trace_ring_name(struct trace_ring *ring, const struct trace_event *event, const char *name);
/* Has the hop of this event a name? */
bool trace_ring_has_name(const struct trace_ring *ring, const struct trace_event *event);

/* What readers ask for at time `now` (ns, CLOCK_MONOTONIC). */
static inline enum trace_mode trace_ring_wanted(const struct trace_ring *ring, uint64_t now)
{
	uint32_t mode = __atomic_load_n(&ring->header->mode, __ATOMIC_RELAXED);

	if (mode == TRACE_OFF || now >= __atomic_load_n(&ring->header->until, __ATOMIC_RELAXED))
		return TRACE_OFF;
	return mode == TRACE_WHOLE ? TRACE_WHOLE : TRACE_HEADERS;
}

/*
 * Below the ids that a process in user space gives: those of two processes, which one reader shows together, or of one and its
 * successor in the same ring shall not be the same. The eBPF programs have the number of the CPU there, without the upper bit.
 */
static inline uint64_t trace_id_base(uint32_t pid)
{
	return (UINT64_C(0x8000) | (pid & 0x7fff)) << 48;
}

/* Says until when (ns, CLOCK_MONOTONIC) all frames are in the ring; TRACE_ALWAYS: each is there before it goes on. */
void trace_ring_set_complete(struct trace_ring *ring, uint64_t time);

/* Sets the number of events that were lost before they came here. */
void trace_ring_set_lost(struct trace_ring *ring, uint64_t lost);

/* ---- a reader ---- */

struct trace_reader {
	const struct trace_header *header;
	const uint8_t *records;
	uint64_t size;
	uint64_t position;
	uint64_t sequence;    /* expected next */
	uint64_t overwritten; /* events that were overwritten before this reader came to them */
	bool started;
};

/*
 * Begins to read a ring in `len` bytes of memory, borrowed, aligned to 8: with the oldest event, or with the next new one.
 * Returns false if that is no ring of this version.
 */
bool trace_reader_init(struct trace_reader *reader, const void *memory, size_t len, bool oldest);

/* Goes to the position that the ring's head had at some time; one that is overwritten is the oldest event's. */
void trace_reader_begin(struct trace_reader *reader, uint64_t head);

/* Until when (ns, CLOCK_MONOTONIC) all frames are in the ring. */
uint64_t trace_reader_complete(const struct trace_reader *reader);

/*
 * Copies the next event and its bytes, at most `room`, and then sets event->captured. Returns 1; 0: there is none yet; -1:
 * the ring is damaged, and the reader has gone to its end.
 */
int trace_reader_next(struct trace_reader *reader, struct trace_event *event, uint8_t *bytes, size_t room);

/* Bytes of records that are still to be read. */
uint64_t trace_reader_left(const struct trace_reader *reader);

/* Writes the name of the event's hop, or an empty text. */
void trace_reader_name(const struct trace_reader *reader, const struct trace_event *event, char name[TRACE_NAME_SIZE]);

/* Events that were lost before they reached the ring. */
uint64_t trace_reader_lost(const struct trace_reader *reader);

#endif
