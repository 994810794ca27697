/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Authentication and association (IEEE 802.11-2020 11.3), and their end. The station sends a request up to TRIES times.
 * It waits for the response only from the acknowledgement on, because on a busy channel the transmission takes long.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"
#include "mlme/sta_idle.h"
#include "mlme/sta_ocv.h"
#include "mlme/sta_phy.h"

#include <string.h>

#define TRIES            3
#define COMEBACKS_MAX    5
#define RESPONSE_NS      (400 * MS)    /* from acknowledgement to response */
#define SAE_RESPONSE_NS  SECOND        /* … which takes some multiplications of points */
#define RETRY_NS         (20 * MS)     /* after a request without acknowledgement */
#define HANDSHAKE_NS     (10 * SECOND) /* from association to message 1: longer than its four tries take */
#define TIMEOUT_COMEBACK 3             /* timeout interval element: association comeback time (Table 9-137) */

static bool uses_owe(const struct sta *sta)
{
	return sta->terms.kind == BSS_TERMS_RSN && sta->terms.suite.akm == AKM_OWE;
}

static void find_pmk(struct sta *sta)
{
	const struct sta_network *network = &sta->setup.networks[sta->network];

	memcpy(sta->pmk, network->pmk, PMK_LEN);
	sta->pmk_len = PMK_LEN;
	if (network->passphrase[0] && kdf_pmk(sta->crypto, network->passphrase, strlen(network->passphrase),
					      sta->ap.ssid, sta->ap.ssid_len, sta->pmk) != 0)
		sta_drop(sta, DROP_CIPHER_FAILED, sta->ap.bssid); /* the handshake will fail */
}

/* The element of our association request: the terms, and the PMKID of a cached PMKSA (rsn/pmksa.h). */
static void write_own_element(struct sta *sta)
{
	const struct bss_terms *terms = &sta->terms;
	const struct sta_network *network = &sta->setup.networks[sta->network];
	bool required = network->pmf == 2, sae = terms->kind == BSS_TERMS_RSN && akm_info(terms->suite.akm)->sae;
	bool negotiated = sae || uses_owe(sta);
	const struct pmksa *cached;
	struct rsn_addresses ends;
	struct rsn_element rsne = {.wpa = terms->suite.wpa,
				   .group = terms->suite.group,
				   .group_management = terms->suite.group_management,
				   .pairwise = 1u << terms->suite.pairwise,
				   .akms = 1u << terms->suite.akm,
				   .capabilities = terms->mfp ? RSN_MFPC | (required ? RSN_MFPR : 0) |
									(sta_ocv_offers(sta) ? RSN_OCVC : 0)
							      : 0};

	mac_copy(ends.aa, sta->ap.bssid);
	mac_copy(ends.spa, sta->setup.addr);
	find_pmk(sta);
	cached = pmksa_find(&sta->pmksa, terms->suite.akm, &ends, (struct span){0}, sta->now_ns);
	if (!cached && sae && network->opportunistic && !mac_equal(sta->pmksa_refused, sta->ap.bssid))
		cached = pmksa_copy_for(&sta->pmksa, terms->suite.akm, &ends, sta_network_tag(sta), sta->now_ns);
	sta->pmksa_offered = negotiated && cached && cached->tag == sta_network_tag(sta);
	if (sta->pmksa_offered) {
		memcpy(sta->pmk, cached->pmk, cached->pmk_len);
		sta->pmk_len = cached->pmk_len;
	}
	if (sta->pmksa_offered ||
	    (!terms->suite.wpa && !negotiated && cached && crypto_equal(cached->pmk, sta->pmk, PMK_LEN)))
		rsne.pmkids = (struct span){cached->pmkid, PMKID_LEN};
	sta->own_rsnx_len = sae && network->sae_pwe ? RSNX_LEN : 0;
	rsnx_write(RSNX_SAE_HASH_TO_ELEMENT, sta->own_rsnx);
	sta->own_element_len = terms->kind == BSS_TERMS_RSN ? rsn_element_write(&rsne, sta->own_element) : 0;
}

static bool wants_qos(const struct sta *sta)
{
	return sta->setup.wmm && sta->ap.wmm;
}

static void send_assoc(struct sta *sta)
{
	uint8_t owe_element[OWE_ELEMENT_MAX];
	static const uint8_t wmm[] = {OUI_MICROSOFT, 2, 0, 1, 0}; /* WMM information element, without U-APSD */
	struct frame_writer writer =
		sta_begin_management(sta, sta->reassociation ? MGMT_REASSOC_REQUEST : MGMT_ASSOC_REQUEST);
	size_t elements_offset;
	uint16_t capability = CAPABILITY_ESS | (sta->terms.kind != BSS_TERMS_OPEN ? CAPABILITY_PRIVACY : 0) |
			      sta_measure_capability(sta);

	if (freq_is_2ghz(sta->ap.freq_mhz))
		capability |= CAPABILITY_SHORT_SLOT | CAPABILITY_SHORT_PREAMBLE;
	write_le16(&writer, capability);
	write_le16(&writer, sta->setup.listen_interval ? sta->setup.listen_interval : 1);
	if (sta->reassociation)
		write_bytes(&writer, sta->previous_bssid, sizeof(sta->previous_bssid));
	elements_offset = writer.frame ? writer.frame->len : 0;
	write_element(&writer, EID_SSID, sta->ap.ssid, sta->ap.ssid_len);
	sta_write_rates(&writer, sta->ap.freq_mhz);
	sta_ft_write_association(sta, &writer);
	sta_write_operating_classes(sta, &writer);
	sta_write_ext_capabilities(sta, &writer);
	sta_idle_write_request(sta, &writer);
	write_bytes(&writer, sta->own_rsnx, sta->own_rsnx_len);
	if (uses_owe(sta))
		write_bytes(&writer, owe_element, owe_write(&sta->owe, owe_element));
	if (sta_has_wpa_element(sta)) /* vendor elements are the last */
		write_bytes(&writer, sta->own_element, sta->own_element_len);
	if (wants_qos(sta))
		write_element(&writer, EID_VENDOR, wmm, sizeof(wmm));
	sta_phy_write_request(sta, &writer);
	write_bytes(&writer, sta->extra, sta->extra_len);
	sta->comes_back = false;
	sta_send_request(sta, PLANE_ASSOCIATE, &writer, elements_offset);
}

static void note_joining(struct sta *sta)
{
	struct action *note = sta_note(sta, NOTE_JOINING, 0);

	if (!note)
		return;
	note->freq = sta->ap.freq_mhz;
	note->authentication = sta->state == STA_AUTHENTICATING;
}

static void authenticate(struct sta *sta)
{
	sta->state = sta->plane.connects ? STA_ASSOCIATING : STA_AUTHENTICATING;
	sta->attempt++;
	note_joining(sta);
	if (sta->plane.connects) {
		send_assoc(sta);
	} else if (sta_auth_begin(sta) == STA_AUTH_FAILED) {
		sta->tries = TRIES; /* the timer ends the attempt */
		sta->due_ns[STA_TIMER_STATE] = sta->now_ns;
	}
}

/* A list of channels to scan restricts a channel switch only with `freqs_only`. */
static void act_link(struct sta *sta)
{
	const struct sta_network *network = &sta->setup.networks[sta->network];
	const struct bss *ap = &sta->ap;
	bool restricted = sta->setup.freqs_only || network->freqs_only;
	struct plane_action *action = sta_act(sta, PLANE_LINK);
	struct plane_link *link = action ? &action->link : NULL;

	if (!link)
		return;
	*link = (struct plane_link){.ssid_len = ap->ssid_len,
				    .watch = sta_roam_watch(sta),
				    .freq_mhz = ap->freq_mhz,
				    .interval = ap->interval,
				    .signal_dbm = ap->signal_dbm,
				    .rsn_len = ap->rsn_len,
				    .wpa_len = ap->wpa_len,
				    .four_address = sta->setup.four_address || network->four_address ||
						    network->multi_ap_backhaul,
				    .freqs = restricted ? sta->freqs : NULL,
				    .freq_count = sta->freq_count};
	mac_copy(link->bssid, ap->bssid);
	memcpy(link->ssid, ap->ssid, ap->ssid_len);
	memcpy(link->rsn, ap->rsn, ap->rsn_len);
	memcpy(link->wpa, ap->wpa, ap->wpa_len);
}

/* Our half of an exchange of OWE. Its group: 19 to 21, without those that the access point has refused. */
static void begin_owe(struct sta *sta)
{
	unsigned group = sta->setup.networks[sta->network].owe_group;

	if (!uses_owe(sta))
		return;
	if (!group)
		group = 19 + sta->owe_refused;
	if (owe_begin(&sta->owe, group, sta->crypto, &sta->random))
		sta_drop(sta, DROP_CIPHER_FAILED, sta->ap.bssid); /* an element of zeroes: the attempt fails */
}

/* Leaves what there was for an attempt to join `bss`. */
static void prepare(struct sta *sta, const struct bss *bss, size_t network)
{
	bool was_connected = sta->associated && sta->state == STA_CONNECTED;
	struct bss *entry;

	sta_clear_association(sta);
	sta->left_connection = was_connected;
	sta->ap = *bss;
	sta_match(sta, &sta->ap, network, &sta->terms);
	sta_measure_begin(sta);
	sta->network = network;
	sta->tries = sta->comebacks = 0;
	sta->reassociation = network == sta->previous_network && !mac_is_zero(sta->previous_bssid) &&
			     !mac_equal(sta->previous_bssid, sta->ap.bssid);
	entry = sta_bss_entry(sta);
	if (entry)
		entry->tried_round = sta->join_round;
	sta->network_state[network].unknown_tried += !(entry && entry->worked);
	sta_address_before_join(sta, network);
	write_own_element(sta);
	sta->owe_refused = 0;
	begin_owe(sta);
	act_link(sta);
	sta_tune(sta, sta->ap.freq_mhz);
}

void sta_join(struct sta *sta, const struct bss *bss, size_t network)
{
	prepare(sta, bss, network);
	sta->ft.active = sta->reassociation && sta_ft_is_possible(sta);
	authenticate(sta);
}

void sta_join_over_ds(struct sta *sta, const struct bss *bss)
{
	struct sta_ft exchange = sta->ft;

	prepare(sta, bss, sta->network);
	sta->ft = exchange;
	sta->ft.active = true;
	crypto_wipe(&exchange, sizeof(exchange));
	sta->state = STA_ASSOCIATING;
	sta->attempt++;
	note_joining(sta);
	send_assoc(sta);
}

static struct sta_outcome handle_rejection(struct sta *sta, uint16_t status)
{
	struct action *note = sta_note(sta, NOTE_REJECTED, status);

	if (note) {
		note->authentication = sta->state == STA_AUTHENTICATING;
		note->algorithm = sta->auth_algorithm;
		note->transaction = sta->auth_transaction;
	}
	return (struct sta_outcome){STA_OUTCOME_FAILED, 0};
}

/* The access point has accepted us, on terms that we do not accept: it must not keep the association. */
static struct sta_outcome refuse_association(struct sta *sta, uint16_t status)
{
	struct sta_outcome outcome = handle_rejection(sta, status);

	sta_send_deauth(sta, REASON_UNSPECIFIED);
	sta_note_disconnected(sta, REASON_UNSPECIFIED, true);
	return outcome;
}

static struct sta_outcome apply_auth_result(struct sta *sta, enum sta_auth_result result, uint16_t status)
{
	switch (result) {
	case STA_AUTH_PENDING:
		break;
	case STA_AUTH_DONE:
		sta_note(sta, NOTE_AUTHENTICATED, 0);
		sta->state = STA_ASSOCIATING;
		sta->attempt++;
		sta->tries = 0;
		note_joining(sta);
		send_assoc(sta);
		break;
	case STA_AUTH_REFUSED:
		return handle_rejection(sta, status);
	case STA_AUTH_FAILED:
		return (struct sta_outcome){STA_OUTCOME_FAILED, 0};
	}
	return (struct sta_outcome){0};
}

void sta_join_tx_status(struct sta *sta, bool acked)
{
	uint64_t response_ns =
		sta->state == STA_AUTHENTICATING && sta->auth_algorithm == AUTH_SAE ? SAE_RESPONSE_NS : RESPONSE_NS;

	if (sta->state != STA_AUTHENTICATING && sta->state != STA_ASSOCIATING)
		return;
	sta->due_ns[STA_TIMER_STATE] = sta->now_ns + (acked ? response_ns : random_jitter(&sta->random, RETRY_NS));
}

struct sta_outcome sta_join_timer(struct sta *sta)
{
	uint16_t status = STATUS_UNSPECIFIED;

	if (sta->state != STA_HANDSHAKE && !sta->plane.repeats_requests && ++sta->tries < TRIES) {
		if (sta->state == STA_AUTHENTICATING)
			return apply_auth_result(sta, sta_auth_repeat(sta), STATUS_UNSPECIFIED);
		send_assoc(sta);
		return (struct sta_outcome){0};
	}
	if (sta->state == STA_AUTHENTICATING) {
		enum sta_auth_result result = sta_auth_give_up(sta, &status);

		return apply_auth_result(sta, result, status);
	}
	sta_note_silent(sta, sta->state != STA_HANDSHAKE                     ? AWAITED_ASSOCIATION
			     : sta->plane.handshakes                         ? AWAITED_HANDSHAKE
			     : sta->supplicant.state == SUPPLICANT_MSG2_SENT ? AWAITED_MESSAGE_3
									     : AWAITED_MESSAGE_1);
	if (sta->state == STA_HANDSHAKE) {
		sta_send_deauth(sta, REASON_4WAY_TIMEOUT);
		sta_note_disconnected(sta, REASON_4WAY_TIMEOUT, true);
	}
	return (struct sta_outcome){STA_OUTCOME_FAILED, 0};
}

struct sta_outcome sta_auth_response(struct sta *sta, const struct mgmt *mgmt)
{
	uint16_t status = 0;
	enum sta_auth_result result = sta_auth_receive(sta, mgmt, &status);

	sta->auth_transaction = mgmt->sequence;
	return apply_auth_result(sta, result, status);
}

static void forget_pmksa(struct sta *sta)
{
	mac_copy(sta->pmksa_refused, sta->ap.bssid);
	sta_pmksa_forget(sta, sta->ap.bssid);
	write_own_element(sta);
}

/* The access point has forgotten the PMKSA that we have named. */
static bool authenticate_afresh(struct sta *sta, uint16_t status)
{
	if (!sta->pmksa_offered || status != STATUS_INVALID_PMKID)
		return false;
	forget_pmksa(sta);
	authenticate(sta);
	return true;
}

/* The access point first queries the station that it has under our address (11.3.5.3): repeat the request later. */
static bool schedule_comeback(struct sta *sta, const struct mgmt *mgmt)
{
	uint64_t wait_ns;

	if (mgmt->timeout_interval.len != 5 || mgmt->timeout_interval.bytes[0] != TIMEOUT_COMEBACK ||
	    sta->comebacks == COMEBACKS_MAX)
		return false;
	sta->comebacks++;
	sta->comes_back = true;
	sta->tries = 0;
	wait_ns = le32(mgmt->timeout_interval.bytes + 1) * TU;
	wait_ns = wait_ns < 10 * SECOND ? wait_ns : 10 * SECOND;
	sta->due_ns[STA_TIMER_STATE] = sta->now_ns + (wait_ns > 10 * MS ? wait_ns : 10 * MS);
	sta->attempt++; /* ignore the TX status of the refused request */
	sta_note(sta, NOTE_REJECTED, mgmt->status);
	return true;
}

/* WEP keys need no handshake. */
static void install_wep(struct sta *sta)
{
	const struct sta_network *network = &sta->setup.networks[sta->network];
	struct plane_action *action = sta_act(sta, PLANE_KEY_INSTALL);

	if (!action)
		return;
	action->key = (struct plane_key){
		.group = true, .cipher = network->wep, .len = (uint8_t)cipher_key_len(network->wep), .transmit = true};
	memcpy(action->key.bytes, network->wep_key, action->key.len);
}

/* Begins the handshake, or is connected without one. */
static struct sta_outcome begin_association(struct sta *sta)
{
	sta->associated = true;
	sta->attempt++;
	sta_note(sta, NOTE_ASSOCIATED, 0);
	if (sta->terms.kind == BSS_TERMS_RSN) {
		sta->state = STA_HANDSHAKE;
		sta->due_ns[STA_TIMER_STATE] = sta->now_ns + HANDSHAKE_NS;
		if (!sta->plane.handshakes)
			sta_keys_setup(sta);
		sta_act_station(sta);
		return (struct sta_outcome){0};
	}
	sta_act_station(sta);
	if (sta->terms.kind == BSS_TERMS_WEP)
		install_wep(sta);
	return (struct sta_outcome){STA_OUTCOME_CONNECTED, 0};
}

static struct sta_outcome complete_association(struct sta *sta, const struct mgmt *mgmt)
{
	struct bss *entry = sta_bss_entry(sta);

	sta->qos = wants_qos(sta) && mgmt->wmm;
	sta->aid = mgmt->aid;
	sta_idle_begin(sta, mgmt);
	sta_phy_begin(sta, mgmt);
	if (entry)
		entry->heard_ns = sta->now_ns;
	return begin_association(sta);
}

/*
 * The keys come with the response. One with a wrong MIC is forged: another one may follow, unless the plane takes the first.
 */
static struct sta_outcome complete_transition(struct sta *sta, const struct mgmt *mgmt)
{
	struct rsn_group_keys keys;
	struct sta_outcome outcome;

	if (!sta_ft_receive_response(sta, mgmt, &keys)) {
		crypto_wipe(&keys, sizeof(keys));
		sta_drop(sta, DROP_FT_MIC, mgmt->sa);
		if (!sta->plane.repeats_requests)
			return (struct sta_outcome){0};
		sta_ft_refused(sta);
		return handle_rejection(sta, STATUS_INVALID_FTE);
	}
	complete_association(sta, mgmt);
	outcome = sta_keys_adopt(sta, &keys);
	crypto_wipe(&keys, sizeof(keys));
	return outcome;
}

/* Does the response confirm the PMKSA that we have named (RFC 8110, 4.5)? */
static bool confirms_pmksa(const struct sta *sta, struct span element)
{
	struct rsn_element own, answer;

	return sta->pmksa_offered && element.bytes && !rsn_element_parse(&answer, element) &&
	       !rsn_element_parse(&own, (struct span){sta->own_element, sta->own_element_len}) &&
	       span_equals(answer.pmkids, own.pmkids.bytes, own.pmkids.len) && own.pmkids.len == PMKID_LEN;
}

/* The access point's half of OWE; or it confirms our PMKSA. */
static bool finish_owe(struct sta *sta, const struct mgmt *mgmt)
{
	struct owe_keys keys;
	bool derived;

	if (!mgmt->diffie_hellman.bytes && confirms_pmksa(sta, mgmt->rsn))
		return true;
	derived = owe_group(mgmt->diffie_hellman) == sta->owe.group &&
		  !owe_derive(&sta->owe, sta->crypto, mgmt->diffie_hellman, false, &keys);
	if (derived) {
		memcpy(sta->pmk, keys.pmk, keys.pmk_len);
		memcpy(sta->owe_pmkid, keys.pmkid, PMKID_LEN);
		sta->pmk_len = keys.pmk_len;
		sta->pmksa_offered = false;
	}
	crypto_wipe(&keys, sizeof(keys));
	return derived;
}

/* The access point does not have this group: the next one. */
static bool try_next_owe_group(struct sta *sta, uint16_t status)
{
	if (!uses_owe(sta) || status != STATUS_UNSUPPORTED_GROUP || sta->setup.networks[sta->network].owe_group ||
	    ++sta->owe_refused >= OWE_GROUPS_MAX)
		return false;
	begin_owe(sta);
	sta->tries = 0;
	authenticate(sta);
	return true;
}

struct sta_outcome sta_assoc_response(struct sta *sta, const struct mgmt *mgmt)
{
	struct sta_outcome none = {0};

	if (sta->comes_back || (mgmt->subtype == MGMT_REASSOC_RESPONSE) != sta->reassociation) {
		sta_drop(sta, DROP_MGMT_UNEXPECTED, mgmt->sa);
		return none;
	}
	if (mgmt->status == STATUS_REFUSED_TEMPORARILY && schedule_comeback(sta, mgmt))
		return none;
	if (mgmt->status == STATUS_NO_ASSOC && sta->reassociation) {
		/* The access point cannot find our previous association: request a new one. */
		sta->reassociation = false;
		sta->attempt++;
		send_assoc(sta);
		return none;
	}
	if (authenticate_afresh(sta, mgmt->status) || try_next_owe_group(sta, mgmt->status))
		return none;
	if (mgmt->status != STATUS_SUCCESS)
		sta_ft_refused(sta);
	if (mgmt->status != STATUS_SUCCESS)
		return handle_rejection(sta, mgmt->status);
	if (!mgmt->aid || mgmt->aid > 2007)
		return refuse_association(sta, STATUS_UNSPECIFIED);
	if (uses_owe(sta) && !finish_owe(sta, mgmt))
		return refuse_association(sta, STATUS_UNSUPPORTED_GROUP);
	if (sta_phy_refuses(sta, mgmt))
		return (struct sta_outcome){STA_OUTCOME_FAILED, 0};
	if (sta->ft.active)
		return complete_transition(sta, mgmt);
	if (!sta_ft_first_response(sta, mgmt))
		return refuse_association(sta, STATUS_INVALID_FTE);
	return complete_association(sta, mgmt);
}

static void reset_association(struct sta *sta)
{
	sta_measure_end(sta);
	for (int i = 0; i < STA_TIMER_PMKSA; i++)
		sta->due_ns[i] = NEVER;
	supplicant_wipe(&sta->supplicant);
	sae_wipe(&sta->sae);
	sta_ft_end_attempt(sta);
	crypto_wipe(&sta->owe, sizeof(sta->owe));
	crypto_wipe(&sta->sae_secret, sizeof(sta->sae_secret));
	sta->sae_group = 0;
	sta->associated = sta->qos = sta->told_awake = sta->awaits_port = sta->has_ptk = sta->sleep_requested = false;
	sta->roam.visiting = false;
	sta->transition.step = STA_MOVE_NONE;
	sta->query_began_ns = sta->query_next_ns = sta->forged_beacon_ns = sta->max_idle = 0;
	sta->requested_modes = sta->granted_modes = 0;
	sta->attempt++;
}

void sta_clear_association(struct sta *sta)
{
	reset_association(sta);
	crypto_wipe(sta->pmk, sizeof(sta->pmk)); /* a BSS to which a driver roams needs it */
	sta_act(sta, PLANE_STATION_REMOVE);
}

static bool same_terms(const struct bss_terms *one, const struct bss_terms *other)
{
	const struct rsn_suite *first = &one->suite, *second = &other->suite;

	if (one->kind != other->kind || one->mfp != other->mfp)
		return false;
	return one->kind != BSS_TERMS_RSN ||
	       (first->wpa == second->wpa && first->akm == second->akm && first->pairwise == second->pairwise &&
		first->group == second->group && first->group_management == second->group_management);
}

/* The BSS must belong to our network, on the terms of our request, which the driver has repeated. */
static const struct bss *find_roamed(const struct sta *sta, const uint8_t *bssid)
{
	for (size_t i = 0; i < sta->table.count; i++) {
		const struct bss *bss = &sta->table.at[i];
		struct bss_terms terms;

		if (mac_equal(bss->bssid, bssid) && sta_match(sta, bss, sta->network, &terms) == BSS_FITS &&
		    same_terms(&terms, &sta->terms))
			return bss;
	}
	return NULL;
}

struct sta_outcome sta_join_roamed(struct sta *sta, const struct plane_event *event)
{
	const struct bss *bss = find_roamed(sta, event->addr);

	if (!bss) {
		mac_copy(sta->ap.bssid, event->addr);
		sta_note(sta, NOTE_REJECTED, STATUS_POLICY);
		sta_send_deauth(sta, REASON_UNSPECIFIED);
		return (struct sta_outcome){STA_OUTCOME_DISCONNECT, REASON_UNSPECIFIED};
	}
	reset_association(sta);
	sta->ap = *bss;
	if (event->freq_mhz)
		sta->ap.freq_mhz = event->freq_mhz;
	sta->qos = wants_qos(sta);
	sta_note(sta, NOTE_ROAMING, 0);
	if (event->elements.len)
		sta_phy_adopt_request(sta, event->elements);
	return begin_association(sta);
}

struct sta_outcome sta_link_ended(struct sta *sta, uint16_t reason)
{
	if (sta->state == STA_HANDSHAKE)
		return sta_keys_deauth(sta, reason);
	return (struct sta_outcome){STA_OUTCOME_DISCONNECT, reason};
}

struct sta_outcome sta_receive_deauth(struct sta *sta, const struct mgmt *mgmt)
{
	struct bss *entry = sta_bss_entry(sta);

	if (entry)
		entry->heard_ns = sta->now_ns;
	if (sta->state != STA_ASSOCIATING)
		return sta_link_ended(sta, mgmt->reason);
	if (++sta->tries >= TRIES)
		return handle_rejection(sta, STATUS_UNSPECIFIED);
	/* The access point has no authentication or PMKSA of ours, or the frame answers something older. */
	if (sta->pmksa_offered)
		forget_pmksa(sta);
	authenticate(sta);
	return (struct sta_outcome){0};
}
