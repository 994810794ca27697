/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of a station's control (mlme/sta_state.h) remember. */
#ifndef VIFI_MLME_STA_PARTS_H
#define VIFI_MLME_STA_PARTS_H

#include "mlme/sta_network.h"
#include "plane/plane.h"
#include "rsn/countermeasures.h"
#include "rsn/supplicant.h"

#define STA_OWE_SEARCHES 3 /* then the open BSS serves, unless owe_only=1 */

/* Run-time state of a network block. */
struct sta_network_state {
	unsigned unknown_tried; /* BSSs that were tried in this round and have never worked */
	struct countermeasures countermeasures;
	uint8_t transition_disable; /* bits that this network has sent */
	unsigned owe_searches;      /* scans that have found only the open BSS of an OWE transition pair */
};

struct sta_scan {
	unsigned empty_scans; /* consecutive scans without a match */
	uint64_t began_ns;
	bool aborted;          /* the user has ended it, and what it has heard is not all: no haste for the next one */
	bool scheduled;        /* the plane looks for the networks by itself */
	bool schedule_refused; /* … it could not, so the station scans, until its next start */
	uint64_t interval_ns;  /* between two scans that find no network; 0: it grows */
};

struct sta_roam {
	bool visiting;                   /* the plane visits a channel */
	size_t freq_index;               /* in sta->freqs: the next channel to visit */
	uint64_t began_ns;               /* of the roaming scan that is under way; 0: none is */
	uint64_t last_scan_ns;           /* the end of the last one; with bgscan */
	bool was_weak;                   /* the signal, at the last report; with bgscan */
	uint64_t next_scan_ns, pause_ns; /* time of the next roaming scan, and the pause after it */
	int8_t last_scan_dbm;            /* our signal at the last roaming scan; 0: there was none */
	unsigned tries;
	unsigned queries; /* of BSS transition management that remain before the next scan; with bgscan */
};

/* Attempts to roam to a BSS that has never worked. They survive the connection. */
struct sta_roam_trust {
	bool attempting;
	unsigned failures;
	uint64_t distrust_until_ns; /* no further attempt before */
};

/* Why the station has its present address (sta_address.c). */
struct sta_own_address {
	enum sta_address policy;
	uint32_t network;  /* id + 1; 0: of none, for scans */
	uint64_t since_ns; /* of a random one */
	bool failed;       /* the plane could not change it: it stays */
};

#define STA_CANDIDATES_MAX 32

/* A request of the access point to move to another one (sta_transition.c). */
struct sta_transition {
	enum { STA_MOVE_NONE, STA_MOVE_SEARCHING, STA_MOVE_PROMISED } step;
	uint8_t token, mode; /* TRANSITION_… (wire/mgmt.h) */
	uint64_t valid_until_ns;
	struct sta_candidate {
		uint8_t bssid[6];
		uint16_t freq_mhz;  /* 0: unknown */
		uint8_t preference; /* 0: not this one */
	} candidates[STA_CANDIDATES_MAX];
	size_t count;
	bool searched;     /* a scan for them has begun */
	uint8_t target[6]; /* with STA_MOVE_PROMISED */
};

/* Fast BSS transition. */
struct sta_ft {
	/* the PMK-R0 of a first association, and for what it serves */
	bool ready;
	uint8_t spa[6]; /* our address then */
	enum akm akm;
	unsigned tag; /* of the network */
	uint8_t ssid[SSID_MAX];
	size_t ssid_len;
	struct ft_key r0;
	struct ft_key_holders holders; /* … the R1KH is that of the present attempt */
	/* the present attempt */
	bool active; /* it is a transition */
	uint8_t snonce[FT_NONCE_LEN], anonce[FT_NONCE_LEN];
	struct ft_key r1;
	struct ptk ptk;
	uint8_t target[6]; /* asked for over the distribution system … */
	uint64_t target_until_ns;
	struct ft_association association; /* the present one */
};

#endif
