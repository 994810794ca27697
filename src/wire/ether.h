/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ethernet II and VLAN tags (IEEE 802.3, 802.1Q), and the ethertypes that vifi knows. */
#ifndef VIFI_WIRE_ETHER_H
#define VIFI_WIRE_ETHER_H

#include <stdint.h>

#define ETHER_ALEN      6
#define ETHER_HLEN      14
#define ETHER_VLAN_HLEN 4
#define ETHER_TYPE_MIN  0x0600 /* smaller values are 802.3 lengths */

/* LLC and SNAP header (IEEE 802.2): these six bytes, as an initializer of `uint8_t[]`, then the ethertype. */
#define SNAP_RFC1042       0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00
#define SNAP_BRIDGE_TUNNEL 0xaa, 0xaa, 0x03, 0x00, 0x00, 0xf8 /* IEEE 802.1H */
#define SNAP_OFF_TYPE      6
#define SNAP_HLEN          8

#define ETHERTYPE_IP4      0x0800
#define ETHERTYPE_ARP      0x0806
#define ETHERTYPE_TDLS     0x890d /* IEEE 802.11 encapsulation: TDLS, fast BSS transition */
#define ETHERTYPE_RARP     0x8035
#define ETHERTYPE_VLAN     0x8100
#define ETHERTYPE_IP6      0x86dd
#define ETHERTYPE_PPPOE_D  0x8863
#define ETHERTYPE_PPPOE_S  0x8864
#define ETHERTYPE_EAPOL    0x888e
#define ETHERTYPE_SVLAN    0x88a8
#define ETHERTYPE_PREAUTH  0x88c7 /* RSN preauthentication */
#define ETHERTYPE_LLDP     0x88cc
#define ETHERTYPE_QINQ_OLD 0x9100

struct ether_hdr {
	uint8_t dst[ETHER_ALEN], src[ETHER_ALEN], type[2];
};

#endif
