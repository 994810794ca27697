/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder of a card (trace/event.h). Data frames pass from the kernel to the card and never through this process; what does
 * is recorded: management frames, EAPOL, what the card says of those that it has sent, and refusals. Each function does nothing
 * while the recorder is off.
 */
#ifndef VIFI_DRIVER_RECORD_H
#define VIFI_DRIVER_RECORD_H

#include "base/drop.h"
#include "base/frame.h"
#include "nl80211/request.h"

struct driver;

/* An event, before the state machine handles it; drops of the state machine name its frame until driver_record_end(). */
void driver_record_event(struct driver *driver, const struct nl80211_event *event);
void driver_record_end(struct driver *driver);

/* A request with the kernel's reply: a frame for the card. */
void driver_record_request(struct driver *driver, const struct nl80211_request *request,
			   const struct nl80211_reply *reply);

/* An Ethernet frame that was received by a packet socket. */
void driver_record_packet(struct driver *driver, int ifindex, struct frame *frame);

/* The state machine drops the frame that it handles. */
void driver_record_drop(struct driver *driver, enum drop reason);

#endif
