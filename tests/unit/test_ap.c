/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The access point: beacons and probes, authentication and association, their refusals, lists, how stations leave. */
#include "ap_world.h"

static void a_station_joins_and_frames_flow(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	struct ap_station v;

	(void)state;
	world_start(w);
	fake_join(s);
	assert_true(world_station(w, s, &v));
	assert_true(v.authorised && v.qos && !v.mfp && v.aid == 1 && v.pairwise == CIPHER_CCMP_128);
	assert_int_equal(world_notes(w, NOTE_CONNECTED), 1);
	assert_int_equal(w->announced, 1); /* so that bridges know where it is */
	fake_send(s, wire_host, "up");
	assert_true(world_wired(w, "up"));
	world_send(w, s->addr, "down");
	assert_true(fake_heard(s, "down"));
	world_send(w, everybody, "to all");
	assert_true(fake_heard(s, "to all"));
	assert_true(world_station(w, s, &v));
	assert_int_equal(v.rx_frames, 3); /* messages 2 and 4 too */
	assert_int_equal(v.tx_lost, 0);
	world_end(w);
}

static void open_and_wep_networks(void **state)
{
	(void)state;
	for (int wep = 0; wep < 2; wep++) {
		struct world *w = world_new();
		struct ap_bss_setup *b = &w->setup.bss[0];
		struct fake *s;
		struct ap_station v;

		if (wep && !crypto_has_rc4(w->c))
			fail_msg("libcrypto lacks its legacy provider");
		b->rsn = false;
		b->wep = wep ? CIPHER_WEP_104 : CIPHERS;
		memset(b->wep_key, 0x5a, 13);
		s = fake_new(w);
		world_start(w);
		fake_auth(s);
		fake_assoc(s);
		if (wep)
			assert_int_equal(group_keys_set(&s->group, w->c, CIPHER_WEP_104, b->wep_key, 13,
							(struct key_use){0}, true),
					 0);
		assert_true(world_station(w, s, &v) && v.authorised);
		fake_send(s, wire_host, "up");
		assert_true(world_wired(w, "up"));
		world_send(w, s->addr, "down");
		assert_true(fake_heard(s, "down"));
		assert_int_equal(!!(le16(w->air[w->sent - 1]->data) & FC_PROTECTED), wep);
		world_end(w);
	}
}

/* ---- beacons and probes ---- */

static void beacons_keep_their_times(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	const struct mgmt *m = &s->last[MGMT_BEACON >> 4];
	uint64_t tu = 1024000;

	(void)state;
	world_start(w);
	assert_int_equal(ap_wake(w->ap), w->now);
	world_pass(w, 0);
	assert_int_equal(w->beacons, 1);
	for (unsigned i = 1; i < 7; i++) {
		world_pass(w, 100 * tu);
		assert_int_equal(w->beacons, 1 + i);
		assert_true(m->tsf == (i + 1) * 102400);
		assert_int_equal(m->interval, 100);
		assert_int_equal(m->channel, 6);
	}
	/* Somebody slept: the beacons of that time are lost, the times stay. */
	w->now += 250 * tu;
	ap_tick(w->ap, w->now, &w->out);
	world_obey(w);
	assert_int_equal(w->beacons, 8);
	assert_int_equal(ap_wake(w->ap), 5 * SECOND + 900 * tu);
	world_end(w);
}

static void networks_beacon_one_after_the_other(void **state)
{
	struct world *w = world_new();
	uint64_t interval = 100 * UINT64_C(1024000);

	(void)state;
	w->setup.bss_count = 4;
	for (unsigned i = 1; i < 4; i++) {
		w->setup.bss[i] = w->setup.bss[0];
		w->setup.bss[i].bssid[5] = (uint8_t)i;
	}
	world_start(w);
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(ap_wake(w->ap), 5 * SECOND + i * interval / 4);
		w->now = ap_wake(w->ap);
		ap_tick(w->ap, w->now, &w->out);
		world_obey(w);
		assert_int_equal(w->beacons, i + 1);
		assert_int_equal(w->air[w->sent - 1]->data[DOT11_ADDR2 + 5], i % 4);
	}
	world_end(w);
}

/* ignore_broadcast_ssid */
static void hidden_networks_answer_only_by_name(void **state)
{
	(void)state;
	for (unsigned hidden = 0; hidden < 3; hidden++) {
		struct world *w = world_new();
		struct fake *s;
		const struct frame *f;

		w->setup.bss[0].hidden = hidden;
		s = fake_new(w);
		world_start(w);
		world_pass(w, 0);
		f = w->air[w->sent - 1];
		assert_int_equal(f->data[36], EID_SSID);
		assert_int_equal(f->data[37], hidden == 1 ? 0 : 4);
		assert_true(hidden == 1 || (memcmp(f->data + 38, "\0\0\0\0", 4) == 0) == (hidden == 2));
		fake_probe(s, "");
		assert_int_equal(s->count[MGMT_PROBE_RESPONSE >> 4], !hidden);
		fake_probe(s, "tesT");
		fake_probe(s, "test1");
		assert_int_equal(s->count[MGMT_PROBE_RESPONSE >> 4], !hidden);
		fake_probe(s, SSID);
		assert_int_equal(s->count[MGMT_PROBE_RESPONSE >> 4], !hidden + 1);
		f = w->air[w->sent - 1];
		assert_true(f->data[37] == 4 && memcmp(f->data + 38, SSID, 4) == 0);
		world_end(w);
	}
}

static void probes_for_another_channel_are_not_answered(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	struct frame *f = mgmt_new(MGMT_PROBE_REQUEST, everybody, s->addr, everybody);

	(void)state;
	world_start(w);
	mgmt_put_element(f, EID_SSID, NULL, 0);
	mgmt_put_element(f, EID_DS, "\x01", 1);
	fake_management(s, f, false);
	assert_int_equal(s->count[MGMT_PROBE_RESPONSE >> 4], 0);
	world_end(w);
}

/* ---- authentication and lists ---- */

static uint16_t auth_status(struct fake *s, uint16_t algorithm, uint16_t sequence)
{
	struct frame *f = fake_frame(s, MGMT_AUTH);

	mgmt_put16(f, algorithm);
	mgmt_put16(f, sequence);
	mgmt_put16(f, 0);
	fake_management(s, f, false);
	return s->last[MGMT_AUTH >> 4].status;
}

static void what_is_no_open_authentication_is_refused(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);

	(void)state;
	world_start(w);
	assert_int_equal(auth_status(s, AUTH_SHARED_KEY, 1), STATUS_AUTH_ALGORITHM);
	assert_int_equal(auth_status(s, AUTH_SAE, 1), STATUS_AUTH_ALGORITHM);
	assert_int_equal(auth_status(s, AUTH_OPEN, 2), STATUS_AUTH_SEQUENCE);
	fake_assoc(s);
	assert_int_equal(s->last[MGMT_DEAUTH >> 4].reason, REASON_CLASS_2);
	assert_int_equal(auth_status(s, AUTH_OPEN, 1), STATUS_SUCCESS);
	assert_int_equal(s->last[MGMT_AUTH >> 4].sequence, 2);
	world_end(w);
}

static void deny_comes_before_accept(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w), *c = fake_new(w);
	uint8_t accept[2][6], deny[1][6];
	struct ap_list accepted = {(const uint8_t(*)[6])accept, 2}, denied = {(const uint8_t(*)[6])deny, 1};

	(void)state;
	memcpy(accept[0], a->addr, 6);
	memcpy(accept[1], b->addr, 6);
	memcpy(deny[0], b->addr, 6);
	w->setup.bss[0].accept_listed_only = true;
	w->setup.bss[0].accept = accepted;
	w->setup.bss[0].deny = denied;
	world_start(w);
	assert_int_equal(auth_status(a, AUTH_OPEN, 1), STATUS_SUCCESS);
	assert_int_equal(auth_status(b, AUTH_OPEN, 1), STATUS_UNSPECIFIED);
	assert_int_equal(auth_status(c, AUTH_OPEN, 1), STATUS_UNSPECIFIED);
	assert_int_equal(world_notes(w, NOTE_REJECTED_LIST), 2);
	/* At run time: who may no longer be there is sent away. */
	fake_join(a);
	ap_set_lists(w->ap, 0, false, (struct ap_list){0}, (struct ap_list){0}, w->now, &w->out);
	world_obey(w);
	fake_join(b);
	ap_set_lists(w->ap, 0, false, (struct ap_list){0}, denied, w->now, &w->out);
	world_obey(w);
	assert_true(world_has(w, a));
	assert_false(world_has(w, b));
	assert_int_equal(b->count[MGMT_DEAUTH >> 4], 2); /* one was said to all when the access point began */
	world_end(w);
}

static void a_full_network_refuses(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w), *c = fake_new(w);

	(void)state;
	w->setup.bss[0].max_stations = 2;
	world_start(w);
	fake_auth(a);
	fake_auth(b);
	fake_auth(c);
	fake_join(a);
	fake_join(b);
	fake_assoc(c);
	assert_int_equal(fake_status(c), STATUS_AP_FULL);
	assert_int_equal(auth_status(c, AUTH_OPEN, 1), STATUS_AP_FULL);
	assert_int_equal(world_notes(w, NOTE_REJECTED_FULL), 2);
	fake_join(a); /* who is in may come again */
	assert_true(ap_deauthenticate(w->ap, 0, b->addr, REASON_UNSPECIFIED, w->now, &w->out));
	world_obey(w);
	fake_join(c);
	assert_int_equal(fake_aid(c), 2);
	world_end(w);
}

/* Anybody can authenticate, from as many addresses as he likes. */
static void a_flood_of_authentications_costs_little(void **state)
{
	struct world *w = world_new();
	struct fake *real = fake_new(w), *s = fake_new(w);
	unsigned before;

	(void)state;
	world_start(w);
	fake_join(real);
	for (unsigned i = 0; i < 5000; i++) {
		put_be16(s->addr + 2, (uint16_t)i);
		auth_status(s, AUTH_OPEN, 1);
	}
	fake_send(real, wire_host, "still here");
	assert_true(world_wired(w, "still here"));
	/* The newest ones are known, the oldest are not. */
	fake_assoc(s);
	assert_int_equal(fake_status(s), STATUS_SUCCESS);
	before = s->count[MGMT_DEAUTH >> 4];
	put_be16(s->addr + 2, 1);
	fake_assoc(s);
	assert_int_equal(s->count[MGMT_DEAUTH >> 4], before + 1);
	world_end(w);
}

/* As many as there are association ids (9.4.1.8): each is found, and told of what waits for it; then it is full. */
static void two_thousand_stations(void **state)
{
	struct world *w = world_new();
	struct fake *s;
	struct ap_station v;

	(void)state;
	w->setup.bss[0].rsn = false;
	s = fake_new(w);
	world_start(w);
	for (unsigned i = 0; i < 2007; i++) {
		put_be16(s->addr + 3, (uint16_t)i);
		fake_auth(s);
		fake_assoc(s);
		assert_int_equal(fake_aid(s), i + 1);
	}
	fake_null(s, true);
	world_send(w, s->addr, "to the last one");
	world_pass(w, 102400000);
	assert_true(s->tim);
	fake_ps_poll(s, 2007);
	assert_true(fake_heard(s, "to the last one"));
	for (unsigned i = 0; i < 2007; i++) {
		put_be16(s->addr + 3, (uint16_t)i);
		assert_true(world_station(w, s, &v) && v.aid == i + 1);
	}
	assert_true(ap_station(w->ap, 2006, &v));
	assert_false(ap_station(w->ap, 2007, &v));
	put_be16(s->addr + 3, 2007);
	assert_int_equal(auth_status(s, AUTH_OPEN, 1), STATUS_AP_FULL);
	/* One goes: its place, and its id, are free. */
	put_be16(s->addr + 3, 999);
	ap_deauthenticate(w->ap, 0, s->addr, 1, w->now, &w->out);
	world_obey(w);
	put_be16(s->addr + 3, 2007);
	fake_auth(s);
	fake_assoc(s);
	assert_int_equal(fake_aid(s), 1000);
	world_end(w);
}

/* ---- association ---- */

static uint16_t assoc_status(struct fake *s)
{
	s->last[MGMT_ASSOC_RESPONSE >> 4].status = 999;
	fake_auth(s);
	fake_assoc(s);
	return fake_status(s);
}

static uint16_t with_element(struct fake *s, const char *element, size_t len)
{
	memcpy(s->element, element, len);
	s->element_len = len;
	return assoc_status(s);
}

#define ELEMENT(s, bytes) with_element(s, bytes, sizeof bytes - 1)
#define RSN_HEAD          "\x30\x14\x01\x00\x00\x0f\xac\x04"
#define CCMP_AND_PSK      "\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x02"

static void requests_that_cannot_be_are_refused_with_their_status(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	struct frame *f;

	(void)state;
	world_start(w);
	fake_auth(s);
	fake_assoc_as(s, MGMT_ASSOC_REQUEST, "other");
	assert_int_equal(fake_status(s), STATUS_UNSPECIFIED);
	assert_int_equal(ELEMENT(s, "\xdd\x03\x00\x11\x22"), STATUS_INVALID_ELEMENT); /* none */
	assert_int_equal(ELEMENT(s, "\x30\x07\x01\x00\x00\x0f\xac\x04\x01"), STATUS_INVALID_ELEMENT);
	assert_int_equal(ELEMENT(s, "\x30\x02\x02\x00"), STATUS_RSN_VERSION);
	assert_int_equal(ELEMENT(s, "\x30\x14\x01\x00\x00\x0f\xac\x02" CCMP_AND_PSK "\0\0"), STATUS_GROUP_CIPHER);
	assert_int_equal(ELEMENT(s, RSN_HEAD "\x01\x00\x00\x0f\xac\x02\x01\x00\x00\x0f\xac\x02\0\0"),
			 STATUS_PAIRWISE_CIPHER);
	assert_int_equal(ELEMENT(s, "\x30\x18\x01\x00\x00\x0f\xac\x04\x02\x00\x00\x0f\xac\x04\x00\x0f\xac\x02"
				    "\x01\x00\x00\x0f\xac\x02\0\0"),
			 STATUS_PAIRWISE_CIPHER); /* which of the two? */
	assert_int_equal(ELEMENT(s, RSN_HEAD "\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x06\0\0"), STATUS_AKM);
	assert_int_equal(ELEMENT(s, RSN_HEAD "\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x08\0\0"), STATUS_AKM);
	/* It demands protected management frames; here are none. */
	assert_int_equal(ELEMENT(s, RSN_HEAD CCMP_AND_PSK "\xc0\0"), STATUS_POLICY);
	assert_int_equal(world_notes(w, NOTE_REJECTED), 10);
	assert_int_equal(ELEMENT(s, RSN_HEAD CCMP_AND_PSK "\x80\0"), STATUS_SUCCESS);

	/* Not all basic rates. */
	f = fake_frame(s, MGMT_ASSOC_REQUEST);
	mgmt_put16(f, CAPABILITY_ESS);
	mgmt_put16(f, 10);
	mgmt_put_element(f, EID_SSID, SSID, 4);
	mgmt_put_element(f, EID_RATES, "\x82\x84\x8b\x0c\x12\x18\x24", 7);
	mgmt_put(f, s->element, s->element_len);
	fake_management(s, f, false);
	assert_int_equal(fake_status(s), STATUS_RATES);
	assert_true(world_has(w, s)); /* who is in is not thrown out by a request that is refused */
	world_end(w);
}

/* ieee80211w=2 */
static void who_cannot_do_pmf_is_refused_where_it_is_required(void **state)
{
	struct world *w = world_new();
	struct fake *s;

	(void)state;
	w->setup.bss[0].pmf = 2;
	w->setup.bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
	w->setup.bss[0].rsn_pairwise |= 1u << CIPHER_TKIP;
	s = fake_new(w);
	world_start(w);
	assert_int_equal(assoc_status(s), STATUS_POLICY);
	s->mfp = true;
	s->element_len = 0;
	s->suite.management = CIPHER_BIP_GMAC_256;
	assert_int_equal(assoc_status(s), STATUS_CIPHER_POLICY);
	s->element_len = 0;
	s->suite.management = CIPHER_BIP_CMAC_128;
	s->suite.pairwise = CIPHER_TKIP;
	assert_int_equal(assoc_status(s), STATUS_POLICY);
	s->element_len = 0;
	s->suite.pairwise = CIPHER_CCMP_128;
	assert_int_equal(assoc_status(s), STATUS_SUCCESS);
	assert_true(s->peer.authorised);
	world_end(w);
}

static void an_association_is_replaced_by_the_next(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	struct ap_station v;

	(void)state;
	world_start(w);
	fake_join(s);
	fake_join(s); /* it lost its memory */
	fake_assoc_as(s, MGMT_REASSOC_REQUEST, SSID);
	assert_int_equal(s->last[MGMT_REASSOC_RESPONSE >> 4].status, STATUS_SUCCESS);
	assert_true(world_station(w, s, &v) && v.authorised && v.aid == 1);
	assert_false(ap_station(w->ap, 1, &v));
	assert_int_equal(world_notes(w, NOTE_CONNECTED), 3);
	fake_send(s, wire_host, "new keys");
	assert_true(world_wired(w, "new keys"));
	world_end(w);
}

/* Its acknowledgement was lost: it must not begin everything anew. */
static void a_retried_request_is_a_duplicate(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	struct frame *f;
	uint8_t *bytes;

	(void)state;
	world_start(w);
	fake_auth(s);
	f = fake_assoc_frame(s, MGMT_ASSOC_REQUEST, SSID);
	bytes = frame_own(f);
	put_le16(bytes + DOT11_SEQ, 77 << 4);
	fake_forget_keys(s);
	fake_probe(s, SSID);
	fake_give(s, frame_from(f->data, f->len, 0, 0));
	assert_true(s->peer.authorised);
	put_le16(bytes, le16(bytes) | FC_RETRY);
	fake_give(s, f);
	assert_int_equal(world_drops(w, DROP_DUPLICATE), 1);
	assert_int_equal(s->count[MGMT_ASSOC_RESPONSE >> 4], 1);
	fake_send(s, wire_host, "same keys");
	assert_true(world_wired(w, "same keys"));
	world_end(w);
}

/* 11.3.5: the handshake begins when the station knows that it is associated, or soon after where nobody tells. */
static void the_handshake_waits_for_the_response(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);

	(void)state;
	w->quiet = true;
	world_start(w);
	fake_auth(s);
	fake_assoc(s);
	assert_int_equal(s->eapols, 0);
	world_pass(w, 100 * MS);
	assert_true(s->peer.authorised);
	world_end(w);
}

/* ---- class 2 and class 3 errors (11.3.3) ---- */

static void strangers_are_told_their_state(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w), *other = fake_new(w);

	(void)state;
	world_start(w);
	fake_forget_keys(s);
	s->peer.rsn = false;
	s->peer.authorised = true;
	fake_send(s, wire_host, "hello");
	assert_int_equal(s->last[MGMT_DEAUTH >> 4].reason, REASON_CLASS_3);
	fake_ps_poll(s, 1);
	assert_int_equal(s->count[MGMT_DEAUTH >> 4], 3); /* one was said to all when the access point began */
	fake_auth(s);
	fake_send(s, wire_host, "hello");
	assert_int_equal(s->last[MGMT_DISASSOC >> 4].reason, REASON_CLASS_3);
	assert_int_equal(world_drops(w, DROP_NOT_ASSOCIATED), 3);
	assert_int_equal(w->wire_count, 0);
	fake_assoc(other);
	assert_int_equal(other->last[MGMT_DEAUTH >> 4].reason, REASON_CLASS_2);
	assert_int_equal(world_drops(w, DROP_NOT_AUTHENTICATED), 1);
	world_end(w);
}

static void errors_are_not_answered_without_end_nor_to_groups(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	unsigned before;

	(void)state;
	world_start(w);
	fake_forget_keys(s);
	before = s->count[MGMT_DEAUTH >> 4];
	for (int i = 0; i < 1000; i++)
		fake_ps_poll(s, 1);
	assert_in_range(s->count[MGMT_DEAUTH >> 4] - before, 1, 64);
	before = s->count[MGMT_DEAUTH >> 4];
	w->now += SECOND;
	for (int i = 0; i < 1000; i++)
		fake_ps_poll(s, 1);
	assert_in_range(s->count[MGMT_DEAUTH >> 4] - before, 1, 64);
	/* A transmitter that nobody can be. */
	w->now += SECOND;
	before = w->sent;
	s->addr[0] |= 1;
	fake_ps_poll(s, 1);
	memcpy(s->addr, bssid_0, 6);
	fake_ps_poll(s, 1);
	memset(s->addr, 0, 6);
	fake_ps_poll(s, 1);
	assert_int_equal(w->sent, before);
	assert_int_equal(world_drops(w, DROP_FOREIGN_TRANSMITTER), 3);
	world_end(w);
}

static void what_is_for_others_is_left_alone(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	unsigned before;

	(void)state;
	world_start(w);
	before = w->sent;
	s->bssid[5] = 0x77;
	fake_auth(s);
	fake_ps_poll(s, 1);
	assert_int_equal(world_drops(w, DROP_OTHER_BSS), 2);
	assert_int_equal(w->sent, before);
	/* Frames that are cut anywhere. */
	memcpy(s->bssid, bssid_0, 6);
	for (size_t len = 0; len < 24; len++) {
		struct frame *f = fake_frame(s, MGMT_AUTH);

		frame_trim(f, f->len - len);
		fake_give(s, f);
	}
	assert_int_equal(world_drops(w, DROP_TRUNCATED), 24);
	world_end(w);
}

/* ---- the end ---- */

static void stations_leave_and_come_again(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	struct frame *f;

	(void)state;
	world_start(w);
	fake_join(s);
	f = fake_frame(s, MGMT_DISASSOC);
	mgmt_put16(f, REASON_DISASSOC_LEAVING);
	fake_management(s, f, true);
	assert_false(world_has(w, s));
	assert_int_equal(world_note(w, NOTE_DISCONNECTED)->code, REASON_DISASSOC_LEAVING);
	fake_assoc(s); /* still authenticated */
	assert_true(s->peer.authorised);
	f = fake_frame(s, MGMT_DEAUTH);
	mgmt_put16(f, REASON_LEAVING);
	fake_management(s, f, true);
	assert_false(world_has(w, s));
	fake_assoc(s);
	assert_int_equal(s->last[MGMT_DEAUTH >> 4].reason, REASON_CLASS_2);
	fake_join(s);
	world_end(w);
}

static void everybody_is_told_when_it_stops(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w);
	unsigned before;

	(void)state;
	world_start(w);
	fake_join(a);
	fake_join(b);
	ap_stop(w->ap, w->now, &w->out);
	world_obey(w);
	assert_int_equal(a->last[MGMT_DEAUTH >> 4].reason, REASON_LEAVING);
	assert_int_equal(b->last[MGMT_DEAUTH >> 4].reason, REASON_LEAVING);
	assert_int_equal(world_notes(w, NOTE_DISABLED), 1);
	assert_true(ap_wake(w->ap) == UINT64_MAX);
	before = w->sent;
	fake_probe(a, SSID);
	world_send(w, a->addr, "nobody");
	assert_int_equal(w->sent, before);
	ap_start(w->ap, w->now, &w->out);
	world_obey(w);
	fake_join(a);
	world_end(w);
}

static void setups_that_cannot_be(void **state)
{
	static const uint8_t seed[RANDOM_SEED] = {1};

	(void)state;
	for (int i = 0; i < 14; i++) {
		struct world *w = world_new();
		struct ap_bss_setup *b = &w->setup.bss[0];

		switch (i) {
		case 0:
			w->setup.bss_count = 0;
			break;
		case 1:
			w->setup.freq_mhz = 2413;
			break;
		case 2:
			w->setup.dtim_period = 0;
			break;
		case 3:
			w->setup.beacon_tu = 0;
			break;
		case 4:
			w->setup.bss[1] = *b;
			w->setup.bss_count = 2;
			break; /* the same BSSID */
		case 5:
			b->ssid_len = 0;
			break;
		case 6:
			b->ssid_len = 33;
			break;
		case 7:
			b->bssid[0] |= 1;
			break;
		case 8:
			b->psk_count = 0;
			break;
		case 9:
			b->akms = 0;
			break;
		case 10:
			b->group = CIPHER_BIP_CMAC_128;
			break;
		case 11:
			b->pmf = 1;
			b->group_mgmt = CIPHERS;
			break;
		case 12:
			b->wep = CIPHER_WEP_40;
			break;
		case 13:
			b->rsn_pairwise = 0;
			break;
		}
		assert_null(ap_new(w->c, &w->setup, seed));
		world_end(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_station_joins_and_frames_flow),
		cmocka_unit_test(open_and_wep_networks),
		cmocka_unit_test(beacons_keep_their_times),
		cmocka_unit_test(networks_beacon_one_after_the_other),
		cmocka_unit_test(hidden_networks_answer_only_by_name),
		cmocka_unit_test(probes_for_another_channel_are_not_answered),
		cmocka_unit_test(what_is_no_open_authentication_is_refused),
		cmocka_unit_test(deny_comes_before_accept),
		cmocka_unit_test(a_full_network_refuses),
		cmocka_unit_test(a_flood_of_authentications_costs_little),
		cmocka_unit_test(two_thousand_stations),
		cmocka_unit_test(requests_that_cannot_be_are_refused_with_their_status),
		cmocka_unit_test(who_cannot_do_pmf_is_refused_where_it_is_required),
		cmocka_unit_test(an_association_is_replaced_by_the_next),
		cmocka_unit_test(a_retried_request_is_a_duplicate),
		cmocka_unit_test(the_handshake_waits_for_the_response),
		cmocka_unit_test(strangers_are_told_their_state),
		cmocka_unit_test(errors_are_not_answered_without_end_nor_to_groups),
		cmocka_unit_test(what_is_for_others_is_left_alone),
		cmocka_unit_test(stations_leave_and_come_again),
		cmocka_unit_test(everybody_is_told_when_it_stops),
		cmocka_unit_test(setups_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
