/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi sta --check`: what a file says, and whether a Wi-Fi card can do it. */
#ifndef VIFI_WIFI_STA_CHECK_H
#define VIFI_WIFI_STA_CHECK_H

#include "mlme/sta.h"
#include "wifi/wifi.h"

/*
 * Prints the networks, and with `use_driver` whether the card of the interface can join each. Changes nothing. Returns
 * WIFI_OK, or with an error the exit code if the card cannot join one of them.
 */
enum wifi_result wifi_sta_check(const struct sta_setup *setup, const char *interface, bool use_driver,
				struct error *error);

#endif
