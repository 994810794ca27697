/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Forwarding by the access point, and the frames that it refuses. */
#include "ap_world.h"

static void stations_reach_each_other(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world);

	(void)state;
	world_start(world);
	fake_sta_join(sta_a);
	fake_sta_join(sta_b);
	fake_sta_send(sta_a, sta_b->addr, "a to b");
	assert_true(fake_sta_received(sta_b, "a to b"));
	assert_memory_equal(sta_b->from, sta_a->addr, 6);
	assert_int_equal(world->wire_count, 0); /* the frame does not reach the wire */
	world_free(world);
}

static void group_frames_reach_stations_and_wire(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world);

	(void)state;
	world_start(world);
	fake_sta_join(sta_a);
	fake_sta_join(sta_b);
	fake_sta_send(sta_a, broadcast, "who has");
	assert_true(fake_sta_received(sta_b, "who has"));
	assert_true(world_wire_got(world, "who has"));
	assert_int_equal(sta_a->drop, DROP_REFLECTION); /* its own frame comes back to it */
	world_free(world);
}

/* ap_isolate=1 */
static void isolated_stations_reach_wire_only(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world);

	(void)state;
	world->setup.bss[0].isolate = true;
	world_start(world);
	fake_sta_join(sta_a);
	fake_sta_join(sta_b);
	fake_sta_send(sta_a, sta_b->addr, "a to b");
	fake_sta_send(sta_a, broadcast, "who has");
	assert_int_equal(sta_b->data, 0);
	assert_int_equal(world_drops(world, DROP_ISOLATED), 1);
	assert_int_equal(world->wire_count, 1);
	assert_true(world_wire_got(world, "who has"));
	fake_sta_send(sta_a, wire_host, "to the wire");
	assert_true(world_wire_got(world, "to the wire"));
	world_send(world, sta_b->addr, "from the wire");
	assert_true(fake_sta_received(sta_b, "from the wire"));
	world_free(world);
}

/* FragAttacks, CVE-2020-26139: handshakes are only between a station and the access point. */
static void eapol_is_never_forwarded(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world);
	struct frame *frame;

	(void)state;
	world_start(world);
	fake_sta_join(sta_a);
	fake_sta_join(sta_b);
	/* The transmit path refuses such a frame: build it by hand. */
	for (int i = 0; i < 3; i++) {
		static const uint8_t snap[] = {0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e, 2, 3, 0, 0};
		const uint8_t *to = i == 0 ? sta_b->addr : i == 1 ? wire_host : broadcast;
		uint8_t hdr[26] = {0x88, 0x41};

		memcpy(hdr + 4, sta_a->bssid, 6);
		memcpy(hdr + 10, sta_a->addr, 6);
		memcpy(hdr + 16, to, 6);
		put_le16(hdr + 22, (uint16_t)((3000 + i) << 4));
		frame = frame_from(hdr, sizeof(hdr), 0, 0);
		memcpy(frame_put(frame, sizeof(snap)), snap, sizeof(snap));
		put_le16(frame_make_writable(frame), 0x0188); /* key_seal() sets the Protected bit */
		assert_int_equal(key_seal_msdu(&sta_a->peer.pairwise, frame), NOT_DROPPED);
		assert_int_equal(key_seal(&sta_a->peer.pairwise, frame), NOT_DROPPED);
		fake_sta_transmit(sta_a, frame);
	}
	assert_int_equal(world_drops(world, DROP_EAPOL_FOREIGN), 3);
	frame = ethernet_frame(sta_a->addr, wire_host, 0x888e, "xx");
	soft_ap_send(world->ap, 0, &frame, 1, world->now, &world->out);
	world_apply_actions(world);
	frame = ethernet_frame(broadcast, wire_host, 0x888e, "xx");
	soft_ap_send(world->ap, 0, &frame, 1, world->now, &world->out);
	world_apply_actions(world);
	assert_int_equal(world_drops(world, DROP_EAPOL_FOREIGN), 5);
	assert_int_equal(world->eapol_on_wire, 0);
	assert_int_equal(sta_b->eapols, 2); /* messages 1 and 3 of its own handshake */
	assert_int_equal(sta_a->eapols, 2);
	world_free(world);
}

static void frame_for_unknown_receiver_is_dropped_with_reason(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world);
	struct frame *frame = frame_from("short", 5, 0, 0);

	(void)state;
	world_start(world);
	world_send(world, broadcast, "no station");
	fake_sta_join(sta_a);
	fake_sta_auth(sta_b);
	world_send(world, wire_host, "?");
	world_send(world, sta_b->addr, "?"); /* authenticated, not associated */
	assert_int_equal(world_drops(world, DROP_NO_STATION), 3);
	soft_ap_send(world->ap, 0, &frame, 1, world->now, &world->out);
	world_apply_actions(world);
	assert_int_equal(world_drops(world, DROP_TRUNCATED), 1);
	frame = ethernet_frame(sta_a->addr, wire_host, ETHER_TEST, "no such network");
	soft_ap_send(world->ap, 1, &frame, 1, world->now, &world->out);
	world_apply_actions(world);
	assert_int_equal(world_drops(world, DROP_NO_STATION), 4);
	world_free(world);
}

static void controlled_port_is_closed_until_keys_are_installed(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	unsigned sent;

	(void)state;
	world_start(world);
	sta->mute = true;
	fake_sta_auth(sta);
	fake_sta_assoc(sta);
	world_send(world, sta->addr, "secret");
	assert_int_equal(world_drops(world, DROP_PORT_CLOSED), 1);
	sent = world->sent;
	world_send(world, broadcast, "for whom?"); /* no station has the group key */
	assert_int_equal(world_drops(world, DROP_NO_STATION), 1);
	assert_int_equal(world->sent, sent);
	sta->peer.rsn = false; /* it sends in the clear */
	sta->peer.authorised = true;
	fake_sta_send(sta, wire_host, "let me in");
	assert_int_equal(world_drops(world, DROP_UNPROTECTED), 1);
	assert_int_equal(world->wire_count, 0);
	assert_int_equal(sta->data, 0);
	world_free(world);
}

/* Returns a data frame of the station, as sealed, without sending it. */
static struct frame *held_back(struct fake_sta *sta, const char *text)
{
	struct tx_queue queue = {0};
	struct tx_options options = {0};
	struct frame *frame;

	assert_int_equal(tx_data(&queue, &sta->peer, ethernet_frame(wire_host, sta->addr, ETHER_TEST, text), &options),
			 NOT_DROPPED);
	tx_queue_seal(&queue);
	frame = frame_from(queue.mpdus[0].frame->data, queue.mpdus[0].frame->len, 0, 0);
	tx_queue_free(&queue);
	return frame;
}

static void replayed_frames_are_refused(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct frame *frame, *again;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	frame = held_back(sta, "once");
	again = frame_from(frame->data, frame->len, 0, 0);
	fake_sta_transmit(sta, frame);
	assert_int_equal(world->wire_count, 1);
	fake_sta_transmit(sta, again);
	assert_int_equal(world->wire_count, 1);
	assert_int_equal(world_drops(world, DROP_REPLAY), 1);
	world_free(world);
}

static void spoofed_source_address_is_refused(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world);
	struct frame *frame;

	(void)state;
	world_start(world);
	fake_sta_join(sta_a);
	fake_sta_join(sta_b);
	frame = held_back(sta_a, "as b");
	memcpy(frame_make_writable(frame) + DOT11_OFF_ADDR2, sta_b->addr, 6);
	fake_sta_transmit(sta_a, frame);
	assert_int_equal(world_drops(world, DROP_MPDU_MIC), 1);
	frame = held_back(sta_a, "from the access point itself");
	memcpy(frame_make_writable(frame) + DOT11_OFF_ADDR2, bssid_0, 6);
	fake_sta_transmit(sta_a, frame);
	assert_int_equal(world_drops(world, DROP_FOREIGN_TRANSMITTER), 1);
	frame = held_back(sta_a, "four addresses");
	frame_make_writable(frame)[1] |= 3;
	fake_sta_transmit(sta_a, frame);
	assert_int_equal(world_drops(world, DROP_FOUR_ADDRESSES), 1);
	frame = held_back(sta_a, "down");
	frame_make_writable(frame)[1] = (uint8_t)((frame->data[1] & ~3) | 2);
	fake_sta_transmit(sta_a, frame);
	assert_int_equal(world_drops(world, DROP_ADDRESSES), 1);
	assert_int_equal(world->wire_count, 0);
	world_free(world);
}

/* Data, a disassociation and data in one burst are handled in this order. */
static void bursts_keep_their_order(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct frame *frames[4], *leave;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	frames[0] = held_back(sta, "one");
	frames[1] = held_back(sta, "two");
	leave = fake_sta_reason_frame(sta, MGMT_DISASSOC, REASON_DISASSOC_LEAVING);
	frames[2] = leave;
	frames[3] = held_back(sta, "three");
	soft_ap_receive(world->ap, frames, 4, world->now, &world->out);
	world_apply_actions(world);
	assert_int_equal(world->wire_count, 2);
	assert_true(world_wire_got(world, "two"));
	assert_int_equal(world_drops(world, DROP_NOT_ASSOCIATED), 1);
	assert_int_equal(sta->last[MGMT_DISASSOC >> 4].reason, REASON_CLASS_3);
	world_free(world);
}

/* ---- Layer-2 Update frames: another access point on the wire announces a station ---- */

static void receive_update(struct world *world, const struct fake_sta *sta)
{
	static const uint8_t xid[] = {0, 6, 0, 1, 0xaf, 0x81, 1, 0};
	uint8_t bytes[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct frame *frame;

	memcpy(bytes + 6, sta->addr, 6);
	memcpy(bytes + 12, xid, sizeof(xid));
	frame = frame_from(bytes, sizeof(bytes), 0, 0);
	soft_ap_send(world->ap, 0, &frame, 1, world->now, &world->out);
	world_apply_actions(world);
}

enum protection { OPEN, WPA2, WPA2_PMF, PROTECTIONS };

/* A station that connected 2 s ago. */
static struct world *world_with_station(enum protection protection, struct fake_sta **sta)
{
	struct world *world = world_new();
	struct ap_bss_setup *bss_setup = &world->setup.bss[0];

	bss_setup->rsn = protection != OPEN;
	bss_setup->pmf = protection == WPA2_PMF;
	bss_setup->group_mgmt = CIPHER_BIP_CMAC_128;
	*sta = fake_sta_new(world);
	(*sta)->mfp = (*sta)->answers_queries = bss_setup->pmf;
	(*sta)->suite.group_management = bss_setup->pmf ? CIPHER_BIP_CMAC_128 : CIPHER_NONE;
	world_start(world);
	if (protection == OPEN) {
		fake_sta_auth(*sta);
		fake_sta_assoc(*sta);
	} else {
		fake_sta_join(*sta);
	}
	world_advance(world, 2 * SECOND);
	return world;
}

/* Anyone on the wire can forge such a frame. */
static void update_from_wire_does_not_remove_present_station(void **state)
{
	(void)state;
	for (enum protection protection = OPEN; protection < PROTECTIONS; protection++) {
		struct fake_sta *sta;
		struct world *world = world_with_station(protection, &sta);

		for (int i = 0; i < 5; i++) {
			receive_update(world, sta);
			assert_true(world_has_station(world, sta));
			world_advance(world, 10 * SECOND);
			assert_true(world_has_station(world, sta));
		}
		assert_int_equal(world_note_count(world, NOTE_DISCONNECTED), 0);
		fake_sta_send(sta, wire_host, "undisturbed");
		assert_true(world_wire_got(world, "undisturbed"));
		world_send(world, sta->addr, "as before");
		assert_true(fake_sta_received(sta, "as before"));
		world_free(world);
	}
}

static void update_from_wire_removes_station_without_answer(void **state)
{
	(void)state;
	for (enum protection protection = OPEN; protection < PROTECTIONS; protection++) {
		struct fake_sta *sta;
		struct world *world = world_with_station(protection, &sta);

		/* The radio of a protected station still acknowledges frames for its address: that proves nothing. */
		sta->deaf = protection == OPEN;
		sta->mute = true;
		sta->answers_queries = false;
		world_advance(world, 20 * SECOND);
		assert_true(world_has_station(world, sta));
		receive_update(world, sta);
		world_advance(world, 10 * SECOND);
		assert_false(world_has_station(world, sta));
		assert_int_equal(world_note_count(world, NOTE_DISCONNECTED), 1);
		world_free(world);
	}
}

/* The bridge may reflect the access point's own frame. */
static void own_update_is_ignored(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	sta->mute = true;
	receive_update(world, sta);
	world_advance(world, 10 * SECOND);
	assert_true(world_has_station(world, sta));
	world_free(world);
}

static void flood_of_updates_starts_few_presence_checks(void **state)
{
	(void)state;
	for (enum protection protection = OPEN; protection < PROTECTIONS; protection++) {
		struct fake_sta *sta;
		struct world *world = world_with_station(protection, &sta);
		unsigned before = sta->nulls + sta->eapols + sta->count[MGMT_ACTION >> 4];

		for (int i = 0; i < 1000; i++) {
			receive_update(world, sta);
			world_advance(world, 10 * MS);
		}
		assert_uint_in_range(sta->nulls + sta->eapols + sta->count[MGMT_ACTION >> 4] - before, 5, 10);
		assert_true(world_has_station(world, sta));
		world_free(world);
	}
}

/* Twice its listen interval, 2 s here, is longer than an SA Query lasts. */
static void dozing_station_has_time_to_answer_after_update(void **state)
{
	(void)state;
	for (enum protection protection = OPEN; protection < PROTECTIONS; protection++) {
		struct fake_sta *sta;
		struct world *world = world_with_station(protection, &sta);

		fake_sta_send_null(sta, true);
		receive_update(world, sta);
		world_advance(world, 2 * SECOND);
		assert_true(sta->tim);
		fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
		world_advance(world, 30 * SECOND);
		assert_true(world_has_station(world, sta));
		world_free(world);
	}
}

/* A cookie of a removed station does not name the station that got its slot. */
static void tx_status_of_removed_station_is_ignored(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world), *fake = fake_sta_new(world);
	struct ap_station_info info;
	struct frame *frame;
	uint32_t cookie;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	frame = ethernet_frame(sta->addr, wire_host, ETHER_TEST, "x");
	soft_ap_send(world->ap, 0, &frame, 1, world->now, &world->out);
	assert_int_equal(world->out.count, 1);
	cookie = world->out.list[0].cookie;
	assert_int_not_equal(cookie, 0);
	actions_clear(&world->out);
	soft_ap_deauthenticate(world->ap, 0, sta->addr, 1, world->now, &world->out);
	world_apply_actions(world);
	fake_sta_join(fake);
	soft_ap_tx_status(world->ap, cookie, false, world->now, &world->out);
	soft_ap_tx_status(world->ap, 0xffffffff, false, world->now, &world->out);
	soft_ap_tx_status(world->ap, 0, false, world->now, &world->out);
	assert_true(world_station_view(world, fake, &info));
	assert_int_equal(info.tx_lost, 0);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stations_reach_each_other),
		cmocka_unit_test(group_frames_reach_stations_and_wire),
		cmocka_unit_test(isolated_stations_reach_wire_only),
		cmocka_unit_test(eapol_is_never_forwarded),
		cmocka_unit_test(frame_for_unknown_receiver_is_dropped_with_reason),
		cmocka_unit_test(controlled_port_is_closed_until_keys_are_installed),
		cmocka_unit_test(replayed_frames_are_refused),
		cmocka_unit_test(spoofed_source_address_is_refused),
		cmocka_unit_test(bursts_keep_their_order),
		cmocka_unit_test(update_from_wire_does_not_remove_present_station),
		cmocka_unit_test(update_from_wire_removes_station_without_answer),
		cmocka_unit_test(own_update_is_ignored),
		cmocka_unit_test(flood_of_updates_starts_few_presence_checks),
		cmocka_unit_test(dozing_station_has_time_to_answer_after_update),
		cmocka_unit_test(tx_status_of_removed_station_is_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
