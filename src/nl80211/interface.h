/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces of the kernel's Wi-Fi stack, as GET_INTERFACE reports them, and the commands that change them. */
#ifndef VIFI_NL80211_INTERFACE_H
#define VIFI_NL80211_INTERFACE_H

#include "nl80211/request.h"

struct nl80211_interface {
	int ifindex; /* 0: without a network device, as of P2P */
	uint64_t wdev;
	uint32_t wiphy;
	uint32_t type; /* enum nl80211_iftype */
	char name[16];
	uint8_t addr[6];
	uint16_t freq_mhz; /* 0: it is on no channel */
	bool four_addr;
};

/* Reads NEW_INTERFACE, an answer or an event. Returns false if `event` is something else, or lacks the address. */
bool nl80211_interface_read(struct nl80211_interface *interface, const struct nl80211_event *event);

/* "station", "access point" …; "unknown" for a type that is newer than this program. */
const char *nl80211_interface_type_name(uint32_t type);

/* Asks for one interface, or with `ifindex` 0 for all. */
struct nl80211_request *nl80211_interface_query(struct nl80211_requests *requests, int ifindex);

/* Changes the type, enum nl80211_iftype. Most drivers refuse while the interface is up: EBUSY. */
struct nl80211_request *nl80211_interface_set_type(struct nl80211_requests *requests, int ifindex, uint32_t type);

/*
 * Creates another interface of the same radio, whose index and address the answer has; `addr` may be NULL. With
 * `owner_socket` the kernel deletes it when the program ends.
 */
struct nl80211_request *nl80211_interface_create(struct nl80211_requests *requests, uint32_t wiphy, const char *name,
						 uint32_t type, const uint8_t *addr);
struct nl80211_request *nl80211_interface_delete(struct nl80211_requests *requests, int ifindex);

#endif
