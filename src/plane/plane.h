/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interface between control and plane.
 *
 *	control   mlme/: the state machines of an access point and of a station. They decide: authentication,
 *	          association, handshakes, SA Query, rekeying, roaming, address lists, inactivity
 *	plane     what carries frames: softmac/ over a radio, or a driver with its firmware. It encrypts, queues, buffers
 *	          for dozing stations, forwards, and sends beacons
 *
 * Control returns actions, in a list; the plane carries them out in their order, and reports events. Neither calls the
 * other. Control learns what a plane can do from struct plane_capabilities only.
 *
 * Order. An action takes effect before the next one of the list, and before frames that arrive or are sent later:
 *
 *	- Frames that were handed to the plane before a key action go out under the keys of that time. So a
 *	  deauthentication that precedes PLANE_STATION_REMOVE is sent under the keys of the station.
 *	- PLANE_KEY_EXPECT precedes the message 3 that makes the station switch. From then on the plane accepts frames under
 *	  both keys, and sends under the old one until PLANE_KEY_INSTALL, which follows message 4.
 *	- A supplicant's message 4 precedes the PLANE_KEY_INSTALL of its handshake: under the new key the authenticator
 *	  could not read it.
 *	- PLANE_STATION_SET with `associated` precedes the association response: a frame that answers the response finds
 *	  the station known.
 *	- PLANE_KEY_INSTALL precedes the PLANE_STATION_SET that opens the port.
 *	- The BSSs of a radio move together: control gives their PLANE_BSS_SWITCH in one list. The plane moves the radio once,
 *	  and reports each BSS.
 *
 * Events come in the order of their causes. The TX status of a frame may come after the answer of its receiver.
 *
 * Ownership. The frames of an action belong to the list: a plane that takes one over writes NULL. The frames and pointers
 * of an event are borrowed for the call. Keys are wiped when the list is cleared.
 */
#ifndef VIFI_PLANE_PLANE_H
#define VIFI_PLANE_PLANE_H

#include "base/frame.h"
#include "crypto/kdf.h"
#include "plane/action.h"
#include "wire/mgmt.h"
#include "wire/suite.h"

#include <stddef.h>

enum plane_action_kind {
	/* ---- an access point ---- */
	PLANE_BSS_START, /* `bss_setup`: beacons with the template `frame` */
	PLANE_BSS_UPDATE, /* `bss_update`: from the next beacon on the template is `frame`. Not during a channel switch */
	PLANE_BSS_SWITCH,    /* `bss_switch`: the BSS moves to another channel: PLANE_EVENT_BSS_SWITCH */
	PLANE_BSS_STOP,      /* removes the stations and keys of the BSS, and ends its beacons */
	PLANE_STATION_PROBE, /* a Null frame to the station: PLANE_EVENT_PROBE, or PLANE_EVENT_HEARD if it sends first */
	PLANE_STATION_QUERY, /* when was the station last heard? PLANE_EVENT_STATION */
	PLANE_STATION_WATCH, /* PLANE_EVENT_HEARD at the next frame that the station sends under its pairwise key */
	PLANE_VLAN_START,    /* `vlan`: an interface of its own for stations in this VLAN; its group key follows */
	PLANE_VLAN_STOP,     /* `vlan`: without stations */
	/* ---- both ---- */
	PLANE_STATION_ADD,    /* `addr` is authenticated. Replaces an entry of this address */
	PLANE_STATION_SET,    /* `station`: its state. The end of an association wipes its keys and queues */
	PLANE_STATION_REMOVE, /* with its keys and queues */
	PLANE_KEY_INSTALL, /* `key`; a pairwise key then protects what is sent. A key that is installed stays as it is */
	PLANE_KEY_EXPECT,  /* `key`, pairwise: accept frames under it, too, until it is installed or replaced */
	PLANE_KEY_DEFAULT, /* `key.id`, `key.vlan`: send group frames under it. Without it: PLANE_EVENT_KEY_FAILED */
	PLANE_KEY_REMOVE,  /* `key.id`, `key.vlan`: a group key */
	PLANE_MANAGEMENT,  /* `frame`, `management` */
	PLANE_EAPOL,       /* `frame`, an Ethernet frame to `addr`; `eapol_key` */
	PLANE_TUNE,        /* `freq_mhz` */
	/* ---- a station ---- */
	PLANE_LINK, /* `link`: the access point to join, before its PLANE_STATION_SET. Ends a link that there was, and a scan */
	PLANE_AUTHENTICATE, /* `frame`, `join`: the response is a PLANE_EVENT_MANAGEMENT */
	PLANE_ASSOCIATE, /* `frame`, `join`: the same; never with PLANE_AUTHENTICATE if the plane connects by itself */
	PLANE_SCAN, /* `scan`: PLANE_EVENT_SCANNED after each channel. With a link, the access point buffers meanwhile */
	PLANE_REKEY_DATA, /* `rekey`, where the plane `rekeys_groups`: for group key handshakes while this machine sleeps */
	PLANE_SCHEDULE, /* `schedule`, where the plane `schedules_scans`: scans until a PLANE_LINK, a PLANE_SCAN, or an empty one */
	PLANE_WATCH, /* `watch`: other limits of the signal than those of the present link, where the plane hides_beacons */
	PLANE_ADDRESS, /* `addr` is that of the station from now on, without a link: where the plane `changes_address` */
	/* ---- for the caller ---- */
	PLANE_REPORT, /* `report`: ACTION_NOTE or ACTION_DROP */
};

/* What the plane must know of a BSS. The template may be replaced by PLANE_BSS_UPDATE, the channel by PLANE_BSS_SWITCH. */
struct plane_bss_setup {
	uint8_t bssid[6];
	uint8_t ssid[MGMT_SSID_MAX];
	size_t ssid_len;
	unsigned hidden; /* 0; 1: the SSID of the template is empty; 2: it is zeroes */
	struct plane_channel channel;
	uint16_t beacon_tu;
	uint8_t dtim_period;
	unsigned number, count;      /* TBTTs of `count` BSSs are spread over the beacon interval; this is `number` */
	size_t tim_offset;           /* where the TIM belongs in the template */
	bool rsn;                    /* RSN or WPA: stations send and get only EAPOL in the clear */
	bool pmf;                    /* group management frames are protected */
	bool isolate;                /* no frame of one station is forwarded to another */
	bool multicast_to_unicast;   /* group frames go to each station as one of its own, if the plane can */
	uint16_t fragment_threshold; /* 0: none */
};

/*
 * A new template for the beacons. What else stations must know follows from it: basic rates, short slots and preambles, ERP
 * and HT protection.
 */
struct plane_bss_update {
	struct plane_channel
		channel;   /* its primary channel stays the same. A plane may keep a wider channel than this */
	size_t tim_offset; /* where the TIM belongs */
};

/*
 * A move to another channel (11.8.8, 11.9). Until then the beacons have the template `frame`, in which the plane writes the
 * number of target beacon transmission times that remain at `count_offsets`; after it, the template `after`.
 */
struct plane_bss_switch {
	struct plane_channel channel;
	uint8_t count;             /* beacon intervals until the move, at least 1 */
	bool block_tx;             /* no data until then */
	uint16_t count_offsets[2]; /* in `frame`, after the TIM; 0: none */
	size_t tim_offset, after_tim_offset;
};

/* The state of a station at an access point, or of the access point at a station. */
struct plane_station {
	bool associated, authorised; /* states 3 and 4 (11.3.2) */
	bool qos, mfp, rsn;
	uint16_t aid, listen_interval; /* listen interval in beacon intervals */
	uint16_t fragment_threshold;   /* 0: none */
	bool four_address; /* data frames have four addresses: it is a bridge. At an access point: with an interface of its own */
	uint16_t vlan; /* at an access point: its VLAN; 0: none */
	bool awake;    /* at a station: an exchange is in progress, so do not doze */
	uint64_t
		keep_alive_ns; /* at a station: the longest time between two frames to the access point (11.21.13); 0: any */
	bool protected_keep_alive; /* … under the pairwise key, where there is one */
};

struct plane_key {
	bool group;    /* else the pairwise key of `addr` */
	uint16_t vlan; /* of a group key: the VLAN whose frames it protects; 0: all others */
	uint8_t id;    /* 0 to 3; 4 and 5: IGTK; 6 and 7: BIGTK, for beacons */
	enum cipher cipher;
	uint8_t len, bytes[KEY_MAX];
	uint64_t rsc;         /* of a received group key: the first accepted packet number is rsc + 1 */
	bool transmit;        /* of a group key: PLANE_KEY_DEFAULT at once */
	uint64_t previous_ns; /* how long frames under the previous pairwise key are accepted; 0: not at all */
};

/* PLANE_EVENT_SIGNAL when the signal falls below `weak_dbm`, or has risen above it by `hysteresis_db`. */
struct plane_watch {
	int8_t weak_dbm;
	uint8_t hysteresis_db;
};

/* What a station knows of the access point that it joins: it monitors the beacons. */
struct plane_link {
	uint8_t bssid[6], ssid[MGMT_SSID_MAX];
	size_t ssid_len;
	uint16_t freq_mhz, interval; /* beacon interval in TU */
	int8_t signal_dbm;
	struct plane_watch watch;
	uint8_t rsn[ELEMENT_MAX], wpa[ELEMENT_MAX];
	size_t rsn_len, wpa_len;
	bool four_address;     /* data frames have four addresses */
	const uint16_t *freqs; /* the channels to which it may follow the access point, borrowed; NULL: all */
	size_t freq_count;
};

/*
 * A request to join: the software MAC sends the frame, a driver with an MLME of its own needs the terms, and the elements of
 * the frame. A request that nobody answers has a TX status without acknowledgement.
 */
struct plane_join {
	uint32_t cookie;
	size_t elements_offset; /* in the frame */
	bool rsn, wpa;          /* RSN; WPA version 1; neither: open, or WEP with `privacy` */
	bool privacy, mfp;
	bool measures; /* radio measurement is negotiated */
	enum akm akm;
	enum cipher pairwise, group, group_management;
	uint8_t disabled_modes; /* enum plane_modes: associate without them */
	bool reassociation;
	uint8_t previous_bssid[6]; /* of a reassociation */
	uint8_t pmk[PMK_LEN];      /* of a PLANE_ASSOCIATE with RSN or WPA, to a plane that `handshakes` */
};

/* With this a driver answers group key handshakes by itself while the machine sleeps (12.7.7). */
struct plane_rekey {
	enum akm akm;
	bool wpa;
	uint8_t kek[32], kck[32], kek_len, kck_len;
	uint64_t replay_counter; /* of the last authentic message */
};

struct plane_ssid {
	uint8_t bytes[MGMT_SSID_MAX];
	size_t len;
};

/* The user's settings for all probe requests. */
struct plane_probes {
	struct span elements;     /* added to them; the caller's memory lasts as long as the plane */
	bool random_address;      /* of their transmitter, without a connection and where the driver can do that … */
	uint8_t addr[6], mask[6]; /* … random where `mask` has zeroes; the rest is from `addr` */
};

/* Channels to listen on, one after the other. Arrays are borrowed until the scan ends. */
struct plane_scan {
	const uint16_t *freqs;
	size_t freq_count;
	const struct plane_ssid *ssids; /* probed beside the wildcard SSID */
	size_t ssid_count;
	const uint8_t *bssid;              /* the only access point that shall answer; NULL: all */
	const struct plane_probes *probes; /* NULL: none are set */
	bool passive;                      /* no probe requests */
	uint64_t dwell_ns; /* on each channel; probe requests go out at its beginning and in its middle */
};

/*
 * Scans that the plane repeats by itself while the station has no link: PLANE_EVENT_SCHEDULE when it hears one of the
 * networks. Without channels it ends. Arrays are borrowed until the action has been carried out.
 */
struct plane_schedule {
	const uint16_t *freqs;
	size_t freq_count;
	const struct plane_ssid *ssids; /* probed beside the wildcard SSID */
	size_t ssid_count;
	const struct plane_ssid *networks; /* to look for; none: any */
	size_t network_count;
	const struct plane_probes *probes; /* NULL: none are set */
};

/* Cookies above this are the plane's own. */
#define PLANE_COOKIE_MAX 0x7fffffff

struct plane_management {
	uint32_t cookie; /* of the TX status; 0: none is reported */
	bool bufferable; /* of an association. A dozing station gets it when it polls; it replaces a buffered one */
	bool yield;      /* … unless one is buffered already: then it is discarded */
	bool with_tsf;   /* a probe response: write the timestamp of its transmission (11.1.3.2) */
	uint16_t count_offsets[2]; /* as in struct plane_bss_switch, during a channel switch */
};

/* Under which key an EAPOL frame goes out. */
enum plane_eapol_key {
	PLANE_EAPOL_CLEAR,     /* none: the receiver has none yet */
	PLANE_EAPOL_PAIRWISE,  /* the pairwise key, if one is installed */
	PLANE_EAPOL_ALTERNATE, /* the one that the frame which it answers came under (softmac/peer.h) */
};

struct plane_action {
	enum plane_action_kind kind;
	unsigned bss;    /* index; 0 at a station */
	uint8_t addr[6]; /* of the station */
	struct frame *frame;
	struct frame *after; /* of PLANE_BSS_SWITCH */
	union {
		struct plane_bss_setup bss_setup;
		struct plane_bss_update bss_update;
		struct plane_bss_switch bss_switch;
		struct plane_station station;
		struct plane_key key;
		struct plane_management management;
		enum plane_eapol_key eapol_key;
		struct plane_link link;
		struct plane_watch watch;
		struct plane_scan scan;
		struct plane_schedule schedule;
		struct plane_rekey rekey;
		struct plane_join join;
		uint16_t freq_mhz, vlan;
		struct action report;
	};
};

struct plane_actions {
	struct plane_action *list;
	size_t count, room;
	bool lost; /* an action is missing for lack of memory: the plane must compare its state with that of control */
};

/* Appends an empty action and returns it; NULL: no memory, and the action is lost. */
struct plane_action *plane_actions_add(struct plane_actions *actions, enum plane_action_kind kind);

/* Appends a PLANE_REPORT about `addr` (NULL: nobody), and returns the report for the caller to complete. NULL: no memory. */
struct action *plane_actions_report(struct plane_actions *actions, enum action_kind kind, const uint8_t *addr);

/* Appends the report that a frame from or to `addr` (NULL: nobody) was dropped. */
void plane_actions_drop(struct plane_actions *actions, enum drop drop, const uint8_t *addr);

/* Frees the frames and wipes the keys; keeps the memory of the list. */
void plane_actions_clear(struct plane_actions *actions);
void plane_actions_free(struct plane_actions *actions);

#define PLANE_LOST_MAX 8 /* frames in a row without acknowledgement that PLANE_EVENT_LOSS reports */

enum plane_event_kind {
	/*
	 * `frame`: an MMPDU for us, in the clear: decrypted, or not protected by PMF. A probe request whose receiver and BSSID
	 * are group addresses is for every BSS: it is reported once, and `bss` is not read.
	 */
	PLANE_EVENT_MANAGEMENT,
	PLANE_EVENT_EAPOL,        /* `frame`, an Ethernet frame from `addr` */
	PLANE_EVENT_UNEXPECTED,   /* a class 3 frame from `addr`, which is not associated or lacks its key */
	PLANE_EVENT_MICHAEL,      /* a Michael failure of a frame from `addr`; `group` */
	PLANE_EVENT_TX_STATUS,    /* `cookie`, `acked` */
	PLANE_EVENT_EAPOL_STATUS, /* `eapol_status` of the last PLANE_EAPOL to `addr` */
	PLANE_EVENT_HEARD, /* a sign of life of `addr`; `acked`: it has acknowledged; `protected`: it holds its keys */
	PLANE_EVENT_PROBE, /* PLANE_STATION_PROBE was not acknowledged */
	PLANE_EVENT_LOSS,  /* `lost` frames in a row were not acknowledged: PLANE_LOST_MAX, or the first ones of all */
	PLANE_EVENT_STATION,      /* `heard_ns` */
	PLANE_EVENT_FOUR_ADDRESS, /* the associated station `addr` has sent a data frame with four addresses; `protected` */
	PLANE_EVENT_POWER,        /* `dozing`. A station without a report counts as awake */
	PLANE_EVENT_PN_LOW,       /* few packet numbers are left, of the pairwise key of `addr` or of the `group` key */
	PLANE_EVENT_GROUP_PN, /* `vlan`, `gtk_pn`, `igtk_pn`, `bigtk_pn`: the last packet numbers sent under the newest group keys */
	PLANE_EVENT_ELSEWHERE,  /* another access point on the wire claims `addr` */
	PLANE_EVENT_KEY_FAILED, /* a key could not be installed: `group`, or the pairwise one of `addr` */
	PLANE_EVENT_ASSOCIATED, /* with `associates`: of `addr`, by a request with `elements`; its old association is gone */
	PLANE_EVENT_NEIGHBOUR,    /* `frame`: a beacon of another BSS, heard on the channel; `bss` is not read */
	PLANE_EVENT_BSS_STARTED,  /* with `confirms_start`: PLANE_BSS_START is done, beacons are sent */
	PLANE_EVENT_BSS_SWITCH,   /* `switch_status`, `channel`: of a channel switch of control, or of the driver */
	PLANE_EVENT_DISCONNECTED, /* the driver has ended the association of `addr`, with no frame to report: `reason` */
	/* ---- a station ---- */
	PLANE_EVENT_SCANNED,  /* `scan_status` */
	PLANE_EVENT_SCHEDULE, /* `schedule_status` */
	PLANE_EVENT_REKEYED,  /* the driver has renewed the group keys by itself: `replay_counter` of that handshake */
	PLANE_EVENT_SIGNAL, /* `signal_dbm` of the access point, averaged; `signal_change`: what the driver has reported */
	PLANE_EVENT_SUSPECT,       /* a frame that the access point should not send: SA Query */
	PLANE_EVENT_FORGED_BEACON, /* … a beacon without the MIC of beacon protection */
	PLANE_EVENT_LOST,          /* the access point is out of range */
	PLANE_EVENT_SWITCHING,     /* the access point announces a move to `freq_mhz` */
	PLANE_EVENT_CHANNEL, /* the station has followed it to `freq_mhz`; `acked`: its beacon there confirms that */
	/*
	 * The driver has moved the association to `addr` (or associated anew with the same BSSID), on `freq_mhz`; `elements`. A
	 * beacon or probe response of the BSS was reported before. The handshake, or PLANE_EVENT_AUTHORISED, follows.
	 */
	PLANE_EVENT_ROAMED,
	PLANE_EVENT_ADDRESS,    /* PLANE_ADDRESS has failed: the station has `addr` still */
	PLANE_EVENT_AUTHORISED, /* with `handshakes`: the handshake is complete, the driver has the keys */
	PLANE_EVENT_PORT_OPEN,  /* with `confirms_port`: data passes, as PLANE_STATION_SET has asked */
};

enum plane_switch_status {
	PLANE_SWITCH_STARTED, /* the beacons announce it */
	PLANE_SWITCH_DONE,    /* the BSS is on `channel` */
	PLANE_SWITCH_FAILED,  /* the BSS stays where it was, with its old template */
};

enum plane_scan_status {
	PLANE_SCAN_CHANNEL, /* one channel is done, others follow */
	PLANE_SCAN_DONE,
	PLANE_SCAN_REFUSED, /* the access point has not acknowledged that the station leaves its channel */
	PLANE_SCAN_FOREIGN, /* another program has begun a scan; PLANE_SCAN_DONE follows */
	PLANE_SCAN_BUSY,    /* a channel switch is in progress: try again later */
};

enum plane_schedule_status {
	PLANE_SCHEDULE_FOUND,   /* beacons and probe responses were reported; it goes on */
	PLANE_SCHEDULE_ENDED,   /* by a scan, by the driver, or because another program has one */
	PLANE_SCHEDULE_REFUSED, /* the driver cannot do it */
};

enum plane_signal_change {
	PLANE_SIGNAL_SAME,
	PLANE_SIGNAL_WEAK,      /* it has fallen below plane_watch.weak_dbm */
	PLANE_SIGNAL_STRONG,    /* it has risen above that */
	PLANE_SIGNAL_NO_BEACON, /* beacons are missing */
};

enum plane_eapol_status {
	PLANE_EAPOL_BUFFERED, /* it waits for a dozing station: its timeout must not run */
	PLANE_EAPOL_SENT,     /* after EAPOL_BUFFERED: its timeout starts now */
	PLANE_EAPOL_LOST,     /* after EAPOL_BUFFERED: it was dropped from the queue */
	PLANE_EAPOL_ACKED,
	PLANE_EAPOL_UNACKED,
};

struct plane_event {
	enum plane_event_kind kind;
	unsigned bss;
	uint8_t addr[6];
	struct frame *frame;
	bool acked, group, dozing;
	bool protected;     /* the frame came under a pairwise key */
	bool alternate_key; /* … the alternate one */
	uint32_t cookie;
	unsigned lost;
	enum plane_eapol_status eapol_status;
	enum plane_scan_status scan_status;
	enum plane_schedule_status schedule_status;
	enum plane_switch_status switch_status;
	struct plane_channel channel;
	uint16_t freq_mhz;
	int8_t signal_dbm;
	enum plane_signal_change signal_change;
	uint32_t tx_kbps; /* with the signal: the rate of the last frame; 0: unknown */
	uint16_t reason, vlan;
	/* Of the request to associate. At a station: with the response or PLANE_EVENT_ROAMED, if the driver has changed them. */
	struct span elements;
	/* of PLANE_EVENT_STATION; with a beacon or probe response that the plane has kept: when it was heard, else 0: just now */
	uint64_t heard_ns;
	uint64_t gtk_pn, igtk_pn, bigtk_pn, replay_counter;
};

/* What a plane can do, where planes differ. */
/* The PHYs after OFDM, 802.11n, ac and ax, as bits of a set. */
enum plane_modes { PLANE_HT = 1 << 0, PLANE_VHT = 1 << 1, PLANE_HE = 1 << 2 };

struct plane_capabilities {
	bool replaces_ptk; /* can replace a pairwise key in use, under the same key id. Else control reconnects instead */
	bool protects_beacons; /* has BIGTKs */
	/* of an access point */
	bool confirms_start; /* tells by PLANE_EVENT_BSS_STARTED when a BSS is on the air; else it is so at once */
	bool early_stations; /* knows stations from their authentication on, else only associated ones */
	bool associates; /* authenticates and associates stations by itself: PLANE_EVENT_ASSOCIATED, no PLANE_STATION_ADD */
	bool changes_width; /* PLANE_BSS_UPDATE may change the width of the channel */
	/* of a station */
	uint8_t modes_2ghz, modes_5ghz;          /* enum plane_modes, in either band */
	uint16_t width_2ghz_mhz, width_5ghz_mhz; /* the widest channel; 0: 20 MHz */
	bool repeats_requests; /* repeats PLANE_AUTHENTICATE and PLANE_ASSOCIATE until they are answered or have failed */
	bool connects;         /* authenticates by itself at PLANE_ASSOCIATE */
	bool handshakes; /* runs the handshakes by itself, with plane_join.pmk: PLANE_EVENT_AUTHORISED, no EAPOL, no keys */
	bool confirms_port;    /* tells by PLANE_EVENT_PORT_OPEN when data passes; else it does at once */
	bool rekeys_groups;    /* carries out PLANE_REKEY_DATA */
	bool schedules_scans;  /* carries out PLANE_SCHEDULE */
	bool changes_address;  /* carries out PLANE_ADDRESS */
	bool measures;         /* radio measurement: with plane_join.measures its association requests claim it, too */
	bool inserts_tx_power; /* into the TPC Report of frames that it sends */
	bool dwells;           /* listens for just plane_scan.dwell_ns */
	bool hides_beacons;    /* while connected, only PLANE_EVENT_SIGNAL tells of the access point's */
};

/*
 * An Ethernet frame without content to our access point, which counts as a sign of life that its station can protect: a
 * Null frame has no body to encrypt. Preauthentication (12.6.10.2) drops a frame without an EAPOL header. NULL: no memory.
 */
struct frame *plane_new_keep_alive(const uint8_t bssid[6], const uint8_t addr[6]);

#endif
