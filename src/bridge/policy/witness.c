/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/witness.h"

#define MS(n) ((n)*1000000ull)

#define BEGIN     MS(20)  /* an owner that has the address answers within milliseconds, and needs no witness */
#define POLL      MS(10)  /* between two steps; also before the next question, for answers by another queue */
#define POLL_FAST MS(100) /* for this time after a question */
#define POLL_SLOW MS(50)  /* and then */

enum witness_verdict witness_step(struct witness *witness, bool answered, uint64_t now)
{
	if (!witness->next) {
		witness->next = now + BEGIN;
		return WITNESS_WAIT;
	}
	if (witness->asked && answered) {
		if (++witness->answers == WITNESS_ANSWERS)
			return WITNESS_SILENT;
		witness->asked = 0;
		witness->next = now + POLL;
		return WITNESS_WAIT;
	}
	if (now < witness->next)
		return WITNESS_WAIT;
	if (witness->asked) {
		witness->next = now + (now - witness->asked < POLL_FAST ? POLL : POLL_SLOW);
		return WITNESS_WAIT;
	}
	witness->asked = now;
	witness->next = now + POLL;
	return WITNESS_ASK;
}
