/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Router advertisements: what is read, and what is none. */
#include "unit.h"

#include "bridge/policy/advertisement.h"

/* Of 02:00:00:00:00:02, fe80::2, for 1800 s, preference high; link-layer address 02:00:00:00:00:0a, 2001:db8:bad::/64. */
static const uint8_t whole[] = {
	0x33, 0x33, 0,    0,    0,    1,    2, 0, 0,    0,    0, 2, 0x86, 0xdd, 0x60, 0, 0,   0, 0,
	56,   58,   255,  0xfe, 0x80, 0,    0, 0, 0,    0,    0, 0, 0,    0,    0,    0, 0,   0, 2,
	0xff, 2,    0,    0,    0,    0,    0, 0, 0,    0,    0, 0, 0,    0,    0,    1, 134, 0, 0,
	0,    64,   0x08, 0x07, 0x08, 0,    0, 0, 0,    0,    0, 0, 0,    1,    1,    2, 0,   0, 0,
	0,    0x0a, 3,    4,    64,   0xc0, 0, 1, 0x51, 0x80, 0, 0, 0x38, 0x40, 0,    0, 0,   0, 0x20,
	1,    0x0d, 0xb8, 0x0b, 0xad, 0,    0, 0, 0,    0,    0, 0, 0,    0,    0,
};

enum { HOPS = 21, SOURCE = 22, TYPE = 54, FLAGS = 59, FIRST_OPTION = 70, PREFIX_OPTION = 78 };

static uint8_t frame[sizeof(whole)];

static bool read_changed(struct advertisement *said, size_t at, uint8_t value, size_t size)
{
	memcpy(frame, whole, sizeof(whole));
	frame[at] = value;
	return advertisement_read(said, frame, size);
}

static void fields_are_read(void **state)
{
	static const uint8_t mac[] = {2, 0, 0, 0, 0, 0x0a}, source[] = {2, 0, 0, 0, 0, 2};
	struct advertisement said;

	(void)state;
	assert_int_equal(sizeof(whole), 110);
	assert_true(advertisement_read(&said, whole, sizeof(whole)));
	assert_memory_equal(said.mac, mac, 6);
	assert_memory_equal(said.source, source, 6);
	assert_memory_equal(said.router, whole + SOURCE, 16);
	assert_int_equal(said.lifetime_s, 1800);
	assert_int_equal(said.preference, 1);
	assert_int_equal(said.n_prefixes, 1);
	assert_int_equal(said.prefixes[0].length, 64);
	assert_memory_equal(said.prefixes[0].addr, whole + sizeof(whole) - 16, 16);
	assert_true(read_changed(&said, FLAGS, 0x18, sizeof(frame)));
	assert_int_equal(said.preference, -1);
	assert_true(read_changed(&said, FLAGS, 0x10, sizeof(frame)));
	assert_int_equal(said.preference, 0);
}

static void other_frames_are_refused(void **state)
{
	struct advertisement said;

	(void)state;
	assert_false(read_changed(&said, HOPS, 254, sizeof(frame)));
	assert_false(read_changed(&said, SOURCE, 0x20, sizeof(frame)));
	assert_false(read_changed(&said, TYPE, 133, sizeof(frame)));
	assert_false(read_changed(&said, TYPE + 1, 1, sizeof(frame)));
	assert_false(read_changed(&said, 12, 0x08, sizeof(frame)));
}

static void options_end_where_the_frame_ends(void **state)
{
	struct advertisement said;

	(void)state;
	for (size_t size = 0; size <= sizeof(whole); size++) {
		uint8_t *cut = malloc(size + 1);

		memcpy(cut, whole, size);
		assert_int_equal(advertisement_read(&said, cut, size), size >= FIRST_OPTION);
		assert_int_equal(said.n_prefixes, size == sizeof(whole));
		free(cut);
	}
	assert_true(read_changed(&said, FIRST_OPTION + 1, 0, sizeof(frame)));
	assert_int_equal(said.n_prefixes, 0);
	assert_memory_equal(said.mac, said.source, 6);
	assert_true(read_changed(&said, PREFIX_OPTION + 3, 0x80, sizeof(frame)));
	assert_int_equal(said.n_prefixes, 0); /* no addresses are made of it */
	assert_true(read_changed(&said, PREFIX_OPTION + 2, 129, sizeof(frame)));
	assert_int_equal(said.n_prefixes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_read),
		cmocka_unit_test(other_frames_are_refused),
		cmocka_unit_test(options_end_where_the_frame_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
