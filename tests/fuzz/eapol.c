/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EAPOL-Key frames and their key data, and elements of management frames. The first byte selects the parser. */
#include "fuzz.h"

#include "wire/eapol.h"
#include "wire/ie.h"

static void check_inside(const uint8_t *bytes, size_t size, struct span span)
{
	must(!span.bytes || (span.bytes >= bytes && span.bytes + span.len <= bytes + size));
}

static void read_key_data(const uint8_t *bytes, size_t size)
{
	struct key_data key_data;

	if (!key_data_parse(&key_data, (struct span){bytes, size})) {
		check_inside(bytes, size, key_data.rsne);
		check_inside(bytes, size, key_data.wpa);
		check_inside(bytes, size, key_data.gtk);
		check_inside(bytes, size, key_data.igtk);
	}
}

static void read_eapol(const uint8_t *bytes, size_t size, uint8_t mic_len)
{
	uint8_t *again = malloc(size + 1);
	struct eapol_key eapol;

	must(again);
	if (!eapol_key_parse(&eapol, bytes, size, mic_len)) {
		must(eapol.len <= size);
		check_inside(bytes, size, eapol.data);
		read_key_data(eapol.data.bytes, eapol.data.len);
		must(eapol_key_write(&eapol, again) <= size);
	}
	free(again);
}

static void read_element(const uint8_t *bytes, size_t size)
{
	struct rsn_element rsne, same;
	uint8_t again[ELEMENT_MAX];

	if (rsn_element_parse(&rsne, (struct span){bytes, size}))
		return;
	check_inside(bytes, size, rsne.pmkids);
	if (rsne.group == CIPHER_NONE)
		return;
	must(!rsn_element_parse(&same, (struct span){again, rsn_element_write(&rsne, again)}));
	must(same.wpa == rsne.wpa && same.group == rsne.group && same.akms == rsne.akms);
	must(!rsne.pairwise || same.pairwise == rsne.pairwise);
	must(same.pmkids.len <= rsne.pmkids.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes;

	if (!size)
		return 0;
	bytes = malloc(size > 1 ? size - 1 : 1); /* of the exact size, so that sanitizers detect reads beyond it */
	must(bytes);
	memcpy(bytes, data + 1, size - 1);
	switch (data[0] % 3) {
	case 0:
		for (uint8_t mic_len = EAPOL_MIC_LEN; mic_len <= EAPOL_MIC_MAX; mic_len += 8)
			read_eapol(bytes, size - 1, mic_len);
		break;
	case 1:
		read_key_data(bytes, size - 1);
		break;
	case 2:
		read_element(bytes, size - 1);
		break;
	}
	free(bytes);
	return 0;
}
