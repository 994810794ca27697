/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The receive path: frames to the group, its keys, and management frames under PMF. */
#include "forged.h"

#include <errno.h>

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

/* The group is not acknowledged, so there are no retries; its numbers are not those of unicast frames. */
static void a_group_frame_is_no_duplicate_of_another_frame(void **state)
{
	struct link l;
	struct frame *f;

	link_open(&l, *state, CIPHERS, false);
	link_give(&l, false, sent(&l, false));
	f = forged(false, FC_RETRY, 0, snap_ip, 8);
	mac_copy(bytes_of(f) + DOT11_ADDR1, ALL);
	link_give(&l, false, f);
	assert_came(&l, 2, "none");
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

static void nobody_speaks_to_us_in_our_name(void **state)
{
	static const struct part down[] = {{STA, STA, 20}, {ALL, STA, 20}, {STA, HOST, 20}, {STA, ALL, 20}};
	uint8_t body[256] = {0};
	struct link l;
	struct frame *f;

	link_open(&l, *state, CIPHERS, true);
	f = forged(false, 0, 0, snap_ip, 8);
	mac_copy(bytes_of(f) + DOT11_ADDR3, STA);
	link_give(&l, false, f);
	assert_came(&l, 0, "reflection");
	link_give(&l, false, amsdu(&l, false, body, aggregate(body, down, 3)));
	assert_int_equal(l.out.drops, 2);
	assert_came(&l, 1, "reflection");
	link_give(&l, false, amsdu(&l, false, body, aggregate(body, down + 2, 2)));
	assert_came(&l, 1, "bad_source");
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
	key_wipe(&l.at_sta.pairwise); /* nor does it before there is one */
	f = forged(false, 0, 0, snap_ip, 8);
	assert_int_equal(key_seal(&l.net.gtk[1], f), NOT_DROPPED);
	link_give(&l, false, f);
	assert_came(&l, 0, "no_key");
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
	memset(material, 0x55, sizeof material);
	link_group_key(&l, CIPHER_BIP_CMAC_128, 4, 0x55);
	for (uint8_t id = 4; id < 6; id++)
		assert_int_equal(group_keys_set(&l.own, *state, CIPHER_BIP_CMAC_128, material, sizeof material,
						(struct key_use){.id = id}, false),
				 -EALREADY);
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
	assert_drop(tx_management(&l.q, &l.at_ap, deauthentication(STA), NULL, &plainly), "none");
	f = link_take(&l, 0);
	mac_copy(bytes_of(f) + DOT11_ADDR1, ALL); /* of the group, but sealed as if it were for one */
	assert_drop(rx_management(&l.at_sta, f), "no_key");
	frame_free(f);
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
		cmocka_unit_test(group_frames_are_opened_by_key_id),
		cmocka_unit_test(a_group_frame_is_no_duplicate_of_another_frame),
		cmocka_unit_test(our_own_group_frames_come_back_and_are_dropped),
		cmocka_unit_test(nobody_speaks_to_us_in_our_name),
		cmocka_unit_test(the_group_key_opens_nothing_but_group_frames),
		cmocka_unit_test(a_group_key_is_not_installed_twice),
		cmocka_unit_test(a_pairwise_key_is_not_installed_twice),
		cmocka_unit_test(an_unprotected_deauthentication_is_ignored_where_pmf_is_in_force),
		cmocka_unit_test(replayed_management_frames_are_dropped),
		cmocka_unit_test(forged_management_frames_are_dropped),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
