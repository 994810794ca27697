/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Management frames (IEEE 802.11-2020, 9.3.3, 9.4, 9.6). The parser fills a struct whose spans point into the frame.
 * Every read is bounded; the first of two equal elements counts; unknown elements and SSIDs of more than 32 bytes are
 * skipped.
 */
#ifndef VIFI_WIRE_MGMT_H
#define VIFI_WIRE_MGMT_H

#include "base/drop.h"
#include "base/frame.h"
#include "wire/frame_writer.h"
#include "wire/ie.h"
#include "wire/ieee80211.h"

enum mgmt_subtype { /* the bits FC_SUBTYPE of Frame Control */
		    MGMT_ASSOC_REQUEST = 0x00,
		    MGMT_ASSOC_RESPONSE = 0x10,
		    MGMT_REASSOC_REQUEST = 0x20,
		    MGMT_REASSOC_RESPONSE = 0x30,
		    MGMT_PROBE_REQUEST = 0x40,
		    MGMT_PROBE_RESPONSE = 0x50,
		    MGMT_BEACON = 0x80,
		    MGMT_ATIM = 0x90,
		    MGMT_DISASSOC = 0xa0,
		    MGMT_AUTH = 0xb0,
		    MGMT_DEAUTH = 0xc0,
		    MGMT_ACTION = 0xd0,
		    MGMT_ACTION_NO_ACK = 0xe0,
};

#define MGMT_SSID_MAX 32
#define AID_MAX       2007 /* the highest association id (9.4.1.8) */

/* BSS membership selectors, among the basic rates (Table 9-93): a station needs that feature to join. */
#define RATE_SELECTOR_HE                  122 /* IEEE 802.11ax-2021 */
#define RATE_SELECTOR_SAE_HASH_TO_ELEMENT 123
#define RATE_SELECTOR_VHT                 126
#define RATE_SELECTOR_HT                  127

#define CAPABILITY_ESS                 0x0001
#define CAPABILITY_PRIVACY             0x0010
#define CAPABILITY_SHORT_PREAMBLE      0x0020
#define CAPABILITY_SPECTRUM_MANAGEMENT 0x0100
#define CAPABILITY_SHORT_SLOT          0x0400
#define CAPABILITY_RADIO_MEASUREMENT   0x1000

/* The status codes (Table 9-50) and reason codes (Table 9-49) that vifi sends or understands. */
enum status_code {
	STATUS_SUCCESS = 0,
	STATUS_UNSPECIFIED = 1,
	STATUS_CAPABILITIES = 10,
	STATUS_NO_ASSOC = 11,
	STATUS_DENIED = 12,
	STATUS_AUTH_ALGORITHM = 13,
	STATUS_AUTH_SEQUENCE = 14,
	STATUS_CHALLENGE_FAILURE = 15,
	STATUS_AP_FULL = 17,
	STATUS_RATES = 18,
	STATUS_NO_HT = 27,               /* 802.11n is required; 802.11ac and ax below */
	STATUS_REFUSED_TEMPORARILY = 30, /* with a timeout interval element: association comeback time */
	STATUS_POLICY = 31,              /* robust management frame policy violation */
	STATUS_DECLINED = 37,            /* a request within the frame */
	STATUS_INVALID_ELEMENT = 40,
	STATUS_GROUP_CIPHER = 41,
	STATUS_PAIRWISE_CIPHER = 42,
	STATUS_AKM = 43,
	STATUS_RSN_VERSION = 44,
	STATUS_CIPHER_POLICY = 46,
	STATUS_LISTEN_INTERVAL = 51, /* it is too long */
	STATUS_INVALID_PMKID = 53,
	STATUS_INVALID_MDE = 54,          /* mobility domain element */
	STATUS_INVALID_FTE = 55,          /* fast BSS transition element */
	STATUS_TOKEN_REQUIRED = 76,       /* anti-clogging token required (SAE) */
	STATUS_UNSUPPORTED_GROUP = 77,    /* finite cyclic group not supported (SAE, OWE) */
	STATUS_SUGGESTED_TRANSITION = 82, /* with the BSS to go to */
	STATUS_NO_VHT = 104,
	STATUS_UNKNOWN_IDENTIFIER = 123, /* of a password (SAE) */
	STATUS_NO_HE = 124,
	STATUS_SAE_HASH_TO_ELEMENT = 126,
};
enum reason_code {
	REASON_UNSPECIFIED = 1,
	REASON_AUTH_EXPIRED = 2, /* the previous authentication is no longer valid */
	REASON_LEAVING = 3,      /* deauthenticated: the sender leaves */
	REASON_INACTIVE = 4,
	REASON_AP_BUSY = 5,
	REASON_CLASS_2 = 6, /* class 2 frame from a station that is not authenticated */
	REASON_CLASS_3 = 7, /* class 3 frame from a station that is not associated */
	REASON_DISASSOC_LEAVING = 8,
	REASON_TRANSITION = 12, /* disassociated: BSS transition management */
	REASON_MIC_FAILURE = 14,
	REASON_4WAY_TIMEOUT = 15,
	REASON_GROUP_TIMEOUT = 16,
	REASON_ELEMENT_MISMATCH = 17,
};

enum { AUTH_OPEN = 0, AUTH_SHARED_KEY = 1, AUTH_FT = 2, AUTH_SAE = 3 };
enum {
	ACTION_CATEGORY_SPECTRUM = 0,
	ACTION_CATEGORY_PUBLIC = 4,
	ACTION_CATEGORY_MEASUREMENT = 5, /* radio measurement */
	ACTION_CATEGORY_FT = 6,          /* fast BSS transition */
	ACTION_CATEGORY_HT = 7,
	ACTION_CATEGORY_SA_QUERY = 8,
	ACTION_CATEGORY_PROTECTED_DUAL = 9, /* of public actions */
	ACTION_CATEGORY_WNM = 10,
	ACTION_CATEGORY_UNPROTECTED_WNM = 11,
	ACTION_CATEGORY_SELF_PROTECTED = 15,
	ACTION_CATEGORY_UNPROTECTED_DMG = 20,
	ACTION_CATEGORY_VHT = 21,
	ACTION_CATEGORY_UNPROTECTED_S1G = 22,
	ACTION_CATEGORY_HE = 30,  /* IEEE 802.11ax-2021 */
	ACTION_CATEGORY_EHT = 36, /* IEEE 802.11be-2024 */
	ACTION_CATEGORY_VENDOR = 127,
	ACTION_ERROR = 0x80, /* set in the category of an action that its receiver did not understand and returns */
};
enum { ACTION_COEXISTENCE = 0 };    /* public: 20/40 BSS coexistence management */
enum { ACTION_CHANNEL_SWITCH = 4 }; /* in the categories spectrum, public and protected dual */
enum { ACTION_FT_REQUEST = 1, ACTION_FT_RESPONSE = 2 };
enum {
	ACTION_MEASUREMENT_REQUEST = 0,
	ACTION_MEASUREMENT_REPORT = 1,
	ACTION_LINK_REQUEST = 2,
	ACTION_LINK_REPORT = 3,
	ACTION_NEIGHBOR_REQUEST = 4,
	ACTION_NEIGHBOR_RESPONSE = 5
}; /* radio measurement (9.6.6) */
enum { ACTION_TRANSITION_QUERY = 6, ACTION_TRANSITION_REQUEST = 7, ACTION_TRANSITION_RESPONSE = 8 }; /* WNM (9.6.13) */
enum { ACTION_SLEEP_REQUEST = 16, ACTION_SLEEP_RESPONSE = 17 };                                      /* WNM, too */
enum { SA_QUERY_REQUEST = 0, SA_QUERY_RESPONSE = 1 };

#define NEIGHBOR_REPORT_MIN 13 /* BSSID, BSSID information, operating class, channel, PHY type */
#define NEIGHBOR_REPORT_MAX 255

/* RM Enabled Capabilities (9.4.2.45): bits of its first byte … */
#define RM_CAPABILITIES_LEN 5
#define RM_LINK             0x01
#define RM_NEIGHBOR_REPORT  0x02
#define RM_BEACON_PASSIVE   0x10
#define RM_BEACON_ACTIVE    0x20
#define RM_BEACON_TABLE     0x40
#define RM_LCI              0x10 /* … of its second byte */

/* Request mode of a BSS transition management request (Figure 9-891). */
#define TRANSITION_CANDIDATES         0x01 /* a list of candidates by preference follows */
#define TRANSITION_ABRIDGED           0x02 /* others than these are not wanted */
#define TRANSITION_DISASSOCIATION     0x04 /* imminent */
#define TRANSITION_TERMINATION        0x08 /* of the BSS */
#define TRANSITION_ESS_DISASSOCIATION 0x10 /* … from the whole network; a URL follows */

struct mgmt {
	uint16_t fc;
	enum mgmt_subtype subtype;
	const uint8_t *da, *sa, *bssid;
	uint64_t tsf;      /* beacon, probe response: microseconds */
	uint16_t interval; /* beacon, probe response: in TU of 1024 us; association request: listen interval */
	uint16_t capability;
	uint16_t algorithm, sequence; /* authentication */
	uint16_t status, aid;         /* authentication, association response; AID without its two top bits */
	uint16_t reason;              /* deauthentication, disassociation */
	const uint8_t *current_ap;    /* reassociation request */
	uint8_t category, action;     /* action; `body` holds the further bytes */
	struct span body;             /* after the fixed fields: elements, or the bytes of an action */
	/* The bodies of elements; `bytes` is NULL for an absent one. */
	struct span ssid, rates, ext_rates, tim, country, timeout_interval, csa, ecsa;
	struct span rsn, wpa, rsnx, diffie_hellman; /* whole elements, with id and length */
	struct span mobility_domain, ft;            /* the same, of fast BSS transition */
	struct span ric;            /* from the first resource request to the end of the body; rsn/ft.h */
	struct span owe_transition; /* body of the element of an OWE transition pair, after its type */
	bool wmm;                   /* a WMM information or parameter element: the sender does QoS */
	uint8_t channel;            /* of the DSSS parameter set; 0: absent */
};

/*
 * Reads a management frame in the clear, from its MAC header on. Returns DROP_TRUNCATED if a fixed field or an element
 * is truncated; DROP_FRAME_TYPE for an encrypted frame, a fragment, an unknown subtype, or another type of frame.
 */
enum drop mgmt_parse(struct mgmt *mgmt, const uint8_t *bytes, size_t len);

/* Reads elements alone: only the fields of elements are set. Returns DROP_TRUNCATED if the last one is truncated. */
enum drop mgmt_parse_elements(struct mgmt *mgmt, struct span elements);

/* The body of the first element with this id and at least that many bytes; NULL: none. */
const uint8_t *mgmt_find_element(const struct mgmt *mgmt, uint8_t id, size_t len_min);

/*
 * Begins a management frame with sequence number 0 and tailroom for 512 bytes; write_*() append the fields after the MAC
 * header.
 *
 *	struct frame_writer writer = mgmt_begin(MGMT_DEAUTH, da, sa, bssid);
 *
 *	write_le16(&writer, reason);
 *	frame = frame_writer_end(&writer);
 */
struct frame_writer mgmt_begin(enum mgmt_subtype subtype, const uint8_t *da, const uint8_t *sa, const uint8_t *bssid);

/* The other BSS of a pair, an open one and one with OWE (Wi-Fi Alliance, Opportunistic Wireless Encryption 1.1, 2.2). */
struct owe_transition {
	uint8_t bssid[6];
	uint8_t ssid[MGMT_SSID_MAX];
	size_t ssid_len; /* 0: there is none */
};

/* Reads mgmt->owe_transition. Returns false if it is absent or malformed. */
bool owe_transition_parse(struct owe_transition *pair, struct span body);
void owe_transition_write(const struct owe_transition *pair, struct frame_writer *writer);

/*
 * Is the frame a robust management frame, which PMF protects (4.5.4.9): deauthentication, disassociation, most actions?
 */
bool mgmt_is_robust(const struct mgmt *mgmt);

/*
 * The receiver of an unknown unicast action returns it to the sender, with ACTION_ERROR in the category (9.4.1.11,
 * 10.28.4), unless it is already a returned one. mgmt_new_return() builds that frame; NULL: no memory.
 */
bool mgmt_is_returnable(const struct mgmt *mgmt);
struct frame *mgmt_new_return(const struct mgmt *mgmt);

/* Does the TIM announce frames for this AID, or group frames after this DTIM beacon? */
bool tim_has_aid(struct span tim, uint16_t aid);
bool tim_has_group(struct span tim);

/*
 * Convert between channel and centre frequency in MHz; 0 for an unknown one. The numbers of the 6 GHz band are those of other bands,
 * too.
 */
uint16_t channel_to_freq(unsigned channel); /* of 2.4 and 5 GHz */
uint16_t channel_to_freq_6ghz(unsigned channel);

/* The centre of the channel of 40, 80 or 160 MHz in the 5 or 6 GHz band that contains this one (Annex E); 0: there is none. */
uint16_t channel_center(uint16_t freq_mhz, uint16_t width_mhz);

static inline bool freq_is_6ghz(uint16_t freq_mhz)
{
	return freq_mhz > 5925;
}

/* The number of a centre frequency that is no channel of 20 MHz, as in VHT operation. */
static inline unsigned freq_to_center_channel(uint16_t freq_mhz)
{
	if (freq_is_6ghz(freq_mhz))
		return (freq_mhz - 5950u) / 5;
	return freq_mhz < 5000 ? (freq_mhz - 2407u) / 5 : (freq_mhz - 5000u) / 5;
}

/*
 * The global operating class of a channel (Table E-4); `width_mhz` 0 is 20 MHz. 0: it has none. From channel 149 on it is 125,
 * that of licence-exempt use, not 124.
 */
uint8_t channel_operating_class(uint16_t freq_mhz, uint16_t width_mhz, uint16_t center_mhz);

/*
 * The reverse: the primary channel `channel` of a global operating class. `above`: the secondary channel of 40 MHz is the upper
 * one. Returns false if the table has no such class, or the class no such channel.
 */
bool channel_of_class(uint8_t operating_class, uint8_t channel, uint16_t *freq_mhz, uint16_t *width_mhz, bool *above);
unsigned freq_to_channel(uint16_t freq_mhz);

static inline bool freq_is_2ghz(uint16_t freq_mhz)
{
	return freq_mhz < 3000;
}

#endif
