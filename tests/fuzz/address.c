/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses in text: on the command line, in a pin, in a request. */
#include "fuzz.h"

#include "base/mac.h"
#include "conf/bridge_conf.h"

#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bridge_pins pins;
	char *text = text_of(data, size), back[MAC_TEXT_SIZE];
	uint8_t strict[MAC_LEN], lenient[MAC_LEN];
	struct mn_key key;
	struct error error;

	if (mac_parse(strict, text)) {
		must(!strcasecmp(mac_format(back, strict), text));
		must(bridge_parse_mac(lenient, text));
		must(mac_equal(strict, lenient));
	}
	if (bridge_parse_key(&key, text)) {
		must(key.family == MN_IP4 || key.family == MN_IP6 || key.family == MN_MAC ||
		     key.family == MN_ETHERTYPE || key.family == MN_NET4 || key.family == MN_NET6);
		must(key.vlan < 4096);
		must(key.length < (key.family == MN_NET6 ? 128 : key.family == MN_NET4 ? 32 : 1));
	}
	pins.count = data && size && data[0] == '!' ? BRIDGE_PINS_MAX : 0;
	if (bridge_pins_add(&pins, text, &error))
		must(pins.count >= 1);
	must(pins.count <= BRIDGE_PINS_MAX);
	free(text);
	return 0;
}
