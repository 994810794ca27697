/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The channel survey, as GET_SURVEY reports it: what the radio has measured on each channel, mostly during scans. Drivers differ in
 * what they measure, and many measure nothing.
 */
#ifndef VIFI_NL80211_SURVEY_H
#define VIFI_NL80211_SURVEY_H

#include "nl80211/request.h"

struct nl80211_survey {
	uint16_t freq_mhz;
	bool in_use; /* the radio is on this channel */
	bool has_noise, has_busy, has_tx;
	int8_t noise_dbm;
	uint64_t active_ms; /* how long the radio listened; 0: not reported */
	uint64_t busy_ms;   /* … and the channel was busy, with all transmissions */
	uint64_t tx_ms;     /* … by transmissions of the radio itself */
};

/* Asks for the survey of all channels of the radio of an interface. */
struct nl80211_request *nl80211_survey_query(struct nl80211_requests *requests, int ifindex);

/* Reads one message of the answer, NEW_SURVEY_RESULTS. Returns false if it is malformed, or about no channel. */
bool nl80211_survey_read(struct nl80211_survey *survey, struct nlmsghdr *message);

/*
 * The share of the time in which others occupied the channel, in 1/1000, between an earlier survey of the channel (NULL: none) and
 * this one. Returns -1 if the driver has not measured it, or reports an impossible time.
 */
int nl80211_survey_load(const struct nl80211_survey *survey, const struct nl80211_survey *earlier);

#endif
