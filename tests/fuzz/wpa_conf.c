/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wpa_supplicant.conf. */
#include "fuzz.h"

#include "conf/wpa_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wpa_conf conf;
	struct error error = {{0}};
	char *text = text_of(data, size);

	if (!wpa_conf_parse(&conf, text, "FILE", &error))
		must(!strncmp(error.text, "FILE:", 5) &&
		     strlen(error.text) > 9); /* the message names the place and the cause */
	else
		must(!error.text[0]);
	for (size_t i = 0; i < conf.count; i++) {
		const struct wpa_network *network = &conf.networks[i];

		must(network->ssid.len <= SSID_MAX && !network->freq_list.list[STA_CHANNELS_MAX - 1]);
		must(network->akms.none ? !network->psk.set
					: network->psk.set && network->pairwise && network->group &&
						  (network->wpa || network->rsn));
		must(memchr(network->psk.passphrase, 0, sizeof(network->psk.passphrase)));
	}
	wpa_conf_free(&conf);
	free(text);
	return 0;
}
