/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Radio measurement at a station (11.10); a part of mlme/sta_state.h. */
#ifndef VIFI_MLME_STA_MEASURE_H
#define VIFI_MLME_STA_MEASURE_H

#include "mlme/sta.h"
#include "wire/measurement.h"

struct sta_outcome;

/* A beacon measurement that is under way. */
struct sta_beacon_job {
	enum { BEACON_JOB_NONE, BEACON_JOB_DELAYED, BEACON_JOB_SCANNING } step;
	uint8_t dialog, token; /* of the frame, of the element */
	bool group;            /* the request was for all stations: a refusal is not reported */
	struct beacon_request request;
	uint16_t freqs[STA_CHANNELS_MAX]; /* ends at 0 */
	uint64_t began_ns;
};

struct sta_measure {
	bool used; /* by the access point and by us: negotiated by the present or last association */
	uint8_t lci[MEASURE_BODY_MAX];
	size_t lci_len; /* 0: the user has not told us where we are */
	uint64_t lci_ns;
	uint8_t neighbour_token; /* of the last request; its timer says whether it is pending */
	struct sta_beacon_job job;
};

/* ---- sta_measure.c ---- */

void sta_measure_begin(struct sta *sta); /* an attempt to associate begins: does the access point measure? */
void sta_measure_end(struct sta *sta);   /* of the association */

/* RM Enabled Capabilities (9.4.2.45) of an association request, and the bit of its capability field. */
void sta_write_measurements(const struct sta *sta, struct frame_writer *writer);
uint16_t sta_measure_capability(const struct sta *sta);

/* STA_REQUEST_LCI, STA_REQUEST_NEIGHBOURS */
enum sta_answer sta_measure_set_lci(struct sta *sta, struct span lci);
enum sta_answer sta_measure_ask_neighbours(struct sta *sta, const struct neighbour_request *request);
void sta_measure_neighbours_timer(struct sta *sta);

/* An action frame of the category that needs no measurement. Returns false for others. */
bool sta_measure_receive(struct sta *sta, const struct mgmt *mgmt, int8_t signal_dbm);

/* Writes the answer to a request for our location, a Measurement Report element. Returns its length; 0: none. */
size_t sta_measure_locate(const struct sta *sta, const struct measure_request *request, bool group,
			  uint8_t out[ELEMENT_MAX]);

/* ---- sta_beacon_report.c ---- */

/* A Radio Measurement Request (9.6.6.2). Returns false for other frames. */
bool sta_beacon_report_receive(struct sta *sta, const struct mgmt *mgmt);
void sta_beacon_report_timer(struct sta *sta);
void sta_beacon_report_settle(struct sta *sta); /* after each event: reports when the scan has ended */

#endif
