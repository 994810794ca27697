/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A station over a driver: the control of mlme/sta.h on the plane of nl80211/sta/sta.h. */
#ifndef VIFI_DRIVER_STA_H
#define VIFI_DRIVER_STA_H

#include "driver/driver.h"
#include "mlme/sta.h"

struct driver_sta;

enum driver_address { DRIVER_OWN_ADDRESS, DRIVER_RANDOM_ADDRESS, DRIVER_RANDOM_OF_VENDOR };

/* The card's interface. What it points to must outlive the station. */
struct driver_sta_card {
	const char *interface;
	const char *radio_of; /* create the interface on the radio of this one; empty: the interface exists */
	const char *bridge;   /* with 4-address mode; empty: none, and the mode stays as it is */
	const uint8_t *addr;  /* NULL: its own */
	enum driver_address random_address; /* instead of its own */
	int power_save;                     /* 1 on, 0 off, -1 as it is */
	bool wait;                          /* the card may be plugged in later */
};

/*
 * Prepares the interface, creates the station, and attaches it to the driver, which frees it. `setup` has everything except
 * the address; channels that the radio lacks are left out. Returns NULL with an error, and a negative errno in *err. `crypto` and the networks must outlive it.
 */
struct driver_sta *driver_sta_new(struct driver *driver, const struct driver_sta_card *card,
				  const struct sta_setup *setup, struct crypto *crypto,
				  const uint8_t seed[RANDOM_SEED_LEN], int *err, struct error *error);

/*
 * A request of the user (mlme/sta.h). Networks are copied without what the radio cannot do. While the interface is down, only
 * a change of networks or lists has an effect.
 */
enum sta_answer driver_sta_request(struct driver_sta *sta, const struct sta_request *request, uint64_t now_ns);
const struct sta *driver_sta_control(const struct driver_sta *sta); /* for questions */

/* Removes from a network what the radio cannot do. */
void driver_sta_limit_network(struct sta_network *network, const struct nl80211_wiphy *wiphy);

/* Asks the kernel for the counters and the signal of a connection. */
void driver_sta_info(const struct driver_sta *sta, struct sta_info *info);

/* Switches the power save of the card. Returns false if the driver refuses, which is logged. */
bool driver_sta_set_power_save(struct driver_sta *sta, bool on);

/* Sets the country of the regulatory domain, "DE". The kernel may refuse. */
void driver_sta_set_country(struct driver *driver, const char *country);

#endif
