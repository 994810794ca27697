/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Radio measurement: what stations and access points ask of each other and report (IEEE 802.11-2020, 9.4.2.20, 9.4.2.21, 9.6.6).
 * Every read is bounded; unknown subelements are skipped.
 */
#ifndef VIFI_WIRE_MEASUREMENT_H
#define VIFI_WIRE_MEASUREMENT_H

#include "wire/frame_writer.h"
#include "wire/mgmt.h"

/* Types of measurement (Table 9-99). */
enum { MEASURE_BEACON = 5, MEASURE_LCI = 8, MEASURE_CIVIC = 11 };

/* The last type of the basic ones, which may be measured in parallel without support for it. */
#define MEASURE_RPI_HISTOGRAM 2

/* The modes of a beacon request (Table 9-103). */
enum { MEASURE_PASSIVE = 0, MEASURE_ACTIVE = 1, MEASURE_TABLE = 2 };

/* Measurement Request Mode (Figure 9-193). */
#define MEASURE_MODE_PARALLEL 0x01
#define MEASURE_MODE_ENABLE   0x02 /* the element allows or forbids requests and reports */
#define MEASURE_MODE_DURATION 0x10 /* … of the request is mandatory */

/* Measurement Report Mode (Figure 9-239); 0: a report follows. */
#define MEASURE_INCAPABLE 0x02
#define MEASURE_REFUSED   0x04

#define MEASURE_HEADER_LEN 3                          /* token, mode, type */
#define MEASURE_BODY_MAX   (255 - MEASURE_HEADER_LEN) /* of a measurement element, after its header */

#define LOCATION_SUBJECT_REMOTE 1      /* of the station that reports (9.4.2.20.10) */
#define LOCATION_ANY_AGE        0xffff /* of a maximum age, in 100 ms */

/* dot11PHYType (Annex C) */
enum { PHY_OFDM = 4, PHY_HRDSSS = 5, PHY_ERP = 6, PHY_HT = 7, PHY_VHT = 9, PHY_HE = 14 };

/* A Measurement Request element. */
struct measure_request {
	uint8_t token, mode, type;
	struct span body;
};

/* Removes the next element. Returns false at the end; bytes left in `rest` are another or a truncated element. */
bool measure_request_next(struct span *rest, struct measure_request *request);

/* Writes a Measurement Report element without a body: the request is refused, or nothing was measured. */
#define MEASURE_EMPTY_LEN (2 + MEASURE_HEADER_LEN)
void measure_report_write_empty(uint8_t out[MEASURE_EMPTY_LEN], uint8_t token, uint8_t mode, uint8_t type);

/* A request for a location (9.4.2.20.10). */
struct lci_request {
	uint8_t subject;
	uint16_t age_max; /* in 100 ms: the location may be as old as this */
};

/* Returns false if the body is too short. */
bool lci_request_parse(struct lci_request *request, struct span body);

/* ---- beacon reports (9.4.2.20.7, 9.4.2.21.7) ---- */

enum beacon_detail { BEACON_DETAIL_NONE, BEACON_DETAIL_REQUESTED, BEACON_DETAIL_ALL };

struct beacon_request {
	uint8_t operating_class, channel; /* channel 0: all of the class; 255: those of the channel reports */
	uint16_t random_tu, duration_tu;  /* longest random delay; time on each channel */
	uint8_t mode;                     /* MEASURE_PASSIVE …; others are reserved */
	uint8_t bssid[6];                 /* a group address: any */
	uint8_t ssid[MGMT_SSID_MAX];
	size_t ssid_len; /* 0: any */
	enum beacon_detail detail;
	uint8_t elements[32], extensions[32]; /* bits: ids that BEACON_DETAIL_REQUESTED asks for */
	bool conditional;                     /* a report only after some event */
	bool last_indication;                 /* the last report says that it is */
	struct span subelements;              /* borrowed: for beacon_request_channels() */
};

/* Reads the body of a Measurement Request element. Returns false if it is malformed. */
bool beacon_request_parse(struct beacon_request *request, struct span body);

/*
 * Writes the channels to visit, in MHz, and returns their number, at most `room`. Classes and channels that Table E-4 does not have
 * are left out.
 */
size_t beacon_request_channels(const struct beacon_request *request, uint16_t *freqs, size_t room);

/* A BSS that was heard. */
struct beacon_report {
	uint8_t operating_class, channel, phy;
	uint64_t start_us; /* TSF of our access point */
	uint16_t duration_tu;
	int8_t signal_dbm; /* 0: unknown */
	uint8_t bssid[6];
	uint32_t parent_tsf_us;
	uint8_t number; /* of the report in its measurement, from 1 on: it marks the fragments that belong together */
	/* of its beacon: */
	uint64_t tsf_us;
	uint16_t interval_tu, capability;
};

/*
 * Writes fragment number `fragment` of a report as a Measurement Report element, with the next of the elements of the beacon, which
 * it removes: while some are left, another fragment follows. An element that fits in no fragment is left out. Returns its length.
 */
size_t beacon_report_write(const struct beacon_report *report, const struct beacon_request *request, uint8_t token,
			   unsigned fragment, struct span *elements, uint8_t out[ELEMENT_MAX]);

/* Where such an element says whether it is the last one, as an offset; 0: nowhere. */
size_t beacon_report_last_offset(const struct beacon_request *request, size_t len);

/* Received Channel Power Indicator (9.4.2.37) of a signal; 0 dBm is an unknown one. */
uint8_t rcpi_of_signal(int8_t signal_dbm);

/* ---- neighbour reports (9.6.6.6, 9.6.6.7) ---- */

/* What a station asks for: a name, and locations with the tokens of these requests. */
struct neighbour_request {
	struct span ssid;   /* `bytes` NULL: none was given */
	uint8_t lci, civic; /* token; 0: it does not ask */
	uint16_t lci_age;   /* in 100 ms: the location may be as old as this */
};

/* Reads the elements after the dialog token. */
void neighbour_request_parse(struct neighbour_request *request, struct span elements);
void neighbour_request_write(const struct neighbour_request *request, struct frame_writer *writer);

/* A Neighbor Report element (9.4.2.36). Its locations are bodies of Measurement Report elements; `bytes` NULL: none. */
struct neighbour_report {
	const uint8_t *bssid;
	uint32_t info;
	uint8_t operating_class, channel, phy;
	struct span lci, civic;
};

/* Reads the body of the element. Returns false if it is too short. */
bool neighbour_report_parse(struct neighbour_report *report, struct span body);

#endif
