/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of wpa_supplicant's control socket, for one station, and its events. Commands change the configuration
 * (conf/wpa_store.h) and ask the station (mlme/sta.h) through the functions of the owner.
 *
 *	commands.c    the table of commands; it alone calls all others
 *	networks.c    ADD_NETWORK … LIST_NETWORKS, SAVE_CONFIG, RECONFIGURE
 *	connection.c  SELECT_NETWORK, ROAM, DISCONNECT …
 *	scan.c        SCAN, SCAN_RESULTS, BSS …
 *	bss_text.c    a BSS in their words
 *	status.c      STATUS, SIGNAL_POLL …
 *	pmksa.c       PMKSA, PMKSA_GET …
 *	parameters.c  SET, GET, DUMP, GET_CAPABILITY
 *	filters.c     SET bssid_filter, disallow_aps, setband
 *	radio_work.c  RADIO_WORK
 *	rest.c        networks that rest after a failure
 *	elements.c    VENDOR_ELEM_ADD …
 *	transition.c  TRANSITION-DISABLE: what a network does not want to be used any more
 *	steering.c    WNM_BSS_QUERY, and requests of the access point to move
 *	measurement.c NEIGHBOR_REP_REQUEST, SET LCI
 *	event.c       notes of the station as events
 *	wpas.c        the station and its networks, for all commands
 */
#ifndef VIFI_CTRL_STA_WPAS_H
#define VIFI_CTRL_STA_WPAS_H

#include "conf/wpa_store.h"
#include "ctrl/reply.h"
#include "plane/action.h"

struct wpas_owner {
	enum sta_answer (*request)(void *user, const struct sta_request *request);
	const struct sta *(*control)(void *user);                        /* for questions */
	void (*info)(void *user, struct sta_info *info);                 /* with counters */
	void (*event)(void *user, int level, const char *text);          /* level of ctrl/event.h */
	bool (*save)(void *user, const char *text, struct error *error); /* replaces the file */
	char *(*load)(void *user, struct error *error); /* the file's text, for text_file_free(); NULL: an error */
	void (*set_country)(void *user, const char *country);
	bool (*set_power_save)(void *user, bool on); /* false: it stays as it is */
	bool (*ip_address)(void *user, char text[16]);
	void (*log)(void *user, const char *text);
	/* Asks for the detail of the log, or sets it: the number of -d, and -t. */
	void (*log_detail)(void *user, bool set, uint32_t *debug, bool *timestamps);
	bool (*reopen_log)(void *user); /* its file may have been renamed */
	void (*terminate)(void *user);  /* after the reply */
	uint64_t (*now_ns)(void *user);
	void *user;
};

#define WPAS_WORKS_MAX 8
#define WPAS_FRAMES    26 /* kinds of frames (elements.c) */

struct wpas_elements {
	uint8_t *bytes;
	size_t len;
};

/* A reservation of the radio (radio_work.c). */
struct wpas_work {
	uint32_t id, freq, timeout_s;
	char name[128];
};

#define WPAS_RESTS_MAX 16

/* A network that rests after a failure (rest.c). */
struct wpas_rest {
	uint32_t handle;   /* wpa_store_network.handle */
	unsigned failures; /* since the last connection */
	uint64_t until_ns; /* 0: it does not rest now */
};

/* Commands that run when the reservations end. */
enum wpas_deferred { WPAS_DEFERRED_NONE, WPAS_DEFERRED_NETWORKS, WPAS_DEFERRED_CONNECT };

struct wpas {
	struct wpas_owner owner;
	struct crypto *crypto;
	char interface[16], radio[32];
	uint8_t addr[6];
	uint32_t ciphers;      /* 1 << enum cipher, that the radio has */
	uint64_t driver_flags; /* nl80211/driver_flags.h; 0: there is no driver */
	uint32_t rrm_flags;    /* the same */
	int ifindex;           /* 0: unknown */
	struct wpa_store store;
	struct sta_network *networks; /* those that the station has borrowed */
	size_t network_count;
	uint32_t scan_id; /* of SCAN use_id=1 */
	bool scan_has_id;
	const char *log_level; /* NULL: as the command line says */
	struct wpas_work works[WPAS_WORKS_MAX];
	size_t work_count;
	uint32_t last_work;
	uint64_t work_due_ns; /* the first reservation ends then; UINT64_MAX: there is none */
	struct wpas_rest rests[WPAS_RESTS_MAX];
	size_t rest_count;
	enum wpas_deferred deferred;
	bool scan_waits; /* … for them, too: */
	struct sta_request waiting_scan;
	struct wpas_elements elements[WPAS_FRAMES];
	struct plane_probes probes; /* as the station has them */
	struct sta_expiry expiry;
	struct sta_filter filter;
	struct sta_pmksa_terms pmksa_terms; /* of SET; 0: the default */
	const char *state;                  /* the last one that clients of LEVEL DEBUG were told */
	uint64_t began_ns;
};

/*
 * Begins with the text of a file that wpa_conf_parse() has accepted, or "". Returns false with an error. wpas_free() is
 * needed in any case.
 */
bool wpas_init(struct wpas *wpas, const struct wpas_owner *owner, struct crypto *crypto, const char *text,
	       struct error *error);
void wpas_free(struct wpas *wpas);

/* The networks for the setup of a station, borrowed until the next wpas_apply_networks(). */
const struct sta_network *wpas_networks(const struct wpas *wpas, size_t *count);

/* Answers one command, which is changed. PING, ATTACH, DETACH, LEVEL and NOTE belong to the socket. */
void wpas_command(struct wpas *wpas, char *command, struct ctrl_reply *reply);

/* Tells clients of a note of the station. */
void wpas_note(struct wpas *wpas, const struct action *note);

/* The time for the next wpas_tick(): reservations of the radio and pauses of networks end. */
uint64_t wpas_deadline(const struct wpas *wpas);
void wpas_tick(struct wpas *wpas, uint64_t now_ns);

/* Reads the file again. Returns false with an error, and nothing has changed. */
bool wpas_reconfigure(struct wpas *wpas, struct error *error);

/* The same with a text in the place of the file; `name` is that of the text in messages. */
bool wpas_reconfigure_text(struct wpas *wpas, const char *text, const char *name, struct error *error);

/* "COMPLETED", "SCANNING" … */
const char *wpas_state_name(const struct wpas *wpas, const struct sta_info *info);

/* ---- for the files of this folder ---- */

typedef void wpas_handler(struct wpas *wpas, char *arguments, struct ctrl_reply *reply);

wpas_handler wpas_add_network, wpas_set_network, wpas_get_network, wpas_remove_network, wpas_list_networks,
	wpas_dup_network, wpas_save_config, wpas_reconfigure_command;
wpas_handler wpas_select_network, wpas_enable_network, wpas_disable_network, wpas_disconnect, wpas_reconnect,
	wpas_resume, wpas_reassociate, wpas_reattach, wpas_roam, wpas_ft_ds, wpas_bssid_ignore, wpas_flush;
wpas_handler wpas_scan, wpas_abort_scan, wpas_scan_results, wpas_bss, wpas_bss_flush;
wpas_handler wpas_status, wpas_driver_status, wpas_signal_poll, wpas_packet_counters, wpas_mib, wpas_pmksa,
	wpas_pmksa_flush, wpas_pmksa_get, wpas_pmksa_add, wpas_driver_flags;
wpas_handler wpas_radio_work, wpas_vendor_elem_add, wpas_vendor_elem_get, wpas_vendor_elem_remove, wpas_random_address,
	wpas_expire_age, wpas_expire_count, wpas_ap_scan, wpas_autoscan, wpas_scan_interval, wpas_signal_monitor,
	wpas_respond, wpas_transition_query, wpas_neighbour_request, wpas_sleep;
wpas_handler wpas_set, wpas_get, wpas_dump, wpas_get_capability, wpas_log_level;

/* Compiles what has changed, and names what cannot be used. */
void wpas_compile_networks(struct wpas *wpas);

/* The same, and gives the station its networks. Returns false without memory. */
bool wpas_apply_networks(struct wpas *wpas);

/* SET of these keys, whose values are no part of the configuration. Returns false if the value is wrong. */
bool wpas_is_filter(const char *key);
bool wpas_set_filter(struct wpas *wpas, const char *key, char *value);
void wpas_forget_denied(struct wpas *wpas); /* the lists of disallow_aps */

void wpas_free_elements(struct wpas *wpas);

/* Requests to connect, or waits while a program has reserved the radio. */
enum sta_answer wpas_connect(struct wpas *wpas);

/* The first reservation of the radio has lasted as long as it may. */
void wpas_radio_work_tick(struct wpas *wpas, uint64_t now_ns);

/* The access point of a note pauses: reports its network as resting. `ssid` is text for an event. */
void wpas_rest_begin(struct wpas *wpas, const struct action *note, const char *ssid, const char *reason);
void wpas_rest_end(struct wpas *wpas, uint32_t handle); /* the network has worked */
void wpas_rest_end_all(struct wpas *wpas);              /* a user has ended all pauses */
uint64_t wpas_rest_deadline(const struct wpas *wpas);
void wpas_rest_tick(struct wpas *wpas, uint64_t now_ns);

/* The network of this handle has sent these bits (wire/ie.h): its block forbids what is obsolete. */
void wpas_disable_transition(struct wpas *wpas, uint32_t handle, uint8_t bits);

/* The width of a channel: "20 MHz (no HT)", "80+80 MHz" … */
#define WPAS_WIDTH_MAX 24
const char *wpas_width_text(char text[WPAS_WIDTH_MAX], unsigned width_mhz, bool is_divided);

/* NOTE_TRANSITION_REQUEST */
void wpas_tell_transition(struct wpas *wpas, const struct action *note);

/* NOTE_NEIGHBOURS, NOTE_NO_NEIGHBOURS */
void wpas_tell_neighbours(struct wpas *wpas, const struct action *note);

/* SET LCI: hexadecimal digits, or nothing. Returns false if the value is wrong. */
bool wpas_set_lci(struct wpas *wpas, const char *value);

/* SAVE_CONFIG by ourselves, with update_config=1. */
void wpas_save_if_permitted(struct wpas *wpas);

/* The value of a key, or its default; NULL: it has none. */
const char *wpas_network_value(const struct wpa_store_network *network, const char *key);

/* Asks clients for the key of a network. Returns false if that does not help. */
bool wpas_ask_for_secret(struct wpas *wpas, const struct wpa_store_network *network);

/* The state of the station; owner.info also asks for its counters. */
void wpas_info(const struct wpas *wpas, struct sta_info *info);
enum sta_answer wpas_request(struct wpas *wpas, enum sta_request_kind kind);

/* Writes the flags of a BSS, "[WPA2-PSK-CCMP][ESS]", and one row of SCAN_RESULTS. */
void wpas_put_flags(struct ctrl_reply *reply, const struct scan_result *result);
#define WPAS_BSS_DELIMITER 0x20000 /* the bit of MASK= for a line between entries, and after the last one */
void wpas_put_bss(const struct wpas *wpas, struct ctrl_reply *reply, const struct scan_result *result, uint32_t mask);

/* Sends an event with CTRL_INFO. */
void wpas_event(struct wpas *wpas, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
