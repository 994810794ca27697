/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What nl80211 and sysfs tell about a Wi-Fi interface. */
#ifndef VIFI_NETDEV_WIFI_H
#define VIFI_NETDEV_WIFI_H

#include <stdbool.h>

struct netdev_wifi_info {
	bool station;   /* it is a client (managed mode) */
	bool four_addr; /* 4-address mode is on: the link may carry other machines' addresses */
	bool mac80211;  /* its driver is one of mac80211, which knows 4-address mode for clients */
};

/* Returns whether the interface is a Wi-Fi one, and what is known of it. False also where there is no nl80211. */
bool netdev_wifi_query(const char *name, int ifindex, struct netdev_wifi_info *info);

#endif
