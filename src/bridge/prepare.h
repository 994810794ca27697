/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_BRIDGE_PREPARE_H
#define VIFI_BRIDGE_PREPARE_H

#include "bridge/bridge.h"

/* Checks whether `up` can succeed, and takes the lock. It changes nothing else. */
enum bridge_result bridge_prepare(struct bridge *bridge, struct error *error);

#endif
