/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/ring.h"

#include <string.h>

#define MAGIC "vifitrc"
enum { VERSION = 3, ALIGN = 8, SIZE_MIN = 4096, SPARE = 128 };

struct record {
	uint32_t size; /* with this header; a multiple of ALIGN */
	uint32_t kind;
	uint64_t sequence;
};

enum { KIND_PADDING = 0x70616464, KIND_EVENT = 0x65766e74 };

static size_t header_size(void)
{
	return (sizeof(struct trace_header) + 63) / 64 * 64;
}

static uint64_t round_up(uint64_t len)
{
	return (len + ALIGN - 1) / ALIGN * ALIGN;
}

size_t trace_ring_memory(size_t size)
{
	return header_size() + round_up(size);
}

/* Where the records of a memory of `len` bytes end; 0: there is no room for them. */
static uint64_t records_size(size_t len)
{
	return len < header_size() + SIZE_MIN ? 0 : (len - header_size()) / ALIGN * ALIGN;
}

static bool is_ring(const struct trace_header *header, uint64_t size)
{
	return !memcmp(header->magic, MAGIC, sizeof(header->magic)) && header->version == VERSION &&
	       header->size == size && size >= SIZE_MIN;
}

/* Reads the header of a record that lies in one piece between `position` and `head`. Only 8 bytes may be left for padding. */
static bool read_record(const uint8_t *records, uint64_t size, uint64_t position, uint64_t head, struct record *record)
{
	uint64_t offset = position % size;

	*record = (struct record){0};
	memcpy(record, records + offset, size - offset < sizeof(*record) ? ALIGN : sizeof(*record));
	return record->size >= ALIGN && record->size % ALIGN == 0 && record->size <= size - offset &&
	       record->size <= head - position &&
	       (record->kind == KIND_PADDING ||
		(record->kind == KIND_EVENT && record->size >= sizeof(*record) + sizeof(struct trace_event)));
}

/* ---- the writer ---- */

/* Do the records follow one another from the tail to the head? */
static bool is_whole(const struct trace_ring *ring)
{
	uint64_t position = ring->tail;
	struct record record;

	if (ring->tail % ALIGN || ring->head % ALIGN || ring->tail > ring->head ||
	    ring->head - ring->tail > ring->size || ring->n_names > TRACE_NAMES_MAX)
		return false;
	while (position < ring->head && read_record(ring->records, ring->size, position, ring->head, &record))
		position += record.size;
	return position == ring->head;
}

bool trace_ring_init(struct trace_ring *ring, void *memory, size_t len)
{
	uint64_t size = records_size(len);

	if (!size)
		return false;
	*ring = (struct trace_ring){.header = memory, .records = (uint8_t *)memory + header_size(), .size = size};
	ring->tail = ring->header->tail;
	ring->head = ring->header->head;
	ring->sequence = ring->header->sequence;
	ring->n_names = ring->header->n_names;
	trace_ring_set_complete(ring, 0); /* the word of another writer */
	if (is_ring(ring->header, size) && is_whole(ring))
		return true;
	ring->tail = ring->head = ring->sequence = ring->n_names = 0;
	/* Readers may have written their requests before the ring exists: keep them. */
	memset(ring->header, 0, offsetof(struct trace_header, until));
	memset(ring->header->names, 0, sizeof(ring->header->names));
	ring->header->version = VERSION;
	ring->header->size = size;
	memcpy(ring->header->magic, MAGIC, sizeof(ring->header->magic));
	return true;
}

/*
 * Moves the tail until `need` bytes are free after the head, and then some more: readers must see the tail before the bytes
 * change, which takes longer than a small event.
 */
static void make_room(struct trace_ring *ring, uint64_t need)
{
	struct record record;

	if (ring->head + need - ring->tail <= ring->size)
		return;
	need += ring->size / SPARE;
	if (need > ring->size)
		need = ring->size;
	while (ring->head + need - ring->tail > ring->size) {
		if (!read_record(ring->records, ring->size, ring->tail, ring->head, &record)) {
			ring->tail = ring->head; /* memory that another program has changed */
			break;
		}
		ring->tail += record.size;
	}
	__atomic_store_n(&ring->header->tail, ring->tail, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* the tail is visible before the bytes change */
}

/* Shows readers what was written. */
static void move_head(struct trace_ring *ring, uint64_t len)
{
	ring->head += len;
	__atomic_store_n(&ring->header->head, ring->head, __ATOMIC_RELEASE);
}

/* Fills the rest of the memory if a record of `need` bytes does not fit there in one piece. */
static void pad(struct trace_ring *ring, uint64_t need)
{
	uint64_t offset = ring->head % ring->size, left = ring->size - offset;
	struct record record = {.size = (uint32_t)left, .kind = KIND_PADDING};

	if (left >= need)
		return;
	make_room(ring, left);
	memcpy(ring->records + offset, &record, left < sizeof(record) ? ALIGN : sizeof(record));
	move_head(ring, left);
}

/* Notes where all bytes of a frame are, or finds them for an event that has only the first ones. */
static void link_whole(struct trace_ring *ring, struct trace_event *event)
{
	struct trace_whole *whole = &ring->wholes[(event->id >> 48) % TRACE_WHOLES];
	uint64_t back = (ring->head - whole->position) / ALIGN;

	event->back = 0;
	if (!event->rest) {
		*whole = (struct trace_whole){.id = event->id, .position = ring->head};
		return;
	}
	if (event->id && whole->id == event->id && whole->position >= ring->tail && back <= UINT32_MAX)
		event->back = (uint32_t)back;
	event->rest = event->back > 0;
}

void trace_ring_add(struct trace_ring *ring, const struct trace_event *event, const void *bytes)
{
	struct trace_event cut = *event;
	struct record record = {.kind = KIND_EVENT, .sequence = ring->sequence++};
	uint8_t *out;

	if (cut.captured > ring->size / 8)
		cut.captured = (uint32_t)(ring->size / 8);
	record.size = (uint32_t)round_up(sizeof(record) + sizeof(cut) + cut.captured);
	pad(ring, record.size);
	make_room(ring, record.size);
	link_whole(ring, &cut);
	out = ring->records + ring->head % ring->size;
	memcpy(out, &record, sizeof(record));
	memcpy(out + sizeof(record), &cut, sizeof(cut));
	if (cut.captured)
		memcpy(out + sizeof(record) + sizeof(cut), bytes, cut.captured);
	ring->header->sequence = ring->sequence;
	move_head(ring, record.size);
}

static bool is_named(const struct trace_name *name, const struct trace_event *event)
{
	return name->hop == event->hop && name->ifindex == event->ifindex && name->link == event->link &&
	       !memcmp(name->peer, event->peer, sizeof(name->peer));
}

bool trace_ring_has_name(const struct trace_ring *ring, const struct trace_event *event)
{
	for (uint32_t i = 0; i < ring->n_names; i++)
		if (is_named(&ring->header->names[i], event))
			return true;
	return false;
}

bool trace_ring_name(struct trace_ring *ring, const struct trace_event *event, const char *text)
{
	struct trace_name name = {.ifindex = event->ifindex, .hop = event->hop, .link = event->link};

	if (ring->n_names == TRACE_NAMES_MAX || trace_ring_has_name(ring, event))
		return false;
	memcpy(name.peer, event->peer, sizeof(name.peer));
	strncpy(name.name, text, sizeof(name.name) - 1);
	ring->header->names[ring->n_names++] = name;
	__atomic_store_n(&ring->header->n_names, ring->n_names, __ATOMIC_RELEASE);
	return true;
}

void trace_ring_set_complete(struct trace_ring *ring, uint64_t time)
{
	__atomic_store_n(&ring->header->complete, time, __ATOMIC_RELEASE);
}

void trace_ring_set_lost(struct trace_ring *ring, uint64_t lost)
{
	__atomic_store_n(&ring->header->lost, lost, __ATOMIC_RELAXED);
}

/* ---- a reader ---- */

bool trace_reader_init(struct trace_reader *reader, const void *memory, size_t len, bool oldest)
{
	uint64_t size = records_size(len);

	*reader = (struct trace_reader){.header = memory, .size = size};
	if (!size || !is_ring(reader->header, size))
		return false;
	reader->records = (const uint8_t *)memory + header_size();
	reader->position = oldest ? __atomic_load_n(&reader->header->tail, __ATOMIC_ACQUIRE)
				  : __atomic_load_n(&reader->header->head, __ATOMIC_ACQUIRE);
	return true;
}

void trace_reader_begin(struct trace_reader *reader, uint64_t position)
{
	if (position <= __atomic_load_n(&reader->header->head, __ATOMIC_ACQUIRE))
		reader->position = position;
}

uint64_t trace_reader_complete(const struct trace_reader *reader)
{
	return __atomic_load_n(&reader->header->complete, __ATOMIC_ACQUIRE);
}

/* A void copy, or a reader that was overtaken, goes on at the tail. */
static bool is_overtaken(const struct trace_reader *reader)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return reader->position < __atomic_load_n(&reader->header->tail, __ATOMIC_SEQ_CST);
}

static void count_gap(struct trace_reader *reader, uint64_t sequence)
{
	if (reader->started && sequence > reader->sequence)
		reader->overwritten += sequence - reader->sequence;
	reader->started = true;
	reader->sequence = sequence + 1;
}

/*
 * Adds the bytes that an earlier record of the same frame has. is_overtaken() detects bytes that were overwritten meanwhile.
 */
static void copy_rest(const struct trace_reader *reader, uint64_t position, uint64_t end, struct trace_event *event,
		      uint8_t *bytes, size_t room)
{
	struct trace_event whole;
	struct record record;

	if (!read_record(reader->records, reader->size, position, end, &record) || record.kind != KIND_EVENT)
		return;
	memcpy(&whole, reader->records + position % reader->size + sizeof(record), sizeof(whole));
	if (whole.id != event->id || whole.len != event->len || whole.rest ||
	    whole.captured > record.size - sizeof(record) - sizeof(whole))
		return;
	if (whole.captured > room)
		whole.captured = (uint32_t)room;
	if (whole.captured <= event->captured)
		return;
	memcpy(bytes + event->captured,
	       reader->records + position % reader->size + sizeof(record) + sizeof(whole) + event->captured,
	       whole.captured - event->captured);
	event->captured = whole.captured;
}

/* Copies what lies behind the header of a record. Returns false if its lengths contradict each other. */
static bool copy_event(const struct trace_reader *reader, const struct record *record, struct trace_event *event,
		       uint8_t *bytes, size_t room)
{
	const uint8_t *from = reader->records + reader->position % reader->size + sizeof(*record);
	uint64_t left = record->size - sizeof(*record) - sizeof(*event);

	memcpy(event, from, sizeof(*event));
	if (event->captured > left)
		return false;
	if (event->captured > room)
		event->captured = (uint32_t)room;
	memcpy(bytes, from + sizeof(*event), event->captured);
	return true;
}

/* Completes an event that is copied. The record with the rest may be overwritten before and meanwhile: then it stays cut. */
static void complete_event(const struct trace_reader *reader, struct trace_event *event, uint8_t *bytes, size_t room)
{
	uint64_t back = (uint64_t)event->back * ALIGN, position = reader->position - back;
	uint32_t captured = event->captured;

	if (event->rest && back && back <= reader->position &&
	    position >= __atomic_load_n(&reader->header->tail, __ATOMIC_ACQUIRE)) {
		copy_rest(reader, position, reader->position, event, bytes, room);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (position < __atomic_load_n(&reader->header->tail, __ATOMIC_SEQ_CST))
			event->captured = captured;
	}
	event->rest = 0;
	event->back = 0;
}

int trace_reader_next(struct trace_reader *reader, struct trace_event *event, uint8_t *bytes, size_t room)
{
	for (;;) {
		uint64_t head = __atomic_load_n(&reader->header->head, __ATOMIC_ACQUIRE);
		uint64_t tail = __atomic_load_n(&reader->header->tail, __ATOMIC_ACQUIRE);
		struct record record;
		bool good;

		if (reader->position < tail)
			reader->position = tail;
		if (reader->position == head)
			return 0;
		if (head - reader->position > reader->size || head % ALIGN || reader->position % ALIGN) {
			reader->position = head;
			return -1;
		}
		good = read_record(reader->records, reader->size, reader->position, head, &record);
		if (good && record.kind == KIND_EVENT)
			good = copy_event(reader, &record, event, bytes, room);
		if (is_overtaken(reader))
			continue;
		if (!good) {
			reader->position = head;
			return -1;
		}
		if (record.kind == KIND_EVENT)
			complete_event(reader, event, bytes, room);
		reader->position += record.size;
		if (record.kind == KIND_PADDING)
			continue;
		count_gap(reader, record.sequence);
		return 1;
	}
}

void trace_reader_name(const struct trace_reader *reader, const struct trace_event *event, char text[TRACE_NAME_SIZE])
{
	uint32_t count = __atomic_load_n(&reader->header->n_names, __ATOMIC_ACQUIRE);

	text[0] = '\0';
	for (uint32_t i = 0; i < count && i < TRACE_NAMES_MAX; i++)
		if (is_named(&reader->header->names[i], event)) {
			memcpy(text, reader->header->names[i].name, TRACE_NAME_SIZE);
			text[TRACE_NAME_SIZE - 1] = '\0';
			return;
		}
}

uint64_t trace_reader_lost(const struct trace_reader *reader)
{
	return __atomic_load_n(&reader->header->lost, __ATOMIC_RELAXED);
}

uint64_t trace_reader_left(const struct trace_reader *reader)
{
	uint64_t head = __atomic_load_n(&reader->header->head, __ATOMIC_ACQUIRE);

	return head > reader->position ? head - reader->position : 0;
}
