/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers for people: two or three significant digits, and a unit. Each function returns `out`. */
#ifndef VIFI_BRIDGE_POLICY_UNITS_H
#define VIFI_BRIDGE_POLICY_UNITS_H

#include <stdint.h>

#define UNITS_TEXT 32

/* "999 B", "1.2 kB", "44 MB", "999 GB": decimal multiples, at most six characters up to 999 TB. */
const char *units_bytes(char out[UNITS_TEXT], uint64_t bytes);

/* Bytes per second as bits per second, without the "/s": "0", "980 bit", "3.1 Mbit"; at most eight characters up to 999 Tbit. */
const char *units_rate(char out[UNITS_TEXT], uint64_t bytes_per_s);

/* "12 s", "3 min", "2 h", "5 d", rounded down; at most six characters up to 27 years. */
const char *units_duration(char out[UNITS_TEXT], uint64_t seconds);

#endif
