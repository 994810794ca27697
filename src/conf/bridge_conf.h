/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of `vifi bridge`: one table for /etc/vifi/NAME.conf and for the command line. */
#ifndef VIFI_CONF_BRIDGE_CONF_H
#define VIFI_CONF_BRIDGE_CONF_H

#include "conf/opt.h"
#include "macnat/model.h"

#define BRIDGE_PINS_MAX 1024

enum bridge_engine { BRIDGE_ENGINE_AUTO, BRIDGE_ENGINE_TCX, BRIDGE_ENGINE_CLSACT, BRIDGE_ENGINE_USER };

enum bridge_shortcut { BRIDGE_SHORTCUT_AUTO, BRIDGE_SHORTCUT_OFF };

/* One pinned address: an IP address (MN_IP4, MN_IP6) or an ethertype (MN_ETHERTYPE with the far end zero). */
struct bridge_pin {
	uint8_t mac[6];
	struct mn_key key;
};

struct bridge_pins {
	size_t count;
	struct bridge_pin pin[BRIDGE_PINS_MAX];
};

struct bridge_conf {
	char file[256]; /* where the rest was read from; empty: the command line alone */
	char uplink[16], bridge[16];
	int engine;               /* enum bridge_engine */
	uint64_t vlans[64];       /* as in struct mn_config */
	uint32_t age_s, silent_s; /* seconds */
	uint32_t port_cap;
	uint32_t learn_rate; /* new addresses per second and port; 0: no limit */
	uint32_t learn_burst;
	int takeover; /* enum mn_takeover */
	int carrier;  /* enum carrier_policy: guests, uplink, off */
	bool rewrite_chaddr;
	int shortcut;           /* enum bridge_shortcut */
	uint32_t announce_rate; /* announcements per second after a change of the uplink */
	char state_dir[128];    /* folder where bindings are kept over a restart; "none" keeps nothing */
	struct bridge_pins pins;
};

/* The table; ends with a row whose name is NULL. The target is a struct bridge_conf. */
extern const struct opt bridge_conf_options[];

/*
 * Reads a file into `conf`, in which the defaults are set already.  `name` with a slash is a path, otherwise it means
 * /etc/vifi/NAME.conf.  Returns false, with "FILE:LINE: what" in `why`, when it cannot be read or any line is wrong.
 */
bool bridge_conf_read(struct bridge_conf *conf, const char *name, struct error *error);

/* Reads "MAC ADDRESS…" (blanks or commas between) and adds each address to the pins. */
bool bridge_pins_add(struct bridge_pins *pins, const char *text, struct error *error);

/* Reads a MAC address: six hexadecimal bytes with colons or dashes. */
bool bridge_parse_mac(uint8_t mac[6], const char *text);

/* Reads an IPv4 or IPv6 address, ethertype:0xNNNN or a MAC address, each perhaps with %VLAN behind it, into a key. */
bool bridge_parse_key(struct mn_key *key, const char *text);

#endif
