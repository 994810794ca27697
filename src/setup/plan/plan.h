/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `vifi setup` changes on a machine. Facts go in, a plan comes out; setup/facts.c collects the facts, and
 * setup/apply.c carries the plan out.
 */
#ifndef VIFI_SETUP_PLAN_PLAN_H
#define VIFI_SETUP_PLAN_PLAN_H

#include "base/error.h"
#include "bridge/policy/uplink_choice.h"

#include <stdbool.h>
#include <stddef.h>

enum setup_hypervisor {
	SETUP_LIBVIRT,
	SETUP_QEMU,
	SETUP_PROXMOX,
	SETUP_XEN,
	SETUP_LXD,
	SETUP_INCUS,
	SETUP_LXC,
	SETUP_NSPAWN,
	SETUP_DOCKER,
	SETUP_PODMAN,
	SETUP_HYPERVISORS, /* their number */
};

/* The programs that configure interfaces. */
enum setup_manager {
	SETUP_NETWORK_MANAGER,
	SETUP_NETWORKD,
	SETUP_IFUPDOWN,
	SETUP_CONNMAN,
	SETUP_DHCPCD,
	SETUP_IWD,
	SETUP_MANAGERS,
};

/* A bridge that exists on this host. */
struct setup_bridge {
	char name[16];
	char port[16];    /* a port that is hardware; empty: none */
	bool has_address; /* an IP address other than a link-local one */
	bool own;         /* made by `vifi setup` or by `vifi bridge up` */
	char server[96];  /* a DHCP server of this host (bridge/own_server.h); empty: none */
};

struct setup_facts {
	char uplink[16], bridge[16]; /* named by the operator; empty: choose */
	const struct uplink_candidate *links;
	size_t n_links;
	const struct setup_bridge *bridges;
	size_t n_bridges;
	bool hypervisor[SETUP_HYPERVISORS];
	bool manager[SETUP_MANAGERS];
	bool systemd;           /* runs this machine */
	bool has_user;          /* the user vifi exists */
	bool ifupdown2;         /* instead of ifupdown */
	bool interfaces_folder; /* /etc/network/interfaces reads interfaces.d */
};

enum setup_place {
	SETUP_WHOLE,  /* the file is ours */
	SETUP_APPEND, /* the text is the last part of a file of others */
	SETUP_PREPEND,
};

enum { SETUP_LINES = 3 };

struct setup_file {
	char path[96];
	unsigned mode;
	enum setup_place place;
	char text[1024];
	char why[160]; /* a sentence without its full stop */
	/* A file that has all of `enough` (where there are any) needs no change; one that has any of `against` makes the text
	 * useless. Lines are compared without their blanks. */
	char enough[SETUP_LINES][64];
	char against[SETUP_LINES][64];
};

/* A program to run after the files are written; words are separated by a blank. */
struct setup_command {
	char run[160];
	char undo[160]; /* empty: nothing */
	bool undo_last; /* after the files have been removed: a program that reads its files again */
	bool once;      /* fails a second time */
};

/* How a guest of one hypervisor gets a port of the bridge. */
struct setup_guest {
	enum setup_hypervisor hypervisor;
	char how[256];
};

enum { SETUP_FILES_MAX = 16, SETUP_COMMANDS_MAX = 16, SETUP_NOTES_MAX = 8 };

struct setup_plan {
	char uplink[16], bridge[16];
	uint8_t uplink_mac[6];   /* the permanent one of a Wi-Fi card; zero: not known */
	bool makes_bridge;       /* nobody else made the bridge */
	char uplink_reason[128]; /* why this uplink: "the Wi-Fi interface with the default route" */
	struct setup_file files[SETUP_FILES_MAX];
	size_t n_files;
	struct setup_command commands[SETUP_COMMANDS_MAX];
	size_t n_commands;
	struct setup_guest guests[SETUP_HYPERVISORS];
	size_t n_guests;
	char notes[SETUP_NOTES_MAX][256]; /* what vifi cannot do for the operator */
	size_t n_notes;
};

/* Names for people and for JSON: "libvirt", "NetworkManager". */
const char *setup_hypervisor_name(enum setup_hypervisor hypervisor);
const char *setup_manager_name(enum setup_manager manager);

/* Makes the plan. Returns false with an error when there is no uplink, or a name is not usable. */
bool setup_plan_make(struct setup_plan *plan, const struct setup_facts *facts, struct error *error);

/* Whether /etc/network/interfaces, of which this is the text, reads the files in interfaces.d. */
bool setup_interfaces_read_folder(const char *text);

/* ---- files.c: parts of the plan ---- */

void setup_plan_note(struct setup_plan *plan, const char *format, ...) __attribute__((format(printf, 2, 3)));
void setup_plan_conf(struct setup_plan *plan);
void setup_plan_hypervisors(struct setup_plan *plan, const struct setup_facts *facts);
void setup_plan_managers(struct setup_plan *plan, const struct setup_facts *facts, bool make_bridge);
void setup_plan_services(struct setup_plan *plan, const struct setup_facts *facts);

#endif
