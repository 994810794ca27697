/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/hostapd_conf.h"

#include "base/mac.h"
#include "conf/hostapd_keys.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define CIPHER(c) (1u << CIPHER_##c)

/* ---- reading lines ---- */

struct reading {
	struct hostapd_conf *conf;
	struct hostapd_keys keys;
	const char *file;
	struct why *why;
};

static size_t row_of(const char *key)
{
	const struct opt *o = opt_find(hostapd_conf_options, key);

	return o ? (size_t)(o - hostapd_conf_options) : HOSTAPD_ROWS;
}

/* Where a key of the network stood, or where the network begins. */
static unsigned line_of(const struct hostapd_bss *b, const char *key)
{
	unsigned line = b->line[row_of(key)];

	return line ? line : b->begin;
}

static bool given(const struct hostapd_bss *b, const char *key)
{
	return b->line[row_of(key)];
}

static bool unknown(const char *key, struct why *why)
{
	struct nearest best = NEAREST_NONE;

	for (const struct opt *o = hostapd_conf_options; o->name; o++)
		nearest_offer(&best, key, o->name);
	text_offer(&best, key, hostapd_unused);
	if (best.word)
		return why_set(why, false, "there is no key `%.60s`; did you mean `%s`?", key, best.word);
	return why_set(why, false, "there is no key `%.60s`", key);
}

static void begin_bss(struct reading *r, unsigned line)
{
	struct hostapd_radio radio = r->keys.radio;

	memset(&r->keys.bss, 0, sizeof r->keys.bss);
	opt_defaults(hostapd_conf_options, &r->keys);
	r->keys.bss.begin = line;
	r->keys.radio = radio;
}

/* The network that was read is whole. */
static bool end_bss(struct reading *r)
{
	if (r->conf->bss_count == AP_BSS_MAX)
		return why_set(r->why, false, "a radio carries at most %d networks", AP_BSS_MAX);
	r->conf->bss[r->conf->bss_count++] = r->keys.bss;
	crypto_wipe(&r->keys.bss, sizeof r->keys.bss);
	return true;
}

/* Of these a blank at an end is part of the value. */
static bool is_verbatim(const char *key)
{
	return !strcmp(key, "ssid") || !strcmp(key, "wpa_passphrase");
}

static bool is_quoted(const char *key)
{
	return !strcmp(key, "ssid2") || !strncmp(key, "wep_key", 7);
}

static bool set(struct reading *r, const char *key, char *value, unsigned line)
{
	const struct opt *o = opt_find(hostapd_conf_options, key);

	if (!o && !strncmp(key, "sae_", 4)) {
		text_remark(&r->conf->remarks, r->file, line,
			    "`%.60s` belongs to SAE (WPA3), which comes with a later version", key);
		return true;
	}
	if (!o && text_listed(hostapd_unused, key)) {
		text_remark(&r->conf->remarks, r->file, line, "`%.60s` is known, and not used here", key);
		return true;
	}
	if (!o)
		return unknown(key, r->why);
	if (!is_verbatim(key)) {
		/* hostapd reads numbers up to the first character that is none, so files have remarks behind them. */
		char *remark = is_quoted(key) ? NULL : strstr(value, " #");

		if (remark)
			*remark = '\0';
		value = text_trim(value);
	}
	if (!strcmp(key, "bss")) {
		if (!end_bss(r))
			return false;
		begin_bss(r, line);
	}
	r->keys.bss.line[o - hostapd_conf_options] = line;
	return opt_set(o, &r->keys, value, r->why);
}

static bool read_line(struct reading *r, char *text, unsigned line)
{
	char *equals;

	text += strspn(text, " \t");
	if (*text == '#' || !text[strspn(text, " \t")])
		return true;
	equals = strchr(text, '=');
	if (!equals)
		return why_set(r->why, false, "this is neither KEY=VALUE nor a comment, which begins with #");
	*equals = '\0';
	return set(r, text_trim(text), equals + 1, line);
}

/* ---- what fits together ---- */

struct check {
	struct hostapd_bss *bss;
	const char *file;
	struct why *why;
	struct text_remarks *remarks;
};

/* The mistake `text` at a key; false. */
static bool wrong(struct check *c, const char *key, const char *text)
{
	why_set(c->why, false, "%s", text);
	return text_at(c->file, line_of(c->bss, key), c->why);
}

static bool check_open(struct check *c)
{
	const struct hostapd_bss *b = c->bss;

	if (b->passphrase.set || b->psk.set || b->psk_file[0])
		return wrong(c,
			     b->passphrase.set ? "wpa_passphrase"
			     : b->psk.set      ? "wpa_psk"
					       : "wpa_psk_file",
			     "there is a passphrase or key, but without wpa=2 the network would be open");
	if (b->pmf)
		return wrong(c, "ieee80211w", "ieee80211w protects the management frames of WPA2; it needs wpa=2");
	for (int i = 1; i < 4; i++)
		if (b->wep[i].set && !b->wep[0].set)
			return wrong(c, "wep_key0", "of the WEP keys only wep_key0 is used here; it is missing");
	if (b->wep[0].set && b->wep_default)
		return wrong(c, "wep_default_key", "of the WEP keys only wep_key0 is used here: wep_default_key=0");
	return true;
}

static bool check_akms(struct check *c)
{
	struct hostapd_bss *b = c->bss;
	struct text_akms *a = &b->akms;

	if (!given(b, "wpa_key_mgmt"))
		a->set = 1u << AKM_PSK;
	if (a->others && !a->set) {
		why_set(c->why, false, "wpa_key_mgmt=%s comes with a later version%s", a->other,
			strstr(a->other, "SAE") ? "; until then it is WPA-PSK with ieee80211w"
						: "; this one does WPA-PSK and WPA-PSK-SHA256");
		return text_at(c->file, line_of(b, "wpa_key_mgmt"), c->why);
	}
	if (a->others)
		text_remark(c->remarks, c->file, line_of(b, "wpa_key_mgmt"),
			    "of wpa_key_mgmt, %s%s comes with a later version; the network goes without", a->other,
			    a->others > 1 ? " (and more)" : "");
	if (a->none || !a->set)
		return wrong(c, "wpa_key_mgmt", "wpa_key_mgmt=NONE does not go with wpa; an open network has wpa=0");
	if (b->wpa == 1 && a->set == 1u << AKM_PSK_SHA256)
		return wrong(c, "wpa_key_mgmt", "WPA-PSK-SHA256 needs WPA2: wpa=2");
	if (!b->passphrase.set && !b->psk.set && !b->psk_file[0])
		return wrong(c, "wpa", "wpa needs wpa_passphrase, wpa_psk or wpa_psk_file");
	return true;
}

/* The weakest that a station may use for its own frames: each of them must be able to read group frames. */
static uint32_t weakest(uint32_t set)
{
	if (set & CIPHER(TKIP))
		return CIPHER(TKIP);
	if (set & CIPHER(CCMP_128))
		return CIPHER(CCMP_128);
	if (set & CIPHER(GCMP_128))
		return CIPHER(GCMP_128);
	return set & CIPHER(GCMP_256) ? CIPHER(GCMP_256) : CIPHER(CCMP_256);
}

static bool check_ciphers(struct check *c)
{
	struct hostapd_bss *b = c->bss;
	bool wpa = b->wpa & 1, rsn = b->wpa & 2;

	if (rsn && !b->rsn_pairwise)
		b->rsn_pairwise = b->wpa_pairwise ? b->wpa_pairwise : CIPHER(CCMP_128);
	if (wpa && !b->wpa_pairwise)
		b->wpa_pairwise = CIPHER(TKIP);
	b->wpa_pairwise = wpa ? b->wpa_pairwise : 0;
	b->rsn_pairwise = rsn ? b->rsn_pairwise : 0;
	if (b->wpa_pairwise & ~(CIPHER(TKIP) | CIPHER(CCMP_128)))
		return wrong(c, "wpa_pairwise",
			     "WPA version 1 knows TKIP and CCMP only; the others go into rsn_pairwise");
	if (!b->group)
		b->group = weakest(b->wpa_pairwise | b->rsn_pairwise);
	if (wpa && (b->group & ~(CIPHER(TKIP) | CIPHER(CCMP_128))))
		return wrong(c, "group_cipher", "WPA version 1 knows TKIP and CCMP only, for group frames too");
	if (b->pmf && !rsn)
		return wrong(c, "ieee80211w", "ieee80211w protects the management frames of WPA2; it needs wpa=2");
	if (b->pmf == 2 && (wpa || (b->rsn_pairwise & CIPHER(TKIP))))
		return wrong(c, "ieee80211w",
			     "stations with WPA version 1 or TKIP cannot protect management frames: "
			     "ieee80211w=1, or wpa=2 and rsn_pairwise=CCMP");
	if (!b->group_mgmt)
		b->group_mgmt = CIPHER(BIP_CMAC_128);
	if (!given(b, "wpa_group_rekey"))
		b->group_rekey_s = b->group & CIPHER(TKIP) ? 600 : 86400;
	return true;
}

static bool check_bss(struct check *c)
{
	const struct hostapd_bss *b = c->bss;

	if (!b->interface[0])
		return wrong(c, "interface", "the network has no interface: interface=wlan0");
	if (!b->ssid.len)
		return wrong(c, "ssid", "the network has no name: ssid=TEXT");
	if (b->ieee8021x)
		return wrong(c, "ieee8021x", "802.1X comes with a later version: ieee8021x=0");
	if (b->auth_algs == 2)
		return wrong(c, "auth_algs",
			     "shared-key authentication gives the WEP key away; it is not done here: auth_algs=1");
	if (b->acl == 2)
		return wrong(c, "macaddr_acl",
			     "asking a RADIUS server for addresses is not done here: macaddr_acl=0 or 1");
	if (b->acl == 1 && !b->accept_file[0])
		return wrong(c, "macaddr_acl", "macaddr_acl=1 lets in who is listed in accept_mac_file; it is missing");
	if (!b->wpa)
		return check_open(c);
	for (int i = 0; i < 4; i++)
		if (b->wep[i].set)
			return wrong(c, "wpa",
				     "a network is WEP or WPA, not both: wep_key0 and wpa exclude each other");
	return check_akms(c) && check_ciphers(c);
}

uint16_t hostapd_channel(bool five, uint32_t channel)
{
	if (!five)
		return channel >= 1 && channel <= 13 ? (uint16_t)(2407 + 5 * channel) : channel == 14 ? 2484 : 0;
	if ((channel >= 36 && channel <= 64 && channel % 4 == 0) ||
	    (channel >= 100 && channel <= 144 && channel % 4 == 0) ||
	    (channel >= 149 && channel <= 177 && channel % 4 == 1))
		return (uint16_t)(5000 + 5 * channel);
	return 0;
}

static bool check_radio(struct hostapd_conf *conf, struct check *c)
{
	struct hostapd_radio *r = &conf->radio;
	bool five = r->hw_mode == HOSTAPD_MODE_A || (r->hw_mode == HOSTAPD_MODE_ANY && r->channel > 14);

	c->bss = &conf->bss[0];
	if (!r->channel)
		r->channel = five ? 36 : 1;
	conf->freq_mhz = hostapd_channel(five, r->channel);
	if (conf->freq_mhz)
		return true;
	why_set(c->why, false, "there is no channel %u in the %s GHz band (hw_mode=%c): %s", r->channel,
		five ? "5" : "2.4", "abg?"[r->hw_mode],
		five ? "36 to 64 and 100 to 144 by 4, 149 to 177 by 4" : "1 to 14");
	return text_at(c->file, line_of(c->bss, "channel"), c->why);
}

static bool check(struct hostapd_conf *conf, const char *file, struct why *why)
{
	struct check c = {.file = file, .why = why, .remarks = &conf->remarks};

	for (size_t i = 0; i < conf->bss_count; i++) {
		c.bss = &conf->bss[i];
		if (!check_bss(&c))
			return false;
		for (size_t k = 0; k < i; k++)
			if (!strcmp(conf->bss[k].interface, c.bss->interface))
				return wrong(&c, "bss", "two networks have the same interface");
	}
	return check_radio(conf, &c);
}

bool hostapd_conf_parse(struct hostapd_conf *conf, const char *text, const char *file, struct why *why)
{
	struct text_lines *l = text_lines_new(text, file, why);
	struct reading r = {.conf = conf, .file = file, .why = why};
	bool ok = l;

	memset(conf, 0, sizeof *conf);
	if (!l)
		return false;
	opt_defaults(hostapd_conf_options, &r.keys);
	r.keys.bss.begin = 1;
	while (ok && text_next(l, why))
		ok = read_line(&r, l->line, l->number) || text_at(file, l->number, why);
	ok = ok && !why->text[0];
	if (ok && !end_bss(&r))
		ok = text_at(file, l->number, why);
	conf->radio = r.keys.radio;
	crypto_wipe(&r.keys, sizeof r.keys);
	text_lines_free(l);
	return ok && check(conf, file, why);
}

void hostapd_conf_free(struct hostapd_conf *conf)
{
	for (size_t i = 0; i < conf->bss_count; i++) {
		struct hostapd_bss *b = &conf->bss[i];

		if (b->pmks)
			crypto_wipe(b->pmks, (b->psks.count + 1) * sizeof *b->pmks);
		free(b->pmks);
		if (b->psks.list)
			crypto_wipe(b->psks.list, b->psks.count * sizeof *b->psks.list);
		free(b->psks.list);
		free(b->accept.list);
		free(b->deny.list);
	}
	text_remarks_free(&conf->remarks);
	crypto_wipe(conf, sizeof *conf);
}
