/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring of the recorder: it holds the last events, whatever happens to the writer and to the readers. */
#include "unit.h"

#include "trace/ring.h"

enum { SIZE = 8192 };

struct fixture {
	uint8_t *memory;
	size_t len;
	struct trace_ring ring;
	struct trace_reader reader;
	struct trace_event event;
	uint8_t bytes[2048];
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->len = trace_ring_memory(SIZE);
	fixture->memory = calloc(1, fixture->len);
	assert_non_null(fixture->memory);
	assert_true(trace_ring_init(&fixture->ring, fixture->memory, fixture->len));
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	free(fixture->memory);
	free(fixture);
	return 0;
}

/* The event number `id`, with as many bytes. */
static void add(struct fixture *fixture, uint64_t id, uint32_t captured)
{
	struct trace_event event = {.id = id, .captured = captured, .len = captured, .hop = TRACE_HOP_PORT};
	uint8_t bytes[2048];

	memset(bytes, (int)id, sizeof(bytes));
	trace_ring_add(&fixture->ring, &event, bytes);
}

static int next(struct fixture *fixture)
{
	return trace_reader_next(&fixture->reader, &fixture->event, fixture->bytes, sizeof(fixture->bytes));
}

static void read_from(struct fixture *fixture, bool oldest)
{
	assert_true(trace_reader_init(&fixture->reader, fixture->memory, fixture->len, oldest));
}

static void a_reader_begins_where_the_head_was(void **state)
{
	struct fixture *fixture = *state;
	uint64_t head;

	add(fixture, 1, 100);
	head = fixture->ring.head;
	add(fixture, 2, 100);
	add(fixture, 3, 100);
	read_from(fixture, false);
	trace_reader_begin(&fixture->reader, head);
	assert_int_equal(next(fixture), 1);
	assert_int_equal(fixture->event.id, 2);
	/* Overwritten meanwhile: the oldest one. */
	for (uint64_t id = 4; id < 100; id++)
		add(fixture, id, 700);
	read_from(fixture, false);
	trace_reader_begin(&fixture->reader, head);
	assert_int_equal(next(fixture), 1);
	assert_true(fixture->event.id > 80 && fixture->event.id < 99);
	/* No head of this ring. */
	read_from(fixture, false);
	trace_reader_begin(&fixture->reader, fixture->ring.head + 8);
	assert_int_equal(next(fixture), 0);
}

static void only_the_present_writer_says_until_when_the_ring_is_complete(void **state)
{
	struct fixture *fixture = *state;
	struct trace_ring again;

	add(fixture, 1, 100);
	trace_ring_set_complete(&fixture->ring, TRACE_ALWAYS);
	read_from(fixture, true);
	assert_true(trace_reader_complete(&fixture->reader) == TRACE_ALWAYS);
	assert_true(trace_ring_init(&again, fixture->memory, fixture->len));
	assert_int_equal(trace_reader_complete(&fixture->reader), 0);
	assert_int_equal(next(fixture), 1);
}

static void a_reader_gets_events_in_order(void **state)
{
	struct fixture *fixture = *state;

	read_from(fixture, true);
	assert_int_equal(next(fixture), 0);
	for (uint64_t id = 1; id < 1000; id++) {
		add(fixture, id, (uint32_t)(id % 700));
		assert_int_equal(next(fixture), 1);
		assert_int_equal(fixture->event.id, id);
		assert_int_equal(fixture->event.captured, id % 700);
		for (uint32_t i = 0; i < fixture->event.captured; i++)
			assert_int_equal(fixture->bytes[i], (uint8_t)id);
		assert_int_equal(next(fixture), 0);
	}
	assert_int_equal(fixture->reader.overwritten, 0);
}

static void the_ring_holds_the_last_events(void **state)
{
	struct fixture *fixture = *state;
	uint64_t first = 0, count = 0;

	for (uint64_t id = 1; id <= 500; id++)
		add(fixture, id, 100);
	read_from(fixture, true);
	while (next(fixture) == 1) {
		if (!first)
			first = fixture->event.id;
		assert_int_equal(fixture->event.id, first + count++);
	}
	assert_int_equal(first + count - 1, 500);
	assert_true(count >= SIZE / 200 && count <= SIZE / 164);
}

static void a_slow_reader_learns_how_many_it_missed(void **state)
{
	struct fixture *fixture = *state;

	read_from(fixture, true);
	add(fixture, 1, 64);
	assert_int_equal(next(fixture), 1);
	for (uint64_t id = 2; id <= 300; id++)
		add(fixture, id, 64);
	assert_int_equal(next(fixture), 1);
	assert_int_equal(fixture->reader.overwritten, fixture->event.id - 2);
	assert_true(fixture->event.id > 200);
}

static void a_new_reader_begins_with_the_next_event(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, 1, 10);
	read_from(fixture, false);
	assert_int_equal(next(fixture), 0);
	add(fixture, 2, 10);
	assert_int_equal(next(fixture), 1);
	assert_int_equal(fixture->event.id, 2);
}

/* As after kill -9: the next writer of the same memory goes on. */
static void a_new_writer_keeps_what_is_whole(void **state)
{
	struct fixture *fixture = *state;
	struct trace_ring again;

	for (uint64_t id = 1; id <= 100; id++)
		add(fixture, id, 300);
	assert_true(trace_ring_init(&again, fixture->memory, fixture->len));
	fixture->ring = again;
	add(fixture, 101, 300);
	read_from(fixture, true);
	for (uint64_t last = 0; next(fixture) == 1; last = fixture->event.id)
		assert_true(!last || fixture->event.id == last + 1);
	assert_int_equal(fixture->event.id, 101);
	fixture->ring.header->tail += 8; /* into a record */
	assert_true(trace_ring_init(&again, fixture->memory, fixture->len));
	read_from(fixture, true);
	assert_int_equal(next(fixture), 0);
}

static void a_damaged_ring_ends_the_reading(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, 1, 100);
	read_from(fixture, true);
	memset(fixture->ring.records, 0xff, SIZE);
	assert_int_equal(next(fixture), -1);
	assert_int_equal(next(fixture), 0);
	fixture->ring.header->head = UINT64_MAX - 7;
	assert_int_equal(next(fixture), -1);
	fixture->ring.header->magic[0] = 'x';
	assert_false(trace_reader_init(&fixture->reader, fixture->memory, fixture->len, true));
	assert_false(trace_reader_init(&fixture->reader, fixture->memory, 100, true));
}

/* The file belongs to a user who runs further processes. */
static void a_writer_believes_its_own_numbers(void **state)
{
	struct fixture *fixture = *state;
	struct trace_event port = {.hop = TRACE_HOP_PORT, .ifindex = 9};

	add(fixture, 1, 100);
	fixture->ring.header->size = UINT64_MAX / 2;
	fixture->ring.header->head = fixture->ring.header->tail = UINT64_MAX / 4 & ~7ull;
	fixture->ring.header->n_names = UINT32_MAX;
	assert_false(trace_ring_has_name(&fixture->ring, &port));
	assert_true(trace_ring_name(&fixture->ring, &port, "vnet0"));
	for (uint64_t id = 2; id <= 300; id++)
		add(fixture, id, 100);
	assert_int_equal(fixture->ring.header->n_names, 1);
	fixture->ring.header->size = SIZE;
	read_from(fixture, true);
	assert_int_equal(next(fixture), 1);
	assert_true(fixture->event.id > 200);
}

static void a_frame_that_is_too_large_is_cut(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, 7, 2000);
	read_from(fixture, true);
	assert_int_equal(next(fixture), 1);
	assert_int_equal(fixture->event.captured, SIZE / 8);
	assert_int_equal(fixture->event.len, 2000);
}

/* The next hop of the frame `id`: its head has changed, its `len` bytes have not. */
static void add_next_hop(struct fixture *fixture, uint64_t id, uint32_t len)
{
	struct trace_event event = {.id = id, .captured = 14, .len = len, .hop = TRACE_HOP_UPLINK_OUT, .rest = 1};
	uint8_t head[14];

	memset(head, 0xee, sizeof(head));
	trace_ring_add(&fixture->ring, &event, head);
}

static void check_next_hop(struct fixture *fixture, uint64_t id, uint32_t captured)
{
	assert_int_equal(next(fixture), 1);
	assert_int_equal(fixture->event.hop, TRACE_HOP_UPLINK_OUT);
	assert_int_equal(fixture->event.captured, captured);
	assert_true(!fixture->event.rest && !fixture->event.back);
	for (uint32_t i = 0; i < captured; i++)
		assert_int_equal(fixture->bytes[i], i < 14 ? 0xee : (uint8_t)id);
}

static void the_bytes_of_a_frame_are_there_once(void **state)
{
	struct fixture *fixture = *state;
	const uint64_t other_cpu = UINT64_C(2) << 48 | 5;
	uint64_t head = fixture->ring.head, size;

	read_from(fixture, true);
	add(fixture, 5, 800);
	size = fixture->ring.head - head;
	add(fixture, other_cpu, 700);
	head = fixture->ring.head;
	add_next_hop(fixture, 5, 800);
	assert_true(fixture->ring.head - head < size / 4);
	add_next_hop(fixture, other_cpu, 700);
	add_next_hop(fixture, 5, 800);
	assert_int_equal(next(fixture), 1);
	assert_int_equal(next(fixture), 1);
	check_next_hop(fixture, 5, 800);
	check_next_hop(fixture, 5, 700);
	check_next_hop(fixture, 5, 800);
	/* A frame of another length, or of another journey: its bytes are not those. */
	add_next_hop(fixture, 5, 801);
	check_next_hop(fixture, 5, 14);
	add_next_hop(fixture, 6, 800);
	check_next_hop(fixture, 6, 14);
	assert_int_equal(fixture->event.len, 800);
}

/* Processors 3 and 67 record whole frames in turn. */
static void many_processors_keep_their_frames(void **state)
{
	struct fixture *fixture = *state;
	const uint64_t low = UINT64_C(3) << 48 | 5, high = UINT64_C(67) << 48 | 5;

	read_from(fixture, true);
	add(fixture, low, 700);
	add(fixture, high, 600);
	add_next_hop(fixture, low, 700);
	add_next_hop(fixture, high, 600);
	assert_int_equal(next(fixture), 1);
	assert_int_equal(next(fixture), 1);
	check_next_hop(fixture, low, 700);
	check_next_hop(fixture, high, 600);
}

static void what_is_overwritten_of_a_frame_is_missing(void **state)
{
	struct fixture *fixture = *state;
	uint64_t id = 0;

	/* Until the next hop of a frame is the oldest event of the ring. */
	for (bool found = false; !found; id++) {
		assert_true(id < 1000);
		add(fixture, id + 1, 900);
		add_next_hop(fixture, id + 1, 900);
		read_from(fixture, true);
		assert_int_equal(next(fixture), 1);
		found = fixture->event.hop == TRACE_HOP_UPLINK_OUT;
	}
	assert_int_equal(fixture->event.captured, 14);
	assert_int_equal(fixture->event.len, 900);
	/* A reader that has found the event before its first hop was overwritten. */
	read_from(fixture, true);
	assert_int_equal(next(fixture), 1);
	assert_int_equal(next(fixture), 1);
	assert_int_equal(fixture->event.captured, 900);
	for (uint64_t i = 0; i < 4; i++)
		add(fixture, id + 10 + i, 900);
	while (next(fixture) == 1)
		assert_true(fixture->event.captured == 14 || fixture->event.captured == 900);
}

static void a_false_way_back_leads_nowhere(void **state)
{
	struct fixture *fixture = *state;
	struct trace_event *event;

	add(fixture, 1, 100);
	add(fixture, 2, 500);
	add_next_hop(fixture, 2, 500);
	event = (void *)(fixture->ring.records + fixture->ring.head - 72);
	assert_int_equal(event->id, 2);
	for (uint32_t back = 0; back < 200; back++) {
		event->back = back < 100 ? back : UINT32_MAX - back;
		read_from(fixture, true);
		while (next(fixture) == 1)
			assert_true(fixture->event.captured <= 500);
		assert_int_equal(fixture->event.id, 2);
	}
}

static void names_stay_when_interfaces_go(void **state)
{
	struct fixture *fixture = *state;
	struct trace_event event = {.hop = TRACE_HOP_PORT, .ifindex = 7}, other = {.hop = TRACE_HOP_PORT, .ifindex = 8};
	char name[TRACE_NAME_SIZE];

	assert_true(trace_ring_name(&fixture->ring, &event, "vnet0"));
	assert_false(trace_ring_name(&fixture->ring, &event, "vnet1"));
	read_from(fixture, true);
	trace_reader_name(&fixture->reader, &event, name);
	assert_string_equal(name, "vnet0");
	trace_reader_name(&fixture->reader, &other, name);
	assert_string_equal(name, "");
	for (uint32_t i = 100; i < 100 + 2 * TRACE_NAMES_MAX; i++) {
		other.ifindex = i;
		trace_ring_name(&fixture->ring, &other, "x");
	}
	assert_int_equal(fixture->ring.header->n_names, TRACE_NAMES_MAX);
}

static void ids_of_two_processes_differ(void **state)
{
	(void)state;
	assert_true(trace_id_base(1000) + 1000000000 < trace_id_base(1001));
	assert_true(trace_id_base(0) > UINT64_C(4096) << 48); /* above those of the eBPF programs */
}

static void a_wish_ends_with_its_time(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(trace_ring_wanted(&fixture->ring, 5), TRACE_OFF);
	fixture->ring.header->mode = TRACE_WHOLE;
	fixture->ring.header->until = 10;
	assert_int_equal(trace_ring_wanted(&fixture->ring, 9), TRACE_WHOLE);
	assert_int_equal(trace_ring_wanted(&fixture->ring, 10), TRACE_OFF);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(a_reader_gets_events_in_order),
		CASE(a_reader_begins_where_the_head_was),
		CASE(only_the_present_writer_says_until_when_the_ring_is_complete),
		CASE(the_ring_holds_the_last_events),
		CASE(a_slow_reader_learns_how_many_it_missed),
		CASE(a_new_reader_begins_with_the_next_event),
		CASE(a_new_writer_keeps_what_is_whole),
		CASE(a_damaged_ring_ends_the_reading),
		CASE(a_writer_believes_its_own_numbers),
		CASE(a_frame_that_is_too_large_is_cut),
		CASE(the_bytes_of_a_frame_are_there_once),
		CASE(many_processors_keep_their_frames),
		CASE(what_is_overwritten_of_a_frame_is_missing),
		CASE(a_false_way_back_leads_nowhere),
		CASE(names_stay_when_interfaces_go),
		CASE(a_wish_ends_with_its_time),
		CASE(ids_of_two_processes_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
