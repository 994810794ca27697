/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `vifi ap` has as its state machine: ap.c runs it, ap_change.c changes it. */
#ifndef VIFI_WIFI_AP_ADAPTER_H
#define VIFI_WIFI_AP_ADAPTER_H

#include "softmac/ap/soft_ap.h"
#include "wifi/ap_config.h"

struct ap_adapter {
	struct soft_ap *ap;          /* over the medium */
	struct driver_ap *driver_ap; /* over a driver, which frees it */
	struct ap_setup setup;       /* what runs: .bss by the numbers of struct wifi */
	bool started;
};

#endif
