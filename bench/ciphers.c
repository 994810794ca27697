/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames per second of the ciphers, on one core:
 *
 *	ciphers [-q]	JSON on standard output: nanoseconds a frame, a list of rounds for each figure
 *
 * Batches of 64 frames for 16 stations, as a tap or the air delivers them.  The contestants:
 *
 *	vifi    key_seal_batch(), key_open_batch(): MAC headers in, MAC headers out, packet numbers, replay, memory
 *	evp     OpenSSL's EVP, frame by frame, one context for each key and direction; nonces and additional data ready-made
 *	raw     Intel's multi-buffer library alone, bursts of 64 jobs for CCM, its direct calls for GCM; ready-made as well
 *
 * All must make the same bytes of the same frames, which is looked at before anything is measured.  They take turns,
 * round by round.  A batch is timed alone and its frames are made anew before it, as if they had just arrived; the
 * figure of a round is the median of its batches, which a clock that stops now and then does not move.
 */
#include "softmac/key.h"
#include "softmac/mpdu.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef VIFI_LANES
#include <intel-ipsec-mb.h>
#endif

enum { FRAMES = 64, STATIONS = 16, HDR = 26, SIZE_MAX_ = 1500, ROUNDS_MAX = 101, BATCHES_MAX = 4096 };
enum contestant { VIFI, EVP, RAW, CONTESTANTS };

static const char *const contestants[] = {"vifi", "evp", "raw"};
static const size_t sizes[] = {64, 256, 1500};
static const enum cipher ciphers[] = {CIPHER_CCMP_128, CIPHER_CCMP_256,     CIPHER_GCMP_128, CIPHER_GCMP_256,
				      CIPHER_TKIP,     CIPHER_BIP_CMAC_128, CIPHER_WEP_104};

/* A frame as the two that have no headers to care for get it. */
struct ready {
	uint8_t nonce[13], aad[MPDU_AAD_MAX], tag[16];
	size_t aad_len;
	_Alignas(64) uint8_t body[SIZE_MAX_ + 36];
};

struct bench {
	struct crypto *crypto;
	enum cipher cipher;
	size_t size, tag_len;
	bool ccm, aead, seal;
	uint8_t material[STATIONS][KEY_MAX];
	struct key keys[STATIONS], peers[STATIONS]; /* that seal, that open */
	struct frame *sealed[FRAMES];               /* by the last batch of vifi: what is to be opened */
	struct ready ready[FRAMES];
	EVP_CIPHER_CTX *evp[STATIONS];
#ifdef VIFI_LANES
	IMB_MGR *manager;
	_Alignas(16) uint8_t rounds[STATIONS][15 * 16];
	_Alignas(64) struct gcm_key_data gcm[STATIONS];
#endif
};

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "ciphers: %s\n", what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* QoS data to station `i`, or a deauthentication of all for BIP; the body is `size` bytes. */
static struct frame *plain(const struct bench *b, unsigned i)
{
	bool management = b->cipher >= CIPHER_BIP_CMAC_128;
	size_t hdr = management ? DOT11_HDR_MIN : HDR, head, tail;
	uint8_t bytes[HDR + SIZE_MAX_] = {0};

	put_le16(bytes, management ? 0x00d0 : FC_DATA | FC_QOS | FC_FROM_DS);
	memset(bytes + DOT11_ADDR1, management ? 0xff : 2, 6);
	if (!management)
		bytes[DOT11_ADDR1 + 5] = (uint8_t)(i % STATIONS);
	memcpy(bytes + DOT11_ADDR2, "\2\0\0\0\1\0\2\0\0\0\1\0", 12);
	for (size_t n = 0; n < b->size; n++)
		bytes[hdr + n] = (uint8_t)(n * 7 + i);
	key_room(b->cipher, &head, &tail);
	return frame_from(bytes, hdr + b->size, head, tail);
}

static void set_keys(struct bench *b)
{
	for (unsigned s = 0; s < STATIONS; s++) {
		struct key_use use = {.id = b->cipher >= CIPHER_BIP_CMAC_128 ? 4 : 0, .authenticator = true};
		size_t len = cipher_key_len(b->cipher);

		for (size_t n = 0; n < KEY_MAX; n++)
			b->material[s][n] = (uint8_t)(n * 13 + s + 1);
		must(!key_set(&b->keys[s], b->crypto, b->cipher, b->material[s], len, use), "a key cannot be set");
		use.authenticator = false;
		must(!key_set(&b->peers[s], b->crypto, b->cipher, b->material[s], len, use), "a key cannot be set");
	}
}

static void wipe_keys(struct bench *b)
{
	for (unsigned s = 0; s < STATIONS; s++) {
		key_wipe(&b->keys[s]);
		key_wipe(&b->peers[s]);
	}
}

/* ---- vifi ---- */

static void run_vifi(struct bench *b, uint64_t *seal_ns, uint64_t *open_ns)
{
	struct key *keys[FRAMES], *peers[FRAMES];
	enum drop drops[FRAMES];
	uint64_t pns[FRAMES], start;

	for (unsigned i = 0; i < FRAMES; i++) {
		frame_free(b->sealed[i]);
		b->sealed[i] = plain(b, i);
		must(b->sealed[i], "no memory");
		keys[i] = &b->keys[i % STATIONS];
		peers[i] = &b->peers[i % STATIONS];
	}
	start = now_ns();
	if (b->cipher == CIPHER_TKIP)
		for (unsigned i = 0; i < FRAMES; i++)
			key_seal_msdu(keys[i], b->sealed[i]);
	key_seal_batch(keys, b->sealed, drops, FRAMES);
	*seal_ns = now_ns() - start;
	for (unsigned i = 0; i < FRAMES; i++)
		must(!drops[i], "a frame was not sealed");
	if (!open_ns)
		return;
	start = now_ns();
	key_open_batch(peers, b->sealed, pns, drops, FRAMES);
	if (b->cipher == CIPHER_TKIP)
		for (unsigned i = 0; i < FRAMES; i++)
			drops[i] = key_open_msdu(peers[i], b->sealed[i], pns[i]);
	*open_ns = now_ns() - start;
	for (unsigned i = 0; i < FRAMES; i++)
		must(!drops[i], "a frame was not opened");
}

/* What vifi has just sealed, taken apart: what the others shall make, or open. */
static void make_ready(struct bench *b, bool sealed)
{
	for (unsigned i = 0; i < FRAMES; i++) {
		struct ready *r = &b->ready[i];
		const uint8_t *bytes = b->sealed[i]->data, *body = bytes + HDR + EXT_IV_LEN;
		struct frame *f = plain(b, i);
		struct mpdu m;
		uint8_t *nonce = r->nonce;

		must(f && !mpdu_parse(&m, f), "no memory");
		if (b->ccm)
			*nonce++ = 0;
		memcpy(nonce, bytes + DOT11_ADDR2, 6);
		mpdu_pn_be(nonce + 6, mpdu_pn(bytes + HDR));
		r->aad_len = mpdu_aad(&m, bytes, r->aad);
		memcpy(r->body, sealed ? body : f->data + HDR, b->size);
		memcpy(r->tag, body + b->size, b->tag_len);
		frame_free(f);
	}
}

/* ---- OpenSSL ---- */

static void evp_begin(struct bench *b)
{
	bool long_key = cipher_key_len(b->cipher) == 32;
	const EVP_CIPHER *c = b->ccm ? (long_key ? EVP_aes_256_ccm() : EVP_aes_128_ccm())
				     : (long_key ? EVP_aes_256_gcm() : EVP_aes_128_gcm());

	for (unsigned s = 0; s < STATIONS; s++) {
		EVP_CIPHER_CTX *x = b->evp[s] = EVP_CIPHER_CTX_new();

		must(x && EVP_CipherInit_ex(x, c, NULL, NULL, NULL, b->seal) &&
			     EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_IVLEN, b->ccm ? 13 : 12, NULL) > 0 &&
			     (!b->ccm || EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_TAG, (int)b->tag_len, NULL) > 0) &&
			     EVP_CipherInit_ex(x, NULL, NULL, b->material[s], NULL, b->seal),
		     "OpenSSL does not work");
	}
}

static void evp_end(struct bench *b)
{
	for (unsigned s = 0; s < STATIONS; s++)
		EVP_CIPHER_CTX_free(b->evp[s]);
}

static bool evp_one(struct bench *b, EVP_CIPHER_CTX *x, struct ready *r)
{
	int n, tag = (int)b->tag_len, size = (int)b->size;
	uint8_t none[16];

	return (b->seal || EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_TAG, tag, r->tag) > 0) &&
	       EVP_CipherInit_ex(x, NULL, NULL, NULL, r->nonce, -1) &&
	       (!b->ccm || EVP_CipherUpdate(x, NULL, &n, NULL, size)) &&
	       EVP_CipherUpdate(x, NULL, &n, r->aad, (int)r->aad_len) &&
	       EVP_CipherUpdate(x, r->body, &n, r->body, size) &&
	       ((b->ccm && !b->seal) || EVP_CipherFinal_ex(x, none, &n)) &&
	       (!b->seal || EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_GET_TAG, tag, r->tag) > 0);
}

static uint64_t run_evp(struct bench *b)
{
	uint64_t start = now_ns();
	bool ok = true;

	for (unsigned i = 0; i < FRAMES; i++)
		ok &= evp_one(b, b->evp[i % STATIONS], &b->ready[i]);
	start = now_ns() - start;
	must(ok, "OpenSSL does not work");
	return start;
}

/* ---- the multi-buffer library ---- */

#ifdef VIFI_LANES
static void raw_begin(struct bench *b)
{
	_Alignas(16) uint8_t unused[15 * 16];
	IMB_ARCH arch;

	b->manager = alloc_mb_mgr(0);
	must(b->manager, "no memory");
	init_mb_mgr_auto(b->manager, &arch);
	for (unsigned s = 0; s < STATIONS; s++) {
		if (cipher_key_len(b->cipher) == 32) {
			IMB_AES_KEYEXP_256(b->manager, b->material[s], b->rounds[s], unused);
			IMB_AES256_GCM_PRE(b->manager, b->material[s], &b->gcm[s]);
		} else {
			IMB_AES_KEYEXP_128(b->manager, b->material[s], b->rounds[s], unused);
			IMB_AES128_GCM_PRE(b->manager, b->material[s], &b->gcm[s]);
		}
	}
}

static bool raw_ccm(struct bench *b, uint8_t tags[FRAMES][16])
{
	IMB_JOB *jobs[FRAMES];
	uint32_t done;

	if (IMB_GET_NEXT_BURST(b->manager, FRAMES, jobs) != FRAMES)
		return false;
	for (unsigned i = 0; i < FRAMES; i++) {
		struct ready *r = &b->ready[i];
		IMB_JOB *j = jobs[i];

		j->cipher_mode = IMB_CIPHER_CCM;
		j->hash_alg = IMB_AUTH_AES_CCM;
		j->cipher_direction = b->seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
		j->chain_order = b->seal ? IMB_ORDER_HASH_CIPHER : IMB_ORDER_CIPHER_HASH;
		j->enc_keys = j->dec_keys = b->rounds[i % STATIONS];
		j->key_len_in_bytes = cipher_key_len(b->cipher);
		j->src = j->dst = r->body;
		j->cipher_start_src_offset_in_bytes = j->hash_start_src_offset_in_bytes = 0;
		j->msg_len_to_cipher_in_bytes = j->msg_len_to_hash_in_bytes = b->size;
		j->iv = r->nonce;
		j->iv_len_in_bytes = 13;
		j->auth_tag_output = tags[i];
		j->auth_tag_output_len_in_bytes = b->tag_len;
		j->u.CCM.aad = r->aad;
		j->u.CCM.aad_len_in_bytes = r->aad_len;
	}
	done = IMB_SUBMIT_BURST_NOCHECK(b->manager, FRAMES, jobs);
	while (done < FRAMES) {
		uint32_t more = IMB_FLUSH_BURST(b->manager, FRAMES - done, jobs);

		if (!more)
			return false;
		done += more;
	}
	return true;
}

static bool raw_gcm(struct bench *b, uint8_t tags[FRAMES][16])
{
	bool long_key = cipher_key_len(b->cipher) == 32;
	aes_gcm_enc_dec_t run = b->seal ? (long_key ? b->manager->gcm256_enc : b->manager->gcm128_enc)
					: (long_key ? b->manager->gcm256_dec : b->manager->gcm128_dec);
	struct gcm_context_data state;

	for (unsigned i = 0; i < FRAMES; i++) {
		struct ready *r = &b->ready[i];

		run(&b->gcm[i % STATIONS], &state, r->body, r->body, b->size, r->nonce, r->aad, r->aad_len, tags[i],
		    b->tag_len);
	}
	return true;
}

static uint64_t run_raw(struct bench *b)
{
	uint8_t tags[FRAMES][16];
	uint64_t start = now_ns();
	bool ok = b->ccm ? raw_ccm(b, tags) : raw_gcm(b, tags);

	for (unsigned i = 0; i < FRAMES; i++)
		if (b->seal)
			memcpy(b->ready[i].tag, tags[i], b->tag_len);
		else
			ok &= memcmp(tags[i], b->ready[i].tag, b->tag_len) == 0;
	start = now_ns() - start;
	must(ok, "the multi-buffer library does not work");
	return start;
}
#else
static void raw_begin(struct bench *b)
{
	(void)b;
}

static uint64_t run_raw(struct bench *b)
{
	(void)b;
	return 0;
}
#endif

/* ---- turns ---- */

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool takes_part(const struct bench *b, enum contestant c)
{
#ifndef VIFI_LANES
	if (c == RAW)
		return false;
#endif
	return c == VIFI || b->aead;
}

static uint64_t run_batch(struct bench *b, enum contestant c)
{
	uint64_t seal_ns, open_ns;

	if (c == VIFI) {
		run_vifi(b, &seal_ns, b->seal ? NULL : &open_ns);
		return b->seal ? seal_ns : open_ns;
	}
	make_ready(b, !b->seal);
	return c == EVP ? run_evp(b) : run_raw(b);
}

/* vifi's last batch was sealed; the others must make the same of it, bit for bit. */
static void compare(struct bench *b)
{
	uint64_t ns;

	if (!b->aead)
		return;
	run_vifi(b, &ns, NULL);
	for (enum contestant c = EVP; c < CONTESTANTS; c++) {
		if (!takes_part(b, c))
			continue;
		run_batch(b, c);
		for (unsigned i = 0; i < FRAMES; i++) {
			struct frame *f = plain(b, i);
			const uint8_t *body = b->sealed[i]->data + HDR + EXT_IV_LEN;

			must(memcmp(b->ready[i].body, b->seal ? body : f->data + HDR, b->size) == 0 &&
				     memcmp(b->ready[i].tag, body + b->size, b->tag_len) == 0,
			     "two contestants make different frames");
			frame_free(f);
		}
	}
}

static double round_of(struct bench *b, enum contestant c, uint64_t most_ns)
{
	static uint64_t took[BATCHES_MAX];
	uint64_t sum = 0;
	size_t n = 0;

	/* The first ones fill the caches. */
	for (int i = 0; i < 3; i++)
		run_batch(b, c);
	while (n < BATCHES_MAX && (n < 5 || sum < most_ns))
		sum += took[n++] = run_batch(b, c);
	qsort(took, n, sizeof took[0], by_value);
	return (double)took[n / 2] / FRAMES;
}

/* A round for each; the others' frames to open are those that vifi sealed last, so it comes first if it must. */
static void measure(struct bench *b, unsigned rounds, uint64_t most_ns)
{
	static double figures[CONTESTANTS][ROUNDS_MAX];
	const char *comma = "";
	uint64_t ns;

	evp_begin(b);
	compare(b);
	for (unsigned r = 0; r < rounds; r++)
		for (unsigned turn = 0; turn < CONTESTANTS; turn++) {
			enum contestant c = (r + turn) % CONTESTANTS;

			if (!takes_part(b, c))
				continue;
			run_vifi(b, &ns, NULL);
			figures[c][r] = round_of(b, c, most_ns);
		}
	evp_end(b);
	printf("{\"cipher\": \"%s\", \"bytes\": %zu, \"seal\": %s", cipher_name(b->cipher), b->size,
	       b->seal ? "true" : "false");
	for (enum contestant c = VIFI; c < CONTESTANTS; c++) {
		if (!takes_part(b, c))
			continue;
		printf(", \"%s\": [", contestants[c]);
		for (unsigned r = 0; r < rounds; r++, comma = ", ")
			printf("%s%.1f", r ? comma : "", figures[c][r]);
		printf("]");
	}
	printf("}");
}

int main(int argc, char **argv)
{
	bool quick = argc > 1 && strcmp(argv[1], "-q") == 0;
	struct bench *b = aligned_alloc(64, (sizeof *b + 63) / 64 * 64);
	const char *comma = "";

	must(b, "no memory");
	memset(b, 0, sizeof *b);
	b->crypto = crypto_new();
	must(b->crypto, "libcrypto does not work");
	printf("[");
	for (size_t c = 0; c < sizeof ciphers / sizeof ciphers[0]; c++) {
		size_t head;

		b->cipher = ciphers[c];
		b->aead = b->cipher >= CIPHER_CCMP_128 && b->cipher < CIPHER_BIP_CMAC_128;
		b->ccm = b->cipher == CIPHER_CCMP_128 || b->cipher == CIPHER_CCMP_256;
		key_room(b->cipher, &head, &b->tag_len);
		set_keys(b);
		if (b->aead)
			raw_begin(b);
		for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
			for (int seal = 1; seal >= 0; seal--) {
				b->size = sizes[s];
				b->seal = seal;
				printf("%s\n", comma);
				measure(b, quick ? 3 : 21, quick ? 300000 : 3000000);
				comma = ",";
			}
#ifdef VIFI_LANES
		if (b->aead)
			free_mb_mgr(b->manager);
#endif
		wipe_keys(b);
	}
	printf("\n]\n");
	for (unsigned i = 0; i < FRAMES; i++)
		frame_free(b->sealed[i]);
	crypto_free(b->crypto);
	free(b);
	return 0;
}
