/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WNM sleep mode of a station (sta_sleep.c). */
#ifndef VIFI_MLME_STA_SLEEP_H
#define VIFI_MLME_STA_SLEEP_H

#include "wire/mgmt.h"

struct sta;

struct sta_sleep {
	bool requested; /* no response has come as yet */
	bool exit;      /* … to leave the mode */
	uint8_t token;  /* of the last request */
};

/*
 * Asks to enter or leave the mode: for at most `interval` DTIM intervals, 0: without limit. `filters` are TFS Request elements.
 * Returns false if the access point does not offer it.
 */
bool sta_sleep_request(struct sta *sta, bool exit, uint16_t interval, struct span filters);

/* An action frame of our access point that PMF has accepted. Returns false if it is about something else. */
bool sta_sleep_receive(struct sta *sta, const struct mgmt *mgmt);

#endif
