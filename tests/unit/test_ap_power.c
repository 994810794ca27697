/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power save at the access point (IEEE 802.11-2016 11.2.3). */
#include "ap_world.h"

#define BEACON (100 * UINT64_C(1024000))

static void frames_wait_for_a_dozing_station(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);

	(void)state;
	world_start(w);
	fake_join(s);
	world_pass(w, BEACON);
	assert_false(s->tim);
	fake_null(s, true);
	world_send(w, s->addr, "one");
	world_send(w, s->addr, "two");
	world_send(w, s->addr, "three");
	assert_int_equal(s->data, 0);
	world_pass(w, BEACON);
	assert_true(s->tim);
	/* A PS-Poll fetches one, which says whether there are more. */
	fake_ps_poll(s, fake_aid(s));
	assert_true(fake_heard(s, "one") && s->more_data);
	fake_ps_poll(s, fake_aid(s));
	assert_true(fake_heard(s, "two") && s->more_data);
	world_pass(w, BEACON);
	assert_true(s->tim);
	fake_ps_poll(s, fake_aid(s));
	assert_true(fake_heard(s, "three") && !s->more_data);
	world_pass(w, BEACON);
	assert_false(s->tim);
	fake_ps_poll(s, fake_aid(s));
	assert_int_equal(s->data, 3);
	assert_int_equal(s->nulls, 1); /* there is nothing, and it is told so */
	world_end(w);
}

static void who_wakes_gets_everything_in_order(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);

	(void)state;
	world_start(w);
	fake_join(s);
	fake_null(s, true);
	world_send(w, s->addr, "one");
	world_send(w, s->addr, "two");
	fake_null(s, false);
	assert_int_equal(s->data, 2);
	assert_true(fake_heard(s, "two"));
	world_pass(w, BEACON);
	assert_false(s->tim);
	/* The bit on a data frame counts as well. */
	s->dozes = true;
	fake_send(s, wire_host, "good night");
	world_send(w, s->addr, "three");
	assert_int_equal(s->data, 2);
	s->dozes = false;
	fake_send(s, wire_host, "good morning");
	assert_true(fake_heard(s, "three"));
	world_end(w);
}

/* A PS-Poll with another's AID, or from a stranger, fetches nothing. */
static void ps_polls_must_fit(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w), *t = fake_new(w);

	(void)state;
	world_start(w);
	fake_join(s);
	fake_null(s, true);
	world_send(w, s->addr, "mine");
	fake_ps_poll(s, (uint16_t)(fake_aid(s) + 1));
	fake_forget_keys(t);
	fake_ps_poll(t, fake_aid(s));
	assert_int_equal(s->data, 0);
	assert_int_equal(world_drops(w, DROP_ADDRESSES), 1);
	assert_int_equal(world_drops(w, DROP_NOT_ASSOCIATED), 1);
	world_end(w);
}

static void group_frames_wait_for_the_dtim(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w);

	(void)state;
	world_start(w);
	fake_join(a);
	fake_join(b);
	world_send(w, everybody, "at once");
	assert_true(fake_heard(a, "at once"));
	world_pass(w, 0); /* this was the first beacon, a DTIM */
	fake_null(a, true);
	world_send(w, everybody, "one");
	fake_send(b, everybody, "two");
	assert_int_equal(a->data, 1);
	world_pass(w, 2 * BEACON);
	assert_int_equal(a->data, 1);
	assert_false(a->tim_group);
	world_pass(w, BEACON);
	assert_true(a->tim_group);
	assert_int_equal(a->data, 3);
	assert_true(fake_heard(a, "two") && !a->more_data);
	assert_true(le16(w->air[w->sent - 2]->data) & FC_MORE_DATA);
	/* All are awake again: no need to wait. */
	fake_null(a, false);
	world_send(w, everybody, "three");
	assert_true(fake_heard(a, "three"));
	world_end(w);
}

static void a_full_queue_and_an_old_one_lose_by_name(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);

	(void)state;
	world_start(w);
	fake_join(s);
	fake_null(s, true);
	for (int i = 0; i < 70; i++)
		world_send(w, s->addr, i < 6 ? "old" : "new");
	assert_int_equal(world_drops(w, DROP_DOZE_FULL), 6);
	fake_ps_poll(s, fake_aid(s));
	assert_true(fake_heard(s, "new"));
	world_pass(w, 15 * SECOND);
	assert_int_equal(world_drops(w, DROP_DOZE_LATE), 63);
	assert_false(s->tim);
	world_end(w);
}

/* CVE-2022-47522: what was kept for a protected link goes out under its keys, or not at all. */
static void what_waits_never_goes_out_in_the_clear(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	unsigned before;

	(void)state;
	world_start(w);
	fake_join(s);
	fake_null(s, true);
	world_send(w, s->addr, "secret");
	before = w->sent;
	fake_auth(s); /* forged or not */
	s->mute = true;
	fake_assoc(s);
	fake_null(s, false);
	for (unsigned i = before; i < w->sent; i++)
		assert_null(memmem(w->air[i]->data, w->air[i]->len, "secret", 6));
	s->mute = false;
	world_pass(w, SECOND);
	assert_true(s->peer.authorised);
	assert_int_equal(s->data, 0);
	world_end(w);
}

/* New keys for who dozes: the message waits as frames do, and the handshake for it. */
static void handshakes_wait_for_dozing_stations(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	unsigned before;

	(void)state;
	w->setup.bss[0].ptk_rekey_s = 60;
	world_start(w);
	fake_join(s);
	fake_null(s, true);
	world_pass(w, 65 * SECOND);
	assert_true(s->tim);
	before = s->eapols;
	fake_ps_poll(s, fake_aid(s)); /* message 1; its answer makes message 3, which waits in its turn */
	assert_int_equal(s->eapols, before + 1);
	world_pass(w, 3 * SECOND);
	assert_true(s->tim);
	fake_ps_poll(s, fake_aid(s));
	assert_int_equal(world_notes(w, NOTE_REKEYED), 1);
	fake_null(s, false);
	world_send(w, s->addr, "under the new key");
	assert_true(fake_heard(s, "under the new key"));
	world_end(w);
}

/* The message is pushed out by what comes behind it: then the handshake must not wait for somebody to fetch it. */
static void a_message_that_found_no_room_is_said_again(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);

	(void)state;
	w->setup.bss[0].ptk_rekey_s = 60;
	world_start(w);
	fake_join(s);
	fake_null(s, true);
	world_pass(w, 61 * SECOND); /* message 1 waits */
	for (int i = 0; i < 64; i++)
		world_send(w, s->addr, "a flood");
	assert_int_equal(world_drops(w, DROP_DOZE_FULL), 1);
	fake_null(s, false);
	assert_true(fake_heard(s, "a flood"));
	assert_int_equal(world_notes(w, NOTE_REKEYED), 0);
	world_pass(w, 2 * SECOND);
	assert_int_equal(world_notes(w, NOTE_REKEYED), 1);
	world_send(w, s->addr, "under the new key");
	assert_true(fake_heard(s, "under the new key"));
	world_end(w);
}

/* The longest listen interval there is, of the longest beacon interval: 2 * 65535 * 65535 TU. */
static void the_longest_listen_interval(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	struct frame *f;

	(void)state;
	w->setup.beacon_tu = 65535;
	w->setup.bss[0].max_inactivity_s = 10;
	world_start(w);
	fake_auth(s);
	f = fake_assoc_frame(s, MGMT_ASSOC_REQUEST, SSID);
	put_le16(frame_own(f) + DOT11_HDR_MIN + 2, 65535);
	fake_forget_keys(s);
	fake_probe(s, SSID);
	fake_management(s, f, false);
	assert_true(s->peer.authorised);
	fake_null(s, true);
	world_send(w, s->addr, "patience");
	world_pass(w, 3600 * SECOND);
	assert_true(world_has(w, s));
	assert_int_equal(world_drops(w, DROP_DOZE_LATE), 0);
	fake_ps_poll(s, fake_aid(s));
	assert_true(fake_heard(s, "patience"));
	world_end(w);
}

/* Who joins while the group's keys change has only the new ones: a sleeper does not keep him from group frames for long. */
static void a_sleeper_does_not_hold_up_new_group_keys(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w);

	(void)state;
	world_start(w);
	fake_join(a);
	fake_null(a, true);
	ap_rekey_group(w->ap, 0, w->now, &w->out);
	world_obey(w);
	fake_join(b);
	world_pass(w, 6 * SECOND);
	assert_int_equal(world_notes(w, NOTE_GROUP_REKEYED), 1);
	world_send(w, everybody, "new keys");
	world_pass(w, 3 * BEACON);
	assert_true(fake_heard(b, "new keys"));
	fake_null(a, false); /* its message has waited, and so has it */
	world_send(w, everybody, "all awake");
	assert_true(fake_heard(a, "all awake") && fake_heard(b, "all awake"));
	ap_rekey_group(w->ap, 0, w->now, &w->out);
	world_obey(w);
	assert_int_equal(world_notes(w, NOTE_GROUP_REKEYED), 2);
	world_end(w);
}

static void a_dozing_station_is_called_not_polled(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);

	(void)state;
	w->setup.bss[0].max_inactivity_s = 10;
	world_start(w);
	fake_join(s);
	fake_null(s, true);
	world_pass(w, 11 * SECOND);
	assert_int_equal(s->nulls, 0);
	assert_true(s->tim);
	fake_ps_poll(s, fake_aid(s));
	assert_int_equal(s->nulls, 1);
	world_pass(w, SECOND);
	assert_false(s->tim);
	assert_true(world_has(w, s));
	world_pass(w, 60 * SECOND); /* and now it does not come */
	assert_false(world_has(w, s));
	world_end(w);
}

/* Who leaves in his sleep leaves nothing behind. */
static void leaving_in_sleep(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w);

	(void)state;
	world_start(w);
	fake_join(a);
	fake_join(b);
	fake_null(a, true);
	world_send(w, a->addr, "never");
	ap_disassociate(w->ap, 0, a->addr, REASON_UNSPECIFIED, w->now, &w->out);
	world_obey(w);
	world_send(w, everybody, "nobody dozes");
	assert_true(fake_heard(b, "nobody dozes"));
	world_pass(w, BEACON);
	assert_false(a->tim);
	fake_assoc(a);
	fake_null(a, true);
	fake_null(a, false);
	assert_false(fake_heard(a, "never"));
	world_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_wait_for_a_dozing_station),
		cmocka_unit_test(who_wakes_gets_everything_in_order),
		cmocka_unit_test(ps_polls_must_fit),
		cmocka_unit_test(group_frames_wait_for_the_dtim),
		cmocka_unit_test(a_full_queue_and_an_old_one_lose_by_name),
		cmocka_unit_test(what_waits_never_goes_out_in_the_clear),
		cmocka_unit_test(handshakes_wait_for_dozing_stations),
		cmocka_unit_test(a_message_that_found_no_room_is_said_again),
		cmocka_unit_test(the_longest_listen_interval),
		cmocka_unit_test(a_sleeper_does_not_hold_up_new_group_keys),
		cmocka_unit_test(a_dozing_station_is_called_not_polled),
		cmocka_unit_test(leaving_in_sleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
