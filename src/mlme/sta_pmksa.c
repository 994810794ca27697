/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The station's PMKSA cache (rsn/pmksa.h): clients of the control socket are notified of entries that are added and
 * removed. An expired entry is removed at once, unless the present association uses it.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#include <string.h>

static void note_entry(struct sta *sta, enum note note, const uint8_t *bssid, uint32_t network)
{
	struct action *report = sta_note_about(sta, note, bssid);

	if (report)
		report->id = network;
}

static void remove_entry(struct sta *sta, size_t index)
{
	const struct pmksa *entry = &sta->pmksa.entries[index];

	note_entry(sta, NOTE_PMKSA_REMOVED, entry->addresses.aa, entry->tag);
	pmksa_remove(&sta->pmksa, index);
}

void sta_pmksa_set_terms(struct sta *sta, const struct sta_pmksa_terms *terms)
{
	uint32_t lifetime_s = terms->lifetime_s ? terms->lifetime_s : PMKSA_LIFETIME_NS / SECOND;

	sta->pmksa.lifetime_ns = lifetime_s * SECOND;
	sta->pmksa.renewal_percent = terms->renewal_percent ? terms->renewal_percent : PMKSA_RENEWAL_PERCENT;
}

static bool is_in_use(const struct sta *sta, const struct pmksa *entry)
{
	return sta->associated && mac_equal(entry->addresses.aa, sta->ap.bssid);
}

void sta_pmksa_expire(struct sta *sta)
{
	uint64_t due_ns = NEVER;

	for (size_t i = sta->pmksa.count; i--;) {
		const struct pmksa *entry = &sta->pmksa.entries[i];

		if (sta->now_ns < entry->until_ns)
			due_ns = earlier(due_ns, entry->until_ns);
		else if (is_in_use(sta, entry))
			due_ns = earlier(due_ns, sta->now_ns + SECOND);
		else
			remove_entry(sta, i);
	}
	sta->due_ns[STA_TIMER_PMKSA] = due_ns;
}

static bool has_pmkid(const struct sta *sta, const uint8_t *bssid, const uint8_t pmkid[PMKID_LEN])
{
	for (size_t i = 0; i < sta->pmksa.count; i++)
		if (mac_equal(sta->pmksa.entries[i].addresses.aa, bssid) &&
		    !memcmp(sta->pmksa.entries[i].pmkid, pmkid, PMKID_LEN))
			return true;
	return false;
}

void sta_pmksa_add(struct sta *sta, struct span pmk, const uint8_t pmkid[PMKID_LEN])
{
	struct rsn_addresses ends;

	mac_copy(ends.aa, sta->ap.bssid);
	mac_copy(ends.spa, sta->setup.addr);
	if (!has_pmkid(sta, ends.aa, pmkid))
		note_entry(sta, NOTE_PMKSA_ADDED, ends.aa, sta_network_tag(sta));
	pmksa_add_named(&sta->pmksa, sta->terms.suite.akm, pmk, pmkid, &ends, sta_network_tag(sta), sta->now_ns);
	sta_pmksa_expire(sta);
}

void sta_pmksa_restore(struct sta *sta, const struct sta_pmksa *entry)
{
	uint64_t until_ns = entry->until_ns > sta->now_ns ? entry->until_ns : sta->now_ns;
	struct rsn_addresses ends;

	mac_copy(ends.aa, entry->bssid);
	mac_copy(ends.spa, sta->setup.addr);
	pmksa_add_until(&sta->pmksa, entry->akm, entry->pmk, entry->pmkid, &ends, entry->network_id, sta->now_ns,
			until_ns)
		->renew_ns = entry->renew_ns;
	note_entry(sta, NOTE_PMKSA_ADDED, ends.aa, entry->network_id);
	sta_pmksa_expire(sta);
}

void sta_pmksa_forget(struct sta *sta, const uint8_t *bssid)
{
	for (size_t i = sta->pmksa.count; i--;)
		if (!bssid || mac_equal(sta->pmksa.entries[i].addresses.aa, bssid))
			remove_entry(sta, i);
	if (!bssid)
		memset(sta->pmksa_refused, 0, sizeof(sta->pmksa_refused));
}

void sta_pmksa_forget_network(struct sta *sta, unsigned tag)
{
	for (size_t i = sta->pmksa.count; i--;)
		if (sta->pmksa.entries[i].tag == tag)
			remove_entry(sta, i);
}

bool sta_pmksa(const struct sta *sta, size_t index, struct sta_pmksa *entry)
{
	const struct pmksa *cached = &sta->pmksa.entries[index];

	if (index >= sta->pmksa.count)
		return false;
	*entry = (struct sta_pmksa){.network_id = cached->tag,
				    .akm = cached->akm,
				    .opportunistic = cached->opportunistic,
				    .renew_ns = cached->renew_ns,
				    .until_ns = cached->until_ns,
				    .pmk = {cached->pmk, cached->pmk_len}};
	mac_copy(entry->bssid, cached->addresses.aa);
	memcpy(entry->pmkid, cached->pmkid, PMKID_LEN);
	return true;
}
