/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The access points of a process, and their control sockets. Radios come from the files of the command line, and by
 * ADD through the global socket; the sockets of their networks are where ctrl_interface says.
 */
#ifndef VIFI_WIFI_AP_HUB_H
#define VIFI_WIFI_AP_HUB_H

#include "wifi/wifi.h"

/* The functions of struct wifi_program. */
void *ap_hub_open(struct wifi_host *host, struct error *error);
void ap_hub_confine(void *hub, struct sandbox *sandbox);
void ap_hub_ready(void *hub);
bool ap_hub_reload(void *hub);
bool ap_hub_reload_text(void *hub, const char *text, const char *name, struct error *error);
struct wifi *ap_hub_radio(void *hub, size_t nth);
bool ap_hub_handle_failures(void *hub);
void ap_hub_close(void *hub);

#endif
