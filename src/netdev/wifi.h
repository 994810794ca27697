/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Properties of a Wi-Fi interface from nl80211 and sysfs. */
#ifndef VIFI_NETDEV_WIFI_H
#define VIFI_NETDEV_WIFI_H

#include <stdbool.h>
#include <stdint.h>

struct netdev_wifi_info {
	bool station;   /* it is a client (managed mode) */
	bool four_addr; /* 4-address mode is on: the link may carry MAC addresses of other stations */
	bool mac80211;  /* its driver is based on mac80211, which supports 4-address mode for clients */
};

/* Returns whether the interface is a Wi-Fi interface, and its properties. False also if the kernel has no nl80211. */
bool netdev_wifi_query(const char *name, int ifindex, struct netdev_wifi_info *info);

/*
 * Reads the MAC address of the access point that a Wi-Fi client is associated with (BSSID, IEEE 802.11-2020 9.2.4.3).
 * Returns 0, -ENOTCONN without an association, or another negative errno if this is no Wi-Fi client; `bssid` is unchanged
 * then. A kernel without nl80211 looks for a module at each call, which is slow: do not ask again after such an error.
 */
int netdev_wifi_bssid(int ifindex, uint8_t bssid[6]);

#endif
