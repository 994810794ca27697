/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Multi-AP element (Wi-Fi EasyMesh, Multi-AP Specification 1.0, 9.1) of association requests and responses. */
#ifndef VIFI_WIRE_MULTI_AP_H
#define VIFI_WIRE_MULTI_AP_H

#include "wire/frame_writer.h"
#include "wire/ie.h"

#define MULTI_AP_BACKHAUL_STA  0x80 /* the station of another access point */
#define MULTI_AP_BACKHAUL_BSS  0x40 /* serves such stations … */
#define MULTI_AP_FRONTHAUL_BSS 0x20 /* … and others */

/* The flags of its Multi-AP Extension subelement; 0: there is none. */
uint8_t multi_ap_read(struct span elements);
void multi_ap_write(uint8_t flags, struct frame_writer *writer);

#endif
