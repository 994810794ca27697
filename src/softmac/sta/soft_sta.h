/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A station over a radio: the control of mlme/sta.h on the software MAC, which encrypts, visits channels, dozes, monitors
 * the access point and follows its channel switches. No I/O: see plane/action.h.
 */
#ifndef VIFI_SOFTMAC_STA_SOFT_STA_H
#define VIFI_SOFTMAC_STA_SOFT_STA_H

#include "mlme/sta.h"
#include "plane/action.h"

struct trace_recorder;
struct soft_sta;

/* Returns a stopped station, or NULL: no memory. `crypto` and the networks must outlive it. */
struct soft_sta *soft_sta_new(struct crypto *crypto, const struct sta_setup *setup,
			      const uint8_t seed[RANDOM_SEED_LEN]);
void soft_sta_free(struct soft_sta *soft);

void soft_sta_start(struct soft_sta *soft, uint64_t now_ns, struct actions *out);

/* Deauthenticates. The station stays silent until soft_sta_start(). */
void soft_sta_stop(struct soft_sta *soft, uint64_t now_ns, struct actions *out);

/* Receives MPDUs from the radio, without FCS, with meta.freq_mhz and meta.signal_dbm. Takes the frames over. */
void soft_sta_receive(struct soft_sta *soft, struct frame **frames, size_t count, uint64_t now_ns, struct actions *out);

/* Sends Ethernet frames of the host. Takes the frames over. */
void soft_sta_send(struct soft_sta *soft, struct frame **frames, size_t count, uint64_t now_ns, struct actions *out);

void soft_sta_tx_status(struct soft_sta *soft, uint32_t cookie, bool acked, uint64_t now_ns, struct actions *out);

/* The time for the next soft_sta_tick(). */
uint64_t soft_sta_deadline(const struct soft_sta *soft);
void soft_sta_tick(struct soft_sta *soft, uint64_t now_ns, struct actions *out);

/* A request of the user (mlme/sta.h). */
enum sta_answer soft_sta_request(struct soft_sta *soft, const struct sta_request *request, uint64_t now_ns,
				 struct actions *out);
const struct sta *soft_sta_control(const struct soft_sta *soft); /* for questions */
void soft_sta_info(const struct soft_sta *soft, struct sta_info *info);
/* The recorder of its process, borrowed; NULL: none. */
void soft_sta_set_recorder(struct soft_sta *soft, struct trace_recorder *recorder);
const uint64_t *soft_sta_drops(const struct soft_sta *soft); /* DROP_COUNT counters */

#endif
