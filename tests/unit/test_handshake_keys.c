/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the handshakes never do to keys, each rule by its name: KRACK, message 4 first, downgrades, and their like. */
#include "pair.h"

#include "wire/be.h"

#include <errno.h>

static const struct rsn_suite *const wpa2 = &suites[4];

static int begin(void **state)
{
	*state = crypto_new();
	return *state ? 0 : -1;
}

static int end(void **state)
{
	crypto_free(*state);
	return 0;
}

/*
 * KRACK, CVE-2017-13077 (PTK), -13078 (GTK), -13079 (IGTK): message 4 is kept back, so message 3 comes again, with the
 * same nonce.  It is answered and changes nothing.  (-13082 is the fast transition's, which is not here.)
 */
static void krack_message_3_again_is_answered_not_reinstalled(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_begin(&p, *state, &suites[i]);
		pair_pass(&p, 3);
		for (int again = 0; again < 3; again++) {
			struct flying kept = pair_next(&p, 0);

			assert_false(kept.to_supplicant);
			assert_true(pair_wake(&p)); /* message 3 again */
			pair_pass(&p, 1);
			assert_int_equal(p.at_s.drop, NOT_DROPPED);
			assert_int_equal(p.count, 1); /* the answer */
			assert_int_equal(p.at_s.ptks, 1);
			assert_int_equal(p.at_s.gtks, !suites[i].wpa);
			assert_int_equal(p.at_s.igtks, suites[i].management < CIPHERS);
		}
		pair_run(&p);
		assert_true(pair_agrees(&p));
		assert_int_equal(p.at_s.ptks, 1);
		drop_pair(&p);
	}
}

/* KRACK against clients that wipe the key once it is installed: message 3 again must not install zeroes. */
static void krack_message_3_again_after_forged_messages_1(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		struct rsn_key installed;
		struct flying forged;

		pair_begin(&p, *state, &suites[i]);
		forged = p.log[0];
		pair_pass(&p, 3);
		installed = p.at_s.ptk;
		for (int again = 0; again < 3; again++) {
			p.count = 0; /* message 4 is kept back */
			/* One as it was, and one with another nonce: neither makes a new SNonce or PTK. */
			put_be32(forged.bytes + 13, 0x1000);
			pair_deliver(&p, &forged);
			assert_int_equal(p.at_s.drop, DROP_EAPOL_UNEXPECTED);
			pair_fill(&p, forged.bytes + 17, RSN_NONCE);
			pair_deliver(&p, &forged);
			assert_int_equal(p.at_s.drop, DROP_EAPOL_UNEXPECTED);
			assert_int_equal(p.count, 0);
			assert_true(pair_wake(&p)); /* message 3 again */
			pair_pass(&p, 1);
			assert_int_equal(p.at_s.drop, NOT_DROPPED);
			assert_int_equal(p.at_s.ptks, 1);
		}
		pair_run(&p);
		assert_true(pair_agrees(&p));
		assert_true(pair_same_key(&p.at_s.ptk, &installed));
		drop_pair(&p);
	}
}

/*
 * "Release the KRACKen" (2018): a repeated message 3 with the old group key is kept back until the new one is installed,
 * to bring the old one back.
 */
static void krack_an_old_group_key_does_not_come_back(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		struct rsn_key current;
		struct flying kept, f;

		pair_begin(&p, *state, &suites[i]);
		pair_pass(&p, 3);
		f = pair_next(&p, 0);
		assert_true(pair_wake(&p));
		kept = pair_next(&p, 0); /* message 3, with a counter that the station has not seen */
		pair_deliver(&p, &f);
		pair_run(&p);
		new_group(&p);
		tell_group(&p);
		pair_run(&p);
		assert_true(pair_agrees(&p));
		current = p.at_s.gtk;
		pair_deliver(&p, &kept);
		assert_int_equal(p.at_s.drop, DROP_EAPOL_REPLAY);
		assert_int_equal(p.count, 0);
		assert_true(pair_same_key(&p.at_s.gtk, &current));
		drop_pair(&p);
	}
}

/* KRACK, CVE-2017-13080 (GTK), -13081 (IGTK). */
static void krack_group_message_1_again_is_answered_not_reinstalled(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_begin(&p, *state, &suites[i]);
		pair_run(&p);
		new_group(&p);
		tell_group(&p);
		for (int again = 0; again < 3; again++) {
			struct flying f = pair_next(&p, 0);

			assert_true(f.protected);
			pair_deliver(&p, &f);
			assert_int_equal(p.at_s.drop, NOT_DROPPED);
			assert_int_equal(p.count, 1);
			p.count = 0; /* the answer is lost */
			assert_int_equal(p.at_s.gtks, 2);
			assert_true(pair_wake(&p));
		}
		pair_run(&p);
		assert_true(pair_agrees(&p));
		assert_int_equal(p.at_s.gtks, 2);
		assert_int_equal(p.at_s.igtks, suites[i].management < CIPHERS ? 2 : 0);
		drop_pair(&p);
	}
}

/* A key that was the group's once is not installed a second time under the other id. */
static void group_keys_have_new_ids_and_rsc(void **state)
{
	struct pair p;

	pair_setup(&p, *state, &suites[6]);
	p.group.gtk.rsc = 0x123456789abc;
	p.group.igtk.rsc = 0xfedcba987654;
	pair_start(&p);
	pair_run(&p);
	assert_int_equal(p.at_s.gtk.id, 1);
	assert_int_equal(p.at_s.igtk.id, 4);
	assert_int_equal(p.at_s.gtk.rsc, 0x123456789abc);
	assert_int_equal(p.at_s.igtk.rsc, 0xfedcba987654);
	for (unsigned n = 1; n < 6; n++) {
		new_group(&p);
		tell_group(&p);
		pair_run(&p);
		assert_true(pair_agrees(&p));
		assert_int_equal(p.at_s.gtk.id, 1 + n % 2);
		assert_int_equal(p.at_s.igtk.id, 4 + n % 2);
		assert_int_equal(p.at_s.gtks, 1 + n);
	}
	p.group.gtk.id ^= 3;
	tell_group(&p);
	pair_run(&p);
	assert_int_equal(p.at_s.gtks, 6);
	drop_pair(&p);
}

/* New group keys in the middle of a handshake: the station has them when all is over. */
static void group_keys_that_change_in_between(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (unsigned when = 0; when < 6; when++) {
			unsigned n = 0;

			pair_begin(&p, *state, &suites[i]);
			for (; p.count; n++) {
				struct flying f = pair_next(&p, 0);

				if (n == when) {
					new_group(&p);
					tell_group(&p);
				}
				pair_deliver(&p, &f);
			}
			assert_true(pair_agrees(&p));
			drop_pair(&p);
		}
}

static void pairwise_keys_are_renewed_under_the_old_ones(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_begin(&p, *state, &suites[i]);
		pair_run(&p);
		for (unsigned n = 2; n < 5; n++) {
			unsigned from = p.logged;

			pair_start(&p);
			pair_run(&p);
			assert_true(pair_agrees(&p));
			assert_int_equal(p.at_s.ptks, n);
			assert_int_equal(p.at_a.ptks, n);
			assert_int_equal(p.at_s.gtks, 1); /* that one is in use */
			assert_int_equal(p.at_s.authorised, 1);
			for (; from < p.logged; from++)
				assert_true(p.log[from].protected);
		}
		drop_pair(&p);
	}
}

/* Message 4 proves nothing before message 2 has: the PTK would be made of nobody's nonce. */
static void message_4_first_is_refused(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		uint8_t zero[16] = {0};
		struct flying forged = {0};
		struct eapol_key k = {.version = 2,
				      .descriptor = suites[i].wpa ? EAPOL_WPA : EAPOL_RSN,
				      .info = KEY_PAIRWISE | KEY_MIC | KEY_SECURE | rsn_version(&suites[i]),
				      .replay = 1};

		pair_begin(&p, *state, &suites[i]);
		/* With the MIC of a PTK that is still all zero, too. */
		forged.len = eapol_key_write(&k, forged.bytes);
		assert_int_equal(rsn_mic_put(*state, &suites[i], zero, forged.bytes, forged.len), 0);
		pair_deliver(&p, &forged);
		assert_int_equal(p.at_a.drop, DROP_EAPOL_UNEXPECTED);
		assert_int_equal(p.a.state, AUTHENTICATOR_ASKED);
		assert_int_equal(p.at_a.ptks, 0);
		/* As a message 2, with key data, it is one with a wrong MIC. */
		k.data = (struct span){p.a.setup.theirs, p.a.setup.theirs_len};
		forged.len = eapol_key_write(&k, forged.bytes);
		assert_int_equal(rsn_mic_put(*state, &suites[i], zero, forged.bytes, forged.len), 0);
		pair_deliver(&p, &forged);
		assert_int_equal(p.at_a.drop, DROP_EAPOL_MIC);
		pair_run(&p);
		assert_true(pair_agrees(&p));
		drop_pair(&p);
	}
}

/* Message 1 has no MIC: forged ones, with whatever nonce and counter, before and between, change nothing. */
static void forged_message_1_does_not_disturb(void **state)
{
	struct pair p;

	for (unsigned when = 0; when < 5; when++) {
		unsigned n = 0;

		pair_begin(&p, *state, wpa2);
		for (; p.count || n <= when; n++) {
			struct flying forged = p.log[0];

			if (n == when) {
				pair_fill(&p, forged.bytes + 17, RSN_NONCE);
				put_be32(forged.bytes + 9, 0x7fffffff);
				pair_deliver(&p, &forged);
				/* Its answer goes to the forger. */
				if (p.at_s.drop == NOT_DROPPED)
					pair_next(&p, p.count - 1);
			}
			if (p.count)
				pair_pass(&p, 1);
		}
		assert_true(pair_agrees(&p));
		assert_int_equal(p.at_s.ptks, 1);
		drop_pair(&p);
	}
}

static void a_fresh_anonce_for_each_handshake(void **state)
{
	uint8_t nonce[RSN_NONCE] = {0};
	struct rsn_out out;
	struct pair p;

	pair_setup(&p, *state, wpa2);
	assert_int_equal(authenticator_start(&p.a, nonce, 0, &out), -EINVAL);
	nonce[5] = 1;
	assert_int_equal(authenticator_start(&p.a, nonce, 0, &out), 0);
	assert_int_equal(authenticator_start(&p.a, nonce, 0, &out), -EINVAL);
	drop_pair(&p);
}

/* And a fresh SNonce: two handshakes with the same ANonce, from an access point that repeats itself, differ. */
static void a_fresh_snonce_for_each_handshake(void **state)
{
	struct pair p;
	uint8_t first[RSN_NONCE];

	pair_begin(&p, *state, wpa2);
	pair_run(&p);
	memcpy(first, p.s.snonce, sizeof first);
	pair_start(&p);
	pair_run(&p);
	assert_memory_not_equal(p.s.snonce, first, sizeof first);
	drop_pair(&p);
}

static void no_group_key_is_all_zero(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_setup(&p, *state, &suites[i]);
		memset(p.group.gtk.bytes, 0, KEY_MAX);
		pair_start(&p);
		settle(&p);
		assert_int_equal(p.at_s.gtks, 0);
		assert_false(p.s.authorised);
		assert_int_not_equal(p.at_a.disconnect, 0);
		drop_pair(&p);
	}
}

/* The elements of beacon and association must be those of the handshake, to the byte: nobody talked the link down. */
static void a_downgrade_ends_the_handshake(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_setup(&p, *state, &suites[i]);
		p.s.setup.theirs[p.s.setup.theirs_len - 1] ^= 1;
		pair_start(&p);
		pair_run(&p);
		assert_int_equal(p.at_s.drop, DROP_EAPOL_RSNE);
		assert_int_equal(p.at_s.finding, RSN_DOWNGRADE);
		assert_int_equal(p.at_s.disconnect, REASON_IE_DIFFERENT);
		assert_int_equal(p.at_s.ptks + p.at_s.gtks, 0);
		drop_pair(&p);

		pair_setup(&p, *state, &suites[i]);
		p.a.setup.theirs[p.a.setup.theirs_len - 1] ^= 1;
		pair_start(&p);
		pair_run(&p);
		assert_int_equal(p.at_a.drop, DROP_EAPOL_RSNE);
		assert_int_equal(p.at_a.finding, RSN_DOWNGRADE);
		assert_int_equal(p.at_a.disconnect, REASON_IE_DIFFERENT);
		assert_int_equal(p.at_a.ptks, 0);
		drop_pair(&p);
	}
}

/* Group keys that were not encrypted are not taken, though the MIC is right. */
static void group_keys_in_the_clear_are_refused(void **state)
{
	struct pair p;
	uint8_t data[128];
	struct eapol_key k;
	struct flying f;

	pair_begin(&p, *state, wpa2);
	pair_pass(&p, 2);
	f = pair_next(&p, 0);
	assert_int_equal(eapol_key_parse(&k, f.bytes, f.len), NOT_DROPPED);
	memcpy(data, p.a.setup.own, p.a.setup.own_len);
	kde_write(data + p.a.setup.own_len, KDE_GTK, 18)[0] = 1;
	memset(data + p.a.setup.own_len + KDE_HEADER + 1, 0x42, 17);
	k.info &= ~KEY_ENCRYPTED;
	k.data = (struct span){data, p.a.setup.own_len + KDE_HEADER + 18};
	struct flying clear = {.to_supplicant = true};

	clear.len = eapol_key_write(&k, clear.bytes);
	assert_int_equal(rsn_mic_put(*state, wpa2, p.a.fresh.kck, clear.bytes, clear.len), 0);
	pair_deliver(&p, &clear);
	assert_int_equal(p.at_s.drop, DROP_EAPOL_KEY_DATA);
	assert_int_equal(p.at_s.ptks + p.at_s.gtks, 0);
	drop_pair(&p);
}

/* Key data that is longer than any there is, with a MIC that is right: refused, and nothing is written behind a buffer. */
static void key_data_without_end_is_refused(void **state)
{
	static uint8_t frame[EAPOL_KEY_LEN + 4000], data[4000];
	uint8_t random[RSN_NONCE] = {1};
	struct rsn_out out;
	struct eapol_key k;
	struct flying f;
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (size_t len = 560; len <= sizeof data; len += 40) {
			pair_begin(&p, *state, &suites[i]);
			pair_pass(&p, 2);
			f = pair_next(&p, 0);
			assert_int_equal(eapol_key_parse(&k, f.bytes, f.len), NOT_DROPPED);
			k.data = (struct span){data, len};
			eapol_key_write(&k, frame);
			assert_int_equal(rsn_mic_put(*state, &suites[i], p.a.fresh.kck, frame, EAPOL_KEY_LEN + len), 0);
			supplicant_receive(&p.s, frame, EAPOL_KEY_LEN + len, false, random, p.now, &out);
			assert_int_equal(out.drop, suites[i].wpa ? DROP_EAPOL_RSNE : DROP_EAPOL_KEY_DATA);
			assert_int_equal(out.ptk.len + out.gtk.len, 0);
			drop_pair(&p);
		}
}

/* The answer to the last group key does not tell that the station has the new one. */
static void an_old_group_answer_proves_nothing(void **state)
{
	struct flying old;
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_begin(&p, *state, &suites[i]);
		pair_run(&p);
		new_group(&p);
		tell_group(&p);
		pair_run(&p);
		assert_true(pair_agrees(&p));
		old = p.log[p.logged - 1];
		assert_false(old.to_supplicant);
		new_group(&p);
		tell_group(&p);
		pair_deliver(&p, &old);
		assert_int_equal(p.at_a.drop, DROP_EAPOL_REPLAY);
		assert_int_equal(p.a.state, AUTHENTICATOR_GROUP);
		pair_run(&p);
		assert_true(pair_agrees(&p));
		drop_pair(&p);
	}
}

/* The same message with another counter, and a MIC that is right: as if its sender counted in that way. */
static struct flying counted(struct pair *p, const struct flying *f, uint64_t counter, const uint8_t *kck)
{
	struct flying g = *f;

	put_be32(g.bytes + 9, (uint32_t)(counter >> 32));
	put_be32(g.bytes + 13, (uint32_t)counter);
	assert_int_equal(rsn_mic_put(p->c, &p->a.setup.suite, kck, g.bytes, g.len), 0);
	return g;
}

/* An answer bears a counter that its question was sent with: not one of before, and none that is still to come. */
static void an_answer_bears_the_counter_of_its_question(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		struct flying f, g;
		uint8_t kck[RSN_KCK];

		pair_begin(&p, *state, &suites[i]);
		p.count = 0;
		assert_true(pair_wake(&p)); /* message 1 again: counters 1 and 2 */
		f = pair_next(&p, 0);
		pair_deliver(&p, &f);
		assert_int_equal(rsn_kck(*state, &suites[i], p.pmks[1], &p.a.setup.ends, p.a.anonce, p.s.snonce, kck),
				 0);
		f = pair_next(&p, 0);
		for (uint64_t n = 0; n < 5; n++) {
			g = counted(&p, &f, n == 4 ? UINT64_MAX : n, kck);
			if (n == 1 || n == 2)
				continue;
			pair_deliver(&p, &g);
			assert_int_equal(p.at_a.drop, DROP_EAPOL_REPLAY);
			assert_int_equal(p.a.state, AUTHENTICATOR_ASKED);
		}
		/* The answer to the first message 1, late, is one. */
		g = counted(&p, &f, 1, kck);
		pair_deliver(&p, &g);
		assert_int_equal(p.at_a.drop, NOT_DROPPED);
		/* Once message 3 is out, an answer to message 1 is none to it. */
		pair_deliver(&p, &f);
		assert_int_equal(p.at_a.drop, DROP_EAPOL_UNEXPECTED);
		pair_run(&p);
		assert_true(pair_agrees(&p));
		drop_pair(&p);
	}
}

/* The counter may jump, and may start anywhere; behind the highest number there is none, and it does not begin anew. */
static void the_replay_counter_at_its_ends(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_setup(&p, *state, &suites[i]);
		p.a.replay = UINT64_MAX - 8;
		pair_start(&p);
		pair_run(&p);
		assert_true(pair_agrees(&p));
		drop_pair(&p);

		pair_setup(&p, *state, &suites[i]);
		p.a.replay = UINT64_MAX; /* the next one is 0 */
		pair_start(&p);
		pair_run(&p);
		assert_true(pair_agrees(&p));
		p.a.replay = UINT64_MAX - (suites[i].wpa ? 3 : 2);
		pair_start(&p);
		pair_run(&p);
		assert_true(pair_agrees(&p));
		pair_start(&p);
		pair_run(&p);
		assert_int_equal(p.at_s.drop, DROP_EAPOL_REPLAY);
		assert_int_equal(p.at_s.ptks, 2);
		drop_pair(&p);
	}
}

/* Frames of another descriptor version speak for weaker protection than was agreed to. */
static void another_suite_is_refused(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (unsigned version = 0; version < 8; version++) {
			struct flying f;

			pair_begin(&p, *state, &suites[i]);
			f = pair_next(&p, 0);
			if (version == rsn_version(&suites[i])) {
				f.bytes[4] ^= EAPOL_RSN ^ EAPOL_WPA;
			} else {
				put_be16(f.bytes + 5, (be16(f.bytes + 5) & ~KEY_VERSION) | version);
			}
			pair_deliver(&p, &f);
			assert_int_equal(p.at_s.drop, DROP_EAPOL_SUITE);
			drop_pair(&p);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(krack_message_3_again_is_answered_not_reinstalled),
		cmocka_unit_test(krack_message_3_again_after_forged_messages_1),
		cmocka_unit_test(krack_an_old_group_key_does_not_come_back),
		cmocka_unit_test(krack_group_message_1_again_is_answered_not_reinstalled),
		cmocka_unit_test(group_keys_have_new_ids_and_rsc),
		cmocka_unit_test(group_keys_that_change_in_between),
		cmocka_unit_test(pairwise_keys_are_renewed_under_the_old_ones),
		cmocka_unit_test(message_4_first_is_refused),
		cmocka_unit_test(forged_message_1_does_not_disturb),
		cmocka_unit_test(a_fresh_anonce_for_each_handshake),
		cmocka_unit_test(a_fresh_snonce_for_each_handshake),
		cmocka_unit_test(no_group_key_is_all_zero),
		cmocka_unit_test(a_downgrade_ends_the_handshake),
		cmocka_unit_test(group_keys_in_the_clear_are_refused),
		cmocka_unit_test(key_data_without_end_is_refused),
		cmocka_unit_test(an_old_group_answer_proves_nothing),
		cmocka_unit_test(an_answer_bears_the_counter_of_its_question),
		cmocka_unit_test(the_replay_counter_at_its_ends),
		cmocka_unit_test(another_suite_is_refused),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
