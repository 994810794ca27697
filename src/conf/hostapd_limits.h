/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values that hostapd 2.10 refuses, of keys of which most have no effect here. */
#ifndef VIFI_CONF_HOSTAPD_LIMITS_H
#define VIFI_CONF_HOSTAPD_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

/* A number as hostapd reads it: leading decimal digits, 32 bits of them; 0 without digits. */
int32_t hostapd_limits_number(const char *value);

/* Returns why hostapd refuses the value of the key, whatever else the file says: "it must …". NULL: not that we know. */
const char *hostapd_limits_fault(const char *key, const char *value);

#endif
