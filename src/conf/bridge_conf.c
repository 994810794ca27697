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

bool bridge_mac_read(uint8_t mac[6], const char *text)
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

static bool number(const char *text, int base, unsigned long max, unsigned long *n)
{
	char *end;

	if (!isxdigit((unsigned char)*text))
		return false;
	errno = 0;
	*n = strtoul(text, &end, base);
	return !errno && !*end && *n <= max;
}

bool bridge_key_read(struct mn_key *key, const char *text)
{
	char word[80], *vlan;
	unsigned long n;

	memset(key, 0, sizeof(*key));
	if (strlen(text) >= sizeof(word))
		return false;
	strcpy(word, text);
	vlan = strchr(word, '%');
	if (vlan) {
		*vlan++ = '\0';
		if (!number(vlan, 10, 4094, &n))
			return false;
		key->vlan = (uint16_t)n;
	}
	if (!strncmp(word, "ethertype:", 10)) {
		const char *digits = word + 10;
		key->family = MN_TALK;
		if (!strncmp(digits, "0x", 2))
			digits += 2;
		if (!number(digits, 16, 0xffff, &n) || n < 0x600)
			return false;
		key->addr[0] = (uint8_t)(n >> 8);
		key->addr[1] = (uint8_t)n;
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
	return bridge_mac_read(key->addr, word);
}

/* Can a machine have this address as its own? */
static bool usable(const struct mn_key *key)
{
	static const uint8_t none[16], loopback[16] = {[15] = 1};
	const uint8_t *a = key->addr;

	switch (key->family) {
	case MN_IP4:
		return a[0] != 0 && a[0] != 127 && a[0] < 224;
	case MN_IP6:
		return a[0] != 0xff && memcmp(a, none, 16) && memcmp(a, loopback, 16);
	default:
		return key->family == MN_TALK;
	}
}

/* One address, as it stands in `word`, for the guest with that MAC address. */
static bool add_pin(struct bridge_pins *pins, const uint8_t mac[6], const char *word, struct why *why)
{
	struct mn_key key;

	if (!bridge_key_read(&key, word) || !usable(&key))
		return why_set(why, false,
			       "pin takes addresses of a guest (192.0.2.5, 2001:db8::5, ethertype:0x88b5), not "
			       "`%.60s`",
			       word);
	for (size_t i = 0; i < pins->count; i++)
		if (!memcmp(&pins->pin[i].key, &key, sizeof(key)) && !mac_equal(pins->pin[i].mac, mac))
			return why_set(why, false, "pin gives `%.60s` to two guests", word);
	if (pins->count == BRIDGE_PINS_MAX)
		return why_set(why, false, "there are more than %d pins", BRIDGE_PINS_MAX);
	memcpy(pins->pin[pins->count].mac, mac, 6);
	pins->pin[pins->count++].key = key;
	return true;
}

bool bridge_pins_add(struct bridge_pins *pins, const char *text, struct why *why)
{
	char words[1024], *rest = words, *word;
	uint8_t mac[6];
	size_t before = pins->count;
	bool have_mac = false;

	if (strlen(text) >= sizeof(words))
		return why_set(why, false, "pin is longer than %zu characters; write it as several lines",
			       sizeof(words) - 1);
	strcpy(words, text);
	while ((word = strsep(&rest, " \t,="))) {
		if (!*word)
			continue;
		if (have_mac) {
			if (!add_pin(pins, mac, word, why))
				return false;
			continue;
		}
		have_mac = bridge_mac_read(mac, word) && !mac_is_group(mac) && !mac_is_zero(mac);
		if (!have_mac)
			return why_set(why, false, "pin begins with the guest's MAC address, not with `%.60s`", word);
	}
	if (!have_mac || pins->count == before)
		return why_set(why, false,
			       "pin needs a MAC address and at least one address: 52:54:00:12:34:56 192.0.2.5");
	return true;
}

static bool read_pin(void *field, size_t size, const char *value, struct why *why)
{
	(void)size;
	return bridge_pins_add(field, value, why);
}

/* "10, 20-29": each VLAN id sets its bit; what is given anew replaces what was. */
static bool read_vlans(void *field, size_t size, const char *value, struct why *why)
{
	char words[1024], *rest = words, *word;
	uint64_t *bits = field;

	memset(field, 0, size);
	if (strlen(value) >= sizeof(words))
		return why_set(why, false, "vlans is longer than %zu characters", sizeof(words) - 1);
	strcpy(words, value);
	while ((word = strsep(&rest, " \t,"))) {
		unsigned long first, last;
		char *dash = strchr(word, '-');
		if (!*word || !strcmp(word, "none"))
			continue;
		if (dash)
			*dash++ = '\0';
		if (!number(word, 10, 4094, &first) || !number(dash ? dash : word, 10, 4094, &last) || !first ||
		    last < first)
			return why_set(
				why, false,
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

#define FIELD(name) OPT_FIELD(struct bridge_conf, name)

const struct opt bridge_conf_options[] = {
	{.name = "config",
	 .letter = 'c',
	 .line_only = true,
	 .argument = "FILE",
	 .type = OPT_TEXT,
	 FIELD(file),
	 .help = "read FILE; a name without a slash means /etc/vifi/NAME.conf"},
	{.name = "uplink",
	 .file_only = true,
	 .argument = "INTERFACE",
	 .type = OPT_TEXT,
	 FIELD(uplink),
	 .help = "the interface that leads to the network and may only send its own MAC address"},
	{.name = "bridge",
	 .file_only = true,
	 .argument = "INTERFACE",
	 .type = OPT_TEXT,
	 FIELD(bridge),
	 .fallback = "br0",
	 .help = "the bridge of the guests; it is created if it is missing"},
	{.name = "engine",
	 .letter = 'e',
	 .argument = "ENGINE",
	 .type = OPT_CHOICE,
	 FIELD(engine),
	 .words = engines,
	 .fallback = "auto",
	 .help = "where frames are translated: in the kernel by TCX or by a clsact filter, or in this process (user); "
		 "auto "
		 "takes the first that the kernel has"},
	{.name = "vlans",
	 .argument = "LIST",
	 .type = OPT_OTHER,
	 FIELD(vlans),
	 .read = read_vlans,
	 .help = "VLANs that cross the uplink with their tags, for example 10,20-29; none do unless listed"},
	{.name = "age",
	 .argument = "SECONDS",
	 .type = OPT_NUMBER,
	 FIELD(age),
	 .min = 60,
	 .max = 86400,
	 .fallback = "600",
	 .help = "forget an address of a guest that is silent for so long and does not answer; DHCP leases stay to "
		 "their end"},
	{.name = "silent",
	 .argument = "SECONDS",
	 .type = OPT_NUMBER,
	 FIELD(silent),
	 .min = 1,
	 .max = 86400,
	 .fallback = "600",
	 .help = "after so much silence another guest may take an address over without its owner being asked"},
	{.name = "takeover",
	 .argument = "WHEN",
	 .type = OPT_CHOICE,
	 FIELD(takeover),
	 .words = takeovers,
	 .fallback = "silent",
	 .help = "who may take a live address over: nobody until its owner is silent, or whoever announces it"},
	{.name = "port-cap",
	 .argument = "NUMBER",
	 .type = OPT_NUMBER,
	 FIELD(port_cap),
	 .min = 1,
	 .max = MN_RING,
	 .fallback = "256",
	 .help = "addresses that one bridge port may own; a new one costs its own oldest"},
	{.name = "learn-rate",
	 .argument = "NUMBER",
	 .type = OPT_NUMBER,
	 FIELD(learn_rate),
	 .min = 0,
	 .max = 100000,
	 .fallback = "16",
	 .help = "new addresses per second and bridge port in the long run; 0 is no limit"},
	{.name = "learn-burst",
	 .argument = "NUMBER",
	 .type = OPT_NUMBER,
	 FIELD(learn_burst),
	 .min = 1,
	 .max = 4096,
	 .fallback = "256",
	 .help = "new addresses that a bridge port may have at once"},
	{.name = "pin",
	 .letter = 'p',
	 .argument = "'MAC ADDRESS…'",
	 .type = OPT_OTHER,
	 FIELD(pins),
	 .read = read_pin,
	 .help = "addresses that belong to one guest and to no other: 52:54:00:12:34:56 192.0.2.5 2001:db8::5; "
		 "ethertype:0x88b5 for a protocol without addresses; may be given more than once"},
	{.name = "carrier",
	 .argument = "WHO",
	 .type = OPT_CHOICE,
	 FIELD(carrier),
	 .words = carriers,
	 .fallback = "guests",
	 .help = "who sees that the uplink lost its carrier: the guests' ports blink when it is back from more than "
		 "three "
		 "seconds so that DHCP clients ask anew, or only the uplink's bridge port does, or nobody"},
	{.name = "announce-rate",
	 .argument = "NUMBER",
	 .type = OPT_NUMBER,
	 FIELD(announce_rate),
	 .min = 1,
	 .max = 1000,
	 .fallback = "50",
	 .help = "announcements per second when the uplink is back or has another MAC address"},
	{.name = "rewrite-chaddr",
	 .type = OPT_FLAG,
	 FIELD(rewrite_chaddr),
	 .help = "write the uplink's MAC address into the chaddr field of DHCP requests, for access points that "
		 "compare it; "
		 "danger: a server that ignores client identifiers then gives all guests the same address"},
	{.name = "shortcut",
	 .argument = "WHEN",
	 .type = OPT_CHOICE,
	 FIELD(shortcut),
	 .words = (const char *const[]){"auto", "off", NULL},
	 .fallback = "auto",
	 .help = "let data of guests pass the bridge by where no firewall, VLAN filter or listener on it would miss "
		 "them, or never"},
	{.name = "state",
	 .argument = "FOLDER",
	 .type = OPT_TEXT,
	 FIELD(state),
	 .fallback = "/run/vifi",
	 .help = "where bindings are kept over a restart; none keeps nothing"},
	{0},
};

bool bridge_conf_read(struct bridge_conf *conf, const char *name, struct why *why)
{
	return ini_file_read(name, "bridge", bridge_conf_options, conf, why);
}
