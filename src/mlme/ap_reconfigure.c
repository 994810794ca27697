/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of a BSS that is on the air. Address lists, passphrases, passwords, limits and times change in place; stations go only
 * where the lists deny them now, their passphrase or password has gone or has another VLAN, or they lack the PMF that is required
 * now. All else is in the keys of the plane, or tells stations what they have agreed to: the BSS starts again.
 */
#include "mlme/ap_ft.h"
#include "mlme/ap_reconfigure.h"

#include "base/mac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Are the passwords of SAE the same? */
static bool has_same_passwords(const struct ap_sae_setup *old, const struct ap_sae_setup *new)
{
	return old->password_count == new->password_count &&
	       (!old->password_count ||
		crypto_equal(old->passwords, new->passwords, old->password_count * sizeof(*old->passwords)));
}

static bool has_same_peers(const struct ft_peers *old, const struct ft_peers *new)
{
	return old->count == new->count &&
	       (!old->count || crypto_equal(old->list, new->list, old->count * sizeof(*old->list)));
}

/* Is what keys depend on the same, and the beacons but for what change_in_place() updates? */
static bool is_same_network(const struct ap_bss_setup *old, const struct ap_bss_setup *new)
{
	struct ap_bss_setup copy = *old;

	copy.sae = new->sae;
	copy.sae.pwe = old->sae.pwe;
	if (has_same_peers(&old->ft.r0khs, &new->ft.r0khs) && has_same_peers(&old->ft.r1khs, &new->ft.r1khs)) {
		copy.ft.r0khs = new->ft.r0khs;
		copy.ft.r1khs = new->ft.r1khs;
	}
	copy.vlans = new->vlans;
	copy.vlan_count = new->vlan_count;
	copy.any_vlan = new->any_vlan;
	copy.owe_transition = new->owe_transition;
	copy.owe_transition_bss = new->owe_transition_bss;
	copy.beacon_elements = new->beacon_elements;
	copy.assoc_elements = new->assoc_elements;
	if (old->pmf && new->pmf) /* optional or required */
		copy.pmf = new->pmf;
	copy.psks = new->psks;
	copy.psk_count = new->psk_count;
	copy.group_rekey_s = new->group_rekey_s;
	copy.ptk_rekey_s = new->ptk_rekey_s;
	copy.group_rekey_strict = new->group_rekey_strict;
	copy.pairwise_tries = new->pairwise_tries;
	copy.group_tries = new->group_tries;
	copy.no_key_retries = new->no_key_retries;
	copy.never_replaces_ptk = new->never_replaces_ptk;
	copy.no_pmksa_caching = new->no_pmksa_caching;
	copy.notes_frames = new->notes_frames;
	copy.max_stations = new->max_stations;
	copy.refuses_stations = new->refuses_stations;
	copy.no_probe_response = new->no_probe_response;
	memcpy(copy.no_probe_response_if_seen_on, new->no_probe_response_if_seen_on,
	       sizeof(copy.no_probe_response_if_seen_on));
	memcpy(copy.no_auth_if_seen_on, new->no_auth_if_seen_on, sizeof(copy.no_auth_if_seen_on));
	copy.starts_off = new->starts_off;
	copy.accept_listed_only = new->accept_listed_only;
	copy.accept = new->accept;
	copy.deny = new->deny;
	copy.max_inactivity_s = new->max_inactivity_s;
	copy.max_idle = new->max_idle;
	copy.no_inactivity_poll = new->no_inactivity_poll;
	return !memcmp(&copy, new, sizeof(copy));
}

/* Are the passphrases the same, in the same order? */
static bool has_same_psks(const struct ap_bss_setup *old, const struct ap_bss_setup *new)
{
	return old->psk_count == new->psk_count &&
	       (!old->psk_count || crypto_equal(old->psks, new->psks, old->psk_count * sizeof(*old->psks)));
}

/* Finds the key of an address, and of a VLAN, among the passphrases of a setup; -1: it has gone. */
static ptrdiff_t find_psk(const struct ap_bss_setup *setup, const struct ap_psk *psk)
{
	for (size_t i = 0; i < setup->psk_count; i++)
		if (mac_equal(setup->psks[i].addr, psk->addr) && setup->psks[i].vlan == psk->vlan &&
		    crypto_equal(setup->psks[i].pmk, psk->pmk, PMK_LEN))
			return (ptrdiff_t)i;
	return -1;
}

/* Are all previous passphrases still there? */
static bool keeps_all_passphrases(const struct ap_bss_setup *old, const struct ap_bss_setup *new)
{
	for (size_t i = 0; i < old->psk_count; i++)
		if (find_psk(new, &old->psks[i]) < 0)
			return false;
	return true;
}

/* Has the password of SAE that the station has authenticated with remained, for this station, and its VLAN? */
static bool keeps_password(struct ap_sta *sta, const struct ap_sae_setup *old, const struct ap_sae_setup *new)
{
	const struct ap_sae_password *own = sta->sae_password && sta->sae_password <= old->password_count
						    ? &old->passwords[sta->sae_password - 1]
						    : NULL;

	if (!sta->bss->protected || !(akm_set_sae() & 1u << sta->auth.setup.suite.akm))
		return true;
	for (size_t i = 0; own && !sta->auth.setup.ft.transitioned && i < new->password_count; i++)
		if (crypto_equal(own, &new->passwords[i], sizeof(*own))) {
			sta->sae_password = i + 1;
			return true;
		}
	return false;
}

static bool uses_psk(const struct ap_sta *sta)
{
	return sta->bss->protected && sta->auth.setup.pmk_count && ap_keys_use_psk(sta);
}

/* After a fast BSS transition nothing tells which passphrase the key is from. */
static bool has_transitioned(const struct ap_sta *sta)
{
	return sta->bss->protected && sta->auth.setup.ft.transitioned &&
	       !(akm_set_without_psk() & 1u << sta->auth.setup.suite.akm);
}

/* May a station stay? Passphrases have new numbers then. */
static bool keeps_passphrase(struct ap_sta *sta, const struct ap_bss_setup *old, const struct ap_bss_setup *new,
			     const size_t *old_index)
{
	const size_t *index = sta->pmks ? sta->psk_index : old_index;

	if (has_transitioned(sta))
		return keeps_all_passphrases(old, new);
	if (!uses_psk(sta))
		return true;
	return find_psk(new, &old->psks[index[sta->auth.pmk_index]]) >= 0;
}

/*
 * A station that stays keeps the one PMK that its keys are from, as a list of its own: the authenticator goes on with it, and
 * the list of the BSS changes.
 */
static bool keep_pmk(struct ap_sta *sta, const struct ap_bss_setup *old, const struct ap_bss_setup *new,
		     const size_t *old_index)
{
	const size_t *index = sta->pmks ? sta->psk_index : old_index;
	uint8_t(*pmks)[PMK_MAX];
	size_t *new_index;
	ptrdiff_t psk;

	if (!uses_psk(sta))
		return true;
	psk = find_psk(new, &old->psks[index[sta->auth.pmk_index]]);
	pmks = calloc(1, sizeof(*pmks));
	new_index = calloc(1, sizeof(*new_index));
	if (psk < 0 || !pmks || !new_index) {
		free(pmks);
		free(new_index);
		return false;
	}
	memcpy(pmks[0], new->psks[psk].pmk, PMK_LEN);
	new_index[0] = (size_t)psk;
	if (sta->pmks)
		crypto_wipe(sta->pmks, sta->auth.setup.pmk_count * sizeof(*sta->pmks));
	free(sta->pmks);
	free(sta->psk_index);
	sta->pmks = pmks;
	sta->psk_index = new_index;
	sta->auth.setup.pmks = (const uint8_t(*)[PMK_MAX])pmks;
	sta->auth.setup.pmk_count = 1;
	sta->auth.setup.likely_pmk = 0;
	sta->auth.pmk_index = 0;
	return true;
}

/* Has the list of accepted addresses moved a station to another VLAN than that which it is in by the old list? */
static bool changes_vlan(const struct ap_sta *sta, const struct ap_bss *old)
{
	uint16_t listed = ap_vlan_listed(old, sta->entry.addr);

	return sta->bss->setup.vlan_count && ap_vlan_id(sta) == listed &&
	       ap_vlan_listed(sta->bss, sta->entry.addr) != listed;
}

static void set_timers(struct ap *ap, struct ap_bss *bss, const struct ap_bss_setup *old)
{
	const struct ap_bss_setup *new = &bss->setup;

	if (ap->started && bss->protected && old->group_rekey_s != new->group_rekey_s)
		bss->group_rekey_ns = new->group_rekey_s ? ap->now_ns + new->group_rekey_s *SECOND : NEVER;
	for (size_t i = 0; i < ap->associated_count; i++) {
		struct ap_sta *sta = ap->associated[i];

		if (sta->bss != bss)
			continue;
		if (old->ptk_rekey_s != new->ptk_rekey_s && sta->auth.ptk_installed)
			sta->due_ns[AP_TIMER_REKEY] = new->ptk_rekey_s ? ap->now_ns + new->ptk_rekey_s *SECOND : NEVER;
		if (old->max_inactivity_s != new->max_inactivity_s && !sta->unacked_polls)
			sta->due_ns[AP_TIMER_POLL] =
				new->max_inactivity_s ? sta->heard_ns + new->max_inactivity_s *SECOND : NEVER;
		ap_sta_schedule(ap, sta);
	}
}

static void remove_unassociated(struct ap *ap, const struct ap_bss *bss, uint16_t reason)
{
	struct ap_sta *next;

	for (struct ap_sta *sta = ap->oldest; sta; sta = next) {
		next = sta->newer;
		if (sta->bss == bss)
			ap_sta_remove(ap, sta, reason);
	}
}

static bool has_same_elements(const struct ap_own_elements *a, const struct ap_own_elements *b)
{
	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

/* Do beacons say the same? Of what is_same_network() lets pass. */
static bool has_same_beacons(const struct ap_bss_setup *a, const struct ap_bss_setup *b)
{
	return has_same_elements(&a->beacon_elements, &b->beacon_elements) && a->pmf == b->pmf &&
	       !memcmp(&a->owe_transition, &b->owe_transition, sizeof(a->owe_transition)) &&
	       a->owe_transition_bss == b->owe_transition_bss;
}

/* The beacons of the other BSS of an OWE transition pair name this one, which has changed. */
static void update_pair(struct ap *ap, const struct ap_bss *bss)
{
	for (unsigned i = 0; ap->started && i < ap->setup.bss_count; i++)
		if (!ap->bss[i].off && &ap->bss[i] != bss && ap->bss[i].setup.owe_transition_bss == bss->index + 1)
			ap_bss_update(&ap->bss[i]);
}

/* What is other than before. */
struct ap_bss_difference {
	bool psks, passwords;
};

/* A station whose first handshake is in progress has proved no passphrase: nothing tells whether its own one has remained. */
static bool may_stay(struct ap_sta *sta, const struct ap_bss *old, struct ap_bss_difference differs)
{
	const struct ap_bss_setup *new = &sta->bss->setup;

	if (sta->vlan && ap_vlan_find(sta->bss, ap_vlan_id(sta)) != sta->vlan)
		return false;
	if (differs.passwords && !keeps_password(sta, &old->setup.sae, &new->sae))
		return false;
	if (!differs.psks)
		return true;
	return keeps_passphrase(sta, &old->setup, new, old->psk_index) &&
	       (sta->auth.state == AUTHENTICATOR_DONE || !sta->bss->protected) &&
	       keep_pmk(sta, &old->setup, new, old->psk_index);
}

static void remove_others(struct ap *ap, struct ap_bss *bss, const struct ap_bss *old, struct ap_bss_difference differs)
{
	/* Backwards: a kicked station gives its place to the last one. Under its old keys, and in its old list. */
	for (size_t i = ap->associated_count; i--;) {
		struct ap_sta *sta = ap->associated[i];

		if (sta->bss != bss)
			continue;
		if (!may_stay(sta, old, differs))
			ap_sta_kick(ap, sta, MGMT_DEAUTH, REASON_AUTH_EXPIRED);
		else if (ap_acl_denies(bss, sta->entry.addr) || changes_vlan(sta, old) ||
			 (bss->setup.pmf == 2 && !sta->mfp))
			ap_sta_kick(ap, sta, MGMT_DEAUTH, REASON_UNSPECIFIED);
	}
	if (!differs.passwords)
		return;
	remove_unassociated(ap, bss, REASON_UNSPECIFIED); /* what they have authenticated for goes with the cache */
	ap_sae_forget(ap, bss);
}

/* The lists of PMKs remain where they are the same: authenticators borrow them. */
static int take_setup(struct ap_bss *bss, const struct ap_bss_setup *setup, bool new_psks)
{
	struct ap_bss old = *bss;
	int err = 0;

	bss->setup = *setup;
	if (!bss->setup.max_stations || bss->setup.max_stations > AID_MAX)
		bss->setup.max_stations = AID_MAX;
	if (new_psks) {
		bss->pmks = NULL;
		bss->psk_index = NULL;
		bss->pmk_count = 0;
		err = ap_bss_list_pmks(bss);
	}
	if (!err)
		err = ap_vlan_take_over(bss, &old);
	if (err) {
		if (new_psks) {
			free(bss->pmks);
			free(bss->psk_index);
		}
		*bss = old;
	}
	crypto_wipe(&old, sizeof(old));
	return err;
}

static void free_old_pmks(struct ap_bss *old)
{
	if (old->pmks)
		crypto_wipe(old->pmks, old->pmk_count * sizeof(*old->pmks));
	free(old->pmks);
	free(old->psk_index);
}

/* Changes what no key depends on, and who may have keys. */
static int change_in_place(struct ap *ap, struct ap_bss *bss, const struct ap_bss_setup *setup)
{
	const struct ap_bss_difference differs = {.psks = !has_same_psks(&bss->setup, setup),
						  .passwords = !has_same_passwords(&bss->setup.sae, &setup->sae)};
	struct ap_bss old = *bss;
	int err = take_setup(bss, setup, differs.psks);

	if (err)
		return err;
	ap_bss_build_elements(bss);
	remove_others(ap, bss, &old, differs);
	ap_vlan_end_others(ap, bss, &old);
	if (differs.psks || differs.passwords)
		ap_ft_forget(ap, bss);
	if (ap->started)
		ap_ft_join(ap, bss);
	if (differs.psks) {
		free_old_pmks(&old);
		pmksa_flush(&ap->pmksa, bss->setup.bssid); /* hints by the old numbers */
	}
	set_timers(ap, bss, &old.setup);
	if (ap->started && !has_same_beacons(&old.setup, setup))
		ap_bss_update(bss);
	crypto_wipe(&old, sizeof(old));
	return 0;
}

void ap_bss_switch_off(struct ap *ap, struct ap_bss *bss)
{
	unsigned station_count = bss->station_count;

	for (size_t i = ap->associated_count; i--;)
		if (ap->associated[i]->bss == bss)
			ap_sta_kick(ap, ap->associated[i], MGMT_DEAUTH, REASON_LEAVING);
	remove_unassociated(ap, bss, REASON_LEAVING);
	ap_answers_forget(ap, bss);
	ap_channel_leave(ap, bss);
	if (ap->started && !bss->off) {
		if (station_count)
			ap_bss_deauth_all(bss, REASON_LEAVING);
		ap_ft_leave(ap, bss);
		ap_act(ap, PLANE_BSS_STOP, bss, NULL);
		ap_bss_stopped(bss);
	}
	bss->group_switch_ns = bss->group_rekey_ns = NEVER;
	bss->off = true;
}

static int start_again(struct ap *ap, struct ap_bss *bss, const struct ap_bss_setup *setup)
{
	struct ap_bss fresh = {.index = bss->index};
	int err = ap_bss_init(ap, &fresh, setup);

	if (err)
		return err;
	ap_bss_switch_off(ap, bss);
	ap_sae_forget(ap, bss);
	fresh.group.generation = bss->group.generation + 1;
	ap_bss_wipe(bss);
	*bss = fresh;
	bss->off = false; /* the operator wants it now */
	crypto_wipe(&fresh, sizeof(fresh));
	if (ap->started)
		ap_bss_start(bss);
	update_pair(ap, bss);
	return 0;
}

int ap_bss_reconfigure(struct ap *ap, struct ap_bss *bss, const struct ap_bss_setup *setup)
{
	if (!ap_bss_setup_is_valid(setup))
		return -EINVAL;
	return !bss->off && is_same_network(&bss->setup, setup) ? change_in_place(ap, bss, setup)
								: start_again(ap, bss, setup);
}

/* ---- adding and removing BSSs ---- */

void ap_bss_vacate(struct ap_bss *bss, unsigned index)
{
	*bss = (struct ap_bss){.index = index, .off = true, .group_rekey_ns = NEVER, .group_switch_ns = NEVER};
}

static bool has_bssid(const struct ap *ap, const uint8_t *bssid)
{
	for (unsigned i = 0; i < ap->setup.bss_count; i++)
		if (mac_equal(ap->bss[i].setup.bssid, bssid))
			return true;
	return false;
}

int ap_bss_add(struct ap *ap, struct ap_bss *bss, const struct ap_bss_setup *setup)
{
	unsigned index = bss->index;
	int err;

	if (has_bssid(ap, setup->bssid))
		return -EADDRINUSE;
	if (ap->channel_switch.active)
		return -EBUSY;
	err = ap_bss_init(ap, bss, setup);
	if (err) {
		ap_bss_vacate(bss, index);
		return err;
	}
	if (ap->setup.bss_count <= index)
		ap->setup.bss_count = index + 1;
	if (ap->started && !bss->off)
		ap_bss_start(bss);
	update_pair(ap, bss);
	return 0;
}

bool ap_bss_remove(struct ap *ap, struct ap_bss *bss)
{
	unsigned index = bss->index;

	if (!index)
		return false;
	ap_bss_switch_off(ap, bss);
	ap_sae_forget(ap, bss);
	ap_ft_leave(ap, bss);
	ap_bss_wipe(bss);
	ap_bss_vacate(bss, index);
	update_pair(ap, bss);
	return true;
}
