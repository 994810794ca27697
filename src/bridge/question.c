/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/question.h"

#include "bridge/ask.h"
#include "bridge/log.h"
#include "bridge/policy/port_budget.h"

#include <stdlib.h>
#include <string.h>
#define HASH_NONFATAL_OOM 1 /* a failed HASH_ADD leaves hh.tbl NULL */
#include <uthash.h>

enum {
	QUESTIONS_MAX = 8192, /* queued at a time */
	QUESTION_TRIES = 2,   /* a broadcast on Wi-Fi is not acknowledged */
	PORT_RATE = 64,       /* addresses per second and port in the long run: four times the default learning rate, */
	PORT_BURST = 256,     /* and at once: the default burst */
};

struct question {
	struct mn_key key;
	uint64_t due; /* ns */
	unsigned sent;
	UT_hash_handle hh;
};

struct bridge_questions {
	struct bridge *bridge;
	struct question *queue;
	struct port_budget budget;
};

struct bridge_questions *bridge_questions_new(struct bridge *bridge)
{
	struct bridge_questions *questions = calloc(1, sizeof(*questions));

	if (questions) {
		questions->bridge = bridge;
		questions->budget.interval = MN_NS_PER_SEC / PORT_RATE;
		questions->budget.burst = PORT_BURST;
	}
	return questions;
}

static void remove_question(struct bridge_questions *questions, struct question *question)
{
	HASH_DEL(questions->queue, question);
	free(question);
}

void bridge_questions_free(struct bridge_questions *questions)
{
	struct question *question, *next;

	if (!questions)
		return;
	HASH_ITER(hh, questions->queue, question, next) {
		remove_question(questions, question);
	}
	free(questions);
}

bool bridge_question_is_due(const struct mn_key *key, const struct mn_binding *binding)
{
	return store_is_ip(key) && binding->kind == MN_GUEST && (binding->flags & MN_F_TENTATIVE) &&
	       !(binding->flags & MN_F_PIN);
}

void bridge_question_add(struct bridge_questions *questions, const struct mn_key *key, uint32_t port)
{
	struct question *question;

	HASH_FIND(hh, questions->queue, key, sizeof(*key), question);
	if (question || HASH_COUNT(questions->queue) >= QUESTIONS_MAX)
		return;
	question = calloc(1, sizeof(*question));
	if (!question)
		return;
	question->key = *key;
	question->due = port_budget_charge(&questions->budget, port, bridge_now());
	HASH_ADD(hh, questions->queue, key, sizeof(question->key), question);
	if (!question->hh.tbl) /* no memory: the next check of the bindings tries again */
		free(question);
}

static bool is_still_due(const struct bridge_questions *questions, const struct mn_key *key)
{
	struct store *store = questions->bridge->store;
	struct mn_binding binding;

	return store->ops->get(store, key, &binding) == 0 && bridge_question_is_due(key, &binding);
}

unsigned bridge_question_step(struct bridge_questions *questions)
{
	struct question *question, *next;
	uint64_t now = bridge_now(), soonest = UINT64_MAX;

	HASH_ITER(hh, questions->queue, question, next) {
		if (question->due <= now) {
			if (!is_still_due(questions, &question->key)) {
				remove_question(questions, question);
				continue;
			}
			ask_wire(questions->bridge, &question->key);
			question->due = now + MN_NS_PER_SEC;
			if (++question->sent == QUESTION_TRIES) {
				remove_question(questions, question);
				continue;
			}
		}
		if (question->due < soonest)
			soonest = question->due;
	}
	return soonest == UINT64_MAX ? 0 : (unsigned)((soonest - now) / 1000000 + 1);
}
