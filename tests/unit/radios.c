/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "radios.h"

const uint8_t *radio_addr(radio_id radio)
{
	static uint8_t addr[1024][6];

	memcpy(addr[radio], (uint8_t[]){0x02, 0, 0, 0, (uint8_t)(radio >> 8), (uint8_t)radio}, 6);
	return addr[radio];
}

radio_id radio_join(struct medium *medium, uint16_t freq)
{
	radio_id radio = medium_join(medium);

	assert_int_not_equal(radio, 0);
	assert_int_equal(medium_set_addresses(medium, radio, (const uint8_t(*)[6])radio_addr(radio), 1), 0);
	assert_int_equal(medium_tune(medium, radio, freq), 0);
	return radio;
}

struct frame *numbered_frame(const uint8_t *to, radio_id from, uint32_t number)
{
	struct frame *frame = frame_new(8, LEN, 8);
	uint8_t *bytes = frame_make_writable(frame);

	put_le16(bytes, FC_DATA);
	memcpy(bytes + DOT11_OFF_ADDR1, to, 6);
	memcpy(bytes + DOT11_OFF_ADDR2, radio_addr(from), 6);
	put_le32(bytes + NUMBER, number);
	return frame;
}

uint32_t frame_number(const struct frame *frame)
{
	return le32(frame->data + NUMBER);
}

void send_numbered(struct medium *medium, radio_id from, const uint8_t *to, uint32_t number, uint64_t now)
{
	assert_int_equal(medium_send(medium, from, numbered_frame(to, from, number), 0, number, now), 0);
}

static void record_event(struct radio_stats *stats, const struct medium_event *event, uint64_t now)
{
	stats->events++;
	stats->end = now;
	stats->hash = (stats->hash ^ (now + event->radio)) * UINT64_C(0x100000001b3);
	if (event->kind == MEDIUM_TX_STATUS) {
		stats->status++;
		stats->acked += event->acked;
		stats->total_tries += event->tries;
		stats->status_seen[event->cookie]++;
		stats->hash ^= event->cookie + event->tries;
		return;
	}
	stats->received[event->radio]++;
	stats->received_seen[frame_number(event->frame)]++;
	stats->retries += (le16(event->frame->data) & FC_RETRY) != 0;
	stats->out_of_order[event->radio] |= frame_number(event->frame) < stats->last[event->radio];
	stats->last[event->radio] = frame_number(event->frame);
	assert_int_equal(event->frame->meta.time_ns, now);
	frame_free(event->frame);
}

void run_medium(struct medium *medium, struct radio_stats *stats, uint64_t until)
{
	struct medium_event event;
	uint64_t now;

	while ((now = medium_deadline(medium)) < until)
		while (medium_next_event(medium, now, &event))
			record_event(stats, &event, now);
}

void send_stream(struct medium *medium, struct radio_stats *stats, radio_id from, radio_id to, uint32_t count,
		 uint64_t gap_ns)
{
	uint64_t start = stats->end;

	for (uint32_t i = 1; i <= count; i++) {
		run_medium(medium, stats, start + i * gap_ns);
		send_numbered(medium, from, radio_addr(to), i, start + i * gap_ns);
	}
	run_medium(medium, stats, UINT64_MAX);
}

struct radio_stats *radio_stats_new(void)
{
	return calloc(1, sizeof(struct radio_stats));
}
