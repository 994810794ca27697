/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/michael.h"

#include "wire/le.h"

struct michael_state {
	uint32_t left, right;
	uint32_t pending;     /* bytes of an incomplete word */
	unsigned pending_len; /* their number */
};

static uint32_t rotate_left(uint32_t value, unsigned bits)
{
	return value << bits | value >> (32 - bits);
}

/* The block function b of 12.5.2.3.3; its XSWAP swaps the two bytes of each half. */
static inline __attribute__((always_inline)) void mix_word(struct michael_state *state, uint32_t word)
{
	state->left ^= word;
	state->right ^= rotate_left(state->left, 17);
	state->left += state->right;
	state->right ^= (state->left & 0xff00ff00) >> 8 | (state->left & 0x00ff00ff) << 8;
	state->left += state->right;
	state->right ^= rotate_left(state->left, 3);
	state->left += state->right;
	state->right ^= rotate_left(state->left, 30);
	state->left += state->right;
}

static void feed_byte(struct michael_state *state, uint8_t byte)
{
	state->pending |= (uint32_t)byte << 8 * state->pending_len;
	if (++state->pending_len == 4) {
		mix_word(state, state->pending);
		state->pending = state->pending_len = 0;
	}
}

static void feed_piece(struct michael_state *state, const uint8_t *bytes, size_t len)
{
	struct michael_state local;

	for (; len && state->pending_len; len--)
		feed_byte(state, *bytes++);
	local = *state;
	for (; len >= 4; len -= 4, bytes += 4)
		mix_word(&local, le32(bytes));
	*state = local;
	for (; len; len--)
		feed_byte(state, *bytes++);
}

void michael(const uint8_t key[MICHAEL_LEN], const struct piece *pieces, size_t count, uint8_t mic[MICHAEL_LEN])
{
	struct michael_state state = {.left = le32(key), .right = le32(key + 4)};

	for (size_t i = 0; i < count; i++)
		feed_piece(&state, pieces[i].bytes, pieces[i].len);
	/* Padding: 0x5a, then four to seven zero bytes, up to a whole word. */
	feed_byte(&state, 0x5a);
	for (int i = 0; i < 4; i++)
		feed_byte(&state, 0);
	while (state.pending_len)
		feed_byte(&state, 0);
	put_le32(mic, state.left);
	put_le32(mic + 4, state.right);
	crypto_wipe(&state, sizeof(state));
}
