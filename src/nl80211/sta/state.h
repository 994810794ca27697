/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The internals of the plane of a station over a driver, shared by its files. Each calls only those above it:
 *
 *	output.c   reports to control; the carrier of the interface
 *	scan.c     triggers a scan, waits for it, and turns its table into management frames
 *	schedule.c scans that the driver repeats by itself
 *	join.c     authentication, association or connection; their end
 *	link.c     keys, EAPOL, management frames, the signal
 *	sta.c      dispatches actions, replies and events
 */
#ifndef VIFI_NL80211_STA_STATE_H
#define VIFI_NL80211_STA_STATE_H

#include "nl80211/sta/sta.h"

#define NEVER UINT64_MAX

/* The purpose of a request (nl80211_request.purpose). */
enum sta_purpose {
	STA_IGNORE_ERROR, /* a failure does no harm */
	STA_REPORT_ERROR, /* a failure is logged, and has no other effect */
	STA_SCAN,
	STA_SCAN_RESULTS,
	STA_SCHEDULE, /* START_SCHED_SCAN */
	STA_SCHEDULE_STOP,
	STA_SCHEDULE_RESULTS,
	STA_FIND_AGAIN, /* the scan of one channel after ENOENT */
	STA_JOIN,       /* AUTHENTICATE, ASSOCIATE, CONNECT */
	STA_LEAVE,      /* DEAUTHENTICATE, DISCONNECT */
	STA_ADDRESS,
	STA_KEY,
	STA_AUTHORISE,
	STA_CARRIER, /* the interface shall pass data */
	STA_ROAMED,  /* the table of scans, after the driver has roamed */
	STA_SIGNAL,
	STA_WATCH, /* SET_CQM */
	STA_FOUR_ADDRESS,
	STA_STATE, /* is there still an association? */
};

enum sta_phase {
	PHASE_NONE,
	PHASE_AUTHENTICATING,
	PHASE_AUTHENTICATED,
	PHASE_ASSOCIATING,
	PHASE_ASSOCIATED,
};

enum sta_scan_state {
	STA_SCAN_IDLE,
	STA_SCAN_TRIGGERED, /* our scan: NEW_SCAN_RESULTS or SCAN_ABORTED follows */
	STA_SCAN_BUSY,      /* another program scans: its results serve us, too, and our scan follows */
	STA_SCAN_READING,   /* GET_SCAN is under way */
	STA_SCAN_BETWEEN,   /* control has the results of one part, and may end the scan before the next */
};

#define STA_REPORTED_MAX 16

struct sta_scan_job {
	enum sta_scan_state state;
	struct plane_scan plan;
	size_t done, part;                   /* channels: of the parts that are done, of the present one */
	uint16_t reported[STA_REPORTED_MAX]; /* of access points in the 6 GHz band that others report */
	size_t reported_count;
	bool visits_reported;      /* they are the present part, the last one */
	uint64_t began_ns, due_ns; /* of the present part; due_ns: try again, or give up */
	unsigned tries;
};

struct sta_schedule_job {
	bool active;
	unsigned own_stops; /* the kernel reports them like ends that the driver has decided */
};

/* A request to join, to repeat it. */
struct sta_join_job {
	enum plane_action_kind kind; /* PLANE_AUTHENTICATE or PLANE_ASSOCIATE */
	struct frame *frame;         /* NULL: none is pending */
	struct plane_join join;
	bool looked_again;  /* the channel was scanned again after ENOENT */
	bool finding;       /* … that scan is under way */
	bool left_previous; /* an earlier association was ended after EALREADY */
};

/* The driver has roamed by itself: control gets to know the BSS before it learns that. */
struct sta_roam_job {
	bool pending, authorised;
	uint8_t bssid[6];
	struct frame *elements; /* of the request; NULL: as those of ours */
};

struct sta_key_copy {
	uint8_t len, bytes[KEY_MAX];
};

struct nl80211_sta {
	struct nl80211_sta_setup setup;
	uint8_t previous_addr[6]; /* before the last change of the address, also while it is under way */
	bool control_port, connects, handshakes;
	struct plane_events events;
	struct plane_actions reports;

	uint64_t suspended_ns; /* CLOCK_BOOTTIME is ahead of the time of events by this */
	bool four_address;     /* of the interface, where a network has asked for it */
	bool linked;           /* `link` is valid */
	struct plane_link link;
	enum sta_phase phase;
	bool replaces; /* the driver still has the last association, which CONNECT to another access point replaces */
	bool authorised, operstate_up, mfp;
	unsigned own_deauths;   /* deauthentications of ours that the kernel has not reported yet */
	uint64_t own_deauth_ns; /* the time of the last one */
	struct sta_join_job job;
	struct sta_scan_job scan;
	struct sta_schedule_job schedule;
	struct sta_roam_job roam;
	struct sta_key_copy pairwise, group[8]; /* installed keys: they must not be installed again */
	struct frame *early_eapol;              /* it came before the association response */
	bool watched;                           /* the driver reports when the signal becomes weak */
	enum plane_signal_change signal_change; /* that the driver has reported, until the signal is known */
	uint64_t signal_due_ns;
	uint64_t port_due_ns; /* the kernel has not told that the interface passes data; NEVER: it is not asked to */
	uint64_t keep_alive_ns, keep_alive_due_ns; /* plane_station.keep_alive_ns; the next frame, or NEVER */
	size_t next_ssid;                          /* where the SSIDs of the next scan begin */
};

/* ---- output.c ---- */

struct plane_event *nl80211_sta_add_event(struct nl80211_sta *sta, enum plane_event_kind kind);

/* Reports a management frame, and takes it over; NULL: there was no memory. Without channel and signal, those of the link. */
void nl80211_sta_report(struct nl80211_sta *sta, struct frame *frame);

/* Reports that a frame from `addr` (NULL: unknown) was dropped. */
void nl80211_sta_drop(struct nl80211_sta *sta, enum drop drop, const uint8_t *addr);

/* An EAPOL frame for control, which is taken over. One that precedes the association response waits for it. */
void nl80211_sta_receive_eapol(struct nl80211_sta *sta, struct frame *frame, bool protected);
void nl80211_sta_carrier(struct nl80211_sta *sta, bool up, struct nl80211_requests *out);

/* ---- scan.c ---- */

void nl80211_sta_scan_begin(struct nl80211_sta *sta, const struct plane_scan *plan, uint64_t now_ns,
			    struct nl80211_requests *out);
void nl80211_sta_scan_cancel(struct nl80211_sta *sta, struct nl80211_requests *out);
bool nl80211_sta_scan_reply(struct nl80211_sta *sta, const struct nl80211_request *request,
			    const struct nl80211_reply *reply, uint64_t now_ns);
void nl80211_sta_scan_event(struct nl80211_sta *sta, uint64_t now_ns,
			    struct nl80211_requests *out); /* a scan has ended */
void nl80211_sta_scan_started(struct nl80211_sta *sta);    /* by us, or by another program */
void nl80211_sta_scan_timer(struct nl80211_sta *sta, uint64_t now_ns, struct nl80211_requests *out);
void nl80211_sta_scan_read(struct nl80211_sta *sta, struct nl80211_requests *out);

/* Reports the BSSs of an answer to GET_SCAN that are not older than that, with the time at which each was heard. */
void nl80211_sta_scan_report(struct nl80211_sta *sta, const struct nl80211_reply *reply, uint64_t age_max_ms,
			     uint64_t now_ns);

/*
 * NL80211_ATTR_SCAN_FREQUENCIES. Channels that the radio lacks, or may not use, would make the kernel refuse all of them.
 * Returns the number of others.
 */
int nl80211_sta_put_channels(struct nl80211_sta *sta, struct nl80211_request *request, const uint16_t *freqs,
			     size_t count);

/* Scans one channel for the BSS of the link, which the kernel has forgotten. */
void nl80211_sta_scan_again(struct nl80211_sta *sta, struct nl80211_requests *out);

/* ---- schedule.c ---- */

/* Begins a schedule, or ends it if it has no channels. */
void nl80211_sta_schedule(struct nl80211_sta *sta, const struct plane_schedule *schedule, struct nl80211_requests *out);

/* Ends it. Unless control has asked for that (`told`), it learns of it. */
void nl80211_sta_schedule_stop(struct nl80211_sta *sta, bool told, struct nl80211_requests *out);
bool nl80211_sta_schedule_reply(struct nl80211_sta *sta, const struct nl80211_request *request,
				const struct nl80211_reply *reply, uint64_t now_ns);
void nl80211_sta_schedule_event(struct nl80211_sta *sta, uint8_t command, struct nl80211_requests *out);
void nl80211_sta_schedule_read(struct nl80211_sta *sta, struct nl80211_requests *out); /* asks for what it has found */

/* ---- join.c ---- */

void nl80211_sta_join(struct nl80211_sta *sta, struct plane_action *action, struct nl80211_requests *out);
bool nl80211_sta_join_reply(struct nl80211_sta *sta, const struct nl80211_reply *reply, struct nl80211_requests *out);
void nl80211_sta_join_found(struct nl80211_sta *sta,
			    struct nl80211_requests *out); /* the scan after ENOENT has ended */
void nl80211_sta_left(struct nl80211_sta *sta, const struct nl80211_reply *reply, uint64_t now_ns);
void nl80211_sta_join_event(struct nl80211_sta *sta, const struct nl80211_event *event, uint64_t now_ns,
			    struct nl80211_requests *out);

/* The BSSs are reported: reports that the driver has roamed. */
void nl80211_sta_roamed(struct nl80211_sta *sta, const struct nl80211_reply *reply, uint64_t now_ns);

/* Ends what there is with the access point. With `reason` a deauthentication is sent, otherwise nothing. */
void nl80211_sta_leave(struct nl80211_sta *sta, uint16_t reason, struct nl80211_requests *out);

/* The driver shall reassociate: its SME replaces the association at the next request to join. */
void nl80211_sta_replace(struct nl80211_sta *sta, struct nl80211_requests *out);

/* Forgets the association, keys and frames; sends nothing. */
void nl80211_sta_forget(struct nl80211_sta *sta);

/* ---- link.c ---- */

void nl80211_sta_set_station(struct nl80211_sta *sta, const struct plane_station *station, uint64_t now_ns,
			     struct nl80211_requests *out);

/* The reply to the request that opens the port. Returns false for an unexpected error. */
bool nl80211_sta_port_reply(struct nl80211_sta *sta, const struct nl80211_reply *reply, uint64_t now_ns,
			    struct nl80211_requests *out);
void nl80211_sta_install_key(struct nl80211_sta *sta, const struct plane_key *key, struct nl80211_requests *out);
void nl80211_sta_put_rekey(struct nl80211_sta *sta, const struct plane_rekey *rekey, struct nl80211_requests *out);
void nl80211_sta_key_failed(struct nl80211_sta *sta, const struct nl80211_request *request);
void nl80211_sta_send_eapol(struct nl80211_sta *sta, struct plane_action *action, struct nl80211_requests *out);
void nl80211_sta_send_management(struct nl80211_sta *sta, struct plane_action *action, struct nl80211_requests *out);
void nl80211_sta_link_event(struct nl80211_sta *sta, const struct nl80211_event *event, struct nl80211_requests *out);
void nl80211_sta_query_signal(struct nl80211_sta *sta, struct nl80211_requests *out);
void nl80211_sta_read_signal(struct nl80211_sta *sta, const struct nl80211_reply *reply);
/* Other limits of the signal from now on. */
void nl80211_sta_watch(struct nl80211_sta *sta, const struct plane_watch *watch, struct nl80211_requests *out);
void nl80211_sta_keep_alive_timer(struct nl80211_sta *sta, uint64_t now_ns, struct nl80211_requests *out);
void nl80211_sta_signal_timer(struct nl80211_sta *sta, uint64_t now_ns, struct nl80211_requests *out);

#endif
