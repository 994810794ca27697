/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the planes of an access point and of a station produce: actions for their caller, counted drops, and events for
 * control, which collect until the plane passes them on.
 */
#ifndef VIFI_SOFTMAC_OUTPUT_H
#define VIFI_SOFTMAC_OUTPUT_H

#include "plane/action.h"
#include "plane/plane.h"
#include "softmac/rx.h"
#include "softmac/tx.h"
#include "trace/recorder.h"

struct soft_output {
	struct actions *actions; /* of the caller, for the time of its event */
	uint64_t drops[DROP_COUNT];
	struct plane_event *events; /* what they point to is borrowed */
	size_t event_count, event_room;
	struct trace_recorder *recorder; /* borrowed; NULL: none */
	uint64_t trace_id;               /* of the frame that is handled; 0: none */
};

/* Counts and reports the drop of a frame from or to `addr`; NULL: nobody. */
void soft_output_drop(struct soft_output *output, enum drop drop, const uint8_t *addr);

/* Counts and reports what rx_data() has dropped. */
void soft_output_drop_received(struct soft_output *output, const struct rx_dropped *dropped, const uint8_t *addr);

/* Passes on a note or a drop of control. */
void soft_output_pass(struct soft_output *output, const struct action *report);

/* Delivers an Ethernet frame to the interface of a BSS (0 at a station), and takes it over. */
void soft_output_deliver(struct soft_output *output, unsigned bss, struct frame *frame);

/* Seals the frames of the queue, transmits them on `freq_mhz`, and empties it. */
void soft_output_transmit(struct soft_output *output, struct tx_queue *queue, uint16_t freq_mhz);

/* Queues an event for control. Without memory it is lost, and a drop counted. */
void soft_output_event(struct soft_output *output, const struct plane_event *event);

/* Frees the memory of the events. */
void soft_output_free(struct soft_output *output);

#endif
