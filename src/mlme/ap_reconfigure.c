/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of a BSS that is on the air. Address lists, passphrases, limits and times change in place; stations go only where
 * the lists deny them now, or their passphrase has gone or has another VLAN. All else is in beacons or in the keys of the
 * plane: the BSS starts again.
 */
#include "mlme/ap_state.h"

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

static bool has_same_vlans(const struct ap_bss_setup *old, const struct ap_bss_setup *new)
{
	bool same = old->vlan_count == new->vlan_count;

	for (size_t i = 0; same && i < new->vlan_count; i++)
		same = old->vlans[i].id == new->vlans[i].id && old->vlans[i].permanent == new->vlans[i].permanent;
	return same;
}

/* Is what beacons and keys depend on the same? */
static bool is_same_network(const struct ap_bss_setup *old, const struct ap_bss_setup *new)
{
	struct ap_bss_setup copy = *old;

	if (has_same_passwords(&old->sae, &new->sae))
		copy.sae.passwords = new->sae.passwords;
	if (has_same_peers(&old->ft.r0khs, &new->ft.r0khs) && has_same_peers(&old->ft.r1khs, &new->ft.r1khs)) {
		copy.ft.r0khs = new->ft.r0khs;
		copy.ft.r1khs = new->ft.r1khs;
	}
	if (has_same_vlans(old, new))
		copy.vlans = new->vlans;
	copy.beacon_elements = new->beacon_elements;
	copy.assoc_elements = new->assoc_elements;
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
	copy.starts_off = new->starts_off;
	copy.accept_listed_only = new->accept_listed_only;
	copy.accept = new->accept;
	copy.deny = new->deny;
	copy.max_inactivity_s = new->max_inactivity_s;
	copy.no_inactivity_poll = new->no_inactivity_poll;
	return !memcmp(&copy, new, sizeof(copy));
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

/* Are all passphrases of before still there? */
static bool keeps_all_passphrases(const struct ap_bss_setup *old, const struct ap_bss_setup *new)
{
	for (size_t i = 0; i < old->psk_count; i++)
		if (find_psk(new, &old->psks[i]) < 0)
			return false;
	return true;
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

/* Changes what no key depends on. */
static int change_in_place(struct ap *ap, struct ap_bss *bss, const struct ap_bss_setup *setup)
{
	struct ap_bss old = *bss;
	int err;

	bss->setup = *setup;
	bss->pmks = NULL;
	bss->psk_index = NULL;
	bss->pmk_count = 0;
	err = ap_bss_list_pmks(bss);
	if (err) {
		free(bss->pmks);
		free(bss->psk_index);
		*bss = old;
		return err;
	}
	if (!bss->setup.max_stations || bss->setup.max_stations > AID_MAX)
		bss->setup.max_stations = AID_MAX;
	/* Backwards: a kicked station gives its place to the last one. Under its old keys, and in its old list. */
	for (size_t i = ap->associated_count; i--;) {
		struct ap_sta *sta = ap->associated[i];
		bool stays = sta->bss != bss || (keeps_passphrase(sta, &old.setup, setup, old.psk_index) &&
						 (sta->auth.state == AUTHENTICATOR_DONE || !bss->protected) &&
						 keep_pmk(sta, &old.setup, setup, old.psk_index));

		if (!stays)
			ap_sta_kick(ap, sta, MGMT_DEAUTH, REASON_AUTH_EXPIRED);
		else if (sta->bss == bss && (ap_acl_denies(bss, sta->entry.addr) || changes_vlan(sta, &old)))
			ap_sta_kick(ap, sta, MGMT_DEAUTH, REASON_UNSPECIFIED);
	}
	if (setup->akms & akm_set_sae()) { /* what they have authenticated for goes with the cache */
		remove_unassociated(ap, bss, REASON_UNSPECIFIED);
		ap_sae_forget(ap, bss);
	}
	ap_ft_forget(ap, bss);
	if (ap->started)
		ap_ft_join(ap, bss);
	if (old.pmks)
		crypto_wipe(old.pmks, old.pmk_count * sizeof(*old.pmks));
	free(old.pmks);
	free(old.psk_index);
	pmksa_flush(&ap->pmksa, NULL); /* hints by the old numbers */
	set_timers(ap, bss, &old.setup);
	if (ap->started && !has_same_elements(&old.setup.beacon_elements, &setup->beacon_elements))
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
	if (ap->started && !bss->off) {
		if (station_count)
			ap_bss_deauth_all(bss, REASON_LEAVING);
		ap_ft_leave(ap, bss);
		ap_act(ap, PLANE_BSS_STOP, bss, NULL);
		ap_note(ap, bss, NOTE_DISABLED, bss->setup.bssid, 0);
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
	return 0;
}

int ap_bss_reconfigure(struct ap *ap, struct ap_bss *bss, const struct ap_bss_setup *setup)
{
	if (!ap_bss_setup_is_valid(setup))
		return -EINVAL;
	return !bss->off && is_same_network(&bss->setup, setup) ? change_in_place(ap, bss, setup)
								: start_again(ap, bss, setup);
}
