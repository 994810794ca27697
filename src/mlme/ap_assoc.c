/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Association and reassociation (11.3.5). First the whole request is checked, without any change of state: the result
 * is a status code, or the terms of the association. Only then the new association replaces an existing one. If that
 * one protects its management frames, it is replaced only after an SA Query without an answer (IEEE 802.11-2016, 11.14):
 * a station that is present goes on undisturbed.
 *
 * A driver that associates stations by itself has answered the request already, and has replaced an existing association: a
 * refusal is a deauthentication.
 */
#include "mlme/ap_ft.h"
#include "mlme/ap_measure.h"
#include "mlme/ap_multi_ap.h"
#include "mlme/ap_ocv.h"
#include "mlme/ap_owe.h"
#include "mlme/ap_state.h"

#include "base/mac.h"

#include <string.h>

struct ap_assoc_terms {
	struct rsn_suite suite; /* in a protected BSS */
	struct rsn_element element;
	struct span element_bytes; /* of `element` */
	struct span rsnx;          /* the whole element */
	struct ap_ft_transition ft;
	struct ocv ocv;
	const struct pmksa *pmksa;  /* with SAE, or of the cache with OWE */
	struct span diffie_hellman; /* with OWE: the element of the station */
	bool mfp, qos, backhaul;
};

/* The status for an RSN or WPA element that rsn_element_parse() refuses: it has another version, or is malformed. */
static enum status_code element_error_status(struct span element, bool wpa)
{
	size_t at = wpa ? 6 : 2;

	return element.len >= at + 2 && le16(element.bytes + at) != 1 ? STATUS_RSN_VERSION : STATUS_INVALID_ELEMENT;
}

/* Of several WPA elements the last one counts, as for hostapd: a malformed one is not hidden behind a right one. */
static struct span last_wpa_element(const struct mgmt *mgmt)
{
	struct span rest = mgmt->body, last = mgmt->wpa;
	struct element element;

	while (element_next(&rest, &element))
		if (element_is_wpa(&element))
			last = element.whole;
	return last;
}

/* A request may carry both elements: the protocol is RSN if the BSS offers it, else WPA. */
static bool select_element(const struct ap_bss *bss, const struct mgmt *mgmt, struct ap_assoc_terms *terms)
{
	if (bss->rsn_len && mgmt->rsn.bytes)
		terms->element_bytes = mgmt->rsn;
	else if (bss->wpa_len && mgmt->wpa.bytes)
		terms->element_bytes = last_wpa_element(mgmt);
	return terms->element_bytes.bytes;
}

static bool is_single_offered(uint32_t choice, uint32_t offered)
{
	return choice && !(choice & (choice - 1)) && (choice & offered);
}

static enum status_code check_pmf(const struct ap_bss *bss, struct ap_assoc_terms *terms)
{
	const struct rsn_element *rsne = &terms->element;
	bool capable = !rsne->wpa && (rsne->capabilities & RSN_MFPC),
	     required = capable && (rsne->capabilities & RSN_MFPR);

	terms->mfp = bss->setup.pmf && capable;
	terms->suite.group_management = terms->mfp ? bss->setup.group_mgmt : CIPHER_NONE;
	if (akm_info(terms->suite.akm)->sae && !terms->mfp && (bss->setup.pmf == 2 || bss->setup.sae.requires_pmf))
		return STATUS_POLICY;
	if ((bss->setup.pmf == 2 && !capable) || (required && !bss->setup.pmf) ||
	    (akm_info(terms->suite.akm)->needs_pmf && !terms->mfp))
		return STATUS_POLICY;
	if (terms->mfp && rsne->group_management != bss->setup.group_mgmt)
		return STATUS_CIPHER_POLICY;
	/* TKIP cannot protect management frames. */
	return terms->mfp && terms->suite.pairwise == CIPHER_TKIP ? STATUS_POLICY : STATUS_SUCCESS;
}

/* With SAE the PMK comes from the authentication, or from the cache, where an open authentication has sufficed (12.6.10.3). */
static enum status_code check_pmksa(const struct ap *ap, const struct ap_bss *bss, const uint8_t *addr,
				    struct ap_assoc_terms *terms)
{
	if (akm_info(terms->suite.akm)->owe)
		return ap_owe_check(ap, bss, addr, terms->element.pmkids, terms->diffie_hellman, &terms->pmksa);
	if (!akm_info(terms->suite.akm)->sae || terms->ft.active)
		return STATUS_SUCCESS;
	terms->pmksa = ap_sae_find_pmksa(ap, bss, addr, terms->suite.akm, terms->element.pmkids);
	return terms->pmksa ? STATUS_SUCCESS : STATUS_INVALID_PMKID;
}

/*
 * The AKMs that a request means. Some stations name those of fast BSS transition beside the others, without the element of a mobility
 * domain, in which they then are not.
 */
static uint32_t meant_akms(const struct rsn_element *rsne, const struct mgmt *mgmt)
{
	uint32_t others = rsne->akms & ~akm_set_ft();

	return others && !mgmt->mobility_domain.bytes ? others : rsne->akms;
}

static enum status_code check_suites(const struct ap *ap, const struct ap_bss *bss, const struct ap_sta *sta,
				     const struct mgmt *mgmt, struct ap_assoc_terms *terms)
{
	const struct ap_bss_setup *setup = &bss->setup;
	struct rsn_element *rsne = &terms->element;
	enum status_code status;
	bool wpa;

	if (!select_element(bss, mgmt, terms))
		return STATUS_INVALID_ELEMENT;
	wpa = terms->element_bytes.bytes[0] != EID_RSN;
	if (rsn_element_parse(rsne, terms->element_bytes))
		return element_error_status(terms->element_bytes, wpa);
	if (rsne->group != setup->group)
		return STATUS_GROUP_CIPHER;
	if (!is_single_offered(rsne->pairwise, wpa ? setup->wpa_pairwise : setup->rsn_pairwise))
		return STATUS_PAIRWISE_CIPHER;
	rsne->akms = meant_akms(rsne, mgmt);
	if (!is_single_offered(rsne->akms, wpa ? 1u << AKM_PSK : setup->akms))
		return STATUS_AKM;
	terms->suite = (struct rsn_suite){.wpa = wpa, .group = setup->group};
	terms->suite.pairwise = (enum cipher)__builtin_ctz(rsne->pairwise);
	terms->suite.akm = (enum akm)__builtin_ctz(rsne->akms);
	status = check_pmf(bss, terms);
	if (!status && !ap_ocv_begin(bss, ap_radio_of(ap, mgmt, false).width_mhz, wpa ? 0 : rsne->capabilities,
				     terms->mfp, &terms->ocv))
		return STATUS_POLICY;
	terms->ft.ocv = terms->ocv;
	if (!status && countermeasures_active(&bss->countermeasures, ap->now_ns) &&
	    countermeasures_apply_to(&terms->suite))
		return STATUS_CIPHER_POLICY;
	terms->diffie_hellman = mgmt->diffie_hellman;
	terms->rsnx = mgmt->rsnx.len <= RSNX_MAX ? mgmt->rsnx : (struct span){0};
	if (!status)
		status = ap_ft_check(ap, sta, mgmt, &terms->suite, &terms->ft);
	return status ? status : check_pmksa(ap, bss, sta->entry.addr, terms);
}

/* What does not depend on who answers the request, but for the address lists. */
static enum status_code check_elements(const struct ap *ap, const struct ap_bss *bss, const struct ap_sta *sta,
				       const struct mgmt *mgmt, struct ap_assoc_terms *terms)
{
	enum status_code status;

	*terms = (struct ap_assoc_terms){.suite.group_management = CIPHER_NONE, .qos = bss->setup.wmm && mgmt->wmm};
	if (!sta->associated && !ap_bss_has_room(ap, bss))
		return STATUS_AP_FULL;
	status = ap_multi_ap_check(&bss->setup, mgmt, &terms->backhaul);
	if (status)
		return status;
	return bss->protected ? check_suites(ap, bss, sta, mgmt, terms) : STATUS_SUCCESS;
}

static enum status_code check_request(const struct ap *ap, const struct ap_bss *bss, const struct ap_sta *sta,
				      const struct mgmt *mgmt, struct ap_assoc_terms *terms)
{
	enum status_code status;

	if (ap_acl_denies(bss, mgmt->sa))
		return STATUS_UNSPECIFIED;
	if (!span_equals(mgmt->ssid, bss->setup.ssid, bss->setup.ssid_len))
		return STATUS_UNSPECIFIED;
	if (!(mgmt->capability & CAPABILITY_ESS))
		return STATUS_CAPABILITIES;
	if (!ap_bss_has_basic_rates(ap, mgmt))
		return STATUS_RATES;
	status = ap_bss_check_modes(bss, mgmt);
	if (status)
		return status;
	if (ap->setup.max_listen_interval && mgmt->interval > ap->setup.max_listen_interval)
		return STATUS_LISTEN_INTERVAL;
	return check_elements(ap, bss, sta, mgmt, terms);
}

/* With status 30: when to try again, in TU (IEEE 802.11-2016, 9.4.2.49). */
static void write_comeback(struct frame_writer *writer, uint32_t tu)
{
	uint8_t body[5] = {3};

	put_le32(body + 1, tu);
	write_element(writer, EID_TIMEOUT_INTERVAL, body, sizeof(body));
}

/*
 * BSS Max Idle Period (9.4.2.78), in units of 1000 TU, rounded down: the station sends a frame before its time is over
 * (11.21.13), and is not polled.
 */
static void write_max_idle(const struct ap_bss *bss, struct frame_writer *writer)
{
	const uint64_t period = bss->setup.max_inactivity_s * SECOND / (1000 * TU);
	uint8_t body[3] = {0, 0, bss->setup.max_idle == 2};

	if (!bss->setup.max_inactivity_s || !bss->setup.max_idle)
		return;
	put_le16(body, (uint16_t)(period > UINT16_MAX ? UINT16_MAX : period + !period));
	write_element(writer, EID_MAX_IDLE, body, sizeof(body));
}

/* `repeated`: it may be the answer to a frame that an attacker has recorded and replayed. */
static void send_response(struct ap *ap, struct ap_sta *sta, const struct mgmt *mgmt, enum status_code status,
			  uint32_t comeback_tu, bool repeated)
{
	struct ap_bss *bss = sta->bss;
	enum mgmt_subtype subtype = mgmt->subtype == MGMT_ASSOC_REQUEST ? MGMT_ASSOC_RESPONSE : MGMT_REASSOC_RESPONSE;
	struct frame_writer writer = mgmt_begin(subtype, mgmt->sa, bss->setup.bssid, bss->setup.bssid);

	write_le16(&writer, ap_bss_capability(bss));
	write_le16(&writer, (uint16_t)status);
	write_le16(&writer, status ? 0 : 0xc000 | sta->aid);
	ap_bss_write_rates(ap, &writer);
	if (!status)
		ap_ft_write_response(ap, sta, mgmt, &writer);
	if (status == STATUS_REFUSED_TEMPORARILY)
		write_comeback(&writer, comeback_tu);
	if (!status && bss->protected && akm_info(sta->auth.setup.suite.akm)->owe)
		ap_owe_write(sta, &writer);
	if (!status)
		ap_write_measurements(bss, &writer);
	if (!status && sta->qos)
		ap_bss_write_phy(bss, &writer);
	if (!status)
		write_max_idle(bss, &writer);
	if (!status && sta->qos)
		ap_bss_write_wmm(ap, &writer);
	if (!status && sta->backhaul)
		ap_multi_ap_write(&bss->setup, &writer);
	write_bytes(&writer, bss->setup.assoc_elements.bytes, bss->setup.assoc_elements.len);
	if (status || repeated)
		ap_answer(ap, AP_ANSWER_ASSOC, bss, frame_writer_end(&writer));
	else
		ap_send_management(ap, bss, frame_writer_end(&writer),
				   (struct plane_management){.cookie = ap_cookie(sta, AP_COOKIE_ASSOC_RESPONSE)});
}

static void note_refusal(struct ap *ap, const struct ap_sta *sta, enum status_code status)
{
	enum note note = status == STATUS_AP_FULL                   ? NOTE_REJECTED_FULL
			 : ap_acl_denies(sta->bss, sta->entry.addr) ? NOTE_REJECTED_LIST
								    : NOTE_REJECTED;

	ap_note(ap, sta->bss, note, sta->entry.addr, (uint16_t)status);
}

static void send_refusal(struct ap *ap, struct ap_sta *sta, const struct mgmt *mgmt, enum status_code status)
{
	note_refusal(ap, sta, status);
	send_response(ap, sta, mgmt, status, 0, false);
}

/* That of the SAE password has precedence over that of the address; that of a passphrase is known later. */
static uint16_t choose_vlan(const struct ap_bss *bss, const struct ap_sta *sta, const struct ap_assoc_terms *terms)
{
	const struct ap_sae_setup *sae = &bss->setup.sae;

	if (terms->ft.active && terms->ft.entry->vlan)
		return terms->ft.entry->vlan;
	if (terms->pmksa && terms->pmksa->tag < sae->password_count && sae->passwords[terms->pmksa->tag].vlan)
		return sae->passwords[terms->pmksa->tag].vlan;
	return ap_vlan_listed(bss, sta->entry.addr);
}

/* Replaces an existing association. */
static enum status_code accept_request(struct ap *ap, struct ap_sta *sta, const struct mgmt *mgmt,
				       const struct ap_assoc_terms *terms)
{
	struct ap_bss *bss = sta->bss;
	struct ap_peer_elements peer;
	const struct pmksa *pmksa = terms->pmksa;
	uint64_t replay_counter = sta->associated ? sta->auth.replay_counter : 0;
	enum status_code status;
	struct pmksa fresh;

	if (sta->associated)
		ap_sta_disassociate(ap, sta, REASON_UNSPECIFIED);
	if (bss->station_count >= bss->setup.max_stations)
		ap_sta_kick(ap, ap_sta_oldest_unauthorised(ap, bss), MGMT_DEAUTH, REASON_AP_BUSY);
	if (ap_sta_associate(ap, sta))
		return STATUS_AP_FULL;
	sta->sae_password = pmksa && akm_info(terms->suite.akm)->sae ? (size_t)pmksa->tag + 1 : 0;
	sta->qos = terms->qos;
	sta->mfp = terms->mfp;
	sta->backhaul = terms->backhaul;
	sta->listen_interval = mgmt->interval;
	ap_sta_remember_request(sta, mgmt);
	sta->radio = ap_radio_of(ap, mgmt, bss->protected && terms->suite.pairwise == CIPHER_TKIP);
	ap->protection_stale = true;
	ap_vlan_join(ap, sta, choose_vlan(bss, sta, terms));
	if (!ap->plane.early_stations && !ap->plane.associates)
		ap_act(ap, PLANE_STATION_ADD, bss, sta->entry.addr);
	ap_act_station(ap, sta);
	sta->heard_ns = ap->now_ns;
	if (bss->setup.max_inactivity_s)
		sta->due_ns[AP_TIMER_POLL] = ap->now_ns + bss->setup.max_inactivity_s * SECOND;
	if (!bss->protected)
		return STATUS_SUCCESS;
	peer = (struct ap_peer_elements){terms->element_bytes, terms->rsnx, terms->element.pmkids, terms->ocv};
	if (terms->ft.active)
		return ap_keys_adopt(ap, sta, &peer, &terms->ft) ? STATUS_UNSPECIFIED : STATUS_SUCCESS;
	sta->due_ns[AP_TIMER_HANDSHAKE] = ap->now_ns + AP_ASSOC_RESPONSE_TIMEOUT_NS;
	sta->owe_element_len = 0;
	if (!pmksa && akm_info(terms->suite.akm)->owe) {
		if (ap_owe_exchange(ap, sta, terms->diffie_hellman, &fresh))
			return STATUS_UNSPECIFIED;
		pmksa = &fresh;
	}
	status = ap_keys_setup(ap, sta, &terms->suite, &peer, pmksa) ? STATUS_UNSPECIFIED : STATUS_SUCCESS;
	/*
	 * If the request was forged the station is still in the replaced association. It answers the new handshake, and has keys
	 * again, only if the counter goes on; after a genuine request it accepts any.
	 */
	sta->auth.replay_counter = replay_counter;
	crypto_wipe(&fresh, sizeof(fresh));
	return status;
}

/* On these terms. */
static void associate(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt,
		      const struct ap_assoc_terms *terms)
{
	enum status_code status;

	if (terms->ft.active) /* its MIC answers an ANonce of ours */
		sta->present = true;
	/* It has not acknowledged its authentication: the response and the first EAPOL frame may be for nobody. */
	if (!sta->present && !ap_answers_take(ap, AP_UNPROVEN_FRAMES)) {
		ap_drop(ap, DROP_ANSWER_LIMIT, sta->entry.addr);
		return;
	}
	status = accept_request(ap, sta, mgmt, terms);
	if (status) {
		send_refusal(ap, sta, mgmt, status);
		ap_sta_remove(ap, sta, REASON_UNSPECIFIED);
		return;
	}
	ap_sae_associated(ap, sta);
	ap_note(ap, bss, NOTE_ASSOCIATED, sta->entry.addr, 0);
	ap_protection_refresh(ap);
	send_response(ap, sta, mgmt, STATUS_SUCCESS, 0, false);
	if (sta->backhaul && bss->setup.four_address && (bss->setup.multi_ap & AP_BACKHAUL))
		ap_sta_use_four_addresses(ap, sta, false);
	if (!bss->protected || terms->ft.active)
		ap_roam_open_port(ap, sta);
	if (terms->ft.active && ap_ft_lacks_bigtk(sta))
		ap_keys_start_group_handshake(ap, sta);
	ap_sta_schedule(ap, sta);
}

void ap_assoc(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt)
{
	struct ap_assoc_terms terms = {0}; /* a refusal may come before they are known */
	enum status_code status = check_request(ap, bss, sta, mgmt, &terms);

	if (status && terms.ft.ocv_failure.fault != OCI_VALID)
		ap_ocv_failed(ap, sta, &terms.ft.ocv_failure);
	if (status)
		send_refusal(ap, sta, mgmt, status);
	else if (terms.ft.repeated)
		send_response(ap, sta, mgmt, STATUS_SUCCESS, 0, true);
	else if (!terms.ft.active && sta->associated && sta->mfp && sta->auth.ptk_installed && !sta->query_failed)
		send_response(ap, sta, mgmt, STATUS_REFUSED_TEMPORARILY, ap_sa_query_begin(ap, sta), false);
	else
		associate(ap, bss, sta, mgmt, &terms);
	crypto_wipe(&terms, sizeof(terms));
}

void ap_assoc_by_plane(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct plane_event *event)
{
	struct ap_assoc_terms terms;
	enum status_code status = STATUS_INVALID_ELEMENT;
	struct mgmt mgmt;

	if (sta)
		ap_sta_left(ap, sta, REASON_UNSPECIFIED);
	sta = ap_sta_new(ap, bss, event->addr);
	if (!sta) {
		ap_drop(ap, DROP_NO_MEMORY, event->addr);
		ap_act(ap, PLANE_STATION_REMOVE, bss, event->addr);
		return;
	}
	sta->present = true;
	if (ap_acl_denies(bss, event->addr))
		status = STATUS_UNSPECIFIED;
	else if (!mgmt_parse_elements(&mgmt, event->elements))
		status = check_elements(ap, bss, sta, &mgmt, &terms);
	if (!status)
		status = accept_request(ap, sta, &mgmt, &terms);
	if (status) {
		note_refusal(ap, sta, status);
		ap_sta_kick(ap, sta, MGMT_DEAUTH, status == STATUS_AP_FULL ? REASON_AP_BUSY : REASON_UNSPECIFIED);
		return;
	}
	ap_note(ap, bss, NOTE_ASSOCIATED, sta->entry.addr, 0);
	if (bss->protected)
		ap_keys_start_handshake(ap, sta);
	else
		ap_roam_open_port(ap, sta);
	ap_sta_schedule(ap, sta);
}
