/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/bridge_conf.h"

#include "base/mac.h"
#include "base/suggest.h"
#include "conf/ini_file.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

bool bridge_parse_mac(uint8_t mac[6], const char *text)
{
	for (int i = 0; i < 6; i++) {
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
			return false;
		char byte[3] = {text[0], text[1], 0};
		mac[i] = (uint8_t)strtoul(byte, NULL, 16);
		text += 2;
		if (i < 5 && *text != ':' && *text != '-')
			return false;
		if (i < 5)
			text++;
	}
	return !*text;
}

static bool parse_number(const char *text, int base, unsigned long max, unsigned long *result)
{
	char *end;

	if (!isxdigit((unsigned char)*text))
		return false;
	errno = 0;
	*result = strtoul(text, &end, base);
	return !errno && !*end && *result <= max;
}

bool bridge_parse_key(struct mn_key *key, const char *text)
{
	char word[80], *vlan;
	unsigned long number;

	memset(key, 0, sizeof(*key));
	if (strlen(text) >= sizeof(word))
		return false;
	strcpy(word, text);
	vlan = strchr(word, '%');
	if (vlan) {
		*vlan++ = '\0';
		if (!parse_number(vlan, 10, 4094, &number))
			return false;
		key->vlan = (uint16_t)number;
	}
	if (!strncmp(word, "ethertype:", 10)) {
		const char *digits = word + 10;
		key->family = MN_ETHERTYPE;
		if (!strncmp(digits, "0x", 2))
			digits += 2;
		if (!parse_number(digits, 16, 0xffff, &number) || number < 0x600)
			return false;
		key->addr[0] = (uint8_t)(number >> 8);
		key->addr[1] = (uint8_t)number;
		return true;
	}
	if (inet_pton(AF_INET, word, key->addr) == 1) {
		key->family = MN_IP4;
		return true;
	}
	if (inet_pton(AF_INET6, word, key->addr) == 1) {
		key->family = MN_IP6;
		return true;
	}
	key->family = MN_MAC;
	return bridge_parse_mac(key->addr, word);
}

/* Can a machine have this address as its own? */
static bool can_be_guest_address(const struct mn_key *key)
{
	static const uint8_t unspecified[16], loopback[16] = {[15] = 1};
	const uint8_t *addr = key->addr;

	switch (key->family) {
	case MN_IP4:
		return addr[0] != 0 && addr[0] != 127 && addr[0] < 224;
	case MN_IP6:
		return addr[0] != 0xff && memcmp(addr, unspecified, 16) && memcmp(addr, loopback, 16);
	default:
		return key->family == MN_ETHERTYPE;
	}
}

/* One address, as it stands in `word`, for the guest with that MAC address. */
static bool add_pin(struct bridge_pins *pins, const uint8_t mac[6], const char *word, struct error *error)
{
	struct mn_key key;

	if (!bridge_parse_key(&key, word) || !can_be_guest_address(&key))
		return error_set(error, false,
				 "pin takes addresses of a guest (192.0.2.5, 2001:db8::5, ethertype:0x88b5), not "
				 "`%.60s`",
				 word);
	for (size_t i = 0; i < pins->count; i++)
		if (!memcmp(&pins->pin[i].key, &key, sizeof(key)) && !mac_equal(pins->pin[i].mac, mac))
			return error_set(error, false, "pin gives `%.60s` to two guests", word);
	if (pins->count == BRIDGE_PINS_MAX)
		return error_set(error, false, "there are more than %d pins", BRIDGE_PINS_MAX);
	memcpy(pins->pin[pins->count].mac, mac, 6);
	pins->pin[pins->count++].key = key;
	return true;
}

bool bridge_pins_add(struct bridge_pins *pins, const char *text, struct error *error)
{
	char words[1024], *rest = words, *word;
	uint8_t mac[6];
	size_t old_count = pins->count;
	bool have_mac = false;

	if (strlen(text) >= sizeof(words))
		return error_set(error, false, "pin is longer than %zu characters; write it as several lines",
				 sizeof(words) - 1);
	strcpy(words, text);
	while ((word = strsep(&rest, " \t,="))) {
		if (!*word)
			continue;
		if (have_mac) {
			if (!add_pin(pins, mac, word, error))
				return false;
			continue;
		}
		have_mac = bridge_parse_mac(mac, word) && !mac_is_group(mac) && !mac_is_zero(mac);
		if (!have_mac)
			return error_set(error, false, "pin begins with the guest's MAC address, not with `%.60s`",
					 word);
	}
	if (!have_mac || pins->count == old_count)
		return error_set(error, false,
				 "pin needs a MAC address and at least one address: 52:54:00:12:34:56 192.0.2.5");
	return true;
}

static bool read_pin(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return bridge_pins_add(field, value, error);
}

/* "10, 20-29": each VLAN id sets its bit; what is given anew replaces what was. */
static bool read_vlans(void *field, size_t size, const char *value, struct error *error)
{
	char words[1024], *rest = words, *word;
	uint64_t *bits = field;

	memset(field, 0, size);
	if (strlen(value) >= sizeof(words))
		return error_set(error, false, "vlans is longer than %zu characters", sizeof(words) - 1);
	strcpy(words, value);
	while ((word = strsep(&rest, " \t,"))) {
		unsigned long first, last;
		char *dash = strchr(word, '-');
		if (!*word || !strcmp(word, "none"))
			continue;
		if (dash)
			*dash++ = '\0';
		if (!parse_number(word, 10, 4094, &first) || !parse_number(dash ? dash : word, 10, 4094, &last) ||
		    !first || last < first)
			return error_set(
				error, false,
				"vlans takes VLAN ids from 1 to 4094 and ranges of them (10, 20-29), not `%.60s`",
				word);
		for (; first <= last; first++)
			bits[first / 64] |= 1ull << (first % 64);
	}
	return true;
}

/* ---- the table ---- */

static const char *const engines[] = {"auto", "tcx", "clsact", "user", NULL};
static const char *const takeovers[] = {"silent", "announced", NULL};
static const char *const carriers[] = {"guests", "uplink", "off", NULL};

#define CONF_FIELD(name) OPT_FIELD(struct bridge_conf, name)

const struct opt bridge_conf_options[] = {
	{.name = "config",
	 .letter = 'c',
	 .command_line_only = true,
	 .argument = "FILE",
	 .type = OPT_TEXT,
	 CONF_FIELD(file),
	 .help = "read FILE; a name without a slash means /etc/vifi/NAME.conf"},
	{.name = "uplink",
	 .file_only = true,
	 .argument = "INTERFACE",
	 .type = OPT_TEXT,
	 CONF_FIELD(uplink),
	 .help = "the interface that leads to the network and may only send its own MAC address"},
	{.name = "bridge",
	 .file_only = true,
	 .argument = "INTERFACE",
	 .type = OPT_TEXT,
	 CONF_FIELD(bridge),
	 .default_value = "br0",
	 .help = "the bridge of the guests; it is created if it is missing"},
	{.name = "engine",
	 .letter = 'e',
	 .argument = "ENGINE",
	 .type = OPT_CHOICE,
	 CONF_FIELD(engine),
	 .choices = engines,
	 .default_value = "auto",
	 .help = "where frames are translated: in the kernel by TCX or by a clsact filter, or in this process (user); "
		 "auto "
		 "takes the first that the kernel has"},
	{.name = "vlans",
	 .argument = "LIST",
	 .type = OPT_CUSTOM,
	 CONF_FIELD(vlans),
	 .read = read_vlans,
	 .help = "VLANs that cross the uplink with their tags, for example 10,20-29; none do unless listed"},
	{.name = "age",
	 .argument = "SECONDS",
	 .type = OPT_NUMBER,
	 CONF_FIELD(age_s),
	 .min = 60,
	 .max = 86400,
	 .default_value = "600",
	 .help = "forget an address of a guest that is silent for so long and does not answer; DHCP leases stay to "
		 "their end"},
	{.name = "silent",
	 .argument = "SECONDS",
	 .type = OPT_NUMBER,
	 CONF_FIELD(silent_s),
	 .min = 1,
	 .max = 86400,
	 .default_value = "600",
	 .help = "after so much silence another guest may take an address over without its owner being asked"},
	{.name = "takeover",
	 .argument = "WHEN",
	 .type = OPT_CHOICE,
	 CONF_FIELD(takeover),
	 .choices = takeovers,
	 .default_value = "silent",
	 .help = "who may take a live address over: nobody until its owner is silent, or whoever announces it"},
	{.name = "port-cap",
	 .argument = "NUMBER",
	 .type = OPT_NUMBER,
	 CONF_FIELD(port_cap),
	 .min = 1,
	 .max = MN_RING_SIZE,
	 .default_value = "256",
	 .help = "addresses that one bridge port may own; a new one costs its own oldest"},
	{.name = "learn-rate",
	 .argument = "NUMBER",
	 .type = OPT_NUMBER,
	 CONF_FIELD(learn_rate),
	 .min = 0,
	 .max = 100000,
	 .default_value = "16",
	 .help = "new addresses per second and bridge port in the long run; 0 is no limit"},
	{.name = "learn-burst",
	 .argument = "NUMBER",
	 .type = OPT_NUMBER,
	 CONF_FIELD(learn_burst),
	 .min = 1,
	 .max = 4096,
	 .default_value = "256",
	 .help = "new addresses that a bridge port may have at once"},
	{.name = "pin",
	 .letter = 'p',
	 .argument = "'MAC ADDRESS…'",
	 .type = OPT_CUSTOM,
	 CONF_FIELD(pins),
	 .read = read_pin,
	 .help = "addresses that belong to one guest and to no other: 52:54:00:12:34:56 192.0.2.5 2001:db8::5; "
		 "ethertype:0x88b5 for a protocol without addresses; may be given more than once"},
	{.name = "carrier",
	 .argument = "WHO",
	 .type = OPT_CHOICE,
	 CONF_FIELD(carrier),
	 .choices = carriers,
	 .default_value = "guests",
	 .help = "who sees that the uplink lost its carrier: the guests' ports blink when it is back from more than "
		 "three "
		 "seconds so that DHCP clients ask anew, or only the uplink's bridge port does, or nobody"},
	{.name = "announce-rate",
	 .argument = "NUMBER",
	 .type = OPT_NUMBER,
	 CONF_FIELD(announce_rate),
	 .min = 1,
	 .max = 1000,
	 .default_value = "50",
	 .help = "announcements per second when the uplink is back or has another MAC address"},
	{.name = "rewrite-chaddr",
	 .type = OPT_FLAG,
	 CONF_FIELD(rewrite_chaddr),
	 .help = "write the uplink's MAC address into the chaddr field of DHCP requests, for access points that "
		 "compare it; "
		 "danger: a server that ignores client identifiers then gives all guests the same address"},
	{.name = "shortcut",
	 .argument = "WHEN",
	 .type = OPT_CHOICE,
	 CONF_FIELD(shortcut),
	 .choices = (const char *const[]){"auto", "off", NULL},
	 .default_value = "auto",
	 .help = "let data of guests pass the bridge by where no firewall, VLAN filter or listener on it would miss "
		 "them, or never"},
	{.name = "state",
	 .argument = "FOLDER",
	 .type = OPT_TEXT,
	 CONF_FIELD(state_dir),
	 .default_value = "/run/vifi",
	 .help = "where bindings are kept over a restart; none keeps nothing"},
	{0},
};

bool bridge_conf_read(struct bridge_conf *conf, const char *name, struct error *error)
{
	return ini_file_read(name, "bridge", bridge_conf_options, conf, error);
}
