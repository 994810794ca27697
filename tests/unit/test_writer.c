/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "decrypt/writer.h"

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

static const size_t pieces[] = {1, 13, 1500, 65536, 300000, 700001, 2, 262144, 262145, 5};

/* Pieces of every length, some longer than there is room at first; of each only a part is used. */
static void fill(struct sink_part *p, size_t round, size_t at)
{
	size_t len = pieces[round % COUNT(pieces)];
	uint8_t *bytes = sink_room(p, len + 100);

	assert_non_null(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] = letter(at++);
	sink_used(p, len);
}

static void what_is_put_in_is_in_the_file(size_t len)
{
	FILE *file = fopen(path, "rb");
	size_t n = 0;
	int byte;

	assert_non_null(file);
	while ((byte = getc(file)) != EOF && byte == letter(n))
		n++;
	assert_int_equal(n, len);
	assert_int_equal(byte, EOF);
	fclose(file);
}

static void parts_follow_each_other(void **state)
{
	struct sink *s = sink_open(path, 2);
	size_t at = 0;

	(void)state;
	assert_non_null(s);
	for (size_t part = 0; part < 20; part++) {
		struct sink_part *p = sink_begin(s, part);

		assert_non_null(p);
		for (size_t round = part; round < 2 * part; round++) {
			fill(p, round, at);
			at += pieces[round % COUNT(pieces)];
		}
		sink_end(p, 0);
	}
	assert_int_equal(sink_close(s), 0);
	what_is_put_in_is_in_the_file(at);
}

static void parts_that_are_filled_in_any_order_are_written_in_theirs(void **state)
{
	struct sink *s = sink_open(path, 4);
	size_t at = 0;

	(void)state;
	assert_non_null(s);
	for (size_t four = 0; four < 20; four += 4) {
		size_t begin[5] = {at};

		for (size_t i = 0; i < 4; i++)
			begin[i + 1] = begin[i] + pieces[(four + i) % COUNT(pieces)];
		for (size_t i = 4; i--;) {
			struct sink_part *p = sink_begin(s, four + i);

			assert_non_null(p);
			fill(p, four + i, begin[i]);
			sink_end(p, 0);
		}
		at = begin[4];
	}
	assert_int_equal(sink_close(s), 0);
	what_is_put_in_is_in_the_file(at);
}

/* What stands before it is there, what comes behind it is not, in whatever order they were made. */
static void the_file_ends_with_a_part_that_failed(void **state)
{
	struct sink *s = sink_open(path, 4);

	(void)state;
	assert_non_null(s);
	for (size_t i = 4; i--;) {
		struct sink_part *p = sink_begin(s, i);

		assert_non_null(p);
		fill(p, 2, i * pieces[2]);
		sink_end(p, i == 2 ? -ENOMEM : 0);
	}
	/* It waits for part 2. */
	assert_null(sink_begin(s, 6));
	assert_int_equal(errno, ENOMEM);
	assert_int_equal(sink_close(s), -ENOMEM);
	what_is_put_in_is_in_the_file(3 * pieces[2]);
}

static void nothing_makes_an_empty_file(void **state)
{
	struct sink *s = sink_open(path, 2);
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
	struct sink *s = sink_open("/dev/full", 2);
	struct sink_part *p = NULL;

	(void)state;
	assert_non_null(s);
	for (size_t i = 0; i < 3; i++) {
		p = sink_begin(s, i);
		if (!p)
			break;
		fill(p, 7, 0);
		sink_end(p, 0);
	}
	/* The third part waits for the first one, whose writing failed. */
	assert_null(p);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(sink_close(s), -ENOSPC);
	s = sink_open("/dev/full", 2);
	p = sink_begin(s, 0);
	fill(p, 0, 0);
	sink_end(p, 0);
	assert_int_equal(sink_close(s), -ENOSPC);
}

static void a_file_that_cannot_be_made(void **state)
{
	(void)state;
	assert_null(sink_open("/", 2));
	assert_int_equal(errno, EISDIR);
	assert_null(sink_open("/nowhere/file", 2));
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_follow_each_other),
		cmocka_unit_test(parts_that_are_filled_in_any_order_are_written_in_theirs),
		cmocka_unit_test(the_file_ends_with_a_part_that_failed),
		cmocka_unit_test(nothing_makes_an_empty_file),
		cmocka_unit_test(a_full_disk_is_said),
		cmocka_unit_test(a_file_that_cannot_be_made),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
