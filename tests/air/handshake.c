/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole session between the authenticator and the supplicant of src/rsn, for programs that judge it: 802.11 frames,
 * one a line, in hexadecimal.
 *
 *	handshake SUITE SSID PASSPHRASE [THE STATION'S PASSPHRASE]
 *
 * A beacon, an association request and the handshake come first.  Then what the lines of the input ask for:
 * "> BODY" to the station, "< BODY" from it, "* BODY" to the group, "ptk" and "gtk" new keys, "wish N" what the station
 * asks for (enum supplicant_wish), "back" a reassociation that names the PMK.
 */
#include "../unit/pair.h"
#include "hex.h"

#include "rsn/pmksa.h"
#include "softmac/key.h"
#include "wire/ieee80211.h"

#include <errno.h>

struct row {
	const char *name;
	struct rsn_suite suite;
};

static const struct row rows[] = {
	{"wpa-tkip", {true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHERS}},
	{"wpa-ccmp", {true, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHERS}},
	{"wpa2-tkip", {false, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHERS}},
	{"wpa2-mixed", {false, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHERS}},
	{"wpa2-ccmp", {false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHERS}},
	{"wpa2-gcmp", {false, AKM_PSK, CIPHER_GCMP_128, CIPHER_GCMP_128, CIPHERS}},
	{"sha256-ccmp", {false, AKM_PSK_SHA256, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128}},
	{"sha256-ccmp-256", {false, AKM_PSK_SHA256, CIPHER_CCMP_256, CIPHER_CCMP_256, CIPHER_BIP_CMAC_256}},
	{"sha256-gcmp-256", {false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256}},
};

/* What goes over the air, and under which keys. */
struct air {
	struct pair p;
	struct key ap, station, group;
	uint16_t sequence;
};

/* A header of 24 bytes. `to`: '>' to the station, '<' from it, '*' to all. */
static size_t header(struct air *air, uint8_t *out, uint16_t fc, char to)
{
	const struct rsn_pair *ends = &air->p.a.setup.ends;
	const uint8_t *ap = ends->aa, *station = ends->spa;
	bool data = dot11_is_data(fc);

	put_le16(out, fc | (!data ? 0 : to == '<' ? FC_TO_DS : FC_FROM_DS));
	put_le16(out + DOT11_DURATION, 0);
	memset(out + DOT11_ADDR1, 0xff, 6);
	if (to != '*')
		memcpy(out + DOT11_ADDR1, to == '<' ? ap : station, 6);
	memcpy(out + DOT11_ADDR2, to == '<' ? station : ap, 6);
	memcpy(out + DOT11_ADDR3, ap, 6);
	put_le16(out + DOT11_SEQ, (uint16_t)(air->sequence++ << 4));
	return DOT11_HDR_MIN;
}

static void data(struct air *air, char to, bool protected, const uint8_t *body, size_t len)
{
	struct key *k = to == '<' ? &air->station : to == '>' ? &air->ap : &air->group;
	uint8_t bytes[2400];
	size_t n = header(air, bytes, FC_DATA, to);
	struct frame *f;

	memcpy(bytes + n, body, len);
	f = frame_from(bytes, n + len, 0, 0);
	if (protected) {
		assert_int_equal(key_seal_msdu(k, f), NOT_DROPPED);
		assert_int_equal(key_seal(k, f), NOT_DROPPED);
	}
	print_bytes(f->data, f->len);
	frame_free(f);
}

static void management(struct air *air, uint16_t fc, char to, const char *fixed, size_t fixed_len, const char *ssid,
		       const uint8_t *element, size_t len)
{
	uint8_t bytes[600];
	size_t n = header(air, bytes, fc, to);

	memcpy(bytes + n, fixed, fixed_len);
	n += fixed_len;
	bytes[n++] = EID_SSID;
	bytes[n++] = (uint8_t)strlen(ssid);
	memcpy(bytes + n, ssid, strlen(ssid));
	n += strlen(ssid);
	memcpy(bytes + n, "\1\4\x82\x84\x8b\x96", 6); /* rates */
	memcpy(bytes + n + 6, element, len);
	print_bytes(bytes, n + 6 + len);
}

static void install(struct air *air, struct key *k, const struct rsn_key *key, bool ap)
{
	int e = key->len ? key_set(k, air->p.c, key->cipher, key->bytes, key->len,
				   (struct key_use){.id = key->id, .authenticator = ap})
			 : -EALREADY;

	assert_true(e == 0 || e == -EALREADY);
}

/* Everything on the wire is delivered, and seen on the air. */
static void run(struct air *air)
{
	static const uint8_t snap[8] = {0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e};
	uint8_t body[8 + RSN_FRAME_MAX];

	while (air->p.count) {
		struct flying f = pair_next(&air->p, 0);

		memcpy(body, snap, 8);
		memcpy(body + 8, f.bytes, f.len);
		data(air, f.to_supplicant ? '>' : '<', f.protected, body, 8 + f.len);
		pair_deliver(&air->p, &f);
		install(air, &air->ap, &air->p.at_a.ptk, true);
		/* The station seals what it sends with its new key only from the next frame on. */
		if (!air->p.count || !air->p.flying[0].protected || !f.to_supplicant)
			install(air, &air->station, &air->p.at_s.ptk, false);
	}
	install(air, &air->station, &air->p.at_s.ptk, false);
	install(air, &air->group, &air->p.group.gtk, true);
}

/* The station comes back and says which PMK they had together. */
static void come_back(struct air *air, const char *ssid)
{
	struct supplicant_setup su = air->p.s.setup;
	struct authenticator_setup au = air->p.a.setup;
	const struct rsn_suite *suite = &su.suite;
	struct pmksa_cache cache;
	struct rsn_element e;

	assert_int_equal(pmksa_init(&cache, 4, PMKSA_LIFETIME_NS), 0);
	assert_int_equal(pmksa_add(&cache, air->p.c, suite->akm, su.pmk, &su.ends, 0, 0), 0);
	assert_int_equal(rsn_parse(&e, (struct span){su.own, su.own_len}), NOT_DROPPED);
	e.pmkids = (struct span){pmksa_find(&cache, suite->akm, &su.ends, (struct span){0}, 0)->pmkid, PMKID_LEN};
	su.own_len = au.theirs_len = rsn_write(&e, su.own);
	memcpy(au.theirs, su.own, su.own_len);
	au.likely = air->p.a.pmk;
	pmksa_free(&cache);
	management(air, 0x0020, '<', "\x11\0\x0a\0\2\0\0\0\0\2", 10, ssid, su.own, su.own_len);
	authenticator_init(&air->p.a, air->p.c, &air->p.group, &au);
	supplicant_init(&air->p.s, air->p.c, &su);
	/* It may get the group key again that it had: it has forgotten all. */
	memset(&air->p.at_s, 0, sizeof air->p.at_s);
	pair_start(&air->p);
}

static void obey(struct air *air, const char *ssid, const char *line)
{
	uint8_t body[2304];
	struct rsn_out out;

	if (strncmp(line, "ptk", 3) == 0) {
		pair_start(&air->p);
	} else if (strncmp(line, "gtk", 3) == 0) {
		new_group(&air->p);
		tell_group(&air->p);
	} else if (strncmp(line, "wish ", 5) == 0) {
		assert_int_equal(supplicant_request(&air->p.s, (enum supplicant_wish)atoi(line + 5), &out), 0);
		pair_take(&air->p, true, &out);
	} else if (strncmp(line, "back", 4) == 0) {
		come_back(air, ssid);
	} else {
		data(air, line[0], true, body, unhex(body, sizeof body, line + 2));
	}
	run(air);
}

int main(int argc, char **argv)
{
	static char line[8192];
	static struct air air;
	const struct rsn_suite *suite = NULL;
	struct crypto *c = crypto_new();
	const char *ssid;

	for (size_t i = 0; argc > 3 && i < COUNT(rows); i++)
		if (strcmp(argv[1], rows[i].name) == 0)
			suite = &rows[i].suite;
	if (!suite || !c)
		return 2;
	ssid = argv[2];
	pair_setup(&air.p, c, suite);
	for (int end = 0; end < 2; end++) {
		const char *passphrase = argv[end && argc > 4 ? 4 : 3];

		if (kdf_pmk(c, passphrase, strlen(passphrase), (const uint8_t *)ssid, strlen(ssid),
			    end ? air.p.s.setup.pmk : air.p.pmks[0]))
			return 2;
	}
	management(&air, 0x0080, '*', "\0\0\0\0\0\0\0\0\x64\0\x11\0", 12, ssid, air.p.a.setup.own,
		   air.p.a.setup.own_len);
	management(&air, 0x0000, '<', "\x11\0\x0a\0", 4, ssid, air.p.s.setup.own, air.p.s.setup.own_len);
	pair_start(&air.p);
	run(&air);
	if (!pair_agrees(&air.p))
		return 1;
	while (fgets(line, sizeof line, stdin))
		obey(&air, ssid, line);
	key_wipe(&air.ap);
	key_wipe(&air.station);
	key_wipe(&air.group);
	crypto_free(c);
	return 0;
}
