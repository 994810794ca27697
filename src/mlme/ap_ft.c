/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fast BSS transition (13). A station whose first association was with an access point of our mobility domain authenticates here by
 * the name of its PMK-R0 (ap_ft_auth.c); and its reassociation brings a MIC, and takes the group keys with it: there is no
 * handshake. The keys are in rsn/ft_store.h.
 *
 * The MIC of a reassociation request proves that its sender has the keys. So an existing association is replaced without an SA
 * Query. A request that is repeated gets its response again, and installs nothing: the packet numbers would begin again.
 */
#include "mlme/ap_ft.h"
#include "mlme/ap_ocv.h"
#include "mlme/ap_state.h"

#include "base/mac.h"
#include "rsn/ft_remote.h"

#include <string.h>

struct ft_store *ap_ft_store(const struct ap *ap)
{
	return ap->setup.ft_store ? ap->setup.ft_store : (struct ft_store *)&ap->own_ft_store;
}

/* ---- the mobility domain ---- */

void ap_ft_join(struct ap *ap, const struct ap_bss *bss)
{
	const struct ap_ft_setup *setup = &bss->setup.ft;
	struct ft_member member = {.ssid_len = bss->setup.ssid_len,
				   .own = {.r0kh_len = setup->r0kh_len},
				   .over_ds = setup->over_ds,
				   .rsn_len = bss->rsn_len,
				   .r0khs = setup->r0khs,
				   .r1khs = setup->r1khs};

	if (!ap_ft_is_offered(bss))
		return;
	mac_copy(member.bssid, bss->setup.bssid);
	memcpy(member.ssid, bss->setup.ssid, bss->setup.ssid_len);
	memcpy(member.own.mdid, setup->mdid, FT_MDID_LEN);
	memcpy(member.own.r0kh, setup->r0kh, setup->r0kh_len);
	mac_copy(member.own.r1kh, mac_is_zero(setup->r1kh) ? bss->setup.bssid : setup->r1kh);
	memcpy(member.rsn, bss->rsn, bss->rsn_len);
	if (ft_store_join(ap_ft_store(ap), &member))
		ap_drop(ap, DROP_NO_MEMORY, bss->setup.bssid);
}

void ap_ft_leave(struct ap *ap, const struct ap_bss *bss)
{
	ft_store_leave(ap_ft_store(ap), bss->setup.bssid);
}

void ap_ft_forget(struct ap *ap, const struct ap_bss *bss)
{
	ft_store_forget(ap_ft_store(ap), bss->setup.bssid);
}

/* The elements of the response to a first association: whose key holders we are. */
bool ap_ft_begin(const struct ap *ap, const struct ap_bss *bss, const struct rsn_suite *suite,
		 struct ft_association *association)
{
	const struct ft_member *member = ft_store_member(ap_ft_store(ap), bss->setup.bssid);
	uint8_t domain[FT_DOMAIN_LEN], element[ELEMENT_MAX];
	size_t len;

	if (!member)
		return false;
	ft_domain_write(member->own.mdid, ap_ft_capability(bss), domain);
	len = ft_write(&(struct ft_element){.mic_len = rsn_profile(suite).mic_len,
					    .r0kh = {member->own.r0kh, member->own.r0kh_len},
					    .r1kh = {member->own.r1kh, FT_R1KH_LEN}},
		       element);
	if (!ft_association_init(association, (struct span){bss->setup.ssid, bss->setup.ssid_len},
				 (struct span){domain, sizeof(domain)}, (struct span){element, len}))
		return false;
	association->deadline_tu = bss->setup.ft.deadline_tu;
	association->lifetime_s = bss->setup.ft.r0_lifetime_s;
	return true;
}

struct ft_entry *ap_ft_remember(struct ap *ap, const struct ap_bss *bss, const uint8_t *spa,
				const struct rsn_suite *suite, uint16_t vlan, const struct ft_key *r0)
{
	struct ft_entry entry = {.akm = suite->akm,
				 .pairwise = suite->pairwise,
				 .vlan = vlan,
				 .r0 = *r0,
				 .until_ns = ap->now_ns + bss->setup.ft.r0_lifetime_s * SECOND,
				 .used_ns = ap->now_ns ? ap->now_ns - 1 : 0}, /* no ANonce from before */
		*added;

	mac_copy(entry.spa, spa);
	mac_copy(entry.owner, bss->setup.bssid);
	added = ft_store_add(ap_ft_store(ap), &entry);
	crypto_wipe(&entry, sizeof(entry));
	return added;
}

void ap_ft_associated(struct ap *ap, const struct ap_sta *sta)
{
	const struct authenticator_setup *setup = &sta->auth.setup;
	const struct ft_association *association = &setup->ft;
	struct ft_entry *entry = NULL;
	struct ft_key r0;

	if (!akm_info(setup->suite.akm)->ft || association->transitioned)
		return;
	if (!ft_derive_r0(ap->crypto,
			  (struct piece){setup->pmks[sta->auth.pmk_index], rsn_profile(&setup->suite).pmk_len},
			  (struct span){association->ssid, association->ssid_len}, &association->holders,
			  sta->entry.addr, &r0))
		entry = ap_ft_remember(ap, sta->bss, sta->entry.addr, &setup->suite, ap_vlan_id(sta), &r0);
	if (entry && sta->bss->setup.ft.r1_push && ap_ft_store(ap)->remote)
		ft_remote_push(ap_ft_store(ap)->remote, entry, ap->now_ns);
	crypto_wipe(&r0, sizeof(r0));
}

/* ---- reassociation ---- */

/* When we have made its ANonce; 0: never. */
static uint64_t nonce_time(const struct ap *ap, const struct rsn_addresses *ends, const struct ft_element *ft)
{
	return ft_nonce_time(ap_ft_store(ap), ap->crypto, ends, ft->snonce, ft->anonce);
}

bool ap_ft_is_expected(const struct ap *ap, const struct ap_bss *bss, const struct mgmt *mgmt)
{
	struct rsn_addresses ends;
	struct ft_element ft;
	uint64_t made_ns;

	if (mgmt->subtype != MGMT_REASSOC_REQUEST || !ap_ft_is_offered(bss) || !ft_parse(&ft, mgmt->ft))
		return false;
	mac_copy(ends.aa, bss->setup.bssid);
	mac_copy(ends.spa, mgmt->sa);
	made_ns = nonce_time(ap, &ends, &ft);
	return made_ns && ap->now_ns < made_ns + bss->setup.ft.deadline_tu * TU;
}

/* All that the MIC of a request covers. */
static struct ft_mic_input covered_by_mic(const struct mgmt *mgmt, const struct ft_element *ft)
{
	struct ft_mic_input input = {
		.rsn = mgmt->rsn, .mobility_domain = mgmt->mobility_domain, .ft = mgmt->ft, .rsnx = mgmt->rsnx};

	input.ric = ft_ric(&input, mgmt->ric, ft->count);
	return input;
}

/*
 * A station that could use hash-to-element declares it under the MIC. If our beacons declare it, its request repeats its RSNX element;
 * a station leaves that out where an access point has none.
 */
static bool has_valid_mic(const struct ap *ap, const struct ap_bss *bss, const struct mgmt *mgmt,
			  const struct ft_element *ft, const struct rsn_suite *suite, const struct rsn_addresses *ends,
			  const struct ptk *ptk)
{
	const struct ft_mic_input input = covered_by_mic(mgmt, ft);

	return ft->count == ft_mic_count(&input) && (!ft->rsnx_used || !bss->rsnx_len || mgmt->rsnx.len) &&
	       ft_mic_verify(ap->crypto, suite, ptk->kck, ends, &input);
}

/* Is it the request that has led to the present association? */
static bool is_repeated(const struct ap_sta *sta, const struct ft_element *ft)
{
	const struct ft_association *present = &sta->auth.setup.ft;
	struct ft_element answered;

	return sta->associated && sta->auth.ptk_installed && present->transitioned &&
	       ft_parse(&answered, (struct span){present->element, present->element_len}) &&
	       !memcmp(answered.anonce, ft->anonce, FT_NONCE_LEN) && !memcmp(answered.snonce, ft->snonce, FT_NONCE_LEN);
}

static enum status_code check_transition(const struct ap *ap, const struct ap_sta *sta, const struct mgmt *mgmt,
					 const struct ft_member *member, struct ap_ft_transition *transition)
{
	struct rsn_addresses ends;
	struct rsn_element rsne;
	struct ft_element ft;
	uint64_t made_ns;

	mac_copy(ends.aa, sta->bss->setup.bssid);
	mac_copy(ends.spa, sta->entry.addr);
	if (!ft_parse(&ft, mgmt->ft))
		return STATUS_INVALID_FTE;
	transition->repeated = is_repeated(sta, &ft) &&
			       has_valid_mic(ap, sta->bss, mgmt, &ft, &sta->auth.setup.suite, &ends, &sta->auth.ptk);
	if (transition->repeated)
		return STATUS_SUCCESS;
	made_ns = nonce_time(ap, &ends, &ft);
	if (!made_ns || ap->now_ns >= made_ns + sta->bss->setup.ft.deadline_tu * TU)
		return STATUS_INVALID_FTE;
	if (rsn_element_parse(&rsne, mgmt->rsn) || rsne.pmkids.len != PMKID_LEN)
		return STATUS_INVALID_PMKID;
	transition->entry = ft_store_find_r1(ap_ft_store(ap), ap->crypto, member, ends.spa, rsne.pmkids.bytes,
					     ap->now_ns, &transition->r1);
	if (!transition->entry)
		return STATUS_INVALID_PMKID;
	if (!ft_entry_permits(transition->entry, transition->suite.akm))
		return STATUS_AKM;
	transition->suite.pmk_len = transition->r1.pmk_len;
	if (made_ns <= transition->entry->used_ns || !span_equals(ft.r1kh, member->own.r1kh, FT_R1KH_LEN) ||
	    !ft.r0kh.len || ft.r0kh.len > FT_R0KH_MAX)
		return STATUS_INVALID_FTE;
	if (rsn_derive_ptk(ap->crypto, &transition->suite, transition->r1.pmk, &ends, ft.anonce, ft.snonce,
			   &transition->ptk) ||
	    !has_valid_mic(ap, sta->bss, mgmt, &ft, &transition->suite, &ends, &transition->ptk))
		return STATUS_INVALID_FTE;
	if (transition->ocv.lenient && !ft.oci.bytes)
		transition->ocv.used = false;
	if (!ocv_check(&transition->ocv, OCI_REASSOC_REQUEST, ft.oci, &transition->ocv_failure))
		return STATUS_INVALID_FTE;
	/* Else it would come into the main network. A first association tells where it belongs here. */
	if (transition->entry->vlan && !ap_vlan_provide(sta->bss, transition->entry->vlan))
		return STATUS_INVALID_PMKID;
	transition->made_ns = made_ns;
	transition->ft = ft;
	return STATUS_SUCCESS;
}

enum status_code ap_ft_check(const struct ap *ap, const struct ap_sta *sta, const struct mgmt *mgmt,
			     const struct rsn_suite *suite, struct ap_ft_transition *transition)
{
	const struct ft_member *member = ft_store_member(ap_ft_store(ap), sta->bss->setup.bssid);

	if (!akm_info(suite->akm)->ft)
		return mgmt->mobility_domain.bytes ? STATUS_AKM : STATUS_SUCCESS;
	if (!member || !ap_ft_is_in_domain(member, mgmt->mobility_domain))
		return STATUS_INVALID_MDE;
	transition->active = mgmt->ft.bytes && mgmt->subtype == MGMT_REASSOC_REQUEST;
	transition->suite = *suite;
	return transition->active ? check_transition(ap, sta, mgmt, member, transition) : STATUS_SUCCESS;
}

bool ap_ft_accept(const struct ap *ap, const struct ap_sta *sta, const struct ap_ft_transition *transition,
		  struct ft_association *association)
{
	struct ft_element ft = {.mic_len = transition->ft.mic_len,
				.anonce = transition->ft.anonce,
				.snonce = transition->ft.snonce,
				.r0kh = transition->ft.r0kh,
				.r1kh = transition->ft.r1kh};
	uint8_t element[ELEMENT_MAX];
	struct ft_association own;

	if (!ap_ft_begin(ap, sta->bss, &transition->suite, &own) ||
	    !ft_association_init(association, (struct span){own.ssid, own.ssid_len},
				 (struct span){own.domain, FT_DOMAIN_LEN},
				 (struct span){element, ft_write(&ft, element)}))
		return false;
	association->deadline_tu = own.deadline_tu;
	association->lifetime_s = own.lifetime_s;
	association->transitioned = true;
	memcpy(association->r1_name, transition->r1.name, PMKID_LEN);
	transition->entry->used_ns = transition->made_ns;
	return true;
}

/* ---- responses ---- */

/* The group keys of a station, as subelements. */
struct wrapped_keys {
	uint8_t gtk[FT_GROUP_KEY_MAX], igtk[FT_GROUP_KEY_MAX], bigtk[FT_GROUP_KEY_MAX];
};

static bool wrap_group_keys(struct ap *ap, const struct ap_sta *sta, struct wrapped_keys *wrapped,
			    struct ft_element *ft)
{
	const struct rsn_group *group = sta->auth.group;
	const struct piece kek = ft_kek(&sta->auth.setup.suite, &sta->auth.ptk);
	int len;

	len = ft_wrap_group_key(ap->crypto, kek, FT_GTK, &group->gtk, wrapped->gtk);
	if (len < 0)
		return false;
	ft->gtk = (struct span){wrapped->gtk, (size_t)len};
	if (sta->auth.setup.suite.group_management == CIPHER_NONE)
		return true;
	len = ft_wrap_group_key(ap->crypto, kek, FT_IGTK, &group->igtk, wrapped->igtk);
	if (len < 0)
		return false;
	ft->igtk = (struct span){wrapped->igtk, (size_t)len};
	if (!group->bigtk.len)
		return true;
	len = ft_wrap_group_key(ap->crypto, kek, FT_BIGTK, &group->bigtk, wrapped->bigtk);
	if (len < 0)
		return false;
	ft->bigtk = (struct span){wrapped->bigtk, (size_t)len};
	return true;
}

/* Resources are not reserved for single stations. */
static struct span decline_resources(const struct mgmt *request, uint8_t out[FT_RIC_ANSWERS_MAX * FT_RIC_ANSWER_LEN])
{
	struct ft_element ft;

	if (!ft_parse(&ft, request->ft))
		return (struct span){0};
	return (struct span){out, ft_ric_decline(covered_by_mic(request, &ft).ric, out)};
}

/*
 * A station that sends no RSNX element in its request, as iwd, expects none in the response: it counts three protected elements. The
 * MIC of the request shows that nobody has removed it.
 */
static void write_transition(struct ap *ap, struct ap_sta *sta, const struct mgmt *request, struct frame_writer *writer)
{
	const struct ap_bss *bss = sta->bss;
	struct ft_association *association = &sta->auth.setup.ft;
	uint8_t rsn[ELEMENT_MAX], element[ELEMENT_MAX], oci[OCI_LEN], ric[FT_RIC_ANSWERS_MAX * FT_RIC_ANSWER_LEN];
	struct wrapped_keys wrapped;
	struct ft_mic_input input = {
		.response = true,
		.rsn = {rsn, rsn_element_name_pmk((struct span){bss->rsn, bss->rsn_len}, association->r1_name, rsn)},
		.mobility_domain = {association->domain, FT_DOMAIN_LEN},
		.ric = decline_resources(request, ric),
		.rsnx = {bss->rsnx, sta->auth.setup.peer_rsnx_len ? bss->rsnx_len : 0}};
	struct ft_element ft;

	ap_group_update_rsc(sta->bss);
	if (!ft_parse(&ft, (struct span){association->element, association->element_len}) ||
	    !wrap_group_keys(ap, sta, &wrapped, &ft)) {
		ap_drop(ap, DROP_CIPHER_FAILED, sta->entry.addr);
		return;
	}
	if (ap_ocv_refresh(ap, sta)->used && oci_write(&sta->auth.setup.ocv.channel, oci))
		ft.oci = (struct span){oci, OCI_LEN};
	ft.count = ft_mic_count(&input);
	ft.rsnx_used = input.rsnx.len && akm_info(sta->auth.setup.suite.akm)->sae;
	input.ft = (struct span){element, ft_write(&ft, element)};
	if (!input.ft.len) { /* too long with all keys */
		ft.bigtk = (struct span){0};
		input.ft.len = ft_write(&ft, element);
	}
	if (!input.ft.len || ft_mic_write(ap->crypto, &sta->auth.setup.suite, sta->auth.ptk.kck,
					  &sta->auth.setup.addresses, &input, element))
		ap_drop(ap, DROP_CIPHER_FAILED, sta->entry.addr);
	write_bytes(writer, rsn, input.rsn.len);
	write_bytes(writer, association->domain, FT_DOMAIN_LEN);
	write_bytes(writer, element, input.ft.len);
	write_bytes(writer, ric, input.ric.len);
	write_bytes(writer, input.rsnx.bytes, input.rsnx.len);
	/* A later 4-way handshake repeats this element. */
	memcpy(association->element, element, input.ft.len);
	association->element_len = input.ft.len;
}

bool ap_ft_lacks_bigtk(const struct ap_sta *sta)
{
	const struct ft_association *association = &sta->auth.setup.ft;
	struct ft_element ft;

	return association->transitioned && sta->auth.setup.suite.group_management != CIPHER_NONE &&
	       sta->auth.group->bigtk.len &&
	       ft_parse(&ft, (struct span){association->element, association->element_len}) && !ft.bigtk.bytes;
}

void ap_ft_write_response(struct ap *ap, struct ap_sta *sta, const struct mgmt *request, struct frame_writer *writer)
{
	const struct ft_association *association = &sta->auth.setup.ft;

	if (!sta->bss->protected || !akm_info(sta->auth.setup.suite.akm)->ft)
		return;
	if (association->transitioned) {
		write_transition(ap, sta, request, writer);
		return;
	}
	write_bytes(writer, association->domain, FT_DOMAIN_LEN);
	write_bytes(writer, association->element, association->element_len);
}
