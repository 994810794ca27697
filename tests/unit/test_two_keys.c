/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * During a pairwise rekey a peer accepts frames under two keys: which frames each one opens, until when, and that neither
 * of them ever resets its packet numbers.
 */
#include "link.h"

#include <errno.h>

static const enum cipher ciphers[] = {CIPHER_CCMP_128, CIPHER_GCMP_256, CIPHER_TKIP};

enum { OLD = 0x31, NEW = 0x77 };

static const uint64_t old_key_lifetime = 1000000;

static void key_material(uint8_t *material, enum cipher cipher, uint8_t seed)
{
	memset(material, seed, KEY_MAX);
	material[0] = (uint8_t)cipher;
}

static int rekey(struct test_link *link, enum cipher cipher, uint8_t seed)
{
	uint8_t material[KEY_MAX];

	key_material(material, cipher, seed);
	return peer_rekey(&link->at_sta, link->crypto, cipher, material, cipher_key_len(cipher), (struct key_params){0},
			  link->now + old_key_lifetime);
}

static int expect_key(struct test_link *link, enum cipher cipher, uint8_t seed)
{
	uint8_t material[KEY_MAX];

	key_material(material, cipher, seed);
	return peer_set_next_key(&link->at_ap, link->crypto, cipher, material, cipher_key_len(cipher),
				 (struct key_params){.authenticator = true});
}

static int set_key(struct test_link *link, bool ap, enum cipher cipher, uint8_t seed)
{
	uint8_t material[KEY_MAX];

	key_material(material, cipher, seed);
	return peer_set_key(ap ? &link->at_ap : &link->at_sta, link->crypto, cipher, material, cipher_key_len(cipher),
			    (struct key_params){.authenticator = ap});
}

/* Returns a sealed frame of one end for the other. */
static struct frame *sealed_frame_from(struct test_link *link, bool ap)
{
	struct frame *frame = ap ? ethernet_frame(STA, HOST, 0x88b5, 80) : ethernet_frame(HOST, STA, 0x88b5, 80);

	assert_drop(tx_data(&link->queue, ap ? &link->at_ap : &link->at_sta, frame, &no_options), "none");
	return link_take_frame(link, 0);
}

static void old_key_opens_until_new_key_is_used(void **state)
{
	for (size_t i = 0; i < COUNT(ciphers); i++) {
		struct frame *first, *late, *again;
		struct test_link link;

		link_open(&link, *state, ciphers[i], true);
		first = sealed_frame_from(&link, true);
		assert_int_equal(rekey(&link, ciphers[i], NEW), 0);
		again = frame_clone(first);
		link_receive(&link, false, first);
		assert_came(&link, 1, "none");
		link_receive(&link, false, again);
		assert_came(&link, 0, "replay");
		late = sealed_frame_from(&link, true);
		again = sealed_frame_from(&link, true);
		frame_bytes(again)[40] ^= 1;
		link_receive(&link, false, again);
		assert_came(&link, 0, ciphers[i] == CIPHER_TKIP ? "mpdu_icv" : "mpdu_mic");
		assert_int_equal(set_key(&link, true, ciphers[i], NEW), 0);
		link_receive(&link, false, sealed_frame_from(&link, true));
		assert_came(&link, 1, "none");
		assert_null(link.at_sta.alternate);
		link_receive(&link, false, late);
		assert_came(&link, 0, ciphers[i] == CIPHER_TKIP ? "mpdu_icv" : "mpdu_mic");
		link_close(&link);
	}
}

static void batch_switches_keys_like_single_frames(void **state)
{
	for (size_t i = 0; i < COUNT(ciphers); i++) {
		struct rx_in in[3];
		struct test_link link;

		link_open(&link, *state, ciphers[i], true);
		in[0] = (struct rx_in){&link.at_sta, sealed_frame_from(&link, true)};
		in[2] = (struct rx_in){&link.at_sta, sealed_frame_from(&link, true)};
		assert_int_equal(set_key(&link, true, ciphers[i], NEW), 0);
		in[1] = (struct rx_in){&link.at_sta, sealed_frame_from(&link, true)};
		assert_int_equal(rekey(&link, ciphers[i], NEW), 0);
		rx_data(in, 3, link.now, &link.out);
		assert_came(&link, 2, ciphers[i] == CIPHER_TKIP ? "mpdu_icv" : "mpdu_mic");
		link_close(&link);
	}
}

static void old_key_expires(void **state)
{
	struct test_link link;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	assert_int_equal(rekey(&link, CIPHER_CCMP_128, NEW), 0);
	link.now += old_key_lifetime - 1;
	link_receive(&link, false, sealed_frame_from(&link, true));
	assert_came(&link, 1, "none");
	link.now++;
	link_receive(&link, false, sealed_frame_from(&link, true));
	assert_came(&link, 0, "mpdu_mic");
	assert_null(link.at_sta.alternate);
	link_close(&link);
}

/* The key keeps its replay counter. */
static void expected_key_keeps_its_replay_counter(void **state)
{
	for (size_t i = 0; i < COUNT(ciphers); i++) {
		struct frame *frame, *again;
		struct test_link link;

		link_open(&link, *state, ciphers[i], true);
		for (int count = 0; count < 3;
		     count++) { /* so that the packet numbers of the old key are above those of the new one */
			link_receive(&link, true, sealed_frame_from(&link, false));
			assert_came(&link, 1, "none");
		}
		assert_int_equal(expect_key(&link, ciphers[i], NEW), 0);
		assert_int_equal(expect_key(&link, ciphers[i], NEW), -EALREADY);
		link_receive(&link, true, sealed_frame_from(&link, false));
		assert_came(&link, 1, "none");
		assert_int_equal(set_key(&link, false, ciphers[i], NEW), 0);
		frame = sealed_frame_from(&link, false);
		again = frame_clone(frame);
		link_receive(&link, true, frame);
		assert_came(&link, 1, "none");
		assert_int_equal(set_key(&link, true, ciphers[i], NEW), 0);
		assert_null(link.at_ap.alternate);
		link_receive(&link, true, again);
		assert_came(&link, 0, "replay");
		link_receive(&link, true, sealed_frame_from(&link, false));
		assert_came(&link, 1, "none");
		link_close(&link);
	}
}

static uint64_t frame_pn(struct frame *frame)
{
	uint64_t pn = mpdu_get_pn(frame->data + 26);

	frame_free(frame);
	return pn;
}

static void pn_is_never_reused_across_rekey(void **state)
{
	static const struct tx_options other = {.alternate_key = true};
	uint64_t old, new;
	struct test_link link;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	old = frame_pn(sealed_frame_from(&link, false));
	assert_int_equal(rekey(&link, CIPHER_CCMP_128, NEW), 0);
	new = frame_pn(sealed_frame_from(&link, false));
	/* An answer under the previous key continues its packet numbers. */
	assert_drop(tx_data(&link.queue, &link.at_sta, ethernet_frame(AP, STA, ETHERTYPE_EAPOL, 99), &other), "none");
	assert_int_equal(frame_pn(link_take_frame(&link, 0)), old + 1);
	/* Neither key is installed again. */
	assert_int_equal(rekey(&link, CIPHER_CCMP_128, NEW), -EALREADY);
	assert_int_equal(rekey(&link, CIPHER_CCMP_128, OLD), -EALREADY);
	assert_int_equal(set_key(&link, false, CIPHER_CCMP_128, OLD), -EALREADY);
	assert_int_equal(frame_pn(sealed_frame_from(&link, false)), new + 1);
	assert_drop(tx_data(&link.queue, &link.at_sta, ethernet_frame(AP, STA, ETHERTYPE_EAPOL, 99), &other), "none");
	assert_int_equal(frame_pn(link_take_frame(&link, 0)), old + 2);
	/* Data never uses it. */
	assert_drop(tx_data(&link.queue, &link.at_sta, ethernet_frame(HOST, STA, 0x88b5, 80), &other), "none");
	assert_int_equal(frame_pn(link_take_frame(&link, 0)), new + 2);
	link_close(&link);
}

static void received_eapol_reports_its_key(void **state)
{
	struct test_link link;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	assert_int_equal(rekey(&link, CIPHER_CCMP_128, NEW), 0);
	assert_drop(tx_data(&link.queue, &link.at_ap, ethernet_frame(STA, AP, ETHERTYPE_EAPOL, 99), &no_options),
		    "none");
	link_receive_all(&link, false);
	assert_int_equal(link.out.msdu_count, 1);
	assert_true(link.out.msdus[0].eapol && link.out.msdus[0].protected && link.out.msdus[0].alternate_key);
	rx_out_clear(&link.out);
	assert_int_equal(set_key(&link, true, CIPHER_CCMP_128, NEW), 0);
	assert_drop(tx_data(&link.queue, &link.at_ap, ethernet_frame(STA, AP, ETHERTYPE_EAPOL, 99), &no_options),
		    "none");
	link_receive_all(&link, false);
	assert_int_equal(link.out.msdu_count, 1);
	assert_true(link.out.msdus[0].protected && !link.out.msdus[0].alternate_key);
	link_close(&link);
}

/* CVE-2020-24587: one fragment under each key. */
static void fragments_under_different_keys_do_not_mix(void **state)
{
	struct frame *old_0, *old_1, *new_0, *new_1;
	struct test_link link;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	link.at_ap.fragment_body_max = 64;
	old_0 = sealed_frame_from(&link, true);
	old_1 = link_take_frame(&link, 0);
	assert_int_equal(rekey(&link, CIPHER_CCMP_128, NEW), 0);
	assert_int_equal(set_key(&link, true, CIPHER_CCMP_128, NEW), 0);
	link.at_ap.next_seq[0] = 0; /* the same sequence number */
	new_0 = sealed_frame_from(&link, true);
	new_1 = link_take_frame(&link, 0);
	link_receive(&link, false, old_0);
	assert_came(&link, 0, "none");
	link_receive(&link, false, new_1);
	assert_came(&link, 0, "fragment_order"); /* the first fragment was discarded with its key */
	link_receive(&link, false, old_1);
	assert_came(&link, 0, "replay"); /* so were its packet numbers */
	frame_free(new_0);
	link_close(&link);
}

static void protected_management_frames_use_both_keys(void **state)
{
	uint16_t seq = 0;
	struct frame *frames[3];
	struct test_link link;

	link_open(&link, *state, CIPHER_CCMP_128, true);
	link.at_ap.mfp = link.at_sta.mfp = true;
	for (int i = 0; i < 3; i++) {
		struct frame_writer writer = mgmt_begin(MGMT_DISASSOC, STA, AP, AP);

		if (i == 1)
			assert_int_equal(rekey(&link, CIPHER_CCMP_128, NEW), 0);
		if (i == 2)
			assert_int_equal(set_key(&link, true, CIPHER_CCMP_128, NEW), 0);
		write_le16(&writer, REASON_INACTIVE);
		assert_drop(tx_management(&link.queue, &link.at_ap, frame_writer_end(&writer), &seq, &no_options),
			    "none");
		frames[i] = link_take_frame(&link, 0);
	}
	for (int i = 1; i < 3; i++) {
		struct frame *again = frame_clone(frames[i]);
		struct mgmt mgmt;

		frames[i]->meta.signal_dbm = -33;
		assert_drop(rx_management(&link.at_sta, frames[i]), "none");
		assert_int_equal(frames[i]->meta.signal_dbm, -33);
		assert_drop(mgmt_parse(&mgmt, frames[i]->data, frames[i]->len), "none");
		assert_int_equal(mgmt.reason, REASON_INACTIVE);
		assert_drop(rx_management(&link.at_sta, again), "replay");
		frame_free(again);
	}
	assert_drop(rx_management(&link.at_sta, frames[0]),
		    "replay"); /* by its packet number under the new key, which it never had */
	for (int i = 0; i < 3; i++)
		frame_free(frames[i]);
	link_close(&link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(old_key_opens_until_new_key_is_used, set_up_crypto, tear_down_crypto),
		cmocka_unit_test_setup_teardown(batch_switches_keys_like_single_frames, set_up_crypto,
						tear_down_crypto),
		cmocka_unit_test_setup_teardown(old_key_expires, set_up_crypto, tear_down_crypto),
		cmocka_unit_test_setup_teardown(expected_key_keeps_its_replay_counter, set_up_crypto, tear_down_crypto),
		cmocka_unit_test_setup_teardown(pn_is_never_reused_across_rekey, set_up_crypto, tear_down_crypto),
		cmocka_unit_test_setup_teardown(received_eapol_reports_its_key, set_up_crypto, tear_down_crypto),
		cmocka_unit_test_setup_teardown(fragments_under_different_keys_do_not_mix, set_up_crypto,
						tear_down_crypto),
		cmocka_unit_test_setup_teardown(protected_management_frames_use_both_keys, set_up_crypto,
						tear_down_crypto),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
