/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plane of an access point over a driver of Linux: what control (mlme/ap.h) wants becomes requests to the kernel, and
 * what the kernel reports becomes events for control (plane/plane.h). No I/O.
 *
 *	control ── actions ──▶ nl80211_ap_apply() ── requests ──▶ kernel
 *	control ◀── events ─── nl80211_ap_take_event() ◀── nl80211_ap_reply(), nl80211_ap_event() ◀── kernel
 *
 * The kernel holds the data path: it encrypts, forwards, buffers for dozing stations and sends the beacons. So no data
 * frames pass here, but EAPOL frames.
 *
 * The caller sends the requests one after the other, and passes each reply back before it sends the next one. Requests
 * that a reply adds come before those that wait. After a reply or an event of the kernel it takes the events one by one,
 * and carries out what control wants before it takes the next one.
 */
#ifndef VIFI_NL80211_AP_AP_H
#define VIFI_NL80211_AP_AP_H

#include "nl80211/ap/phy.h"
#include "nl80211/event.h"
#include "nl80211/request.h"
#include "nl80211/wiphy.h"
#include "plane/plane.h"

#define NL80211_AP_BSS_MAX 24

/* The interface of a VLAN: a line of vlan_file. */
struct nl80211_ap_vlan {
	uint16_t id;     /* 0: every VLAN without a line of its own */
	char name[16];   /* `#` stands for the id */
	char bridge[16]; /* empty: named by the rules of struct nl80211_ap_ports */
};

/* The names of interfaces that stations and VLANs get, and where they lead. */
struct nl80211_ap_ports {
	char interface[16];                  /* of the BSS: a 4-address station gets INTERFACE.staAID */
	char station_bridge[16];             /* of 4-address stations; empty: none */
	const struct nl80211_ap_vlan *vlans; /* borrowed */
	size_t vlan_count;
	char vlan_bridge[16];      /* the bridge of VLAN n is VLAN_BRIDGEn; empty: brTAGGED.n, or brvlann */
	char tagged_interface[16]; /* the upstream of the VLANs; empty: none */
	bool tagged_by_interface;  /* its VLAN interface is TAGGED.n, else vlann */
};

/*
 * How a queue of the access point contends for the medium (IEEE 802.11-2020, 10.23.2). The queues are in the order of enum
 * nl80211_ac: voice, video, best effort, background.
 */
#define NL80211_AP_QUEUES 4

struct nl80211_ap_queue {
	bool given; /* by the configuration: a refusal is worth a line */
	uint8_t aifs;
	uint16_t cw_min, cw_max; /* slots; cw_max 0: the driver's own parameters count */
	uint16_t txop;           /* the longest transmission, in units of 32 us; 0: one frame */
};

struct nl80211_ap_setup {
	const struct nl80211_wiphy *wiphy; /* borrowed for nl80211_ap_new() */
	uint16_t rts_threshold;            /* 0: none */
	struct nl80211_ap_queue queues[NL80211_AP_QUEUES];
	struct nl80211_ap_beacon_rate beacon_rate;
	uint8_t bss_color; /* of 802.11ax; 0: none */
	bool partial_color;
	struct nl80211_ap_spatial_reuse reuse; /* of 802.11ax; control 0: none */
	unsigned bss_count;
	struct {
		int ifindex;
		uint8_t bssid[6];
		struct nl80211_ap_ports ports;
	} bss[NL80211_AP_BSS_MAX];
};

struct nl80211_ap;

/* `hash_key` is secret (base/mac_table.h). Returns NULL without memory. */
struct nl80211_ap *nl80211_ap_new(const struct nl80211_ap_setup *setup, uint64_t hash_key);
void nl80211_ap_free(struct nl80211_ap *plane);

/*
 * A further BSS, before control adds it (AP_COMMAND_ADD_BSS), and after it has removed it: `bss` is vacant then. A change of its
 * ports takes effect with the next interface; `ports` has all fields.
 */
void nl80211_ap_add_bss(struct nl80211_ap *plane, unsigned bss, int ifindex, const uint8_t bssid[6],
			const struct nl80211_ap_ports *ports);
void nl80211_ap_remove_bss(struct nl80211_ap *plane, unsigned bss);
void nl80211_ap_set_ports(struct nl80211_ap *plane, unsigned bss, const struct nl80211_ap_ports *ports);

/* What control can expect. */
struct plane_capabilities nl80211_ap_capabilities(const struct nl80211_wiphy *wiphy);

/*
 * Registers for the frames of a BSS, before its first start. EALREADY: another program runs an access point on the interface,
 * so nothing else may be sent. A failure of UNEXPECTED_FRAME or REGISTER_BEACONS is none.
 */
void nl80211_ap_register(struct nl80211_ap *plane, unsigned bss, struct nl80211_requests *out);

/* Carries actions out: appends requests. Takes over the frames that it keeps. PLANE_REPORT is the caller's. */
void nl80211_ap_apply(struct nl80211_ap *plane, struct plane_actions *actions, uint64_t now_ns,
		      struct nl80211_requests *out);

/*
 * The result of a request, and a message of the kernel. nl80211_ap_reply() returns false for an error that is worth a line of
 * the log.
 */
bool nl80211_ap_reply(struct nl80211_ap *plane, const struct nl80211_request *request,
		      const struct nl80211_reply *reply, uint64_t now_ns, struct nl80211_requests *out);
void nl80211_ap_event(struct nl80211_ap *plane, const struct nl80211_event *event, uint64_t now_ns,
		      struct nl80211_requests *out);

/* Does the driver carry EAPOL frames by nl80211? Otherwise NL80211_REQUEST_PACKET and nl80211_ap_packet() carry them. */
bool nl80211_ap_has_control_port(const struct nl80211_ap *plane);

/* An EAPOL frame from a packet socket; borrowed. */
void nl80211_ap_packet(struct nl80211_ap *plane, int ifindex, const struct frame *frame, uint64_t now_ns,
		       struct nl80211_requests *out);

/* The next event for control; false: there is none. What it points to is valid until the next call. */
bool nl80211_ap_take_event(struct nl80211_ap *plane, struct plane_event *event);

/* PLANE_REPORTs of the frames that the plane has dropped. The caller clears the list. */
struct plane_actions *nl80211_ap_reports(struct nl80211_ap *plane);

/* Asks for the packet numbers of the group keys: before control's timers run, which may send the keys to stations. */
void nl80211_ap_refresh(struct nl80211_ap *plane, uint64_t now_ns, struct nl80211_requests *out);

/* Does a reply to nl80211_ap_refresh() miss? */
bool nl80211_ap_is_refreshing(const struct nl80211_ap *plane);

/* The time of the next nl80211_ap_tick(). */
uint64_t nl80211_ap_deadline(const struct nl80211_ap *plane);
void nl80211_ap_tick(struct nl80211_ap *plane, uint64_t now_ns, struct nl80211_requests *out);

/* A BSS that is not on the air, though control has started it. */
struct nl80211_ap_failure {
	unsigned bss;
	uint8_t command; /* enum nl80211_commands: the request that the kernel refused; 0: the kernel has stopped the BSS */
	int error;       /* a negative errno */
	char explanation[128];
};

/* Returns true if a BSS could not start, or was stopped by the kernel, and forgets it. */
bool nl80211_ap_failed(struct nl80211_ap *plane, struct nl80211_ap_failure *failure);

/* The stations of the plane: `nth` from 0, in no particular order; false after the last one. */
bool nl80211_ap_station(const struct nl80211_ap *plane, size_t nth, unsigned *bss, uint8_t addr[6]);

/* Removes a station that control does not know, or closes its port: after an action was lost for lack of memory. */
void nl80211_ap_revoke(struct nl80211_ap *plane, unsigned bss, const uint8_t addr[6], bool keep, uint64_t now_ns,
		       struct nl80211_requests *out);

/* What the kernel knew of the station when it was last asked. Returns false if there is no such station. */
struct nl80211_ap_counters {
	uint64_t heard_ns, rx_frames, rx_bytes, tx_frames, tx_bytes, tx_lost;
	int8_t signal_dbm;
};
bool nl80211_ap_counters(const struct nl80211_ap *plane, unsigned bss, const uint8_t addr[6],
			 struct nl80211_ap_counters *counters);

/* Asks for the counters of all stations. */
void nl80211_ap_query_counters(struct nl80211_ap *plane, uint64_t now_ns, struct nl80211_requests *out);

#endif
