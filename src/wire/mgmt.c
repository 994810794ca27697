/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/mgmt.h"

#include "base/mac.h"

#include <string.h>

#define MGMT_HEADROOM 8          /* cipher header */
#define MGMT_TAILROOM (768 + 24) /* fields and elements, and a cipher's MIC or the MME of BIP */

/* Beacons and probe responses have the same fixed fields (9.3.3.2, 9.3.3.10). */
static enum drop parse_beacon(struct mgmt *mgmt, struct span *span)
{
	const uint8_t *fixed = span_take(span, 12);

	if (!fixed)
		return DROP_TRUNCATED;
	mgmt->tsf = le32(fixed) | (uint64_t)le32(fixed + 4) << 32;
	mgmt->interval = le16(fixed + 8);
	mgmt->capability = le16(fixed + 10);
	return NOT_DROPPED;
}

static enum drop parse_assoc_request(struct mgmt *mgmt, struct span *span)
{
	bool reassociation = mgmt->subtype == MGMT_REASSOC_REQUEST;
	const uint8_t *fixed = span_take(span, reassociation ? 10 : 4);

	if (!fixed)
		return DROP_TRUNCATED;
	mgmt->capability = le16(fixed);
	mgmt->interval = le16(fixed + 2);
	mgmt->current_ap = reassociation ? fixed + 4 : NULL;
	return NOT_DROPPED;
}

static enum drop parse_assoc_response(struct mgmt *mgmt, struct span *span)
{
	const uint8_t *fixed = span_take(span, 6);

	if (!fixed)
		return DROP_TRUNCATED;
	mgmt->capability = le16(fixed);
	mgmt->status = le16(fixed + 2);
	mgmt->aid = le16(fixed + 4) & 0x3fff;
	return NOT_DROPPED;
}

static enum drop parse_auth(struct mgmt *mgmt, struct span *span)
{
	const uint8_t *fixed = span_take(span, 6);

	if (!fixed)
		return DROP_TRUNCATED;
	mgmt->algorithm = le16(fixed);
	mgmt->sequence = le16(fixed + 2);
	mgmt->status = le16(fixed + 4);
	return NOT_DROPPED;
}

static enum drop parse_reason(struct mgmt *mgmt, struct span *span)
{
	const uint8_t *fixed = span_take(span, 2);

	if (!fixed)
		return DROP_TRUNCATED;
	mgmt->reason = le16(fixed);
	return NOT_DROPPED;
}

static enum drop parse_action(struct mgmt *mgmt, struct span *span)
{
	const uint8_t *fixed = span_take(span, 2);

	if (!fixed)
		return DROP_TRUNCATED;
	mgmt->category = fixed[0];
	mgmt->action = fixed[1];
	return NOT_DROPPED;
}

static enum drop parse_fixed_fields(struct mgmt *mgmt, struct span *span)
{
	switch (mgmt->subtype) {
	case MGMT_ASSOC_REQUEST:
	case MGMT_REASSOC_REQUEST:
		return parse_assoc_request(mgmt, span);
	case MGMT_ASSOC_RESPONSE:
	case MGMT_REASSOC_RESPONSE:
		return parse_assoc_response(mgmt, span);
	case MGMT_PROBE_REQUEST:
	case MGMT_ATIM:
		return NOT_DROPPED;
	case MGMT_PROBE_RESPONSE:
	case MGMT_BEACON:
		return parse_beacon(mgmt, span);
	case MGMT_AUTH:
		return parse_auth(mgmt, span);
	case MGMT_DISASSOC:
	case MGMT_DEAUTH:
		return parse_reason(mgmt, span);
	case MGMT_ACTION:
	case MGMT_ACTION_NO_ACK:
		return parse_action(mgmt, span);
	}
	return DROP_FRAME_TYPE;
}

/* Do only elements follow the fixed fields? Other authentication algorithms have further fields. */
static bool has_elements(const struct mgmt *mgmt)
{
	if (mgmt->subtype == MGMT_AUTH)
		return mgmt->algorithm <= AUTH_FT;
	return mgmt->subtype != MGMT_ACTION && mgmt->subtype != MGMT_ACTION_NO_ACK;
}

static void set_if_unset(struct span *target, struct span span)
{
	if (!target->bytes)
		*target = span;
}

/* WMM: vendor-specific, 00-50-F2, type 2, subtype 0 or 1, version 1 (Wi-Fi Alliance, WMM 1.2, 2.2). */
static bool is_wmm(const struct element *element)
{
	static const uint8_t type[4] = {OUI_MICROSOFT, 2};
	const uint8_t *body = element->body.bytes;

	return element->id == EID_VENDOR && element->body.len >= 6 && memcmp(body, type, 4) == 0 && body[4] <= 1 &&
	       body[5] == 1;
}

static const uint8_t owe_transition_type[] = {0x50, 0x6f, 0x9a, 0x1c};

static bool is_owe_transition(const struct element *element)
{
	return element->body.len > sizeof(owe_transition_type) &&
	       memcmp(element->body.bytes, owe_transition_type, sizeof(owe_transition_type)) == 0;
}

bool owe_transition_parse(struct owe_transition *pair, struct span body)
{
	const uint8_t *bssid = span_take(&body, MAC_LEN), *len = span_take(&body, 1);
	const uint8_t *ssid = bssid && len && *len <= MGMT_SSID_MAX ? span_take(&body, *len) : NULL;

	*pair = (struct owe_transition){0};
	if (!ssid)
		return false;
	memcpy(pair->bssid, bssid, MAC_LEN);
	memcpy(pair->ssid, ssid, *len);
	pair->ssid_len = *len;
	return pair->ssid_len;
}

void owe_transition_write(const struct owe_transition *pair, struct frame_writer *writer)
{
	uint8_t body[sizeof(owe_transition_type) + MAC_LEN + 1 + MGMT_SSID_MAX], *pos = body;

	memcpy(pos, owe_transition_type, sizeof(owe_transition_type));
	pos += sizeof(owe_transition_type);
	memcpy(pos, pair->bssid, MAC_LEN);
	pos[MAC_LEN] = (uint8_t)pair->ssid_len;
	memcpy(pos + MAC_LEN + 1, pair->ssid, pair->ssid_len);
	write_element(writer, EID_VENDOR, body, (size_t)(pos - body) + MAC_LEN + 1 + pair->ssid_len);
}

static void parse_element(struct mgmt *mgmt, const struct element *element)
{
	switch (element->id) {
	case EID_SSID:
		if (element->body.len <= MGMT_SSID_MAX)
			set_if_unset(&mgmt->ssid, element->body);
		break;
	case EID_RATES:
		set_if_unset(&mgmt->rates, element->body);
		break;
	case EID_EXT_RATES:
		set_if_unset(&mgmt->ext_rates, element->body);
		break;
	case EID_DS:
		if (element->body.len == 1 && !mgmt->channel)
			mgmt->channel = element->body.bytes[0];
		break;
	case EID_TIM:
		set_if_unset(&mgmt->tim, element->body);
		break;
	case EID_COUNTRY:
		set_if_unset(&mgmt->country, element->body);
		break;
	case EID_CSA:
		set_if_unset(&mgmt->csa, element->body);
		break;
	case EID_ECSA:
		set_if_unset(&mgmt->ecsa, element->body);
		break;
	case EID_TIMEOUT_INTERVAL:
		set_if_unset(&mgmt->timeout_interval, element->body);
		break;
	case EID_RSN:
		set_if_unset(&mgmt->rsn, element->whole);
		break;
	case EID_EXTENSION:
		if (element->body.len && element->body.bytes[0] == EXT_DIFFIE_HELLMAN)
			set_if_unset(&mgmt->diffie_hellman, element->whole);
		break;
	case EID_MOBILITY_DOMAIN:
		set_if_unset(&mgmt->mobility_domain, element->whole);
		break;
	case EID_FT:
		set_if_unset(&mgmt->ft, element->whole);
		break;
	case EID_RSNX:
		set_if_unset(&mgmt->rsnx, element->whole);
		break;
	case EID_VENDOR:
		if (element_is_wpa(element))
			set_if_unset(&mgmt->wpa, element->whole);
		mgmt->wmm |= is_wmm(element);
		if (is_owe_transition(element))
			set_if_unset(&mgmt->owe_transition,
				     (struct span){element->body.bytes + sizeof(owe_transition_type),
						   element->body.len - sizeof(owe_transition_type)});
		break;
	}
}

static enum drop parse_elements(struct mgmt *mgmt, struct span elements)
{
	const uint8_t *end = elements.bytes + elements.len;
	struct element element;

	while (element_next(&elements, &element)) {
		parse_element(mgmt, &element);
		if (element.id == EID_RIC_DATA)
			set_if_unset(&mgmt->ric,
				     (struct span){element.whole.bytes, (size_t)(end - element.whole.bytes)});
	}
	return elements.len ? DROP_TRUNCATED : NOT_DROPPED;
}

enum drop mgmt_parse_elements(struct mgmt *mgmt, struct span elements)
{
	*mgmt = (struct mgmt){0};
	return parse_elements(mgmt, elements);
}

const uint8_t *mgmt_find_element(const struct mgmt *mgmt, uint8_t id, size_t len_min)
{
	struct span rest = mgmt->body;
	struct element element;

	while (element_next(&rest, &element))
		if (element.id == id && element.body.len >= len_min)
			return element.body.bytes;
	return NULL;
}

enum drop mgmt_parse(struct mgmt *mgmt, const uint8_t *bytes, size_t len)
{
	struct span span = {bytes, len};
	enum drop drop;

	if (len < 2)
		return DROP_TRUNCATED;
	*mgmt = (struct mgmt){.fc = le16(bytes), .subtype = le16(bytes) & FC_SUBTYPE};
	if ((mgmt->fc & (FC_VERSION | FC_TYPE | FC_PROTECTED | FC_MORE_FRAGS)) != FC_MANAGEMENT)
		return DROP_FRAME_TYPE;
	if (!span_take(&span, dot11_hdr_len(mgmt->fc)))
		return DROP_TRUNCATED;
	if (le16(bytes + DOT11_OFF_SEQ) & DOT11_FRAG_MASK)
		return DROP_FRAME_TYPE;
	mgmt->da = bytes + DOT11_OFF_ADDR1;
	mgmt->sa = bytes + DOT11_OFF_ADDR2;
	mgmt->bssid = bytes + DOT11_OFF_ADDR3;
	drop = parse_fixed_fields(mgmt, &span);
	mgmt->body = span;
	if (drop || !has_elements(mgmt))
		return drop;
	return parse_elements(mgmt, span);
}

struct frame_writer mgmt_begin(enum mgmt_subtype subtype, const uint8_t *da, const uint8_t *sa, const uint8_t *bssid)
{
	uint8_t hdr[DOT11_HDR_MIN] = {0};

	put_le16(hdr, (uint16_t)(FC_MANAGEMENT | subtype));
	mac_copy(hdr + DOT11_OFF_ADDR1, da);
	mac_copy(hdr + DOT11_OFF_ADDR2, sa);
	mac_copy(hdr + DOT11_OFF_ADDR3, bssid);
	return frame_writer_begin(frame_from(hdr, sizeof(hdr), MGMT_HEADROOM, MGMT_TAILROOM));
}

bool mgmt_is_returnable(const struct mgmt *mgmt)
{
	return mgmt->subtype == MGMT_ACTION && !(mgmt->category & ACTION_ERROR) && !mac_is_group(mgmt->da) &&
	       !mac_is_group(mgmt->sa);
}

struct frame *mgmt_new_return(const struct mgmt *mgmt)
{
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, mgmt->sa, mgmt->da, mgmt->bssid);

	write_u8(&writer, mgmt->category | ACTION_ERROR);
	write_u8(&writer, mgmt->action);
	write_bytes(&writer, mgmt->body.bytes, mgmt->body.len);
	return frame_writer_end(&writer);
}

/*
 * Table 9-51, column "Robust": the categories without protection. All others are robust, reserved ones and returned
 * actions (ACTION_ERROR) too.
 */
static const bool unprotected_categories[UINT8_MAX + 1] = {
	[ACTION_CATEGORY_PUBLIC] = true,
	[ACTION_CATEGORY_HT] = true,
	[ACTION_CATEGORY_UNPROTECTED_WNM] = true,
	[ACTION_CATEGORY_SELF_PROTECTED] = true,
	[ACTION_CATEGORY_UNPROTECTED_DMG] = true,
	[ACTION_CATEGORY_VHT] = true,
	[ACTION_CATEGORY_UNPROTECTED_S1G] = true,
	[ACTION_CATEGORY_HE] = true,
	[ACTION_CATEGORY_EHT] = true,
	[ACTION_CATEGORY_VENDOR] = true,
};

bool mgmt_is_robust(const struct mgmt *mgmt)
{
	switch (mgmt->subtype) {
	case MGMT_DEAUTH:
	case MGMT_DISASSOC:
		return true;
	case MGMT_ACTION:
		return !unprotected_categories[mgmt->category];
	default:
		return false;
	}
}

/* 9.4.2.5: DTIM count, DTIM period, bitmap control (group traffic bit, bitmap offset), partial virtual bitmap. */
bool tim_has_aid(struct span tim, uint16_t aid)
{
	size_t begin, byte = aid / 8;

	if (tim.len < 4)
		return false;
	begin = tim.bytes[2] & 0xfe;
	return byte >= begin && byte - begin < tim.len - 3 && (tim.bytes[3 + byte - begin] & 1u << aid % 8);
}

bool tim_has_group(struct span tim)
{
	return tim.len >= 4 && tim.bytes[0] == 0 && (tim.bytes[2] & 1);
}

uint16_t channel_to_freq(unsigned channel)
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

/* 802.11ax-2021, 27.3.23.2: channels of 20 MHz from 1 to 233, and channel 2 beside the 5 GHz band (class 136). */
uint16_t channel_to_freq_6ghz(unsigned channel)
{
	if (channel == 2)
		return 5935;
	return channel >= 1 && channel <= 233 && channel % 4 == 1 ? (uint16_t)(5950 + 5 * channel) : 0;
}

unsigned freq_to_channel(uint16_t freq_mhz)
{
	if (freq_is_6ghz(freq_mhz)) {
		unsigned number = freq_mhz == 5935 ? 2 : freq_mhz < 5955 ? 0 : (freq_mhz - 5950u) / 5;

		return number && channel_to_freq_6ghz(number) == freq_mhz ? number : 0;
	}
	unsigned channel = freq_mhz == 2484  ? 14
			   : freq_mhz < 2412 ? 0
			   : freq_mhz < 2500 ? (freq_mhz - 2407u) / 5
			   : freq_mhz < 5000 ? 0
					     : (freq_mhz - 5000u) / 5;

	return channel && channel_to_freq(channel) == freq_mhz ? channel : 0;
}
