/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mlme/bss_table.h"

#include "base/mac.h"

#include <stdlib.h>
#include <string.h>

#define RATE_BASIC 0x80

/* A name of length 0 or of zeroes hides the real one (9.4.2.2; the latter is a habit of access points). */
static bool is_hidden(struct span ssid)
{
	for (size_t i = 0; i < ssid.len; i++)
		if (ssid.bytes[i])
			return false;
	return true;
}

/* Basic rates are those that each member must have (9.4.2.3); "rates" above 60 are demands of another kind. */
static bool has_foreign_rates(struct span rates)
{
	static const uint8_t ours[] = {2, 4, 11, 22, 12, 18, 24, 36, 48, 72, 96, 108};

	for (size_t i = 0; i < rates.len; i++)
		if ((rates.bytes[i] & RATE_BASIC) && !memchr(ours, rates.bytes[i] & ~RATE_BASIC, sizeof ours))
			return true;
	return false;
}

struct bss *bss_find(struct bss_table *t, const uint8_t *bssid, const uint8_t *ssid, size_t ssid_len)
{
	for (size_t i = 0; i < t->count; i++)
		if (mac_equal(t->at[i].bssid, bssid) && t->at[i].ssid_len == ssid_len &&
		    (!ssid_len || memcmp(t->at[i].ssid, ssid, ssid_len) == 0))
			return &t->at[i];
	return NULL;
}

/* The hidden network's entry, whether its name has become known or not: the one heard last. */
static struct bss *find_any(struct bss_table *t, const uint8_t *bssid)
{
	struct bss *found = NULL;

	for (size_t i = 0; i < t->count; i++)
		if (mac_equal(t->at[i].bssid, bssid) && (!found || t->at[i].heard_ns > found->heard_ns))
			found = &t->at[i];
	return found;
}

static struct bss *add(struct bss_table *t)
{
	struct bss *b;

	if (t->count == t->room && t->room < BSS_MAX) {
		size_t room = t->room ? 2 * t->room : 4;
		struct bss *more = reallocarray(t->at, room, sizeof *more);

		if (more) {
			t->at = more;
			t->room = room;
		}
	}
	if (!t->room)
		return NULL;
	if (t->count < t->room) {
		b = &t->at[t->count++];
	} else {
		b = t->at;
		for (size_t i = 1; i < t->count; i++)
			if (t->at[i].heard_ns < b->heard_ns)
				b = &t->at[i];
	}
	*b = (struct bss){0};
	return b;
}

static size_t copy_element(uint8_t out[ELEMENT_MAX], struct span e)
{
	if (!e.bytes || e.len > ELEMENT_MAX)
		return 0;
	memcpy(out, e.bytes, e.len);
	return e.len;
}

struct bss *bss_hear(struct bss_table *t, const struct mgmt *m, const struct frame_meta *meta, uint64_t now_ns)
{
	uint16_t freq = m->channel && freq_channel(meta->freq_mhz) <= 14 ? channel_freq(m->channel) : meta->freq_mhz;
	bool hidden = is_hidden(m->ssid);
	struct bss *b = hidden ? find_any(t, m->bssid) : bss_find(t, m->bssid, m->ssid.bytes, m->ssid.len);

	if (!freq)
		return NULL;
	if (!b && !hidden)
		b = bss_find(t, m->bssid, NULL, 0);
	if (!b)
		b = add(t);
	if (!b)
		return NULL;
	mac_copy(b->bssid, m->bssid);
	if (!hidden) {
		b->ssid_len = m->ssid.len <= SSID_MAX ? m->ssid.len : SSID_MAX;
		memcpy(b->ssid, m->ssid.bytes, b->ssid_len);
	}
	b->freq_mhz = freq;
	b->interval = m->interval;
	b->capability = m->capability;
	b->signal_dbm = meta->signal_dbm;
	b->wmm = m->wmm;
	b->foreign_rates = has_foreign_rates(m->rates) || has_foreign_rates(m->ext_rates);
	b->answers |= m->subtype == MGMT_PROBE_RESPONSE;
	b->rsn_len = copy_element(b->rsn, m->rsn);
	b->wpa_len = copy_element(b->wpa, m->wpa);
	b->heard_ns = now_ns;
	return b;
}

void bss_age(struct bss_table *t, uint64_t since_ns)
{
	for (size_t i = t->count; i--;)
		if (t->at[i].heard_ns < since_ns)
			t->at[i] = t->at[--t->count];
}

void bss_forget(struct bss_table *t, const uint8_t *bssid)
{
	for (size_t i = t->count; i--;)
		if (mac_equal(t->at[i].bssid, bssid))
			t->at[i] = t->at[--t->count];
}

void bss_free(struct bss_table *t)
{
	free(t->at);
	*t = (struct bss_table){0};
}

const char *bss_match_text(enum bss_match m)
{
	switch (m) {
	case BSS_OTHER:
		return "another name";
	case BSS_OTHER_ADDRESS:
		return "another bssid";
	case BSS_OTHER_CHANNEL:
		return "on a channel not listed";
	case BSS_RATES:
		return "demands unknown rates";
	case BSS_PROTECTION:
		return "proto or key_mgmt differ";
	case BSS_AKM:
		return "key_mgmt= lacks its own";
	case BSS_PAIRWISE:
		return "pairwise= lacks its ciphers";
	case BSS_GROUP:
		return "group= lacks its cipher";
	case BSS_PMF:
		return "ieee80211w= does not fit it";
	case BSS_TKIP:
		return "TKIP barred for a minute";
	case BSS_FITS:
		return "fits";
	}
	return "";
}

static bool on_channel(const struct bss *b, const struct sta_network *n)
{
	for (size_t i = 0; i < STA_CHANNELS_MAX && n->freqs[i]; i++)
		if (n->freqs[i] == b->freq_mhz)
			return true;
	return !n->freqs[0];
}

/* The strongest of a set, CIPHERS if it is empty. */
static enum cipher strongest(uint32_t set)
{
	static const enum cipher order[] = {CIPHER_GCMP_256, CIPHER_CCMP_256, CIPHER_CCMP_128, CIPHER_GCMP_128,
					    CIPHER_TKIP};

	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (set & 1u << order[i])
			return order[i];
	return CIPHERS;
}

/* Management frame protection: WPA has none, TKIP cannot do it (12.5.2.1), and it needs no AKM of SHA-256. */
static enum bss_match match_pmf(const struct rsn_element *e, const struct sta_network *n, struct bss_terms *t)
{
	uint32_t known = 1u << CIPHER_BIP_CMAC_128 | 1u << CIPHER_BIP_CMAC_256 | 1u << CIPHER_BIP_GMAC_128 |
			 1u << CIPHER_BIP_GMAC_256;
	bool can = !e->wpa && t->suite.pairwise != CIPHER_TKIP && (e->capabilities & RSN_MFPC) &&
		   e->management < CIPHERS && (known & (n->group_mgmt ? n->group_mgmt : known) & 1u << e->management);

	t->mfp = n->pmf && can;
	t->suite.management = t->mfp ? e->management : CIPHERS;
	if (!t->mfp && (n->pmf == 2 || (e->capabilities & RSN_MFPR && !e->wpa)))
		return BSS_PMF;
	return BSS_FITS;
}

static enum bss_match match_element(struct span element, const struct sta_network *n, bool tkip, struct bss_terms *t)
{
	struct rsn_element e;
	uint32_t akms;
	enum bss_match m;

	if (rsn_parse(&e, element))
		return BSS_PROTECTION;
	akms = e.akms & n->akms;
	if (!akms)
		return BSS_AKM;
	t->kind = BSS_TERMS_RSN;
	t->suite = (struct rsn_suite){.wpa = e.wpa,
				      .akm = akms & 1u << AKM_PSK_SHA256 ? AKM_PSK_SHA256 : AKM_PSK,
				      .pairwise = strongest(e.pairwise & n->pairwise),
				      .group = e.group,
				      .management = CIPHERS};
	if (t->suite.pairwise == CIPHERS)
		return BSS_PAIRWISE;
	if (e.group >= CIPHERS || !(n->group & 1u << e.group) || strongest(1u << e.group) == CIPHERS)
		return BSS_GROUP;
	m = match_pmf(&e, n, t);
	if (m == BSS_FITS && !tkip && (t->suite.pairwise == CIPHER_TKIP || t->suite.group == CIPHER_TKIP))
		return BSS_TKIP;
	return m;
}

/* A network without a name in its block is any open one that tells its own. */
static bool has_name(const struct bss *b, const struct sta_network *n)
{
	if (!n->ssid_len && n->open)
		return b->ssid_len && b->ssid[0];
	return b->ssid_len == n->ssid_len && memcmp(b->ssid, n->ssid, n->ssid_len) == 0;
}

enum bss_match bss_match(const struct bss *b, const struct sta_network *n, bool tkip, struct bss_terms *t)
{
	bool plain = !b->rsn_len && !b->wpa_len, privacy = b->capability & CAPABILITY_PRIVACY;
	enum bss_match best = BSS_PROTECTION, m;
	struct bss_terms other;

	*t = (struct bss_terms){.suite = {.pairwise = CIPHERS, .group = CIPHERS, .management = CIPHERS}};
	if (!has_name(b, n))
		return BSS_OTHER;
	if (!n->any_bssid && !mac_equal(b->bssid, n->bssid))
		return BSS_OTHER_ADDRESS;
	if (!on_channel(b, n))
		return BSS_OTHER_CHANNEL;
	if (b->foreign_rates)
		return BSS_RATES;
	if (n->wep < CIPHERS) {
		t->kind = BSS_TERMS_WEP;
		t->suite.pairwise = t->suite.group = n->wep;
		return plain && privacy ? BSS_FITS : BSS_PROTECTION;
	}
	if (n->open)
		return plain && !privacy ? BSS_FITS : BSS_PROTECTION;
	if (n->rsn && b->rsn_len)
		best = match_element((struct span){b->rsn, b->rsn_len}, n, tkip, t);
	if (best == BSS_FITS || !n->wpa || !b->wpa_len)
		return best;
	m = match_element((struct span){b->wpa, b->wpa_len}, n, tkip, &other);
	if (m <= best)
		return best;
	*t = other;
	return m;
}
