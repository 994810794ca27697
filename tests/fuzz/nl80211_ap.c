/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of nl80211, one after the other as in a datagram of the kernel, for the plane of an access point: as events, and
 * as replies. Frames of strangers are in them. What it reports to control must be complete.
 */
#include "fuzz.h"

#include "nl80211/ap/ap.h"
#include "nl80211/ap/phy.h"
#include "wire/ether.h"

#include <netlink/msg.h>

static const uint8_t own[6] = {2, 0, 0, 0, 1, 0}, sta_addr[6] = {2, 0, 0, 0, 0, 1};

static struct frame *new_beacon(void)
{
	struct frame_writer writer = mgmt_begin(MGMT_BEACON, own, own, own);

	write_le64(&writer, 0);
	write_le32(&writer, 100);
	return frame_writer_end(&writer);
}

/* A BSS that moves to another channel, with group keys, and a station that is about to leave: events find them. */
static void begin(struct nl80211_ap *plane, struct nl80211_requests *out)
{
	struct plane_actions actions = {0};
	struct plane_action *action = plane_actions_add(&actions, PLANE_BSS_START);

	action->frame = new_beacon();
	action = plane_actions_add(&actions, PLANE_BSS_SWITCH);
	action->frame = new_beacon();
	action->after = new_beacon();
	action->bss_switch = (struct plane_bss_switch){.channel = {.freq_mhz = 2462}, .count = 3, .tim_offset = 36};
	action = plane_actions_add(&actions, PLANE_KEY_INSTALL);
	action->key = (struct plane_key){.group = true, .id = 1, .cipher = CIPHER_CCMP_128, .len = 16};
	action = plane_actions_add(&actions, PLANE_STATION_ADD);
	memcpy(action->addr, sta_addr, sizeof(sta_addr));
	nl80211_ap_apply(plane, &actions, 0, out);
	plane_actions_free(&actions);
}

static void act_on(struct nl80211_ap *plane, const struct plane_event *event, uint64_t now_ns,
		   struct nl80211_requests *out)
{
	struct plane_actions actions = {0};
	struct plane_action *action = plane_actions_add(&actions, PLANE_STATION_SET);

	memcpy(action->addr, event->addr, sizeof(event->addr));
	action->station = (struct plane_station){.associated = now_ns & 1, .authorised = now_ns & 2, .aid = 1};
	nl80211_ap_apply(plane, &actions, now_ns, out);
	plane_actions_free(&actions);
}

static void drain(struct nl80211_ap *plane, uint64_t now_ns, struct nl80211_requests *out)
{
	struct plane_event event;

	while (nl80211_ap_take_event(plane, &event)) {
		if (event.kind == PLANE_EVENT_MANAGEMENT)
			must(event.frame && event.frame->len >= DOT11_HDR_MIN);
		if (event.kind == PLANE_EVENT_EAPOL)
			must(event.frame && event.frame->len >= ETHER_HLEN);
		act_on(plane, &event, now_ns, out);
	}
	plane_actions_clear(nl80211_ap_reports(plane));
	nl80211_requests_clear(out);
}

/* The elements of a radio whose description is anything. */
static void try_phy(const struct nl80211_wiphy *wiphy, uint32_t bits)
{
	static const uint16_t widths[] = {20, 40, 80, 160}, freqs[] = {2412, 2484, 5180, 5825};
	const struct nl80211_ap_phy_setup asked = {.n = true,
						   .ac = bits & 1,
						   .ax = bits & 2,
						   .width_mhz = widths[bits >> 2 & 3],
						   .secondary = bits & 16 ? 1 : -1};
	const struct nl80211_ap_needs needs = {.freq_mhz = freqs[bits >> 5 & 3], .bss_count = 1};
	struct nl80211_ap_phy phy;
	struct error error;

	if (!nl80211_ap_phy(wiphy, freqs[bits >> 5 & 3], &asked, &phy, &error))
		must(phy.elements_len <= sizeof(phy.elements));
	nl80211_ap_check(wiphy, &needs, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nl80211_wiphy wiphy = {.ap_sme = size & 1, .features = NL80211_FEATURE_FULL_AP_CLIENT_STATE};
	struct nl80211_ap_setup setup = {
		.wiphy = &wiphy, .bss_count = 1, .bss = {{.ifindex = 7, .bssid = {2, 0, 0, 0, 1, 0}}}};
	struct nl80211_ap *plane = nl80211_ap_new(&setup, 5);
	struct nl80211_requests out = {0};
	struct nlmsghdr *buffer = malloc(size + 1), *message = buffer;
	struct nl80211_event event;
	int rest = (int)size;

	must(plane && buffer);
	memcpy(buffer, data, size);
	begin(plane, &out);
	for (; nlmsg_ok(message, rest); message = nlmsg_next(message, &rest)) {
		struct nl80211_reply reply = {.messages = &message,
					      .count = 1,
					      .has_cookie = message->nlmsg_seq & 1,
					      .cookie = message->nlmsg_seq >> 8};
		struct nl80211_request request = {.ifindex = 7,
						  .purpose = message->nlmsg_seq >> 1 & 15,
						  .cookie = message->nlmsg_seq >> 5 & 0x1ff};

		nl80211_wiphy_merge(&wiphy, message);
		try_phy(&wiphy, message->nlmsg_seq);
		if (!nl80211_event_parse(&event, message))
			continue;
		event.has_ifindex = true;
		event.ifindex = 7;
		memcpy(request.addr, event.mac ? event.mac : sta_addr, 6);
		nl80211_ap_event(plane, &event, message->nlmsg_seq, &out);
		nl80211_ap_reply(plane, &request, &reply, message->nlmsg_seq, &out);
		nl80211_ap_tick(plane, message->nlmsg_seq, &out);
		drain(plane, message->nlmsg_seq, &out);
	}
	nl80211_ap_free(plane);
	nl80211_requests_free(&out);
	free(buffer);
	return 0;
}
