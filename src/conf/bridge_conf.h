/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of `vifi bridge`: one table for /etc/vifi/NAME.conf and the command line. */
#ifndef VIFI_CONF_BRIDGE_CONF_H
#define VIFI_CONF_BRIDGE_CONF_H

#include "conf/opt.h"
#include "macnat/model.h"

#define BRIDGE_PINS_MAX 1024

enum bridge_engine { BRIDGE_ENGINE_AUTO, BRIDGE_ENGINE_TCX, BRIDGE_ENGINE_CLSACT, BRIDGE_ENGINE_USER };

enum bridge_shortcut { BRIDGE_SHORTCUT_AUTO, BRIDGE_SHORTCUT_OFF };

/* A pinned key: an IP address (MN_IP4, MN_IP6), a network (MN_NET4, MN_NET6), or an ethertype from any peer. */
struct bridge_pin {
	uint8_t mac[6];
	struct mn_key key;
};

struct bridge_pins {
	size_t count;
	struct bridge_pin pin[BRIDGE_PINS_MAX];
};

struct bridge_conf {
	char file[256]; /* configuration file; empty: the command line only */
	char uplink[16], bridge[16];
	uint8_t uplink_mac[6];    /* of the card; zero: any card with the name */
	int engine;               /* enum bridge_engine */
	uint64_t vlans[64];       /* as in struct mn_config */
	uint32_t age_s, silent_s; /* seconds */
	uint32_t port_cap;
	uint32_t learn_rate;  /* new addresses per second and port; 0: no limit */
	uint32_t learn_burst; /* 0: port_cap */
	int takeover;         /* enum mn_takeover */
	int carrier;          /* enum carrier_policy */
	bool rewrite_chaddr;
	bool allow_dhcp_server;
	int guest_services; /* enum mn_guest_services */
	bool source_guard;
	int shortcut;           /* enum bridge_shortcut */
	uint32_t announce_rate; /* announcements per second after a change of the uplink */
	int recorder;           /* enum trace_mode */
	uint32_t recorder_size; /* MiB */
	char state_dir[128];    /* keeps bindings over a restart; "none" keeps nothing */
	struct bridge_pins pins;
	bool wait; /* for the uplink */
	bool keep; /* the changes at a signal to stop */
};

/* The target is a struct bridge_conf. */
extern const struct opt bridge_conf_options[];

/*
 * Reads a file into `conf`, which already holds the defaults. `name` is a path if it contains a slash, otherwise it means
 * /etc/vifi/NAME.conf. Returns false with the error "FILE:LINE: …" if the file cannot be read or a line is invalid.
 */
bool bridge_conf_read(struct bridge_conf *conf, const char *name, struct error *error);

/* A command line that names a configuration file or not. */
struct bridge_command_line {
	const struct opt_command *command;
	int argc;
	char **argv;
};

/*
 * Reads the defaults, then the file of --config if there is one, then the command line with the operands UPLINK and
 * BRIDGE. `text` is the text of that file, or NULL: it is read. Returns false with an error if something is invalid. The
 * uplink may be missing.
 */
bool bridge_conf_assemble(struct bridge_conf *conf, const struct bridge_command_line *line, const char *text,
			  struct error *error);

/* Reads "MAC ADDRESS…", separated by blanks or commas, and adds each address to the pins. */
bool bridge_pins_add(struct bridge_pins *pins, const char *text, struct error *error);

/* Reads a MAC address: six hexadecimal bytes separated by colons or dashes. `mac` is unchanged if it is none. */
bool bridge_parse_mac(uint8_t mac[6], const char *text);

/*
 * Reads an IPv4, IPv6 or MAC address or ethertype:0xNNNN, each optionally followed by %VLAN, or an IP network, the bits of
 * which after its length are zero.
 */
bool bridge_parse_key(struct mn_key *key, const char *text);

/* Whether a guest can have the key: not an unspecified, loopback or multicast address, and not a MAC address. */
bool bridge_can_pin(const struct mn_key *key);

#endif
