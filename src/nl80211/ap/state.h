/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Internal state of the plane of an access point over nl80211 (ap.h), shared by its files.
 *
 * The files, in their order: each one calls only files above it.
 *
 *	output.c    events for control, dropped frames; requests to a BSS; TX cookies
 *	beacon.c    what a BSS announces: START_AP, SET_BEACON and SET_BSS tell it the kernel
 *	channel_switch.c  CHANNEL_SWITCH, and its progress
 *	bss.c       START_AP and what belongs to it: registrations, thresholds
 *	vlan_names.c  names of interfaces and bridges
 *	vlan.c      interfaces of VLANs and of 4-address stations
 *	station.c   stations in the kernel, and their delayed removal
 *	keys.c      keys and their packet numbers
 *	frames.c    management and EAPOL frames, and their TX status
 *	apply.c     the actions of control
 *	ap.c        messages and replies of the kernel
 *
 * Farewells. A deauthentication must leave under the keys of its station, but the kernel forgets keys and waiting frames
 * with the station. So a station to which one is under way stays in the kernel until that frame has its TX status, or
 * FAREWELL_NS have passed; `ending` says what happens then.
 */
#ifndef VIFI_NL80211_AP_STATE_H
#define VIFI_NL80211_AP_STATE_H

#include "base/mac_table.h"
#include "nl80211/ap/ap.h"
#include "plane/events.h"
#include "wire/mgmt.h"

#define NEVER UINT64_MAX /* a deadline that never comes */
#define MS    UINT64_C(1000000)

#define FAREWELL_NS  (200 * MS)
#define TX_STATUS_NS (5000 * MS) /* a TX status later than this is not expected any more */
#define TX_MAX       1024

/* nl80211_request.purpose: what a reply is about. */
enum nlap_purpose {
	PURPOSE_ANY,      /* a failure changes nothing */
	PURPOSE_DEFAULTS, /* … and nobody has asked for it */
	PURPOSE_START,
	PURPOSE_RESTART, /* START_AP after STOP_AP */
	PURPOSE_SWITCH,  /* CHANNEL_SWITCH */
	PURPOSE_STATION, /* a station without its entry in the kernel cannot stay */
	PURPOSE_GROUP_KEY,
	PURPOSE_PAIRWISE_KEY,
	PURPOSE_FRAME, /* the cookie of the request is that of control */
	PURPOSE_FAREWELL,
	PURPOSE_EAPOL,
	PURPOSE_GROUP_PN, /* the cookie is a key id, or that with LAST_PN */
	PURPOSE_INACTIVITY,
	PURPOSE_COUNTERS,
	PURPOSE_PROBE,
	PURPOSE_VLAN, /* NEW_INTERFACE; the cookie is its serial number */
	PURPOSE_PORT,
	PURPOSE_BIND, /* SET_STATION with STA_VLAN */
};
#define LAST_PN       0x100
#define PN_VLAN_SHIFT 16 /* … and above it the VLAN */

enum nlap_ending {
	ENDING_NONE,
	ENDING_RESET,  /* the association ends; the station stays authenticated */
	ENDING_REMOVE, /* control has removed it */
};

/* An interface of the kernel for some stations of a BSS: type AP_VLAN. */
struct nlap_vlan {
	unsigned bss;
	uint16_t id;          /* the VLAN; 0: of one 4-address station */
	uint64_t serial;      /* in the requests about it */
	int ifindex;          /* 0: the kernel has not created it yet */
	bool closing;         /* it is deleted when the last station has left */
	bool failed;          /* the kernel has refused or lost it: no station can be there */
	unsigned users;       /* stations that are, or wait to be, in it */
	struct plane_key key; /* the newest group key */
	struct nl80211_port port;
	uint64_t gtk_pn;
};

struct nlap_station {
	struct mac_entry entry; /* must be the first member */
	unsigned bss;
	size_t index;   /* in nl80211_ap.stations */
	bool in_kernel; /* the kernel has an entry */
	bool associated, authorised;
	bool settled;        /* the kernel has said that it knows of the association */
	bool opens_later;    /* `authorised`, but its port opens once it is in its VLAN */
	uint32_t generation; /* of its entry in the kernel */
	uint16_t aid;
	struct nlap_vlan *vlan; /* where it belongs; NULL: to the BSS */
	int vlan_ifindex;       /* where it is, or goes just now; 0: in the BSS */
	bool moves;             /* the kernel has not moved it yet */
	enum nlap_ending ending;
	uint16_t farewell_reason; /* with `associates`: of the deauthentication that the driver shall send; 0: none */
	uint64_t farewell_ns;     /* the latest end of its farewell; NEVER: there is none */
	struct plane_key key;     /* the pairwise key that is installed; len 0: none */
	struct nl80211_ap_counters counters;
};

/* A frame whose TX status will come. */
struct nlap_tx {
	uint64_t cookie; /* of the kernel */
	enum nlap_purpose purpose;
	unsigned bss;
	uint8_t addr[6];
	uint32_t control_cookie;
	uint64_t sent_ns;
};

struct nlap_bss {
	int ifindex;
	uint8_t bssid[6];
	bool on_air;
	struct plane_bss_setup setup;
	struct frame *beacon; /* the template, for a second START_AP */
	struct frame *after;  /* the template for the channel to which a switch is in progress; NULL: none is */
	size_t after_tim_offset;
	enum cipher group_cipher;
	uint8_t gtk_id, igtk_id; /* of the newest keys; 0: none, or the key of WEP, which has no packet number */
	uint64_t gtk_pn, igtk_pn;
	struct plane_events held; /* EAPOL frames that wait for the packet numbers */
};

/* What the driver can do, as far as the plane depends on it. */
struct nlap_features {
	uint16_t akms_max;   /* wiphy.akms_max */
	bool associates;     /* AP_SME: it authenticates and associates by itself */
	bool early_stations; /* FULL_AP_CLIENT_STATE: it knows stations from their authentication on */
	bool control_port;   /* EAPOL frames over nl80211; else a packet socket */
	bool control_port_no_preauth;
	bool probe_client;
	bool changes_width; /* AP_MODE_CHAN_WIDTH_CHANGE */
};

struct nl80211_ap {
	struct nl80211_ap_setup setup;
	uint32_t wiphy;
	struct nlap_vlan **vlans;
	size_t vlan_count, vlan_room;
	uint64_t vlan_serial;
	struct nlap_features features;
	struct nlap_bss bss[NL80211_AP_BSS_MAX];
	struct mac_table table;
	struct nlap_station **stations;
	size_t station_count, station_room;
	struct nlap_tx *tx;
	size_t tx_count, tx_room;
	struct plane_events events; /* for control */
	struct plane_event taken;   /* the one that control handles */
	struct plane_actions reports;
	size_t pn_queries; /* GET_KEY without a reply yet */
	struct nl80211_ap_failure failure;
	bool failed;
	uint64_t now_ns;
	struct nl80211_requests *out;
};

/* ---- output.c ---- */

/* Reports the drop of a frame from `addr`; NULL: unknown. */
void nlap_drop(struct nl80211_ap *plane, unsigned bss, enum drop drop, const uint8_t *addr);

/* Queues an event for control, or in another list; takes `event->frame` over. */
void nlap_report(struct nl80211_ap *plane, const struct plane_event *event);
void nlap_queue(struct nl80211_ap *plane, struct plane_events *events, const struct plane_event *event);

/* A request to the interface of a BSS; NULL: no memory. */
struct nl80211_request *nlap_request(struct nl80211_ap *plane, unsigned bss, uint8_t command,
				     enum nlap_purpose purpose);

/* The same about a station, with its address as attribute. */
struct nl80211_request *nlap_request_to(struct nl80211_ap *plane, unsigned bss, const uint8_t *addr, uint8_t command,
					enum nlap_purpose purpose);

/* Remembers a frame until its TX status comes. */
void nlap_tx_add(struct nl80211_ap *plane, const struct nlap_tx *tx);

/* Removes the entry of a cookie; false: there is none. */
bool nlap_tx_take(struct nl80211_ap *plane, uint64_t cookie, struct nlap_tx *tx);

/* ---- beacon.c ---- */

/* Add the attributes of a template, and of a channel. */
void nlap_put_beacon(struct nl80211_request *request, const struct frame *beacon, size_t tim_offset);
void nlap_request_parameters(struct nl80211_ap *plane, unsigned number); /* SET_BSS */
void nlap_bss_take_template(struct nlap_bss *bss, struct frame *beacon, size_t tim_offset);
void nlap_bss_update(struct nl80211_ap *plane, unsigned number, struct plane_action *action);

/* ---- channel_switch.c ---- */

void nlap_bss_switch(struct nl80211_ap *plane, unsigned number, struct plane_action *action);
void nlap_bss_switch_reply(struct nl80211_ap *plane, unsigned number, const struct nl80211_reply *reply);

/* CH_SWITCH_STARTED_NOTIFY, CH_SWITCH_NOTIFY. */
void nlap_bss_switch_event(struct nl80211_ap *plane, unsigned number, const struct nl80211_event *event);

/* ---- bss.c ---- */

void nlap_bss_start(struct nl80211_ap *plane, unsigned number, struct plane_action *action);
void nlap_bss_stop(struct nl80211_ap *plane, unsigned number);

/* The reply to START_AP. */
void nlap_bss_started(struct nl80211_ap *plane, unsigned number, const struct nl80211_reply *reply, bool again);

/* ---- vlan_names.c ---- */

/* Each writes a name, and returns false if it would be too long for an interface. */
bool nlap_station_interface(char name[16], const struct nl80211_ap_ports *ports, uint16_t aid);
bool nlap_vlan_interface(char name[16], const struct nl80211_ap_ports *ports, uint16_t vlan);

/* Where the interface of a VLAN leads. Returns false if a name would be too long. */
bool nlap_vlan_port(struct nl80211_port *port, const struct nl80211_ap_ports *ports, uint16_t vlan);

/* ---- vlan.c ---- */

struct nlap_vlan *nlap_vlan_find(const struct nl80211_ap *plane, unsigned bss, uint16_t id);
struct nlap_vlan *nlap_vlan_by_ifindex(const struct nl80211_ap *plane, int ifindex);

/* Creates and ends the interface of a VLAN. */
void nlap_vlan_start(struct nl80211_ap *plane, unsigned bss, uint16_t id);
void nlap_vlan_stop(struct nl80211_ap *plane, unsigned bss, uint16_t id);
void nlap_vlan_stop_all(struct nl80211_ap *plane, unsigned bss); /* of a BSS, whose stations are forgotten */
void nlap_vlan_free_all(struct nl80211_ap *plane);

/* The reply to NEW_INTERFACE. */
void nlap_vlan_created(struct nl80211_ap *plane, unsigned bss, const struct nl80211_request *request,
		       const struct nl80211_reply *reply);
void nlap_vlan_removed(struct nl80211_ap *plane,
		       struct nlap_vlan *vlan); /* another program has deleted the interface */

/* Opens or closes the port of a station. It opens when the station is in its VLAN: before, it is in the network of the BSS. */
void nlap_vlan_authorise(struct nl80211_ap *plane, struct nlap_station *sta, bool authorised);

/*
 * Moves an associated station where control wants it, as soon as kernel and interface are ready. Returns false, and reports it, if
 * it can never be there: its port must not open.
 */
bool nlap_vlan_place(struct nl80211_ap *plane, struct nlap_station *sta, const struct plane_station *state);
void nlap_vlan_settle(struct nl80211_ap *plane, struct nlap_station *sta); /* the kernel has associated it */
void nlap_vlan_bound(struct nl80211_ap *plane, struct nlap_station *sta);  /* … and moved it */
void nlap_vlan_leave(struct nl80211_ap *plane, struct nlap_station *sta);  /* the kernel has no entry any more */

/* ---- station.c ---- */

struct nlap_station *nlap_station_find(const struct nl80211_ap *plane, unsigned bss, const uint8_t *addr);
void nlap_station_add(struct nl80211_ap *plane, unsigned bss, const uint8_t *addr);

/* With `associates`: the driver has associated it, with the elements of its request; or removed it. */
void nlap_station_associated(struct nl80211_ap *plane, unsigned bss, const uint8_t *addr, struct span elements);
void nlap_station_gone(struct nl80211_ap *plane, unsigned bss, const uint8_t *addr, uint16_t reason);
void nlap_station_set(struct nl80211_ap *plane, struct nlap_station *sta, const struct plane_station *state);
void nlap_station_close_port(struct nl80211_ap *plane, struct nlap_station *sta);
void nlap_station_remove(struct nl80211_ap *plane, struct nlap_station *sta);
void nlap_station_end_farewell(struct nl80211_ap *plane, struct nlap_station *sta);
void nlap_station_forget_all(struct nl80211_ap *plane, unsigned bss); /* the kernel has, too */
void nlap_station_free(struct nl80211_ap *plane, struct nlap_station *sta);

/* ---- keys.c ---- */

void nlap_key_install(struct nl80211_ap *plane, const struct plane_action *action);
void nlap_key_default(struct nl80211_ap *plane, const struct plane_action *action);
void nlap_key_remove(struct nl80211_ap *plane, const struct plane_action *action);
void nlap_key_use_vlan(struct nl80211_ap *plane, const struct nlap_vlan *vlan); /* the interface is there */
void nlap_key_reply(struct nl80211_ap *plane, unsigned bss, const struct nl80211_request *request,
		    const struct nl80211_reply *reply);

/* Asks for the packet numbers of the group keys. Returns false if there is none to ask for. */
bool nlap_key_query_pn(struct nl80211_ap *plane, unsigned bss);
void nlap_key_pn_reply(struct nl80211_ap *plane, unsigned bss, const struct nl80211_request *request,
		       const struct nl80211_reply *reply);

/* ---- frames.c ---- */

void nlap_send_management(struct nl80211_ap *plane, const struct plane_action *action);
void nlap_send_eapol(struct nl80211_ap *plane, const struct plane_action *action);
void nlap_send_probe(struct nl80211_ap *plane, struct nlap_station *sta);
void nlap_frame_reply(struct nl80211_ap *plane, unsigned bss, const struct nl80211_request *request,
		      const struct nl80211_reply *reply);
void nlap_frame_status(struct nl80211_ap *plane, uint64_t cookie, bool acked);

/* ---- ap.c ---- */

/* Around each call of the interface. */
void nlap_begin(struct nl80211_ap *plane, uint64_t now_ns, struct nl80211_requests *out);

#endif
