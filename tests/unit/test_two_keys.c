/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * While pairwise keys are renewed a peer opens what comes under either of two: what each of them opens, for how long, and
 * that neither of them ever begins its packet numbers anew.
 */
#include "link.h"

#include <errno.h>

static const enum cipher ciphers[] = {CIPHER_CCMP_128, CIPHER_GCMP_256, CIPHER_TKIP};

enum { OLD = 0x31, NEW = 0x77 };

static const uint64_t patience = 1000000;

static void material_of(uint8_t *material, enum cipher cipher, uint8_t seed)
{
	memset(material, seed, KEY_MAX);
	material[0] = (uint8_t)cipher;
}

static int renew(struct link *l, enum cipher cipher, uint8_t seed)
{
	uint8_t material[KEY_MAX];

	material_of(material, cipher, seed);
	return peer_renew_key(&l->at_sta, l->c, cipher, material, cipher_key_len(cipher), (struct key_use){0},
			      l->now + patience);
}

static int expect(struct link *l, enum cipher cipher, uint8_t seed)
{
	uint8_t material[KEY_MAX];

	material_of(material, cipher, seed);
	return peer_expect_key(&l->at_ap, l->c, cipher, material, cipher_key_len(cipher),
			       (struct key_use){.authenticator = true});
}

static int set(struct link *l, bool ap, enum cipher cipher, uint8_t seed)
{
	uint8_t material[KEY_MAX];

	material_of(material, cipher, seed);
	return peer_set_key(ap ? &l->at_ap : &l->at_sta, l->c, cipher, material, cipher_key_len(cipher),
			    (struct key_use){.authenticator = ap});
}

/* A sealed frame of one end, for the other. */
static struct frame *from(struct link *l, bool ap)
{
	struct frame *f = ap ? ethernet(STA, HOST, 0x88b5, 80) : ethernet(HOST, STA, 0x88b5, 80);

	assert_drop(tx_data(&l->q, ap ? &l->at_ap : &l->at_sta, f, &plainly), "none");
	return link_take(l, 0);
}

static void the_key_before_opens_until_the_new_one_is_heard(void **state)
{
	for (size_t i = 0; i < COUNT(ciphers); i++) {
		struct frame *first, *late, *again;
		struct link l;

		link_open(&l, *state, ciphers[i], true);
		first = from(&l, true);
		assert_int_equal(renew(&l, ciphers[i], NEW), 0);
		again = frame_clone(first);
		link_give(&l, false, first);
		assert_came(&l, 1, "none");
		link_give(&l, false, again);
		assert_came(&l, 0, "replay");
		late = from(&l, true);
		again = from(&l, true);
		bytes_of(again)[40] ^= 1;
		link_give(&l, false, again);
		assert_came(&l, 0, ciphers[i] == CIPHER_TKIP ? "mpdu_icv" : "mpdu_mic");
		assert_int_equal(set(&l, true, ciphers[i], NEW), 0);
		link_give(&l, false, from(&l, true));
		assert_came(&l, 1, "none");
		assert_null(l.at_sta.other);
		link_give(&l, false, late);
		assert_came(&l, 0, ciphers[i] == CIPHER_TKIP ? "mpdu_icv" : "mpdu_mic");
		link_close(&l);
	}
}

static void in_one_batch_as_one_after_the_other(void **state)
{
	for (size_t i = 0; i < COUNT(ciphers); i++) {
		struct rx_in in[3];
		struct link l;

		link_open(&l, *state, ciphers[i], true);
		in[0] = (struct rx_in){&l.at_sta, from(&l, true)};
		in[2] = (struct rx_in){&l.at_sta, from(&l, true)};
		assert_int_equal(set(&l, true, ciphers[i], NEW), 0);
		in[1] = (struct rx_in){&l.at_sta, from(&l, true)};
		assert_int_equal(renew(&l, ciphers[i], NEW), 0);
		rx_data(in, 3, l.now, &l.out);
		assert_came(&l, 2, ciphers[i] == CIPHER_TKIP ? "mpdu_icv" : "mpdu_mic");
		link_close(&l);
	}
}

static void the_key_before_has_its_time(void **state)
{
	struct link l;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	assert_int_equal(renew(&l, CIPHER_CCMP_128, NEW), 0);
	l.now += patience - 1;
	link_give(&l, false, from(&l, true));
	assert_came(&l, 1, "none");
	l.now++;
	link_give(&l, false, from(&l, true));
	assert_came(&l, 0, "mpdu_mic");
	assert_null(l.at_sta.other);
	link_close(&l);
}

/* What has opened frames goes on counting where it was. */
static void one_that_was_expected_keeps_its_numbers(void **state)
{
	for (size_t i = 0; i < COUNT(ciphers); i++) {
		struct frame *f, *again;
		struct link l;

		link_open(&l, *state, ciphers[i], true);
		for (int n = 0; n < 3; n++) { /* so that the numbers of the old one are above those of the new one */
			link_give(&l, true, from(&l, false));
			assert_came(&l, 1, "none");
		}
		assert_int_equal(expect(&l, ciphers[i], NEW), 0);
		assert_int_equal(expect(&l, ciphers[i], NEW), -EALREADY);
		link_give(&l, true, from(&l, false));
		assert_came(&l, 1, "none");
		assert_int_equal(set(&l, false, ciphers[i], NEW), 0);
		f = from(&l, false);
		again = frame_clone(f);
		link_give(&l, true, f);
		assert_came(&l, 1, "none");
		assert_int_equal(set(&l, true, ciphers[i], NEW), 0);
		assert_null(l.at_ap.other);
		link_give(&l, true, again);
		assert_came(&l, 0, "replay");
		link_give(&l, true, from(&l, false));
		assert_came(&l, 1, "none");
		link_close(&l);
	}
}

static uint64_t number_of(struct frame *f)
{
	uint64_t pn = mpdu_pn(f->data + 26);

	frame_free(f);
	return pn;
}

static void no_number_comes_twice(void **state)
{
	static const struct tx_how other = {.other = true};
	uint64_t old, new;
	struct link l;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	old = number_of(from(&l, false));
	assert_int_equal(renew(&l, CIPHER_CCMP_128, NEW), 0);
	new = number_of(from(&l, false));
	/* An answer under the key before goes on where that was. */
	assert_drop(tx_data(&l.q, &l.at_sta, ethernet(AP, STA, ETHERTYPE_EAPOL, 99), &other), "none");
	assert_int_equal(number_of(link_take(&l, 0)), old + 1);
	/* Neither of them is installed again. */
	assert_int_equal(renew(&l, CIPHER_CCMP_128, NEW), -EALREADY);
	assert_int_equal(renew(&l, CIPHER_CCMP_128, OLD), -EALREADY);
	assert_int_equal(set(&l, false, CIPHER_CCMP_128, OLD), -EALREADY);
	assert_int_equal(number_of(from(&l, false)), new + 1);
	assert_drop(tx_data(&l.q, &l.at_sta, ethernet(AP, STA, ETHERTYPE_EAPOL, 99), &other), "none");
	assert_int_equal(number_of(link_take(&l, 0)), old + 2);
	/* Data never goes under it. */
	assert_drop(tx_data(&l.q, &l.at_sta, ethernet(HOST, STA, 0x88b5, 80), &other), "none");
	assert_int_equal(number_of(link_take(&l, 0)), new + 2);
	link_close(&l);
}

static void an_answer_is_known_by_the_key_of_its_question(void **state)
{
	struct link l;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	assert_int_equal(renew(&l, CIPHER_CCMP_128, NEW), 0);
	assert_drop(tx_data(&l.q, &l.at_ap, ethernet(STA, AP, ETHERTYPE_EAPOL, 99), &plainly), "none");
	link_carry(&l, false);
	assert_int_equal(l.out.msdus, 1);
	assert_true(l.out.msdu[0].eapol && l.out.msdu[0].sealed && l.out.msdu[0].other);
	rx_out_clear(&l.out);
	assert_int_equal(set(&l, true, CIPHER_CCMP_128, NEW), 0);
	assert_drop(tx_data(&l.q, &l.at_ap, ethernet(STA, AP, ETHERTYPE_EAPOL, 99), &plainly), "none");
	link_carry(&l, false);
	assert_int_equal(l.out.msdus, 1);
	assert_true(l.out.msdu[0].sealed && !l.out.msdu[0].other);
	link_close(&l);
}

/* CVE-2020-24587: one part under each of the two. */
static void fragments_under_two_keys_do_not_mix(void **state)
{
	struct frame *old_0, *old_1, *new_0, *new_1;
	struct link l;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	l.at_ap.fragment = 64;
	old_0 = from(&l, true);
	old_1 = link_take(&l, 0);
	assert_int_equal(renew(&l, CIPHER_CCMP_128, NEW), 0);
	assert_int_equal(set(&l, true, CIPHER_CCMP_128, NEW), 0);
	l.at_ap.seq[0] = 0; /* the same sequence number */
	new_0 = from(&l, true);
	new_1 = link_take(&l, 0);
	link_give(&l, false, old_0);
	assert_came(&l, 0, "none");
	link_give(&l, false, new_1);
	assert_came(&l, 0, "fragment_order"); /* the first part went with its key */
	link_give(&l, false, old_1);
	assert_came(&l, 0, "replay"); /* so have the numbers that it would have to be above */
	frame_free(new_0);
	link_close(&l);
}

static void protected_management_frames_too(void **state)
{
	uint16_t seq = 0;
	struct frame *f[3];
	struct link l;

	link_open(&l, *state, CIPHER_CCMP_128, true);
	l.at_ap.mfp = l.at_sta.mfp = true;
	for (int i = 0; i < 3; i++) {
		struct frame *bye = mgmt_new(MGMT_DISASSOC, STA, AP, AP);

		if (i == 1)
			assert_int_equal(renew(&l, CIPHER_CCMP_128, NEW), 0);
		if (i == 2)
			assert_int_equal(set(&l, true, CIPHER_CCMP_128, NEW), 0);
		mgmt_put16(bye, REASON_INACTIVE);
		assert_drop(tx_management(&l.q, &l.at_ap, bye, &seq, &plainly), "none");
		f[i] = link_take(&l, 0);
	}
	for (int i = 1; i < 3; i++) {
		struct frame *again = frame_clone(f[i]);
		struct mgmt m;

		f[i]->meta.signal_dbm = -33;
		assert_drop(rx_management(&l.at_sta, f[i]), "none");
		assert_int_equal(f[i]->meta.signal_dbm, -33);
		assert_drop(mgmt_parse(&m, f[i]->data, f[i]->len), "none");
		assert_int_equal(m.reason, REASON_INACTIVE);
		assert_drop(rx_management(&l.at_sta, again), "replay");
		frame_free(again);
	}
	assert_drop(rx_management(&l.at_sta, f[0]), "replay"); /* by its number under the new key, which it never had */
	for (int i = 0; i < 3; i++)
		frame_free(f[i]);
	link_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_key_before_opens_until_the_new_one_is_heard, begin, end),
		cmocka_unit_test_setup_teardown(in_one_batch_as_one_after_the_other, begin, end),
		cmocka_unit_test_setup_teardown(the_key_before_has_its_time, begin, end),
		cmocka_unit_test_setup_teardown(one_that_was_expected_keeps_its_numbers, begin, end),
		cmocka_unit_test_setup_teardown(no_number_comes_twice, begin, end),
		cmocka_unit_test_setup_teardown(an_answer_is_known_by_the_key_of_its_question, begin, end),
		cmocka_unit_test_setup_teardown(fragments_under_two_keys_do_not_mix, begin, end),
		cmocka_unit_test_setup_teardown(protected_management_frames_too, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
