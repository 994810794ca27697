/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clock, the log and the status of `vifi bridge`. */
#ifndef VIFI_BRIDGE_LOG_H
#define VIFI_BRIDGE_LOG_H

#include <stdint.h>

/* The clock of the bindings: CLOCK_MONOTONIC, ns. */
uint64_t bridge_now(void);

/*
 * Prints "vifi: …" on standard error: what a person may want to know, and what a person should look at. To the journal of
 * systemd, which adds the name, it prints the priority instead (sd-daemon(3): 6 and 4).
 */
void bridge_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
void bridge_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Tells the service manager what the process does; `systemctl status` shows it. */
void bridge_status(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Why store_maps_open() failed with this errno, with a remedy. */
const char *bridge_tables_reason(int error);

#endif
