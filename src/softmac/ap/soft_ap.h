/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An access point over a radio: the control of mlme/ap.h on the software MAC, which encrypts, queues, buffers for dozing
 * stations, sends beacons, and forwards among the stations and to the wire. No I/O: see plane/action.h.
 */
#ifndef VIFI_SOFTMAC_AP_SOFT_AP_H
#define VIFI_SOFTMAC_AP_SOFT_AP_H

#include "mlme/ap.h"
#include "plane/action.h"

struct trace_recorder;
struct soft_ap;

/* `crypto` and everything that `setup` borrows must outlive it. Returns NULL without memory or for an invalid setup. */
struct soft_ap *soft_ap_new(struct crypto *crypto, const struct ap_setup *setup, const uint8_t seed[RANDOM_SEED_LEN]);
void soft_ap_free(struct soft_ap *soft);

/* Starts the beacons. */
void soft_ap_start(struct soft_ap *soft, uint64_t now_ns, struct actions *out);

/* Deauthenticates all stations and stops the beacons. */
void soft_ap_stop(struct soft_ap *soft, uint64_t now_ns, struct actions *out);

/* MPDUs from the radio, without FCS, with their metadata; takes them over. */
void soft_ap_receive(struct soft_ap *soft, struct frame **frames, size_t count, uint64_t now_ns, struct actions *out);

/* Ethernet frames from the interface of a BSS; takes them over. */
void soft_ap_send(struct soft_ap *soft, unsigned bss_index, struct frame **frames, size_t count, uint64_t now_ns,
		  struct actions *out);

/* TX status of a frame that was sent with a cookie. */
void soft_ap_tx_status(struct soft_ap *soft, uint32_t cookie, bool acked, uint64_t now_ns, struct actions *out);

/* The time of the next soft_ap_tick(). */
uint64_t soft_ap_deadline(const struct soft_ap *soft);
void soft_ap_tick(struct soft_ap *soft, uint64_t now_ns, struct actions *out);

/* As ap_…() in mlme/ap.h. */
bool soft_ap_command(struct soft_ap *soft, const struct ap_command *command, uint64_t now_ns, struct actions *out);
bool soft_ap_deauthenticate(struct soft_ap *soft, unsigned bss_index, const uint8_t addr[6], uint16_t reason,
			    uint64_t now_ns, struct actions *out);
bool soft_ap_disassociate(struct soft_ap *soft, unsigned bss_index, const uint8_t addr[6], uint16_t reason,
			  uint64_t now_ns, struct actions *out);
bool soft_ap_poll(struct soft_ap *soft, unsigned bss_index, const uint8_t addr[6], uint64_t now_ns,
		  struct actions *out);
void soft_ap_rekey_group(struct soft_ap *soft, unsigned bss_index, uint64_t now_ns, struct actions *out);
void soft_ap_set_acl(struct soft_ap *soft, unsigned bss_index, bool accept_listed_only, struct ap_mac_list accept,
		     struct ap_mac_list deny, uint64_t now_ns, struct actions *out);
int soft_ap_switch_channel(struct soft_ap *soft, const struct ap_channel_move *move, uint64_t now_ns,
			   struct actions *out, struct error *error);
struct plane_channel soft_ap_channel(const struct soft_ap *soft);
struct ap_protection_info soft_ap_protection(const struct soft_ap *soft);
bool soft_ap_station_info(const struct soft_ap *soft, size_t nth, struct ap_station_info *info);
bool soft_ap_station_info_of(const struct soft_ap *soft, unsigned bss_index, const uint8_t addr[6],
			     struct ap_station_info *info);
/* The recorder of its process, borrowed; NULL: none. */
void soft_ap_set_recorder(struct soft_ap *soft, struct trace_recorder *recorder);

const uint64_t *soft_ap_drops(const struct soft_ap *soft); /* DROP_COUNT counters */
size_t soft_ap_station_size(void);                         /* bytes of memory for each station, without buffers */

#endif
