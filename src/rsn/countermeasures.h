/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TKIP countermeasures (IEEE 802.11-2020, 12.5.2.4). Michael is weak: an attacker with enough attempts forges a MIC. So
 * two failures within a minute stop TKIP for a minute.
 *
 *	              first failure                           second failure within 60 s
 *	access point  records it (its own, or one that a      deauthenticates every station with a TKIP key, pairwise
 *	              station reports: RSN_MICHAEL_FAILURE)   or group (reason 14), refuses TKIP associations for
 *	                                                      60 s, and makes new group keys before the first one
 *	station       reports it: supplicant_request()        reports it, leaves (reason 14), and avoids that
 *	                                                      access point with TKIP for 60 s
 *
 * A failure counts only with a correct ICV and packet number, so that transmission errors do not count
 * (softmac/tkip.c).
 */
#ifndef VIFI_RSN_COUNTERMEASURES_H
#define VIFI_RSN_COUNTERMEASURES_H

#include "rsn/handshake.h"

#define COUNTERMEASURES_NS UINT64_C(60000000000)

/* The state of one network of an access point, or of one access point at a station. Zero: no failure. */
struct countermeasures {
	bool failed;        /* one failure is recorded */
	uint64_t failed_ns; /* its time */
	uint64_t until_ns;  /* end of the countermeasures */
};

/*
 * Records a Michael failure, detected or reported. Returns true if it starts countermeasures. Failures during
 * countermeasures have no effect.
 */
bool countermeasures_failure(struct countermeasures *countermeasures, uint64_t now_ns);

/* Are countermeasures active? They end at countermeasures->until_ns. */
bool countermeasures_active(const struct countermeasures *countermeasures, uint64_t now_ns);

/* Do countermeasures apply to a link with this suite? */
bool countermeasures_apply_to(const struct rsn_suite *suite);

#endif
