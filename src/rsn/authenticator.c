/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/authenticator.h"

#include "wire/be.h"
#include "wire/ieee80211.h"
#include "wire/le.h"

#include <errno.h>
#include <string.h>

static void renew_key(struct rsn_key *key, enum cipher cipher, unsigned first_id, const uint8_t *random)
{
	uint8_t id = (uint8_t)(key->len && key->id == first_id ? first_id + 1 : first_id);

	crypto_wipe(key, sizeof(*key));
	*key = (struct rsn_key){.cipher = cipher, .id = id, .len = (uint8_t)cipher_key_len(cipher)};
	memcpy(key->bytes, random, key->len);
}

void rsn_group_rekey(struct rsn_group *group, const struct rsn_suite *suite, const uint8_t random[RSN_GROUP_RANDOM_LEN])
{
	renew_key(&group->gtk, suite->group, 1, random);
	renew_key(&group->igtk, suite->group_management, 4, random + KEY_MAX);
	if (group->protects_beacons)
		renew_key(&group->bigtk, suite->group_management, 6, random + 2 * KEY_MAX);
	group->generation++;
}

void authenticator_init(struct authenticator *auth, struct crypto *crypto, const struct rsn_group *group,
			const struct authenticator_setup *setup)
{
	*auth = (struct authenticator){.crypto = crypto, .group = group, .setup = *setup};
}

void authenticator_adopt(struct authenticator *auth, const struct ptk *ptk)
{
	auth->ptk = *ptk;
	memcpy(auth->r1_name, auth->setup.ft.r1_name, PMKID_LEN);
	auth->ptk_installed = auth->authorised = true;
	auth->group_generation = auth->group->generation;
	auth->state = AUTHENTICATOR_DONE;
}

void authenticator_wipe(struct authenticator *auth)
{
	crypto_wipe(auth, sizeof(*auth));
}

/* The KDE of an IGTK or BIGTK. */
static uint8_t *write_integrity_key(uint8_t *pos, uint8_t type, const struct rsn_key *key)
{
	pos = kde_write_header(pos, type, 8u + key->len);
	put_le16(pos, key->id);
	put_le32(pos + 2, (uint32_t)key->rsc);
	put_le16(pos + 6, (uint16_t)(key->rsc >> 32));
	memcpy(pos + 8, key->bytes, key->len);
	return pos + 8 + key->len;
}

static bool uses_ft(const struct authenticator *auth)
{
	return akm_info(auth->setup.suite.akm)->ft;
}

/* Our elements, for message 3. */
static uint8_t *put_own_elements(const struct authenticator *auth, uint8_t *pos)
{
	const struct authenticator_setup *setup = &auth->setup;
	struct span own = {setup->own_element, setup->own_element_len}, rsnx = {setup->own_rsnx, setup->own_rsnx_len};

	if (uses_ft(auth)) {
		pos += ft_message_write(&setup->ft, own, rsnx, auth->r1_name, pos);
		return ft_times_write(&setup->ft, pos);
	}
	memcpy(pos, own.bytes, own.len);
	memcpy(pos + own.len, rsnx.bytes, rsnx.len);
	return pos + own.len + rsnx.len;
}

/* Writes the key data of message 3 (our element and, for WPA2, the group keys) or of group message 1. Returns its length. */
static size_t write_key_data(const struct authenticator *auth, uint8_t *out)
{
	const struct rsn_key *gtk = &auth->group->gtk, *igtk = &auth->group->igtk;
	uint8_t *pos = out;

	if (auth->state == AUTHENTICATOR_MSG3_SENT) {
		pos = put_own_elements(auth, pos);
		if (auth->setup.transition_disable)
			pos = kde_write_transition_disable(pos, auth->setup.transition_disable);
	}
	if (auth->setup.suite.wpa)
		return (size_t)(pos - out);
	if (auth->setup.ocv.used)
		pos = oci_write_kde(&auth->setup.ocv.channel, pos);
	pos = kde_write_header(pos, KDE_GTK, 2u + gtk->len);
	pos[0] = gtk->id;
	pos[1] = 0;
	memcpy(pos + 2, gtk->bytes, gtk->len);
	pos += 2 + gtk->len;
	if (auth->setup.suite.group_management != CIPHER_NONE) {
		pos = write_integrity_key(pos, KDE_IGTK, igtk);
		if (auth->group->bigtk.len)
			pos = write_integrity_key(pos, KDE_BIGTK, &auth->group->bigtk);
	}
	return (size_t)(pos - out);
}

/* Key information, key length and nonce of the message that this state sends. */
static struct eapol_key prepare_message(const struct authenticator *auth)
{
	const struct rsn_suite *suite = &auth->setup.suite;
	struct eapol_key eapol = rsn_message_begin(suite, KEY_INFO_ACK, auth->replay_counter);

	if (auth->state == AUTHENTICATOR_GROUP_MSG1_SENT) {
		eapol.info |=
			KEY_INFO_MIC | KEY_INFO_SECURE | (suite->wpa ? auth->group->gtk.id << 4 : KEY_INFO_ENCRYPTED);
		eapol.key_len = suite->wpa ? auth->group->gtk.len : 0;
		return eapol;
	}
	eapol.info |= KEY_INFO_PAIRWISE;
	eapol.key_len = (uint16_t)cipher_key_len(suite->pairwise);
	eapol.nonce = auth->anonce;
	if (auth->state == AUTHENTICATOR_MSG3_SENT)
		eapol.info |= KEY_INFO_INSTALL | KEY_INFO_MIC | (suite->wpa ? 0 : KEY_INFO_SECURE | KEY_INFO_ENCRYPTED);
	return eapol;
}

/* Builds the message of this state into `out`. Returns 0 or a negative error. */
static int build_message(struct authenticator *auth, struct rsn_out *out)
{
	const struct rsn_suite *suite = &auth->setup.suite;
	const struct ptk *ptk = auth->state == AUTHENTICATOR_GROUP_MSG1_SENT ? &auth->ptk : &auth->new_ptk;
	uint8_t data[RSN_FRAME_MAX - EAPOL_KEY_MIN_LEN], iv[16], rsc[8] = {0};
	struct eapol_key eapol = prepare_message(auth);
	bool encrypted = auth->state == AUTHENTICATOR_GROUP_MSG1_SENT || (eapol.info & KEY_INFO_ENCRYPTED);
	int data_len = 0, err;

	if (auth->state == AUTHENTICATOR_GROUP_MSG1_SENT && suite->wpa) {
		data_len = auth->group->gtk.len;
		memcpy(data, auth->group->gtk.bytes, (size_t)data_len);
	} else if (auth->state == AUTHENTICATOR_MSG1_SENT && auth->setup.names_pmk) {
		memcpy(kde_write_header(data, KDE_PMKID, PMKID_LEN), auth->setup.pmkid, PMKID_LEN);
		data_len = KDE_HEADER_LEN + PMKID_LEN;
	} else if (auth->state != AUTHENTICATOR_MSG1_SENT) {
		data_len = (int)write_key_data(auth, data);
	}
	if (encrypted) {
		put_le32(rsc, (uint32_t)auth->group->gtk.rsc);
		put_le16(rsc + 4, (uint16_t)(auth->group->gtk.rsc >> 32));
		eapol.rsc = rsc;
		/* RC4's key is IV and KEK: the replay counter makes it differ in each message. */
		memcpy(iv, auth->anonce, 8);
		put_be32(iv + 8, (uint32_t)(auth->replay_counter >> 32));
		put_be32(iv + 12, (uint32_t)auth->replay_counter);
		eapol.iv = rsn_descriptor_version(suite) == EAPOL_VERSION_RC4 ? iv : NULL;
		data_len = rsn_encrypt_key_data(auth->crypto, suite, ptk->kek, iv, data, (size_t)data_len);
		auth->group_generation = auth->group->generation;
	}
	if (data_len < 0)
		return data_len;
	eapol.data = (struct span){data, (size_t)data_len};
	err = rsn_message_write(auth->crypto, suite, ptk->kck, &eapol, out);
	out->frame_protected = auth->ptk_installed;
	crypto_wipe(data, sizeof(data));
	return err;
}

static void fail_handshake(struct authenticator *auth, uint16_t reason, enum rsn_event event, struct rsn_out *out)
{
	auth->state = AUTHENTICATOR_FAILED;
	auth->deadline_ns = 0;
	out->disconnect_reason = reason;
	out->event = event;
	out->frame_len = 0;
}

/* Message 3 and group message 1 have keys: a repeated one can make a station install them again (CVE-2017-13077). */
static unsigned tries_of_message(const struct authenticator *auth)
{
	const struct authenticator_setup *setup = &auth->setup;
	unsigned tries = auth->state == AUTHENTICATOR_GROUP_MSG1_SENT ? setup->group_tries : setup->pairwise_tries;

	if (setup->no_retries && auth->state != AUTHENTICATOR_MSG1_SENT)
		return 1;
	return tries ? tries : RSN_TRIES;
}

/* The only transmission of a message gets as much time as several ones. */
static uint64_t patience_ns(const struct authenticator *auth)
{
	if (tries_of_message(auth) == 1)
		return RSN_SINGLE_NS;
	return auth->tries ? RSN_RESEND_NS : RSN_FIRST_RESEND_NS;
}

static void send_message(struct authenticator *auth, uint64_t now_ns, struct rsn_out *out)
{
	auth->replay_counter++;
	auth->deadline_ns = now_ns + patience_ns(auth);
	auth->tries++;
	if (build_message(auth, out)) {
		out->drop = DROP_CIPHER_FAILED;
		fail_handshake(auth, REASON_4WAY_TIMEOUT, RSN_NO_EVENT, out);
	}
}

static void enter_state(struct authenticator *auth, enum authenticator_state state, uint64_t now_ns,
			struct rsn_out *out)
{
	auth->state = state;
	auth->tries = 0;
	auth->first_replay_counter = auth->replay_counter + 1;
	send_message(auth, now_ns, out);
}

int authenticator_start(struct authenticator *auth, const uint8_t anonce[RSN_NONCE_LEN], uint64_t now_ns,
			struct rsn_out *out)
{
	memset(out, 0, sizeof(*out));
	if (rsn_is_zero(anonce, RSN_NONCE_LEN) || memcmp(anonce, auth->anonce, RSN_NONCE_LEN) == 0)
		return -EINVAL;
	memcpy(auth->anonce, anonce, RSN_NONCE_LEN);
	crypto_wipe(&auth->new_ptk, sizeof(auth->new_ptk));
	auth->mic_failed = false;
	enter_state(auth, AUTHENTICATOR_MSG1_SENT, now_ns, out);
	out->deadline_ns = auth->deadline_ns;
	return 0;
}

void authenticator_rekey_group(struct authenticator *auth, uint64_t now_ns, struct rsn_out *out)
{
	memset(out, 0, sizeof(*out));
	if (auth->state == AUTHENTICATOR_DONE)
		enter_state(auth, AUTHENTICATOR_GROUP_MSG1_SENT, now_ns, out);
	out->deadline_ns = auth->deadline_ns;
}

/* Does this PMK match the MIC? Then its PTK is in auth->new_ptk. */
static bool try_pmk(struct authenticator *auth, size_t pmk_index, const struct eapol_key *eapol, const uint8_t *frame)
{
	const struct authenticator_setup *setup = &auth->setup;
	const uint8_t *pmk = setup->pmks[pmk_index];
	uint8_t kck[RSN_KCK_MAX];
	struct ft_key r1;
	bool matches;

	if (uses_ft(auth)) {
		if (ft_association_key(auth->crypto, &setup->ft,
				       (struct piece){pmk, rsn_profile(&setup->suite).pmk_len}, setup->addresses.spa,
				       &r1))
			return false;
		pmk = r1.pmk;
	}
	matches =
		!rsn_derive_kck(auth->crypto, &setup->suite, pmk, &setup->addresses, auth->anonce, eapol->nonce, kck) &&
		rsn_mic_verify(auth->crypto, &setup->suite, kck, eapol, frame) &&
		!rsn_derive_ptk(auth->crypto, &setup->suite, pmk, &setup->addresses, auth->anonce, eapol->nonce,
				&auth->new_ptk);
	if (matches) {
		auth->pmk_index = pmk_index;
		if (uses_ft(auth))
			memcpy(auth->r1_name, r1.name, PMKID_LEN);
	}
	crypto_wipe(kck, sizeof(kck));
	crypto_wipe(&r1, sizeof(r1));
	return matches;
}

/* Finds the PMK that matches the MIC. */
static bool find_pmk(struct authenticator *auth, const struct eapol_key *eapol, const uint8_t *frame)
{
	const struct authenticator_setup *setup = &auth->setup;
	size_t first_try = auth->ptk_installed ? auth->pmk_index : setup->likely_pmk;

	if (first_try < setup->pmk_count && try_pmk(auth, first_try, eapol, frame))
		return true;
	for (size_t i = 0; !auth->ptk_installed && i < setup->pmk_count; i++)
		if (i != first_try && try_pmk(auth, i, eapol, frame))
			return true;
	return false;
}

/*
 * The key data of a message with a verified MIC. Stations may encrypt that of messages 2 and 4, too (12.7.2); `plain` has
 * room for it.
 */
static enum drop open_key_data(struct authenticator *auth, const struct ptk *ptk, const struct eapol_key *eapol,
			       uint8_t *plain, struct span *data)
{
	int len;

	*data = eapol->data;
	if (!(eapol->info & KEY_INFO_ENCRYPTED) || auth->setup.suite.wpa || !eapol->data.len)
		return NOT_DROPPED;
	if (eapol->data.len > RSN_FRAME_MAX)
		return DROP_EAPOL_KEY_DATA;
	len = rsn_decrypt_key_data(auth->crypto, &auth->setup.suite, ptk->kek, eapol, plain);
	if (len < 0)
		return DROP_EAPOL_KEY_DATA;
	*data = (struct span){plain, (size_t)len};
	return NOT_DROPPED;
}

/* Does message 2 repeat the elements of the association request? */
static bool repeats_request(const struct authenticator *auth, const struct key_data *data)
{
	const struct authenticator_setup *setup = &auth->setup;
	struct span element = setup->suite.wpa ? data->wpa : data->rsne;

	if (!setup->suite.wpa && !span_equals(data->rsnx, setup->peer_rsnx, setup->peer_rsnx_len))
		return false;
	if (uses_ft(auth))
		return ft_message_fits(&setup->ft, data, (struct span){setup->peer_element, setup->peer_element_len},
				       auth->r1_name);
	return element.bytes && span_equals(element, setup->peer_element, setup->peer_element_len);
}

static enum drop receive_msg2(struct authenticator *auth, const struct eapol_key *eapol, const uint8_t *frame,
			      uint64_t now_ns, struct rsn_out *out)
{
	struct authenticator_setup *setup = &auth->setup;
	uint8_t plain[RSN_FRAME_MAX];
	struct key_data data;
	struct span whole;
	enum drop drop;

	if (!find_pmk(auth, eapol, frame)) {
		auth->mic_failed = true;
		out->event = RSN_WRONG_PASSPHRASE;
		return DROP_EAPOL_MIC;
	}
	drop = open_key_data(auth, &auth->new_ptk, eapol, plain, &whole);
	if (drop)
		return drop;
	drop = key_data_parse(&data, whole);
	if (drop || !repeats_request(auth, &data)) {
		fail_handshake(auth, REASON_ELEMENT_MISMATCH, RSN_ELEMENT_MISMATCH, out);
		return DROP_EAPOL_RSNE;
	}
	/* Some stations copy the capability bit of the access point, and know nothing of it. */
	if (setup->ocv.lenient && !data.oci.bytes)
		setup->ocv.used = false;
	if (!rsn_check_channel(&auth->setup.ocv, OCI_MESSAGE_2, data.oci, out))
		return DROP_OCI;
	/* Message 4 can be lost: accept the frames that the station sends after it. */
	if (auth->ptk_installed)
		out->next_ptk = rsn_pairwise_key(&setup->suite, &auth->new_ptk);
	enter_state(auth, AUTHENTICATOR_MSG3_SENT, now_ns, out);
	return NOT_DROPPED;
}

static void finish_handshake(struct authenticator *auth, uint64_t now_ns, struct rsn_out *out)
{
	/* A group rekey during this handshake: send the new keys. */
	if (auth->group_generation != auth->group->generation) {
		enter_state(auth, AUTHENTICATOR_GROUP_MSG1_SENT, now_ns, out);
		return;
	}
	auth->state = AUTHENTICATOR_DONE;
	auth->deadline_ns = 0;
}

static enum drop receive_msg4(struct authenticator *auth, const struct eapol_key *eapol, const uint8_t *frame,
			      uint64_t now_ns, struct rsn_out *out)
{
	uint8_t plain[RSN_FRAME_MAX];
	struct span unused;
	enum drop drop;

	if (!rsn_mic_verify(auth->crypto, &auth->setup.suite, auth->new_ptk.kck, eapol, frame))
		return DROP_EAPOL_MIC;
	drop = open_key_data(auth, &auth->new_ptk, eapol, plain, &unused);
	if (drop)
		return drop;
	auth->ptk = auth->new_ptk;
	auth->ptk_installed = true;
	crypto_wipe(&auth->new_ptk, sizeof(auth->new_ptk));
	out->ptk = rsn_pairwise_key(&auth->setup.suite, &auth->ptk);
	out->install_first = true; /* `out` can hold a group message under this key */
	if (auth->setup.suite.wpa) {
		enter_state(auth, AUTHENTICATOR_GROUP_MSG1_SENT, now_ns, out);
		return NOT_DROPPED;
	}
	out->authorise = !auth->authorised;
	auth->authorised = true;
	finish_handshake(auth, now_ns, out);
	return NOT_DROPPED;
}

static enum drop receive_group_msg2(struct authenticator *auth, const struct eapol_key *eapol, const uint8_t *frame,
				    uint64_t now_ns, struct rsn_out *out)
{
	uint8_t plain[RSN_FRAME_MAX];
	struct key_data data;
	struct span whole;
	enum drop drop;

	if (!rsn_mic_verify(auth->crypto, &auth->setup.suite, auth->ptk.kck, eapol, frame))
		return DROP_EAPOL_MIC;
	drop = open_key_data(auth, &auth->ptk, eapol, plain, &whole);
	if (!drop && auth->setup.ocv.used)
		drop = key_data_parse(&data, whole);
	if (drop)
		return drop;
	if (auth->setup.ocv.used && !rsn_check_channel(&auth->setup.ocv, OCI_GROUP_2, data.oci, out))
		return DROP_OCI;
	out->authorise = !auth->authorised;
	auth->authorised = true;
	finish_handshake(auth, now_ns, out);
	return NOT_DROPPED;
}

/* A Request frame uses the installed key. A handshake in progress continues (12.7.2, b9 to b11). */
static enum drop receive_request(struct authenticator *auth, const struct eapol_key *eapol, const uint8_t *frame,
				 struct rsn_out *out)
{
	if (!auth->ptk_installed || auth->state == AUTHENTICATOR_FAILED)
		return DROP_EAPOL_UNEXPECTED;
	if (eapol->replay_counter < auth->request_counter || eapol->replay_counter == UINT64_MAX)
		return DROP_EAPOL_REPLAY;
	if (!rsn_mic_verify(auth->crypto, &auth->setup.suite, auth->ptk.kck, eapol, frame))
		return DROP_EAPOL_MIC;
	auth->request_counter = eapol->replay_counter + 1;
	if (eapol->info & KEY_INFO_ERROR)
		out->event = RSN_MICHAEL_FAILURE;
	else if (auth->state == AUTHENTICATOR_DONE) /* else a handshake is in progress */
		out->event = eapol->info & KEY_INFO_PAIRWISE ? RSN_PTK_REQUESTED : RSN_GTK_REQUESTED;
	return NOT_DROPPED;
}

static enum drop receive_frame(struct authenticator *auth, const uint8_t *frame, size_t len, uint64_t now_ns,
			       struct rsn_out *out)
{
	struct eapol_key eapol;
	enum drop drop = eapol_key_parse(&eapol, frame, len, rsn_profile(&auth->setup.suite).mic_len);
	bool pairwise;

	if (!drop)
		drop = rsn_check_descriptor(&auth->setup.suite, &eapol);
	if (drop)
		return drop;
	pairwise = eapol.info & KEY_INFO_PAIRWISE;
	if (!(eapol.info & KEY_INFO_MIC) || (eapol.info & KEY_INFO_ACK))
		return DROP_EAPOL_UNEXPECTED;
	if (eapol.info & KEY_INFO_REQUEST)
		return receive_request(auth, &eapol, frame, out);
	if (eapol.info & KEY_INFO_ERROR)
		return DROP_EAPOL_UNEXPECTED;
	switch (auth->state) {
	case AUTHENTICATOR_MSG1_SENT:
		if (!pairwise || !eapol.data.len)
			return DROP_EAPOL_UNEXPECTED;
		break;
	case AUTHENTICATOR_MSG3_SENT:
		/* Message 4 has no key data but elements that are new to us, and it is marked as Secure then. */
		if (!pairwise || (eapol.data.len && !(eapol.info & KEY_INFO_SECURE)))
			return DROP_EAPOL_UNEXPECTED;
		break;
	case AUTHENTICATOR_GROUP_MSG1_SENT:
		if (pairwise)
			return DROP_EAPOL_UNEXPECTED;
		break;
	case AUTHENTICATOR_IDLE:
	case AUTHENTICATOR_DONE:
	case AUTHENTICATOR_FAILED:
		return DROP_EAPOL_UNEXPECTED;
	}
	if (eapol.replay_counter < auth->first_replay_counter || eapol.replay_counter > auth->replay_counter)
		return DROP_EAPOL_REPLAY;
	if (auth->state == AUTHENTICATOR_MSG1_SENT)
		return receive_msg2(auth, &eapol, frame, now_ns, out);
	return auth->state == AUTHENTICATOR_MSG3_SENT ? receive_msg4(auth, &eapol, frame, now_ns, out)
						      : receive_group_msg2(auth, &eapol, frame, now_ns, out);
}

bool authenticator_match_pmk(struct authenticator *auth, const uint8_t *frame, size_t len, size_t *pmk_index)
{
	struct eapol_key eapol;

	if (auth->state != AUTHENTICATOR_MSG1_SENT || auth->ptk_installed ||
	    eapol_key_parse(&eapol, frame, len, rsn_profile(&auth->setup.suite).mic_len) ||
	    rsn_check_descriptor(&auth->setup.suite, &eapol) || !eapol.data.len || !(eapol.info & KEY_INFO_PAIRWISE) ||
	    !(eapol.info & KEY_INFO_MIC) || (eapol.info & (KEY_INFO_ACK | KEY_INFO_REQUEST | KEY_INFO_ERROR)) ||
	    eapol.replay_counter < auth->first_replay_counter || eapol.replay_counter > auth->replay_counter ||
	    !find_pmk(auth, &eapol, frame))
		return false;
	auth->setup.likely_pmk = *pmk_index = auth->pmk_index;
	return true;
}

void authenticator_receive(struct authenticator *auth, const uint8_t *frame, size_t len, uint64_t now_ns,
			   struct rsn_out *out)
{
	memset(out, 0, sizeof(*out));
	out->drop = receive_frame(auth, frame, len, now_ns, out);
	out->deadline_ns = auth->deadline_ns;
}

void authenticator_timeout(struct authenticator *auth, uint64_t now_ns, struct rsn_out *out)
{
	bool group = auth->state == AUTHENTICATOR_GROUP_MSG1_SENT;

	memset(out, 0, sizeof(*out));
	if (!auth->deadline_ns || now_ns < auth->deadline_ns) {
		out->deadline_ns = auth->deadline_ns;
		return;
	}
	out->awaited = group ? 0 : auth->state == AUTHENTICATOR_MSG1_SENT ? 2 : 4;
	if (auth->tries < tries_of_message(auth))
		send_message(auth, now_ns, out);
	else
		fail_handshake(auth, group ? REASON_GROUP_TIMEOUT : REASON_4WAY_TIMEOUT,
			       auth->mic_failed && auth->state == AUTHENTICATOR_MSG1_SENT ? RSN_WRONG_PASSPHRASE
											  : RSN_TIMEOUT,
			       out);
	out->deadline_ns = auth->deadline_ns;
}
