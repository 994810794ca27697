/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole wpa_supplicant.conf. */
#include "fuzz.h"

#include "conf/wpa_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wpa_conf conf;
	struct why why;
	char *text = text_of(data, size);

	if (!wpa_conf_parse(&conf, text, "FILE", &why))
		must(!strncmp(why.text, "FILE:", 5) && strlen(why.text) > 9); /* it says where, and what */
	else
		must(conf.count && !why.text[0]);
	for (size_t i = 0; i < conf.count; i++) {
		const struct wpa_network *n = &conf.list[i];

		must(n->ssid.len <= SSID_MAX && !n->freq_list.list[STA_CHANNELS_MAX - 1]);
		must(n->akms.none ? !n->psk.set : n->psk.set && n->pairwise && n->group && (n->wpa || n->rsn));
		must(memchr(n->psk.passphrase, 0, sizeof n->psk.passphrase));
	}
	wpa_conf_free(&conf);
	free(text);
	return 0;
}
