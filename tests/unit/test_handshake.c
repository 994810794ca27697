/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 4-way and the group handshake, both ends in memory, over a wire that does what wires and attackers do. */
#include "pair.h"

#include "softmac/key.h"
#include "wire/be.h"

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

/* A frame under the keys that both ends installed, in both directions and to the group. */
static void data_passes(struct pair *p, const struct rsn_key *out, const struct rsn_key *in, bool from_ap)
{
	uint8_t bytes[60] = {0x08, from_ap ? 0x02 : 0x01, 0, 0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 3};
	struct frame *f = frame_from(bytes, sizeof bytes, 0, 0);
	struct key seal = {0}, open = {0};
	uint64_t pn;

	assert_int_equal(key_set(&seal, p->c, out->cipher, out->bytes, out->len,
				 (struct key_use){.id = out->id, .authenticator = from_ap}),
			 0);
	assert_int_equal(key_set(&open, p->c, in->cipher, in->bytes, in->len,
				 (struct key_use){.id = in->id, .authenticator = !from_ap, .rsc = in->rsc}),
			 0);
	assert_int_equal(key_seal_msdu(&seal, f), NOT_DROPPED);
	assert_int_equal(key_seal(&seal, f), NOT_DROPPED);
	assert_int_equal(key_open(&open, f, &pn), NOT_DROPPED);
	assert_int_equal(key_open_msdu(&open, f, pn), NOT_DROPPED);
	assert_memory_equal(f->data, bytes, sizeof bytes);
	frame_free(f);
	key_wipe(&seal);
	key_wipe(&open);
}

static void every_suite(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_begin(&p, *state, &suites[i]);
		assert_int_equal(pair_run(&p), suites[i].wpa ? 6 : 4);
		assert_true(pair_agrees(&p));
		assert_int_equal(p.a.pmk, 1); /* the second of three passphrases */
		assert_int_equal(p.at_a.ptks + p.at_s.ptks + p.at_s.gtks, 3);
		assert_int_equal(p.at_s.igtks, suites[i].management < CIPHERS);
		assert_int_equal(p.at_a.authorised + p.at_s.authorised, 2);
		assert_int_equal(p.at_a.wake_ns + p.at_s.wake_ns, 0);
		data_passes(&p, &p.at_a.ptk, &p.at_s.ptk, true);
		data_passes(&p, &p.at_s.ptk, &p.at_a.ptk, false);
		data_passes(&p, &p.group.gtk, &p.at_s.gtk, true);
		drop_pair(&p);
	}
}

/* The n-th frame on the wire does not arrive; nor its next `more` successors. */
static void every_message_lost(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (unsigned lost = 0; lost < (suites[i].wpa ? 6 : 4); lost++)
			for (unsigned more = 0; more < 3; more++) {
				unsigned n = 0;

				pair_begin(&p, *state, &suites[i]);
				do
					for (; p.count; n++) {
						struct flying f = pair_next(&p, 0);

						if (n < lost || n > lost + more)
							pair_deliver(&p, &f);
					}
				while (!pair_agrees(&p) && pair_wake(&p));
				assert_true(pair_agrees(&p));
				assert_int_equal(p.at_s.ptks, 1);
				assert_int_equal(p.at_a.ptks, 1);
				assert_int_equal(p.at_s.gtks, 1);
				drop_pair(&p);
			}
}

static void every_message_duplicated(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (unsigned twice = 0; twice < 6; twice++) {
			unsigned n = 0;

			pair_begin(&p, *state, &suites[i]);
			for (; p.count; n++) {
				struct flying f = pair_next(&p, 0);

				pair_deliver(&p, &f);
				if (n == twice)
					pair_deliver(&p, &f);
			}
			assert_true(pair_agrees(&p));
			assert_int_equal(p.at_s.ptks + p.at_a.ptks + p.at_s.gtks, 3);
			drop_pair(&p);
		}
}

/* All that was ever sent, again, to both ends, in each state: nothing is installed, and the link still works. */
static void replayed_messages_are_discarded(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_begin(&p, *state, &suites[i]);
		while (p.count) {
			struct flying f = pair_next(&p, 0);

			pair_deliver(&p, &f);
			for (unsigned n = 0; p.s.replay_known && n < p.logged; n++) {
				struct flying old = p.log[n];

				if (p.count && pair_same(&old, &p.flying[p.count - 1]))
					continue; /* that one is new */
				unsigned before = p.count;

				/* As if the replayer had the key. */
				old.protected = p.s.keyed;
				old.key = old.to_supplicant ? p.at_s.ptk : p.at_a.ptk;
				pair_deliver(&p, &old);
				assert_int_not_equal(old.to_supplicant ? p.at_s.drop : p.at_a.drop, NOT_DROPPED);
				assert_int_equal(p.count, before); /* and not answered */
			}
		}
		assert_true(pair_agrees(&p));
		assert_int_equal(p.at_s.ptks + p.at_a.ptks + p.at_s.gtks, 3);
		drop_pair(&p);
	}
}

/* What is cut anywhere is discarded by a name, unanswered; the whole one that comes later is taken. */
static void truncated_at_every_byte(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_begin(&p, *state, &suites[i]);
		while (p.count) {
			struct flying f = pair_next(&p, 0), cut = f;

			for (cut.len = 0; cut.len < f.len; cut.len++) {
				uint8_t *exact = malloc(cut.len + 1);
				struct rsn_out out;

				/* In a buffer of its size, so that sanitizers see a read behind it. */
				memcpy(exact, f.bytes, cut.len);
				if (f.to_supplicant)
					supplicant_receive(&p.s, exact, cut.len, f.protected, p.pmks[0], p.now, &out);
				else
					authenticator_receive(&p.a, exact, cut.len, p.now, &out);
				assert_int_equal(out.drop, DROP_EAPOL_MALFORMED);
				assert_int_equal(out.frame_len, 0);
				free(exact);
			}
			pair_deliver(&p, &f);
		}
		assert_true(pair_agrees(&p));
		drop_pair(&p);
	}
}

/* Each bit of each message: what is changed is discarded or, in message 1, which nothing protects, does no harm. */
static void changed_in_every_bit(void **state)
{
	struct pair p, before;

	for (size_t i = 0; i < COUNT(suites); i += 3) {
		unsigned number = 0;

		pair_begin(&p, *state, &suites[i]);
		for (; p.count; number++) {
			struct flying f = pair_next(&p, 0);

			before = p;
			for (size_t bit = 0; bit < 8 * f.len; bit++) {
				struct flying bad = f;

				bad.bytes[bit / 8] ^= 1 << bit % 8;
				pair_deliver(&p, &bad);
				if (number)
					assert_int_not_equal(bad.to_supplicant ? p.at_s.drop : p.at_a.drop,
							     NOT_DROPPED);
				assert_int_equal(p.at_s.ptks, before.at_s.ptks);
				assert_int_equal(p.at_a.ptks, before.at_a.ptks);
				if (!number)
					p = before;
			}
			pair_deliver(&p, &f);
		}
		assert_true(pair_agrees(&p));
		drop_pair(&p);
	}
}

/* The declared length counts: what a driver leaves behind the frame is not read. */
static void bounded_by_its_declared_length(void **state)
{
	struct pair p;

	pair_begin(&p, *state, wpa2);
	while (p.count) {
		struct flying f = pair_next(&p, 0), longer = f;
		uint16_t declared = be16(f.bytes + 2);

		put_be16(longer.bytes + 2, declared + 1);
		pair_deliver(&p, &longer);
		assert_int_equal(f.to_supplicant ? p.at_s.drop : p.at_a.drop, DROP_EAPOL_MALFORMED);
		memset(f.bytes + f.len, 0xee, 40);
		f.len += 40;
		pair_deliver(&p, &f);
	}
	assert_true(pair_agrees(&p));
	drop_pair(&p);
}

static void wrong_passphrase_is_named_on_both_ends(void **state)
{
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_setup(&p, *state, &suites[i]);
		p.s.setup.pmk[0] ^= 1;
		pair_start(&p);
		pair_run(&p);
		assert_int_equal(p.at_a.drop, DROP_EAPOL_MIC);
		settle(&p);
		assert_int_equal(p.at_a.finding, RSN_WRONG_PASSPHRASE);
		assert_int_equal(p.at_a.disconnect, REASON_4WAY_TIMEOUT);
		/* The station hears it by the hanging up, or by the silence. */
		assert_int_equal(supplicant_lost(&p.s), RSN_WRONG_PASSPHRASE);
		assert_int_equal(p.at_s.finding, RSN_WRONG_PASSPHRASE);
		assert_int_equal(p.at_s.ptks + p.at_a.ptks + p.at_s.gtks, 0);
		drop_pair(&p);
	}
}

/* A station that is out of range is not one with a wrong passphrase. */
static void silence_is_not_a_wrong_passphrase(void **state)
{
	struct pair p;

	pair_begin(&p, *state, wpa2);
	do
		p.count = 0;
	while (pair_wake(&p));
	assert_int_equal(p.at_a.finding, RSN_SILENCE);
	assert_int_equal(p.at_a.disconnect, REASON_4WAY_TIMEOUT);
	assert_int_equal(p.logged, RSN_TRIES);
	assert_int_equal(supplicant_lost(&p.s), RSN_NOTHING);
	drop_pair(&p);
}

/* The wire loses, doubles and reorders; keys are renewed meanwhile.  In the end all agree or somebody has hung up. */
static void whatever_the_wire_does(void **state)
{
	unsigned agreed = 0;
	struct pair p;

	for (unsigned seed = 1; seed <= 600; seed++) {
		pair_setup(&p, *state, &suites[seed % COUNT(suites)]);
		p.seed = seed;
		pair_start(&p);
		for (int step = 0; step < 200 && !p.at_a.disconnect && !p.at_s.disconnect; step++) {
			if (!p.count && !pair_wake(&p)) {
				assert_true(pair_agrees(&p));
				agreed++;
				new_group(&p);
				tell_group(&p);
				if (pair_random(&p) % 3 == 0)
					break;
				continue;
			}
			if (p.count) {
				struct flying f = p.flying[pair_random(&p) % p.count];
				unsigned dice = pair_random(&p) % 10;

				if (dice < 6) { /* it arrives, or its copy does */
					if (dice)
						for (unsigned n = 0; n < p.count; n++)
							if (pair_same(&p.flying[n], &f)) {
								pair_next(&p, n);
								break;
							}
					pair_deliver(&p, &f);
				} else if (dice < 8) {
					pair_next(&p, pair_random(&p) % p.count);
				} else {
					pair_wake(&p);
				}
			}
			if (p.count > FLYING_MAX - 4)
				p.count = 0;
			p.logged = 0;
		}
		drop_pair(&p);
	}
	/* Most get there, though four of ten frames are lost. */
	assert_true(agreed > 600);
}

static void wiped(void **state)
{
	static const struct authenticator no_a;
	static const struct supplicant no_s;
	struct pair p;

	pair_begin(&p, *state, wpa2);
	pair_run(&p);
	drop_pair(&p);
	assert_memory_equal(&p.a, &no_a, sizeof no_a);
	assert_memory_equal(&p.s, &no_s, sizeof no_s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_suite),
		cmocka_unit_test(every_message_lost),
		cmocka_unit_test(every_message_duplicated),
		cmocka_unit_test(replayed_messages_are_discarded),
		cmocka_unit_test(truncated_at_every_byte),
		cmocka_unit_test(changed_in_every_bit),
		cmocka_unit_test(bounded_by_its_declared_length),
		cmocka_unit_test(wrong_passphrase_is_named_on_both_ends),
		cmocka_unit_test(silence_is_not_a_wrong_passphrase),
		cmocka_unit_test(whatever_the_wire_does),
		cmocka_unit_test(wiped),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
