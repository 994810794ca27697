/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link.h"

#include "softmac/classify.h"

static const enum cipher ciphers[] = {CIPHER_WEP_40,   CIPHER_WEP_104,  CIPHER_TKIP,     CIPHER_CCMP_128,
				      CIPHER_CCMP_256, CIPHER_GCMP_128, CIPHER_GCMP_256, CIPHER_NONE /* none: open */};

/* Sent frames are received unchanged, in both directions and to the group, whole or in fragments, with every cipher. */
static void sent_frame_is_received_unchanged(void **state)
{
	static const uint16_t fragments[] = {0, 64, 256};
	struct test_link link;

	for (size_t i = 0; i < COUNT(ciphers); i++)
		for (unsigned k = 0; k < 2 * COUNT(fragments); k++) {
			struct frame *down = ethernet_frame(STA, HOST, ETHERTYPE_IP4, 300);
			struct frame *up = ethernet_frame(HOST, STA, ETHERTYPE_IP6, 301);
			struct frame *group = ethernet_frame(ALL, HOST, ETHERTYPE_ARP, 28);
			struct frame *want[] = {frame_clone(down), frame_clone(group), frame_clone(up)};

			link_open(&link, *state, ciphers[i], k & 1);
			link.at_ap.fragment_body_max = link.at_sta.fragment_body_max = fragments[k / 2];
			assert_drop(tx_data(&link.queue, &link.at_ap, down, &no_options), "none");
			assert_drop(tx_group_data(&link.queue, &link.ap_group, AP, link.at_ap.rsn, group, &no_options),
				    "none");
			link_receive_all(&link, false);
			assert_drop(tx_data(&link.queue, &link.at_sta, up, &no_options), "none");
			link_receive_all(&link, true);
			assert_int_equal(link.out.drop_count, 0);
			assert_int_equal(link.out.msdu_count, 3);
			for (int count = 0; count < 3; count++) {
				assert_int_equal(link.out.msdus[count].frame->len, want[count]->len);
				assert_memory_equal(link.out.msdus[count].frame->data, want[count]->data,
						    want[count]->len);
				assert_false(link.out.msdus[count].eapol);
				assert_int_equal(link.out.msdus[count].protected, ciphers[i] != CIPHER_NONE);
				assert_ptr_equal(link.out.msdus[count].peer, count < 2 ? &link.at_sta : &link.at_ap);
				frame_free(want[count]);
			}
			link_close(&link);
		}
}

/* IEEE 802.11-2020, Table 9-30. */
static void addresses_follow_direction(void **state)
{
	struct test_link link;
	struct frame *frame;

	link_open(&link, *state, CIPHER_NONE, true);
	assert_drop(tx_data(&link.queue, &link.at_ap, ethernet_frame(STA, HOST, ETHERTYPE_IP4, 20), &no_options),
		    "none");
	frame = link_take_frame(&link, 0);
	assert_int_equal(le16(frame->data), FC_DATA | FC_QOS | FC_FROM_DS);
	assert_memory_equal(frame->data + DOT11_OFF_ADDR1, STA, 6);
	assert_memory_equal(frame->data + DOT11_OFF_ADDR2, AP, 6);
	assert_memory_equal(frame->data + DOT11_OFF_ADDR3, HOST, 6);
	frame_free(frame);
	assert_drop(tx_data(&link.queue, &link.at_sta, ethernet_frame(ALL, STA, ETHERTYPE_IP4, 20), &no_options),
		    "none");
	frame = link_take_frame(&link, 0);
	assert_int_equal(le16(frame->data), FC_DATA | FC_QOS | FC_TO_DS);
	assert_memory_equal(frame->data + DOT11_OFF_ADDR1, AP, 6);
	assert_memory_equal(frame->data + DOT11_OFF_ADDR2, STA, 6);
	assert_memory_equal(frame->data + DOT11_OFF_ADDR3, ALL, 6);
	frame_free(frame);
	assert_drop(tx_group_data(&link.queue, &link.ap_group, AP, false, ethernet_frame(ALL, HOST, ETHERTYPE_IP4, 20),
				  &no_options),
		    "none");
	frame = link_take_frame(&link, 0);
	assert_int_equal(le16(frame->data), FC_DATA | FC_FROM_DS);
	assert_memory_equal(frame->data + DOT11_OFF_ADDR1, ALL, 6);
	assert_memory_equal(frame->data + DOT11_OFF_ADDR2, AP, 6);
	assert_memory_equal(frame->data + DOT11_OFF_ADDR3, HOST, 6);
	frame_free(frame);
	link_close(&link);
}

static void frame_of_other_link_is_not_sent(void **state)
{
	struct test_link link;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	assert_drop(tx_data(&link.queue, &link.at_sta, ethernet_frame(HOST, OTHER, ETHERTYPE_IP4, 20), &no_options),
		    "foreign_source");
	assert_drop(tx_data(&link.queue, &link.at_ap, ethernet_frame(OTHER, HOST, ETHERTYPE_IP4, 20), &no_options),
		    "addresses");
	assert_drop(tx_group_data(&link.queue, &link.ap_group, AP, true, ethernet_frame(STA, HOST, ETHERTYPE_IP4, 20),
				  &no_options),
		    "addresses");
	assert_drop(tx_data(&link.queue, &link.at_ap, frame_from(STA, 6, 0, 0), &no_options), "truncated");
	assert_drop(
		tx_data(&link.queue, &link.at_ap, ethernet_frame(STA, HOST, ETHERTYPE_IP4, MSDU_MAX - 7), &no_options),
		"mtu");
	assert_drop(tx_group_data(&link.queue, &link.ap_group, AP, true, frame_from(ALL, 6, 0, 0), &no_options),
		    "truncated");
	assert_drop(tx_management(&link.queue, &link.at_ap, ethernet_frame(STA, HOST, 0x0008, 20), NULL, &no_options),
		    "frame_type");
	assert_drop(tx_management_group(&link.queue, &link.ap_group, true, ethernet_frame(ALL, HOST, 0x0008, 20)),
		    "frame_type");
	link.at_ap.fragment_body_max = 2; /* at most sixteen fragments */
	assert_drop(tx_data(&link.queue, &link.at_ap, ethernet_frame(STA, HOST, ETHERTYPE_IP4, 25), &no_options),
		    "mtu");
	assert_int_equal(link.queue.count, 0);
	assert_drop(tx_data(&link.queue, &link.at_ap, ethernet_frame(STA, HOST, ETHERTYPE_IP4, 24), &no_options),
		    "none");
	assert_int_equal(link.queue.count, 16);
	link_close(&link);
}

/* Only EAPOL may be in the clear on a protected link, and nothing else before the port is open. */
static void only_eapol_is_sent_in_the_clear_on_protected_link(void **state)
{
	static const struct tx_options in_clear = {.cleartext = true};
	struct test_link link;
	struct frame *frame;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	/* With a key EAPOL is sealed, unless the peer lacks the key; other frames always are. */
	assert_drop(tx_data(&link.queue, &link.at_ap, ethernet_frame(STA, AP, ETHERTYPE_EAPOL, 99), &no_options),
		    "none");
	assert_drop(tx_data(&link.queue, &link.at_ap, ethernet_frame(STA, AP, ETHERTYPE_EAPOL, 99), &in_clear), "none");
	assert_drop(tx_data(&link.queue, &link.at_ap, ethernet_frame(STA, AP, ETHERTYPE_PREAUTH, 99), &in_clear),
		    "none");
	for (int i = 0; i < 3; i++) {
		frame = link_take_frame(&link, 0);
		assert_int_equal(!!(le16(frame->data) & FC_PROTECTED), i != 1);
		frame_free(frame);
	}
	key_wipe(&link.at_ap.pairwise);
	key_wipe(&link.ap_group.gtk[1]);
	assert_drop(tx_data(&link.queue, &link.at_ap, ethernet_frame(STA, HOST, ETHERTYPE_IP4, 20), &no_options),
		    "no_key");
	assert_drop(tx_group_data(&link.queue, &link.ap_group, AP, true, ethernet_frame(ALL, HOST, ETHERTYPE_IP4, 20),
				  &no_options),
		    "no_key");
	assert_drop(tx_data(&link.queue, &link.at_ap, ethernet_frame(STA, AP, ETHERTYPE_EAPOL, 99), &no_options),
		    "none");
	frame = link_take_frame(&link, 0);
	assert_false(le16(frame->data) & FC_PROTECTED);
	frame_free(frame);
	link_close(&link);
}

static void closed_port_sends_only_eapol(void **state)
{
	struct test_link link;

	link_open(&link, *state, CIPHER_NONE, false);
	link.at_sta.authorised = false;
	assert_drop(tx_data(&link.queue, &link.at_sta, ethernet_frame(HOST, STA, ETHERTYPE_IP4, 20), &no_options),
		    "port_closed");
	assert_drop(tx_data(&link.queue, &link.at_sta, ethernet_frame(AP, STA, ETHERTYPE_PREAUTH, 20), &no_options),
		    "port_closed");
	assert_drop(tx_data(&link.queue, &link.at_sta, ethernet_frame(AP, STA, ETHERTYPE_EAPOL, 20), &no_options),
		    "none");
	assert_int_equal(link.queue.count, 1);
	link_close(&link);
}

/* FragAttacks, CVE-2020-26139: EAPOL is never forwarded. */
static void eapol_with_foreign_source_is_not_sent(void **state)
{
	struct test_link link;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	assert_drop(tx_data(&link.queue, &link.at_ap, ethernet_frame(STA, OTHER, ETHERTYPE_EAPOL, 99), &no_options),
		    "eapol_foreign");
	assert_drop(tx_data(&link.queue, &link.at_sta, ethernet_frame(OTHER, STA, ETHERTYPE_EAPOL, 99), &no_options),
		    "eapol_foreign");
	assert_drop(tx_group_data(&link.queue, &link.ap_group, AP, true, ethernet_frame(ALL, HOST, ETHERTYPE_EAPOL, 99),
				  &no_options),
		    "eapol_foreign");
	link_close(&link);
}

static uint8_t sent_priority(uint16_t type, uint16_t first, uint8_t queue)
{
	struct frame *frame = ethernet_frame(STA, HOST, type, 40);
	uint8_t up;

	put_be16(frame_bytes(frame) + ETHER_HLEN, first);
	frame->meta.priority = queue;
	up = classify_priority(frame);
	frame_free(frame);
	return up;
}

/* IEEE 802.1D, annex G; RFC 8325, figure 1. */
static void priority_comes_from_tag_queue_or_dscp(void **state)
{
	static const uint8_t dscp[][2] = {{0, 0},  {1, 1},  {8, 1},  {10, 0}, {16, 0}, {18, 3}, {24, 4}, {26, 4},
					  {32, 4}, {34, 4}, {40, 5}, {44, 6}, {46, 6}, {48, 7}, {56, 7}, {63, 0}};

	(void)state;
	for (size_t i = 0; i < COUNT(dscp); i++) {
		assert_int_equal(sent_priority(ETHERTYPE_IP4, 0x4500 | dscp[i][0] << 2, 0), dscp[i][1]);
		assert_int_equal(sent_priority(ETHERTYPE_IP6, (uint16_t)(0x6000 | dscp[i][0] << 6), 0), dscp[i][1]);
	}
	assert_int_equal(sent_priority(ETHERTYPE_VLAN, 0xa00a, 3), 5);
	assert_int_equal(sent_priority(ETHERTYPE_IP4, 0x45b8, 2), 2);
	assert_int_equal(sent_priority(ETHERTYPE_ARP, 0x0001, 0), 0);
	assert_int_equal(sent_priority(ETHERTYPE_EAPOL, 0x0203, 0), 7);
}

/* 10.3.2.11 (IEEE 802.11-2016): each TID has a counter; without QoS there is one; the group has its own. */
static void sequence_numbers_are_per_tid(void **state)
{
	static const struct {
		uint8_t queue;
		uint16_t seq;
	} rows[] = {{0, 0}, {5, 0}, {0, 1}, {5, 1}, {5, 2}, {6, 0}};
	struct test_link link;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct frame *frame = ethernet_frame(STA, HOST, ETHERTYPE_ARP, 28);

		frame->meta.priority = rows[i].queue;
		assert_drop(tx_data(&link.queue, &link.at_ap, frame, &no_options), "none");
		frame = link_take_frame(&link, 0);
		assert_int_equal(frame->data[DOT11_HDR_MIN] & DOT11_TID_MASK, rows[i].queue);
		assert_int_equal(le16(frame->data + DOT11_OFF_SEQ) >> 4, rows[i].seq);
		frame_free(frame);
	}
	link.at_ap.next_seq[0] = 4095; /* of 12 bits */
	for (uint16_t want = 4095; want != 1; want = (want + 1) % 4096) {
		struct frame *frame = ethernet_frame(STA, HOST, ETHERTYPE_ARP, 28);

		assert_drop(tx_data(&link.queue, &link.at_ap, frame, &no_options), "none");
		frame = link_take_frame(&link, 0);
		assert_int_equal(le16(frame->data + DOT11_OFF_SEQ), want << 4);
		frame_free(frame);
	}
	link_close(&link);
}

/* RFC 1042; IEEE 802.1H for ambiguous protocols; 802.3 frames keep their LLC. */
static void llc_header_follows_ethertype(void **state)
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
	struct test_link link;

	link_open(&link, *state, CIPHER_NONE, false);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct frame *frame =
			ethernet_frame(STA, HOST, rows[i].type, 46); /* with padding if the type is a length */
		struct frame *want = frame_clone(frame);

		assert_drop(tx_data(&link.queue, &link.at_ap, frame, &no_options), "none");
		assert_memory_equal(link.queue.mpdus[0].frame->data + DOT11_HDR_MIN, rows[i].llc, 8);
		if (rows[i].type == 40)
			frame_trim(want, 6);
		link_receive_all(&link, false);
		assert_int_equal(link.out.msdu_count, 1);
		assert_int_equal(link.out.msdus[0].frame->len, want->len);
		assert_memory_equal(link.out.msdus[0].frame->data, want->data, want->len);
		rx_out_clear(&link.out);
		frame_free(want);
	}
	assert_drop(tx_data(&link.queue, &link.at_ap, ethernet_frame(STA, HOST, 47, 46), &no_options), "truncated");
	assert_drop(tx_data(&link.queue, &link.at_ap, ethernet_frame(STA, HOST, 1501, 1501), &no_options), "truncated");
	link_close(&link);
}

static void null_frame_has_no_body_and_is_unprotected(void **state)
{
	static const struct tx_options dozing = {.power_save = true, .cookie = 7};
	struct test_link link;

	for (int qos = 0; qos < 2; qos++) {
		link_open(&link, *state, CIPHER_CCMP_128, qos);
		assert_drop(tx_null(&link.queue, &link.at_sta, &dozing), "none");
		assert_int_equal(link.queue.mpdus[0].cookie, 7);
		assert_int_equal(le16(link.queue.mpdus[0].frame->data), qos ? 0x11c8 : 0x1148);
		assert_int_equal(link.queue.mpdus[0].frame->len, qos ? 26 : 24);
		link_receive_all(&link, true);
		assert_came(&link, 0, "none");
		link_close(&link);
	}
}

static struct frame *management_frame(enum mgmt_subtype subtype, const uint8_t *to, const uint8_t *from, uint8_t first)
{
	struct frame_writer writer = mgmt_begin(subtype, to, from, AP);

	write_u8(&writer, first);
	write_u8(&writer, 0);
	assert_non_null(writer.frame);
	return frame_writer_end(&writer);
}

/* Each MPDU carries its cookie, so that its TX status finds its way, and the bits More Data and Power Management. */
static void each_mpdu_carries_cookie_and_flags(void **state)
{
	static const struct tx_options more = {.more_data = true, .cookie = 7},
				       dozing = {.power_save = true, .cookie = 8};
	struct test_link link;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	link.at_ap.fragment_body_max = 64;
	assert_drop(tx_data(&link.queue, &link.at_ap, ethernet_frame(STA, HOST, ETHERTYPE_IP4, 200), &more), "none");
	assert_int_equal(link.queue.count, 4);
	assert_drop(tx_group_data(&link.queue, &link.ap_group, AP, true, ethernet_frame(ALL, HOST, ETHERTYPE_IP4, 200),
				  &more),
		    "none");
	assert_drop(tx_management(&link.queue, &link.at_ap, management_frame(MGMT_ACTION, STA, AP, 8), NULL, &more),
		    "none");
	for (size_t i = 0; i < link.queue.count; i++) {
		assert_int_equal(link.queue.mpdus[i].cookie, 7);
		assert_int_equal(le16(link.queue.mpdus[i].frame->data) & (FC_MORE_DATA | FC_PM), FC_MORE_DATA);
	}
	tx_queue_clear(&link.queue);
	assert_drop(tx_data(&link.queue, &link.at_sta, ethernet_frame(HOST, STA, ETHERTYPE_IP4, 200), &dozing), "none");
	assert_int_equal(link.queue.mpdus[0].cookie, 8);
	assert_int_equal(le16(link.queue.mpdus[0].frame->data) & (FC_MORE_DATA | FC_PM), FC_PM);
	link_close(&link);
}

/* Packet numbers increase in the order of sending, for any batch size. */
static void batch_is_sealed_in_order(void **state)
{
	struct test_link link;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	for (int i = 0; i < 150; i++)
		assert_drop(i % 3 ? tx_data(&link.queue, &link.at_ap, ethernet_frame(STA, HOST, ETHERTYPE_IP4, 20),
					    &no_options)
				  : tx_group_data(&link.queue, &link.ap_group, AP, true,
						  ethernet_frame(ALL, HOST, ETHERTYPE_IP4, 20), &no_options),
			    "none");
	tx_queue_seal(&link.queue);
	tx_queue_seal(&link.queue); /* no frame is sealed twice */
	link_receive_all(&link, false);
	assert_came(&link, 150, "none");
	assert_int_equal(link.at_ap.pairwise.aes.pn.last, 100);
	assert_int_equal(link.ap_group.gtk[1].aes.pn.last, 50);
	link_close(&link);
}

/* An exhausted key never wraps. */
static void exhausted_key_sends_nothing(void **state)
{
	struct test_link link;

	link_open(&link, *state, CIPHER_GCMP_128, true);
	link.at_ap.pairwise.aes.pn.last = PN_MAX - 1;
	for (int i = 0; i < 2; i++)
		assert_drop(
			tx_data(&link.queue, &link.at_ap, ethernet_frame(STA, HOST, ETHERTYPE_IP4, 20), &no_options),
			"none");
	tx_queue_seal(&link.queue);
	assert_drop(link.queue.mpdus[0].drop, "none");
	assert_drop(link.queue.mpdus[1].drop, "pn_exhausted");
	link_close(&link);
}

static void robust_management_frames_are_protected_under_pmf(void **state)
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
	struct test_link link;
	uint16_t seq = 9;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	link_group_key(&link, CIPHER_BIP_CMAC_128, 4, 0x55);
	for (unsigned i = 0; i < 2 * COUNT(rows); i++) {
		bool mfp = i & 1, robust = rows[i / 2].robust;
		struct frame *frame = management_frame(rows[i / 2].subtype, STA, AP, rows[i / 2].first), *want;

		link.at_ap.mfp = link.at_sta.mfp = mfp;
		assert_drop(tx_management(&link.queue, &link.at_ap, frame, NULL, &no_options), "none");
		frame = link_take_frame(&link, 0);
		assert_int_equal(!!(le16(frame->data) & FC_PROTECTED), mfp && robust);
		assert_drop(rx_management(&link.at_sta, frame), "none");
		assert_int_equal(frame->len, DOT11_HDR_MIN + 2);
		assert_int_equal(frame->data[DOT11_HDR_MIN], rows[i / 2].first);
		frame_free(frame);
		frame = management_frame(rows[i / 2].subtype, ALL, AP, rows[i / 2].first);
		want = frame_clone(frame);
		assert_drop(tx_management_group(&link.queue, &link.ap_group, mfp, frame), "none");
		frame = link_take_frame(&link, 0);
		assert_int_equal(frame->len - want->len, mfp && robust ? 18 : 0);
		assert_drop(rx_management(&link.at_sta, frame), "none");
		assert_int_equal(frame->len, want->len);
		frame_free(frame);
		frame_free(want);
	}
	assert_drop(tx_management(&link.queue, NULL, management_frame(MGMT_BEACON, ALL, AP, 0), &seq, &no_options),
		    "none");
	assert_int_equal(seq, 10);
	link.at_ap.next_seq[16] = 77; /* the peer's counter */
	assert_drop(tx_management(&link.queue, &link.at_ap, management_frame(MGMT_AUTH, STA, AP, 0), &seq, &no_options),
		    "none");
	assert_int_equal(seq, 10);
	assert_int_equal(link.at_ap.next_seq[16], 78);
	assert_int_equal(le16(link.queue.mpdus[1].frame->data + DOT11_OFF_SEQ), 77 << 4);
	key_wipe(&link.ap_group.igtk[0]);
	assert_drop(tx_management_group(&link.queue, &link.ap_group, true, management_frame(MGMT_DEAUTH, ALL, AP, 3)),
		    "no_key");
	link_close(&link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sent_frame_is_received_unchanged),
		cmocka_unit_test(addresses_follow_direction),
		cmocka_unit_test(frame_of_other_link_is_not_sent),
		cmocka_unit_test(only_eapol_is_sent_in_the_clear_on_protected_link),
		cmocka_unit_test(closed_port_sends_only_eapol),
		cmocka_unit_test(eapol_with_foreign_source_is_not_sent),
		cmocka_unit_test(priority_comes_from_tag_queue_or_dscp),
		cmocka_unit_test(sequence_numbers_are_per_tid),
		cmocka_unit_test(llc_header_follows_ethertype),
		cmocka_unit_test(null_frame_has_no_body_and_is_unprotected),
		cmocka_unit_test(each_mpdu_carries_cookie_and_flags),
		cmocka_unit_test(batch_is_sealed_in_order),
		cmocka_unit_test(exhausted_key_sends_nothing),
		cmocka_unit_test(robust_management_frames_are_protected_under_pmf),
	};

	return cmocka_run_group_tests(tests, set_up_crypto, tear_down_crypto);
}
