/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An access point on a Wi-Fi card: the control of mlme/ap.h on the plane of nl80211/ap/ap.h.
 *
 *	driver_ap_check()  compares the card with what the configuration needs, and changes nothing but the country: a plan
 *	driver_ap_new()    takes the card's interface, creates those of further networks, and makes control and plane
 */
#ifndef VIFI_DRIVER_AP_H
#define VIFI_DRIVER_AP_H

#include "driver/driver.h"
#include "mlme/ap.h"
#include "nl80211/ap/ap.h"
#include "nl80211/ap/candidates.h"
#include "nl80211/ap/phy.h"

struct driver_ap_network {
	char interface[16], bridge[16];
	uint8_t bssid[6];              /* zero: that of the interface */
	struct nl80211_ap_ports ports; /* .vlans is borrowed; .interface is filled in */
};

struct driver_ap_setup {
	unsigned count;
	struct driver_ap_network networks[AP_BSS_MAX];
	char country[3];   /* empty: none */
	bool outdoors;     /* by country3 */
	uint16_t freq_mhz; /* not read with choice.automatic */
	struct nl80211_ap_choice choice;
	bool spectrum_management; /* ieee80211h: channels with radar detection may be used */
	bool announces_spectrum;  /* spectrum_mgmt_required: announce it on the other channels of 5 GHz, too */
	int power_constraint_db;  /* local_pwr_constraint; -1: not given */
	uint32_t ciphers;         /* 1 << enum cipher, of all networks */
	struct nl80211_ap_phy_setup phy;
	bool no_overlap_scan, no_swap; /* with 40 MHz: in the 2.4 GHz band, in the 5 GHz band */
	uint16_t rts_threshold;
	struct nl80211_ap_beacon_rate beacon_rate;
	struct nl80211_ap_queue queues[NL80211_AP_QUEUES];
};

/* What the access point would do on this card. */
struct driver_ap_plan {
	bool other_domain;            /* `look_only`: the present regulatory domain is not that of the country */
	struct error doubt;           /* … what speaks against the channel there; empty: nothing */
	struct plane_channel channel; /* the configured one; with choice.automatic the first candidate */
	struct nl80211_ap_channel_facts facts;
	struct nl80211_ap_phy phy;
	struct nl80211_ap_domain domain;
	struct nl80211_ap_candidates
		candidates; /* with choice.automatic: for the start; else for the time after a radar */
};

struct driver_ap;

/*
 * Returns 0, or a negative errno with a sentence: there is no such card, or it cannot or may not be this access point. Fills
 * `plan`. driver_wiphy() then describes the card. Unless `look_only`, it sets the regulatory domain of the country.
 */
int driver_ap_check(struct driver *driver, const struct driver_ap_setup *setup, bool look_only,
		    struct driver_ap_plan *plan, struct error *error);

/*
 * Checks, takes the interfaces, and attaches the access point to the driver, which frees it. setup->networks get their
 * addresses, `ap_setup` these and .phy. Returns NULL with a sentence, and a negative errno in *err. `crypto` and what
 * `ap_setup` borrows must outlive it.
 */
struct driver_ap *driver_ap_new(struct driver *driver, struct driver_ap_setup *setup, struct ap_setup *ap_setup,
				struct crypto *crypto, const uint8_t seed[RANDOM_SEED_LEN], int *err,
				struct error *error);

/* A channel of the card: what `hostapd_cli chan_switch` names. */
struct driver_ap_move {
	uint16_t freq_mhz, width_mhz; /* width 0: without 802.11n */
	int secondary;                /* of 40 MHz in the 2.4 GHz band: 1 above, -1 below; else 0 serves, too */
	uint16_t center_mhz;          /* of 80 and 160 MHz; 0: that of the primary channel */
	bool has_modes, ac, ax; /* with `has_modes` the network has 802.11ac or ax there; otherwise what it has now */
	uint8_t count;          /* beacons that announce the move, at least 1 */
	bool block_tx;          /* stations must not transmit until then */
};

/*
 * Begins the move of all networks of the card (ap_switch_channel() of mlme/ap.h). Returns 0, or a negative errno with a
 * sentence: the driver cannot do it, or the regulatory domain forbids the channel or its width. NOTE_SWITCHED or
 * NOTE_SWITCH_FAILED follows for each network.
 *
 * To a channel that needs radar detection and was not listened to, no announcement leads: the networks leave the air,
 * NOTE_LISTENING and NOTE_LISTENED follow, and after a minute or more NOTE_ENABLED.
 */
int driver_ap_switch_channel(struct driver_ap *ap, const struct driver_ap_move *move, struct error *error);

/*
 * Handles an event about radar (enum nl80211_radar_event) as if the kernel had reported it: for tests of a network. The kernel
 * does not learn of it. Returns false while the access point does not run.
 */
bool driver_ap_simulate_radar(struct driver_ap *ap, uint32_t radar_event, const struct plane_channel *channel);
struct plane_channel driver_ap_channel(const struct driver_ap *ap);
const struct ap_phy *driver_ap_present_phy(const struct driver_ap *ap); /* as ap_present_phy() */
struct ap_protection_info driver_ap_protection(const struct driver_ap *ap);

/* A command of the operator, as ap_run_command(); false while the access point does not run. */
bool driver_ap_command(struct driver_ap *ap, const struct ap_command *command);

/*
 * Changes of the networks while it runs; the others are not disturbed. A network keeps its number. Each returns 0, or a negative
 * errno with a sentence: the card has no room for a further one, or the driver refuses it; everything is as before then.
 *
 *	add  creates the interface, and has the network on the air as soon as the others are. `number` is vacant.
 *	     network->bssid and setup->bssid are filled in.
 *	set  AP_COMMAND_SET_BSS, with a bridge that may be another one. After a refusal the network has `old` again.
 *
 * -ENETDOWN: the access point does not run.
 */
int driver_ap_add_network(struct driver_ap *ap, unsigned number, struct driver_ap_network *network,
			  struct ap_bss_setup *setup, uint32_t ciphers, struct error *error);
int driver_ap_set_network(struct driver_ap *ap, unsigned number, const struct driver_ap_network *network,
			  const struct ap_bss_setup *setup, const struct ap_bss_setup *old, uint32_t ciphers,
			  struct error *error);
void driver_ap_remove_network(struct driver_ap *ap, unsigned number);

/* Asks the kernel for the counters of the stations; driver_ap_station() then describes one, as ap_station_info(). */
void driver_ap_update_counters(struct driver_ap *ap);
bool driver_ap_station(const struct driver_ap *ap, size_t nth, struct ap_station_info *info);

#endif
