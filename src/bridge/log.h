/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clock and the log of `vifi bridge`. */
#ifndef VIFI_BRIDGE_LOG_H
#define VIFI_BRIDGE_LOG_H

#include <stdint.h>

/* The clock of the bindings: CLOCK_MONOTONIC, ns. */
uint64_t bridge_now(void);

/* Prints "vifi: …" on standard error. */
void bridge_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Why store_maps_open() failed with this errno, with a remedy. */
const char *bridge_tables_reason(int error);

#endif
