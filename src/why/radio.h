/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vifi why STATION`, `vifi why INTERFACE`: why a station has no connection, or its frames do not arrive. The processes of
 * `vifi ap` and `vifi sta` are asked (wifi/report.h); doctor/ knows the card.
 *
 * The source of each fact: events are decisions of the state machine at this end. The reasons of the other end are
 * known only from its reason and status codes; a sentence then says "the access point refused".
 */
#ifndef VIFI_WHY_RADIO_H
#define VIFI_WHY_RADIO_H

#include "doctor/policy/card.h"

#include <jansson.h>

enum why_role { WHY_NOBODY, WHY_STATION, WHY_ACCESS_POINT };

struct why_radio {
	const char *asked;     /* the operand, borrowed */
	enum why_role role;    /* of the process that serves the radio; WHY_NOBODY: none does */
	const json_t *reports; /* the answers of all processes (daemon/wifi_reports.h), borrowed */
	json_t *radio;         /* the radio in question, borrowed from them; NULL: no process serves it */
	char interface[16];
	char station[24]; /* the address of a station at an access point; empty: the radio itself is in question */
	const char *mute; /* why a process of `role` does not answer, borrowed from the reports; NULL: none is mute */
	bool killed;      /* a process of `role` served it, and has ended without cleaning up */
	bool exists, up;  /* the interface */
	char bridge[16];  /* that it is a port of; empty: none */
	bool has_address; /* IPv4, or IPv6 beyond fe80:: */
	struct doctor_card *card; /* NULL: no card */
};

/*
 * Finds the radio or station that is meant: an interface, the MAC address of a radio or of a station that an access point
 * knows, or a network name. Returns false if `asked` is none of them; with `any_station`, any MAC address is a station of the
 * first access point that runs. Free the facts in any case.
 */
bool why_radio_gather(struct why_radio *facts, const json_t *reports, const char *asked, bool any_station);
void why_radio_free(struct why_radio *facts);

/* Returns the verdict, as why_judge() does; the caller releases it. */
json_t *why_radio_judge(const struct why_radio *facts);

#endif
