/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values of bgscan and autoscan: when a station scans, with a connection and without. */
#ifndef VIFI_CONF_BGSCAN_H
#define VIFI_CONF_BGSCAN_H

#include "mlme/sta_network.h"

#include "base/error.h"

/*
 * Reads "simple:SHORT:DBM:LONG" in quotes, in seconds: below the signal a scan every SHORT, else every LONG. "learn" has the
 * same parameters, and is the same here: *remark says so. An empty text is no bgscan. Returns false with an error.
 */
bool bgscan_parse(struct sta_bgscan *bgscan, const char *value, const char **remark, struct error *error);

/*
 * Reads the value of autoscan: periodic:SECONDS, or exponential:BASE:LIMIT in seconds; empty: none. Returns false with an
 * error.
 */
bool autoscan_parse(struct sta_autoscan *autoscan, const char *value, struct error *error);

#endif
