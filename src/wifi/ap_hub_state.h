/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Internals of the hub: its radios, and the faces of their networks. */
#ifndef VIFI_WIFI_AP_HUB_STATE_H
#define VIFI_WIFI_AP_HUB_STATE_H

#include "ctrl/event.h"
#include "ctrl/server/server.h"
#include "daemon/sandbox.h"
#include "wifi/ap_config.h"
#include "wifi/ap_ds.h"
#include "wifi/ap_hub.h"

#define AP_HUB_RADIOS 32

struct ap_hub;

enum ap_radio_state {
	AP_RADIO_OFF,
	AP_RADIO_STARTING,
	AP_RADIO_ON,
	AP_RADIO_AWAITS_CARD, /* that was removed while it was on; `config` stays */
};

/* For what the networks wait before they are on the air. */
enum ap_radio_pause {
	AP_RADIO_NO_PAUSE,
	AP_RADIO_SEARCHING, /* for networks that 40 MHz would disturb */
	AP_RADIO_CHOOSING,  /* the automatic choice of a channel */
	AP_RADIO_LISTENING, /* for radar, or until a channel is free of it */
	AP_RADIO_PAUSE_ENDS,
};

/* What the clients of one network see: the socket FOLDER/INTERFACE. */
struct ap_face {
	struct ap_radio *radio;
	unsigned bss; /* its place in the text; its number in the access point is that of its interface */
	char interface[16];
	char file[256];             /* that ADD has read it from, beside the others of the radio; empty: none */
	struct ctrl_server *server; /* NULL: without ctrl_interface */
	uint8_t token;              /* of the last request to a station */
	uint8_t bssid[6];           /* when it was on the air last; zero: it never was */
	uint8_t ssid[SSID_MAX];
	size_t ssid_len;
};

struct ap_radio {
	struct ap_hub *hub;
	struct wifi *wifi, own_wifi; /* of a file: in the host's array; else its own */
	struct ap_config *config;    /* what it runs with; NULL: it is off */
	struct hostapd_edit *edit;   /* what it will run with */
	enum ap_radio_state state;
	enum ap_radio_pause pause;
	uint8_t card_addr[6];       /* of a card that was removed */
	struct error card_error;    /* why its radio is not on, as the log says; empty: the log says nothing yet */
	bool card_returns;          /* it starts with a card that is back */
	bool was_enabled;           /* once at least */
	bool changed;               /* … while it started: apply the text then */
	unsigned begun_bss;         /* the network that SET bss has begun, which gets the lines that follow; 0: none */
	char file[256];             /* RELOAD reads it; empty: none */
	bool file_is_old;           /* the text of another file has taken its place */
	char folder[CTRL_PATH_MAX]; /* of the sockets; empty: none */
	char group[32];
	struct ap_face *faces[AP_BSS_MAX];
	size_t face_count;
};

struct ap_hub {
	struct wifi_host *host;
	struct ctrl_server *global;
	ctrl_handler *handle_face; /* ap_face_handle() */
	struct ap_radio *radios[AP_HUB_RADIOS];
	size_t count;
	uv_prepare_t prepare;  /* before the loop waits: has a radio started? */
	uv_timer_t card_timer; /* while a card is missing */
	bool ready;
	struct ap_ds *ds;                     /* NULL: no network needs it so far, … */
	bool ds_failed;                       /* … or the process cannot have it */
	char folders[SANDBOX_PATHS_MAX][256]; /* that a reload reads */
};

/* ---- ap_radio.c ---- */

/* Creates a radio that is off. `edit` becomes the radio's. NULL: no memory; it is freed then. */
struct ap_radio *ap_radio_new(struct ap_hub *hub, struct hostapd_edit *edit);
void ap_radio_free(struct ap_radio *radio); /* switches it off, and removes its sockets */

/* Opens the sockets of networks that have none, and closes those of networks that have gone. */
bool ap_radio_update_faces(struct ap_radio *radio, struct error *error);

/* The number of the network in the access point, WIFI_NETWORKS_MAX: it is not in it; and what runs, NULL: nothing does. */
unsigned ap_face_number(const struct ap_face *face);
const struct ap_bss_setup *ap_face_setup(const struct ap_face *face);

/* The first half of it. */
bool ap_radio_open_faces(struct ap_radio *radio, struct error *error);

/* Wipes the passphrases of the text where nobody can ask for it any more. */
void ap_radio_forget_secrets(const struct ap_radio *radio);

void ap_radio_watch(struct ap_radio *radio); /* gets the notes of its state machine */

/* Begins to switch it on. Returns false with an error: nothing has changed then. */
bool ap_radio_enable(struct ap_radio *radio, struct error *error);
void ap_radio_disable(struct ap_radio *radio);

/*
 * Has the access point run with the text as it is now. Stations stay if they may. Returns false with an error, and goes on
 * as before, if the text has a mistake.
 */
bool ap_radio_apply(struct ap_radio *radio, struct error *error);

/* ---- ap_reload.c ---- */

/*
 * Reads the file again, and those of networks that ADD has brought. Returns false with an error. Nothing has changed then, unless
 * the radio could not start again: it is off.
 */
bool ap_radio_reload(struct ap_radio *radio, struct error *error);

/* The same with a text in the place of the file; `name` is that of the text in messages. */
bool ap_radio_reload_text(struct ap_radio *radio, const char *text, const char *name, struct error *error);

/* ---- ap_radio.c ---- */

/* Opens and starts what radio->config says. Returns false with an error. */
bool ap_radio_start(struct ap_radio *radio, struct error *error);

/* Has it started, or failed to? */
void ap_radio_check(struct ap_radio *radio);

/* Sends an event to the clients of a network and of the global socket. */
void ap_face_send(const struct ap_face *face, const struct ctrl_event *event);
void ap_radio_send(const struct ap_radio *radio, const char *text); /* of each network */
struct ap_face *ap_radio_face(const struct ap_radio *radio, const char *interface);

/* ---- ap_card.c ---- */

/* The interface of the radio was removed: the radio starts again when one of that name is there. */
void ap_radio_await_card(struct ap_radio *radio);
void ap_hub_look_for_cards(uv_timer_t *timer);

/* ---- ap_pair.c ---- */

void ap_pair_resolve(const struct ap_hub *hub, struct hostapd_conf *conf); /* before it is applied */
void ap_pair_refresh(const struct ap_hub *hub);                            /* a radio has come, or has changed */

/* ---- ap_face.c, ap_face_lists.c, ap_face_measure.c, ap_face_show.c, ap_global.c ---- */

void ap_face_log_refusal(const struct ap_face *face, const char *command, const struct error *error);

/* ACCEPT_ACL or DENY_ACL. The list that runs changes; a reload brings back that of the file. Returns false for FAIL. */
bool ap_face_handle_list(struct ap_face *face, bool accept, char *args, struct ctrl_reply *reply);

/* What is about neighbours, radio measurement and BSS transition management. Returns false if the verb is another one. */
bool ap_face_handle_measurement(struct ap_face *face, const char *verb, char *args, struct ctrl_reply *reply);

void ap_face_handle(void *face, char *command, struct ctrl_reply *reply);
void ap_face_show_status(const struct ap_face *face, struct ctrl_reply *reply);
void ap_face_show_sightings(const struct ap_face *face, struct ctrl_reply *reply);
void ap_face_show_driver(const struct ap_face *face, struct ctrl_reply *reply);
void ap_face_show_driver_flags(const struct ap_face *face, struct ctrl_reply *reply);
void ap_face_show_config(const struct ap_face *face, struct ctrl_reply *reply);
void ap_face_show_station(const struct ap_face *face, const char *args, struct ctrl_reply *reply);
void ap_face_show_next_station(const struct ap_face *face, const char *addr,
			       struct ctrl_reply *reply); /* NULL: first */
void ap_global_handle(void *hub, char *command, struct ctrl_reply *reply);

#endif
