/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reader writes to the file of a recorder. */
#include "unit.h"

#include "daemon/clock.h"
#include "daemon/sandbox.h"
#include "daemon/sandbox_calls.h"
#include "daemon/trace_file.h"

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
	fixture->source.len = 100; /* a file that is no ring */
	assert_false(trace_source_is_asked(&fixture->source, TRACE_OFF));
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
		CASE(a_ring_without_its_process_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
