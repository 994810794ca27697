/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plane of a station over a driver (plane/plane.h): actions of control become requests to the kernel; its replies and
 * events become events for control. Pure: src/driver has the sockets.
 *
 *	control ── actions ──▶ nl80211_sta_apply() ── requests ──▶ the kernel
 *	control ◀── events ── nl80211_sta_take_event() ◀── nl80211_sta_reply(), nl80211_sta_event() ◀── the kernel
 *
 * The caller carries out the requests one after the other and passes each reply; after each call it passes the events
 * that there are to control, and its actions to the plane, until nothing is left.
 */
#ifndef VIFI_NL80211_STA_STA_H
#define VIFI_NL80211_STA_STA_H

#include "nl80211/request.h"
#include "nl80211/wiphy.h"
#include "plane/events.h"
#include "plane/plane.h"

struct nl80211_sta_setup {
	int ifindex;
	uint8_t addr[6];
	const struct nl80211_wiphy *wiphy; /* borrowed; the caller may read it anew */
	int power_save;                    /* of the driver: 1 on, 0 off, -1 as it is */
};

struct nl80211_sta;

/* Returns NULL without memory. */
struct nl80211_sta *nl80211_sta_new(const struct nl80211_sta_setup *setup);
void nl80211_sta_free(struct nl80211_sta *sta);

/* What control must know of a station over this radio. */
struct plane_capabilities nl80211_sta_capabilities(const struct nl80211_wiphy *wiphy);

/* Does the radio carry EAPOL frames by nl80211? Otherwise NL80211_REQUEST_PACKET and nl80211_sta_packet() carry them. */
bool nl80211_sta_has_control_port(const struct nl80211_sta *sta);

/*
 * The requests of the set-up, before nl80211_sta_begin(): registers for frames. EALREADY: another program manages the
 * interface. Their replies are not for the plane.
 */
void nl80211_sta_register(const struct nl80211_sta *sta, struct nl80211_requests *out);

/* Removes what another program has left. Call it each time the interface has come up. */
void nl80211_sta_begin(struct nl80211_sta *sta, struct nl80211_requests *out);

/* The interface has another MAC address; call it before nl80211_sta_begin(). */
void nl80211_sta_adopt_address(struct nl80211_sta *sta, const uint8_t addr[6]);

/* Carries out the actions, except PLANE_REPORT, and takes their frames over. */
void nl80211_sta_apply(struct nl80211_sta *sta, struct plane_actions *actions, uint64_t now_ns,
		       struct nl80211_requests *out);

/* The result of a request. Returns false for an error that the plane did not expect: it is worth a line of the log. */
bool nl80211_sta_reply(struct nl80211_sta *sta, const struct nl80211_request *request,
		       const struct nl80211_reply *reply, uint64_t now_ns, struct nl80211_requests *out);

/* An event of the kernel. Those of other interfaces are ignored. */
void nl80211_sta_event(struct nl80211_sta *sta, const struct nl80211_event *event, uint64_t now_ns,
		       struct nl80211_requests *out);

/* An EAPOL frame from a packet socket; borrowed. */
void nl80211_sta_packet(struct nl80211_sta *sta, const struct frame *frame);

/* The kernel passes data: the interface is no longer dormant, as NL80211_REQUEST_OPERSTATE has asked. */
void nl80211_sta_port_opened(struct nl80211_sta *sta);

/* Events were lost: asks the kernel for the state of the association and for the results of a scan. */
void nl80211_sta_resync(struct nl80211_sta *sta, struct nl80211_requests *out);

/* Ends the association that there may be, of which control does not know: after an action was lost for lack of memory. */
void nl80211_sta_end_association(struct nl80211_sta *sta, struct nl80211_requests *out);

/* Has a network switched the interface to 4-address mode? */
bool nl80211_sta_has_four_address(const struct nl80211_sta *sta);

/* How long the machine has been suspended, before a reply with results: some have the time of a clock that counts that. */
void nl80211_sta_set_suspended(struct nl80211_sta *sta, uint64_t suspended_ns);

/* The time for the next nl80211_sta_tick(). */
uint64_t nl80211_sta_deadline(const struct nl80211_sta *sta);
void nl80211_sta_tick(struct nl80211_sta *sta, uint64_t now_ns, struct nl80211_requests *out);

/* Moves the next event for control to `event`; the caller releases it (plane/events.h). Returns false if there is none. */
bool nl80211_sta_take_event(struct nl80211_sta *sta, struct plane_event *event);

/* PLANE_REPORTs of the frames that the plane has dropped. The caller clears the list. */
struct plane_actions *nl80211_sta_reports(struct nl80211_sta *sta);

#endif
