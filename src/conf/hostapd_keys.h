/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of hostapd.conf, and the structures that their values go to. */
#ifndef VIFI_CONF_HOSTAPD_KEYS_H
#define VIFI_CONF_HOSTAPD_KEYS_H

#include "conf/hostapd_channel.h"
#include "conf/hostapd_ft.h"
#include "conf/hostapd_phy.h"
#include "conf/hostapd_queue.h"
#include "conf/opt.h"
#include "conf/sae_text.h"
#include "conf/wifi_text.h"
#include "mlme/ap.h"
#include "nl80211/ap/ap.h"

#define HOSTAPD_KEYS_MAX 240 /* limit for the rows of hostapd_conf_options */

struct hostapd_wmm {
	uint32_t aifs, cw_min, cw_max, txop;
	bool mandatory_admission;
};

/* supported_rates, basic_rates. */
struct hostapd_rates {
	bool given;
	uint16_t set; /* as in struct rate_choice */
};

struct hostapd_radio {
	char driver[32];
	int hw_mode;                     /* enum hostapd_mode */
	uint32_t op_class;               /* 0: not given */
	uint32_t channel;                /* as in the file; 0: automatic */
	struct nl80211_ap_choice choice; /* of the automatic choice, and of that after a radar */
	uint32_t acs_scans;
	char country[3];
	uint8_t environment; /* country3, the third byte of the Country element; 0: as AP_ANY_ENVIRONMENT */
	uint32_t beacon_int; /* TU */
	uint32_t dtim_period;
	uint32_t fragment, rts;       /* thresholds in bytes; 0: none */
	uint32_t max_listen_interval; /* beacon intervals */
	uint32_t track_max, track_age_s;
	struct hostapd_phy phy;
	struct hostapd_wmm wmm[4]; /* best effort, background, video, voice */
	struct hostapd_rates supported_rates, basic_rates;
	struct nl80211_ap_beacon_rate beacon_rate;
	struct nl80211_ap_queue queues[NL80211_AP_QUEUES];
	bool ieee80211d, ieee80211h, spectrum_mgmt_required;
	int power_constraint_db; /* local_pwr_constraint; negative: not given */
};

enum hostapd_mode { HOSTAPD_MODE_A, HOSTAPD_MODE_B, HOSTAPD_MODE_G, HOSTAPD_MODE_ANY };

/* A line of wpa_psk_file. */
struct hostapd_psk {
	uint8_t addr[6]; /* zero: any station */
	uint16_t vlan;   /* 0: none */
	char keyid[AP_KEYID_MAX + 1];
	struct text_psk psk;
};

struct hostapd_psks {
	struct hostapd_psk *list;
	size_t count, room;
};

struct hostapd_addrs {
	uint8_t (*list)[6];
	uint16_t *vlans; /* of each address; 0: none */
	size_t count, room, vlan_room;
};

/* The lines of vlan_file. */
struct hostapd_vlans {
	struct nl80211_ap_vlan *list;
	size_t count, room;
};

/* A network, from the file and the files that it names. */
struct hostapd_bss {
	unsigned first_line;                 /* the line at which it begins */
	unsigned key_line[HOSTAPD_KEYS_MAX]; /* the line of each key; 0: absent */
	char interface[16], bridge[16];
	uint8_t bssid[6]; /* zero: derived from the name of the interface */
	struct {
		uint8_t bytes[SSID_MAX];
		size_t len;
	} ssid;
	struct ap_own_elements beacon_elements, assoc_elements;
	uint32_t pairwise_tries, group_tries, deny_ptk0_rekey;
	bool no_key_retries, no_pmksa_caching, notes_frames, no_inactivity_poll, multicast_to_unicast;
	uint32_t hidden, max_stations, wpa, pmf, group_rekey_s, ptk_rekey_s, auth_algs, acl, inactivity_s, max_idle,
		multi_ap, wep_default;
	struct text_psk passphrase, psk;
	char psk_file[256], accept_file[256], deny_file[256], ctrl_interface[128], ctrl_group[64];
	struct text_akms akms;
	uint32_t wpa_pairwise, rsn_pairwise, group, group_mgmt; /* 1 << enum cipher; 0 until checked: default */
	char no_probe_response_if_seen_on[16], no_auth_if_seen_on[16];
	bool ap_isolate, wmm, ieee8021x, strict_rekey, wds, probe_response, start_disabled;
	bool default_pairwise; /* neither wpa_pairwise nor rsn_pairwise is given */
	uint32_t dynamic_vlan, vlan_naming;
	char wds_bridge[16], vlan_file[256], vlan_bridge[16], vlan_tagged[16];
	struct hostapd_vlans vlans;
	struct ap_vlan *used_vlans; /* from hostapd_conf_setup() */
	size_t used_vlan_count;
	struct text_wep wep[4];
	struct hostapd_psks psks;
	struct hostapd_sae sae;
	uint32_t transition_disable;
	uint16_t owe_groups[OWE_GROUPS_MAX + 1];
	bool no_tdls, no_tdls_switch;
	bool beacon_protection, bss_transition, neighbour_report, beacon_report;
	uint32_t ocv;
	struct owe_transition owe_transition;
	char owe_transition_ifname[16];
	struct hostapd_ft ft;
	struct hostapd_addrs accept, deny;
	struct ap_psk *pmks; /* from hostapd_conf_setup() */
};

/* The target of the table: the radio, and the network that is being read. */
struct hostapd_target {
	struct hostapd_radio radio;
	struct hostapd_bss bss;
	const char *remark; /* what the reader of a value has to say about it; NULL: nothing */
	bool stock_refuses; /* hostapd refuses the value */
};

extern const struct opt hostapd_conf_options[];

#endif
