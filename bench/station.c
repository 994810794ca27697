/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a station costs: 4-way handshakes a second on one core, and bytes of memory.
 *
 *	station [-q]	JSON on standard output
 *
 * A handshake is authenticator and supplicant together, from message 1 to message 4, both ends' work on one core; the
 * PMK is there already, as it is after the first association (PBKDF2 apart).
 *
 * The memory is the access point's struct, and what its pairwise key takes of the heap: when it is installed, and again
 * when a frame has been sealed and one opened alone, which makes libcrypto's contexts.
 */
#include "../tests/unit/pair.h"

#include "mlme/ap.h"
#include "softmac/key.h"

#include <malloc.h>
#include <time.h>

enum { KEYS = 100, ROUNDS_MAX = 101 };

static const struct {
	const char *name;
	struct rsn_suite suite;
} rows[] = {
	{"WPA-PSK, TKIP", {true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHERS}},
	{"WPA2-PSK, CCMP", {false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHERS}},
	{"WPA2-PSK-SHA256, CCMP, BIP", {false, AKM_PSK_SHA256, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128}},
	{"WPA2-PSK-SHA256, GCMP-256, BIP",
	 {false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256}},
};

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Handshakes a second, over some milliseconds. */
static double handshakes(struct crypto *c, const struct rsn_suite *suite, double most)
{
	static struct pair p;
	double took = 0;
	unsigned n = 0;

	for (; took < most; n++) {
		double start;

		pair_setup(&p, c, suite);
		p.seed += n;
		for (int i = 0; i < 3; i++)
			memcpy(p.pmks[i], p.s.setup.pmk, PMK_LEN);
		start = seconds();
		pair_start(&p);
		pair_run(&p);
		took += seconds() - start;
		assert_true(pair_agrees(&p));
		drop_pair(&p);
	}
	return n / took;
}

static size_t heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void lone_frames(struct key *k)
{
	uint8_t bytes[26 + 1500] = {0x88, 0x02};
	struct frame *f = frame_from(bytes, sizeof bytes, 16, 32);
	uint64_t pn;

	assert_non_null(f);
	assert_int_equal(key_seal_msdu(k, f), NOT_DROPPED);
	assert_int_equal(key_seal(k, f), NOT_DROPPED);
	key_open(k, f, &pn);
	frame_free(f);
}

static void memory(struct crypto *c, enum cipher cipher, size_t *fresh, size_t *used)
{
	static struct key keys[KEYS];
	uint8_t material[KEY_MAX];
	size_t before = heap();

	memset(material, 7, sizeof material);
	for (int i = 0; i < KEYS; i++)
		assert_int_equal(key_set(&keys[i], c, cipher, material, cipher_key_len(cipher), (struct key_use){0}),
				 0);
	*fresh = (heap() - before) / KEYS;
	for (int i = 0; i < KEYS; i++)
		lone_frames(&keys[i]);
	*used = (heap() - before) / KEYS;
	for (int i = 0; i < KEYS; i++)
		key_wipe(&keys[i]);
}

int main(int argc, char **argv)
{
	bool quick = argc > 1 && strcmp(argv[1], "-q") == 0;
	unsigned rounds = quick ? 3 : 21;
	struct crypto *c = crypto_new();

	assert_non_null(c);
	printf("{\"station_bytes\": %zu, \"suites\": [", ap_station_size());
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t fresh, used;

		memory(c, rows[i].suite.pairwise, &fresh, &used); /* what is made once, and stays */
		memory(c, rows[i].suite.pairwise, &fresh, &used);
		printf("%s\n{\"suite\": \"%s\", \"key_bytes\": %zu, \"key_bytes_used\": %zu, \"handshakes\": [",
		       i ? "," : "", rows[i].name, fresh, used);
		for (unsigned r = 0; r < rounds; r++)
			printf("%s%.0f", r ? ", " : "", handshakes(c, &rows[i].suite, quick ? 0.01 : 0.1));
		printf("]}");
	}
	printf("\n]}\n");
	crypto_free(c);
	return 0;
}
