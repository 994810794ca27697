/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 802.11n, ac and ax of an access point (HT, VHT, HE): what the configuration asks for, compared with what the radio can do,
 * becomes the elements of its beacons. Also whether the radio may and can be an access point on the channel at all.
 */
#ifndef VIFI_NL80211_AP_PHY_H
#define VIFI_NL80211_AP_PHY_H

#include "nl80211/ap/channel.h"

/* A capability of the radio that the configuration may switch off, or demand. */
enum nl80211_ap_wish { AP_WISH_ALL, AP_WISH_OFF, AP_WISH_ON };

/* The contention of stations of 802.11ax while the access point schedules them (9.4.2.251), of one access category. */
struct nl80211_ap_mu_edca {
	uint32_t aifsn, aci, ecw_min, ecw_max;
	uint32_t timer; /* units of 8 TU */
	bool mandatory_admission;
};

/* Spatial reuse (9.4.2.252): when stations may send over those of other networks. */
struct nl80211_ap_spatial_reuse {
	uint32_t control; /* SR Control; 0: no element */
	uint32_t other_max_offset, group_min_offset, group_max_offset;
	uint64_t group_colors, group_bssids; /* bitmaps */
};

/* Of 802.11ax, in the elements HE Capabilities and HE Operation (IEEE 802.11ax-2021, 9.4.2.248 and 9.4.2.249). */
struct nl80211_ap_he_setup {
	int su_beamformer, su_beamformee, mu_beamformer; /* enum nl80211_ap_wish */
	uint32_t bss_color;                              /* 1 to 63; 0: none */
	bool partial_color, twt_required;
	uint32_t pe_duration;   /* units of 4 us */
	uint32_t rts_threshold; /* TXOP duration in units of 32 us; 1023: none */
	uint32_t basic_mcs;     /* the HE-MCSs that each station must have */
	struct nl80211_ap_spatial_reuse reuse;
	struct {
		uint32_t update_count; /* with the next three: QoS Info */
		bool q_ack, queue_request, txop_request;
		struct nl80211_ap_mu_edca ac[4]; /* best effort, background, video, voice; all zero: no element */
	} mu_edca;
};

/* What the configuration asks for. */
struct nl80211_ap_phy_setup {
	bool n, ac, ax;      /* ieee80211n, ieee80211ac, ieee80211ax */
	uint16_t width_mhz;  /* 20, 40, 80 or 160 */
	int secondary;       /* of 40 MHz in the 2.4 GHz band: 1 above, -1 below the primary channel; 0: not given */
	uint16_t center_mhz; /* of 80 and 160 MHz; 0: that of the primary channel */
	bool has_ht_capab, has_vht_capab; /* given: exactly these; otherwise all that the radio has */
	uint16_t ht_capab;                /* HT capability information, without the width */
	uint32_t vht_capab;
	struct nl80211_ap_he_setup he;
	bool may_narrow; /* where the width is not possible, use the next smaller one that is */
};

#define NL80211_AP_ELEMENTS_MAX 512

/* What becomes of it. */
struct nl80211_ap_phy {
	uint16_t width_mhz, center_mhz;            /* of the channel; width 0: without 802.11n */
	struct error remark;                       /* why it is narrower than configured; empty: it is not */
	struct error unmet;                        /* a wish for 802.11ax that the radio cannot meet; empty: none */
	uint8_t elements[NL80211_AP_ELEMENTS_MAX]; /* for beacons, probe and association responses */
	size_t elements_len;
};

/*
 * Fills `phy` for a network on `freq_mhz`. Returns 0, or -EOPNOTSUPP with a sentence: the radio lacks something that the
 * configuration names, or the regulatory domain forbids that width here.
 */
int nl80211_ap_phy(const struct nl80211_wiphy *wiphy, uint16_t freq_mhz, const struct nl80211_ap_phy_setup *setup,
		   struct nl80211_ap_phy *phy, struct error *error);

/* At which rate beacons are sent, where the driver lets it be chosen. */
enum nl80211_ap_beacon_rate_kind {
	BEACON_RATE_DEFAULT, /* the driver's: the lowest basic rate */
	BEACON_RATE_LEGACY,
	BEACON_RATE_HT,
	BEACON_RATE_VHT,
	BEACON_RATE_HE,
};

struct nl80211_ap_beacon_rate {
	enum nl80211_ap_beacon_rate_kind kind;
	uint16_t value; /* in 100 kbit/s, or an MCS, of one spatial stream with VHT and HE */
};

/* What an access point needs of its radio. */
struct nl80211_ap_needs {
	uint16_t freq_mhz; /* 0: the channel is not known yet */
	struct nl80211_ap_domain domain;
	unsigned bss_count;
	uint32_t ciphers; /* 1 << enum cipher, of all networks */
	struct nl80211_ap_beacon_rate beacon_rate;
};

/* The number of networks that the radio can have at once, by its interface combinations. */
unsigned nl80211_ap_count_max(const struct nl80211_wiphy *wiphy);

/*
 * Can the radio be this access point? Its modes, the primary channel with the present regulatory domain, ciphers, the number of
 * networks, and the rate of beacons. Returns 0 or a negative errno with a sentence.
 */
int nl80211_ap_check(const struct nl80211_wiphy *wiphy, const struct nl80211_ap_needs *needs, struct error *error);

#endif
