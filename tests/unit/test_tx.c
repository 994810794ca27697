/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link.h"

#include "softmac/classify.h"

static const enum cipher ciphers[] = {CIPHER_WEP_40,   CIPHER_WEP_104,  CIPHER_TKIP,     CIPHER_CCMP_128,
				      CIPHER_CCMP_256, CIPHER_GCMP_128, CIPHER_GCMP_256, CIPHERS /* none: open */};

/* What goes in comes out, both ways and to the group, whole or in fragments, with every cipher. */
static void what_goes_in_comes_out(void **state)
{
	static const uint16_t fragments[] = {0, 64, 256};
	struct link l;

	for (size_t i = 0; i < COUNT(ciphers); i++)
		for (unsigned k = 0; k < 2 * COUNT(fragments); k++) {
			struct frame *down = ethernet(STA, HOST, ETHERTYPE_IP4, 300);
			struct frame *up = ethernet(HOST, STA, ETHERTYPE_IP6, 301);
			struct frame *group = ethernet(ALL, HOST, ETHERTYPE_ARP, 28);
			struct frame *want[] = {frame_clone(down), frame_clone(group), frame_clone(up)};

			link_open(&l, *state, ciphers[i], k & 1);
			l.at_ap.fragment = l.at_sta.fragment = fragments[k / 2];
			assert_drop(tx_data(&l.q, &l.at_ap, down, &plainly), "none");
			assert_drop(tx_group(&l.q, &l.net, AP, l.at_ap.rsn, group, &plainly), "none");
			link_carry(&l, false);
			assert_drop(tx_data(&l.q, &l.at_sta, up, &plainly), "none");
			link_carry(&l, true);
			assert_int_equal(l.out.drops, 0);
			assert_int_equal(l.out.msdus, 3);
			for (int n = 0; n < 3; n++) {
				assert_int_equal(l.out.msdu[n].frame->len, want[n]->len);
				assert_memory_equal(l.out.msdu[n].frame->data, want[n]->data, want[n]->len);
				assert_false(l.out.msdu[n].eapol);
				assert_int_equal(l.out.msdu[n].sealed, ciphers[i] < CIPHERS);
				assert_ptr_equal(l.out.msdu[n].peer, n < 2 ? &l.at_sta : &l.at_ap);
				frame_free(want[n]);
			}
			link_close(&l);
		}
}

/* IEEE 802.11-2016, table 9-26. */
static void addresses_are_those_of_the_direction(void **state)
{
	struct link l;
	struct frame *f;

	link_open(&l, *state, CIPHERS, true);
	assert_drop(tx_data(&l.q, &l.at_ap, ethernet(STA, HOST, ETHERTYPE_IP4, 20), &plainly), "none");
	f = link_take(&l, 0);
	assert_int_equal(le16(f->data), FC_DATA | FC_QOS | FC_FROM_DS);
	assert_memory_equal(f->data + DOT11_ADDR1, STA, 6);
	assert_memory_equal(f->data + DOT11_ADDR2, AP, 6);
	assert_memory_equal(f->data + DOT11_ADDR3, HOST, 6);
	frame_free(f);
	assert_drop(tx_data(&l.q, &l.at_sta, ethernet(ALL, STA, ETHERTYPE_IP4, 20), &plainly), "none");
	f = link_take(&l, 0);
	assert_int_equal(le16(f->data), FC_DATA | FC_QOS | FC_TO_DS);
	assert_memory_equal(f->data + DOT11_ADDR1, AP, 6);
	assert_memory_equal(f->data + DOT11_ADDR2, STA, 6);
	assert_memory_equal(f->data + DOT11_ADDR3, ALL, 6);
	frame_free(f);
	assert_drop(tx_group(&l.q, &l.net, AP, false, ethernet(ALL, HOST, ETHERTYPE_IP4, 20), &plainly), "none");
	f = link_take(&l, 0);
	assert_int_equal(le16(f->data), FC_DATA | FC_FROM_DS);
	assert_memory_equal(f->data + DOT11_ADDR1, ALL, 6);
	assert_memory_equal(f->data + DOT11_ADDR2, AP, 6);
	assert_memory_equal(f->data + DOT11_ADDR3, HOST, 6);
	frame_free(f);
	link_close(&l);
}

static void a_frame_that_is_not_of_this_link_does_not_go(void **state)
{
	struct link l;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	assert_drop(tx_data(&l.q, &l.at_sta, ethernet(HOST, OTHER, ETHERTYPE_IP4, 20), &plainly), "foreign_source");
	assert_drop(tx_data(&l.q, &l.at_ap, ethernet(OTHER, HOST, ETHERTYPE_IP4, 20), &plainly), "addresses");
	assert_drop(tx_group(&l.q, &l.net, AP, true, ethernet(STA, HOST, ETHERTYPE_IP4, 20), &plainly), "addresses");
	assert_drop(tx_data(&l.q, &l.at_ap, frame_from(STA, 6, 0, 0), &plainly), "truncated");
	assert_drop(tx_data(&l.q, &l.at_ap, ethernet(STA, HOST, ETHERTYPE_IP4, MSDU_MAX - 7), &plainly), "mtu");
	assert_drop(tx_group(&l.q, &l.net, AP, true, frame_from(ALL, 6, 0, 0), &plainly), "truncated");
	assert_drop(tx_management(&l.q, &l.at_ap, ethernet(STA, HOST, 0x0008, 20), NULL, &plainly), "frame_type");
	assert_drop(tx_management_group(&l.q, &l.net, true, ethernet(ALL, HOST, 0x0008, 20)), "frame_type");
	l.at_ap.fragment = 2; /* sixteen fragments are the most */
	assert_drop(tx_data(&l.q, &l.at_ap, ethernet(STA, HOST, ETHERTYPE_IP4, 25), &plainly), "mtu");
	assert_int_equal(l.q.count, 0);
	assert_drop(tx_data(&l.q, &l.at_ap, ethernet(STA, HOST, ETHERTYPE_IP4, 24), &plainly), "none");
	assert_int_equal(l.q.count, 16);
	link_close(&l);
}

/* Only EAPOL may be in the clear on a protected link, and nothing else before the port is open. */
static void nothing_but_eapol_goes_in_the_clear_on_a_protected_link(void **state)
{
	static const struct tx_how in_clear = {.in_clear = true};
	struct link l;
	struct frame *f;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	/* With a key EAPOL is sealed, unless the peer does not have it yet; other frames always are. */
	assert_drop(tx_data(&l.q, &l.at_ap, ethernet(STA, AP, ETHERTYPE_EAPOL, 99), &plainly), "none");
	assert_drop(tx_data(&l.q, &l.at_ap, ethernet(STA, AP, ETHERTYPE_EAPOL, 99), &in_clear), "none");
	assert_drop(tx_data(&l.q, &l.at_ap, ethernet(STA, AP, ETHERTYPE_PREAUTH, 99), &in_clear), "none");
	for (int i = 0; i < 3; i++) {
		f = link_take(&l, 0);
		assert_int_equal(!!(le16(f->data) & FC_PROTECTED), i != 1);
		frame_free(f);
	}
	key_wipe(&l.at_ap.pairwise);
	key_wipe(&l.net.gtk[1]);
	assert_drop(tx_data(&l.q, &l.at_ap, ethernet(STA, HOST, ETHERTYPE_IP4, 20), &plainly), "no_key");
	assert_drop(tx_group(&l.q, &l.net, AP, true, ethernet(ALL, HOST, ETHERTYPE_IP4, 20), &plainly), "no_key");
	assert_drop(tx_data(&l.q, &l.at_ap, ethernet(STA, AP, ETHERTYPE_EAPOL, 99), &plainly), "none");
	f = link_take(&l, 0);
	assert_false(le16(f->data) & FC_PROTECTED);
	frame_free(f);
	link_close(&l);
}

static void a_closed_port_lets_only_eapol_out(void **state)
{
	struct link l;

	link_open(&l, *state, CIPHERS, false);
	l.at_sta.authorised = false;
	assert_drop(tx_data(&l.q, &l.at_sta, ethernet(HOST, STA, ETHERTYPE_IP4, 20), &plainly), "port_closed");
	assert_drop(tx_data(&l.q, &l.at_sta, ethernet(AP, STA, ETHERTYPE_PREAUTH, 20), &plainly), "port_closed");
	assert_drop(tx_data(&l.q, &l.at_sta, ethernet(AP, STA, ETHERTYPE_EAPOL, 20), &plainly), "none");
	assert_int_equal(l.q.count, 1);
	link_close(&l);
}

/* FragAttacks, CVE-2020-26139: EAPOL is never forwarded. */
static void eapol_of_somebody_else_does_not_go(void **state)
{
	struct link l;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	assert_drop(tx_data(&l.q, &l.at_ap, ethernet(STA, OTHER, ETHERTYPE_EAPOL, 99), &plainly), "eapol_foreign");
	assert_drop(tx_data(&l.q, &l.at_sta, ethernet(OTHER, STA, ETHERTYPE_EAPOL, 99), &plainly), "eapol_foreign");
	assert_drop(tx_group(&l.q, &l.net, AP, true, ethernet(ALL, HOST, ETHERTYPE_EAPOL, 99), &plainly),
		    "eapol_foreign");
	link_close(&l);
}

static uint8_t priority(uint16_t type, uint16_t first, uint8_t queue)
{
	struct frame *f = ethernet(STA, HOST, type, 40);
	uint8_t up;

	put_be16(bytes_of(f) + ETHER_HLEN, first);
	f->meta.queue = queue;
	up = classify(f);
	frame_free(f);
	return up;
}

/* IEEE 802.1D, annex G; RFC 8325, figure 1. */
static void priorities_come_from_tag_queue_or_dscp(void **state)
{
	static const uint8_t dscp[][2] = {{0, 0},  {1, 1},  {8, 1},  {10, 0}, {16, 0}, {18, 3}, {24, 4}, {26, 4},
					  {32, 4}, {34, 4}, {40, 5}, {44, 6}, {46, 6}, {48, 7}, {56, 7}, {63, 0}};

	(void)state;
	for (size_t i = 0; i < COUNT(dscp); i++) {
		assert_int_equal(priority(ETHERTYPE_IP4, 0x4500 | dscp[i][0] << 2, 0), dscp[i][1]);
		assert_int_equal(priority(ETHERTYPE_IP6, (uint16_t)(0x6000 | dscp[i][0] << 6), 0), dscp[i][1]);
	}
	assert_int_equal(priority(ETHERTYPE_VLAN, 0xa00a, 3), 5);
	assert_int_equal(priority(ETHERTYPE_IP4, 0x45b8, 2), 2);
	assert_int_equal(priority(ETHERTYPE_ARP, 0x0001, 0), 0);
	assert_int_equal(priority(ETHERTYPE_EAPOL, 0x0203, 0), 7);
}

/* 10.3.2.11: each TID has a counter; without QoS there is one; the group has its own. */
static void sequence_numbers_are_by_tid(void **state)
{
	static const struct {
		uint8_t queue;
		uint16_t seq;
	} rows[] = {{0, 0}, {5, 0}, {0, 1}, {5, 1}, {5, 2}, {6, 0}};
	struct link l;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct frame *f = ethernet(STA, HOST, ETHERTYPE_ARP, 28);

		f->meta.queue = rows[i].queue;
		assert_drop(tx_data(&l.q, &l.at_ap, f, &plainly), "none");
		f = link_take(&l, 0);
		assert_int_equal(f->data[DOT11_HDR_MIN] & DOT11_TID, rows[i].queue);
		assert_int_equal(le16(f->data + DOT11_SEQ) >> 4, rows[i].seq);
		frame_free(f);
	}
	l.at_ap.seq[0] = 4095; /* of 12 bits */
	for (uint16_t want = 4095; want != 1; want = (want + 1) % 4096) {
		struct frame *f = ethernet(STA, HOST, ETHERTYPE_ARP, 28);

		assert_drop(tx_data(&l.q, &l.at_ap, f, &plainly), "none");
		f = link_take(&l, 0);
		assert_int_equal(le16(f->data + DOT11_SEQ), want << 4);
		frame_free(f);
	}
	link_close(&l);
}

/* RFC 1042; IEEE 802.1H for what a bridge would mistake; 802.3 frames bring their LLC along. */
static void llc_is_as_the_ethertype_wants_it(void **state)
{
	static const struct {
		uint16_t type;
		uint8_t llc[8];
	} rows[] = {
		{ETHERTYPE_IP4, {0xaa, 0xaa, 3, 0, 0, 0, 8, 0}},
		{ETHERTYPE_VLAN, {0xaa, 0xaa, 3, 0, 0, 0, 0x81, 0}},
		{0x80f3, {0xaa, 0xaa, 3, 0, 0, 0xf8, 0x80, 0xf3}},
		{0x8137, {0xaa, 0xaa, 3, 0, 0, 0xf8, 0x81, 0x37}},
		{40, {1, 8, 15, 22, 29, 36, 43, 50}},
	};
	struct link l;

	link_open(&l, *state, CIPHERS, false);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct frame *f = ethernet(STA, HOST, rows[i].type, 46); /* with padding where that is a length */
		struct frame *want = frame_clone(f);

		assert_drop(tx_data(&l.q, &l.at_ap, f, &plainly), "none");
		assert_memory_equal(l.q.mpdu[0].frame->data + DOT11_HDR_MIN, rows[i].llc, 8);
		if (rows[i].type == 40)
			frame_trim(want, 6);
		link_carry(&l, false);
		assert_int_equal(l.out.msdus, 1);
		assert_int_equal(l.out.msdu[0].frame->len, want->len);
		assert_memory_equal(l.out.msdu[0].frame->data, want->data, want->len);
		rx_out_clear(&l.out);
		frame_free(want);
	}
	assert_drop(tx_data(&l.q, &l.at_ap, ethernet(STA, HOST, 47, 46), &plainly), "truncated");
	assert_drop(tx_data(&l.q, &l.at_ap, ethernet(STA, HOST, 1501, 1501), &plainly), "truncated");
	link_close(&l);
}

static void a_null_frame_has_no_body_and_no_key(void **state)
{
	static const struct tx_how dozing = {.power_save = true, .cookie = 7};
	struct link l;

	for (int qos = 0; qos < 2; qos++) {
		link_open(&l, *state, CIPHER_CCMP_128, qos);
		assert_drop(tx_null(&l.q, &l.at_sta, &dozing), "none");
		assert_int_equal(l.q.mpdu[0].cookie, 7);
		assert_int_equal(le16(l.q.mpdu[0].frame->data), qos ? 0x11c8 : 0x1148);
		assert_int_equal(l.q.mpdu[0].frame->len, qos ? 26 : 24);
		link_carry(&l, true);
		assert_came(&l, 0, "none");
		link_close(&l);
	}
}

static struct frame *management(enum mgmt_subtype subtype, const uint8_t *to, const uint8_t *from, uint8_t first)
{
	struct frame *f = mgmt_new(subtype, to, from, AP);

	assert_non_null(f);
	assert_int_equal(mgmt_put(f, (uint8_t[]){first, 0}, 2), 0);
	return f;
}

/* Each MPDU says whose it is, so that its acknowledgement finds its way; and more data, and power management. */
static void cookie_and_flags_are_in_each_mpdu(void **state)
{
	static const struct tx_how more = {.more_data = true, .cookie = 7}, dozing = {.power_save = true, .cookie = 8};
	struct link l;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	l.at_ap.fragment = 64;
	assert_drop(tx_data(&l.q, &l.at_ap, ethernet(STA, HOST, ETHERTYPE_IP4, 200), &more), "none");
	assert_int_equal(l.q.count, 4);
	assert_drop(tx_group(&l.q, &l.net, AP, true, ethernet(ALL, HOST, ETHERTYPE_IP4, 200), &more), "none");
	assert_drop(tx_management(&l.q, &l.at_ap, management(MGMT_ACTION, STA, AP, 8), NULL, &more), "none");
	for (size_t i = 0; i < l.q.count; i++) {
		assert_int_equal(l.q.mpdu[i].cookie, 7);
		assert_int_equal(le16(l.q.mpdu[i].frame->data) & (FC_MORE_DATA | FC_PM), FC_MORE_DATA);
	}
	tx_queue_clear(&l.q);
	assert_drop(tx_data(&l.q, &l.at_sta, ethernet(HOST, STA, ETHERTYPE_IP4, 200), &dozing), "none");
	assert_int_equal(l.q.mpdu[0].cookie, 8);
	assert_int_equal(le16(l.q.mpdu[0].frame->data) & (FC_MORE_DATA | FC_PM), FC_PM);
	link_close(&l);
}

/* Packet numbers rise in the order in which frames were sent, whatever the size of the batch. */
static void a_batch_is_sealed_in_order(void **state)
{
	struct link l;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	for (int i = 0; i < 150; i++)
		assert_drop(i % 3 ? tx_data(&l.q, &l.at_ap, ethernet(STA, HOST, ETHERTYPE_IP4, 20), &plainly)
				  : tx_group(&l.q, &l.net, AP, true, ethernet(ALL, HOST, ETHERTYPE_IP4, 20), &plainly),
			    "none");
	tx_finish(&l.q);
	tx_finish(&l.q); /* nothing is sealed twice */
	link_carry(&l, false);
	assert_came(&l, 150, "none");
	assert_int_equal(l.at_ap.pairwise.aes.pn.last, 100);
	assert_int_equal(l.net.gtk[1].aes.pn.last, 50);
	link_close(&l);
}

/* A key that is used up never wraps. */
static void an_exhausted_key_sends_nothing_more(void **state)
{
	struct link l;

	link_open(&l, *state, CIPHER_GCMP_128, true);
	l.at_ap.pairwise.aes.pn.last = PN_MAX - 1;
	for (int i = 0; i < 2; i++)
		assert_drop(tx_data(&l.q, &l.at_ap, ethernet(STA, HOST, ETHERTYPE_IP4, 20), &plainly), "none");
	tx_finish(&l.q);
	assert_drop(l.q.mpdu[0].drop, "none");
	assert_drop(l.q.mpdu[1].drop, "pn_exhausted");
	link_close(&l);
}

static void robust_management_frames_are_protected_where_that_was_agreed_to(void **state)
{
	static const struct {
		enum mgmt_subtype subtype;
		uint8_t first;
		bool robust;
	} rows[] = {
		{MGMT_DEAUTH, 3, true},    {MGMT_DISASSOC, 3, true}, {MGMT_ACTION, 8, true},
		{MGMT_ACTION, 4, false},   {MGMT_AUTH, 0, false},    {MGMT_ASSOC_RESPONSE, 0, false},
		{MGMT_ACTION, 127, false},
	};
	struct link l;
	uint16_t seq = 9;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	link_group_key(&l, CIPHER_BIP_CMAC_128, 4, 0x55);
	for (unsigned i = 0; i < 2 * COUNT(rows); i++) {
		bool mfp = i & 1, robust = rows[i / 2].robust;
		struct frame *f = management(rows[i / 2].subtype, STA, AP, rows[i / 2].first), *want;

		l.at_ap.mfp = l.at_sta.mfp = mfp;
		assert_drop(tx_management(&l.q, &l.at_ap, f, NULL, &plainly), "none");
		f = link_take(&l, 0);
		assert_int_equal(!!(le16(f->data) & FC_PROTECTED), mfp && robust);
		assert_drop(rx_management(&l.at_sta, f), "none");
		assert_int_equal(f->len, DOT11_HDR_MIN + 2);
		assert_int_equal(f->data[DOT11_HDR_MIN], rows[i / 2].first);
		frame_free(f);
		f = management(rows[i / 2].subtype, ALL, AP, rows[i / 2].first);
		want = frame_clone(f);
		assert_drop(tx_management_group(&l.q, &l.net, mfp, f), "none");
		f = link_take(&l, 0);
		assert_int_equal(f->len - want->len, mfp && robust ? 18 : 0);
		assert_drop(rx_management(&l.at_sta, f), "none");
		assert_int_equal(f->len, want->len);
		frame_free(f);
		frame_free(want);
	}
	assert_drop(tx_management(&l.q, NULL, management(MGMT_BEACON, ALL, AP, 0), &seq, &plainly), "none");
	assert_int_equal(seq, 10);
	l.at_ap.seq[16] = 77; /* to a peer, the peer's counter */
	assert_drop(tx_management(&l.q, &l.at_ap, management(MGMT_AUTH, STA, AP, 0), &seq, &plainly), "none");
	assert_int_equal(seq, 10);
	assert_int_equal(l.at_ap.seq[16], 78);
	assert_int_equal(le16(l.q.mpdu[1].frame->data + DOT11_SEQ), 77 << 4);
	key_wipe(&l.net.igtk[0]);
	assert_drop(tx_management_group(&l.q, &l.net, true, management(MGMT_DEAUTH, ALL, AP, 3)), "no_key");
	link_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_in_comes_out),
		cmocka_unit_test(addresses_are_those_of_the_direction),
		cmocka_unit_test(a_frame_that_is_not_of_this_link_does_not_go),
		cmocka_unit_test(nothing_but_eapol_goes_in_the_clear_on_a_protected_link),
		cmocka_unit_test(a_closed_port_lets_only_eapol_out),
		cmocka_unit_test(eapol_of_somebody_else_does_not_go),
		cmocka_unit_test(priorities_come_from_tag_queue_or_dscp),
		cmocka_unit_test(sequence_numbers_are_by_tid),
		cmocka_unit_test(llc_is_as_the_ethertype_wants_it),
		cmocka_unit_test(a_null_frame_has_no_body_and_no_key),
		cmocka_unit_test(cookie_and_flags_are_in_each_mpdu),
		cmocka_unit_test(a_batch_is_sealed_in_order),
		cmocka_unit_test(an_exhausted_key_sends_nothing_more),
		cmocka_unit_test(robust_management_frames_are_protected_where_that_was_agreed_to),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
