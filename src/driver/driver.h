/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A radio of the kernel in the event loop: sockets, interfaces, timers. What decides is a `driver_mlme`: control and its
 * plane (driver/sta.h). The driver carries out its requests one after the other, and passes replies, events and time.
 */
#ifndef VIFI_DRIVER_DRIVER_H
#define VIFI_DRIVER_DRIVER_H

#include "base/error.h"
#include "nl80211/interface.h"
#include "nl80211/journal.h"
#include "nl80211/request.h"
#include "nl80211/wiphy.h"
#include "plane/plane.h"

#include <uv.h>

#define DRIVER_INTERFACES_MAX 16

struct driver;
struct trace_recorder;

/* Control with its plane. Each function may add requests to `out`. */
struct driver_mlme {
	void (*start)(void *mlme, uint64_t now_ns, struct nl80211_requests *out);
	void (*stop)(void *mlme, uint64_t now_ns, struct nl80211_requests *out);
	void (*event)(void *mlme, const struct nl80211_event *event, uint64_t now_ns, struct nl80211_requests *out);
	/* Returns false for an error that is worth a line of the log. */
	bool (*reply)(void *mlme, const struct nl80211_request *request, const struct nl80211_reply *reply,
		      uint64_t now_ns, struct nl80211_requests *out);
	/* An EAPOL frame of a packet socket (driver_open_packets()); borrowed. */
	void (*packet)(void *mlme, int ifindex, const struct frame *frame, uint64_t now_ns,
		       struct nl80211_requests *out);
	/* Events were lost. */
	void (*resync)(void *mlme, uint64_t now_ns, struct nl80211_requests *out);
	/* The machine was suspended for so long, by a clock that has not counted it. May be NULL. */
	void (*resumed)(void *mlme, uint64_t slept_ns, uint64_t now_ns, struct nl80211_requests *out);
	uint64_t (*deadline)(const void *mlme);
	void (*tick)(void *mlme, uint64_t now_ns, struct nl80211_requests *out);
	void (*free)(void *mlme);
	/* May be NULL. Returns 0, or a negative errno with a sentence if the first start has failed. */
	int (*start_result)(const void *mlme, struct error *error);
};

/* Who runs the driver: the log. */
struct driver_owner {
	void (*log)(void *user, const char *interface, const char *text);
	void (*report)(void *user, const char *interface, const struct action *report); /* ACTION_NOTE, ACTION_DROP */
	/* The recorder, with its mode and time of now; NULL, or a function that is NULL: none. */
	struct trace_recorder *(*recorder)(void *user);
	void *user;
};

struct driver_interface {
	struct nl80211_interface info, before; /* now, and before vifi */
	struct nl80211_interface found;        /* when this process came: another one may use it */
	bool found_up;
	char found_journal[NL80211_JOURNAL_MAX]; /* empty: none */
	bool was_up, in_bridge;                  /* before vifi; by vifi */
	bool journalled;                         /* its alias tells the next process what it was before */
	bool made_bridge;                        /* for this interface */
	bool created;                            /* by this driver, which deletes it */
};

/*
 * Opens the sockets. Returns NULL with an error and a negative errno in *err. driver_close() restores what
 * driver_add_interface() has changed.
 */
struct driver *driver_open(const struct driver_owner *owner, int *err, struct error *error);
void driver_close(struct driver *driver);

/*
 * Prepares an interface: type, MAC address (NULL: its own), up. The first one chooses the radio. Returns 0, or a negative
 * errno with a sentence: -ENODEV without such an interface, -EOPNOTSUPP if it is not Wi-Fi or lacks the type, -ERFKILL.
 */
int driver_add_interface(struct driver *driver, const char *name, uint32_t iftype, const uint8_t *addr,
			 struct error *error);

/* Creates an interface of the radio, unless there is one of that name. *created: this was so. Returns 0 or a negative errno. */
int driver_create_interface(struct driver *driver, const char *name, uint32_t iftype, const uint8_t *addr,
			    bool *created, struct error *error);

/* Finds the radio of an interface, and reads what it can do, without any change. Returns 0 or a negative errno. */
int driver_find_radio(struct driver *driver, const char *name, struct error *error);

/* Switches interface number `index` to 4-address mode. Returns 0 or a negative errno: -EOPNOTSUPP if the driver lacks it. */
int driver_set_four_address(struct driver *driver, size_t index, struct error *error);

/* Makes interface number `index` a port of a bridge, which is created if there is none. Returns 0 or a negative errno. */
int driver_join_bridge(struct driver *driver, size_t index, const char *bridge, struct error *error);

/* Opens a packet socket for EAPOL frames of all interfaces; needs CAP_NET_RAW. Returns 0 or a negative errno. */
int driver_open_packets(struct driver *driver, struct error *error);

/*
 * The interface that a packet from `ifindex` to `dest` belongs to, its ifindex; 0: none. One that is a port of a bridge passes
 * its packets to the bridge, and a station may have an interface of its own: these have the address of the BSS.
 */
int driver_packet_interface(const struct driver_interface *interfaces, size_t count, int ifindex,
			    const uint8_t dest[6]);

const struct nl80211_wiphy *driver_wiphy(const struct driver *driver);
const struct driver_interface *driver_interface(const struct driver *driver, size_t index);

/* Writes to the log of the owner. */
void driver_log(struct driver *driver, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reports the PLANE_REPORTs of these actions to the owner, and counts the drops. Their `bss` is the number of an interface. */
void driver_report(struct driver *driver, const struct plane_actions *actions);
void driver_note(struct driver *driver, enum note note, const uint8_t addr[6]); /* a note of the first interface */
void driver_note_action(struct driver *driver, struct action *note);            /* the same, with fields */
const uint64_t *driver_drops(const struct driver *driver);                      /* DROP_COUNT counters */

/*
 * Carries out one request and waits, before or beside the loop: for the set-up. Frees the request's attributes. Returns
 * the error of the reply; `event` (or NULL) gets the first message of the answer, valid until the next call.
 */
int driver_request(struct driver *driver, struct nl80211_requests *requests, struct nl80211_event *event,
		   struct error *error);

/*
 * Sends an MPDU in the clear whatever keys there are, for tests of stations; borrowed. It needs CAP_NET_RAW and a driver that
 * has monitor interfaces beside others. Returns 0 or a negative errno with a sentence.
 */
int driver_inject(struct driver *driver, const struct frame *mpdu, struct error *error);

/* Takes over the state machine. */
void driver_attach(struct driver *driver, const struct driver_mlme *ops, void *mlme);

/* Starts it, in the loop. Returns false with an error on failure. */
bool driver_start(struct driver *driver, uv_loop_t *uv, struct error *error);

/* Returns 1 once the state machine has started or waits for rfkill, 0 before, or a negative errno with an error. */
int driver_start_result(const struct driver *driver, struct error *error);

/* Stops the state machine and closes the handles; the loop must run once more, before or after driver_close(). */
void driver_stop(struct driver *driver);

/*
 * For a call of the state machine that is no event: the list for its requests, which driver_work() then carries out. Returns
 * NULL while it does not run.
 */
struct nl80211_requests *driver_queue(struct driver *driver);
void driver_work(struct driver *driver);

/* Has the interface been removed? The loop is stopped then. */
bool driver_failed(const struct driver *driver);

#endif
