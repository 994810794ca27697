/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of hostapd.conf about 802.11n, ac and ax. */
#ifndef VIFI_CONF_HOSTAPD_PHY_H
#define VIFI_CONF_HOSTAPD_PHY_H

#include "base/error.h"
#include "nl80211/ap/phy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first name of a list that is no capability, which hostapd ignores; empty: there is none. */
#define HOSTAPD_UNKNOWN_MAX 32

struct hostapd_ht {
	bool given;
	char unknown[HOSTAPD_UNKNOWN_MAX];
	uint16_t capab; /* HT capability information (IEEE 802.11-2020, 9.4.2.55.2), without the width */
	int secondary;  /* 1: [HT40+]; -1: [HT40-]; 0: neither */
	bool either;    /* both are given: what the channel permits */
};

struct hostapd_vht {
	bool given;
	char unknown[HOSTAPD_UNKNOWN_MAX];
	uint32_t capab; /* VHT capability information (9.4.2.157.2) */
};

struct hostapd_phy {
	bool n, ac, ax;
	struct hostapd_ht ht;
	struct hostapd_vht vht;
	uint32_t vht_width, vht_center, he_width, he_center; /* as in the file */
	uint16_t width_6ghz_mhz;                             /* 0: another band */
	struct nl80211_ap_he_setup he;
	bool short_preamble, noscan, ht_coex, no_swap;
	bool require_ht, require_vht, require_he;    /* of the stations */
	uint32_t obss_interval, neighbour_timeout_s; /* in seconds */
};

/* Read lists like [HT40+][SHORT-GI-20]; for opt.read. */
bool hostapd_read_elements(void *field, size_t size, const char *value,
			   struct error *error); /* struct ap_own_elements */
bool hostapd_read_ht_capab(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_vht_capab(void *field, size_t size, const char *value, struct error *error);

/* For opt.read: 0 or 1, into an enum nl80211_ap_wish. */
bool hostapd_read_he_wish(void *field, size_t size, const char *value, struct error *error);

/* For opt.read: numbers from 0 to 63 in any order, into a uint64_t with their bits set. */
bool hostapd_read_bitmap(void *field, size_t size, const char *value, struct error *error);

/* For opt.read: two letters, into char[3]; thresholds in bytes, into a uint32_t, 0 for none. */
bool hostapd_read_country(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_environment(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_fragment(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_rts(void *field, size_t size, const char *value, struct error *error);

/*
 * Which half is the secondary channel if both are welcome: -1 where the channel permits that, otherwise 1, as with
 * hostapd. In the 5 GHz band the pairs are fixed (IEEE 802.11-2020, table E-4).
 */
int hostapd_phy_secondary(bool is_5ghz, uint32_t channel);

/* The width of the channel in MHz, and the channel in its centre; 0: not given. */
uint16_t hostapd_phy_width_mhz(const struct hostapd_phy *phy);
uint32_t hostapd_phy_center(const struct hostapd_phy *phy);

#endif
