/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Management frames, from the MAC header on; and elements alone. */
#include "fuzz.h"

#include "wire/mgmt.h"

static void check_inside(const uint8_t *bytes, size_t size, const uint8_t *data, size_t len)
{
	must(!data || (data >= bytes && data + len <= bytes + size));
}

static void check_spans(const struct mgmt *mgmt, const uint8_t *bytes, size_t size)
{
	const struct span spans[] = {
		mgmt->body, mgmt->ssid, mgmt->rates, mgmt->ext_rates, mgmt->tim, mgmt->country, mgmt->timeout_interval,
		mgmt->rsn,  mgmt->wpa};

	for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++)
		check_inside(bytes, size, spans[i].bytes, spans[i].len);
	check_inside(bytes, size, mgmt->da, 6);
	check_inside(bytes, size, mgmt->sa, 6);
	check_inside(bytes, size, mgmt->bssid, 6);
	check_inside(bytes, size, mgmt->current_ap, 6);
	must(mgmt->ssid.len <= MGMT_SSID_MAX);
	must(mgmt->aid <= 0x3fff);
	must(!mgmt->rsn.bytes || mgmt->rsn.len == 2u + mgmt->rsn.bytes[1]);
	must(!mgmt->wpa.bytes || mgmt->wpa.len == 2u + mgmt->wpa.bytes[1]);
	mgmt_is_robust(mgmt);
	tim_has_group(mgmt->tim);
	for (unsigned aid = 0; aid < 2048; aid++)
		tim_has_aid(mgmt->tim, (uint16_t)aid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes = malloc(size ? size : 1); /* of the exact size, so that sanitizers detect reads beyond it */
	struct mgmt mgmt;

	must(bytes);
	if (size)
		memcpy(bytes, data, size);
	if (!mgmt_parse(&mgmt, bytes, size))
		check_spans(&mgmt, bytes, size);
	if (!mgmt_parse_elements(&mgmt, (struct span){bytes, size}))
		check_spans(&mgmt, bytes, size);
	free(bytes);
	return 0;
}
