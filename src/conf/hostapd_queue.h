/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of hostapd.conf about the access point's own queues: tx_queue_data0_aifs and its like. */
#ifndef VIFI_CONF_HOSTAPD_QUEUE_H
#define VIFI_CONF_HOSTAPD_QUEUE_H

#include "base/error.h"
#include "nl80211/ap/ap.h"

/* hostapd's values, those of an access point in IEEE 802.11 (dot11QAPEDCATable), as not given. */
void hostapd_queues_init(struct nl80211_ap_queue queues[NL80211_AP_QUEUES]);

/* For opt.read, into a struct nl80211_ap_queue, which is given then. The burst is in milliseconds with one decimal. */
bool hostapd_read_queue_aifs(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_queue_cw_min(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_queue_cw_max(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_queue_burst(void *field, size_t size, const char *value, struct error *error);

#endif
