/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A large capture of one network, the same in each run:
 *
 *	air SUITE STATIONS FRAMES SSID PASSPHRASE OUT	SUITE: ccmp, tkip, gcmp-256
 *
 * A beacon, the handshake of each station, then data as downloads make it: to and from the stations in turn, 35 % short,
 * as acknowledgements of TCP are, 10 % of some 540 bytes, 55 % full, one in twenty to the group, a beacon and an
 * acknowledgement now and then.  The format is pcap with radiotap headers, which every program reads.
 */
#include "../tests/unit/pair.h"

#include "softmac/key.h"
#include "wire/capture.h"
#include "wire/ieee80211.h"

#include <errno.h>

static const struct {
	const char *name;
	struct rsn_suite suite;
} rows[] = {
	{"ccmp", {false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHERS}},
	{"tkip", {true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHERS}},
	{"gcmp-256", {false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256}},
};

struct station {
	struct pair pair;
	struct key up, down;
};

struct air {
	FILE *out;
	struct crypto *crypto;
	struct station *stations;
	struct key group;
	const char *ssid;
	uint64_t time_us;
	uint32_t dice;
	uint16_t sequence;
};

static uint32_t throw_dice(struct air *a)
{
	a->dice = a->dice * 1664525 + 1013904223;
	return a->dice >> 8;
}

static void put(struct air *a, const uint8_t *bytes, size_t len)
{
	static const uint8_t radiotap[] = {0, 0, 8, 0, 0, 0, 0, 0};
	uint8_t head[16];

	a->time_us += 100;
	put_le32(head, (uint32_t)(1700000000 + a->time_us / 1000000));
	put_le32(head + 4, (uint32_t)(a->time_us % 1000000));
	put_le32(head + 8, (uint32_t)(len + sizeof radiotap));
	put_le32(head + 12, (uint32_t)(len + sizeof radiotap));
	fwrite(head, sizeof head, 1, a->out);
	fwrite(radiotap, sizeof radiotap, 1, a->out);
	fwrite(bytes, len, 1, a->out);
}

/* `to`: '<' from the station, '>' to it, '*' to all.  Returns the length of the header. */
static size_t header(struct air *a, const struct station *s, uint8_t *out, uint16_t fc, char to)
{
	const struct rsn_pair *ends = &s->pair.a.setup.ends;

	put_le16(out, fc | (!dot11_is_data(fc) ? 0 : to == '<' ? FC_TO_DS : FC_FROM_DS));
	put_le16(out + DOT11_DURATION, 0);
	memset(out + DOT11_ADDR1, 0xff, 6);
	if (to != '*')
		memcpy(out + DOT11_ADDR1, to == '<' ? ends->aa : ends->spa, 6);
	memcpy(out + DOT11_ADDR2, to == '<' ? ends->spa : ends->aa, 6);
	memcpy(out + DOT11_ADDR3, ends->aa, 6);
	put_le16(out + DOT11_SEQ, (uint16_t)(a->sequence++ << 4));
	memset(out + DOT11_HDR_MIN, 0, 2); /* QoS Control */
	return dot11_hdr_len(fc);
}

static void data(struct air *a, struct station *s, char to, bool sealed, const uint8_t *body, size_t len)
{
	struct key *k = to == '<' ? &s->up : to == '>' ? &s->down : &a->group;
	uint8_t bytes[64 + 2304];
	size_t n = header(a, s, bytes, FC_DATA | (sealed && to != '*' ? FC_QOS : 0), to);
	struct frame *f;

	memcpy(bytes + n, body, len);
	f = frame_from(bytes, n + len, 16, 32);
	assert_non_null(f);
	if (sealed) {
		assert_int_equal(key_seal_msdu(k, f), NOT_DROPPED);
		assert_int_equal(key_seal(k, f), NOT_DROPPED);
	}
	put(a, f->data, f->len);
	frame_free(f);
}

static void beacon(struct air *a, struct station *s)
{
	static const uint8_t fixed[] = {0, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0x11, 0};
	uint8_t bytes[256];
	size_t n = header(a, s, bytes, 0x0080, '*'), ssid = strlen(a->ssid);

	memcpy(bytes + n, fixed, sizeof fixed);
	n += sizeof fixed;
	bytes[n++] = EID_SSID;
	bytes[n++] = (uint8_t)ssid;
	memcpy(bytes + n, a->ssid, ssid);
	n += ssid;
	memcpy(bytes + n, "\1\4\x82\x84\x8b\x96\3\1\1", 9);
	n += 9;
	memcpy(bytes + n, s->pair.a.setup.own, s->pair.a.setup.own_len);
	put(a, bytes, n + s->pair.a.setup.own_len);
}

static void install(struct air *a, struct key *k, const struct rsn_key *key, bool authenticator)
{
	struct key_use use = {.id = key->id, .authenticator = authenticator};
	int e = key->len ? key_set(k, a->crypto, key->cipher, key->bytes, key->len, use) : -EALREADY;

	assert_true(e == 0 || e == -EALREADY);
}

static void associate(struct air *a, struct station *s, unsigned number, const struct rsn_suite *suite,
		      const uint8_t pmk[PMK_LEN])
{
	static const uint8_t snap[8] = {0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e};
	uint8_t body[8 + RSN_FRAME_MAX];
	struct pair *p = &s->pair;

	pair_setup(p, a->crypto, suite);
	p->a.setup.ends.spa[4] = p->s.setup.ends.spa[4] = (uint8_t)(number >> 8);
	p->a.setup.ends.spa[5] = p->s.setup.ends.spa[5] = (uint8_t)(number + 10);
	for (int i = 0; i < 3; i++)
		memcpy(p->pmks[i], pmk, PMK_LEN);
	memcpy(p->s.setup.pmk, pmk, PMK_LEN);
	p->seed += 1 + number; /* the group's key is the same for all, the nonces are not */
	if (!number)
		beacon(a, s);
	pair_start(p);
	while (p->count) {
		struct flying f = pair_next(p, 0);

		memcpy(body, snap, 8);
		memcpy(body + 8, f.bytes, f.len);
		data(a, s, f.to_supplicant ? '>' : '<', f.protected, body, 8 + f.len);
		pair_deliver(p, &f);
		install(a, &s->down, &p->at_a.ptk, true);
		if (!p->count || !p->flying[0].protected || !f.to_supplicant)
			install(a, &s->up, &p->at_s.ptk, false);
	}
	install(a, &s->up, &p->at_s.ptk, false);
	install(a, &a->group, &p->group.gtk, true);
	assert_true(pair_agrees(p));
}

/* An IPv4 packet of that many bytes, so to speak, behind LLC/SNAP. */
static void traffic(struct air *a, unsigned stations, unsigned frames)
{
	static const uint8_t snap[8] = {0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, ack[10] = {0xd4};
	uint8_t body[8 + 1500];

	memcpy(body, snap, 8);
	for (unsigned i = 0; i < frames; i++) {
		struct station *s = &a->stations[throw_dice(a) % stations];
		unsigned kind = throw_dice(a) % 100;
		size_t len = kind < 35 ? 60 + kind : kind < 45 ? 500 + kind : 1500;

		for (size_t n = 8; n < 8 + len; n += 16)
			body[n] = (uint8_t)throw_dice(a);
		data(a, s, throw_dice(a) % 20 == 0 ? '*' : i % 2 ? '<' : '>', true, body, 8 + len);
		if (i % 20 == 0)
			put(a, ack, sizeof ack);
		if (i % 100 == 0)
			beacon(a, s);
	}
}

int main(int argc, char **argv)
{
	struct air a = {.crypto = crypto_new(), .dice = 1};
	const struct rsn_suite *suite = NULL;
	uint8_t head[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0}, pmk[PMK_LEN];
	unsigned stations, frames;

	for (size_t i = 0; argc == 7 && i < COUNT(rows); i++)
		if (strcmp(argv[1], rows[i].name) == 0)
			suite = &rows[i].suite;
	if (!suite || !a.crypto) {
		fprintf(stderr, "air SUITE STATIONS FRAMES SSID PASSPHRASE OUT\n");
		return 2;
	}
	stations = (unsigned)atoi(argv[2]);
	frames = (unsigned)atoi(argv[3]);
	a.ssid = argv[4];
	a.out = fopen(argv[6], "wb");
	a.stations = calloc(stations, sizeof *a.stations);
	if (!a.out || !a.stations ||
	    kdf_pmk(a.crypto, argv[5], strlen(argv[5]), (const uint8_t *)a.ssid, strlen(a.ssid), pmk)) {
		perror(argv[6]);
		return 1;
	}
	put_le32(head + 16, 65535);
	put_le32(head + 20, LINK_RADIOTAP);
	fwrite(head, sizeof head, 1, a.out);
	for (unsigned i = 0; i < stations; i++)
		associate(&a, &a.stations[i], i, suite, pmk);
	traffic(&a, stations, frames);
	if (ferror(a.out) || fclose(a.out)) {
		perror(argv[6]);
		return 1;
	}
	for (unsigned i = 0; i < stations; i++) {
		key_wipe(&a.stations[i].up);
		key_wipe(&a.stations[i].down);
	}
	key_wipe(&a.group);
	free(a.stations);
	crypto_free(a.crypto);
	return 0;
}
