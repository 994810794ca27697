/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Neighbour discovery (RFC 4861), and the RSA signature option of SEND (RFC 3971), which makes a message
 * untranslatable.
 */
#ifndef VIFI_WIRE_NDP_H
#define VIFI_WIRE_NDP_H

#include <stdint.h>

#define ND_RS       133
#define ND_RA       134
#define ND_NS       135
#define ND_NA       136
#define ND_REDIRECT 137

#define ND_NA_SOLICITED 0x40
#define ND_NA_OVERRIDE  0x20

#define ND_OFF_CSUM 2

#define ND_OPT_SLLA 1
#define ND_OPT_TLLA 2
#define ND_OPT_RSA  12

/* The common part of NS, NA and Redirect; RS and RA share the first eight bytes. */
struct nd_msg {
	uint8_t type, code, csum[2], flags[4], target[16];
};

struct nd_opt {
	uint8_t type, len, addr[6];
};

#endif
