/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "radio/tx_ledger.h"

#include "base/mac.h"
#include "wire/le.h"

enum { RECEIVER_AT = 4, SEQ_CTRL_AT = 22 };

static struct tx_entry *entry_at(struct tx_ledger *ledger, size_t nth)
{
	return &ledger->entries[(ledger->first + nth) % LEDGER_ROOM];
}

/* Entries in the middle are marked only; the ring moves on over them. */
static void drop_done(struct tx_ledger *ledger)
{
	while (ledger->count && ledger->entries[ledger->first].done) {
		ledger->first = (ledger->first + 1) % LEDGER_ROOM;
		ledger->count--;
	}
}

bool tx_ledger_add(struct tx_ledger *ledger, const uint8_t *mpdu, uint32_t cookie, uint64_t now_ns)
{
	struct tx_entry *entry;

	if (ledger->count == LEDGER_ROOM)
		return false;
	entry = entry_at(ledger, ledger->count++);
	*entry = (struct tx_entry){
		.sent_ns = now_ns, .cookie = cookie, .type = mpdu[0], .seq_ctrl = le16(mpdu + SEQ_CTRL_AT)};
	mac_copy(entry->addr, mpdu + RECEIVER_AT);
	return true;
}

bool tx_ledger_match(struct tx_ledger *ledger, const uint8_t *mpdu, struct tx_entry *found)
{
	for (size_t i = 0; i < ledger->count; i++) {
		struct tx_entry *entry = entry_at(ledger, i);

		if (entry->done || entry->type != mpdu[0] || entry->seq_ctrl != le16(mpdu + SEQ_CTRL_AT) ||
		    !mac_equal(entry->addr, mpdu + RECEIVER_AT))
			continue;
		*found = *entry;
		entry->done = ledger->returns = true;
		drop_done(ledger);
		return true;
	}
	return false;
}

bool tx_ledger_expire(struct tx_ledger *ledger, uint64_t now_ns, struct tx_entry *entry, bool *acked)
{
	if (now_ns < tx_ledger_deadline(ledger))
		return false;
	*entry = *entry_at(ledger, 0);
	*acked = !ledger->returns;
	entry_at(ledger, 0)->done = true;
	drop_done(ledger);
	return true;
}

uint64_t tx_ledger_deadline(const struct tx_ledger *ledger)
{
	return ledger->count ? ledger->entries[ledger->first].sent_ns + LEDGER_TIMEOUT_NS : UINT64_MAX;
}
