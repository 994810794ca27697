/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/mgmt.h"

#include "base/mac.h"

#include <errno.h>
#include <string.h>

#define MGMT_HEAD 8          /* of a cipher, before the body */
#define MGMT_TAIL (512 + 24) /* what may be put, and a cipher's MIC or BIP's element */

/* A beacon and a probe response begin alike (9.3.3.3, 9.3.3.11). */
static enum drop take_beacon(struct mgmt *m, struct span *s)
{
	const uint8_t *p = span_take(s, 12);

	if (!p)
		return DROP_TRUNCATED;
	m->tsf = le32(p) | (uint64_t)le32(p + 4) << 32;
	m->interval = le16(p + 8);
	m->capability = le16(p + 10);
	return NOT_DROPPED;
}

static enum drop take_request(struct mgmt *m, struct span *s)
{
	bool again = m->subtype == MGMT_REASSOC_REQUEST;
	const uint8_t *p = span_take(s, again ? 10 : 4);

	if (!p)
		return DROP_TRUNCATED;
	m->capability = le16(p);
	m->interval = le16(p + 2);
	m->current_ap = again ? p + 4 : NULL;
	return NOT_DROPPED;
}

static enum drop take_response(struct mgmt *m, struct span *s)
{
	const uint8_t *p = span_take(s, 6);

	if (!p)
		return DROP_TRUNCATED;
	m->capability = le16(p);
	m->status = le16(p + 2);
	m->aid = le16(p + 4) & 0x3fff;
	return NOT_DROPPED;
}

static enum drop take_auth(struct mgmt *m, struct span *s)
{
	const uint8_t *p = span_take(s, 6);

	if (!p)
		return DROP_TRUNCATED;
	m->algorithm = le16(p);
	m->sequence = le16(p + 2);
	m->status = le16(p + 4);
	return NOT_DROPPED;
}

static enum drop take_reason(struct mgmt *m, struct span *s)
{
	const uint8_t *p = span_take(s, 2);

	if (!p)
		return DROP_TRUNCATED;
	m->reason = le16(p);
	return NOT_DROPPED;
}

static enum drop take_action(struct mgmt *m, struct span *s)
{
	const uint8_t *p = span_take(s, 2);

	if (!p)
		return DROP_TRUNCATED;
	m->category = p[0];
	m->action = p[1];
	return NOT_DROPPED;
}

/* Takes the fixed fields. */
static enum drop take_fixed(struct mgmt *m, struct span *s)
{
	switch (m->subtype) {
	case MGMT_ASSOC_REQUEST:
	case MGMT_REASSOC_REQUEST:
		return take_request(m, s);
	case MGMT_ASSOC_RESPONSE:
	case MGMT_REASSOC_RESPONSE:
		return take_response(m, s);
	case MGMT_PROBE_REQUEST:
	case MGMT_ATIM:
		return NOT_DROPPED;
	case MGMT_PROBE_RESPONSE:
	case MGMT_BEACON:
		return take_beacon(m, s);
	case MGMT_AUTH:
		return take_auth(m, s);
	case MGMT_DISASSOC:
	case MGMT_DEAUTH:
		return take_reason(m, s);
	case MGMT_ACTION:
	case MGMT_ACTION_NO_ACK:
		return take_action(m, s);
	}
	return DROP_FRAME_TYPE;
}

/* Is what follows the fixed fields elements, and nothing else?  Other ways to authenticate have more fields. */
static bool has_elements(const struct mgmt *m)
{
	if (m->subtype == MGMT_AUTH)
		return m->algorithm == AUTH_OPEN || m->algorithm == AUTH_SHARED_KEY;
	return m->subtype != MGMT_ACTION && m->subtype != MGMT_ACTION_NO_ACK;
}

static void first(struct span *to, struct span s)
{
	if (!to->bytes)
		*to = s;
}

/* WMM: vendor-specific, 00-50-F2, type 2, subtype 0 or 1, version 1 (Wi-Fi Alliance, WMM 1.2, 2.2). */
static bool is_wmm(const struct element *e)
{
	static const uint8_t type[4] = {0x00, 0x50, 0xf2, 2};
	const uint8_t *p = e->body.bytes;

	return e->id == EID_VENDOR && e->body.len >= 6 && memcmp(p, type, 4) == 0 && p[4] <= 1 && p[5] == 1;
}

static void take_element(struct mgmt *m, const struct element *e)
{
	switch (e->id) {
	case EID_SSID:
		if (e->body.len <= MGMT_SSID_MAX)
			first(&m->ssid, e->body);
		break;
	case EID_RATES:
		first(&m->rates, e->body);
		break;
	case EID_EXT_RATES:
		first(&m->ext_rates, e->body);
		break;
	case EID_DS:
		if (e->body.len == 1 && !m->channel)
			m->channel = e->body.bytes[0];
		break;
	case EID_TIM:
		first(&m->tim, e->body);
		break;
	case EID_COUNTRY:
		first(&m->country, e->body);
		break;
	case EID_CSA:
		first(&m->csa, e->body);
		break;
	case EID_ECSA:
		first(&m->ecsa, e->body);
		break;
	case EID_TIMEOUT_INTERVAL:
		first(&m->timeout, e->body);
		break;
	case EID_RSN:
		first(&m->rsn, e->whole);
		break;
	case EID_VENDOR:
		if (element_is_wpa(e))
			first(&m->wpa, e->whole);
		m->wmm |= is_wmm(e);
		break;
	}
}

enum drop mgmt_parse(struct mgmt *m, const uint8_t *bytes, size_t len)
{
	struct span s = {bytes, len};
	struct element e;
	enum drop d;

	if (len < 2)
		return DROP_TRUNCATED;
	*m = (struct mgmt){.fc = le16(bytes), .subtype = le16(bytes) & FC_SUBTYPE};
	if ((m->fc & (FC_VERSION | FC_TYPE | FC_PROTECTED | FC_MORE_FRAGS)) != FC_MANAGEMENT)
		return DROP_FRAME_TYPE;
	if (!span_take(&s, dot11_hdr_len(m->fc)))
		return DROP_TRUNCATED;
	if (le16(bytes + DOT11_SEQ) & DOT11_FRAG)
		return DROP_FRAME_TYPE;
	m->da = bytes + DOT11_ADDR1;
	m->sa = bytes + DOT11_ADDR2;
	m->bssid = bytes + DOT11_ADDR3;
	d = take_fixed(m, &s);
	m->body = s;
	if (d || !has_elements(m))
		return d;
	while (element_next(&s, &e))
		take_element(m, &e);
	return s.len ? DROP_TRUNCATED : NOT_DROPPED;
}

struct frame *mgmt_new(enum mgmt_subtype subtype, const uint8_t *da, const uint8_t *sa, const uint8_t *bssid)
{
	uint8_t hdr[DOT11_HDR_MIN] = {0};

	put_le16(hdr, (uint16_t)(FC_MANAGEMENT | subtype));
	mac_copy(hdr + DOT11_ADDR1, da);
	mac_copy(hdr + DOT11_ADDR2, sa);
	mac_copy(hdr + DOT11_ADDR3, bssid);
	return frame_from(hdr, sizeof hdr, MGMT_HEAD, MGMT_TAIL);
}

int mgmt_put(struct frame *f, const void *bytes, size_t len)
{
	uint8_t *p = frame_put(f, len);

	if (!p)
		return -ENOMEM;
	if (len)
		memcpy(p, bytes, len);
	return 0;
}

int mgmt_put16(struct frame *f, uint16_t value)
{
	uint8_t bytes[2];

	put_le16(bytes, value);
	return mgmt_put(f, bytes, 2);
}

int mgmt_put_element(struct frame *f, uint8_t id, const void *body, size_t len)
{
	uint8_t *p = frame_put(f, 2 + len);

	if (!p)
		return -ENOMEM;
	p[0] = id;
	p[1] = (uint8_t)len;
	if (len)
		memcpy(p + 2, body, len);
	return 0;
}

bool mgmt_is_returned(const struct mgmt *m)
{
	return m->subtype == MGMT_ACTION && !(m->category & ACTION_ERROR) && !mac_is_group(m->da) &&
	       !mac_is_group(m->sa);
}

struct frame *mgmt_return(const struct mgmt *m)
{
	struct frame *f = mgmt_new(MGMT_ACTION, m->sa, m->da, m->bssid);
	uint8_t fixed[2] = {m->category | ACTION_ERROR, m->action};

	if (f && (mgmt_put(f, fixed, sizeof fixed) || mgmt_put(f, m->body.bytes, m->body.len))) {
		frame_free(f);
		f = NULL;
	}
	return f;
}

/* Table 9-47: the categories whose actions anybody may send, associated or not. */
static bool is_robust_category(uint8_t category)
{
	switch (category) {
	case 4:   /* public */
	case 7:   /* HT */
	case 11:  /* unprotected WNM */
	case 15:  /* self-protected */
	case 20:  /* unprotected DMG */
	case 21:  /* VHT */
	case 127: /* vendor-specific; 126 is the protected one */
		return false;
	}
	return true;
}

bool mgmt_is_robust(const struct mgmt *m)
{
	return m->subtype == MGMT_DEAUTH || m->subtype == MGMT_DISASSOC ||
	       (m->subtype == MGMT_ACTION && is_robust_category(m->category));
}

/* 9.4.2.6: DTIM count, DTIM period, bitmap control (the group's bit; where the part of the bitmap begins), bitmap. */
bool tim_has(struct span tim, uint16_t aid)
{
	size_t begin, byte = aid / 8;

	if (tim.len < 4)
		return false;
	begin = tim.bytes[2] & 0xfe;
	return byte >= begin && byte - begin < tim.len - 3 && (tim.bytes[3 + byte - begin] & 1u << aid % 8);
}

bool tim_group(struct span tim)
{
	return tim.len >= 4 && tim.bytes[0] == 0 && (tim.bytes[2] & 1);
}

uint16_t channel_freq(unsigned channel)
{
	if (channel >= 1 && channel <= 13)
		return (uint16_t)(2407 + 5 * channel);
	if (channel == 14)
		return 2484;
	if ((channel >= 36 && channel <= 64 && channel % 4 == 0) ||
	    (channel >= 100 && channel <= 144 && channel % 4 == 0) ||
	    (channel >= 149 && channel <= 177 && channel % 4 == 1))
		return (uint16_t)(5000 + 5 * channel);
	return 0;
}

unsigned freq_channel(uint16_t freq_mhz)
{
	unsigned channel = freq_mhz == 2484  ? 14
			   : freq_mhz < 2412 ? 0
			   : freq_mhz < 2500 ? (freq_mhz - 2407u) / 5
			   : freq_mhz < 5000 ? 0
					     : (freq_mhz - 5000u) / 5;

	return channel && channel_freq(channel) == freq_mhz ? channel : 0;
}
