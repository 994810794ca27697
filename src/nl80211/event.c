/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/event.h"

#include "nl80211/attributes.h"

#include <linux/genetlink.h>
#include <netlink/msg.h>

#define SIGNAL_UNSPEC_MIN_DBM (-100)

static int8_t clamp_dbm(int32_t dbm)
{
	return (int8_t)(dbm < INT8_MIN ? INT8_MIN : dbm > INT8_MAX ? INT8_MAX : dbm);
}

static void parse_bss(struct nl80211_bss_entry *bss, struct nlattr *nest)
{
	struct nlattr *attrs[NL80211_BSS_MAX + 1];
	uint64_t beacon_tsf;

	if (nla_parse_nested(attrs, NL80211_BSS_MAX, nest, NULL) < 0)
		return;
	bss->bssid = attribute_mac(attrs[NL80211_BSS_BSSID]);
	bss->freq_mhz = (uint16_t)attribute_u32(attrs[NL80211_BSS_FREQUENCY]);
	bss->interval_tu = attribute_u16(attrs[NL80211_BSS_BEACON_INTERVAL]);
	bss->capability = attribute_u16(attrs[NL80211_BSS_CAPABILITY]);
	bss->tsf = attribute_u64(attrs[NL80211_BSS_TSF]);
	beacon_tsf = attribute_u64(attrs[NL80211_BSS_BEACON_TSF]);
	bss->beacon_is_newer = beacon_tsf > bss->tsf;
	if (beacon_tsf)
		bss->older_by_us = bss->beacon_is_newer ? beacon_tsf - bss->tsf : bss->tsf - beacon_tsf;
	if (bss->beacon_is_newer)
		bss->tsf = beacon_tsf;
	bss->elements = attribute_span(attrs[NL80211_BSS_INFORMATION_ELEMENTS]);
	bss->beacon_elements = attribute_span(attrs[NL80211_BSS_BEACON_IES]);
	bss->probe_response = attrs[NL80211_BSS_PRESP_DATA];
	bss->seen_ms_ago = attribute_u32(attrs[NL80211_BSS_SEEN_MS_AGO]);
	bss->seen_boottime_ns = attribute_u64(attrs[NL80211_BSS_LAST_SEEN_BOOTTIME]);
	bss->has_status = attrs[NL80211_BSS_STATUS];
	bss->status = attribute_u32(attrs[NL80211_BSS_STATUS]);
	if (attrs[NL80211_BSS_SIGNAL_MBM]) {
		bss->has_signal = true;
		bss->signal_dbm = clamp_dbm((int32_t)attribute_u32(attrs[NL80211_BSS_SIGNAL_MBM]) / 100);
	} else if (attrs[NL80211_BSS_SIGNAL_UNSPEC]) {
		bss->has_signal = true;
		bss->signal_dbm = clamp_dbm(SIGNAL_UNSPEC_MIN_DBM + attribute_u8(attrs[NL80211_BSS_SIGNAL_UNSPEC]) / 2);
	}
}

static void parse_station_signal(struct nl80211_station_info *station, struct nlattr **attrs)
{
	static const int sources[] = {NL80211_STA_INFO_BEACON_SIGNAL_AVG, NL80211_STA_INFO_SIGNAL_AVG,
				      NL80211_STA_INFO_SIGNAL};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]) && !station->has_signal; i++) {
		int8_t dbm = (int8_t)attribute_u8(attrs[sources[i]]);

		station->has_signal = dbm; /* 0: no beacon yet */
		station->signal_dbm = dbm;
	}
}

/* NL80211_STA_INFO_TX_BITRATE. */
static void parse_rate(struct nl80211_station_info *station, struct nlattr *nest)
{
	struct nlattr *attrs[NL80211_RATE_INFO_MAX + 1];

	if (!nest || nla_parse_nested(attrs, NL80211_RATE_INFO_MAX, nest, NULL) < 0)
		return;
	station->tx_kbps = attrs[NL80211_RATE_INFO_BITRATE32] ? attribute_u32(attrs[NL80211_RATE_INFO_BITRATE32]) * 100
							      : attribute_u16(attrs[NL80211_RATE_INFO_BITRATE]) * 100u;
}

static void parse_station(struct nl80211_station_info *station, struct nlattr *nest)
{
	struct nlattr *attrs[NL80211_STA_INFO_MAX + 1];
	struct nl80211_sta_flag_update flags;

	if (nla_parse_nested(attrs, NL80211_STA_INFO_MAX, nest, NULL) < 0)
		return;
	station->present = true;
	station->has_inactive = attrs[NL80211_STA_INFO_INACTIVE_TIME];
	station->inactive_ms = attribute_u32(attrs[NL80211_STA_INFO_INACTIVE_TIME]);
	station->rx_bytes = attribute_u64(attrs[NL80211_STA_INFO_RX_BYTES64]);
	station->tx_bytes = attribute_u64(attrs[NL80211_STA_INFO_TX_BYTES64]);
	station->rx_frames = attribute_u32(attrs[NL80211_STA_INFO_RX_PACKETS]);
	station->tx_frames = attribute_u32(attrs[NL80211_STA_INFO_TX_PACKETS]);
	station->tx_failed = attribute_u32(attrs[NL80211_STA_INFO_TX_FAILED]);
	station->beacon_dbm = (int8_t)attribute_u8(attrs[NL80211_STA_INFO_BEACON_SIGNAL_AVG]);
	parse_station_signal(station, attrs);
	parse_rate(station, attrs[NL80211_STA_INFO_TX_BITRATE]);
	if (attribute_number(attrs[NL80211_STA_INFO_STA_FLAGS], &flags, sizeof(flags))) {
		station->flags_mask = flags.mask;
		station->flags = flags.set;
	}
}

static void parse_cqm(struct nl80211_cqm *cqm, struct nlattr *nest)
{
	struct nlattr *attrs[NL80211_ATTR_CQM_MAX + 1];
	uint32_t threshold;

	if (nla_parse_nested(attrs, NL80211_ATTR_CQM_MAX, nest, NULL) < 0)
		return;
	cqm->present = true;
	cqm->beacon_loss = attrs[NL80211_ATTR_CQM_BEACON_LOSS_EVENT];
	cqm->packets_lost = attribute_u32(attrs[NL80211_ATTR_CQM_PKT_LOSS_EVENT]);
	if (attribute_number(attrs[NL80211_ATTR_CQM_RSSI_THRESHOLD_EVENT], &threshold, sizeof(threshold))) {
		cqm->weak = threshold == NL80211_CQM_RSSI_THRESHOLD_EVENT_LOW;
		cqm->strong = threshold == NL80211_CQM_RSSI_THRESHOLD_EVENT_HIGH;
	}
}

/* MICHAEL_MIC_FAILURE has its attributes at the top; the answer to GET_KEY has them nested, and once at the top, too. */
static void parse_key(struct nl80211_key_info *key, struct nlattr **attrs)
{
	struct nlattr *nested[NL80211_KEY_MAX + 1];

	key->id = attribute_u8(attrs[NL80211_ATTR_KEY_IDX]);
	key->type = attribute_u32(attrs[NL80211_ATTR_KEY_TYPE]);
	key->seq = attribute_span(attrs[NL80211_ATTR_KEY_SEQ]);
	if (!attrs[NL80211_ATTR_KEY] || nla_parse_nested(nested, NL80211_KEY_MAX, attrs[NL80211_ATTR_KEY], NULL) < 0)
		return;
	if (nested[NL80211_KEY_IDX])
		key->id = attribute_u8(nested[NL80211_KEY_IDX]);
	if (nested[NL80211_KEY_SEQ])
		key->seq = attribute_span(nested[NL80211_KEY_SEQ]);
}

static struct span parse_replay_counter(struct nlattr *nest)
{
	struct nlattr *attrs[MAX_NL80211_REKEY_DATA + 1];
	struct span counter;

	if (!nest || nla_parse_nested(attrs, MAX_NL80211_REKEY_DATA, nest, NULL) < 0)
		return (struct span){0};
	counter = attribute_span(attrs[NL80211_REKEY_DATA_REPLAY_CTR]);
	return counter.len == NL80211_REPLAY_CTR_LEN ? counter : (struct span){0};
}

static void parse_place(struct nl80211_event *event, struct nlattr **attrs)
{
	event->has_ifindex = attrs[NL80211_ATTR_IFINDEX];
	event->ifindex = (int)attribute_u32(attrs[NL80211_ATTR_IFINDEX]);
	event->has_wdev = attrs[NL80211_ATTR_WDEV];
	event->wdev = attribute_u64(attrs[NL80211_ATTR_WDEV]);
	event->has_wiphy = attrs[NL80211_ATTR_WIPHY];
	event->wiphy = attribute_u32(attrs[NL80211_ATTR_WIPHY]);
	event->iftype = attribute_u32(attrs[NL80211_ATTR_IFTYPE]);
	event->ifname = attribute_span(attrs[NL80211_ATTR_IFNAME]);
	event->four_addr = attribute_u8(attrs[NL80211_ATTR_4ADDR]);
}

static void parse_frame(struct nl80211_event *event, struct nlattr **attrs)
{
	event->mac = attribute_mac(attrs[NL80211_ATTR_MAC]);
	event->frame = attribute_span(attrs[NL80211_ATTR_FRAME]);
	event->request_ie = attribute_span(attrs[NL80211_ATTR_REQ_IE]);
	event->resp_ie = attribute_span(attrs[NL80211_ATTR_RESP_IE]);
	event->ie = attribute_span(attrs[NL80211_ATTR_IE]);
	event->ssid = attribute_span(attrs[NL80211_ATTR_SSID]);
	event->has_cookie = attrs[NL80211_ATTR_COOKIE];
	event->cookie = attribute_u64(attrs[NL80211_ATTR_COOKIE]);
	event->acked = attrs[NL80211_ATTR_ACK];
	event->timed_out = attrs[NL80211_ATTR_TIMED_OUT];
	event->by_ap = attrs[NL80211_ATTR_DISCONNECTED_BY_AP];
	event->unencrypted = attrs[NL80211_ATTR_CONTROL_PORT_NO_ENCRYPT];
	event->ethertype = attribute_u16(attrs[NL80211_ATTR_CONTROL_PORT_ETHERTYPE]);
	event->reason = attribute_u16(attrs[NL80211_ATTR_REASON_CODE]);
	event->status = attribute_u16(attrs[NL80211_ATTR_STATUS_CODE]);
	event->has_signal = attrs[NL80211_ATTR_RX_SIGNAL_DBM];
	event->signal_dbm = clamp_dbm((int32_t)attribute_u32(attrs[NL80211_ATTR_RX_SIGNAL_DBM]));
}

static void parse_channel(struct nl80211_event *event, struct nlattr **attrs)
{
	event->freq_mhz = (uint16_t)attribute_u32(attrs[NL80211_ATTR_WIPHY_FREQ]);
	event->channel_width = attribute_u32(attrs[NL80211_ATTR_CHANNEL_WIDTH]);
	event->center1_mhz = (uint16_t)attribute_u32(attrs[NL80211_ATTR_CENTER_FREQ1]);
	event->center2_mhz = (uint16_t)attribute_u32(attrs[NL80211_ATTR_CENTER_FREQ2]);
	event->switch_count = (uint8_t)attribute_u32(attrs[NL80211_ATTR_CH_SWITCH_COUNT]);
	event->radar_event = attribute_u32(attrs[NL80211_ATTR_RADAR_EVENT]);
	event->has_power_save = attrs[NL80211_ATTR_PS_STATE];
	event->power_save = attribute_u32(attrs[NL80211_ATTR_PS_STATE]) == NL80211_PS_ENABLED;
	event->reg_initiator = attribute_u8(attrs[NL80211_ATTR_REG_INITIATOR]);
	event->reg_type = attribute_u8(attrs[NL80211_ATTR_REG_TYPE]);
	event->dfs_region = attribute_u8(attrs[NL80211_ATTR_DFS_REGION]);
	attribute_text(attrs[NL80211_ATTR_REG_ALPHA2], event->country, sizeof(event->country));
}

uint16_t nl80211_width_mhz(uint32_t width)
{
	switch (width) {
	case NL80211_CHAN_WIDTH_20:
		return 20;
	case NL80211_CHAN_WIDTH_40:
		return 40;
	case NL80211_CHAN_WIDTH_80:
		return 80;
	case NL80211_CHAN_WIDTH_160:
		return 160;
	}
	return 0;
}

bool nl80211_event_parse(struct nl80211_event *event, struct nlmsghdr *message)
{
	struct nlattr *attrs[NL80211_ATTR_MAX + 1];
	struct genlmsghdr header;

	*event = (struct nl80211_event){0};
	if (!nlmsg_valid_hdr(message, sizeof(header)) ||
	    nlmsg_parse(message, sizeof(header), attrs, NL80211_ATTR_MAX, NULL) < 0)
		return false;
	memcpy(&header, nlmsg_data(message), sizeof(header));
	event->command = header.cmd;
	parse_place(event, attrs);
	parse_frame(event, attrs);
	parse_channel(event, attrs);
	parse_key(&event->key, attrs);
	event->replay_counter = parse_replay_counter(attrs[NL80211_ATTR_REKEY_DATA]);
	if (attrs[NL80211_ATTR_BSS])
		parse_bss(&event->bss, attrs[NL80211_ATTR_BSS]);
	if (attrs[NL80211_ATTR_STA_INFO])
		parse_station(&event->station, attrs[NL80211_ATTR_STA_INFO]);
	if (attrs[NL80211_ATTR_CQM])
		parse_cqm(&event->cqm, attrs[NL80211_ATTR_CQM]);
	return true;
}
