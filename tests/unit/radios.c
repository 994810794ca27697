/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "radios.h"

const uint8_t *address(radio_id r)
{
	static uint8_t addr[1024][6];

	memcpy(addr[r], (uint8_t[]){0x02, 0, 0, 0, (uint8_t)(r >> 8), (uint8_t)r}, 6);
	return addr[r];
}

radio_id join(struct medium *m, uint16_t freq)
{
	radio_id r = medium_join(m);

	assert_int_not_equal(r, 0);
	assert_int_equal(medium_addresses(m, r, (const uint8_t(*)[6])address(r), 1), 0);
	assert_int_equal(medium_tune(m, r, freq), 0);
	return r;
}

struct frame *numbered(const uint8_t *to, radio_id from, uint32_t number)
{
	struct frame *f = frame_new(8, LEN, 8);
	uint8_t *p = frame_own(f);

	put_le16(p, FC_DATA);
	memcpy(p + DOT11_ADDR1, to, 6);
	memcpy(p + DOT11_ADDR2, address(from), 6);
	put_le32(p + NUMBER, number);
	return f;
}

uint32_t number_of(const struct frame *f)
{
	return le32(f->data + NUMBER);
}

void say(struct medium *m, radio_id from, const uint8_t *to, uint32_t number, uint64_t now)
{
	assert_int_equal(medium_send(m, from, numbered(to, from, number), 0, number, now), 0);
}

static void note(struct seen *s, const struct medium_event *e, uint64_t now)
{
	s->events++;
	s->end = now;
	s->hash = (s->hash ^ (now + e->radio)) * UINT64_C(0x100000001b3);
	if (e->kind == MEDIUM_STATUS) {
		s->status++;
		s->acked += e->acked;
		s->tries += e->tries;
		s->told[e->cookie]++;
		s->hash ^= e->cookie + e->tries;
		return;
	}
	s->received[e->radio]++;
	s->got[number_of(e->frame)]++;
	s->retries += (le16(e->frame->data) & FC_RETRY) != 0;
	s->disorder[e->radio] |= number_of(e->frame) < s->last[e->radio];
	s->last[e->radio] = number_of(e->frame);
	assert_int_equal(e->frame->meta.time_ns, now);
	frame_free(e->frame);
}

void run(struct medium *m, struct seen *s, uint64_t until)
{
	struct medium_event e;
	uint64_t now;

	while ((now = medium_wake(m)) < until)
		while (medium_next(m, now, &e))
			note(s, &e, now);
}

void stream(struct medium *m, struct seen *s, radio_id from, radio_id to, uint32_t count, uint64_t gap_ns)
{
	uint64_t start = s->end;

	for (uint32_t i = 1; i <= count; i++) {
		run(m, s, start + i * gap_ns);
		say(m, from, address(to), i, start + i * gap_ns);
	}
	run(m, s, UINT64_MAX);
}

struct seen *new_seen(void)
{
	return calloc(1, sizeof(struct seen));
}
