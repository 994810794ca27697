/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handshakes and keys: each station of a protected BSS has an authenticator (rsn/authenticator.h), whose output this file
 * turns into actions.
 */
#include "mlme/ap_ft.h"
#include "mlme/ap_ocv.h"
#include "mlme/ap_state.h"

#include "base/mac.h"
#include "wire/ether.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- output of the authenticator ---- */

/* Returns false if the station is left without a key: the link must end. */
static bool install_ptk(struct ap *ap, struct ap_sta *sta, const struct rsn_key *key)
{
	uint32_t rekey_s = sta->bss->setup.ptk_rekey_s;

	if (!key->len)
		return true;
	if (!ap_act_key(ap, PLANE_KEY_INSTALL, sta->bss, sta->entry.addr, key))
		return false;
	if (sta->authorised)
		ap_note(ap, sta->bss, NOTE_REKEYED, sta->entry.addr, 0);
	sta->due_ns[AP_TIMER_REKEY] = rekey_s ? ap->now_ns + rekey_s * SECOND : NEVER;
	return true;
}

/* The station is left without a key: the link must end. */
void ap_keys_install_failed(struct ap *ap, struct ap_sta *sta)
{
	ap_drop(ap, DROP_CIPHER_FAILED, sta->entry.addr);
	ap_sta_kick(ap, sta, MGMT_DEAUTH, REASON_UNSPECIFIED);
}

static void send_eapol(struct ap *ap, struct ap_sta *sta, const struct rsn_out *output)
{
	struct plane_action *action;
	struct frame *frame;

	if (!output->frame_len)
		return;
	frame = rsn_new_eapol(sta->entry.addr, sta->bss->setup.bssid, output);
	action = ap_act_frame(ap, PLANE_EAPOL, sta->bss, sta->entry.addr, frame);
	if (!action)
		return;
	frame->meta.priority = 7; /* before all other traffic */
	action->eapol_key = output->frame_protected ? PLANE_EAPOL_PAIRWISE : PLANE_EAPOL_CLEAR;
}

static size_t current_psk_index(const struct ap_sta *sta)
{
	return (sta->pmks ? sta->psk_index : sta->bss->psk_index)[sta->auth.pmk_index];
}

bool ap_keys_use_psk(const struct ap_sta *sta)
{
	return !(akm_set_without_psk() & 1u << sta->auth.setup.suite.akm) && !sta->auth.setup.ft.transitioned;
}

const char *ap_keys_keyid(const struct ap_sta *sta)
{
	static const char none[AP_KEYID_MAX + 1];

	if (!ap_keys_use_psk(sta))
		return none;
	return sta->bss->setup.psks[current_psk_index(sta)].keyid;
}

/* Remembers which passphrase the station used, so that its next handshake tries that one first. */
static void cache_pmk(struct ap *ap, const struct ap_sta *sta)
{
	const struct authenticator_setup *setup = &sta->auth.setup;

	if (akm_info(setup->suite.akm)->owe)
		pmksa_add_named(&ap->pmksa, setup->suite.akm,
				(struct span){setup->pmks[0], rsn_profile(&setup->suite).pmk_len}, setup->pmkid,
				&setup->addresses, 0, ap->now_ns);
	if (!ap_keys_use_psk(sta) || akm_info(setup->suite.akm)->ft)
		return; /* ap_sae.c has cached that of SAE */
	/* Only a hint: it may fail. */
	(void)pmksa_add(&ap->pmksa, ap->crypto, setup->suite.akm, setup->pmks[sta->auth.pmk_index], &setup->addresses,
			(unsigned)current_psk_index(sta), ap->now_ns);
}

static void note_silent(struct ap *ap, const struct ap_sta *sta, unsigned message)
{
	struct action *note = ap_note(ap, sta->bss, NOTE_SILENT, sta->entry.addr, 0);

	if (note)
		note->awaited = message == 2   ? AWAITED_MESSAGE_2
				: message == 4 ? AWAITED_MESSAGE_4
					       : AWAITED_GROUP_MESSAGE_2;
}

static void apply_event(struct ap *ap, struct ap_sta *sta, const struct rsn_out *output)
{
	switch (output->event) {
	case RSN_NO_EVENT:
		break;
	case RSN_WRONG_PASSPHRASE:
		/* The station repeats its message 2: report only the first one. */
		if (!sta->wrong_passphrase)
			ap_note(ap, sta->bss, NOTE_WRONG_PASSPHRASE, sta->entry.addr, 0);
		sta->wrong_passphrase = true;
		break;
	case RSN_ELEMENT_MISMATCH:
		ap_note(ap, sta->bss, NOTE_DOWNGRADE, sta->entry.addr, 0);
		break;
	case RSN_OCV_FAILURE:
		ap_ocv_failed(ap, sta, &output->ocv);
		break;
	case RSN_TIMEOUT:
		note_silent(ap, sta, output->awaited);
		break;
	case RSN_PTK_REQUESTED:
		if (sta->auth.state == AUTHENTICATOR_DONE)
			ap_keys_start_handshake(ap, sta);
		break;
	case RSN_GTK_REQUESTED:
		ap_keys_start_group_handshake(ap, sta);
		break;
	case RSN_MICHAEL_FAILURE:
		/* Without a TKIP key there is none: the report would only harm others. */
		if (countermeasures_apply_to(&sta->auth.setup.suite))
			ap_keys_michael(ap, sta);
		else
			ap_drop(ap, DROP_EAPOL_UNEXPECTED, sta->entry.addr);
		break;
	}
}

/* Wipes `output`. The station may be removed afterwards. Returns true if the controlled port must be opened. */
static bool apply_authenticator_output(struct ap *ap, struct ap_sta *sta, struct rsn_out *output)
{
	bool key_installed = true, opens_port;

	if (output->drop)
		ap_drop(ap, output->drop, sta->entry.addr);
	if (output->next_ptk.len)
		ap_act_key(ap, PLANE_KEY_EXPECT, sta->bss, sta->entry.addr, &output->next_ptk);
	if (output->install_first)
		key_installed = install_ptk(ap, sta, &output->ptk);
	send_eapol(ap, sta, output);
	if (!output->install_first)
		key_installed = install_ptk(ap, sta, &output->ptk);
	opens_port = output->authorise && key_installed;
	if (opens_port) {
		cache_pmk(ap, sta);
		ap_ft_associated(ap, sta);
	}
	if (sta->auth.state == AUTHENTICATOR_DONE && sta->auth.group_generation == sta->bss->group.generation)
		ap_group_delivered(ap, sta);
	apply_event(ap, sta, output);
	if (!sta->removed && (!key_installed || output->disconnect_reason))
		ap_sta_kick(ap, sta, MGMT_DEAUTH, key_installed ? output->disconnect_reason : REASON_UNSPECIFIED);
	if (!sta->removed)
		ap_sta_schedule(ap, sta);
	rsn_out_wipe(output);
	return opens_port && !sta->removed;
}

/* ---- setup ---- */

/*
 * Lists the PMKs that the station may use: its own first, then those of every station. `count` is their number; without
 * own ones the list of the BSS serves.
 */
static int list_station_pmks(struct ap_sta *sta, size_t *count)
{
	const struct ap_bss *bss = sta->bss;
	size_t own = 0, filled = 0;

	for (size_t i = 0; i < bss->setup.psk_count; i++)
		own += mac_equal(bss->setup.psks[i].addr, sta->entry.addr);
	*count = own + bss->pmk_count;
	if (!own)
		return 0;
	sta->pmks = calloc(*count, sizeof(*sta->pmks));
	sta->psk_index = calloc(*count, sizeof(*sta->psk_index));
	if (!sta->pmks || !sta->psk_index)
		return -ENOMEM;
	for (size_t i = 0; i < bss->setup.psk_count; i++)
		if (mac_equal(bss->setup.psks[i].addr, sta->entry.addr)) {
			memcpy(sta->pmks[filled], bss->setup.psks[i].pmk, PMK_LEN);
			sta->psk_index[filled++] = i;
		}
	memcpy(sta->pmks + filled, bss->pmks, bss->pmk_count * sizeof(*bss->pmks));
	memcpy(sta->psk_index + filled, bss->psk_index, bss->pmk_count * sizeof(*bss->psk_index));
	return 0;
}

/* The only PMK of a station that has authenticated by SAE or OWE. */
static int take_pmksa(struct ap_sta *sta, const struct pmksa *pmksa, struct authenticator_setup *setup)
{
	sta->pmks = calloc(1, sizeof(*sta->pmks));
	sta->psk_index = calloc(1, sizeof(*sta->psk_index));
	if (!sta->pmks || !sta->psk_index)
		return -ENOMEM;
	memcpy(sta->pmks[0], pmksa->pmk, pmksa->pmk_len);
	setup->suite.pmk_len = pmksa->pmk_len;
	memcpy(setup->pmkid, pmksa->pmkid, PMKID_LEN);
	setup->names_pmk = true;
	setup->pmk_count = 1;
	return 0;
}

static size_t find_likely_pmk(struct ap *ap, const struct ap_sta *sta, const struct authenticator_setup *setup,
			      struct span pmkids)
{
	const struct pmksa *cached = pmksa_find(&ap->pmksa, setup->suite.akm, &setup->addresses, pmkids, ap->now_ns);
	const size_t *psk_index = sta->pmks ? sta->psk_index : sta->bss->psk_index;

	for (size_t i = 0; cached && i < setup->pmk_count; i++)
		if (psk_index[i] == cached->tag)
			return i;
	return 0;
}

static void copy_elements(const struct ap_bss *bss, const struct ap_peer_elements *peer,
			  struct authenticator_setup *setup)
{
	bool wpa = setup->suite.wpa;

	setup->own_element_len = wpa ? bss->wpa_len : bss->rsn_len;
	memcpy(setup->own_element, wpa ? bss->wpa : bss->rsn, setup->own_element_len);
	setup->peer_element_len = peer->rsn.len;
	memcpy(setup->peer_element, peer->rsn.bytes, peer->rsn.len);
	if (wpa)
		return;
	setup->own_rsnx_len = bss->rsnx_len;
	memcpy(setup->own_rsnx, bss->rsnx, bss->rsnx_len);
	setup->peer_rsnx_len = peer->rsnx.len;
	if (peer->rsnx.len)
		memcpy(setup->peer_rsnx, peer->rsnx.bytes, peer->rsnx.len);
	setup->transition_disable = bss->setup.transition_disable;
}

int ap_keys_setup(struct ap *ap, struct ap_sta *sta, const struct rsn_suite *suite, const struct ap_peer_elements *peer,
		  const struct pmksa *pmksa)
{
	const struct ap_bss *bss = sta->bss;
	struct authenticator_setup setup = {.suite = *suite};

	if (pmksa ? take_pmksa(sta, pmksa, &setup) : list_station_pmks(sta, &setup.pmk_count))
		return -ENOMEM;
	setup.pmks = (const uint8_t(*)[PMK_MAX])(sta->pmks ? sta->pmks : bss->pmks);
	mac_copy(setup.addresses.aa, bss->setup.bssid);
	mac_copy(setup.addresses.spa, sta->entry.addr);
	copy_elements(bss, peer, &setup);
	setup.pairwise_tries = bss->setup.pairwise_tries;
	setup.group_tries = bss->setup.group_tries;
	setup.no_retries = bss->setup.no_key_retries;
	setup.ocv = peer->ocv;
	if (akm_info(suite->akm)->ft && !ap_ft_begin(ap, bss, &setup.suite, &setup.ft))
		return -ENOMEM;
	if (!pmksa)
		setup.likely_pmk = find_likely_pmk(ap, sta, &setup, peer->pmkids);
	authenticator_init(&sta->auth, ap->crypto, sta->vlan ? &sta->vlan->group : &bss->group, &setup);
	return 0;
}

int ap_keys_adopt(struct ap *ap, struct ap_sta *sta, const struct ap_peer_elements *peer,
		  const struct ap_ft_transition *transition)
{
	const struct ap_bss *bss = sta->bss;
	struct authenticator_setup setup = {.suite = transition->suite};
	struct pmksa pmksa = {0};
	struct rsn_key key;
	int err;

	pmksa.pmk_len = transition->r1.pmk_len;
	memcpy(pmksa.pmk, transition->r1.pmk, transition->r1.pmk_len);
	err = take_pmksa(sta, &pmksa, &setup);
	crypto_wipe(&pmksa, sizeof(pmksa));
	if (err)
		return err;
	setup.names_pmk = false;
	setup.pmks = (const uint8_t(*)[PMK_MAX])sta->pmks;
	mac_copy(setup.addresses.aa, bss->setup.bssid);
	mac_copy(setup.addresses.spa, sta->entry.addr);
	copy_elements(bss, peer, &setup);
	setup.pairwise_tries = bss->setup.pairwise_tries;
	setup.group_tries = bss->setup.group_tries;
	setup.no_retries = bss->setup.no_key_retries;
	setup.ocv = transition->ocv;
	if (!ap_ft_accept(ap, sta, transition, &setup.ft))
		return -ENOMEM;
	authenticator_init(&sta->auth, ap->crypto, sta->vlan ? &sta->vlan->group : &bss->group, &setup);
	authenticator_adopt(&sta->auth, &transition->ptk);
	key = rsn_pairwise_key(&transition->suite, &transition->ptk);
	err = install_ptk(ap, sta, &key) ? 0 : -ENOMEM;
	crypto_wipe(&key, sizeof(key));
	return err;
}

/* ---- handshakes ---- */

void ap_keys_start_handshake(struct ap *ap, struct ap_sta *sta)
{
	uint8_t anonce[RSN_NONCE_LEN];
	struct rsn_out output;

	sta->due_ns[AP_TIMER_HANDSHAKE] = NEVER;
	sta->wrong_passphrase = false;
	if (sta->auth.ptk_installed && (!ap->plane.replaces_ptk || sta->bss->setup.never_replaces_ptk)) {
		ap_note(ap, sta->bss, NOTE_NO_REKEY, sta->entry.addr, 0);
		ap_sta_kick(ap, sta, MGMT_DEAUTH, REASON_AUTH_EXPIRED);
		return;
	}
	if (random_bytes(&ap->random, anonce, sizeof(anonce)) ||
	    authenticator_start(&sta->auth, anonce, ap->now_ns, &output)) {
		ap_drop(ap, DROP_CIPHER_FAILED, sta->entry.addr);
		ap_sta_kick(ap, sta, MGMT_DEAUTH, REASON_UNSPECIFIED);
		return;
	}
	apply_authenticator_output(ap, sta, &output);
}

void ap_keys_start_group_handshake(struct ap *ap, struct ap_sta *sta)
{
	struct rsn_out output;

	ap_group_update_rsc(sta->bss);
	ap_ocv_refresh(ap, sta);
	authenticator_rekey_group(&sta->auth, ap->now_ns, &output);
	apply_authenticator_output(ap, sta, &output);
}

/* The passphrase decides about the VLAN, whose group key is in message 3. */
static void join_vlan_of_psk(struct ap *ap, struct ap_sta *sta, const struct frame *frame)
{
	const struct ap_bss *bss = sta->bss;
	uint16_t vlan;
	size_t index;

	if (!bss->setup.vlan_count || (akm_set_without_psk() & 1u << sta->auth.setup.suite.akm) ||
	    !authenticator_match_pmk(&sta->auth, frame->data + ETHER_HLEN, frame->len - ETHER_HLEN, &index))
		return;
	vlan = bss->setup.psks[(sta->pmks ? sta->psk_index : bss->psk_index)[index]].vlan;
	if (!vlan || vlan == ap_vlan_id(sta))
		return;
	ap_vlan_join(ap, sta, vlan);
	sta->auth.group = sta->vlan ? &sta->vlan->group : &bss->group;
	ap_act_station(ap, sta);
}

bool ap_keys_receive(struct ap *ap, struct ap_sta *sta, const struct frame *frame)
{
	struct rsn_out output;

	join_vlan_of_psk(ap, sta, frame);
	ap_group_update_rsc(sta->bss);
	ap_ocv_refresh(ap, sta);
	authenticator_receive(&sta->auth, frame->data + ETHER_HLEN, frame->len - ETHER_HLEN, ap->now_ns, &output);
	return apply_authenticator_output(ap, sta, &output);
}

/* The timeout of a message that waits for a dozing station starts at its transmission. */
void ap_keys_eapol_status(struct ap *ap, struct ap_sta *sta, enum plane_eapol_status status)
{
	sta->eapol_buffered = status == PLANE_EAPOL_BUFFERED;
	if (status == PLANE_EAPOL_SENT && sta->auth.deadline_ns && sta->auth.deadline_ns < ap->now_ns + RSN_RESEND_NS)
		sta->auth.deadline_ns = ap->now_ns + RSN_RESEND_NS;
	ap_sta_schedule(ap, sta);
}

void ap_keys_timer(struct ap *ap, struct ap_sta *sta)
{
	struct rsn_out output;

	if (ap->now_ns >= sta->due_ns[AP_TIMER_HANDSHAKE])
		ap_keys_start_handshake(ap, sta);
	if (!sta->removed && sta->auth.deadline_ns && ap->now_ns >= sta->auth.deadline_ns && !sta->eapol_buffered) {
		ap_group_update_rsc(sta->bss);
		ap_ocv_refresh(ap, sta);
		authenticator_timeout(&sta->auth, ap->now_ns, &output);
		apply_authenticator_output(ap, sta, &output);
	}
	if (sta->removed || ap->now_ns < sta->due_ns[AP_TIMER_REKEY])
		return;
	sta->due_ns[AP_TIMER_REKEY] = ap->now_ns + SECOND; /* try again unless a key is installed before */
	if (sta->auth.state == AUTHENTICATOR_DONE)
		ap_keys_start_handshake(ap, sta);
}

void ap_keys_rekey_group(struct ap *ap, struct ap_bss *bss)
{
	if (!ap_group_begin_rekey(ap, bss))
		return;
	/* Backwards: a kicked station gives its place to the last one. */
	for (size_t i = ap->associated_count; i--;)
		if (ap->associated[i]->group_rekey_pending && ap->associated[i]->bss == bss)
			ap_keys_start_group_handshake(ap, ap->associated[i]);
}

void ap_keys_michael(struct ap *ap, struct ap_sta *sta)
{
	struct ap_bss *bss = sta->bss;

	ap_note(ap, bss, NOTE_MICHAEL, sta->entry.addr, 0);
	if (!countermeasures_failure(&bss->countermeasures, ap->now_ns))
		return;
	ap_note(ap, bss, NOTE_COUNTERMEASURES, sta->entry.addr, REASON_MIC_FAILURE);
	for (size_t i = ap->associated_count; i--;)
		if (ap->associated[i]->bss == bss && countermeasures_apply_to(&ap->associated[i]->auth.setup.suite))
			ap_sta_kick(ap, ap->associated[i], MGMT_DEAUTH, REASON_MIC_FAILURE);
	ap_keys_rekey_group(ap, bss);
}
