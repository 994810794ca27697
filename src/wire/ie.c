/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/ie.h"

#include "wire/ieee80211.h"
#include "wire/le.h"

#include <string.h>

const uint8_t *span_take(struct span *span, size_t len)
{
	const uint8_t *taken = span->bytes;

	if (span->len < len)
		return NULL;
	span->bytes += len;
	span->len -= len;
	return taken;
}

bool span_equals(struct span span, const uint8_t *bytes, size_t len)
{
	return span.len == len && (!len || memcmp(span.bytes, bytes, len) == 0);
}

bool element_next(struct span *rest, struct element *element)
{
	size_t len;

	if (rest->len < 2 || rest->len < 2u + rest->bytes[1])
		return false;
	len = rest->bytes[1];
	element->id = rest->bytes[0];
	element->body = (struct span){rest->bytes + 2, len};
	element->whole = (struct span){rest->bytes, 2 + len};
	rest->bytes += 2 + len;
	rest->len -= 2 + len;
	return true;
}

struct span element_find_extension(struct span elements, uint8_t id)
{
	struct element element;

	while (element_next(&elements, &element))
		if (element.id == EID_EXTENSION && element.body.len && element.body.bytes[0] == id)
			return (struct span){element.body.bytes + 1, element.body.len - 1};
	return (struct span){0};
}

bool element_is_wpa(const struct element *element)
{
	static const uint8_t type[4] = {OUI_MICROSOFT, 1};

	return element->id == EID_VENDOR && element->body.len >= 4 && memcmp(element->body.bytes, type, 4) == 0;
}

/* Reads a count and its items of `size` bytes. An absent count is zero. Returns false for a truncated list. */
static bool parse_list(struct span *span, size_t size, struct span *items)
{
	const uint8_t *count;

	*items = (struct span){span->bytes, 0};
	if (!span->len)
		return true;
	count = span_take(span, 2);
	if (!count)
		return false;
	items->len = le16(count) * size;
	items->bytes = span_take(span, items->len);
	return items->bytes;
}

static bool parse_suites(struct rsn_element *rsne, struct span *span)
{
	struct span list;

	if (!parse_list(span, 4, &list))
		return false;
	for (size_t i = 0; i < list.len; i += 4) {
		enum cipher cipher = cipher_from_selector(list.bytes + i, rsne->wpa);

		rsne->pairwise |= cipher != CIPHER_NONE ? 1u << cipher : 0;
	}
	if (!list.len)
		rsne->pairwise = 1u << (rsne->wpa ? CIPHER_TKIP : CIPHER_CCMP_128);
	if (!parse_list(span, 4, &list))
		return false;
	for (size_t i = 0; i < list.len; i += 4) {
		enum akm akm = akm_from_selector(list.bytes + i, rsne->wpa);

		rsne->akms |= akm != AKM_NONE ? 1u << akm : 0;
	}
	return true;
}

enum drop rsn_element_parse(struct rsn_element *rsne, struct span whole)
{
	struct element element;
	const uint8_t *field;
	struct span body;

	if (!element_next(&whole, &element) || whole.len || (element.id != EID_RSN && !element_is_wpa(&element)))
		return DROP_RSNE_MALFORMED;
	body = element.body;
	*rsne = (struct rsn_element){.wpa = element.id != EID_RSN, .group_management = CIPHER_NONE};
	if (rsne->wpa)
		span_take(&body, 4);
	field = span_take(&body, 2);
	if (!field || le16(field) != 1)
		return DROP_RSNE_MALFORMED;
	rsne->group = rsne->wpa ? CIPHER_TKIP : CIPHER_CCMP_128;
	if (body.len) {
		field = span_take(&body, 4);
		if (!field)
			return DROP_RSNE_MALFORMED;
		rsne->group = cipher_from_selector(field, rsne->wpa);
	}
	if (!parse_suites(rsne, &body))
		return DROP_RSNE_MALFORMED;
	field = span_take(&body, 2);
	rsne->capabilities = field ? le16(field) : 0;
	if (rsne->wpa)
		return NOT_DROPPED;
	/* Access points are in use that cut the last field: the bytes of an incomplete field mean nothing. */
	if (body.len >= 2 && !parse_list(&body, PMKID_LEN, &rsne->pmkids))
		return DROP_RSNE_MALFORMED;
	/* Later versions of the standard can append further fields. */
	field = span_take(&body, 4);
	if (field)
		rsne->group_management = cipher_from_selector(field, false);
	else if (rsne->capabilities & RSN_MFPC)
		rsne->group_management = CIPHER_BIP_CMAC_128;
	return NOT_DROPPED;
}

static uint8_t *put_ciphers(uint8_t *pos, uint32_t set, bool wpa)
{
	uint8_t *count = pos;

	put_le16(count, 0);
	pos += 2;
	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++)
		if (set & 1u << cipher) {
			cipher_selector(cipher, wpa, pos);
			put_le16(count, le16(count) + 1);
			pos += 4;
		}
	return pos;
}

static uint8_t *put_akms(uint8_t *pos, uint32_t set, bool wpa)
{
	uint8_t *count = pos;

	put_le16(count, 0);
	pos += 2;
	for (enum akm akm = 0; akm < AKM_COUNT; akm++)
		if (set & 1u << akm) {
			akm_selector(akm, wpa, pos);
			put_le16(count, le16(count) + 1);
			pos += 4;
		}
	return pos;
}

static uint8_t *put_pmkids(uint8_t *out, struct span pmkids, size_t room)
{
	size_t count = pmkids.len / PMKID_LEN, count_max = (room - 2) / PMKID_LEN;

	if (count > count_max)
		count = count_max;
	put_le16(out, (uint16_t)count);
	if (count)
		memcpy(out + 2, pmkids.bytes, count * PMKID_LEN);
	return out + 2 + count * PMKID_LEN;
}

size_t rsn_element_write(const struct rsn_element *rsne, uint8_t out[ELEMENT_MAX])
{
	uint8_t *pos = out + 2;

	out[0] = rsne->wpa ? EID_VENDOR : EID_RSN;
	if (rsne->wpa) {
		memcpy(pos, (const uint8_t[]){OUI_MICROSOFT, 1}, 4);
		pos += 4;
	}
	put_le16(pos, 1);
	cipher_selector(rsne->group, rsne->wpa, pos + 2);
	pos = put_ciphers(pos + 6, rsne->pairwise, rsne->wpa);
	pos = put_akms(pos, rsne->akms, rsne->wpa);
	if (!rsne->wpa) {
		bool has_group_management = rsne->group_management != CIPHER_NONE && (rsne->capabilities & RSN_MFPC);

		put_le16(pos, rsne->capabilities);
		pos += 2;
		/*
		 * The PMKID list precedes the group management cipher: it is written, if need be empty, before that
		 * one.
		 */
		if (rsne->pmkids.len || has_group_management)
			pos = put_pmkids(pos, rsne->pmkids,
					 (size_t)(out + ELEMENT_MAX - pos) - (has_group_management ? 4 : 0));
		if (has_group_management) {
			cipher_selector(rsne->group_management, false, pos);
			pos += 4;
		}
	}
	out[1] = (uint8_t)(pos - out - 2);
	return (size_t)(pos - out);
}

static const uint8_t transition_disable_type[] = {0x50, 0x6f, 0x9a, 0x20};

static bool is_transition_disable(const struct element *element)
{
	return element->id == EID_VENDOR && element->body.len > sizeof(transition_disable_type) &&
	       memcmp(element->body.bytes, transition_disable_type, sizeof(transition_disable_type)) == 0;
}

/* Divides the body of an RSN element. All fields before the PMKIDs must be present. */
static bool split_at_pmkids(struct span body, struct span *head, struct span *tail)
{
	struct span list;

	*head = body;
	if (!span_take(&body, 2 + 4) || !parse_list(&body, 4, &list) || !parse_list(&body, 4, &list) ||
	    !span_take(&body, 2))
		return false;
	head->len -= body.len;
	if (!parse_list(&body, PMKID_LEN, &list))
		return false;
	*tail = body;
	return true;
}

size_t rsn_element_name_pmk(struct span whole, const uint8_t *pmkid, uint8_t out[ELEMENT_MAX])
{
	struct span head, tail;
	struct element element;
	size_t len;

	if (!element_next(&whole, &element) || whole.len || element.id != EID_RSN ||
	    !split_at_pmkids(element.body, &head, &tail))
		return 0;
	len = head.len + (pmkid ? 2 + PMKID_LEN : tail.len ? 2 : 0) + tail.len;
	if (len > ELEMENT_MAX - 2)
		return 0;
	*out++ = EID_RSN;
	*out++ = (uint8_t)len;
	memcpy(out, head.bytes, head.len);
	out += head.len;
	if (pmkid || tail.len) {
		put_le16(out, pmkid ? 1 : 0);
		out += 2;
	}
	if (pmkid) {
		memcpy(out, pmkid, PMKID_LEN);
		out += PMKID_LEN;
	}
	if (tail.len)
		memcpy(out, tail.bytes, tail.len);
	return 2 + len;
}

enum drop key_data_parse(struct key_data *key_data, struct span data)
{
	static const uint8_t oui[OUI_LEN] = {OUI_IEEE_80211};
	struct element element;

	*key_data = (struct key_data){0};
	/* Padding is 0xdd and zeroes, which looks like an element of length 0 or a single byte. */
	while (data.len && !(data.bytes[0] == EID_VENDOR && (data.len == 1 || data.bytes[1] == 0))) {
		if (!element_next(&data, &element))
			return DROP_EAPOL_KEY_DATA;
		if (element.id == EID_RSN && !key_data->rsne.bytes)
			key_data->rsne = element.whole;
		if (element_is_wpa(&element) && !key_data->wpa.bytes)
			key_data->wpa = element.whole;
		if (element.id == EID_RSNX && !key_data->rsnx.bytes)
			key_data->rsnx = element.whole;
		if (element.id == EID_MOBILITY_DOMAIN && !key_data->mobility_domain.bytes)
			key_data->mobility_domain = element.whole;
		if (element.id == EID_FT && !key_data->ft.bytes)
			key_data->ft = element.whole;
		if (is_transition_disable(&element) && !key_data->transition_disable.bytes)
			key_data->transition_disable = (struct span){element.body.bytes + 4, element.body.len - 4};
		if (element.id != EID_VENDOR || element.body.len < 4 || memcmp(element.body.bytes, oui, OUI_LEN) != 0)
			continue;
		if (element.body.bytes[3] == KDE_GTK && !key_data->gtk.bytes)
			key_data->gtk = (struct span){element.body.bytes + 4, element.body.len - 4};
		if (element.body.bytes[3] == KDE_OCI && !key_data->oci.bytes)
			key_data->oci = (struct span){element.body.bytes + 4, element.body.len - 4};
		if (element.body.bytes[3] == KDE_BIGTK && !key_data->bigtk.bytes)
			key_data->bigtk = (struct span){element.body.bytes + 4, element.body.len - 4};
		if (element.body.bytes[3] == KDE_IGTK && !key_data->igtk.bytes)
			key_data->igtk = (struct span){element.body.bytes + 4, element.body.len - 4};
	}
	return NOT_DROPPED;
}

bool rsnx_has(struct span whole, unsigned bit)
{
	return whole.len > 2 + bit / 8 && (whole.bytes[2 + bit / 8] & 1u << bit % 8);
}

void rsnx_write(unsigned bit, uint8_t out[RSNX_LEN])
{
	out[0] = EID_RSNX;
	out[1] = 1;
	out[2] = (uint8_t)(1u << bit);
}

uint8_t *kde_write_transition_disable(uint8_t *out, uint8_t bitmap)
{
	out[0] = EID_VENDOR;
	out[1] = sizeof(transition_disable_type) + 1;
	memcpy(out + 2, transition_disable_type, sizeof(transition_disable_type));
	out[2 + sizeof(transition_disable_type)] = bitmap;
	return out + 3 + sizeof(transition_disable_type);
}

uint8_t *kde_write_header(uint8_t *out, uint8_t type, size_t len)
{
	out[0] = EID_VENDOR;
	out[1] = (uint8_t)(4 + len);
	memcpy(out + 2, (const uint8_t[]){OUI_IEEE_80211}, OUI_LEN);
	out[5] = type;
	return out + KDE_HEADER_LEN;
}
