/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of IEEE 802.11 as JSON, for --check and for reports. */
#ifndef VIFI_WIFI_JSON_H
#define VIFI_WIFI_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

json_t *wifi_json_ciphers(uint32_t set);         /* 1 << enum cipher; ["CCMP-128"] */
json_t *wifi_json_akms(uint32_t set, bool open); /* 1 << enum akm; ["WPA-PSK"]; open: ["NONE"] */
json_t *wifi_json_proto(bool wpa, bool rsn);
json_t *wifi_json_mac(const uint8_t addr[6]);
const char *wifi_pmf_name(uint32_t pmf); /* "disabled", "optional", "required"; "global": that of the file */

/* Adds "ssid", as printable text, and "ssid_hex", exactly. */
void wifi_json_add_ssid(json_t *object, const uint8_t *ssid, size_t len);

#endif
