/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A station of `vifi sta`: its state machine on one of the planes, its configuration, its control socket. */
#ifndef VIFI_WIFI_STA_ADAPTER_H
#define VIFI_WIFI_STA_ADAPTER_H

#include "ctrl/server/server.h"
#include "ctrl/sta/wpas.h"
#include "driver/sta.h"
#include "softmac/sta/soft_sta.h"
#include "wifi/wifi.h"

struct sta_config {
	struct wpa_conf wpa;
	char *text; /* of the file; for text_file_free() */
	char file[256], interface[16], bridge[16];
	uint8_t addr[6];
	bool use_driver;
	char ctrl_interface[200]; /* instead of the file's; empty: as the file says */
};

struct sta_adapter {
	struct wifi *wifi;
	struct soft_sta *sta;          /* over the medium */
	struct driver_sta *driver_sta; /* over a driver, which frees it */
	struct sta_setup setup;
	struct wpas wpas;
	char file[256];             /* of the configuration; empty: none */
	struct ctrl_server *server; /* NULL: none */
	int inet_fd;                /* for the IP address; -1: none */
	/* what a global socket wants to know, or NULL */
	void (*on_event)(void *user, const char *interface, int level, const char *text);
	void (*on_terminate)(void *user);
	void *global;
};

/* ---- sta_control.c ---- */

/* Prepares the configuration that is changed at run time. Returns false with an error. */
bool sta_control_init(struct sta_adapter *adapter, const struct sta_config *config, struct crypto *crypto,
		      struct error *error);

/* Opens the control socket that the configuration asks for, if it does. Returns false with an error. */
bool sta_control_open(struct sta_adapter *adapter, const struct sta_config *config, uv_loop_t *loop,
		      struct error *error);
void sta_control_close(struct sta_adapter *adapter);

/* A note of the station, for clients. */
void sta_control_note(void *user, const struct action *note);

#endif
