/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/multibuffer.h"

#ifdef VIFI_MULTIBUFFER

#include "crypto/aead_state.h"

#include <dlfcn.h>
#include <intel-ipsec-mb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUND_KEYS = 15, ROUND_KEY = 16, CCM_NONCE = 13 };

/* The schedule of GCM is aligned to 64 bytes, that of CCM, a quarter of its size, to 16. */
struct multibuffer_key {
	size_t size;
	void *schedule;
};

/* The functions of the library that are no members of its manager. They are found by name. */
struct library {
	IMB_MGR *(*alloc_mb_mgr)(uint64_t flags);
	void (*free_mb_mgr)(IMB_MGR *mgr);
	void (*init_mb_mgr_auto)(IMB_MGR *mgr, IMB_ARCH *arch);
	int (*imb_get_errno)(IMB_MGR *mgr);
#ifdef VIFI_MULTIBUFFER_SESSION
	uint32_t (*imb_set_session)(IMB_MGR *mgr, IMB_JOB *job);
#endif
};

struct multibuffer {
	struct library library;
	IMB_MGR *mgr;
};

static IMB_MGR *manager(struct multibuffer *multibuffer)
{
	return multibuffer->mgr;
}

/* The compiler compares the types with those of the header. */
#define FIND(function_)                                                                                             \
	(*(void **)&library->function_ = dlsym(handle, #function_), (void)sizeof(library->function_ == &function_), \
	 library->function_ != NULL)

/* Loads the version whose header was compiled in. It stays loaded. */
static bool load_library(struct library *library)
{
	char name[32];
	void *handle;

	snprintf(name, sizeof(name), "libIPSec_MB.so.%d", IMB_VERSION_NUM >> 16);
	handle = dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
#ifdef VIFI_MULTIBUFFER_SESSION
	if (handle && !FIND(imb_set_session))
		return false;
#endif
	return handle && FIND(alloc_mb_mgr) && FIND(free_mb_mgr) && FIND(init_mb_mgr_auto) && FIND(imb_get_errno);
}

struct multibuffer *multibuffer_new(void)
{
	const uint64_t needed = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ | IMB_FEATURE_SELF_TEST_PASS;
	struct multibuffer *multibuffer = calloc(1, sizeof(*multibuffer));
	IMB_ARCH arch;

	if (!multibuffer || !load_library(&multibuffer->library)) {
		free(multibuffer);
		return NULL;
	}
	multibuffer->mgr = multibuffer->library.alloc_mb_mgr(0);
	if (multibuffer->mgr) {
		multibuffer->library.init_mb_mgr_auto(multibuffer->mgr, &arch);
		if (multibuffer->library.imb_get_errno(multibuffer->mgr) == 0 &&
		    (multibuffer->mgr->features & needed) == needed)
			return multibuffer;
	}
	/* Without AES instructions the library uses tables in memory and is slower than libcrypto. */
	multibuffer_free(multibuffer);
	return NULL;
}

void multibuffer_free(struct multibuffer *multibuffer)
{
	if (multibuffer && multibuffer->mgr)
		multibuffer->library.free_mb_mgr(multibuffer->mgr);
	free(multibuffer);
}

static void expand_ccm(IMB_MGR *mgr, const uint8_t *key, size_t key_len, void *schedule)
{
	/* CCM needs only the encryption keys, but the library expands both. */
	_Alignas(16) uint8_t unused[ROUND_KEYS * ROUND_KEY];

	if (key_len == 16)
		IMB_AES_KEYEXP_128(mgr, key, schedule, unused);
	else
		IMB_AES_KEYEXP_256(mgr, key, schedule, unused);
	explicit_bzero(unused, sizeof(unused));
}

static void expand_gcm(IMB_MGR *mgr, const uint8_t *key, size_t key_len, void *schedule)
{
	if (key_len == 16)
		IMB_AES128_GCM_PRE(mgr, key, schedule);
	else
		IMB_AES256_GCM_PRE(mgr, key, schedule);
}

struct multibuffer_key *multibuffer_key_new(struct multibuffer *multibuffer, enum aead_kind kind, const uint8_t *bytes,
					    size_t key_len)
{
	struct multibuffer_key *key = calloc(1, sizeof(*key));

	if (!key)
		return NULL;
	key->size = kind == AEAD_CCM ? ROUND_KEYS * ROUND_KEY : (sizeof(struct gcm_key_data) + 63) / 64 * 64;
	key->schedule = aligned_alloc(kind == AEAD_CCM ? 16 : 64, key->size);
	if (!key->schedule) {
		free(key);
		return NULL;
	}
	if (kind == AEAD_CCM)
		expand_ccm(manager(multibuffer), bytes, key_len, key->schedule);
	else
		expand_gcm(manager(multibuffer), bytes, key_len, key->schedule);
	return key;
}

void multibuffer_key_free(struct multibuffer_key *key)
{
	if (!key)
		return;
	explicit_bzero(key->schedule, key->size);
	free(key->schedule);
	free(key);
}

/* Since version 1.4 the library wants to look up the functions for a job in advance. */
static void set_session(struct multibuffer *multibuffer, IMB_JOB *imb_job)
{
#ifdef VIFI_MULTIBUFFER_SESSION
	multibuffer->library.imb_set_session(multibuffer->mgr, imb_job);
#else
	(void)multibuffer, (void)imb_job;
#endif
}

static void fill_ccm_job(struct multibuffer *multibuffer, IMB_JOB *imb_job, struct aead_job *job, bool seal)
{
	imb_job->enc_keys = imb_job->dec_keys = job->aead->multibuffer_key->schedule;
	imb_job->key_len_in_bytes = job->aead->key_len;
	imb_job->src = imb_job->dst = job->bytes;
	imb_job->cipher_start_src_offset_in_bytes = imb_job->hash_start_src_offset_in_bytes = 0;
	imb_job->msg_len_to_cipher_in_bytes = imb_job->msg_len_to_hash_in_bytes = job->len;
	imb_job->iv = job->nonce;
	imb_job->iv_len_in_bytes = CCM_NONCE;
	imb_job->auth_tag_output = seal ? job->tag : job->computed_tag;
	imb_job->auth_tag_output_len_in_bytes = job->aead->tag_len;
	imb_job->u.CCM.aad = job->aad.bytes;
	imb_job->u.CCM.aad_len_in_bytes = job->aad.len;
	imb_job->cipher_mode = IMB_CIPHER_CCM;
	imb_job->cipher_direction = seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
	imb_job->hash_alg = IMB_AUTH_AES_CCM;
	imb_job->chain_order = seal ? IMB_ORDER_HASH_CIPHER : IMB_ORDER_CIPHER_HASH;
	imb_job->user_data = job;
	set_session(multibuffer, imb_job);
}

/* aead.c has checked the lengths of the jobs, so the library need not. */
void multibuffer_ccm(struct multibuffer *multibuffer, struct aead_job **jobs, size_t count, bool seal)
{
	IMB_MGR *mgr = manager(multibuffer);
	IMB_JOB *burst[MULTIBUFFER_BATCH];
	uint32_t done, flushed;

	if (IMB_GET_NEXT_BURST(mgr, (uint32_t)count, burst) != count)
		return;
	for (size_t i = 0; i < count; i++)
		fill_ccm_job(multibuffer, burst[i], jobs[i], seal);
	done = IMB_SUBMIT_BURST_NOCHECK(mgr, (uint32_t)count, burst);
	do {
		flushed = done < count ? IMB_FLUSH_BURST(mgr, (uint32_t)count - done, burst + done) : 0;
		done += flushed;
	} while (flushed);
	for (uint32_t i = 0; i < done; i++)
		if (burst[i]->status == IMB_STATUS_COMPLETED)
			((struct aead_job *)burst[i]->user_data)->error = 0;
}

void multibuffer_gcm(struct multibuffer *multibuffer, struct aead_job *job, bool seal)
{
	IMB_MGR *mgr = manager(multibuffer);
	struct gcm_context_data state;
	aes_gcm_enc_dec_t crypt;

	if (job->aead->key_len == 16)
		crypt = seal ? mgr->gcm128_enc : mgr->gcm128_dec;
	else
		crypt = seal ? mgr->gcm256_enc : mgr->gcm256_dec;
	crypt(job->aead->multibuffer_key->schedule, &state, job->bytes, job->bytes, job->len, job->nonce,
	      job->aad.bytes, job->aad.len, seal ? job->tag : job->computed_tag, job->aead->tag_len);
	explicit_bzero(&state, sizeof(state));
	job->error = 0;
}

uint32_t multibuffer_crc32(struct multibuffer *multibuffer, const uint8_t *bytes, size_t len)
{
	return IMB_CRC32_ETHERNET_FCS(manager(multibuffer), bytes, len);
}

#else /* not x86-64 */

struct multibuffer *multibuffer_new(void)
{
	return NULL;
}

void multibuffer_free(struct multibuffer *multibuffer)
{
	(void)multibuffer;
}

struct multibuffer_key *multibuffer_key_new(struct multibuffer *multibuffer, enum aead_kind kind, const uint8_t *bytes,
					    size_t key_len)
{
	(void)multibuffer, (void)kind, (void)bytes, (void)key_len;
	return NULL;
}

void multibuffer_key_free(struct multibuffer_key *key)
{
	(void)key;
}

void multibuffer_ccm(struct multibuffer *multibuffer, struct aead_job **jobs, size_t count, bool seal)
{
	(void)multibuffer, (void)jobs, (void)count, (void)seal;
}

void multibuffer_gcm(struct multibuffer *multibuffer, struct aead_job *job, bool seal)
{
	(void)multibuffer, (void)job, (void)seal;
}

uint32_t multibuffer_crc32(struct multibuffer *multibuffer, const uint8_t *bytes, size_t len)
{
	(void)multibuffer, (void)bytes, (void)len;
	return 0;
}

#endif
