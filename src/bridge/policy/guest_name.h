/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The name that a guest gives itself in DHCP requests: host name (option 12, RFC 2132, 3.14) or FQDN (option 81, RFC 4702).
 * A guest may send any bytes: the result is short and safe to print.
 */
#ifndef VIFI_BRIDGE_POLICY_GUEST_NAME_H
#define VIFI_BRIDGE_POLICY_GUEST_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUEST_NAME_SIZE 64 /* with the final zero */

/*
 * Decodes the contents of the option. Keeps letters, digits, '-', '_' and '.'; any other byte becomes '?'. Returns false,
 * with an empty name, if there is none.
 */
bool guest_name_decode(char name[GUEST_NAME_SIZE], unsigned option, const uint8_t *bytes, size_t size);

#endif
