/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of hostapd.conf about rates. */
#ifndef VIFI_CONF_HOSTAPD_RATES_H
#define VIFI_CONF_HOSTAPD_RATES_H

#include "base/error.h"
#include "conf/hostapd_keys.h"

/* For opt.read: "60 120 240", in 100 kbit/s, into a struct hostapd_rates. Numbers that are no rate count for nothing, as with hostapd. */
bool hostapd_read_rates(void *field, size_t size, const char *value, struct error *error);

/* For opt.read: "60", "ht:0", "vht:0", "he:0", into a struct nl80211_ap_beacon_rate. */
bool hostapd_read_beacon_rate(void *field, size_t size, const char *value, struct error *error);

/*
 * Do the rates fit together, and the band of the channel? Returns NULL, or the key that does not, with an error. An automatic
 * choice of the channel among both bands leaves it to the start.
 */
const char *hostapd_check_rates(const struct hostapd_radio *radio, uint16_t freq_mhz, struct error *error);

struct rate_choice hostapd_rate_choice(const struct hostapd_radio *radio);

/* Writes the rates that a network of the file announces on a channel (rates_list). Returns their number. */
size_t hostapd_announced_rates(const struct hostapd_radio *radio, uint16_t freq_mhz, uint8_t rates[RATES_COUNT]);

#endif
