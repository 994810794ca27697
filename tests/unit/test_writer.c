/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "decrypt/writer.h"

#include <errno.h>
#include <unistd.h>

static char path[] = "/tmp/vifi-sink-XXXXXX";

static int set_up(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static uint8_t pattern_byte(size_t i)
{
	return (uint8_t)(i * 7 + i / 251);
}

static const size_t pieces[] = {1, 13, 1500, 65536, 300000, 700001, 2, 262144, 262145, 5};

/* Adds a piece to a part. Some pieces exceed the initial room; each reservation is larger than its piece. */
static void fill_part(struct writer_part *part, size_t round, size_t at)
{
	size_t len = pieces[round % COUNT(pieces)];
	uint8_t *bytes = writer_reserve(part, len + 100);

	assert_non_null(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] = pattern_byte(at++);
	writer_commit(part, len);
}

static void check_file_content(size_t len)
{
	FILE *file = fopen(path, "rb");
	size_t count = 0;
	int byte;

	assert_non_null(file);
	while ((byte = getc(file)) != EOF && byte == pattern_byte(count))
		count++;
	assert_int_equal(count, len);
	assert_int_equal(byte, EOF);
	fclose(file);
}

static void parts_are_written_in_order(void **state)
{
	struct writer *writer = writer_open(path, 2);
	size_t at = 0;

	(void)state;
	assert_non_null(writer);
	for (size_t number = 0; number < 20; number++) {
		struct writer_part *part = writer_begin(writer, number);

		assert_non_null(part);
		for (size_t round = number; round < 2 * number; round++) {
			fill_part(part, round, at);
			at += pieces[round % COUNT(pieces)];
		}
		writer_end(part, 0);
	}
	assert_int_equal(writer_close(writer), 0);
	check_file_content(at);
}

static void parts_filled_out_of_order_are_written_in_order(void **state)
{
	struct writer *writer = writer_open(path, 4);
	size_t at = 0;

	(void)state;
	assert_non_null(writer);
	for (size_t four = 0; four < 20; four += 4) {
		size_t begin[5] = {at};

		for (size_t i = 0; i < 4; i++)
			begin[i + 1] = begin[i] + pieces[(four + i) % COUNT(pieces)];
		for (size_t i = 4; i--;) {
			struct writer_part *part = writer_begin(writer, four + i);

			assert_non_null(part);
			fill_part(part, four + i, begin[i]);
			writer_end(part, 0);
		}
		at = begin[4];
	}
	assert_int_equal(writer_close(writer), 0);
	check_file_content(at);
}

/* The file contains the parts before the failed one and none after it, whatever their order of completion. */
static void file_ends_before_failed_part(void **state)
{
	struct writer *writer = writer_open(path, 4);

	(void)state;
	assert_non_null(writer);
	for (size_t i = 4; i--;) {
		struct writer_part *part = writer_begin(writer, i);

		assert_non_null(part);
		fill_part(part, 2, i * pieces[2]);
		writer_end(part, i == 2 ? -ENOMEM : 0);
	}
	/* The next part would have to wait for part 2, which failed. */
	assert_null(writer_begin(writer, 6));
	assert_int_equal(errno, ENOMEM);
	assert_int_equal(writer_close(writer), -ENOMEM);
	check_file_content(3 * pieces[2]);
}

/* Input that turns out to be nothing must not cost the file. */
static void no_parts_leave_file_alone(void **state)
{
	FILE *file = fopen(path, "wb");
	struct writer *writer;

	(void)state;
	assert_non_null(file);
	assert_int_equal(fputc('x', file), 'x');
	fclose(file);
	writer = writer_open(path, 2);
	assert_non_null(writer);
	assert_int_equal(writer_close(writer), 0);
	file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(getc(file), 'x');
	assert_int_equal(getc(file), EOF);
	fclose(file);
	assert_int_equal(writer_close(NULL), 0);
}

static void full_disk_is_reported(void **state)
{
	struct writer *writer = writer_open("/dev/full", 2);
	struct writer_part *part = NULL;

	(void)state;
	assert_non_null(writer);
	for (size_t i = 0; i < 3; i++) {
		part = writer_begin(writer, i);
		if (!part)
			break;
		fill_part(part, 7, 0);
		writer_end(part, 0);
	}
	/* The third part waits for the first one, whose writing failed. */
	assert_null(part);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(writer_close(writer), -ENOSPC);
	writer = writer_open("/dev/full", 2);
	part = writer_begin(writer, 0);
	fill_part(part, 0, 0);
	writer_end(part, 0);
	assert_int_equal(writer_close(writer), -ENOSPC);
}

static void uncreatable_file_is_reported(void **state)
{
	(void)state;
	assert_null(writer_open("/", 2));
	assert_int_equal(errno, EISDIR);
	assert_null(writer_open("/nowhere/file", 2));
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_written_in_order),
		cmocka_unit_test(parts_filled_out_of_order_are_written_in_order),
		cmocka_unit_test(file_ends_before_failed_part),
		cmocka_unit_test(no_parts_leave_file_alone),
		cmocka_unit_test(full_disk_is_reported),
		cmocka_unit_test(uncreatable_file_is_reported),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
