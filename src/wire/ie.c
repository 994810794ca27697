/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/ie.h"

#include "wire/ft.h"
#include "wire/ieee80211.h"
#include "wire/le.h"

#include <string.h>

const uint8_t *span_take(struct span *s, size_t n)
{
	const uint8_t *p = s->bytes;

	if (s->len < n)
		return NULL;
	s->bytes += n;
	s->len -= n;
	return p;
}

bool element_next(struct span *rest, struct element *e)
{
	size_t len;

	if (rest->len < 2 || rest->len < 2u + rest->bytes[1])
		return false;
	len = rest->bytes[1];
	e->id = rest->bytes[0];
	e->body = (struct span){rest->bytes + 2, len};
	e->whole = (struct span){rest->bytes, 2 + len};
	rest->bytes += 2 + len;
	rest->len -= 2 + len;
	return true;
}

bool element_is_wpa(const struct element *e)
{
	static const uint8_t type[4] = {0x00, 0x50, 0xf2, 1};

	return e->id == EID_VENDOR && e->body.len >= 4 && memcmp(e->body.bytes, type, 4) == 0;
}

/* A count and as many items of `size` bytes.  Returns false if they are not all there; an absent count is zero. */
static bool take_list(struct span *s, size_t size, struct span *items)
{
	const uint8_t *count;

	*items = (struct span){s->bytes, 0};
	if (!s->len)
		return true;
	count = span_take(s, 2);
	if (!count)
		return false;
	items->len = le16(count) * size;
	items->bytes = span_take(s, items->len);
	return items->bytes;
}

static bool take_suites(struct rsn_element *r, struct span *s)
{
	struct span list;

	if (!take_list(s, 4, &list))
		return false;
	for (size_t i = 0; i < list.len; i += 4) {
		enum cipher c = cipher_of(list.bytes + i, r->wpa);

		r->pairwise |= c < CIPHERS ? 1u << c : 0;
	}
	if (!list.len)
		r->pairwise = 1u << (r->wpa ? CIPHER_TKIP : CIPHER_CCMP_128);
	if (!take_list(s, 4, &list))
		return false;
	for (size_t i = 0; i < list.len; i += 4) {
		enum akm a = akm_of(list.bytes + i, r->wpa);

		r->akms |= a < AKMS ? 1u << a : 0;
	}
	return true;
}

enum drop rsn_parse(struct rsn_element *r, struct span element)
{
	struct element e;
	const uint8_t *p;
	struct span s;

	if (!element_next(&element, &e) || element.len || (e.id != EID_RSN && !element_is_wpa(&e)))
		return DROP_RSNE_MALFORMED;
	s = e.body;
	*r = (struct rsn_element){.wpa = e.id != EID_RSN, .management = CIPHERS};
	if (r->wpa)
		span_take(&s, 4);
	p = span_take(&s, 2);
	if (!p || le16(p) != 1)
		return DROP_RSNE_MALFORMED;
	r->group = r->wpa ? CIPHER_TKIP : CIPHER_CCMP_128;
	if (s.len) {
		p = span_take(&s, 4);
		if (!p)
			return DROP_RSNE_MALFORMED;
		r->group = cipher_of(p, r->wpa);
	}
	if (!take_suites(r, &s))
		return DROP_RSNE_MALFORMED;
	if (s.len) {
		p = span_take(&s, 2);
		if (!p)
			return DROP_RSNE_MALFORMED;
		r->capabilities = le16(p);
	}
	if (!take_list(&s, PMKID_LEN, &r->pmkids) || (s.len && s.len < 4))
		return DROP_RSNE_MALFORMED;
	/* What stands behind is for later versions of the standard. */
	p = span_take(&s, 4);
	if (p)
		r->management = cipher_of(p, false);
	else if (r->capabilities & RSN_MFPC)
		r->management = CIPHER_BIP_CMAC_128;
	return NOT_DROPPED;
}

static uint8_t *put_ciphers(uint8_t *p, uint32_t set, bool wpa)
{
	uint8_t *count = p;

	put_le16(count, 0);
	p += 2;
	for (enum cipher c = 0; c < CIPHERS; c++)
		if (set & 1u << c) {
			cipher_selector(c, wpa, p);
			put_le16(count, le16(count) + 1);
			p += 4;
		}
	return p;
}

static uint8_t *put_akms(uint8_t *p, uint32_t set, bool wpa)
{
	uint8_t *count = p;

	put_le16(count, 0);
	p += 2;
	for (enum akm a = 0; a < AKMS; a++)
		if (set & 1u << a) {
			akm_selector(a, wpa, p);
			put_le16(count, le16(count) + 1);
			p += 4;
		}
	return p;
}

static uint8_t *put_pmkids(uint8_t *p, struct span pmkids, size_t room)
{
	size_t count = pmkids.len / PMKID_LEN, most = (room - 2) / PMKID_LEN;

	if (count > most)
		count = most;
	put_le16(p, (uint16_t)count);
	if (count)
		memcpy(p + 2, pmkids.bytes, count * PMKID_LEN);
	return p + 2 + count * PMKID_LEN;
}

size_t rsn_write(const struct rsn_element *r, uint8_t out[ELEMENT_MAX])
{
	uint8_t *p = out + 2;

	out[0] = r->wpa ? EID_VENDOR : EID_RSN;
	if (r->wpa) {
		memcpy(p, (const uint8_t[]){0x00, 0x50, 0xf2, 1}, 4);
		p += 4;
	}
	put_le16(p, 1);
	cipher_selector(r->group, r->wpa, p + 2);
	p = put_ciphers(p + 6, r->pairwise, r->wpa);
	p = put_akms(p, r->akms, r->wpa);
	if (!r->wpa) {
		bool management = r->management < CIPHERS && (r->capabilities & RSN_MFPC);

		put_le16(p, r->capabilities);
		p += 2;
		/* The list stands before the cipher: where that one is written, there is a list, of none if need be. */
		if (r->pmkids.len || management)
			p = put_pmkids(p, r->pmkids, (size_t)(out + ELEMENT_MAX - p) - (management ? 4 : 0));
		if (management) {
			cipher_selector(r->management, false, p);
			p += 4;
		}
	}
	out[1] = (uint8_t)(p - out - 2);
	return (size_t)(p - out);
}

enum drop key_data_parse(struct key_data *k, struct span data)
{
	static const uint8_t oui[3] = {0x00, 0x0f, 0xac};
	struct element e;

	*k = (struct key_data){0};
	/* Padding is one 0xdd and zeroes, which may look like an element of length 0 or like a lone byte. */
	while (data.len && !(data.bytes[0] == EID_VENDOR && (data.len == 1 || data.bytes[1] == 0))) {
		if (!element_next(&data, &e))
			return DROP_EAPOL_KEY_DATA;
		if ((e.id == EID_RSN || element_is_wpa(&e)) && !k->rsne.bytes)
			k->rsne = e.whole;
		if (e.id == EID_MOBILITY_DOMAIN && !k->mobility.bytes)
			k->mobility = e.whole;
		if (e.id == EID_FT && !k->ft.bytes)
			k->ft = e.whole;
		if (e.id != EID_VENDOR || e.body.len < 4 || memcmp(e.body.bytes, oui, 3) != 0)
			continue;
		if (e.body.bytes[3] == KDE_GTK && !k->gtk.bytes)
			k->gtk = (struct span){e.body.bytes + 4, e.body.len - 4};
		if (e.body.bytes[3] == KDE_IGTK && !k->igtk.bytes)
			k->igtk = (struct span){e.body.bytes + 4, e.body.len - 4};
	}
	return NOT_DROPPED;
}

uint8_t *kde_write(uint8_t *out, uint8_t type, size_t len)
{
	out[0] = EID_VENDOR;
	out[1] = (uint8_t)(4 + len);
	memcpy(out + 2, (const uint8_t[]){0x00, 0x0f, 0xac}, 3);
	out[5] = type;
	return out + KDE_HEADER;
}
