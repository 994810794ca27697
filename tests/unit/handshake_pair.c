/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "handshake_pair.h"

bool pair_same_key(const struct rsn_key *left, const struct rsn_key *right)
{
	return left->cipher == right->cipher && left->len == right->len && left->id == right->id &&
	       memcmp(left->bytes, right->bytes, KEY_MAX) == 0;
}

bool pair_same_frame(const struct handshake_frame *left, const struct handshake_frame *right)
{
	return left->to_supplicant == right->to_supplicant && left->len == right->len &&
	       memcmp(left->bytes, right->bytes, left->len) == 0;
}

uint64_t pair_random(struct handshake_pair *pair)
{
	pair->seed = pair->seed * 6364136223846793005u + 1442695040888963407u;
	return pair->seed >> 33;
}

void pair_fill(struct handshake_pair *pair, uint8_t *bytes, size_t len)
{
	while (len--)
		bytes[len] = (uint8_t)pair_random(pair);
}

void pair_apply_output(struct handshake_pair *pair, bool at_supplicant, struct rsn_out *out)
{
	struct installed *installed = at_supplicant ? &pair->at_supplicant : &pair->at_authenticator;

	installed->drop = out->drop;
	installed->wake_ns = out->deadline_ns;
	if (out->frame_len) {
		struct handshake_frame message = {.to_supplicant = !at_supplicant,
						  .protected = out->frame_protected,
						  .len = out->frame_len,
						  .key = out->install_first ? out->ptk : installed->ptk};

		memcpy(message.bytes, out->frame, out->frame_len);
		assert_true(pair->count < FLYING_MAX);
		pair->in_flight[pair->count++] = message;
		if (pair->log_count < FLYING_MAX)
			pair->log[pair->log_count++] = message;
	}
	if (out->ptk.len) {
		/* The rule after KRACK: never install an installed key. */
		assert_false(installed->ptk.len == out->ptk.len &&
			     memcmp(installed->ptk.bytes, out->ptk.bytes, out->ptk.len) == 0);
		installed->ptk = out->ptk;
		installed->ptks++;
	}
	if (out->gtk.len) {
		assert_false(installed->gtk.len == out->gtk.len &&
			     memcmp(installed->gtk.bytes, out->gtk.bytes, out->gtk.len) == 0);
		installed->gtk = out->gtk;
		installed->gtks++;
	}
	if (out->igtk.len) {
		assert_false(installed->igtk.len && memcmp(installed->igtk.bytes, out->igtk.bytes, out->igtk.len) == 0);
		installed->igtk = out->igtk;
		installed->igtks++;
	}
	installed->authorised += out->authorise;
	if (out->event)
		installed->finding = out->event;
	if (out->disconnect_reason)
		installed->disconnect = out->disconnect_reason;
	rsn_out_wipe(out);
}

static void pair_element(const struct rsn_suite *suite, uint8_t *out, size_t *len, bool ap)
{
	struct rsn_element rsne = {.wpa = suite->wpa,
				   .group = suite->group,
				   .pairwise = 1u << suite->pairwise,
				   .akms = 1u << suite->akm,
				   .group_management = suite->group_management,
				   .capabilities =
					   suite->group_management != CIPHER_NONE ? RSN_MFPC | (ap ? RSN_MFPR : 0) : 0};

	*len = rsn_element_write(&rsne, out);
}

void pair_setup(struct handshake_pair *pair, struct crypto *crypto, const struct rsn_suite *suite)
{
	struct authenticator_setup au = {.suite = *suite, .addresses = {{2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 1}}};
	struct supplicant_setup su = {.suite = *suite, .addresses = au.addresses};
	uint8_t random[RSN_GROUP_RANDOM_LEN];

	memset(pair, 0, sizeof(*pair));
	pair->crypto = crypto;
	pair->seed = 7;
	for (int i = 0; i < 3; i++)
		pair_fill(pair, pair->pmks[i], PMK_MAX);
	pair_fill(pair, random, sizeof(random));
	rsn_group_rekey(&pair->group, suite, random);
	au.pmks = (const uint8_t(*)[PMK_MAX])pair->pmks;
	au.pmk_count = 3;
	memcpy(su.pmk, pair->pmks[1], PMK_MAX);
	pair_element(suite, au.own_element, &au.own_element_len, true);
	pair_element(suite, su.own_element, &su.own_element_len, false);
	memcpy(su.peer_element, au.own_element, au.own_element_len);
	su.peer_element_len = au.own_element_len;
	memcpy(au.peer_element, su.own_element, su.own_element_len);
	au.peer_element_len = su.own_element_len;
	authenticator_init(&pair->authenticator, crypto, &pair->group, &au);
	supplicant_init(&pair->supplicant, crypto, &su);
}

void pair_start(struct handshake_pair *pair)
{
	uint8_t anonce[RSN_NONCE_LEN];
	struct rsn_out out;

	pair_fill(pair, anonce, sizeof(anonce));
	assert_int_equal(authenticator_start(&pair->authenticator, anonce, pair->now, &out), 0);
	pair_apply_output(pair, false, &out);
}

void pair_setup_and_start(struct handshake_pair *pair, struct crypto *crypto, const struct rsn_suite *suite)
{
	pair_setup(pair, crypto, suite);
	pair_start(pair);
}

struct handshake_frame pair_take_frame(struct handshake_pair *pair, unsigned which)
{
	struct handshake_frame message = pair->in_flight[which];

	assert_true(which < pair->count);
	memmove(pair->in_flight + which, pair->in_flight + which + 1, (--pair->count - which) * sizeof(message));
	return message;
}

void pair_deliver(struct handshake_pair *pair, const struct handshake_frame *message)
{
	uint8_t random[RSN_NONCE_LEN];
	struct rsn_out out;

	if (message->protected && !pair_same_key(&message->key, message->to_supplicant ? &pair->at_supplicant.ptk
										       : &pair->at_authenticator.ptk))
		return;
	if (message->to_supplicant) {
		pair_fill(pair, random, sizeof(random));
		supplicant_receive(&pair->supplicant, message->bytes, message->len, message->protected, random,
				   pair->now, &out);
	} else {
		authenticator_receive(&pair->authenticator, message->bytes, message->len, pair->now, &out);
	}
	pair_apply_output(pair, message->to_supplicant, &out);
}

void pair_deliver_next(struct handshake_pair *pair, unsigned count)
{
	while (count--) {
		struct handshake_frame message = pair_take_frame(pair, 0);

		pair_deliver(pair, &message);
	}
}

unsigned pair_run(struct handshake_pair *pair)
{
	unsigned count = 0;

	for (; pair->count; count++) {
		assert_true(count < 100);
		pair_deliver_next(pair, 1);
	}
	return count;
}

bool pair_advance(struct handshake_pair *pair)
{
	uint64_t authenticator_ns = pair->at_authenticator.wake_ns ? pair->at_authenticator.wake_ns : UINT64_MAX,
		 supplicant_ns = pair->at_supplicant.wake_ns ? pair->at_supplicant.wake_ns : UINT64_MAX;
	struct rsn_out out;

	if (authenticator_ns == UINT64_MAX && supplicant_ns == UINT64_MAX)
		return false;
	pair->now = authenticator_ns < supplicant_ns ? authenticator_ns : supplicant_ns;
	if (authenticator_ns <= supplicant_ns)
		authenticator_timeout(&pair->authenticator, pair->now, &out);
	else
		supplicant_timeout(&pair->supplicant, pair->now, &out);
	pair_apply_output(pair, authenticator_ns > supplicant_ns, &out);
	return true;
}

bool pair_agrees(const struct handshake_pair *pair)
{
	const struct rsn_key *gtk = &pair->group.gtk, *igtk = &pair->group.igtk;

	return pair->authenticator.state == AUTHENTICATOR_DONE && pair->supplicant.state == SUPPLICANT_DONE &&
	       pair->authenticator.authorised && pair->supplicant.authorised && pair->at_authenticator.ptk.len &&
	       pair_same_key(&pair->at_authenticator.ptk, &pair->at_supplicant.ptk) &&
	       pair->at_supplicant.gtk.id == gtk->id &&
	       memcmp(pair->at_supplicant.gtk.bytes, gtk->bytes, KEY_MAX) == 0 &&
	       (!igtk->len || memcmp(pair->at_supplicant.igtk.bytes, igtk->bytes, KEY_MAX) == 0);
}

void pair_free(struct handshake_pair *pair)
{
	authenticator_wipe(&pair->authenticator);
	supplicant_wipe(&pair->supplicant);
}

void pair_settle(struct handshake_pair *pair)
{
	pair_run(pair);
	for (int i = 0; i < 40 && pair_advance(pair); i++)
		pair_run(pair);
	assert_int_equal(pair->at_authenticator.wake_ns, 0);
}

void pair_new_group_keys(struct handshake_pair *pair)
{
	uint8_t random[RSN_GROUP_RANDOM_LEN];

	pair_fill(pair, random, sizeof(random));
	rsn_group_rekey(&pair->group, &pair->authenticator.setup.suite, random);
}

void pair_send_group_keys(struct handshake_pair *pair)
{
	struct rsn_out out;

	authenticator_rekey_group(&pair->authenticator, pair->now, &out);
	pair_apply_output(pair, false, &out);
}
