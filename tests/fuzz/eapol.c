/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EAPOL-Key frames and their key data, and the elements of frames.  The first byte picks the reader. */
#include "fuzz.h"

#include "wire/eapol.h"
#include "wire/ie.h"

static void inside(const uint8_t *bytes, size_t size, struct span s)
{
	must(!s.bytes || (s.bytes >= bytes && s.bytes + s.len <= bytes + size));
}

static void read_key_data(const uint8_t *bytes, size_t size)
{
	struct key_data k;

	if (!key_data_parse(&k, (struct span){bytes, size})) {
		inside(bytes, size, k.rsne);
		inside(bytes, size, k.gtk);
		inside(bytes, size, k.igtk);
	}
}

static void read_eapol(const uint8_t *bytes, size_t size)
{
	uint8_t *again = malloc(size + 1);
	struct eapol_key k;

	must(again);
	if (!eapol_key_parse(&k, bytes, size)) {
		must(k.len <= size);
		inside(bytes, size, k.data);
		read_key_data(k.data.bytes, k.data.len);
		must(eapol_key_write(&k, again) <= size);
	}
	free(again);
}

static void read_element(const uint8_t *bytes, size_t size)
{
	struct rsn_element r, same;
	uint8_t again[ELEMENT_MAX];

	if (rsn_parse(&r, (struct span){bytes, size}))
		return;
	inside(bytes, size, r.pmkids);
	if (r.group == CIPHERS)
		return;
	must(!rsn_parse(&same, (struct span){again, rsn_write(&r, again)}));
	must(same.wpa == r.wpa && same.group == r.group && same.akms == r.akms);
	must(!r.pairwise || same.pairwise == r.pairwise);
	must(same.pmkids.len <= r.pmkids.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes;

	if (!size)
		return 0;
	bytes = malloc(size > 1 ? size - 1 : 1); /* of its very size, so that a read beyond its end is seen */
	must(bytes);
	memcpy(bytes, data + 1, size - 1);
	switch (data[0] % 3) {
	case 0:
		read_eapol(bytes, size - 1);
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
