/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The receive path against what the air may bring: honest frames, and those of somebody who is not honest. */
#include "forged.h"

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

/* IEEE 802.1H: what came as SNAP of RFC 1042 though it is AARP or IPX was an 802.3 frame, and is one again. */
static void aarp_and_ipx_under_rfc_1042_stay_802_3(void **state)
{
	uint8_t body[20] = {0xaa, 0xaa, 3, 0, 0, 0, 0x81, 0x37};
	struct link l;

	link_open(&l, *state, CIPHERS, false);
	link_give(&l, true, forged(true, 0, 0, body, sizeof body));
	assert_int_equal(l.out.msdus, 1);
	assert_int_equal(be16(l.out.msdu[0].frame->data + 12), sizeof body);
	assert_memory_equal(l.out.msdu[0].frame->data + ETHER_HLEN, body, sizeof body);
	rx_out_clear(&l.out);
	body[5] = 0xf8;
	link_give(&l, true, forged(true, 0, 16, body, sizeof body));
	assert_int_equal(l.out.msdus, 1);
	assert_int_equal(be16(l.out.msdu[0].frame->data + 12), 0x8137);
	body[6] = 5; /* a type that is a length: it is no type */
	link_give(&l, true, forged(true, 0, 32, body, sizeof body));
	assert_int_equal(be16(l.out.msdu[1].frame->data + 12), sizeof body);
	assert_came(&l, 2, "none");
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
	/* An old frame, whose sequence number no MIC covers. */
	f = sent(&l, true);
	link_give(&l, true, frame_clone(f));
	assert_came(&l, 1, "none");
	frame_free(real);
	real = sent(&l, true);
	put_le16(bytes_of(f) + DOT11_SEQ, le16(real->data + DOT11_SEQ));
	link_give(&l, true, f);
	assert_came(&l, 0, "replay");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_of_another_link_are_dropped),
		cmocka_unit_test(four_addresses_are_refused_by_name),
		cmocka_unit_test(what_is_no_data_frame_is_dropped),
		cmocka_unit_test(frames_may_end_anywhere),
		cmocka_unit_test(ht_control_is_passed_over),
		cmocka_unit_test(bodies_without_snap_get_a_length),
		cmocka_unit_test(aarp_and_ipx_under_rfc_1042_stay_802_3),
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
		cmocka_unit_test(what_nobody_has_the_key_of_is_dropped),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
