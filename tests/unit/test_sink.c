/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "app/sink.h"

#include <errno.h>
#include <unistd.h>

static char path[] = "/tmp/vifi-sink-XXXXXX";

static int begin(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int end(void **state)
{
	(void)state;
	return unlink(path);
}

static uint8_t letter(size_t i)
{
	return (uint8_t)(i * 7 + i / 251);
}

/* Pieces of every length, some longer than what is written at once; of some only a part is used. */
static void what_is_put_in_is_in_the_file(void **state)
{
	static const size_t pieces[] = {1, 13, 1500, 65536, 300000, 700001, 2, 262144, 262145, 5};
	struct sink *s = sink_open(path);
	size_t at = 0, n = 0;
	FILE *file;
	int byte;

	(void)state;
	assert_non_null(s);
	for (int round = 0; round < 20; round++) {
		size_t len = pieces[(size_t)round % COUNT(pieces)];
		uint8_t *p = sink_room(s, len + 100);

		assert_non_null(p);
		for (size_t i = 0; i < len; i++)
			p[i] = letter(at++);
		sink_used(s, len);
	}
	assert_int_equal(sink_close(s), 0);
	file = fopen(path, "rb");
	assert_non_null(file);
	while ((byte = getc(file)) != EOF && byte == letter(n))
		n++;
	assert_int_equal(n, at);
	assert_int_equal(byte, EOF);
	fclose(file);
}

static void nothing_makes_an_empty_file(void **state)
{
	struct sink *s = sink_open(path);
	FILE *file;

	(void)state;
	assert_non_null(s);
	assert_int_equal(sink_close(s), 0);
	file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(getc(file), EOF);
	fclose(file);
	assert_int_equal(sink_close(NULL), 0);
}

static void a_full_disk_is_said(void **state)
{
	struct sink *s = sink_open("/dev/full");
	uint8_t *p = NULL;

	(void)state;
	assert_non_null(s);
	for (int i = 0; i < 3; i++) {
		p = sink_room(s, 1 << 18);
		if (!p)
			break;
		memset(p, 1, 1 << 18);
		sink_used(s, 1 << 18);
	}
	/* The third chunk waits for the first one, whose writing failed. */
	assert_null(p);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(sink_close(s), -ENOSPC);
	s = sink_open("/dev/full");
	assert_non_null(sink_room(s, 1));
	sink_used(s, 1);
	assert_int_equal(sink_close(s), -ENOSPC);
}

static void a_file_that_cannot_be_made(void **state)
{
	(void)state;
	assert_null(sink_open("/"));
	assert_int_equal(errno, EISDIR);
	assert_null(sink_open("/nowhere/file"));
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_in_is_in_the_file),
		cmocka_unit_test(nothing_makes_an_empty_file),
		cmocka_unit_test(a_full_disk_is_said),
		cmocka_unit_test(a_file_that_cannot_be_made),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
