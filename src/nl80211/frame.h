/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames through the kernel's Wi-Fi stack. Each function adds one request and returns it, or NULL: no memory. */
#ifndef VIFI_NL80211_FRAME_H
#define VIFI_NL80211_FRAME_H

#include "nl80211/request.h"

struct nl80211_frame_options {
	uint16_t freq_mhz;    /* 0: the channel of the interface */
	bool no_ack_wait;     /* no retry and no TX status: for answers to strangers */
	bool no_cck;          /* not at the rates of 802.11b */
	bool off_channel;     /* the driver may leave the channel of the interface for it */
	uint32_t duration_ms; /* with `off_channel`: how long to stay there; 0: the driver's choice */
};

/*
 * CMD_FRAME: sends a management frame, from its MAC header on. The driver writes the sequence number, and encrypts a
 * robust frame to a station with MFP. The reply has a cookie, and FRAME_TX_STATUS with it follows, unless `no_ack_wait`.
 */
struct nl80211_request *nl80211_frame_send(struct nl80211_requests *requests, int ifindex, const struct frame *frame,
					   const struct nl80211_frame_options *options);

/*
 * REGISTER_FRAME, through the owner socket: FRAME events for management frames of this type, whose body begins with
 * `match`. `type` is the Frame Control field without flags, such as MGMT_ACTION. EALREADY: another program has them.
 */
struct nl80211_request *nl80211_frame_register(struct nl80211_requests *requests, int ifindex, uint16_t type,
					       const void *match, size_t match_len);

/*
 * CONTROL_PORT_FRAME: sends an EAPOL frame, given as an Ethernet frame. With `clear` it is not encrypted even if there is
 * a key. The reply has a cookie if the driver reports CONTROL_PORT_FRAME_TX_STATUS. NULL also if it is no Ethernet frame.
 */
struct nl80211_request *nl80211_frame_send_eapol(struct nl80211_requests *requests, int ifindex,
						 const struct frame *frame, bool clear);

/*
 * Makes a frame of the bytes of an event, a management frame, with the channel and the signal of the event. The driver has
 * decrypted it, but leaves the Protected bit set, which is therefore cleared. NULL: no memory, or no frame.
 */
struct frame *nl80211_frame_read(const struct nl80211_event *event);

/*
 * Makes the Ethernet frame of a CONTROL_PORT_FRAME event, from its sender to `addr`. Returns NULL without memory, or if
 * the event has no frame or no sender.
 */
struct frame *nl80211_frame_read_eapol(const struct nl80211_event *event, const uint8_t addr[6]);

#endif
