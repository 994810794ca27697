/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames of fast BSS transition between this host and others (wire/rrb.h), on the distribution system: the bridges of the
 * networks, or their interfaces. One packet socket for each ethertype serves all networks of the process; what to send, and
 * when, says rsn/ft_remote.h.
 */
#ifndef VIFI_WIFI_AP_DS_H
#define VIFI_WIFI_AP_DS_H

#include "base/error.h"

struct ap_ds;
struct ap_hub;

/*
 * Opens the sockets, with CAP_NET_RAW. From then on the access points of the process share keys with other hosts. Returns NULL
 * with an error.
 */
struct ap_ds *ap_ds_open(struct ap_hub *hub, struct error *error);

/* Sends what is to be sent, and answers whom it can. To be called before the loop waits; NULL is valid. */
void ap_ds_flush(struct ap_ds *ds);

/* The loop must run once more. NULL is valid. */
void ap_ds_close(struct ap_ds *ds);

#endif
