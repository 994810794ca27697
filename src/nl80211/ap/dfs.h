/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dynamic frequency selection of an access point: events and time in, steps out. No I/O, no clock.
 *
 *	                  ┌──────────── no radar detection needed, or listened already ───────────┐
 *	begin ── choose ──┤                                                                        ▼
 *	            ▲     └─▶ LISTENING ── CAC_FINISHED ─────────────────────────────────────▶ OPERATING
 *	            │             │ RADAR_DETECTED, CAC_ABORTED                                    │ RADAR_DETECTED
 *	            ├─────────────┘                                                                │
 *	            ├── nothing free at once: STOP ◀────────────────────────────────────────────── choose ── MOVE ──▶ OPERATING
 *	            └── WAITING until half an hour has passed since a radar, if no channel is left
 *
 * A channel on which radar was detected may not be used for DFS_NOP_NS, the non-occupancy period. The choice after a radar prefers
 * the configured width, then channels without radar detection, then those that were listened to already; a channel for which the
 * access point must listen first comes last, because the stations lose their network meanwhile. Among equals chance decides, so
 * that access points that have heard the same radar spread over the band (ETSI EN 301 893, uniform spreading).
 *
 * The kernel listens and detects; with `offload` the driver also decides, and this machine only notes what it reports.
 */
#ifndef VIFI_NL80211_AP_DFS_H
#define VIFI_NL80211_AP_DFS_H

#include "crypto/random.h"
#include "nl80211/ap/candidates.h"

#define DFS_NOP_NS        UINT64_C(1800000000000) /* half an hour */
#define NL80211_DFS_STEPS 8
#define NL80211_DFS_NEVER UINT64_MAX

enum nl80211_dfs_phase {
	NL80211_DFS_IDLE,
	NL80211_DFS_LISTENING, /* channel availability check */
	NL80211_DFS_OPERATING,
	NL80211_DFS_WAITING, /* every channel has had radar */
};

enum nl80211_dfs_kind {
	NL80211_DFS_LISTEN,  /* begin the availability check of `channel` (RADAR_DETECT) */
	NL80211_DFS_OPERATE, /* start the networks on `channel` */
	NL80211_DFS_MOVE,    /* they are on the air: switch to `channel` */
	NL80211_DFS_STOP,    /* take the networks off the air, at once */
	NL80211_DFS_NOTE,    /* `note`, for the log */
};

enum nl80211_dfs_note {
	NL80211_DFS_NOTE_LISTENING,      /* `remaining_ns` */
	NL80211_DFS_NOTE_PROGRESS,       /* `remaining_ns` */
	NL80211_DFS_NOTE_CLEAR,          /* no radar: the channel may be used */
	NL80211_DFS_NOTE_ABORTED,        /* the kernel has ended the check */
	NL80211_DFS_NOTE_RADAR,          /* detected on `channel` */
	NL80211_DFS_NOTE_MOVING,         /* to `channel` */
	NL80211_DFS_NOTE_NO_CHANNEL,     /* `remaining_ns` until the first one may be used again */
	NL80211_DFS_NOTE_NOP_OVER,       /* `channel` may be used again */
	NL80211_DFS_NOTE_EXPIRED,        /* `channel` needs the check again before it is used */
	NL80211_DFS_NOTE_DRIVER_LISTENS, /* with `offload` */
};

struct nl80211_dfs_step {
	enum nl80211_dfs_kind kind;
	enum nl80211_dfs_note note;
	struct plane_channel channel;
	uint64_t remaining_ns;
};

struct nl80211_dfs_steps {
	struct nl80211_dfs_step list[NL80211_DFS_STEPS];
	size_t count;
};

/* A channel of 20 MHz that needs radar detection. */
struct nl80211_dfs_part {
	uint16_t freq_mhz;
	bool available;          /* listened to */
	uint64_t unavailable_ns; /* until then; 0: it may be used */
	uint32_t cac_ms;
};

struct nl80211_dfs {
	enum nl80211_dfs_phase phase;
	bool offload;
	struct plane_channel channel; /* listened to, or in use */
	struct nl80211_dfs_part parts[NL80211_CHANNELS_MAX];
	size_t part_count;
	struct nl80211_ap_candidates candidates; /* that the access point may choose; the caller fills it in */
	uint64_t cac_end_ns, note_ns, retry_ns;
	struct random *random; /* borrowed */
};

/* Takes from `wiphy` which channels need radar detection, and their states. `random` must outlive it. */
void nl80211_dfs_init(struct nl80211_dfs *dfs, const struct nl80211_wiphy *wiphy, struct random *random,
		      uint64_t now_ns);

/* The access point shall start on this channel, or on another one if radar forbids it. */
void nl80211_dfs_begin(struct nl80211_dfs *dfs, const struct plane_channel *wanted, uint64_t now_ns,
		       struct nl80211_dfs_steps *out);

/* It has stopped for another reason, or its interface is down. */
void nl80211_dfs_end(struct nl80211_dfs *dfs);

/* RADAR_DETECT of the kernel about this radio. `channel` is that of the event. */
void nl80211_dfs_event(struct nl80211_dfs *dfs, enum nl80211_radar_event event, const struct plane_channel *channel,
		       uint64_t now_ns, struct nl80211_dfs_steps *out);

/* The kernel has refused to listen: chooses another channel, or tries again later. */
void nl80211_dfs_refused(struct nl80211_dfs *dfs, uint64_t now_ns, struct nl80211_dfs_steps *out);

/* The networks are on this channel: control or the driver has switched, for whatever reason. */
void nl80211_dfs_moved(struct nl80211_dfs *dfs, const struct plane_channel *channel);

/* May the access point switch to this channel at once? */
bool nl80211_dfs_may_use(const struct nl80211_dfs *dfs, const struct plane_channel *channel, uint64_t now_ns);

/* … or after it has listened there: nobody has detected radar on it in the last half hour? */
bool nl80211_dfs_may_listen(const struct nl80211_dfs *dfs, const struct plane_channel *channel, uint64_t now_ns);

/* The time of the next nl80211_dfs_tick(); NL80211_DFS_NEVER: none. */
uint64_t nl80211_dfs_deadline(const struct nl80211_dfs *dfs);
void nl80211_dfs_tick(struct nl80211_dfs *dfs, uint64_t now_ns, struct nl80211_dfs_steps *out);

/* A note as a sentence without its end; returns `text`. */
#define NL80211_DFS_TEXT 256
const char *nl80211_dfs_note_text(const struct nl80211_dfs_step *note, char text[NL80211_DFS_TEXT]);

#endif
