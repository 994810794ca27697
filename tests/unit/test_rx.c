/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The receive path against what the air may bring: honest frames, and those of who knows the attacks on reinstallation
 * (2017) and fragmentation and aggregation (FragAttacks, 2021).
 */
#include "link.h"

#include <errno.h>

static const uint8_t snap_ip[8] = {0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, snap_eapol[8] = {0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e};

/* What a forger writes: a data frame of that direction in the clear, with a body of his own. */
static struct frame *forged(bool to_ap, uint16_t flags, uint16_t control, const void *body, size_t len)
{
	uint16_t fc = FC_DATA | (to_ap ? FC_TO_DS : FC_FROM_DS) | flags;
	size_t hdr = dot11_hdr_len(fc);
	struct frame *f = frame_new(0, hdr + len, 0);
	uint8_t *p = bytes_of(f);

	put_le16(p, fc);
	mac_copy(p + DOT11_ADDR1, to_ap ? AP : STA);
	mac_copy(p + DOT11_ADDR2, to_ap ? STA : AP);
	mac_copy(p + DOT11_ADDR3, HOST);
	put_le16(p + DOT11_SEQ, control);
	if (len)
		memcpy(p + hdr, body, len);
	return f;
}

/* The same, sealed with the sender's key: by somebody who makes the network seal what he wants, or is its member. */
static struct frame *sealed(struct link *l, bool to_ap, uint16_t flags, uint16_t control, const void *body, size_t len)
{
	struct frame *f = forged(to_ap, flags, control, body, len);
	struct key *k = to_ap ? &l->at_sta.pairwise : &l->at_ap.pairwise;

	if (!(flags & FC_MORE_FRAGS) && !(control & DOT11_FRAG))
		assert_int_equal(key_seal_msdu(k, f), NOT_DROPPED);
	assert_int_equal(key_seal(k, f), NOT_DROPPED);
	return f;
}

static struct frame *sent(struct link *l, bool to_ap)
{
	struct frame *f = to_ap ? ethernet(HOST, STA, ETHERTYPE_IP4, 60) : ethernet(STA, HOST, ETHERTYPE_IP4, 60);

	assert_drop(tx_data(&l->q, to_ap ? &l->at_sta : &l->at_ap, f, &plainly), "none");
	return link_take(l, 0);
}

static struct frame *retried(const struct frame *f)
{
	struct frame *again = frame_clone(f);

	bytes_of(again)[1] |= FC_RETRY >> 8;
	return again;
}

/* ---- shape and addresses ---- */

static void frames_of_another_link_are_dropped(void **state)
{
	struct link l;
	struct frame *f;

	link_open(&l, *state, CIPHERS, false);
	for (unsigned which = 0; which < 3; which++) {
		f = forged(true, 0, 0, snap_ip, 8);
		bytes_of(f)[(unsigned[]){DOT11_ADDR1, DOT11_ADDR2, 1}[which] + (which < 2 ? 5 : 0)] ^= 2;
		link_give(&l, true, f); /* to another, from another, in the other direction */
		assert_came(&l, 0, which < 2 ? "addresses" : "four_addresses");
	}
	link_give(&l, false, forged(true, 0, 0, snap_ip, 8));
	assert_came(&l, 0, "addresses");
	f = forged(true, 0, 0, snap_ip, 8);
	mac_copy(bytes_of(f) + DOT11_ADDR1, ALL); /* nobody sends to an access point's group but itself */
	link_give(&l, true, f);
	assert_came(&l, 0, "addresses");
	f = forged(false, 0, 0, snap_ip, 8);
	mac_copy(bytes_of(f) + DOT11_ADDR3, ALL);
	link_give(&l, false, f);
	assert_came(&l, 0, "bad_source");
	link_close(&l);
}

static void four_addresses_are_refused_by_name(void **state)
{
	struct link l;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	link_give(&l, true, forged(true, FC_FROM_DS | FC_QOS, 0, snap_ip, 8));
	assert_came(&l, 0, "four_addresses");
	link_give(&l, false, forged(false, FC_TO_DS | FC_PROTECTED, 0, snap_ip, 8));
	assert_came(&l, 0, "four_addresses");
	link_close(&l);
}

static void what_is_no_data_frame_is_dropped(void **state)
{
	static const uint16_t types[] = {0x0080, 0x00b4, 0x0018, 0x0028, 0x0009, 0x000c};
	struct link l;

	link_open(&l, *state, CIPHERS, false);
	for (size_t i = 0; i < COUNT(types); i++) { /* beacon, RTS, CF-Ack, CF-Poll, version 1, extension */
		struct frame *f = forged(true, 0, 0, snap_ip, 8);

		put_le16(bytes_of(f), types[i] | FC_TO_DS);
		link_give(&l, true, f);
		assert_came(&l, 0, "frame_type");
	}
	link_close(&l);
}

/* Cut anywhere, it is dropped or is a shorter frame; the sanitizers see that nothing is read behind. */
static void frames_may_end_anywhere(void **state)
{
	struct link l;

	for (unsigned k = 0; k < 4; k++) {
		link_open(&l, *state, k & 1 ? CIPHER_CCMP_128 : CIPHERS, k & 2);
		for (size_t len = 0, whole = 1; len < whole; len++) {
			struct frame *f = sent(&l, true);

			whole = f->len;
			link_give(&l, true, frame_from(f->data, len, 0, 0));
			assert_int_equal(l.out.drops + l.out.msdus, 1);
			assert_true(l.out.drops || !(k & 1));
			rx_out_clear(&l.out);
			frame_free(f);
		}
		link_close(&l);
	}
}

static void ht_control_is_passed_over(void **state)
{
	static const uint8_t body[] = {1, 2, 3, 4, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0, 5, 6};
	struct link l;
	struct frame *f;

	link_open(&l, *state, CIPHERS, true);
	f = forged(true, FC_QOS, 0, body, sizeof body);
	put_le16(bytes_of(f), le16(f->data) | FC_ORDER);
	bytes_of(f)[DOT11_HDR_MIN] = 6;
	link_give(&l, true, f);
	assert_int_equal(l.out.msdus, 1);
	assert_int_equal(l.out.msdu[0].frame->len, ETHER_HLEN + 2);
	assert_int_equal(l.out.msdu[0].frame->meta.queue, 6);
	link_close(&l);
}

/* A body without SNAP is an 802.3 frame; one that is longer than a length can say is none. */
static void bodies_without_snap_get_a_length(void **state)
{
	uint8_t body[1501] = {0x42, 0x42, 3};
	struct link l;

	link_open(&l, *state, CIPHERS, false);
	link_give(&l, true, forged(true, 0, 0, body, 1500));
	assert_int_equal(l.out.msdus, 1);
	assert_int_equal(be16(l.out.msdu[0].frame->data + 12), 1500);
	assert_came(&l, 1, "none");
	link_give(&l, true, forged(true, 0, 16, body, 1501));
	assert_came(&l, 0, "mtu");
	link_give(&l, true, forged(true, 0, 32, body, 2));
	assert_came(&l, 0, "truncated");
	link_close(&l);
}

/* ---- duplicates ---- */

static void duplicates_are_dropped(void **state)
{
	static const enum cipher ciphers[] = {CIPHERS, CIPHER_WEP_104, CIPHER_TKIP, CIPHER_CCMP_128};
	struct link l;

	for (unsigned k = 0; k < 2 * COUNT(ciphers); k++) {
		struct frame *f, *again;

		link_open(&l, *state, ciphers[k / 2], k & 1);
		f = sent(&l, true);
		again = retried(f);
		link_give(&l, true, f);
		assert_came(&l, 1, "none");
		link_give(&l, true, again);
		assert_came(&l, 0, "duplicate");
		link_close(&l);
	}
}

static void a_duplicate_in_one_batch_is_dropped(void **state)
{
	static const enum cipher ciphers[] = {CIPHERS, CIPHER_WEP_104, CIPHER_TKIP, CIPHER_CCMP_128};
	struct link l;

	for (size_t k = 0; k < COUNT(ciphers); k++) {
		struct rx_in in[2];

		link_open(&l, *state, ciphers[k], true);
		in[0] = (struct rx_in){&l.at_ap, sent(&l, true)};
		in[1] = (struct rx_in){&l.at_ap, retried(in[0].frame)};
		rx_data(in, 2, 0, &l.out);
		assert_came(&l, 1, "duplicate");
		link_close(&l);
	}
}

/* 10.3.2.11: the same number in another TID is another frame; and what never arrived is no duplicate. */
static void retries_of_what_did_not_arrive_are_taken(void **state)
{
	struct link l;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	for (uint8_t tid = 0; tid < 8; tid++) {
		struct frame *f = ethernet(HOST, STA, ETHERTYPE_ARP, 28);

		f->meta.queue = tid;
		assert_drop(tx_data(&l.q, &l.at_sta, f, &plainly), "none");
		f = link_take(&l, 0);
		link_give(&l, true, retried(f));
		frame_free(f);
		assert_came(&l, 1, "none");
	}
	link_close(&l);
}

/* Who forges a frame that is dropped, or EAPOL in the clear, must not make a duplicate of the real one. */
static void a_forger_cannot_make_a_duplicate_of_a_real_frame(void **state)
{
	uint8_t eapol[40] = {0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e, 2, 1};
	struct link l;
	struct frame *real, *f;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	real = sent(&l, true);
	f = frame_clone(real);
	bytes_of(f)[f->len - 1] ^= 1;
	link_give(&l, true, f);
	assert_came(&l, 0, "mpdu_mic");
	f = forged(true, FC_QOS, le16(real->data + DOT11_SEQ), eapol, sizeof eapol);
	mac_copy(bytes_of(f) + DOT11_ADDR3, AP);
	link_give(&l, true, f);
	assert_came(&l, 1, "none");
	f = forged(true, FC_QOS | FC_NULL, le16(real->data + DOT11_SEQ), NULL, 0);
	link_give(&l, true, f);
	assert_came(&l, 0, "none");
	link_give(&l, true, retried(real));
	assert_came(&l, 1, "none");
	frame_free(real);
	link_close(&l);
}

/* ---- replay ---- */

static void replayed_frames_are_dropped(void **state)
{
	static const enum cipher ciphers[] = {CIPHER_TKIP, CIPHER_CCMP_128, CIPHER_CCMP_256, CIPHER_GCMP_128,
					      CIPHER_GCMP_256};
	struct link l;

	for (size_t k = 0; k < COUNT(ciphers); k++) {
		struct frame *old[3];

		link_open(&l, *state, ciphers[k], true);
		for (int i = 0; i < 3; i++) {
			old[i] = sent(&l, true);
			link_give(&l, true, frame_clone(old[i]));
		}
		assert_came(&l, 3, "none");
		for (int i = 0; i < 3; i++) {
			link_give(&l, true, old[i]);
			assert_came(&l, 0, "replay");
		}
		link_close(&l);
	}
}

/* Within one batch as between two: judged in order, so an older number behind a newer one is a replay. */
static void replay_is_judged_in_the_order_of_the_batch(void **state)
{
	static const enum cipher ciphers[] = {CIPHER_TKIP, CIPHER_CCMP_128, CIPHER_GCMP_256};
	struct link l;

	for (size_t k = 0; k < COUNT(ciphers); k++) {
		struct rx_in in[3];

		link_open(&l, *state, ciphers[k], true);
		for (int i = 0; i < 3; i++)
			in[(int[]){1, 0, 2}[i]] = (struct rx_in){&l.at_ap, sent(&l, true)};
		rx_data(in, 3, 0, &l.out);
		assert_int_equal(l.out.drops, 1);
		assert_came(&l, 2, "replay");
		link_close(&l);
	}
}

/* A packet number is taken only from a frame that is authentic, and only in the TID in which it was sealed. */
static void a_forged_frame_moves_no_replay_counter(void **state)
{
	struct link l;
	struct frame *real, *f;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	real = sent(&l, true);
	f = frame_clone(real);
	bytes_of(f)[26 + 7] = 0x7f; /* a packet number near the end */
	link_give(&l, true, f);
	assert_came(&l, 0, "mpdu_mic");
	f = frame_clone(real);
	bytes_of(f)[24] ^= 5; /* another TID */
	link_give(&l, true, f);
	assert_came(&l, 0, "mpdu_mic");
	link_give(&l, true, real);
	assert_came(&l, 1, "none");
	link_close(&l);
}

/* ---- the port, and what is in the clear ---- */

/* FragAttacks, CVE-2020-26140. */
static void frames_in_the_clear_are_refused_on_a_protected_link(void **state)
{
	static const enum cipher ciphers[] = {CIPHER_WEP_40, CIPHER_TKIP, CIPHER_CCMP_128};
	struct link l;
	struct frame *f;

	for (size_t i = 0; i < COUNT(ciphers); i++)
		for (int to_ap = 0; to_ap < 2; to_ap++) {
			link_open(&l, *state, ciphers[i], true);
			link_give(&l, to_ap, forged(to_ap, 0, 0, snap_ip, 8));
			assert_came(&l, 0, "unprotected");
			link_give(&l, to_ap, forged(to_ap, FC_QOS, 0, snap_ip, 8));
			assert_came(&l, 0, "unprotected");
			f = forged(false, 0, 0, snap_ip, 8);
			mac_copy(bytes_of(f) + DOT11_ADDR1, ALL);
			link_give(&l, false, f);
			assert_came(&l, 0, "unprotected");
			/* The port is closed and there is no key yet: still nothing. */
			key_wipe(&l.at_ap.pairwise);
			key_wipe(&l.at_sta.pairwise);
			link_give(&l, to_ap, forged(to_ap, 0, 0, snap_ip, 8));
			assert_came(&l, 0, "unprotected");
			link_close(&l);
		}
}

static struct frame *eapol_to(bool to_ap, const uint8_t *addr3, uint16_t flags)
{
	struct frame *f = forged(to_ap, flags, 0x50, snap_eapol, 8);

	mac_copy(bytes_of(f) + DOT11_ADDR3, addr3);
	return f;
}

/* FragAttacks, CVE-2020-26139: whatever is EAPOL is for us from the peer itself, or for nobody. */
static void eapol_is_for_us_or_for_nobody(void **state)
{
	struct link l;

	for (int authorised = 0; authorised < 2; authorised++) {
		link_open(&l, *state, CIPHER_CCMP_128, false);
		l.at_ap.authorised = l.at_sta.authorised = authorised;
		link_give(&l, true, eapol_to(true, AP, 0));
		assert_int_equal(l.out.msdus, 1);
		assert_true(l.out.msdu[0].eapol);
		assert_false(l.out.msdu[0].sealed);
		assert_came(&l, 1, "none");
		link_give(&l, true, eapol_to(true, OTHER, 0));
		assert_came(&l, 0, "eapol_foreign");
		link_give(&l, false, eapol_to(false, AP, 0));
		assert_int_equal(l.out.msdus, 1);
		assert_true(l.out.msdu[0].eapol);
		assert_came(&l, 1, "none");
		link_give(&l, false, eapol_to(false, OTHER, 0));
		assert_came(&l, 0, "eapol_foreign");
		/* Sealed it is no better. */
		assert_drop(tx_data(&l.q, &l.at_sta, ethernet(AP, STA, ETHERTYPE_EAPOL, 50), &plainly), "none");
		link_carry(&l, true);
		assert_true(l.out.msdu[0].eapol && l.out.msdu[0].sealed);
		assert_came(&l, 1, "none");
		link_close(&l);
	}
}

static void a_closed_port_lets_only_eapol_in(void **state)
{
	struct link l;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	l.at_ap.authorised = false;
	link_give(&l, true, sent(&l, true));
	assert_came(&l, 0, "port_closed");
	assert_drop(tx_data(&l.q, &l.at_sta, ethernet(AP, STA, ETHERTYPE_PREAUTH, 20), &plainly), "none");
	link_carry(&l, true);
	assert_came(&l, 0, "port_closed");
	assert_drop(tx_data(&l.q, &l.at_sta, ethernet(AP, STA, ETHERTYPE_EAPOL, 20), &plainly), "none");
	link_carry(&l, true);
	assert_came(&l, 1, "none");
	link_close(&l);
}

/* FragAttacks, CVE-2020-26143. */
static void fragments_in_the_clear_are_refused_where_there_is_a_key(void **state)
{
	struct link l;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	link_give(&l, true, forged(true, FC_QOS | FC_MORE_FRAGS, 0, snap_eapol, 8));
	assert_came(&l, 0, "unprotected");
	link_give(&l, true, forged(true, FC_QOS, 1, snap_ip, 8));
	assert_came(&l, 0, "unprotected");
	link_close(&l);
}

/* Before the key: EAPOL may come in parts, and nothing else may. */
static void before_the_key_only_eapol_comes_in_parts(void **state)
{
	struct link l;
	struct frame *f;

	link_open(&l, *state, CIPHER_CCMP_128, false);
	key_wipe(&l.at_ap.pairwise);
	for (int real = 0; real < 2; real++) {
		for (uint16_t n = 0; n < 2; n++) {
			const uint8_t *body = !n ? real ? snap_eapol : snap_ip : AP;

			f = forged(true, n ? 0 : FC_MORE_FRAGS, (uint16_t)(real << 4 | n), body, n ? 6 : 8);
			mac_copy(bytes_of(f) + DOT11_ADDR3, AP);
			link_give(&l, true, f);
		}
		assert_came(&l, real, real ? "none" : "unprotected");
	}
	/* A key takes away what has come in the clear. */
	link_give(&l, true, forged(true, FC_MORE_FRAGS, 0x70, snap_eapol, 8));
	link_key(&l, CIPHER_GCMP_128, 0x77);
	link_give(&l, true, sealed(&l, true, 0, 0x71, AP, 6));
	assert_came(&l, 0, "fragment_order");
	link_close(&l);
}

/* FragAttacks, CVE-2020-26144: in the clear, beginning like EAPOL, with the A-MSDU bit. */
static void an_amsdu_in_the_clear_is_refused_on_a_protected_link(void **state)
{
	uint8_t body[8 + 6 + 20] = {0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e, 0, 0, 0, 0, 0, 20};
	struct link l;
	struct frame *f;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	f = forged(true, FC_QOS, 0, body, sizeof body);
	bytes_of(f)[24] |= DOT11_AMSDU;
	mac_copy(bytes_of(f) + DOT11_ADDR3, AP);
	link_give(&l, true, f);
	assert_came(&l, 0, "unprotected");
	key_wipe(&l.at_ap.pairwise); /* nor before there is a key */
	f = forged(true, FC_QOS, 0, body, sizeof body);
	bytes_of(f)[24] |= DOT11_AMSDU;
	mac_copy(bytes_of(f) + DOT11_ADDR3, AP);
	link_give(&l, true, f);
	assert_came(&l, 0, "unprotected");
	link_close(&l);
}

/* FragAttacks, CVE-2020-26145. */
static void fragments_to_the_group_are_refused(void **state)
{
	struct link l;

	for (int k = 0; k < 4; k++) {
		struct frame *f = forged(false, k & 1 ? FC_MORE_FRAGS : 0, k & 1 ? 0 : 1, snap_ip, 8);

		link_open(&l, *state, k & 2 ? CIPHER_CCMP_128 : CIPHERS, true);
		mac_copy(bytes_of(f) + DOT11_ADDR1, ALL);
		if (k & 2)
			assert_int_equal(key_seal(&l.net.gtk[1], f), NOT_DROPPED);
		link_give(&l, false, f);
		assert_came(&l, 0, "fragment_refused");
		link_close(&l);
	}
}

/* A protected frame on a link without keys, or with a key id that there is not. */
static void what_nobody_has_the_key_of_is_dropped(void **state)
{
	struct link l, open;
	struct frame *f;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	link_open(&open, *state, CIPHERS, true);
	link_give(&open, true, sent(&l, true));
	assert_came(&open, 0, "no_key");
	f = sent(&l, true);
	bytes_of(f)[26 + 3] ^= 0x80; /* key id 2 */
	link_give(&l, true, f);
	assert_came(&l, 0, "no_key");
	f = forged(true, FC_PROTECTED, 0, snap_ip, 3); /* too short for a key id */
	link_give(&l, true, f);
	assert_came(&l, 0, "truncated");
	link_close(&open);
	link_close(&l);
}

/* ---- fragments ---- */

/* Sends one MSDU in `n` fragments and gives those of the mask to the access point. */
static void send_in_parts(struct link *l, uint32_t mask)
{
	size_t n;

	l->at_sta.fragment = 40;
	assert_drop(tx_data(&l->q, &l->at_sta, ethernet(HOST, STA, ETHERTYPE_IP4, 100), &plainly), "none");
	n = l->q.count;
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++) {
		struct frame *f = link_take(l, 0);

		if (mask & 1u << i)
			link_give(l, true, f);
		else
			frame_free(f);
	}
}

/* FragAttacks, CVE-2020-26142: a part is never taken for a whole frame. */
static void no_part_is_taken_for_a_whole(void **state)
{
	struct link l;

	for (uint32_t mask = 1; mask < 7; mask++) {
		link_open(&l, *state, CIPHER_CCMP_128, true);
		send_in_parts(&l, mask);
		/* Without the first, or the one before, it follows nothing; without the last it only waits. */
		assert_came(&l, 0, mask == 1 || mask == 3 ? "none" : "fragment_order");
		send_in_parts(&l, 7);
		assert_came(&l, 1, "none");
		link_close(&l);
	}
}

/* FragAttacks, CVE-2020-24587: what was begun under one key is not ended under the next. */
static void mixed_key_fragments_are_refused(void **state)
{
	struct link l;

	for (int to_ap = 0; to_ap < 2; to_ap++) {
		link_open(&l, *state, CIPHER_CCMP_128, true);
		link_give(&l, to_ap, sealed(&l, to_ap, FC_QOS | FC_MORE_FRAGS, 0x30, snap_ip, 8));
		link_key(&l, CIPHER_CCMP_128, 0x77);
		/* One frame further, so that the packet number alone would fit. */
		frame_free(sealed(&l, to_ap, FC_QOS, 0x40, AP, 6));
		link_give(&l, to_ap, sealed(&l, to_ap, FC_QOS, 0x31, AP, 6));
		assert_came(&l, 0, "fragment_order");
		link_close(&l);
	}
}

/* FragAttacks, CVE-2020-24586: nothing is kept across an association. */
static void fragments_do_not_outlive_an_association(void **state)
{
	struct link l;
	struct frame *last;

	link_open(&l, *state, CIPHERS, true);
	link_give(&l, true, forged(true, FC_QOS | FC_MORE_FRAGS, 0x30, snap_ip, 8));
	last = forged(true, FC_QOS, 0x31, AP, 6);
	peer_init(&l.at_ap, true, AP, STA, AP, &l.net);
	l.at_ap.authorised = true;
	link_give(&l, true, last);
	assert_came(&l, 0, "fragment_order");
	link_close(&l);
}

/* FragAttacks, CVE-2020-26146. */
static void fragments_must_have_consecutive_packet_numbers(void **state)
{
	static const enum cipher ciphers[] = {CIPHER_TKIP, CIPHER_CCMP_128, CIPHER_GCMP_256};
	struct link l;

	for (size_t k = 0; k < COUNT(ciphers); k++) {
		link_open(&l, *state, ciphers[k], true);
		link_give(&l, true, sealed(&l, true, FC_QOS | FC_MORE_FRAGS, 0x30, snap_ip, 8));
		frame_free(sealed(&l, true, FC_QOS, 0x40, AP, 6)); /* takes a number */
		link_give(&l, true, sealed(&l, true, FC_QOS, 0x31, AP, 6));
		assert_came(&l, 0, "fragment_pn");
		link_close(&l);
	}
}

/* FragAttacks, CVE-2020-26147: with a key, the clear part is refused for itself, and the others wait in vain. */
static void sealed_and_clear_fragments_do_not_mix(void **state)
{
	struct link l;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	link_give(&l, true, sealed(&l, true, FC_QOS | FC_MORE_FRAGS, 0x30, snap_ip, 8));
	link_give(&l, true, forged(true, FC_QOS, 0x31, AP, 6));
	assert_came(&l, 0, "unprotected");
	link_give(&l, true, forged(true, FC_QOS | FC_MORE_FRAGS, 0x40, snap_ip, 8));
	link_give(&l, true, sealed(&l, true, FC_QOS, 0x41, AP, 6));
	assert_came(&l, 0, "fragment_order");
	link_close(&l);
}

/* FragAttacks, CVE-2020-26141: Michael is verified over what the fragments make. */
static void michael_of_fragments_is_verified(void **state)
{
	static const uint8_t rest[8 + 8] = {1, 2, 3, 4, 5, 6, 7, 8}; /* the last 8 would be Michael */
	struct link l;

	link_open(&l, *state, CIPHER_TKIP, true);
	link_give(&l, true, sealed(&l, true, FC_QOS | FC_MORE_FRAGS, 0x30, snap_ip, 8));
	link_give(&l, true, sealed(&l, true, FC_QOS, 0x31, rest, sizeof rest));
	assert_came(&l, 0, "michael");
	link_close(&l);
}

static void a_wrong_michael_code_says_whether_it_came_to_the_group(void **state)
{
	struct link l;
	struct frame *f;

	for (int group = 0; group < 2; group++) {
		link_open(&l, *state, CIPHER_TKIP, false);
		f = forged(false, 0, 0x10, snap_ip, 8);
		if (group)
			mac_copy(bytes_of(f) + DOT11_ADDR1, ALL);
		memset(frame_put(f, 8), 0x5a, 8);
		assert_int_equal(key_seal(group ? &l.net.gtk[1] : &l.at_ap.pairwise, f), NOT_DROPPED);
		link_give(&l, false, f);
		assert_int_equal(l.out.drops, 1);
		assert_int_equal(l.out.dropped[0].group, group);
		assert_ptr_equal(l.out.dropped[0].peer, &l.at_sta);
		assert_came(&l, 0, "michael");
		link_close(&l);
	}
}

/* ---- A-MSDUs ---- */

struct part {
	const uint8_t *dst, *src;
	size_t len; /* of IP, behind the LLC/SNAP */
};

static size_t aggregate(uint8_t *out, const struct part *part, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		at += -at & 3;
		memcpy(out + at, part[i].dst, 6);
		memcpy(out + at + 6, part[i].src, 6);
		put_be16(out + at + 12, (uint16_t)(8 + part[i].len));
		memcpy(out + at + 14, snap_ip, 8);
		memset(out + at + 22, (int)(0x60 + i), part[i].len);
		at += 22 + part[i].len;
	}
	return at;
}

static struct frame *amsdu(struct link *l, bool to_ap, const uint8_t *body, size_t len)
{
	struct frame *f = forged(to_ap, FC_QOS, 0x70, body, len);

	bytes_of(f)[24] |= DOT11_AMSDU | 3;
	mac_copy(bytes_of(f) + DOT11_ADDR3, AP);
	if (l->at_ap.pairwise.set)
		assert_int_equal(key_seal(to_ap ? &l->at_sta.pairwise : &l->at_ap.pairwise, f), NOT_DROPPED);
	return f;
}

static void an_amsdu_is_taken_apart(void **state)
{
	static const struct part parts[] = {{HOST, STA, 0}, {OTHER, STA, 1}, {ALL, STA, 2}, {HOST, STA, 1500}};
	static const struct part down[] = {{STA, HOST, 77}, {ALL, OTHER, 3}};
	uint8_t body[4096] = {0};
	struct link l;

	for (int k = 0; k < 2; k++) {
		link_open(&l, *state, k ? CIPHER_CCMP_128 : CIPHERS, true);
		link_give(&l, true, amsdu(&l, true, body, aggregate(body, parts, COUNT(parts))));
		assert_int_equal(l.out.msdus, COUNT(parts));
		for (size_t i = 0; i < COUNT(parts); i++) {
			const struct frame *f = l.out.msdu[i].frame;

			assert_int_equal(f->len, ETHER_HLEN + parts[i].len);
			assert_memory_equal(f->data, parts[i].dst, 6);
			assert_memory_equal(f->data + 6, parts[i].src, 6);
			assert_int_equal(be16(f->data + 12), ETHERTYPE_IP4);
			assert_int_equal(f->meta.queue, 3);
			for (size_t b = 0; b < parts[i].len; b++)
				assert_int_equal(f->data[ETHER_HLEN + b], 0x60 + i);
		}
		assert_came(&l, COUNT(parts), "none");
		link_give(&l, false, amsdu(&l, false, body, aggregate(body, down, COUNT(down))));
		assert_came(&l, COUNT(down), "none");
		link_close(&l);
	}
}

/* FragAttacks, CVE-2020-24588: the A-MSDU bit was set in an ordinary frame of somebody else's. */
static void an_amsdu_that_begins_with_llc_is_refused(void **state)
{
	uint8_t body[64] = {0xaa, 0xaa, 3, 0, 0, 0, 8, 0, 0x45, 0, 0, 0, 0, 10};
	struct link l;
	struct frame *f;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	link_give(&l, true, amsdu(&l, true, body, sizeof body));
	assert_came(&l, 0, "amsdu_llc");
	f = sent(&l, true); /* the attack itself: no MIC covers the bit */
	bytes_of(f)[24] |= DOT11_AMSDU;
	link_give(&l, true, f);
	assert_came(&l, 0, "amsdu_llc");
	link_close(&l);
}

static void a_part_of_an_amsdu_speaks_for_its_sender_alone(void **state)
{
	static const struct part up[] = {{HOST, OTHER, 20}, {HOST, STA, 20}};
	static const struct part down[] = {{OTHER, HOST, 20}, {STA, HOST, 20}};
	uint8_t body[256] = {0};
	struct link l;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	link_give(&l, true, amsdu(&l, true, body, aggregate(body, up, 2)));
	assert_came(&l, 1, "amsdu_address");
	link_give(&l, false, amsdu(&l, false, body, aggregate(body, down, 2)));
	assert_came(&l, 1, "amsdu_address");
	link_close(&l);
}

static void eapol_in_an_amsdu_is_refused(void **state)
{
	static const struct part up[] = {{AP, STA, 20}};
	uint8_t body[64] = {0};
	struct link l;
	size_t len = aggregate(body, up, 1);

	link_open(&l, *state, CIPHER_CCMP_128, true);
	memcpy(body + 14, snap_eapol, 8);
	link_give(&l, true, amsdu(&l, true, body, len));
	assert_came(&l, 0, "eapol_foreign");
	link_close(&l);
}

/* All of an A-MSDU has to have the right form, or none of it is taken. */
static void lengths_of_an_amsdu_must_fit(void **state)
{
	static const struct part parts[] = {{HOST, STA, 21}, {HOST, STA, 20}};
	uint8_t body[3000] = {0};
	size_t len = aggregate(body, parts, 2);
	struct link l;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	for (size_t cut = 0; cut < len; cut++) {
		link_give(&l, true, amsdu(&l, true, body, cut));
		/* behind the first part, with or without its padding of one byte, it may end */
		if (cut == 43 || cut == 44)
			assert_came(&l, 1, "none");
		else
			assert_came(&l, 0, "amsdu");
	}
	put_be16(body + 12, MSDU_MAX + 1);
	link_give(&l, true, amsdu(&l, true, body, sizeof body));
	assert_came(&l, 0, "amsdu");
	put_be16(body + 12, 0);
	link_give(&l, true, amsdu(&l, true, body, 60));
	assert_came(&l, 0, "amsdu");
	link_close(&l);
}

/* 10.12: carried whole, and to one receiver. */
static void an_amsdu_is_neither_fragmented_nor_for_the_group(void **state)
{
	uint8_t body[64] = {0};
	struct link l;
	struct frame *f;

	link_open(&l, *state, CIPHERS, true);
	f = forged(true, FC_QOS | FC_MORE_FRAGS, 0, body, sizeof body);
	bytes_of(f)[24] |= DOT11_AMSDU;
	link_give(&l, true, f);
	assert_came(&l, 0, "fragment_refused");
	f = forged(false, FC_QOS, 0, body, sizeof body);
	bytes_of(f)[24] |= DOT11_AMSDU;
	mac_copy(bytes_of(f) + DOT11_ADDR1, ALL);
	link_give(&l, false, f);
	assert_came(&l, 0, "amsdu");
	link_close(&l);
}

/* ---- the group ---- */

static void group_frames_are_opened_by_key_id(void **state)
{
	struct link l;
	struct frame *old;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	assert_drop(tx_group(&l.q, &l.net, AP, true, ethernet(ALL, HOST, ETHERTYPE_IP4, 20), &plainly), "none");
	old = link_take(&l, 0);
	link_group_key(&l, CIPHER_CCMP_128, 2, 0x66);
	assert_drop(tx_group(&l.q, &l.net, AP, true, ethernet(ALL, HOST, ETHERTYPE_IP4, 20), &plainly), "none");
	link_carry(&l, false);
	link_give(&l, false, frame_clone(old)); /* what was sealed before the change still arrives */
	assert_came(&l, 2, "none");
	link_give(&l, false, old);
	assert_came(&l, 0, "replay");
	link_close(&l);
}

static void our_own_group_frames_come_back_and_are_dropped(void **state)
{
	struct link l;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	assert_drop(tx_group(&l.q, &l.net, AP, true, ethernet(ALL, STA, ETHERTYPE_IP4, 20), &plainly), "none");
	link_carry(&l, false);
	assert_came(&l, 0, "reflection");
	link_close(&l);
}

/* Every member has the group's key: a frame to one station under it proves nothing, nor does one to us. */
static void the_group_key_opens_nothing_but_group_frames(void **state)
{
	struct link l;
	struct frame *f;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	f = forged(false, 0, 0, snap_ip, 8);
	assert_int_equal(key_seal(&l.net.gtk[1], f), NOT_DROPPED);
	link_give(&l, false, f);
	assert_came(&l, 0, "no_key"); /* of that id there is no pairwise key */
	f = forged(false, 0, 0, snap_ip, 8);
	mac_copy(bytes_of(f) + DOT11_ADDR1, ALL);
	assert_int_equal(key_seal(&l.at_ap.pairwise, f), NOT_DROPPED);
	link_give(&l, false, f);
	assert_came(&l, 0, "no_key");
	link_close(&l);
}

/* The reinstallation attacks of 2017, on the group's keys: under the same id or another. */
static void a_group_key_is_not_installed_twice(void **state)
{
	uint8_t material[16];
	struct link l;
	struct frame *f;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	memset(material, 0x42, sizeof material);
	assert_drop(tx_group(&l.q, &l.net, AP, true, ethernet(ALL, HOST, ETHERTYPE_IP4, 20), &plainly), "none");
	f = link_take(&l, 0);
	link_give(&l, false, frame_clone(f));
	assert_came(&l, 1, "none");
	for (uint8_t id = 0; id < 4; id++)
		assert_int_equal(group_keys_set(&l.own, *state, CIPHER_CCMP_128, material, sizeof material,
						(struct key_use){.id = id}, false),
				 -EALREADY);
	link_give(&l, false, f);
	assert_came(&l, 0, "replay");
	assert_int_equal(group_keys_set(&l.own, *state, CIPHER_CCMP_128, material, sizeof material,
					(struct key_use){.id = 4}, false),
			 -EINVAL);
	link_close(&l);
}

static void a_pairwise_key_is_not_installed_twice(void **state)
{
	uint8_t material[16];
	struct link l;
	struct frame *f;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	memset(material, 0x31, sizeof material);
	material[0] = CIPHER_CCMP_128;
	f = sent(&l, true);
	link_give(&l, true, frame_clone(f));
	assert_came(&l, 1, "none");
	assert_int_equal(peer_set_key(&l.at_ap, *state, CIPHER_CCMP_128, material, sizeof material,
				      (struct key_use){.authenticator = true}),
			 -EALREADY);
	link_give(&l, true, f);
	assert_came(&l, 0, "replay");
	link_close(&l);
}

/* ---- management ---- */

static struct frame *deauthentication(const uint8_t *to)
{
	struct frame *f = mgmt_new(MGMT_DEAUTH, to, AP, AP);

	assert_non_null(f);
	assert_int_equal(mgmt_put16(f, 3), 0);
	return f;
}

static void an_unprotected_deauthentication_is_ignored_where_pmf_is_in_force(void **state)
{
	struct link l;
	struct frame *f = deauthentication(STA), *all = deauthentication(ALL);

	link_open(&l, *state, CIPHER_CCMP_128, true);
	link_group_key(&l, CIPHER_BIP_CMAC_128, 4, 0x55);
	assert_drop(rx_management(&l.at_sta, f), "none"); /* without PMF it counts */
	l.at_sta.mfp = true;
	assert_drop(rx_management(&l.at_sta, f), "unprotected");
	assert_drop(rx_management(&l.at_sta, all), "mme");
	key_wipe(&l.own.igtk[0]);
	assert_drop(rx_management(&l.at_sta, all), "no_key");
	key_wipe(&l.at_sta.pairwise);
	assert_drop(rx_management(&l.at_sta, f), "none"); /* nobody could have protected it */
	frame_free(f);
	frame_free(all);
	link_close(&l);
}

static void replayed_management_frames_are_dropped(void **state)
{
	struct link l;
	struct frame *f, *again;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	link_group_key(&l, CIPHER_BIP_CMAC_128, 4, 0x55);
	link_group_key(&l, CIPHER_BIP_CMAC_128, 5, 0x56);
	l.at_ap.mfp = l.at_sta.mfp = true;
	for (int group = 0; group < 2; group++) {
		if (group)
			assert_drop(tx_management_group(&l.q, &l.net, true, deauthentication(ALL)), "none");
		else
			assert_drop(tx_management(&l.q, &l.at_ap, deauthentication(STA), NULL, &plainly), "none");
		f = link_take(&l, 0);
		again = frame_clone(f);
		assert_drop(rx_management(&l.at_sta, f), "none");
		assert_drop(rx_management(&l.at_sta, again), "replay");
		frame_free(f);
		frame_free(again);
	}
	link_close(&l);
}

static void forged_management_frames_are_dropped(void **state)
{
	struct link l;
	struct frame *f;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	link_group_key(&l, CIPHER_BIP_CMAC_128, 5, 0x55);
	l.at_ap.mfp = l.at_sta.mfp = true;
	for (int group = 0; group < 2; group++) {
		if (group)
			assert_drop(tx_management_group(&l.q, &l.net, true, deauthentication(ALL)), "none");
		else
			assert_drop(tx_management(&l.q, &l.at_ap, deauthentication(STA), NULL, &plainly), "none");
		f = link_take(&l, 0);
		bytes_of(f)[DOT11_HDR_MIN + (group ? 0 : 8)] ^= 1;
		assert_drop(rx_management(&l.at_sta, f), "mpdu_mic");
		frame_free(f);
	}
	f = deauthentication(STA); /* in parts, which nobody has a use for */
	bytes_of(f)[1] |= FC_MORE_FRAGS >> 8;
	assert_drop(rx_management(&l.at_sta, f), "fragment_refused");
	frame_free(f);
	f = forged(false, 0, 0, snap_ip, 8);
	assert_drop(rx_management(&l.at_sta, f), "frame_type");
	frame_free(f);
	link_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_of_another_link_are_dropped),
		cmocka_unit_test(four_addresses_are_refused_by_name),
		cmocka_unit_test(what_is_no_data_frame_is_dropped),
		cmocka_unit_test(frames_may_end_anywhere),
		cmocka_unit_test(ht_control_is_passed_over),
		cmocka_unit_test(bodies_without_snap_get_a_length),
		cmocka_unit_test(duplicates_are_dropped),
		cmocka_unit_test(a_duplicate_in_one_batch_is_dropped),
		cmocka_unit_test(retries_of_what_did_not_arrive_are_taken),
		cmocka_unit_test(a_forger_cannot_make_a_duplicate_of_a_real_frame),
		cmocka_unit_test(replayed_frames_are_dropped),
		cmocka_unit_test(replay_is_judged_in_the_order_of_the_batch),
		cmocka_unit_test(a_forged_frame_moves_no_replay_counter),
		cmocka_unit_test(frames_in_the_clear_are_refused_on_a_protected_link),
		cmocka_unit_test(eapol_is_for_us_or_for_nobody),
		cmocka_unit_test(a_closed_port_lets_only_eapol_in),
		cmocka_unit_test(fragments_in_the_clear_are_refused_where_there_is_a_key),
		cmocka_unit_test(before_the_key_only_eapol_comes_in_parts),
		cmocka_unit_test(an_amsdu_in_the_clear_is_refused_on_a_protected_link),
		cmocka_unit_test(fragments_to_the_group_are_refused),
		cmocka_unit_test(what_nobody_has_the_key_of_is_dropped),
		cmocka_unit_test(no_part_is_taken_for_a_whole),
		cmocka_unit_test(mixed_key_fragments_are_refused),
		cmocka_unit_test(fragments_do_not_outlive_an_association),
		cmocka_unit_test(fragments_must_have_consecutive_packet_numbers),
		cmocka_unit_test(sealed_and_clear_fragments_do_not_mix),
		cmocka_unit_test(michael_of_fragments_is_verified),
		cmocka_unit_test(a_wrong_michael_code_says_whether_it_came_to_the_group),
		cmocka_unit_test(an_amsdu_is_taken_apart),
		cmocka_unit_test(an_amsdu_that_begins_with_llc_is_refused),
		cmocka_unit_test(a_part_of_an_amsdu_speaks_for_its_sender_alone),
		cmocka_unit_test(eapol_in_an_amsdu_is_refused),
		cmocka_unit_test(lengths_of_an_amsdu_must_fit),
		cmocka_unit_test(an_amsdu_is_neither_fragmented_nor_for_the_group),
		cmocka_unit_test(group_frames_are_opened_by_key_id),
		cmocka_unit_test(our_own_group_frames_come_back_and_are_dropped),
		cmocka_unit_test(the_group_key_opens_nothing_but_group_frames),
		cmocka_unit_test(a_group_key_is_not_installed_twice),
		cmocka_unit_test(a_pairwise_key_is_not_installed_twice),
		cmocka_unit_test(an_unprotected_deauthentication_is_ignored_where_pmf_is_in_force),
		cmocka_unit_test(replayed_management_frames_are_dropped),
		cmocka_unit_test(forged_management_frames_are_dropped),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
