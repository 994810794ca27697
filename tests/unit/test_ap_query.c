/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The access point asks whether a station is still there: SA Query where management frames are protected, and polls. */
#include "ap_world.h"

/* A network with protected management frames for who can, and a station that can. */
static struct world *pmf_world(struct fake **s)
{
	struct world *w = world_new();

	w->setup.bss[0].pmf = 1;
	w->setup.bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
	w->setup.bss[0].akms = 1u << AKM_PSK_SHA256;
	*s = fake_new(w);
	(*s)->mfp = true;
	(*s)->suite.management = CIPHER_BIP_CMAC_128;
	(*s)->suite.akm = AKM_PSK_SHA256;
	(*s)->answers_queries = true;
	world_start(w);
	fake_join(*s);
	return w;
}

/* An association request in the station's name by somebody without its keys. */
static void forge_association(struct fake *s)
{
	struct frame *f = fake_assoc_frame(s, MGMT_ASSOC_REQUEST, SSID);

	fake_management(s, f, false);
}

/* 11.14 */
static void sa_query_protects_an_association(void **state)
{
	struct fake *s;
	struct world *w = pmf_world(&s);

	(void)state;
	fake_auth(s);
	forge_association(s);
	assert_int_equal(fake_status(s), STATUS_REFUSED_TEMPORARILY);
	assert_in_range(s->comeback, 1000, 1001);
	assert_int_equal(s->count[MGMT_ACTION >> 4], 1); /* and it answered that */
	assert_int_equal(s->sealed, 1);
	world_pass(w, 5 * SECOND);
	assert_int_equal(s->count[MGMT_ACTION >> 4], 1);
	forge_association(s);
	assert_int_equal(fake_status(s), STATUS_REFUSED_TEMPORARILY);
	fake_send(s, wire_host, "undisturbed");
	assert_true(world_wired(w, "undisturbed"));
	world_end(w);
}

static void without_an_answer_the_association_is_replaced(void **state)
{
	struct fake *s;
	struct world *w = pmf_world(&s);

	(void)state;
	s->answers_queries = false; /* it has forgotten its keys */
	fake_auth(s);
	fake_assoc(s);
	assert_int_equal(fake_status(s), STATUS_REFUSED_TEMPORARILY);
	world_pass(w, 500 * UINT64_C(1024000));
	fake_assoc(s);
	assert_int_equal(fake_status(s), STATUS_REFUSED_TEMPORARILY);
	assert_in_range(s->comeback, 490, 501);
	world_pass(w, s->comeback * UINT64_C(1024000));
	assert_int_equal(world_notes(w, NOTE_SA_QUERY), 1);
	fake_assoc(s);
	assert_int_equal(fake_status(s), STATUS_SUCCESS);
	assert_true(s->peer.authorised);
	fake_send(s, wire_host, "new keys");
	assert_true(world_wired(w, "new keys"));
	world_end(w);
}

/* Requests go out every 201 TU; the answer must name one of them. */
static void requests_are_repeated_and_answers_compared(void **state)
{
	struct fake *s;
	struct world *w = pmf_world(&s);
	struct frame *f;

	(void)state;
	s->answers_queries = false;
	forge_association(s);
	world_pass(w, 700 * UINT64_C(1024000));
	/* Those that came while it had its keys could be read. */
	assert_int_equal(s->count[MGMT_ACTION >> 4], 4);
	f = fake_frame(s, MGMT_ACTION);
	mgmt_put(f, "\x08\x01", 2);
	mgmt_put16(f, (uint16_t)(s->query_id + 1));
	fake_management(s, f, true);
	world_pass(w, 201 * UINT64_C(1024000));
	assert_int_equal(s->count[MGMT_ACTION >> 4], 5);
	f = fake_frame(s, MGMT_ACTION);
	mgmt_put(f, "\x08\x01", 2);
	mgmt_put16(f, s->query_id);
	fake_management(s, f, true);
	world_pass(w, 5 * SECOND);
	assert_int_equal(s->count[MGMT_ACTION >> 4], 5);
	forge_association(s);
	assert_int_equal(fake_status(s), STATUS_REFUSED_TEMPORARILY);
	world_end(w);
}

/* A query that failed lets nobody in when the station proves afterwards that it is there. */
static void who_was_heard_after_all_is_asked_again(void **state)
{
	struct fake *s;
	struct world *w = pmf_world(&s);

	(void)state;
	s->answers_queries = false;
	forge_association(s);
	world_pass(w, 3 * SECOND);
	fake_send(s, wire_host, "I am here");
	forge_association(s);
	assert_int_equal(fake_status(s), STATUS_REFUSED_TEMPORARILY);
	world_end(w);
}

static const uint8_t bssid_1[6] = {2, 0, 0, 0, 1, 1};

/* A second network of the same name beside the first, as another channel's or another floor's would be. */
static void add_sibling(struct world *w)
{
	w->setup.bss[1] = w->setup.bss[0];
	memcpy(w->setup.bss[1].bssid, bssid_1, 6);
	w->setup.bss_count = 2;
}

static void move_to_sibling(struct fake *s)
{
	memcpy(s->bssid, bssid_1, 6);
	fake_forget_keys(s);
	fake_auth(s);
	fake_assoc(s);
	assert_true(s->peer.authorised);
}

/* Its radio acknowledges whatever is for its address, so polls would not find out. */
static void who_moves_to_a_network_of_the_same_name_has_left(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);

	(void)state;
	add_sibling(w);
	world_start(w);
	fake_join(s);
	assert_true(world_has(w, s));
	memset(s->count, 0, sizeof s->count);
	move_to_sibling(s);
	assert_false(world_has(w, s));
	assert_int_equal(world_notes(w, NOTE_DISCONNECTED), 1);
	assert_int_equal(s->count[MGMT_DEAUTH >> 4] + s->count[MGMT_DISASSOC >> 4], 0); /* it would obey */
	world_end(w);
}

static void who_moves_to_a_network_of_another_name_may_be_somebody_else(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);

	(void)state;
	add_sibling(w);
	w->setup.bss[1].ssid_len--;
	world_start(w);
	fake_join(s);
	memcpy(s->bssid, bssid_1, 6);
	fake_forget_keys(s);
	fake_auth(s);
	fake_assoc_as(s, MGMT_ASSOC_REQUEST, "tes");
	assert_true(s->peer.authorised);
	assert_true(world_has(w, s));
	world_end(w);
}

static struct world *pmf_siblings(struct fake **s)
{
	struct world *w = world_new();

	w->setup.bss[0].pmf = 1;
	w->setup.bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
	w->setup.bss[0].akms = 1u << AKM_PSK_SHA256;
	add_sibling(w);
	for (int i = 0; i < 2; i++) {
		s[i] = fake_new(w);
		s[i]->mfp = true;
		s[i]->suite.management = CIPHER_BIP_CMAC_128;
		s[i]->suite.akm = AKM_PSK_SHA256;
	}
	world_start(w);
	fake_join(s[0]);
	return w;
}

/* Under PMF nobody can end an association in a station's name, not even somebody who knows the passphrase. */
static void who_seems_to_have_moved_is_asked_under_pmf(void **state)
{
	struct fake *s[2];
	struct world *w;

	(void)state;
	for (int there = 0; there < 2; there++) {
		w = pmf_siblings(s);
		s[0]->answers_queries = there;
		s[0]->mute = true;
		memcpy(s[1]->addr, s[0]->addr, 6);
		move_to_sibling(s[1]);
		assert_true(world_has(w, s[0]));
		assert_int_equal(world_notes(w, NOTE_SA_QUERY), 1);
		world_pass(w, 2 * SECOND);
		assert_int_equal(world_has(w, s[0]), there);
		world_end(w);
	}
}

/* The query that goes on then ends nothing. */
static void who_seems_to_have_moved_and_is_heard_stays(void **state)
{
	struct fake *s[2];
	struct world *w = pmf_siblings(s);

	(void)state;
	s[0]->mute = true;
	memcpy(s[1]->addr, s[0]->addr, 6);
	move_to_sibling(s[1]);
	fake_send(s[0], wire_host, "I am here");
	world_pass(w, 2 * SECOND);
	assert_true(world_has(w, s[0]));
	world_end(w);
}

static void queries_of_stations_are_answered(void **state)
{
	struct fake *s;
	struct world *w = pmf_world(&s);
	struct frame *f = fake_frame(s, MGMT_ACTION);

	(void)state;
	mgmt_put(f, "\x08\x00", 2);
	mgmt_put16(f, 0x1234);
	fake_management(s, f, true);
	assert_int_equal(s->last[MGMT_ACTION >> 4].action, SA_QUERY_RESPONSE);
	assert_int_equal(s->sealed, 1);
	/* In the clear, or cut: nothing. */
	f = fake_frame(s, MGMT_ACTION);
	mgmt_put(f, "\x08\x00\x34\x12", 4);
	fake_management(s, f, false);
	assert_int_equal(world_drops(w, DROP_UNPROTECTED), 1);
	f = fake_frame(s, MGMT_ACTION);
	mgmt_put(f, "\x08\x00\x34", 3);
	fake_management(s, f, true);
	assert_int_equal(world_drops(w, DROP_TRUNCATED), 1);
	assert_int_equal(s->count[MGMT_ACTION >> 4], 1);
	world_end(w);
}

static void unprotected_deauthentication_is_ignored_where_pmf_is_in_force(void **state)
{
	struct fake *s;
	struct world *w = pmf_world(&s);
	struct frame *f;

	(void)state;
	for (int i = 0; i < 2; i++) {
		f = fake_frame(s, i ? MGMT_DEAUTH : MGMT_DISASSOC);
		mgmt_put16(f, REASON_LEAVING);
		fake_management(s, f, false);
		assert_true(world_has(w, s));
	}
	assert_int_equal(world_drops(w, DROP_UNPROTECTED), 2);
	f = fake_frame(s, MGMT_DEAUTH);
	mgmt_put16(f, REASON_LEAVING);
	fake_management(s, f, true);
	assert_false(world_has(w, s));
	world_end(w);
}

/* What is protected once is no proof twice. */
static void a_replayed_deauthentication_is_ignored(void **state)
{
	struct fake *s;
	struct world *w = pmf_world(&s);
	struct tx_queue q = {0};
	struct tx_how how = {0};
	struct frame *f = fake_frame(s, MGMT_DISASSOC), *copy;

	(void)state;
	mgmt_put16(f, REASON_LEAVING);
	assert_int_equal(tx_management(&q, &s->peer, f, &s->seq, &how), NOT_DROPPED);
	tx_finish(&q);
	copy = frame_from(q.mpdu[0].frame->data, q.mpdu[0].frame->len, 0, 0);
	tx_queue_free(&q);
	fake_give(s, frame_from(copy->data, copy->len, 0, 0));
	assert_false(world_has(w, s));
	fake_join(s);
	fake_give(s, copy); /* sealed with the keys before */
	assert_true(world_has(w, s));
	world_end(w);
}

/* A forged frame with the sequence number of one that is to come does not make a duplicate of that. */
static void a_forger_makes_no_duplicate_of_a_protected_frame(void **state)
{
	struct fake *s;
	struct world *w = pmf_world(&s);
	struct tx_queue q = {0};
	struct tx_how how = {0};
	struct frame *real = fake_frame(s, MGMT_DISASSOC), *forged = fake_frame(s, MGMT_DISASSOC);

	(void)state;
	mgmt_put16(real, REASON_LEAVING);
	mgmt_put16(forged, REASON_LEAVING);
	assert_int_equal(tx_management(&q, &s->peer, real, &s->seq, &how), NOT_DROPPED);
	tx_finish(&q);
	real = frame_from(q.mpdu[0].frame->data, q.mpdu[0].frame->len, 0, 0);
	tx_queue_free(&q);
	memcpy(frame_own(forged) + DOT11_SEQ, real->data + DOT11_SEQ, 2);
	fake_give(s, forged);
	assert_int_equal(world_drops(w, DROP_UNPROTECTED), 1);
	assert_true(world_has(w, s));
	frame_own(real)[1] |= FC_RETRY >> 8;
	fake_give(s, real);
	assert_false(world_has(w, s));
	world_end(w);
}

/* The access point's own are protected: to the station by its key, to the group by BIP. */
static void it_sends_a_protected_deauthentication(void **state)
{
	struct fake *s;
	struct world *w = pmf_world(&s);

	(void)state;
	ap_deauthenticate(w->ap, 0, s->addr, REASON_AP_BUSY, w->now, &w->out);
	world_obey(w);
	assert_int_equal(s->last[MGMT_DEAUTH >> 4].reason, REASON_AP_BUSY);
	assert_int_equal(s->sealed, 1);
	world_end(w);
}

/* ---- silent stations ---- */

static void a_silent_station_is_polled(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);

	(void)state;
	w->setup.bss[0].max_inactivity_s = 10;
	world_start(w);
	fake_join(s);
	world_pass(w, 9 * SECOND);
	fake_send(s, wire_host, "hello");
	world_pass(w, 9 * SECOND);
	assert_int_equal(s->nulls, 0);
	world_pass(w, 2 * SECOND);
	assert_int_equal(s->nulls, 1); /* its radio acknowledged that: it is there */
	world_pass(w, 35 * SECOND);
	assert_int_equal(s->nulls, 4);
	assert_true(world_has(w, s));
	world_end(w);
}

static void who_does_not_answer_polls_is_gone(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w), *other = fake_new(w);

	(void)state;
	w->setup.bss[0].max_inactivity_s = 10;
	world_start(w);
	fake_join(s);
	fake_join(other);
	s->deaf = true;
	world_pass(w, 20 * SECOND);
	assert_false(world_has(w, s));
	assert_true(world_has(w, other));
	assert_int_equal(world_note(w, NOTE_DISCONNECTED)->code, REASON_INACTIVE);
	world_end(w);
}

/* A station that went without a word, in the middle of traffic, is not sent to for five minutes. */
static void frames_without_acknowledgement_begin_a_poll(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	struct ap_station v;

	(void)state;
	world_start(w);
	fake_join(s);
	s->deaf = true;
	for (int i = 0; i < 7; i++)
		world_send(w, s->addr, "lost");
	world_pass(w, 5 * SECOND);
	assert_true(world_station(w, s, &v) && v.tx_lost == 7);
	s->deaf = false;
	world_send(w, s->addr, "heard");
	s->deaf = true;
	for (int i = 0; i < 8; i++)
		world_send(w, s->addr, "lost");
	world_pass(w, 5 * SECOND);
	assert_false(world_has(w, s));
	world_end(w);
}

static void the_operator_may_poll(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);

	(void)state;
	w->setup.bss[0].max_inactivity_s = 0;
	world_start(w);
	assert_false(ap_poll(w->ap, 0, s->addr, w->now, &w->out));
	fake_join(s);
	assert_true(ap_poll(w->ap, 0, s->addr, w->now, &w->out));
	world_obey(w);
	assert_int_equal(s->nulls, 1);
	world_pass(w, 3600 * SECOND);
	assert_true(world_has(w, s)); /* silence is allowed for ever */
	assert_int_equal(s->nulls, 1);
	world_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sa_query_protects_an_association),
		cmocka_unit_test(without_an_answer_the_association_is_replaced),
		cmocka_unit_test(requests_are_repeated_and_answers_compared),
		cmocka_unit_test(who_was_heard_after_all_is_asked_again),
		cmocka_unit_test(who_moves_to_a_network_of_the_same_name_has_left),
		cmocka_unit_test(who_moves_to_a_network_of_another_name_may_be_somebody_else),
		cmocka_unit_test(who_seems_to_have_moved_is_asked_under_pmf),
		cmocka_unit_test(who_seems_to_have_moved_and_is_heard_stays),
		cmocka_unit_test(queries_of_stations_are_answered),
		cmocka_unit_test(unprotected_deauthentication_is_ignored_where_pmf_is_in_force),
		cmocka_unit_test(a_replayed_deauthentication_is_ignored),
		cmocka_unit_test(a_forger_makes_no_duplicate_of_a_protected_frame),
		cmocka_unit_test(it_sends_a_protected_deauthentication),
		cmocka_unit_test(a_silent_station_is_polled),
		cmocka_unit_test(who_does_not_answer_polls_is_gone),
		cmocka_unit_test(frames_without_acknowledgement_begin_a_poll),
		cmocka_unit_test(the_operator_may_poll),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
