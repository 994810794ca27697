/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The limits of wpa_supplicant 2.10 for the values of keys, most of which have no effect here. */
#ifndef VIFI_CONF_WPA_LIMITS_H
#define VIFI_CONF_WPA_LIMITS_H

#include <stdbool.h>

/* Is the value, which is a number, within the limits of the key? True for a key without. */
bool wpa_limits_permit(const char *key, const char *value);
bool wpa_limits_have(const char *key);

/* Why does wpa_supplicant refuse the value of a key that has no effect here? NULL: no reason is known. */
const char *wpa_limits_fault(const char *key, const char *value);

#endif
