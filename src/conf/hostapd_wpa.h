/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values of hostapd.conf about keys, ciphers, SAE and OWE; all for opt.read. */
#ifndef VIFI_CONF_HOSTAPD_WPA_H
#define VIFI_CONF_HOSTAPD_WPA_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Into struct hostapd_target. */
bool hostapd_read_passphrase(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_pmk(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_sae_groups(void *field, size_t size, const char *value, struct error *error);

/* Into struct text_akms, and sets of 1 << enum cipher. */
bool hostapd_read_akms(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_wpa_pairwise(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_rsn_pairwise(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_group(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_group_mgmt(void *field, size_t size, const char *value, struct error *error);

/* Into struct text_wep, struct hostapd_bss, a MAC address, struct owe_transition, a list of groups, and a set of bits. */
bool hostapd_read_wep(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_sae_password(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_owe_bssid(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_owe_ssid(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_owe_groups(void *field, size_t size, const char *value, struct error *error);
bool hostapd_read_transition_disable(void *field, size_t size, const char *value, struct error *error);

#endif
