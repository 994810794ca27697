/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of nl80211, one after the other as in a datagram of the kernel: each is read as an event, as a part of what the
 * radio can do, as an interface, and as a survey of a channel, and given to the plane of a station.
 */
#include "fuzz.h"

#include "nl80211/interface.h"
#include "nl80211/key.h"
#include "nl80211/sta/sta.h"
#include "nl80211/survey.h"

#include <netlink/msg.h>

static void check_span(const struct nlmsghdr *message, struct span span)
{
	const uint8_t *begin = (const uint8_t *)message;

	must(!span.bytes || (span.bytes >= begin && span.bytes + span.len <= begin + message->nlmsg_len));
}

static void check_event(const struct nlmsghdr *message, const struct nl80211_event *event)
{
	struct nl80211_interface interface;

	check_span(message, event->frame);
	check_span(message, event->request_ie);
	check_span(message, event->resp_ie);
	check_span(message, event->ie);
	check_span(message, event->ssid);
	check_span(message, event->ifname);
	check_span(message, event->key.seq);
	check_span(message, event->bss.elements);
	check_span(message, event->bss.beacon_elements);
	check_span(message, (struct span){event->mac, 6});
	check_span(message, (struct span){event->bss.bssid, 6});
	nl80211_key_read_pn(event);
	if (nl80211_interface_read(&interface, event))
		must(memchr(interface.name, 0, sizeof(interface.name)));
}

static void check_wiphy(const struct nl80211_wiphy *wiphy)
{
	must(memchr(wiphy->name, 0, sizeof(wiphy->name)));
	must(wiphy->combination_count <= NL80211_COMBINATIONS);
	must(wiphy->ext_capab_len <= sizeof(wiphy->ext_capab));
	for (size_t i = 0; i < NL80211_WIPHY_BANDS; i++) {
		must(wiphy->bands[i].channel_count <= NL80211_CHANNELS_MAX);
		must(wiphy->bands[i].rate_count <= NL80211_RATES_MAX);
		must(wiphy->bands[i].he_count <= NL80211_HE_MAX);
	}
}

/* `earlier`: the survey before this one, which this one replaces. */
static void check_survey(struct nlmsghdr *message, struct nl80211_survey *earlier)
{
	struct nl80211_survey survey;
	int load;

	if (!nl80211_survey_read(&survey, message))
		return;
	load = nl80211_survey_load(&survey, earlier);
	must(survey.freq_mhz && load >= -1 && load <= 1000);
	*earlier = survey;
}

/* A station that joins, so that events find it in each of its states. */
static void want_to_join(struct nl80211_sta *sta, struct nl80211_requests *out)
{
	static const uint8_t bssid[6] = {2, 0, 0, 0, 1, 0}, own[6] = {2, 0, 0, 0, 0, 1};
	static const uint16_t freqs[] = {2412};
	struct frame_writer writer = mgmt_begin(MGMT_AUTH, bssid, own, bssid);
	struct plane_actions actions = {0};
	struct plane_action *action;

	plane_actions_add(&actions, PLANE_SCAN)->scan = (struct plane_scan){.freqs = freqs, .freq_count = 1};
	action = plane_actions_add(&actions, PLANE_LINK);
	memcpy(action->link.bssid, bssid, sizeof(bssid));
	action = plane_actions_add(&actions, PLANE_AUTHENTICATE);
	write_le32(&writer, 0);
	write_le16(&writer, 0);
	action->frame = frame_writer_end(&writer);
	nl80211_sta_apply(sta, &actions, 0, out);
	plane_actions_free(&actions);
}

static void drain(struct nl80211_sta *sta, struct nl80211_requests *out)
{
	struct plane_event event;

	while (nl80211_sta_take_event(sta, &event)) {
		if (event.kind == PLANE_EVENT_MANAGEMENT)
			must(event.frame && event.frame->len >= DOT11_HDR_MIN);
		plane_event_release(&event);
	}
	plane_actions_clear(nl80211_sta_reports(sta));
	nl80211_requests_clear(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nl80211_wiphy wiphy = {0};
	struct nl80211_sta_setup setup = {.ifindex = 7, .wiphy = &wiphy, .addr = {2, 0, 0, 0, 0, 1}, .power_save = -1};
	struct nl80211_sta *sta = nl80211_sta_new(&setup);
	struct nl80211_requests out = {0};
	struct nlmsghdr *buffer = malloc(size + 1), *message = buffer;
	struct nl80211_survey survey = {0};
	struct nl80211_event event;
	int rest = (int)size;

	must(sta && buffer);
	memcpy(buffer, data, size);
	want_to_join(sta, &out);
	for (; nlmsg_ok(message, rest); message = nlmsg_next(message, &rest)) {
		struct nl80211_reply reply = {.messages = &message, .count = 1};
		struct nl80211_request request = {.purpose = message->nlmsg_seq & 15};

		nl80211_wiphy_merge(&wiphy, message);
		check_wiphy(&wiphy);
		check_survey(message, &survey);
		if (!nl80211_event_parse(&event, message))
			continue;
		check_event(message, &event);
		event.ifindex = setup.ifindex;
		nl80211_sta_event(sta, &event, message->nlmsg_seq, &out);
		nl80211_sta_reply(sta, &request, &reply, message->nlmsg_seq, &out);
		drain(sta, &out);
	}
	nl80211_sta_free(sta);
	nl80211_requests_free(&out);
	free(buffer);
	return 0;
}
