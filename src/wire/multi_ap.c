/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/multi_ap.h"

#include "wire/ieee80211.h"

#include <string.h>

#define SUBELEMENT_EXTENSION 6

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

uint8_t multi_ap_read(struct span elements)
{
	struct span subelements = find_subelements(elements);
	struct element subelement;

	while (element_next(&subelements, &subelement))
		if (subelement.id == SUBELEMENT_EXTENSION && subelement.body.len)
			return subelement.body.bytes[0];
	return 0;
}

void multi_ap_write(uint8_t flags, struct frame_writer *writer)
{
	uint8_t body[sizeof(element_type) + 3];
	uint8_t *extension = body + sizeof(element_type);

	memcpy(body, element_type, sizeof(element_type));
	extension[0] = SUBELEMENT_EXTENSION;
	extension[1] = 1;
	extension[2] = flags;
	write_element(writer, EID_VENDOR, body, sizeof(body));
}
