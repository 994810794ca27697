/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Management frames, from their MAC header on. */
#include "fuzz.h"

#include "wire/mgmt.h"

static void inside(const uint8_t *bytes, size_t size, const uint8_t *p, size_t len)
{
	must(!p || (p >= bytes && p + len <= bytes + size));
}

static void look(const struct mgmt *m, const uint8_t *bytes, size_t size)
{
	const struct span spans[] = {m->body,    m->ssid,    m->rates, m->ext_rates, m->tim,
				     m->country, m->timeout, m->rsn,   m->wpa};

	for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
		inside(bytes, size, spans[i].bytes, spans[i].len);
	inside(bytes, size, m->da, 6);
	inside(bytes, size, m->sa, 6);
	inside(bytes, size, m->bssid, 6);
	inside(bytes, size, m->current_ap, 6);
	must(m->ssid.len <= MGMT_SSID_MAX);
	must(m->aid <= 0x3fff);
	must(!m->rsn.bytes || m->rsn.len == 2u + m->rsn.bytes[1]);
	must(!m->wpa.bytes || m->wpa.len == 2u + m->wpa.bytes[1]);
	mgmt_is_robust(m);
	tim_group(m->tim);
	for (unsigned aid = 0; aid < 2048; aid++)
		tim_has(m->tim, (uint16_t)aid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes = malloc(size ? size : 1); /* of its very size, so that a read beyond its end is seen */
	struct mgmt m;

	must(bytes);
	if (size)
		memcpy(bytes, data, size);
	if (!mgmt_parse(&m, bytes, size))
		look(&m, bytes, size);
	free(bytes);
	return 0;
}
