/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of hostapd.conf about the choice of a channel. */
#ifndef VIFI_CONF_HOSTAPD_CHANNEL_H
#define VIFI_CONF_HOSTAPD_CHANNEL_H

#include "nl80211/ap/candidates.h"

/* For opt.read. A number, or acs_survey, which is 0: automatic. The field is a uint32_t. */
bool hostapd_read_channel(void *field, size_t size, const char *value, struct error *error);

/* Lists of numbers and ranges: "1 6 11-13", "2437,5180-5240". The field is a struct nl80211_ap_ranges. */
bool hostapd_read_chanlist(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_freqlist(void *field, size_t size, const char *value, struct error *error);

/* Pairs CHANNEL:FACTOR, "1:0.8 6:0.8". The field is a struct nl80211_ap_choice. */
bool hostapd_read_bias(void *field, size_t size, const char *value, struct error *error);

/* local_pwr_constraint: 0 to 255. The field is an int, -1 without the key. */
bool hostapd_read_power_constraint(void *field, size_t size, const char *value, struct error *error);

/* Returns the centre of a 20 MHz channel in MHz, or 0 if the band has no such channel. */
uint16_t hostapd_channel_freq(bool is_5ghz, uint32_t channel);

#endif
