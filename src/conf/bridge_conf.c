/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/bridge_conf.h"

#include "base/mac.h"
#include "conf/ini_file.h"
#include "conf/recorder_options.h"
#include "wire/ip.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

bool bridge_parse_mac(uint8_t mac[6], const char *text)
{
	char colons[MAC_TEXT_SIZE];

	if (strlen(text) >= sizeof(colons))
		return false;
	strcpy(colons, text);
	for (char *dash = colons; (dash = strchr(dash, '-'));)
		*dash = ':';
	return mac_parse(mac, colons);
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

/* Reads an IPv4 or IPv6 address. */
static bool parse_address(struct mn_key *key, const char *text)
{
	if (inet_pton(AF_INET, text, key->addr) == 1)
		key->family = MN_IP4;
	else if (inet_pton(AF_INET6, text, key->addr) == 1)
		key->family = MN_IP6;
	return key->family;
}

/* Are all bits of the address after the first `length` zero? */
static bool is_network(const struct mn_key *key, unsigned length)
{
	for (unsigned bit = length; bit < 128; bit++)
		if (key->addr[bit / 8] & 0x80 >> bit % 8)
			return false;
	return true;
}

/* Makes a key of a network: "10.9.0.0" and "24". A network of one address is that address. */
static bool parse_network(struct mn_key *key, const char *address, const char *length)
{
	unsigned long bits;

	if (!parse_address(key, address) || key->vlan ||
	    !parse_number(length, 10, key->family == MN_IP4 ? 32 : 128, &bits))
		return false;
	if (bits == (key->family == MN_IP4 ? 32 : 128))
		return true;
	key->family = key->family == MN_IP4 ? MN_NET4 : MN_NET6;
	key->length = (uint8_t)bits;
	return is_network(key, (unsigned)bits);
}

bool bridge_parse_key(struct mn_key *key, const char *text)
{
	char word[80], *vlan, *length;
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
	length = strchr(word, '/');
	if (length) {
		*length++ = '\0';
		return parse_network(key, word, length);
	}
	if (parse_address(key, word))
		return true;
	key->family = MN_MAC;
	return bridge_parse_mac(key->addr, word);
}

bool bridge_can_pin(const struct mn_key *key)
{
	static const uint8_t unspecified[16], loopback[16] = {[15] = 1};
	const uint8_t *addr = key->addr;

	switch (key->family) {
	case MN_IP4:
		return addr[0] != 0 && addr[0] != 127 && addr[0] < 224;
	case MN_IP6:
		return addr[0] != 0xff && memcmp(addr, unspecified, 16) && memcmp(addr, loopback, 16);
	case MN_NET4: /* length 0: all addresses that are not here; 1 to 7: more than 0.0.0.0/8 */
		return (addr[0] != 0 || key->length < 8) && addr[0] != 127 && addr[0] < 224;
	case MN_NET6:
		return addr[0] != 0xff && !ip6_is_link_local(addr);
	default:
		return key->family == MN_ETHERTYPE;
	}
}

/* Pins the address in `word` to the guest with this MAC address. */
static bool add_pin(struct bridge_pins *pins, const uint8_t mac[6], const char *word, struct error *error)
{
	struct mn_key key;

	if (!bridge_parse_key(&key, word) || !bridge_can_pin(&key))
		return error_set(
			error, false,
			"`%.60s` cannot be pinned to a guest; pin takes IP addresses (192.0.2.5, 2001:db8::5), "
			"untagged "
			"networks behind the guest (10.9.0.0/24, 2001:db8:9::/64, 0.0.0.0/0) and ethertype:0x88b5",
			word);
	for (size_t i = 0; i < pins->count; i++)
		if (!memcmp(&pins->pin[i].key, &key, sizeof(key)) && !mac_equal(pins->pin[i].mac, mac))
			return error_set(error, false, "`%.60s` is pinned to two guests", word);
	if (pins->count == BRIDGE_PINS_MAX)
		return error_set(error, false, "too many pins; at most %d are possible", BRIDGE_PINS_MAX);
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
		return error_set(error, false, "pin is longer than %zu characters; divide it into several lines",
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
			return error_set(
				error, false,
				"pin must begin with the unicast MAC address of a guest (52:54:00:12:34:56), not "
				"with `%.60s`",
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

static bool read_card(void *field, size_t size, const char *value, struct error *error)
{
	uint8_t mac[6];

	if (!bridge_parse_mac(mac, value) || mac_is_group(mac) || mac_is_zero(mac))
		return error_set(error, false,
				 "uplink-mac must be the MAC address of a card (00:11:22:33:44:55), not `%.60s`",
				 value);
	memcpy(field, mac, size);
	return true;
}

/* "10, 20-29": each VLAN id sets its bit. A later list replaces an earlier one. */
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
		bool valid;

		if (!*word || !strcmp(word, "none"))
			continue;
		if (dash)
			*dash = '\0';
		valid = parse_number(word, 10, 4094, &first) && parse_number(dash ? dash + 1 : word, 10, 4094, &last) &&
			first && last >= first;
		if (dash)
			*dash = '-';
		if (!valid)
			return error_set(
				error, false,
				"vlans must be VLAN ids from 1 to 4094 and ranges of them (10, 20-29), not `%.60s`",
				word);
		for (; first <= last; first++)
			bits[first / 64] |= 1ull << (first % 64);
	}
	return true;
}

/* ---- the table ---- */

static const char *const engines[] = {"auto", "tcx", "clsact", "user", NULL};
static const char *const takeovers[] = {"silent", "announced", NULL};
static const char *const guest_services[] = {"guests", "drop", "all", NULL};
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
	{.name = "wait",
	 .command_line_only = true,
	 .type = OPT_FLAG,
	 CONF_FIELD(wait),
	 .help = "if the uplink is missing, wait for it, also after it was unplugged; a card that comes back may have "
		 "another name"},
	{.name = "keep",
	 .command_line_only = true,
	 .type = OPT_FLAG,
	 CONF_FIELD(keep),
	 .help = "at SIGTERM, leave all changes in place and the eBPF programs attached, so that a restart interrupts "
		 "nothing; SIGINT and `vifi bridge down` revert them"},
	{.name = "uplink",
	 .file_only = true,
	 .argument = "INTERFACE",
	 .type = OPT_TEXT,
	 CONF_FIELD(uplink),
	 .help = "the interface that leads to the network and may send only its own MAC address"},
	{.name = "uplink-mac",
	 .argument = "MAC",
	 .type = OPT_CUSTOM,
	 CONF_FIELD(uplink_mac),
	 .read = read_card,
	 .help = "the permanent MAC address of the uplink's card (`ip -d link` prints it as permaddr where the card "
		 "uses "
		 "another one): the uplink is the interface of this card, whatever its name, and no other card"},
	{.name = "bridge",
	 .file_only = true,
	 .argument = "INTERFACE",
	 .type = OPT_TEXT,
	 CONF_FIELD(bridge),
	 .default_value = "br0",
	 .help = "the bridge of the guests; created if it does not exist"},
	{.name = "engine",
	 .letter = 'e',
	 .argument = "ENGINE",
	 .type = OPT_CHOICE,
	 CONF_FIELD(engine),
	 .choices = engines,
	 .default_value = "auto",
	 .help = "where frames are translated: in the kernel by TCX (Linux 6.6) or by a clsact filter, or in this "
		 "process (user); auto is the first of them that the kernel supports"},
	{.name = "vlans",
	 .argument = "LIST",
	 .type = OPT_CUSTOM,
	 CONF_FIELD(vlans),
	 .read = read_vlans,
	 .help = "VLANs that cross the uplink with their tags, for example 10,20-29; other tagged frames are dropped"},
	{.name = "age",
	 .argument = "SECONDS",
	 .type = OPT_NUMBER,
	 CONF_FIELD(age_s),
	 .min = 60,
	 .max = 86400,
	 .default_value = "600",
	 .help = "expire the address of a guest that is silent for SECONDS and does not answer a probe; DHCP leases "
		 "last to their end"},
	{.name = "silent",
	 .argument = "SECONDS",
	 .type = OPT_NUMBER,
	 CONF_FIELD(silent_s),
	 .min = 1,
	 .max = 86400,
	 .default_value = "600",
	 .help = "after SECONDS of silence, let another guest take an address over without a probe of its owner"},
	{.name = "takeover",
	 .argument = "WHEN",
	 .type = OPT_CHOICE,
	 CONF_FIELD(takeover),
	 .choices = takeovers,
	 .default_value = "silent",
	 .help = "who may take over an address in use: no guest while its owner answers (silent), or a guest that "
		 "announces it (announced)"},
	{.name = "guest-services",
	 .argument = "WHO",
	 .type = OPT_CHOICE,
	 CONF_FIELD(guest_services),
	 .choices = guest_services,
	 .default_value = "guests",
	 .help = "where router advertisements and DHCP server messages of guests go: to other guests only, nowhere "
		 "that vifi carries them, or also to the network. Never to this host. The default lets a firewall or "
		 "DHCP server among the guests serve the others, and keeps a guest from taking over the network"},
	{.name = "source-guard",
	 .type = OPT_FLAG,
	 CONF_FIELD(source_guard),
	 .help = "drop data of guests whose source address belongs to another port or to a station, for guests that "
		 "are not trusted. Without it only ARP and neighbour discovery claim an address, as on Ethernet, so "
		 "that a guest with two interfaces in one network works"},
	{.name = "port-cap",
	 .argument = "NUMBER",
	 .type = OPT_NUMBER,
	 CONF_FIELD(port_cap),
	 .min = 1,
	 .max = MN_PORT_CAP_MAX,
	 .default_value = "256",
	 .help = "addresses that one bridge port may own; a further address replaces the oldest one of the port. A "
		 "machine with IPv4 and IPv6 has about five. The tables take 4 MiB with 256 and 16 MiB with 1024, and "
		 "memory for each address in use"},
	{.name = "learn-rate",
	 .argument = "NUMBER",
	 .type = OPT_NUMBER,
	 CONF_FIELD(learn_rate),
	 .min = 0,
	 .max = 100000,
	 .default_value = "16",
	 .help = "new addresses that one bridge port may use per second, on average; 0 is no limit"},
	{.name = "learn-burst",
	 .argument = "NUMBER",
	 .type = OPT_NUMBER,
	 CONF_FIELD(learn_burst),
	 .min = 0,
	 .max = MN_PORT_CAP_MAX,
	 .default_value = "0",
	 .help = "new addresses that one bridge port may use at once; 0 is as many as port-cap"},
	{.name = "pin",
	 .letter = 'p',
	 .argument = "'MAC ADDRESS…'",
	 .type = OPT_CUSTOM,
	 CONF_FIELD(pins),
	 .read = read_pin,
	 .help = "reserve addresses for one guest: 52:54:00:12:34:56 192.0.2.5 2001:db8::5; 10.9.0.0/24 for a network "
		 "behind it, 0.0.0.0/0 and ::/0 for all addresses outside this network; ethertype:0x88b5 for a "
		 "protocol without IP "
		 "addresses; may be repeated"},
	{.name = "carrier",
	 .argument = "WHERE",
	 .type = OPT_CHOICE,
	 CONF_FIELD(carrier),
	 .choices = carriers,
	 .default_value = "guests",
	 .help = "where a loss of the uplink's carrier is visible: on the guests' ports, which lose their carrier for "
		 "a moment when the uplink returns after more than three seconds, so that DHCP clients ask again "
		 "(guests); on the uplink's bridge port only (uplink); or nowhere (off)"},
	{.name = "announce-rate",
	 .argument = "NUMBER",
	 .type = OPT_NUMBER,
	 CONF_FIELD(announce_rate),
	 .min = 1,
	 .max = 1000,
	 .default_value = "50",
	 .help = "announcements of guests' addresses per second: of new ones, and of all when the uplink returns or "
		 "its "
		 "MAC address changes"},
	{.name = "rewrite-chaddr",
	 .type = OPT_FLAG,
	 CONF_FIELD(rewrite_chaddr),
	 .help = "write the uplink's MAC address into chaddr of the guests' DHCP messages, for access points that "
		 "compare "
		 "it with the sender; a guest that sends no client identifier (option 61) gets one from its MAC "
		 "address. Danger: a server that ignores client identifiers then gives all guests the same address"},
	{.name = "allow-dhcp-server",
	 .type = OPT_FLAG,
	 CONF_FIELD(allow_dhcp_server),
	 .help = "use a bridge on which this host runs a DHCP server, such as libvirt's virbr0. Its answers and router "
		 "advertisements stay on the bridge; guests get leases from whichever server answers first"},
	{.name = "shortcut",
	 .argument = "WHEN",
	 .type = OPT_CHOICE,
	 CONF_FIELD(shortcut),
	 .choices = (const char *const[]){"auto", "off", NULL},
	 .default_value = "auto",
	 .help = "let data frames of guests bypass the bridge where no firewall rule, VLAN filter, spanning tree or "
		 "packet capture on it would miss them (auto), or never (off)"},
	RECORDER_OPTIONS(CONF_FIELD, false),
	{.name = "state",
	 .argument = "FOLDER",
	 .type = OPT_TEXT,
	 CONF_FIELD(state_dir),
	 .default_value = "/run/vifi",
	 .help = "the folder that keeps bindings across a restart; none keeps nothing"},
	{0},
};

bool bridge_conf_read(struct bridge_conf *conf, const char *name, struct error *error)
{
	return ini_file_read(name, "bridge", bridge_conf_options, conf, error);
}

/* ---- file and command line ---- */

/* Reads the options and operands. opt_parse_silent() reorders the arguments, so it works on a copy. */
static bool read_command_line(struct bridge_conf *conf, const struct bridge_command_line *line, bool operands,
			      struct error *error)
{
	const struct opt *rows[] = {opt_find(bridge_conf_options, "uplink"), opt_find(bridge_conf_options, "bridge")};
	char **args = calloc((size_t)line->argc + 1, sizeof(*args));
	bool ok;
	int first = 0;

	if (!args)
		return error_set(error, false, "out of memory");
	memcpy(args, line->argv, (size_t)line->argc * sizeof(*args));
	ok = opt_parse_silent(line->command, line->argc, args, conf, &first, error);
	for (int i = first; ok && operands && i < line->argc; i++)
		ok = opt_set(rows[i - first], conf, args[i], error);
	free(args);
	return ok;
}

bool bridge_conf_assemble(struct bridge_conf *conf, const struct bridge_command_line *line, const char *text,
			  struct error *error)
{
	char file[sizeof(conf->file)], path[INI_PATH_MAX];

	/* The first pass finds the file. */
	memset(conf, 0, sizeof(*conf));
	if (!read_command_line(conf, line, false, error))
		return false;
	memcpy(file, conf->file, sizeof(file));
	memset(conf, 0, sizeof(*conf));
	opt_defaults(bridge_conf_options, conf);
	if (file[0]) {
		ini_file_path(file, path);
		if (text ? !ini_text_read(text, path, "bridge", bridge_conf_options, conf, error)
			 : !bridge_conf_read(conf, file, error))
			return false;
	}
	return read_command_line(conf, line, true, error);
}
