/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds keys: in EAPOL-Key frames; in the reassociation of a fast BSS transition (IEEE 802.11-2016 13.8), which has no
 * handshake; and in the set-up of a direct link, which two stations exchange through their access point (12.7.9).
 */
#include "decrypt/observer/observer_state.h"

#include "wire/be.h"
#include "wire/ether.h"
#include "wire/mgmt.h"

#include <stdlib.h>

struct observer_link *observer_find_link(const struct observer *observer, const uint8_t *aa, const uint8_t *spa)
{
	struct rsn_addresses ends;
	struct observer_link *link;

	memcpy(ends.aa, aa, MAC_LEN);
	memcpy(ends.spa, spa, MAC_LEN);
	HASH_FIND(hh, observer->links, &ends, sizeof(ends), link);
	return link;
}

static struct observer_link *get_link(struct observer *observer, const uint8_t *aa, const uint8_t *spa)
{
	struct observer_link *link = observer_find_link(observer, aa, spa);

	if (link)
		return link;
	link = calloc(1, sizeof(*link));
	if (!link)
		return NULL;
	memcpy(link->ends.aa, aa, MAC_LEN);
	memcpy(link->ends.spa, spa, MAC_LEN);
	HASH_ADD(hh, observer->links, ends, sizeof(link->ends), link);
	if (!link->hh.tbl) { /* no memory */
		free(link);
		return NULL;
	}
	return link;
}

struct observer_bss *observer_find_bss(const struct observer *observer, const uint8_t *bssid)
{
	struct observer_bss *bss;

	HASH_FIND(hh, observer->bsses, bssid, MAC_LEN, bss);
	return bss;
}

static struct observer_bss *get_bss(struct observer *observer, const uint8_t *bssid)
{
	struct observer_bss *bss = observer_find_bss(observer, bssid);

	if (bss)
		return bss;
	bss = calloc(1, sizeof(*bss));
	if (!bss)
		return NULL;
	memcpy(bss->bssid, bssid, MAC_LEN);
	HASH_ADD(hh, observer->bsses, bssid, MAC_LEN, bss);
	if (!bss->hh.tbl) {
		free(bss);
		return NULL;
	}
	return bss;
}

/* ---- learning from handshakes ---- */

/* Sets a key and keeps the previous one. Returns whether `now` holds the key; false: no memory. */
static bool replace_key(struct observer *observer, struct observer_key *now, struct observer_key *before,
			enum cipher cipher, const uint8_t *bytes, struct key_params use)
{
	struct key fresh = {0};

	if (now->key.set && now->key.cipher == cipher && crypto_equal(now->key.material, bytes, cipher_key_len(cipher)))
		return true;
	if (key_set(&fresh, observer->crypto, cipher, bytes, cipher_key_len(cipher), use))
		return false;
	key_wipe(&before->key);
	*before = *now;
	*now = (struct observer_key){fresh, ++observer->key_count};
	return true;
}

/* Without memory for both keys the link stays without a PTK, so that the next message with a valid MIC tries again. */
static void store_ptk(struct observer *observer, struct observer_link *link, const struct ptk *ptk)
{
	enum cipher cipher = link->handshake.suite.pairwise;

	if (link->keyed && crypto_equal(&link->ptk, ptk, sizeof(*ptk)))
		return;
	link->ptk = *ptk;
	link->keyed = replace_key(observer, &link->now.down, &link->before.down, cipher, ptk->tk,
				  (struct key_params){.authenticator = false}) &&
		      replace_key(observer, &link->now.up, &link->before.up, cipher, ptk->tk,
				  (struct key_params){.authenticator = true});
	observer->matched += link->keyed;
}

/* Derives the PTK from the key of this network and the nonces of the link. */
static bool derive_ptk(struct observer *observer, const struct observer_link *link,
		       const struct observer_network *network, struct ptk *ptk)
{
	struct span ssid = {network->ssid, network->ssid_len};
	uint8_t pmk[PMK_MAX];
	struct ft_key r1;
	bool ok = true;

	memcpy(pmk, network->pmk, PMK_MAX);
	if (akm_info(link->handshake.suite.akm)->ft) {
		ok = !ft_derive_keys(observer->crypto, (struct piece){pmk, rsn_profile(&link->handshake.suite).pmk_len},
				     ssid, &link->handshake.holders, link->ends.spa, NULL, &r1);
		memcpy(pmk, r1.pmk, PMK_MAX);
		crypto_wipe(&r1, sizeof(r1));
	}
	ok = ok && !rsn_derive_ptk(observer->crypto, &link->handshake.suite, pmk, &link->ends, link->handshake.anonce,
				   link->handshake.snonce, ptk);
	crypto_wipe(pmk, sizeof(pmk));
	return ok;
}

/* The MIC that proves a PTK: of an EAPOL-Key frame, or of a reassociation. */
struct ptk_proof {
	const struct eapol_key *eapol;
	const uint8_t *frame;
	const struct ft_mic_input *covered; /* of a reassociation; NULL: an EAPOL-Key frame */
};

static bool has_valid_mic(struct observer *observer, const struct observer_link *link, const struct ptk *ptk,
			  const struct ptk_proof *proof)
{
	if (proof->covered)
		return ft_mic_verify(observer->crypto, &link->handshake.suite, ptk->kck, &link->ends, proof->covered);
	return rsn_mic_verify(observer->crypto, &link->handshake.suite, ptk->kck, proof->eapol, proof->frame);
}

/* Has the key of this network the length that the suite needs? */
static bool fits_suite(const struct observer_network *network, const struct rsn_suite *suite)
{
	return !network->is_wep && (network->pmk_len ? network->pmk_len : PMK_LEN) == rsn_profile(suite).pmk_len;
}

/* Tries the key of each network. Stores the PTK that the MIC proves and returns whether there is one. */
static bool find_ptk(struct observer *observer, struct observer_link *link, const struct ptk_proof *proof)
{
	struct ptk ptk;
	bool found = false;

	if (proof->eapol && rsn_check_descriptor(&link->handshake.suite, proof->eapol))
		return false;
	for (size_t i = 0; i < observer->network_count && !found; i++)
		found = fits_suite(&observer->networks[i], &link->handshake.suite) &&
			derive_ptk(observer, link, &observer->networks[i], &ptk) &&
			has_valid_mic(observer, link, &ptk, proof);
	if (found)
		store_ptk(observer, link, &ptk);
	crypto_wipe(&ptk, sizeof(ptk));
	return found;
}

/* The element of a station selects one cipher and one AKM. */
static bool suite_from_element(struct rsn_suite *suite, const struct rsn_element *rsne)
{
	if (!rsne->pairwise)
		return false;
	*suite = (struct rsn_suite){.wpa = rsne->wpa,
				    .akm = rsne->akms ? (enum akm)__builtin_ctz(rsne->akms) : AKM_PSK,
				    .pairwise = (enum cipher)__builtin_ctz(rsne->pairwise),
				    .group = rsne->group,
				    .group_management = rsne->group_management};
	return suite->pairwise >= CIPHER_TKIP && suite->pairwise < CIPHER_BIP_CMAC_128;
}

static bool holders_from(struct ft_key_holders *holders, struct span mobility, struct span ft)
{
	struct ft_element element;

	return ft_parse(&element, ft) && ft_key_holders_parse(holders, mobility, &element);
}

static bool suite_from_eapol(struct rsn_suite *suite, struct ft_key_holders *holders, const struct eapol_key *eapol)
{
	struct key_data data;
	struct rsn_element rsne;
	struct span element;

	if (key_data_parse(&data, eapol->data))
		return false;
	element = eapol->descriptor == EAPOL_DESCRIPTOR_WPA ? data.wpa : data.rsne;
	if (!element.bytes || rsn_element_parse(&rsne, element))
		return false;
	if (!suite_from_element(suite, &rsne))
		return false;
	/* Only those AKMs have longer MICs, and then longer PMKs. */
	if (akm_info(suite->akm)->hash_by_group)
		suite->pmk_len = 2 * eapol->mic_len;
	return eapol->mic_len == rsn_profile(suite).mic_len &&
	       (!akm_info(suite->akm)->ft || holders_from(holders, data.mobility_domain, data.ft));
}

static void store_igtk(const struct rsn_suite *suite, struct observer_bss *bss, struct span kde)
{
	size_t len = suite->group_management != CIPHER_NONE ? cipher_key_len(suite->group_management) : 0;
	unsigned id = kde.len >= 2 ? le16(kde.bytes) : 0;

	if (!len || len + 8 != kde.len || (id != 4 && id != 5))
		return;
	bss->igtk[id - 4] = (struct observed_igtk){.cipher = suite->group_management, .len = len};
	memcpy(bss->igtk[id - 4].bytes, kde.bytes + 8, len);
}

const struct observed_igtk *observer_igtk(const struct observer *observer, const uint8_t bssid[6], unsigned id)
{
	const struct observer_bss *bss = id == 4 || id == 5 ? observer_find_bss(observer, bssid) : NULL;

	return bss && bss->igtk[id - 4].len ? &bss->igtk[id - 4] : NULL;
}

static void store_gtk(struct observer *observer, const struct observer_link *link, unsigned id, const uint8_t *gtk,
		      size_t len, struct span igtk)
{
	uint64_t previous_id;
	struct observer_bss *bss =
		link->handshake.suite.group != CIPHER_NONE && len >= cipher_key_len(link->handshake.suite.group)
			? get_bss(observer, link->ends.aa)
			: NULL;

	if (!bss)
		return;
	previous_id = bss->now[id].id;
	replace_key(observer, &bss->now[id], &bss->before[id], link->handshake.suite.group, gtk,
		    (struct key_params){.id = (uint8_t)id});
	/* A group rekey renews both keys, but not every station gets the IGTK: forget the previous one. */
	if (bss->now[id].id != previous_id)
		crypto_wipe(bss->igtk, sizeof(bss->igtk));
	store_igtk(&link->handshake.suite, bss, igtk);
}

static void store_group_keys(struct observer *observer, const struct observer_link *link, const struct eapol_key *eapol)
{
	uint8_t plain[2048];
	const uint8_t *gtk = plain;
	struct key_data data = {0};
	unsigned id = (eapol->info & KEY_INFO_INDEX) >> 4;
	int len = -1;

	if (eapol->data.len <= sizeof(plain))
		len = rsn_decrypt_key_data(observer->crypto, &link->handshake.suite, link->ptk.kek, eapol, plain);
	if (len >= 0 && !link->handshake.suite.wpa) {
		bool found = !key_data_parse(&data, (struct span){plain, (size_t)len}) && data.gtk.len >= 2;

		id = found ? data.gtk.bytes[0] & 3 : 0;
		gtk = found ? data.gtk.bytes + 2 : NULL;
		len = found ? (int)data.gtk.len - 2 : -1;
	}
	if (len > 0)
		store_gtk(observer, link, id, gtk, (size_t)len, data.igtk);
	crypto_wipe(plain, sizeof(plain));
}

/* These two return false if the MIC must have another length. */
static bool learn_from_authenticator(struct observer *observer, struct observer_link *link,
				     const struct eapol_key *eapol, const uint8_t *frame)
{
	bool valid;

	if ((eapol->info & KEY_INFO_PAIRWISE) && !rsn_is_zero(eapol->nonce, RSN_NONCE_LEN)) {
		memcpy(link->handshake.anonce, eapol->nonce, RSN_NONCE_LEN);
		link->handshake.msg1_seen = true;
	}
	if (!(eapol->info & KEY_INFO_MIC) || !link->handshake.msg2_seen)
		return true;
	if (eapol->mic_len != rsn_profile(&link->handshake.suite).mic_len)
		return false;
	valid = eapol->info & KEY_INFO_PAIRWISE
			? find_ptk(observer, link, &(struct ptk_proof){.eapol = eapol, .frame = frame})
			: link->keyed &&
				  rsn_mic_verify(observer->crypto, &link->handshake.suite, link->ptk.kck, eapol, frame);
	if (valid && (!link->handshake.suite.wpa || !(eapol->info & KEY_INFO_PAIRWISE)))
		store_group_keys(observer, link, eapol);
	return true;
}

static bool learn_from_supplicant(struct observer *observer, struct observer_link *link, const struct eapol_key *eapol,
				  const uint8_t *frame)
{
	struct rsn_suite suite;
	struct ft_key_holders holders = {0};

	/* Of the messages of a supplicant only message 2 has an element. */
	if (!(eapol->info & KEY_INFO_PAIRWISE) || !(eapol->info & KEY_INFO_MIC) ||
	    !suite_from_eapol(&suite, &holders, eapol))
		return false;
	link->handshake.suite = suite;
	link->handshake.holders = holders;
	memcpy(link->handshake.snonce, eapol->nonce, RSN_NONCE_LEN);
	link->handshake.msg2_seen = true;
	if (link->handshake.msg1_seen && !find_ptk(observer, link, &(struct ptk_proof){.eapol = eapol, .frame = frame}))
		observer->unmatched++;
	return true;
}

/* ---- fast BSS transition ---- */

struct ft_reassociation {
	struct mgmt mgmt;
	struct ft_mic_input covered;
	struct ft_element ft;
	struct rsn_element rsn;
};

static bool reassociation_parse(struct ft_reassociation *reassociation, const uint8_t *bytes, size_t len)
{
	struct element element;
	struct span rest;

	*reassociation = (struct ft_reassociation){0};
	if (mgmt_parse(&reassociation->mgmt, bytes, len) || (reassociation->mgmt.subtype != MGMT_REASSOC_REQUEST &&
							     reassociation->mgmt.subtype != MGMT_REASSOC_RESPONSE))
		return false;
	reassociation->covered = (struct ft_mic_input){.response = reassociation->mgmt.subtype == MGMT_REASSOC_RESPONSE,
						       .rsn = reassociation->mgmt.rsn};
	rest = reassociation->mgmt.body;
	while (element_next(&rest, &element)) {
		struct span *target = element.id == EID_MOBILITY_DOMAIN ? &reassociation->covered.mobility_domain
				      : element.id == EID_FT            ? &reassociation->covered.ft
				      : element.id == EID_RSNX          ? &reassociation->covered.rsnx
									: NULL;

		if (target && !target->bytes)
			*target = element.whole;
	}
	if (!reassociation->covered.rsn.bytes || !reassociation->covered.mobility_domain.bytes ||
	    !ft_parse(&reassociation->ft, reassociation->covered.ft))
		return false;
	reassociation->covered.ric = ft_ric(&reassociation->covered, reassociation->mgmt.ric, reassociation->ft.count);
	return !rsn_element_parse(&reassociation->rsn, reassociation->covered.rsn);
}

/* The group keys of a response. */
static void store_ft_group_keys(struct observer *observer, const struct observer_link *link,
				const struct ft_element *ft)
{
	const struct piece kek = ft_kek(&link->handshake.suite, &link->ptk);
	uint8_t kde[8 + KEY_MAX] = {0};
	struct rsn_key gtk, igtk;
	size_t kde_len = 0;

	if (!ft->gtk.bytes || ft_unwrap_group_key(observer->crypto, kek, FT_GTK, ft->gtk, &gtk))
		return;
	if (ft->igtk.bytes && !ft_unwrap_group_key(observer->crypto, kek, FT_IGTK, ft->igtk, &igtk)) {
		put_le16(kde, igtk.id);
		memcpy(kde + 8, igtk.bytes, igtk.len);
		kde_len = 8u + igtk.len;
	}
	store_gtk(observer, link, gtk.id, gtk.bytes, gtk.len, (struct span){kde, kde_len});
	crypto_wipe(&gtk, sizeof(gtk));
	crypto_wipe(&igtk, sizeof(igtk));
	crypto_wipe(kde, sizeof(kde));
}

/*
 * The reassociation contains everything that the PTK depends on; the earlier frames are not needed. The request names the
 * negotiated suite. The response alone names it only if it has a single cipher.
 */
static void learn_ft_reassociation(struct observer *observer, const uint8_t *bytes, size_t len)
{
	struct ft_key_holders holders;
	struct ft_reassociation reassociation;
	struct rsn_suite suite;
	struct observer_handshake previous;
	struct observer_link *link;

	if (!reassociation_parse(&reassociation, bytes, len) || !suite_from_element(&suite, &reassociation.rsn) ||
	    !(reassociation.rsn.akms & akm_set_ft()) ||
	    !ft_key_holders_parse(&holders, reassociation.covered.mobility_domain, &reassociation.ft))
		return;
	link = get_link(observer, reassociation.mgmt.bssid,
			reassociation.covered.response ? reassociation.mgmt.da : reassociation.mgmt.sa);
	if (!link)
		return;
	suite.akm = akm_strongest(reassociation.rsn.akms & akm_set_ft());
	suite.pmk_len = 2 * reassociation.ft.mic_len;
	previous = link->handshake;
	if (!reassociation.covered.response || !link->handshake.msg2_seen ||
	    memcmp(link->handshake.snonce, reassociation.ft.snonce, RSN_NONCE_LEN) != 0) {
		if (reassociation.rsn.pairwise & (reassociation.rsn.pairwise - 1))
			return;
		link->handshake.suite = suite;
	}
	link->handshake.holders = holders;
	memcpy(link->handshake.anonce, reassociation.ft.anonce, RSN_NONCE_LEN);
	memcpy(link->handshake.snonce, reassociation.ft.snonce, RSN_NONCE_LEN);
	link->handshake.msg1_seen = link->handshake.msg2_seen = true;
	if (!find_ptk(observer, link, &(struct ptk_proof){.covered = &reassociation.covered})) {
		link->handshake = previous; /* an unproven transition changes nothing */
		observer->unmatched += !reassociation.covered.response;
		return;
	}
	store_ft_group_keys(observer, link, &reassociation.ft);
}

/* ---- direct links ---- */

enum { TDLS_PAYLOAD = 2, TDLS_CATEGORY = 12, TDLS_RESPONSE = 1, TDLS_CONFIRM = 2, EID_LINK_IDENTIFIER = 101 };

/* TDLS Setup Response and Confirm: the elements that their MIC covers, whole. */
struct tdls_setup {
	uint8_t sequence;
	struct span link_id, rsn, timeout, ft;
	struct ft_element nonces;
	struct rsn_suite suite;
};

/* `body` begins with the category (9.6.13.3, 9.6.13.4). */
static bool tdls_parse(struct tdls_setup *setup, struct span body)
{
	struct rsn_element rsn;
	struct element element;
	const uint8_t *head = span_take(&body, 5); /* category, action, status, token */

	*setup = (struct tdls_setup){0};
	if (!head || head[0] != TDLS_CATEGORY || (head[1] != TDLS_RESPONSE && head[1] != TDLS_CONFIRM) ||
	    le16(head + 2))
		return false;
	setup->sequence = head[1] + 1;
	/* Only the response has a capability field. */
	if (head[1] == TDLS_RESPONSE && !span_take(&body, 2))
		return false;
	while (element_next(&body, &element)) {
		struct span *target = element.id == EID_LINK_IDENTIFIER    ? &setup->link_id
				      : element.id == EID_RSN              ? &setup->rsn
				      : element.id == EID_TIMEOUT_INTERVAL ? &setup->timeout
				      : element.id == EID_FT               ? &setup->ft
									   : NULL;

		if (target && !target->bytes)
			*target = element.whole;
	}
	return setup->link_id.len == 2 + 3 * MAC_LEN && setup->rsn.bytes && setup->timeout.bytes &&
	       ft_parse(&setup->nonces, setup->ft) && !rsn_element_parse(&rsn, setup->rsn) &&
	       suite_from_element(&setup->suite, &rsn);
}

static bool has_valid_tdls_mic(struct observer *observer, const struct tdls_setup *setup, const uint8_t *kck)
{
	/* Whatever the AKM of the network is (12.7.9.4). */
	const struct rsn_suite suite = {.akm = AKM_FT_PSK};
	const uint8_t *ends = setup->link_id.bytes + 2 + MAC_LEN; /* initiator, responder */
	const struct piece covered[FT_LEADING_MAX] = {{ends, 2 * MAC_LEN},
						      {&setup->sequence, 1},
						      {setup->link_id.bytes, setup->link_id.len},
						      {setup->rsn.bytes, setup->rsn.len},
						      {setup->timeout.bytes, setup->timeout.len}};

	return ft_mic_verify_pieces(observer->crypto, &suite, kck, covered, FT_LEADING_MAX, setup->ft,
				    (struct span){0});
}

static void learn_tdls(struct observer *observer, struct span body)
{
	struct tdls_setup setup;
	const uint8_t *link_id;
	struct ptk tpk;
	struct observer_link *link;

	if (!tdls_parse(&setup, body))
		return;
	link_id = setup.link_id.bytes + 2;
	link = get_link(observer, link_id + MAC_LEN, link_id + 2 * MAC_LEN);
	if (!link)
		return;
	link->handshake.suite = setup.suite;
	if (!rsn_derive_tpk(observer->crypto, &setup.suite, link_id, &link->ends, setup.nonces.anonce,
			    setup.nonces.snonce, &tpk) &&
	    has_valid_tdls_mic(observer, &setup, tpk.kck))
		store_ptk(observer, link, &tpk);
	crypto_wipe(&tpk, sizeof(tpk));
}

/* ---- dispatch ---- */

static bool has_ethertype(const uint8_t *body, uint16_t ethertype)
{
	static const uint8_t snap[SNAP_OFF_TYPE] = {SNAP_RFC1042};

	return memcmp(body, snap, sizeof(snap)) == 0 && be16(body + sizeof(snap)) == ethertype;
}

bool observer_may_learn(const uint8_t *bytes, size_t len)
{
	uint16_t fc = len >= DOT11_HDR_MIN ? le16(bytes) : 0, subtype = fc & (FC_TYPE | FC_SUBTYPE);
	size_t hdr = dot11_hdr_len(fc);

	if (len < DOT11_HDR_MIN)
		return false;
	if (subtype == MGMT_REASSOC_REQUEST || subtype == MGMT_REASSOC_RESPONSE)
		return true;
	if (!dot11_is_data(fc) || len < hdr + SNAP_HLEN + EAPOL_KEY_MIN_LEN)
		return false;
	if (fc & FC_PROTECTED)
		return len <= OBSERVER_KEY_FRAME_MAX;
	return has_ethertype(bytes + hdr, ETHERTYPE_EAPOL) || has_ethertype(bytes + hdr, ETHERTYPE_TDLS);
}

/* Reads the frame with a MIC of this length. Returns false if it must have another one. */
static bool learn_message(struct observer *observer, const struct mpdu *mpdu, const struct frame *frame,
			  uint8_t mic_len)
{
	const uint8_t *body = frame->data + mpdu->hdr_len + SNAP_HLEN, *to = frame->data + DOT11_OFF_ADDR1,
		      *from = frame->data + DOT11_OFF_ADDR2;
	struct eapol_key eapol;
	struct observer_link *link;
	bool ack;

	if (eapol_key_parse(&eapol, body, frame->len - mpdu->hdr_len - SNAP_HLEN, mic_len))
		return false;
	ack = eapol.info & KEY_INFO_ACK;
	link = ack ? get_link(observer, from, to) : get_link(observer, to, from);
	if (!link)
		return true;
	return ack ? learn_from_authenticator(observer, link, &eapol, body)
		   : learn_from_supplicant(observer, link, &eapol, body);
}

/* Only the AKM tells the length of the MIC. A message without MIC can be read with any. */
static void learn_handshake(struct observer *observer, const struct mpdu *mpdu, const struct frame *frame)
{
	static const uint8_t mic_lens[] = {EAPOL_MIC_LEN, 24, EAPOL_MIC_MAX};

	for (size_t i = 0; i < sizeof(mic_lens); i++)
		if (learn_message(observer, mpdu, frame, mic_lens[i]))
			return;
}

void observer_learn(struct observer *observer, const struct mpdu *mpdu, const struct frame *frame)
{
	const uint8_t *body = frame->data + mpdu->hdr_len;
	size_t len = frame->len - mpdu->hdr_len;

	if (dot11_is_management(mpdu->fc)) {
		learn_ft_reassociation(observer, frame->data, frame->len);
		return;
	}
	if (!dot11_is_data(mpdu->fc) || len <= SNAP_HLEN)
		return;
	if (has_ethertype(body, ETHERTYPE_EAPOL))
		learn_handshake(observer, mpdu, frame);
	else if (has_ethertype(body, ETHERTYPE_TDLS) && body[SNAP_HLEN] == TDLS_PAYLOAD)
		learn_tdls(observer, (struct span){body + SNAP_HLEN + 1, len - SNAP_HLEN - 1});
}
