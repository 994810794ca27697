/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The receive path under the attacks on fragmentation and aggregation (FragAttacks, 2021). */
#include "forged.h"

/* ---- fragments ---- */

/* Sends one MSDU in `count` fragments and passes those of the mask to the access point. */
static void send_in_fragments(struct test_link *link, uint32_t mask)
{
	size_t count;

	link->at_sta.fragment_body_max = 40;
	assert_drop(tx_data(&link->queue, &link->at_sta, ethernet_frame(HOST, STA, ETHERTYPE_IP4, 100), &no_options),
		    "none");
	count = link->queue.count;
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++) {
		struct frame *frame = link_take_frame(link, 0);

		if (mask & 1u << i)
			link_receive(link, true, frame);
		else
			frame_free(frame);
	}
}

/* FragAttacks, CVE-2020-26142: a fragment is never taken for a whole frame. */
static void fragment_is_not_taken_for_whole_frame(void **state)
{
	struct test_link link;

	for (uint32_t mask = 1; mask < 7; mask++) {
		link_open(&link, *state, CIPHER_CCMP_128, true);
		send_in_fragments(&link, mask);
		/* A fragment without its predecessor is dropped; without the last one the others wait. */
		assert_came(&link, 0, mask == 1 || mask == 3 ? "none" : "fragment_order");
		send_in_fragments(&link, 7);
		assert_came(&link, 1, "none");
		link_close(&link);
	}
}

/* FragAttacks, CVE-2020-24587: an MSDU that began under one key does not end under the next. */
static void mixed_key_fragments_are_refused(void **state)
{
	struct test_link link;

	for (int to_ap = 0; to_ap < 2; to_ap++) {
		link_open(&link, *state, CIPHER_CCMP_128, true);
		link_receive(&link, to_ap, sealed_frame(&link, to_ap, FC_QOS | FC_MORE_FRAGS, 0x30, snap_ip, 8));
		link_key(&link, CIPHER_CCMP_128, 0x77);
		/* One frame further, so that the packet number alone would match. */
		frame_free(sealed_frame(&link, to_ap, FC_QOS, 0x40, AP, 6));
		link_receive(&link, to_ap, sealed_frame(&link, to_ap, FC_QOS, 0x31, AP, 6));
		assert_came(&link, 0, "fragment_order");
		link_close(&link);
	}
}

/* FragAttacks, CVE-2020-24586: no fragment survives an association. */
static void fragments_are_discarded_on_reassociation(void **state)
{
	struct test_link link;
	struct frame *last;

	link_open(&link, *state, CIPHER_NONE, true);
	link_receive(&link, true, forged_frame(true, FC_QOS | FC_MORE_FRAGS, 0x30, snap_ip, 8));
	last = forged_frame(true, FC_QOS, 0x31, AP, 6);
	peer_init(&link.at_ap, true, AP, STA, AP, &link.ap_group);
	link.at_ap.authorised = true;
	link_receive(&link, true, last);
	assert_came(&link, 0, "fragment_order");
	link_close(&link);
}

/* FragAttacks, CVE-2020-26146. */
static void fragments_must_have_consecutive_packet_numbers(void **state)
{
	static const enum cipher ciphers[] = {CIPHER_TKIP, CIPHER_CCMP_128, CIPHER_GCMP_256};
	struct test_link link;

	for (size_t k = 0; k < COUNT(ciphers); k++) {
		link_open(&link, *state, ciphers[k], true);
		link_receive(&link, true, sealed_frame(&link, true, FC_QOS | FC_MORE_FRAGS, 0x30, snap_ip, 8));
		frame_free(sealed_frame(&link, true, FC_QOS, 0x40, AP, 6)); /* uses up a number */
		link_receive(&link, true, sealed_frame(&link, true, FC_QOS, 0x31, AP, 6));
		assert_came(&link, 0, "fragment_pn");
		link_close(&link);
	}
}

/* FragAttacks, CVE-2020-26147: with a key installed, the fragment in the clear is dropped, and the others expire. */
static void protected_and_plaintext_fragments_do_not_mix(void **state)
{
	struct test_link link;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	link_receive(&link, true, sealed_frame(&link, true, FC_QOS | FC_MORE_FRAGS, 0x30, snap_ip, 8));
	link_receive(&link, true, forged_frame(true, FC_QOS, 0x31, AP, 6));
	assert_came(&link, 0, "unprotected");
	link_receive(&link, true, forged_frame(true, FC_QOS | FC_MORE_FRAGS, 0x40, snap_ip, 8));
	link_receive(&link, true, sealed_frame(&link, true, FC_QOS, 0x41, AP, 6));
	assert_came(&link, 0, "fragment_order");
	link_close(&link);
}

/* FragAttacks, CVE-2020-26141: Michael is verified over the reassembled MSDU. */
static void michael_is_verified_over_reassembled_msdu(void **state)
{
	static const uint8_t rest[8 + 8] = {1, 2, 3, 4, 5, 6, 7, 8}; /* the last 8 would be Michael */
	struct test_link link;

	link_open(&link, *state, CIPHER_TKIP, true);
	link_receive(&link, true, sealed_frame(&link, true, FC_QOS | FC_MORE_FRAGS, 0x30, snap_ip, 8));
	link_receive(&link, true, sealed_frame(&link, true, FC_QOS, 0x31, rest, sizeof(rest)));
	assert_came(&link, 0, "michael");
	link_close(&link);
}

static void michael_failure_reports_group_or_pairwise(void **state)
{
	struct test_link link;
	struct frame *frame;

	for (int group = 0; group < 2; group++) {
		link_open(&link, *state, CIPHER_TKIP, false);
		frame = forged_frame(false, 0, 0x10, snap_ip, 8);
		if (group)
			mac_copy(frame_bytes(frame) + DOT11_OFF_ADDR1, ALL);
		memset(frame_put(frame, 8), 0x5a, 8);
		assert_int_equal(key_seal(group ? &link.ap_group.gtk[1] : &link.at_ap.pairwise, frame), NOT_DROPPED);
		link_receive(&link, false, frame);
		assert_int_equal(link.out.drop_count, 1);
		assert_int_equal(link.out.drops[0].group, group);
		assert_ptr_equal(link.out.drops[0].peer, &link.at_sta);
		assert_came(&link, 0, "michael");
		link_close(&link);
	}
}

/* FragAttacks, CVE-2020-26143. */
static void plaintext_fragments_are_refused_with_key(void **state)
{
	struct test_link link;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	link_receive(&link, true, forged_frame(true, FC_QOS | FC_MORE_FRAGS, 0, snap_eapol, 8));
	assert_came(&link, 0, "unprotected");
	link_receive(&link, true, forged_frame(true, FC_QOS, 1, snap_ip, 8));
	assert_came(&link, 0, "unprotected");
	link_close(&link);
}

/* Before a key is installed only EAPOL may be fragmented. */
static void only_eapol_fragments_before_key(void **state)
{
	struct test_link link;
	struct frame *frame;

	link_open(&link, *state, CIPHER_CCMP_128, false);
	key_wipe(&link.at_ap.pairwise);
	for (int real = 0; real < 2; real++) {
		for (uint16_t count = 0; count < 2; count++) {
			const uint8_t *body = !count ? real ? snap_eapol : snap_ip : AP;

			frame = forged_frame(true, count ? 0 : FC_MORE_FRAGS, (uint16_t)(real << 4 | count), body,
					     count ? 6 : 8);
			mac_copy(frame_bytes(frame) + DOT11_OFF_ADDR3, AP);
			link_receive(&link, true, frame);
		}
		assert_came(&link, real, real ? "none" : "unprotected");
	}
	/* A new key discards the fragments in the clear. */
	link_receive(&link, true, forged_frame(true, FC_MORE_FRAGS, 0x70, snap_eapol, 8));
	link_key(&link, CIPHER_GCMP_128, 0x77);
	link_receive(&link, true, sealed_frame(&link, true, 0, 0x71, AP, 6));
	assert_came(&link, 0, "fragment_order");
	link_close(&link);
}

/* FragAttacks, CVE-2020-26144: in the clear, with an EAPOL header and the A-MSDU bit. */
static void plaintext_amsdu_is_refused_on_protected_link(void **state)
{
	uint8_t body[8 + 6 + 20] = {0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e, 0, 0, 0, 0, 0, 20};
	struct test_link link;
	struct frame *frame;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	frame = forged_frame(true, FC_QOS, 0, body, sizeof(body));
	frame_bytes(frame)[24] |= DOT11_QOS_AMSDU;
	mac_copy(frame_bytes(frame) + DOT11_OFF_ADDR3, AP);
	link_receive(&link, true, frame);
	assert_came(&link, 0, "unprotected");
	key_wipe(&link.at_ap.pairwise); /* nor before a key is installed */
	frame = forged_frame(true, FC_QOS, 0, body, sizeof(body));
	frame_bytes(frame)[24] |= DOT11_QOS_AMSDU;
	mac_copy(frame_bytes(frame) + DOT11_OFF_ADDR3, AP);
	link_receive(&link, true, frame);
	assert_came(&link, 0, "unprotected");
	link_close(&link);
}

/* FragAttacks, CVE-2020-26145. */
static void group_addressed_fragments_are_refused(void **state)
{
	struct test_link link;

	for (int k = 0; k < 4; k++) {
		struct frame *frame = forged_frame(false, k & 1 ? FC_MORE_FRAGS : 0, k & 1 ? 0 : 1, snap_ip, 8);

		link_open(&link, *state, k & 2 ? CIPHER_CCMP_128 : CIPHER_NONE, true);
		mac_copy(frame_bytes(frame) + DOT11_OFF_ADDR1, ALL);
		if (k & 2)
			assert_int_equal(key_seal(&link.ap_group.gtk[1], frame), NOT_DROPPED);
		link_receive(&link, false, frame);
		assert_came(&link, 0, "fragment_refused");
		link_close(&link);
	}
}

/* ---- A-MSDUs ---- */

static void amsdu_is_deaggregated(void **state)
{
	static const struct amsdu_subframe parts[] = {
		{HOST, STA, 0}, {OTHER, STA, 1}, {ALL, STA, 2}, {HOST, STA, 1500}};
	static const struct amsdu_subframe down[] = {{STA, HOST, 77}, {ALL, OTHER, 3}};
	uint8_t body[4096] = {0};
	struct test_link link;

	for (int k = 0; k < 2; k++) {
		link_open(&link, *state, k ? CIPHER_CCMP_128 : CIPHER_NONE, true);
		link_receive(&link, true, amsdu_frame(&link, true, body, build_amsdu(body, parts, COUNT(parts))));
		assert_int_equal(link.out.msdu_count, COUNT(parts));
		for (size_t i = 0; i < COUNT(parts); i++) {
			const struct frame *frame = link.out.msdus[i].frame;

			assert_int_equal(frame->len, ETHER_HLEN + parts[i].len);
			assert_memory_equal(frame->data, parts[i].dst, 6);
			assert_memory_equal(frame->data + 6, parts[i].src, 6);
			assert_int_equal(be16(frame->data + 12), ETHERTYPE_IP4);
			assert_int_equal(frame->meta.priority, 3);
			for (size_t byte = 0; byte < parts[i].len; byte++)
				assert_int_equal(frame->data[ETHER_HLEN + byte], 0x60 + i);
		}
		assert_came(&link, COUNT(parts), "none");
		link_receive(&link, false, amsdu_frame(&link, false, body, build_amsdu(body, down, COUNT(down))));
		assert_came(&link, COUNT(down), "none");
		link_close(&link);
	}
}

/* FragAttacks, CVE-2020-24588: the A-MSDU bit is set in an ordinary frame of another sender. */
static void amsdu_starting_with_llc_is_refused(void **state)
{
	uint8_t body[64] = {0xaa, 0xaa, 3, 0, 0, 0, 8, 0, 0x45, 0, 0, 0, 0, 10};
	struct test_link link;
	struct frame *frame;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	link_receive(&link, true, amsdu_frame(&link, true, body, sizeof(body)));
	assert_came(&link, 0, "amsdu_llc");
	frame = sent_frame(&link, true); /* the attack: no MIC covers the bit */
	frame_bytes(frame)[24] |= DOT11_QOS_AMSDU;
	link_receive(&link, true, frame);
	assert_came(&link, 0, "amsdu_llc");
	link_close(&link);
}

static void amsdu_subframe_source_must_match_sender(void **state)
{
	static const struct amsdu_subframe up[] = {{HOST, OTHER, 20}, {HOST, STA, 20}};
	static const struct amsdu_subframe down[] = {{OTHER, HOST, 20}, {STA, HOST, 20}};
	uint8_t body[256] = {0};
	struct test_link link;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	link_receive(&link, true, amsdu_frame(&link, true, body, build_amsdu(body, up, 2)));
	assert_came(&link, 1, "amsdu_address");
	link_receive(&link, false, amsdu_frame(&link, false, body, build_amsdu(body, down, 2)));
	assert_came(&link, 1, "amsdu_address");
	link_close(&link);
}

static void eapol_in_amsdu_is_refused(void **state)
{
	static const struct amsdu_subframe up[] = {{AP, STA, 20}};
	uint8_t body[64] = {0};
	struct test_link link;
	size_t len = build_amsdu(body, up, 1);

	link_open(&link, *state, CIPHER_CCMP_128, true);
	memcpy(body + 14, snap_eapol, 8);
	link_receive(&link, true, amsdu_frame(&link, true, body, len));
	assert_came(&link, 0, "eapol_foreign");
	link_close(&link);
}

/* An A-MSDU with one malformed subframe is dropped whole. */
static void amsdu_lengths_must_match(void **state)
{
	static const struct amsdu_subframe parts[] = {{HOST, STA, 21}, {HOST, STA, 20}};
	uint8_t body[3000] = {0};
	size_t len = build_amsdu(body, parts, 2);
	struct test_link link;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	for (size_t cut = 0; cut < len; cut++) {
		link_receive(&link, true, amsdu_frame(&link, true, body, cut));
		/* it may end after the first subframe, with or without its padding byte */
		if (cut == 43 || cut == 44)
			assert_came(&link, 1, "none");
		else
			assert_came(&link, 0, "amsdu");
	}
	/* One subframe with bodies from none to more than an MSDU. */
	for (size_t one = 0; one <= MSDU_MAX + 2; one += one == 4 ? MSDU_MAX - 5 : 1) {
		put_be16(body + 12, (uint16_t)one);
		link_receive(&link, true, amsdu_frame(&link, true, body, 14 + one));
		if (one >= 3 && one <= MSDU_MAX)
			assert_came(&link, 1, "none");
		else
			assert_came(&link, 0, "amsdu");
	}
	link_close(&link);
}

/* An A-MSDU is never fragmented and has an individual receiver (10.12). */
static void fragmented_or_group_amsdu_is_refused(void **state)
{
	static const struct amsdu_subframe parts[] = {{ALL, HOST, 42}};
	uint8_t body[64] = {0};
	struct test_link link;
	struct frame *frame;

	assert_int_equal(build_amsdu(body, parts, 1), sizeof(body));
	link_open(&link, *state, CIPHER_NONE, true);
	frame = forged_frame(true, FC_QOS | FC_MORE_FRAGS, 0, body, sizeof(body));
	frame_bytes(frame)[24] |= DOT11_QOS_AMSDU;
	link_receive(&link, true, frame);
	assert_came(&link, 0, "fragment_refused");
	frame = forged_frame(false, FC_QOS, 0, body, sizeof(body));
	frame_bytes(frame)[24] |= DOT11_QOS_AMSDU;
	mac_copy(frame_bytes(frame) + DOT11_OFF_ADDR1, ALL);
	link_receive(&link, false, frame);
	assert_came(&link, 0, "amsdu");
	link_close(&link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fragment_is_not_taken_for_whole_frame),
		cmocka_unit_test(mixed_key_fragments_are_refused),
		cmocka_unit_test(fragments_are_discarded_on_reassociation),
		cmocka_unit_test(fragments_must_have_consecutive_packet_numbers),
		cmocka_unit_test(protected_and_plaintext_fragments_do_not_mix),
		cmocka_unit_test(michael_is_verified_over_reassembled_msdu),
		cmocka_unit_test(michael_failure_reports_group_or_pairwise),
		cmocka_unit_test(plaintext_fragments_are_refused_with_key),
		cmocka_unit_test(only_eapol_fragments_before_key),
		cmocka_unit_test(plaintext_amsdu_is_refused_on_protected_link),
		cmocka_unit_test(group_addressed_fragments_are_refused),
		cmocka_unit_test(amsdu_is_deaggregated),
		cmocka_unit_test(amsdu_starting_with_llc_is_refused),
		cmocka_unit_test(amsdu_subframe_source_must_match_sender),
		cmocka_unit_test(eapol_in_amsdu_is_refused),
		cmocka_unit_test(amsdu_lengths_must_match),
		cmocka_unit_test(fragmented_or_group_amsdu_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up_crypto, tear_down_crypto);
}
