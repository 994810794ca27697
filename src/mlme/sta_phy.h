/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of mlme/sta_state.h. */
#ifndef VIFI_MLME_STA_PHY_H
#define VIFI_MLME_STA_PHY_H

#include "wire/frame_writer.h"
#include "wire/mgmt.h"

struct sta;

/* The Multi-AP element of an association request, if the user wants one (multi_ap_backhaul_sta). */
void sta_phy_write_request(const struct sta *sta, struct frame_writer *writer);

/* Reads what the access point has granted. */
void sta_phy_begin(struct sta *sta, const struct mgmt *response);

/* The access point does not serve stations of other access points, which ours shall be: has left it. */
bool sta_phy_refuses(struct sta *sta, const struct mgmt *response);

/* The generation by the Wi-Fi Alliance's count: 4 (802.11n) to 6 (802.11ax); 0: none of them. */
unsigned sta_phy_generation(const struct sta *sta);

#endif
