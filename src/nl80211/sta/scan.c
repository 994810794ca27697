/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scans. The driver visits the channels; its table then becomes beacons and probe responses for control. Another program
 * may scan at the same time: its results serve us, too.
 *
 *	IDLE ── TRIGGER_SCAN ──▶ TRIGGERED ── NEW_SCAN_RESULTS, SCAN_ABORTED ──▶ READING ── answer to GET_SCAN ──▶ IDLE
 *	               └ EBUSY ▶ BUSY ──────── the same, or a second try ─────────────┘                   or BETWEEN
 *
 * A scan of many channels takes seconds, because on most channels of 5 GHz a station may only listen. So it has parts: the
 * first channels, then the rest of each band. After each part control may end it, because it has found its network.
 */
#include "nl80211/sta/state.h"

#include "base/mac.h"
#include "wire/frame_writer.h"
#include "wire/mgmt.h"
#include "wire/rnr.h"

#include <errno.h>
#include <string.h>

#define MS          UINT64_C(1000000)
#define SECOND      UINT64_C(1000000000)
#define BUSY_NS     (2 * SECOND)  /* while another program scans, before the next attempt */
#define SCAN_NS     (20 * SECOND) /* after this the driver has lost the scan */
#define TRIES       5
#define UNKNOWN_DBM (-95) /* of a driver that reports none for a BSS: any that is known is better */
#define TICK_MAX_NS (10 * MS)
#define MARGIN_MS   2000 /* results may precede the request by this much */

#define FIRST_CHANNELS 3 /* of the first part: control lists the most common ones first */

static void report_done(struct nl80211_sta *sta)
{
	struct plane_event *event = nl80211_sta_add_event(sta, PLANE_EVENT_SCANNED);

	sta->scan.state = STA_SCAN_IDLE;
	sta->scan.due_ns = NEVER;
	if (event)
		event->scan_status = PLANE_SCAN_DONE;
}

/* ---- the request ---- */

static unsigned band_of(uint16_t freq_mhz)
{
	return freq_is_2ghz(freq_mhz) ? 2 : freq_is_6ghz(freq_mhz) ? 6 : 5;
}

/* The channels of the next part: all of one band, but only a few in the first part. */
static size_t next_part(const struct sta_scan_job *scan)
{
	const uint16_t *freqs = scan->plan.freqs + scan->done;
	size_t left = scan->plan.freq_count - scan->done, count = 0;

	while (count < left && band_of(freqs[count]) == band_of(freqs[0]) &&
	       (scan->done || count < FIRST_CHANNELS || left <= 2 * FIRST_CHANNELS))
		count++;
	return count;
}

int nl80211_sta_put_channels(struct nl80211_sta *sta, struct nl80211_request *request, const uint16_t *freqs,
			     size_t count)
{
	struct nlattr *nest = nl80211_nest_begin(request, NL80211_ATTR_SCAN_FREQUENCIES);
	int usable = 0;

	for (size_t i = 0; i < count; i++) {
		const struct nl80211_channel *channel = nl80211_wiphy_channel(sta->setup.wiphy, freqs[i]);

		if (channel && !channel->disabled)
			nl80211_put_u32(request, ++usable, freqs[i]);
	}
	nl80211_nest_end(request, nest);
	return usable;
}

/*
 * The wildcard SSID, unless one access point is asked for by name, and as many of the others as the driver takes; the next
 * scan takes further ones.
 */
static void put_ssids(struct nl80211_sta *sta, struct nl80211_request *request)
{
	const struct plane_scan *plan = &sta->scan.plan;
	size_t room = sta->setup.wiphy->scan_ssids_max;
	struct nlattr *nest;
	int index = 1;

	if (plan->passive || !room)
		return; /* without SSIDs the scan is passive */
	nest = nl80211_nest_begin(request, NL80211_ATTR_SCAN_SSIDS);
	if (!plan->bssid || !plan->ssid_count || room == 1)
		nl80211_put_bytes(request, index++, NULL, 0);
	for (size_t i = 0; i < plan->ssid_count && i + 1 < room; i++) {
		const struct plane_ssid *ssid = &plan->ssids[(sta->next_ssid + i) % plan->ssid_count];

		nl80211_put_bytes(request, index++, ssid->bytes, ssid->len);
	}
	if (plan->ssid_count)
		sta->next_ssid = (sta->next_ssid + (room - 1 < plan->ssid_count ? room - 1 : 0)) % plan->ssid_count;
	nl80211_nest_end(request, nest);
}

/*
 * Without an association: old results are flushed, and probe requests have a random address if the user wants that and the driver
 * can do it. The kernel accepts answers to any address then, also those to others, and so learns the names of hidden networks.
 */
static uint32_t scan_flags(const struct nl80211_sta *sta)
{
	const struct plane_probes *probes = sta->scan.plan.probes;
	bool random =
		sta->setup.wiphy->features & NL80211_FEATURE_SCAN_RANDOM_MAC_ADDR && probes && probes->random_address;

	if (sta->phase != PHASE_NONE)
		return 0;
	return (sta->scan.done ? 0 : NL80211_SCAN_FLAG_FLUSH) |
	       (random && !sta->scan.plan.passive ? NL80211_SCAN_FLAG_RANDOM_ADDR : 0);
}

/* The address of the probe requests, their elements, and whom they ask. */
static void put_probes(struct nl80211_sta *sta, struct nl80211_request *request, uint32_t flags)
{
	const struct plane_probes *probes = sta->scan.plan.probes;

	if (flags)
		nl80211_put_u32(request, NL80211_ATTR_SCAN_FLAGS, flags);
	if (sta->scan.plan.bssid)
		nl80211_put_bytes(request, NL80211_ATTR_BSSID, sta->scan.plan.bssid, MAC_LEN);
	if (!probes)
		return;
	if (flags & NL80211_SCAN_FLAG_RANDOM_ADDR && !mac_is_zero(probes->mask)) {
		nl80211_put_bytes(request, NL80211_ATTR_MAC, probes->addr, MAC_LEN);
		nl80211_put_bytes(request, NL80211_ATTR_MAC_MASK, probes->mask, MAC_LEN);
	}
	if (probes->elements.len && !sta->scan.plan.passive && probes->elements.len <= sta->setup.wiphy->scan_ie_max)
		nl80211_put_bytes(request, NL80211_ATTR_IE, probes->elements.bytes, probes->elements.len);
}

/* Adds the request for a part of the scan. Returns false if none of its channels can be scanned. */
static bool trigger_part(struct nl80211_sta *sta, const uint16_t *freqs, size_t count, struct nl80211_requests *out)
{
	struct nl80211_request *request = nl80211_requests_add(out, NL80211_CMD_TRIGGER_SCAN, sta->setup.ifindex);

	if (!request)
		return false;
	request->purpose = STA_SCAN;
	put_ssids(sta, request);
	put_probes(sta, request, scan_flags(sta));
	if (nl80211_sta_put_channels(sta, request, freqs, count))
		return true;
	nl80211_requests_drop_last(out);
	return false;
}

static bool contains(const struct plane_scan *plan, uint16_t freq_mhz)
{
	for (size_t i = 0; i < plan->freq_count; i++)
		if (plan->freqs[i] == freq_mhz)
			return true;
	return false;
}

/*
 * An access point of the 6 GHz band need not be on a preferred scanning channel if one in another band reports it. A scan that has no
 * channels there is of other bands only.
 */
static void note_reported(struct sta_scan_job *scan, struct span elements)
{
	uint16_t found[STA_REPORTED_MAX];
	size_t count = rnr_channels_6ghz(elements, found, 0, STA_REPORTED_MAX);
	bool wanted = false;

	for (size_t i = 0; count && i < scan->plan.freq_count; i++)
		wanted |= freq_is_6ghz(scan->plan.freqs[i]);
	if (!wanted)
		return;
	for (size_t i = 0; i < count; i++) {
		size_t at = 0;

		while (at < scan->reported_count && scan->reported[at] != found[i])
			at++;
		if (at == scan->reported_count && at < STA_REPORTED_MAX && !contains(&scan->plan, found[i]))
			scan->reported[scan->reported_count++] = found[i];
	}
}

/* Triggers the next part of the scan; without one, the scan is done. */
static void trigger(struct nl80211_sta *sta, uint64_t now_ns, struct nl80211_requests *out)
{
	struct sta_scan_job *scan = &sta->scan;

	scan->state = STA_SCAN_TRIGGERED;
	scan->began_ns = now_ns;
	scan->due_ns = now_ns + SCAN_NS;
	for (; scan->done < scan->plan.freq_count; scan->done += scan->part) {
		scan->part = next_part(scan);
		if (trigger_part(sta, scan->plan.freqs + scan->done, scan->part, out))
			return;
	}
	scan->visits_reported = true;
	if (!scan->reported_count || !trigger_part(sta, scan->reported, scan->reported_count, out))
		report_done(sta);
}

void nl80211_sta_scan_begin(struct nl80211_sta *sta, const struct plane_scan *plan, uint64_t now_ns,
			    struct nl80211_requests *out)
{
	nl80211_sta_scan_cancel(sta, out);
	sta->scan = (struct sta_scan_job){.plan = *plan};
	trigger(sta, now_ns, out);
}

void nl80211_sta_scan_cancel(struct nl80211_sta *sta, struct nl80211_requests *out)
{
	struct nl80211_request *request;

	if (sta->scan.state == STA_SCAN_TRIGGERED) {
		request = nl80211_requests_add(out, NL80211_CMD_ABORT_SCAN, sta->setup.ifindex);
		if (request)
			request->purpose = STA_IGNORE_ERROR;
	}
	sta->scan.state = STA_SCAN_IDLE;
	sta->scan.due_ns = NEVER;
}

void nl80211_sta_scan_again(struct nl80211_sta *sta, struct nl80211_requests *out)
{
	struct nl80211_request *request = nl80211_requests_add(out, NL80211_CMD_TRIGGER_SCAN, sta->setup.ifindex);
	struct nlattr *nest = nl80211_nest_begin(request, NL80211_ATTR_SCAN_SSIDS);

	nl80211_put_bytes(request, 1, sta->link.ssid, sta->link.ssid_len);
	nl80211_nest_end(request, nest);
	nl80211_sta_put_channels(sta, request, &sta->link.freq_mhz, 1);
	if (request)
		request->purpose = STA_FIND_AGAIN;
}

/* ---- the results ---- */

static struct frame *make_frame(const struct nl80211_sta *sta, const struct nl80211_bss_entry *bss,
				enum mgmt_subtype subtype, struct span elements)
{
	static const uint8_t broadcast[MAC_LEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	const uint8_t *da = subtype == MGMT_BEACON ? broadcast : sta->setup.addr;
	struct frame_writer writer = mgmt_begin(subtype, da, bss->bssid, bss->bssid);

	write_le64(&writer, bss->tsf);
	write_le16(&writer, bss->interval_tu);
	write_le16(&writer, bss->capability);
	write_bytes(&writer, elements.bytes, elements.len);
	return frame_writer_end(&writer);
}

void nl80211_sta_set_suspended(struct nl80211_sta *sta, uint64_t suspended_ns)
{
	sta->suspended_ns = suspended_ns;
}

/* Without an exact time, the latest one that it can have been. */
static uint64_t heard_ns(const struct nl80211_sta *sta, const struct nl80211_bss_entry *bss, uint64_t now_ns)
{
	uint64_t age_ns = bss->seen_ms_ago * MS;

	if (bss->seen_boottime_ns > sta->suspended_ns && bss->seen_boottime_ns - sta->suspended_ns <= now_ns)
		return bss->seen_boottime_ns - sta->suspended_ns;
	age_ns = age_ns > TICK_MAX_NS ? age_ns - TICK_MAX_NS : 0;
	return now_ns > age_ns ? now_ns - age_ns : 1;
}

static void report_bss(struct nl80211_sta *sta, const struct nl80211_bss_entry *bss, enum mgmt_subtype subtype,
		       struct span elements, uint64_t time_ns)
{
	struct frame *frame = make_frame(sta, bss, subtype, elements);
	struct plane_event *event = frame ? nl80211_sta_add_event(sta, PLANE_EVENT_MANAGEMENT) : NULL;

	if (!event) {
		nl80211_sta_drop(sta, DROP_NO_MEMORY, bss->bssid);
		frame_free(frame);
		return;
	}
	frame->meta.freq_mhz = bss->freq_mhz;
	frame->meta.signal_dbm = bss->has_signal ? bss->signal_dbm : UNKNOWN_DBM;
	event->frame = frame;
	event->heard_ns = time_ns;
}

static bool has_ssid(struct span elements)
{
	const uint8_t *bytes = elements.bytes;

	return elements.len > 2 && bytes[0] == EID_SSID && bytes[1] && bytes[2];
}

static void report_entry(struct nl80211_sta *sta, const struct nl80211_bss_entry *bss, uint64_t age_max_ms,
			 uint64_t now_ns)
{
	bool beacon_last = bss->beacon_is_newer && has_ssid(bss->beacon_elements);
	uint64_t newer_ns = heard_ns(sta, bss, now_ns), older_us = (newer_ns - 1) / 1000,
		 older_ns = newer_ns - (bss->older_by_us < older_us ? bss->older_by_us : older_us) * 1000;

	if (!bss->bssid || !bss->elements.bytes || bss->seen_ms_ago > age_max_ms)
		return;
	note_reported(&sta->scan, bss->elements);
	/*
	 * The newer frame comes last, and decides. A beacon without an SSID comes first: after an access point has ceased to be
	 * hidden, the kernel keeps its last hidden beacon beside its probe responses, and drops its beacons with an SSID.
	 * The time is that of the newer one; a scan that has flushed the table keeps the other one, of any age.
	 */
	if (bss->probe_response && beacon_last)
		report_bss(sta, bss, MGMT_PROBE_RESPONSE, bss->elements, older_ns);
	if (bss->beacon_elements.bytes)
		report_bss(sta, bss, MGMT_BEACON, bss->beacon_elements,
			   bss->probe_response && !bss->beacon_is_newer ? older_ns : newer_ns);
	else if (!bss->probe_response)
		report_bss(sta, bss, MGMT_BEACON, bss->elements, newer_ns);
	if (bss->probe_response && !beacon_last)
		report_bss(sta, bss, MGMT_PROBE_RESPONSE, bss->elements, newer_ns);
}

void nl80211_sta_scan_report(struct nl80211_sta *sta, const struct nl80211_reply *reply, uint64_t age_max_ms,
			     uint64_t now_ns)
{
	struct nl80211_event event;

	for (size_t i = 0; i < reply->count; i++)
		if (nl80211_reply_event(reply, i, &event))
			report_entry(sta, &event.bss, age_max_ms, now_ns);
}

void nl80211_sta_scan_read(struct nl80211_sta *sta, struct nl80211_requests *out)
{
	struct nl80211_request *request = nl80211_requests_add(out, NL80211_CMD_GET_SCAN, sta->setup.ifindex);

	if (!request) {
		report_done(sta);
		return;
	}
	request->dump = true;
	request->purpose = STA_SCAN_RESULTS;
	sta->scan.state = STA_SCAN_READING;
}

/* The results of a part have been reported. */
static void finish_part(struct nl80211_sta *sta, uint64_t now_ns)
{
	struct plane_event *event;

	sta->scan.done += sta->scan.part;
	if (sta->scan.done >= sta->scan.plan.freq_count && (!sta->scan.reported_count || sta->scan.visits_reported)) {
		report_done(sta);
		return;
	}
	sta->scan.state = STA_SCAN_BETWEEN;
	sta->scan.due_ns = now_ns;
	event = nl80211_sta_add_event(sta, PLANE_EVENT_SCANNED);
	if (event)
		event->scan_status = PLANE_SCAN_CHANNEL;
}

/* EBUSY: another program scans, or the radio is occupied: by a remain-on-channel, or the operation of an access point. */
static bool handle_triggered(struct nl80211_sta *sta, int error, uint64_t now_ns)
{
	if (sta->scan.state != STA_SCAN_TRIGGERED || !error)
		return true;
	if (error == -EBUSY && ++sta->scan.tries <= TRIES) {
		sta->scan.state = STA_SCAN_BUSY;
		sta->scan.due_ns = now_ns + BUSY_NS;
		return true;
	}
	report_done(sta);
	return false;
}

bool nl80211_sta_scan_reply(struct nl80211_sta *sta, const struct nl80211_request *request,
			    const struct nl80211_reply *reply, uint64_t now_ns)
{
	uint64_t age_max_ms = (now_ns - sta->scan.began_ns) / MS + MARGIN_MS;

	if (request->purpose == STA_SCAN)
		return handle_triggered(sta, reply->error, now_ns);
	if (sta->scan.state != STA_SCAN_READING)
		return true;
	nl80211_sta_scan_report(sta, reply, age_max_ms, now_ns);
	finish_part(sta, now_ns);
	return !reply->error;
}

void nl80211_sta_scan_started(struct nl80211_sta *sta)
{
	struct plane_event *event;

	if (sta->scan.state != STA_SCAN_IDLE || sta->job.finding)
		return;
	event = nl80211_sta_add_event(sta, PLANE_EVENT_SCANNED);
	if (event)
		event->scan_status = PLANE_SCAN_FOREIGN;
}

void nl80211_sta_scan_event(struct nl80211_sta *sta, uint64_t now_ns, struct nl80211_requests *out)
{
	if (sta->scan.state == STA_SCAN_IDLE)
		sta->scan =
			(struct sta_scan_job){.began_ns = now_ns}; /* of another program: its results serve us, too */
	if (sta->scan.state == STA_SCAN_BUSY)
		sta->scan.part = 0; /* it may have had other channels and names than we want */
	if (sta->scan.state != STA_SCAN_READING && sta->scan.state != STA_SCAN_BETWEEN)
		nl80211_sta_scan_read(sta, out);
}

void nl80211_sta_scan_timer(struct nl80211_sta *sta, uint64_t now_ns, struct nl80211_requests *out)
{
	if (sta->scan.state == STA_SCAN_BUSY || sta->scan.state == STA_SCAN_BETWEEN)
		trigger(sta, now_ns, out);
	else if (sta->scan.state != STA_SCAN_IDLE)
		report_done(sta);
}
