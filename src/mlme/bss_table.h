/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BSSs that a station has heard: one entry for each pair of BSSID and SSID, from beacons and probe responses. And the
 * match of an entry with a network block of the configuration: whether and on which terms the station may join.
 *
 * A hidden network sends beacons without an SSID, and answers directed probe requests with its SSID. Its entry has no
 * SSID (ssid_len 0) until the first such probe response. After that, beacons without an SSID refresh the named entry.
 *
 * Anybody can send beacons in any name. An entry that has worked, where the keys or an association proved its terms, is
 * therefore changed only by beacons with the same terms; others make an entry of their own. It is evicted last, and the
 * entries of one SSID are limited in number, so that a flood in its name evicts no other network.
 */
#ifndef VIFI_MLME_BSS_TABLE_H
#define VIFI_MLME_BSS_TABLE_H

#include "mlme/bss_throughput.h"
#include "mlme/sta_network.h"
#include "plane/plane.h"
#include "rsn/handshake.h"
#include "wire/ft.h"
#include "wire/mgmt.h"

#define BSS_MAX          128
#define BSS_PER_SSID_MAX 32
#define BSS_HEARD_OFTEN  2

struct bss {
	uint8_t bssid[6];
	uint8_t ssid[SSID_MAX];
	size_t ssid_len;
	uint16_t freq_mhz, interval, capability;
	uint16_t width_mhz;   /* of its channel */
	bool secondary_above; /* with 40 MHz: the secondary channel is the upper one */
	int8_t signal_dbm;
	struct bss_phy phy;
	bool wmm, unsupported_rates; /* a basic rate that we do not support */
	uint8_t required_modes;      /* enum plane_modes: what the stations must be able to do */
	bool only_hash_to_element;   /* SAE without hunting and pecking */
	struct owe_transition owe;   /* the other BSS of an OWE transition pair */
	bool has_domain;
	uint8_t domain[FT_DOMAIN_LEN - 2]; /* with has_domain: the body of its mobility domain element */
	uint8_t rsn[ELEMENT_MAX], wpa[ELEMENT_MAX], rsnx[RSNX_MAX];
	size_t rsn_len, wpa_len, rsnx_len;
	uint64_t heard_ns;
	unsigned heard_count; /* beacons; a probe response counts as two; up to BSS_HEARD_OFTEN */

	/* set by the station */
	unsigned short_connections;      /* consecutive ones that ended soon */
	uint64_t no_transition_until_ns; /* it has refused a fast BSS transition: associate anew until then */
	bool worked;                     /* the station was connected to it, on these terms */
	unsigned tried_round, failures;  /* round of the last attempt; failed attempts since the last success */
	uint64_t avoid_until_ns;         /* other BSSs take precedence until then */
	unsigned passphrase_failures;    /* consecutive */
	uint64_t blocked_until_ns;       /* after a wrong passphrase: it is not tried before */
};

struct bss_table {
	struct bss *at; /* bss_update() may move the entries */
	size_t count, room;
};

/*
 * Adds or refreshes the entry of a beacon or probe response that was heard at `heard_ns`; one that was heard before that of the
 * entry changes nothing. Returns the entry, or NULL: no memory, or the channel is unknown.
 * In a full table a new entry replaces the one that was not heard for the longest time, as does one of an SSID that has
 * BSS_PER_SSID_MAX entries.
 */
struct bss *bss_update(struct bss_table *table, const struct mgmt *mgmt, const struct frame_meta *meta,
		       uint64_t heard_ns);

/* What a station on this plane can expect of it. */
struct bss_quality bss_quality_of(const struct bss *bss, const struct plane_capabilities *plane);

bool bss_same_ssid(const struct bss *bss, const struct bss *other);

/* The entry with these addresses and terms, or NULL. */
struct bss *bss_find(struct bss_table *table, const struct bss *bss);

/* The same; it is added if it is missing. NULL: no memory. */
struct bss *bss_keep(struct bss_table *table, const struct bss *bss);

/* Removes the entries that were not heard since then, and those of a BSSID; entries that have worked remain, as unheard. */
void bss_expire(struct bss_table *table, uint64_t since_ns);
void bss_lost(struct bss_table *table, const uint8_t *bssid);
void bss_table_free(struct bss_table *table);

/* Is it the open BSS of an OWE transition pair, whose other BSS this block wants? */
bool bss_hints_at_owe(const struct bss *bss, const struct sta_network *network);

/* Does SAE between the two use hash to element? */
bool bss_hashes_to_element(const struct bss *bss, const struct sta_network *network);

/* How closely a BSS matches a network block, in rising order. */
enum bss_match {
	BSS_OTHER_SSID,
	BSS_OTHER_BSSID,
	BSS_OTHER_CHANNEL,
	BSS_RATES,
	BSS_PROTECTION, /* open, WEP, WPA, RSN: none in common */
	BSS_AKM,
	BSS_PWE, /* SAE, with ways to the password element of which none is in common */
	BSS_PAIRWISE,
	BSS_GROUP,
	BSS_PMF,
	BSS_TKIP, /* matches, but countermeasures forbid TKIP for now */
	BSS_FITS,
};

const char *bss_match_text(enum bss_match match);
const char *bss_match_name(enum bss_match match); /* for programs: "ssid", "pmf", "fits" */

/* The terms of an association. */
struct bss_terms {
	enum { BSS_TERMS_OPEN, BSS_TERMS_WEP, BSS_TERMS_RSN } kind;
	struct rsn_suite suite; /* of BSS_TERMS_RSN; suite.wpa selects the WPA element of the BSS */
	bool mfp;               /* suite.group_management is set then */
};

/* What does not follow from the network block. */
struct bss_limits {
	uint8_t modes;              /* enum plane_modes: what the radio can do on this channel */
	bool no_tkip;               /* during countermeasures */
	uint8_t transition_disable; /* bits of wire/ie.h that the network has sent: what must not be used */
	bool any_bssid;             /* the user has chosen this access point: bssid= does not apply */
	bool owe_not_found;         /* the open BSS of a pair serves, as searches have not found the one with OWE */
};

/* Matches an entry with a network block. The terms are valid with BSS_FITS and BSS_TKIP. */
enum bss_match bss_match(const struct bss *bss, const struct sta_network *network, const struct bss_limits *limits,
			 struct bss_terms *terms);

#endif
