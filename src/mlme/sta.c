/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The station's events: dispatches them to its parts and carries out their outcomes. mlme/sta_state.h lists the parts and
 * the states.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PMKSA_MAX             32
#define STABLE_NS             (10 * SECOND) /* a connection that lasted this long was a success */
#define SHORT_CONNECTIONS_MAX 3
#define AVOID_NS              (10 * SECOND) /* pause of a BSS after a failure; doubles each time */
#define AVOID_MAX_NS          (300 * SECOND)
#define AVOID_WORKED_NS       SECOND /* of a BSS that has worked: a forger may be the cause */

struct sta *sta_new(struct crypto *crypto, const struct sta_setup *setup, const struct plane_capabilities *plane,
		    const uint8_t seed[RANDOM_SEED_LEN])
{
	struct sta *sta = calloc(1, sizeof(*sta));

	if (!sta)
		return NULL;
	sta->crypto = crypto;
	sta->setup = *setup;
	sta->plane = *plane;
	random_init(&sta->random, crypto, seed);
	sta->network_state = calloc(setup->network_count + 1, sizeof(*sta->network_state));
	if (!sta->network_state || pmksa_init(&sta->pmksa, PMKSA_MAX, PMKSA_LIFETIME_NS)) {
		free(sta->network_state);
		free(sta);
		return NULL;
	}
	sta_pmksa_set_terms(sta, &setup->pmksa_terms);
	sta_collect_freqs(sta);
	for (int i = 0; i < STA_TIMERS; i++)
		sta->due_ns[i] = NEVER;
	sta->join_round = 1;
	sta->probes.random_address = setup->scan_address != STA_ADDRESS_OWN;
	sta->expiry = (struct sta_expiry){180 * SECOND, 2};
	return sta;
}

void sta_free(struct sta *sta)
{
	if (!sta)
		return;
	supplicant_wipe(&sta->supplicant);
	sta_ft_forget(sta);
	pmksa_free(&sta->pmksa);
	bss_table_free(&sta->table);
	scan_results_free(&sta->results);
	free(sta->extra);
	free(sta->network_state);
	free(sta->ssids);
	free(sta->scheduled_ssids);
	crypto_wipe(sta, sizeof(*sta));
	free(sta);
}

void sta_start(struct sta *sta, uint64_t now_ns, struct plane_actions *out)
{
	sta->now_ns = now_ns;
	sta->out = out;
	if (sta->state != STA_STOPPED)
		return;
	if (!sta->address.since_ns)
		sta_address_begin(sta);
	sta_pmksa_expire(sta);
	sta->failed_rounds = 0;
	sta->scan.empty_scans = 0;
	sta->scan.scheduled = sta->scan.schedule_refused = false;
	for (size_t i = 0; i < sta->table.count; i++) {
		sta->table.at[i].passphrase_failures = 0;
		sta->table.at[i].blocked_until_ns = 0;
	}
	sta->wanted.state = WANTED_SCAN_NONE;
	if (!sta->resting && sta_any_network(sta))
		sta_start_scan(sta);
	else
		sta->state = STA_IDLE;
}

void sta_stop(struct sta *sta, uint64_t now_ns, struct plane_actions *out)
{
	bool associated = sta->associated;

	sta->now_ns = now_ns;
	sta->out = out;
	if (sta->state == STA_STOPPED)
		return;
	if (associated) {
		sta_send_deauth(sta, REASON_LEAVING);
		sta_note_disconnected(sta, REASON_LEAVING, true);
	}
	sta_clear_association(sta);
	for (int i = 0; i < STA_TIMERS; i++)
		sta->due_ns[i] = NEVER;
	memset(sta->previous_bssid, 0, sizeof(sta->previous_bssid));
	sta->state = STA_STOPPED;
}

/* A program that hears of the connection sends its first frame at once, so the port must be open already. */
static void report_connection(struct sta *sta)
{
	sta->awaits_port = false;
	sta_note(sta, NOTE_CONNECTED, 0);
	if (sta->terms.kind == BSS_TERMS_RSN && sta->terms.suite.group == CIPHER_TKIP)
		sta_note(sta, sta->terms.suite.pairwise == CIPHER_TKIP ? NOTE_TKIP : NOTE_GROUP_TKIP, 0);
}

static void begin_connection(struct sta *sta)
{
	struct bss *entry = sta_bss_entry(sta);

	if (!entry) /* a flood of beacons has evicted it, or changed its terms */
		entry = bss_keep(&sta->table, &sta->ap);

	if (entry) {
		entry->failures = entry->passphrase_failures = 0;
		entry->avoid_until_ns = 0;
		entry->worked = true;
	}
	sta_roam_end(sta, true);
	sta->left_connection = false;
	sta->state = STA_CONNECTED;
	sta->signal_dbm = sta->ap.signal_dbm;
	sta->due_ns[STA_TIMER_STATE] = NEVER;
	sta->connected_ns = sta->now_ns;
	mac_copy(sta->previous_bssid, sta->ap.bssid);
	sta->previous_network = sta->network;
	sta_keys_cache_pmksa(sta);
	sta_ft_connected(sta);
	sta_roam_begin(sta);
	sta->awaits_port = true;
	sta_act_station(sta);
	if (!sta->plane.confirms_port)
		report_connection(sta);
}

static void try_next(struct sta *sta)
{
	struct bss *entry = sta_bss_entry(sta);

	if (entry) {
		unsigned doublings = entry->failures < 5 ? entry->failures : 5;
		uint64_t avoid_ns = (entry->worked ? AVOID_WORKED_NS : AVOID_NS) << doublings;

		entry->failures++;
		entry->avoid_until_ns = sta->now_ns + (avoid_ns < AVOID_MAX_NS ? avoid_ns : AVOID_MAX_NS);
		entry->tried_round = sta->join_round;
	}
	memset(sta->roam_target, 0, sizeof(sta->roam_target));
	sta_roam_end(sta, false);
	if (sta->left_connection)
		sta_note_disconnected(sta, REASON_LEAVING, true);
	sta_clear_association(sta);
	sta_join_best(sta);
}

static void end_connection(struct sta *sta, struct sta_outcome outcome)
{
	bool stable = sta->now_ns - sta->connected_ns >= STABLE_NS;
	struct bss *entry = sta_bss_entry(sta);

	sta_note_disconnected(sta, outcome.reason, outcome.kind != STA_OUTCOME_DISCONNECT);
	sta_begin_round(sta);
	if (stable)
		sta->failed_rounds = 0;
	if (entry)
		entry->short_connections = stable ? 0 : entry->short_connections + 1;
	/* It may disconnect us each time: try others first. A few times a forger may be the cause. */
	if (entry && entry->short_connections > SHORT_CONNECTIONS_MAX)
		entry->tried_round = sta->join_round;
	sta_clear_association(sta);
	memset(sta->roam_target, 0, sizeof(sta->roam_target));
	if (outcome.kind == STA_OUTCOME_AP_LOST)
		bss_lost(&sta->table, sta->ap.bssid);
	if (stable)
		sta_join_best_or_scan(sta);
	else
		sta_join_best(sta);
}

static void carry_out(struct sta *sta, struct sta_outcome outcome)
{
	switch (outcome.kind) {
	case STA_OUTCOME_NONE:
		break;
	case STA_OUTCOME_CONNECTED:
		begin_connection(sta);
		break;
	case STA_OUTCOME_FAILED:
		try_next(sta);
		break;
	case STA_OUTCOME_DISCONNECT:
	case STA_OUTCOME_LEFT:
	case STA_OUTCOME_AP_LOST:
		end_connection(sta, outcome);
		break;
	}
}

static void receive_beacon(struct sta *sta, const struct mgmt *mgmt, const struct frame_meta *meta)
{
	if (!sta_filter_hears(sta, mgmt->bssid) || sta->event_heard_ns < sta->forgotten_ns)
		return;
	scan_results_update(&sta->results, mgmt, meta, sta->event_heard_ns);
	if (bss_update(&sta->table, mgmt, meta, sta->event_heard_ns) && sta->state == STA_CONNECTED)
		sta_roam_beacon(sta);
}

static void receive_action(struct sta *sta, const struct mgmt *mgmt, const struct frame_meta *meta)
{
	struct bss target;

	if (sta_transition_receive(sta, mgmt) || sta_measure_receive(sta, mgmt, meta->signal_dbm) ||
	    sta_beacon_report_receive(sta, mgmt) || sta_sleep_receive(sta, mgmt))
		return;
	if (mgmt->category != ACTION_CATEGORY_FT || !sta->ft.target_until_ns) {
		sta_receive_action(sta, mgmt);
	} else if (!sta_ft_receive_over_ds(sta, mgmt, &target)) {
		sta_drop(sta, DROP_MGMT_UNEXPECTED, mgmt->sa);
	} else if (sta->state == STA_CONNECTED) {
		sta_note(sta, NOTE_ROAMING, 0);
		sta_begin_round(sta);
		sta_join_over_ds(sta, &target);
	}
}

/* A management frame that PMF has accepted. */
static void dispatch_management(struct sta *sta, const struct mgmt *mgmt, const struct frame_meta *meta, bool ours)
{
	struct sta_outcome outcome = {0};
	bool expected = ours;

	switch (mgmt->subtype) {
	case MGMT_BEACON:
	case MGMT_PROBE_RESPONSE:
		receive_beacon(sta, mgmt, meta);
		return;
	case MGMT_AUTH:
		expected = ours && sta->state == STA_AUTHENTICATING;
		if (expected)
			outcome = sta_auth_response(sta, mgmt);
		break;
	case MGMT_ASSOC_RESPONSE:
	case MGMT_REASSOC_RESPONSE:
		expected = ours && sta->state == STA_ASSOCIATING;
		if (expected)
			outcome = sta_assoc_response(sta, mgmt);
		break;
	case MGMT_DEAUTH:
	case MGMT_DISASSOC:
		expected = ours && sta->state >= STA_ASSOCIATING;
		if (expected)
			outcome = sta_receive_deauth(sta, mgmt);
		break;
	case MGMT_ACTION:
		expected = ours && sta->associated;
		if (expected)
			receive_action(sta, mgmt, meta);
		break;
	case MGMT_ASSOC_REQUEST:
	case MGMT_REASSOC_REQUEST:
	case MGMT_PROBE_REQUEST:
	case MGMT_ATIM:
	case MGMT_ACTION_NO_ACK:
		expected = false;
		break;
	}
	if (!expected)
		sta_drop(sta, mac_is_group(mgmt->da) && !ours ? DROP_OTHER_BSS : DROP_MGMT_UNEXPECTED, mgmt->sa);
	carry_out(sta, outcome);
}

static bool is_from_our_ap(const struct sta *sta, const uint8_t *hdr)
{
	return sta_has_ap(sta) && mac_equal(hdr + DOT11_OFF_ADDR2, sta->ap.bssid) &&
	       mac_equal(hdr + DOT11_OFF_ADDR3, sta->ap.bssid);
}

static void receive_management(struct sta *sta, const struct plane_event *event)
{
	const struct frame *frame = event->frame;
	struct mgmt mgmt;
	enum drop drop = mgmt_parse(&mgmt, frame->data, frame->len);

	if (event->elements.len && sta->state == STA_ASSOCIATING)
		sta_phy_adopt_request(sta, event->elements);
	if (drop)
		sta_drop(sta, drop, frame->data + DOT11_OFF_ADDR2);
	else
		dispatch_management(sta, &mgmt, &frame->meta, is_from_our_ap(sta, frame->data));
}

/*
 * Nobody has acknowledged our first authentication request. The BSS was probably invented, if there is another one to
 * try and this one has never worked.
 */
static bool does_not_exist(struct sta *sta)
{
	const struct bss *entry = sta_bss_entry(sta);

	return sta->state == STA_AUTHENTICATING && !sta->tries && !(entry && entry->worked) && sta_has_candidate(sta);
}

static void handle_tx_status(struct sta *sta, uint32_t cookie, bool acked)
{
	if (cookie != sta_join_cookie(sta))
		return;
	if (!acked && (sta->plane.repeats_requests || does_not_exist(sta))) {
		sta_note_silent(sta, sta->state == STA_AUTHENTICATING ? AWAITED_AUTHENTICATION : AWAITED_ASSOCIATION);
		carry_out(sta, (struct sta_outcome){STA_OUTCOME_FAILED, 0});
	} else {
		sta_join_tx_status(sta, acked);
	}
}

/* Results of the driver's schedule, or of another program. The pause after failed attempts goes on. */
static void use_results(struct sta *sta)
{
	sta->foreign_scan_until_ns = 0;
	sta_scan_ended(sta, NULL, 0, sta->now_ns, false);
	if (sta->state == STA_BACKOFF && sta->scan.empty_scans && sta_has_candidate(sta))
		sta_join_best(sta);
}

static void handle_scanned(struct sta *sta, enum plane_scan_status status)
{
	if (status == PLANE_SCAN_FOREIGN)
		sta_foreign_scan_began(sta);
	else if (sta_wanted_scan_event(sta, status))
		return;
	else if (sta->state == STA_SCANNING)
		sta_scan_event(sta, status);
	else if (sta->state == STA_CONNECTED && sta->roam.visiting)
		sta_roam_event(sta, status);
	else if (status == PLANE_SCAN_DONE)
		use_results(sta);
}

static void handle_schedule(struct sta *sta, enum plane_schedule_status status)
{
	if (status != PLANE_SCHEDULE_FOUND)
		sta_schedule_ended(sta, status == PLANE_SCHEDULE_REFUSED);
	else if (sta->state == STA_BACKOFF && sta->scan.scheduled)
		use_results(sta);
}

static void handle_lost(struct sta *sta)
{
	if (sta->state != STA_CONNECTED)
		return;
	sta_note_silent(sta, AWAITED_BEACON);
	carry_out(sta, (struct sta_outcome){STA_OUTCOME_AP_LOST, REASON_INACTIVE});
}

static void handle_authorised(struct sta *sta)
{
	if (sta->plane.handshakes && sta->state == STA_HANDSHAKE)
		carry_out(sta, (struct sta_outcome){STA_OUTCOME_CONNECTED, 0});
}

static void handle_signal(struct sta *sta, const struct plane_event *event)
{
	bool no_beacon = event->signal_change == PLANE_SIGNAL_NO_BEACON;
	struct action *note;

	sta->signal_dbm = event->signal_dbm;
	if (sta->state != STA_CONNECTED)
		return;
	if (event->signal_change != PLANE_SIGNAL_SAME) {
		note = sta_note(sta, no_beacon ? NOTE_NO_BEACON : NOTE_SIGNAL_CHANGE, 0);
		if (note) {
			note->signal_dbm = event->signal_dbm;
			note->id = event->tx_kbps;
			note->above = event->signal_change == PLANE_SIGNAL_STRONG;
		}
	}
	if (sta->plane.hides_beacons)
		sta_roam_beacon(sta);
}

/* An event of our association. */
static void handle_link_event(struct sta *sta, const struct plane_event *event)
{
	switch (event->kind) {
	case PLANE_EVENT_EAPOL:
		carry_out(sta, sta_keys_receive(sta, event));
		break;
	case PLANE_EVENT_MICHAEL:
		if (sta->terms.kind == BSS_TERMS_RSN)
			carry_out(sta, sta_keys_michael(sta, event->group));
		break;
	case PLANE_EVENT_PN_LOW:
		sta_keys_request_rekey(sta);
		break;
	case PLANE_EVENT_REKEYED:
		supplicant_rekeyed(&sta->supplicant, event->replay_counter);
		sta_note(sta, NOTE_GROUP_REKEYED, 0);
		break;
	case PLANE_EVENT_KEY_FAILED:
		carry_out(sta, sta_keys_install_failed(sta));
		break;
	case PLANE_EVENT_SIGNAL:
		handle_signal(sta, event);
		break;
	case PLANE_EVENT_SUSPECT:
		sta_sa_query_begin(sta);
		break;
	case PLANE_EVENT_FORGED_BEACON:
		sta_note_forged_beacon(sta);
		break;
	case PLANE_EVENT_LOST:
		handle_lost(sta);
		break;
	case PLANE_EVENT_SWITCHING:
	case PLANE_EVENT_CHANNEL:
		sta_channel_event(sta, event);
		break;
	case PLANE_EVENT_ROAMED:
		carry_out(sta, sta_join_roamed(sta, event));
		break;
	case PLANE_EVENT_AUTHORISED:
		handle_authorised(sta);
		break;
	case PLANE_EVENT_PORT_OPEN:
		if (sta->state == STA_CONNECTED && sta->awaits_port)
			report_connection(sta);
		break;
	case PLANE_EVENT_DISCONNECTED:
		if (mac_equal(event->addr, sta->ap.bssid))
			carry_out(sta, sta_link_ended(sta, event->reason));
		break;
	default: /* of an access point, or handled before */
		break;
	}
}

static void begin_event(struct sta *sta, uint64_t now_ns, struct plane_actions *out)
{
	sta->now_ns = now_ns;
	sta->out = out;
}

static void end_event(struct sta *sta)
{
	sta_wanted_scan_settle(sta);
	sta_transition_settle(sta);
	sta_beacon_report_settle(sta);
	sta_schedule_settle(sta);
	if (sta->associated && sta->told_awake != sta_needs_receiver(sta))
		sta_act_station(sta);
	sta->out = NULL;
}

/* The plane could not change the address: an attempt that was made with it fails. */
static void handle_address(struct sta *sta, const struct plane_event *event)
{
	sta_address_failed(sta, event->addr);
	if (sta_has_ap(sta) && sta->state != STA_CONNECTED)
		carry_out(sta, (struct sta_outcome){STA_OUTCOME_FAILED, 0});
}

void sta_event(struct sta *sta, const struct plane_event *event, uint64_t now_ns, struct plane_actions *out)
{
	if (sta->state == STA_STOPPED)
		return;
	begin_event(sta, now_ns, out);
	sta->event_heard_ns = event->heard_ns && event->heard_ns < now_ns ? event->heard_ns : now_ns;
	if (event->kind == PLANE_EVENT_MANAGEMENT)
		receive_management(sta, event);
	else if (event->kind == PLANE_EVENT_TX_STATUS)
		handle_tx_status(sta, event->cookie, event->acked);
	else if (event->kind == PLANE_EVENT_ADDRESS)
		handle_address(sta, event);
	else if (event->kind == PLANE_EVENT_SCANNED)
		handle_scanned(sta, event->scan_status);
	else if (event->kind == PLANE_EVENT_SCHEDULE)
		handle_schedule(sta, event->schedule_status);
	else if (sta->associated)
		handle_link_event(sta, event);
	end_event(sta);
}

void sta_resume(struct sta *sta, uint64_t slept_ns, uint64_t now_ns, struct plane_actions *out)
{
	if (sta->state == STA_STOPPED)
		return;
	begin_event(sta, now_ns, out);
	sta_after_suspend(sta, slept_ns);
	end_event(sta);
}

uint64_t sta_deadline(const struct sta *sta)
{
	uint64_t wake = NEVER;

	for (int i = 0; i < STA_TIMERS; i++)
		wake = earlier(wake, sta->due_ns[i]);
	return wake;
}

static void run_timer(struct sta *sta, enum sta_timer timer)
{
	switch (timer) {
	case STA_TIMER_STATE:
		if (sta->state == STA_SCANNING)
			sta_scan_event(sta, PLANE_SCAN_DONE);
		else if (sta->state == STA_BACKOFF && sta->wanted.state == WANTED_SCAN_ACTIVE)
			sta->due_ns[timer] = sta->now_ns + SECOND;
		else if (sta->state == STA_BACKOFF)
			sta_start_scan(sta);
		else
			carry_out(sta, sta_join_timer(sta));
		break;
	case STA_TIMER_RSN:
		carry_out(sta, sta_keys_timer(sta));
		break;
	case STA_TIMER_SA_QUERY:
		carry_out(sta, sta_sa_query_timer(sta));
		break;
	case STA_TIMER_ROAM:
		sta_roam_timer(sta);
		break;
	case STA_TIMER_SCAN:
		sta_wanted_scan_timer(sta);
		break;
	case STA_TIMER_MOVE:
		sta_transition_timer(sta);
		break;
	case STA_TIMER_NEIGHBOURS:
		sta_measure_neighbours_timer(sta);
		break;
	case STA_TIMER_BEACON_REPORT:
		sta_beacon_report_timer(sta);
		break;
	case STA_TIMER_PMKSA:
		sta_pmksa_expire(sta);
		break;
	case STA_TIMER_RESULTS:
		sta_expire_results(sta);
		break;
	case STA_TIMERS:
		break;
	}
}

void sta_tick(struct sta *sta, uint64_t now_ns, struct plane_actions *out)
{
	begin_event(sta, now_ns, out);
	for (enum sta_timer timer = 0; timer < STA_TIMERS; timer++) {
		if (sta->due_ns[timer] > now_ns)
			continue;
		sta->due_ns[timer] = NEVER;
		run_timer(sta, timer);
	}
	end_event(sta);
}

enum sta_answer sta_request(struct sta *sta, const struct sta_request *request, uint64_t now_ns,
			    struct plane_actions *out)
{
	enum sta_answer answer;

	begin_event(sta, now_ns, out);
	answer = sta_carry_out_request(sta, request);
	end_event(sta);
	return answer;
}
