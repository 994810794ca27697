/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done to a station: by forgers, by replay, by access points that are not what they say. */
#include "scripted.h"

static struct world w;

/* With PMF: "required" at both ends. */
static void make_pmf(void)
{
	world_make(&w);
	w.ap[0].suite.management = CIPHER_BIP_CMAC_128;
	w.ap[0].mfpr = true;
	w.nets[0].pmf = 2;
}

static struct frame *copy(const struct frame *f)
{
	struct frame *c = frame_from(f->data, f->len, 0, 0);

	assert_non_null(c);
	return c;
}

/* The frame that was sent to the station last, and is on its way. */
static struct frame *in_flight(void)
{
	assert_true(w.flying && w.flight[w.flying - 1].kind == TO_STA);
	return w.flight[w.flying - 1].frame;
}

/* KRACK, CVE-2017-13077: message 4 is lost, message 3 comes again: answered, but the key keeps its packet numbers. */
static void a_pairwise_key_is_not_reinstalled(void **state)
{
	struct frame *old;
	unsigned eapols;
	uint64_t pn;

	(void)state;
	world_make(&w);
	world_start(&w);
	while (!w.eapols)
		world_run(&w, MS_);
	world_run(&w, 2 * MS_);
	w.ap[0].lose_eapol = 1;
	assert_true(world_connect(&w, 300 * MS_));
	eapols = w.eapols;
	assert_int_equal(eapols, 2);
	/* The station sends under the new key, and has received under it. */
	host_says(&w, host_addr, "one");
	host_says(&w, host_addr, "two");
	pn = w.pn;
	assert_true(pn >= 2);
	world_run(&w, 1200 * MS_);
	assert_int_equal(w.eapols, eapols + 1);
	assert_int_equal(w.ap[0].connects, 1);
	assert_int_equal(w.count[NOTE_REKEYED], 0);
	host_says(&w, host_addr, "three");
	assert_true(w.pn > pn);
	scripted_say(&w, &w.ap[0], sta_addr, host_addr, "once");
	old = copy(in_flight());
	world_run(&w, 10 * MS_);
	assert_int_equal(w.delivered, 1);
	put_le16(frame_own(old) + DOT11_SEQ, 0x7770); /* not to be taken for a duplicate */
	air(&w, &w.ap[0], old);
	world_run(&w, 10 * MS_);
	assert_int_equal(w.delivered, 1);
	assert_int_equal(w.drops[DROP_REPLAY], 1);
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

/*
 * The same while keys are renewed, by an access point that has one key at a time: what it says again comes under the old
 * key, and so must the answer (12.7.6.5).  The new key goes on where it was.
 */
static void message_3_again_is_answered_under_its_own_key(void **state)
{
	uint64_t before, pn;

	(void)state;
	world_make(&w);
	world_up(&w);
	for (int i = 0; i < 5; i++)
		host_says(&w, host_addr, "old");
	before = w.pn;
	scripted_rekey(&w, &w.ap[0]);
	while (!w.count[NOTE_REKEYED])
		world_run(&w, MS_ / 2);
	w.ap[0].lose_eapol = 1; /* message 4 is on its way */
	host_says(&w, host_addr, "new");
	pn = w.pn;
	assert_true(pn < before);
	world_run(&w, 90 * MS_);
	assert_int_equal(w.ap[0].auth.state, AUTHENTICATOR_PROVED);
	w.pn = 0;
	world_run(&w, 20 * MS_);
	assert_int_equal(w.ap[0].auth.state, AUTHENTICATOR_DONE);
	assert_true(w.pn > before + 2); /* message 2, message 4, and that again */
	assert_int_equal(w.count[NOTE_REKEYED], 1);
	assert_int_equal(w.count[NOTE_DISCONNECTED], 0);
	host_says(&w, host_addr, "new");
	assert_int_equal(w.pn, pn + 1);
	world_run(&w, 10 * MS_);
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

/* CVE-2017-13080: the answer to group message 1 is lost, it comes again; group frames are not taken a second time. */
static void a_group_key_is_not_reinstalled(void **state)
{
	struct frame *old;
	unsigned delivered;

	(void)state;
	world_make(&w);
	world_up(&w);
	w.ap[0].lose_eapol = 1;
	scripted_group_rekey(&w, &w.ap[0]);
	world_run(&w, 10 * MS_);
	assert_int_equal(w.count[NOTE_GROUP_REKEYED], 1);
	scripted_say(&w, &w.ap[0], everybody, host_addr, "once");
	old = copy(in_flight());
	world_run(&w, 10 * MS_);
	delivered = w.delivered;
	assert_int_equal(delivered, 1);
	world_run(&w, 1500 * MS_); /* group message 1 again */
	assert_int_equal(w.count[NOTE_GROUP_REKEYED], 1);
	air(&w, &w.ap[0], old);
	world_run(&w, 10 * MS_);
	assert_int_equal(w.delivered, delivered);
	assert_int_equal(w.drops[DROP_REPLAY], 1);
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

static void a_downgrade_is_noticed(void **state)
{
	(void)state;
	world_make(&w);
	w.ap[0].other_rsne = true;
	world_start(&w);
	assert_false(world_connect(&w, 5 * S_));
	assert_true(w.count[NOTE_DOWNGRADE] >= 1);
	assert_int_equal(w.ap[0].deauth_reason, REASON_IE_DIFFERENT);
	assert_int_equal(w.count[NOTE_CONNECTED], 0);
	world_free(&w);
}

static struct frame *clear_frame(const uint8_t *bssid, const uint8_t *to, uint16_t type)
{
	static const uint8_t snap[6] = {0xaa, 0xaa, 3};
	struct frame *f = frame_new(0, DOT11_HDR_MIN + 8 + EAPOL_KEY_LEN, 0);
	uint8_t *p = frame_own(f);

	put_le16(p, FC_DATA | FC_FROM_DS);
	mac_copy(p + DOT11_ADDR1, to);
	mac_copy(p + DOT11_ADDR2, bssid);
	mac_copy(p + DOT11_ADDR3, type == ETHERTYPE_EAPOL ? bssid : host_addr);
	memcpy(p + DOT11_HDR_MIN, snap, 6);
	put_be16(p + DOT11_HDR_MIN + 6, type);
	return f;
}

static struct frame *message_1(const uint8_t *bssid)
{
	struct frame *f = clear_frame(bssid, sta_addr, ETHERTYPE_EAPOL);
	uint8_t nonce[32] = {1};
	struct eapol_key k = {.version = 2,
			      .descriptor = EAPOL_RSN,
			      .info = 2 | KEY_PAIRWISE | KEY_ACK,
			      .key_len = 16,
			      .replay = UINT64_MAX,
			      .nonce = nonce};

	eapol_key_write(&k, frame_own(f) + DOT11_HDR_MIN + 8);
	return f;
}

static void eapol_of_others_is_not_for_us(void **state)
{
	unsigned eapols;

	(void)state;
	world_make(&w);
	world_up(&w);
	eapols = w.eapols;
	air(&w, &w.ap[0], message_1(w.ap[1].bssid));
	world_run(&w, 10 * MS_);
	assert_int_equal(w.drops[DROP_ADDRESSES], 1);
	assert_int_equal(w.eapols, eapols);
	world_free(&w);
}

/* On a channel with neighbours: what they send to everybody is normal, and nothing to look for a forger after. */
static void what_neighbours_say_to_everybody_is_for_another_network(void **state)
{
	static const uint8_t neighbour[6] = {2, 0, 0, 0, 9, 9};

	(void)state;
	world_make(&w);
	world_up(&w);
	for (int connected = 1; connected >= 0; connected--) {
		struct frame *probe = mgmt_new(MGMT_PROBE_REQUEST, everybody, neighbour, everybody);
		struct frame *bye = mgmt_new(MGMT_DEAUTH, everybody, w.ap[1].bssid, w.ap[1].bssid);

		if (!connected) {
			scripted_bye(&w, &w.ap[0], MGMT_DEAUTH, sta_addr, REASON_CLASS_3, true);
			w.ap[0].on = false;
			world_run(&w, 10 * MS_);
		}
		memset(w.drops, 0, sizeof w.drops);
		mgmt_put_element(probe, EID_SSID, NULL, 0);
		mgmt_put16(bye, REASON_LEAVING);
		air(&w, &w.ap[0], clear_frame(w.ap[1].bssid, everybody, 0x0806));
		air(&w, &w.ap[0], probe);
		air(&w, &w.ap[0], bye);
		world_run(&w, 2 * MS_);
		assert_int_equal(w.drops[DROP_OTHER_BSS], 3);
		assert_int_equal(w.drops[DROP_ADDRESSES] + w.drops[DROP_MGMT_UNEXPECTED] + w.drops[DROP_NOT_CONNECTED],
				 0);
	}
	world_free(&w);
}

/* Anybody can write message 1: on a link that works it is not even answered. */
static void a_forged_message_1_disturbs_no_link(void **state)
{
	unsigned eapols;

	(void)state;
	world_make(&w);
	world_up(&w);
	eapols = w.eapols;
	air(&w, &w.ap[0], message_1(w.ap[0].bssid));
	world_run(&w, 30 * S_);
	assert_int_equal(w.drops[DROP_EAPOL_UNEXPECTED], 1);
	assert_int_equal(w.eapols, eapols);
	assert_int_equal(w.count[NOTE_DISCONNECTED], 0);
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

static void plaintext_is_dropped_once_there_are_keys(void **state)
{
	(void)state;
	world_make(&w);
	world_up(&w);
	air(&w, &w.ap[0], clear_frame(w.ap[0].bssid, sta_addr, ETHERTYPE_IP4));
	air(&w, &w.ap[0], clear_frame(w.ap[0].bssid, everybody, ETHERTYPE_IP4));
	world_run(&w, 10 * MS_);
	assert_int_equal(w.drops[DROP_UNPROTECTED], 2);
	assert_int_equal(w.delivered, 0);
	world_free(&w);
}

/* … and before, too: the port is closed. */
static void nothing_passes_before_there_are_keys(void **state)
{
	(void)state;
	world_make(&w);
	w.ap[0].no_message_1 = true;
	world_start(&w);
	while (!w.count[NOTE_ASSOCIATED])
		world_run(&w, MS_);
	air(&w, &w.ap[0], clear_frame(w.ap[0].bssid, sta_addr, ETHERTYPE_IP4));
	host_says(&w, host_addr, "not yet");
	world_run(&w, 10 * MS_);
	assert_int_equal(w.drops[DROP_UNPROTECTED], 1);
	assert_int_equal(w.delivered, 0);
	assert_int_equal(w.ap[0].data, 0);
	world_free(&w);
}

static void an_unprotected_goodbye_under_pmf_is_ignored(void **state)
{
	static const enum mgmt_subtype kinds[] = {MGMT_DEAUTH, MGMT_DISASSOC};

	(void)state;
	make_pmf();
	world_up(&w);
	for (int i = 0; i < 2; i++) {
		scripted_bye(&w, &w.ap[0], kinds[i], sta_addr, REASON_CLASS_3, true);
		world_run(&w, 5 * S_);
	}
	assert_int_equal(w.drops[DROP_UNPROTECTED], 2);
	assert_int_equal(w.count[NOTE_SA_QUERY], 2);
	assert_int_equal(w.ap[0].queries, 2);
	assert_int_equal(w.count[NOTE_DISCONNECTED], 0);
	/* To the group it must carry the proof of BIP. */
	scripted_bye(&w, &w.ap[0], MGMT_DEAUTH, everybody, REASON_CLASS_3, true);
	world_run(&w, 5 * S_);
	assert_int_equal(w.count[NOTE_DISCONNECTED], 0);
	assert_int_equal(w.drops[DROP_MME], 1);
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

static void a_protected_goodbye_is_heard(void **state)
{
	(void)state;
	make_pmf();
	world_up(&w);
	scripted_bye(&w, &w.ap[0], MGMT_DEAUTH, sta_addr, REASON_INACTIVE, false);
	world_run(&w, 5 * MS_);
	assert_int_equal(last_note(&w, NOTE_DISCONNECTED)->code, REASON_INACTIVE);
	assert_true(world_connect(&w, 20 * S_));
	scripted_bye(&w, &w.ap[0], MGMT_DEAUTH, everybody, REASON_LEAVING, false);
	world_run(&w, 5 * MS_);
	assert_int_equal(last_note(&w, NOTE_DISCONNECTED)->code, REASON_LEAVING);
	world_free(&w);
}

/* A flood of forged goodbyes: one query at a time. */
static void sa_queries_are_asked_one_at_a_time(void **state)
{
	(void)state;
	make_pmf();
	world_up(&w);
	w.ap[0].sa_query_mute = true;
	for (int i = 0; i < 50; i++) {
		scripted_bye(&w, &w.ap[0], MGMT_DEAUTH, sta_addr, REASON_CLASS_3, true);
		world_run(&w, 10 * MS_);
	}
	assert_int_equal(w.count[NOTE_SA_QUERY], 1);
	assert_in_range(w.ap[0].queries, 2, 3);
	w.ap[0].sa_query_mute = false;
	world_run(&w, 5 * S_);
	assert_int_equal(w.count[NOTE_DISCONNECTED], 0);
	world_free(&w);
}

/* The access point was restarted: it cannot answer, and its goodbyes are unprotected. */
static void an_unanswered_sa_query_ends_the_link(void **state)
{
	uint64_t from;

	(void)state;
	make_pmf();
	world_up(&w);
	world_run(&w, 20 * S_);
	scripted_forget(&w.ap[0]);
	host_says(&w, host_addr, "still there?");
	from = w.now;
	while (w.ap[0].connects < 2)
		world_run(&w, 10 * MS_);
	assert_in_range((w.now - from) / MS_, 1000, 1500);
	world_run(&w, 50 * MS_);
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

/* An answer to another question is none: an old one, kept by somebody, must not hold up the truth. */
static void an_sa_query_is_answered_by_its_own_number(void **state)
{
	(void)state;
	make_pmf();
	world_up(&w);
	world_run(&w, 20 * S_);
	w.ap[0].sa_query_wrong = true;
	scripted_bye(&w, &w.ap[0], MGMT_DEAUTH, sta_addr, REASON_CLASS_3, true);
	world_run(&w, 2 * S_);
	assert_int_equal(w.count[NOTE_DISCONNECTED], 1);
	assert_true(w.drops[DROP_MGMT_UNEXPECTED] >= 4);
	world_free(&w);
}

static void ask_station(bool forged)
{
	static const struct tx_how how = {0};
	uint8_t body[4] = {8, SA_QUERY_REQUEST, 0x12, 0x34};
	struct frame *f = mgmt_new(MGMT_ACTION, sta_addr, w.ap[0].bssid, w.ap[0].bssid);

	mgmt_put(f, body, 4);
	if (forged) {
		air(&w, &w.ap[0], f);
		return;
	}
	assert_int_equal(tx_management(&w.ap[0].tx, &w.ap[0].peer, f, NULL, &how), NOT_DROPPED);
	scripted_flush(&w, &w.ap[0]);
}

static void answers_the_sa_query_of_its_access_point_only(void **state)
{
	(void)state;
	make_pmf();
	world_up(&w);
	ask_station(true);
	world_run(&w, 10 * MS_);
	assert_int_equal(w.ap[0].answers, 0);
	assert_int_equal(w.drops[DROP_UNPROTECTED], 1);
	ask_station(false);
	world_run(&w, 10 * MS_);
	assert_int_equal(w.ap[0].answers, 1);
	world_free(&w);
}

/* Without PMF a goodbye is believed, but only from there where it may come from. */
static void goodbyes_of_others_are_not_for_us(void **state)
{
	(void)state;
	world_make(&w);
	world_up(&w);
	scripted_bye(&w, &w.ap[1], MGMT_DEAUTH, sta_addr, REASON_CLASS_3, true);
	w.flight[0].freq = w.tuned;
	world_run(&w, 10 * MS_);
	assert_int_equal(w.drops[DROP_MGMT_UNEXPECTED], 1);
	assert_true(is_connected(&w));
	world_free(&w);
}

/* Beacons prove nothing: another clock, another protection, a name that is not ours. */
static void forged_beacons_end_no_link(void **state)
{
	(void)state;
	for (int pmf = 0; pmf < 2; pmf++) {
		struct scripted forger;

		if (pmf)
			make_pmf();
		else
			world_make(&w);
		world_up(&w);
		forger = w.ap[0];
		forger.clock_from = w.now;
		for (int i = 0; i < 100; i++) {
			forger.open = i % 3 == 0;
			strcpy(forger.ssid, i % 5 ? "home" : "evil");
			air(&w, &w.ap[0], beacon_of(&w, &forger, MGMT_BEACON, everybody));
			world_run(&w, 100 * MS_);
		}
		assert_int_equal(w.count[NOTE_DISCONNECTED], 0);
		assert_true(w.ap[0].nulls + w.ap[0].queries > 0); /* asked */
		assert_true(w.ap[0].nulls + w.ap[0].queries < 10);
		assert_true(talks(&w, &w.ap[0]));
		world_free(&w);
	}
}

/* Responses that nobody asked for, in every state that there is. */
static void unasked_responses_change_nothing(void **state)
{
	struct frame *f;

	(void)state;
	world_make(&w);
	world_up(&w);
	for (int i = 0; i < 2; i++) {
		f = mgmt_new(i ? MGMT_AUTH : MGMT_ASSOC_RESPONSE, sta_addr, w.ap[0].bssid, w.ap[0].bssid);
		mgmt_put16(f, i ? AUTH_OPEN : 1);
		mgmt_put16(f, i ? 2 : STATUS_DENIED);
		mgmt_put16(f, i ? STATUS_DENIED : 0xc001);
		air(&w, &w.ap[0], f);
	}
	world_run(&w, 10 * MS_);
	assert_int_equal(w.drops[DROP_MGMT_UNEXPECTED], 2);
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

static void make_tkip(void)
{
	world_make(&w);
	w.ap[0].suite.pairwise = w.ap[0].suite.group = CIPHER_TKIP;
}

static void forge_michael(bool group)
{
	struct key *k = group ? &w.ap[0].group.gtk[w.ap[0].group.gtk_id] : &w.ap[0].peer.pairwise;

	k->tkip.michael_tx[0] ^= 1;
	scripted_say(&w, &w.ap[0], group ? everybody : sta_addr, host_addr, "forged");
	k->tkip.michael_tx[0] ^= 1;
	world_run(&w, 10 * MS_);
}

/* IEEE 802.11-2016 12.5.2.4 */
static void two_michael_failures_within_a_minute_stop_tkip_for_a_minute(void **state)
{
	(void)state;
	make_tkip();
	world_up(&w);
	forge_michael(false);
	assert_int_equal(w.count[NOTE_MICHAEL], 1);
	assert_int_equal(w.ap[0].finding, RSN_MICHAEL); /* reported */
	world_run(&w, 61 * S_);
	forge_michael(true);
	world_run(&w, 10 * MS_);
	assert_int_equal(w.count[NOTE_COUNTERMEASURES], 0);
	assert_true(talks(&w, &w.ap[0]));
	forge_michael(false);
	world_run(&w, 10 * MS_);
	assert_int_equal(w.count[NOTE_COUNTERMEASURES], 1);
	assert_int_equal(w.ap[0].deauth_reason, REASON_MIC_FAILURE);
	assert_int_equal(w.delivered, 2);
	assert_false(world_connect(&w, 59 * S_));
	assert_true(world_connect(&w, 5 * S_));
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

/* Damage of the air is no attack: a wrong ICV counts for nothing. */
static void a_wrong_icv_is_no_michael_failure(void **state)
{
	(void)state;
	make_tkip();
	world_up(&w);
	for (int i = 0; i < 3; i++) {
		struct frame *f;

		scripted_say(&w, &w.ap[0], sta_addr, host_addr, "damaged");
		f = in_flight();
		frame_own(f)[f->len - 1] ^= 1;
		world_run(&w, 10 * MS_);
	}
	assert_int_equal(w.drops[DROP_MPDU_ICV], 3);
	assert_int_equal(w.count[NOTE_MICHAEL], 0);
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

/* Any bytes, of any kind, in any state: no crash, no change but what a goodbye makes. */
static void noise_is_survived(void **state)
{
	struct random r;
	uint8_t seed[RANDOM_SEED] = {9};

	(void)state;
	make_pmf();
	world_start(&w);
	random_init(&r, w.c, seed);
	for (int i = 0; i < 20000; i++) {
		uint8_t bytes[200];
		size_t len = random_below(&r, sizeof bytes);
		struct frame *f;

		random_bytes(&r, bytes, sizeof bytes);
		if (i % 4) {
			bytes[0] &= 0xfc;
			mac_copy(bytes + DOT11_ADDR1, i % 8 == 1 ? everybody : sta_addr);
			mac_copy(bytes + DOT11_ADDR2, w.ap[0].bssid);
			mac_copy(bytes + DOT11_ADDR3, w.ap[0].bssid);
		}
		f = frame_from(bytes, len, 0, 0);
		air(&w, &w.ap[0], f);
		world_run(&w, i % 50 ? MS_ / 2 : 20 * MS_);
	}
	assert_int_equal(w.delivered, 0);
	world_run(&w, 120 * S_);
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pairwise_key_is_not_reinstalled),
		cmocka_unit_test(message_3_again_is_answered_under_its_own_key),
		cmocka_unit_test(a_group_key_is_not_reinstalled),
		cmocka_unit_test(a_downgrade_is_noticed),
		cmocka_unit_test(eapol_of_others_is_not_for_us),
		cmocka_unit_test(what_neighbours_say_to_everybody_is_for_another_network),
		cmocka_unit_test(a_forged_message_1_disturbs_no_link),
		cmocka_unit_test(plaintext_is_dropped_once_there_are_keys),
		cmocka_unit_test(nothing_passes_before_there_are_keys),
		cmocka_unit_test(an_unprotected_goodbye_under_pmf_is_ignored),
		cmocka_unit_test(a_protected_goodbye_is_heard),
		cmocka_unit_test(sa_queries_are_asked_one_at_a_time),
		cmocka_unit_test(an_unanswered_sa_query_ends_the_link),
		cmocka_unit_test(an_sa_query_is_answered_by_its_own_number),
		cmocka_unit_test(answers_the_sa_query_of_its_access_point_only),
		cmocka_unit_test(goodbyes_of_others_are_not_for_us),
		cmocka_unit_test(forged_beacons_end_no_link),
		cmocka_unit_test(unasked_responses_change_nothing),
		cmocka_unit_test(two_michael_failures_within_a_minute_stop_tkip_for_a_minute),
		cmocka_unit_test(a_wrong_icv_is_no_michael_failure),
		cmocka_unit_test(noise_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
