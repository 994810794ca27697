/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a station asks for by itself, how keys are renewed over a bad wire, and which of many passphrases it has. */
#include "pair.h"

#include "wire/be.h"

#include <errno.h>

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

static void connect_pair(struct pair *p, struct crypto *c, const struct rsn_suite *suite)
{
	pair_begin(p, c, suite);
	pair_run(p);
	assert_true(pair_agrees(p));
	p->at_a.finding = p->at_s.finding = RSN_NOTHING;
}

static struct flying wish(struct pair *p, enum supplicant_wish w)
{
	struct rsn_out out;

	assert_int_equal(supplicant_request(&p->s, w, &out), 0);
	pair_take(p, true, &out);
	assert_int_equal(p->count, 1);
	assert_true(p->flying[0].protected);
	return pair_next(p, 0);
}

/* What the authenticator made of a frame, and of this one only. */
static void expect(struct pair *p, const struct flying *f, enum drop drop, enum rsn_finding finding)
{
	p->at_a.finding = RSN_NOTHING;
	pair_deliver(p, f);
	assert_int_equal(p->at_a.drop, drop);
	assert_int_equal(p->at_a.finding, finding);
	assert_int_equal(p->count, 0); /* never answered by itself */
}

static void requests_are_reported(void **state)
{
	static const struct {
		enum supplicant_wish wish;
		uint16_t info;
		enum rsn_finding finding;
	} rows[] = {
		{SUPPLICANT_PTK, 0x0b08, RSN_WANTS_PTK},
		{SUPPLICANT_GTK, 0x0b00, RSN_WANTS_GTK},
		{SUPPLICANT_MICHAEL, 0x0f08, RSN_MICHAEL},
		{SUPPLICANT_MICHAEL_GROUP, 0x0f00, RSN_MICHAEL},
	};
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		connect_pair(&p, *state, &suites[i]);
		for (size_t n = 0; n < COUNT(rows); n++) {
			struct flying f = wish(&p, rows[n].wish);

			assert_int_equal(be16(f.bytes + 5), rows[n].info | rsn_version(&suites[i]));
			expect(&p, &f, NOT_DROPPED, rows[n].finding);
		}
		assert_true(pair_agrees(&p));
		/* And what is asked for can be had. */
		pair_start(&p);
		pair_run(&p);
		assert_true(pair_agrees(&p));
		assert_int_equal(p.at_s.ptks, 2);
		drop_pair(&p);
	}
}

/* 12.7.2: those of a request rise by themselves; what comes again, or late, is a replay. */
static void a_replayed_request_is_refused(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		struct flying first, second;

		connect_pair(&p, *state, &suites[i]);
		first = wish(&p, SUPPLICANT_PTK);
		second = wish(&p, SUPPLICANT_MICHAEL);
		expect(&p, &second, NOT_DROPPED, RSN_MICHAEL);
		expect(&p, &second, DROP_EAPOL_REPLAY, RSN_NOTHING);
		expect(&p, &first, DROP_EAPOL_REPLAY, RSN_NOTHING);
		/* With new keys as well, where the wire lets it pass in the clear. */
		pair_start(&p);
		pair_run(&p);
		second.protected = first.protected = false;
		expect(&p, &first, DROP_EAPOL_REPLAY, RSN_NOTHING);
		put_be32(second.bytes + 13, 77);
		expect(&p, &second, DROP_EAPOL_MIC, RSN_NOTHING);
		drop_pair(&p);
	}
}

/* A request signed with this key and counter, from a station that counts in its own way. */
static struct flying request_with(struct pair *p, uint64_t counter, const uint8_t *kck, uint16_t info)
{
	const struct rsn_suite *s = &p->s.setup.suite;
	struct eapol_key k = {.version = 2,
			      .descriptor = s->wpa ? EAPOL_WPA : EAPOL_RSN,
			      .info = info | rsn_version(s),
			      .replay = counter};
	struct flying f = {0};

	f.len = eapol_key_write(&k, f.bytes);
	assert_int_equal(rsn_mic_put(p->c, s, kck, f.bytes, f.len), 0);
	return f;
}

static void the_counter_of_requests_at_its_ends(void **state)
{
	const uint16_t info = KEY_REQUEST | KEY_PAIRWISE | KEY_MIC | KEY_SECURE;
	struct flying f;
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		connect_pair(&p, *state, &suites[i]);
		/* There are stations whose first counter is 0. */
		f = request_with(&p, 0, p.s.ptk.kck, info);
		expect(&p, &f, NOT_DROPPED, RSN_WANTS_PTK);
		expect(&p, &f, DROP_EAPOL_REPLAY, RSN_NOTHING);
		f = request_with(&p, UINT64_MAX - 1, p.s.ptk.kck, info);
		expect(&p, &f, NOT_DROPPED, RSN_WANTS_PTK);
		/* Behind the last there is none, and it does not begin anew. */
		for (uint64_t n = 0; n < 3; n++) {
			f = request_with(&p, UINT64_MAX - 1 + n, p.s.ptk.kck, info);
			expect(&p, &f, DROP_EAPOL_REPLAY, RSN_NOTHING);
		}
		/* The handshake counts by itself: it is not disturbed. */
		pair_start(&p);
		pair_run(&p);
		assert_true(pair_agrees(&p));
		drop_pair(&p);
	}
}

static void forged_requests_are_refused(void **state)
{
	static const uint8_t zero[RSN_KCK];
	static const uint16_t bits[] = {KEY_REQUEST | KEY_PAIRWISE, KEY_REQUEST,
					KEY_REQUEST | KEY_ERROR | KEY_PAIRWISE};
	struct flying f;
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (size_t n = 0; n < COUNT(bits); n++) {
			pair_setup(&p, *state, &suites[i]);
			/* Before there is a key: with that of nothing, too. */
			pair_start(&p);
			p.count = 0;
			f = request_with(&p, 1, zero, bits[n] | KEY_MIC | KEY_SECURE);
			expect(&p, &f, DROP_EAPOL_UNEXPECTED, RSN_NOTHING);
			drop_pair(&p);

			connect_pair(&p, *state, &suites[i]);
			expect(&p, &f, DROP_EAPOL_MIC, RSN_NOTHING);
			/* Without a MIC. */
			f = request_with(&p, 1, p.s.ptk.kck, bits[n] | KEY_SECURE);
			expect(&p, &f, DROP_EAPOL_UNEXPECTED, RSN_NOTHING);
			/* An error that is no request, and one from an authenticator. */
			f = request_with(&p, 1, p.s.ptk.kck, KEY_ERROR | KEY_MIC | KEY_SECURE);
			expect(&p, &f, DROP_EAPOL_UNEXPECTED, RSN_NOTHING);
			f = request_with(&p, 1, p.s.ptk.kck, bits[n] | KEY_ACK | KEY_MIC | KEY_SECURE);
			expect(&p, &f, DROP_EAPOL_UNEXPECTED, RSN_NOTHING);
			/* Each bit of a good one. */
			f = wish(&p, SUPPLICANT_MICHAEL);
			for (size_t bit = 0; bit < 8 * f.len; bit++) {
				struct flying bad = f;

				bad.bytes[bit / 8] ^= 1 << bit % 8;
				pair_deliver(&p, &bad);
				assert_int_not_equal(p.at_a.drop, NOT_DROPPED);
				assert_int_equal(p.at_a.finding, RSN_NOTHING);
			}
			expect(&p, &f, NOT_DROPPED, RSN_MICHAEL);
			drop_pair(&p);
		}
}

/* A supplicant is no authenticator: a request that is sent back to it does nothing. */
static void a_reflected_request_is_refused(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		struct flying f;

		connect_pair(&p, *state, &suites[i]);
		f = wish(&p, SUPPLICANT_PTK);
		f.to_supplicant = true;
		pair_deliver(&p, &f);
		assert_int_equal(p.at_s.drop, DROP_EAPOL_UNEXPECTED);
		assert_int_equal(p.count, 0);
		drop_pair(&p);
	}
}

static void nothing_to_ask_with_before_there_are_keys(void **state)
{
	struct rsn_out out;
	struct pair p;

	pair_setup(&p, *state, &suites[4]);
	for (enum supplicant_wish w = SUPPLICANT_PTK; w <= SUPPLICANT_MICHAEL_GROUP; w++) {
		assert_int_equal(supplicant_request(&p.s, w, &out), -ENOTCONN);
		assert_int_equal(out.frame_len, 0);
	}
	drop_pair(&p);
}

/* In the middle of a handshake a request is authentic, too: a Michael failure counts, the handshake goes on. */
static void a_request_does_not_disturb_a_handshake(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (unsigned when = 0; when < 3; when++) {
			struct rsn_out out;
			struct flying f;

			connect_pair(&p, *state, &suites[i]);
			pair_start(&p);
			pair_pass(&p, when);
			assert_int_equal(supplicant_request(&p.s, SUPPLICANT_MICHAEL, &out), 0);
			pair_take(&p, true, &out);
			f = pair_next(&p, p.count - 1);
			pair_deliver(&p, &f);
			assert_int_equal(p.at_a.drop, NOT_DROPPED);
			assert_int_equal(p.at_a.finding, RSN_MICHAEL);
			pair_run(&p);
			assert_true(pair_agrees(&p));
			assert_int_equal(p.at_s.ptks, 2);
			drop_pair(&p);
		}
}

/* The station asks when its keys have the age, a few times in a row if nobody hears, and no longer once it has new ones. */
static void old_pairwise_keys_are_renewed_on_request(void **state)
{
	const uint64_t age = 3600 * UINT64_C(1000000000);
	uint64_t start;
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_setup(&p, *state, &suites[i]);
		p.s.setup.ptk_rekey_ns = age;
		pair_start(&p);
		pair_run(&p);
		assert_true(pair_agrees(&p));
		assert_int_equal(p.at_s.wake_ns, p.now + age);
		for (unsigned n = 2; n < 4; n++) {
			assert_true(pair_wake(&p));
			pair_run(&p);
			assert_int_equal(p.at_a.finding, RSN_WANTS_PTK);
			pair_start(&p);
			pair_run(&p);
			assert_true(pair_agrees(&p));
			assert_int_equal(p.at_s.ptks, n);
			assert_int_equal(p.at_s.wake_ns, p.now + age);
		}
		/* Nobody hears it: the link stays as it is. */
		start = p.now;
		for (unsigned n = 0; n < RSN_TRIES; n++) {
			assert_true(pair_wake(&p));
			assert_int_equal(p.now, start + age + n * RSN_PATIENT_NS);
			assert_int_equal(p.count, 1);
			p.count = 0;
		}
		assert_int_equal(p.at_s.wake_ns, p.now + age);
		assert_int_equal(p.at_s.disconnect, 0);
		assert_true(pair_agrees(&p));
		drop_pair(&p);
	}
}

/*
 * New pairwise keys over a wire that loses one message, and its repetitions: in the end both have them, or both know
 * that they have not.  Who has the new key cannot read what is sent under the old one, so a lost message 4 is such an end.
 */
static void messages_lost_while_keys_are_renewed(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (unsigned lost = 0; lost < 4; lost++)
			for (unsigned more = 0; more < RSN_TRIES; more++) {
				unsigned n = 0;

				connect_pair(&p, *state, &suites[i]);
				pair_start(&p);
				do
					for (; p.count; n++) {
						struct flying f = pair_next(&p, 0);

						if (n < lost || n > lost + more)
							pair_deliver(&p, &f);
					}
				while (!p.at_a.disconnect && pair_wake(&p));
				if (p.at_a.disconnect)
					assert_int_equal(p.at_a.disconnect, REASON_4WAY_TIMEOUT);
				else
					assert_true(pair_agrees(&p));
				if (lost < 3 && !more)
					assert_int_equal(p.at_a.disconnect, 0);
				assert_int_equal(p.at_a.ptks, p.at_a.disconnect ? 1 : 2);
				drop_pair(&p);
			}
}

/* A group message or its answer is lost, up to the last repetition but one: the station gets the key.  Or is sent away. */
static void messages_lost_while_the_group_key_is_renewed(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (unsigned answers = 0; answers < 2; answers++)
			for (unsigned lost = 0; lost <= RSN_TRIES; lost++) {
				unsigned n = 0;

				connect_pair(&p, *state, &suites[i]);
				new_group(&p);
				tell_group(&p);
				do
					while (p.count) {
						struct flying f = pair_next(&p, 0);

						if (f.to_supplicant == answers || n++ >= lost)
							pair_deliver(&p, &f);
					}
				while (!p.at_a.disconnect && pair_wake(&p));
				if (lost < RSN_TRIES) {
					assert_true(pair_agrees(&p));
					assert_int_equal(p.at_s.gtks, 2);
				} else {
					assert_int_equal(p.at_a.disconnect, REASON_GROUP_TIMEOUT);
					assert_int_equal(p.at_a.finding, RSN_SILENCE);
				}
				drop_pair(&p);
			}
}

#define MANY 500

/* Any of hundreds of passphrases; the likely one is tried first, so that of two that would do it is the one. */
static void one_of_many_passphrases(void **state)
{
	static uint8_t pmks[MANY][PMK_LEN];
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i += 4)
		for (unsigned which = 0; which < MANY; which += MANY - 1) {
			pair_setup(&p, *state, &suites[i]);
			for (unsigned n = 0; n < MANY; n++)
				pair_fill(&p, pmks[n], PMK_LEN);
			memcpy(p.s.setup.pmk, pmks[which], PMK_LEN);
			p.a.setup.pmks = (const uint8_t(*)[PMK_LEN])pmks;
			p.a.setup.pmk_count = MANY;
			p.a.setup.likely = MANY; /* none: beyond the list */
			pair_start(&p);
			pair_run(&p);
			assert_true(pair_agrees(&p));
			assert_int_equal(p.a.pmk, which);
			drop_pair(&p);
		}
	pair_setup(&p, *state, &suites[4]);
	memcpy(pmks[MANY - 1], p.s.setup.pmk, PMK_LEN);
	memcpy(pmks[3], p.s.setup.pmk, PMK_LEN);
	p.a.setup.pmks = (const uint8_t(*)[PMK_LEN])pmks;
	p.a.setup.pmk_count = MANY;
	p.a.setup.likely = MANY - 1;
	pair_start(&p);
	pair_run(&p);
	assert_true(pair_agrees(&p));
	assert_int_equal(p.a.pmk, MANY - 1);
	drop_pair(&p);
}

/* A link that stands was made with one passphrase: a renewal with another one is a stranger's. */
static void the_passphrase_stays_over_a_renewal(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		connect_pair(&p, *state, &suites[i]);
		assert_int_equal(p.a.pmk, 1);
		memcpy(p.s.setup.pmk, p.pmks[2], PMK_LEN);
		pair_start(&p);
		pair_run(&p);
		assert_int_equal(p.at_a.drop, DROP_EAPOL_MIC);
		assert_int_equal(p.at_a.ptks, 1);
		drop_pair(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_reported),
		cmocka_unit_test(a_replayed_request_is_refused),
		cmocka_unit_test(the_counter_of_requests_at_its_ends),
		cmocka_unit_test(forged_requests_are_refused),
		cmocka_unit_test(a_reflected_request_is_refused),
		cmocka_unit_test(nothing_to_ask_with_before_there_are_keys),
		cmocka_unit_test(a_request_does_not_disturb_a_handshake),
		cmocka_unit_test(old_pairwise_keys_are_renewed_on_request),
		cmocka_unit_test(messages_lost_while_keys_are_renewed),
		cmocka_unit_test(messages_lost_while_the_group_key_is_renewed),
		cmocka_unit_test(one_of_many_passphrases),
		cmocka_unit_test(the_passphrase_stays_over_a_renewal),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
