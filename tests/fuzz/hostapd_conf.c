/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hostapd.conf. */
#include "fuzz.h"

#include "conf/hostapd_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct hostapd_conf conf;
	struct error error = {{0}};
	char *text = text_of(data, size);

	if (!hostapd_conf_parse(&conf, text, "FILE", &error))
		must(!strncmp(error.text, "FILE:", 5) &&
		     strlen(error.text) > 9); /* the message names the place and the cause */
	else
		must(conf.freq_mhz && conf.bss_count && !error.text[0]);
	must(conf.bss_count <= AP_BSS_MAX);
	for (size_t i = 0; conf.freq_mhz && i < conf.bss_count; i++) {
		const struct hostapd_bss *bss = &conf.bss[i];

		must(bss->ssid.len && bss->ssid.len <= SSID_MAX);
		must(memchr(bss->interface, 0, sizeof(bss->interface)) && bss->interface[0]);
		must(memchr(bss->passphrase.passphrase, 0, sizeof(bss->passphrase.passphrase)));
		must(!bss->wpa || (bss->akms.set && bss->group && (bss->wpa_pairwise | bss->rsn_pairwise)));
	}
	hostapd_conf_free(&conf);
	free(text);
	return 0;
}
