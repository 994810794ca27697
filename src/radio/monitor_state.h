/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An open monitor interface, for monitor_open.c and monitor.c. */
#ifndef VIFI_RADIO_MONITOR_STATE_H
#define VIFI_RADIO_MONITOR_STATE_H

#include "driver/genl.h"
#include "netdev/rtnl.h"
#include "radio/monitor.h"
#include "nl80211/interface.h"

struct monitor {
	struct nl80211_interface info;
	struct genl *genl;
	struct netdev *netdev;
	int fd; /* the packet socket, non-blocking */
};

/* Returns 0 or a negative errno. */
int monitor_tune(struct monitor *monitor, uint16_t freq_mhz);

bool monitor_is_up(struct monitor *monitor);

#endif
