/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reader writes to the file of a recorder. */
#include "unit.h"

#include "daemon/clock.h"
#include "daemon/sandbox.h"
#include "daemon/sandbox_calls.h"
#include "daemon/trace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 8192, AN_HOUR = 3600, NO_FILTER = 77 };

struct fixture {
	struct trace_source source;
	struct trace_ring ring;
	void *memory;
	size_t len;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->len = trace_ring_memory(SIZE);
	fixture->source.fd = memfd_create("ring", MFD_CLOEXEC);
	assert_true(fixture->source.fd >= 0);
	assert_int_equal(ftruncate(fixture->source.fd, (off_t)fixture->len), 0);
	fixture->memory = mmap(NULL, fixture->len, PROT_READ | PROT_WRITE, MAP_SHARED, fixture->source.fd, 0);
	assert_true(fixture->memory != MAP_FAILED);
	assert_true(trace_ring_init(&fixture->ring, fixture->memory, fixture->len));
	fixture->source.memory = fixture->memory;
	fixture->source.len = fixture->len;
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	munmap(fixture->memory, fixture->len);
	close(fixture->source.fd);
	free(fixture);
	return 0;
}

static void a_reader_asks_and_takes_its_wish_back(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(trace_source_ask(&fixture->source, TRACE_HEADERS, AN_HOUR), 0);
	assert_int_equal(trace_ring_wanted(&fixture->ring, monotonic_ns()), TRACE_HEADERS);
	assert_int_equal(trace_source_ask(&fixture->source, TRACE_OFF, AN_HOUR), 0);
	assert_int_equal(trace_ring_wanted(&fixture->ring, monotonic_ns()), TRACE_OFF);
}

/* The exit code of `ask` in a process that confines itself as `vifi trace` does after its first wish. */
static int confined(struct fixture *fixture, int (*ask)(const struct trace_source *source))
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		if (sandbox_filter_calls(SANDBOX_CORE) < 0)
			_exit(NO_FILTER);
		_exit(ask(&fixture->source));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NO_FILTER)
		skip(); /* under an emulator */
	return WEXITSTATUS(status);
}

static int ask_for_all(const struct trace_source *source)
{
	return trace_source_ask(source, TRACE_WHOLE, AN_HOUR) < 0;
}

/* It renews its wish every few seconds. */
static void a_confined_reader_still_asks(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(confined(fixture, ask_for_all), 0);
	assert_int_equal(trace_ring_wanted(&fixture->ring, monotonic_ns()), TRACE_WHOLE);
}

static int look_for_writer(const struct trace_source *source)
{
	return trace_source_is_written(source);
}

/* Otherwise it would wait for the last frames of a process that has ended. */
static void a_confined_reader_sees_that_the_writer_has_ended(void **state)
{
	assert_int_equal(confined(*state, look_for_writer), false);
}

/* So that the other one asks again at once. */
static void a_reader_sees_that_another_one_has_ended(void **state)
{
	struct fixture *fixture = *state;

	assert_false(trace_source_is_asked(&fixture->source, TRACE_HEADERS));
	trace_source_ask(&fixture->source, TRACE_WHOLE, AN_HOUR);
	assert_true(trace_source_is_asked(&fixture->source, TRACE_HEADERS));
	assert_true(trace_source_is_asked(&fixture->source, TRACE_WHOLE));
	trace_source_ask(&fixture->source, TRACE_HEADERS, AN_HOUR);
	assert_false(trace_source_is_asked(&fixture->source, TRACE_WHOLE));
	trace_source_ask(&fixture->source, TRACE_OFF, AN_HOUR);
	assert_false(trace_source_is_asked(&fixture->source, TRACE_HEADERS));
	assert_int_equal(ftruncate(fixture->source.fd, 50), 0); /* a file that is no ring */
	assert_false(trace_source_is_asked(&fixture->source, TRACE_OFF));
}

struct copy {
	struct trace_source source;
	struct trace_reader reader;
	struct trace_event event;
	uint8_t bytes[2048];
};

static void open_copy(struct fixture *fixture, struct copy *copy)
{
	*copy = (struct copy){.source = {.fd = dup(fixture->source.fd), .len = fixture->len}};
	assert_int_equal(trace_source_load(&copy->source), 0);
	assert_true(trace_reader_init(&copy->reader, copy->source.memory, copy->source.len, true));
}

static int next_of(struct copy *copy)
{
	return trace_reader_next(&copy->reader, &copy->event, copy->bytes, sizeof(copy->bytes));
}

static void add(struct fixture *fixture, uint64_t id, uint32_t captured)
{
	const struct trace_event event = {.id = id, .len = captured, .captured = captured, .hop = TRACE_HOP_PORT};
	uint8_t bytes[2048];

	memset(bytes, (int)id, sizeof(bytes));
	trace_ring_add(&fixture->ring, &event, bytes);
}

static void a_reader_follows_the_writer(void **state)
{
	struct fixture *fixture = *state;
	struct copy copy;
	uint64_t last = 0, id = 1;

	open_copy(fixture, &copy);
	assert_int_equal(next_of(&copy), 0);
	assert_int_equal(trace_source_refresh(&copy.source), 0);
	for (unsigned turn = 1; turn < 60; turn++) { /* some turns overwrite the whole ring */
		for (unsigned i = 0; i < turn; i++)
			add(fixture, id++, 300);
		assert_int_equal(next_of(&copy), 0);
		assert_int_equal(trace_source_refresh(&copy.source), 1);
		while (next_of(&copy) == 1) {
			assert_true(copy.event.id > last && copy.event.captured == 300);
			assert_true(copy.bytes[0] == (uint8_t)copy.event.id && copy.bytes[299] == copy.bytes[0]);
			last = copy.event.id;
		}
		assert_int_equal(last, id - 1);
	}
	assert_true(copy.reader.overwritten > 100);
	trace_source_close(&copy.source);
}

/* The owner of the file is the service user; the reader is root. */
static void a_file_that_is_cut_harms_no_reader(void **state)
{
	struct fixture *fixture = *state;
	struct copy copy;

	add(fixture, 1, 500);
	open_copy(fixture, &copy);
	add(fixture, 2, 500);
	munmap(fixture->memory, fixture->len);
	for (off_t len = (off_t)trace_ring_memory(0) + 100; len >= 0; len = len > 100 ? len / 2 : len - 50) {
		assert_int_equal(ftruncate(fixture->source.fd, len), 0);
		assert_int_equal(trace_source_refresh(&copy.source), -EIO);
		trace_source_is_asked(&copy.source, TRACE_HEADERS);
	}
	assert_int_equal(next_of(&copy), 0);
	assert_int_equal(ftruncate(fixture->source.fd, (off_t)fixture->len), 0); /* zeros */
	assert_true(trace_source_refresh(&copy.source) >= 0);
	assert_true(next_of(&copy) <= 0);
	trace_source_close(&copy.source);
	fixture->memory = mmap(NULL, fixture->len, PROT_READ, MAP_SHARED, fixture->source.fd, 0);
}

static void sockets_of_two_paths_have_two_recordings(void **state)
{
	static const char *const paths[] = {
		"/run/vifi/air",
		"/tmp/x/air",
		"/tmp/x:air",
		"/a/very/long/path/to/some/folder/of/tests/air",
		"/b/very/long/path/to/some/folder/of/tests/air",
		"/tmp/folder-of-thirty-one-charac",
	};
	enum { PATHS = sizeof(paths) / sizeof(paths[0]) };
	char names[PATHS][TRACE_NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < PATHS; i++) {
		trace_name_of_path(names[i], paths[i]);
		assert_true(names[i][0] && !strchr(names[i], '/') && strlen(names[i]) < TRACE_NAME_SIZE);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	}
	assert_string_equal(names[0], "air");
	assert_string_equal(names[1], "tmp:x:air");
}

static void a_ring_without_its_process_is_told(void **state)
{
	struct fixture *fixture = *state;
	char path[64];
	int writer;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fixture->source.fd);
	writer = open(path, O_RDWR | O_CLOEXEC);
	assert_true(writer >= 0);
	assert_false(trace_source_is_written(&fixture->source));
	assert_int_equal(flock(writer, LOCK_SH | LOCK_NB), 0); /* as trace_file_create() does */
	assert_true(trace_source_is_written(&fixture->source));
	assert_true(trace_source_is_written(&fixture->source));
	close(writer);
	assert_false(trace_source_is_written(&fixture->source));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(a_reader_asks_and_takes_its_wish_back),
		CASE(a_confined_reader_still_asks),
		CASE(a_confined_reader_sees_that_the_writer_has_ended),
		CASE(a_reader_sees_that_another_one_has_ended),
		CASE(a_reader_follows_the_writer),
		CASE(a_file_that_is_cut_harms_no_reader),
		CASE(sockets_of_two_paths_have_two_recordings),
		CASE(a_ring_without_its_process_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
