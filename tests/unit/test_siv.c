/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AES-SIV. */
#include "hex.h"
#include "unit.h"

#include "crypto/siv.h"

#include <errno.h>
#include <string.h>

static int set_up(void **state)
{
	*state = crypto_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	crypto_free(*state);
	return 0;
}

#define COUNTING "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define AUTH                                               \
	"28292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f" \
	"404142434445464748494a4b4c4d4e4f50515253545556575859"

/* The first is that of RFC 5297, A.1; the others are by pycryptodome 3.11, with the strings of a message between access points. */
static const struct vector {
	const char *key, *strings[3], *plain, *sealed;
} vectors[] = {
	{"fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
	 {"101112131415161718191a1b1c1d1e1f2021222324252627"},
	 "112233445566778899aabbccddee",
	 "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c"},
	{COUNTING, {"020000000100", AUTH, "01"}, "", "9bb414a2fec5ad1fcb474ff20c6e9cb2"},
	{COUNTING,
	 {"020000000100", AUTH, "01"},
	 "000102030405060708090a0b0c0d0e0f",
	 "0487c4ef46871d5c16e51a3283c5afb59c15bf89e2101df20b0e30a32ceba7fe"},
	{COUNTING,
	 {"020000000100", AUTH, "01"},
	 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c",
	 "bb8abf9e2eddb64f55149f608e2b440b210bf3656e093694dd011053dffde8a47e2333e90788ee5760c0733ff105f81fd2b46e24c5aa"
	 "0ab31ab9fa50c8"},
};

static void messages_are_those_of_other_implementations(void **state)
{
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		const struct vector *vector = &vectors[i];
		uint8_t key[SIV_KEY_LEN], strings[3][64], plain[64], sealed[80], opened[64];
		struct piece pieces[3];
		size_t count = 0, len = unhex(plain, sizeof(plain), vector->plain);

		unhex(key, sizeof(key), vector->key);
		for (; count < 3 && vector->strings[count]; count++)
			pieces[count] =
				(struct piece){strings[count], unhex(strings[count], 64, vector->strings[count])};
		assert_int_equal(siv_seal(*state, key, pieces, count, plain, len, sealed), 0);
		assert_hex(sealed, len + SIV_OVERHEAD, vector->sealed);
		assert_int_equal(siv_open(*state, key, pieces, count, sealed, len + SIV_OVERHEAD, opened), 0);
		assert_memory_equal(opened, plain, len);
	}
}

static void changed_message_is_refused_and_wiped(void **state)
{
	static const uint8_t key[SIV_KEY_LEN] = {7}, plain[20] = "twenty bytes of text", zero[20];
	uint8_t sealed[sizeof(plain) + SIV_OVERHEAD], opened[sizeof(plain)], string[] = {1, 2, 3};
	const struct piece strings[] = {{string, 2}, {string + 2, 1}}, joined[] = {{string, 3}};

	assert_int_equal(siv_seal(*state, key, strings, 2, plain, sizeof(plain), sealed), 0);
	for (size_t bit = 0; bit < 8 * sizeof(sealed); bit++) {
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
		memset(opened, 1, sizeof(opened));
		assert_int_equal(siv_open(*state, key, strings, 2, sealed, sizeof(sealed), opened), -EBADMSG);
		assert_memory_equal(opened, zero, sizeof(opened));
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	/* The strings are separate: what moves from one to the next is noticed. */
	assert_int_equal(siv_open(*state, key, joined, 1, sealed, sizeof(sealed), opened), -EBADMSG);
	assert_int_equal(siv_open(*state, key, strings, 2, sealed, SIV_OVERHEAD - 1, opened), -EBADMSG);
	assert_int_equal(siv_open(*state, key, strings, 2, sealed, sizeof(sealed), opened), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_those_of_other_implementations),
		cmocka_unit_test(changed_message_is_refused_and_wiped),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
