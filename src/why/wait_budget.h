/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long `vifi why` may wait for answers of the network, all questions together: a person waits for its verdict. Each wait is
 * granted from the budget before it begins, and returns what it did not need, so that the sum cannot exceed the budget, however
 * many answers fail to come. Processing time is not counted: a busy machine does not change the verdict.
 */
#ifndef VIFI_WHY_WAIT_BUDGET_H
#define VIFI_WHY_WAIT_BUDGET_H

enum { WAIT_BUDGET_MS = 750 };

struct wait_budget {
	int left_ms;
};

/* Returns how many of the wanted milliseconds may be waited, and takes them from the budget. */
static inline int wait_budget_take(struct wait_budget *budget, int wanted_ms)
{
	int granted = wanted_ms < budget->left_ms ? wanted_ms : budget->left_ms;

	granted = granted > 0 ? granted : 0;
	budget->left_ms -= granted;
	return granted;
}

/* Returns what was not needed of a grant, after `waited_ms`, which may be longer than it on a busy machine. */
static inline void wait_budget_give_back(struct wait_budget *budget, int granted_ms, long long waited_ms)
{
	if (waited_ms < granted_ms)
		budget->left_ms += granted_ms - (int)(waited_ms > 0 ? waited_ms : 0);
}

#endif
