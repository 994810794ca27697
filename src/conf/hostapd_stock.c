/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/hostapd_stock.h"

#include "conf/hostapd_limits.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *order_fault(const struct hostapd_stock *stock, const char *key)
{
	if (!stock->auth_server &&
	    text_list_has(KEYS("auth_server_addr_replace", "auth_server_port", "auth_server_shared_secret"), key))
		return "it must follow auth_server_addr";
	if (!stock->acct_server &&
	    text_list_has(KEYS("acct_server_addr_replace", "acct_server_port", "acct_server_shared_secret"), key))
		return "it must follow acct_server_addr";
	if (!stock->osu_provider && text_list_has(KEYS("osu_friendly_name", "osu_icon", "osu_method_list", "osu_nai",
						       "osu_nai2", "osu_service_desc"),
						  key))
		return "it must follow osu_server_uri";
	if (stock->fst_group && !strcmp(key, "fst_group_id"))
		return "it was set before";
	return NULL;
}

static void note_numbers(struct hostapd_stock *stock, const char *key, int32_t number)
{
	static const struct {
		const char *key;
		size_t offset;
	} rows[] = {
		{"airtime_mode", offsetof(struct hostapd_stock, airtime_mode)},
		{"eap_authenticator", offsetof(struct hostapd_stock, eap_server)},
		{"eap_server", offsetof(struct hostapd_stock, eap_server)},
		{"proxy_arp", offsetof(struct hostapd_stock, proxy_arp)},
		{"radius_das_port", offsetof(struct hostapd_stock, das_port)},
		{"unsol_bcast_probe_resp_interval", offsetof(struct hostapd_stock, unsolicited)},
		{"wpa_psk_radius", offsetof(struct hostapd_stock, psk_by_radius)},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(key, rows[i].key))
			memcpy((char *)stock + rows[i].offset, &number, sizeof(number));
	if (!strncmp(key, "wep_key_len_", 12) && number > 0)
		stock->wep_length = number;
	if (!strcmp(key, "airtime_update_interval"))
		stock->no_airtime_interval = !number;
	if (!strcmp(key, "fils_discovery_min_interval"))
		stock->no_fils_discovery = !number; /* the default is 20 */
	if (!strcmp(key, "mbo"))
		stock->mbo = number;
	if (!strcmp(key, "hs20"))
		stock->hotspot = number;
}

const char *hostapd_stock_take(struct hostapd_stock *stock, const char *key, const char *value)
{
	const char *fault = order_fault(stock, key);

	if (!fault)
		fault = hostapd_limits_fault(key, value);
	stock->auth_server |= !strcmp(key, "auth_server_addr");
	stock->acct_server |= !strcmp(key, "acct_server_addr");
	stock->osu_provider |= !strcmp(key, "osu_server_uri");
	stock->fst_group |= !strcmp(key, "fst_group_id");
	stock->das_client |= !strcmp(key, "radius_das_client");
	note_numbers(stock, key, hostapd_limits_number(value));
	return fault;
}

static bool has_reversed_window(const struct hostapd_radio *radio)
{
	for (size_t i = 0; i < 4; i++)
		if (radio->wmm[i].cw_min > radio->wmm[i].cw_max || radio->queues[i].cw_min > radio->queues[i].cw_max)
			return true;
	return false;
}

const char *hostapd_stock_conflict(const struct hostapd_stock *stock, const struct hostapd_target *target)
{
	const struct hostapd_bss *bss = &target->bss;

	if (target->radio.ieee80211h && !target->radio.ieee80211d)
		return "hostapd refuses ieee80211h=1 without ieee80211d=1";
	if (has_reversed_window(&target->radio))
		return "hostapd refuses a …_cwmin above its …_cwmax";
	if (bss->ieee8021x && !stock->eap_server && !stock->auth_server)
		return "hostapd refuses ieee8021x=1 without auth_server_addr or eap_server=1";
	if (bss->wpa && stock->wep_length)
		return "hostapd refuses wep_key_len_… with wpa";
	if (bss->wpa && stock->psk_by_radius && bss->acl != 2)
		return "hostapd refuses wpa_psk_radius without macaddr_acl=2";
	if (stock->hotspot && !(bss->wpa & 2))
		return "hostapd refuses hs20=1 without wpa=2";
	if (stock->mbo && (bss->wpa & 2) && !bss->pmf)
		return "hostapd refuses mbo=1 without ieee80211w=1 or 2";
	if (stock->unsolicited && !stock->no_fils_discovery)
		return "hostapd refuses unsol_bcast_probe_resp_interval without fils_discovery_min_interval=0";
	if (stock->airtime_mode > 1 && stock->no_airtime_interval)
		return "hostapd refuses airtime_update_interval=0 with this airtime_mode";
	if (stock->das_port && !stock->das_client)
		return "hostapd refuses radius_das_port without radius_das_client";
	if (stock->proxy_arp && (!bss->ap_isolate || !bss->bridge[0]))
		return "hostapd refuses proxy_arp=1 without ap_isolate=1 and bridge";
	return NULL;
}

bool hostapd_stock_lacks_lines(const struct hostapd_target *target)
{
	const struct hostapd_radio *radio = &target->radio;
	const struct hostapd_bss *bss = &target->bss;

	return (radio->ieee80211d && !radio->country[0]) || (radio->power_constraint_db >= 0 && !radio->ieee80211d) ||
	       (radio->spectrum_mgmt_required && radio->power_constraint_db < 0) || (bss->ocv && !bss->pmf) ||
	       (bss->wpa && (bss->akms.set & 1u << AKM_PSK) && !bss->passphrase.set && !bss->psk.set &&
		!bss->psk_file[0]);
}

void hostapd_stock_note_file(struct hostapd_stock_files *files, const char *key, const char *value, unsigned line)
{
	static const char *const keys[] = {
		"ap_settings", "eap_user_file", "extra_cred", "radius_server_clients", "rsn_preauth_interfaces", "tnc",
		NULL};

	if (!text_list_has(keys, key) || files->count == HOSTAPD_STOCK_FILES_MAX)
		return;
	if (!strcmp(key, "tnc")) {
		if (!hostapd_limits_number(value))
			return;
		value = "/etc/tnc_config";
	}
	for (const char *const *name = keys; *name; name++)
		if (!strcmp(*name, key))
			files->list[files->count].key = *name;
	snprintf(files->list[files->count].path, sizeof(files->list[0].path), "%s", value);
	files->list[files->count++].line = line;
}
