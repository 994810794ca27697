/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mlme/bss_table.h"

#include "base/array.h"
#include "base/mac.h"

#include <stdlib.h>
#include <string.h>

#define RATE_BASIC 0x80

/* A hidden network sends an SSID of length 0 (9.4.2.2); some access points send zeroes instead. */
static bool is_hidden(struct span ssid)
{
	for (size_t i = 0; i < ssid.len; i++)
		if (ssid.bytes[i])
			return false;
	return true;
}

/* Each member of a BSS must support its basic rates (9.4.2.3). Values above the rates are membership selectors. */
static bool has_unsupported_basic_rate(struct span rates)
{
	static const uint8_t supported[] = {2, 4, 11, 22, 12, 18, 24, 36, 48, 72, 96, 108};

	for (size_t i = 0; i < rates.len; i++)
		if ((rates.bytes[i] & RATE_BASIC) &&
		    !memchr(supported, rates.bytes[i] & ~RATE_BASIC, sizeof(supported)))
			return true;
	return false;
}

struct bss *bss_find(struct bss_table *table, const uint8_t *bssid, const uint8_t *ssid, size_t ssid_len)
{
	for (size_t i = 0; i < table->count; i++)
		if (mac_equal(table->at[i].bssid, bssid) && table->at[i].ssid_len == ssid_len &&
		    (!ssid_len || memcmp(table->at[i].ssid, ssid, ssid_len) == 0))
			return &table->at[i];
	return NULL;
}

/* The entry heard last, with or without an SSID: a hidden network's. */
static struct bss *find_latest(struct bss_table *table, const uint8_t *bssid)
{
	struct bss *found = NULL;

	for (size_t i = 0; i < table->count; i++)
		if (mac_equal(table->at[i].bssid, bssid) && (!found || table->at[i].heard_ns > found->heard_ns))
			found = &table->at[i];
	return found;
}

static struct bss *add_entry(struct bss_table *table)
{
	struct bss *bss;

	if (table->count < BSS_MAX && !array_reserve(&table->at, &table->room, table->count + 1, sizeof(*table->at))) {
		bss = &table->at[table->count++];
	} else if (table->count) {
		bss = table->at;
		for (size_t i = 1; i < table->count; i++)
			if (table->at[i].heard_ns < bss->heard_ns)
				bss = &table->at[i];
	} else {
		return NULL;
	}
	*bss = (struct bss){0};
	return bss;
}

static size_t copy_element(uint8_t out[ELEMENT_MAX], struct span element)
{
	if (!element.bytes || element.len > ELEMENT_MAX)
		return 0;
	memcpy(out, element.bytes, element.len);
	return element.len;
}

struct bss *bss_update(struct bss_table *table, const struct mgmt *mgmt, const struct frame_meta *meta, uint64_t now_ns)
{
	uint16_t freq = mgmt->channel && freq_to_channel(meta->freq_mhz) <= 14 ? channel_to_freq(mgmt->channel)
									       : meta->freq_mhz;
	bool hidden = is_hidden(mgmt->ssid);
	struct bss *bss = hidden ? find_latest(table, mgmt->bssid)
				 : bss_find(table, mgmt->bssid, mgmt->ssid.bytes, mgmt->ssid.len);

	if (!freq)
		return NULL;
	if (!bss && !hidden)
		bss = bss_find(table, mgmt->bssid, NULL, 0);
	if (!bss)
		bss = add_entry(table);
	if (!bss)
		return NULL;
	mac_copy(bss->bssid, mgmt->bssid);
	if (!hidden) {
		bss->ssid_len = mgmt->ssid.len <= SSID_MAX ? mgmt->ssid.len : SSID_MAX;
		memcpy(bss->ssid, mgmt->ssid.bytes, bss->ssid_len);
	}
	bss->freq_mhz = freq;
	bss->interval = mgmt->interval;
	bss->capability = mgmt->capability;
	bss->signal_dbm = meta->signal_dbm;
	bss->wmm = mgmt->wmm;
	bss->unsupported_rates = has_unsupported_basic_rate(mgmt->rates) || has_unsupported_basic_rate(mgmt->ext_rates);
	bss->rsn_len = copy_element(bss->rsn, mgmt->rsn);
	bss->wpa_len = copy_element(bss->wpa, mgmt->wpa);
	bss->heard_ns = now_ns;
	return bss;
}

void bss_expire(struct bss_table *table, uint64_t since_ns)
{
	for (size_t i = table->count; i--;)
		if (table->at[i].heard_ns < since_ns)
			table->at[i] = table->at[--table->count];
}

void bss_remove(struct bss_table *table, const uint8_t *bssid)
{
	for (size_t i = table->count; i--;)
		if (mac_equal(table->at[i].bssid, bssid))
			table->at[i] = table->at[--table->count];
}

void bss_table_free(struct bss_table *table)
{
	free(table->at);
	*table = (struct bss_table){0};
}

const char *bss_match_text(enum bss_match match)
{
	switch (match) {
	case BSS_OTHER_SSID:
		return "different SSID";
	case BSS_OTHER_BSSID:
		return "different BSSID";
	case BSS_OTHER_CHANNEL:
		return "on a channel not listed";
	case BSS_RATES:
		return "unsupported basic rate";
	case BSS_PROTECTION:
		return "proto or key_mgmt differ";
	case BSS_AKM:
		return "key_mgmt= lacks its AKM";
	case BSS_PAIRWISE:
		return "pairwise= lacks its ciphers";
	case BSS_GROUP:
		return "group= lacks its cipher";
	case BSS_PMF:
		return "ieee80211w= does not match";
	case BSS_TKIP:
		return "TKIP countermeasures active";
	case BSS_FITS:
		return "matches";
	}
	return "";
}

static bool is_on_channel(const struct bss *bss, const struct sta_network *network)
{
	for (size_t i = 0; i < STA_CHANNELS_MAX && network->freqs[i]; i++)
		if (network->freqs[i] == bss->freq_mhz)
			return true;
	return !network->freqs[0];
}

/* The strongest pairwise cipher of a set; CIPHER_NONE: the set has none. */
static enum cipher strongest_cipher(uint32_t set)
{
	static const enum cipher order[] = {CIPHER_GCMP_256, CIPHER_CCMP_256, CIPHER_CCMP_128, CIPHER_GCMP_128,
					    CIPHER_TKIP};

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (set & 1u << order[i])
			return order[i];
	return CIPHER_NONE;
}

/* WPA and TKIP (12.5.2.1) exclude management frame protection; an AKM with SHA-256 is not required for it. */
static enum bss_match match_pmf(const struct rsn_element *rsne, const struct sta_network *network,
				struct bss_terms *terms)
{
	uint32_t known = 1u << CIPHER_BIP_CMAC_128 | 1u << CIPHER_BIP_CMAC_256 | 1u << CIPHER_BIP_GMAC_128 |
			 1u << CIPHER_BIP_GMAC_256;
	bool capable = !rsne->wpa && terms->suite.pairwise != CIPHER_TKIP && (rsne->capabilities & RSN_MFPC) &&
		       rsne->group_management != CIPHER_NONE &&
		       (known & (network->group_mgmt ? network->group_mgmt : known) & 1u << rsne->group_management);

	terms->mfp = network->pmf && capable;
	terms->suite.group_management = terms->mfp ? rsne->group_management : CIPHER_NONE;
	if (!terms->mfp && (network->pmf == 2 || akm_info(terms->suite.akm)->needs_pmf ||
			    (rsne->capabilities & RSN_MFPR && !rsne->wpa)))
		return BSS_PMF;
	return BSS_FITS;
}

static enum bss_match match_element(struct span element, const struct sta_network *network, bool tkip_allowed,
				    struct bss_terms *terms)
{
	struct rsn_element rsne;
	uint32_t akms;
	enum bss_match match;

	if (rsn_element_parse(&rsne, element))
		return BSS_PROTECTION;
	akms = rsne.akms & network->akms;
	if (!akms)
		return BSS_AKM;
	terms->kind = BSS_TERMS_RSN;
	terms->suite = (struct rsn_suite){.wpa = rsne.wpa,
					  .akm = akm_strongest(akms),
					  .pairwise = strongest_cipher(rsne.pairwise & network->pairwise),
					  .group = rsne.group,
					  .group_management = CIPHER_NONE};
	if (terms->suite.pairwise == CIPHER_NONE)
		return BSS_PAIRWISE;
	if (rsne.group == CIPHER_NONE || !(network->group & 1u << rsne.group) ||
	    strongest_cipher(1u << rsne.group) == CIPHER_NONE)
		return BSS_GROUP;
	match = match_pmf(&rsne, network, terms);
	if (match == BSS_FITS && !tkip_allowed &&
	    (terms->suite.pairwise == CIPHER_TKIP || terms->suite.group == CIPHER_TKIP))
		return BSS_TKIP;
	return match;
}

/* A block without an SSID matches any open network that is not hidden. */
static bool matches_ssid(const struct bss *bss, const struct sta_network *network)
{
	if (!network->ssid_len && network->open)
		return bss->ssid_len && bss->ssid[0];
	return bss->ssid_len == network->ssid_len && memcmp(bss->ssid, network->ssid, network->ssid_len) == 0;
}

enum bss_match bss_match(const struct bss *bss, const struct sta_network *network, bool tkip_allowed,
			 struct bss_terms *terms)
{
	bool plain = !bss->rsn_len && !bss->wpa_len, privacy = bss->capability & CAPABILITY_PRIVACY;
	enum bss_match best = BSS_PROTECTION, match;
	struct bss_terms wpa_terms;

	*terms = (struct bss_terms){
		.suite = {.pairwise = CIPHER_NONE, .group = CIPHER_NONE, .group_management = CIPHER_NONE}};
	if (!matches_ssid(bss, network))
		return BSS_OTHER_SSID;
	if (!network->any_bssid && !mac_equal(bss->bssid, network->bssid))
		return BSS_OTHER_BSSID;
	if (!is_on_channel(bss, network))
		return BSS_OTHER_CHANNEL;
	if (bss->unsupported_rates)
		return BSS_RATES;
	if (network->wep != CIPHER_NONE) {
		terms->kind = BSS_TERMS_WEP;
		terms->suite.pairwise = terms->suite.group = network->wep;
		return plain && privacy ? BSS_FITS : BSS_PROTECTION;
	}
	if (network->open)
		return plain && !privacy ? BSS_FITS : BSS_PROTECTION;
	if (network->rsn && bss->rsn_len)
		best = match_element((struct span){bss->rsn, bss->rsn_len}, network, tkip_allowed, terms);
	if (best == BSS_FITS || !network->wpa || !bss->wpa_len)
		return best;
	match = match_element((struct span){bss->wpa, bss->wpa_len}, network, tkip_allowed, &wpa_terms);
	if (match <= best)
		return best;
	*terms = wpa_terms;
	return match;
}
