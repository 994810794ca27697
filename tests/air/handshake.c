/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session between the authenticator and the supplicant of src/rsn, for verification by other programs. Prints the
 * 802.11 frames as lines of hexadecimal digits.
 *
 *	handshake SUITE SSID PASSPHRASE [PASSPHRASE OF THE STATION]
 *
 * The session starts with a beacon, an association request and the 4-way handshake. Each line of the input continues it:
 *
 *	> BODY       data to the station
 *	< BODY       data from the station
 *	* BODY       data to the group
 *	ptk, gtk     a rekey
 *	request N    an EAPOL-Key request of the station (enum supplicant_request_type)
 *	reassociate  a reassociation whose RSNE contains the PMKID
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

static const struct suite_row suite_rows[] = {
	{"wpa-tkip", {true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHER_NONE, 0}},
	{"wpa-ccmp", {true, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHER_NONE, 0}},
	{"wpa2-tkip", {false, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHER_NONE, 0}},
	{"wpa2-mixed", {false, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHER_NONE, 0}},
	{"wpa2-ccmp", {false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_NONE, 0}},
	{"wpa2-gcmp", {false, AKM_PSK, CIPHER_GCMP_128, CIPHER_GCMP_128, CIPHER_NONE, 0}},
	{"sha256-ccmp", {false, AKM_PSK_SHA256, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128, 0}},
	{"sha256-ccmp-256", {false, AKM_PSK_SHA256, CIPHER_CCMP_256, CIPHER_CCMP_256, CIPHER_BIP_CMAC_256, 0}},
	{"sha256-gcmp-256", {false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256, 0}},
};

/* The two ends and their installed keys. */
struct session {
	struct handshake_pair pair;
	struct key ap, station, group;
	uint16_t sequence;
};

/* Writes a header of 24 bytes. direction: '>' to the station, '<' from the station, '*' to the group. */
static size_t write_header(struct session *session, uint8_t *out, uint16_t fc, char direction)
{
	const struct rsn_addresses *ends = &session->pair.authenticator.setup.addresses;
	const uint8_t *ap = ends->aa, *station = ends->spa;
	bool data = dot11_is_data(fc);

	put_le16(out, fc | (!data ? 0 : direction == '<' ? FC_TO_DS : FC_FROM_DS));
	put_le16(out + DOT11_OFF_DURATION, 0);
	memset(out + DOT11_OFF_ADDR1, 0xff, 6);
	if (direction != '*')
		memcpy(out + DOT11_OFF_ADDR1, direction == '<' ? ap : station, 6);
	memcpy(out + DOT11_OFF_ADDR2, direction == '<' ? station : ap, 6);
	memcpy(out + DOT11_OFF_ADDR3, ap, 6);
	put_le16(out + DOT11_OFF_SEQ, (uint16_t)(session->sequence++ << 4));
	return DOT11_HDR_MIN;
}

static void write_data(struct session *session, char direction, bool protected, const uint8_t *body, size_t len)
{
	struct key *key = direction == '<' ? &session->station : direction == '>' ? &session->ap : &session->group;
	uint8_t bytes[2400];
	size_t count = write_header(session, bytes, FC_DATA, direction);
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

static void write_management(struct session *session, uint16_t fc, char direction, const char *fixed, size_t fixed_len,
			     const char *ssid, const uint8_t *element, size_t len)
{
	uint8_t bytes[600];
	size_t count = write_header(session, bytes, fc, direction);

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

static void install_key(struct session *session, struct key *installed, const struct rsn_key *key, bool ap)
{
	int err = key->len ? key_set(installed, session->pair.crypto, key->cipher, key->bytes, key->len,
				     (struct key_params){.id = key->id, .authenticator = ap})
			   : -EALREADY;

	assert_true(err == 0 || err == -EALREADY);
}

/* Prints and delivers all EAPOL-Key frames of the two ends. */
static void deliver_all(struct session *session)
{
	static const uint8_t snap[8] = {0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e};
	uint8_t body[8 + RSN_FRAME_MAX];

	while (session->pair.count) {
		struct handshake_frame message = pair_take_frame(&session->pair, 0);

		memcpy(body, snap, 8);
		memcpy(body + 8, message.bytes, message.len);
		write_data(session, message.to_supplicant ? '>' : '<', message.protected, body, 8 + message.len);
		pair_deliver(&session->pair, &message);
		install_key(session, &session->ap, &session->pair.at_authenticator.ptk, true);
		/* The station sends its answer to a protected message still under the old key (12.7.6.5). */
		if (!session->pair.count || !session->pair.in_flight[0].protected || !message.to_supplicant)
			install_key(session, &session->station, &session->pair.at_supplicant.ptk, false);
	}
	install_key(session, &session->station, &session->pair.at_supplicant.ptk, false);
	install_key(session, &session->group, &session->pair.group.gtk, true);
}

static void reassociate(struct session *session, const char *ssid)
{
	struct supplicant_setup supplicant = session->pair.supplicant.setup;
	struct authenticator_setup authenticator = session->pair.authenticator.setup;
	const struct rsn_suite *suite = &supplicant.suite;
	struct pmksa_cache cache;
	struct rsn_element rsne;

	assert_int_equal(pmksa_init(&cache, 4, PMKSA_LIFETIME_NS), 0);
	assert_int_equal(
		pmksa_add(&cache, session->pair.crypto, suite->akm, supplicant.pmk, &supplicant.addresses, 0, 0), 0);
	assert_int_equal(rsn_element_parse(&rsne, (struct span){supplicant.own_element, supplicant.own_element_len}),
			 NOT_DROPPED);
	rsne.pmkids = (struct span){pmksa_find(&cache, suite->akm, &supplicant.addresses, (struct span){0}, 0)->pmkid,
				    PMKID_LEN};
	supplicant.own_element_len = authenticator.peer_element_len = rsn_element_write(&rsne, supplicant.own_element);
	memcpy(authenticator.peer_element, supplicant.own_element, supplicant.own_element_len);
	authenticator.likely_pmk = session->pair.authenticator.pmk_index;
	pmksa_free(&cache);
	write_management(session, 0x0020, '<', "\x11\0\x0a\0\2\0\0\0\0\2", 10, ssid, supplicant.own_element,
			 supplicant.own_element_len);
	authenticator_init(&session->pair.authenticator, session->pair.crypto, &session->pair.group, &authenticator);
	supplicant_init(&session->pair.supplicant, session->pair.crypto, &supplicant);
	/* The supplicant has no state from before, so it installs the same GTK again. */
	memset(&session->pair.at_supplicant, 0, sizeof(session->pair.at_supplicant));
	pair_start(&session->pair);
}

static void run_command(struct session *session, const char *ssid, const char *line)
{
	uint8_t body[2304];
	struct rsn_out out;

	if (strncmp(line, "ptk", 3) == 0) {
		pair_start(&session->pair);
	} else if (strncmp(line, "gtk", 3) == 0) {
		pair_new_group_keys(&session->pair);
		pair_send_group_keys(&session->pair);
	} else if (strncmp(line, "request ", 8) == 0) {
		assert_int_equal(supplicant_request(&session->pair.supplicant,
						    (enum supplicant_request_type)atoi(line + 8), &out),
				 0);
		pair_apply_output(&session->pair, true, &out);
	} else if (strncmp(line, "reassociate", 11) == 0) {
		reassociate(session, ssid);
	} else {
		write_data(session, line[0], true, body, read_hex(body, sizeof(body), line + 2));
	}
	deliver_all(session);
}

int main(int argc, char **argv)
{
	static char line[8192];
	static struct session session;
	const struct rsn_suite *suite = NULL;
	struct crypto *crypto = crypto_new();
	const char *ssid;

	for (size_t i = 0; argc > 3 && i < COUNT(suite_rows); i++)
		if (strcmp(argv[1], suite_rows[i].name) == 0)
			suite = &suite_rows[i].suite;
	if (!suite || !crypto)
		return 2;
	ssid = argv[2];
	pair_setup(&session.pair, crypto, suite);
	for (int end = 0; end < 2; end++) {
		const char *passphrase = argv[end && argc > 4 ? 4 : 3];

		if (kdf_pmk(crypto, passphrase, strlen(passphrase), (const uint8_t *)ssid, strlen(ssid),
			    end ? session.pair.supplicant.setup.pmk : session.pair.pmks[0]))
			return 2;
	}
	write_management(&session, 0x0080, '*', "\0\0\0\0\0\0\0\0\x64\0\x11\0", 12, ssid,
			 session.pair.authenticator.setup.own_element,
			 session.pair.authenticator.setup.own_element_len);
	write_management(&session, 0x0000, '<', "\x11\0\x0a\0", 4, ssid, session.pair.supplicant.setup.own_element,
			 session.pair.supplicant.setup.own_element_len);
	pair_start(&session.pair);
	deliver_all(&session);
	if (!pair_agrees(&session.pair))
		return 1;
	while (fgets(line, sizeof(line), stdin))
		run_command(&session, ssid, line);
	key_wipe(&session.ap);
	key_wipe(&session.station);
	key_wipe(&session.group);
	crypto_free(crypto);
	return 0;
}
