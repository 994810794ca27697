/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vifi ap` and `vifi sta` as processes: a radio, the TAP interfaces of its networks, and the state machine of
 * softmac/ap/ or softmac/sta/ between them.
 *
 *	TAP ── frames ─▶ state machine ── actions ─▶ radio ─▶ medium
 *	TAP ◀─ actions ─ state machine ◀─ frames ── radio
 *
 *	interfaces.c  TAP interfaces and their addresses
 *	loop.c, taps.c  one radio in the event loop, and its TAP interfaces
 *	card.c        the same for a radio of the kernel, with its own interfaces: src/driver
 *	log.c         messages
 *	recorder.c    the recorder of a radio over the medium
 *	main.c        the process: configuration files, background, signals
 *	ap_radio.c    an access point that is switched on and off, and reconfigured, while the process runs
 *	ap_reload.c   … by its file
 *	ap_hub.c      all of them, and their control sockets; ap_program.c for the process
 *	ap_ds.c       frames of fast BSS transition to and from other hosts
 *	ap_face.c, ap_face_show.c
 *	              the commands of hostapd's clients for one network
 *	ap_global.c   … and those of the global socket
 *	ap.c, sta.c   the two state machines, and their configurations
 *	check.c, describe.c, ap_check.c, sta_check.c
 *	              --check: of any file, as JSON, and what the radio can do
 *
 * One thread does everything, in batches. Frames are read from a TAP interface only as far as the radio has room; the
 * actions of the state machine are applied in order, and its frames go to the radio in one call.
 *
 * When the radio loses the medium, the state machine stops and the interfaces lose their carrier; the radio joins again,
 * with growing intervals between the attempts, and the state machine restarts.
 */
#ifndef VIFI_WIFI_WIFI_H
#define VIFI_WIFI_WIFI_H

#include "base/error.h"
#include "conf/opt.h"
#include "crypto/crypto.h"
#include "driver/driver.h"
#include "plane/action.h"
#include "netdev/tap.h"
#include "radio/monitor.h"
#include "trace/recorder.h"
#include "wifi/history.h"
#include "wifi/log.h"

#include <jansson.h>
#include <uv.h>

#define WIFI_NETWORKS_MAX 24 /* of one radio */
#define WIFI_HEADROOM     64 /* the most that an Ethernet frame grows at its front on the way to the radio */
#define WIFI_TAILROOM     32 /* and at its end */

/* The exit codes of the commands. */
enum wifi_result {
	WIFI_OK = 0,
	WIFI_FAILED = 1,
	WIFI_USAGE = 2,
	WIFI_PRIVILEGE = 3,
	WIFI_STATE = 4,
	/* of --check: only one of the programs would start */
	WIFI_STOCK_REFUSES = 5, /* hostapd or wpa_supplicant would not, vifi would */
	WIFI_STOCK_ACCEPTS = 6, /* the other way round */
};

/* ---- the state machine ---- */

struct wifi;

struct wifi_ops {
	const char *kind; /* "ap", "sta" */
	void (*set_recorder)(void *mlme, struct trace_recorder *recorder);
	void (*start)(void *mlme, uint64_t now_ns, struct actions *out);
	void (*stop)(void *mlme, uint64_t now_ns, struct actions *out);
	void (*receive)(void *mlme, struct frame **frames, size_t count, uint64_t now_ns, struct actions *out);
	void (*send)(void *mlme, unsigned network, struct frame **frames, size_t count, uint64_t now_ns,
		     struct actions *out);
	void (*status)(void *mlme, uint32_t cookie, bool acked, uint64_t now_ns, struct actions *out);
	uint64_t (*deadline)(const void *mlme);
	void (*tick)(void *mlme, uint64_t now_ns, struct actions *out);
	bool (*carrier)(const void *mlme, unsigned network); /* can the interface reach a peer? */
	void (*log_status)(const void *mlme, const struct wifi *wifi, uint64_t now_ns);
	const uint64_t *(*drops)(const void *mlme); /* counters by reason; NULL over a driver */
	/* what wifi/report.h says of the role; over a driver, too */
	void (*report)(struct wifi *wifi, uint64_t now_ns, json_t *radio);
	void (*free)(void *mlme);
};

struct wifi_network {
	char interface[16], bridge[16];
	uint8_t addr[6]; /* zero before wifi_open(): derived from the interface's name */
};

/* A radio with its networks. */
struct wifi {
	const struct wifi_ops *ops;
	void *mlme;
	struct wifi_log *log;
	const char *air_socket;
	const char *monitor_name; /* a monitor interface instead of the medium; empty: none */
	struct monitor *monitor;
	const char *radio_name; /* in rules of the medium; empty: the name of the first interface */
	unsigned count;         /* of numbers, some of which may be vacant */
	struct wifi_network networks[WIFI_NETWORKS_MAX]; /* without an interface: a vacant number */
	struct tap *taps[WIFI_NETWORKS_MAX];
	struct ft_store *ft_store; /* of an access point: shared with the others of the process */
	struct ap_process *aps;    /* of an access point: all of them */
	struct wifi_loop *loop;    /* private to loop.c */
	/* over a driver, instead of the medium: `ops` has log_status, report and free only */
	bool use_driver;
	struct driver *driver;
	struct history *history;        /* NULL: no memory */
	struct wifi_recorder *recorder; /* NULL: none */
	enum trace_mode recorder_mode;  /* without a reader that wants more */
	uint32_t recorder_size;         /* MiB */
	/* gets each note beside the log; NULL: nobody. `interface` is that of its network */
	void (*on_note)(void *owner, const char *interface, const struct action *note);
	void *owner;
};

/* The exit code for an errno. */
enum wifi_result wifi_exit_code(int err);

/* Opens a radio of the kernel. */
enum wifi_result wifi_card_open(struct wifi *wifi, struct error *error);

/* What a card needs that is plugged in while the process runs: its rfkill switch, and perhaps it carries no EAPOL frames itself. */
struct sandbox;
void wifi_card_permit_return(const struct wifi *wifi, struct sandbox *sandbox);

/* Is it the interface of a radio of the kernel? */
bool wifi_card_exists(const char *interface);

/* Creates the interfaces and determines their addresses. Returns WIFI_OK or the exit code. */
enum wifi_result wifi_open_interfaces(struct wifi *wifi, struct crypto *crypto, struct error *error);

/* The same for one network, over the medium. */
enum wifi_result wifi_open_interface(struct wifi *wifi, unsigned number, struct crypto *crypto, struct error *error);

/*
 * A network of a radio that runs comes, as a vacant number, and goes. Over the medium its interface does, too; over a driver the
 * driver sees to that. wifi_add_network() returns false with an error; nothing has changed then.
 */
bool wifi_add_network(struct wifi *wifi, unsigned number, const struct wifi_network *network, struct crypto *crypto,
		      struct error *error);
void wifi_remove_network(struct wifi *wifi, unsigned number);

/* The interface moves to another bridge; empty: to none. Returns false with an error; nothing has changed then. */
bool wifi_change_bridge(struct wifi *wifi, unsigned number, const char *bridge, struct error *error);

/* Removes the interfaces of a radio that was not started, and the bridges that were created for them. */
void wifi_discard_interfaces(struct wifi *wifi);

void wifi_close_interfaces(struct wifi *wifi);

/* Begins to join the medium, in the loop `uv`. Returns false on failure. */
bool wifi_start(struct wifi *wifi, uv_loop_t *uv, struct error *error);

/* Returns 1 once the radio has joined for the first time, 0 before, or a negative errno if that has failed. */
int wifi_join_result(const struct wifi *wifi, struct error *error);

/* Stops the state machine, leaves the medium and closes the handles; the loop must run once more. */
void wifi_stop(struct wifi *wifi);

/* Frees what wifi_start() allocated, and the state machine; a card gets back what it had. It may be started again. */
void wifi_free(struct wifi *wifi);

/* Has an interface been deleted? The loop is stopped then. */
bool wifi_failed(const struct wifi *wifi);

/*
 * For a call of the state machine that is no event, over the medium: the list for its actions, which wifi_apply() then
 * carries out. Returns NULL while the radio is not started.
 */
struct actions *wifi_actions(struct wifi *wifi);
void wifi_apply(struct wifi *wifi);

/* Logs a note, keeps it in the history, and passes it on. */
void wifi_note(const struct wifi *wifi, const char *interface, const struct action *note);

/* The same for an ACTION_DROP. */
void wifi_drop(const struct wifi *wifi, const char *interface, const struct action *drop);

/* Is it on the medium? A card always is. */
bool wifi_is_joined(const struct wifi *wifi);

/* The frames that were dropped, by reason. */
void wifi_drop_counts(const struct wifi *wifi, uint64_t drops[DROP_COUNT]);

/* Logs the state, the peers and the drop counters (SIGUSR1). */
void wifi_log_status(struct wifi *wifi);

/* ---- the process ---- */

/* What hostapd or wpa_supplicant would say to a file (conf/wifi_text.h). */
struct wifi_verdict {
	bool stock_refuses, stock_accepts;
};

enum wifi_power_save { WIFI_POWER_SAVE_DEFAULT, WIFI_POWER_SAVE_OFF, WIFI_POWER_SAVE_ON };

struct wifi_options {
	char air_socket[108], global_socket[108], group[32], pid_file[256], log_file[256], interface[16],
		config_file[256], radio_name[32], monitor[16];
	uint8_t addr[6];          /* zero: derived from the interface's name */
	char driver[32];          /* -D: "nl80211", "air"; empty: as the interface is */
	char ctrl_interface[160]; /* -C of a station: instead of the file's */
	char radio_of[16];        /* of a station that INTERFACE_ADD creates: another interface of its radio */
	char bridge[16];          /* -b of a station: its interface becomes a port of it */
	int power_save;           /* --power-save of a station: enum wifi_power_save */
	int recorder;             /* enum trace_mode */
	uint32_t recorder_size;   /* MiB */
	bool background, timestamps, check, json, wait;
	uint32_t debug;
	struct wifi_verdict *verdict; /* filled in by read_config(); NULL: nobody asks */
};

#define WIFI_AIR_SOCKET "/run/vifi/air"

/* What a program sees of the process, for radios and sockets that come and go while it runs. */
struct wifi_host {
	const struct wifi_options *options;
	struct wifi_log *log;
	struct crypto *crypto;
	struct ft_store *ft_store;
	struct ap_process *aps;
	uv_loop_t *loop;
	struct wifi *radios; /* one per file */
	void **configs;
	char *const *files;
	size_t count;
	bool stopped; /* set by the program: the process shall end */
};

struct wifi_program {
	const char *name;       /* "vifi ap" */
	const char *stock_name; /* "hostapd" */
	/* Reads one file and logs its warnings. Returns a configuration for the functions below, or NULL. */
	void *(*read_config)(const char *file, const struct wifi_options *options, struct wifi_log *log,
			     struct error *error);
	/* Fills in the networks of the radio; called before the interfaces are created. */
	void (*set_networks)(void *config, struct wifi *wifi);
	/* Creates the state machine; called when the networks have addresses. Returns WIFI_OK or the exit code. */
	enum wifi_result (*create_mlme)(void *config, struct crypto *crypto, struct wifi *wifi, struct error *error);
	void (*free_config)(void *config);
	/*
	 * Opens the control sockets, with the radios started and before the process confines itself. Returns NULL with an
	 * error. NULL: the program has none.
	 */
	void *(*open_control)(struct wifi_host *host, struct error *error);
	void (*confine_control)(void *control, struct sandbox *sandbox); /* adds what it needs */
	void (*control_ready)(void *control);                            /* the radios have joined */
	bool (*reload)(void *control);                                   /* SIGHUP */
	/*
	 * Has the radio of a file run with this text instead; `name` is that of the text in messages. Returns false with an error, and
	 * nothing has changed, as after a reload.
	 */
	bool (*reload_text)(void *control, const char *text, const char *name, struct error *error);
	/* Radio number `nth` of those that run or may run; NULL after the last one. */
	struct wifi *(*radio)(void *control, size_t nth);
	/* Handles radios that have failed. Returns false if that is the end of the process. */
	bool (*control_failed)(void *control);
	void (*close_control)(void *control); /* before the radios stop; the loop runs once more */
	/* --check: prints what was understood, and changes nothing. NULL: the program has no such option. */
	enum wifi_result (*check)(void *config, struct crypto *crypto, struct error *error);
	/* Returns false with an error if this machine cannot open the control sockets of the configuration. */
	bool (*check_sockets)(const void *config, struct error *error);
	/* --check -j: what was understood, as objects of an array. */
	void (*describe)(const void *config, json_t *networks);
};

/* Logs what a reader of a file has to say, and passes its verdict on. */
struct text_warnings;
void wifi_log_warnings(struct wifi_log *log, const struct text_warnings *warnings, const struct wifi_options *options);

/* Runs a radio for each of `files` until a signal arrives. */
enum wifi_result wifi_main(const struct wifi_program *program, const struct wifi_options *options, char *const *files,
			   size_t count);

extern const struct wifi_program wifi_ap_program, wifi_sta_program;

#endif
