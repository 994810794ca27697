/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/rnr.h"

#include "wire/ieee80211.h"
#include "wire/mgmt.h"

/* The TBTT Information Header: the number of fields less 1, and the length of each. */
#define HEADER_COUNT(header)  (((header) >> 4 & 15) + 1u)
#define HEADER_LENGTH(header) ((header) >> 8)

static size_t add_channel(uint16_t freq_mhz, uint16_t *freqs, size_t count, size_t max)
{
	for (size_t i = 0; i < count; i++)
		if (freqs[i] == freq_mhz)
			return count;
	if (count < max)
		freqs[count++] = freq_mhz;
	return count;
}

static size_t read_body(struct span body, uint16_t *freqs, size_t count, size_t max)
{
	const uint8_t *head;

	while ((head = span_take(&body, 4))) {
		uint16_t header = le16(head), freq_mhz, width_mhz;
		bool above;

		if (!span_take(&body, HEADER_COUNT(header) * HEADER_LENGTH(header)))
			break;
		if (channel_of_class(head[2], head[3], &freq_mhz, &width_mhz, &above) && freq_is_6ghz(freq_mhz))
			count = add_channel(freq_mhz, freqs, count, max);
	}
	return count;
}

size_t rnr_channels_6ghz(struct span elements, uint16_t *freqs, size_t count, size_t max)
{
	struct element element;

	while (element_next(&elements, &element))
		if (element.id == EID_REDUCED_NEIGHBOR_REPORT)
			count = read_body(element.body, freqs, count, max);
	return count;
}
