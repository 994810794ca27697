/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames that a monitor interface has taken and not yet returned with their TX status. A returned frame is found by
 * its receiver, type and sequence control. A frame that does not come back within LEDGER_TIMEOUT_NS is reported as lost;
 * where none has ever come back, the driver does not report, and frames count as acknowledged.
 */
#ifndef VIFI_RADIO_TX_LEDGER_H
#define VIFI_RADIO_TX_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEDGER_TIMEOUT_NS UINT64_C(250000000)

enum { LEDGER_ROOM = 512 };

struct tx_entry {
	uint64_t sent_ns;
	uint32_t cookie; /* 0: nobody waits for the status */
	uint16_t seq_ctrl;
	uint8_t addr[6], type; /* the receiver; the first byte of the frame control */
	bool done;
};

/* Zero: empty. A ring: entries [first, first + count). */
struct tx_ledger {
	struct tx_entry entries[LEDGER_ROOM];
	size_t first, count;
	bool returns; /* a frame has come back */
};

/* Notes a frame, a data or management frame, that was sent now. Returns false if the ledger is full. */
bool tx_ledger_add(struct tx_ledger *ledger, const uint8_t *mpdu, uint32_t cookie, uint64_t now_ns);

/* A frame has come back. Moves its entry to `entry`; false: it is not known. */
bool tx_ledger_match(struct tx_ledger *ledger, const uint8_t *mpdu, struct tx_entry *entry);

/* Moves the oldest frame that is overdue to `entry`; false: there is none. `*acked` is what to believe of it. */
bool tx_ledger_expire(struct tx_ledger *ledger, uint64_t now_ns, struct tx_entry *entry, bool *acked);

/* When the oldest frame is overdue; UINT64_MAX: there is none. */
uint64_t tx_ledger_deadline(const struct tx_ledger *ledger);

#endif
