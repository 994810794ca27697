/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/port_budget.h"

#include <stddef.h>

static struct port_budget_entry *find_entry(struct port_budget *budget, uint32_t port)
{
	struct port_budget_entry *oldest = &budget->entries[0];

	for (size_t i = 0; i < sizeof(budget->entries) / sizeof(budget->entries[0]); i++) {
		struct port_budget_entry *entry = &budget->entries[i];

		if (entry->tat && entry->port == port)
			return entry;
		if (entry->tat < oldest->tat)
			oldest = entry;
	}
	*oldest = (struct port_budget_entry){.port = port};
	return oldest;
}

/* The time of the next action of an entry. */
static uint64_t next_time(const struct port_budget *budget, const struct port_budget_entry *entry, uint64_t now)
{
	uint64_t credit = budget->interval * (budget->burst - 1);

	return entry->tat > now + credit ? entry->tat - credit : now;
}

static void charge(const struct port_budget *budget, struct port_budget_entry *entry, uint64_t now)
{
	entry->tat = (entry->tat > now ? entry->tat : now) + budget->interval;
}

uint64_t port_budget_charge(struct port_budget *budget, uint32_t port, uint64_t now)
{
	struct port_budget_entry *entry = find_entry(budget, port);
	uint64_t time = next_time(budget, entry, now);

	charge(budget, entry, now);
	return time;
}

bool port_budget_take(struct port_budget *budget, uint32_t port, uint64_t now)
{
	struct port_budget_entry *entry = find_entry(budget, port);

	if (next_time(budget, entry, now) > now)
		return false;
	charge(budget, entry, now);
	return true;
}
