/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Internals of a radio in the event loop: loop.c the radio and the state machine, taps.c the TAP interfaces. */
#ifndef VIFI_WIFI_LOOP_STATE_H
#define VIFI_WIFI_LOOP_STATE_H

#include "radio/radio.h"
#include "wifi/links.h"

/* Its handle, which outlives it until the loop has closed it. */
struct wifi_tap_poll {
	uv_poll_t poll; /* must be the first member */
	struct wifi *wifi;
	struct wifi_loop *loop;
	unsigned network;
	bool polled, carrier;
};

struct wifi_loop {
	uv_loop_t *uv;
	struct wifi_links *links; /* NULL: not watched */
	struct radio *radio;      /* NULL between two attempts to join */
	bool joined;
	bool was_joined; /* at least once */
	int join_code;   /* of the failed first attempt */
	struct error join_error;
	struct wifi_tap_poll *tap_polls[WIFI_NETWORKS_MAX]; /* NULL: the number is vacant */
	uv_timer_t wake_timer, retry_timer;
	uint64_t retry_ms;
	uint64_t drops[DROP_COUNT]; /* frames lost between state machine, radio and interfaces */
	uint16_t freq_mhz;          /* that the radio is tuned to */
	struct actions actions;
	struct frame_list rx_batch;
	struct radio_tx tx[RADIO_BATCH];
	size_t tx_count;
	bool stopping, failed;
	unsigned open_handles;
	bool freed;        /* before its last handle was closed */
	unsigned goodbyes; /* last frames whose TX status is due */
};

/* ---- loop.c ---- */

void wifi_loop_handle_closed(struct wifi_loop *loop);

/* ---- taps.c ---- */

const char *wifi_loop_interface(const struct wifi *wifi, unsigned network);
void wifi_loop_count_drop(struct wifi *wifi, unsigned network, const uint8_t *addr, enum drop drop);

/* Begins and ends to read the interface of a network. wifi_taps_watch() returns false without memory. */
bool wifi_taps_watch(struct wifi *wifi, unsigned network);
void wifi_taps_unwatch(struct wifi *wifi, unsigned network);
void wifi_taps_deliver(struct wifi *wifi, const struct action *action); /* ACTION_DELIVER */
void wifi_taps_update_carriers(struct wifi *wifi);

/* Without room in the radio, frames wait in the queues of the interfaces. */
void wifi_taps_update_polls(struct wifi *wifi);

/* Tells the radio for which addresses it acknowledges. Returns 0 or a negative errno. */
int wifi_taps_announce(struct wifi *wifi);

#endif
