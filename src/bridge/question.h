/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions to the wire about new addresses (rule 29). A claim of a guest is tentative for MN_TENTATIVE_NS; meanwhile the
 * wire is asked twice, a second apart, whether a station has the address. The rules act on the answer.
 *
 * The questions are charged to the guest's port (bridge/policy/port_budget.h): a port that learns addresses faster waits
 * for its own questions alone.
 */
#ifndef VIFI_BRIDGE_QUESTION_H
#define VIFI_BRIDGE_QUESTION_H

#include "bridge/bridge.h"

struct bridge_questions;

/* NULL: out of memory. */
struct bridge_questions *bridge_questions_new(struct bridge *bridge);
void bridge_questions_free(struct bridge_questions *questions); /* NULL is fine */

/* Whether the wire is to be asked about a binding: a tentative IP address of a guest. */
bool bridge_question_is_due(const struct mn_key *key, const struct mn_binding *binding);

/*
 * Queues the questions about an address that was claimed on a port. Repeated calls queue them once. A question is not
 * sent if the binding does not need it when its time comes.
 */
void bridge_question_add(struct bridge_questions *questions, const struct mn_key *key, uint32_t port);

/* Sends the questions that are due. Returns the ms until the next call; 0: none is queued. */
unsigned bridge_question_step(struct bridge_questions *questions);

#endif
