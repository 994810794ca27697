/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "wire/frame_writer.h"

static void fields_are_written_in_order(void **state)
{
	static const uint8_t want[] = {'h',  1,    0x03, 0x02, 0x07, 0x06, 0x05, 0x04, 0x0f, 0x0e, 0x0d, 0x0c,
				       0x0b, 0x0a, 0x09, 0x08, 0x10, 0x11, 48,   2,    'x',  'y',  0,    0};
	struct frame_writer writer = frame_writer_begin(frame_from("h", 1, 0, 0));
	struct frame *frame;

	(void)state;
	write_u8(&writer, 1);
	write_le16(&writer, 0x0203);
	write_le32(&writer, 0x04050607);
	write_le64(&writer, 0x08090a0b0c0d0e0f);
	write_be16(&writer, 0x1011);
	write_element(&writer, 48, "xy", 2);
	write_element(&writer, 0, NULL, 0);
	frame = frame_writer_end(&writer);
	assert_non_null(frame);
	assert_int_equal(frame->len, sizeof(want));
	assert_memory_equal(frame->data, want, sizeof(want));
	frame_free(frame);
}

static void error_is_sticky(void **state)
{
	static const uint8_t long_body[256];
	struct frame_writer writer = frame_writer_begin(NULL);

	(void)state;
	write_u8(&writer, 1);
	assert_null(write_room(&writer, 4));
	assert_null(frame_writer_end(&writer));

	writer = frame_writer_begin(frame_new(0, 0, 0));
	write_element(&writer, 1, long_body, 255);
	assert_non_null(writer.frame);
	write_element(&writer, 1, long_body, 256);
	write_le32(&writer, 1);
	assert_null(frame_writer_end(&writer));
}

static void frame_that_cannot_grow_is_an_error(void **state)
{
	static const uint8_t bytes[FRAME_MAX];
	struct frame_writer writer = frame_writer_begin(frame_new(0, 0, 0));

	(void)state;
	write_bytes(&writer, bytes, sizeof(bytes));
	write_bytes(&writer, bytes, sizeof(bytes));
	assert_null(frame_writer_end(&writer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_written_in_order),
		cmocka_unit_test(error_is_sticky),
		cmocka_unit_test(frame_that_cannot_grow_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
