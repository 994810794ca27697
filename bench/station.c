/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cost of a station: 4-way handshakes per second on one core, and bytes of memory.
 *
 *	station [-q]	prints JSON
 *
 * A handshake is the work of authenticator and supplicant for messages 1 to 4, with a precomputed PMK (without PBKDF2).
 *
 * The memory is the access point's struct and the heap memory of the pairwise key: as installed, and after encrypting
 * and decrypting a single frame, which allocates contexts of libcrypto.
 */
#include "../tests/unit/handshake_pair.h"

#include "softmac/ap/soft_ap.h"
#include "softmac/key.h"

#include <malloc.h>
#include <time.h>

enum { KEYS = 100, ROUNDS_MAX = 101 };

static const struct {
	const char *name;
	struct rsn_suite suite;
} suite_rows[] = {
	{"WPA-PSK, TKIP", {true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHER_NONE, 0}},
	{"WPA2-PSK, CCMP", {false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_NONE, 0}},
	{"WPA2-PSK-SHA256, CCMP, BIP",
	 {false, AKM_PSK_SHA256, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128, 0}},
	{"WPA2-PSK-SHA256, GCMP-256, BIP",
	 {false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256, 0}},
};

static double now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Measures for `limit` seconds. */
static double handshakes_per_second(struct crypto *crypto, const struct rsn_suite *suite, double limit)
{
	static struct handshake_pair pair;
	double took = 0;
	unsigned count = 0;

	for (; took < limit; count++) {
		double start;

		pair_setup(&pair, crypto, suite);
		pair.seed += count;
		for (int i = 0; i < 3; i++)
			memcpy(pair.pmks[i], pair.supplicant.setup.pmk, PMK_LEN);
		start = now_seconds();
		pair_start(&pair);
		pair_run(&pair);
		took += now_seconds() - start;
		assert_true(pair_agrees(&pair));
		pair_free(&pair);
	}
	return count / took;
}

static size_t heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static void seal_single_frames(struct key *key)
{
	uint8_t bytes[26 + 1500] = {0x88, 0x02};
	struct frame *frame = frame_from(bytes, sizeof(bytes), 16, 32);
	uint64_t pn;

	assert_non_null(frame);
	assert_int_equal(key_seal_msdu(key, frame), NOT_DROPPED);
	assert_int_equal(key_seal(key, frame), NOT_DROPPED);
	key_open(key, frame, &pn);
	frame_free(frame);
}

static void measure_memory(struct crypto *crypto, enum cipher cipher, size_t *fresh, size_t *used)
{
	static struct key keys[KEYS];
	uint8_t material[KEY_MAX];
	size_t before = heap_bytes();

	memset(material, 7, sizeof(material));
	for (int i = 0; i < KEYS; i++)
		assert_int_equal(
			key_set(&keys[i], crypto, cipher, material, cipher_key_len(cipher), (struct key_params){0}), 0);
	*fresh = (heap_bytes() - before) / KEYS;
	for (int i = 0; i < KEYS; i++)
		seal_single_frames(&keys[i]);
	*used = (heap_bytes() - before) / KEYS;
	for (int i = 0; i < KEYS; i++)
		key_wipe(&keys[i]);
}

int main(int argc, char **argv)
{
	bool quick = argc > 1 && strcmp(argv[1], "-q") == 0;
	unsigned rounds = quick ? 3 : 21;
	struct crypto *crypto = crypto_new();

	assert_non_null(crypto);
	printf("{\"station_bytes\": %zu, \"suites\": [", soft_ap_station_size());
	for (size_t i = 0; i < COUNT(suite_rows); i++) {
		size_t fresh, used;

		/* The first measurement includes one-time allocations. */
		measure_memory(crypto, suite_rows[i].suite.pairwise, &fresh, &used);
		measure_memory(crypto, suite_rows[i].suite.pairwise, &fresh, &used);
		printf("%s\n{\"suite\": \"%s\", \"key_bytes\": %zu, \"key_bytes_used\": %zu, \"handshakes\": [",
		       i ? "," : "", suite_rows[i].name, fresh, used);
		for (unsigned round = 0; round < rounds; round++)
			printf("%s%.0f", round ? ", " : "",
			       handshakes_per_second(crypto, &suite_rows[i].suite, quick ? 0.01 : 0.1));
		printf("]}");
	}
	printf("\n]}\n");
	crypto_free(crypto);
	return 0;
}
