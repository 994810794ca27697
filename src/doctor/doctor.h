/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vifi doctor`: what this machine can do, before anything runs. It changes nothing, and needs no privilege; without
 * root some findings are missing.
 *
 *	cards.c    Wi-Fi cards: nl80211, sysfs, ethtool
 *	owners.c   the programs that use an interface
 *	policy/    what all that means
 *
 * The rest is `vifi bridge check` (bridge/check.h) and the facts of `vifi setup` (setup/facts.h).
 */
#ifndef VIFI_DOCTOR_DOCTOR_H
#define VIFI_DOCTOR_DOCTOR_H

#include "base/error.h"
#include "doctor/policy/card.h"

struct doctor_cards {
	struct doctor_card *list; /* one for each interface, in the order of the kernel */
	size_t count;
};

/*
 * Reads the Wi-Fi interfaces of this network namespace. Returns 0, or a negative errno with a sentence: -EOPNOTSUPP if the
 * kernel has no nl80211. Free the cards in any case.
 */
int doctor_read_cards(struct doctor_cards *cards, struct error *error);
void doctor_free_cards(struct doctor_cards *cards);

/* Fills in the programs that use the card's interface: owners.c. */
void doctor_find_owners(struct doctor_card *card);

#endif
