/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reason codes (IEEE 802.11-2020, 9.4.1.7) and status codes (9.4.1.9) in words. */
#ifndef VIFI_WIRE_CODES_H
#define VIFI_WIRE_CODES_H

#include <stdint.h>

/* What the sender of a deauthentication or disassociation frame says, or NULL: a reserved code, or one of other protocols. */
const char *reason_text(uint16_t reason);

/* Why an access point refuses an authentication or association, or NULL. */
const char *status_text(uint16_t status);

/* What a management frame is, by its Frame Control field: "beacon". Never NULL. */
const char *dot11_management_name(uint16_t fc);

#endif
