/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wifi/json.h"

#include "base/mac.h"
#include "base/text.h"
#include "wire/mgmt.h"
#include "wire/suite.h"

json_t *wifi_json_ciphers(uint32_t set)
{
	json_t *names = json_array();

	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++)
		if (set >> cipher & 1)
			json_array_append_new(names, json_string(cipher_name(cipher)));
	return names;
}

json_t *wifi_json_akms(uint32_t set, bool open)
{
	json_t *names = json_array();

	for (enum akm akm = 0; akm < AKM_COUNT && !open; akm++)
		if (set >> akm & 1)
			json_array_append_new(names, json_string(akm_info(akm)->name));
	if (open)
		json_array_append_new(names, json_string("NONE"));
	return names;
}

json_t *wifi_json_proto(bool wpa, bool rsn)
{
	json_t *names = json_array();

	if (wpa)
		json_array_append_new(names, json_string("WPA"));
	if (rsn)
		json_array_append_new(names, json_string("RSN"));
	return names;
}

json_t *wifi_json_mac(const uint8_t addr[6])
{
	char text[MAC_TEXT_SIZE];

	return json_string(mac_format(text, addr));
}

void wifi_json_add_ssid(json_t *object, const uint8_t *ssid, size_t len)
{
	char text[SSID_TEXT], hex[HEX_TEXT(MGMT_SSID_MAX)];

	json_object_set_new(object, "ssid", json_string(ssid_format(text, sizeof(text), ssid, len)));
	json_object_set_new(object, "ssid_hex", json_string(hex_format(hex, ssid, len)));
}

const char *wifi_pmf_name(uint32_t pmf)
{
	static const char *const names[] = {"disabled", "optional", "required"};

	return pmf < 3 ? names[pmf] : "global";
}
