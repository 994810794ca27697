/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Management frames (IEEE 802.11-2016 9.3.3, 9.4, 9.6): read into a struct whose spans point into the frame, written
 * piece by piece. Every read is bounded; of an element that comes twice the first counts; unknown ones are skipped,
 * and an SSID that is longer than one can be.
 */
#ifndef VIFI_WIRE_MGMT_H
#define VIFI_WIRE_MGMT_H

#include "base/drop.h"
#include "base/frame.h"
#include "wire/frame_writer.h"
#include "wire/ie.h"
#include "wire/ieee80211.h"

enum mgmt_subtype { /* Frame Control bits 4 to 7, in place: FC_SUBTYPE */
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

#define EID_RATES            1
#define EID_DS               3
#define EID_TIM              5
#define EID_COUNTRY          7
#define EID_CHALLENGE        16
#define EID_CSA              37 /* channel switch announcement; */
#define EID_EXT_RATES        50
#define EID_TIMEOUT_INTERVAL 56
#define EID_ECSA             60 /* … extended */

#define CAPABILITY_ESS        0x0001
#define CAPABILITY_PRIVACY    0x0010
#define CAPABILITY_SHORT_SLOT 0x0400

/* Status codes (Table 9-46) and reason codes (Table 9-45), those that we say or understand. */
enum status_code {
	STATUS_SUCCESS = 0,
	STATUS_UNSPECIFIED = 1,
	STATUS_CAPABILITIES = 10,
	STATUS_NO_ASSOC = 11,
	STATUS_DENIED = 12,
	STATUS_AUTH_ALGORITHM = 13,
	STATUS_AUTH_SEQUENCE = 14,
	STATUS_CHALLENGE = 15,
	STATUS_AP_FULL = 17,
	STATUS_RATES = 18,
	STATUS_REFUSED_TEMPORARILY = 30, /* with the timeout interval element: association comeback */
	STATUS_POLICY = 31,              /* robust management frame policy violation */
	STATUS_INVALID_ELEMENT = 40,
	STATUS_GROUP_CIPHER = 41,
	STATUS_PAIRWISE_CIPHER = 42,
	STATUS_AKM = 43,
	STATUS_RSN_VERSION = 44,
	STATUS_RSN_CAPABILITIES = 45,
	STATUS_CIPHER_POLICY = 46,
	STATUS_PMKID = 53,
};
enum reason_code {
	REASON_UNSPECIFIED = 1,
	REASON_AUTH_INVALID = 2,
	REASON_LEAVING = 3, /* deauthenticated because the sender is leaving */
	REASON_INACTIVE = 4,
	REASON_AP_BUSY = 5,
	REASON_CLASS_2 = 6, /* from one that is not authenticated */
	REASON_CLASS_3 = 7, /* from one that is not associated */
	REASON_DISASSOC_LEAVING = 8,
	REASON_MIC_FAILURE = 14,
	REASON_GROUP_CIPHER = 18,
	REASON_PAIRWISE_CIPHER = 19,
	REASON_AKM = 20,
	REASON_CIPHER_POLICY = 24,
};

enum { AUTH_OPEN = 0, AUTH_SHARED_KEY = 1, AUTH_SAE = 3 };
enum {
	ACTION_CATEGORY_SPECTRUM = 0,
	ACTION_CATEGORY_PUBLIC = 4,
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
enum { SA_QUERY_REQUEST = 0, SA_QUERY_RESPONSE = 1 };

struct mgmt {
	uint16_t fc;
	enum mgmt_subtype subtype;
	const uint8_t *da, *sa, *bssid;
	uint64_t tsf;      /* beacon, probe response: microseconds */
	uint16_t interval; /* beacon, probe response: TU of 1024 us; association request: listen interval */
	uint16_t capability;
	uint16_t algorithm, sequence; /* authentication */
	uint16_t status, aid;         /* authentication, association response; aid without its two top bits */
	uint16_t reason;              /* deauthentication, disassociation */
	const uint8_t *current_ap;    /* reassociation request */
	uint8_t category, action;     /* action; its further bytes are in body */
	struct span body;             /* what stands behind the fixed fields: elements, or an action's bytes */
	/* The elements' bodies; bytes is NULL where one is not there. */
	struct span ssid, rates, ext_rates, tim, country, timeout_interval, csa, ecsa;
	struct span rsn, wpa; /* whole elements, with id and length */
	bool wmm;             /* the WMM information or parameter element: it does QoS */
	uint8_t channel;      /* DS parameter set; 0: not said */
};

/*
 * Reads a management frame from its MAC header on, in the clear. DROP_TRUNCATED when fixed fields are cut or an
 * element runs past the end; DROP_FRAME_TYPE when it is no management frame, one of a subtype that nobody here knows,
 * still encrypted, or a fragment.
 */
enum drop mgmt_parse(struct mgmt *mgmt, const uint8_t *bytes, size_t len);

/* Returns a frame of MAC header and nothing else, sequence number 0, with room for 512 bytes more; NULL: no memory. */
struct frame *mgmt_new(enum mgmt_subtype subtype, const uint8_t *da, const uint8_t *sa, const uint8_t *bssid);

/*
 * The writer of such a frame: the fields that follow the MAC header are written with write_*().
 *
 *	struct frame_writer writer = mgmt_begin(MGMT_DEAUTH, da, sa, bssid);
 *
 *	write_le16(&writer, reason);
 *	frame = frame_writer_end(&writer);
 */
struct frame_writer mgmt_begin(enum mgmt_subtype subtype, const uint8_t *da, const uint8_t *sa, const uint8_t *bssid);

/* Append to it. They return 0 or -ENOMEM; after an error the frame is only good for frame_free(). */
int mgmt_put(struct frame *frame, const void *bytes, size_t len);
int mgmt_put_le16(struct frame *frame, uint16_t value);
int mgmt_put_element(struct frame *frame, uint8_t id, const void *body, size_t len); /* len at most 255 */

/* Is it a robust management frame (deauthentication, disassociation, most actions: 4.5.4.9), which PMF protects? */
bool mgmt_is_robust(const struct mgmt *mgmt);

/*
 * An action frame that nobody here understands goes back to its sender as it came, with ACTION_ERROR (9.4.1.11, 10.28.4):
 * but not one that has that already, nor one to a group. The frame for it; NULL: no memory.
 */
bool mgmt_is_returnable(const struct mgmt *mgmt);
struct frame *mgmt_new_return(const struct mgmt *mgmt);

/* Does the TIM say that there is something for this association id? `group`: for the group, at this DTIM. */
bool tim_has_aid(struct span tim, uint16_t aid);
bool tim_has_group(struct span tim);

/* 2412 for channel 1, 5180 for 36; 0 for none; and back. */
uint16_t channel_to_freq(unsigned channel);
unsigned freq_to_channel(uint16_t freq_mhz);

#endif
