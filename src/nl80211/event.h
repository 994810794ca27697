/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A message of nl80211, parsed: an event that the kernel multicasts or sends to the owner of the interface, or a message
 * of an answer. Fields of absent attributes are zero. Everything points into the message.
 */
#ifndef VIFI_NL80211_EVENT_H
#define VIFI_NL80211_EVENT_H

#include "wire/ie.h"

#include <linux/nl80211.h>
#include <stdbool.h>
#include <stdint.h>

struct nlmsghdr;

/* NL80211_ATTR_BSS: an entry of the table that scans fill. */
struct nl80211_bss_entry {
	const uint8_t *bssid; /* NULL: the event has no entry */
	uint16_t freq_mhz, interval_tu, capability;
	uint64_t tsf;                /* of the beacon or probe response that is newer */
	bool beacon_is_newer;        /* than the probe response */
	uint64_t older_by_us;        /* … the difference of their ages, by the TSF */
	struct span elements;        /* of the last probe response if `probe_response`, otherwise of the last beacon */
	struct span beacon_elements; /* of the last beacon */
	bool probe_response;
	bool has_signal;
	int8_t signal_dbm;         /* a driver without unit reports 0 to 100, which becomes -100 to -50 dBm */
	uint32_t seen_ms_ago;      /* in ticks of the kernel, which may be of 10 ms */
	uint64_t seen_boottime_ns; /* CLOCK_BOOTTIME; 0: the driver does not say */
	bool has_status;
	uint32_t status; /* enum nl80211_bss_status: authenticated, associated */
};

/* NL80211_ATTR_STA_INFO: counters of a station, or of the access point of a station. */
struct nl80211_station_info {
	bool present;
	bool has_inactive, has_signal;
	uint32_t inactive_ms;
	int8_t signal_dbm; /* average of the beacons, otherwise of all frames, otherwise of the last one */
	int8_t beacon_dbm; /* average of the beacons; 0: unknown */
	uint32_t tx_kbps;  /* rate of the last transmission; 0: unknown */
	uint64_t rx_bytes, tx_bytes;
	uint32_t rx_frames, tx_frames, tx_failed;
	uint32_t flags_mask, flags; /* 1 << enum nl80211_sta_flags */
};

/* NL80211_ATTR_CQM: the quality of a link. */
struct nl80211_cqm {
	bool present, beacon_loss;
	bool weak, strong;     /* the signal has crossed the threshold */
	uint32_t packets_lost; /* in a row */
};

/* A key, in the answer to GET_KEY and in MICHAEL_MIC_FAILURE. */
struct nl80211_key_info {
	uint8_t id;
	uint32_t type;   /* enum nl80211_key_type */
	struct span seq; /* the packet number, the least significant byte first */
};

struct nl80211_event {
	uint8_t command; /* enum nl80211_commands */
	bool has_ifindex, has_wdev, has_wiphy;
	int ifindex;
	uint64_t wdev;
	uint32_t wiphy;
	const uint8_t *mac;              /* or NULL */
	struct span frame;               /* an 802.11 frame without FCS, or the payload of CONTROL_PORT_FRAME */
	struct span request_ie, resp_ie; /* of CONNECT and ROAM */
	struct span ie;                  /* of NEW_STATION: the elements of its association request */
	struct span ssid;
	bool has_cookie;
	uint64_t cookie;
	bool acked, timed_out;
	bool by_ap;       /* DISCONNECT: the access point has disconnected us */
	bool unencrypted; /* CONTROL_PORT_FRAME: it was not protected */
	uint16_t ethertype;
	uint16_t reason, status;
	bool has_signal;
	int8_t signal_dbm;
	/* the channel */
	uint16_t freq_mhz;                 /* primary */
	uint32_t channel_width;            /* enum nl80211_chan_width */
	uint16_t center1_mhz, center2_mhz; /* 0: not given */
	uint8_t switch_count;              /* CH_SWITCH_STARTED_NOTIFY: beacons until then */
	uint32_t radar_event;              /* enum nl80211_radar_event */
	/* interfaces */
	uint32_t iftype; /* enum nl80211_iftype */
	struct span ifname;
	bool four_addr;
	bool has_power_save, power_save; /* the answer to GET_POWER_SAVE */
	/* the regulatory domain */
	uint32_t reg_initiator; /* enum nl80211_reg_initiator */
	uint8_t reg_type;       /* enum nl80211_reg_type */
	char country[3];        /* empty: none */
	uint8_t dfs_region;     /* enum nl80211_dfs_regions: whose rules of radar detection apply; 0: none */
	struct nl80211_key_info key;
	struct span replay_counter; /* SET_REKEY_OFFLOAD: of the handshake that the driver has completed, 8 bytes */
	struct nl80211_bss_entry bss;
	struct nl80211_station_info station;
	struct nl80211_cqm cqm;
};

/* Returns false if the message is truncated or malformed. */
bool nl80211_event_parse(struct nl80211_event *event, struct nlmsghdr *message);

/* The width of a channel in MHz, of enum nl80211_chan_width; 0: without 802.11n, or another one. */
uint16_t nl80211_width_mhz(uint32_t width);

#endif
