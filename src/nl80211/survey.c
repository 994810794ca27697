/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/survey.h"

#include "nl80211/attributes.h"

#include <linux/genetlink.h>
#include <netlink/msg.h>

struct nl80211_request *nl80211_survey_query(struct nl80211_requests *requests, int ifindex)
{
	struct nl80211_request *request = nl80211_requests_add(requests, NL80211_CMD_GET_SURVEY, ifindex);

	if (request)
		request->dump = true;
	return request;
}

/* A driver without a counter of busy time may still have one of received frames. */
static void read_times(struct nl80211_survey *survey, struct nlattr **attrs)
{
	const struct nlattr *busy = attrs[NL80211_SURVEY_INFO_TIME_BUSY];

	if (!busy)
		busy = attrs[NL80211_SURVEY_INFO_TIME_RX];
	survey->active_ms = attribute_u64(attrs[NL80211_SURVEY_INFO_TIME]);
	survey->has_busy = busy;
	survey->busy_ms = attribute_u64(busy);
	survey->has_tx = attrs[NL80211_SURVEY_INFO_TIME_BUSY] && attrs[NL80211_SURVEY_INFO_TIME_TX];
	survey->tx_ms = survey->has_tx ? attribute_u64(attrs[NL80211_SURVEY_INFO_TIME_TX]) : 0;
}

bool nl80211_survey_read(struct nl80211_survey *survey, struct nlmsghdr *message)
{
	struct nlattr *attrs[NL80211_SURVEY_INFO_MAX + 1], *nest;
	struct genlmsghdr header;

	*survey = (struct nl80211_survey){0};
	if (!nlmsg_valid_hdr(message, sizeof(header)))
		return false;
	memcpy(&header, nlmsg_data(message), sizeof(header));
	nest = nlmsg_find_attr(message, sizeof(header), NL80211_ATTR_SURVEY_INFO);
	if (header.cmd != NL80211_CMD_NEW_SURVEY_RESULTS || !nest ||
	    nla_parse_nested(attrs, NL80211_SURVEY_INFO_MAX, nest, NULL) < 0)
		return false;
	survey->freq_mhz = (uint16_t)attribute_u32(attrs[NL80211_SURVEY_INFO_FREQUENCY]);
	survey->in_use = attrs[NL80211_SURVEY_INFO_IN_USE];
	survey->has_noise = attrs[NL80211_SURVEY_INFO_NOISE];
	survey->noise_dbm = (int8_t)attribute_u8(attrs[NL80211_SURVEY_INFO_NOISE]);
	read_times(survey, attrs);
	return survey->freq_mhz;
}

/* Counters only grow, unless the driver resets them: then they count from zero again. */
static uint64_t growth(uint64_t now, uint64_t before)
{
	return now >= before ? now - before : now;
}

int nl80211_survey_load(const struct nl80211_survey *survey, const struct nl80211_survey *earlier)
{
	static const struct nl80211_survey none = {0};
	const struct nl80211_survey *from = earlier ? earlier : &none;
	uint64_t active = growth(survey->active_ms, from->active_ms), busy = growth(survey->busy_ms, from->busy_ms),
		 own = growth(survey->tx_ms, from->tx_ms);

	if (!survey->has_busy || !active || active > UINT64_MAX / 1000)
		return -1;
	busy = busy < active ? busy : active;
	own = own < busy ? own : busy;
	active -= own;
	return active ? (int)((busy - own) * 1000 / active) : 0;
}
