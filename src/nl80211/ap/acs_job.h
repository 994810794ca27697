/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gathers what automatic channel selection (acs.h) needs, before the access point starts: passive scans of all candidates, each
 * followed by a survey; at the end the networks that the scans have heard.
 *
 *	SCANNING ── NEW_SCAN_RESULTS, SCAN_ABORTED ──▶ SURVEYING ── answer ──▶ SCANNING … READING ── answer ──▶ DONE
 *	    └ EBUSY ▶ BUSY ── a second later ──▶ SCANNING
 *
 * A driver that refuses to scan as an access point leaves candidates without measurements: the lowest one is chosen then. No I/O.
 */
#ifndef VIFI_NL80211_AP_ACS_JOB_H
#define VIFI_NL80211_AP_ACS_JOB_H

#include "nl80211/ap/acs.h"
#include "nl80211/survey.h"

#define NL80211_ACS_SURVEYS_MAX  64
#define NL80211_ACS_NETWORKS_MAX 256

/* nl80211_request.purpose of its requests; others have other numbers. */
enum nl80211_acs_purpose {
	NL80211_ACS_SCAN = 200,
	NL80211_ACS_SURVEY,
	NL80211_ACS_RESULTS,
};

enum nl80211_acs_state {
	NL80211_ACS_IDLE,
	NL80211_ACS_SCANNING,
	NL80211_ACS_BUSY,
	NL80211_ACS_SURVEYING,
	NL80211_ACS_READING,
	NL80211_ACS_DONE,
};

struct nl80211_acs_job {
	enum nl80211_acs_state state;
	int ifindex;
	const struct nl80211_ap_choice *choice;         /* borrowed */
	const struct nl80211_ap_candidates *candidates; /* borrowed */
	unsigned scans_done, busy_count;
	uint64_t due_ns;
	struct nl80211_survey before[NL80211_ACS_SURVEYS_MAX], after[NL80211_ACS_SURVEYS_MAX];
	size_t before_count, after_count;
	bool has_before;
	struct nl80211_acs_network networks[NL80211_ACS_NETWORKS_MAX];
	size_t network_count;
	int scan_error; /* the last refusal, a negative errno; 0: none */
};

/* Begins: adds the first request. `choice` and `candidates` are borrowed until the end. */
void nl80211_acs_begin(struct nl80211_acs_job *job, int ifindex, const struct nl80211_ap_choice *choice,
		       const struct nl80211_ap_candidates *candidates, uint64_t now_ns, struct nl80211_requests *out);

/* The result of one of its requests, and an event of its interface. */
void nl80211_acs_reply(struct nl80211_acs_job *job, const struct nl80211_request *request,
		       const struct nl80211_reply *reply, uint64_t now_ns, struct nl80211_requests *out);
void nl80211_acs_event(struct nl80211_acs_job *job, const struct nl80211_event *event, uint64_t now_ns,
		       struct nl80211_requests *out);

/* The time of the next nl80211_acs_tick(); UINT64_MAX: none. */
uint64_t nl80211_acs_deadline(const struct nl80211_acs_job *job);
void nl80211_acs_tick(struct nl80211_acs_job *job, uint64_t now_ns, struct nl80211_requests *out);

/* In the state DONE: chooses. Returns false without candidates. */
bool nl80211_acs_result(const struct nl80211_acs_job *job, struct nl80211_acs_result *result);

#endif
