/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The receive path: group frames, group keys, and management frames with PMF. */
#include "forged.h"

#include <errno.h>

/* ---- group frames ---- */

static void group_frame_key_is_chosen_by_key_id(void **state)
{
	struct test_link link;
	struct frame *old;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	assert_drop(tx_group_data(&link.queue, &link.ap_group, AP, true, ethernet_frame(ALL, HOST, ETHERTYPE_IP4, 20),
				  &no_options),
		    "none");
	old = link_take_frame(&link, 0);
	link_group_key(&link, CIPHER_CCMP_128, 2, 0x66);
	assert_drop(tx_group_data(&link.queue, &link.ap_group, AP, true, ethernet_frame(ALL, HOST, ETHERTYPE_IP4, 20),
				  &no_options),
		    "none");
	link_receive_all(&link, false);
	link_receive(&link, false, frame_clone(old)); /* frames sealed before the change still arrive */
	assert_came(&link, 2, "none");
	link_receive(&link, false, old);
	assert_came(&link, 0, "replay");
	link_close(&link);
}

/* Group frames are not acknowledged and have no retries; their sequence numbers are not those of unicast frames. */
static void group_frame_is_not_duplicate_of_unicast(void **state)
{
	struct test_link link;
	struct frame *frame;

	link_open(&link, *state, CIPHER_NONE, false);
	link_receive(&link, false, sent_frame(&link, false));
	frame = forged_frame(false, FC_RETRY, 0, snap_ip, 8);
	mac_copy(frame_bytes(frame) + DOT11_OFF_ADDR1, ALL);
	link_receive(&link, false, frame);
	assert_came(&link, 2, "none");
	link_close(&link);
}

static void reflected_group_frame_is_dropped(void **state)
{
	struct test_link link;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	assert_drop(tx_group_data(&link.queue, &link.ap_group, AP, true, ethernet_frame(ALL, STA, ETHERTYPE_IP4, 20),
				  &no_options),
		    "none");
	link_receive_all(&link, false);
	assert_came(&link, 0, "reflection");
	link_close(&link);
}

/* TKIP's ICV does not protect the source address; Michael does, and a forger must not cause its failure. */
static void reflected_tkip_frame_is_not_accepted_again(void **state)
{
	struct test_link link;
	struct frame *sent, *changed;

	link_open(&link, *state, CIPHER_TKIP, true);
	assert_drop(tx_group_data(&link.queue, &link.ap_group, AP, true, ethernet_frame(ALL, STA, ETHERTYPE_IP4, 20),
				  &no_options),
		    "none");
	sent = link_take_frame(&link, 0);
	changed = frame_from(sent->data, sent->len, 0, 0);
	mac_copy(frame_bytes(changed) + DOT11_OFF_ADDR3, HOST);
	link_receive(&link, false, sent);
	assert_came(&link, 0, "reflection");
	link_receive(&link, false, changed);
	assert_came(&link, 0, "replay");
	link_close(&link);
}

static void frame_with_own_source_address_is_dropped(void **state)
{
	static const struct amsdu_subframe down[] = {{STA, STA, 20}, {ALL, STA, 20}, {STA, HOST, 20}, {STA, ALL, 20}};
	uint8_t body[256] = {0};
	struct test_link link;
	struct frame *frame;

	link_open(&link, *state, CIPHER_NONE, true);
	frame = forged_frame(false, 0, 0, snap_ip, 8);
	mac_copy(frame_bytes(frame) + DOT11_OFF_ADDR3, STA);
	link_receive(&link, false, frame);
	assert_came(&link, 0, "reflection");
	link_receive(&link, false, amsdu_frame(&link, false, body, build_amsdu(body, down, 3)));
	assert_int_equal(link.out.drop_count, 2);
	assert_came(&link, 1, "reflection");
	link_receive(&link, false, amsdu_frame(&link, false, body, build_amsdu(body, down + 2, 2)));
	assert_came(&link, 1, "bad_source");
	link_close(&link);
}

/* Every member has the group key: a unicast frame under it proves nothing. */
static void group_key_opens_only_group_frames(void **state)
{
	struct test_link link;
	struct frame *frame;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	frame = forged_frame(false, 0, 0, snap_ip, 8);
	assert_int_equal(key_seal(&link.ap_group.gtk[1], frame), NOT_DROPPED);
	link_receive(&link, false, frame);
	assert_came(&link, 0, "no_key"); /* the pairwise key has another id */
	key_wipe(&link.at_sta.pairwise); /* nor before a pairwise key is installed */
	frame = forged_frame(false, 0, 0, snap_ip, 8);
	assert_int_equal(key_seal(&link.ap_group.gtk[1], frame), NOT_DROPPED);
	link_receive(&link, false, frame);
	assert_came(&link, 0, "no_key");
	frame = forged_frame(false, 0, 0, snap_ip, 8);
	mac_copy(frame_bytes(frame) + DOT11_OFF_ADDR1, ALL);
	assert_int_equal(key_seal(&link.at_ap.pairwise, frame), NOT_DROPPED);
	link_receive(&link, false, frame);
	assert_came(&link, 0, "no_key");
	link_close(&link);
}

/* The key reinstallation attacks of 2017 on group keys: with the same id or another. */
static void group_key_is_not_installed_twice(void **state)
{
	uint8_t material[16];
	struct test_link link;
	struct frame *frame;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	memset(material, 0x42, sizeof(material));
	assert_drop(tx_group_data(&link.queue, &link.ap_group, AP, true, ethernet_frame(ALL, HOST, ETHERTYPE_IP4, 20),
				  &no_options),
		    "none");
	frame = link_take_frame(&link, 0);
	link_receive(&link, false, frame_clone(frame));
	assert_came(&link, 1, "none");
	for (uint8_t id = 0; id < 4; id++)
		assert_int_equal(group_keys_set(&link.sta_group, *state, CIPHER_CCMP_128, material, sizeof(material),
						(struct key_params){.id = id}, false),
				 -EALREADY);
	link_receive(&link, false, frame);
	assert_came(&link, 0, "replay");
	assert_int_equal(group_keys_set(&link.sta_group, *state, CIPHER_CCMP_128, material, sizeof(material),
					(struct key_params){.id = 4}, false),
			 -EINVAL);
	memset(material, 0x55, sizeof(material));
	link_group_key(&link, CIPHER_BIP_CMAC_128, 4, 0x55);
	for (uint8_t id = 4; id < 6; id++)
		assert_int_equal(group_keys_set(&link.sta_group, *state, CIPHER_BIP_CMAC_128, material,
						sizeof(material), (struct key_params){.id = id}, false),
				 -EALREADY);
	link_close(&link);
}

static void pairwise_key_is_not_installed_twice(void **state)
{
	uint8_t material[16];
	struct test_link link;
	struct frame *frame;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	memset(material, 0x31, sizeof(material));
	material[0] = CIPHER_CCMP_128;
	frame = sent_frame(&link, true);
	link_receive(&link, true, frame_clone(frame));
	assert_came(&link, 1, "none");
	assert_int_equal(peer_set_key(&link.at_ap, *state, CIPHER_CCMP_128, material, sizeof(material),
				      (struct key_params){.authenticator = true}),
			 -EALREADY);
	link_receive(&link, true, frame);
	assert_came(&link, 0, "replay");
	link_close(&link);
}

/* ---- management ---- */

static struct frame *deauth_frame(const uint8_t *to)
{
	struct frame_writer writer = mgmt_begin(MGMT_DEAUTH, to, AP, AP);

	write_le16(&writer, REASON_LEAVING);
	assert_non_null(writer.frame);
	return frame_writer_end(&writer);
}

static void unprotected_deauth_is_dropped_under_pmf(void **state)
{
	struct test_link link;
	struct frame *frame = deauth_frame(STA), *all = deauth_frame(ALL);

	link_open(&link, *state, CIPHER_CCMP_128, true);
	link_group_key(&link, CIPHER_BIP_CMAC_128, 4, 0x55);
	assert_drop(rx_management(&link.at_sta, frame), "none"); /* valid without PMF */
	link.at_sta.mfp = true;
	assert_drop(rx_management(&link.at_sta, frame), "unprotected");
	assert_drop(rx_management(&link.at_sta, all), "mme");
	key_wipe(&link.sta_group.igtk[0]);
	assert_drop(rx_management(&link.at_sta, all), "no_key");
	key_wipe(&link.at_sta.pairwise);
	assert_drop(rx_management(&link.at_sta, frame), "none"); /* valid before a key is installed */
	frame_free(frame);
	frame_free(all);
	link_close(&link);
}

static void replayed_management_frames_are_dropped(void **state)
{
	struct test_link link;
	struct frame *frame, *again;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	link_group_key(&link, CIPHER_BIP_CMAC_128, 4, 0x55);
	link_group_key(&link, CIPHER_BIP_CMAC_128, 5, 0x56);
	link.at_ap.mfp = link.at_sta.mfp = true;
	for (int group = 0; group < 2; group++) {
		if (group)
			assert_drop(tx_management_group(&link.queue, &link.ap_group, true, deauth_frame(ALL)), "none");
		else
			assert_drop(tx_management(&link.queue, &link.at_ap, deauth_frame(STA), NULL, &no_options),
				    "none");
		frame = link_take_frame(&link, 0);
		again = frame_clone(frame);
		assert_drop(rx_management(&link.at_sta, frame), "none");
		assert_drop(rx_management(&link.at_sta, again), "replay");
		frame_free(frame);
		frame_free(again);
	}
	link_close(&link);
}

static void forged_management_frames_are_dropped(void **state)
{
	struct test_link link;
	struct frame *frame;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	link_group_key(&link, CIPHER_BIP_CMAC_128, 5, 0x55);
	link.at_ap.mfp = link.at_sta.mfp = true;
	for (int group = 0; group < 2; group++) {
		if (group)
			assert_drop(tx_management_group(&link.queue, &link.ap_group, true, deauth_frame(ALL)), "none");
		else
			assert_drop(tx_management(&link.queue, &link.at_ap, deauth_frame(STA), NULL, &no_options),
				    "none");
		frame = link_take_frame(&link, 0);
		frame_bytes(frame)[DOT11_HDR_MIN + (group ? 0 : 8)] ^= 1;
		assert_drop(rx_management(&link.at_sta, frame), "mpdu_mic");
		frame_free(frame);
	}
	assert_drop(tx_management(&link.queue, &link.at_ap, deauth_frame(STA), NULL, &no_options), "none");
	frame = link_take_frame(&link, 0);
	mac_copy(frame_bytes(frame) + DOT11_OFF_ADDR1, ALL); /* a group frame, protected like a unicast one */
	assert_drop(rx_management(&link.at_sta, frame), "no_key");
	frame_free(frame);
	frame = deauth_frame(STA); /* fragmented */
	frame_bytes(frame)[1] |= FC_MORE_FRAGS >> 8;
	assert_drop(rx_management(&link.at_sta, frame), "fragment_refused");
	frame_free(frame);
	frame = forged_frame(false, 0, 0, snap_ip, 8);
	assert_drop(rx_management(&link.at_sta, frame), "frame_type");
	frame_free(frame);
	link_close(&link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(group_frame_key_is_chosen_by_key_id),
		cmocka_unit_test(group_frame_is_not_duplicate_of_unicast),
		cmocka_unit_test(reflected_group_frame_is_dropped),
		cmocka_unit_test(reflected_tkip_frame_is_not_accepted_again),
		cmocka_unit_test(frame_with_own_source_address_is_dropped),
		cmocka_unit_test(group_key_opens_only_group_frames),
		cmocka_unit_test(group_key_is_not_installed_twice),
		cmocka_unit_test(pairwise_key_is_not_installed_twice),
		cmocka_unit_test(unprotected_deauth_is_dropped_under_pmf),
		cmocka_unit_test(replayed_management_frames_are_dropped),
		cmocka_unit_test(forged_management_frames_are_dropped),
	};

	return cmocka_run_group_tests(tests, set_up_crypto, tear_down_crypto);
}
