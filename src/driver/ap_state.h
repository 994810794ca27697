/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Internal state of an access point on a card (driver/ap.h).
 *
 *	ap_setup.c     the card, its country, the channels, the interfaces
 *	ap_spectrum.c  automatic channel selection and radar, before control starts and while it runs
 *	ap_overlap.c   networks that 40 MHz would disturb
 *	ap_channel.c   moves to another channel
 *	ap_bss.c       BSSs that come, change and go
 *	ap.c           control and plane as a state machine of the driver
 */
#ifndef VIFI_DRIVER_AP_STATE_H
#define VIFI_DRIVER_AP_STATE_H

#include "driver/ap.h"
#include "driver/driver_state.h"
#include "nl80211/ap/acs_job.h"
#include "nl80211/ap/ap.h"
#include "nl80211/ap/dfs.h"
#include "nl80211/ap/overlap.h"
#include "wire/mgmt.h"

enum driver_ap_overlap_state {
	DRIVER_AP_OVERLAP_IDLE,
	DRIVER_AP_OVERLAP_SCANNING,
	DRIVER_AP_OVERLAP_BUSY,
	DRIVER_AP_OVERLAP_READING,
	DRIVER_AP_OVERLAP_DONE,
};

/* The search for networks that a channel of 40 MHz would disturb. */
struct driver_ap_overlap {
	enum driver_ap_overlap_state state;
	struct nl80211_ap_overlap found;
	unsigned tries;
	uint64_t due_ns;
	int error; /* why there are no results, a negative errno; 0: there are */
};

struct driver_ap {
	struct driver *driver;
	struct driver_ap_setup setup;
	struct ap *control;
	struct nl80211_ap *plane;
	struct plane_actions actions;
	struct driver_ap_plan plan;
	struct random random;
	uint16_t beacon_tu;
	bool channel_known; /* configured, or chosen already */
	bool listening;     /* NOTE_LISTENING without its NOTE_LISTENED so far */
	struct driver_ap_overlap overlap;
	struct nl80211_acs_job acs;
	struct nl80211_dfs dfs;
	struct plane_channel target; /* of a move because of radar; freq_mhz 0: there is none */
	bool tick_waits;             /* control's timers run when the packet numbers are known */
	uint64_t retry_ns;           /* another attempt to start; UINT64_MAX: none is needed */
	int failure;                 /* of the first start */
	struct error reason;         /* …, or of the last one; empty: the networks are on the air */
	unsigned trial; /* the number of a BSS that may fail without consequences for others, plus 1; 0: none */
	int refusal;    /* … the negative errno with which it has failed */
};

/* ---- ap_overlap.c ---- */

/* Begins to look for networks that a channel of 40 MHz would disturb; false: the channel needs no such search. */
bool driver_ap_overlap_begin(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out);

/* Returns true if the request was one of these. */
bool driver_ap_overlap_reply(struct driver_ap *ap, const struct nl80211_request *request,
			     const struct nl80211_reply *reply, uint64_t now_ns);
void driver_ap_overlap_event(struct driver_ap *ap, const struct nl80211_event *event, struct nl80211_requests *out);
uint64_t driver_ap_overlap_deadline(const struct driver_ap *ap);
void driver_ap_overlap_tick(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out);

/*
 * Has the search ended? Once: plan.channel may have become one of 20 MHz, or its halves be exchanged, with a line in the log.
 */
bool driver_ap_overlap_take(struct driver_ap *ap);

/* ---- ap_setup.c ---- */

unsigned driver_ap_network_count(const struct driver_ap *ap); /* without vacant numbers */

/* Fills `phy` for a channel that was chosen, and its centre. Returns 0 or a negative errno with a sentence. */
int driver_ap_phy(struct driver *driver, const struct driver_ap_setup *setup, struct plane_channel *channel,
		  struct nl80211_ap_phy *phy, struct error *error);

/* Takes interface number `number` of `setup` for this network, and fills in its address. Returns as the next one. */
int driver_ap_take_interface(struct driver *driver, const struct driver_ap_setup *setup,
			     struct driver_ap_network *network, unsigned number, struct error *error);

/* Takes the interfaces, and fills in their addresses. Returns 0, or a negative errno with a sentence. */
int driver_ap_take_interfaces(struct driver *driver, struct driver_ap_setup *setup, struct error *error);

/* Registers for the frames of some networks. Before anything is sent: another program may have the interfaces. */
int driver_ap_register(struct driver_ap *ap, unsigned first, unsigned count, struct error *error);

/* Reports what control notes, and has the plane carry out the rest. */
void driver_ap_apply(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out);

/* ---- ap_spectrum.c ---- */

void driver_ap_spectrum_init(struct driver_ap *ap, uint64_t now_ns);

/* Finds the channel, listens for radar if that needs it, and starts control. */
void driver_ap_spectrum_begin(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out);

/* The networks leave the air, and start on this channel after listening there. Returns 0, or -ENETDOWN with a sentence. */
int driver_ap_spectrum_listen(struct driver_ap *ap, const struct plane_channel *channel, uint64_t now_ns,
			      struct nl80211_requests *out, struct error *error);

/* An event about radar, of the kernel or simulated. */
void driver_ap_spectrum_radar(struct driver_ap *ap, uint32_t radar_event, const struct plane_channel *channel,
			      uint64_t now_ns, struct nl80211_requests *out);

/* Stops control, whatever goes on. */
void driver_ap_spectrum_end(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out);

/* Returns true if the request was one of these. */
bool driver_ap_spectrum_reply(struct driver_ap *ap, const struct nl80211_request *request,
			      const struct nl80211_reply *reply, uint64_t now_ns, struct nl80211_requests *out);

/* An event of the kernel, after control has handled it. */
void driver_ap_spectrum_event(struct driver_ap *ap, const struct nl80211_event *event, uint64_t now_ns,
			      struct nl80211_requests *out);

/*
 * Has the move away from a radar ended? If a network is still on the old channel, all stop and start on the other one. To be
 * called after everything that control has handled: a refusal of the kernel is a reply, a missing report a timer.
 */
void driver_ap_spectrum_check_move(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out);
uint64_t driver_ap_spectrum_deadline(const struct driver_ap *ap);
void driver_ap_spectrum_tick(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out);

/* Copies the elements for control. */
void driver_ap_copy_phy(struct ap_phy *to, const struct nl80211_ap_phy *from);

#endif
