/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking for networks.  A scan visits each channel once: asks (unless it may only listen), listens for half of the
 * dwell, asks again, since nobody repeats a question to everybody that was lost, and listens for the other half.  Where
 * nothing was found, the next scan dwells longer: somebody may beacon rarely.
 *
 * It ends early where one is found that is very near.  Then the best of what was heard is joined: of the highest
 * priority, then of the strongest signal.  Whom it did not work with lately comes last.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#include <stdio.h>
#include <string.h>

#define ACTIVE_NS                (40 * MS)
#define PASSIVE_NS               (120 * MS) /* more than the usual beacon interval of 100 TU */
#define DWELL_DOUBLINGS_MAX      4          /* doublings of it */
#define STRONG_DBM               (-50)
#define FRESH_NS                 (30 * SECOND)
#define BSS_LIFETIME_NS          (180 * SECOND)
#define BACKOFF_NS               (1 * SECOND) /* after the first round in vain; then twice as long each time, … */
#define BACKOFF_MAX_NS           (60 * SECOND)
#define NOT_FOUND_BACKOFF_MAX_NS (20 * SECOND) /* … but not so long when there is nobody whom we would trouble */

/* Our rates: what 2.4 GHz has had since 1999, and OFDM's.  In units of 500 kbit/s; the top bit says: basic. */
int sta_put_rates(struct frame *frame, uint16_t freq)
{
	static const uint8_t rates_2ghz[] = {0x82, 0x84, 0x8b, 0x96, 12, 18, 24, 36},
			     ext_rates_2ghz[] = {48, 72, 96, 108};
	static const uint8_t rates_5ghz[] = {0x8c, 18, 0x98, 36, 0xb0, 72, 96, 108};
	bool is_2ghz = freq < 3000;
	int err = mgmt_put_element(frame, EID_RATES, is_2ghz ? rates_2ghz : rates_5ghz,
				   is_2ghz ? sizeof rates_2ghz : sizeof rates_5ghz);

	return err || !is_2ghz ? err : mgmt_put_element(frame, EID_EXT_RATES, ext_rates_2ghz, sizeof ext_rates_2ghz);
}

static void send_probe_request(struct sta *sta, uint16_t freq, const uint8_t *ssid, size_t len, struct actions *out)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct frame *frame = mgmt_new(MGMT_PROBE_REQUEST, broadcast, sta->setup.addr, broadcast);
	struct tx_options options = {.cookie = 0};
	uint8_t channel = (uint8_t)freq_to_channel(freq);
	enum drop drop = DROP_NO_MEMORY;

	if (frame && (mgmt_put_element(frame, EID_SSID, ssid, len) || sta_put_rates(frame, freq) ||
		      (freq < 3000 && mgmt_put_element(frame, EID_DS, &channel, 1)))) {
		frame_free(frame);
		frame = NULL;
	}
	if (frame)
		drop = tx_management(&sta->tx, NULL, frame, &sta->seq, &options);
	if (drop)
		sta_drop(sta, drop, broadcast, out);
}

/* Asks everybody, and hidden networks by their name: who does not hear its own does not answer. */
void sta_send_probes(struct sta *sta, uint16_t freq, struct actions *out)
{
	send_probe_request(sta, freq, NULL, 0, out);
	for (size_t i = 0; i < sta->setup.network_count; i++) {
		const struct sta_network *network = &sta->setup.networks[i];

		if (network->scan_ssid && !network->disabled)
			send_probe_request(sta, freq, network->ssid, network->ssid_len, out);
	}
	sta_flush(sta, out);
}

static uint64_t dwell_ns(const struct sta *sta)
{
	unsigned doublings = sta->scan.empty_scans < DWELL_DOUBLINGS_MAX ? sta->scan.empty_scans : DWELL_DOUBLINGS_MAX;

	return sta->setup.passive ? PASSIVE_NS << doublings : ACTIVE_NS << doublings / 2;
}

static void visit_channel(struct sta *sta, struct actions *out)
{
	sta_tune(sta, sta->freqs[sta->scan.freq_index], out);
	if (!sta->setup.passive)
		sta_send_probes(sta, sta->freqs[sta->scan.freq_index], out);
	sta->due_ns[STA_TIMER_STATE] = sta->now_ns + dwell_ns(sta) / 2;
}

void sta_start_scan(struct sta *sta, struct actions *out)
{
	static const uint8_t no_addr[6];
	struct action *action = actions_add(out, ACTION_NOTE);

	if (action) {
		action->note = NOTE_SCANNING;
		mac_copy(action->addr, no_addr);
	}
	sta->state = STA_SCANNING;
	sta->scan.freq_index = 0;
	sta->scan.second_half = false;
	sta->scan.began_ns = sta->now_ns;
	bss_expire(&sta->table, sta->now_ns < BSS_LIFETIME_NS ? 0 : sta->now_ns - BSS_LIFETIME_NS);
	visit_channel(sta, out);
}

bool sta_tkip_allowed(const struct sta *sta, size_t network)
{
	return !countermeasures_active(&sta->network_state[network].countermeasures, sta->now_ns);
}

struct scan_choice {
	const struct bss *best;
	size_t network;
	bool tried;                    /* somebody fits, but it did not work in this round */
	uint64_t blocked_until_ns;     /* somebody fits, from then on; NEVER: nobody */
	enum bss_match closest_match;  /* of what was heard: how far it fits */
	const struct bss *closest_bss; /* whose that is */
};

static bool is_better(const struct sta *sta, const struct bss *candidate, size_t candidate_network,
		      const struct bss *best, size_t best_network)
{
	bool avoid_candidate = candidate->avoid_until_ns > sta->now_ns, avoid_best = best->avoid_until_ns > sta->now_ns;
	const struct sta_network *networks = sta->setup.networks;

	if (avoid_candidate != avoid_best)
		return avoid_best;
	if (networks[candidate_network].priority != networks[best_network].priority)
		return networks[candidate_network].priority > networks[best_network].priority;
	return candidate->signal_dbm > best->signal_dbm;
}

static void consider_network(struct sta *sta, size_t network, struct scan_choice *choice)
{
	const struct sta_network *block = &sta->setup.networks[network];
	uint64_t blocked_until_ns = sta->network_state[network].blocked_until_ns;

	for (size_t i = 0; i < sta->table.count; i++) {
		const struct bss *bss = &sta->table.at[i];
		struct bss_terms terms;
		enum bss_match match;

		if (bss->heard_ns + FRESH_NS < sta->now_ns && bss->heard_ns < sta->scan.began_ns)
			continue;
		match = bss_match(bss, block, sta_tkip_allowed(sta, network), &terms);
		if (match > choice->closest_match || !choice->closest_bss) {
			choice->closest_match = match;
			choice->closest_bss = bss;
		}
		if (match < BSS_TKIP)
			continue;
		if (match == BSS_TKIP || blocked_until_ns > sta->now_ns) {
			uint64_t until = match == BSS_TKIP ? sta->network_state[network].countermeasures.until_ns
							   : blocked_until_ns;

			choice->blocked_until_ns = until < choice->blocked_until_ns ? until : choice->blocked_until_ns;
		} else if (bss->tried_round == sta->join_round) {
			choice->tried = true;
		} else if (!choice->best || is_better(sta, bss, network, choice->best, choice->network)) {
			choice->best = bss;
			choice->network = network;
		}
	}
}

/* Says what was heard instead. */
static void note_not_found(struct sta *sta, const struct scan_choice *choice, struct actions *out)
{
	struct action *action = actions_add(out, ACTION_NOTE);
	char name[64];

	if (!action)
		return;
	action->note = NOTE_NOT_FOUND;
	if (!choice->closest_bss) {
		strcpy(action->detail, "nothing was heard");
		return;
	}
	mac_copy(action->addr, choice->closest_bss->bssid);
	sta_ssid_text(name, sizeof name, choice->closest_bss->ssid, choice->closest_bss->ssid_len);
	if (choice->closest_match == BSS_OTHER_SSID)
		snprintf(action->detail, sizeof action->detail, "%zu heard, as %.40s", sta->table.count,
			 *name ? name : "a hidden one");
	else
		snprintf(action->detail, sizeof action->detail, "%.32s: %.28s", name,
			 bss_match_text(choice->closest_match));
}

/* The round is over: the next one begins after a pause, which grows. */
static void back_off(struct sta *sta, const struct scan_choice *choice, struct actions *out)
{
	bool blocked = !choice->tried && choice->blocked_until_ns != NEVER, not_found = !choice->tried && !blocked;
	unsigned doublings = sta->failed_rounds < 10 ? sta->failed_rounds : 10;
	uint64_t backoff = BACKOFF_NS << doublings, backoff_max = not_found ? NOT_FOUND_BACKOFF_MAX_NS : BACKOFF_MAX_NS;

	if (not_found) {
		note_not_found(sta, choice, out);
		sta->scan.empty_scans++;
	}
	backoff = sta_jitter(sta, backoff < backoff_max ? backoff : backoff_max);
	if (blocked) {
		backoff = choice->blocked_until_ns - sta->now_ns;
		backoff = backoff < BACKOFF_MAX_NS ? backoff : BACKOFF_MAX_NS;
	} else {
		sta->failed_rounds++;
	}
	sta->join_round++;
	sta->state = STA_BACKOFF;
	sta->due_ns[STA_TIMER_STATE] = sta->now_ns + backoff;
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

void sta_join_best(struct sta *sta, struct actions *out)
{
	struct scan_choice choice = pick_best(sta);

	if (choice.best)
		sta_join(sta, choice.best, choice.network, out);
	else
		back_off(sta, &choice, out);
}

void sta_join_best_or_scan(struct sta *sta, struct actions *out)
{
	struct scan_choice choice = pick_best(sta);

	if (choice.best)
		sta_join(sta, choice.best, choice.network, out);
	else
		sta_start_scan(sta, out);
}

/*
 * Is there no need to look further?  Of a network that nothing comes before, an access point is so near that another one
 * could hardly be better.
 */
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

void sta_scan_timer(struct sta *sta, struct actions *out)
{
	if (!sta->scan.second_half) {
		sta->scan.second_half = true;
		visit_channel(sta, out);
		return;
	}
	sta->scan.second_half = false;
	if (++sta->scan.freq_index < sta->freq_count && !is_good_enough(sta))
		visit_channel(sta, out);
	else
		sta_join_best(sta, out);
}
