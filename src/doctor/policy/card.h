/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Wi-Fi card as `vifi doctor` sees it: facts in, findings and lines of text out. */
#ifndef VIFI_DOCTOR_POLICY_CARD_H
#define VIFI_DOCTOR_POLICY_CARD_H

#include "base/finding.h"
#include "nl80211/interface.h"
#include "nl80211/wiphy.h"

enum doctor_power_save { DOCTOR_POWER_SAVE_UNKNOWN, DOCTOR_POWER_SAVE_OFF, DOCTOR_POWER_SAVE_ON };

enum { DOCTOR_OWNERS_MAX = 6 };

/* A program that uses an interface, and whose word that is. */
struct doctor_owner {
	char program[24]; /* "wpa_supplicant" */
	bool certain;     /* it has a socket for this interface, or says that it manages it; else it only runs here */
};

struct doctor_card {
	struct nl80211_interface interface;
	struct nl80211_wiphy wiphy;
	bool up, carrier;
	bool has_permanent_addr; /* the driver knows the address that the card was made with */
	uint8_t permanent_addr[6];
	char driver[32], driver_version[32], firmware[64], bus[64]; /* as ethtool says; empty: unknown */
	char country[3];                                            /* "00": the world's; empty: unknown */
	enum doctor_power_save power_save;
	bool rfkill_soft, rfkill_hard;
	struct doctor_owner owners[DOCTOR_OWNERS_MAX];
	size_t owner_count;
};

/* How many channels of a band the regulatory domain leaves. */
struct doctor_band {
	unsigned channels; /* that the radio has and may use */
	unsigned ap;       /* … for an access point, at once */
	unsigned radar;    /* … for an access point, after it has listened for radars */
};

/* `band`: enum nl80211_band. */
struct doctor_band doctor_card_band(const struct doctor_card *card, unsigned band);

/* "2.4 GHz" */
const char *doctor_band_name(unsigned band);

/* Can the radio be an access point and a station at the same time? *channels: on how many different ones. */
bool doctor_card_shares(const struct doctor_card *card, unsigned *channels);

/* Adds what is right and what is wrong with the card. */
void doctor_card_judge(const struct doctor_card *card, struct findings *findings);

#endif
