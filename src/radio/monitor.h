/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A radio by injection: the MAC of vifi on a monitor interface of a card, which only transmits and receives its frames.
 *
 *	state machine ── frames ─▶ radiotap header ─▶ packet socket ─▶ driver ─▶ air
 *	              ◀─ TX status ─ own frames ◀─┐
 *	              ◀─ frames ─────────────────── packet socket ◀── driver
 *
 * The card acknowledges frames to the MAC addresses of its interfaces that are up, and to no others: an ACK is due after
 * 10 or 16 µs, which no program meets. A monitor interface counts where the driver has active monitors
 * (`iw phy PHY interface add mon0 type monitor flags active`); elsewhere an idle managed interface with that address does.
 * A card that does neither works for receivers that do not insist: peers retransmit each frame to it, and give up.
 *
 * The driver returns each frame with its TX status to monitor interfaces; radio/tx_ledger.h matches them. It has no rate
 * control for these frames: radio/rate.h has. A card that does not write the timestamps of beacons and probe responses
 * leaves those of the access point, which lack the time that the frame waits in the card.
 */
#ifndef VIFI_RADIO_MONITOR_H
#define VIFI_RADIO_MONITOR_H

#include "base/error.h"
#include "radio/radio.h"

#include <uv.h>

struct monitor;

/*
 * Opens a monitor interface, and sets it up. It outlives its radios, so that the process can confine itself. Returns NULL with
 * an error and a negative errno in *err.
 */
struct monitor *monitor_open(const char *interface, int *err, struct error *error);
void monitor_close(struct monitor *monitor); /* NULL is valid */

/* The MAC address to which the card answers. */
const uint8_t *monitor_addr(const struct monitor *monitor);

/*
 * Makes a radio; there is one at a time. RADIO_JOINED follows at once; RADIO_GONE when the interface goes down. Returns
 * NULL with an error while the interface is down.
 */
struct radio *monitor_radio_open(uv_loop_t *loop, struct monitor *monitor, struct radio_owner owner,
				 struct error *error);

#endif
