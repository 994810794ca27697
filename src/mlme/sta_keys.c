/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The station's handshakes: the supplicant (rsn/supplicant.h) processes EAPOL frames of our access point, and this file
 * applies its output. The order of sending and installing keys matters: the access point must already hold the key that
 * encrypts a frame.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"
#include "wire/be.h"
#include "wire/ether.h"

#include <errno.h>
#include <string.h>

#define BLOCK_NS         (10 * SECOND) /* pause of a BSS after a wrong passphrase; doubles each time */
#define BLOCK_MAX_NS     (600 * SECOND)
#define PN_RESERVE       (UINT64_C(1) << 32) /* with fewer packet numbers left, request new keys */
#define REKEY_REQUEST_NS (60 * SECOND)       /* between two requests */

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
					 .ptk_rekey_ns = network->ptk_rekey_s * SECOND};

	mac_copy(setup.addresses.aa, sta->ap.bssid);
	mac_copy(setup.addresses.spa, sta->setup.addr);
	memcpy(setup.pmk, network->pmk, PMK_LEN);
	memcpy(setup.own_element, sta->own_element, setup.own_element_len);
	memcpy(setup.peer_element, ap_element(sta).bytes, setup.peer_element_len);
	memcpy(setup.peer_rsn_element, sta->ap.rsn, setup.peer_rsn_element_len);
	supplicant_init(&sta->supplicant, sta->crypto, &setup);
	crypto_wipe(&setup, sizeof(setup));
}

/* `alternate_key`: the frame answers one that came under the alternate key (softmac/peer.h). */
static void send_eapol(struct sta *sta, const struct rsn_out *output, bool alternate_key)
{
	struct tx_options options = {.cleartext = !output->frame_protected, .alternate_key = alternate_key};
	struct frame *frame = frame_new(64, ETHER_HLEN, output->frame_len + 64);
	uint8_t *bytes = frame ? frame_make_writable(frame) : NULL;
	enum drop drop = DROP_NO_MEMORY;

	if (bytes) {
		mac_copy(bytes, sta->ap.bssid);
		mac_copy(bytes + 6, sta->setup.addr);
		put_be16(bytes + 12, ETHERTYPE_EAPOL);
		bytes = frame_put(frame, output->frame_len);
	}
	if (bytes) {
		memcpy(bytes, output->frame, output->frame_len);
		sta_power_mark_active(sta);
		drop = tx_data(&sta->tx, &sta->peer, frame, &options);
	} else {
		frame_free(frame);
	}
	if (drop)
		sta_drop(sta, drop, sta->ap.bssid);
	sta_flush(sta);
}

/* -EALREADY is no error: the installed key stays in use with its packet numbers. */
static bool install_group(struct sta *sta, const struct rsn_key *key)
{
	struct key_params use = {.id = key->id, .rsc = key->rsc};
	int err = key->len
			  ? group_keys_set(&sta->group_keys, sta->crypto, key->cipher, key->bytes, key->len, use, false)
			  : 0;

	return !err || err == -EALREADY;
}

static bool install_keys(struct sta *sta, const struct rsn_out *output)
{
	struct key_params use = {.id = output->ptk.id};
	int err = 0;

	if (output->ptk.len)
		err = peer_rekey(&sta->peer, sta->crypto, output->ptk.cipher, output->ptk.bytes, output->ptk.len, use,
				 sta->now_ns + RSN_RETRY_NS);

	return (!err || err == -EALREADY) && install_group(sta, &output->gtk) && install_group(sta, &output->igtk);
}

/* Reports the wrong passphrase and pauses the BSS, longer each time: others of this name may have another passphrase. */
static void block_bss(struct sta *sta)
{
	struct bss *entry = sta_bss_entry(sta);

	pmksa_flush(&sta->pmksa, sta->ap.bssid);
	if (entry) {
		unsigned doublings = entry->passphrase_failures < 8 ? entry->passphrase_failures : 8;
		uint64_t block_ns = BLOCK_NS << doublings;

		entry->passphrase_failures++;
		entry->blocked_until_ns =
			sta->now_ns + sta_jitter(sta, block_ns < BLOCK_MAX_NS ? block_ns : BLOCK_MAX_NS);
	}
	sta_note(sta, NOTE_WRONG_PASSPHRASE, 0);
}

static void note_event(struct sta *sta, enum rsn_event event)
{
	if (event == RSN_WRONG_PASSPHRASE)
		block_bss(sta);
	else if (event == RSN_ELEMENT_MISMATCH)
		sta_note(sta, NOTE_DOWNGRADE, 0);
	else if (event == RSN_TIMEOUT)
		sta_note(sta, NOTE_SILENT, 0);
}

static struct sta_outcome deauthenticate(struct sta *sta, uint16_t reason)
{
	sta_send_deauth(sta, reason);
	return (struct sta_outcome){sta->state == STA_CONNECTED ? STA_OUTCOME_DISCONNECT : STA_OUTCOME_FAILED, reason};
}

/* Sends, installs keys, authorises the port or disconnects, as the supplicant says. */
static struct sta_outcome apply_supplicant_output(struct sta *sta, const struct rsn_out *output, bool alternate_key)
{
	bool connected = sta->state == STA_CONNECTED;

	sta->due_ns[STA_TIMER_RSN] = output->deadline_ns ? output->deadline_ns : NEVER;
	if (output->drop)
		sta_drop(sta, output->drop, sta->ap.bssid);
	if (output->frame_len && !output->install_first)
		send_eapol(sta, output, alternate_key);
	if (!install_keys(sta, output))
		return deauthenticate(sta, REASON_UNSPECIFIED);
	if (output->frame_len && output->install_first)
		send_eapol(sta, output, alternate_key);
	if (output->disconnect_reason) {
		note_event(sta, output->event);
		return deauthenticate(sta, output->disconnect_reason);
	}
	if (connected && output->ptk.len)
		sta_note(sta, NOTE_REKEYED, 0);
	else if (connected && output->gtk.len)
		sta_note(sta, NOTE_GROUP_REKEYED, 0);
	return (struct sta_outcome){output->authorise && !connected ? STA_OUTCOME_CONNECTED : STA_OUTCOME_NONE, 0};
}

struct sta_outcome sta_keys_receive(struct sta *sta, const struct rx_msdu *msdu)
{
	uint8_t random[RSN_NONCE_LEN];
	struct sta_outcome outcome;
	struct rsn_out output;

	if (sta->terms.kind != BSS_TERMS_RSN || random_bytes(&sta->random, random, sizeof(random))) {
		sta_drop(sta, DROP_EAPOL_UNEXPECTED, sta->ap.bssid);
		return (struct sta_outcome){0};
	}
	supplicant_receive(&sta->supplicant, msdu->frame->data + ETHER_HLEN, msdu->frame->len - ETHER_HLEN,
			   msdu->protected, random, sta->now_ns, &output);
	outcome = apply_supplicant_output(sta, &output, msdu->alternate_key);
	rsn_out_wipe(&output);
	return outcome;
}

struct sta_outcome sta_keys_timer(struct sta *sta)
{
	struct sta_outcome outcome;
	struct rsn_out output;

	supplicant_timeout(&sta->supplicant, sta->now_ns, &output);
	outcome = apply_supplicant_output(sta, &output, false);
	rsn_out_wipe(&output);
	return outcome;
}

/* The next association request can then offer the PMKID. */
void sta_keys_cache_pmksa(struct sta *sta)
{
	struct rsn_addresses ends;

	if (sta->terms.kind != BSS_TERMS_RSN || sta->terms.suite.wpa)
		return;
	mac_copy(ends.aa, sta->ap.bssid);
	mac_copy(ends.spa, sta->setup.addr);
	pmksa_add(&sta->pmksa, sta->crypto, sta->terms.suite.akm, sta->setup.networks[sta->network].pmk, &ends,
		  (unsigned)sta->network, sta->now_ns); /* a failure only costs the PMKID */
}

void sta_keys_rekey_if_needed(struct sta *sta)
{
	struct rsn_out output;

	if (key_pn_remaining(&sta->peer.pairwise) >= PN_RESERVE || sta->terms.kind != BSS_TERMS_RSN ||
	    sta->now_ns < sta->rekey_request_ns)
		return;
	sta->rekey_request_ns = sta->now_ns + REKEY_REQUEST_NS;
	if (!supplicant_request(&sta->supplicant, SUPPLICANT_REQUEST_PTK, &output))
		send_eapol(sta, &output, false);
	rsn_out_wipe(&output);
}

/* Reasons that say nothing about our message 2. */
static bool is_unrelated_reason(uint16_t reason)
{
	return reason == REASON_LEAVING || reason == REASON_DISASSOC_LEAVING || reason == REASON_INACTIVE ||
	       reason == REASON_AP_BUSY || reason == REASON_CLASS_2 || reason == REASON_CLASS_3;
}

struct sta_outcome sta_keys_deauth(struct sta *sta, uint16_t reason)
{
	if (!is_unrelated_reason(reason) && supplicant_disconnected(&sta->supplicant) == RSN_WRONG_PASSPHRASE)
		block_bss(sta);
	sta_note(sta, NOTE_DISCONNECTED, reason);
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
		send_eapol(sta, &output, false);
	rsn_out_wipe(&output);
	if (!second)
		return (struct sta_outcome){0};
	sta_note(sta, NOTE_COUNTERMEASURES, 0);
	return deauthenticate(sta, REASON_MIC_FAILURE);
}
