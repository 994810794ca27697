/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/output.h"

#include "base/array.h"
#include "base/mac.h"
#include "softmac/trace.h"
#include "wire/ieee80211.h"

#include <stdlib.h>

void soft_output_drop(struct soft_output *output, enum drop drop, const uint8_t *addr)
{
	struct action *action = actions_add(output->actions, ACTION_DROP);

	output->drops[drop]++;
	if (trace_is_on(output->recorder))
		trace_note_drop(output->recorder, output->trace_id, drop, TRACE_HOP_STATION);
	if (!action)
		return;
	action->drop = drop;
	if (addr)
		mac_copy(action->addr, addr);
}

void soft_output_drop_received(struct soft_output *output, const struct rx_dropped *dropped, const uint8_t *addr)
{
	output->trace_id = dropped->trace_id;
	soft_output_drop(output, dropped->drop, addr);
	output->trace_id = 0;
}

void soft_output_pass(struct soft_output *output, const struct action *report)
{
	struct action *action = actions_add(output->actions, report->kind);

	if (report->kind == ACTION_DROP)
		output->drops[report->drop]++;
	if (action)
		*action = *report;
	else
		frame_free(report->frame);
}

void soft_output_deliver(struct soft_output *output, unsigned bss, struct frame *frame)
{
	struct action *action = actions_add(output->actions, ACTION_DELIVER);

	softmac_trace_interface(output->recorder, frame, bss, TRACE_IN);
	if (!action) {
		output->drops[DROP_NO_MEMORY]++;
		frame_free(frame);
		return;
	}
	action->frame = frame;
	action->bss = bss;
}

void soft_output_transmit(struct soft_output *output, struct tx_queue *queue, uint16_t freq_mhz)
{
	for (size_t i = 0; trace_is_on(output->recorder) && i < queue->count; i++)
		softmac_trace_unsealed(output->recorder, &queue->mpdus[i]);
	tx_queue_seal(queue);
	for (size_t i = 0; i < queue->count; i++) {
		struct tx_mpdu *mpdu = &queue->mpdus[i];
		const uint8_t *receiver = mpdu->frame->data + DOT11_OFF_ADDR1;
		struct action *action = mpdu->drop ? NULL : actions_add(output->actions, ACTION_TRANSMIT);

		if (!action) {
			output->trace_id = mpdu->frame->meta.trace_id;
			soft_output_drop(output, mpdu->drop ? mpdu->drop : DROP_NO_MEMORY, receiver);
			output->trace_id = 0;
			continue;
		}
		softmac_trace_air(output->recorder, mpdu->frame, TRACE_OUT);
		action->frame = mpdu->frame;
		action->cookie = mpdu->cookie;
		action->freq = freq_mhz;
		mac_copy(action->addr, receiver);
		mpdu->frame = NULL;
	}
	tx_queue_clear(queue);
}

void soft_output_event(struct soft_output *output, const struct plane_event *event)
{
	if (array_reserve(&output->events, &output->event_room, output->event_count + 1, sizeof(*output->events)))
		output->drops[DROP_NO_MEMORY]++;
	else
		output->events[output->event_count++] = *event;
}

void soft_output_free(struct soft_output *output)
{
	free(output->events);
	*output = (struct soft_output){0};
}
