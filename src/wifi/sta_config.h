/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of `vifi sta`: sta.c runs it, describe.c describes it. */
#ifndef VIFI_WIFI_STA_CONFIG_H
#define VIFI_WIFI_STA_CONFIG_H

#include "conf/wpa_conf.h"

struct sta_config {
	struct wpa_conf wpa;
	char *text; /* of the file; for text_file_free() */
	char file[256], interface[16], bridge[16];
	char radio_of[16]; /* another interface, on whose radio it is created; empty: it exists */
	uint8_t addr[6];
	bool use_driver, wait;
	int power_save;           /* enum wifi_power_save */
	char ctrl_interface[200]; /* instead of the file's; empty: as the file says */
};

#endif
