/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events for the clients of a control socket. A state machine reports each once, as a note with fields (struct action of
 * plane/action.h: kind, BSS, address, reason, key id); each sink has its own words for it: this one hostapd's, for its
 * sockets; wifi/log.c vifi's, for the log.
 */
#ifndef VIFI_CTRL_EVENT_H
#define VIFI_CTRL_EVENT_H

#include "plane/action.h"

enum ctrl_level { CTRL_EXCESSIVE, CTRL_MSGDUMP, CTRL_DEBUG, CTRL_INFO, CTRL_WARNING, CTRL_ERROR };

#define CTRL_EVENT_MAX 4700 /* a management frame in hexadecimal */

struct ctrl_event {
	enum ctrl_level level; /* events usually have CTRL_INFO */
	char text[CTRL_EVENT_MAX];
};

/* NOTE_REGDOM: "CTRL-EVENT-REGDOM-CHANGE init=USER type=COUNTRY alpha2=DE". */
void ctrl_regulatory_event(char *text, size_t room, const struct action *note);

/* NOTE_OCV_FAILURE: "OCV-FAILURE addr=… frame=… error=…". */
void ctrl_ocv_event(char *text, size_t room, const struct action *note);

/* Where the other 20 MHz of the primary 40 MHz are: 1 above, -1 below; 0: there are none. */
int ctrl_channel_secondary(const struct plane_channel *channel);

/* An access point's note, in hostapd's words. Returns false if hostapd has none for it. */
bool ctrl_ap_event(struct ctrl_event *event, const struct action *note);

#endif
