/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctrl/sta/wpas.h"

#include "base/mac.h"

#include <inttypes.h>
#include <string.h>

const char *wpas_state_name(const struct wpas *wpas, const struct sta_info *info)
{
	bool enabled = false;

	for (size_t i = 0; i < wpas->network_count; i++)
		enabled |= !wpas->networks[i].disabled;
	switch (info->state) {
	case STA_STOPPED:
		return "INTERFACE_DISABLED";
	case STA_SCANNING:
	case STA_BACKOFF:
		return "SCANNING";
	case STA_AUTHENTICATING:
		return "AUTHENTICATING";
	case STA_ASSOCIATING:
		return "ASSOCIATING";
	case STA_HANDSHAKE:
		return "4WAY_HANDSHAKE";
	case STA_CONNECTED:
		return "COMPLETED";
	case STA_IDLE:
		break;
	}
	if (info->scanning)
		return "SCANNING";
	return info->resting || enabled ? "DISCONNECTED" : "INACTIVE";
}

/* "WPA2-PSK": the protocol and the name of the configuration without its "WPA-". */
static void put_key_management(struct ctrl_reply *reply, const struct sta_info *info)
{
	const char *name = akm_info(info->akm)->name;

	if (!info->protected)
		ctrl_put(reply, "key_mgmt=NONE\n");
	else if (!strncmp(name, "WPA-PSK-", 8))
		ctrl_put(reply, "key_mgmt=WPA2-PSK-%s\n", name + 8);
	else if (!strncmp(name, "WPA-", 4))
		ctrl_put(reply, "key_mgmt=%s-%s\n", info->wpa ? "WPA" : "WPA2", name + 4);
	else
		ctrl_put(reply, "key_mgmt=%s\n", name);
}

static const char *cipher_text(enum cipher cipher)
{
	return cipher == CIPHER_NONE ? "NONE" : cipher_name(cipher);
}

static void put_ciphers(struct ctrl_reply *reply, const struct sta_info *info)
{
	ctrl_put(reply, "pairwise_cipher=%s\ngroup_cipher=%s\n", cipher_text(info->pairwise), cipher_text(info->group));
	put_key_management(reply, info);
	if (info->sae_group)
		ctrl_put(reply, "sae_group=%u\nsae_h2e=%d\nsae_pk=0\n", info->sae_group, info->sae_hash_to_element);
	if (info->mfp)
		ctrl_put(reply, "pmf=%d\nmgmt_group_cipher=%s\n", info->mfp_required ? 2 : 1,
			 info->group_management == CIPHER_BIP_CMAC_128 ? "BIP" : cipher_name(info->group_management));
	if (info->beacon_protection)
		ctrl_put(reply, "bigtk_set=1\n");
	if (info->max_idle)
		ctrl_put(reply, "bss_max_idle_period=%u\n", info->max_idle);
	if (info->ssid_verified)
		ctrl_put(reply, "ssid_verified=1\n");
}

/* The text of "id_str" without its quotes. */
static void put_id_str(struct ctrl_reply *reply, const struct wpa_store_network *network)
{
	const char *value = network ? wpa_store_get(network, "id_str") : NULL;
	size_t len = value ? strlen(value) : 0;

	if (len >= 2 && value[0] == '"')
		ctrl_put(reply, "id_str=%.*s\n", (int)(len - 2), value + 1);
}

static void put_link(struct wpas *wpas, const struct sta_info *info, struct ctrl_reply *reply)
{
	const struct wpa_store_network *network = wpa_store_by_handle(&wpas->store, info->network_id);
	char mac[MAC_TEXT_SIZE];

	ctrl_put(reply, "bssid=%s\nfreq=%u\nssid=", mac_format(mac, info->bssid), info->freq_mhz);
	ctrl_put_escaped(reply, info->ssid, info->ssid_len);
	ctrl_put(reply, "\n");
	if (network)
		ctrl_put(reply, "id=%u\n", network->id);
	put_id_str(reply, network);
	ctrl_put(reply, "mode=station\n");
	if (info->generation)
		ctrl_put(reply, "wifi_generation=%u\n", info->generation);
	put_ciphers(reply, info);
}

void wpas_driver_status(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	const char *country = wpa_store_get_global(&wpas->store, "country");
	struct sta_info info;
	char mac[MAC_TEXT_SIZE];

	(void)arguments;
	wpas_info(wpas, &info);
	if (wpas->ifindex)
		ctrl_put(reply, "ifindex=%d\n", wpas->ifindex);
	ctrl_put(reply, "addr=%s\n", mac_format(mac, wpas->addr));
	ctrl_put(reply,
		 "ifname=%s\nphyname=%s\nscan_state=%s\ncapa.flags=0x%" PRIx64 "\ncapa.rrm_flags=0x%" PRIx32 "\n",
		 wpas->interface, wpas->radio, info.scanning ? "SCAN_STARTED" : "NO_SCAN", wpas->driver_flags,
		 wpas->rrm_flags);
	ctrl_put(reply, "freq=%u\n", info.state == STA_CONNECTED ? info.freq_mhz : 0);
	ctrl_put(reply, "country=%s\noperstate=%d\n", country ? country : "00", info.state == STA_CONNECTED);
}

void wpas_status(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct sta_info info;
	char mac[MAC_TEXT_SIZE], ip[16];

	(void)arguments;
	wpas_info(wpas, &info);
	if (info.state >= STA_ASSOCIATING && info.state <= STA_CONNECTED)
		put_link(wpas, &info, reply);
	ctrl_put(reply, "wpa_state=%s\n", wpas_state_name(wpas, &info));
	if (wpas->owner.ip_address(wpas->owner.user, ip))
		ctrl_put(reply, "ip_address=%s\n", ip);
	mac_format(mac, wpas->addr);
	ctrl_put(reply, "p2p_device_address=%s\naddress=%s\n", mac, mac);
	if (info.vht)
		ctrl_put(reply, "ieee80211ac=1\n");
}

const char *wpas_width_text(char text[WPAS_WIDTH_MAX], unsigned width_mhz, bool is_divided)
{
	if (is_divided)
		return "80+80 MHz";
	snprintf(text, WPAS_WIDTH_MAX, width_mhz ? "%u MHz" : "20 MHz (no HT)", width_mhz);
	return text;
}

void wpas_signal_poll(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	char width[WPAS_WIDTH_MAX];
	struct sta_info info;

	(void)arguments;
	wpas->owner.info(wpas->owner.user, &info);
	if (info.state != STA_CONNECTED) {
		ctrl_ok(reply, false);
		return;
	}
	ctrl_put(reply, "RSSI=%d\nLINKSPEED=%u\nNOISE=9999\nFREQUENCY=%u\n", info.signal_dbm, info.tx_kbps / 1000,
		 info.freq_mhz);
	if (info.knows_width)
		ctrl_put(reply, "WIDTH=%s\n", wpas_width_text(width, info.width_mhz, info.center_2_mhz));
	if (info.center_mhz)
		ctrl_put(reply, "CENTER_FRQ1=%u\n", info.center_mhz);
	if (info.center_2_mhz)
		ctrl_put(reply, "CENTER_FRQ2=%u\n", info.center_2_mhz);
	ctrl_put(reply, "AVG_RSSI=%d\n", info.signal_dbm);
	if (info.beacon_dbm)
		ctrl_put(reply, "AVG_BEACON_RSSI=%d\n", info.beacon_dbm);
}

void wpas_packet_counters(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct sta_info info;

	(void)arguments;
	wpas->owner.info(wpas->owner.user, &info);
	if (info.state != STA_CONNECTED) {
		ctrl_ok(reply, false);
		return;
	}
	ctrl_put(reply, "TXGOOD=%" PRIu64 "\nTXBAD=%" PRIu64 "\nRXGOOD=%" PRIu64 "\n", info.tx_frames, info.tx_lost,
		 info.rx_frames);
}

/* "00-0f-ac-4"; zeroes without a protected network. */
static void put_suite(struct ctrl_reply *reply, const char *name, const char *when, const uint8_t selector[4])
{
	ctrl_put(reply, "dot11RSNA%s%s=%02x-%02x-%02x-%u\n", name, when, selector[0], selector[1], selector[2],
		 selector[3]);
}

/* What was negotiated: the station requests just that. */
static void put_suites(const struct sta_info *info, const char *when, struct ctrl_reply *reply)
{
	uint8_t akm[4] = {0}, pairwise[4] = {0}, group[4] = {0};

	if (info->protected) {
		akm_selector(info->akm, info->wpa, akm);
		cipher_selector(info->pairwise, info->wpa, pairwise);
		cipher_selector(info->group, info->wpa, group);
	}
	put_suite(reply, "AuthenticationSuite", when, akm);
	put_suite(reply, "PairwiseCipher", when, pairwise);
	put_suite(reply, "GroupCipher", when, group);
}

/* The names of IEEE 802.11-2020, Annex C, and of IEEE 802.1X. */
void wpas_mib(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct sta_info info;

	(void)arguments;
	wpas->owner.info(wpas->owner.user, &info);
	ctrl_put(reply,
		 "dot11RSNAOptionImplemented=TRUE\ndot11RSNAPreauthenticationImplemented=FALSE\n"
		 "dot11RSNAEnabled=%s\ndot11RSNAPreauthenticationEnabled=FALSE\ndot11RSNAConfigVersion=1\n",
		 info.protected && !info.wpa ? "TRUE" : "FALSE");
	ctrl_put(reply,
		 "dot11RSNAConfigPairwiseKeysSupported=5\ndot11RSNAConfigGroupCipherSize=%zu\n"
		 "dot11RSNAConfigPMKLifetime=43200\ndot11RSNAConfigPMKReauthThreshold=70\n"
		 "dot11RSNAConfigNumberOfPTKSAReplayCounters=1\ndot11RSNAConfigSATimeout=60\n",
		 info.protected ? 8 * cipher_key_len(info.group) : 0);
	put_suites(&info, "Selected", reply);
	put_suites(&info, "Requested", reply);
	ctrl_put(reply, "dot11RSNAConfigNumberOfGTKSAReplayCounters=0\ndot1xSuppSuppControlledPortStatus=%s\n",
		 info.state == STA_CONNECTED ? "Authorized" : "Unauthorized");
}

void wpas_driver_flags(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	(void)arguments;
	ctrl_put_driver_flags(reply, wpas->driver_flags);
}
