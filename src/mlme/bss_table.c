/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mlme/bss_table.h"

#include "base/array.h"
#include "base/mac.h"
#include "plane/plane.h"

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

/* Each member of a BSS must support its basic rates (9.4.2.3), some of which are membership selectors. */
static void read_basic_rates(struct bss *bss, struct span rates)
{
	static const uint8_t supported[] = {2, 4, 11, 22, 12, 18, 24, 36, 48, 72, 96, 108};

	for (size_t i = 0; i < rates.len; i++) {
		uint8_t rate = rates.bytes[i] & (uint8_t)~RATE_BASIC;

		if (!(rates.bytes[i] & RATE_BASIC))
			continue;
		if (rate == RATE_SELECTOR_HT)
			bss->required_modes |= PLANE_HT;
		else if (rate == RATE_SELECTOR_VHT)
			bss->required_modes |= PLANE_VHT;
		else if (rate == RATE_SELECTOR_HE)
			bss->required_modes |= PLANE_HE;
		else if (rate == RATE_SELECTOR_SAE_HASH_TO_ELEMENT)
			bss->only_hash_to_element = true;
		else
			bss->unsupported_rates |= !memchr(supported, rate, sizeof(supported));
	}
}

bool bss_same_ssid(const struct bss *bss, const struct bss *other)
{
	return bss->ssid_len == other->ssid_len && memcmp(bss->ssid, other->ssid, bss->ssid_len) == 0;
}

static bool same_terms(const struct bss *bss, const struct bss *other)
{
	return bss->freq_mhz == other->freq_mhz && bss->interval == other->interval && bss->wmm == other->wmm &&
	       !((bss->capability ^ other->capability) & CAPABILITY_PRIVACY) && bss->has_domain == other->has_domain &&
	       !memcmp(bss->domain, other->domain, sizeof(bss->domain)) &&
	       bss->unsupported_rates == other->unsupported_rates && bss->required_modes == other->required_modes &&
	       bss->rsn_len == other->rsn_len && bss->wpa_len == other->wpa_len &&
	       memcmp(bss->rsn, other->rsn, bss->rsn_len) == 0 && memcmp(bss->wpa, other->wpa, bss->wpa_len) == 0 &&
	       bss->rsnx_len == other->rsnx_len && memcmp(bss->rsnx, other->rsnx, bss->rsnx_len) == 0;
}

struct bss_quality bss_quality_of(const struct bss *bss, const struct plane_capabilities *plane)
{
	bool is_2ghz = freq_is_2ghz(bss->freq_mhz);
	const struct bss_radio radio = {.modes = is_2ghz ? plane->modes_2ghz : plane->modes_5ghz,
					.width_mhz = is_2ghz ? plane->width_2ghz_mhz : plane->width_5ghz_mhz};

	return (struct bss_quality){.freq_mhz = bss->freq_mhz,
				    .signal_dbm = bss->signal_dbm,
				    .throughput_kbps =
					    bss_throughput_kbps(&bss->phy, &radio, bss->freq_mhz, bss->signal_dbm)};
}

struct bss *bss_find(struct bss_table *table, const struct bss *bss)
{
	for (size_t i = 0; i < table->count; i++)
		if (mac_equal(table->at[i].bssid, bss->bssid) && bss_same_ssid(&table->at[i], bss) &&
		    same_terms(&table->at[i], bss))
			return &table->at[i];
	return NULL;
}

/*
 * The entry that this beacon describes: with its name, or, for a beacon without an SSID, the one heard last under any
 * name. One that has worked must have the same terms.
 */
static struct bss *find_described(struct bss_table *table, const struct bss *heard, bool hidden)
{
	struct bss *found = NULL;

	for (size_t i = 0; i < table->count; i++) {
		struct bss *bss = &table->at[i];

		if (!mac_equal(bss->bssid, heard->bssid) || !(hidden || bss_same_ssid(bss, heard)))
			continue;
		if (same_terms(bss, heard) && bss->worked)
			return bss;
		if (!bss->worked && (!found || bss->heard_ns > found->heard_ns))
			found = bss;
	}
	return found;
}

/* Returns true if `bss` gives way before `other`. */
static bool gives_way(const struct bss *bss, const struct bss *other)
{
	if (bss->worked != other->worked)
		return other->worked;
	return bss->heard_count != other->heard_count ? bss->heard_count < other->heard_count
						      : bss->heard_ns < other->heard_ns;
}

/* Returns a new entry, or one to replace: of the same name if there are too many of them. */
static struct bss *add_entry(struct bss_table *table, const struct bss *heard)
{
	struct bss *oldest = NULL, *namesake = NULL;
	unsigned namesakes = 0;

	for (size_t i = 0; i < table->count; i++) {
		struct bss *bss = &table->at[i];

		if (!oldest || gives_way(bss, oldest))
			oldest = bss;
		if (!bss_same_ssid(bss, heard))
			continue;
		namesakes++;
		if (!namesake || gives_way(bss, namesake))
			namesake = bss;
	}
	if (namesakes >= BSS_PER_SSID_MAX)
		return namesake;
	if (table->count < BSS_MAX && !array_reserve(&table->at, &table->room, table->count + 1, sizeof(*table->at)))
		return &table->at[table->count++];
	return oldest;
}

static size_t copy_element(uint8_t *out, size_t room, struct span element)
{
	if (!element.bytes || element.len > room)
		return 0;
	memcpy(out, element.bytes, element.len);
	return element.len;
}

/* What the frame says of its sender. */
static struct bss describe(const struct mgmt *mgmt, const struct frame_meta *meta, bool hidden, uint16_t freq)
{
	struct bss heard = {.freq_mhz = freq,
			    .interval = mgmt->interval,
			    .capability = mgmt->capability,
			    .signal_dbm = meta->signal_dbm,
			    .wmm = mgmt->wmm,
			    .heard_count = mgmt->subtype == MGMT_PROBE_RESPONSE ? BSS_HEARD_OFTEN : 1};
	struct oci channel = oci_of_operation(freq, mgmt->body);

	heard.phy = bss_phy_read(freq, mgmt->body);
	heard.width_mhz = channel.width_mhz;
	heard.secondary_above = channel.above;
	mac_copy(heard.bssid, mgmt->bssid);
	if (!hidden) {
		heard.ssid_len = mgmt->ssid.len <= SSID_MAX ? mgmt->ssid.len : SSID_MAX;
		memcpy(heard.ssid, mgmt->ssid.bytes, heard.ssid_len);
	}
	heard.has_domain = mgmt->mobility_domain.len == FT_DOMAIN_LEN;
	if (heard.has_domain)
		memcpy(heard.domain, mgmt->mobility_domain.bytes + 2, sizeof(heard.domain));
	heard.rsn_len = copy_element(heard.rsn, ELEMENT_MAX, mgmt->rsn);
	heard.wpa_len = copy_element(heard.wpa, ELEMENT_MAX, mgmt->wpa);
	heard.rsnx_len = copy_element(heard.rsnx, RSNX_MAX, mgmt->rsnx);
	owe_transition_parse(&heard.owe, mgmt->owe_transition);
	read_basic_rates(&heard, mgmt->rates);
	read_basic_rates(&heard, mgmt->ext_rates);
	return heard;
}

/* Refreshes the entry; the station's record of it stays. */
static void refresh(struct bss *bss, struct bss *heard, bool hidden, uint64_t heard_ns)
{
	heard->heard_ns = heard_ns;
	heard->heard_count = bss->heard_count + heard->heard_count;
	if (heard->heard_count > BSS_HEARD_OFTEN)
		heard->heard_count = BSS_HEARD_OFTEN;
	heard->worked = bss->worked;
	heard->no_transition_until_ns = bss->no_transition_until_ns;
	heard->short_connections = bss->short_connections;
	heard->tried_round = bss->tried_round;
	heard->failures = bss->failures;
	heard->avoid_until_ns = bss->avoid_until_ns;
	heard->passphrase_failures = bss->passphrase_failures;
	heard->blocked_until_ns = bss->blocked_until_ns;
	if (hidden) {
		heard->ssid_len = bss->ssid_len;
		memcpy(heard->ssid, bss->ssid, bss->ssid_len);
	}
	*bss = *heard;
}

struct bss *bss_update(struct bss_table *table, const struct mgmt *mgmt, const struct frame_meta *meta,
		       uint64_t heard_ns)
{
	uint16_t freq = mgmt->channel && freq_is_2ghz(meta->freq_mhz) ? channel_to_freq(mgmt->channel) : meta->freq_mhz;
	bool hidden = is_hidden(mgmt->ssid);
	struct bss heard, unnamed, *bss;

	if (!freq)
		return NULL;
	heard = unnamed = describe(mgmt, meta, hidden, freq);
	unnamed.ssid_len = 0;
	bss = find_described(table, &heard, hidden);
	if (!bss && !hidden)
		bss = find_described(table, &unnamed, false);
	if (!bss) {
		bss = add_entry(table, &heard);
		if (!bss)
			return NULL;
		*bss = (struct bss){0};
	}
	if (bss->heard_ns <= heard_ns)
		refresh(bss, &heard, hidden, heard_ns);
	return bss;
}

struct bss *bss_keep(struct bss_table *table, const struct bss *bss)
{
	struct bss *entry = bss_find(table, bss);

	if (entry)
		return entry;
	entry = add_entry(table, bss);
	if (entry)
		*entry = *bss;
	return entry;
}

static void forget(struct bss_table *table, size_t index)
{
	if (table->at[index].worked)
		table->at[index].heard_ns = 0;
	else
		table->at[index] = table->at[--table->count];
}

void bss_expire(struct bss_table *table, uint64_t since_ns)
{
	for (size_t i = table->count; i--;)
		if (table->at[i].heard_ns < since_ns)
			forget(table, i);
}

void bss_lost(struct bss_table *table, const uint8_t *bssid)
{
	for (size_t i = table->count; i--;)
		if (mac_equal(table->at[i].bssid, bssid))
			forget(table, i);
}

void bss_table_free(struct bss_table *table)
{
	free(table->at);
	*table = (struct bss_table){0};
}

const char *bss_match_name(enum bss_match match)
{
	static const char *const names[] = {
		[BSS_OTHER_SSID] = "ssid",
		[BSS_OTHER_BSSID] = "bssid",
		[BSS_OTHER_CHANNEL] = "channel",
		[BSS_RATES] = "rates",
		[BSS_PROTECTION] = "protection",
		[BSS_AKM] = "akm",
		[BSS_PWE] = "pwe",
		[BSS_PAIRWISE] = "pairwise",
		[BSS_GROUP] = "group",
		[BSS_PMF] = "pmf",
		[BSS_TKIP] = "tkip",
		[BSS_FITS] = "fits",
	};

	return names[match];
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
		return "requires a rate, or 802.11n, ac or ax, that this radio lacks";
	case BSS_PROTECTION:
		return "proto or key_mgmt differ";
	case BSS_AKM:
		return "key_mgmt= lacks its AKM";
	case BSS_PWE:
		return "sae_pwe= does not match";
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

/* A list of channels to scan is no restriction: what was heard elsewhere serves, too, as with wpa_supplicant. */
static bool is_on_channel(const struct bss *bss, const struct sta_network *network)
{
	if (!network->freqs_only)
		return true;
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
				const struct bss_limits *limits, struct bss_terms *terms)
{
	bool required = network->pmf == 2 || (limits->transition_disable & TRANSITION_DISABLE_PERSONAL);
	uint32_t known = 1u << CIPHER_BIP_CMAC_128 | 1u << CIPHER_BIP_CMAC_256 | 1u << CIPHER_BIP_GMAC_128 |
			 1u << CIPHER_BIP_GMAC_256;
	/* SAE and OWE use it wherever the access point has it, as WPA3 demands, unless the user forbids it. */
	bool wanted = network->pmf || (!network->refuses_pmf && (akm_set_without_psk() & 1u << terms->suite.akm));
	bool capable = !rsne->wpa && terms->suite.pairwise != CIPHER_TKIP && (rsne->capabilities & RSN_MFPC) &&
		       rsne->group_management != CIPHER_NONE &&
		       (known & (network->group_mgmt ? network->group_mgmt : known) & 1u << rsne->group_management);

	terms->mfp = wanted && capable;
	terms->suite.group_management = terms->mfp ? rsne->group_management : CIPHER_NONE;
	if (!terms->mfp &&
	    (required || akm_info(terms->suite.akm)->needs_pmf || (rsne->capabilities & RSN_MFPR && !rsne->wpa)))
		return BSS_PMF;
	return BSS_FITS;
}

bool bss_hashes_to_element(const struct bss *bss, const struct sta_network *network)
{
	return network->sae_pwe && rsnx_has((struct span){bss->rsnx, bss->rsnx_len}, RSNX_SAE_HASH_TO_ELEMENT);
}

/* Does one end insist on hash to element, and the other one lack it? */
static bool lacks_hash(const struct bss *bss, const struct sta_network *network)
{
	return (network->sae_pwe == 1 || network->sae.identifier_len || bss->only_hash_to_element ||
		freq_is_6ghz(bss->freq_mhz)) &&
	       !bss_hashes_to_element(bss, network);
}

/* Have the two ends SAE in common, and no way to its password element? */
static bool lacks_only_hash(const struct bss *bss, const struct sta_network *network)
{
	struct rsn_element rsne;

	return lacks_hash(bss, network) && !rsn_element_parse(&rsne, (struct span){bss->rsn, bss->rsn_len}) &&
	       (rsne.akms & network->akms & akm_set_sae());
}

static bool offers_pmf(const struct bss *bss)
{
	struct rsn_element rsne;

	return !rsn_element_parse(&rsne, (struct span){bss->rsn, bss->rsn_len}) && (rsne.capabilities & RSN_MFPC);
}

/*
 * Without SAE if the two ends have no way to the password element in common; an identifier needs hash to element, as do the
 * AKMs whose hash follows from the group. Without those of fast BSS transition if the access point has no mobility domain.
 */
static uint32_t usable_akms(const struct bss *bss, const struct sta_network *network, const struct bss_limits *limits)
{
	uint32_t akms =
		network->akms & (limits->transition_disable & TRANSITION_DISABLE_PERSONAL ? akm_set_sae() : UINT32_MAX);
	bool is_6ghz = freq_is_6ghz(bss->freq_mhz);
	bool usable = network->sae.password_len && network->sae_group_count && !lacks_hash(bss, network) &&
		      (!network->sae_needs_pmf || (network->pmf && offers_pmf(bss)));

	if (!bss->has_domain)
		akms &= ~akm_set_ft();
	if (is_6ghz) /* 802.11ax-2021, 12.12.2 */
		akms &= akm_set_without_psk();
	if (!usable)
		return akms & ~akm_set_sae();
	return bss_hashes_to_element(bss, network) ? akms : akms & ~(akm_set_sae() & akm_set_hash_by_group());
}

static enum bss_match match_element(struct span element, const struct sta_network *network, uint32_t usable_akms,
				    const struct bss_limits *limits, struct bss_terms *terms)
{
	bool only_sae = limits->transition_disable & TRANSITION_DISABLE_PERSONAL;
	struct rsn_element rsne;
	uint32_t akms;
	enum bss_match match;

	if (rsn_element_parse(&rsne, element))
		return BSS_PROTECTION;
	akms = rsne.akms & usable_akms;
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
	    (only_sae && rsne.group == CIPHER_TKIP) || strongest_cipher(1u << rsne.group) == CIPHER_NONE)
		return BSS_GROUP;
	match = match_pmf(&rsne, network, limits, terms);
	if (match == BSS_FITS && limits->no_tkip &&
	    (terms->suite.pairwise == CIPHER_TKIP || terms->suite.group == CIPHER_TKIP))
		return BSS_TKIP;
	return match;
}

static bool has_name(const uint8_t *ssid, size_t len, const struct sta_network *network)
{
	return len == network->ssid_len && memcmp(ssid, network->ssid, network->ssid_len) == 0;
}

static bool wants_owe(const struct sta_network *network)
{
	return network->rsn && network->akms == 1u << AKM_OWE;
}

static bool is_open(const struct bss *bss)
{
	return !bss->rsn_len && !bss->wpa_len && !(bss->capability & CAPABILITY_PRIVACY);
}

bool bss_hints_at_owe(const struct bss *bss, const struct sta_network *network)
{
	return wants_owe(network) && is_open(bss) && bss->owe.ssid_len && has_name(bss->ssid, bss->ssid_len, network);
}

/* A block with OWE takes an open network, as with wpa_supplicant, unless owe_only=1 or the network forbids it. */
static bool may_be_open(const struct bss *bss, const struct sta_network *network, const struct bss_limits *limits)
{
	return wants_owe(network) && !network->owe_only && is_open(bss) &&
	       !(limits->transition_disable & TRANSITION_DISABLE_OPEN) && (!bss->owe.ssid_len || limits->owe_not_found);
}

/*
 * A block without an SSID matches any open network that is not hidden; with a BSSID, also a protected one. The hidden BSS of an OWE transition pair has the name
 * of the open one in its element.
 */
static bool matches_ssid(const struct bss *bss, const struct sta_network *network)
{
	if (!network->ssid_len && (network->open || !network->any_bssid))
		return bss->ssid_len && bss->ssid[0];
	return has_name(bss->ssid, bss->ssid_len, network) || (wants_owe(network) && bss->rsn_len && bss->ssid_len &&
							       has_name(bss->owe.ssid, bss->owe.ssid_len, network));
}

static bool lists_bssid(const struct sta_bssids *bssids, const uint8_t addr[6])
{
	for (size_t i = 0; i < bssids->count; i++) {
		const struct sta_bssid *entry = &bssids->list[i];
		bool same = true;

		for (size_t k = 0; k < 6; k++)
			same &= !((entry->addr[k] ^ addr[k]) & entry->mask[k]);
		if (same)
			return true;
	}
	return false;
}

static bool matches_bssid(const uint8_t bssid[6], const struct sta_network *network, const struct bss_limits *limits)
{
	if (!network->any_bssid && !limits->any_bssid && !mac_equal(bssid, network->bssid))
		return false;
	if (network->accept.count && !lists_bssid(&network->accept, bssid))
		return false;
	return !lists_bssid(&network->ignore, bssid);
}

enum bss_match bss_match(const struct bss *bss, const struct sta_network *network, const struct bss_limits *limits,
			 struct bss_terms *terms)
{
	bool plain = !bss->rsn_len && !bss->wpa_len, privacy = bss->capability & CAPABILITY_PRIVACY;
	enum bss_match best = BSS_PROTECTION, match;
	struct bss_terms wpa_terms;

	*terms = (struct bss_terms){
		.suite = {.pairwise = CIPHER_NONE, .group = CIPHER_NONE, .group_management = CIPHER_NONE}};
	if (!matches_ssid(bss, network))
		return BSS_OTHER_SSID;
	if (!matches_bssid(bss->bssid, network, limits))
		return BSS_OTHER_BSSID;
	if (!is_on_channel(bss, network))
		return BSS_OTHER_CHANNEL;
	if (bss->unsupported_rates || (bss->required_modes & ~limits->modes))
		return BSS_RATES;
	if (network->wep != CIPHER_NONE) {
		terms->kind = BSS_TERMS_WEP;
		terms->suite.pairwise = terms->suite.group = network->wep;
		return plain && privacy ? BSS_FITS : BSS_PROTECTION;
	}
	if (network->open || may_be_open(bss, network, limits))
		return plain && !privacy ? BSS_FITS : BSS_PROTECTION;
	if (network->rsn && bss->rsn_len)
		best = match_element((struct span){bss->rsn, bss->rsn_len}, network, usable_akms(bss, network, limits),
				     limits, terms);
	if (best == BSS_AKM && lacks_only_hash(bss, network))
		best = BSS_PWE;
	if (best == BSS_FITS || !network->wpa || !bss->wpa_len ||
	    (limits->transition_disable & TRANSITION_DISABLE_PERSONAL))
		return best;
	match = match_element((struct span){bss->wpa, bss->wpa_len}, network, network->akms, limits, &wpa_terms);
	if (match <= best)
		return best;
	*terms = wpa_terms;
	return match;
}
