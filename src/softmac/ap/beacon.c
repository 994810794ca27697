/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The beacons of a BSS. Each BSS has its own TSF. So the target beacon transmission times of all BSSs, which are
 * multiples of the beacon interval (11.1.3.2), are spread over the interval.
 */
#include "softmac/ap/soft_ap_state.h"

static uint64_t interval_ns(const struct soft_bss *bss)
{
	return bss->setup.beacon_tu * TU;
}

void soft_bss_start(struct soft_ap *soft, struct soft_bss *bss, const struct plane_bss_setup *setup,
		    struct frame *beacon)
{
	frame_free(bss->beacon);
	bss->beacon = beacon;
	bss->setup = *setup;
	bss->beacon_ns = soft->now_ns + setup->number * interval_ns(bss) / setup->count;
	/* May wrap below the zero of the clock: only differences count. */
	bss->tsf_zero_ns = bss->beacon_ns - interval_ns(bss);
	bss->tim = (struct tim){.dtim_period = setup->dtim_period};
	bss->on_air = true;
}

void soft_bss_set_template(struct soft_bss *bss, struct frame *beacon, size_t tim_offset)
{
	frame_free(bss->beacon);
	bss->beacon = beacon;
	bss->setup.tim_offset = tim_offset;
}

void soft_bss_stop(struct soft_ap *soft, struct soft_bss *bss)
{
	power_save_clear(&bss->group_buffer, &soft->ps);
	group_keys_wipe(&bss->group_keys);
	frame_free(bss->beacon);
	bss->beacon = NULL;
	bss->on_air = false;
}

void soft_bss_write_tsf(const struct soft_ap *soft, const struct soft_bss *bss, struct frame *frame)
{
	uint64_t tsf_us = (soft->now_ns - bss->tsf_zero_ns) / 1000;
	uint8_t *field = frame->len < DOT11_HDR_MIN + 8 ? NULL : frame_make_writable(frame);

	if (!field)
		return;
	put_le32(field + DOT11_HDR_MIN, (uint32_t)tsf_us);
	put_le32(field + DOT11_HDR_MIN + 4, (uint32_t)(tsf_us >> 32));
}

/* The number of TBTTs after `tbtt_ns` until the move. */
static uint8_t tbtts_left(const struct soft_ap *soft, const struct soft_bss *bss, uint64_t tbtt_ns)
{
	uint64_t at_ns = soft->channel_switch.at_ns, left_ns = at_ns > tbtt_ns ? at_ns - tbtt_ns : 0,
		 count = (left_ns + interval_ns(bss) - 1) / interval_ns(bss);

	return (uint8_t)(count ? count : 1);
}

void soft_bss_write_counts(const struct soft_ap *soft, const struct soft_bss *bss, struct frame *frame,
			   const uint16_t offsets[2])
{
	uint8_t count = tbtts_left(soft, bss, bss->beacon_ns - interval_ns(bss)),
		*bytes = bss->after && offsets[0] ? frame_make_writable(frame) : NULL;

	for (size_t i = 0; bytes && i < 2; i++)
		if (offsets[i] && offsets[i] < frame->len)
			bytes[offsets[i]] = count;
}

/* In the template, whose offsets count without the TIM. */
static void write_counts_of_beacon(const struct soft_ap *soft, const struct soft_bss *bss, struct frame *frame)
{
	size_t tim_len = frame->len - bss->beacon->len;
	uint8_t *bytes = bss->after ? frame_make_writable(frame) : NULL;

	for (size_t i = 0; bytes && i < 2; i++)
		if (bss->count_offsets[i] >= bss->setup.tim_offset && bss->count_offsets[i] + tim_len < frame->len)
			bytes[bss->count_offsets[i] + tim_len] = tbtts_left(soft, bss, bss->beacon_ns);
}

/* The template with the TIM; NULL: no memory. */
static struct frame *new_beacon(const struct soft_ap *soft, const struct soft_bss *bss)
{
	size_t len = bss->beacon->len, head = bss->setup.tim_offset < len ? bss->setup.tim_offset : len;
	struct frame_writer writer = frame_writer_begin(frame_new(0, 0, len + 2 + TIM_BODY_MAX + 32));
	uint8_t tim[TIM_BODY_MAX];
	struct frame *frame;

	write_bytes(&writer, bss->beacon->data, head);
	write_element(&writer, EID_TIM, tim, tim_write(&bss->tim, tim));
	write_bytes(&writer, bss->beacon->data + head, len - head);
	frame = frame_writer_end(&writer);
	if (!frame)
		return NULL;
	soft_bss_write_tsf(soft, bss, frame);
	write_counts_of_beacon(soft, bss, frame);
	return frame;
}

/* With beacon protection (11.52): the medium writes the timestamp later, which the MIC does not cover. */
static enum drop protect_beacon(struct soft_bss *bss, struct frame *frame)
{
	struct group_keys *keys = &bss->group_keys;

	return keys->bigtk_id ? key_seal(&keys->bigtk[keys->bigtk_id & 1], frame) : NOT_DROPPED;
}

void soft_bss_send_beacon(struct soft_ap *soft, struct soft_bss *bss)
{
	struct frame *frame;
	enum drop drop = DROP_NO_MEMORY;

	bss->tim.group_buffered = bss->group_buffer.count && !soft_is_held(soft);
	frame = new_beacon(soft, bss);
	if (frame)
		drop = protect_beacon(bss, frame);
	if (frame && drop)
		frame_free(frame);
	else if (frame)
		drop = tx_management_group(&soft->tx, &bss->group_keys, false, frame);
	if (drop)
		soft_drop(soft, drop, NULL);
	if (!bss->tim.dtim_count && !soft_is_held(soft))
		soft_power_dtim(soft, bss);
	tim_advance(&bss->tim);
	/* After a late call the missed beacons are skipped, but the TBTTs stay. */
	bss->beacon_ns += ((soft->now_ns - bss->beacon_ns) / interval_ns(bss) + 1) * interval_ns(bss);
}
