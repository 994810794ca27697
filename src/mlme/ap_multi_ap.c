/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wi-Fi EasyMesh (Multi-AP Specification 1.0, 5.2 and 9.1): the Multi-AP element, by which the station of another access point
 * announces itself, and the answer that tells it whether this BSS serves it.
 */
#include "mlme/ap_multi_ap.h"

#include <string.h>

#define SUBELEMENT_EXTENSION 6
#define BACKHAUL_STA         0x80
#define BACKHAUL_BSS         0x40
#define FRONTHAUL_BSS        0x20

static const uint8_t element_type[] = {0x50, 0x6f, 0x9a, 0x1b}; /* of the Wi-Fi Alliance */

/* The subelements of the Multi-AP element; bytes NULL: the frame has none. */
static struct span find_subelements(struct span rest)
{
	const size_t type_len = sizeof(element_type);
	struct element element;

	while (element_next(&rest, &element))
		if (element.id == EID_VENDOR && element.body.len >= type_len &&
		    memcmp(element.body.bytes, element_type, type_len) == 0)
			return (struct span){element.body.bytes + type_len, element.body.len - type_len};
	return (struct span){NULL, 0};
}

static bool says_backhaul(struct span subelements)
{
	struct element subelement;

	while (element_next(&subelements, &subelement))
		if (subelement.id == SUBELEMENT_EXTENSION && subelement.body.len)
			return subelement.body.bytes[0] & BACKHAUL_STA;
	return false;
}

/* A backhaul station that a BSS without backhaul accepts learns that from the response, and leaves. */
enum status_code ap_multi_ap_check(const struct ap_bss_setup *setup, const struct mgmt *request, bool *backhaul)
{
	*backhaul = setup->multi_ap && says_backhaul(find_subelements(request->body));
	return setup->multi_ap == AP_BACKHAUL && !*backhaul ? STATUS_DENIED : STATUS_SUCCESS;
}

void ap_multi_ap_write(const struct ap_bss_setup *setup, struct frame_writer *writer)
{
	uint8_t body[sizeof(element_type) + 3];
	uint8_t *extension = body + sizeof(element_type);

	memcpy(body, element_type, sizeof(element_type));
	extension[0] = SUBELEMENT_EXTENSION;
	extension[1] = 1;
	extension[2] = (setup->multi_ap & AP_BACKHAUL ? BACKHAUL_BSS : 0) |
		       (setup->multi_ap & AP_FRONTHAUL ? FRONTHAUL_BSS : 0);
	write_element(writer, EID_VENDOR, body, sizeof(body));
}
