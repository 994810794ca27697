/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The internals of a driver: setup.c prepares interfaces, driver.c runs them. */
#ifndef VIFI_DRIVER_DRIVER_STATE_H
#define VIFI_DRIVER_DRIVER_STATE_H

#include "driver/driver.h"
#include "driver/genl.h"
#include "driver/rfkill.h"
#include "driver/record.h"
#include "netdev/rtnl.h"
#include "trace/recorder.h"

/* A prepared interface of a VLAN or of a 4-address station. */
struct driver_port {
	int ifindex;
	struct nl80211_port port;
};

#define DRIVER_GOODBYES_MAX 2048

/* Frames whose TX status must come before the network ends (nl80211_request.goodbye). */
struct driver_goodbyes {
	uint64_t cookies[DRIVER_GOODBYES_MAX];
	size_t count;
};

/* A frame that was sent, and of which the card will report. */
struct driver_recorded {
	uint64_t cookie, id;
};

#define DRIVER_RECORDED_MAX 64

struct driver {
	struct driver_owner owner;
	struct genl *genl;
	struct netdev *netdev;
	struct nl80211_wiphy wiphy;
	struct driver_interface interfaces[DRIVER_INTERFACES_MAX];
	size_t interface_count;
	struct driver_port *ports;
	size_t port_count, port_room;
	int packet_fd;                 /* -1: none */
	int inject_fd, inject_ifindex; /* of driver_inject(); 0: none yet */
	struct rfkill rfkill;
	uint64_t drops[DROP_COUNT];
	struct driver_recorded recorded[DRIVER_RECORDED_MAX]; /* the last ones */
	unsigned recorded_next;
	uint64_t record_id; /* of the frame that the state machine handles; 0: none */

	struct driver_goodbyes goodbyes;
	uint64_t suspended_ns; /* the machine, until now */
	const struct driver_mlme *ops;
	void *mlme;
	struct nl80211_requests queue;
	uv_loop_t *uv;
	uv_poll_t event_poll, link_poll, packet_poll, rfkill_poll;
	uv_timer_t wake_timer;
	int link_fd;      /* changes of interfaces */
	bool handles;     /* they are initialised */
	bool starting;    /* the state machine will be started in the next turn of the loop */
	bool running;     /* it is started */
	bool has_started; /* … or was before */
	bool waits;       /* the radio was switched off at the start */
	bool interface_up;
	bool data_passes; /* the state machine has said that the first interface may pass data */
	bool stopping, failed;
	unsigned closing; /* handles that the loop has not closed yet */
	bool closed;      /* driver_close() was called meanwhile */
};

void driver_inject_close(struct driver *driver);

/*
 * Carries out NL80211_REQUEST_PORT. Bridges and VLAN interfaces that it creates have an alias by which also a later process
 * knows them; the last port that uses them deletes them. Returns 0 or a negative errno. driver_ports_close() ends all.
 */
int driver_port_set(struct driver *driver, int ifindex, const struct nl80211_port *port, bool up);
void driver_ports_close(struct driver *driver);

/* Changes the address of the first interface, while no association uses it. Returns 0 or a negative errno. */
int driver_change_address(struct driver *driver, int ifindex, const uint8_t addr[6]);

/* Reads what the radio of an interface can do. Returns 0 or a negative errno with a sentence. */
int driver_read_wiphy(struct driver *driver, int ifindex, struct error *error);

#endif
