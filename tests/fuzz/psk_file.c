/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that hostapd.conf names: passphrases, address lists, VLANs. */
#include "fuzz.h"

#include "conf/hostapd_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hostapd_psks psks = {0};
	struct hostapd_addrs addrs = {0};
	struct hostapd_vlans vlans = {0};
	struct text_warnings warnings = {0};
	struct error error;
	char *text = text_of(data, size);

	if (!hostapd_psks_parse(&psks, text, "FILE", &warnings, &error))
		must(!strncmp(error.text, "FILE:", 5));
	for (size_t i = 0; i < psks.count; i++)
		must(psks.list[i].psk.set && memchr(psks.list[i].keyid, 0, sizeof(psks.list[i].keyid)));
	if (!hostapd_addrs_parse(&addrs, text, "FILE", &error))
		must(!strncmp(error.text, "FILE:", 5));
	for (size_t i = 0; i < addrs.count; i++)
		must(addrs.vlans[i] < 4095);
	if (!hostapd_vlans_parse(&vlans, text, "FILE", &error))
		must(!strncmp(error.text, "FILE:", 5));
	for (size_t i = 0; i < vlans.count; i++)
		must(memchr(vlans.list[i].name, 0, sizeof(vlans.list[i].name)) && vlans.list[i].id < 4095);
	free(psks.list);
	free(addrs.list);
	free(addrs.vlans);
	free(vlans.list);
	text_warnings_free(&warnings);
	free(text);
	return 0;
}
