/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks for overlapping networks before the start of a network of 40 MHz (nl80211/ap/overlap.h). It takes about a tenth of a
 * second for each channel, in which the process waits.
 */
#include "driver/ap_state.h"

#include "daemon/clock.h"
#include "nl80211/ap/overlap.h"

#include <errno.h>
#include <poll.h>

#define NS_PER_MS     UINT64_C(1000000)
#define SCAN_WAIT_MS  5000
#define RETRY_WAIT_MS 1000 /* while another program scans */
#define TRIES         5

/* Other radios and networks have events, too, so the time counts, not the silence. */
static bool await_results(struct driver *driver, int ifindex)
{
	struct pollfd readable = {.fd = genl_event_fd(driver->genl), .events = POLLIN};
	uint64_t now_ms = monotonic_ns() / NS_PER_MS, end_ms = now_ms + SCAN_WAIT_MS;
	struct nl80211_event event;
	struct nlmsghdr *message;
	bool lost;

	for (; now_ms < end_ms && poll(&readable, 1, (int)(end_ms - now_ms)) > 0; now_ms = monotonic_ns() / NS_PER_MS)
		while ((message = genl_next_event(driver->genl, &lost)))
			if (nl80211_event_parse(&event, message) && event.ifindex == ifindex &&
			    (event.command == NL80211_CMD_NEW_SCAN_RESULTS ||
			     event.command == NL80211_CMD_SCAN_ABORTED))
				return event.command == NL80211_CMD_NEW_SCAN_RESULTS;
	return false;
}

static void read_results(struct driver *driver, int ifindex, struct nl80211_ap_overlap *overlap)
{
	struct nl80211_requests requests = {0};
	struct nl80211_request request;
	struct nl80211_reply reply;
	struct nl80211_event event;

	nl80211_requests_add(&requests, NL80211_CMD_GET_SCAN, ifindex);
	if (!nl80211_requests_take(&requests, &request))
		return;
	request.dump = true;
	genl_execute(driver->genl, &request, &reply);
	for (size_t i = 0; i < reply.count; i++)
		if (nl80211_reply_event(&reply, i, &event))
			nl80211_ap_overlap_add(overlap, &event.bss);
	nl80211_request_free(&request);
	nl80211_requests_free(&requests);
}

/* Returns 0, or a negative errno with a sentence. */
static int scan(struct driver *driver, struct nl80211_ap_overlap *overlap, struct error *error)
{
	int ifindex = driver_interface(driver, 0)->info.ifindex, ret = -EBUSY;
	struct nl80211_requests requests = {0};

	for (int i = 0; ret == -EBUSY && i < TRIES; i++) {
		if (i)
			poll(NULL, 0, RETRY_WAIT_MS);
		nl80211_ap_overlap_scan(overlap, driver_wiphy(driver), ifindex, &requests);
		ret = driver_request(driver, &requests, NULL, error);
	}
	nl80211_requests_free(&requests);
	if (ret)
		return ret;
	if (!await_results(driver, ifindex))
		return error_set(error, -ETIMEDOUT, "the scan for overlapping networks was aborted, or has not ended");
	read_results(driver, ifindex, overlap);
	return 0;
}

/* The other half of the channel becomes the primary one. */
static void swap(struct driver *driver, struct driver_ap_setup *setup, const struct nl80211_ap_overlap *overlap)
{
	setup->freq_mhz = (uint16_t)(2 * overlap->center_mhz - overlap->freq_mhz);
	setup->phy.secondary = -setup->phy.secondary;
	driver_log(driver, "channel %u becomes the primary channel: %s", freq_to_channel(setup->freq_mhz),
		   overlap->reason);
}

static void use_20_mhz(struct driver *driver, struct driver_ap_setup *setup, const char *reason)
{
	setup->phy.width_mhz = 20;
	driver_log(driver, "using 20 MHz instead of 40 MHz: %s", reason);
}

int driver_ap_avoid_overlap(struct driver *driver, struct driver_ap_setup *setup, struct nl80211_ap_phy *phy,
			    struct error *error)
{
	struct nl80211_ap_overlap overlap = {.freq_mhz = setup->freq_mhz, .center_mhz = phy->center_mhz};
	bool is_2ghz = freq_is_2ghz(setup->freq_mhz);
	int ret;

	if (phy->width_mhz != 40 || (is_2ghz ? setup->no_overlap_scan : setup->no_swap))
		return 0;
	ret = scan(driver, &overlap, error);
	if (ret && !is_2ghz)
		return 0; /* the order of the halves is a courtesy */
	if (ret)
		use_20_mhz(driver, setup, error->text);
	else if (overlap.narrow)
		use_20_mhz(driver, setup, overlap.reason);
	else if (nl80211_ap_overlap_swaps(&overlap))
		swap(driver, setup, &overlap);
	else
		return 0;
	return nl80211_ap_phy(driver_wiphy(driver), setup->freq_mhz, &setup->phy, phy, error);
}
