/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recorder's hops of the software MAC. Each does nothing while the recorder is off. */
#ifndef VIFI_SOFTMAC_TRACE_H
#define VIFI_SOFTMAC_TRACE_H

#include "softmac/tx.h"
#include "trace/recorder.h"

/* A frame from the radio, and one for it after encryption. */
void softmac_trace_air(struct trace_recorder *recorder, struct frame *frame, enum trace_direction direction);

/* An MPDU before it is sealed. One that was sealed before is not noted. */
void softmac_trace_unsealed(struct trace_recorder *recorder, const struct tx_mpdu *mpdu);

/* An Ethernet frame of a station (`peer`, NULL: unknown) after decryption. */
void softmac_trace_opened(struct trace_recorder *recorder, const struct frame *frame, const uint8_t *peer);

/* An Ethernet frame at the interface of a network. */
void softmac_trace_interface(struct trace_recorder *recorder, struct frame *frame, unsigned network,
			     enum trace_direction direction);

#endif
