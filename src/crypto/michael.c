/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/michael.h"

#include "wire/le.h"

struct state {
	uint32_t l, r;
	uint32_t word; /* bytes of a word that is not full yet */
	unsigned have; /* how many */
};

static uint32_t left(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

/* The block function b of 12.5.2.3.3; XSWAP changes the places of the two bytes of each half. */
static inline __attribute__((always_inline)) void block(struct state *s, uint32_t word)
{
	s->l ^= word;
	s->r ^= left(s->l, 17);
	s->l += s->r;
	s->r ^= (s->l & 0xff00ff00) >> 8 | (s->l & 0x00ff00ff) << 8;
	s->l += s->r;
	s->r ^= left(s->l, 3);
	s->l += s->r;
	s->r ^= left(s->l, 30);
	s->l += s->r;
}

static void take(struct state *s, uint8_t byte)
{
	s->word |= (uint32_t)byte << 8 * s->have;
	if (++s->have == 4) {
		block(s, s->word);
		s->word = s->have = 0;
	}
}

static void take_piece(struct state *s, const uint8_t *p, size_t len)
{
	struct state in_registers;

	for (; len && s->have; len--)
		take(s, *p++);
	in_registers = *s;
	for (; len >= 4; len -= 4, p += 4)
		block(&in_registers, le32(p));
	*s = in_registers;
	for (; len; len--)
		take(s, *p++);
}

void michael(const uint8_t key[MICHAEL_LEN], const struct piece *pieces, size_t count, uint8_t mic[MICHAEL_LEN])
{
	struct state s = {.l = le32(key), .r = le32(key + 4)};

	for (size_t i = 0; i < count; i++)
		take_piece(&s, pieces[i].bytes, pieces[i].len);
	/* Padding: 0x5a, then four to seven zero bytes, up to a whole word. */
	take(&s, 0x5a);
	for (int i = 0; i < 4; i++)
		take(&s, 0);
	while (s.have)
		take(&s, 0);
	put_le32(mic, s.l);
	put_le32(mic + 4, s.r);
	crypto_wipe(&s, sizeof s);
}
