/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that hostapd.conf names, and what an access point is set up with. */
#include "conf/hostapd_conf.h"

#include "base/mac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for one more; wipes what moves. */
static void *grow(void *list, size_t *room, size_t count, size_t size)
{
	void *more;

	if (count < *room)
		return list;
	more = calloc(*room ? 2 * *room : 16, size);
	if (more && count) {
		memcpy(more, list, count * size);
		crypto_wipe(list, count * size);
	}
	if (more) {
		free(list);
		*room = *room ? 2 * *room : 16;
	}
	return more;
}

/* Cuts the first word off *rest, which moves behind it; NULL at the end. */
static char *word(char **rest)
{
	char *w;

	*rest += strspn(*rest, " \t");
	w = **rest ? *rest : NULL;
	*rest += strcspn(*rest, " \t");
	if (**rest)
		*(*rest)++ = '\0';
	return w;
}

/* ---- wpa_psk_file ---- */

/* One of the words NAME=VALUE that may stand before an address. Returns false: it is none that there is. */
static bool psk_word(struct hostapd_psk *p, const char *w, const struct text_lines *l, struct text_remarks *remarks,
		     struct why *why)
{
	if (!strncmp(w, "keyid=", 6)) {
		if (!w[6] || strlen(w + 6) > AP_KEYID_MAX)
			return why_set(why, false, "keyid has 1 to %d characters", AP_KEYID_MAX);
		strcpy(p->keyid, w + 6);
		return true;
	}
	if (!strncmp(w, "vlanid=", 7) || !strncmp(w, "wps=", 4)) {
		text_remark(remarks, l->file, l->number, "`%.*s` is known, and not used here", (int)strcspn(w, "="), w);
		return true;
	}
	return why_set(why, false,
		       "a line is [keyid=NAME] ADDRESS PASSPHRASE, and the word before the address is no keyid=");
}

static bool psk_line(struct hostapd_psk *p, struct text_lines *l, struct text_remarks *remarks, struct why *why)
{
	char *rest = l->line, *w = word(&rest);

	for (; w && strchr(w, '='); w = word(&rest))
		if (!psk_word(p, w, l, remarks, why))
			return false;
	if (!w || !mac_parse(p->addr, w) || mac_is_group(p->addr))
		return why_set(why, false,
			       "a line is [keyid=NAME] ADDRESS PASSPHRASE; the address is a station's, or "
			       "00:00:00:00:00:00 for everybody");
	/* The passphrase may hold blanks. */
	if (strlen(rest) == 2 * PMK_LEN)
		return text_pmk(&p->psk, rest, why);
	return text_passphrase(&p->psk, rest, strlen(rest), why);
}

bool hostapd_psks_parse(struct hostapd_psks *psks, const char *text, const char *file, struct text_remarks *remarks,
			struct why *why)
{
	struct text_lines *l = text_lines_new(text, file, why);
	bool ok = l;

	while (ok && text_next(l, why)) {
		struct hostapd_psk *more;

		if (l->line[0] == '#' || !l->line[strspn(l->line, " \t")])
			continue;
		more = grow(psks->list, &psks->room, psks->count, sizeof *more);
		if (!more) {
			ok = why_set(why, false, "no memory");
			break;
		}
		psks->list = more;
		more[psks->count] = (struct hostapd_psk){0};
		ok = psk_line(&more[psks->count], l, remarks, why) || text_at(file, l->number, why);
		psks->count += ok;
	}
	text_lines_free(l);
	return ok && !why->text[0];
}

/* ---- accept_mac_file, deny_mac_file ---- */

static void addrs_remove(struct hostapd_addrs *a, const uint8_t addr[6])
{
	for (size_t i = 0; i < a->count;)
		if (mac_equal(a->list[i], addr))
			memcpy(a->list[i], a->list[--a->count], 6);
		else
			i++;
}

static bool addr_line(struct hostapd_addrs *addrs, struct text_lines *l, struct text_remarks *remarks, struct why *why)
{
	char *rest = l->line, *w = word(&rest);
	bool less = w && *w == '-'; /* hostapd: takes an address out that stood before */
	uint8_t addr[6];
	void *more;

	if (!w || *w == '#')
		return true;
	if (!mac_parse(addr, w + less)) {
		why_set(why, false, "this is no MAC address: `%.60s`", w + less);
		return text_at(l->file, l->number, why);
	}
	if (word(&rest))
		text_remark(remarks, l->file, l->number, "what stands behind the address (a VLAN) is not used here");
	if (less) {
		addrs_remove(addrs, addr);
		return true;
	}
	more = grow(addrs->list, &addrs->room, addrs->count, sizeof *addrs->list);
	if (!more)
		return why_set(why, false, "%.160s: no memory", l->file);
	addrs->list = more;
	memcpy(addrs->list[addrs->count++], addr, 6);
	return true;
}

bool hostapd_addrs_parse(struct hostapd_addrs *addrs, const char *text, const char *file, struct text_remarks *remarks,
			 struct why *why)
{
	struct text_lines *l = text_lines_new(text, file, why);
	bool ok = l;

	while (ok && text_next(l, why))
		ok = addr_line(addrs, l, remarks, why);
	text_lines_free(l);
	return ok && !why->text[0];
}

/* ---- all of it ---- */

static bool load_addrs(struct hostapd_addrs *a, const char *path, struct text_remarks *remarks, struct why *why)
{
	char *text = *path ? text_load(path, why) : NULL;
	bool ok = !*path || (text && hostapd_addrs_parse(a, text, path, remarks, why));

	text_free(text);
	return ok;
}

static bool load_bss(struct hostapd_bss *b, struct text_remarks *remarks, struct why *why)
{
	if (b->wpa && b->psk_file[0]) {
		char *text = text_load(b->psk_file, why);
		bool ok = text && hostapd_psks_parse(&b->psks, text, b->psk_file, remarks, why);

		text_free(text);
		if (!ok)
			return false;
		if (!b->psks.count && !b->passphrase.set && !b->psk.set)
			return why_set(why, false, "%.200s: there is no passphrase in it", b->psk_file);
	}
	return load_addrs(&b->accept, b->accept_file, remarks, why) && load_addrs(&b->deny, b->deny_file, remarks, why);
}

bool hostapd_conf_load(struct hostapd_conf *conf, const char *path, struct why *why)
{
	char *text = text_load(path, why);
	bool ok;

	memset(conf, 0, sizeof *conf);
	ok = text && hostapd_conf_parse(conf, text, path, why);
	text_free(text);
	for (size_t i = 0; ok && i < conf->bss_count; i++)
		ok = load_bss(&conf->bss[i], &conf->remarks, why);
	return ok;
}

/* ---- the access point's structure ---- */

static enum cipher only(uint32_t set)
{
	enum cipher c = 0;

	while (c < CIPHERS && set != 1u << c)
		c++;
	return c;
}

/* The PMK of each passphrase, those of the file first. */
static int derive(struct hostapd_bss *b, struct crypto *c, size_t *count)
{
	const struct text_psk *general = b->psk.set ? &b->psk : &b->passphrase;
	int r = 0;

	free(b->pmks);
	b->pmks = calloc(b->psks.count + 1, sizeof *b->pmks);
	if (!b->pmks)
		return -ENOMEM;
	for (*count = 0; r == 0 && *count < b->psks.count; (*count)++) {
		const struct hostapd_psk *p = &b->psks.list[*count];
		struct ap_psk *to = &b->pmks[*count];

		memcpy(to->addr, p->addr, sizeof to->addr);
		memcpy(to->keyid, p->keyid, sizeof to->keyid);
		r = text_psk_pmk(&p->psk, c, b->ssid.bytes, b->ssid.len, to->pmk);
	}
	if (r == 0 && general->set)
		r = text_psk_pmk(general, c, b->ssid.bytes, b->ssid.len, b->pmks[(*count)++].pmk);
	return r;
}

static bool setup_bss(struct hostapd_bss *b, struct crypto *c, struct ap_bss_setup *s, struct why *why)
{
	uint32_t ciphers = b->wpa_pairwise | b->rsn_pairwise | b->group;

	*s = (struct ap_bss_setup){
		.ssid_len = b->ssid.len,
		.hidden = b->hidden,
		.wpa = b->wpa & 1,
		.rsn = b->wpa & 2,
		.akms = b->wpa ? b->akms.set : 0,
		.wpa_pairwise = b->wpa_pairwise,
		.rsn_pairwise = b->rsn_pairwise,
		.group = b->wpa ? only(b->group) : CIPHERS,
		.group_mgmt = b->pmf ? only(b->group_mgmt) : CIPHERS,
		.pmf = b->pmf,
		.wep = b->wep[0].set ? b->wep[0].cipher : CIPHERS,
		.group_rekey_s = b->group_rekey_s,
		.ptk_rekey_s = b->ptk_rekey_s,
		.group_rekey_strict = b->strict_rekey,
		.max_stations = b->max_stations,
		.accept_listed_only = b->acl == 1,
		.accept = {(const uint8_t(*)[6])b->accept.list, b->accept.count},
		.deny = {(const uint8_t(*)[6])b->deny.list, b->deny.count},
		.isolate = b->isolate,
		.max_inactivity_s = b->inactivity_s,
		.wmm = b->wmm,
	};
	memcpy(s->bssid, b->bssid, sizeof s->bssid);
	memcpy(s->ssid, b->ssid.bytes, sizeof s->ssid);
	memcpy(s->wep_key, b->wep[0].key, sizeof s->wep_key);
	if ((s->wep != CIPHERS || (ciphers & 1u << CIPHER_TKIP)) && !crypto_has_rc4(c))
		return why_set(why, false,
			       "WEP and TKIP need RC4, and OpenSSL's legacy provider (legacy.so) is not installed");
	if (b->wpa && derive(b, c, &s->psk_count) != 0)
		return why_set(why, false, "the keys of %.16s cannot be computed: no memory", b->interface);
	s->psks = b->pmks;
	return true;
}

bool hostapd_conf_setup(struct hostapd_conf *conf, struct crypto *c, struct ap_setup *setup, struct why *why)
{
	*setup = (struct ap_setup){
		.freq_mhz = conf->freq_mhz,
		.b_rates = conf->freq_mhz < 3000,
		.beacon_tu = (uint16_t)conf->radio.beacon_int,
		.dtim_period = (uint8_t)conf->radio.dtim_period,
		.fragment = (uint16_t)conf->radio.fragment,
		.bss_count = (unsigned)conf->bss_count,
	};
	memcpy(setup->country, conf->radio.country, sizeof setup->country);
	for (size_t i = 0; i < conf->bss_count; i++)
		if (!setup_bss(&conf->bss[i], c, &setup->bss[i], why))
			return false;
	return true;
}
