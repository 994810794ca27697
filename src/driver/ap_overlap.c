/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks for overlapping networks before the start of a network of 40 MHz (nl80211/ap/overlap.h). It takes about a tenth of a
 * second for each channel.
 *
 *	IDLE ── begin ──▶ SCANNING ── NEW_SCAN_RESULTS ──▶ READING ── answer ──▶ DONE ── take ──▶ IDLE
 *	                   └ EBUSY ▶ BUSY ── a second later ──▶ SCANNING
 */
#include "driver/ap_state.h"

#include <errno.h>
#include <string.h>

enum { PURPOSE_SCAN = 220, PURPOSE_RESULTS }; /* nl80211_request.purpose; others have other numbers */

#define SCAN_WAIT_NS  UINT64_C(5000000000)
#define RETRY_WAIT_NS UINT64_C(1000000000) /* while another program scans */
#define TRIES         5

static int ifindex_of(const struct driver_ap *ap)
{
	return driver_interface(ap->driver, 0)->info.ifindex;
}

/* ---- requests ---- */

static void finish(struct driver_ap_overlap *job, int error)
{
	job->error = error;
	job->state = DRIVER_AP_OVERLAP_DONE;
}

static void scan(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out)
{
	struct driver_ap_overlap *job = &ap->overlap;
	struct nl80211_request *request =
		nl80211_ap_overlap_scan(&job->found, driver_wiphy(ap->driver), ifindex_of(ap), out);

	if (request)
		request->purpose = PURPOSE_SCAN;
	job->state = DRIVER_AP_OVERLAP_SCANNING;
	job->due_ns = now_ns + SCAN_WAIT_NS;
}

static void read_results(struct driver_ap *ap, struct nl80211_requests *out)
{
	struct nl80211_request *request = nl80211_requests_add(out, NL80211_CMD_GET_SCAN, ifindex_of(ap));

	ap->overlap.state = DRIVER_AP_OVERLAP_READING;
	if (!request)
		return;
	request->purpose = PURPOSE_RESULTS;
	request->dump = true;
}

bool driver_ap_overlap_begin(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out)
{
	const struct plane_channel *channel = &ap->plan.channel;
	bool unwanted = freq_is_2ghz(channel->freq_mhz) ? ap->setup.no_overlap_scan : ap->setup.no_swap;

	if (channel->width_mhz != 40 || unwanted || freq_is_6ghz(channel->freq_mhz))
		return false;
	ap->overlap =
		(struct driver_ap_overlap){.found = {.freq_mhz = channel->freq_mhz, .center_mhz = channel->center_mhz}};
	scan(ap, now_ns, out);
	return true;
}

/* ---- answers ---- */

static void handle_scan(struct driver_ap_overlap *job, int error, uint64_t now_ns)
{
	if (!error || job->state != DRIVER_AP_OVERLAP_SCANNING)
		return;
	if (error != -EBUSY || ++job->tries == TRIES) {
		finish(job, error);
		return;
	}
	job->state = DRIVER_AP_OVERLAP_BUSY;
	job->due_ns = now_ns + RETRY_WAIT_NS;
}

static void handle_results(struct driver_ap_overlap *job, const struct nl80211_reply *reply)
{
	struct nl80211_event event;

	if (job->state != DRIVER_AP_OVERLAP_READING)
		return;
	for (size_t i = 0; i < reply->count; i++)
		if (nl80211_reply_event(reply, i, &event))
			nl80211_ap_overlap_add(&job->found, &event.bss);
	finish(job, reply->error);
}

bool driver_ap_overlap_reply(struct driver_ap *ap, const struct nl80211_request *request,
			     const struct nl80211_reply *reply, uint64_t now_ns)
{
	if (request->purpose == PURPOSE_SCAN)
		handle_scan(&ap->overlap, reply->error, now_ns);
	else if (request->purpose == PURPOSE_RESULTS)
		handle_results(&ap->overlap, reply);
	else
		return false;
	return true;
}

void driver_ap_overlap_event(struct driver_ap *ap, const struct nl80211_event *event, struct nl80211_requests *out)
{
	if (ap->overlap.state != DRIVER_AP_OVERLAP_SCANNING || event->ifindex != ifindex_of(ap))
		return;
	if (event->command == NL80211_CMD_NEW_SCAN_RESULTS)
		read_results(ap, out);
	else if (event->command == NL80211_CMD_SCAN_ABORTED)
		finish(&ap->overlap, -ECANCELED);
}

/* ---- time ---- */

uint64_t driver_ap_overlap_deadline(const struct driver_ap *ap)
{
	enum driver_ap_overlap_state state = ap->overlap.state;

	return state == DRIVER_AP_OVERLAP_IDLE || state == DRIVER_AP_OVERLAP_DONE ? UINT64_MAX : ap->overlap.due_ns;
}

void driver_ap_overlap_tick(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out)
{
	if (now_ns < driver_ap_overlap_deadline(ap))
		return;
	if (ap->overlap.state == DRIVER_AP_OVERLAP_BUSY)
		scan(ap, now_ns, out);
	else
		finish(&ap->overlap, -ETIMEDOUT);
}

/* ---- the result ---- */

/* Without a scan 40 MHz are forbidden in the 2.4 GHz band; in the 5 GHz band the order of the halves is a courtesy. */
static void use_20_mhz(struct driver_ap *ap)
{
	const struct driver_ap_overlap *job = &ap->overlap;
	struct plane_channel *channel = &ap->plan.channel;

	if (job->error)
		driver_log(ap->driver,
			   "using 20 MHz instead of 40 MHz: the scan for overlapping networks has failed: %s",
			   strerror(-job->error));
	else
		driver_log(ap->driver, "using 20 MHz instead of 40 MHz: %s", job->found.reason);
	channel->width_mhz = 20;
	channel->center_mhz = channel->freq_mhz;
}

bool driver_ap_overlap_take(struct driver_ap *ap)
{
	struct driver_ap_overlap *job = &ap->overlap;
	struct plane_channel *channel = &ap->plan.channel;

	if (job->state != DRIVER_AP_OVERLAP_DONE)
		return false;
	job->state = DRIVER_AP_OVERLAP_IDLE;
	if (freq_is_2ghz(channel->freq_mhz) && (job->error || job->found.narrow)) {
		use_20_mhz(ap);
	} else if (!job->error && nl80211_ap_overlap_swaps(&job->found)) {
		channel->freq_mhz = (uint16_t)(2 * channel->center_mhz - channel->freq_mhz);
		driver_log(ap->driver, "channel %u becomes the primary channel: %s", freq_to_channel(channel->freq_mhz),
			   job->found.reason);
	}
	return true;
}
