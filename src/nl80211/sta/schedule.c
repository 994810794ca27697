/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scheduled scans: the driver repeats a scan by itself, and reports when it hears one of the networks.
 *
 *	START_SCHED_SCAN ──▶ active ── SCHED_SCAN_RESULTS ──▶ GET_SCAN ──▶ its BSSs for control, and PLANE_SCHEDULE_FOUND
 *	      └ error ▶ PLANE_SCHEDULE_REFUSED   └ SCHED_SCAN_STOPPED, or a scan of ours ▶ PLANE_SCHEDULE_ENDED
 *
 * The kernel ends it, too, when our socket is closed (SOCKET_OWNER).
 */
#include "nl80211/sta/state.h"

#include <errno.h>

#define INTERVAL_S       10    /* of the first scans … */
#define ITERATIONS       6     /* … this many of them, where the driver can change the interval … */
#define LATER_INTERVAL_S 20    /* … then */
#define AGE_MAX_MS       10000 /* what the driver heard in the scan that it reports */

static void report_end(struct nl80211_sta *sta, enum plane_schedule_status status)
{
	struct plane_event *event = nl80211_sta_add_event(sta, PLANE_EVENT_SCHEDULE);

	sta->schedule.active = false;
	if (event)
		event->schedule_status = status;
}

/* ---- the request ---- */

static void put_plan(struct nl80211_request *request, int index, uint32_t interval_s, uint32_t iterations)
{
	struct nlattr *plan = nl80211_nest_begin(request, index);

	nl80211_put_u32(request, NL80211_SCHED_SCAN_PLAN_INTERVAL, interval_s);
	if (iterations) /* the last plan goes on for ever */
		nl80211_put_u32(request, NL80211_SCHED_SCAN_PLAN_ITERATIONS, iterations);
	nl80211_nest_end(request, plan);
}

static void put_intervals(const struct nl80211_wiphy *wiphy, struct nl80211_request *request)
{
	struct nlattr *nest;

	if (wiphy->schedule_plans_max < 2 || wiphy->schedule_iterations_max < ITERATIONS ||
	    wiphy->schedule_interval_max_s < LATER_INTERVAL_S) {
		nl80211_put_u32(request, NL80211_ATTR_SCHED_SCAN_INTERVAL, INTERVAL_S * 1000);
		return;
	}
	nest = nl80211_nest_begin(request, NL80211_ATTR_SCHED_SCAN_PLANS);
	put_plan(request, 1, INTERVAL_S, ITERATIONS);
	put_plan(request, 2, LATER_INTERVAL_S, 0);
	nl80211_nest_end(request, nest);
}

/* The wildcard SSID, and those of hidden networks. */
static void put_ssids(const struct nl80211_wiphy *wiphy, struct nl80211_request *request,
		      const struct plane_schedule *schedule)
{
	struct nlattr *nest;
	int index = 1;

	if (!wiphy->schedule_ssids_max)
		return; /* the driver listens only */
	nest = nl80211_nest_begin(request, NL80211_ATTR_SCAN_SSIDS);
	nl80211_put_bytes(request, index++, NULL, 0);
	for (size_t i = 0; i < schedule->ssid_count; i++)
		nl80211_put_bytes(request, index++, schedule->ssids[i].bytes, schedule->ssids[i].len);
	nl80211_nest_end(request, nest);
}

/* A driver that cannot look for this many names reports whatever it hears. */
static void put_networks(const struct nl80211_wiphy *wiphy, struct nl80211_request *request,
			 const struct plane_schedule *schedule)
{
	struct nlattr *nest, *match;

	if (!schedule->network_count || schedule->network_count > wiphy->schedule_matches_max)
		return;
	nest = nl80211_nest_begin(request, NL80211_ATTR_SCHED_SCAN_MATCH);
	for (size_t i = 0; i < schedule->network_count; i++) {
		match = nl80211_nest_begin(request, (int)i + 1);
		nl80211_put_bytes(request, NL80211_SCHED_SCAN_MATCH_ATTR_SSID, schedule->networks[i].bytes,
				  schedule->networks[i].len);
		nl80211_nest_end(request, match);
	}
	nl80211_nest_end(request, nest);
}

static void start(struct nl80211_sta *sta, const struct plane_schedule *schedule, struct nl80211_requests *out)
{
	const struct nl80211_wiphy *wiphy = sta->setup.wiphy;
	struct nl80211_request *request = nl80211_requests_add(out, NL80211_CMD_START_SCHED_SCAN, sta->setup.ifindex);

	if (!request) {
		report_end(sta, PLANE_SCHEDULE_ENDED);
		return;
	}
	request->owner_socket = true;
	request->purpose = STA_SCHEDULE;
	put_intervals(wiphy, request);
	put_ssids(wiphy, request, schedule);
	put_networks(wiphy, request, schedule);
	nl80211_put_flag(request, NL80211_ATTR_SOCKET_OWNER);
	if (wiphy->features & NL80211_FEATURE_SCHED_SCAN_RANDOM_MAC_ADDR && wiphy->schedule_ssids_max &&
	    schedule->probes && schedule->probes->random_address)
		nl80211_put_u32(request, NL80211_ATTR_SCAN_FLAGS, NL80211_SCAN_FLAG_RANDOM_ADDR);
	sta->schedule.active = true;
	if (nl80211_sta_put_channels(sta, request, schedule->freqs, schedule->freq_count))
		return;
	nl80211_requests_drop_last(out);
	report_end(sta, PLANE_SCHEDULE_REFUSED);
}

/* A hidden network that the driver does not probe would be missed. */
static bool is_possible(const struct nl80211_sta *sta, const struct plane_schedule *schedule)
{
	return sta->phase == PHASE_NONE &&
	       (!schedule->ssid_count || schedule->ssid_count + 1 <= sta->setup.wiphy->schedule_ssids_max);
}

void nl80211_sta_schedule(struct nl80211_sta *sta, const struct plane_schedule *schedule, struct nl80211_requests *out)
{
	nl80211_sta_schedule_stop(sta, true, out);
	if (!schedule->freq_count)
		return;
	if (is_possible(sta, schedule))
		start(sta, schedule, out);
	else
		report_end(sta, PLANE_SCHEDULE_REFUSED);
}

void nl80211_sta_schedule_stop(struct nl80211_sta *sta, bool told, struct nl80211_requests *out)
{
	struct nl80211_request *request;

	if (!sta->schedule.active)
		return;
	request = nl80211_requests_add(out, NL80211_CMD_STOP_SCHED_SCAN, sta->setup.ifindex);
	if (request) {
		request->owner_socket = true;
		request->purpose = STA_SCHEDULE_STOP;
	}
	sta->schedule.active = false;
	if (!told)
		report_end(sta, PLANE_SCHEDULE_ENDED);
}

/* ---- replies and events ---- */

static bool handle_started(struct nl80211_sta *sta, const struct nl80211_reply *reply)
{
	bool for_now = reply->error == -EINPROGRESS || reply->error == -EBUSY; /* of another program */

	if (!reply->error || !sta->schedule.active)
		return true;
	report_end(sta, for_now ? PLANE_SCHEDULE_ENDED : PLANE_SCHEDULE_REFUSED);
	return for_now;
}

bool nl80211_sta_schedule_reply(struct nl80211_sta *sta, const struct nl80211_request *request,
				const struct nl80211_reply *reply, uint64_t now_ns)
{
	struct plane_event *event;

	if (request->purpose == STA_SCHEDULE)
		return handle_started(sta, reply);
	if (request->purpose == STA_SCHEDULE_STOP) {
		sta->schedule.own_stops += !reply->error;
		return true; /* it may have ended meanwhile */
	}
	if (!sta->schedule.active)
		return true;
	nl80211_sta_scan_report(sta, reply, AGE_MAX_MS, now_ns);
	event = nl80211_sta_add_event(sta, PLANE_EVENT_SCHEDULE);
	if (event)
		event->schedule_status = PLANE_SCHEDULE_FOUND;
	return !reply->error;
}

void nl80211_sta_schedule_read(struct nl80211_sta *sta, struct nl80211_requests *out)
{
	struct nl80211_request *request = nl80211_requests_add(out, NL80211_CMD_GET_SCAN, sta->setup.ifindex);

	if (!request)
		return; /* the next report, or the next scan of ours */
	request->dump = true;
	request->purpose = STA_SCHEDULE_RESULTS;
}

void nl80211_sta_schedule_event(struct nl80211_sta *sta, uint8_t command, struct nl80211_requests *out)
{
	if (command == NL80211_CMD_SCHED_SCAN_STOPPED && sta->schedule.own_stops)
		sta->schedule.own_stops--;
	else if (command == NL80211_CMD_SCHED_SCAN_STOPPED && sta->schedule.active)
		report_end(sta, PLANE_SCHEDULE_ENDED);
	else if (command == NL80211_CMD_SCHED_SCAN_RESULTS && sta->schedule.active)
		nl80211_sta_schedule_read(sta, out);
}
