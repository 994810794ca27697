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
	bool polls_packets, polls_rfkill;
	uv_timer_t wake_timer, card_timer;
	int link_fd;      /* changes of interfaces */
	bool handles;     /* they are initialised */
	bool starting;    /* the state machine will be started in the next turn of the loop */
	bool running;     /* it is started */
	bool has_started; /* … or was before */
	bool waits;       /* the radio was switched off at the start */
	bool interface_up;
	bool awaits_card;     /* it was unplugged, or is not plugged in yet; info.ifindex of the first interface is 0 */
	uint8_t card_addr[6]; /* of it; zero: unknown */
	struct error card_error; /* why it is not used; each reason is logged once */
	bool data_passes;        /* the state machine has said that the first interface may pass data */
	bool told_carrier;       /* … and knows that it does */
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

/* The operator has changed the address of the first interface: the driver uses it, and leaves it at the end. */
void driver_adopt_address(struct driver *driver, const uint8_t addr[6]);

/* Changes the address of the first interface, while no association uses it. Returns 0 or a negative errno. */
int driver_change_address(struct driver *driver, int ifindex, const uint8_t addr[6]);

/* Another program manages the interface: -EALREADY with a sentence. 0: none does, or the driver reports no frames to anybody. */
int driver_refuse_other_program(struct driver *driver, const struct driver_interface *interface, struct error *error);
int driver_set_type(struct driver *driver, struct driver_interface *interface, uint32_t iftype, struct error *error);

/* Has another program changed the type of the first interface? If so, logs it. */
bool driver_is_taken(struct driver *driver);

/* The card of the first interface is away: looks for it, once in DRIVER_CARD_LOOK_MS (driver/card.c). */
void driver_await_card(struct driver *driver);
void driver_look_for_card(struct driver *driver);

/* Makes the interfaces ports of their bridges again that were removed and are there again. */
void driver_follow_bridges(struct driver *driver);

/* Reads what the radio of an interface can do. Returns 0 or a negative errno with a sentence. */
int driver_read_wiphy(struct driver *driver, int ifindex, struct error *error);

#endif
