/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a large capture of one network, with the same bytes in each run:
 *
 *	capture SUITE STATIONS FRAMES SSID PASSPHRASE OUT	SUITE: ccmp, tkip, gcmp-256
 *
 * The capture contains a beacon, the 4-way handshake of each station, and then data frames like those of downloads: to
 * and from the stations in turn, 35 % as short as TCP acknowledgements, 10 % of some 540 bytes, 55 % of full length, one
 * in twenty group addressed, with occasional beacons and Ack frames. The format is pcap with radiotap headers, which
 * every program reads.
 */
#include "../tests/unit/handshake_pair.h"

#include "softmac/key.h"
#include "wire/capture.h"
#include "wire/ieee80211.h"

#include <errno.h>

static const struct {
	const char *name;
	struct rsn_suite suite;
} suite_rows[] = {
	{"ccmp", {false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_NONE, 0}},
	{"tkip", {true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHER_NONE, 0}},
	{"gcmp-256", {false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256, 0}},
};

struct bench_station {
	struct handshake_pair pair;
	struct key up, down;
};

struct capture_bench {
	FILE *out;
	struct crypto *crypto;
	struct bench_station *stations;
	struct key group;
	const char *ssid;
	uint64_t time_us;
	uint32_t rng_state;
	uint16_t sequence;
};

static uint32_t next_random(struct capture_bench *capture)
{
	capture->rng_state = capture->rng_state * 1664525 + 1013904223;
	return capture->rng_state >> 8;
}

static void write_record(struct capture_bench *capture, const uint8_t *bytes, size_t len)
{
	static const uint8_t radiotap[] = {0, 0, 8, 0, 0, 0, 0, 0};
	uint8_t head[16];

	capture->time_us += 100;
	put_le32(head, (uint32_t)(1700000000 + capture->time_us / 1000000));
	put_le32(head + 4, (uint32_t)(capture->time_us % 1000000));
	put_le32(head + 8, (uint32_t)(len + sizeof(radiotap)));
	put_le32(head + 12, (uint32_t)(len + sizeof(radiotap)));
	fwrite(head, sizeof(head), 1, capture->out);
	fwrite(radiotap, sizeof(radiotap), 1, capture->out);
	fwrite(bytes, len, 1, capture->out);
}

/* direction: '<' from the station, '>' to the station, '*' to the group. Returns the length of the header. */
static size_t write_header(struct capture_bench *capture, const struct bench_station *station, uint8_t *out,
			   uint16_t fc, char direction)
{
	const struct rsn_addresses *ends = &station->pair.authenticator.setup.addresses;

	put_le16(out, fc | (!dot11_is_data(fc) ? 0 : direction == '<' ? FC_TO_DS : FC_FROM_DS));
	put_le16(out + DOT11_OFF_DURATION, 0);
	memset(out + DOT11_OFF_ADDR1, 0xff, 6);
	if (direction != '*')
		memcpy(out + DOT11_OFF_ADDR1, direction == '<' ? ends->aa : ends->spa, 6);
	memcpy(out + DOT11_OFF_ADDR2, direction == '<' ? ends->spa : ends->aa, 6);
	memcpy(out + DOT11_OFF_ADDR3, ends->aa, 6);
	put_le16(out + DOT11_OFF_SEQ, (uint16_t)(capture->sequence++ << 4));
	memset(out + DOT11_HDR_MIN, 0, 2); /* QoS Control */
	return dot11_hdr_len(fc);
}

static void write_data(struct capture_bench *capture, struct bench_station *station, char direction, bool sealed,
		       const uint8_t *body, size_t len)
{
	struct key *key = direction == '<' ? &station->up : direction == '>' ? &station->down : &capture->group;
	uint8_t bytes[64 + 2304];
	size_t hdr_len =
		write_header(capture, station, bytes, FC_DATA | (sealed && direction != '*' ? FC_QOS : 0), direction);
	struct frame *frame;

	memcpy(bytes + hdr_len, body, len);
	frame = frame_from(bytes, hdr_len + len, 16, 32);
	assert_non_null(frame);
	if (sealed) {
		assert_int_equal(key_seal_msdu(key, frame), NOT_DROPPED);
		assert_int_equal(key_seal(key, frame), NOT_DROPPED);
	}
	write_record(capture, frame->data, frame->len);
	frame_free(frame);
}

static void write_beacon(struct capture_bench *capture, struct bench_station *station)
{
	static const uint8_t fixed[] = {0, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0x11, 0};
	uint8_t bytes[256];
	size_t hdr_len = write_header(capture, station, bytes, 0x0080, '*'), ssid = strlen(capture->ssid);

	memcpy(bytes + hdr_len, fixed, sizeof(fixed));
	hdr_len += sizeof(fixed);
	bytes[hdr_len++] = EID_SSID;
	bytes[hdr_len++] = (uint8_t)ssid;
	memcpy(bytes + hdr_len, capture->ssid, ssid);
	hdr_len += ssid;
	memcpy(bytes + hdr_len, "\1\4\x82\x84\x8b\x96\3\1\1", 9);
	hdr_len += 9;
	memcpy(bytes + hdr_len, station->pair.authenticator.setup.own_element,
	       station->pair.authenticator.setup.own_element_len);
	write_record(capture, bytes, hdr_len + station->pair.authenticator.setup.own_element_len);
}

static void install_key(struct capture_bench *capture, struct key *installed, const struct rsn_key *key,
			bool authenticator)
{
	struct key_params use = {.id = key->id, .authenticator = authenticator};
	int err = key->len ? key_set(installed, capture->crypto, key->cipher, key->bytes, key->len, use) : -EALREADY;

	assert_true(err == 0 || err == -EALREADY);
}

static void write_association(struct capture_bench *capture, struct bench_station *station, unsigned number,
			      const struct rsn_suite *suite, const uint8_t pmk[PMK_LEN])
{
	static const uint8_t snap[8] = {0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e};
	uint8_t body[8 + RSN_FRAME_MAX];
	struct handshake_pair *pair = &station->pair;

	pair_setup(pair, capture->crypto, suite);
	pair->authenticator.setup.addresses.spa[4] = pair->supplicant.setup.addresses.spa[4] = (uint8_t)(number >> 8);
	pair->authenticator.setup.addresses.spa[5] = pair->supplicant.setup.addresses.spa[5] = (uint8_t)(number + 10);
	for (int i = 0; i < 3; i++)
		memcpy(pair->pmks[i], pmk, PMK_LEN);
	memcpy(pair->supplicant.setup.pmk, pmk, PMK_LEN);
	pair->seed += 1 + number; /* all stations share the GTK but have their own nonces */
	if (!number)
		write_beacon(capture, station);
	pair_start(pair);
	while (pair->count) {
		struct handshake_frame message = pair_take_frame(pair, 0);

		memcpy(body, snap, 8);
		memcpy(body + 8, message.bytes, message.len);
		write_data(capture, station, message.to_supplicant ? '>' : '<', message.protected, body,
			   8 + message.len);
		pair_deliver(pair, &message);
		install_key(capture, &station->down, &pair->at_authenticator.ptk, true);
		if (!pair->count || !pair->in_flight[0].protected || !message.to_supplicant)
			install_key(capture, &station->up, &pair->at_supplicant.ptk, false);
	}
	install_key(capture, &station->up, &pair->at_supplicant.ptk, false);
	install_key(capture, &capture->group, &pair->group.gtk, true);
	assert_true(pair_agrees(pair));
}

/* Writes data frames whose bodies look like IPv4 packets with an LLC/SNAP header. */
static void write_traffic(struct capture_bench *capture, unsigned stations, unsigned frames)
{
	static const uint8_t snap[8] = {0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, ack[10] = {0xd4};
	uint8_t body[8 + 1500] = {0};

	memcpy(body, snap, 8);
	for (unsigned i = 0; i < frames; i++) {
		struct bench_station *station = &capture->stations[next_random(capture) % stations];
		unsigned kind = next_random(capture) % 100;
		size_t len = kind < 35 ? 60 + kind : kind < 45 ? 500 + kind : 1500;

		for (size_t body_len = 8; body_len < 8 + len; body_len += 16)
			body[body_len] = (uint8_t)next_random(capture);
		write_data(capture, station,
			   next_random(capture) % 20 == 0 ? '*'
			   : i % 2                        ? '<'
							  : '>',
			   true, body, 8 + len);
		if (i % 20 == 0)
			write_record(capture, ack, sizeof(ack));
		if (i % 100 == 0)
			write_beacon(capture, station);
	}
}

int main(int argc, char **argv)
{
	struct capture_bench capture = {.crypto = crypto_new(), .rng_state = 1};
	const struct rsn_suite *suite = NULL;
	uint8_t head[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0}, pmk[PMK_LEN];
	unsigned stations, frames;

	for (size_t i = 0; argc == 7 && i < COUNT(suite_rows); i++)
		if (strcmp(argv[1], suite_rows[i].name) == 0)
			suite = &suite_rows[i].suite;
	if (!suite || !capture.crypto) {
		fprintf(stderr, "usage: capture SUITE STATIONS FRAMES SSID PASSPHRASE OUT\n");
		return 2;
	}
	stations = (unsigned)atoi(argv[2]);
	frames = (unsigned)atoi(argv[3]);
	capture.ssid = argv[4];
	capture.out = fopen(argv[6], "wb");
	capture.stations = calloc(stations, sizeof(*capture.stations));
	if (!capture.out || !capture.stations ||
	    kdf_pmk(capture.crypto, argv[5], strlen(argv[5]), (const uint8_t *)capture.ssid, strlen(capture.ssid),
		    pmk)) {
		perror(argv[6]);
		return 1;
	}
	put_le32(head + 16, 65535);
	put_le32(head + 20, LINKTYPE_RADIOTAP);
	fwrite(head, sizeof(head), 1, capture.out);
	for (unsigned i = 0; i < stations; i++)
		write_association(&capture, &capture.stations[i], i, suite, pmk);
	write_traffic(&capture, stations, frames);
	if (ferror(capture.out) || fclose(capture.out)) {
		perror(argv[6]);
		return 1;
	}
	for (unsigned i = 0; i < stations; i++) {
		key_wipe(&capture.stations[i].up);
		key_wipe(&capture.stations[i].down);
	}
	key_wipe(&capture.group);
	free(capture.stations);
	crypto_free(capture.crypto);
	return 0;
}
