/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PPP over Ethernet (RFC 2516). */
#ifndef VIFI_WIRE_PPPOE_H
#define VIFI_WIRE_PPPOE_H

#include <stdint.h>

#define PPPOE_PADI 0x09
#define PPPOE_PADR 0x19
#define PPPOE_PADS 0x65
#define PPPOE_PADT 0xa7

#define PPPOE_TAG_HOST_UNIQ 0x0103

struct pppoe_hdr {
	uint8_t ver_type, code, session[2], len[2];
};

#endif
