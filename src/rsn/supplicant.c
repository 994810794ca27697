/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/supplicant.h"

#include "wire/le.h"

#include <errno.h>
#include <string.h>

void supplicant_init(struct supplicant *supp, struct crypto *crypto, const struct supplicant_setup *setup)
{
	*supp = (struct supplicant){.crypto = crypto, .setup = *setup, .snonce_used = true, .request_counter = 1};
}

/* Returns the earlier deadline, or 0 if there is none. */
static uint64_t next_deadline(const struct supplicant *supp)
{
	return supp->rekey_deadline_ns && (!supp->deadline_ns || supp->rekey_deadline_ns < supp->deadline_ns)
		       ? supp->rekey_deadline_ns
		       : supp->deadline_ns;
}

void supplicant_wipe(struct supplicant *supp)
{
	crypto_wipe(supp, sizeof(*supp));
}

/* Fills out->frame with an answer to `request`, or a Request frame that `request` describes; `data` may be empty. */
static enum drop send_message(struct supplicant *supp, const struct eapol_key *request, const uint8_t *kck,
			      uint16_t info, const uint8_t *nonce, struct span data, bool protected,
			      struct rsn_out *out)
{
	const struct rsn_suite *suite = &supp->setup.suite;
	struct eapol_key eapol = rsn_message_begin(suite, info | KEY_INFO_MIC, request->replay_counter);

	eapol.version = request->version;
	eapol.key_len = suite->wpa ? request->key_len : 0;
	eapol.nonce = nonce;
	eapol.data = data;
	out->frame_protected = protected;
	return rsn_message_write(supp->crypto, suite, kck, &eapol, out) ? DROP_CIPHER_FAILED : NOT_DROPPED;
}

/* Derives the PTK; with fast BSS transition also the PMK-R1, whose name is stored. */
static int derive_ptk(const struct supplicant *supp, const uint8_t *anonce, struct ptk *ptk, uint8_t name[PMKID_LEN])
{
	const struct supplicant_setup *setup = &supp->setup;
	struct ft_key r1;
	int err;

	if (!akm_info(setup->suite.akm)->ft)
		return rsn_derive_ptk(supp->crypto, &setup->suite, setup->pmk, &setup->addresses, anonce, supp->snonce,
				      ptk);
	err = ft_association_key(supp->crypto, &setup->ft,
				 (struct piece){setup->pmk, rsn_profile(&setup->suite).pmk_len}, setup->addresses.spa,
				 &r1);
	if (!err)
		err = rsn_derive_ptk(supp->crypto, &setup->suite, r1.pmk, &setup->addresses, anonce, supp->snonce, ptk);
	memcpy(name, r1.name, PMKID_LEN);
	crypto_wipe(&r1, sizeof(r1));
	return err;
}

#define MESSAGE_2_MAX (FT_MESSAGE_MAX + OCI_KDE_LEN)

/* Our elements, for message 2. Returns their length. */
static size_t write_own_elements(const struct supplicant_setup *setup, const uint8_t name[PMKID_LEN],
				 uint8_t out[MESSAGE_2_MAX])
{
	struct span own = {setup->own_element, setup->own_element_len}, rsnx = {setup->own_rsnx, setup->own_rsnx_len};

	uint8_t *pos = out;

	if (akm_info(setup->suite.akm)->ft) {
		pos += ft_message_write(&setup->ft, own, rsnx, name, out);
	} else {
		memcpy(out, own.bytes, own.len);
		memcpy(out + own.len, rsnx.bytes, rsnx.len);
		pos += own.len + rsnx.len;
	}
	return (size_t)((setup->ocv.used ? oci_write_kde(&setup->ocv.channel, pos) : pos) - out);
}

static enum drop receive_msg1(struct supplicant *supp, const struct eapol_key *eapol, bool protected,
			      const uint8_t *random, uint64_t now_ns, struct rsn_out *out)
{
	struct supplicant_setup *setup = &supp->setup;
	uint8_t elements[MESSAGE_2_MAX], name[PMKID_LEN];
	struct ptk ptk;
	enum drop drop;

	if (rsn_is_zero(eapol->nonce, RSN_NONCE_LEN) || (eapol->info & (KEY_INFO_INSTALL | KEY_INFO_ENCRYPTED)))
		return DROP_EAPOL_UNEXPECTED;
	/* On a protected link a new handshake uses the old key: a message 1 in the clear is forged. */
	if (supp->ptk_installed && !protected)
		return DROP_EAPOL_UNEXPECTED;
	if (supp->snonce_used) {
		memcpy(supp->snonce, random, RSN_NONCE_LEN);
		supp->snonce_used = false;
	}
	if (derive_ptk(supp, eapol->nonce, &ptk, name))
		return DROP_CIPHER_FAILED;
	drop = send_message(supp, eapol, ptk.kck, KEY_INFO_PAIRWISE, supp->snonce,
			    (struct span){elements, write_own_elements(setup, name, elements)}, protected, out);
	crypto_wipe(&ptk, sizeof(ptk));
	if (drop)
		return drop;
	supp->msg2_count++;
	supp->rekey_deadline_ns = 0;
	supp->state = SUPPLICANT_MSG2_SENT;
	supp->deadline_ns = now_ns + RSN_RETRY_NS;
	return NOT_DROPPED;
}

/* Installs a group key unless it is already installed, even with another id: that would reset its replay counters. */
static void install_group_key(struct rsn_key *installed, size_t count, size_t slot, const struct rsn_key *new_key,
			      struct rsn_key *out)
{
	for (size_t i = 0; i < count; i++)
		if (installed[i].len == new_key->len && crypto_equal(installed[i].bytes, new_key->bytes, new_key->len))
			return;
	installed[slot] = *out = *new_key;
}

/* Reads a group key. The caller has checked that `bytes` holds `len` bytes. */
static bool read_group_key(struct rsn_key *key, enum cipher cipher, unsigned id, const uint8_t *bytes, size_t len,
			   const uint8_t *rsc)
{
	if (!len || len != cipher_key_len(cipher) || rsn_is_zero(bytes, len))
		return false;
	*key = (struct rsn_key){.cipher = cipher, .id = (uint8_t)id, .len = (uint8_t)len};
	memcpy(key->bytes, bytes, len);
	key->rsc = (uint64_t)le16(rsc + 4) << 32 | le32(rsc);
	return true;
}

/* Reads the body of the KDE of an IGTK or BIGTK, whose id is `first_id` or the next one. */
static bool read_integrity_key(struct rsn_key *key, enum cipher cipher, unsigned first_id, struct span body)
{
	unsigned id = body.len < 8 ? 0 : le16(body.bytes);

	return id >= first_id && id <= first_id + 1 &&
	       read_group_key(key, cipher, id, body.bytes + 8, body.len - 8, body.bytes + 2);
}

/* Reads the GTK, IGTK and BIGTK of decrypted key data (12.7.2). */
static enum drop read_group_keys(const struct rsn_suite *suite, const struct eapol_key *eapol,
				 const struct key_data *key_data, struct rsn_group_keys *keys)
{
	if (key_data->gtk.len < 2 ||
	    !read_group_key(&keys->gtk, suite->group, key_data->gtk.bytes[0] & 3, key_data->gtk.bytes + 2,
			    key_data->gtk.len - 2, eapol->rsc) ||
	    !keys->gtk.id)
		return DROP_EAPOL_KEY_DATA;
	if (suite->group_management == CIPHER_NONE)
		return NOT_DROPPED;
	if (!read_integrity_key(&keys->igtk, suite->group_management, 4, key_data->igtk))
		return DROP_EAPOL_KEY_DATA;
	if (key_data->bigtk.bytes && !read_integrity_key(&keys->bigtk, suite->group_management, 6, key_data->bigtk))
		return DROP_EAPOL_KEY_DATA;
	return NOT_DROPPED;
}

static void install_group_keys(struct supplicant *supp, const struct rsn_group_keys *keys, struct rsn_out *out)
{
	install_group_key(supp->gtk, 4, keys->gtk.id, &keys->gtk, &out->gtk);
	if (keys->igtk.len)
		install_group_key(supp->igtk, 2, keys->igtk.id - 4u, &keys->igtk, &out->igtk);
	if (keys->bigtk.len && supp->setup.beacon_protection)
		install_group_key(supp->bigtk, 2, keys->bigtk.id - 6u, &keys->bigtk, &out->bigtk);
	out->authorise = !supp->authorised;
	supp->authorised = true;
}

/*
 * The element of the negotiated protocol in message 3 must equal the one of beacon and probe response: otherwise an
 * attacker has forged those (12.7.6.4). An attacker could also remove the RSN element from them, so that the station
 * negotiates WPA: an RSN element in message 3 shows that.
 */
static enum drop check_peer_elements(const struct supplicant_setup *setup, const struct key_data *data,
				     const uint8_t name[PMKID_LEN], struct rsn_out *out)
{
	struct span element = setup->suite.wpa ? data->wpa : data->rsne,
		    expected = {setup->peer_element, setup->peer_element_len};
	bool same = akm_info(setup->suite.akm)->ft
			    ? ft_message_fits(&setup->ft, data, expected, name)
			    : element.bytes && span_equals(element, expected.bytes, expected.len);
	bool downgraded = setup->suite.wpa && data->rsne.bytes &&
			  !span_equals(data->rsne, setup->peer_rsn_element, setup->peer_rsn_element_len);

	downgraded |= !setup->suite.wpa && !span_equals(data->rsnx, setup->peer_rsnx, setup->peer_rsnx_len);
	if (!downgraded && same)
		return NOT_DROPPED;
	out->event = RSN_ELEMENT_MISMATCH;
	out->disconnect_reason = REASON_ELEMENT_MISMATCH;
	return DROP_EAPOL_RSNE;
}

/* Reads message 3. In WPA it carries only the element, in the clear; in WPA2 also keys, encrypted. */
static enum drop read_msg3(struct supplicant *supp, const struct eapol_key *eapol, const struct ptk *ptk,
			   const uint8_t name[PMKID_LEN], struct rsn_group_keys *keys, struct rsn_out *out)
{
	uint8_t plain[RSN_FRAME_MAX];
	struct key_data data;
	enum drop drop;
	int plain_len;

	if (supp->setup.suite.wpa) {
		drop = key_data_parse(&data, eapol->data);
		return drop ? drop : check_peer_elements(&supp->setup, &data, name, out);
	}
	if (!(eapol->info & KEY_INFO_ENCRYPTED) || eapol->data.len > sizeof(plain))
		return DROP_EAPOL_KEY_DATA;
	plain_len = rsn_decrypt_key_data(supp->crypto, &supp->setup.suite, ptk->kek, eapol, plain);
	drop = plain_len < 0 ? DROP_EAPOL_KEY_DATA : key_data_parse(&data, (struct span){plain, (size_t)plain_len});
	if (!drop)
		drop = check_peer_elements(&supp->setup, &data, name, out);
	if (!drop && !rsn_check_channel(&supp->setup.ocv, OCI_MESSAGE_3, data.oci, out))
		drop = DROP_OCI;
	if (!drop)
		drop = read_group_keys(&supp->setup.suite, eapol, &data, keys);
	if (!drop && data.transition_disable.len)
		out->transition_disable = data.transition_disable.bytes[0];
	crypto_wipe(plain, sizeof(plain));
	return drop;
}

static enum drop receive_msg3(struct supplicant *supp, const struct eapol_key *eapol, const uint8_t *frame,
			      bool protected, uint64_t now_ns, struct rsn_out *out)
{
	struct supplicant_setup *setup = &supp->setup;
	struct rsn_group_keys keys = {0};
	struct ptk ptk;
	uint8_t name[PMKID_LEN];
	bool retransmitted, mic_valid;
	enum drop drop;

	if (supp->state == SUPPLICANT_IDLE)
		return DROP_EAPOL_UNEXPECTED;
	/* A retransmission: our answer was lost. */
	retransmitted = supp->ptk_installed && crypto_equal(eapol->nonce, supp->anonce, RSN_NONCE_LEN);
	if ((supp->snonce_used && !retransmitted) || derive_ptk(supp, eapol->nonce, &ptk, name))
		return DROP_EAPOL_UNEXPECTED;
	if (retransmitted)
		ptk = supp->ptk; /* its SNonce may be gone */
	mic_valid = rsn_mic_verify(supp->crypto, &setup->suite, ptk.kck, eapol, frame);
	if (!mic_valid) {
		out->event = supp->ptk_installed ? RSN_NO_EVENT : RSN_WRONG_PASSPHRASE;
		drop = DROP_EAPOL_MIC;
	} else {
		supp->replay_counter = eapol->replay_counter;
		supp->replay_counter_valid = true;
		drop = read_msg3(supp, eapol, &ptk, name, &keys, out);
	}
	if (!drop)
		drop = send_message(supp, eapol, ptk.kck, KEY_INFO_PAIRWISE | (setup->suite.wpa ? 0 : KEY_INFO_SECURE),
				    NULL, (struct span){0}, protected, out);
	if (!drop && !retransmitted) {
		supp->ptk = ptk;
		memcpy(supp->anonce, eapol->nonce, RSN_NONCE_LEN);
		supp->ptk_installed = supp->snonce_used = true;
		out->ptk = rsn_pairwise_key(&setup->suite, &ptk);
		supp->rekey_requests = 0;
		supp->rekey_deadline_ns = setup->ptk_rekey_ns ? now_ns + setup->ptk_rekey_ns : 0;
	}
	if (!drop) {
		supp->msg2_count = 0;
		supp->state = SUPPLICANT_DONE;
		if (keys.gtk.len)
			install_group_keys(supp, &keys, out);
		/* In WPA the group key comes in a separate message. */
		supp->deadline_ns = supp->authorised ? 0 : now_ns + RSN_RETRY_NS;
	}
	crypto_wipe(&keys, sizeof(keys));
	crypto_wipe(&ptk, sizeof(ptk));
	return drop;
}

/* The key data of group message 2. */
static struct span write_oci(const struct supplicant *supp, uint8_t out[OCI_KDE_LEN])
{
	if (!supp->setup.ocv.used)
		return (struct span){0};
	return (struct span){out, (size_t)(oci_write_kde(&supp->setup.ocv.channel, out) - out)};
}

static enum drop receive_group_msg1(struct supplicant *supp, const struct eapol_key *eapol, const uint8_t *frame,
				    bool protected, struct rsn_out *out)
{
	const struct rsn_suite *suite = &supp->setup.suite;
	unsigned id = (eapol->info & KEY_INFO_INDEX) >> 4;
	struct rsn_group_keys keys = {0};
	uint8_t plain[RSN_FRAME_MAX], oci[OCI_KDE_LEN];
	struct key_data data;
	enum drop drop;
	int plain_len;

	if (!supp->ptk_installed || !protected || eapol->data.len > sizeof(plain))
		return DROP_EAPOL_UNEXPECTED;
	if (!rsn_mic_verify(supp->crypto, suite, supp->ptk.kck, eapol, frame))
		return DROP_EAPOL_MIC;
	supp->replay_counter = eapol->replay_counter;
	if (!suite->wpa && !(eapol->info & KEY_INFO_ENCRYPTED))
		return DROP_EAPOL_KEY_DATA;
	plain_len = rsn_decrypt_key_data(supp->crypto, suite, supp->ptk.kek, eapol, plain);
	if (plain_len < 0)
		return DROP_EAPOL_KEY_DATA;
	if (suite->wpa) {
		/* The bare key; AES key wrap can have padded it. */
		size_t len = cipher_key_len(suite->group);

		drop = id && (size_t)plain_len >= len &&
				       read_group_key(&keys.gtk, suite->group, id, plain, len, eapol->rsc)
			       ? NOT_DROPPED
			       : DROP_EAPOL_KEY_DATA;
	} else {
		drop = key_data_parse(&data, (struct span){plain, (size_t)plain_len});
		if (!drop && !rsn_check_channel(&supp->setup.ocv, OCI_GROUP_1, data.oci, out))
			drop = DROP_OCI;
		if (!drop)
			drop = read_group_keys(suite, eapol, &data, &keys);
	}
	if (!drop)
		drop = send_message(supp, eapol, supp->ptk.kck,
				    KEY_INFO_SECURE | (suite->wpa ? eapol->info & KEY_INFO_INDEX : 0), NULL,
				    write_oci(supp, oci), protected, out);
	if (!drop) {
		install_group_keys(supp, &keys, out);
		supp->deadline_ns = supp->state == SUPPLICANT_DONE ? 0 : supp->deadline_ns;
	}
	crypto_wipe(plain, sizeof(plain));
	crypto_wipe(&keys, sizeof(keys));
	return drop;
}

static enum drop receive_frame(struct supplicant *supp, const uint8_t *frame, size_t len, bool protected,
			       const uint8_t *random, uint64_t now_ns, struct rsn_out *out)
{
	struct eapol_key eapol;
	enum drop drop = eapol_key_parse(&eapol, frame, len, rsn_profile(&supp->setup.suite).mic_len);

	if (!drop)
		drop = rsn_check_descriptor(&supp->setup.suite, &eapol);
	if (drop)
		return drop;
	if (!(eapol.info & KEY_INFO_ACK) || (eapol.info & (KEY_INFO_REQUEST | KEY_INFO_ERROR)))
		return DROP_EAPOL_UNEXPECTED;
	if (supp->replay_counter_valid && eapol.replay_counter <= supp->replay_counter)
		return DROP_EAPOL_REPLAY;
	if (!(eapol.info & KEY_INFO_PAIRWISE))
		return eapol.info & KEY_INFO_MIC ? receive_group_msg1(supp, &eapol, frame, protected, out)
						 : DROP_EAPOL_UNEXPECTED;
	return eapol.info & KEY_INFO_MIC ? receive_msg3(supp, &eapol, frame, protected, now_ns, out)
					 : receive_msg1(supp, &eapol, protected, random, now_ns, out);
}

/* Subelements of the key data of a WNM Sleep Mode Response. Those of IGTK and BIGTK have the layout of the KDEs. */
enum { SLEEP_GTK = 0, SLEEP_IGTK = 1, SLEEP_BIGTK = 2, SLEEP_GTK_FIXED = 11 /* key info, key length, RSC */ };

static bool read_sleep_gtk(struct rsn_key *key, enum cipher cipher, struct span body)
{
	const uint8_t *fixed = span_take(&body, SLEEP_GTK_FIXED);

	return fixed && fixed[2] <= body.len && le16(fixed) & 3 &&
	       read_group_key(key, cipher, le16(fixed) & 3, body.bytes, fixed[2], fixed + 3);
}

static bool read_sleep_keys(const struct rsn_suite *suite, struct span data, struct rsn_group_keys *keys)
{
	struct element element;

	while (element_next(&data, &element)) {
		bool ok = true;

		if (element.id == SLEEP_GTK)
			ok = read_sleep_gtk(&keys->gtk, suite->group, element.body);
		else if (element.id == SLEEP_IGTK)
			ok = read_integrity_key(&keys->igtk, suite->group_management, 4, element.body);
		else if (element.id == SLEEP_BIGTK)
			ok = read_integrity_key(&keys->bigtk, suite->group_management, 6, element.body);
		if (!ok)
			return false;
	}
	return !data.len && keys->gtk.len;
}

void supplicant_wake(struct supplicant *supp, struct span data, struct rsn_out *out)
{
	struct rsn_group_keys keys = {0};

	memset(out, 0, sizeof(*out));
	if (!supp->authorised || supp->setup.suite.group_management == CIPHER_NONE)
		out->drop = DROP_MGMT_UNEXPECTED;
	else if (!read_sleep_keys(&supp->setup.suite, data, &keys))
		out->drop = DROP_EAPOL_KEY_DATA;
	else
		install_group_keys(supp, &keys, out);
	crypto_wipe(&keys, sizeof(keys));
	out->deadline_ns = next_deadline(supp);
}

void supplicant_rekeyed(struct supplicant *supp, uint64_t replay_counter)
{
	if (!supp->ptk_installed || (supp->replay_counter_valid && replay_counter <= supp->replay_counter))
		return;
	supp->replay_counter = replay_counter;
	supp->replay_counter_valid = true;
}

void supplicant_adopt(struct supplicant *supp, const struct ptk *ptk, const struct rsn_group_keys *keys,
		      uint64_t now_ns, struct rsn_out *out)
{
	uint64_t rekey_ns = supp->setup.ptk_rekey_ns;

	memset(out, 0, sizeof(*out));
	supp->ptk = *ptk;
	supp->ptk_installed = true;
	supp->state = SUPPLICANT_DONE;
	supp->rekey_deadline_ns = rekey_ns ? now_ns + rekey_ns : 0;
	out->ptk = rsn_pairwise_key(&supp->setup.suite, ptk);
	install_group_keys(supp, keys, out);
	out->deadline_ns = next_deadline(supp);
}

void supplicant_receive(struct supplicant *supp, const uint8_t *frame, size_t len, bool protected,
			const uint8_t random[RSN_NONCE_LEN], uint64_t now_ns, struct rsn_out *out)
{
	memset(out, 0, sizeof(*out));
	out->drop = receive_frame(supp, frame, len, protected, random, now_ns, out);
	out->deadline_ns = next_deadline(supp);
}

static int send_request(struct supplicant *supp, enum supplicant_request_type type, struct rsn_out *out)
{
	static const uint16_t info[] = {
		[SUPPLICANT_REQUEST_PTK] = KEY_INFO_PAIRWISE,
		[SUPPLICANT_REQUEST_GTK] = 0,
		[SUPPLICANT_REPORT_MICHAEL] = KEY_INFO_PAIRWISE | KEY_INFO_ERROR,
		[SUPPLICANT_REPORT_MICHAEL_GROUP] = KEY_INFO_ERROR,
	};
	struct eapol_key eapol = rsn_message_begin(&supp->setup.suite, 0, supp->request_counter);

	if (!supp->ptk_installed)
		return -ENOTCONN;
	supp->request_counter++;
	out->drop = send_message(supp, &eapol, supp->ptk.kck, info[type] | KEY_INFO_REQUEST | KEY_INFO_SECURE, NULL,
				 (struct span){0}, true, out);
	return 0;
}

int supplicant_request(struct supplicant *supp, enum supplicant_request_type type, struct rsn_out *out)
{
	memset(out, 0, sizeof(*out));
	out->deadline_ns = next_deadline(supp);
	return send_request(supp, type, out);
}

enum rsn_event supplicant_disconnected(const struct supplicant *supp)
{
	return supp->msg2_count && !supp->ptk_installed ? RSN_WRONG_PASSPHRASE : RSN_NO_EVENT;
}

void supplicant_timeout(struct supplicant *supp, uint64_t now_ns, struct rsn_out *out)
{
	memset(out, 0, sizeof(*out));
	if (supp->deadline_ns && now_ns >= supp->deadline_ns) {
		/* One message 1 without a message 3 is a lost link; several mean that the MIC of message 2 is wrong. */
		out->event = supp->msg2_count > 1 && !supp->ptk_installed ? RSN_WRONG_PASSPHRASE : RSN_TIMEOUT;
		out->awaited = supp->state == SUPPLICANT_MSG2_SENT ? 3 : 1;
		out->disconnect_reason = REASON_4WAY_TIMEOUT;
		supp->deadline_ns = supp->rekey_deadline_ns = 0;
	} else if (supp->rekey_deadline_ns && now_ns >= supp->rekey_deadline_ns) {
		send_request(supp, SUPPLICANT_REQUEST_PTK, out);
		supp->rekey_deadline_ns = now_ns + RSN_RETRY_NS;
		if (++supp->rekey_requests == RSN_TRIES) {
			supp->rekey_requests = 0;
			supp->rekey_deadline_ns = now_ns + supp->setup.ptk_rekey_ns;
		}
	}
	out->deadline_ns = next_deadline(supp);
}
