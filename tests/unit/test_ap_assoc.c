/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The access point: association and its refusals, those who are not associated, how stations leave. */
#include "ap_world.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
