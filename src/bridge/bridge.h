/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vifi bridge up`, from the first check to the last thing put back.
 *
 *   bridge_check.c  looks whether it can be done, and changes nothing
 *   bridge_up.c     does it
 *   bridge_down.c   undoes it, also what an earlier process left
 *   bridge_run.c    the loop: what happens while it runs
 *   bridge_watch.c  follows links, addresses and routes
 *   bridge_blink.c  lets guests' ports lose their carrier for a moment
 *   bridge_probe.c  ages bindings, asks owners, announces
 *   bridge_state.c  keeps bindings over a restart
 *   bridge_short.c  opens and closes the short way
 *
 * The data path needs none of them: it is in the kernel, and goes on when this process is killed (but for
 * --engine=user, see engine_user.h).  What decides without
 * doing anything is in ageing.c, carrier.c, journal.c and standing.c.
 */
#ifndef VIFI_BRIDGE_BRIDGE_H
#define VIFI_BRIDGE_BRIDGE_H

#include "bridge/policy/carrier.h"
#include "bridge/user/engine.h"
#include "bridge/policy/journal.h"
#include "bridge/policy/shortcut.h"
#include "bridge/policy/static_bindings.h"
#include "macnat/store.h"
#include "base/error.h"
#include "bpf/loader.h"
#include "conf/bridge_conf.h"
#include "netdev/rtnl.h"

/* The exit codes of the command. */
enum bridge_result {
	BRIDGE_OK = 0,
	BRIDGE_FAILED = 1,
	BRIDGE_USAGE = 2,
	BRIDGE_PRIVILEGE = 3,
	BRIDGE_STATE = 4,
};

struct bridge_probes;

struct bridge {
	const struct bridge_conf *conf; /* borrowed */
	struct netdev *nd;
	int packet_fd;                                 /* sends probes and announcements; -1 */
	int control_fd;                                /* the lock, and the socket that listens; -1 */
	struct netdev_link uplink, bridge, veth, port; /* as last seen; veth is vifi0, port its peer vifi0p */
	struct journal journal;
	struct kernel_part part;
	struct user_engine *user_engine; /* with --engine=user; then `part` is empty */
	struct store *store;
	struct mn_config config; /* as last written */
	struct carrier carrier;
	unsigned carrier_actions;       /* enum carrier_action: what the first look found to do */
	bool adopted;                   /* the kernel part was there already */
	bool discard_state;             /* it ends because a person said so: nothing is kept for the next time */
	int bounce_ports[MN_PORTS_MAX]; /* ports whose turn comes to lose their carrier for a moment */
	size_t n_bounce_ports, n_bounced;
	enum shortcut shortcut;           /* as judged last */
	int shortcut_ports[MN_PORTS_MAX]; /* ports that have the program of the short way, or cannot have it */
	size_t n_shortcut_ports;
	uint64_t shortcut_checked_ns; /* when all of them were looked at last */
};

/* The clock of the bindings: CLOCK_MONOTONIC, ns. */
uint64_t bridge_now(void);

/* Prints "vifi: …" on standard error. */
void bridge_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- bridge_check.c ---- */

/* Checks everything and takes the lock; nothing else is changed. */
enum bridge_result bridge_check(struct bridge *bridge, struct error *error);

/* ---- bridge_up.c ---- */

/* Writes the journal into the ifalias of the uplink veth. 0 or a negative errno. */
int bridge_write_journal(struct bridge *bridge);
/* Checks everything, changes nothing but taking the lock; then brings it up. On failure nothing is left changed. */
enum bridge_result bridge_up(struct bridge *bridge, const struct bridge_conf *conf, struct error *error);

/* ---- bridge_down.c ---- */

/* Puts everything back. */
void bridge_restore(struct bridge *bridge);
/* Closes what is open; what was changed stays changed. */
void bridge_close(struct bridge *bridge);

/* The port behind which the bridge has a MAC address now; 0: the bridge itself; UINT32_MAX: not known. */
uint32_t bridge_port_of(const struct bridge *bridge, const uint8_t mac[6]);

/*
 * The address that the uplink veth of an uplink is born with: by it an `up` that was killed before it could write its
 * journal is known.  bridge_remove_orphan_veths() removes what such an `up` left; the caller holds the uplink's lock.
 */
void bridge_veth_mac(uint8_t mac[6], int uplink);
int bridge_remove_orphan_veths(struct netdev *nd, int uplink); /* how many there were, or a negative errno */

/* Finds the uplink veth of an uplink, by the journal in its ifalias. -ENOENT: there is none. */
int bridge_find_veth(struct netdev *nd, const char *uplink, struct netdev_link *veth, struct journal *journal);

/*
 * Takes down what an `up` left behind for an uplink that nobody serves now. Returns how many things were put back, or a
 * negative errno. What stays (a bridge that has guests) is told on standard error.
 */
int bridge_take_down(struct netdev *nd, const char *uplink);

/* ---- bridge_watch.c ---- */

/* Looks at links, addresses and routes, and makes the tables agree. False: the uplink or the bridge has gone. */
bool bridge_reconcile(struct bridge *bridge, unsigned *carrier_actions);
/* The MTU that the uplink's bridge port should have, so that the bridge keeps its own and too-long frames are seen. */
int bridge_port_mtu(const struct netdev_link *links, size_t count, const struct netdev_link *uplink,
		    const struct netdev_link *bridge, int port);

/* ---- bridge_blink.c ---- */

/* All guests' ports are to lose their carrier and get it back. */
void bridge_bounce_start(struct bridge *bridge);
/* Ends what blinks and takes the next few; call it again after a moment, until it returns false. */
bool bridge_bounce_step(struct bridge *bridge);
/* Gives those in the journal their carrier back, whoever took it; their list in `journal` is empty then. */
void bridge_bounce_end(struct netdev *nd, struct journal *journal);

/* ---- bridge_probe.c ---- */

/* The uplink's own link-local address and those of the host, for asking guests. Owned by the probes. */
struct bridge_probes *bridge_probes_new(struct bridge *bridge);
void bridge_probes_free(struct bridge_probes *probes);
/* Looks at all bindings: deletes what has ended, begins to ask where it is about to. */
void bridge_age_bindings(struct bridge_probes *probes);
/* Somebody claims `key`: asks its owner. */
void bridge_probe_owner(struct bridge_probes *probes, const struct mn_key *key);
/* Sends what is due. Returns ms until it wants to be called again, or 0 when no probe runs. */
unsigned bridge_probe_step(struct bridge_probes *probes);
/* Queues an announcement of each guest's address; bridge_announce_step() sends one and says whether more are left. */
void bridge_announce_all(struct bridge_probes *probes);
bool bridge_announce_step(struct bridge_probes *probes);

/* ---- bridge_short.c ---- */

/* Opens the short way for a while, or closes it, as these links and the firewalls ask. */
void bridge_shortcut_step(struct bridge *bridge, const struct netdev_link *links, size_t count);
/* Takes a part's programs off all ports. */
void bridge_shortcut_detach(struct netdev *nd, const struct kernel_part *part);

/* ---- bridge_state.c ---- */

/*
 * Saves the guests' bindings; loads those saved before that have not ended since, and then sets `w` to what W was.
 * Failure is told and is no failure.
 */
void bridge_state_save(const struct bridge *bridge);
void bridge_state_load(const struct bridge *bridge, uint8_t uplink_mac[6]);
void bridge_state_forget(const char *folder, const char *uplink);

/* ---- bridge_run.c ---- */

/* Runs until SIGTERM, SIGINT, `vifi bridge down`, or until the uplink has gone. */
enum bridge_result bridge_run(struct bridge *bridge);

#endif
