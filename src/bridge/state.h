/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bindings over a restart (rule 4): a JSON file with the bindings of the guests. Times in it are seconds before its
 * writing, and it holds the wall-clock time of its writing, so that it is valid after a reboot, too.
 */
#ifndef VIFI_BRIDGE_STATE_H
#define VIFI_BRIDGE_STATE_H

#include "bridge/bridge.h"
#include "bridge/snapshot.h"

/* Saves the guests' bindings. Returns 0 or a negative errno; a failure is logged. */
int bridge_state_save(const struct bridge *bridge);

/*
 * Loads the saved bindings that have not expired since, and sets `uplink_mac` to the uplink's MAC address at the time
 * of saving. Without a usable file both stay as they are; an unusable one is logged. The snapshot has the ports of the guests.
 */
void bridge_state_load(const struct bridge *bridge, const struct bridge_snapshot *snapshot, uint8_t uplink_mac[6]);

/* Reads which card was the uplink of this name at the time of saving. */
void bridge_state_last_card(const char *folder, const char *uplink, struct last_card *card);

/* Deletes the file. */
void bridge_state_forget(const char *folder, const char *uplink);

#endif
