/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The receive path with genuine frames and with those of attackers. */
#include "forged.h"

/* ---- format and addresses ---- */

static void frames_of_other_link_are_dropped(void **state)
{
	struct test_link link;
	struct frame *frame;

	link_open(&link, *state, CIPHER_NONE, false);
	for (unsigned which = 0; which < 3; which++) {
		frame = forged_frame(true, 0, 0, snap_ip, 8);
		frame_bytes(frame)[(unsigned[]){DOT11_OFF_ADDR1, DOT11_OFF_ADDR2, 1}[which] + (which < 2 ? 5 : 0)] ^= 2;
		link_receive(&link, true, frame); /* to another receiver, from another sender, in the other direction */
		assert_came(&link, 0, which < 2 ? "addresses" : "four_addresses");
	}
	link_receive(&link, false, forged_frame(true, 0, 0, snap_ip, 8));
	assert_came(&link, 0, "addresses");
	frame = forged_frame(true, 0, 0, snap_ip, 8);
	mac_copy(frame_bytes(frame) + DOT11_OFF_ADDR1, ALL); /* only the access point sends to its group */
	link_receive(&link, true, frame);
	assert_came(&link, 0, "addresses");
	frame = forged_frame(false, 0, 0, snap_ip, 8);
	mac_copy(frame_bytes(frame) + DOT11_OFF_ADDR3, ALL);
	link_receive(&link, false, frame);
	assert_came(&link, 0, "bad_source");
	link_close(&link);
}

static void four_address_frame_is_dropped_with_reason(void **state)
{
	struct test_link link;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	link_receive(&link, true, forged_frame(true, FC_FROM_DS | FC_QOS, 0, snap_ip, 8));
	assert_came(&link, 0, "four_addresses");
	link_receive(&link, false, forged_frame(false, FC_TO_DS | FC_PROTECTED, 0, snap_ip, 8));
	assert_came(&link, 0, "four_addresses");
	link_close(&link);
}

static void non_data_frame_is_dropped(void **state)
{
	static const uint16_t types[] = {0x0080, 0x00b4, 0x0018, 0x0028, 0x0009, 0x000c};
	struct test_link link;

	link_open(&link, *state, CIPHER_NONE, false);
	for (size_t i = 0; i < COUNT(types); i++) { /* beacon, RTS, CF-Ack, CF-Poll, version 1, extension */
		struct frame *frame = forged_frame(true, 0, 0, snap_ip, 8);

		put_le16(frame_bytes(frame), types[i] | FC_TO_DS);
		link_receive(&link, true, frame);
		assert_came(&link, 0, "frame_type");
	}
	link_close(&link);
}

/* A frame truncated anywhere is dropped or is a shorter frame; no byte after it is read (sanitizers). */
static void truncated_data_frames_are_handled(void **state)
{
	struct test_link link;

	for (unsigned k = 0; k < 4; k++) {
		link_open(&link, *state, k & 1 ? CIPHER_CCMP_128 : CIPHER_NONE, k & 2);
		for (size_t len = 0, whole = 1; len < whole; len++) {
			struct frame *frame = sent_frame(&link, true);

			whole = frame->len;
			link_receive(&link, true, frame_from(frame->data, len, 0, 0));
			assert_int_equal(link.out.drop_count + link.out.msdu_count, 1);
			assert_true(link.out.drop_count || !(k & 1));
			rx_out_clear(&link.out);
			frame_free(frame);
		}
		link_close(&link);
	}
}

static void ht_control_is_skipped(void **state)
{
	static const uint8_t body[] = {1, 2, 3, 4, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0, 5, 6};
	struct test_link link;
	struct frame *frame;

	link_open(&link, *state, CIPHER_NONE, true);
	frame = forged_frame(true, FC_QOS, 0, body, sizeof(body));
	put_le16(frame_bytes(frame), le16(frame->data) | FC_ORDER);
	frame_bytes(frame)[DOT11_HDR_MIN] = 6;
	link_receive(&link, true, frame);
	assert_int_equal(link.out.msdu_count, 1);
	assert_int_equal(link.out.msdus[0].frame->len, ETHER_HLEN + 2);
	assert_int_equal(link.out.msdus[0].frame->meta.priority, 6);
	link_close(&link);
}

/* A body without SNAP is an 802.3 frame; one beyond its length field is dropped. */
static void body_without_snap_becomes_802_3(void **state)
{
	uint8_t body[1501] = {0x42, 0x42, 3};
	struct test_link link;

	link_open(&link, *state, CIPHER_NONE, false);
	link_receive(&link, true, forged_frame(true, 0, 0, body, 1500));
	assert_int_equal(link.out.msdu_count, 1);
	assert_int_equal(be16(link.out.msdus[0].frame->data + 12), 1500);
	assert_came(&link, 1, "none");
	link_receive(&link, true, forged_frame(true, 0, 16, body, 1501));
	assert_came(&link, 0, "mtu");
	link_receive(&link, true, forged_frame(true, 0, 32, body, 2));
	assert_came(&link, 0, "truncated");
	link_close(&link);
}

/* IEEE 802.1H: AARP and IPX in SNAP of RFC 1042 were 802.3 frames and become such again. */
static void aarp_and_ipx_under_rfc_1042_stay_802_3(void **state)
{
	uint8_t body[20] = {0xaa, 0xaa, 3, 0, 0, 0, 0x81, 0x37};
	struct test_link link;

	link_open(&link, *state, CIPHER_NONE, false);
	link_receive(&link, true, forged_frame(true, 0, 0, body, sizeof(body)));
	assert_int_equal(link.out.msdu_count, 1);
	assert_int_equal(be16(link.out.msdus[0].frame->data + 12), sizeof(body));
	assert_memory_equal(link.out.msdus[0].frame->data + ETHER_HLEN, body, sizeof(body));
	rx_out_clear(&link.out);
	body[5] = 0xf8;
	link_receive(&link, true, forged_frame(true, 0, 16, body, sizeof(body)));
	assert_int_equal(link.out.msdu_count, 1);
	assert_int_equal(be16(link.out.msdus[0].frame->data + 12), 0x8137);
	body[6] = 5; /* a type in the range of lengths: not a type */
	link_receive(&link, true, forged_frame(true, 0, 32, body, sizeof(body)));
	assert_int_equal(be16(link.out.msdus[1].frame->data + 12), sizeof(body));
	assert_came(&link, 2, "none");
	link_close(&link);
}

/* ---- duplicates ---- */

static void duplicates_are_dropped(void **state)
{
	static const enum cipher ciphers[] = {CIPHER_NONE, CIPHER_WEP_104, CIPHER_TKIP, CIPHER_CCMP_128};
	struct test_link link;

	for (unsigned k = 0; k < 2 * COUNT(ciphers); k++) {
		struct frame *frame, *again;

		link_open(&link, *state, ciphers[k / 2], k & 1);
		frame = sent_frame(&link, true);
		again = retry_of(frame);
		link_receive(&link, true, frame);
		assert_came(&link, 1, "none");
		link_receive(&link, true, again);
		assert_came(&link, 0, "duplicate");
		link_close(&link);
	}
}

static void duplicate_within_batch_is_dropped(void **state)
{
	static const enum cipher ciphers[] = {CIPHER_NONE, CIPHER_WEP_104, CIPHER_TKIP, CIPHER_CCMP_128};
	struct test_link link;

	for (size_t k = 0; k < COUNT(ciphers); k++) {
		struct rx_in in[2];

		link_open(&link, *state, ciphers[k], true);
		in[0] = (struct rx_in){&link.at_ap, sent_frame(&link, true)};
		in[1] = (struct rx_in){&link.at_ap, retry_of(in[0].frame)};
		rx_data(in, 2, 0, &link.out);
		assert_came(&link, 1, "duplicate");
		link_close(&link);
	}
}

/* 10.3.2.11 (IEEE 802.11-2016): an equal sequence number in another TID is another frame, and a lost frame has no duplicate. */
static void retry_of_lost_frame_is_accepted(void **state)
{
	struct test_link link;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	for (uint8_t tid = 0; tid < 8; tid++) {
		struct frame *frame = ethernet_frame(HOST, STA, ETHERTYPE_ARP, 28);

		frame->meta.priority = tid;
		assert_drop(tx_data(&link.queue, &link.at_sta, frame, &no_options), "none");
		frame = link_take_frame(&link, 0);
		link_receive(&link, true, retry_of(frame));
		frame_free(frame);
		assert_came(&link, 1, "none");
	}
	link_close(&link);
}

/* A forged frame, dropped or EAPOL in the clear, must not make the genuine one a duplicate. */
static void forged_frame_does_not_mark_genuine_frame_duplicate(void **state)
{
	uint8_t eapol[40] = {0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e, 2, 1};
	struct test_link link;
	struct frame *real, *frame;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	real = sent_frame(&link, true);
	frame = frame_clone(real);
	frame_bytes(frame)[frame->len - 1] ^= 1;
	link_receive(&link, true, frame);
	assert_came(&link, 0, "mpdu_mic");
	frame = forged_frame(true, FC_QOS, le16(real->data + DOT11_OFF_SEQ), eapol, sizeof(eapol));
	mac_copy(frame_bytes(frame) + DOT11_OFF_ADDR3, AP);
	link_receive(&link, true, frame);
	assert_came(&link, 1, "none");
	frame = forged_frame(true, FC_QOS | FC_NULL, le16(real->data + DOT11_OFF_SEQ), NULL, 0);
	link_receive(&link, true, frame);
	assert_came(&link, 0, "none");
	/* An old frame, whose sequence number no MIC covers. */
	frame = sent_frame(&link, true);
	link_receive(&link, true, frame_clone(frame));
	assert_came(&link, 1, "none");
	frame_free(real);
	real = sent_frame(&link, true);
	put_le16(frame_bytes(frame) + DOT11_OFF_SEQ, le16(real->data + DOT11_OFF_SEQ));
	link_receive(&link, true, frame);
	assert_came(&link, 0, "replay");
	link_receive(&link, true, retry_of(real));
	assert_came(&link, 1, "none");
	frame_free(real);
	link_close(&link);
}

/* ---- replay ---- */

static void replayed_frames_are_dropped(void **state)
{
	static const enum cipher ciphers[] = {CIPHER_TKIP, CIPHER_CCMP_128, CIPHER_CCMP_256, CIPHER_GCMP_128,
					      CIPHER_GCMP_256};
	struct test_link link;

	for (size_t k = 0; k < COUNT(ciphers); k++) {
		struct frame *old[3];

		link_open(&link, *state, ciphers[k], true);
		for (int i = 0; i < 3; i++) {
			old[i] = sent_frame(&link, true);
			link_receive(&link, true, frame_clone(old[i]));
		}
		assert_came(&link, 3, "none");
		for (int i = 0; i < 3; i++) {
			link_receive(&link, true, old[i]);
			assert_came(&link, 0, "replay");
		}
		link_close(&link);
	}
}

/* A batch is judged in order: an older packet number after a newer one is a replay. */
static void replay_check_follows_batch_order(void **state)
{
	static const enum cipher ciphers[] = {CIPHER_TKIP, CIPHER_CCMP_128, CIPHER_GCMP_256};
	struct test_link link;

	for (size_t k = 0; k < COUNT(ciphers); k++) {
		struct rx_in in[3];

		link_open(&link, *state, ciphers[k], true);
		for (int i = 0; i < 3; i++)
			in[(int[]){1, 0, 2}[i]] = (struct rx_in){&link.at_ap, sent_frame(&link, true)};
		rx_data(in, 3, 0, &link.out);
		assert_int_equal(link.out.drop_count, 1);
		assert_came(&link, 2, "replay");
		link_close(&link);
	}
}

/* Only an authentic frame advances the packet number, and only in the TID in which it was sealed. */
static void forged_data_frame_leaves_replay_counter(void **state)
{
	struct test_link link;
	struct frame *real, *frame;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	real = sent_frame(&link, true);
	frame = frame_clone(real);
	frame_bytes(frame)[26 + 7] = 0x7f; /* a packet number near the end */
	link_receive(&link, true, frame);
	assert_came(&link, 0, "mpdu_mic");
	frame = frame_clone(real);
	frame_bytes(frame)[24] ^= 5; /* another TID */
	link_receive(&link, true, frame);
	assert_came(&link, 0, "mpdu_mic");
	link_receive(&link, true, real);
	assert_came(&link, 1, "none");
	link_close(&link);
}

/* ---- the port, and frames in the clear ---- */

/* FragAttacks, CVE-2020-26140. */
static void plaintext_is_refused_on_protected_link(void **state)
{
	static const enum cipher ciphers[] = {CIPHER_WEP_40, CIPHER_TKIP, CIPHER_CCMP_128};
	struct test_link link;
	struct frame *frame;

	for (size_t i = 0; i < COUNT(ciphers); i++)
		for (int to_ap = 0; to_ap < 2; to_ap++) {
			link_open(&link, *state, ciphers[i], true);
			link_receive(&link, to_ap, forged_frame(to_ap, 0, 0, snap_ip, 8));
			assert_came(&link, 0, "unprotected");
			link_receive(&link, to_ap, forged_frame(to_ap, FC_QOS, 0, snap_ip, 8));
			assert_came(&link, 0, "unprotected");
			frame = forged_frame(false, 0, 0, snap_ip, 8);
			mac_copy(frame_bytes(frame) + DOT11_OFF_ADDR1, ALL);
			link_receive(&link, false, frame);
			assert_came(&link, 0, "unprotected");
			/* Closed port, no key: still dropped. */
			key_wipe(&link.at_ap.pairwise);
			key_wipe(&link.at_sta.pairwise);
			link_receive(&link, to_ap, forged_frame(to_ap, 0, 0, snap_ip, 8));
			assert_came(&link, 0, "unprotected");
			link_close(&link);
		}
}

static struct frame *eapol_frame(bool to_ap, const uint8_t *addr3, uint16_t flags)
{
	struct frame *frame = forged_frame(to_ap, flags, 0x50, snap_eapol, 8);

	mac_copy(frame_bytes(frame) + DOT11_OFF_ADDR3, addr3);
	return frame;
}

/* FragAttacks, CVE-2020-26139: EAPOL is from the peer to us, or dropped. */
static void eapol_to_other_address_is_dropped(void **state)
{
	struct test_link link;

	for (int authorised = 0; authorised < 2; authorised++) {
		link_open(&link, *state, CIPHER_CCMP_128, false);
		link.at_ap.authorised = link.at_sta.authorised = authorised;
		link_receive(&link, true, eapol_frame(true, AP, 0));
		assert_int_equal(link.out.msdu_count, 1);
		assert_true(link.out.msdus[0].eapol);
		assert_false(link.out.msdus[0].protected);
		assert_came(&link, 1, "none");
		link_receive(&link, true, eapol_frame(true, OTHER, 0));
		assert_came(&link, 0, "eapol_foreign");
		link_receive(&link, false, eapol_frame(false, AP, 0));
		assert_int_equal(link.out.msdu_count, 1);
		assert_true(link.out.msdus[0].eapol);
		assert_came(&link, 1, "none");
		link_receive(&link, false, eapol_frame(false, OTHER, 0));
		assert_came(&link, 0, "eapol_foreign");
		/* Under the key, too. */
		assert_drop(
			tx_data(&link.queue, &link.at_sta, ethernet_frame(AP, STA, ETHERTYPE_EAPOL, 50), &no_options),
			"none");
		link_receive_all(&link, true);
		assert_true(link.out.msdus[0].eapol && link.out.msdus[0].protected);
		assert_came(&link, 1, "none");
		link_close(&link);
	}
}

static void closed_port_receives_only_eapol(void **state)
{
	struct test_link link;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	link.at_ap.authorised = false;
	link_receive(&link, true, sent_frame(&link, true));
	assert_came(&link, 0, "port_closed");
	assert_drop(tx_data(&link.queue, &link.at_sta, ethernet_frame(AP, STA, ETHERTYPE_PREAUTH, 20), &no_options),
		    "none");
	link_receive_all(&link, true);
	assert_came(&link, 0, "port_closed");
	assert_drop(tx_data(&link.queue, &link.at_sta, ethernet_frame(AP, STA, ETHERTYPE_EAPOL, 20), &no_options),
		    "none");
	link_receive_all(&link, true);
	assert_came(&link, 1, "none");
	link_close(&link);
}

/* A protected frame on a link without keys, or with an unknown key id. */
static void frame_without_known_key_is_dropped(void **state)
{
	struct test_link link, open;
	struct frame *frame;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	link_open(&open, *state, CIPHER_NONE, true);
	link_receive(&open, true, sent_frame(&link, true));
	assert_came(&open, 0, "no_key");
	frame = sent_frame(&link, true);
	frame_bytes(frame)[26 + 3] ^= 0x80; /* key id 2 */
	link_receive(&link, true, frame);
	assert_came(&link, 0, "no_key");
	frame = forged_frame(true, FC_PROTECTED, 0, snap_ip, 3); /* too short for a key id */
	link_receive(&link, true, frame);
	assert_came(&link, 0, "truncated");
	link_close(&open);
	link_close(&link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_of_other_link_are_dropped),
		cmocka_unit_test(four_address_frame_is_dropped_with_reason),
		cmocka_unit_test(non_data_frame_is_dropped),
		cmocka_unit_test(truncated_data_frames_are_handled),
		cmocka_unit_test(ht_control_is_skipped),
		cmocka_unit_test(body_without_snap_becomes_802_3),
		cmocka_unit_test(aarp_and_ipx_under_rfc_1042_stay_802_3),
		cmocka_unit_test(duplicates_are_dropped),
		cmocka_unit_test(duplicate_within_batch_is_dropped),
		cmocka_unit_test(retry_of_lost_frame_is_accepted),
		cmocka_unit_test(forged_frame_does_not_mark_genuine_frame_duplicate),
		cmocka_unit_test(replayed_frames_are_dropped),
		cmocka_unit_test(replay_check_follows_batch_order),
		cmocka_unit_test(forged_data_frame_leaves_replay_counter),
		cmocka_unit_test(plaintext_is_refused_on_protected_link),
		cmocka_unit_test(eapol_to_other_address_is_dropped),
		cmocka_unit_test(closed_port_receives_only_eapol),
		cmocka_unit_test(frame_without_known_key_is_dropped),
	};

	return cmocka_run_group_tests(tests, set_up_crypto, tear_down_crypto);
}
