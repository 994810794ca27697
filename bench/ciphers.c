/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames per second of the ciphers, on one core:
 *
 *	ciphers [-q]	prints JSON: nanoseconds per frame, a list of rounds for each figure
 *
 * The input is batches of 64 frames for 16 stations, as a TAP interface or the medium delivers them. The contestants:
 *
 *	vifi    key_seal_batch(), key_open_batch(): all work on a frame, with headers, packet numbers and replay check
 *	evp     OpenSSL's EVP, frame by frame, with a context for each key and direction, and prepared nonces and AAD
 *	raw     Intel's multi-buffer library alone: bursts of 64 jobs for CCM, direct calls for GCM; also with prepared input
 *
 * The program first verifies that all contestants produce the same bytes. They take turns, round by round. Each batch is
 * timed separately, and its frames are created before it, like frames that have just arrived. The figure of a round is
 * the median of its batches, which interruptions hardly change.
 */
#include "softmac/key.h"
#include "softmac/mpdu.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef VIFI_MULTIBUFFER
#include <intel-ipsec-mb.h>
#endif

enum { FRAMES = 64, STATIONS = 16, HDR_LEN = 26, BODY_MAX = 1500, ROUNDS_MAX = 101, BATCHES_MAX = 4096 };
enum contestant { VIFI, EVP, RAW, CONTESTANTS };

static const char *const contestants[] = {"vifi", "evp", "raw"};
static const size_t sizes[] = {64, 256, 1500};
static const enum cipher ciphers[] = {CIPHER_CCMP_128, CIPHER_CCMP_256,     CIPHER_GCMP_128, CIPHER_GCMP_256,
				      CIPHER_TKIP,     CIPHER_BIP_CMAC_128, CIPHER_WEP_104};

/* The prepared input of evp and raw: a frame without headers. */
struct split_frame {
	uint8_t nonce[13], aad[MPDU_AAD_MAX], tag[16];
	size_t aad_len;
	_Alignas(64) uint8_t body[BODY_MAX + 36];
};

struct cipher_bench {
	struct crypto *crypto;
	enum cipher cipher;
	size_t size, tag_len;
	bool ccm, aead, seal;
	uint8_t material[STATIONS][KEY_MAX];
	struct key keys[STATIONS], peers[STATIONS]; /* for encryption and for decryption */
	struct frame *sealed[FRAMES];               /* the frames that vifi encrypted last */
	struct split_frame ready[FRAMES];
	EVP_CIPHER_CTX *evp[STATIONS];
#ifdef VIFI_MULTIBUFFER
	IMB_MGR *manager;
	_Alignas(16) uint8_t rounds[STATIONS][15 * 16];
	_Alignas(64) struct gcm_key_data gcm[STATIONS];
#endif
};

static void require(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "ciphers: %s\n", what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* A QoS data frame to station `i`, or for BIP a broadcast deauthentication frame; the body has `size` bytes. */
static struct frame *plain_frame(const struct cipher_bench *bench, unsigned i)
{
	bool management = bench->cipher >= CIPHER_BIP_CMAC_128;
	size_t hdr = management ? DOT11_HDR_MIN : HDR_LEN, head, tail;
	uint8_t bytes[HDR_LEN + BODY_MAX] = {0};

	put_le16(bytes, management ? 0x00d0 : FC_DATA | FC_QOS | FC_FROM_DS);
	memset(bytes + DOT11_OFF_ADDR1, management ? 0xff : 2, 6);
	if (!management)
		bytes[DOT11_OFF_ADDR1 + 5] = (uint8_t)(i % STATIONS);
	memcpy(bytes + DOT11_OFF_ADDR2, "\2\0\0\0\1\0\2\0\0\0\1\0", 12);
	for (size_t len = 0; len < bench->size; len++)
		bytes[hdr + len] = (uint8_t)(len * 7 + i);
	key_overhead(bench->cipher, &head, &tail);
	return frame_from(bytes, hdr + bench->size, head, tail);
}

static void set_keys(struct cipher_bench *bench)
{
	for (unsigned station = 0; station < STATIONS; station++) {
		struct key_params use = {.id = bench->cipher >= CIPHER_BIP_CMAC_128 ? 4 : 0, .authenticator = true};
		size_t len = cipher_key_len(bench->cipher);

		for (size_t key_len = 0; key_len < KEY_MAX; key_len++)
			bench->material[station][key_len] = (uint8_t)(key_len * 13 + station + 1);
		require(!key_set(&bench->keys[station], bench->crypto, bench->cipher, bench->material[station], len,
				 use),
			"cannot set a key");
		use.authenticator = false;
		require(!key_set(&bench->peers[station], bench->crypto, bench->cipher, bench->material[station], len,
				 use),
			"cannot set a key");
	}
}

static void wipe_keys(struct cipher_bench *bench)
{
	for (unsigned station = 0; station < STATIONS; station++) {
		key_wipe(&bench->keys[station]);
		key_wipe(&bench->peers[station]);
	}
}

/* ---- vifi ---- */

static void run_vifi(struct cipher_bench *bench, uint64_t *seal_ns, uint64_t *open_ns)
{
	struct key *keys[FRAMES], *peers[FRAMES];
	enum drop drops[FRAMES];
	uint64_t pns[FRAMES], start;

	for (unsigned i = 0; i < FRAMES; i++) {
		frame_free(bench->sealed[i]);
		bench->sealed[i] = plain_frame(bench, i);
		require(bench->sealed[i], "out of memory");
		keys[i] = &bench->keys[i % STATIONS];
		peers[i] = &bench->peers[i % STATIONS];
	}
	start = now_ns();
	if (bench->cipher == CIPHER_TKIP)
		for (unsigned i = 0; i < FRAMES; i++)
			key_seal_msdu(keys[i], bench->sealed[i]);
	key_seal_batch(keys, bench->sealed, drops, FRAMES);
	*seal_ns = now_ns() - start;
	for (unsigned i = 0; i < FRAMES; i++)
		require(!drops[i], "vifi dropped a frame at encryption");
	if (!open_ns)
		return;
	start = now_ns();
	key_open_batch(peers, bench->sealed, pns, drops, FRAMES);
	if (bench->cipher == CIPHER_TKIP)
		for (unsigned i = 0; i < FRAMES; i++)
			drops[i] = key_open_msdu(peers[i], bench->sealed[i], pns[i]);
	*open_ns = now_ns() - start;
	for (unsigned i = 0; i < FRAMES; i++)
		require(!drops[i], "vifi dropped a frame at decryption");
}

/* Prepares the input of the other contestants from the frames that vifi has just encrypted. */
static void split_sealed(struct cipher_bench *bench, bool sealed)
{
	for (unsigned i = 0; i < FRAMES; i++) {
		struct split_frame *split = &bench->ready[i];
		const uint8_t *bytes = bench->sealed[i]->data, *body = bytes + HDR_LEN + EXT_IV_LEN;
		struct frame *frame = plain_frame(bench, i);
		struct mpdu mpdu;
		uint8_t *nonce = split->nonce;

		require(frame && !mpdu_parse(&mpdu, frame), "out of memory");
		if (bench->ccm)
			*nonce++ = 0;
		memcpy(nonce, bytes + DOT11_OFF_ADDR2, 6);
		mpdu_put_pn_be(nonce + 6, mpdu_get_pn(bytes + HDR_LEN));
		split->aad_len = mpdu_aad(&mpdu, bytes, split->aad);
		memcpy(split->body, sealed ? body : frame->data + HDR_LEN, bench->size);
		memcpy(split->tag, body + bench->size, bench->tag_len);
		frame_free(frame);
	}
}

/* ---- OpenSSL ---- */

static void evp_begin(struct cipher_bench *bench)
{
	bool long_key = cipher_key_len(bench->cipher) == 32;
	const EVP_CIPHER *evp_cipher = bench->ccm ? (long_key ? EVP_aes_256_ccm() : EVP_aes_128_ccm())
						  : (long_key ? EVP_aes_256_gcm() : EVP_aes_128_gcm());

	for (unsigned station = 0; station < STATIONS; station++) {
		EVP_CIPHER_CTX *evp_ctx = bench->evp[station] = EVP_CIPHER_CTX_new();

		require(evp_ctx && EVP_CipherInit_ex(evp_ctx, evp_cipher, NULL, NULL, NULL, bench->seal) &&
				EVP_CIPHER_CTX_ctrl(evp_ctx, EVP_CTRL_AEAD_SET_IVLEN, bench->ccm ? 13 : 12, NULL) > 0 &&
				(!bench->ccm ||
				 EVP_CIPHER_CTX_ctrl(evp_ctx, EVP_CTRL_AEAD_SET_TAG, (int)bench->tag_len, NULL) > 0) &&
				EVP_CipherInit_ex(evp_ctx, NULL, NULL, bench->material[station], NULL, bench->seal),
			"OpenSSL failed to set up a context");
	}
}

static void evp_end(struct cipher_bench *bench)
{
	for (unsigned station = 0; station < STATIONS; station++)
		EVP_CIPHER_CTX_free(bench->evp[station]);
}

static bool evp_run_one(struct cipher_bench *bench, EVP_CIPHER_CTX *evp_ctx, struct split_frame *split)
{
	int len, tag = (int)bench->tag_len, size = (int)bench->size;
	uint8_t none[16];

	return (bench->seal || EVP_CIPHER_CTX_ctrl(evp_ctx, EVP_CTRL_AEAD_SET_TAG, tag, split->tag) > 0) &&
	       EVP_CipherInit_ex(evp_ctx, NULL, NULL, NULL, split->nonce, -1) &&
	       (!bench->ccm || EVP_CipherUpdate(evp_ctx, NULL, &len, NULL, size)) &&
	       EVP_CipherUpdate(evp_ctx, NULL, &len, split->aad, (int)split->aad_len) &&
	       EVP_CipherUpdate(evp_ctx, split->body, &len, split->body, size) &&
	       ((bench->ccm && !bench->seal) || EVP_CipherFinal_ex(evp_ctx, none, &len)) &&
	       (!bench->seal || EVP_CIPHER_CTX_ctrl(evp_ctx, EVP_CTRL_AEAD_GET_TAG, tag, split->tag) > 0);
}

static uint64_t run_evp(struct cipher_bench *bench)
{
	uint64_t start = now_ns();
	bool ok = true;

	for (unsigned i = 0; i < FRAMES; i++)
		ok &= evp_run_one(bench, bench->evp[i % STATIONS], &bench->ready[i]);
	start = now_ns() - start;
	require(ok, "OpenSSL failed");
	return start;
}

/* ---- the multi-buffer library ---- */

#ifdef VIFI_MULTIBUFFER
static void raw_begin(struct cipher_bench *bench)
{
	_Alignas(16) uint8_t unused[15 * 16];
	IMB_ARCH arch;

	bench->manager = alloc_mb_mgr(0);
	require(bench->manager, "out of memory");
	init_mb_mgr_auto(bench->manager, &arch);
	for (unsigned station = 0; station < STATIONS; station++) {
		if (cipher_key_len(bench->cipher) == 32) {
			IMB_AES_KEYEXP_256(bench->manager, bench->material[station], bench->rounds[station], unused);
			IMB_AES256_GCM_PRE(bench->manager, bench->material[station], &bench->gcm[station]);
		} else {
			IMB_AES_KEYEXP_128(bench->manager, bench->material[station], bench->rounds[station], unused);
			IMB_AES128_GCM_PRE(bench->manager, bench->material[station], &bench->gcm[station]);
		}
	}
}

static bool raw_ccm(struct cipher_bench *bench, uint8_t tags[FRAMES][16])
{
	IMB_JOB *jobs[FRAMES];
	uint32_t done;

	if (IMB_GET_NEXT_BURST(bench->manager, FRAMES, jobs) != FRAMES)
		return false;
	for (unsigned i = 0; i < FRAMES; i++) {
		struct split_frame *split = &bench->ready[i];
		IMB_JOB *job = jobs[i];

		job->cipher_mode = IMB_CIPHER_CCM;
		job->hash_alg = IMB_AUTH_AES_CCM;
		job->cipher_direction = bench->seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
		job->chain_order = bench->seal ? IMB_ORDER_HASH_CIPHER : IMB_ORDER_CIPHER_HASH;
		job->enc_keys = job->dec_keys = bench->rounds[i % STATIONS];
		job->key_len_in_bytes = cipher_key_len(bench->cipher);
		job->src = job->dst = split->body;
		job->cipher_start_src_offset_in_bytes = job->hash_start_src_offset_in_bytes = 0;
		job->msg_len_to_cipher_in_bytes = job->msg_len_to_hash_in_bytes = bench->size;
		job->iv = split->nonce;
		job->iv_len_in_bytes = 13;
		job->auth_tag_output = tags[i];
		job->auth_tag_output_len_in_bytes = bench->tag_len;
		job->u.CCM.aad = split->aad;
		job->u.CCM.aad_len_in_bytes = split->aad_len;
	}
	done = IMB_SUBMIT_BURST_NOCHECK(bench->manager, FRAMES, jobs);
	while (done < FRAMES) {
		uint32_t more = IMB_FLUSH_BURST(bench->manager, FRAMES - done, jobs);

		if (!more)
			return false;
		done += more;
	}
	return true;
}

static bool raw_gcm(struct cipher_bench *bench, uint8_t tags[FRAMES][16])
{
	bool long_key = cipher_key_len(bench->cipher) == 32;
	aes_gcm_enc_dec_t run = bench->seal ? (long_key ? bench->manager->gcm256_enc : bench->manager->gcm128_enc)
					    : (long_key ? bench->manager->gcm256_dec : bench->manager->gcm128_dec);
	struct gcm_context_data state;

	for (unsigned i = 0; i < FRAMES; i++) {
		struct split_frame *split = &bench->ready[i];

		run(&bench->gcm[i % STATIONS], &state, split->body, split->body, bench->size, split->nonce, split->aad,
		    split->aad_len, tags[i], bench->tag_len);
	}
	return true;
}

static uint64_t run_raw(struct cipher_bench *bench)
{
	uint8_t tags[FRAMES][16];
	uint64_t start = now_ns();
	bool ok = bench->ccm ? raw_ccm(bench, tags) : raw_gcm(bench, tags);

	for (unsigned i = 0; i < FRAMES; i++)
		if (bench->seal)
			memcpy(bench->ready[i].tag, tags[i], bench->tag_len);
		else
			ok &= memcmp(tags[i], bench->ready[i].tag, bench->tag_len) == 0;
	start = now_ns() - start;
	require(ok, "the multi-buffer library failed");
	return start;
}
#else
static void raw_begin(struct cipher_bench *bench)
{
	(void)bench;
}

static uint64_t run_raw(struct cipher_bench *bench)
{
	(void)bench;
	return 0;
}
#endif

/* ---- rounds ---- */

static int compare_values(const void *left, const void *right)
{
	uint64_t left_value = *(const uint64_t *)left, right_value = *(const uint64_t *)right;

	return left_value < right_value ? -1 : left_value > right_value;
}

static bool supports(const struct cipher_bench *bench, enum contestant contestant)
{
#ifndef VIFI_MULTIBUFFER
	if (contestant == RAW)
		return false;
#endif
	return contestant == VIFI || bench->aead;
}

static uint64_t run_batch(struct cipher_bench *bench, enum contestant contestant)
{
	uint64_t seal_ns, open_ns;

	if (contestant == VIFI) {
		run_vifi(bench, &seal_ns, bench->seal ? NULL : &open_ns);
		return bench->seal ? seal_ns : open_ns;
	}
	split_sealed(bench, !bench->seal);
	return contestant == EVP ? run_evp(bench) : run_raw(bench);
}

/* Verifies that all contestants produce the same bytes as vifi. */
static void compare_results(struct cipher_bench *bench)
{
	uint64_t ns;

	if (!bench->aead)
		return;
	run_vifi(bench, &ns, NULL);
	for (enum contestant contestant = EVP; contestant < CONTESTANTS; contestant++) {
		if (!supports(bench, contestant))
			continue;
		run_batch(bench, contestant);
		for (unsigned i = 0; i < FRAMES; i++) {
			struct frame *frame = plain_frame(bench, i);
			const uint8_t *body = bench->sealed[i]->data + HDR_LEN + EXT_IV_LEN;

			require(memcmp(bench->ready[i].body, bench->seal ? body : frame->data + HDR_LEN, bench->size) ==
						0 &&
					memcmp(bench->ready[i].tag, body + bench->size, bench->tag_len) == 0,
				"two contestants produce different frames");
			frame_free(frame);
		}
	}
}

static double run_round(struct cipher_bench *bench, enum contestant contestant, uint64_t limit_ns)
{
	static uint64_t took[BATCHES_MAX];
	uint64_t sum = 0;
	size_t batches = 0;

	/* These batches fill the caches. */
	for (int i = 0; i < 3; i++)
		run_batch(bench, contestant);
	while (batches < BATCHES_MAX && (batches < 5 || sum < limit_ns))
		sum += took[batches++] = run_batch(bench, contestant);
	qsort(took, batches, sizeof(took[0]), compare_values);
	return (double)took[batches / 2] / FRAMES;
}

/* The other contestants decrypt the frames that vifi encrypted last, so vifi encrypts a batch before each round. */
static void measure_rounds(struct cipher_bench *bench, unsigned rounds, uint64_t limit_ns)
{
	static double figures[CONTESTANTS][ROUNDS_MAX];
	const char *comma = "";
	uint64_t ns;

	evp_begin(bench);
	compare_results(bench);
	for (unsigned round = 0; round < rounds; round++)
		for (unsigned turn = 0; turn < CONTESTANTS; turn++) {
			enum contestant contestant = (round + turn) % CONTESTANTS;

			if (!supports(bench, contestant))
				continue;
			run_vifi(bench, &ns, NULL);
			figures[contestant][round] = run_round(bench, contestant, limit_ns);
		}
	evp_end(bench);
	printf("{\"cipher\": \"%s\", \"bytes\": %zu, \"seal\": %s", cipher_name(bench->cipher), bench->size,
	       bench->seal ? "true" : "false");
	for (enum contestant contestant = VIFI; contestant < CONTESTANTS; contestant++) {
		if (!supports(bench, contestant))
			continue;
		printf(", \"%s\": [", contestants[contestant]);
		for (unsigned round = 0; round < rounds; round++, comma = ", ")
			printf("%s%.1f", round ? comma : "", figures[contestant][round]);
		printf("]");
	}
	printf("}");
}

int main(int argc, char **argv)
{
	bool quick = argc > 1 && strcmp(argv[1], "-q") == 0;
	struct cipher_bench *bench = aligned_alloc(64, (sizeof(*bench) + 63) / 64 * 64);
	const char *comma = "";

	require(bench, "out of memory");
	memset(bench, 0, sizeof(*bench));
	bench->crypto = crypto_new();
	require(bench->crypto, "cannot initialise libcrypto");
	printf("[");
	for (size_t cipher_index = 0; cipher_index < sizeof(ciphers) / sizeof(ciphers[0]); cipher_index++) {
		size_t head;

		bench->cipher = ciphers[cipher_index];
		bench->aead = bench->cipher >= CIPHER_CCMP_128 && bench->cipher < CIPHER_BIP_CMAC_128;
		bench->ccm = bench->cipher == CIPHER_CCMP_128 || bench->cipher == CIPHER_CCMP_256;
		key_overhead(bench->cipher, &head, &bench->tag_len);
		set_keys(bench);
		if (bench->aead)
			raw_begin(bench);
		for (size_t size_index = 0; size_index < sizeof(sizes) / sizeof(sizes[0]); size_index++)
			for (int seal = 1; seal >= 0; seal--) {
				bench->size = sizes[size_index];
				bench->seal = seal;
				printf("%s\n", comma);
				measure_rounds(bench, quick ? 3 : 21, quick ? 300000 : 3000000);
				comma = ",";
			}
#ifdef VIFI_MULTIBUFFER
		if (bench->aead)
			free_mb_mgr(bench->manager);
#endif
		wipe_keys(bench);
	}
	printf("\n]\n");
	for (unsigned i = 0; i < FRAMES; i++)
		frame_free(bench->sealed[i]);
	crypto_free(bench->crypto);
	free(bench);
	return 0;
}
