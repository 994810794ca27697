/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The station's handshakes: the supplicant (rsn/supplicant.h) processes EAPOL frames of our access point, and this file
 * turns its output into actions. The order of sending and installing keys matters: the access point must already hold the key that
 * encrypts a frame.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"
#include "mlme/sta_ocv.h"
#include "wire/ether.h"

#include <assert.h>
#include <string.h>

#define BLOCK_NS         (10 * SECOND) /* pause of a BSS after a wrong passphrase; doubles each time */
#define BLOCK_MAX_NS     (600 * SECOND)
#define QUICK_ATTEMPTS   2 /* after which SAE pauses so long only: */
#define QUICK_BLOCK_NS   SECOND
#define REKEY_REQUEST_NS (60 * SECOND) /* between two requests */

static struct span ap_element(const struct sta *sta)
{
	return sta->terms.suite.wpa ? (struct span){sta->ap.wpa, sta->ap.wpa_len}
				    : (struct span){sta->ap.rsn, sta->ap.rsn_len};
}

void sta_keys_setup(struct sta *sta)
{
	const struct sta_network *network = &sta->setup.networks[sta->network];
	struct supplicant_setup setup = {.suite = sta->terms.suite,
					 .own_element_len = sta->own_element_len,
					 .peer_element_len = ap_element(sta).len,
					 .peer_rsn_element_len = sta->ap.rsn_len,
					 .own_rsnx_len = sta->own_rsnx_len,
					 .peer_rsnx_len = sta->ap.rsnx_len,
					 .beacon_protection = network->beacon_protection && sta->plane.protects_beacons,
					 .ptk_rekey_ns = network->ptk_rekey_s * SECOND};

	mac_copy(setup.addresses.aa, sta->ap.bssid);
	mac_copy(setup.addresses.spa, sta->setup.addr);
	memcpy(setup.pmk, sta->pmk, sta->pmk_len);
	setup.suite.pmk_len = sta->pmk_len;
	setup.ft = sta->ft.association;
	setup.ocv = sta_ocv(sta);
	if (sta->ft.active) {
		setup.suite.pmk_len = sta->ft.r1.pmk_len;
		memcpy(setup.pmk, sta->ft.r1.pmk, sta->ft.r1.pmk_len);
	}
	memcpy(setup.own_element, sta->own_element, setup.own_element_len);
	memcpy(setup.peer_element, ap_element(sta).bytes, setup.peer_element_len);
	memcpy(setup.peer_rsn_element, sta->ap.rsn, setup.peer_rsn_element_len);
	memcpy(setup.own_rsnx, sta->own_rsnx, setup.own_rsnx_len);
	memcpy(setup.peer_rsnx, sta->ap.rsnx, setup.peer_rsnx_len);
	supplicant_init(&sta->supplicant, sta->crypto, &setup);
	crypto_wipe(&setup, sizeof(setup));
}

static void send_eapol(struct sta *sta, const struct rsn_out *output, enum plane_eapol_key key)
{
	struct frame *frame = rsn_new_eapol(sta->ap.bssid, sta->setup.addr, output);
	struct plane_action *action = sta_act_frame(sta, PLANE_EAPOL, frame);

	if (action)
		action->eapol_key = output->frame_protected ? key : PLANE_EAPOL_CLEAR;
}

/*
 * How long a BSS pauses after this failure, longer each time. An access point with several passwords of SAE that tries the next
 * one with each attempt of a station (hostapd's sae_track_password) gets its attempts soon.
 */
static uint64_t block_ns(struct sta *sta, const struct bss *entry)
{
	unsigned doublings = entry->passphrase_failures < 8 ? entry->passphrase_failures : 8;
	uint64_t pause_ns = BLOCK_NS << doublings;

	if (sta->state == STA_AUTHENTICATING && entry->passphrase_failures < QUICK_ATTEMPTS)
		return QUICK_BLOCK_NS;
	return random_jitter(&sta->random, pause_ns < BLOCK_MAX_NS ? pause_ns : BLOCK_MAX_NS);
}

/* Reports the wrong passphrase and pauses the BSS: others of this name may have another passphrase. */
void sta_keys_wrong_passphrase(struct sta *sta)
{
	struct bss *entry = sta_bss_entry(sta);
	struct action *note;

	sta_pmksa_forget(sta, sta->ap.bssid);
	mac_copy(sta->pmksa_refused, sta->ap.bssid);
	if (entry) {
		entry->blocked_until_ns = sta->now_ns + block_ns(sta, entry);
		entry->passphrase_failures++;
	}
	note = sta_note(sta, NOTE_WRONG_PASSPHRASE, 0);
	if (note) {
		note->authentication = sta->state == STA_AUTHENTICATING;
		note->algorithm = sta->auth_algorithm;
		note->transaction = sta->auth_transaction;
		note->until_ns = entry ? entry->blocked_until_ns : 0;
	}
}

static void note_event(struct sta *sta, const struct rsn_out *output)
{
	if (output->event == RSN_WRONG_PASSPHRASE)
		sta_keys_wrong_passphrase(sta);
	else if (output->event == RSN_ELEMENT_MISMATCH)
		sta_note(sta, NOTE_DOWNGRADE, 0);
	else if (output->event == RSN_TIMEOUT)
		sta_note_silent(sta, output->awaited == 1 ? AWAITED_MESSAGE_1 : AWAITED_MESSAGE_3);
}

static struct sta_outcome deauthenticate(struct sta *sta, uint16_t reason)
{
	bool connected = sta->state == STA_CONNECTED;

	sta_send_deauth(sta, reason);
	if (!connected)
		sta_note_disconnected(sta, reason, true);
	return (struct sta_outcome){connected ? STA_OUTCOME_LEFT : STA_OUTCOME_FAILED, reason};
}

struct sta_outcome sta_keys_install_failed(struct sta *sta)
{
	return deauthenticate(sta, REASON_UNSPECIFIED);
}

/* The network says what of it is obsolete. The bits count for what we have used ourselves. */
static void obey_transition_disable(struct sta *sta, uint8_t bits)
{
	const struct akm_info *akm = akm_info(sta->terms.suite.akm);
	uint8_t obeyed = (akm->sae ? TRANSITION_DISABLE_PERSONAL : 0) | (akm->owe ? TRANSITION_DISABLE_OPEN : 0);

	if (!bits)
		return;
	sta->network_state[sta->network].transition_disable |= bits & obeyed;
	sta_note(sta, NOTE_TRANSITION_DISABLE, bits);
}

/*
 * For handshakes while the machine sleeps: after each one, because the replay counter has moved. With operating channel
 * validation none, since the driver's answers lack our channel.
 */
static void act_rekey_data(struct sta *sta)
{
	const struct supplicant *supplicant = &sta->supplicant;
	const struct rsn_profile profile = rsn_profile(&supplicant->setup.suite);
	struct plane_action *action;

	if (!sta->plane.rekeys_groups || supplicant->setup.ocv.used || supplicant->state != SUPPLICANT_DONE ||
	    !supplicant->ptk_installed)
		return;
	action = sta_act(sta, PLANE_REKEY_DATA);
	if (!action)
		return;
	static_assert(sizeof(action->rekey.kek) == RSN_KEK_MAX && sizeof(action->rekey.kck) == RSN_KCK_MAX, "");
	action->rekey = (struct plane_rekey){.akm = supplicant->setup.suite.akm,
					     .wpa = supplicant->setup.suite.wpa,
					     .kek_len = profile.kek_len,
					     .kck_len = profile.kck_len,
					     .replay_counter = supplicant->replay_counter};
	memcpy(action->rekey.kek, supplicant->ptk.kek, profile.kek_len);
	memcpy(action->rekey.kck, supplicant->ptk.kck, profile.kck_len);
}

static bool denies_rekey(const struct sta *sta)
{
	return !sta->plane.replaces_ptk || sta->setup.networks[sta->network].deny_rekey;
}

/* Sends, installs keys, authorises the port or disconnects, as the supplicant says. */
static struct sta_outcome apply_supplicant_output(struct sta *sta, const struct rsn_out *output,
						  enum plane_eapol_key key)
{
	bool connected = sta->state == STA_CONNECTED;

	sta->due_ns[STA_TIMER_RSN] = output->deadline_ns ? output->deadline_ns : NEVER;
	if (output->drop)
		sta_drop(sta, output->drop, sta->ap.bssid);
	/* Not before: unlike message 1, the message that brings the key has a MIC. */
	if (output->ptk.len && sta->has_ptk && denies_rekey(sta)) {
		sta_note(sta, NOTE_NO_REKEY, 0);
		return deauthenticate(sta, REASON_AUTH_EXPIRED);
	}
	sta->has_ptk |= output->ptk.len;
	obey_transition_disable(sta, output->transition_disable);
	if (output->frame_len && !output->install_first)
		send_eapol(sta, output, key);
	sta_act_key(sta, false, &output->ptk);
	sta_act_key(sta, true, &output->gtk);
	sta_act_key(sta, true, &output->igtk);
	sta_act_key(sta, true, &output->bigtk);
	if (output->frame_len && output->install_first)
		send_eapol(sta, output, key);
	if (output->event == RSN_OCV_FAILURE)
		sta_ocv_failed(sta, &output->ocv);
	if (output->ptk.len || output->gtk.len)
		act_rekey_data(sta);
	if (output->disconnect_reason) {
		note_event(sta, output);
		return deauthenticate(sta, output->disconnect_reason);
	}
	if (connected && output->ptk.len)
		sta_note(sta, NOTE_REKEYED, 0);
	else if (connected && output->gtk.len)
		sta_note(sta, NOTE_GROUP_REKEYED, 0);
	return (struct sta_outcome){output->authorise && !connected ? STA_OUTCOME_CONNECTED : STA_OUTCOME_NONE, 0};
}

struct sta_outcome sta_keys_adopt(struct sta *sta, const struct rsn_group_keys *keys)
{
	struct sta_outcome outcome;
	struct rsn_out output;

	supplicant_adopt(&sta->supplicant, &sta->ft.ptk, keys, sta->now_ns, &output);
	outcome = apply_supplicant_output(sta, &output, PLANE_EAPOL_PAIRWISE);
	rsn_out_wipe(&output);
	return outcome;
}

void sta_keys_wake(struct sta *sta, struct span keys)
{
	struct rsn_out output;

	supplicant_wake(&sta->supplicant, keys, &output);
	apply_supplicant_output(sta, &output, PLANE_EAPOL_PAIRWISE); /* only keys: nothing begins or ends */
	rsn_out_wipe(&output);
}

struct sta_outcome sta_keys_receive(struct sta *sta, const struct plane_event *event)
{
	const struct frame *frame = event->frame;
	uint8_t random[RSN_NONCE_LEN];
	struct sta_outcome outcome;
	struct rsn_out output;

	if (sta->terms.kind != BSS_TERMS_RSN || sta->plane.handshakes ||
	    random_bytes(&sta->random, random, sizeof(random))) {
		sta_drop(sta, DROP_EAPOL_UNEXPECTED, sta->ap.bssid);
		return (struct sta_outcome){0};
	}
	supplicant_receive(&sta->supplicant, frame->data + ETHER_HLEN, frame->len - ETHER_HLEN, event->protected,
			   random, sta->now_ns, &output);
	outcome = apply_supplicant_output(sta, &output,
					  event->alternate_key ? PLANE_EAPOL_ALTERNATE : PLANE_EAPOL_PAIRWISE);
	rsn_out_wipe(&output);
	return outcome;
}

struct sta_outcome sta_keys_timer(struct sta *sta)
{
	struct sta_outcome outcome;
	struct rsn_out output;

	supplicant_timeout(&sta->supplicant, sta->now_ns, &output);
	outcome = apply_supplicant_output(sta, &output, PLANE_EAPOL_PAIRWISE);
	rsn_out_wipe(&output);
	return outcome;
}

/* The next association request can then offer the PMKID. */
void sta_keys_cache_pmksa(struct sta *sta)
{
	uint8_t pmkid[PMKID_LEN];
	struct rsn_addresses ends;

	mac_copy(ends.aa, sta->ap.bssid);
	mac_copy(ends.spa, sta->setup.addr);
	if (sta->terms.kind != BSS_TERMS_RSN || sta->terms.suite.wpa)
		return;
	if (akm_info(sta->terms.suite.akm)->owe && !sta->pmksa_offered) {
		sta_pmksa_forget(sta, sta->ap.bssid); /* the access point has forgotten it */
		sta_pmksa_add(sta, (struct span){sta->pmk, sta->pmk_len}, sta->owe_pmkid);
	}
	/* SAE has cached its own. */
	if ((akm_set_without_psk() | akm_set_ft()) & 1u << sta->terms.suite.akm)
		return;
	/* A failure only costs the PMKID. */
	if (!pmksa_derive_pmkid(sta->crypto, sta->terms.suite.akm, sta->pmk, &ends, pmkid))
		sta_pmksa_add(sta, (struct span){sta->pmk, PMK_LEN}, pmkid);
}

void sta_keys_request_rekey(struct sta *sta)
{
	struct rsn_out output;

	if (sta->terms.kind != BSS_TERMS_RSN || sta->now_ns < sta->rekey_request_ns)
		return;
	sta->rekey_request_ns = sta->now_ns + REKEY_REQUEST_NS;
	if (!supplicant_request(&sta->supplicant, SUPPLICANT_REQUEST_PTK, &output))
		send_eapol(sta, &output, PLANE_EAPOL_PAIRWISE);
	rsn_out_wipe(&output);
}

/* Reasons that say nothing about our message 2, or that its MIC was right (REASON_ELEMENT_MISMATCH). */
static bool is_unrelated_reason(uint16_t reason)
{
	return reason == REASON_ELEMENT_MISMATCH || reason == REASON_LEAVING || reason == REASON_DISASSOC_LEAVING ||
	       reason == REASON_INACTIVE || reason == REASON_AP_BUSY || reason == REASON_CLASS_2 ||
	       reason == REASON_CLASS_3;
}

/* A driver that runs the handshake does not say how far it came. */
struct sta_outcome sta_keys_deauth(struct sta *sta, uint16_t reason)
{
	bool refused = sta->plane.handshakes || supplicant_disconnected(&sta->supplicant) == RSN_WRONG_PASSPHRASE;

	if (refused && !is_unrelated_reason(reason))
		sta_keys_wrong_passphrase(sta);
	sta_note_disconnected(sta, reason, false);
	return (struct sta_outcome){STA_OUTCOME_FAILED, reason};
}

/* Reports the Michael failure to the access point. A second one within a minute starts countermeasures (12.5.2.4). */
struct sta_outcome sta_keys_michael(struct sta *sta, bool group)
{
	enum supplicant_request_type request = group ? SUPPLICANT_REPORT_MICHAEL_GROUP : SUPPLICANT_REPORT_MICHAEL;
	bool second = countermeasures_failure(&sta->network_state[sta->network].countermeasures, sta->now_ns);
	struct rsn_out output;

	sta_note(sta, NOTE_MICHAEL, 0);
	if (!supplicant_request(&sta->supplicant, request, &output))
		send_eapol(sta, &output, PLANE_EAPOL_PAIRWISE);
	rsn_out_wipe(&output);
	if (!second)
		return (struct sta_outcome){0};
	sta_note(sta, NOTE_COUNTERMEASURES, 0);
	return deauthenticate(sta, REASON_MIC_FAILURE);
}
