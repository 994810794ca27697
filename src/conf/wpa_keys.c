/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of wpa_supplicant.conf. */
#include "conf/wpa_keys.h"

#include "base/mac.h"
#include "conf/bgscan.h"
#include "conf/form.h"
#include "conf/wpa_stock.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

static bool read_ssid(void *field, size_t size, const char *value, struct error *error)
{
	struct wpa_network *network = field;

	(void)size;
	if (!strcmp(value, "NULL")) {
		network->ssid.len = 0;
		return true;
	}
	return text_parse_ssid(network->ssid.bytes, &network->ssid.len, value, error);
}

static bool read_bssid(void *field, size_t size, const char *value, struct error *error)
{
	struct wpa_network *network = field;

	(void)size;
	if (!value[0] || !strcmp(value, "\"\"") || !strcmp(value, "any")) {
		network->bssid.set = false;
		return true;
	}
	if (!form_read_address(network->bssid.addr, value) || mac_is_group(network->bssid.addr) ||
	    mac_is_zero(network->bssid.addr))
		return error_set(error, false,
				 "bssid must be any or an individual MAC address (02:00:00:12:34:56), not `%.60s`",
				 value);
	network->bssid.set = true;
	if (value[FORM_ADDRESS_LEN])
		network->remark.text = "text after the address of bssid has no effect";
	return true;
}

/* Reads ADDRESS or ADDRESS/MASK. A tabulator ends the address, too; what follows it or the mask has no effect. */
static bool parse_masked_address(struct sta_bssid *bssid, const char *word)
{
	memset(bssid->mask, 0xff, sizeof(bssid->mask));
	if (!form_read_address(bssid->addr, word))
		return false;
	word += FORM_ADDRESS_LEN;
	if (*word == '/')
		return form_read_address(bssid->mask, word + 1);
	return !*word || strchr(" \t", *word);
}

static bool read_bssids(struct sta_bssids *bssids, const char *value, struct error *error)
{
	struct sta_bssids parsed = {0};

	while (*(value += strspn(value, " "))) {
		if (parsed.count == STA_BSSIDS_MAX)
			return error_set(error, false, "too many BSSIDs; a list has at most %d", STA_BSSIDS_MAX);
		if (!parse_masked_address(&parsed.list[parsed.count++], value))
			return error_set(error, false,
					 "a list of BSSIDs has addresses, each perhaps with a mask, separated by "
					 "blanks: 02:00:00:12:34:56 02:00:00:00:00:00/ff:ff:ff:00:00:00");
		value += strcspn(value, " ");
	}
	*bssids = parsed;
	return true;
}

static bool read_bssid_accept(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return read_bssids(&((struct wpa_network *)field)->accept, value, error);
}

static bool read_bssid_ignore(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return read_bssids(&((struct wpa_network *)field)->ignore, value, error);
}

/* Reads "passphrase" in quotes, or the PMK. Like wpa_supplicant, ignores what follows the last quote. */
static bool read_psk(void *field, size_t size, const char *value, struct error *error)
{
	struct wpa_network *network = field;
	const char *end = value[0] == '"' ? strrchr(value + 1, '"') : NULL;
	size_t len = strlen(value);

	(void)size;
	if (end && end[1])
		network->remark.text = "text after the last quote of psk has no effect";
	if (end)
		return text_parse_passphrase(&network->psk, value + 1, (size_t)(end - value - 1), error);
	if (!strncmp(value, "ext:", 4))
		return error_set(error, false, "external passwords (psk=ext:) are not supported");
	if (len == 2 * PMK_LEN)
		return text_parse_pmk(&network->psk, value, error);
	return error_set(error, false,
			 "psk must be a passphrase of 8 to 63 characters in quotes, or a key of 64 hexadecimal digits "
			 "without quotes");
}

static bool read_akms(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return text_parse_akms(field, "key_mgmt", value, error);
}

static bool read_sae_password(void *field, size_t size, const char *value, struct error *error)
{
	struct sae_password *sae = &((struct wpa_network *)field)->sae;

	(void)size;
	return sae_parse_secret(sae->password, sizeof(sae->password), &sae->password_len, "sae_password", value, error);
}

static bool read_sae_identifier(void *field, size_t size, const char *value, struct error *error)
{
	struct sae_password *sae = &((struct wpa_network *)field)->sae;

	(void)size;
	return sae_parse_secret(sae->identifier, sizeof(sae->identifier), &sae->identifier_len, "sae_password_id",
				value, error);
}

/* wpa_supplicant takes a list that is empty, or begins with 0, for its default. */
static bool read_sae_groups(void *field, size_t size, const char *value, struct error *error)
{
	struct wpa_global *global = field;
	char *end;
	bool none = !strtoul(value, &end, 10);

	(void)size;
	if (none && (end != value || !*value)) {
		memset(global->sae_groups, 0, sizeof(global->sae_groups));
		return true;
	}
	return sae_parse_groups(global->sae_groups, "sae_groups", value, &global->remark.text, error);
}

static bool read_mac_value(void *field, size_t size, const char *value, struct error *error)
{
	uint8_t *addr = ((struct wpa_network *)field)->mac_value;

	(void)size;
	if (mac_parse(addr, value) && !mac_is_group(addr) && !mac_is_zero(addr))
		return true;
	memset(addr, 0, sizeof(((struct wpa_network *)NULL)->mac_value));
	return error_set(error, false, "mac_value must be an individual MAC address (02:00:00:12:34:56), not `%.60s`",
			 value);
}

/* Writes a text that is P"text" or hexadecimal digits as "text"; returns another value unchanged. */
static const char *quote(char text[TEXT_LINE_MAX], const char *value)
{
	uint8_t bytes[TEXT_LINE_MAX - sizeof("\"\"")];
	size_t len;

	if (!*value || *value == '"' || !text_parse_string(bytes, sizeof(bytes), &len, value))
		return value;
	snprintf(text, TEXT_LINE_MAX, "\"%.*s\"", (int)len, (const char *)bytes);
	return text;
}

static bool read_bgscan(void *field, size_t size, const char *value, struct error *error)
{
	struct wpa_network *network = field;
	char text[TEXT_LINE_MAX];

	(void)size;
	if (!strcmp(value, "NULL"))
		value = "";
	network->has_bgscan = value[0];
	return bgscan_parse(&network->bgscan, quote(text, value), &network->remark.text, error);
}

static bool read_global_bgscan(void *field, size_t size, const char *value, struct error *error)
{
	struct wpa_global *global = field;
	char text[TEXT_LINE_MAX];

	(void)size;
	return bgscan_parse(&global->bgscan, quote(text, value), &global->remark.text, error);
}

static bool read_autoscan(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return autoscan_parse(field, value, error);
}

static bool read_proto(void *field, size_t size, const char *value, struct error *error)
{
	struct wpa_network *network = field;

	(void)size;
	network->wpa = network->rsn = network->osen = false;
	while (*value) {
		size_t len = strcspn(value, " \t");

		if (len == 3 && !strncmp(value, "WPA", 3))
			network->wpa = true;
		else if ((len == 3 && !strncmp(value, "RSN", 3)) || (len == 4 && !strncmp(value, "WPA2", 4)))
			network->rsn = true;
		else if (len == 4 && !strncmp(value, "OSEN", 4))
			network->osen = true;
		else
			return error_set(error, false, "proto must be RSN (or WPA2), WPA, or both, not `%.*s`",
					 (int)(len < 40 ? len : 40), value);
		value += len;
		value += strspn(value, " \t");
	}
	if (!network->wpa && !network->rsn && !network->osen)
		return error_set(error, false, "proto is empty; set a value or remove the key");
	return true;
}

/*
 * Reads ciphers, of which those of `ignored` have no effect. Without others *none is set: the block is of no use for a
 * station.
 */
static bool read_ciphers(uint32_t *set, bool *none, const char *key, const char *const *ignored, const char *value,
			 struct error *error)
{
	char kept[TEXT_LINE_MAX], word[16];
	size_t at = 0;

	*none = false;
	for (value += strspn(value, " \t"); *value; value += strspn(value, " \t")) {
		size_t len = strcspn(value, " \t");

		snprintf(word, sizeof(word), "%.*s", (int)len, value);
		if (text_list_has(ignored, word))
			*none = true;
		else if (at + len + 2 <= sizeof(kept))
			at += (size_t)snprintf(kept + at, sizeof(kept) - at, "%.*s ", (int)len, value);
		value += len;
	}
	if (*none && !at)
		return true;
	*none = false;
	kept[at] = '\0';
	return text_parse_ciphers(set, key, kept, error);
}

/* NONE is for WPA-NONE, an ad hoc network. */
static bool read_pairwise(void *field, size_t size, const char *value, struct error *error)
{
	static const char *const ignored[] = {"NONE", NULL};
	struct wpa_network *network = field;

	(void)size;
	return read_ciphers(&network->pairwise, &network->no_pairwise, "pairwise", ignored, value, error);
}

/* Old files list WEP40 and WEP104 among the group ciphers. They are ignored: WPA with a WEP group cipher is obsolete. */
static bool read_group(void *field, size_t size, const char *value, struct error *error)
{
	static const char *const ignored[] = {"WEP40", "WEP104", "GTK_NOT_USED", NULL};
	struct wpa_network *network = field;

	(void)size;
	return read_ciphers(&network->group, &network->no_group, "group", ignored, value, error);
}

static bool read_group_mgmt(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return text_parse_group_mgmt(field, "group_mgmt", value, error);
}

static bool read_priority(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return wpa_stock_number(value, field) ||
	       error_set(error, false, "priority must be a number, not `%.60s`", value);
}

/* Below 0, as by default, the global okc counts. */
static bool read_key_caching(void *field, size_t size, const char *value, struct error *error)
{
	int32_t number;

	(void)size;
	if (!wpa_stock_number(value, &number) || number > 1)
		return error_set(error, false, "proactive_key_caching must be 0 or 1, not `%.60s`", value);
	*(uint32_t *)field = number < 0 ? 2 : (uint32_t)number;
	return true;
}

/* A key of another length, which wpa_supplicant takes, too, has no cipher: it ignores the block. */
static bool read_wep(void *field, size_t size, const char *value, struct error *error)
{
	struct text_wep *wep = field;
	size_t len;

	(void)size;
	if (!text_parse_string(wep->key, 16, &len, value))
		return text_parse_wep(wep, value, error);
	wep->set = len > 0;
	wep->cipher = len == 5 ? CIPHER_WEP_40 : len == 13 ? CIPHER_WEP_104 : CIPHER_NONE;
	return true;
}

static bool read_id_str(void *field, size_t size, const char *value, struct error *error)
{
	uint8_t text[TEXT_LINE_MAX];
	size_t len;

	(void)field;
	(void)size;
	return !strcmp(value, "NULL") || text_parse_string(text, sizeof(text), &len, value) ||
	       error_set(error, false, "id_str must be \"text\" in quotes, or pairs of hexadecimal digits");
}

/*
 * Reads frequencies in MHz, up to a 0. Like wpa_supplicant, it takes the number with which each word begins, where a blank and
 * no tabulator ends a word. A word without a number, at which wpa_supplicant stops, is an error.
 */
static bool read_freqs(struct wpa_freqs *freqs, const char *value, struct wpa_remark *remark, struct error *error)
{
	struct wpa_freqs parsed = {.none = false};
	size_t count = 0;

	while (*(value += strspn(value, " \t"))) {
		char *end = NULL;
		unsigned long freq = *value >= '0' && *value <= '9' ? strtoul(value, &end, 10) : 0;

		if (end && !freq)
			break;
		if (freq < 1000)
			return error_set(error, false,
					 "frequencies must be in MHz, separated by blanks: 2412 2437 5180");
		if (*end && *end != ' ')
			remark->text = "only the first number of each word is used; separate frequencies with blanks";
		value = end + strcspn(end, " ");
		if (freq < 2412 || freq > 7115) {
			remark->text = "frequencies outside of the bands at 2.4, 5 and 6 GHz are not supported";
			parsed.none = true;
			continue;
		}
		if (count == STA_CHANNELS_MAX - 1)
			return error_set(error, false, "too many frequencies; at most %d are possible",
					 STA_CHANNELS_MAX - 1);
		parsed.list[count++] = (uint16_t)freq;
	}
	parsed.none &= !count;
	*freqs = parsed;
	return true;
}

static bool read_scan_freq(void *field, size_t size, const char *value, struct error *error)
{
	struct wpa_network *network = field;

	(void)size;
	return read_freqs(&network->scan_freq, value, &network->remark, error);
}

static bool read_freq_list(void *field, size_t size, const char *value, struct error *error)
{
	struct wpa_network *network = field;

	(void)size;
	return read_freqs(&network->freq_list, value, &network->remark, error);
}

static bool read_global_freq_list(void *field, size_t size, const char *value, struct error *error)
{
	struct wpa_global *global = field;

	(void)size;
	return read_freqs(&global->freq_list, value, &global->remark, error) &&
	       (!global->freq_list.none ||
		error_set(error, false, "freq_list has no frequency of the bands at 2.4, 5 and 6 GHz"));
}

/*
 * Two letters, which may be in quotes or small. wpa_supplicant takes the first two characters of any text, and passes them to
 * the kernel, which refuses those that are no country.
 */
static bool read_country(void *field, size_t size, const char *value, struct error *error)
{
	struct wpa_global *global = field;
	const char *letters = value[0] == '"' ? value + 1 : value;
	bool quoted = letters != value;

	(void)size;
	if (!value[0] || !value[1])
		return error_set(error, false, "country must be two capital letters (DE), not `%.60s`", value);
	if (!strcmp(value, "00")) { /* the world */
		memcpy(global->country, value, sizeof(global->country));
		return true;
	}
	if (!isalpha((unsigned char)letters[0]) || !isalpha((unsigned char)letters[1])) {
		global->remark.text = "country has no effect: it must be two capital letters (DE)";
		return true;
	}
	for (size_t i = 0; i < 2; i++)
		global->country[i] = (char)toupper((unsigned char)letters[i]);
	if (letters[2] && strcmp(letters + 2, quoted ? "\"" : "") != 0)
		global->remark.text = "only the first two letters of country count, as for wpa_supplicant: it must be "
				      "two capital letters (DE)";
	else if (memcmp(global->country, value, 2) != 0)
		global->remark.text = "country is read as two capital letters without quotes; wpa_supplicant would "
				      "pass another country to the kernel";
	return true;
}

/* The path and the group are checked when the socket is opened. */
static bool read_socket(void *field, size_t size, const char *value, struct error *error)
{
	size_t len = strlen(value);

	if (len >= size)
		return error_set(error, false, "ctrl_interface and ctrl_interface_group have at most %zu characters",
				 size - 1);
	memcpy(field, value, len + 1);
	return true;
}

/* ---- the tables ---- */

#define NETWORK(name) OPT_FIELD(struct wpa_network, name)
#define WHOLE         .offset = 0, .size = sizeof(struct wpa_network)
#define GLOBAL(name)  OPT_FIELD(struct wpa_global, name)
#define WHOLE_GLOBAL  .offset = 0, .size = sizeof(struct wpa_global)
/* clang-format off */
#define NUMBER(name_, field_, max_, fallback_, help_) \
	{.name = name_, .file_only = true, .argument = "NUMBER", .type = OPT_NUMBER, field_, .max = max_, \
	 .default_value = fallback_, .help = help_}
#define FLAG(name_, field_, help_) \
	{.name = name_, .file_only = true, .argument = "0|1", .type = OPT_FLAG, field_, .help = help_}
#define OTHER(name_, argument_, field_, read_, help_) \
	{.name = name_, .file_only = true, .argument = argument_, .type = OPT_CUSTOM, field_, .read = read_, .help = help_}

const struct opt wpa_global_options[] = {
	NUMBER("pmf", GLOBAL(pmf), 2, "0", "ieee80211w for blocks without it"),
	FLAG("passive_scan", GLOBAL(passive_scan), "1: scan passively, without probe requests"),
	OTHER("freq_list", "MHZ …", WHOLE_GLOBAL, read_global_freq_list, "scan these frequencies only"),
	OTHER("sae_groups", "NUMBERS", WHOLE_GLOBAL, read_sae_groups, "the groups of SAE, the preferred one first; the default is 19 20 21"),
	NUMBER("sae_pwe", GLOBAL(sae_pwe), 2, "2", "SAE derives its element by hunting and pecking (0), by hash to element (1), or by that "
	       "where the access point offers it (2)"),
	NUMBER("ap_scan", GLOBAL(ap_scan), 2, "1", "2: probe for the name of each network, and tell clients of the control socket when there is none"),
	NUMBER("mac_addr", GLOBAL(mac_addr), 2, "0", "the MAC address: 0 that of the card; 1 a random one for each network, and a "
	       "new one after rand_addr_lifetime; 2 the same, with the vendor of the card"),
	NUMBER("preassoc_mac_addr", GLOBAL(preassoc_mac_addr), 2, "0", "the MAC address without a connection: 0 the last one, 1 a random one, 2 "
	       "random with the vendor of the card; probe requests then have others, where the card can do that, as with MAC_RAND_SCAN of the control socket"),
	NUMBER("rand_addr_lifetime", GLOBAL(rand_addr_lifetime), UINT32_MAX, "60", "seconds that a random MAC address lasts, unless a connection uses it; 0 as 1"),
	NUMBER("dot11RSNAConfigPMKLifetime", GLOBAL(pmk_lifetime), UINT32_MAX, "43200", "seconds for which the PMK of SAE or OWE is used for further associations"),
	NUMBER("dot11RSNAConfigPMKReauthThreshold", GLOBAL(pmk_renewal), 100, "70", "the part of that time, in percent, after which the next association negotiates a new key"),
	OTHER("country", "XX", WHOLE_GLOBAL, read_country, "the country, whose regulatory rules apply to a Wi-Fi card"),
	OTHER("ctrl_interface", "FOLDER", GLOBAL(ctrl_interface), read_socket, "the folder of the control socket, or "
	      "DIR=FOLDER GROUP=group"),
	OTHER("ctrl_interface_group", "GROUP", GLOBAL(ctrl_interface_group), read_socket, "the group that may use the "
	      "control socket"),
	FLAG("update_config", GLOBAL(update_config), "1: clients of the control socket may change this file "
						       "(SAVE_CONFIG)"),
	OTHER("autoscan", "TEXT", GLOBAL(autoscan), read_autoscan, "periodic:30 or exponential:3:300: the seconds between two scans "
	      "that find no network; the default is up to 20"),
	OTHER("bgscan", "TEXT", WHOLE_GLOBAL, read_global_bgscan, "bgscan for blocks without it"),
	FLAG("okc", GLOBAL(okc), "1: opportunistic key caching: name the key that SAE has negotiated to other access points of the network, too"),
	FLAG("sae_check_mfp", GLOBAL(sae_check_mfp), "1: SAE only where management frames are protected (ieee80211w)"),
	FLAG("disable_btm", GLOBAL(disable_btm), "1: stay when the access point asks the station to move to another one (BSS transition management)"),
	FLAG("filter_ssids", GLOBAL(filter_ssids), "1: SCAN_RESULTS lists only the names of networks"),
	{0},
};

const struct opt wpa_network_options[] = {
	OTHER("ssid", "TEXT", WHOLE, read_ssid, "the name of the network: \"text\" in quotes, pairs of hexadecimal digits, or P\"text "
	      "with \\n\""),
	OTHER("bssid", "ADDRESS", WHOLE, read_bssid, "use this access point only; any, the default, is no restriction"),
	OTHER("bssid_accept", "LIST", WHOLE, read_bssid_accept, "use only access points with these addresses, each perhaps "
	      "with a mask: 02:00:00:00:00:00/ff:ff:ff:00:00:00"),
	OTHER("bssid_whitelist", "LIST", WHOLE, read_bssid_accept, "the old name of bssid_accept"),
	OTHER("bssid_ignore", "LIST", WHOLE, read_bssid_ignore, "do not use access points with these addresses"),
	OTHER("bssid_blacklist", "LIST", WHOLE, read_bssid_ignore, "the old name of bssid_ignore"),
	FLAG("scan_ssid", NETWORK(scan_ssid), "1: send probe requests with the name, as hidden networks need"),
	NUMBER("owe_group", NETWORK(owe_group), 65535, "0", "the group of OWE: 19, 20 or 21; 0: 19, and the others where the access point refuses it"),
	FLAG("beacon_prot", NETWORK(beacon_protection), "1: ignore beacons without a valid MIC if the access point uses beacon protection"),
	FLAG("ocv", NETWORK(ocv), "1: operating channel validation if the access point supports it, which detects relays between two channels; it enables PMF"),
	{.name = "proactive_key_caching", .file_only = true, .argument = "0|1", .type = OPT_CUSTOM, NETWORK(proactive_key_caching),
	 .read = read_key_caching, .default_value = "-1", .help = "opportunistic key caching; -1: as the global okc"},
	NUMBER("wpa_deny_ptk0_rekey", NETWORK(deny_rekey), 2, "0", "2: reconnect instead of replacing the pairwise key, as with a driver that cannot replace it; 0 and 1: only with such a driver"),
	FLAG("enable_4addr_mode", NETWORK(four_address), "1: frames with four addresses, so that the interface can be a port of a bridge; the access point must accept them (wds_sta=1)"),
	FLAG("multi_ap_backhaul_sta", NETWORK(multi_ap_backhaul), "1: the station of another access point (Wi-Fi EasyMesh), with four addresses; the access point must serve those (multi_ap=1 or 3, and wds_sta=1)"),
	FLAG("disable_ht", NETWORK(disable_ht), "1: associate without 802.11n, and without what needs it"),
	FLAG("disable_vht", NETWORK(disable_vht), "1: associate without 802.11ac"),
	FLAG("disable_he", NETWORK(disable_he), "1: associate without 802.11ax"),
	FLAG("owe_only", NETWORK(owe_only), "1: never an open network in the place of OWE"),
	NUMBER("disabled", NETWORK(disabled), 2, "0", "1: skip this block"),
	OTHER("priority", "NUMBER", NETWORK(priority), read_priority, "prefer networks with a higher priority, "
								      "whatever the signal; the default is 0"),
	OTHER("key_mgmt", "WORDS", NETWORK(akms), read_akms, "key management: WPA-PSK, WPA-PSK-SHA256, SAE and SAE-EXT-KEY (WPA3), FT-PSK, FT-SAE and FT-SAE-EXT-KEY, OWE (Enhanced Open), or several; NONE is an open network, or WEP"),
	OTHER("psk", "SECRET", WHOLE, read_psk, "the \"passphrase\" in quotes, or the PSK, 64 hexadecimal digits"),
	OTHER("sae_password", "SECRET", WHOLE, read_sae_password, "the \"password\" of SAE in quotes; by default the passphrase of psk"),
	OTHER("sae_password_id", "TEXT", WHOLE, read_sae_identifier, "the \"identifier\" of the password, in quotes, where the access point has "
	      "several"),
	OTHER("proto", "WORDS", WHOLE, read_proto, "RSN (WPA2), WPA, or both, which is the default"),
	OTHER("pairwise", "WORDS", WHOLE, read_pairwise, "permitted pairwise ciphers: CCMP, CCMP-256, "
								     "GCMP, GCMP-256 (the default is all of these), "
								     "TKIP"),
	OTHER("group", "WORDS", WHOLE, read_group, "permitted group ciphers; the default is all of them. A network with both WPA and WPA2 protects group frames by TKIP"),
	OTHER("group_mgmt", "WORDS", NETWORK(group_mgmt), read_group_mgmt, "permitted ciphers of group management "
									   "frames: AES-128-CMAC, BIP-GMAC-128, "
									   "BIP-GMAC-256, BIP-CMAC-256; the default is "
									   "all"),
	NUMBER("ieee80211w", NETWORK(pmf), 3, "3", "protected management frames (PMF): 0 off, 1 optional, 2 required, "
						   "3 as the global pmf; with SAE and OWE optional unless it is 0 here"),
	NUMBER("wpa_ptk_rekey", NETWORK(ptk_rekey_s), UINT32_MAX, "0", "seconds between requests for a new PTK; 0 is never"),
	NUMBER("max_idle", NETWORK(max_idle), 65535, "0", "the time that the access point shall wait for a frame of the station, in units of 1000 TU (1.024 s); 0: it decides"),
	NUMBER("mac_addr", NETWORK(mac_addr), 3, NULL, "as the global mac_addr, for this network; 3: the address of mac_value"),
	OTHER("mac_value", "ADDRESS", WHOLE, read_mac_value, "the MAC address of mac_addr=3"),
	OTHER("bgscan", "TEXT", WHOLE, read_bgscan, "\"simple:30:-65:300\": while connected, scan for a better access point "
	      "every 30 seconds if the signal is below -65 dBm, else every 300. By default the station scans while the "
	      "signal is below -65 dBm, less and less often"),
	OTHER("scan_freq", "MHZ …", WHOLE, read_scan_freq, "scan for the network on these frequencies only"),
	OTHER("freq_list", "MHZ …", WHOLE, read_freq_list, "use the network on these frequencies only"),
	NUMBER("mode", NETWORK(mode), 5, "0", "0 is a station; blocks of other modes are skipped"),
	OTHER("id_str", "TEXT", WHOLE, read_id_str, "a text that clients of the control socket receive when the station connects to this network"),
	NUMBER("wep_tx_keyidx", NETWORK(wep_tx_key), 3, "0", "the WEP key for transmission; must be 0"),
	OTHER("wep_key0", "KEY", NETWORK(wep[0]), read_wep, "the key of a WEP network (key_mgmt=NONE): 10 or 26 hexadecimal digits, or 5 or 13 characters in quotes"),
	OTHER("wep_key1", "KEY", NETWORK(wep[1]), read_wep, "ignored"),
	OTHER("wep_key2", "KEY", NETWORK(wep[2]), read_wep, "ignored"),
	OTHER("wep_key3", "KEY", NETWORK(wep[3]), read_wep, "ignored"),
	{0},
};

static_assert(sizeof(wpa_network_options) / sizeof(wpa_network_options[0]) <= WPA_KEYS_MAX, "WPA_KEYS_MAX is too small");
/* clang-format on */
