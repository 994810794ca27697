/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scans. A scan visits each channel once. After a scan without a match the next one dwells longer, for access points that
 * beacon rarely.
 *
 * A scan ends early at a BSS with a very good signal. The station then joins the best BSS: first by priority; then the one
 * that worked last, before those that have ever worked; then by signal and speed (mlme/bss_throughput.h). One that it failed to join lately comes last.
 * Beacons can be forged, so in a round the station tries only UNKNOWN_MAX BSSs that have never worked.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACTIVE_NS                (40 * MS)
#define PASSIVE_NS               (120 * MS) /* longer than the usual beacon interval of 100 TU */
#define DWELL_DOUBLINGS_MAX      4
#define SCAN_MARGIN_NS           (5 * SECOND) /* a plane that is so late has lost the scan */
#define STRONG_DBM               (-50)
#define FRESH_NS                 (30 * SECOND)
#define UNKNOWN_MAX              8 /* BSSs of a network in a round that have never worked */
#define OWE_SSIDS_MAX            4
#define BSS_LIFETIME_NS          (180 * SECOND)
#define BACKOFF_NS               (1 * SECOND) /* after the first failed round; doubles each time */
#define BACKOFF_MAX_NS           (60 * SECOND)
#define ABORTED_NS               (10 * SECOND)  /* after a scan that the user has ended */
#define NOT_FOUND_BACKOFF_MAX_NS (20 * SECOND)  /* shorter: no access point is burdened with our attempts */
#define SCHEDULE_NS              (120 * SECOND) /* the next scan of ours, in case the driver has missed the network */

/* ---- channels ---- */

bool sta_any_network(const struct sta *sta)
{
	for (size_t i = 0; i < sta->setup.network_count; i++)
		if (!sta->setup.networks[i].disabled)
			return true;
	return false;
}

static void add_freqs(struct sta *sta, const uint16_t *freqs)
{
	for (size_t i = 0; i < STA_CHANNELS_MAX && freqs[i]; i++) {
		size_t at = 0;

		while (at < sta->freq_count && sta->freqs[at] != freqs[i])
			at++;
		if (at == sta->freq_count && at < STA_CHANNELS_MAX)
			sta->freqs[sta->freq_count++] = freqs[i];
	}
}

/* Does each enabled network list its channels? Then a scan needs no others. */
static bool networks_list_channels(const struct sta *sta)
{
	for (size_t i = 0; i < sta->setup.network_count; i++)
		if (!sta->setup.networks[i].disabled && !sta->setup.networks[i].freqs[0])
			return false;
	return sta_any_network(sta);
}

static bool is_switched_off(const struct sta_filter *filter, uint16_t freq_mhz)
{
	return freq_is_2ghz(freq_mhz) ? filter->no_2ghz : freq_is_6ghz(freq_mhz) ? filter->no_6ghz : filter->no_5ghz;
}

/* Those that the user has switched off; not if they are all that there are. */
static void leave_out_bands(struct sta *sta)
{
	uint16_t kept[STA_CHANNELS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < sta->freq_count; i++)
		if (!is_switched_off(&sta->filter, sta->freqs[i]))
			kept[count++] = sta->freqs[i];
	if (!count)
		return;
	memcpy(sta->freqs, kept, count * sizeof(*kept));
	sta->freq_count = count;
}

/* Of the setup and the networks; without any, 1 to 13. */
void sta_collect_freqs(struct sta *sta)
{
	sta->freq_count = 0;
	if (sta->setup.freqs_only || !networks_list_channels(sta))
		add_freqs(sta, sta->setup.freqs);
	for (size_t i = 0; i < sta->setup.network_count; i++)
		if (!sta->setup.networks[i].disabled)
			add_freqs(sta, sta->setup.networks[i].freqs);
	for (unsigned channel = 1; !sta->setup.freqs[0] && !sta->freq_count && channel <= 13; channel++)
		sta->freqs[channel - 1] = channel_to_freq(channel);
	if (!sta->freq_count)
		sta->freq_count = 13;
	leave_out_bands(sta);
}

/* ---- scans ---- */

uint64_t sta_scan_dwell_ns(const struct sta *sta, bool passive)
{
	unsigned doublings = sta->scan.empty_scans < DWELL_DOUBLINGS_MAX ? sta->scan.empty_scans : DWELL_DOUBLINGS_MAX;

	return passive || sta->setup.passive ? PASSIVE_NS << doublings : ACTIVE_NS << doublings / 2;
}

/* Names of the hidden BSSs to which the open ones of OWE transition pairs point; `end` is that of the room. */
static void add_owe_ssids(struct sta *sta, const struct sta_network *network, const struct plane_ssid *end)
{
	for (size_t i = 0; i < sta->table.count; i++) {
		const struct bss *bss = &sta->table.at[i];
		struct plane_ssid *ssid = &sta->ssids[sta->ssid_count];
		bool listed = false;

		if (ssid == end || !bss_hints_at_owe(bss, network))
			continue;
		for (size_t k = 0; k < sta->ssid_count; k++)
			listed |= sta->ssids[k].len == bss->owe.ssid_len &&
				  !memcmp(sta->ssids[k].bytes, bss->owe.ssid, bss->owe.ssid_len);
		if (listed)
			continue;
		memcpy(ssid->bytes, bss->owe.ssid, bss->owe.ssid_len);
		ssid->len = bss->owe.ssid_len;
		sta->ssid_count++;
	}
}

/* The SSIDs of the networks that may be hidden. Without memory there are none. */
static void collect_ssids(struct sta *sta)
{
	struct plane_ssid *ssids = calloc(sta->setup.network_count + 1 + OWE_SSIDS_MAX, sizeof(*ssids));

	free(sta->ssids);
	sta->ssids = ssids;
	sta->ssid_count = 0;
	if (!ssids)
		return;
	for (size_t i = 0; i < sta->setup.network_count; i++) {
		const struct sta_network *network = &sta->setup.networks[i];
		struct plane_ssid *ssid = &sta->ssids[sta->ssid_count];

		if (!network->scan_ssid || network->disabled)
			continue;
		memcpy(ssid->bytes, network->ssid, network->ssid_len);
		ssid->len = network->ssid_len;
		sta->ssid_count++;
	}
	for (size_t i = 0; i < sta->setup.network_count; i++)
		if (!sta->setup.networks[i].disabled)
			add_owe_ssids(sta, &sta->setup.networks[i],
				      ssids + sta->setup.network_count + 1 + OWE_SSIDS_MAX);
}

bool sta_act_scan(struct sta *sta, const uint16_t *freqs, size_t freq_count, uint64_t dwell_ns)
{
	struct plane_action *action = plane_actions_add(sta->out, PLANE_SCAN);

	if (!action)
		return false;
	collect_ssids(sta);
	action->scan = (struct plane_scan){.freqs = freqs,
					   .freq_count = freq_count,
					   .ssids = sta->ssids,
					   .ssid_count = sta->ssid_count,
					   .probes = &sta->probes,
					   .passive = sta->setup.passive,
					   .dwell_ns = dwell_ns};
	return true;
}

void sta_start_scan(struct sta *sta)
{
	struct action *note = plane_actions_report(sta->out, ACTION_NOTE, NULL);

	if (note)
		note->note = NOTE_SCANNING;
	sta->state = STA_SCANNING;
	sta->scan.aborted = false;
	sta->scan.began_ns = sta->now_ns;
	sta->due_ns[STA_TIMER_STATE] =
		sta->now_ns + sta->freq_count * 2 * sta_scan_dwell_ns(sta, false) + SCAN_MARGIN_NS;
	sta_address_before_scan(sta);
	bss_expire(&sta->table, sta->now_ns < BSS_LIFETIME_NS ? 0 : sta->now_ns - BSS_LIFETIME_NS);
	sta_act_scan(sta, sta->freqs, sta->freq_count, sta_scan_dwell_ns(sta, false));
	/* A driver listens briefly where it probes; an access point that answers no probes is found by its beacons. */
	if (sta->plane.hides_beacons && !sta->ssid_count && sta->scan.empty_scans % 2 && sta->out->count)
		sta->out->list[sta->out->count - 1].scan.passive = true;
}

void sta_remove_stale_results(struct sta *sta, uint64_t since_ns)
{
	const uint8_t *in_use = sta->associated ? sta->ap.bssid : NULL;
	const struct span name = {sta->ap.ssid, sta->ap.ssid_len};
	struct scan_result removed;

	while (scan_results_remove_stale(&sta->results, since_ns, sta->expiry.missed_scans, in_use, name, &removed)) {
		struct action *note =
			removed.is_announced ? sta_note_about(sta, NOTE_BSS_REMOVED, removed.bssid) : NULL;

		if (note)
			note->id = removed.id;
	}
}

/* Once the oldest one is due. */
void sta_expire_results(struct sta *sta)
{
	uint64_t age_ns = sta->expiry.age_ns, due_ns = NEVER;

	sta_remove_stale_results(sta, sta->now_ns < age_ns ? 0 : sta->now_ns - age_ns);
	for (size_t i = 0; i < sta->results.count; i++)
		due_ns = earlier(due_ns, sta->results.list[i].heard_ns + age_ns);
	if (due_ns != NEVER && due_ns < sta->now_ns + SECOND) /* our own access point remains, however old */
		due_ns = sta->now_ns + SECOND;
	sta->due_ns[STA_TIMER_RESULTS] = due_ns;
}

static void announce_results(struct sta *sta)
{
	for (size_t i = 0; i < sta->results.count; i++) {
		struct scan_result *result = &sta->results.list[i];
		struct action *note = result->is_announced ? NULL : sta_note_about(sta, NOTE_BSS_ADDED, result->bssid);

		result->is_announced = true;
		if (note)
			note->id = result->id;
	}
}

/* A short visit often misses a beacon: what was heard lately counts as heard. */
void sta_scan_ended(struct sta *sta, const uint16_t *freqs, size_t count, uint64_t began_ns, bool only_new)
{
	struct action *note;
	uint64_t lately_ns = sta->now_ns > FRESH_NS ? sta->now_ns - FRESH_NS : 0;

	scan_results_count_missed(&sta->results, freqs, count, only_new ? began_ns : earlier(began_ns, lately_ns));
	announce_results(sta);
	sta_expire_results(sta);
	note = sta_note_about(sta, NOTE_SCANNED, NULL);
	if (note)
		note->foreign = !freqs;
}

/* ---- the choice ---- */

struct scan_choice {
	const struct bss *best;
	size_t network;
	bool best_open;                /* … is joined without protection */
	bool owe_hinted;               /* the open BSS of an OWE transition pair, without the other one */
	bool tried;                    /* a BSS matches, but was tried in this round */
	uint64_t blocked_until_ns;     /* a BSS matches from then on; NEVER: none does */
	unsigned heard;                /* number of BSSs */
	enum bss_match closest_match;  /* the closest match of all known BSSs */
	const struct bss *closest_bss; /* … and its BSS */
};

/* The BSS of the last connection. */
static bool worked_last(const struct sta *sta, const struct bss *bss, size_t network)
{
	return bss->worked && network == sta->previous_network && mac_equal(bss->bssid, sta->previous_bssid);
}

/* So many BSSs of one name are probably forged, each in one beacon. */
static bool is_crowded(const struct sta *sta, const struct bss *bss)
{
	unsigned count = 0;

	for (size_t i = 0; i < sta->table.count; i++)
		count += bss_same_ssid(&sta->table.at[i], bss);
	return count > UNKNOWN_MAX;
}

bool sta_is_ignored(const struct sta *sta, const uint8_t *bssid)
{
	for (size_t i = 0; i < sta->ignored_count; i++)
		if (mac_equal(sta->ignored[i], bssid))
			return true;
	return false;
}

static bool is_better(const struct sta *sta, const struct bss *candidate, size_t candidate_network,
		      const struct bss *best, size_t best_network)
{
	bool ignored_candidate = sta_is_ignored(sta, candidate->bssid), ignored_best = sta_is_ignored(sta, best->bssid);
	bool avoid_candidate = candidate->avoid_until_ns > sta->now_ns;
	bool avoid_best = best->avoid_until_ns > sta->now_ns;
	const struct sta_network *networks = sta->setup.networks;
	bool last_candidate = worked_last(sta, candidate, candidate_network),
	     last_best = worked_last(sta, best, best_network);
	struct bss_quality candidate_quality, best_quality;

	if (ignored_candidate != ignored_best)
		return ignored_best;
	if (avoid_candidate != avoid_best)
		return avoid_best;
	if (networks[candidate_network].priority != networks[best_network].priority)
		return networks[candidate_network].priority > networks[best_network].priority;
	if (last_candidate != last_best)
		return last_candidate;
	if (candidate->worked != best->worked)
		return candidate->worked;
	if (is_crowded(sta, candidate) && candidate->heard_count != best->heard_count)
		return candidate->heard_count > best->heard_count;
	candidate_quality = bss_quality_of(candidate, &sta->plane);
	best_quality = bss_quality_of(best, &sta->plane);
	return bss_quality_is_better(&candidate_quality, &best_quality);
}

/* A block with OWE matches open BSSs, too: they come last. */
static bool is_preferred(const struct sta *sta, const struct bss *bss, size_t network, bool open,
			 const struct scan_choice *choice)
{
	if (network == choice->network && open != choice->best_open)
		return choice->best_open;
	return is_better(sta, bss, network, choice->best, choice->network);
}

/* Its open BSS was heard, but none that matches: counts the search. */
static void count_owe_search(struct sta *sta, size_t network, struct scan_choice *choice)
{
	bool hinted = false;

	for (size_t i = 0; i < sta->table.count && !choice->best; i++)
		hinted |= sta->table.at[i].heard_ns >= sta->scan.began_ns &&
			  bss_hints_at_owe(&sta->table.at[i], &sta->setup.networks[network]);
	choice->owe_hinted |= hinted;
	sta->network_state[network].owe_searches += hinted;
}

static void consider_network(struct sta *sta, size_t network, struct scan_choice *choice)
{
	choice->heard = 0;
	for (size_t i = 0; i < sta->table.count; i++) {
		const struct bss *bss = &sta->table.at[i];
		struct bss_terms terms;
		enum bss_match match;

		if (!bss->heard_ns || (bss->heard_ns + FRESH_NS < sta->now_ns && bss->heard_ns < sta->scan.began_ns))
			continue;
		choice->heard++;
		match = sta_match(sta, bss, network, &terms);
		if (match > choice->closest_match || !choice->closest_bss) {
			choice->closest_match = match;
			choice->closest_bss = bss;
		}
		if (match < BSS_TKIP)
			continue;
		if (match == BSS_TKIP || bss->blocked_until_ns > sta->now_ns) {
			uint64_t until = match == BSS_TKIP ? sta->network_state[network].countermeasures.until_ns
							   : bss->blocked_until_ns;

			choice->blocked_until_ns = earlier(choice->blocked_until_ns, until);
		} else if (bss->tried_round == sta->join_round ||
			   (!bss->worked && sta->network_state[network].unknown_tried >= UNKNOWN_MAX)) {
			choice->tried = true;
		} else if (!choice->best || is_preferred(sta, bss, network, terms.kind == BSS_TERMS_OPEN, choice)) {
			choice->best = bss;
			choice->network = network;
			choice->best_open = terms.kind == BSS_TERMS_OPEN;
		}
	}
}

/* Names the closest match. */
static void note_not_found(struct sta *sta, const struct scan_choice *choice)
{
	const uint8_t *closest = choice->closest_bss ? choice->closest_bss->bssid : NULL;
	struct action *note = plane_actions_report(sta->out, ACTION_NOTE, closest);
	char ssid[SSID_TEXT];

	if (!note)
		return;
	note->note = NOTE_NOT_FOUND;
	if (!closest) {
		strcpy(note->detail, "nothing was heard");
		return;
	}
	ssid_format(ssid, sizeof(ssid), choice->closest_bss->ssid, choice->closest_bss->ssid_len);
	if (choice->closest_match == BSS_OTHER_SSID)
		snprintf(note->detail, sizeof(note->detail), "%u heard, as %.40s", choice->heard,
			 *ssid ? ssid : "a hidden one");
	else
		snprintf(note->detail, sizeof(note->detail), "%.32s: %.28s", ssid,
			 bss_match_text(choice->closest_match));
}

/* autoscan=: the pause after a scan that has found no network; 0: the user has not asked for it. */
static uint64_t autoscan_ns(const struct sta *sta)
{
	const struct sta_autoscan *autoscan = &sta->setup.autoscan;
	uint64_t pause_s = autoscan->period_s;

	for (unsigned i = 1; i < sta->scan.empty_scans && pause_s < autoscan->limit_s; i++)
		pause_s *= autoscan->period_s;
	if (autoscan->limit_s && pause_s > autoscan->limit_s)
		pause_s = autoscan->limit_s;
	return pause_s * SECOND;
}

/* Ends the round. The next one begins after a pause, which grows from round to round. */
static void back_off(struct sta *sta, const struct scan_choice *choice)
{
	bool blocked = !choice->tried && choice->blocked_until_ns != NEVER;
	bool not_found = !choice->tried && !blocked, aborted = not_found && sta->scan.aborted;
	unsigned doublings = sta->failed_rounds < 10 ? sta->failed_rounds : 10;
	uint64_t backoff_ns = choice->owe_hinted ? BACKOFF_NS : BACKOFF_NS << doublings;
	uint64_t backoff_max_ns = not_found ? NOT_FOUND_BACKOFF_MAX_NS : BACKOFF_MAX_NS;
	uint64_t due_ns =
		sta->now_ns + random_jitter(&sta->random, backoff_ns < backoff_max_ns ? backoff_ns : backoff_max_ns);

	if (not_found) {
		note_not_found(sta, choice);
		sta->scan.empty_scans++;
		if (autoscan_ns(sta))
			due_ns = sta->now_ns + autoscan_ns(sta);
	}
	if (not_found && sta->scan.interval_ns)
		due_ns = sta->now_ns + sta->scan.interval_ns;
	if (aborted)
		due_ns = sta->now_ns + ABORTED_NS;
	sta->scan.aborted = false;
	if (blocked)
		due_ns = earlier(choice->blocked_until_ns, sta->now_ns + BACKOFF_MAX_NS);
	else
		sta->failed_rounds++;
	sta_begin_round(sta);
	sta->state = STA_BACKOFF;
	sta->due_ns[STA_TIMER_STATE] = due_ns;
	if (not_found && !aborted && !choice->owe_hinted && !autoscan_ns(sta) && !sta->scan.interval_ns &&
	    sta_schedule_begin(sta))
		sta->due_ns[STA_TIMER_STATE] = sta->now_ns + SCHEDULE_NS;
}

static struct scan_choice pick_best(struct sta *sta)
{
	struct scan_choice choice = {.blocked_until_ns = NEVER};

	for (size_t i = 0; i < sta->setup.network_count; i++)
		if (!sta->setup.networks[i].disabled)
			consider_network(sta, i, &choice);
	if (choice.best)
		sta->scan.empty_scans = 0;
	return choice;
}

bool sta_has_candidate(struct sta *sta)
{
	return pick_best(sta).best;
}

bool sta_has_fresh_candidate(struct sta *sta, uint64_t fresh_ns)
{
	struct scan_choice choice = pick_best(sta);

	return choice.best && choice.best->heard_ns + fresh_ns >= sta->now_ns;
}

void sta_join_best(struct sta *sta)
{
	struct scan_choice choice = pick_best(sta);

	for (size_t i = 0; i < sta->setup.network_count && !choice.best; i++)
		if (!sta->setup.networks[i].disabled)
			count_owe_search(sta, i, &choice);
	if (choice.best)
		sta_join(sta, choice.best, choice.network);
	else
		back_off(sta, &choice);
}

void sta_join_best_or_scan(struct sta *sta)
{
	struct scan_choice choice = pick_best(sta);

	if (choice.best)
		sta_join(sta, choice.best, choice.network);
	else
		sta_start_scan(sta);
}

/* A very good signal, in a network of the highest priority: another access point could hardly be better. */
static bool is_good_enough(struct sta *sta)
{
	struct scan_choice choice = pick_best(sta);

	if (!choice.best || choice.best->signal_dbm < STRONG_DBM || choice.best->heard_ns < sta->scan.began_ns ||
	    choice.best->avoid_until_ns > sta->now_ns)
		return false;
	for (size_t i = 0; i < sta->setup.network_count; i++)
		if (!sta->setup.networks[i].disabled &&
		    sta->setup.networks[i].priority > sta->setup.networks[choice.network].priority)
			return false;
	return true;
}

void sta_scan_event(struct sta *sta, enum plane_scan_status status)
{
	bool complete = status != PLANE_SCAN_CHANNEL;

	if (!complete && !is_good_enough(sta))
		return;
	sta_scan_ended(sta, sta->freqs, complete ? sta->freq_count : 0, sta->scan.began_ns, false);
	sta_join_best(sta);
}
