/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/oci.h"

#include "wire/ieee80211.h"
#include "wire/mgmt.h"

#include <stdio.h>
#include <string.h>

bool oci_read(struct oci *oci, struct span bytes)
{
	*oci = (struct oci){0};
	if (bytes.len != OCI_LEN)
		return false;
	oci->segment1 = bytes.bytes[2];
	return channel_of_class(bytes.bytes[0], bytes.bytes[1], &oci->freq_mhz, &oci->width_mhz, &oci->above);
}

bool oci_write(const struct oci *oci, uint8_t out[OCI_LEN])
{
	uint16_t center = (uint16_t)(oci->above ? oci->freq_mhz + 10 : oci->freq_mhz - 10);

	memset(out, 0, OCI_LEN);
	out[0] = channel_operating_class(oci->freq_mhz, oci->width_mhz, center);
	if (!out[0])
		return false;
	out[1] = (uint8_t)freq_to_channel(oci->freq_mhz);
	out[2] = oci->segment1;
	return true;
}

uint8_t *oci_write_kde(const struct oci *oci, uint8_t *out)
{
	out = kde_write_header(out, KDE_OCI, OCI_LEN);
	oci_write(oci, out);
	return out + OCI_LEN;
}

uint8_t *oci_write_element(const struct oci *oci, uint8_t *out)
{
	out[0] = EID_EXTENSION;
	out[1] = 1 + OCI_LEN;
	out[2] = EID_EXT_OCI;
	oci_write(oci, out + 3);
	return out + OCI_ELEMENT_LEN;
}

struct span oci_find_element(struct span elements)
{
	return element_find_extension(elements, EID_EXT_OCI);
}

/* The width that VHT operation (9.4.2.158) says; 0: that of HT. */
static uint16_t vht_width(struct span operation)
{
	unsigned first, second, distance;

	if (operation.len < 3 || !operation.bytes[0])
		return 0;
	first = operation.bytes[1];
	second = operation.bytes[2];
	distance = first > second ? first - second : second - first;
	if (operation.bytes[0] == 1 && (!second || (distance != 8 && distance <= 16)))
		return 80;
	return 160;
}

/* The 6 GHz Operation Information of the HE Operation element (802.11ax-2021, 9.4.2.249), which no HT and VHT elements accompany. */
static void read_he_operation(struct oci *oci, struct span operation)
{
	size_t at = 6; /* parameters, colour, and basic HE-MCSs */

	if (operation.len < at || !(operation.bytes[2] & HE_OPERATION_6GHZ))
		return;
	at += (operation.bytes[1] & HE_OPERATION_VHT ? 3 : 0) + (operation.bytes[1] & HE_OPERATION_COHOSTED ? 1 : 0);
	if (operation.len < at + 5)
		return;
	oci->width_mhz = (uint16_t)(20 << (operation.bytes[at + 1] & 3));
	oci->above = operation.bytes[at + 2] > operation.bytes[at];
}

struct oci oci_of_operation(uint16_t freq_mhz, struct span elements)
{
	struct oci oci = {.freq_mhz = freq_mhz, .width_mhz = 20};
	const struct span all = elements;
	struct element element;
	uint16_t vht = 0;

	while (element_next(&elements, &element)) {
		if (element.id == EID_HT_OPERATION && element.body.len >= 2 &&
		    (element.body.bytes[1] & HT_SECONDARY_OFFSET)) {
			oci.width_mhz = 40;
			oci.above = (element.body.bytes[1] & HT_SECONDARY_OFFSET) == HT_SECONDARY_ABOVE;
		} else if (element.id == EID_VHT_OPERATION) {
			vht = vht_width(element.body);
		}
	}
	if (vht && !freq_is_2ghz(freq_mhz))
		oci.width_mhz = vht;
	if (freq_is_6ghz(freq_mhz))
		read_he_operation(&oci, element_find_extension(all, EID_EXT_HE_OPERATION));
	return oci;
}

static void compare(const struct ocv *ocv, const struct oci *peer, struct ocv_failure *failure)
{
	const struct oci *own = &ocv->channel;

	if (peer->freq_mhz != own->freq_mhz) {
		failure->fault = OCI_PRIMARY;
		failure->own = own->freq_mhz;
		failure->peer = peer->freq_mhz;
	} else if (ocv->tx_width_mhz > peer->width_mhz) {
		failure->fault = OCI_WIDTH;
		failure->own = ocv->tx_width_mhz;
		failure->peer = peer->width_mhz;
	} else if (ocv->tx_width_mhz == 40 && peer->width_mhz == 40 && freq_is_2ghz(own->freq_mhz) &&
		   peer->above != own->above) {
		/* In the 5 GHz band the primary channel determines the other one; our own channel may be wider there. */
		failure->fault = OCI_SECONDARY;
	}
}

bool ocv_check(const struct ocv *ocv, enum oci_frame frame, struct span received, struct ocv_failure *failure)
{
	struct oci peer;

	*failure = (struct ocv_failure){.frame = frame};
	if (!ocv->used)
		return true;
	if (!received.bytes) {
		failure->fault = OCI_ABSENT;
	} else if (received.len != OCI_LEN) {
		failure->fault = OCI_LENGTH;
		failure->peer = (uint16_t)received.len;
	} else if (!oci_read(&peer, received)) {
		failure->fault = OCI_UNKNOWN;
	} else {
		compare(ocv, &peer, failure);
	}
	return failure->fault == OCI_VALID;
}

void ocv_failure_format(const struct ocv_failure *failure, char *out, size_t room)
{
	static const char *const frames[] = {
		[OCI_MESSAGE_2] = "eapol-key-m2",         [OCI_MESSAGE_3] = "eapol-key-m3",
		[OCI_GROUP_1] = "eapol-key-g1",           [OCI_GROUP_2] = "eapol-key-g2",
		[OCI_SA_QUERY_REQUEST] = "saqueryreq",    [OCI_SA_QUERY_RESPONSE] = "saqueryresp",
		[OCI_REASSOC_REQUEST] = "ft-reassoc-req", [OCI_REASSOC_RESPONSE] = "ft-assoc",
		[OCI_SLEEP_RESPONSE] = "wnm-sleep-resp",
	};
	int len = snprintf(out, room, "frame=%s error=", frames[failure->frame]);

	out += (size_t)len < room ? (size_t)len : room - 1;
	room -= (size_t)len < room ? (size_t)len : room - 1;
	switch (failure->fault) {
	case OCI_VALID:
		snprintf(out, room, "none");
		break;
	case OCI_ABSENT:
		snprintf(out, room, "did not receive mandatory OCI");
		break;
	case OCI_LENGTH:
		snprintf(out, room, "received OCI of unexpected length (%u)", failure->peer);
		break;
	case OCI_UNKNOWN:
		snprintf(out, room, "unable to interpret received OCI");
		break;
	case OCI_PRIMARY:
		snprintf(out, room, "primary channel mismatch in received OCI (we use %u but receiver is using %u)",
			 failure->own, failure->peer);
		break;
	case OCI_WIDTH:
		snprintf(out, room,
			 "channel bandwidth mismatch in received OCI (we use %u but receiver only supports %u)",
			 failure->own, failure->peer);
		break;
	case OCI_SECONDARY:
		snprintf(out, room, "secondary channel mismatch in received OCI");
		break;
	}
}
