/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame that a PS-Poll fetched is kept until the station acknowledges it (IEEE 802.11-2020, 11.2.3.6). The next PS-Poll
 * fetches the same MPDUs as a retry, which a station that did hear them recognises as duplicates.
 */
#include "ap_world.h"

#include "softmac/mpdu.h"

#define BEACON (100 * TU)

static struct world *set_up_dozing_world(struct fake_sta **sta)
{
	struct world *world = world_new();

	*sta = fake_sta_new(world);
	return world;
}

/* The station dozes, and three frames are buffered for it. */
static void doze_with_three_frames(struct world *world, struct fake_sta *sta)
{
	world_start(world);
	fake_sta_join(sta);
	fake_sta_send_null(sta, true);
	world_send(world, sta->addr, "one");
	world_send(world, sta->addr, "two");
	world_send(world, sta->addr, "three");
}

static void poll_without_ack(struct fake_sta *sta)
{
	sta->deaf = true;
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	sta->deaf = false;
}

static const struct frame *last_sent_frame(const struct world *world)
{
	return world->air[(world->sent - 1) % LOG_MAX];
}

/* Compares without the bits that may differ between a frame and its retry. */
static bool is_retry_of(const struct frame *first, const struct frame *second)
{
	uint16_t loose = FC_RETRY | FC_MORE_DATA;

	return first->len == second->len && (le16(first->data) | loose) == (le16(second->data) | loose) &&
	       memcmp(first->data + 2, second->data + 2, first->len - 2) == 0;
}

static void unacknowledged_ps_poll_frame_is_kept(void **state)
{
	struct fake_sta *sta;
	struct world *world = set_up_dozing_world(&sta);
	const struct frame *first;

	(void)state;
	doze_with_three_frames(world, sta);
	poll_without_ack(sta);
	first = last_sent_frame(world);
	assert_true(le16(first->data) & FC_PROTECTED);
	assert_int_equal(sta->data, 0);
	world_advance(world, BEACON);
	assert_true(sta->tim);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_true(fake_sta_received(sta, "one") && sta->more_data);
	assert_true(is_retry_of(first, last_sent_frame(world)));
	assert_true(le16(last_sent_frame(world)->data) & FC_RETRY);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_true(fake_sta_received(sta, "two") && sta->more_data);
	poll_without_ack(sta);
	world_advance(world, BEACON);
	assert_true(sta->tim);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_true(fake_sta_received(sta, "three") && !sta->more_data);
	world_advance(world, BEACON);
	assert_false(sta->tim);
	assert_int_equal(sta->data, 3);
	assert_int_equal(sta->drop, NOT_DROPPED);
	world_free(world);
}

static void retried_ps_poll_frame_is_recognised_as_duplicate(void **state)
{
	struct fake_sta *sta;
	struct world *world = set_up_dozing_world(&sta);

	(void)state;
	doze_with_three_frames(world, sta);
	sta->acks_lost = true;
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	sta->acks_lost = false;
	assert_true(fake_sta_received(sta, "one"));
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_int_equal(sta->data, 1);
	assert_int_equal(sta->drop, DROP_DUPLICATE);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_true(fake_sta_received(sta, "two"));
	assert_int_equal(sta->data, 2);
	world_free(world);
}

static void unacknowledged_frame_expires(void **state)
{
	struct fake_sta *sta;
	struct world *world = set_up_dozing_world(&sta);
	unsigned sent;

	(void)state;
	doze_with_three_frames(world, sta);
	sent = world->sent;
	for (unsigned tries = 0; tries < 100; tries++)
		poll_without_ack(sta);
	/* The frame is transmitted a few times at once, then in the next beacon interval again. PS-Polls can be forged. */
	assert_true(world->sent > sent + 1 && world->sent < sent + 10);
	assert_int_equal(world_drops(world, DROP_DOZE_LATE), 0);
	world_advance(world, BEACON);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_true(fake_sta_received(sta, "one"));
	assert_true(le16(last_sent_frame(world)->data) & FC_RETRY);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_true(fake_sta_received(sta, "two"));
	assert_int_equal(le16(last_sent_frame(world)->data) & FC_RETRY, 0);
	/* Without further PS-Polls it expires too. */
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	world_send(world, sta->addr, "four");
	poll_without_ack(sta);
	world_advance(world, 5 * SECOND);
	assert_true(sta->tim);
	world_advance(world, 10 * SECOND);
	assert_false(sta->tim);
	assert_int_equal(world_drops(world, DROP_DOZE_LATE), 1);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_false(fake_sta_received(sta, "four"));
	world_free(world);
}

static void kept_frame_is_sent_first_on_wakeup(void **state)
{
	struct fake_sta *sta;
	struct world *world = set_up_dozing_world(&sta);
	unsigned sent;

	(void)state;
	doze_with_three_frames(world, sta);
	poll_without_ack(sta);
	sent = world->sent;
	fake_sta_send_null(sta, false);
	assert_int_equal(sta->data, 3);
	assert_int_equal(world->sent, sent + 3);
	assert_true(le16(world->air[sent]->data) & FC_RETRY);
	assert_true(fake_sta_received(sta, "three"));
	assert_int_equal(sta->drop, NOT_DROPPED);
	world_advance(world, BEACON);
	assert_false(sta->tim);
	world_free(world);
}

/* One at a time: a PS-Poll that comes while a frame is in flight is served after its TX status. */
static void ps_poll_waits_for_pending_tx_status(void **state)
{
	struct fake_sta *sta;
	struct world *world = set_up_dozing_world(&sta);
	uint32_t cookie;
	unsigned sent;

	(void)state;
	doze_with_three_frames(world, sta);
	world->no_tx_status = true;
	sta->deaf = true;
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	sta->deaf = false;
	sent = world->sent;
	cookie = world->cookie;
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_int_equal(world->sent, sent);
	soft_ap_tx_status(world->ap, cookie, false, world->now, &world->out);
	world_apply_actions(world);
	assert_int_equal(world->sent, sent + 1);
	assert_true(fake_sta_received(sta, "one"));
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_int_equal(world->sent, sent + 1);
	soft_ap_tx_status(world->ap, world->cookie, true, world->now, &world->out);
	world_apply_actions(world);
	assert_true(fake_sta_received(sta, "two"));
	/* A radio that never reports the TX status does not block the queue. */
	world_advance(world, 4 * SECOND);
	assert_true(sta->tim);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta)); /* a retry of "two", which it has */
	assert_int_equal(sta->drop, DROP_DUPLICATE);
	soft_ap_tx_status(world->ap, world->cookie, true, world->now, &world->out);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_true(fake_sta_received(sta, "three"));
	assert_int_equal(sta->data, 3);
	world_free(world);
}

static void all_fragments_are_kept_for_retry(void **state)
{
	struct fake_sta *sta;
	struct world *world = set_up_dozing_world(&sta);
	unsigned sent;

	(void)state;
	world->setup.fragment_threshold = 64;
	world_start(world);
	fake_sta_join(sta);
	fake_sta_send_null(sta, true);
	world_send(world, sta->addr, "a frame that is long enough to go in two fragments, or in three of them");
	sta->acks_lost = true; /* all fragments arrive, but their acknowledgements are lost */
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	sta->acks_lost = false;
	assert_int_equal(sta->data, 1);
	sent = world->sent;
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_int_equal(world->sent, sent + 2);
	assert_int_equal(sta->data, 1);
	world_advance(world, BEACON);
	assert_false(sta->tim);
	/* No fragment arrives. */
	world_send(world, sta->addr, "another one that is long enough to go in two fragments, or in three");
	poll_without_ack(sta);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_int_equal(sta->data, 2);
	world_free(world);
}

/* MPDUs sealed under old keys are useless, and a frame is never sealed twice. */
static void rekey_discards_kept_frame(void **state)
{
	struct fake_sta *sta;
	struct world *world = set_up_dozing_world(&sta);
	unsigned sent;

	(void)state;
	world->setup.bss[0].ptk_rekey_s = 60;
	world_start(world);
	fake_sta_join(sta);
	world_advance(world, 55 * SECOND);
	fake_sta_send_null(sta, true);
	world->no_tx_status = true;
	world_advance(world, 6 * SECOND); /* message 1 is buffered */
	assert_true(sta->tim);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	world_send(world, sta->addr, "under the old key");
	soft_ap_tx_status(world->ap, world->cookie, true, world->now, &world->out);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta)); /* message 3, with More Data */
	assert_true(sta->more_data);
	sent = world->sent;
	assert_int_equal(world_note_count(world, NOTE_REKEYED), 1);
	soft_ap_tx_status(world->ap, world->cookie, false, world->now,
			  &world->out); /* its acknowledgement was lost, but message 4 arrived */
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_int_equal(world->sent, sent + 1);
	assert_true(fake_sta_received(sta, "under the old key"));
	world_free(world);
}

static void management_frame_is_kept_for_retry(void **state)
{
	struct fake_sta *sta;
	struct world *world = set_up_dozing_world(&sta);
	const struct frame *first;
	uint16_t aid;

	(void)state;
	world->setup.bss[0].pmf = 1;
	world->setup.bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
	sta->mfp = true;
	sta->suite.group_management = CIPHER_BIP_CMAC_128;
	world_start(world);
	fake_sta_join(sta);
	fake_sta_send_null(sta, true);
	aid = fake_sta_aid(sta);
	fake_sta_auth(sta);
	fake_sta_send_management(sta, fake_sta_assoc_frame(sta, MGMT_ASSOC_REQUEST, SSID),
				 false); /* starts an SA Query */
	assert_int_equal(fake_sta_status(sta), STATUS_REFUSED_TEMPORARILY);
	sta->last[MGMT_ASSOC_RESPONSE >> 4].aid = aid;
	world_advance(world, BEACON);
	assert_true(sta->tim);
	poll_without_ack(sta);
	first = last_sent_frame(world);
	world_advance(world, BEACON);
	assert_true(sta->tim);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_int_equal(sta->count[MGMT_ACTION >> 4], 1);
	assert_true(is_retry_of(first, last_sent_frame(world)));
	world_free(world);
}

static void station_leaves_with_frame_in_flight(void **state)
{
	struct fake_sta *sta;
	struct world *world = set_up_dozing_world(&sta);
	uint32_t cookie;

	(void)state;
	doze_with_three_frames(world, sta);
	world->no_tx_status = true;
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	cookie = world->cookie;
	world->no_tx_status = false;
	soft_ap_disassociate(world->ap, 0, sta->addr, REASON_UNSPECIFIED, world->now, &world->out);
	world_apply_actions(world);
	soft_ap_tx_status(world->ap, cookie, false, world->now, &world->out);
	world_apply_actions(world);
	sta->dozes = false;
	fake_sta_assoc(sta);
	assert_true(sta->peer.authorised);
	fake_sta_send_null(sta, true);
	world_advance(world, BEACON);
	assert_false(sta->tim);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unacknowledged_ps_poll_frame_is_kept),
		cmocka_unit_test(retried_ps_poll_frame_is_recognised_as_duplicate),
		cmocka_unit_test(unacknowledged_frame_expires),
		cmocka_unit_test(kept_frame_is_sent_first_on_wakeup),
		cmocka_unit_test(ps_poll_waits_for_pending_tx_status),
		cmocka_unit_test(all_fragments_are_kept_for_retry),
		cmocka_unit_test(rekey_discards_kept_frame),
		cmocka_unit_test(management_frame_is_kept_for_retry),
		cmocka_unit_test(station_leaves_with_frame_in_flight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
