/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line that `systemctl status` shows: guests, or what the bridge waits for. */
#ifndef VIFI_BRIDGE_STATUS_H
#define VIFI_BRIDGE_STATUS_H

#include "bridge/bridge.h"

/* Writes the line, without a newline, into `size` bytes; a longer line is cut. */
void bridge_status_text(const struct bridge *bridge, char *text, size_t size);

#endif
