/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The receive path against the attacks on fragmentation and aggregation (FragAttacks, 2021). */
#include "forged.h"

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

/* ---- A-MSDUs ---- */

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
	/* One part alone, from none to more than an MSDU may be. */
	for (size_t one = 0; one <= MSDU_MAX + 2; one += one == 4 ? MSDU_MAX - 5 : 1) {
		put_be16(body + 12, (uint16_t)one);
		link_give(&l, true, amsdu(&l, true, body, 14 + one));
		if (one >= 3 && one <= MSDU_MAX)
			assert_came(&l, 1, "none");
		else
			assert_came(&l, 0, "amsdu");
	}
	link_close(&l);
}

/* 10.12: carried whole, and to one receiver. */
static void an_amsdu_is_neither_fragmented_nor_for_the_group(void **state)
{
	static const struct part parts[] = {{ALL, HOST, 42}};
	uint8_t body[64] = {0};
	struct link l;
	struct frame *f;

	assert_int_equal(aggregate(body, parts, 1), sizeof body);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_part_is_taken_for_a_whole),
		cmocka_unit_test(mixed_key_fragments_are_refused),
		cmocka_unit_test(fragments_do_not_outlive_an_association),
		cmocka_unit_test(fragments_must_have_consecutive_packet_numbers),
		cmocka_unit_test(sealed_and_clear_fragments_do_not_mix),
		cmocka_unit_test(michael_of_fragments_is_verified),
		cmocka_unit_test(a_wrong_michael_code_says_whether_it_came_to_the_group),
		cmocka_unit_test(fragments_in_the_clear_are_refused_where_there_is_a_key),
		cmocka_unit_test(before_the_key_only_eapol_comes_in_parts),
		cmocka_unit_test(an_amsdu_in_the_clear_is_refused_on_a_protected_link),
		cmocka_unit_test(fragments_to_the_group_are_refused),
		cmocka_unit_test(an_amsdu_is_taken_apart),
		cmocka_unit_test(an_amsdu_that_begins_with_llc_is_refused),
		cmocka_unit_test(a_part_of_an_amsdu_speaks_for_its_sender_alone),
		cmocka_unit_test(eapol_in_an_amsdu_is_refused),
		cmocka_unit_test(lengths_of_an_amsdu_must_fit),
		cmocka_unit_test(an_amsdu_is_neither_fragmented_nor_for_the_group),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
