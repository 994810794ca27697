/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Automatic channel selection: the candidate with the least interference.
 *
 * The interference of a channel of 20 MHz is a sum, in 1/1000 of the time:
 *
 *	load      the share of the time in which others occupied it, by the survey of the driver
 *	noise     10 for each dB above the quietest channel
 *	networks  for each access point that the scan has heard, 10 to 250 by its signal (-90 dBm or weaker to -50 dBm or stronger);
 *	          in the 2.4 GHz band, one on a neighbouring channel counts by the share of the spectrum that it overlaps
 *
 * A candidate has the mean of its parts, and an eighth of that of its primary channel, whose beacons and legacy frames block all
 * parts. BASE is added, RADAR where radar detection would delay the start, and the sum is multiplied by acs_chan_bias. Among
 * equals the lowest frequency wins. Without a survey the networks decide alone.
 */
#ifndef VIFI_NL80211_AP_ACS_H
#define VIFI_NL80211_AP_ACS_H

#include "nl80211/ap/candidates.h"

#define NL80211_ACS_BASE  20
#define NL80211_ACS_RADAR 20

/* What the radio has measured on a channel of 20 MHz. */
struct nl80211_acs_measurement {
	uint16_t freq_mhz;
	int load; /* 1/1000; -1: unknown */
	bool has_noise;
	int8_t noise_dbm;
};

/* An access point that was heard, on its primary channel. */
struct nl80211_acs_network {
	uint16_t freq_mhz;
	int8_t signal_dbm; /* 0: unknown */
};

struct nl80211_acs_input {
	const struct nl80211_ap_candidates *candidates;
	const struct nl80211_acs_measurement *measurements;
	size_t measurement_count;
	const struct nl80211_acs_network *networks;
	size_t network_count;
	const struct nl80211_ap_choice *choice; /* for the biases */
};

struct nl80211_acs_result {
	struct plane_channel channel;
	bool surveyed; /* the survey had a load for it; else only the networks decided */
	unsigned interference;
	char reason[320]; /* a sentence without its end: the channel, what was measured there, and the next best one */
};

/* Chooses. Returns false without candidates. */
bool nl80211_acs_choose(const struct nl80211_acs_input *input, struct nl80211_acs_result *result);

#endif
