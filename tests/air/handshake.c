/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole session between the authenticator and the supplicant of src/rsn, for programs that judge it: 802.11 frames,
 * one a line, in hexadecimal.
 *
 *	handshake SUITE SSID PASSPHRASE [THE STATION'S PASSPHRASE]
 *
 * A beacon, an association request and the handshake come first.  Then what the lines of the input ask for:
 * "> BODY" to the station, "< BODY" from it, "* BODY" to the group, "ptk" and "gtk" new keys, "wish N" what the station
 * asks for (enum supplicant_request_type), "back" a reassociation that names the PMK.
 */
#include "../unit/handshake_pair.h"
#include "hex.h"

#include "rsn/pmksa.h"
#include "softmac/key.h"
#include "wire/ieee80211.h"

#include <errno.h>

struct suite_row {
	const char *name;
	struct rsn_suite suite;
};

static const struct suite_row rows[] = {
	{"wpa-tkip", {true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHER_NONE}},
	{"wpa-ccmp", {true, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHER_NONE}},
	{"wpa2-tkip", {false, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHER_NONE}},
	{"wpa2-mixed", {false, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHER_NONE}},
	{"wpa2-ccmp", {false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_NONE}},
	{"wpa2-gcmp", {false, AKM_PSK, CIPHER_GCMP_128, CIPHER_GCMP_128, CIPHER_NONE}},
	{"sha256-ccmp", {false, AKM_PSK_SHA256, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128}},
	{"sha256-ccmp-256", {false, AKM_PSK_SHA256, CIPHER_CCMP_256, CIPHER_CCMP_256, CIPHER_BIP_CMAC_256}},
	{"sha256-gcmp-256", {false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256}},
};

/* What goes over the air, and under which keys. */
struct air_capture {
	struct handshake_pair pair;
	struct key ap, station, group;
	uint16_t sequence;
};

/* A header of 24 bytes. `to`: '>' to the station, '<' from it, '*' to all. */
static size_t write_header(struct air_capture *air, uint8_t *out, uint16_t fc, char to)
{
	const struct rsn_addresses *ends = &air->pair.authenticator.setup.addresses;
	const uint8_t *ap = ends->aa, *station = ends->spa;
	bool data = dot11_is_data(fc);

	put_le16(out, fc | (!data ? 0 : to == '<' ? FC_TO_DS : FC_FROM_DS));
	put_le16(out + DOT11_OFF_DURATION, 0);
	memset(out + DOT11_OFF_ADDR1, 0xff, 6);
	if (to != '*')
		memcpy(out + DOT11_OFF_ADDR1, to == '<' ? ap : station, 6);
	memcpy(out + DOT11_OFF_ADDR2, to == '<' ? station : ap, 6);
	memcpy(out + DOT11_OFF_ADDR3, ap, 6);
	put_le16(out + DOT11_OFF_SEQ, (uint16_t)(air->sequence++ << 4));
	return DOT11_HDR_MIN;
}

static void write_data(struct air_capture *air, char to, bool protected, const uint8_t *body, size_t len)
{
	struct key *key = to == '<' ? &air->station : to == '>' ? &air->ap : &air->group;
	uint8_t bytes[2400];
	size_t count = write_header(air, bytes, FC_DATA, to);
	struct frame *frame;

	memcpy(bytes + count, body, len);
	frame = frame_from(bytes, count + len, 0, 0);
	if (protected) {
		assert_int_equal(key_seal_msdu(key, frame), NOT_DROPPED);
		assert_int_equal(key_seal(key, frame), NOT_DROPPED);
	}
	print_bytes(frame->data, frame->len);
	frame_free(frame);
}

static void write_management(struct air_capture *air, uint16_t fc, char to, const char *fixed, size_t fixed_len,
			     const char *ssid, const uint8_t *element, size_t len)
{
	uint8_t bytes[600];
	size_t count = write_header(air, bytes, fc, to);

	memcpy(bytes + count, fixed, fixed_len);
	count += fixed_len;
	bytes[count++] = EID_SSID;
	bytes[count++] = (uint8_t)strlen(ssid);
	memcpy(bytes + count, ssid, strlen(ssid));
	count += strlen(ssid);
	memcpy(bytes + count, "\1\4\x82\x84\x8b\x96", 6); /* rates */
	memcpy(bytes + count + 6, element, len);
	print_bytes(bytes, count + 6 + len);
}

static void install_key(struct air_capture *air, struct key *installed, const struct rsn_key *key, bool ap)
{
	int err = key->len ? key_set(installed, air->pair.crypto, key->cipher, key->bytes, key->len,
				     (struct key_params){.id = key->id, .authenticator = ap})
			   : -EALREADY;

	assert_true(err == 0 || err == -EALREADY);
}

/* Everything on the wire is delivered, and seen on the air. */
static void deliver_all(struct air_capture *air)
{
	static const uint8_t snap[8] = {0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e};
	uint8_t body[8 + RSN_FRAME_MAX];

	while (air->pair.count) {
		struct handshake_frame message = pair_take_frame(&air->pair, 0);

		memcpy(body, snap, 8);
		memcpy(body + 8, message.bytes, message.len);
		write_data(air, message.to_supplicant ? '>' : '<', message.protected, body, 8 + message.len);
		pair_deliver(&air->pair, &message);
		install_key(air, &air->ap, &air->pair.at_authenticator.ptk, true);
		/* The station seals what it sends with its new key only from the next frame on. */
		if (!air->pair.count || !air->pair.in_flight[0].protected || !message.to_supplicant)
			install_key(air, &air->station, &air->pair.at_supplicant.ptk, false);
	}
	install_key(air, &air->station, &air->pair.at_supplicant.ptk, false);
	install_key(air, &air->group, &air->pair.group.gtk, true);
}

/* The station comes back and says which PMK they had together. */
static void reassociate(struct air_capture *air, const char *ssid)
{
	struct supplicant_setup su = air->pair.supplicant.setup;
	struct authenticator_setup au = air->pair.authenticator.setup;
	const struct rsn_suite *suite = &su.suite;
	struct pmksa_cache cache;
	struct rsn_element rsne;

	assert_int_equal(pmksa_init(&cache, 4, PMKSA_LIFETIME_NS), 0);
	assert_int_equal(pmksa_add(&cache, air->pair.crypto, suite->akm, su.pmk, &su.addresses, 0, 0), 0);
	assert_int_equal(rsn_element_parse(&rsne, (struct span){su.own_element, su.own_element_len}), NOT_DROPPED);
	rsne.pmkids =
		(struct span){pmksa_find(&cache, suite->akm, &su.addresses, (struct span){0}, 0)->pmkid, PMKID_LEN};
	su.own_element_len = au.peer_element_len = rsn_element_write(&rsne, su.own_element);
	memcpy(au.peer_element, su.own_element, su.own_element_len);
	au.likely_pmk = air->pair.authenticator.pmk_index;
	pmksa_free(&cache);
	write_management(air, 0x0020, '<', "\x11\0\x0a\0\2\0\0\0\0\2", 10, ssid, su.own_element, su.own_element_len);
	authenticator_init(&air->pair.authenticator, air->pair.crypto, &air->pair.group, &au);
	supplicant_init(&air->pair.supplicant, air->pair.crypto, &su);
	/* It may get the group key again that it had: it has forgotten all. */
	memset(&air->pair.at_supplicant, 0, sizeof air->pair.at_supplicant);
	pair_start(&air->pair);
}

static void run_command(struct air_capture *air, const char *ssid, const char *line)
{
	uint8_t body[2304];
	struct rsn_out out;

	if (strncmp(line, "ptk", 3) == 0) {
		pair_start(&air->pair);
	} else if (strncmp(line, "gtk", 3) == 0) {
		pair_new_group_keys(&air->pair);
		pair_send_group_keys(&air->pair);
	} else if (strncmp(line, "wish ", 5) == 0) {
		assert_int_equal(
			supplicant_request(&air->pair.supplicant, (enum supplicant_request_type)atoi(line + 5), &out),
			0);
		pair_apply_output(&air->pair, true, &out);
	} else if (strncmp(line, "back", 4) == 0) {
		reassociate(air, ssid);
	} else {
		write_data(air, line[0], true, body, unhex(body, sizeof body, line + 2));
	}
	deliver_all(air);
}

int main(int argc, char **argv)
{
	static char line[8192];
	static struct air_capture air;
	const struct rsn_suite *suite = NULL;
	struct crypto *crypto = crypto_new();
	const char *ssid;

	for (size_t i = 0; argc > 3 && i < COUNT(rows); i++)
		if (strcmp(argv[1], rows[i].name) == 0)
			suite = &rows[i].suite;
	if (!suite || !crypto)
		return 2;
	ssid = argv[2];
	pair_setup(&air.pair, crypto, suite);
	for (int end = 0; end < 2; end++) {
		const char *passphrase = argv[end && argc > 4 ? 4 : 3];

		if (kdf_pmk(crypto, passphrase, strlen(passphrase), (const uint8_t *)ssid, strlen(ssid),
			    end ? air.pair.supplicant.setup.pmk : air.pair.pmks[0]))
			return 2;
	}
	write_management(&air, 0x0080, '*', "\0\0\0\0\0\0\0\0\x64\0\x11\0", 12, ssid,
			 air.pair.authenticator.setup.own_element, air.pair.authenticator.setup.own_element_len);
	write_management(&air, 0x0000, '<', "\x11\0\x0a\0", 4, ssid, air.pair.supplicant.setup.own_element,
			 air.pair.supplicant.setup.own_element_len);
	pair_start(&air.pair);
	deliver_all(&air);
	if (!pair_agrees(&air.pair))
		return 1;
	while (fgets(line, sizeof line, stdin))
		run_command(&air, ssid, line);
	key_wipe(&air.ap);
	key_wipe(&air.station);
	key_wipe(&air.group);
	crypto_free(crypto);
	return 0;
}
