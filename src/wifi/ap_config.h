/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of `vifi ap`: ap.c runs it, ap_check.c describes it. */
#ifndef VIFI_WIFI_AP_CONFIG_H
#define VIFI_WIFI_AP_CONFIG_H

#include "conf/hostapd_conf.h"
#include "driver/ap.h"
#include "wifi/wifi.h"

struct ap_config {
	struct hostapd_conf conf;
	bool use_driver;
};

/* What a card needs to know; `setup` is that of the same file. */
struct driver_ap_setup wifi_ap_card_setup(const struct hostapd_conf *conf, const struct ap_setup *setup);

/* `vifi ap --check`: prints what was understood of a file, and whether its card can do it. */
enum wifi_result wifi_ap_check(void *config, struct crypto *crypto, struct error *error);

#endif
