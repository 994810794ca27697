/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a PS-Poll fetched and the station did not acknowledge is kept for the next one (IEEE 802.11-2020 11.2.3.6): the same
 * MPDUs, as a retry, so that a station which did hear them knows them again.
 */
#include "ap_world.h"

#include "softmac/mpdu.h"

#define BEACON (100 * UINT64_C(1024000))

static struct world *begin(struct fake **s)
{
	struct world *w = world_new();

	*s = fake_new(w);
	return w;
}

/* Dozes, and there are three frames for it. */
static void doze(struct world *w, struct fake *s)
{
	world_start(w);
	fake_join(s);
	fake_null(s, true);
	world_send(w, s->addr, "one");
	world_send(w, s->addr, "two");
	world_send(w, s->addr, "three");
}

static void poll_in_vain(struct fake *s)
{
	s->deaf = true;
	fake_ps_poll(s, fake_aid(s));
	s->deaf = false;
}

static const struct frame *last_sent(const struct world *w)
{
	return w->air[(w->sent - 1) % LOG_MAX];
}

/* The bits that may differ between a frame and its retry, apart. */
static bool same_again(const struct frame *a, const struct frame *b)
{
	uint16_t loose = FC_RETRY | FC_MORE_DATA;

	return a->len == b->len && (le16(a->data) | loose) == (le16(b->data) | loose) &&
	       memcmp(a->data + 2, b->data + 2, a->len - 2) == 0;
}

static void what_was_not_acknowledged_is_kept(void **state)
{
	struct fake *s;
	struct world *w = begin(&s);
	const struct frame *first;

	(void)state;
	doze(w, s);
	poll_in_vain(s);
	first = last_sent(w);
	assert_true(le16(first->data) & FC_PROTECTED);
	assert_int_equal(s->data, 0);
	world_pass(w, BEACON);
	assert_true(s->tim);
	fake_ps_poll(s, fake_aid(s));
	assert_true(fake_heard(s, "one") && s->more_data);
	assert_true(same_again(first, last_sent(w)));
	assert_true(le16(last_sent(w)->data) & FC_RETRY);
	fake_ps_poll(s, fake_aid(s));
	assert_true(fake_heard(s, "two") && s->more_data);
	poll_in_vain(s);
	world_pass(w, BEACON);
	assert_true(s->tim);
	fake_ps_poll(s, fake_aid(s));
	assert_true(fake_heard(s, "three") && !s->more_data);
	world_pass(w, BEACON);
	assert_false(s->tim);
	assert_int_equal(s->data, 3);
	assert_int_equal(s->drop, NOT_DROPPED);
	world_end(w);
}

static void who_heard_it_knows_it_again(void **state)
{
	struct fake *s;
	struct world *w = begin(&s);

	(void)state;
	doze(w, s);
	s->unheard = true;
	fake_ps_poll(s, fake_aid(s));
	s->unheard = false;
	assert_true(fake_heard(s, "one"));
	fake_ps_poll(s, fake_aid(s));
	assert_int_equal(s->data, 1);
	assert_int_equal(s->drop, DROP_DUPLICATE);
	fake_ps_poll(s, fake_aid(s));
	assert_true(fake_heard(s, "two"));
	assert_int_equal(s->data, 2);
	world_end(w);
}

static void it_is_not_kept_for_ever(void **state)
{
	struct fake *s;
	struct world *w = begin(&s);
	unsigned tries = 0;

	(void)state;
	doze(w, s);
	for (; !world_drops(w, DROP_DOZE_LATE) && tries < 100; tries++)
		poll_in_vain(s);
	assert_true(tries > 1 && tries < 10);
	fake_ps_poll(s, fake_aid(s));
	assert_true(fake_heard(s, "two"));
	assert_int_equal(le16(last_sent(w)->data) & FC_RETRY, 0);
	/* Nor when nobody asks. */
	fake_ps_poll(s, fake_aid(s));
	world_send(w, s->addr, "four");
	poll_in_vain(s);
	world_pass(w, 5 * SECOND);
	assert_true(s->tim);
	world_pass(w, 10 * SECOND);
	assert_false(s->tim);
	assert_int_equal(world_drops(w, DROP_DOZE_LATE), 2);
	fake_ps_poll(s, fake_aid(s));
	assert_false(fake_heard(s, "four"));
	world_end(w);
}

static void who_wakes_gets_it_first(void **state)
{
	struct fake *s;
	struct world *w = begin(&s);
	unsigned sent;

	(void)state;
	doze(w, s);
	poll_in_vain(s);
	sent = w->sent;
	fake_null(s, false);
	assert_int_equal(s->data, 3);
	assert_int_equal(w->sent, sent + 3);
	assert_true(le16(w->air[sent]->data) & FC_RETRY);
	assert_true(fake_heard(s, "three"));
	assert_int_equal(s->drop, NOT_DROPPED);
	world_pass(w, BEACON);
	assert_false(s->tim);
	world_end(w);
}

/* One after the other: a poll that comes while a frame is under way is served when the fate of that is known. */
static void one_frame_at_a_time(void **state)
{
	struct fake *s;
	struct world *w = begin(&s);
	uint32_t cookie;
	unsigned sent;

	(void)state;
	doze(w, s);
	w->quiet = true;
	s->deaf = true;
	fake_ps_poll(s, fake_aid(s));
	s->deaf = false;
	sent = w->sent;
	cookie = w->cookie;
	fake_ps_poll(s, fake_aid(s));
	assert_int_equal(w->sent, sent);
	ap_status(w->ap, cookie, false, w->now, &w->out);
	world_obey(w);
	assert_int_equal(w->sent, sent + 1);
	assert_true(fake_heard(s, "one"));
	fake_ps_poll(s, fake_aid(s));
	assert_int_equal(w->sent, sent + 1);
	ap_status(w->ap, w->cookie, true, w->now, &w->out);
	world_obey(w);
	assert_true(fake_heard(s, "two"));
	/* A radio that never tells does not stop anything. */
	world_pass(w, 4 * SECOND);
	assert_true(s->tim);
	fake_ps_poll(s, fake_aid(s)); /* "two" again, which it knows */
	assert_int_equal(s->drop, DROP_DUPLICATE);
	ap_status(w->ap, w->cookie, true, w->now, &w->out);
	fake_ps_poll(s, fake_aid(s));
	assert_true(fake_heard(s, "three"));
	assert_int_equal(s->data, 3);
	world_end(w);
}

static void fragments_are_kept_together(void **state)
{
	struct fake *s;
	struct world *w = begin(&s);
	unsigned sent;

	(void)state;
	w->setup.fragment = 64;
	world_start(w);
	fake_join(s);
	fake_null(s, true);
	world_send(w, s->addr, "a frame that is long enough to go in two fragments, or in three of them");
	s->unheard = true; /* all parts arrive, and the acknowledgements are lost */
	fake_ps_poll(s, fake_aid(s));
	s->unheard = false;
	assert_int_equal(s->data, 1);
	sent = w->sent;
	fake_ps_poll(s, fake_aid(s));
	assert_int_equal(w->sent, sent + 2);
	assert_int_equal(s->data, 1);
	world_pass(w, BEACON);
	assert_false(s->tim);
	/* Or none of them does. */
	world_send(w, s->addr, "another one that is long enough to go in two fragments, or in three");
	poll_in_vain(s);
	fake_ps_poll(s, fake_aid(s));
	assert_int_equal(s->data, 2);
	world_end(w);
}

/* What was sealed under keys that have gone is worth nothing; and a second seal under new ones there is not. */
static void new_keys_end_it(void **state)
{
	struct fake *s;
	struct world *w = begin(&s);
	unsigned sent;

	(void)state;
	w->setup.bss[0].ptk_rekey_s = 60;
	world_start(w);
	fake_join(s);
	world_pass(w, 55 * SECOND);
	fake_null(s, true);
	w->quiet = true;
	world_pass(w, 6 * SECOND); /* message 1 waits */
	assert_true(s->tim);
	fake_ps_poll(s, fake_aid(s));
	world_send(w, s->addr, "under the old key");
	ap_status(w->ap, w->cookie, true, w->now, &w->out);
	fake_ps_poll(s, fake_aid(s)); /* message 3, and behind it there is more */
	assert_true(s->more_data);
	sent = w->sent;
	assert_int_equal(world_notes(w, NOTE_REKEYED), 1);
	ap_status(w->ap, w->cookie, false, w->now, &w->out); /* its acknowledgement was lost, but message 4 was not */
	fake_ps_poll(s, fake_aid(s));
	assert_int_equal(w->sent, sent + 1);
	assert_true(fake_heard(s, "under the old key"));
	world_end(w);
}

static void management_frames_too(void **state)
{
	struct fake *s;
	struct world *w = begin(&s);
	const struct frame *first;
	uint16_t aid;

	(void)state;
	w->setup.bss[0].pmf = 1;
	w->setup.bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
	s->mfp = true;
	s->suite.management = CIPHER_BIP_CMAC_128;
	world_start(w);
	fake_join(s);
	fake_null(s, true);
	aid = fake_aid(s);
	fake_auth(s);
	fake_management(s, fake_assoc_frame(s, MGMT_ASSOC_REQUEST, SSID), false); /* is it still there? */
	assert_int_equal(fake_status(s), STATUS_REFUSED_TEMPORARILY);
	s->last[MGMT_ASSOC_RESPONSE >> 4].aid = aid;
	world_pass(w, BEACON);
	assert_true(s->tim);
	poll_in_vain(s);
	first = last_sent(w);
	world_pass(w, BEACON);
	assert_true(s->tim);
	fake_ps_poll(s, fake_aid(s));
	assert_int_equal(s->count[MGMT_ACTION >> 4], 1);
	assert_true(same_again(first, last_sent(w)));
	world_end(w);
}

static void leaving_with_a_frame_under_way(void **state)
{
	struct fake *s;
	struct world *w = begin(&s);
	uint32_t cookie;

	(void)state;
	doze(w, s);
	w->quiet = true;
	fake_ps_poll(s, fake_aid(s));
	cookie = w->cookie;
	w->quiet = false;
	ap_disassociate(w->ap, 0, s->addr, REASON_UNSPECIFIED, w->now, &w->out);
	world_obey(w);
	ap_status(w->ap, cookie, false, w->now, &w->out);
	world_obey(w);
	s->dozes = false;
	fake_assoc(s);
	assert_true(s->peer.authorised);
	fake_null(s, true);
	world_pass(w, BEACON);
	assert_false(s->tim);
	world_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_not_acknowledged_is_kept),
		cmocka_unit_test(who_heard_it_knows_it_again),
		cmocka_unit_test(it_is_not_kept_for_ever),
		cmocka_unit_test(who_wakes_gets_it_first),
		cmocka_unit_test(one_frame_at_a_time),
		cmocka_unit_test(fragments_are_kept_together),
		cmocka_unit_test(new_keys_end_it),
		cmocka_unit_test(management_frames_too),
		cmocka_unit_test(leaving_with_a_frame_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
