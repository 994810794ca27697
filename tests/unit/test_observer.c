/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The observer decrypts captured frames, and survives each failed allocation. The linker redirects the allocations of
 * vifi's libraries to failing_alloc.h (meson.build).
 */
#include "handshake_pair.h"

#include "failing_alloc.h"

#include "base/mac.h"
#include "decrypt/observer/observer.h"
#include "softmac/key.h"
#include "softmac/mpdu.h"
#include "wire/be.h"
#include "wire/ether.h"

#define SESSION_MAX 16
#define STATIONS    500 /* so many that the hash table of the links grows */

static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* A handshake, then one protected frame each to the station, to the access point and to the group. */
struct session {
	struct observer_network network;
	uint8_t aa[6], spa[6];
	struct frame *frames[SESSION_MAX];
	size_t count, protected_from;
};

/* A data frame in the clear, with an LLC/SNAP header. */
static struct frame *data_frame(const uint8_t *ra, const uint8_t *ta, bool to_ap, uint16_t type, const void *body,
				size_t len)
{
	struct frame *frame = frame_new(16, DOT11_HDR_MIN + SNAP_HLEN + len, 32);
	uint8_t *bytes = frame_make_writable(frame);

	assert_non_null(bytes);
	memset(bytes, 0, DOT11_HDR_MIN);
	put_le16(bytes, FC_DATA | (to_ap ? FC_TO_DS : FC_FROM_DS));
	mac_copy(bytes + DOT11_OFF_ADDR1, ra);
	mac_copy(bytes + DOT11_OFF_ADDR2, ta);
	mac_copy(bytes + DOT11_OFF_ADDR3, to_ap ? ra : ta);
	memcpy(bytes + DOT11_HDR_MIN, (const uint8_t[]){0xaa, 0xaa, 3, 0, 0, 0}, 6);
	put_be16(bytes + DOT11_HDR_MIN + 6, type);
	memcpy(bytes + DOT11_HDR_MIN + SNAP_HLEN, body, len);
	return frame;
}

static void add_protected(struct session *session, struct crypto *crypto, const struct rsn_key *rsn_key,
			  const uint8_t *ra, const uint8_t *ta, bool to_ap)
{
	struct key_params use = {.id = rsn_key->id, .authenticator = !to_ap};
	struct frame *frame = data_frame(ra, ta, to_ap, ETHERTYPE_IP4, "overheard", 9);
	struct key key = {0};

	assert_int_equal(key_set(&key, crypto, rsn_key->cipher, rsn_key->bytes, rsn_key->len, use), 0);
	assert_int_equal(key_seal_msdu(&key, frame), NOT_DROPPED);
	assert_int_equal(key_seal(&key, frame), NOT_DROPPED);
	key_wipe(&key);
	session->frames[session->count++] = frame;
}

static void session_make(struct session *session, struct crypto *crypto, const struct rsn_suite *suite)
{
	struct handshake_pair pair;

	memset(session, 0, sizeof(*session));
	pair_setup_and_start(&pair, crypto, suite);
	memcpy(session->network.pmk, pair.pmks[1], PMK_MAX);
	session->network.pmk_len = suite->pmk_len;
	mac_copy(session->aa, pair.supplicant.setup.addresses.aa);
	mac_copy(session->spa, pair.supplicant.setup.addresses.spa);
	pair_settle(&pair);
	assert_true(pair_agrees(&pair));
	for (unsigned i = 0; i < pair.log_count; i++) {
		const struct handshake_frame *message = &pair.log[i];

		assert_false(message->protected && suite->wpa == false);
		session->frames[session->count++] = message->to_supplicant
							    ? data_frame(session->spa, session->aa, false,
									 ETHERTYPE_EAPOL, message->bytes, message->len)
							    : data_frame(session->aa, session->spa, true,
									 ETHERTYPE_EAPOL, message->bytes, message->len);
	}
	session->protected_from = session->count;
	add_protected(session, crypto, &pair.at_supplicant.ptk, session->spa, session->aa, false);
	add_protected(session, crypto, &pair.at_supplicant.ptk, session->aa, session->spa, true);
	add_protected(session, crypto, &pair.group.gtk, all, session->aa, false);
	pair_free(&pair);
}

static void session_free(struct session *session)
{
	for (size_t i = 0; i < session->count; i++)
		frame_free(session->frames[i]);
}

/* Returns how many of the protected frames the observer opens. */
static unsigned observe(struct observer *observer, const struct session *session)
{
	unsigned opened_count = 0;

	for (size_t i = 0; i < session->count; i++) {
		struct frame *frame = frame_clone(session->frames[i]);
		bool opened = false;

		if (!frame)
			continue;
		observer_process_frame(observer, &frame, &opened);
		opened_count += opened;
		if (opened)
			assert_memory_equal(frame->data + DOT11_HDR_MIN + SNAP_HLEN, "overheard", 9);
		frame_free(frame);
	}
	return opened_count;
}

static void observer_opens_frames_after_handshake(void **state)
{
	for (size_t i = 0; i < COUNT(suites); i++) {
		struct session session;
		struct observer *observer;

		if (suites[i].wpa)
			continue; /* messages of its group handshake are protected */
		session_make(&session, *state, &suites[i]);
		observer = observer_new(*state, &session.network, 1);
		assert_non_null(observer);
		assert_int_equal(observe(observer, &session), 3);
		assert_int_equal(observer_matched(observer), 1);
		assert_int_equal(observer_unmatched(observer), 0);
		observer_free(observer);
		session.network.pmk[0] ^= 1;
		observer = observer_new(*state, &session.network, 1);
		assert_int_equal(observe(observer, &session), 0);
		assert_int_equal(observer_matched(observer), 0);
		assert_int_equal(observer_unmatched(observer), 1);
		observer_free(observer);
		session_free(&session);
	}
}

/* Message 1 to many stations: each makes a link. */
static void observe_strangers(struct observer *observer, const struct session *session)
{
	struct frame *frame = session->frames[0];
	uint8_t *bytes = frame_make_writable(frame);

	assert_non_null(bytes); /* no clone exists, so nothing is allocated */
	for (unsigned i = 0; i < STATIONS; i++) {
		struct observed_frame observed = {.bytes = bytes, .frame = frame, .len = frame->len};

		bytes[DOT11_OFF_ADDR1 + 3] = (uint8_t)(1 + i / 256);
		bytes[DOT11_OFF_ADDR1 + 4] = (uint8_t)i;
		observer_process(observer, &observed, 1);
	}
	mac_copy(bytes + DOT11_OFF_ADDR1, session->spa);
}

/* Returns whether there were so many allocations. */
static bool run_with_failure_at(struct crypto *crypto, const struct session *session, unsigned long failing)
{
	struct observer *observer;
	bool failed;

	allocations_left = failing;
	failure_armed = true;
	observer = observer_new(crypto, &session->network, 1);
	if (observer) {
		observe(observer, session);
		observe_strangers(observer, session);
	}
	failed = !failure_armed;
	failure_armed = false;
	if (!observer)
		return failed;
	assert_int_equal(observe(observer, session), 3);
	observer_free(observer);
	return failed;
}

static void each_allocation_failure_is_survived(void **state)
{
	struct session session;
	unsigned long failing = 0;

	session_make(&session, *state, &suites[4]);
	while (run_with_failure_at(*state, &session, failing))
		failing++;
	assert_true(failing > STATIONS);
	session_free(&session);
}

static int set_up(void **state)
{
	*state = crypto_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	crypto_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(observer_opens_frames_after_handshake),
		cmocka_unit_test(each_allocation_failure_is_survived),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
