/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A radio, the interfaces of its networks, and the state machine between them: what `vifi ap` and `vifi sta` share.
 *
 *	  TAP ──read──▶ machine ──actions──▶ radio ──▶ air          wifi_loop.c  one radio's loop
 *	  TAP ◀──────── actions ◀── machine ◀── radio               wifi_log.c   what is said of it
 *	                            timer                           wifi_main.c  the process: files, daemon, signals
 *
 * Everything happens in one thread, in batches: what the radio has received goes to the machine at once; from an
 * interface no more frames are taken than the radio has room for; what the machine wants done is carried out in its order,
 * frames for the radio in one call.
 *
 * When the radio has gone, the machine is stopped, the interfaces lose their carrier, and the radio is tried anew with
 * back-off; then the machine starts again.
 */
#ifndef VIFI_WIFI_WIFI_H
#define VIFI_WIFI_WIFI_H

#include "base/error.h"
#include "conf/opt.h"
#include "crypto/crypto.h"
#include "mlme/action.h"
#include "netdev/tap.h"

#include <stdio.h>
#include <uv.h>

#define WIFI_NETWORKS_MAX 8  /* of one radio */
#define WIFI_HEADROOM     64 /* what an Ethernet frame grows by in front on its way to the air, at most */
#define WIFI_TAILROOM     32 /* and behind */

/* The exit codes of the commands. */
enum wifi_result {
	WIFI_OK = 0,
	WIFI_FAILED = 1,
	WIFI_USAGE = 2,
	WIFI_PRIVILEGE = 3,
	WIFI_STATE = 4,
};

/* ---- what is said ---- */

struct wifi_log {
	uint32_t debug;  /* -d: changes of state; -dd: drops and frames too */
	bool timestamps; /* -t */
	bool use_syslog; /* to syslog, in the background */
	FILE *file;
	uint64_t limited_second; /* of the lines that strangers can cause, a few in a second */
	unsigned limited_lines;
};

void wifi_log_printf(struct wifi_log *log, const char *interface, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for what anybody on the air can cause: no more than some lines in a second. */
void wifi_log_limited(struct wifi_log *log, const char *interface, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

void wifi_log_note(struct wifi_log *log, const char *interface, const struct action *action);
void wifi_log_drop(struct wifi_log *log, const char *interface, const struct action *action);
void wifi_log_frame(struct wifi_log *log, const char *interface, char direction, const struct frame *frame);
void wifi_log_drop_counts(struct wifi_log *log, const char *interface, const uint64_t *drops); /* DROP_COUNT counters */

/* ---- the machine ---- */

struct wifi;

struct wifi_ops {
	void (*start)(void *mlme, uint64_t now_ns, struct actions *out);
	void (*stop)(void *mlme, uint64_t now_ns, struct actions *out);
	void (*receive)(void *mlme, struct frame **frames, size_t count, uint64_t now_ns, struct actions *out);
	void (*send)(void *mlme, unsigned network, struct frame **frames, size_t count, uint64_t now_ns,
		     struct actions *out);
	void (*status)(void *mlme, uint32_t cookie, bool acked, uint64_t now_ns, struct actions *out);
	uint64_t (*deadline)(const void *mlme);
	void (*tick)(void *mlme, uint64_t now_ns, struct actions *out);
	bool (*carrier)(const void *mlme, unsigned network); /* is there somebody beyond the interface? */
	void (*log_status)(const void *mlme, const struct wifi *wifi, uint64_t now_ns); /* on SIGUSR1 */
	void (*free)(void *mlme);
};

struct wifi_network {
	char interface[16], bridge[16];
	uint8_t addr[6]; /* zero: one that is made from the interface's name */
};

/* A radio with its networks.  Made by wifi_new(), then opened, then run. */
struct wifi {
	const struct wifi_ops *ops;
	void *mlme;
	struct wifi_log *log;
	const char *air_socket; /* the socket; borrowed */
	const char *radio_name; /* of the radio, in rules of the air; borrowed; empty: the first interface's */
	unsigned count;
	struct wifi_network networks[WIFI_NETWORKS_MAX];
	struct tap *taps[WIFI_NETWORKS_MAX];
	/* private to wifi_loop.c */
	struct wifi_loop *loop;
};

/* The interfaces, addresses included.  Returns false, why, and what to exit with. */
bool wifi_open(struct wifi *wifi, struct crypto *crypto, enum wifi_result *result, struct error *error);
void wifi_close(struct wifi *wifi);

/* Takes away the interfaces of a radio that was not started, and the bridges that were made for them; wifi_close() too. */
void wifi_discard(struct wifi *wifi);

/* Joins the air and starts the machine. Its handles are of `uv`.  Returns false and why. */
bool wifi_start(struct wifi *wifi, uv_loop_t *uv, struct error *error);

/* Leaves the air in good order, and closes the handles: the loop must run once more. */
void wifi_stop(struct wifi *wifi);

/* Whether the loop was ended because an interface is gone. */
bool wifi_failed(const struct wifi *wifi);

void wifi_log_status(struct wifi *wifi);

uint64_t wifi_now_ns(void); /* CLOCK_MONOTONIC */

/* The address of an interface that has none given: locally administered, the same each time on this machine. */
void wifi_default_address(struct crypto *crypto, const char *interface, uint8_t addr[6]);

/* ---- the process ---- */

struct wifi_options {
	char air_socket[108], pid_file[256], log_file[256], interface[16], config_file[256], radio_name[32];
	uint8_t addr[6]; /* zero: one that is made from the interface's name */
	bool background, timestamps;
	uint32_t debug;
};

#define WIFI_AIR_SOCKET "/run/vifi/air"

/* Makes the radios of `files` and runs them until a signal ends it. `make` fills w->ops, machine, networks. */
struct wifi_program {
	const char *name; /* "vifi ap" */
	/* Reads one file and says its remarks.  Returns something to be given to the next, or NULL and why. */
	void *(*read_config)(const char *file, const struct wifi_options *options, struct wifi_log *log,
			     struct error *error);
	/* The networks of the radio, before there are interfaces; and, with their addresses, the machine. */
	void (*set_networks)(void *config, struct wifi *wifi);
	bool (*create_mlme)(void *config, struct crypto *crypto, struct wifi *wifi, struct error *error);
	void (*free_config)(void *config);
};

enum wifi_result wifi_main(const struct wifi_program *program, const struct wifi_options *options, char *const *files,
			   size_t count);

extern const struct wifi_program wifi_ap_program, wifi_sta_program;

#endif
