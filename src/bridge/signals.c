/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/signals.h"

#include <signal.h>
#include <stddef.h>

void bridge_block_signals(bool block)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(block ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}
