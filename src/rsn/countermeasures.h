/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TKIP countermeasures (IEEE 802.11-2016 12.5.2.4). Michael is weak: who may try often enough finds a code that fits.
 * So two failures within a minute end TKIP for a minute.
 *
 *	              a failure                               the second within 60 s
 *	access point  it is noted                             every station whose keys are TKIP's, pairwise or the
 *	              (its own, or one that a station         group's, is deauthenticated (reason 14); none of them may
 *	              reported: RSN_MICHAEL_FAILURE)                  associate for 60 s; a new group key, before the first does
 *	station       supplicant_request(): the report        the report, then it leaves (reason 14), and does not come
 *	                                                      back to that access point by TKIP for 60 s
 *
 * A failure counts once the ICV and the packet number were right: what the air damaged is none (softmac/tkip.c).
 */
#ifndef VIFI_RSN_COUNTERMEASURES_H
#define VIFI_RSN_COUNTERMEASURES_H

#include "rsn/handshake.h"

#define COUNTERMEASURES_NS UINT64_C(60000000000)

/* All zero bytes: nothing has happened. One for each network of an access point; at a station one for each of them. */
struct countermeasures {
	bool failed;        /* there was a failure, … */
	uint64_t failed_ns; /* … then */
	uint64_t until_ns;
};

/*
 * There was a Michael failure, or one was reported. Returns true when countermeasures begin with it. While they last,
 * failures change nothing.
 */
bool countermeasures_failure(struct countermeasures *countermeasures, uint64_t now_ns);

/* Do they last? Until exactly c->until_ns. */
bool countermeasures_active(const struct countermeasures *countermeasures, uint64_t now_ns);

/* Is it a link that they end, or must not begin? */
bool countermeasures_apply_to(const struct rsn_suite *suite);

#endif
