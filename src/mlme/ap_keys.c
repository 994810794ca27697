/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys at the access point: it drives an authenticator (rsn/authenticator.h) for each station of a protected network,
 * and carries out what that says.
 *
 * New group keys are told to all stations first, and sent with when the last one has them, or has gone (12.7.7): so no
 * group frame is lost on those who have waited.  Receivers know both meanwhile, as they have different ids.  But those
 * who join meanwhile know the new ones only, so that this has an end even if somebody sleeps.
 */
#include "mlme/ap_state.h"

#include "base/mac.h"
#include "wire/ether.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct rsn_suite group_suite(const struct ap_bss *bss)
{
	return (struct rsn_suite){.group = bss->setup.group,
				  .group_management = bss->setup.pmf ? bss->setup.group_mgmt : CIPHER_NONE};
}

/* ---- group keys ---- */

static int set_group_key(struct ap *ap, struct ap_bss *bss, const struct rsn_key *key)
{
	struct key_params use = {.id = key->id, .authenticator = true};

	return key->len ? group_keys_set(&bss->group_keys, ap->crypto, key->cipher, key->bytes, key->len, use, false)
			: 0;
}

/* Makes new ones, and gives them to the data path, which does not send with them yet. */
static int generate_group_keys(struct ap *ap, struct ap_bss *bss)
{
	struct rsn_suite suite = group_suite(bss);
	struct rsn_group next = bss->group;
	uint8_t random[RSN_GROUP_RANDOM_LEN];
	int err = random_bytes(&ap->random, random, sizeof random);

	if (!err) {
		rsn_group_rekey(&next, &suite, random);
		err = set_group_key(ap, bss, &next.gtk);
	}
	if (!err)
		err = set_group_key(ap, bss, &next.igtk);
	if (!err)
		bss->group = next;
	crypto_wipe(random, sizeof random);
	crypto_wipe(&next, sizeof next);
	return err;
}

/* From now on we send with the newest, and those before are gone. */
static void use_new_group_keys(struct ap_bss *bss)
{
	bss->group_switching = false;
	bss->group_keys.gtk_id = bss->group.gtk.id;
	bss->group_keys.igtk_id = bss->group.igtk.id;
	for (uint8_t id = 0; id < 4; id++)
		if (id != bss->group_keys.gtk_id)
			key_wipe(&bss->group_keys.gtk[id]);
	for (uint8_t id = 4; id < 6; id++)
		if (id != bss->group_keys.igtk_id)
			key_wipe(&bss->group_keys.igtk[id - 4]);
}

int ap_keys_init_bss(struct ap *ap, struct ap_bss *bss)
{
	struct key_params first = {0};
	int err;

	if (bss->setup.wep != CIPHER_NONE)
		return group_keys_set(&bss->group_keys, ap->crypto, bss->setup.wep, bss->setup.wep_key,
				      cipher_key_len(bss->setup.wep), first, true);
	if (!bss->protected)
		return 0;
	err = generate_group_keys(ap, bss);
	if (!err)
		use_new_group_keys(bss);
	return err;
}

/* A station that gets keys is told where their packet numbers are: below that it must take nothing. */
static void update_group_rsc(struct ap_bss *bss)
{
	bss->group.gtk.rsc = PN_MAX - key_pn_remaining(&bss->group_keys.gtk[bss->group.gtk.id]);
	if (bss->group.igtk.len)
		bss->group.igtk.rsc = PN_MAX - key_pn_remaining(&bss->group_keys.igtk[bss->group.igtk.id - 4]);
}

void ap_keys_switch_group(struct ap *ap, struct ap_bss *bss)
{
	ap_flush(ap);
	use_new_group_keys(bss);
	ap_note(ap, bss, NOTE_GROUP_REKEYED, bss->setup.bssid, 0);
}

void ap_keys_group_delivered(struct ap *ap, struct ap_sta *sta)
{
	struct ap_bss *bss = sta->bss;

	if (!sta->group_rekey_pending)
		return;
	sta->group_rekey_pending = false;
	if (!--bss->group_pending_count && bss->group_switching)
		ap_keys_switch_group(ap, bss);
}

/* ---- what the authenticator says ---- */

/* Returns false when there is no key now: the link cannot go on. */
static bool install_ptk(struct ap *ap, struct ap_sta *sta, const struct rsn_key *key)
{
	uint32_t rekey_s = sta->bss->setup.ptk_rekey_s;

	if (!key->len)
		return true;
	ap_flush(ap);
	ap_power_rekeyed(ap, sta);
	if (peer_set_key(&sta->peer, ap->crypto, key->cipher, key->bytes, key->len,
			 (struct key_params){.authenticator = true})) {
		ap_drop(ap, DROP_CIPHER_FAILED, sta->peer.addr);
		return false;
	}
	if (sta->peer.authorised)
		ap_note(ap, sta->bss, NOTE_REKEYED, sta->peer.addr, 0);
	sta->rekey_ns = rekey_s ? ap->now_ns + rekey_s * SECOND : 0;
	return true;
}

/* Without it only frames are lost, and only where message 4 is. */
static void expect_ptk(struct ap *ap, struct ap_sta *sta, const struct rsn_key *key)
{
	struct key_params use = {.authenticator = true};

	if (key->len && peer_set_next_key(&sta->peer, ap->crypto, key->cipher, key->bytes, key->len, use))
		ap_drop(ap, DROP_CIPHER_FAILED, sta->peer.addr);
}

static void send_eapol(struct ap *ap, struct ap_sta *sta, const struct rsn_out *output)
{
	struct frame *frame;
	uint8_t *bytes;

	if (!output->frame_len)
		return;
	frame = frame_new(64, ETHER_HLEN + output->frame_len, 64);
	bytes = frame ? frame_make_writable(frame) : NULL;
	if (!bytes) {
		ap_drop(ap, DROP_NO_MEMORY, sta->peer.addr);
		return;
	}
	mac_copy(bytes, sta->peer.addr);
	mac_copy(bytes + 6, sta->bss->setup.bssid);
	bytes[12] = ETHERTYPE_EAPOL >> 8;
	bytes[13] = ETHERTYPE_EAPOL & 0xff;
	memcpy(bytes + ETHER_HLEN, output->frame, output->frame_len);
	frame->meta.priority = 7; /* before all other traffic */
	ap_data_send_to(ap, sta, frame, !output->frame_protected);
}

static size_t current_psk_index(const struct ap_sta *sta)
{
	return (sta->pmks ? sta->psk_index : sta->bss->psk_index)[sta->auth.pmk_index];
}

const char *ap_keys_keyid(const struct ap_sta *sta)
{
	return sta->bss->setup.psks[current_psk_index(sta)].keyid;
}

void ap_keys_open_port(struct ap *ap, struct ap_sta *sta)
{
	const struct authenticator_setup *setup = &sta->auth.setup;
	struct action *note;

	ap_check_sta_on_other_bss(ap, sta);
	note = ap_note(ap, sta->bss, NOTE_CONNECTED, sta->peer.addr, 0);
	sta->peer.authorised = true;
	sta->bss->authorised_count++;
	ap_data_announce(ap, sta);
	if (!sta->bss->protected)
		return;
	if (note)
		memcpy(note->detail, ap_keys_keyid(sta), AP_KEYID_MAX);
	/* Only a hint for the next time: it may fail. */
	(void)pmksa_add(&ap->pmksa, ap->crypto, setup->suite.akm, setup->pmks[sta->auth.pmk_index], &setup->addresses,
			(unsigned)current_psk_index(sta), ap->now_ns);
}

static void start_group_handshake(struct ap *ap, struct ap_sta *sta);

static void apply_finding(struct ap *ap, struct ap_sta *sta, enum rsn_event finding)
{
	switch (finding) {
	case RSN_NO_EVENT:
		break;
	case RSN_WRONG_PASSPHRASE:
		/* It goes on trying with the same one: that is said once. */
		if (!sta->wrong_passphrase)
			ap_note(ap, sta->bss, NOTE_WRONG_PASSPHRASE, sta->peer.addr, 0);
		sta->wrong_passphrase = true;
		break;
	case RSN_ELEMENT_MISMATCH:
		ap_note(ap, sta->bss, NOTE_DOWNGRADE, sta->peer.addr, 0);
		break;
	case RSN_TIMEOUT:
		ap_note(ap, sta->bss, NOTE_SILENT, sta->peer.addr, 0);
		break;
	case RSN_PTK_REQUESTED:
		if (sta->auth.state == AUTHENTICATOR_DONE)
			ap_keys_start_handshake(ap, sta);
		break;
	case RSN_GTK_REQUESTED:
		start_group_handshake(ap, sta);
		break;
	case RSN_MICHAEL_FAILURE:
		ap_keys_michael(ap, sta);
		break;
	}
}

/* Wipes `out`.  The station may be gone afterwards. */
static void apply_authenticator_output(struct ap *ap, struct ap_sta *sta, struct rsn_out *output)
{
	bool key_installed = true;

	if (output->drop)
		ap_drop(ap, output->drop, sta->peer.addr);
	expect_ptk(ap, sta, &output->next_ptk);
	if (output->install_first)
		key_installed = install_ptk(ap, sta, &output->ptk);
	send_eapol(ap, sta, output);
	if (!output->install_first)
		key_installed = install_ptk(ap, sta, &output->ptk);
	if (output->authorise && key_installed)
		ap_keys_open_port(ap, sta);
	if (sta->auth.state == AUTHENTICATOR_DONE && sta->auth.group_generation == sta->bss->group.generation)
		ap_keys_group_delivered(ap, sta);
	apply_finding(ap, sta, output->event);
	if (!sta->removed && (!key_installed || output->disconnect_reason))
		ap_sta_kick(ap, sta, MGMT_DEAUTH, key_installed ? output->disconnect_reason : REASON_UNSPECIFIED);
	if (!sta->removed)
		ap_sta_schedule(ap, sta);
	rsn_out_wipe(output);
}

/* ---- events ---- */

/*
 * Those that are this station's alone come first: they say most about who it is.  Writes how many there are with the
 * others; where there is none, the network's own list will do.
 */
static int list_station_pmks(struct ap_sta *sta, size_t *count)
{
	const struct ap_bss *bss = sta->bss;
	size_t own = 0, filled = 0;

	for (size_t i = 0; i < bss->setup.psk_count; i++)
		own += mac_equal(bss->setup.psks[i].addr, sta->peer.addr);
	*count = own + bss->pmk_count;
	if (!own)
		return 0;
	sta->pmks = calloc(own + bss->pmk_count, sizeof *sta->pmks);
	sta->psk_index = calloc(own + bss->pmk_count, sizeof *sta->psk_index);
	if (!sta->pmks || !sta->psk_index)
		return -ENOMEM;
	for (size_t i = 0; i < bss->setup.psk_count; i++)
		if (mac_equal(bss->setup.psks[i].addr, sta->peer.addr)) {
			memcpy(sta->pmks[filled], bss->setup.psks[i].pmk, PMK_LEN);
			sta->psk_index[filled++] = i;
		}
	memcpy(sta->pmks + filled, bss->pmks, bss->pmk_count * sizeof *bss->pmks);
	memcpy(sta->psk_index + filled, bss->psk_index, bss->pmk_count * sizeof *bss->psk_index);
	return 0;
}

int ap_keys_setup(struct ap *ap, struct ap_sta *sta, const struct rsn_suite *suite, struct span element,
		  struct span pmkids)
{
	const struct ap_bss *bss = sta->bss;
	struct authenticator_setup setup = {.suite = *suite};
	const struct pmksa *cached;
	const size_t *psk_index;

	if (list_station_pmks(sta, &setup.pmk_count))
		return -ENOMEM;
	setup.pmks = (const uint8_t(*)[PMK_LEN])(sta->pmks ? sta->pmks : bss->pmks);
	psk_index = sta->pmks ? sta->psk_index : bss->psk_index;
	mac_copy(setup.addresses.aa, bss->setup.bssid);
	mac_copy(setup.addresses.spa, sta->peer.addr);
	setup.own_element_len = suite->wpa ? bss->wpa_len : bss->rsn_len;
	memcpy(setup.own_element, suite->wpa ? bss->wpa : bss->rsn, setup.own_element_len);
	setup.peer_element_len = element.len;
	memcpy(setup.peer_element, element.bytes, element.len);
	cached = pmksa_find(&ap->pmksa, suite->akm, &setup.addresses, pmkids, ap->now_ns);
	for (size_t i = 0; cached && i < setup.pmk_count; i++)
		if (psk_index[i] == cached->tag)
			setup.likely_pmk = i;
	authenticator_init(&sta->auth, ap->crypto, &bss->group, &setup);
	return 0;
}

void ap_keys_clear(struct ap_sta *sta)
{
	if (sta->pmks)
		crypto_wipe(sta->pmks, sta->auth.setup.pmk_count * sizeof *sta->pmks);
	free(sta->pmks);
	free(sta->psk_index);
	sta->pmks = NULL;
	sta->psk_index = NULL;
	authenticator_wipe(&sta->auth);
}

void ap_keys_start_handshake(struct ap *ap, struct ap_sta *sta)
{
	uint8_t anonce[RSN_NONCE_LEN];
	struct rsn_out output;

	sta->handshake_ns = 0;
	sta->wrong_passphrase = false;
	if (random_bytes(&ap->random, anonce, sizeof anonce) ||
	    authenticator_start(&sta->auth, anonce, ap->now_ns, &output)) {
		ap_drop(ap, DROP_CIPHER_FAILED, sta->peer.addr);
		ap_sta_kick(ap, sta, MGMT_DEAUTH, REASON_UNSPECIFIED);
		return;
	}
	apply_authenticator_output(ap, sta, &output);
}

void ap_keys_receive(struct ap *ap, struct ap_sta *sta, const struct frame *frame)
{
	struct rsn_out output;

	update_group_rsc(sta->bss);
	authenticator_receive(&sta->auth, frame->data + ETHER_HLEN, frame->len - ETHER_HLEN, ap->now_ns, &output);
	apply_authenticator_output(ap, sta, &output);
}

static void start_group_handshake(struct ap *ap, struct ap_sta *sta)
{
	struct rsn_out output;

	update_group_rsc(sta->bss);
	authenticator_rekey_group(&sta->auth, ap->now_ns, &output);
	apply_authenticator_output(ap, sta, &output);
}

void ap_keys_timer(struct ap *ap, struct ap_sta *sta)
{
	struct rsn_out output;

	if (sta->handshake_ns && ap->now_ns >= sta->handshake_ns)
		ap_keys_start_handshake(ap, sta);
	if (!sta->removed && sta->auth.deadline_ns && ap->now_ns >= sta->auth.deadline_ns && !sta->eapol_buffered) {
		update_group_rsc(sta->bss);
		authenticator_timeout(&sta->auth, ap->now_ns, &output);
		apply_authenticator_output(ap, sta, &output);
	}
	if (sta->removed || !sta->rekey_ns || ap->now_ns < sta->rekey_ns)
		return;
	sta->rekey_ns = ap->now_ns + SECOND; /* unless keys come before that */
	if (sta->auth.state == AUTHENTICATOR_DONE)
		ap_keys_start_handshake(ap, sta);
}

void ap_keys_rekey_group(struct ap *ap, struct ap_bss *bss)
{
	uint32_t interval_s = bss->setup.group_rekey_s;

	if (bss->group_switching || generate_group_keys(ap, bss)) {
		bss->group_rekey_ns = ap->now_ns + SECOND;
		return;
	}
	bss->group_rekey_ns = interval_s ? ap->now_ns + interval_s * SECOND : 0;
	bss->group_switching = true;
	bss->group_switch_ns = ap->now_ns + AP_GROUP_SWITCH_NS;
	for (size_t i = 0; i < ap->associated_count; i++) {
		struct ap_sta *sta = ap->associated[i];

		if (sta->bss == bss && sta->peer.authorised && !sta->group_rekey_pending) {
			sta->group_rekey_pending = true;
			bss->group_pending_count++;
		}
	}
	if (!bss->group_pending_count) {
		ap_keys_switch_group(ap, bss);
		return;
	}
	/* From the end, as one may be expelled, and gives its place to the last. */
	for (size_t i = ap->associated_count; i--;)
		if (ap->associated[i]->group_rekey_pending && ap->associated[i]->bss == bss)
			start_group_handshake(ap, ap->associated[i]);
}

void ap_keys_michael(struct ap *ap, struct ap_sta *sta)
{
	struct ap_bss *bss = sta->bss;

	ap_note(ap, bss, NOTE_MICHAEL, sta->peer.addr, 0);
	if (!countermeasures_failure(&bss->countermeasures, ap->now_ns))
		return;
	ap_note(ap, bss, NOTE_COUNTERMEASURES, sta->peer.addr, REASON_MIC_FAILURE);
	for (size_t i = ap->associated_count; i--;)
		if (ap->associated[i]->bss == bss && countermeasures_apply_to(&ap->associated[i]->auth.setup.suite))
			ap_sta_kick(ap, ap->associated[i], MGMT_DEAUTH, REASON_MIC_FAILURE);
	ap_keys_rekey_group(ap, bss);
}
