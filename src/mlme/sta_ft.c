/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fast BSS transition (IEEE 802.11-2020, 13): with the PMK-R0 of the first association in a mobility domain, the station moves to
 * another access point of the domain by two frames each way, which are authentication or action frames, and a reassociation with a
 * MIC that brings the group keys. There is no handshake afterwards.
 *
 * Only the MIC of the reassociation response proves the contents of the authentication response; until then they may be forged.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"
#include "mlme/sta_ocv.h"

#include <string.h>

#define REFUSAL_NS (120 * SECOND)

bool sta_ft_is_possible(const struct sta *sta)
{
	const struct sta_ft *ft = &sta->ft;
	const struct bss *entry = bss_find((struct bss_table *)&sta->table, &sta->ap);

	return ft->ready && mac_equal(ft->spa, sta->setup.addr) && sta->terms.kind == BSS_TERMS_RSN &&
	       sta->terms.suite.akm == ft->akm && !sta->plane.connects && ft->tag == sta_network_tag(sta) &&
	       sta->ap.has_domain && !memcmp(sta->ap.domain, ft->holders.mdid, FT_MDID_LEN) &&
	       ft->ssid_len == sta->ap.ssid_len && !memcmp(ft->ssid, sta->ap.ssid, ft->ssid_len) &&
	       !(entry && sta->now_ns < entry->no_transition_until_ns);
}

void sta_ft_forget(struct sta *sta)
{
	crypto_wipe(&sta->ft, sizeof(sta->ft));
}

void sta_ft_end_attempt(struct sta *sta)
{
	struct sta_ft *ft = &sta->ft;

	ft->active = false;
	crypto_wipe(&ft->r1, sizeof(ft->r1));
	crypto_wipe(&ft->ptk, sizeof(ft->ptk));
}

/* The next attempt begins anew. A refusal may be forged, so it does not count for ever. */
void sta_ft_refused(struct sta *sta)
{
	struct bss *entry = sta_bss_entry(sta);

	if (sta->ft.active && entry)
		entry->no_transition_until_ns = sta->now_ns + REFUSAL_NS;
}

/* ---- a first association ---- */

static bool uses_ft(const struct sta *sta)
{
	return sta->terms.kind == BSS_TERMS_RSN && akm_info(sta->terms.suite.akm)->ft;
}

static size_t write_domain(const struct bss *bss, uint8_t out[FT_DOMAIN_LEN])
{
	ft_domain_write(bss->domain, bss->domain[FT_MDID_LEN], out);
	return FT_DOMAIN_LEN;
}

bool sta_ft_first_response(struct sta *sta, const struct mgmt *mgmt)
{
	uint8_t domain[FT_DOMAIN_LEN];

	if (!uses_ft(sta))
		return true;
	write_domain(&sta->ap, domain);
	return span_equals(mgmt->mobility_domain, domain, sizeof(domain)) &&
	       ft_association_init(&sta->ft.association, (struct span){sta->ap.ssid, sta->ap.ssid_len},
				   mgmt->mobility_domain, mgmt->ft);
}

void sta_ft_connected(struct sta *sta)
{
	struct sta_ft *ft = &sta->ft;

	if (!uses_ft(sta) || sta->plane.handshakes || ft->association.transitioned)
		return;
	ft->ready = !ft_derive_r0(sta->crypto, (struct piece){sta->pmk, sta->pmk_len},
				  (struct span){sta->ap.ssid, sta->ap.ssid_len}, &ft->association.holders,
				  sta->setup.addr, &ft->r0);
	mac_copy(ft->spa, sta->setup.addr);
	ft->akm = sta->terms.suite.akm;
	ft->tag = sta_network_tag(sta);
	ft->holders = ft->association.holders;
	ft->ssid_len = sta->ap.ssid_len;
	memcpy(ft->ssid, sta->ap.ssid, ft->ssid_len);
}

/* ---- authentication ---- */

/* The RSN element of our request, with this name. */
static size_t write_rsn(const struct sta *sta, const uint8_t *name, uint8_t out[ELEMENT_MAX])
{
	return rsn_element_name_pmk((struct span){sta->own_element, sta->own_element_len}, name, out);
}

size_t sta_ft_write_request(struct sta *sta, const struct bss *target, uint8_t out[STA_FT_REQUEST_MAX])
{
	struct sta_ft *ft = &sta->ft;
	struct ft_element element = {
		.mic_len = ft->r0.pmk_len / 2, .snonce = ft->snonce, .r0kh = {ft->holders.r0kh, ft->holders.r0kh_len}};
	size_t len = write_rsn(sta, ft->r0.name, out);

	len += write_domain(target, out + len);
	return len + ft_write(&element, out + len);
}

bool sta_ft_begin(struct sta *sta)
{
	return !random_bytes(&sta->random, sta->ft.snonce, FT_NONCE_LEN);
}

/* The suite of the transition, with the length of its keys. */
static struct rsn_suite suite_of(const struct sta *sta)
{
	struct rsn_suite suite = sta->terms.suite;

	suite.pmk_len = sta->ft.r0.pmk_len;
	return suite;
}

bool sta_ft_receive_answer(struct sta *sta, const struct bss *target, const struct mgmt *answer)
{
	const struct rsn_suite suite = suite_of(sta);
	struct sta_ft *ft = &sta->ft;
	struct rsn_addresses ends;
	struct ft_element element;
	struct rsn_element rsne;

	if (answer->mobility_domain.len != FT_DOMAIN_LEN ||
	    memcmp(answer->mobility_domain.bytes + 2, target->domain, FT_MDID_LEN) != 0 ||
	    !ft_parse(&element, answer->ft) || memcmp(element.snonce, ft->snonce, FT_NONCE_LEN) != 0 ||
	    !span_equals(element.r0kh, ft->holders.r0kh, ft->holders.r0kh_len) || element.r1kh.len != FT_R1KH_LEN ||
	    rsn_is_zero(element.anonce, FT_NONCE_LEN) || !answer->rsn.bytes || rsn_element_parse(&rsne, answer->rsn) ||
	    !span_equals(rsne.pmkids, ft->r0.name, PMKID_LEN))
		return false;
	memcpy(ft->anonce, element.anonce, FT_NONCE_LEN);
	memcpy(ft->holders.r1kh, element.r1kh.bytes, FT_R1KH_LEN);
	mac_copy(ends.aa, target->bssid);
	mac_copy(ends.spa, sta->setup.addr);
	return !ft_derive_r1(sta->crypto, &ft->r0, ft->holders.r1kh, ends.spa, &ft->r1) &&
	       !rsn_derive_ptk(sta->crypto, &suite, ft->r1.pmk, &ends, ft->anonce, ft->snonce, &ft->ptk);
}

/* ---- reassociation ---- */

static struct ft_element exchange_of(const struct sta_ft *ft)
{
	return (struct ft_element){.mic_len = ft->r0.pmk_len / 2,
				   .anonce = ft->anonce,
				   .snonce = ft->snonce,
				   .r0kh = {ft->holders.r0kh, ft->holders.r0kh_len},
				   .r1kh = {ft->holders.r1kh, FT_R1KH_LEN}};
}

static struct rsn_addresses ends_of(const struct sta *sta)
{
	struct rsn_addresses ends;

	mac_copy(ends.aa, sta->ap.bssid);
	mac_copy(ends.spa, sta->setup.addr);
	return ends;
}

/* The RSN element, that of the domain, and after a transition's authentication the one with the MIC. */
void sta_ft_write_association(struct sta *sta, struct frame_writer *writer)
{
	const struct rsn_suite suite = suite_of(sta);
	struct ft_element ft = exchange_of(&sta->ft);
	const struct ocv ocv = sta_ocv(sta);
	uint8_t rsn[ELEMENT_MAX], domain[FT_DOMAIN_LEN], element[ELEMENT_MAX], oci[OCI_LEN];
	struct rsn_addresses ends = ends_of(sta);
	struct ft_mic_input input = {.mobility_domain = {domain, write_domain(&sta->ap, domain)},
				     .rsnx = {sta->own_rsnx, sta->own_rsnx_len}};

	if (!sta->ft.active) {
		if (!sta_has_wpa_element(sta))
			write_bytes(writer, sta->own_element, sta->own_element_len);
		sta_write_measurements(sta, writer);
		if (uses_ft(sta))
			write_bytes(writer, domain, sizeof(domain));
		return;
	}
	input.rsn = (struct span){rsn, write_rsn(sta, sta->ft.r1.name, rsn)};
	if (ocv.used && oci_write(&ocv.channel, oci))
		ft.oci = (struct span){oci, OCI_LEN};
	ft.count = ft_mic_count(&input);
	ft.rsnx_used = input.rsnx.len != 0;
	input.ft = (struct span){element, ft_write(&ft, element)};
	if (ft_mic_write(sta->crypto, &suite, sta->ft.ptk.kck, &ends, &input, element))
		sta_drop(sta, DROP_CIPHER_FAILED, sta->ap.bssid);
	write_bytes(writer, rsn, input.rsn.len);
	sta_write_measurements(sta, writer);
	write_bytes(writer, domain, sizeof(domain));
	write_bytes(writer, element, input.ft.len);
}

/* Takes the group keys out of the element. */
static bool unwrap_keys(struct sta *sta, const struct rsn_suite *suite, const struct ft_element *ft,
			struct rsn_group_keys *keys)
{
	const struct piece kek = ft_kek(suite, &sta->ft.ptk);

	*keys = (struct rsn_group_keys){0};
	if (ft_unwrap_group_key(sta->crypto, kek, FT_GTK, ft->gtk, &keys->gtk) || !keys->gtk.id ||
	    keys->gtk.len != cipher_key_len(suite->group))
		return false;
	keys->gtk.cipher = suite->group;
	if (suite->group_management == CIPHER_NONE)
		return true;
	if (ft_unwrap_group_key(sta->crypto, kek, FT_IGTK, ft->igtk, &keys->igtk) ||
	    (keys->igtk.id != 4 && keys->igtk.id != 5) || keys->igtk.len != cipher_key_len(suite->group_management))
		return false;
	keys->igtk.cipher = suite->group_management;
	if (!ft->bigtk.bytes)
		return true;
	if (ft_unwrap_group_key(sta->crypto, kek, FT_BIGTK, ft->bigtk, &keys->bigtk) ||
	    (keys->bigtk.id != 6 && keys->bigtk.id != 7) || keys->bigtk.len != cipher_key_len(suite->group_management))
		return false;
	keys->bigtk.cipher = suite->group_management;
	return true;
}

/*
 * The RSNX element of a response is that of the beacons. Access points leave it out for a station that has none. `used`: the
 * bit under the MIC by which they say that their beacons have one; if the beacons have none then, they were forged. hostapd 2.10
 * sets the bit with FT-PSK, too, where its beacons have none and nothing depends on it.
 */
static bool rsnx_fits(const struct sta *sta, struct span rsnx, bool used)
{
	if (used && !sta->ap.rsnx_len && akm_info(sta->terms.suite.akm)->sae)
		return false;
	return (!rsnx.len && !sta->own_rsnx_len) || span_equals(rsnx, sta->ap.rsnx, sta->ap.rsnx_len);
}

bool sta_ft_receive_response(struct sta *sta, const struct mgmt *mgmt, struct rsn_group_keys *keys)
{
	const struct rsn_suite suite = suite_of(sta);
	struct ft_association association;
	const struct key_data elements = {
		.rsne = mgmt->rsn, .mobility_domain = mgmt->mobility_domain, .ft = mgmt->ft, .rsnx = mgmt->rsnx};
	const struct ft_mic_input input = {.response = true,
					   .rsn = mgmt->rsn,
					   .mobility_domain = mgmt->mobility_domain,
					   .ft = mgmt->ft,
					   .rsnx = mgmt->rsnx};
	struct rsn_addresses ends = ends_of(sta);
	const struct ocv ocv = sta_ocv(sta);
	struct ocv_failure failure;
	uint8_t domain[FT_DOMAIN_LEN], own[ELEMENT_MAX];
	struct ft_element exchange = exchange_of(&sta->ft), ft;

	write_domain(&sta->ap, domain);
	/* What we expect, but for the keys and the MIC. */
	if (!ft_association_init(&association, (struct span){sta->ap.ssid, sta->ap.ssid_len},
				 (struct span){domain, sizeof(domain)}, (struct span){own, ft_write(&exchange, own)}) ||
	    !ft_message_fits(&association, &elements, (struct span){sta->ap.rsn, sta->ap.rsn_len}, sta->ft.r1.name) ||
	    !ft_parse(&ft, mgmt->ft) || !rsnx_fits(sta, mgmt->rsnx, ft.rsnx_used) ||
	    memcmp(ft.anonce, exchange.anonce, FT_NONCE_LEN) != 0 ||
	    memcmp(ft.snonce, exchange.snonce, FT_NONCE_LEN) != 0 || ft.count != ft_mic_count(&input) ||
	    !ft_mic_verify(sta->crypto, &suite, sta->ft.ptk.kck, &ends, &input) || !unwrap_keys(sta, &suite, &ft, keys))
		return false;
	if (!ocv_check(&ocv, OCI_REASSOC_RESPONSE, ft.oci, &failure)) {
		sta_ocv_failed(sta, &failure);
		return false;
	}
	/* A later 4-way handshake repeats this element. */
	memcpy(association.element, mgmt->ft.bytes, mgmt->ft.len);
	association.element_len = mgmt->ft.len;
	association.transitioned = true;
	memcpy(association.r1_name, sta->ft.r1.name, PMKID_LEN);
	sta->ft.association = association;
	return true;
}

/* ---- over the distribution system (13.5.3) ---- */

#define OVER_DS_NS SECOND /* for the answer */

/* The request has the suites of the present association. */
static bool has_same_suite(const struct sta *sta, const struct bss *target)
{
	const struct rsn_suite *own = &sta->terms.suite;
	struct bss_terms terms;

	return sta_match(sta, target, sta->network, &terms) == BSS_FITS && terms.suite.akm == own->akm &&
	       terms.suite.pairwise == own->pairwise && terms.suite.group == own->group &&
	       terms.suite.group_management == own->group_management;
}

bool sta_ft_request_over_ds(struct sta *sta, const struct bss *target)
{
	uint8_t elements[STA_FT_REQUEST_MAX];
	struct frame_writer writer;

	if (!sta->ft.ready || !uses_ft(sta) || !(sta->ap.domain[FT_MDID_LEN] & FT_OVER_DS) ||
	    mac_equal(target->bssid, sta->ap.bssid) || !target->has_domain ||
	    memcmp(target->domain, sta->ft.holders.mdid, FT_MDID_LEN) != 0 || !has_same_suite(sta, target) ||
	    !sta_ft_begin(sta))
		return false;
	writer = sta_begin_management(sta, MGMT_ACTION);
	write_u8(&writer, ACTION_CATEGORY_FT);
	write_u8(&writer, ACTION_FT_REQUEST);
	write_bytes(&writer, sta->setup.addr, MAC_LEN);
	write_bytes(&writer, target->bssid, MAC_LEN);
	write_bytes(&writer, elements, sta_ft_write_request(sta, target, elements));
	sta_send_management(sta, frame_writer_end(&writer), (struct plane_management){0});
	mac_copy(sta->ft.target, target->bssid);
	sta->ft.target_until_ns = sta->now_ns + OVER_DS_NS;
	return true;
}

/* The BSS that we have asked for, as it was heard last: an older entry of it may have other terms. */
static bool find_target(const struct sta *sta, struct bss *target)
{
	const struct bss *newest = NULL;

	for (size_t i = 0; i < sta->table.count; i++) {
		const struct bss *bss = &sta->table.at[i];

		if (mac_equal(bss->bssid, sta->ft.target) && bss_same_ssid(bss, &sta->ap) && bss->heard_ns &&
		    has_same_suite(sta, bss) && (!newest || bss->heard_ns > newest->heard_ns))
			newest = bss;
	}
	if (newest)
		*target = *newest;
	return newest;
}

bool sta_ft_receive_over_ds(struct sta *sta, const struct mgmt *mgmt, struct bss *target)
{
	struct span body = mgmt->body;
	const uint8_t *fixed = span_take(&body, 2 * MAC_LEN + 2);
	struct mgmt answer;

	if (!fixed || mgmt->action != ACTION_FT_RESPONSE || sta->now_ns >= sta->ft.target_until_ns ||
	    !mac_equal(fixed, sta->setup.addr) || !mac_equal(fixed + MAC_LEN, sta->ft.target) ||
	    mgmt_parse_elements(&answer, body))
		return false;
	sta->ft.target_until_ns = 0;
	if (le16(fixed + 2 * MAC_LEN)) {
		sta_note(sta, NOTE_REJECTED, le16(fixed + 2 * MAC_LEN));
		return false;
	}
	return find_target(sta, target) && sta_ft_receive_answer(sta, target, &answer);
}
