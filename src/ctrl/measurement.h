/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the clients of an access point say of radio measurement, neighbours and BSS transition management. */
#ifndef VIFI_CTRL_MEASUREMENT_H
#define VIFI_CTRL_MEASUREMENT_H

#include "base/error.h"
#include "ctrl/event.h"
#include "ctrl/reply.h"
#include "mlme/ap.h"

#define CTRL_ACTION_MAX 1024

/* The body of an action frame, from its category on, whose dialog token its sender fills in unless `has_token`. */
struct ctrl_action {
	uint8_t bytes[CTRL_ACTION_MAX];
	size_t len;
	bool has_token;
	uint16_t leave_after; /* the station must leave within this many beacon intervals; 0: it need not */
};

/*
 * SET_NEIGHBOR: ADDRESS ssid="…"|ssid=HEX nr=HEX [lci=HEX] [civic=HEX] [stat]. `nr` is the body of a Neighbor Report element. Returns
 * false with an error.
 */
bool ctrl_neighbour_parse(struct ap_neighbour *neighbour, char *args, struct error *error);

/* REMOVE_NEIGHBOR: ADDRESS [ssid=…]; without: of any name. */
bool ctrl_neighbour_parse_name(uint8_t bssid[6], uint8_t ssid[SSID_MAX], size_t *ssid_len, char *args,
			       struct error *error);

/* A line of SHOW_NEIGHBOR, as SET_NEIGHBOR takes it. */
void ctrl_neighbour_put(struct ctrl_reply *reply, const struct ap_neighbour *neighbour);

/* REQ_BEACON: [req_mode=HEX] HEX, which is the request (9.4.2.20.7) without its header. `station`: its RM Enabled Capabilities. */
bool ctrl_beacon_request(struct ctrl_action *action, char *args, const uint8_t station[RM_CAPABILITIES_LEN],
			 struct error *error);

/*
 * BSS_TM_REQ: options disassoc_timer= valid_int= bss_term=TSF,MINUTES dialog_token= url= pref=1 abridged=1 disassoc_imminent=1
 * and neighbor=BSSID,INFO,CLASS,CHANNEL,PHY[,HEX], as often as needed.
 */
bool ctrl_transition_request(struct ctrl_action *action, char *options, struct error *error);

/* Appends the Neighbor Report element of the value of one such option, which is cut. Returns false if it is wrong or has no room. */
bool ctrl_candidate_append(uint8_t *candidates, size_t *candidates_len, size_t room, char *value);

/* DISASSOC_IMMINENT: TIMER; ESS_DISASSOC: TIMER URL */
bool ctrl_disassociation_request(struct ctrl_action *action, char *args, bool ess, struct error *error);

/* NOTE_MEASUREMENT and NOTE_TRANSITION: BEACON-RESP-RX, LINK-MSR-RESP-RX, BSS-TM-QUERY, BSS-TM-RESP. Returns false for others. */
bool ctrl_measurement_event(struct ctrl_event *event, const struct action *note);

#endif
