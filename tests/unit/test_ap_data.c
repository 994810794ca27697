/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the access point sends frames, and which it takes from whom. */
#include "ap_world.h"

static void stations_reach_one_another(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w);

	(void)state;
	world_start(w);
	fake_join(a);
	fake_join(b);
	fake_send(a, b->addr, "a to b");
	assert_true(fake_heard(b, "a to b"));
	assert_memory_equal(b->from, a->addr, 6);
	assert_int_equal(w->wire_count, 0); /* this does not concern the wire */
	world_end(w);
}

static void group_frames_go_to_stations_and_wire(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w);

	(void)state;
	world_start(w);
	fake_join(a);
	fake_join(b);
	fake_send(a, everybody, "who has");
	assert_true(fake_heard(b, "who has"));
	assert_true(world_wired(w, "who has"));
	assert_int_equal(a->drop, DROP_REFLECTION); /* its own comes back: it knows that */
	world_end(w);
}

/* ap_isolate=1 */
static void isolated_stations_reach_only_the_wire(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w);

	(void)state;
	w->setup.bss[0].isolate = true;
	world_start(w);
	fake_join(a);
	fake_join(b);
	fake_send(a, b->addr, "a to b");
	fake_send(a, everybody, "who has");
	assert_int_equal(b->data, 0);
	assert_int_equal(world_drops(w, DROP_ISOLATED), 1);
	assert_int_equal(w->wire_count, 1);
	assert_true(world_wired(w, "who has"));
	fake_send(a, wire_host, "to the wire");
	assert_true(world_wired(w, "to the wire"));
	world_send(w, b->addr, "from the wire");
	assert_true(fake_heard(b, "from the wire"));
	world_end(w);
}

/* FragAttacks, CVE-2020-26139: handshakes are between a station and the access point alone. */
static void eapol_is_never_forwarded(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w);
	struct frame *f;

	(void)state;
	world_start(w);
	fake_join(a);
	fake_join(b);
	/* A station of ours would refuse to send it: so as a frame of another type, changed on the way. */
	for (int i = 0; i < 3; i++) {
		static const uint8_t snap[] = {0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e, 2, 3, 0, 0};
		const uint8_t *to = i == 0 ? b->addr : i == 1 ? wire_host : everybody;
		uint8_t hdr[26] = {0x88, 0x41};

		memcpy(hdr + 4, a->bssid, 6);
		memcpy(hdr + 10, a->addr, 6);
		memcpy(hdr + 16, to, 6);
		put_le16(hdr + 22, (uint16_t)((3000 + i) << 4));
		f = frame_from(hdr, sizeof hdr, 0, 0);
		memcpy(frame_put(f, sizeof snap), snap, sizeof snap);
		put_le16(frame_own(f), 0x0188); /* not yet protected */
		assert_int_equal(key_seal_msdu(&a->peer.pairwise, f), NOT_DROPPED);
		assert_int_equal(key_seal(&a->peer.pairwise, f), NOT_DROPPED);
		fake_give(a, f);
	}
	assert_int_equal(world_drops(w, DROP_EAPOL_FOREIGN), 3);
	f = ethernet(a->addr, wire_host, 0x888e, "xx");
	ap_send(w->ap, 0, &f, 1, w->now, &w->out);
	world_obey(w);
	f = ethernet(everybody, wire_host, 0x888e, "xx");
	ap_send(w->ap, 0, &f, 1, w->now, &w->out);
	world_obey(w);
	assert_int_equal(world_drops(w, DROP_EAPOL_FOREIGN), 5);
	assert_int_equal(w->eapol_on_wire, 0);
	assert_int_equal(b->eapols, 2); /* messages 1 and 3 of its own handshake */
	assert_int_equal(a->eapols, 2);
	world_end(w);
}

static void what_is_for_nobody_is_dropped_by_name(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w);
	struct frame *f = frame_from("short", 5, 0, 0);

	(void)state;
	world_start(w);
	world_send(w, everybody, "nobody is there");
	fake_join(a);
	fake_auth(b);
	world_send(w, wire_host, "?");
	world_send(w, b->addr, "?"); /* authenticated, not associated */
	assert_int_equal(world_drops(w, DROP_NO_STATION), 3);
	ap_send(w->ap, 0, &f, 1, w->now, &w->out);
	world_obey(w);
	assert_int_equal(world_drops(w, DROP_TRUNCATED), 1);
	f = ethernet(a->addr, wire_host, ETHER_TEST, "no such network");
	ap_send(w->ap, 1, &f, 1, w->now, &w->out);
	world_obey(w);
	assert_int_equal(world_drops(w, DROP_NO_STATION), 4);
	world_end(w);
}

static void the_port_is_closed_until_the_keys_are_there(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	unsigned sent;

	(void)state;
	world_start(w);
	s->mute = true;
	fake_auth(s);
	fake_assoc(s);
	world_send(w, s->addr, "secret");
	assert_int_equal(world_drops(w, DROP_PORT_CLOSED), 1);
	sent = w->sent;
	world_send(w, everybody, "for whom?"); /* nobody has the group's keys */
	assert_int_equal(world_drops(w, DROP_NO_STATION), 1);
	assert_int_equal(w->sent, sent);
	s->peer.rsn = false; /* it sends in the clear */
	s->peer.authorised = true;
	fake_send(s, wire_host, "let me in");
	assert_int_equal(world_drops(w, DROP_UNPROTECTED), 1);
	assert_int_equal(w->wire_count, 0);
	assert_int_equal(s->data, 0);
	world_end(w);
}

/* Takes the frame that the station would send, and holds it back. */
static struct frame *held_back(struct fake *s, const char *text)
{
	struct tx_queue q = {0};
	struct tx_how how = {0};
	struct frame *f;

	assert_int_equal(tx_data(&q, &s->peer, ethernet(wire_host, s->addr, ETHER_TEST, text), &how), NOT_DROPPED);
	tx_finish(&q);
	f = frame_from(q.mpdu[0].frame->data, q.mpdu[0].frame->len, 0, 0);
	tx_queue_free(&q);
	return f;
}

static void replayed_frames_are_refused(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	struct frame *f, *again;

	(void)state;
	world_start(w);
	fake_join(s);
	f = held_back(s, "once");
	again = frame_from(f->data, f->len, 0, 0);
	fake_give(s, f);
	assert_int_equal(w->wire_count, 1);
	fake_give(s, again);
	assert_int_equal(w->wire_count, 1);
	assert_int_equal(world_drops(w, DROP_REPLAY), 1);
	world_end(w);
}

static void nobody_speaks_for_another_station(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w);
	struct frame *f;

	(void)state;
	world_start(w);
	fake_join(a);
	fake_join(b);
	f = held_back(a, "as b");
	memcpy(frame_own(f) + DOT11_ADDR2, b->addr, 6);
	fake_give(a, f);
	assert_int_equal(world_drops(w, DROP_MPDU_MIC), 1);
	f = held_back(a, "from the access point itself");
	memcpy(frame_own(f) + DOT11_ADDR2, bssid_0, 6);
	fake_give(a, f);
	assert_int_equal(world_drops(w, DROP_FOREIGN_TRANSMITTER), 1);
	f = held_back(a, "four addresses");
	frame_own(f)[1] |= 3;
	fake_give(a, f);
	assert_int_equal(world_drops(w, DROP_FOUR_ADDRESSES), 1);
	f = held_back(a, "down");
	frame_own(f)[1] = (uint8_t)((f->data[1] & ~3) | 2);
	fake_give(a, f);
	assert_int_equal(world_drops(w, DROP_ADDRESSES), 1);
	assert_int_equal(w->wire_count, 0);
	world_end(w);
}

/* Data, then a disassociation, then data, in one burst: nothing is taken out of its order. */
static void bursts_keep_their_order(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	struct frame *f[4], *leave;

	(void)state;
	world_start(w);
	fake_join(s);
	f[0] = held_back(s, "one");
	f[1] = held_back(s, "two");
	leave = fake_frame(s, MGMT_DISASSOC);
	mgmt_put16(leave, REASON_DISASSOC_LEAVING);
	f[2] = leave;
	f[3] = held_back(s, "three");
	ap_receive(w->ap, f, 4, w->now, &w->out);
	world_obey(w);
	assert_int_equal(w->wire_count, 2);
	assert_true(world_wired(w, "two"));
	assert_int_equal(world_drops(w, DROP_NOT_ASSOCIATED), 1);
	assert_int_equal(s->last[MGMT_DISASSOC >> 4].reason, REASON_CLASS_3);
	world_end(w);
}

/* Another access point of the same wire says that the station is with it now. */
static void a_station_that_is_elsewhere_is_forgotten(void **state)
{
	static const uint8_t update[] = {0, 6, 0, 1, 0xaf, 0x81, 1, 0};
	struct world *w = world_new();
	struct fake *s = fake_new(w);

	(void)state;
	world_start(w);
	fake_join(s);
	for (int i = 0; i < 2; i++) {
		uint8_t bytes[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
		struct frame *f;

		memcpy(bytes + 6, s->addr, 6);
		memcpy(bytes + 12, update, sizeof update);
		f = frame_from(bytes, sizeof bytes, 0, 0);
		ap_send(w->ap, 0, &f, 1, w->now, &w->out);
		world_obey(w);
		assert_int_equal(world_has(w, s), !i); /* our own, come back at once, says nothing */
		w->now += 2 * SECOND;
	}
	world_end(w);
}

/* A cookie of a station that is gone says nothing of the one that has its place. */
static void cookies_of_the_dead_are_ignored(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w), *t = fake_new(w);
	struct ap_station v;
	struct frame *f;
	uint32_t cookie;

	(void)state;
	world_start(w);
	fake_join(s);
	f = ethernet(s->addr, wire_host, ETHER_TEST, "x");
	ap_send(w->ap, 0, &f, 1, w->now, &w->out);
	assert_int_equal(w->out.count, 1);
	cookie = w->out.list[0].cookie;
	assert_int_not_equal(cookie, 0);
	actions_clear(&w->out);
	ap_deauthenticate(w->ap, 0, s->addr, 1, w->now, &w->out);
	world_obey(w);
	fake_join(t);
	ap_status(w->ap, cookie, false, w->now, &w->out);
	ap_status(w->ap, 0xffffffff, false, w->now, &w->out);
	ap_status(w->ap, 0, false, w->now, &w->out);
	assert_true(world_station(w, t, &v));
	assert_int_equal(v.tx_lost, 0);
	world_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stations_reach_one_another),
		cmocka_unit_test(group_frames_go_to_stations_and_wire),
		cmocka_unit_test(isolated_stations_reach_only_the_wire),
		cmocka_unit_test(eapol_is_never_forwarded),
		cmocka_unit_test(what_is_for_nobody_is_dropped_by_name),
		cmocka_unit_test(the_port_is_closed_until_the_keys_are_there),
		cmocka_unit_test(replayed_frames_are_refused),
		cmocka_unit_test(nobody_speaks_for_another_station),
		cmocka_unit_test(bursts_keep_their_order),
		cmocka_unit_test(a_station_that_is_elsewhere_is_forgotten),
		cmocka_unit_test(cookies_of_the_dead_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
