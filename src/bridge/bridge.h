/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vifi bridge up`: the state of one bridge. The files that work on it, in the order of its life:
 *
 *   prepare.c             checks that `up` can succeed, and takes the lock
 *     own_server.c          finds a DHCP server of this host on the bridge
 *   await.c               waits for an uplink that is not there yet
 *   up.c                  creates the bridge and the uplink veth, starts an engine
 *     config.c              the configuration of the rules
 *   run.c                 the event loop
 *     watch.c               follows links, addresses and routes
 *     resume.c              goes on when the uplink or the bridge comes back
 *     roam.c                tells when the uplink has another access point or network
 *     host_facts.c          static bindings and networks, from a snapshot.c of the host
 *     loop_probe.c          finds a port that leads to the uplink's network
 *     network_pin.c         clears networks that are pinned
 *     station_fdb.c         keeps stations at the uplink's port in the bridge's forwarding database
 *     status.c              the line for `systemctl status`
 *     shortcut_ports.c      attaches and detaches the shortcut program
 *     port_bounce.c         bounces the carrier of the guests' ports
 *     events.c              logs the events of the rules
 *     caps.c                logs ports that exceed a limit
 *     clones.c              MAC addresses in use on two ports
 *     routers.c             the machines that advertise themselves as IPv6 routers
 *     names.c               the names of guests, from their DHCP requests
 *     probe.c               ages bindings and probes their owners
 *     question.c            asks the wire for new addresses
 *     announce.c            announces the guests' addresses: new ones, and all after a change of the uplink
 *     search.c              asks for addresses whose owner is unknown, and for those of guests that have moved
 *     recorder.c            keeps what the recorder of the data path notes
 *     reload.c              applies a changed configuration
 *     request.c             answers the control socket, with report.c, report_facts.c and report_guests.c
 *   state.c               saves bindings at a stop and restores them at a start
 *   down.c                undoes the changes, also those of a killed process
 *
 * veth.c and log.c serve all of them. The decisions that need no I/O are in bridge/policy. check.c, firewall_rules.c,
 * remote.c, problems.c, problem_text.c and machines.c belong to other commands. The data path needs none of these files: it is in
 * the kernel and outlives this process, except with --engine=user (bridge/user/engine.h).
 */
#ifndef VIFI_BRIDGE_BRIDGE_H
#define VIFI_BRIDGE_BRIDGE_H

#include "bridge/policy/advertisement.h"
#include "bridge/policy/carrier.h"
#include "bridge/policy/journal.h"
#include "bridge/policy/networks.h"
#include "bridge/policy/roam.h"
#include "bridge/policy/lost_addresses.h"
#include "bridge/policy/shortcut.h"
#include "bridge/policy/traffic.h"
#include "bridge/user/engine.h"
#include "bpf/loader.h"
#include "conf/bridge_conf.h"
#include "macnat/store.h"
#include "netdev/firewall_probe.h"
#include "netdev/rtnl.h"

/* The exit codes of the command. */
enum bridge_result {
	BRIDGE_OK = 0,
	BRIDGE_FAILED = 1,
	BRIDGE_USAGE = 2,
	BRIDGE_PRIVILEGE = 3,
	BRIDGE_STATE = 4,
};

/* Of a guest whose port has gone (bridge/departed.h). */
struct departed_address {
	struct mn_key key;
	uint8_t mac[6];
	char port[IFNAMSIZ]; /* empty: it was deleted */
	uint64_t time;       /* ns; 0: free */
	bool asked;          /* the port is back, and its guest was asked for the address */
};

/* A MAC address in use on two ports (bridge/clones.h). */
struct mac_clone {
	uint8_t mac[6];
	uint32_t owner_port, other_port; /* ifindex; frames of the latter are dropped */
	uint64_t time;                   /* ns, of the last claim; 0: free */
};

enum { LOOP_SECRET_SIZE = 16 };

enum { BRIDGE_ROUTERS = 8 };

/* A router of IPv6 that advertises itself (bridge/routers.h). */
struct bridge_router {
	struct advertisement said;
	uint32_t port; /* of a guest: ifindex */
	uint64_t time; /* ns, of the last advertisement; 0: free */
	uint64_t count;
};

/* The search for a port that leads to the uplink's network (bridge/loop_probe.h). */
struct loop_probe {
	int fd; /* a packet socket; -1 */
	uint8_t secret[LOOP_SECRET_SIZE];
	uint64_t sent;   /* ns; 0: never */
	unsigned missed; /* probes since the last that arrived */
};

/* A station's entry in the forwarding database (bridge/station_fdb.h). */
struct station_entry {
	uint8_t mac[6];
	bool wanted; /* the station is known */
};

/* The card that was the uplink when an earlier process ended (bridge/state.h). */
struct last_card {
	bool known;
	uint8_t mac[6]; /* identity_card() */
	char kind[16];
};

struct bridge_names;  /* bridge/names.h */
struct bridge_events; /* bridge/events.h */

struct bridge {
	const struct bridge_conf *conf;                 /* borrowed */
	struct bridge_conf *conf_storage;               /* the same, for a reload */
	const struct bridge_command_line *command_line; /* borrowed */
	struct netdev *nd;
	int packet_fd;  /* sends probes of guests and announcements; -1 */
	int wire_fd;    /* sends questions to the wire (bridge/ask.h); -1 */
	int control_fd; /* the lock and the listening control socket; negative: none */
	bool control_root_only;
	struct netdev_link uplink, bridge, veth, port; /* last known state; veth is vifi0, port its peer vifi0p */
	struct last_card last_card;                    /* looked for where no interface has the name of the uplink */
	struct firewall_files firewall_files;
	struct journal journal;
	struct kernel_part part;
	struct user_engine *user_engine; /* with --engine=user; then `part` is empty */
	struct store *store;
	struct bridge_names *names;
	struct traffic *traffic;
	const struct bridge_events *events; /* while the event loop runs; otherwise NULL */
	struct mn_config config;            /* as last written to the store */
	struct carrier carrier;
	struct roam_place place;  /* of the uplink */
	uint64_t bssid_ns;        /* time of the last question for the access point */
	int bssid_ifindex;        /* an uplink that is no Wi-Fi client: do not ask again */
	unsigned carrier_actions; /* set of enum carrier_action for the first turn of the event loop */
	bool adopted;             /* `part` was running before this process */
	bool veth_kept;     /* `veth` is that of an earlier process: since then all interfaces have their numbers */
	bool discard_state; /* ended by `vifi bridge down`: save no bindings */
	bool keep;          /* ended by a signal that leaves the changes (--keep) */
	bool stopped;       /* bridge_up(): a signal or `down` ended the wait for the uplink */
	bool uplink_gone;   /* the uplink has vanished, and may come back (bridge/resume.h) */
	bool bridge_gone;   /* the same of the bridge */

	int bounce_ports[MN_PORTS_MAX]; /* ports to bounce; the first n_bounced have had their turn */
	size_t n_bounce_ports, n_bounced;

	size_t n_guests; /* MAC addresses of guests at the last comparison */

	struct network_list networks; /* as last written to the store */

	struct loop_probe loop;
	int router_fd;                                   /* a packet socket for router advertisements; -1 */
	struct bridge_router routers[2][BRIDGE_ROUTERS]; /* of the network; of the guests */
	uint64_t router_looked_up;                       /* ns: the port of a new one among the guests */
	bool uplink_mac_forged;                          /* a guest has sent with the uplink's MAC address */
	struct mac_clone clones[16];                     /* a new one replaces the oldest */
	struct departed_address departed[64];

	struct station_entry *station_entries;
	size_t n_station_entries, station_entries_room;

	struct lost_addresses lost_addresses; /* the network is asked for them (bridge/search.h) */

	enum shortcut shortcut;           /* the last decision */
	uint8_t shortcut_guest[6];        /* with SHORTCUT_FDB: its MAC address */
	size_t shortcut_next;             /* where the next check of guests begins */
	int shortcut_ports[MN_PORTS_MAX]; /* ports that have the shortcut program, or cannot have it */
	size_t n_shortcut_ports;
	bool shortcut_pending;        /* some ports have no program yet: compare again soon */
	uint64_t shortcut_checked_ns; /* time of the last check of all ports */
};

/* Is it a port of guests? */
static inline bool bridge_is_guest_port(const struct bridge *bridge, const struct netdev_link *link)
{
	return link->master == bridge->bridge.ifindex && link->ifindex != bridge->port.ifindex;
}

#endif
