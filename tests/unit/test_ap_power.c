/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power save at the access point (IEEE 802.11-2020, 11.2.3). */
#include "ap_world.h"

#define BEACON (100 * TU)

static void frames_are_buffered_for_dozing_station(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	world_advance(world, BEACON);
	assert_false(sta->tim);
	fake_sta_send_null(sta, true);
	world_send(world, sta->addr, "one");
	world_send(world, sta->addr, "two");
	world_send(world, sta->addr, "three");
	assert_int_equal(sta->data, 0);
	world_advance(world, BEACON);
	assert_true(sta->tim);
	/* A PS-Poll fetches one frame, whose More Data bit tells whether there are more. */
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_true(fake_sta_received(sta, "one") && sta->more_data);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_true(fake_sta_received(sta, "two") && sta->more_data);
	world_advance(world, BEACON);
	assert_true(sta->tim);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_true(fake_sta_received(sta, "three") && !sta->more_data);
	world_advance(world, BEACON);
	assert_false(sta->tim);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_int_equal(sta->data, 3);
	assert_int_equal(sta->nulls, 1); /* without More Data */
	world_free(world);
}

static void waking_station_gets_buffered_frames_in_order(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	fake_sta_send_null(sta, true);
	world_send(world, sta->addr, "one");
	world_send(world, sta->addr, "two");
	fake_sta_send_null(sta, false);
	assert_int_equal(sta->data, 2);
	assert_true(fake_sta_received(sta, "two"));
	world_advance(world, BEACON);
	assert_false(sta->tim);
	/* The Power Management bit of data frames counts too. */
	sta->dozes = true;
	fake_sta_send(sta, wire_host, "good night");
	world_send(world, sta->addr, "three");
	assert_int_equal(sta->data, 2);
	sta->dozes = false;
	fake_sta_send(sta, wire_host, "good morning");
	assert_true(fake_sta_received(sta, "three"));
	world_free(world);
}

/* A PS-Poll with the AID of another station, or from an unassociated one, fetches nothing. */
static void invalid_ps_poll_is_ignored(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world), *fake = fake_sta_new(world);

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	fake_sta_send_null(sta, true);
	world_send(world, sta->addr, "mine");
	fake_sta_send_ps_poll(sta, (uint16_t)(fake_sta_aid(sta) + 1));
	fake_sta_reset_keys(fake);
	fake_sta_send_ps_poll(fake, fake_sta_aid(sta));
	assert_int_equal(sta->data, 0);
	assert_int_equal(world_drops(world, DROP_ADDRESSES), 1);
	assert_int_equal(world_drops(world, DROP_NOT_ASSOCIATED), 1);
	world_free(world);
}

static void group_frames_wait_for_dtim(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world);

	(void)state;
	world_start(world);
	fake_sta_join(sta_a);
	fake_sta_join(sta_b);
	world_send(world, broadcast, "at once");
	assert_true(fake_sta_received(sta_a, "at once"));
	world_advance(world, 0); /* this was the first beacon, a DTIM */
	fake_sta_send_null(sta_a, true);
	world_send(world, broadcast, "one");
	fake_sta_send(sta_b, broadcast, "two");
	assert_int_equal(sta_a->data, 1);
	world_advance(world, 2 * BEACON);
	assert_int_equal(sta_a->data, 1);
	assert_false(sta_a->tim_group);
	world_advance(world, BEACON);
	assert_true(sta_a->tim_group);
	assert_int_equal(sta_a->data, 3);
	assert_true(fake_sta_received(sta_a, "two") && !sta_a->more_data);
	assert_true(le16(world->air[world->sent - 2]->data) & FC_MORE_DATA);
	/* All stations are awake: group frames are sent at once. */
	fake_sta_send_null(sta_a, false);
	world_send(world, broadcast, "three");
	assert_true(fake_sta_received(sta_a, "three"));
	world_free(world);
}

static void full_and_expired_queues_drop_with_reason(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	fake_sta_send_null(sta, true);
	for (int i = 0; i < 70; i++)
		world_send(world, sta->addr, i < 6 ? "old" : "new");
	assert_int_equal(world_drops(world, DROP_DOZE_FULL), 6);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_true(fake_sta_received(sta, "new"));
	world_advance(world, 15 * SECOND);
	assert_int_equal(world_drops(world, DROP_DOZE_LATE), 63);
	assert_false(sta->tim);
	world_free(world);
}

/* CVE-2022-47522: frames buffered for a protected link go out under its keys, or not at all. */
static void buffered_frame_is_never_sent_in_the_clear(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	unsigned before;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	fake_sta_send_null(sta, true);
	world_send(world, sta->addr, "secret");
	before = world->sent;
	fake_sta_auth(sta); /* may be forged */
	sta->mute = true;
	fake_sta_assoc(sta);
	fake_sta_send_null(sta, false);
	for (unsigned i = before; i < world->sent; i++)
		assert_null(memmem(world->air[i]->data, world->air[i]->len, "secret", 6));
	sta->mute = false;
	world_advance(world, SECOND);
	assert_true(sta->peer.authorised);
	assert_int_equal(sta->data, 0);
	world_free(world);
}

/* Handshake messages to a dozing station are buffered, and their timeouts start at transmission. */
static void handshake_frames_wait_for_dozing_station(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	unsigned before;

	(void)state;
	world->setup.bss[0].ptk_rekey_s = 60;
	world_start(world);
	fake_sta_join(sta);
	fake_sta_send_null(sta, true);
	world_advance(world, 65 * SECOND);
	assert_true(sta->tim);
	before = sta->eapols;
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta)); /* message 1; message 3 is buffered in its turn */
	assert_int_equal(sta->eapols, before + 1);
	world_advance(world, 3 * SECOND);
	assert_true(sta->tim);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_int_equal(world_note_count(world, NOTE_REKEYED), 1);
	fake_sta_send_null(sta, false);
	world_send(world, sta->addr, "under the new key");
	assert_true(fake_sta_received(sta, "under the new key"));
	world_free(world);
}

/* Later frames evict the message: the handshake must not wait for its transmission. */
static void evicted_handshake_message_is_sent_again(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);

	(void)state;
	world->setup.bss[0].ptk_rekey_s = 60;
	world_start(world);
	fake_sta_join(sta);
	fake_sta_send_null(sta, true);
	world_advance(world, 61 * SECOND); /* message 1 is buffered */
	for (int i = 0; i < 64; i++)
		world_send(world, sta->addr, "a flood");
	assert_int_equal(world_drops(world, DROP_DOZE_FULL), 1);
	fake_sta_send_null(sta, false);
	assert_true(fake_sta_received(sta, "a flood"));
	assert_int_equal(world_note_count(world, NOTE_REKEYED), 0);
	world_advance(world, 2 * SECOND);
	assert_int_equal(world_note_count(world, NOTE_REKEYED), 1);
	world_send(world, sta->addr, "under the new key");
	assert_true(fake_sta_received(sta, "under the new key"));
	world_free(world);
}

/* The longest listen interval with the longest beacon interval: 2 * 65535 * 65535 TU. */
static void frames_are_kept_for_longest_listen_interval(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct frame *frame;

	(void)state;
	world->setup.beacon_tu = 65535;
	world->setup.bss[0].max_inactivity_s = 10;
	world_start(world);
	fake_sta_auth(sta);
	frame = fake_sta_assoc_frame(sta, MGMT_ASSOC_REQUEST, SSID);
	put_le16(frame_make_writable(frame) + DOT11_HDR_MIN + 2, 65535);
	fake_sta_reset_keys(sta);
	fake_sta_probe(sta, SSID);
	fake_sta_send_management(sta, frame, false);
	assert_true(sta->peer.authorised);
	fake_sta_send_null(sta, true);
	world_send(world, sta->addr, "patience");
	world_advance(world, 3600 * SECOND);
	assert_true(world_has_station(world, sta));
	assert_int_equal(world_drops(world, DROP_DOZE_LATE), 0);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_true(fake_sta_received(sta, "patience"));
	world_free(world);
}

/* A station that joins during a group rekey has only the new keys: a dozing station must not delay the switch for long. */
static void dozing_station_does_not_delay_group_rekey(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world);

	(void)state;
	world_start(world);
	fake_sta_join(sta_a);
	fake_sta_send_null(sta_a, true);
	soft_ap_rekey_group(world->ap, 0, world->now, &world->out);
	world_apply_actions(world);
	fake_sta_join(sta_b);
	world_advance(world, 6 * SECOND);
	assert_int_equal(world_note_count(world, NOTE_GROUP_REKEYED), 1);
	world_send(world, broadcast, "new keys");
	world_advance(world, 3 * BEACON);
	assert_true(fake_sta_received(sta_b, "new keys"));
	fake_sta_send_null(sta_a, false); /* it gets its buffered group message 1 */
	world_send(world, broadcast, "all awake");
	assert_true(fake_sta_received(sta_a, "all awake") && fake_sta_received(sta_b, "all awake"));
	soft_ap_rekey_group(world->ap, 0, world->now, &world->out);
	world_apply_actions(world);
	assert_int_equal(world_note_count(world, NOTE_GROUP_REKEYED), 2);
	world_free(world);
}

static void dozing_station_is_announced_in_tim_not_polled(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);

	(void)state;
	world->setup.bss[0].max_inactivity_s = 10;
	world_start(world);
	fake_sta_join(sta);
	fake_sta_send_null(sta, true);
	world_advance(world, 11 * SECOND);
	assert_int_equal(sta->nulls, 0);
	assert_true(sta->tim);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_int_equal(sta->nulls, 1);
	world_advance(world, SECOND);
	assert_false(sta->tim);
	assert_true(world_has_station(world, sta));
	world_advance(world, 60 * SECOND); /* without a PS-Poll */
	assert_false(world_has_station(world, sta));
	world_free(world);
}

/* Nothing of a station that left while dozing remains. */
static void station_leaves_while_dozing(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world);

	(void)state;
	world_start(world);
	fake_sta_join(sta_a);
	fake_sta_join(sta_b);
	fake_sta_send_null(sta_a, true);
	world_send(world, sta_a->addr, "never");
	soft_ap_disassociate(world->ap, 0, sta_a->addr, REASON_UNSPECIFIED, world->now, &world->out);
	world_apply_actions(world);
	world_send(world, broadcast, "nobody dozes");
	assert_true(fake_sta_received(sta_b, "nobody dozes"));
	world_advance(world, BEACON);
	assert_false(sta_a->tim);
	fake_sta_assoc(sta_a);
	fake_sta_send_null(sta_a, true);
	fake_sta_send_null(sta_a, false);
	assert_false(fake_sta_received(sta_a, "never"));
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_buffered_for_dozing_station),
		cmocka_unit_test(waking_station_gets_buffered_frames_in_order),
		cmocka_unit_test(invalid_ps_poll_is_ignored),
		cmocka_unit_test(group_frames_wait_for_dtim),
		cmocka_unit_test(full_and_expired_queues_drop_with_reason),
		cmocka_unit_test(buffered_frame_is_never_sent_in_the_clear),
		cmocka_unit_test(handshake_frames_wait_for_dozing_station),
		cmocka_unit_test(evicted_handshake_message_is_sent_again),
		cmocka_unit_test(frames_are_kept_for_longest_listen_interval),
		cmocka_unit_test(dozing_station_does_not_delay_group_rekey),
		cmocka_unit_test(dozing_station_is_announced_in_tim_not_polled),
		cmocka_unit_test(station_leaves_while_dozing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
