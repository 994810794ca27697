/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A radio of the kernel in the event loop: sockets, interfaces, timers. A `driver_mlme`, that is control and its
 * plane (driver/sta.h), makes the decisions. The driver carries out its requests one after the other, and passes replies,
 * events and time.
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

#define DRIVER_INTERFACES_MAX 24

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
	/* The machine was suspended for `slept_ns`, which `now_ns` does not include. May be NULL. */
	void (*resumed)(void *mlme, uint64_t slept_ns, uint64_t now_ns, struct nl80211_requests *out);
	/* The first interface passes data, as NL80211_REQUEST_OPERSTATE has asked. May be NULL. */
	void (*carrier)(void *mlme, uint64_t now_ns, struct nl80211_requests *out);
	/* The operator has changed the MAC address; it does not run. NULL: the driver restores the address. */
	void (*address)(void *mlme, const uint8_t addr[6]);
	/*
	 * The card is here again, or for the first time, as the interface that it shall be: prepares it. It does not run. Returns 0,
	 * or a negative errno with a sentence. NULL: the driver ends when its card is removed.
	 */
	int (*adopt_card)(void *mlme, struct error *error);
	uint64_t (*deadline)(const void *mlme);
	void (*tick)(void *mlme, uint64_t now_ns, struct nl80211_requests *out);
	void (*free)(void *mlme);
	/* May be NULL. Returns 0, or a negative errno with a sentence if the first start has failed. */
	int (*start_result)(const void *mlme, struct error *error);
};

/* The functions of the program that runs the driver: its log and its recorder. */
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
	char bridge[16];                         /* that it shall be a port of; empty: none */
	int bridge_ifindex;                      /* … as it was found */
	bool misses_bridge;                      /* it was removed; the log has a line about it */
	bool carrier;                            /* at the last look */
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

/*
 * The same as interface number `index`, of those that the state machine knows; after it was removed, or as a further one.
 * driver_remove_interface() gives it back what it had, or deletes it, and leaves the number vacant; not of the first one.
 */
int driver_add_interface_as(struct driver *driver, size_t index, const char *name, uint32_t iftype, const uint8_t *addr,
			    struct error *error);
void driver_remove_interface(struct driver *driver, size_t index);

/* Creates an interface of the radio, unless there is one of that name. *created: this was so. Returns 0 or a negative errno. */
int driver_create_interface(struct driver *driver, const char *name, uint32_t iftype, const uint8_t *addr,
			    bool *created, struct error *error);

/* Interface number `index` was created for this driver, which deletes it at its end. */
void driver_note_created(struct driver *driver, size_t index);

/* Finds the radio of an interface, and reads what it can do, without any change. Returns 0 or a negative errno. */
int driver_find_radio(struct driver *driver, const char *name, struct error *error);

/* Switches interface number `index` to 4-address mode. Returns 0 or a negative errno: -EOPNOTSUPP if the driver lacks it. */
int driver_set_four_address(struct driver *driver, size_t index, struct error *error);

/* The mode has been changed otherwise: driver_close() restores it. */
void driver_note_four_address(struct driver *driver, size_t index, bool on);

/* Makes interface number `index` a port of a bridge, which is created if there is none. Returns 0 or a negative errno. */
int driver_join_bridge(struct driver *driver, size_t index, const char *bridge, struct error *error);

/* The same for one that runs: it leaves the bridge that it was in. Empty: it is in none. */
int driver_set_bridge(struct driver *driver, size_t index, const char *bridge, struct error *error);

/*
 * Another program may have changed the type of interface number `index`, as NetworkManager does. Gives it back the type
 * that it had, unless that program still manages the interface. Returns 1 if the type was another one: the kernel has
 * then dropped our registrations for frames; 0 if the type is right, or a negative errno with a sentence.
 */
int driver_reclaim_interface(struct driver *driver, size_t index, struct error *error);

/* Opens a packet socket for EAPOL frames of all interfaces; needs CAP_NET_RAW. Returns 0 or a negative errno. */
int driver_open_packets(struct driver *driver, struct error *error);
bool driver_uses_packets(const struct driver *driver);

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

/* Before driver_start(), instead of an interface: there is none of this name yet, and driver_mlme.adopt_card() gets it when it is here. */
void driver_await_interface(struct driver *driver, const char *name);
#define DRIVER_CARD_LOOK_MS 1000 /* between two looks */
bool driver_awaits_card(const struct driver *driver);

/* Starts it, in the loop. Returns false with an error on failure. */
bool driver_start(struct driver *driver, uv_loop_t *uv, struct error *error);

/* Returns 1 once the state machine has started or waits for rfkill or for its card, 0 before, or a negative errno with an error. */
int driver_start_result(const struct driver *driver, struct error *error);

/* Stops the state machine and closes the handles; the loop must run once more, before or after driver_close(). */
void driver_stop(struct driver *driver);

/*
 * For a call of the state machine that is no event: the list for its requests, which driver_work() then carries out. Returns
 * NULL while it does not run.
 */
struct nl80211_requests *driver_queue(struct driver *driver);
void driver_work(struct driver *driver);

/* Has one of the interfaces been removed? The loop is stopped then. */
bool driver_failed(const struct driver *driver);

#endif
