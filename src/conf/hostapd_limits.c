/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/interop/test_file_values.py asks hostapd for each of these limits. */
#include "conf/hostapd_limits.h"

#include "conf/form.h"
#include "conf/wifi_text.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- numbers ---- */

/* clang-format off */
static const struct {
	int32_t min, max;
	const char *const *keys;
} numbers[] = {
	{0, 1, KEYS("airtime_bss_limit")},
	{0, 2, KEYS("dpp_pfs", "extended_key_id", "wpa_psk_radius", "wps_state")},
	{0, 3, KEYS("airtime_mode", "multi_ap")},
	{0, 13, KEYS("wep_key_len_broadcast", "wep_key_len_unicast")},
	{0, 15, KEYS("access_network_type")},
	{0, 20, KEYS("unsol_bcast_probe_resp_interval")},
	{0, 100, KEYS("bss_load_update_period")},
	{0, INT32_MAX, KEYS("chan_util_avg_period", "eap_reauth_period", "wep_rekey_period")},
	{1, 2, KEYS("eapol_version")},
	{1, 3, KEYS("hs20_release")},
	{1, INT32_MAX, KEYS("gas_frag_limit")},
	{16, 65535, KEYS("wps_nfc_dev_pw_id")},
};

/* Texts of `min` to `max` bytes. */
static const struct {
	unsigned min, max;
	const char *const *keys;
} texts[] = {
	{0, 32, KEYS("device_name", "model_name", "model_number", "serial_number")},
	{0, 64, KEYS("manufacturer")},
	{1, 16, KEYS("fst_group_id")},
	{1, UINT_MAX, KEYS("acct_server_shared_secret", "auth_server_shared_secret", "check_cert_subject")},
	{4, 255, KEYS("time_zone")},
	{8, 63, KEYS("multi_ap_backhaul_wpa_passphrase")},
};

/* Hexadecimal digits of `min` to `max` bytes. */
static const struct {
	unsigned min, max;
	const char *const *keys;
} digits[] = {
	{0, 15, KEYS("ext_capa", "ext_capa_mask")},
	{0, UINT_MAX, KEYS("dpp_csign", "dpp_netaccesskey", "eap_fast_a_id")},
	{1, UINT_MAX, KEYS("hs20_operating_class")},
	{3, 15, KEYS("roaming_consortium")},
	{32, 32, KEYS("multi_ap_backhaul_wpa_psk")},
};

/* Hexadecimal digits of as many bytes; what follows has no effect. */
static const struct {
	unsigned bytes;
	const char *const *keys;
} prefixes[] = {
	{1, KEYS("ipaddr_type_availability", "network_auth_type")},
	{2, KEYS("fils_cache_id")},
	{4, KEYS("os_version")},
	{16, KEYS("pac_opaque_encr_key")},
};
/* clang-format on */

int32_t hostapd_limits_number(const char *value)
{
	return (int32_t)strtoll(value, NULL, 10);
}

static bool is_number(const char *value, int32_t min, int32_t max)
{
	int32_t number = hostapd_limits_number(value);

	return number >= min && number <= max;
}

/* The whole value, in any base. */
static bool is_strict_number(const char *value, long long min, long long max)
{
	char *end;
	long long number = strtoll(value, &end, 0);

	return *value && !*end && number >= min && number <= max;
}

static const char *number_fault(const char *key, const char *value)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (text_list_has(numbers[i].keys, key) && !is_number(value, numbers[i].min, numbers[i].max))
			return "the number is out of range";
	if (text_list_has(KEYS("assoc_sa_query_max_timeout", "assoc_sa_query_retry_timeout"), key) &&
	    !hostapd_limits_number(value))
		return "it must not be 0";
	if (!strcmp(key, "fst_priority") && !is_strict_number(value, 1, 255))
		return "it must be a number from 1 to 255";
	if (!strcmp(key, "fst_llt") && !is_strict_number(value, 1, UINT32_MAX / 4))
		return "it must be a number from 1 to 1073741823";
	return NULL;
}

static const char *text_fault(const char *key, const char *value)
{
	size_t len = strlen(value);

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (text_list_has(texts[i].keys, key) && (len < texts[i].min || len > texts[i].max))
			return len ? "its length is wrong" : "it is empty";
	for (size_t i = 0; i < sizeof(digits) / sizeof(*digits); i++)
		if (text_list_has(digits[i].keys, key) && !form_is_hex(value, digits[i].min, digits[i].max))
			return "it must be hexadecimal digits of the right number";
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (text_list_has(prefixes[i].keys, key) && form_count_digits(value) < 2 * prefixes[i].bytes)
			return "it must begin with hexadecimal digits";
	return NULL;
}

/* ---- other formats ---- */

/* IPv4 with fewer than four numbers, too, and IPv6. */
static bool is_ip_address(const char *value)
{
	struct in_addr ip4;
	struct in6_addr ip6;

	return inet_aton(value, &ip4) || inet_pton(AF_INET6, value, &ip6) == 1;
}

static bool is_name(const char *value)
{
	uint8_t ssid[SSID_MAX];
	struct error ignored;
	size_t len = 0;

	return text_parse_ssid(ssid, &len, value, &ignored) && len;
}

static bool has_colons(const char *value, unsigned count)
{
	while (count && (value = strchr(value, ':'))) {
		value++;
		count--;
	}
	return !count;
}

/* LANGUAGE:TEXT, which may be in quotes. */
static bool is_language_text(const char *value)
{
	size_t len = strlen(value), language;

	if (value[0] == '"' || (value[0] == 'P' && value[1] == '"')) {
		size_t start = value[0] == 'P' ? 2 : 1;

		if (len <= start || value[len - 1] != '"')
			return false;
		value += start;
		len -= start + 1;
	}
	language = strcspn(value, ":");
	return language >= 2 && language <= 3 && language < len && len - language - 1 <= 252;
}

static bool is_venue_url(const char *value)
{
	const char *url = strchr(value, ':');

	return url && strlen(url + 1) <= 254;
}

static bool is_anqp_element(const char *value)
{
	const char *payload = strchr(value, ':');

	return payload && form_is_hex(payload + 1, 0, UINT_MAX);
}

static bool is_wan_metrics(const char *value)
{
	return form_count_digits(value) >= 2 && value[2] == ':' && has_colons(value + 3, 4);
}

/* WIDTH:HEIGHT:LANGUAGE:TYPE:NAME:FILE. */
static bool is_icon(const char *value)
{
	static const size_t most[] = {SIZE_MAX, SIZE_MAX, 3, 255, 255};

	for (size_t i = 0; i < sizeof(most) / sizeof(*most); i++) {
		size_t len = strcspn(value, ":");

		if (!value[len] || len > most[i])
			return false;
		value += len + 1;
	}
	return strlen(value) <= 255;
}

/* The [ID:VALUE] of an EAP method of nai_realm, which ends at `end`. */
static bool are_realm_parameters(const char *method, const char *end)
{
	unsigned count = 0;

	while ((method = strchr(method, '[')) && method <= end) {
		if (++count > 4 || !(method = strchr(method, ':')) || method > end || !(method = strchr(method, ']')) ||
		    method > end)
			return false;
	}
	return true;
}

/* ENCODING,REALM[;REALM …][,METHOD[[ID:VALUE] …] …]. */
static bool is_nai_realm(const char *value)
{
	const char *realm = strchr(value, ','), *end;
	unsigned realms = 1, methods = 0;

	if (!realm)
		return false;
	realm++;
	end = realm + strcspn(realm, ",");
	if (end - realm > 255)
		return false;
	for (const char *next = realm; next < end; next++)
		realms += *next == ';' && next + 1 < end;
	if (realms > 10)
		return false;
	while (*end == ',' && end[1]) {
		const char *method = end + 1;

		end = method + strcspn(method, ",");
		if (++methods > 5 || !are_realm_parameters(method, end))
			return false;
	}
	return true;
}

static bool is_qos_map(const char *value)
{
	unsigned count = 0;

	for (; value; value = strchr(value, ','), value = value ? value + 1 : NULL)
		if (++count > 58 || !is_number(value, 0, 255))
			return false;
	return count >= 16 && count % 2 == 0;
}

/* MCC,MNC[;MCC,MNC …] */
static bool is_cell_network_list(const char *value)
{
	unsigned count = 0;

	if (value[strspn(value, "0123456789;,")])
		return false;
	while (*value) {
		size_t mcc = strcspn(value, ","), mnc = value[mcc] ? strcspn(value + mcc + 1, ";") : 0;

		if (++count > 42 || mcc != 3 || (mnc != 2 && mnc != 3))
			return false;
		value += mcc + 1 + mnc;
		value += *value == ';';
	}
	return true;
}

static bool is_dpp_controller(const char *value)
{
	const char *ip = strstr(value, "ipaddr="), *hash = strstr(value, "pkhash=");
	char text[64];

	if (!ip || !hash)
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(ip + 7, " "), ip + 7);
	return is_ip_address(text) && strcspn(hash + 7, " ") == 64 && form_count_digits(hash + 7) == 64;
}

static bool is_probability(const char *value)
{
	char *end;
	double number = strtod(value, &end);

	return !*end && number >= 0 && number <= 1;
}

static bool is_beacon_rate(const char *value)
{
	static const struct {
		const char *prefix;
		int32_t max;
	} rows[] = {{"ht:", 31}, {"vht:", 9}, {"he:", 11}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strncmp(value, rows[i].prefix, strlen(rows[i].prefix)))
			return is_number(value + strlen(rows[i].prefix), 0, rows[i].max);
	return is_number(value, 10, 10000);
}

/* NUMBER[:d:NUMBER|:s:TEXT|:x:DIGITS] */
static bool is_radius_attribute(const char *value)
{
	const char *type = strchr(value, ':');

	if (!type)
		return true;
	return type[1] && type[2] == ':' &&
	       (strchr("ds", type[1]) || (type[1] == 'x' && form_is_hex(type + 3, 0, UINT_MAX)));
}

/* ADDRESS and a word. */
static bool is_client(const char *value)
{
	char text[64];
	size_t len = strcspn(value, " ");

	snprintf(text, sizeof(text), "%.*s", (int)len, value);
	return value[len] && len < sizeof(text) && is_ip_address(text);
}

static bool is_airtime_weight(const char *value)
{
	const char *weight = strchr(value, ' ');

	return weight && form_is_address(value) && hostapd_limits_number(weight + 1);
}

static bool is_band(const char *value)
{
	return text_list_has(KEYS("a", "ad", "ag", "b", "g", "ga"), value);
}

static bool is_load(const char *value)
{
	return has_colons(value, 2);
}

static bool is_file(const char *value)
{
	return strncmp(value, "sqlite:", 7) != 0;
}

/* clang-format off */
static const struct {
	bool (*matches)(const char *value);
	const char *fault;
	const char *const *keys;
} formats[] = {
	{is_airtime_weight, "it must be ADDRESS WEIGHT", KEYS("airtime_sta_weight")},
	{is_anqp_element, "it must be NUMBER:DIGITS", KEYS("anqp_elem")},
	{is_band, "it must be a, b, g, ag or ad", KEYS("wps_rf_bands")},
	{is_beacon_rate, "it must be 10 to 10000, ht:0 to ht:31, vht:0 to vht:9 or he:0 to he:11", KEYS("beacon_rate")},
	{is_cell_network_list, "it must be MCC,MNC[;MCC,MNC …]", KEYS("anqp_3gpp_cell_net")},
	{is_client, "it must be ADDRESS SECRET", KEYS("radius_das_client")},
	{form_is_device_type, "it must look like 1-0050F204-1", KEYS("device_type")},
	{is_dpp_controller, "it must be ipaddr=ADDRESS pkhash=DIGITS", KEYS("dpp_controller")},
	{is_file, "Debian's hostapd reads no database", KEYS("eap_user_file")},
	{is_icon, "it must be WIDTH:HEIGHT:LANGUAGE:TYPE:NAME:FILE", KEYS("hs20_icon")},
	{is_ip_address, "it must be an IP address", KEYS("acct_server_addr", "acct_server_addr_replace", "auth_server_addr", "auth_server_addr_replace",
		"dhcp_server", "own_ip_addr", "radius_client_addr")},
	{is_language_text, "it must be LANGUAGE:TEXT", KEYS("hs20_oper_friendly_name", "osu_friendly_name", "osu_service_desc", "venue_name")},
	{is_load, "it must be NUMBER:NUMBER:NUMBER", KEYS("bss_load_test", "hs20_conn_capab")},
	{is_nai_realm, "it must be ENCODING,REALM[,METHOD …]", KEYS("nai_realm")},
	{is_name, "it must be a name as ssid2 has it", KEYS("multi_ap_backhaul_ssid", "osu_ssid")},
	{form_is_address, "it must be a MAC address", KEYS("hessid")},
	{is_probability, "it must be a number from 0 to 1", KEYS("corrupt_gtk_rekey_mic_probability", "ignore_assoc_probability",
		"ignore_auth_probability", "ignore_probe_probability", "ignore_reassoc_probability")},
	{is_qos_map, "it must be an even number of 16 to 58 numbers from 0 to 255", KEYS("qos_map_set")},
	{is_radius_attribute, "it must be NUMBER:d:NUMBER, NUMBER:s:TEXT or NUMBER:x:DIGITS", KEYS("radius_acct_req_attr", "radius_auth_req_attr")},
	{form_is_uuid, "it must look like 12345678-9abc-def0-1234-56789abcdef0", KEYS("uuid")},
	{is_venue_url, "it must be NUMBER:URL", KEYS("venue_url")},
	{is_wan_metrics, "it must be DIGITS:NUMBER:NUMBER:NUMBER:NUMBER:NUMBER", KEYS("hs20_wan_metrics")},
	{form_is_pairs, "it must be hexadecimal digits", KEYS("own_ie_override")},
};
/* clang-format on */

const char *hostapd_limits_fault(const char *key, const char *value)
{
	const char *fault = number_fault(key, value);

	if (!fault)
		fault = text_fault(key, value);
	for (size_t i = 0; !fault && i < sizeof(formats) / sizeof(*formats); i++)
		if (text_list_has(formats[i].keys, key) && !formats[i].matches(value))
			fault = formats[i].fault;
	return fault;
}
