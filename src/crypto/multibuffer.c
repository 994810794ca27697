/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/multibuffer.h"
#include "crypto/algorithms.h"

#ifdef VIFI_LANES

#include <intel-ipsec-mb.h>
#include <stdlib.h>
#include <string.h>

enum { ROUND_KEYS = 15, ROUND_KEY = 16, CCM_NONCE = 13 };

/* The library's own schedule of GCM is aligned to 64 bytes; CCM's is a quarter of it, and needs 16. */
struct lanes_key {
	size_t size;
	void *schedule;
};

/* struct lanes is the library's manager: it has no other name here. */
static IMB_MGR *manager(struct lanes *l)
{
	return (IMB_MGR *)l;
}

struct lanes *lanes_new(void)
{
	const uint64_t needed = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ | IMB_FEATURE_SELF_TEST_PASS;
	IMB_MGR *m = alloc_mb_mgr(0);
	IMB_ARCH arch;

	if (!m)
		return NULL;
	init_mb_mgr_auto(m, &arch);
	if (imb_get_errno(m) == 0 && (m->features & needed) == needed)
		return (struct lanes *)m;
	/* Without AES instructions the library would work with tables in memory, and slower than libcrypto. */
	free_mb_mgr(m);
	return NULL;
}

void lanes_free(struct lanes *l)
{
	if (l)
		free_mb_mgr(manager(l));
}

static void expand_ccm(IMB_MGR *m, const uint8_t *key, size_t key_len, void *schedule)
{
	/* CCM needs AES in one direction only, but the library makes both. */
	_Alignas(16) uint8_t unused[ROUND_KEYS * ROUND_KEY];

	if (key_len == 16)
		IMB_AES_KEYEXP_128(m, key, schedule, unused);
	else
		IMB_AES_KEYEXP_256(m, key, schedule, unused);
	crypto_wipe(unused, sizeof unused);
}

static void expand_gcm(IMB_MGR *m, const uint8_t *key, size_t key_len, void *schedule)
{
	if (key_len == 16)
		IMB_AES128_GCM_PRE(m, key, schedule);
	else
		IMB_AES256_GCM_PRE(m, key, schedule);
}

struct lanes_key *lanes_key_new(struct lanes *l, enum aead_kind kind, const uint8_t *key, size_t key_len)
{
	struct lanes_key *k = calloc(1, sizeof *k);

	if (!k)
		return NULL;
	k->size = kind == AEAD_CCM ? ROUND_KEYS * ROUND_KEY : (sizeof(struct gcm_key_data) + 63) / 64 * 64;
	k->schedule = aligned_alloc(kind == AEAD_CCM ? 16 : 64, k->size);
	if (!k->schedule) {
		free(k);
		return NULL;
	}
	if (kind == AEAD_CCM)
		expand_ccm(manager(l), key, key_len, k->schedule);
	else
		expand_gcm(manager(l), key, key_len, k->schedule);
	return k;
}

void lanes_key_free(struct lanes_key *k)
{
	if (!k)
		return;
	crypto_wipe(k->schedule, k->size);
	free(k->schedule);
	free(k);
}

static void fill(IMB_JOB *job, struct aead_job *j, bool seal)
{
	job->enc_keys = job->dec_keys = j->aead->lanes->schedule;
	job->key_len_in_bytes = j->aead->key_len;
	job->src = job->dst = j->bytes;
	job->cipher_start_src_offset_in_bytes = job->hash_start_src_offset_in_bytes = 0;
	job->msg_len_to_cipher_in_bytes = job->msg_len_to_hash_in_bytes = j->len;
	job->iv = j->nonce;
	job->iv_len_in_bytes = CCM_NONCE;
	job->auth_tag_output = seal ? j->tag : j->mac;
	job->auth_tag_output_len_in_bytes = j->aead->tag_len;
	job->u.CCM.aad = j->aad.bytes;
	job->u.CCM.aad_len_in_bytes = j->aad.len;
	job->cipher_mode = IMB_CIPHER_CCM;
	job->cipher_direction = seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
	job->hash_alg = IMB_AUTH_AES_CCM;
	job->chain_order = seal ? IMB_ORDER_HASH_CIPHER : IMB_ORDER_CIPHER_HASH;
	job->user_data = j;
}

/* The lengths of a job are checked where it is made (aead.c), so the library need not do it for each. */
void lanes_ccm(struct lanes *l, struct aead_job **jobs, size_t n, bool seal)
{
	IMB_MGR *m = manager(l);
	IMB_JOB *burst[LANES_BATCH];
	uint32_t done, more;

	if (IMB_GET_NEXT_BURST(m, (uint32_t)n, burst) != n)
		return;
	for (size_t i = 0; i < n; i++)
		fill(burst[i], jobs[i], seal);
	done = IMB_SUBMIT_BURST_NOCHECK(m, (uint32_t)n, burst);
	do {
		more = done < n ? IMB_FLUSH_BURST(m, (uint32_t)n - done, burst + done) : 0;
		done += more;
	} while (more);
	for (uint32_t i = 0; i < done; i++)
		if (burst[i]->status == IMB_STATUS_COMPLETED)
			((struct aead_job *)burst[i]->user_data)->error = 0;
}

void lanes_gcm(struct lanes *l, struct aead_job *j, bool seal)
{
	IMB_MGR *m = manager(l);
	struct gcm_context_data state;
	aes_gcm_enc_dec_t run;

	if (j->aead->key_len == 16)
		run = seal ? m->gcm128_enc : m->gcm128_dec;
	else
		run = seal ? m->gcm256_enc : m->gcm256_dec;
	run(j->aead->lanes->schedule, &state, j->bytes, j->bytes, j->len, j->nonce, j->aad.bytes, j->aad.len,
	    seal ? j->tag : j->mac, j->aead->tag_len);
	crypto_wipe(&state, sizeof state);
	j->error = 0;
}

uint32_t lanes_crc32(struct lanes *l, const uint8_t *bytes, size_t len)
{
	return IMB_CRC32_ETHERNET_FCS(manager(l), bytes, len);
}

#else /* a machine that the library is not made for */

struct lanes *lanes_new(void)
{
	return NULL;
}

void lanes_free(struct lanes *l)
{
	(void)l;
}

struct lanes_key *lanes_key_new(struct lanes *l, enum aead_kind kind, const uint8_t *key, size_t key_len)
{
	(void)l, (void)kind, (void)key, (void)key_len;
	return NULL;
}

void lanes_key_free(struct lanes_key *k)
{
	(void)k;
}

void lanes_ccm(struct lanes *l, struct aead_job **jobs, size_t n, bool seal)
{
	(void)l, (void)jobs, (void)n, (void)seal;
}

void lanes_gcm(struct lanes *l, struct aead_job *j, bool seal)
{
	(void)l, (void)j, (void)seal;
}

uint32_t lanes_crc32(struct lanes *l, const uint8_t *bytes, size_t len)
{
	(void)l, (void)bytes, (void)len;
	return 0;
}

#endif
