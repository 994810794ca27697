/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of hostapd.conf stand apart from what reads it: hostapd_conf_options is in hostapd_conf.h. */
#ifndef VIFI_CONF_HOSTAPD_KEYS_H
#define VIFI_CONF_HOSTAPD_KEYS_H

#include "conf/hostapd_conf.h"

/* Keys of hostapd that mean nothing here; for text_list_has(). */
extern const char *const hostapd_ignored_keys[];

#endif
