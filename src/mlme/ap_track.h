/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stations that were heard, connected or not (track_sta_max_num): an access point can leave those that another radio of the
 * process has heard to that one, so that stations with two bands use the better one.
 */
#ifndef VIFI_MLME_AP_TRACK_H
#define VIFI_MLME_AP_TRACK_H

#include "mlme/ap.h"

#define AP_TRACK_PROCESS_MAX 32

/* The access points of a process. All zeroes: none. */
struct ap_process {
	struct ap *aps[AP_TRACK_PROCESS_MAX];
	size_t count;
};

/* What an access point has heard, the latest last. */
struct ap_track {
	struct ap_sighting *list;
	size_t count, room;
};

void ap_track_join(struct ap *ap);  /* its process */
void ap_track_leave(struct ap *ap); /* the process, and forgets what it has heard */

/* A management frame of `addr` has arrived. */
void ap_track_hear(struct ap *ap, const uint8_t *addr, int8_t signal_dbm);

/* The network with this interface whose radio has heard the station; NULL: none has, or `interface` is empty. */
const struct ap_bss *ap_track_find(const struct ap *ap, const char *interface, const uint8_t *addr);

/* AP_COMMAND_GET_SIGHTING */
bool ap_track_get(struct ap *ap, size_t nth, struct ap_sighting *sighting);

#endif
