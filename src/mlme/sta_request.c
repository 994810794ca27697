/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of the user: adding and removing networks, scans, connect, disconnect, roam.
 *
 * A scan on request runs beside the state. Without a link the plane visits all its channels at once. With one, and a plane
 * that does not share its time with the access point by itself, it visits one after the other, with pauses for data. While
 * the station joins, the request waits. An attempt to join ends a scan: its results so far are reported.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"
#include "mlme/sta_sleep.h"

#include <stdlib.h>
#include <string.h>

#define SCAN_PAUSE_NS   (60 * MS)     /* between two channels, for data of the link */
#define SCAN_GUARD_NS   (25 * SECOND) /* a scan that takes longer is lost */
#define SCAN_REFUSED_NS (500 * MS)    /* the access point did not acknowledge, or it switches channels */
#define SCAN_TRIES      5
#define JOIN_FRESH_NS   (5 * SECOND) /* results of this age serve a request to connect; with older ones it scans */

/* ---- scans ---- */

static bool can_scan(const struct sta *sta)
{
	return sta->state == STA_IDLE || sta->state == STA_BACKOFF || sta->state == STA_CONNECTED;
}

/* One channel at a time, where the link has no other opportunity. */
static size_t channels_at_once(const struct sta *sta)
{
	size_t left = sta->wanted.freq_count - sta->wanted.index;

	return sta->state == STA_CONNECTED && !sta->plane.hides_beacons && left ? 1 : left;
}

static void visit(struct sta *sta)
{
	struct sta_wanted_scan *wanted = &sta->wanted;
	struct plane_action *action = plane_actions_add(sta->out, PLANE_SCAN);

	wanted->visiting = action;
	sta->due_ns[STA_TIMER_SCAN] = sta->now_ns + SCAN_GUARD_NS;
	if (action)
		action->scan = (struct plane_scan){
			.freqs = wanted->freqs + wanted->index,
			.freq_count = channels_at_once(sta),
			.ssids = wanted->ssids,
			.ssid_count = wanted->ssid_count,
			.bssid = wanted->has_bssid ? wanted->bssid : NULL,
			.probes = &sta->probes,
			.passive = wanted->passive || sta->setup.passive,
			.dwell_ns = wanted->dwell_ns ? wanted->dwell_ns : sta_scan_dwell_ns(sta, wanted->passive)};
}

static void begin_scan(struct sta *sta)
{
	sta->wanted.state = WANTED_SCAN_ACTIVE;
	sta->wanted.index = sta->wanted.tries = 0;
	sta->wanted.began_ns = sta->now_ns;
	sta->roam.visiting = false;
	sta_note_about(sta, NOTE_SCANNING, NULL);
	visit(sta);
}

static void end_scan(struct sta *sta)
{
	struct sta_wanted_scan *wanted = &sta->wanted;
	bool join = (sta->state == STA_BACKOFF && !wanted->only) || wanted->rejoin;

	wanted->incomplete |= wanted->index != wanted->freq_count;
	wanted->state = WANTED_SCAN_NONE;
	wanted->visiting = wanted->rejoin = false;
	sta->due_ns[STA_TIMER_SCAN] = NEVER;
	sta_scan_ended(sta, wanted->freqs, wanted->freq_count, wanted->began_ns, wanted->only_new);
	if (sta->state == STA_CONNECTED && !wanted->only && !join)
		sta_roam_to_faster(sta);
	if (!join || (sta->state != STA_BACKOFF && sta->state != STA_CONNECTED))
		return;
	sta_begin_round(sta);
	if (sta->state == STA_BACKOFF || sta_has_candidate(sta))
		sta_join_best(sta);
}

bool sta_wanted_scan_event(struct sta *sta, enum plane_scan_status status)
{
	struct sta_wanted_scan *wanted = &sta->wanted;

	if (wanted->state != WANTED_SCAN_ACTIVE || !wanted->visiting)
		return false;
	if (status == PLANE_SCAN_CHANNEL)
		return true;
	wanted->visiting = false;
	if ((status == PLANE_SCAN_BUSY || status == PLANE_SCAN_REFUSED) && ++wanted->tries < SCAN_TRIES) {
		sta->due_ns[STA_TIMER_SCAN] = sta->now_ns + SCAN_REFUSED_NS;
		return true;
	}
	wanted->index += channels_at_once(sta);
	if (wanted->index < wanted->freq_count && status == PLANE_SCAN_DONE)
		sta->due_ns[STA_TIMER_SCAN] = sta->now_ns + SCAN_PAUSE_NS;
	else
		end_scan(sta);
	return true;
}

void sta_wanted_scan_timer(struct sta *sta)
{
	if (sta->wanted.state != WANTED_SCAN_ACTIVE)
		return;
	if (sta->wanted.visiting)
		end_scan(sta);
	else
		visit(sta);
}

void sta_wanted_scan_settle(struct sta *sta)
{
	if (sta->wanted.state == WANTED_SCAN_ACTIVE && !can_scan(sta))
		end_scan(sta);
	if (sta->wanted.state == WANTED_SCAN_PENDING && can_scan(sta) && sta->now_ns >= sta->foreign_scan_until_ns)
		begin_scan(sta);
}

void sta_foreign_scan_began(struct sta *sta)
{
	struct action *note = sta_note_about(sta, NOTE_SCANNING, NULL);

	if (note)
		note->foreign = true;
	sta->foreign_scan_until_ns = sta->now_ns + SCAN_GUARD_NS;
}

enum sta_answer sta_request_scan(struct sta *sta, const struct sta_request *request)
{
	struct sta_wanted_scan *wanted = &sta->wanted;

	if (wanted->state != WANTED_SCAN_NONE || sta->state == STA_SCANNING)
		return STA_ANSWER_BUSY;
	*wanted = (struct sta_wanted_scan){.state = WANTED_SCAN_PENDING,
					   .ssid_count = request->scan.ssid_count,
					   .passive = request->scan.passive,
					   .only = request->scan.only,
					   .only_new = request->scan.only_new,
					   .dwell_ns = request->scan.dwell_ns};
	if (sta->now_ns < sta->foreign_scan_until_ns)
		sta->due_ns[STA_TIMER_SCAN] = sta->foreign_scan_until_ns;
	memcpy(wanted->ssids, request->scan.ssids, sizeof(wanted->ssids));
	wanted->has_bssid = request->scan.has_bssid;
	mac_copy(wanted->bssid, request->scan.bssid);
	while (wanted->freq_count < STA_CHANNELS_MAX && request->scan.freqs[wanted->freq_count]) {
		wanted->freqs[wanted->freq_count] = request->scan.freqs[wanted->freq_count];
		wanted->freq_count++;
	}
	if (!wanted->freq_count) {
		memcpy(wanted->freqs, sta->freqs, sizeof(wanted->freqs));
		wanted->freq_count = sta->freq_count;
	}
	return STA_ANSWER_DONE;
}

/* A scan without channels replaces the present one. */
static enum sta_answer abort_scan(struct sta *sta)
{
	struct plane_action *action;

	if (sta->wanted.state != WANTED_SCAN_ACTIVE && sta->state != STA_SCANNING)
		return STA_ANSWER_NOT_CONNECTED;
	sta->wanted.index = sta->wanted.freq_count;
	sta->wanted.incomplete = true;
	sta->scan.aborted = sta->state == STA_SCANNING;
	action = plane_actions_add(sta->out, PLANE_SCAN);
	if (action)
		action->scan = (struct plane_scan){.freqs = sta->freqs};
	return STA_ANSWER_DONE;
}

/* ---- the connection ---- */

static void leave(struct sta *sta)
{
	if (sta->associated)
		sta_send_deauth(sta, REASON_LEAVING);
	if (sta_has_ap(sta)) /* clients hear of the end of an attempt, too */
		sta_note_disconnected(sta, REASON_LEAVING, true);
	sta_clear_association(sta);
	memset(sta->previous_bssid, 0, sizeof(sta->previous_bssid));
	memset(sta->roam_target, 0, sizeof(sta->roam_target));
}

static void rest(struct sta *sta)
{
	if (sta->state == STA_SCANNING) {
		abort_scan(sta);
		sta_scan_ended(sta, NULL, 0, sta->scan.began_ns, false);
	}
	sta->state = STA_IDLE;
	sta->due_ns[STA_TIMER_STATE] = NEVER;
}

static void look_for_network(struct sta *sta)
{
	sta_begin_round(sta);
	sta->failed_rounds = 0;
	sta->scan.empty_scans = 0;
	if (!sta_any_network(sta))
		rest(sta);
	else if (sta_has_fresh_candidate(sta, JOIN_FRESH_NS))
		sta_join_best(sta);
	else
		sta_start_scan(sta);
}

static enum sta_answer disconnect(struct sta *sta)
{
	sta->resting = true;
	if (sta->state == STA_STOPPED)
		return STA_ANSWER_DONE;
	leave(sta);
	rest(sta);
	return STA_ANSWER_DONE;
}

/* Joins the best BSS, at once if the results are fresh. Otherwise the link stays until a scan has ended. */
static void renew(struct sta *sta)
{
	sta_begin_round(sta);
	if (sta_has_fresh_candidate(sta, JOIN_FRESH_NS)) {
		sta_join_best(sta);
		return;
	}
	if (sta->wanted.state == WANTED_SCAN_NONE)
		sta_request_scan(sta, &(struct sta_request){.kind = STA_REQUEST_SCAN});
	sta->wanted.rejoin = true;
}

static enum sta_answer connect_again(struct sta *sta, bool rejoin)
{
	sta->resting = false;
	switch (sta->state) {
	case STA_IDLE:
	case STA_BACKOFF:
		look_for_network(sta);
		break;
	case STA_CONNECTED:
		if (rejoin)
			renew(sta);
		break;
	case STA_AUTHENTICATING:
	case STA_ASSOCIATING:
	case STA_HANDSHAKE:
		if (rejoin) {
			leave(sta);
			look_for_network(sta);
		}
		break;
	case STA_STOPPED:
	case STA_SCANNING:
		break;
	}
	return STA_ANSWER_DONE;
}

/* The best BSS of the present network with this address; NULL: none was heard. */
static const struct bss *find_bss(const struct sta *sta, const uint8_t *bssid)
{
	const struct bss *best = NULL;
	struct bss_terms terms;

	for (size_t i = 0; i < sta->table.count; i++) {
		const struct bss *bss = &sta->table.at[i];

		if (mac_equal(bss->bssid, bssid) && bss->heard_ns &&
		    sta_match(sta, bss, sta->network, &terms) == BSS_FITS && (!best || bss->heard_ns > best->heard_ns))
			best = bss;
	}
	return best;
}

/* Was this BSS heard, with the SSID of ours? */
static bool is_of_our_ssid(const struct sta *sta, const uint8_t *bssid)
{
	for (size_t i = 0; i < sta->table.count; i++) {
		const struct bss *bss = &sta->table.at[i];

		if (mac_equal(bss->bssid, bssid) && bss->heard_ns && bss_same_ssid(bss, &sta->ap))
			return true;
	}
	return false;
}

static enum sta_answer roam(struct sta *sta, const uint8_t *bssid)
{
	const struct bss *best;

	if (sta->state < STA_AUTHENTICATING || sta->state > STA_CONNECTED)
		return STA_ANSWER_NOT_CONNECTED;
	mac_copy(sta->roam_target, bssid);
	best = find_bss(sta, bssid);
	if (!best)
		return is_of_our_ssid(sta, bssid) ? STA_ANSWER_UNSUITABLE : STA_ANSWER_UNKNOWN_BSS;
	sta_note(sta, NOTE_ROAMING, 0);
	sta_begin_round(sta);
	sta_join(sta, best, sta->network);
	return STA_ANSWER_DONE;
}

/* Asks the present access point; its answer begins the transition. */
static enum sta_answer transition(struct sta *sta, const uint8_t *bssid)
{
	const struct bss *target;

	if (sta->state != STA_CONNECTED)
		return STA_ANSWER_NOT_CONNECTED;
	mac_copy(sta->roam_target, bssid);
	target = find_bss(sta, bssid);
	if (!target && is_of_our_ssid(sta, bssid))
		return STA_ANSWER_UNSUITABLE;
	return target && sta_ft_request_over_ds(sta, target) ? STA_ANSWER_DONE : STA_ANSWER_UNKNOWN_BSS;
}

/* ---- networks ---- */

#define GONE SIZE_MAX

static size_t find_network(const struct sta_network *list, size_t count, const struct sta_network *network)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].id == network->id)
			return i;
	return GONE;
}

/* The state of networks that remain; the others begin anew. NULL: no memory. */
static struct sta_network_state *move_state(const struct sta *sta, const struct sta_network *list, size_t count)
{
	struct sta_network_state *state = calloc(count + 1, sizeof(*state));

	for (size_t i = 0; state && i < sta->setup.network_count; i++) {
		size_t index = find_network(list, count, &sta->setup.networks[i]);

		if (index != GONE)
			state[index] = sta->network_state[i];
	}
	return state;
}

/* The cached keys of networks that have gone, or may have other keys now. */
static void forget_keys(struct sta *sta, const struct sta_network *list, size_t count)
{
	for (size_t i = 0; i < sta->setup.network_count; i++) {
		const struct sta_network *old = &sta->setup.networks[i];
		size_t index = find_network(list, count, old);

		if (index == GONE || list[index].revision != old->revision)
			sta_pmksa_forget_network(sta, old->id ? old->id : (unsigned)i);
	}
}

static enum sta_answer set_networks(struct sta *sta, const struct sta_network *list, size_t count)
{
	bool joined = sta->state >= STA_AUTHENTICATING && sta->state <= STA_CONNECTED, same;
	struct sta_network_state *state = move_state(sta, list, count);
	const struct sta_network *old = sta->setup.networks;
	size_t network = GONE, previous = GONE;
	bool keep;

	if (!state)
		return STA_ANSWER_FULL;
	if (sta->network < sta->setup.network_count)
		network = find_network(list, count, &old[sta->network]);
	if (sta->previous_network < sta->setup.network_count)
		previous = find_network(list, count, &old[sta->previous_network]);
	same = network != GONE && list[network].revision == old[sta->network].revision;
	/* A connection was made with the old keys, and stays; an attempt begins anew with the others. */
	keep = network != GONE && !list[network].disabled && (same || sta->state == STA_CONNECTED);
	forget_keys(sta, list, count);
	if (!same)
		sta->ft.ready = false;
	if (joined && !keep)
		leave(sta);
	free(sta->network_state);
	sta->network_state = state;
	sta->setup.networks = list;
	sta->setup.network_count = count;
	sta->network = network == GONE ? 0 : network;
	sta->previous_network = previous;
	sta_collect_freqs(sta);
	if (joined && keep)
		return STA_ANSWER_DONE;
	if (sta->state == STA_STOPPED)
		return STA_ANSWER_DONE;
	if (!sta_any_network(sta))
		rest(sta);
	else if ((joined || sta->state == STA_IDLE || sta->state == STA_BACKOFF) && !sta->resting)
		look_for_network(sta);
	return STA_ANSWER_DONE;
}

/* ---- lists ---- */

static enum sta_answer set_filter(struct sta *sta, const struct sta_filter *filter)
{
	bool joined = sta->state >= STA_AUTHENTICATING && sta->state <= STA_CONNECTED;

	sta->filter = *filter;
	sta_collect_freqs(sta);
	if (!joined || sta_filter_permits(sta, &sta->ap))
		return STA_ANSWER_DONE;
	leave(sta);
	look_for_network(sta);
	return STA_ANSWER_DONE;
}

static enum sta_answer ignore(struct sta *sta, const uint8_t *bssid)
{
	if (sta_is_ignored(sta, bssid))
		return STA_ANSWER_DONE;
	if (sta->ignored_count == STA_IGNORED_MAX)
		return STA_ANSWER_FULL;
	mac_copy(sta->ignored[sta->ignored_count++], bssid);
	return STA_ANSWER_DONE;
}

const struct scan_results *sta_results(const struct sta *sta)
{
	return &sta->results;
}

size_t sta_ignored(const struct sta *sta, uint8_t list[STA_IGNORED_MAX][6])
{
	memcpy(list, sta->ignored, sizeof(sta->ignored));
	return sta->ignored_count;
}

static void forget_results(struct sta *sta, uint64_t age_ns)
{
	uint64_t since_ns = age_ns && sta->now_ns > age_ns ? sta->now_ns - age_ns : age_ns ? 0 : UINT64_MAX;

	sta_remove_stale_results(sta, since_ns);
	bss_expire(&sta->table, since_ns);
	if (since_ns > sta->now_ns) /* a driver still has what it heard until now, or reports it just now */
		since_ns = sta->now_ns;
	if (since_ns > sta->forgotten_ns)
		sta->forgotten_ns = since_ns;
}

static void forget_failures(struct sta *sta)
{
	sta->failed_rounds = 0;
	sta->scan.empty_scans = 0;
	sta->roam_trust = (struct sta_roam_trust){0};
	for (size_t i = 0; i < sta->table.count; i++) {
		struct bss *bss = &sta->table.at[i];

		bss->no_transition_until_ns = 0;
		bss->passphrase_failures = bss->failures = bss->short_connections = 0;
		bss->blocked_until_ns = bss->avoid_until_ns = 0;
	}
}

static enum sta_answer set_elements(struct sta *sta, const struct span *elements)
{
	uint8_t *copy = malloc(elements->len + 1);

	if (!copy)
		return STA_ANSWER_FULL;
	if (elements->len)
		memcpy(copy, elements->bytes, elements->len);
	free(sta->extra);
	sta->extra = copy;
	sta->extra_len = elements->len;
	return STA_ANSWER_DONE;
}

static enum sta_answer set_probes(struct sta *sta, const struct plane_probes *probes)
{
	if (probes->elements.len > sizeof(sta->probe_elements))
		return STA_ANSWER_FULL;
	sta->probes = *probes;
	sta->probes.random_address |= sta->setup.scan_address != STA_ADDRESS_OWN;
	sta->probes.elements.bytes = sta->probe_elements;
	if (probes->elements.len)
		memcpy(sta->probe_elements, probes->elements.bytes, probes->elements.len);
	return STA_ANSWER_DONE;
}

/* With bgscan the limit is that of its scans. */
static enum sta_answer watch_signal(struct sta *sta, struct plane_watch watch)
{
	struct plane_action *action;

	if (!sta->plane.hides_beacons)
		return STA_ANSWER_NOT_CONNECTED;
	if (sta->state == STA_CONNECTED && sta_roam_has_bgscan(sta))
		return STA_ANSWER_BUSY;
	sta->watch = watch;
	action = sta->state == STA_CONNECTED ? sta_act(sta, PLANE_WATCH) : NULL;
	if (action)
		action->watch = sta_roam_watch(sta);
	return STA_ANSWER_DONE;
}

/* What holds until it is changed. */
static enum sta_answer change_setting(struct sta *sta, const struct sta_request *request)
{
	switch (request->kind) {
	case STA_REQUEST_SCAN_INTERVAL:
		sta->scan.interval_ns = request->interval_ns;
		return STA_ANSWER_DONE;
	case STA_REQUEST_AUTOSCAN:
		sta->setup.autoscan = request->autoscan;
		return STA_ANSWER_DONE;
	case STA_REQUEST_FILTER:
		return set_filter(sta, request->filter);
	case STA_REQUEST_EXPIRY:
		sta->expiry = request->expiry;
		sta_expire_results(sta);
		return STA_ANSWER_DONE;
	case STA_REQUEST_ELEMENTS:
		return set_elements(sta, &request->elements);
	case STA_REQUEST_PROBES:
		return set_probes(sta, &request->probes);
	case STA_REQUEST_PMKSA_TERMS:
		sta_pmksa_set_terms(sta, &request->pmksa_terms);
		return STA_ANSWER_DONE;
	case STA_REQUEST_WATCH:
		return watch_signal(sta, request->watch);
	case STA_REQUEST_LCI:
		return sta_measure_set_lci(sta, request->lci);
	case STA_REQUEST_STEERING:
		sta->setup.no_steering = !request->steering;
		return STA_ANSWER_DONE;
	case STA_REQUEST_KEEP_ALIVE:
		sta->setup.no_keep_alive = !request->keep_alive;
		if (sta->associated)
			sta_act_station(sta);
		return STA_ANSWER_DONE;
	default: /* handled before */
		return STA_ANSWER_DONE;
	}
}

enum sta_answer sta_carry_out_request(struct sta *sta, const struct sta_request *request)
{
	switch (request->kind) {
	case STA_REQUEST_NETWORKS:
		return set_networks(sta, request->networks.list, request->networks.count);
	case STA_REQUEST_SCAN:
		return sta_request_scan(sta, request);
	case STA_REQUEST_SCAN_ABORT:
		return abort_scan(sta);
	case STA_REQUEST_DISCONNECT:
		return disconnect(sta);
	case STA_REQUEST_CONNECT:
	case STA_REQUEST_REJOIN:
		return connect_again(sta, request->kind == STA_REQUEST_REJOIN);
	case STA_REQUEST_ROAM:
		return roam(sta, request->bssid);
	case STA_REQUEST_TRANSITION:
		return transition(sta, request->bssid);
	case STA_REQUEST_IGNORE:
		return ignore(sta, request->bssid);
	case STA_REQUEST_IGNORE_CLEAR:
		sta->ignored_count = 0;
		return STA_ANSWER_DONE;
	case STA_REQUEST_FORGET_RESULTS:
		forget_results(sta, request->age_ns);
		return STA_ANSWER_DONE;
	case STA_REQUEST_FORGET_PMKSA:
		sta_pmksa_forget(sta, NULL);
		sta->ft.ready = false;
		return STA_ANSWER_DONE;
	case STA_REQUEST_ADD_PMKSA:
		sta_pmksa_restore(sta, &request->pmksa);
		return STA_ANSWER_DONE;
	case STA_REQUEST_FORGET_FAILURES:
		forget_failures(sta);
		return STA_ANSWER_DONE;
	case STA_REQUEST_NEIGHBOURS:
		return sta_measure_ask_neighbours(sta, &request->neighbours);
	case STA_REQUEST_SLEEP:
		return sta->state == STA_CONNECTED && sta_sleep_request(sta, request->sleep.exit,
									request->sleep.interval, request->sleep.filters)
			       ? STA_ANSWER_DONE
			       : STA_ANSWER_NOT_CONNECTED;
	case STA_REQUEST_QUERY:
		return sta->state == STA_CONNECTED &&
				       sta_query_transition(sta, request->query.reason, request->query.list,
							    request->query.candidates)
			       ? STA_ANSWER_DONE
			       : STA_ANSWER_NOT_CONNECTED;
	default:
		return change_setting(sta, request);
	}
}
