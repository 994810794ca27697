/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/wpa_conf.h"

#include "base/mac.h"
#include "conf/wpa_keys.h"

#include <stdlib.h>
#include <string.h>

#define CIPHER(c) (1u << CIPHER_##c)
#define WHERE_ALL (CIPHER(BIP_CMAC_128) | CIPHER(BIP_CMAC_256) | CIPHER(BIP_GMAC_128) | CIPHER(BIP_GMAC_256))

struct reading {
	struct wpa_conf *conf;
	struct wpa_network block;
	bool in_block, skip_braces; /* blob-base64-…={ and cred={ are passed over */
	size_t remarks_before;      /* of this block: what is said of its keys goes with it */
	const char *file;
	struct why *why;
};

/* ---- what fits together ---- */

static size_t row_of(const char *key)
{
	return (size_t)(opt_find(wpa_network_options, key) - wpa_network_options);
}

static unsigned line_of(const struct wpa_network *n, const char *key)
{
	unsigned line = n->line[row_of(key)];

	return line ? line : n->begin;
}

static bool wrong(struct reading *r, const char *key, const char *text)
{
	why_set(r->why, false, "%s", text);
	return text_at(r->file, line_of(&r->block, key), r->why);
}

/* Says why a block is not used, instead of what was to be said of its keys. */
static bool skip(struct reading *r, const char *text, const char *detail)
{
	r->conf->remarks.count = r->remarks_before;
	text_remark(&r->conf->remarks, r->file, r->block.begin, "this network is not used: %s%s", text, detail);
	return true;
}

/* Returns whether the block is fine, or skipped (then *use becomes false). */
static bool check_akms(struct reading *r, bool *use)
{
	struct wpa_network *n = &r->block;
	struct text_akms *a = &n->akms;

	if (!n->line[row_of("key_mgmt")]) {
		/* wpa_supplicant's default is WPA-PSK and 802.1X: it is the psk that tells. */
		if (!n->psk.set)
			return wrong(r, "key_mgmt", "the network has no psk; an open one says key_mgmt=NONE");
		a->set = 1u << AKM_PSK;
	}
	if (!a->set && !a->none) {
		*use = false;
		return skip(r, "it needs what comes with a later version, key_mgmt=", a->other);
	}
	if (a->others)
		text_remark(&r->conf->remarks, r->file, line_of(n, "key_mgmt"),
			    "of key_mgmt, %s%s comes with a later version", a->other,
			    a->others > 1 ? " (and more)" : "");
	if (a->set && a->none) {
		/* A block is for one kind of network: the protected one, if there is a key for it. */
		a->none = !n->psk.set;
		a->set = n->psk.set ? a->set : 0;
		text_remark(&r->conf->remarks, r->file, line_of(n, "key_mgmt"),
			    "of key_mgmt, %s is used: a network is open or "
			    "protected",
			    a->none ? "only NONE" : "NONE is left out, for there is a psk, and the rest");
	}
	if (a->none && n->psk.set)
		return wrong(r, "psk", "there is a psk, but key_mgmt=NONE is an open network");
	if (a->set && !n->psk.set)
		return wrong(r, "key_mgmt", "the network has no psk");
	return true;
}

static bool check_ciphers(struct reading *r)
{
	struct wpa_network *n = &r->block;

	if (n->akms.set == 1u << AKM_PSK_SHA256 && !n->rsn)
		return wrong(r, "key_mgmt", "WPA-PSK-SHA256 needs WPA2: proto=RSN");
	/* proto=WPA without ciphers is a legacy network, and says so. */
	if (!n->pairwise)
		n->pairwise = TEXT_MODERN | (n->wpa ? CIPHER(TKIP) : 0);
	if (!n->group)
		n->group = TEXT_MODERN | (n->pairwise & CIPHER(TKIP));
	if (!n->group_mgmt)
		n->group_mgmt = WHERE_ALL;
	if (n->pmf == 2 && !n->rsn)
		return wrong(r, "ieee80211w", "ieee80211w=2 needs WPA2: proto=RSN");
	if (n->pmf == 2 && !(n->pairwise & ~CIPHER(TKIP)))
		return wrong(r, "ieee80211w", "ieee80211w=2 does not go with TKIP");
	return true;
}

static bool check_wep(struct reading *r)
{
	struct wpa_network *n = &r->block;

	for (int i = 0; i < 4; i++) {
		if (n->wep[i].set && !n->akms.none)
			return wrong(r, "wep_key0", "a network is WEP or WPA, not both: wep_key0 needs key_mgmt=NONE");
		if (n->wep[i].set && !n->wep[0].set)
			return wrong(r, "wep_key0", "of the WEP keys only wep_key0 is used here; it is missing");
	}
	if (n->wep[0].set && n->wep_tx)
		return wrong(r, "wep_tx_keyidx", "of the WEP keys only wep_key0 is used here: wep_tx_keyidx=0");
	return true;
}

static bool check_block(struct reading *r, bool *use)
{
	struct wpa_network *n = &r->block;

	*use = true;
	if (n->mode) {
		*use = false;
		return skip(r, "mode is not 0, a station", "");
	}
	if (!check_akms(r, use))
		return false;
	if (!*use)
		return true;
	if (!n->ssid.len && !n->akms.none)
		return wrong(r, "ssid", "the network has no name: ssid=\"TEXT\"");
	if (!n->wpa && !n->rsn)
		n->rsn = true;
	return check_wep(r) && (n->akms.none || check_ciphers(r));
}

/* ---- reading ---- */

static bool unknown(const struct opt *options, const char *const *unused, const char *key, const char *where,
		    struct why *why)
{
	struct nearest best = NEAREST_NONE;

	for (const struct opt *o = options; o->name; o++)
		nearest_offer(&best, key, o->name);
	text_offer(&best, key, unused);
	if (best.word)
		return why_set(why, false, "there is no key `%.60s`%s; did you mean `%s`?", key, where, best.word);
	return why_set(why, false, "there is no key `%.60s`%s", key, where);
}

static bool set_global(struct reading *r, const char *key, const char *value, unsigned line)
{
	const struct opt *o = opt_find(wpa_global_options, key);

	if (o)
		return opt_set(o, &r->conf->global, value, r->why);
	if (opt_find(wpa_network_options, key))
		return why_set(r->why, false, "`%.60s` belongs into a block network={ … }", key);
	if (!text_listed(wpa_global_unused, key))
		return unknown(wpa_global_options, wpa_global_unused, key, "", r->why);
	text_remark(&r->conf->remarks, r->file, line, "`%.60s` is known, and not used here", key);
	return true;
}

static bool set_network(struct reading *r, const char *key, const char *value, unsigned line)
{
	const struct opt *o = opt_find(wpa_network_options, key);

	if (!o && text_listed(wpa_network_unused, key)) {
		text_remark(&r->conf->remarks, r->file, line, "`%.60s` is known, and not used here", key);
		return true;
	}
	if (!o)
		return unknown(wpa_network_options, wpa_network_unused, key, " in a network", r->why);
	r->block.line[o - wpa_network_options] = line;
	return opt_set(o, &r->block, value, r->why);
}

static bool add(struct wpa_conf *conf, const struct wpa_network *n)
{
	if (conf->count == conf->room) {
		size_t room = conf->room ? 2 * conf->room : 8;
		struct wpa_network *more = calloc(room, sizeof *more);

		if (!more)
			return false;
		if (conf->count) {
			memcpy(more, conf->list, conf->count * sizeof *more);
			crypto_wipe(conf->list, conf->count * sizeof *more);
		}
		free(conf->list);
		conf->list = more;
		conf->room = room;
	}
	conf->list[conf->count++] = *n;
	return true;
}

static bool end_block(struct reading *r)
{
	bool use;

	r->in_block = false;
	/* It says itself where the mistake is. */
	if (!check_block(r, &use))
		return false;
	if (use && !add(r->conf, &r->block))
		return why_set(r->why, false, "%.160s: no memory", r->file);
	crypto_wipe(&r->block, sizeof r->block);
	return true;
}

static void begin_block(struct reading *r, unsigned line)
{
	memset(&r->block, 0, sizeof r->block);
	opt_defaults(wpa_network_options, &r->block);
	r->block.begin = line;
	r->remarks_before = r->conf->remarks.count;
	r->in_block = true;
}

/* A comment ends a line, but a # between the first and the last quote is none. */
static void cut_comment(char *s)
{
	char *quote = strchr(s, '"'), *last = quote ? strrchr(s, '"') : NULL;
	char *hash = strchr(last && last != quote ? last : s, '#');

	if (hash)
		*hash = '\0';
}

/* NAME={, with blanks where people put them. */
static bool opens(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(line, name, n) != 0)
		return false;
	line += n + strspn(line + n, " \t");
	if (*line++ != '=')
		return false;
	return !strcmp(line + strspn(line, " \t"), "{");
}

static bool read_line(struct reading *r, char *text, unsigned line)
{
	char *equals, *key, *value;
	bool ok;

	text += strspn(text, " \t");
	if (*text == '#')
		return true;
	cut_comment(text);
	text = text_trim(text);
	if (!*text)
		return true;
	if (!strcmp(text, "}") && r->in_block)
		return end_block(r);
	if (r->skip_braces) {
		r->skip_braces = strcmp(text, "}") != 0;
		return true;
	}
	if (!r->in_block && (!strncmp(text, "blob-base64-", 12) || opens(text, "cred"))) {
		text_remark(&r->conf->remarks, r->file, line, "this block is known, and not used here");
		r->skip_braces = true;
		return true;
	}
	if (!r->in_block && opens(text, "network")) {
		begin_block(r, line);
		return true;
	}
	equals = strchr(text, '=');
	if (!equals) {
		why_set(r->why, false, "this is neither KEY=VALUE nor network={ nor a comment, which begins with #");
		return text_at(r->file, line, r->why);
	}
	*equals = '\0';
	key = text_trim(text);
	value = text_trim(equals + 1);
	ok = r->in_block ? set_network(r, key, value, line) : set_global(r, key, value, line);
	return ok || text_at(r->file, line, r->why);
}

static bool ended(struct reading *r)
{
	if (r->in_block || r->skip_braces)
		return why_set(r->why, false, "%.160s:%u: the block that begins here is not closed: }", r->file,
			       r->in_block ? r->block.begin : 1);
	if (!r->conf->count)
		return why_set(r->why, false, "%.160s: there is no network in it that could be used", r->file);
	return true;
}

bool wpa_conf_parse(struct wpa_conf *conf, const char *text, const char *file, struct why *why)
{
	struct text_lines *l = text_lines_new(text, file, why);
	struct reading *r = calloc(1, sizeof *r);
	bool ok = l && r;

	memset(conf, 0, sizeof *conf);
	opt_defaults(wpa_global_options, &conf->global);
	if (ok) {
		*r = (struct reading){.conf = conf, .file = file, .why = why};
		while (ok && text_next(l, why))
			ok = read_line(r, l->line, l->number);
		ok = ok && !why->text[0] && ended(r);
		crypto_wipe(r, sizeof *r);
	} else {
		why_set(why, 0, "%.160s: no memory", file);
	}
	text_lines_free(l);
	free(r);
	return ok;
}

bool wpa_conf_load(struct wpa_conf *conf, const char *path, struct why *why)
{
	char *text = text_load(path, why);
	bool ok;

	memset(conf, 0, sizeof *conf);
	ok = text && wpa_conf_parse(conf, text, path, why);
	text_free(text);
	return ok;
}

void wpa_conf_free(struct wpa_conf *conf)
{
	if (conf->list)
		crypto_wipe(conf->list, conf->count * sizeof *conf->list);
	if (conf->networks)
		crypto_wipe(conf->networks, conf->count * sizeof *conf->networks);
	free(conf->list);
	free(conf->networks);
	text_remarks_free(&conf->remarks);
	memset(conf, 0, sizeof *conf);
}

/* ---- the station's structure ---- */

static const uint16_t *freqs_of(const struct wpa_network *n)
{
	return n->freq_list.list[0] ? n->freq_list.list : n->scan_freq.list;
}

static bool setup_network(const struct wpa_network *n, const struct wpa_global *g, struct crypto *c,
			  struct sta_network *s, struct why *why)
{
	*s = (struct sta_network){
		.ssid_len = n->ssid.len,
		.any_bssid = !n->bssid.set,
		.scan_ssid = n->scan_ssid,
		.disabled = n->disabled,
		.priority = n->priority,
		.open = n->akms.none,
		.wpa = n->wpa && !n->akms.none,
		.rsn = n->rsn && !n->akms.none,
		.akms = n->akms.set,
		.pairwise = n->pairwise,
		.group = n->group,
		.group_mgmt = n->group_mgmt,
		.pmf = n->pmf == 3 ? g->pmf : n->pmf,
		.wep = n->wep[0].set ? n->wep[0].cipher : CIPHERS,
		.ptk_rekey_s = n->ptk_rekey_s,
		.freqs_bind = n->freq_list.list[0],
	};
	memcpy(s->ssid, n->ssid.bytes, sizeof s->ssid);
	memcpy(s->bssid, n->bssid.addr, sizeof s->bssid);
	memcpy(s->wep_key, n->wep[0].key, sizeof s->wep_key);
	memcpy(s->freqs, freqs_of(n), sizeof s->freqs);
	/* What pmf asks of all networks is not asked of those that cannot have it. */
	if (n->akms.none || !n->rsn)
		s->pmf = 0;
	if ((s->wep != CIPHERS || ((s->pairwise | s->group) & CIPHER(TKIP))) && !crypto_has_rc4(c))
		return why_set(why, false,
			       "WEP and TKIP need RC4, and OpenSSL's legacy provider (legacy.so) is not installed");
	if (!s->open && text_psk_pmk(&n->psk, c, s->ssid, s->ssid_len, s->pmk) != 0)
		return why_set(why, false, "the key of a network cannot be computed: no memory");
	return true;
}

/* Then nobody needs to look elsewhere. */
static bool each_names_frequencies(const struct wpa_conf *conf)
{
	for (size_t i = 0; i < conf->count; i++)
		if (!conf->list[i].disabled && !freqs_of(&conf->list[i])[0])
			return false;
	return true;
}

bool wpa_conf_setup(struct wpa_conf *conf, struct crypto *c, struct sta_setup *setup, struct why *why)
{
	static const uint16_t all[] = {2412, 2437, 2462, 2417, 2422, 2427, 2432, 2442, 2447, 2452, 2457, 2467, 2472,
				       5180, 5200, 5220, 5240, 5260, 5280, 5300, 5320, 5500, 5520, 5540, 5560, 5580,
				       5600, 5620, 5640, 5660, 5680, 5700, 5720, 5745, 5765, 5785, 5805, 5825, 2484};

	*setup = (struct sta_setup){.passive = conf->global.passive_scan, .wmm = true, .network_count = conf->count};
	free(conf->networks);
	conf->networks = calloc(conf->count + 1, sizeof *conf->networks);
	if (!conf->networks)
		return why_set(why, false, "no memory");
	setup->networks = conf->networks;
	setup->freqs_bind = conf->global.freq_list.list[0];
	if (conf->global.freq_list.list[0])
		memcpy(setup->freqs, conf->global.freq_list.list, sizeof setup->freqs);
	else if (!each_names_frequencies(conf))
		memcpy(setup->freqs, all, sizeof all);
	for (size_t i = 0; i < conf->count; i++)
		if (!setup_network(&conf->list[i], &conf->global, c, &conf->networks[i], why))
			return false;
	return true;
}
