/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of wpa_supplicant.conf stand apart from what reads it: they are declared in wpa_conf.h. */
#ifndef VIFI_CONF_WPA_KEYS_H
#define VIFI_CONF_WPA_KEYS_H

#include "conf/wpa_conf.h"

/* Keys of wpa_supplicant that mean nothing here; for text_list_has(). */
extern const char *const wpa_global_ignored_keys[], *const wpa_network_ignored_keys[];

#endif
