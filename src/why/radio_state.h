/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Internals of the verdict about radios. */
#ifndef VIFI_WHY_RADIO_STATE_H
#define VIFI_WHY_RADIO_STATE_H

#include "why/radio.h"
#include "why/verdict.h"

struct radio_judge {
	const struct why_radio *facts;
	struct verdict verdict;
};

static inline json_t *radio_judge_fail(struct radio_judge *judge, const char *id, const char *sentence,
				       const char *remedy)
{
	return verdict_cause(&judge->verdict, id, "fail", sentence, remedy);
}

/* ---- radio_attempt.c: what the last attempt to connect has ended with ---- */

/*
 * Names the cause of the newest failure among the events of the radio's peers, or of the one with the address `peer` (NULL:
 * all). Returns false if no attempt has failed.
 */
bool radio_judge_attempt(struct radio_judge *judge, const char *peer);

/* Of the BSSs that a station hears, says why it may join none. */
void radio_judge_heard(struct radio_judge *judge);

/* ---- radio_regulatory.c: what the rules of the country forbid ---- */

/* Names the rule that keeps an access point, which may be off the air, off its channel. Returns false if there is none. */
bool radio_judge_own_channel(struct radio_judge *judge, bool off);
/* Names the rule by which a station does not hear or may not join its network. Returns false if none is known. */
bool radio_judge_heard_channels(struct radio_judge *judge);
/* The network is not heard: which channels the station could not listen on. */
void radio_note_channels(struct radio_judge *judge);

/* ---- radio_channel.c ---- */

/* Whether the networks of an access point are on the air, and stations may join them. */
void radio_judge_on_air(struct radio_judge *judge);

#endif
