/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What others do to the TAP interfaces of a radio while it runs, in sentences: rename, set down or up, another MAC address,
 * into or out of a bridge, into another network namespace. The radio continues: it has the interfaces open.
 */
#ifndef VIFI_WIFI_LINKS_H
#define VIFI_WIFI_LINKS_H

#include "wifi/wifi.h"

struct wifi_links;

/* Begins to watch in the loop. Returns NULL if that is not possible; then nothing is said. */
struct wifi_links *wifi_links_open(const struct wifi *wifi, uv_loop_t *uv);

/* The network with this number has come, or has gone. NULL is fine. */
void wifi_links_update(struct wifi_links *links, unsigned number);

/* The loop must run once more, which frees it. NULL is fine. */
void wifi_links_close(struct wifi_links *links);

#endif
