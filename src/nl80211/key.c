/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/key.h"

#include "base/mac.h"
#include "wire/be.h"

#include <string.h>

#define IGTK_ID_MIN  4
#define BIGTK_ID_MIN 6
#define SEQ_LEN      6

/* The Michael keys of a TKIP key (12.7.1.3): that of frames from the authenticator, then that of the other direction. */
#define TKIP_MICHAEL_OFFSET 16
#define TKIP_MICHAEL_LEN    8

uint32_t nl80211_cipher(enum cipher cipher)
{
	uint8_t selector[4];

	cipher_selector(cipher, false, selector);
	return be32(selector);
}

uint32_t nl80211_akm(enum akm akm, bool wpa)
{
	uint8_t selector[4];

	akm_selector(akm, wpa, selector);
	return be32(selector);
}

uint32_t nl80211_cipher_set(struct span ciphers)
{
	uint32_t set = 0, number;
	const uint8_t *bytes;

	while ((bytes = span_take(&ciphers, sizeof(number)))) {
		memcpy(&number, bytes, sizeof(number));
		for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++)
			set |= nl80211_cipher(cipher) == number ? 1u << cipher : 0;
	}
	return set;
}

/* The kernel wants the Michael key for sending first, and that for receiving after it. */
static void put_key_data(struct nl80211_request *request, const struct plane_key *key, enum nl80211_role role)
{
	uint8_t bytes[KEY_MAX];

	memcpy(bytes, key->bytes, key->len);
	if (key->cipher == CIPHER_TKIP && role == NL80211_SUPPLICANT) {
		memcpy(bytes + TKIP_MICHAEL_OFFSET, key->bytes + TKIP_MICHAEL_OFFSET + TKIP_MICHAEL_LEN,
		       TKIP_MICHAEL_LEN);
		memcpy(bytes + TKIP_MICHAEL_OFFSET + TKIP_MICHAEL_LEN, key->bytes + TKIP_MICHAEL_OFFSET,
		       TKIP_MICHAEL_LEN);
	}
	nl80211_put_bytes(request, NL80211_KEY_DATA, bytes, key->len);
	explicit_bzero(bytes, sizeof(bytes));
}

static void put_seq(struct nl80211_request *request, uint64_t pn)
{
	uint8_t seq[SEQ_LEN];

	for (int i = 0; i < SEQ_LEN; i++)
		seq[i] = (uint8_t)(pn >> 8 * i);
	nl80211_put_bytes(request, NL80211_KEY_SEQ, seq, sizeof(seq));
}

struct nl80211_request *nl80211_key_install(struct nl80211_requests *requests, int ifindex, const uint8_t *addr,
					    const struct plane_key *key, enum nl80211_role role)
{
	struct nl80211_request *request = nl80211_requests_add(requests, NL80211_CMD_NEW_KEY, ifindex);
	struct nlattr *nest;

	if (addr)
		nl80211_put_bytes(request, NL80211_ATTR_MAC, addr, MAC_LEN);
	nest = nl80211_nest_begin(request, NL80211_ATTR_KEY);
	put_key_data(request, key, role);
	nl80211_put_u32(request, NL80211_KEY_CIPHER, nl80211_cipher(key->cipher));
	nl80211_put_u8(request, NL80211_KEY_IDX, key->id);
	nl80211_put_u32(request, NL80211_KEY_TYPE, addr ? NL80211_KEYTYPE_PAIRWISE : NL80211_KEYTYPE_GROUP);
	if (!addr && role == NL80211_SUPPLICANT && key->cipher != CIPHER_WEP_40 && key->cipher != CIPHER_WEP_104)
		put_seq(request, key->rsc);
	nl80211_nest_end(request, nest);
	return request;
}

struct nl80211_request *nl80211_key_set_default(struct nl80211_requests *requests, int ifindex, uint8_t id,
						enum cipher cipher)
{
	struct nl80211_request *request = nl80211_requests_add(requests, NL80211_CMD_SET_KEY, ifindex);
	struct nlattr *nest = nl80211_nest_begin(request, NL80211_ATTR_KEY), *types;

	nl80211_put_u8(request, NL80211_KEY_IDX, id);
	if (id >= BIGTK_ID_MIN) {
		nl80211_put_flag(request, NL80211_KEY_DEFAULT_BEACON);
	} else if (id >= IGTK_ID_MIN) {
		nl80211_put_flag(request, NL80211_KEY_DEFAULT_MGMT);
	} else {
		nl80211_put_flag(request, NL80211_KEY_DEFAULT);
		types = nl80211_nest_begin(request, NL80211_KEY_DEFAULT_TYPES);
		nl80211_put_flag(request, NL80211_KEY_DEFAULT_TYPE_MULTICAST);
		if (cipher == CIPHER_WEP_40 || cipher == CIPHER_WEP_104)
			nl80211_put_flag(request, NL80211_KEY_DEFAULT_TYPE_UNICAST);
		nl80211_nest_end(request, types);
	}
	nl80211_nest_end(request, nest);
	return request;
}

struct nl80211_request *nl80211_key_remove(struct nl80211_requests *requests, int ifindex, const uint8_t *addr,
					   uint8_t id)
{
	struct nl80211_request *request = nl80211_requests_add(requests, NL80211_CMD_DEL_KEY, ifindex);
	struct nlattr *nest;

	if (addr)
		nl80211_put_bytes(request, NL80211_ATTR_MAC, addr, MAC_LEN);
	nest = nl80211_nest_begin(request, NL80211_ATTR_KEY);
	nl80211_put_u8(request, NL80211_KEY_IDX, id);
	nl80211_nest_end(request, nest);
	return request;
}

struct nl80211_request *nl80211_key_query(struct nl80211_requests *requests, int ifindex, const uint8_t *addr,
					  uint8_t id)
{
	struct nl80211_request *request = nl80211_requests_add(requests, NL80211_CMD_GET_KEY, ifindex);

	if (addr)
		nl80211_put_bytes(request, NL80211_ATTR_MAC, addr, MAC_LEN);
	nl80211_put_u8(request, NL80211_ATTR_KEY_IDX, id);
	return request;
}

uint64_t nl80211_key_read_pn(const struct nl80211_event *event)
{
	uint64_t pn = 0;

	for (size_t i = 0; i < SEQ_LEN && i < event->key.seq.len; i++)
		pn |= (uint64_t)event->key.seq.bytes[i] << 8 * i;
	return pn;
}
