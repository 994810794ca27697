/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/ft.h"

#include <string.h>

enum {
	SUBELEMENT_R1KH = 1,
	SUBELEMENT_GTK = 2,
	SUBELEMENT_R0KH = 3,
	SUBELEMENT_IGTK = 4,
	SUBELEMENT_OCI = 5, /* operating channel information (wire/oci.h) */
	SUBELEMENT_BIGTK = 6,
};

void ft_domain_write(const uint8_t mdid[FT_MDID_LEN], uint8_t capability, uint8_t out[FT_DOMAIN_LEN])
{
	out[0] = EID_MOBILITY_DOMAIN;
	out[1] = FT_DOMAIN_LEN - 2;
	memcpy(out + 2, mdid, FT_MDID_LEN);
	out[4] = capability;
}

static struct span *find_subelement(struct ft_element *ft, uint8_t id)
{
	switch (id) {
	case SUBELEMENT_R1KH:
		return &ft->r1kh;
	case SUBELEMENT_GTK:
		return &ft->gtk;
	case SUBELEMENT_R0KH:
		return &ft->r0kh;
	case SUBELEMENT_IGTK:
		return &ft->igtk;
	case SUBELEMENT_OCI:
		return &ft->oci;
	case SUBELEMENT_BIGTK:
		return &ft->bigtk;
	}
	return NULL;
}

/* The MIC length subfield counts from 16 in steps of 8 bytes. */
static uint8_t mic_len_of(uint8_t control)
{
	uint8_t len = (uint8_t)(FT_MIC_LEN + 8 * ((control & FT_MIC_LEN_MASK) >> FT_MIC_LEN_SHIFT));

	return len <= FT_MIC_MAX ? len : 0;
}

bool ft_parse(struct ft_element *ft, struct span whole)
{
	struct element element;
	const uint8_t *control;

	*ft = (struct ft_element){0};
	if (!element_next(&whole, &element) || element.id != EID_FT)
		return false;
	control = span_take(&element.body, 2);
	if (!control)
		return false;
	ft->mic_len = mic_len_of(control[0]);
	if (!ft->mic_len || !span_take(&element.body, ft->mic_len))
		return false;
	ft->rsnx_used = control[0] & FT_RSNX_USED;
	ft->count = control[1];
	ft->anonce = span_take(&element.body, FT_NONCE_LEN);
	ft->snonce = span_take(&element.body, FT_NONCE_LEN);
	whole = element.body;
	while (element_next(&whole, &element)) {
		struct span *subelement = find_subelement(ft, element.id);

		if (subelement && !subelement->bytes)
			*subelement = element.body;
	}
	return ft->snonce && !whole.len;
}

static uint8_t *put_nonce(uint8_t *pos, const uint8_t *nonce)
{
	if (nonce)
		memcpy(pos, nonce, FT_NONCE_LEN);
	else
		memset(pos, 0, FT_NONCE_LEN);
	return pos + FT_NONCE_LEN;
}

static uint8_t *put_subelement(uint8_t *pos, uint8_t id, struct span body)
{
	if (!body.bytes)
		return pos;
	pos[0] = id;
	pos[1] = (uint8_t)body.len;
	memcpy(pos + 2, body.bytes, body.len);
	return pos + 2 + body.len;
}

size_t ft_write(const struct ft_element *ft, uint8_t out[ELEMENT_MAX])
{
	const struct span bodies[] = {ft->r1kh, ft->gtk, ft->r0kh, ft->igtk, ft->oci, ft->bigtk};
	static const uint8_t ids[] = {SUBELEMENT_R1KH, SUBELEMENT_GTK, SUBELEMENT_R0KH,
				      SUBELEMENT_IGTK, SUBELEMENT_OCI, SUBELEMENT_BIGTK};
	const uint8_t mic_len = ft->mic_len ? ft->mic_len : FT_MIC_LEN;
	size_t len = 2u + 2 + mic_len + 2 * FT_NONCE_LEN;
	uint8_t *pos;

	for (size_t i = 0; i < sizeof(ids); i++)
		len += bodies[i].bytes ? 2 + bodies[i].len : 0;
	if (len > ELEMENT_MAX)
		return 0;
	memset(out, 0, FT_OFF_MIC + mic_len);
	out[0] = EID_FT;
	out[1] = (uint8_t)(len - 2);
	out[FT_OFF_MIC_CONTROL] =
		(uint8_t)((ft->rsnx_used ? FT_RSNX_USED : 0) | (mic_len - FT_MIC_LEN) / 8 << FT_MIC_LEN_SHIFT);
	out[FT_OFF_COUNT] = ft->count;
	pos = put_nonce(out + FT_OFF_MIC + mic_len, ft->anonce);
	pos = put_nonce(pos, ft->snonce);
	for (size_t i = 0; i < sizeof(ids); i++)
		pos = put_subelement(pos, ids[i], bodies[i]);
	return len;
}
