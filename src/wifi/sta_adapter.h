/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A station of `vifi sta`: its state machine on one of the planes, its configuration, its control socket. */
#ifndef VIFI_WIFI_STA_ADAPTER_H
#define VIFI_WIFI_STA_ADAPTER_H

#include "ctrl/server/server.h"
#include "ctrl/sta/wpas.h"
#include "driver/sta.h"
#include "softmac/sta/soft_sta.h"
#include "wifi/sta_config.h"
#include "wifi/wifi.h"

struct sta_adapter {
	struct wifi *wifi;
	struct soft_sta *sta;          /* over the medium */
	struct driver_sta *driver_sta; /* over a driver, which frees it */
	struct sta_setup setup;
	struct wpas wpas;
	char file[256];                                 /* of the configuration; empty: none */
	bool file_is_old;                               /* the text of another file has taken its place */
	char folder[256], socket_folder[CTRL_PATH_MAX]; /* of it and of the socket, for the sandbox */
	struct ctrl_server *server;                     /* NULL: none */
	uv_timer_t *timer;                              /* of wpas_tick(); NULL: none */
	int inet_fd;                                    /* for the IP address; -1: none */
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

/* Tells the configuration what the radio is and can do. */
void sta_control_describe(struct sta_adapter *adapter);

/* A command of a client, from the station's socket or the global one. */
void sta_control_command(void *adapter, char *command, struct ctrl_reply *reply);

/* A note of the station, for clients. */
void sta_control_note(void *user, const char *interface, const struct action *note);

/* ---- sta_hub.c: all stations of the process ---- */

#define STA_HUB_MAX 16

struct sta_station {
	struct wifi *wifi;
	struct wifi own; /* of a station that came at run time; `wifi` points to it */
	void *config;
	bool dying; /* its handles are closed in the next turn of the loop */
};

struct sta_hub {
	struct wifi_host *host;
	struct sta_station *stations[STA_HUB_MAX];
	size_t count;
	struct ctrl_server *global; /* NULL: none */
	uv_timer_t reaper;          /* frees what has stopped */
	uv_prepare_t prepare;       /* before the loop waits: has a station joined? */
};

void *sta_hub_open(struct wifi_host *host, struct error *error);
void sta_hub_confine(void *control, struct sandbox *sandbox);
void sta_hub_ready(void *control);
bool sta_hub_reload(void *control);
bool sta_hub_reload_text(void *control, const char *text, const char *name, struct error *error);
struct wifi *sta_hub_radio(void *control, size_t nth);
bool sta_hub_failed(void *control);
void sta_hub_close(void *control);
struct sta_adapter *sta_hub_find(const struct sta_hub *hub, const char *interface);

/* Begins a station on an interface. `options` are those of a command line. Returns false with an error. */
bool sta_hub_add(struct sta_hub *hub, const struct wifi_options *options, struct error *error);
bool sta_hub_remove(struct sta_hub *hub, const char *interface);

/* ---- sta_global.c ---- */

/* Answers a command of the global socket. */
void sta_global_command(void *hub, char *command, struct ctrl_reply *reply);

#endif
