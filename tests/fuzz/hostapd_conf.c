/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole hostapd.conf. */
#include "fuzz.h"

#include "conf/hostapd_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct hostapd_conf conf;
	struct why why;
	char *text = text_of(data, size);

	if (!hostapd_conf_parse(&conf, text, "FILE", &why))
		must(!strncmp(why.text, "FILE:", 5) && strlen(why.text) > 9); /* it says where, and what */
	else
		must(conf.freq_mhz && conf.bss_count && !why.text[0]);
	must(conf.bss_count <= AP_BSS_MAX);
	for (size_t i = 0; conf.freq_mhz && i < conf.bss_count; i++) {
		const struct hostapd_bss *b = &conf.bss[i];

		must(b->ssid.len && b->ssid.len <= SSID_MAX);
		must(memchr(b->interface, 0, sizeof b->interface) && b->interface[0]);
		must(memchr(b->passphrase.passphrase, 0, sizeof b->passphrase.passphrase));
		must(!b->wpa || (b->akms.set && b->group && (b->wpa_pairwise | b->rsn_pairwise)));
	}
	hostapd_conf_free(&conf);
	free(text);
	return 0;
}
