/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast a BSS may be for us, of one spatial stream. Among access points with a similar signal a station prefers a fast one; the
 * estimate is that of wpa_supplicant (est_throughput), so that both choose alike.
 */
#ifndef VIFI_MLME_BSS_THROUGHPUT_H
#define VIFI_MLME_BSS_THROUGHPUT_H

#include "wire/ie.h"

/* What a BSS offers. */
struct bss_phy {
	uint8_t modes;      /* enum plane_modes */
	uint16_t width_mhz; /* of its channel, by its HT and VHT operation */
	uint8_t rate;       /* its highest rate without those modes, in 500 kbit/s */
};

struct bss_phy bss_phy_read(uint16_t freq_mhz, struct span elements);

/* What our radio can do in a band. */
struct bss_radio {
	uint8_t modes; /* enum plane_modes */
	uint16_t width_mhz;
};

/* In kbit/s. */
uint32_t bss_throughput_kbps(const struct bss_phy *phy, const struct bss_radio *radio, uint16_t freq_mhz,
			     int8_t signal_dbm);

/* The signal above the noise that is usual in the band, in dB. */
int bss_snr_db(uint16_t freq_mhz, int8_t signal_dbm);

/* A BSS, for the choice among several of equal merit otherwise. */
struct bss_quality {
	uint16_t freq_mhz;
	int8_t signal_dbm;
	uint32_t throughput_kbps;
};

/* Is it better than the other one? A signal beyond 25 dB is as good as any, and a small difference counts less than the speed. */
bool bss_quality_is_better(const struct bss_quality *one, const struct bss_quality *other);

#endif
