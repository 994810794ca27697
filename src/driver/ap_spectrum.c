/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The channel of an access point on a card, before control starts and after a radar. nl80211/ap/acs_job.h and nl80211/ap/dfs.h
 * decide; this file joins both with the driver.
 *
 *	start ──▶ automatic channel selection, if channel=0 ──▶ search for overlapping networks, if it has 40 MHz ──▶ DFS: listen, if
 *	the channel needs it ──▶ OPERATE
 */
#include "driver/ap_state.h"

#include "nl80211/error.h"

#include <stdio.h>
#include <string.h>

enum {
	PURPOSE_LISTEN = 210, /* nl80211_request.purpose; the plane and acs_job.h have other numbers */
	SWITCH_COUNT = 5,     /* beacons that announce a move, at most */
	SWITCH_TU = 1000,     /* … a second of the ten that are allowed */
};
#define RETRY_NS UINT64_C(2000000000)
#define SECOND   UINT64_C(1000000000)

static int ifindex_of(const struct driver_ap *ap)
{
	return driver_interface(ap->driver, 0)->info.ifindex;
}

/* ---- control ---- */

static void stop_control(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out)
{
	ap->target.freq_mhz = 0;
	ap_stop(ap->control, now_ns, &ap->actions);
	driver_ap_apply(ap, now_ns, out);
}

/* The elements for a channel that was found to be possible before. Returns false with a line in the log if it is not any more. */
static bool make_phy(struct driver_ap *ap, struct plane_channel *channel, uint64_t now_ns, struct ap_phy *phy)
{
	struct nl80211_ap_phy card_phy;
	struct error error;
	int ret = driver_ap_phy(ap->driver, &ap->setup, channel, &card_phy, &error);

	*phy = (struct ap_phy){0};
	if (!ret) {
		driver_ap_copy_phy(phy, &card_phy);
		return true;
	}
	driver_log(ap->driver, "%s", error.text);
	ap->retry_ns = now_ns + RETRY_NS;
	return false;
}

static void operate(struct driver_ap *ap, struct plane_channel channel, uint64_t now_ns, struct nl80211_requests *out)
{
	struct ap_phy phy;

	if (!make_phy(ap, &channel, now_ns, &phy))
		return;
	ap_set_channel(ap->control, channel.freq_mhz, &phy);
	ap_start(ap->control, now_ns, &ap->actions);
	driver_ap_apply(ap, now_ns, out);
}

/* Stations follow the announcement. Where that is impossible, the network stops and starts anew, and they look for it. */
static void move(struct driver_ap *ap, struct plane_channel channel, uint64_t now_ns, struct nl80211_requests *out)
{
	unsigned count = SWITCH_TU / (ap->beacon_tu ? ap->beacon_tu : 1);
	struct ap_channel_move target = {.freq_mhz = channel.freq_mhz,
					 .count = (uint8_t)(count < SWITCH_COUNT ? count : SWITCH_COUNT),
					 .block_tx = true};
	struct error error = {.text = "the beacon interval is too long to announce a move in time"};

	if (!make_phy(ap, &channel, now_ns, &target.phy))
		return;
	if (target.count && !ap_switch_channel(ap->control, &target, now_ns, &ap->actions, &error)) {
		ap->target = channel;
		driver_ap_apply(ap, now_ns, out);
		return;
	}
	driver_log(ap->driver, "%s; the network stops and starts on the other channel", error.text);
	stop_control(ap, now_ns, out);
	operate(ap, channel, now_ns, out);
}

void driver_ap_spectrum_check_move(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out)
{
	struct plane_channel now = ap_channel(ap->control);
	struct plane_channel target = ap->target;

	if (!target.freq_mhz || ap_is_switching(ap->control))
		return;
	ap->target.freq_mhz = 0;
	if (!ap_switch_failed(ap->control) && now.freq_mhz == target.freq_mhz && now.width_mhz == target.width_mhz)
		return;
	driver_log(ap->driver, "%s",
		   "the driver has not moved to the radar-free channel; the network stops and starts there");
	stop_control(ap, now_ns, out);
	operate(ap, target, now_ns, out);
}

/* ---- radar ---- */

static void request_listening(struct driver_ap *ap, const struct plane_channel *channel, struct nl80211_requests *out)
{
	struct nl80211_request *request = nl80211_requests_add(out, NL80211_CMD_RADAR_DETECT, ifindex_of(ap));

	if (request)
		request->purpose = PURPOSE_LISTEN;
	nl80211_ap_channel_put(request, channel);
}

/* For the clients: what the log says, with fields. */
static void note_channel(struct driver_ap *ap, enum note note, const struct plane_channel *channel, bool success,
			 uint64_t seconds)
{
	struct action report = {.note = note, .channel = *channel, .success = success, .id = (uint32_t)seconds};

	report.freq = channel->freq_mhz;
	nl80211_ap_channel_text(channel, report.detail);
	driver_note_action(ap->driver, &report);
}

/* Each check that has begun ends once, however it ends. */
static void note_listened(struct driver_ap *ap, const struct plane_channel *channel, bool success)
{
	if (ap->listening)
		note_channel(ap, NOTE_LISTENED, channel, success, 0);
	ap->listening = false;
}

static void report_dfs(struct driver_ap *ap, const struct nl80211_dfs_step *step)
{
	char text[NL80211_DFS_TEXT];

	driver_log(ap->driver, "%s", nl80211_dfs_note_text(step, text));
	switch (step->note) {
	case NL80211_DFS_NOTE_LISTENING:
		ap->listening = true;
		note_channel(ap, NOTE_LISTENING, &step->channel, false, step->remaining_ns / SECOND);
		break;
	case NL80211_DFS_NOTE_CLEAR:
	case NL80211_DFS_NOTE_ABORTED:
		note_listened(ap, &step->channel, step->note == NL80211_DFS_NOTE_CLEAR);
		break;
	case NL80211_DFS_NOTE_RADAR:
		note_channel(ap, NOTE_RADAR, &step->channel, false, 0);
		break;
	case NL80211_DFS_NOTE_MOVING:
		note_channel(ap, NOTE_RADAR_MOVE, &step->channel, false, 0);
		break;
	case NL80211_DFS_NOTE_NOP_OVER:
		note_channel(ap, NOTE_RADAR_OVER, &step->channel, false, 0);
		break;
	case NL80211_DFS_NOTE_EXPIRED:
		note_channel(ap, NOTE_CHECK_EXPIRED, &step->channel, false, 0);
		break;
	case NL80211_DFS_NOTE_NO_CHANNEL:
		note_channel(ap, NOTE_NO_CHANNEL, &step->channel, false, 0);
		break;
	case NL80211_DFS_NOTE_PROGRESS:
	case NL80211_DFS_NOTE_DRIVER_LISTENS:
		break;
	}
}

/* The state machine of DFS has decided: moves, stops, listens, and reports it. */
static void apply_dfs_steps(struct driver_ap *ap, const struct nl80211_dfs_steps *steps, uint64_t now_ns,
			    struct nl80211_requests *out)
{
	for (size_t i = 0; i < steps->count; i++) {
		const struct nl80211_dfs_step *step = &steps->list[i];

		switch (step->kind) {
		case NL80211_DFS_LISTEN:
			request_listening(ap, &step->channel, out);
			break;
		case NL80211_DFS_OPERATE:
			operate(ap, step->channel, now_ns, out);
			break;
		case NL80211_DFS_MOVE:
			move(ap, step->channel, now_ns, out);
			break;
		case NL80211_DFS_STOP:
			stop_control(ap, now_ns, out);
			break;
		case NL80211_DFS_NOTE:
			report_dfs(ap, step);
			break;
		}
	}
}

static void begin_dfs(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out)
{
	struct nl80211_dfs_steps steps = {0};

	nl80211_dfs_begin(&ap->dfs, &ap->plan.channel, now_ns, &steps);
	apply_dfs_steps(ap, &steps, now_ns, out);
}

static void finish_overlap(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out)
{
	if (driver_ap_overlap_take(ap))
		begin_dfs(ap, now_ns, out);
}

static struct plane_channel channel_of(const struct nl80211_event *event)
{
	return (struct plane_channel){event->freq_mhz, nl80211_width_mhz(event->channel_width), event->center1_mhz};
}

/* The channel is configured or chosen: may it have 40 MHz, and is there radar? */
static void use_channel(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out)
{
	ap->channel_known = true;
	if (driver_ap_overlap_begin(ap, now_ns, out))
		note_channel(ap, NOTE_OVERLAP_SEARCH, &ap->plan.channel, false, 0);
	else
		begin_dfs(ap, now_ns, out);
}

/* ---- automatic channel selection ---- */

static void begin_acs(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out)
{
	const struct nl80211_ap_choice *choice = &ap->setup.choice;

	driver_log(ap->driver, "choosing a channel: %zu candidate%s, %u scan%s to survey them",
		   ap->plan.candidates.count, ap->plan.candidates.count == 1 ? "" : "s", choice->scans,
		   choice->scans == 1 ? "" : "s");
	note_channel(ap, NOTE_CHOOSING, &ap->plan.channel, false, 0);
	nl80211_acs_begin(&ap->acs, ifindex_of(ap), choice, &ap->plan.candidates, now_ns, out);
}

static void log_choice(struct driver_ap *ap, const struct nl80211_acs_result *result)
{
	if (ap->acs.scan_error)
		driver_log(ap->driver, "choosing a channel: a scan has failed: %s; the results so far decide",
			   strerror(-ap->acs.scan_error));
	if (!result->surveyed)
		driver_log(ap->driver, "%s",
			   "choosing a channel: the driver reports no busy time: only the networks that were heard "
			   "decide");
	driver_log(ap->driver, "choosing a channel: %s", result->reason);
}

static void finish_acs(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out)
{
	struct nl80211_acs_result result;
	bool chosen;

	if (ap->channel_known || ap->acs.state != NL80211_ACS_DONE)
		return;
	chosen = nl80211_acs_result(&ap->acs, &result);
	if (chosen) {
		ap->plan.channel = result.channel;
		log_choice(ap, &result);
	}
	note_channel(ap, NOTE_CHOSEN, &ap->plan.channel, chosen, 0);
	ap->acs.state = NL80211_ACS_IDLE;
	use_channel(ap, now_ns, out);
}

/* ---- for ap.c ---- */

void driver_ap_spectrum_init(struct driver_ap *ap, uint64_t now_ns)
{
	nl80211_dfs_init(&ap->dfs, driver_wiphy(ap->driver), &ap->random, now_ns);
}

/* After a radar more channels come into question than at the start: smaller widths, and those with radar detection. */
void driver_ap_spectrum_begin(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out)
{
	nl80211_ap_candidates_find(&ap->dfs.candidates, driver_wiphy(ap->driver), &ap->setup.choice, &ap->setup.phy,
				   &ap->plan.domain, true);
	if (ap->setup.choice.automatic && !ap->channel_known)
		begin_acs(ap, now_ns, out);
	else if (!ap->channel_known)
		use_channel(ap, now_ns, out);
	else
		begin_dfs(ap, now_ns, out);
}

int driver_ap_spectrum_listen(struct driver_ap *ap, const struct plane_channel *channel, uint64_t now_ns,
			      struct nl80211_requests *out, struct error *error)
{
	struct nl80211_dfs_steps steps = {0};

	if (ap->dfs.phase != NL80211_DFS_OPERATING || ap_is_switching(ap->control))
		return error_set(error, -ENETDOWN,
				 "cannot switch the channel: the network is not on the air, or is already switching; "
				 "try again later");
	stop_control(ap, now_ns, out);
	ap->plan.channel = *channel; /* also if the interface goes down meanwhile */
	nl80211_dfs_begin(&ap->dfs, channel, now_ns, &steps);
	apply_dfs_steps(ap, &steps, now_ns, out);
	return 0;
}

void driver_ap_spectrum_radar(struct driver_ap *ap, uint32_t radar_event, const struct plane_channel *channel,
			      uint64_t now_ns, struct nl80211_requests *out)
{
	struct nl80211_dfs_steps steps = {0};

	nl80211_dfs_event(&ap->dfs, radar_event, channel, now_ns, &steps);
	apply_dfs_steps(ap, &steps, now_ns, out);
}

void driver_ap_spectrum_end(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out)
{
	ap->acs.state = NL80211_ACS_IDLE;
	ap->overlap.state = DRIVER_AP_OVERLAP_IDLE;
	note_listened(ap, &ap->dfs.channel, false);
	nl80211_dfs_end(&ap->dfs);
	stop_control(ap, now_ns, out);
}

static void handle_listening(struct driver_ap *ap, const struct nl80211_request *request,
			     const struct nl80211_reply *reply, uint64_t now_ns, struct nl80211_requests *out)
{
	struct nl80211_dfs_steps steps = {0};
	struct error error;

	if (!reply->error)
		return;
	note_listened(ap, &ap->dfs.channel, false);
	nl80211_request_error_set(&error, driver_interface(ap->driver, 0)->info.name, request, reply);
	ap->driver->owner.log(ap->driver->owner.user, NULL, error.text);
	nl80211_dfs_refused(&ap->dfs, now_ns, &steps);
	apply_dfs_steps(ap, &steps, now_ns, out);
}

bool driver_ap_spectrum_reply(struct driver_ap *ap, const struct nl80211_request *request,
			      const struct nl80211_reply *reply, uint64_t now_ns, struct nl80211_requests *out)
{
	if (request->purpose == PURPOSE_LISTEN) {
		handle_listening(ap, request, reply, now_ns, out);
		return true;
	}
	if (driver_ap_overlap_reply(ap, request, reply, now_ns)) {
		finish_overlap(ap, now_ns, out);
		return true;
	}
	if (request->purpose < NL80211_ACS_SCAN || request->purpose > NL80211_ACS_RESULTS)
		return false;
	nl80211_acs_reply(&ap->acs, request, reply, now_ns, out);
	finish_acs(ap, now_ns, out);
	return true;
}

void driver_ap_spectrum_event(struct driver_ap *ap, const struct nl80211_event *event, uint64_t now_ns,
			      struct nl80211_requests *out)
{
	struct plane_channel channel = channel_of(event);

	nl80211_acs_event(&ap->acs, event, now_ns, out);
	driver_ap_overlap_event(ap, event, out);
	finish_overlap(ap, now_ns, out);
	if (event->command == NL80211_CMD_RADAR_DETECT && event->has_wiphy &&
	    event->wiphy == driver_wiphy(ap->driver)->index)
		driver_ap_spectrum_radar(ap, event->radar_event, &channel, now_ns, out);
	else if (event->command == NL80211_CMD_CH_SWITCH_NOTIFY && event->ifindex == ifindex_of(ap))
		nl80211_dfs_moved(&ap->dfs, &channel);
	driver_ap_spectrum_check_move(ap, now_ns, out);
}

uint64_t driver_ap_spectrum_deadline(const struct driver_ap *ap)
{
	uint64_t acs_ns = nl80211_acs_deadline(&ap->acs), dfs_ns = nl80211_dfs_deadline(&ap->dfs),
		 overlap_ns = driver_ap_overlap_deadline(ap), first_ns = acs_ns < dfs_ns ? acs_ns : dfs_ns;

	return first_ns < overlap_ns ? first_ns : overlap_ns;
}

void driver_ap_spectrum_tick(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out)
{
	struct nl80211_dfs_steps steps = {0};

	nl80211_acs_tick(&ap->acs, now_ns, out);
	finish_acs(ap, now_ns, out);
	driver_ap_overlap_tick(ap, now_ns, out);
	finish_overlap(ap, now_ns, out);
	if (now_ns >= nl80211_dfs_deadline(&ap->dfs))
		nl80211_dfs_tick(&ap->dfs, now_ns, &steps);
	apply_dfs_steps(ap, &steps, now_ns, out);
}
