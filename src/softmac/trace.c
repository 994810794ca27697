/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/trace.h"

#include "base/mac.h"
#include "wire/ieee80211.h"

#include <string.h>

void softmac_trace_air(struct trace_recorder *recorder, struct frame *frame, enum trace_direction direction)
{
	struct trace_event event = {.hop = TRACE_HOP_AIR, .direction = (uint8_t)direction, .link = TRACE_WIFI};

	if (!trace_is_on(recorder))
		return;
	if (direction == TRACE_OUT)
		event.to = TRACE_TO_AIR;
	else if (frame->len >= DOT11_HDR_MIN && dot11_is_data(le16(frame->data)))
		event.to = TRACE_TO_STATION; /* the next hop, after decryption */
	else
		event.to = TRACE_ARRIVED;
	if (!frame->meta.trace_id) /* also a frame of this process, whose journey begins here */
		trace_begin(recorder, frame);
	trace_note(recorder, &event, frame);
}

void softmac_trace_unsealed(struct trace_recorder *recorder, const struct tx_mpdu *mpdu)
{
	struct trace_event event = {
		.hop = TRACE_HOP_STATION, .direction = TRACE_OUT, .link = TRACE_WIFI, .to = TRACE_TO_AIR};
	struct frame *clear;
	uint8_t *bytes;

	if (!trace_is_on(recorder) || !mpdu->frame || mpdu->frame->len < DOT11_HDR_MIN || !mpdu->key)
		return;
	if (!mpdu->frame->meta.trace_id)
		trace_begin(recorder, mpdu->frame);
	/* The header says already that the frame is protected. */
	clear = frame_from(mpdu->frame->data, mpdu->frame->len, 0, 0);
	bytes = clear ? frame_make_writable(clear) : NULL;
	if (bytes) {
		put_le16(bytes, le16(bytes) & (uint16_t)~FC_PROTECTED);
		clear->meta = mpdu->frame->meta;
		if (!mac_is_group(bytes + DOT11_OFF_ADDR1))
			mac_copy(event.peer, bytes + DOT11_OFF_ADDR1);
		trace_note(recorder, &event, clear);
	}
	frame_free(clear);
}

void softmac_trace_opened(struct trace_recorder *recorder, const struct frame *frame, const uint8_t *peer)
{
	struct trace_event event = {.hop = TRACE_HOP_STATION, .direction = TRACE_IN, .to = TRACE_ARRIVED};

	if (!trace_is_on(recorder))
		return;
	if (peer)
		mac_copy(event.peer, peer);
	trace_note(recorder, &event, frame);
}

void softmac_trace_interface(struct trace_recorder *recorder, struct frame *frame, unsigned network,
			     enum trace_direction direction)
{
	struct trace_event event = {.direction = (uint8_t)direction, .to = TRACE_ARRIVED};

	if (!trace_is_on(recorder))
		return;
	event.hop = recorder->own_hop;
	event.ifindex = recorder->ifindex + network;
	if (direction == TRACE_OUT) {
		event.to = TRACE_TO_STATION;
		trace_begin(recorder, frame);
	}
	trace_note(recorder, &event, frame);
}
