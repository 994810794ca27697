/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_BRIDGE_SIGNALS_H
#define VIFI_BRIDGE_SIGNALS_H

#include <stdbool.h>

/*
 * Blocks SIGTERM, SIGINT and SIGHUP, or unblocks them. They are blocked while the machine is changed, and unblocked in the
 * event loops, so that a signal never interrupts a change.
 */
void bridge_block_signals(bool block);

#endif
