/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of our access point to move to another one (BSS transition management, 11.21.7).
 *
 * A candidate must have been heard lately, so the station may scan before it answers: the channels of the candidates, or all
 * where one of them is unknown. It answers once, and moves a moment later, when the answer has left. Without a candidate it
 * stays, and lets the access point send it away.
 *
 * Without PMF the request may be forged. The candidate must therefore belong to our network as for any other move, and one that
 * has never worked is not tried again soon after a failure (struct sta_roam_trust).
 */
#include "mlme/sta_state.h"

#include "base/mac.h"
#include "wire/le.h"

#include <string.h>

#define FRESH_NS              (10 * SECOND)
#define ANSWER_NS             (50 * MS)     /* the answer leaves before we do */
#define AVOID_NS              (60 * SECOND) /* an access point that is about to send us away */
#define WEAKEST_DBM           (-82)         /* a weaker candidate must be better than what we have */
#define TERMINATION_LEN       12            /* of the BSS Termination Duration subelement */
#define SUBELEMENT_PREFERENCE 3             /* of a Neighbor Report element (Table 9-173) */
#define PREFERENCE_UNKNOWN    1             /* a candidate without that */
#define LAST_CLASS_6GHZ       137           /* all after it are of other bands than ours (Table E-4) */

enum { STATUS_ACCEPT = 0, STATUS_REJECT = 1, STATUS_NO_CANDIDATE = 7 }; /* Table 9-428 */

/* ---- the request ---- */

static void read_candidate(struct span body, struct sta_candidate *candidate)
{
	struct element subelement;
	const uint8_t *fixed = span_take(&body, NEIGHBOR_REPORT_MIN);
	uint8_t class = fixed[MAC_LEN + 4];
	uint16_t width_mhz;
	bool above;

	*candidate = (struct sta_candidate){.preference = PREFERENCE_UNKNOWN};
	mac_copy(candidate->bssid, fixed);
	if (!channel_of_class(class, fixed[MAC_LEN + 5], &candidate->freq_mhz, &width_mhz, &above))
		candidate->freq_mhz = 0;
	while (element_next(&body, &subelement))
		if (subelement.id == SUBELEMENT_PREFERENCE && subelement.body.len)
			candidate->preference = subelement.body.bytes[0];
	if (class > LAST_CLASS_6GHZ)
		candidate->preference = 0;
}

/* Those that are too many, or too short, are left out. Returns false if the list is truncated. */
static bool read_candidates(struct span rest, struct sta_transition *transition)
{
	struct element element;

	while (element_next(&rest, &element))
		if (element.id == EID_NEIGHBOR_REPORT && element.body.len >= NEIGHBOR_REPORT_MIN &&
		    transition->count < STA_CANDIDATES_MAX)
			read_candidate(element.body, &transition->candidates[transition->count++]);
	return !rest.len;
}

static bool read_request(const struct sta *sta, struct span rest, struct sta_transition *transition)
{
	const uint8_t *fixed = span_take(&rest, 5), *url_len;

	if (!fixed)
		return false;
	*transition = (struct sta_transition){
		.token = fixed[0],
		.mode = fixed[1],
		.valid_until_ns = sta->now_ns + fixed[4] * sta->ap.interval * TU,
	};
	if ((transition->mode & TRANSITION_TERMINATION) && !span_take(&rest, TERMINATION_LEN))
		return false;
	if (transition->mode & TRANSITION_ESS_DISASSOCIATION) {
		url_len = span_take(&rest, 1);
		if (!url_len || !span_take(&rest, *url_len))
			return false;
	}
	return read_candidates(rest, transition);
}

/* ---- the choice ---- */

/* May we stay here no longer? */
static bool must_leave(const struct sta *sta)
{
	return sta->transition.mode & (TRANSITION_DISASSOCIATION | TRANSITION_ESS_DISASSOCIATION);
}

/* How much the access point wants us there; -1: not at all. */
static int preference_of(const struct sta *sta, const uint8_t *bssid)
{
	const struct sta_transition *transition = &sta->transition;

	for (size_t i = 0; i < transition->count; i++)
		if (mac_equal(transition->candidates[i].bssid, bssid))
			return transition->candidates[i].preference ? transition->candidates[i].preference : -1;
	return !(transition->mode & TRANSITION_ABRIDGED) && must_leave(sta) ? 0 : -1;
}

static bool is_candidate(const struct sta *sta, const struct bss *bss)
{
	struct bss_terms terms;

	return !mac_equal(bss->bssid, sta->ap.bssid) && bss->heard_ns && bss->heard_ns + FRESH_NS >= sta->now_ns &&
	       (bss->worked || sta->now_ns >= sta->roam_trust.distrust_until_ns) &&
	       !(bss->failures && bss->avoid_until_ns > sta->now_ns) && !sta_is_ignored(sta, bss->bssid) &&
	       (must_leave(sta) || bss->signal_dbm >= WEAKEST_DBM || bss->signal_dbm > sta->signal_dbm) &&
	       sta_match(sta, bss, sta->network, &terms) == BSS_FITS;
}

/* NULL: there is none. */
static const struct bss *best_candidate(const struct sta *sta)
{
	int best_preference = must_leave(sta) ? -1 : preference_of(sta, sta->ap.bssid);
	const struct bss *best = NULL;

	for (size_t i = 0; i < sta->table.count; i++) {
		const struct bss *bss = &sta->table.at[i];
		int preference = preference_of(sta, bss->bssid);

		if (preference < 0 || preference < best_preference || !is_candidate(sta, bss) ||
		    (preference == best_preference && (!best || bss->signal_dbm <= best->signal_dbm)))
			continue;
		best = bss;
		best_preference = preference;
	}
	return best;
}

/* Does the access point want us here at least as much as where we could go? Without a search it may be elsewhere. */
static bool is_best_here(const struct sta *sta)
{
	const struct sta_transition *transition = &sta->transition;
	int preference = preference_of(sta, sta->ap.bssid);

	if (must_leave(sta) || preference <= 0)
		return false;
	for (size_t i = 0; i < transition->count && !transition->searched; i++)
		if (transition->candidates[i].preference > preference)
			return false;
	return true;
}

/* ---- the search ---- */

/* The channels of the candidates that we may use; none: all that we scan. Returns false if there is nothing to scan. */
static bool list_channels(const struct sta *sta, uint16_t freqs[STA_CHANNELS_MAX])
{
	const struct sta_transition *transition = &sta->transition;
	size_t count = 0;

	for (size_t i = 0; i < transition->count; i++)
		if (transition->candidates[i].preference && !transition->candidates[i].freq_mhz)
			return true;
	for (size_t k = 0; k < sta->freq_count && count + 1 < STA_CHANNELS_MAX; k++)
		for (size_t i = 0; i < transition->count; i++)
			if (transition->candidates[i].preference &&
			    transition->candidates[i].freq_mhz == sta->freqs[k]) {
				freqs[count++] = sta->freqs[k];
				break;
			}
	return count || !transition->count;
}

/* bssid= of the network leaves no choice. */
static bool may_move(const struct sta *sta)
{
	return sta->setup.networks[sta->network].any_bssid;
}

/* Returns whether a scan begins. */
static bool search(struct sta *sta)
{
	struct sta_request request = {.kind = STA_REQUEST_SCAN, .scan.only = true};

	if (sta->transition.searched || !may_move(sta) || !list_channels(sta, request.scan.freqs))
		return false;
	sta->transition.searched = true;
	return sta_request_scan(sta, &request) == STA_ANSWER_DONE;
}

/* ---- the answer ---- */

/* The target is a part of each response with the status 0, if only zeroes; hostapd ignores one without (9.6.13.10). */
static void answer(struct sta *sta, uint8_t status, const uint8_t *target)
{
	uint8_t body[5 + MAC_LEN] = {ACTION_CATEGORY_WNM, ACTION_TRANSITION_RESPONSE, sta->transition.token, status};

	if (target)
		mac_copy(body + 5, target);
	sta->transition.step = STA_MOVE_NONE;
	sta_send_wnm(sta, body, status == STATUS_ACCEPT ? sizeof(body) : 5);
}

static void promise(struct sta *sta, const struct bss *target)
{
	struct bss *entry = must_leave(sta) ? sta_bss_entry(sta) : NULL;

	answer(sta, STATUS_ACCEPT, target->bssid);
	mac_copy(sta->transition.target, target->bssid);
	sta->transition.step = STA_MOVE_PROMISED;
	sta->due_ns[STA_TIMER_MOVE] = sta->now_ns + ANSWER_NS;
	if (entry)
		entry->avoid_until_ns = sta->now_ns + AVOID_NS;
}

void sta_transition_settle(struct sta *sta)
{
	const struct sta_transition *transition = &sta->transition;
	const struct bss *target;

	if (transition->step != STA_MOVE_SEARCHING || sta->wanted.state != WANTED_SCAN_NONE)
		return;
	target = sta->now_ns < transition->valid_until_ns || must_leave(sta) ? best_candidate(sta) : NULL;
	if (target)
		promise(sta, target);
	else if (is_best_here(sta))
		answer(sta, STATUS_ACCEPT, sta->ap.bssid);
	else if (!search(sta)) /* an access point that sends us away takes a refusal for a reason to do it at once */
		answer(sta, must_leave(sta) && may_move(sta) ? STATUS_ACCEPT : STATUS_NO_CANDIDATE, NULL);
	else
		sta_wanted_scan_settle(sta);
}

void sta_transition_timer(struct sta *sta)
{
	struct sta_transition *transition = &sta->transition;
	const struct bss *target = NULL;

	if (transition->step != STA_MOVE_PROMISED)
		return;
	transition->step = STA_MOVE_NONE;
	for (size_t i = 0; i < sta->table.count; i++)
		if (mac_equal(sta->table.at[i].bssid, transition->target) && is_candidate(sta, &sta->table.at[i]))
			target = &sta->table.at[i];
	if (!target || sta->state != STA_CONNECTED)
		return;
	sta_note(sta, NOTE_ROAMING, 0);
	sta_begin_round(sta);
	sta->roam_trust.attempting = !target->worked;
	sta_join(sta, target, sta->network);
}

bool sta_transition_receive(struct sta *sta, const struct mgmt *mgmt)
{
	struct sta_transition request;

	if (mgmt->category != ACTION_CATEGORY_WNM || mgmt->action != ACTION_TRANSITION_REQUEST ||
	    mac_is_group(mgmt->da) || sta->setup.no_steering || sta->state != STA_CONNECTED ||
	    !read_request(sta, mgmt->body, &request))
		return false;
	sta->transition = request;
	sta_note_frame(sta, NOTE_TRANSITION_REQUEST, mgmt);
	if (request.count || (!(request.mode & TRANSITION_CANDIDATES) && (request.mode & TRANSITION_DISASSOCIATION)))
		sta->transition.step = STA_MOVE_SEARCHING;
	else if (request.mode & TRANSITION_CANDIDATES)
		answer(sta, STATUS_NO_CANDIDATE, NULL);
	else
		answer(sta, request.mode & TRANSITION_ESS_DISASSOCIATION ? STATUS_ACCEPT : STATUS_REJECT, NULL);
	return true;
}
