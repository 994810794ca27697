/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi bridge pin` and `vifi bridge forget`. */
#include "cli/bridge.h"

#include "bridge/network_pin.h"
#include "bridge/remote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = 64 };

const struct opt_command bridge_pin_command = {
	.name = "vifi bridge pin",
	.operands = "UPLINK MAC ADDRESS…",
	.min_operands = 3,
	.max_operands = 2 + KEYS_MAX,
	.summary = "reserve addresses for one guest",
	.description =
		"ADDRESS is an IP address, a network behind the guest (10.9.0.0/24, 2001:db8:9::/64), or "
		"ethertype:0x88b5 for a protocol without IP addresses, whose unicast frames from the network the "
		"guest then receives. A VLAN follows an address: 192.0.2.5%10. The longest matching network of "
		"all pins and of this host's own routes decides; a pinned address precedes each network. With "
		"0.0.0.0/0 "
		"or ::/0 the guest receives packets for addresses that are not in this network. The next hop of a "
		"route of this host can be pinned, too, where a guest is this host's router. A pin lasts until `vifi "
		"bridge forget` or `vifi "
		"bridge down`; permanent pins "
		"belong in /etc/vifi/NAME.conf.",
};

struct forget_options {
	bool all;
};

static const struct opt forget_options[] = {
	{.name = "all",
	 .type = OPT_FLAG,
	 OPT_FIELD(struct forget_options, all),
	 .help = "forget everything except pins"},
	{0},
};

const struct opt_command bridge_forget_command = {
	.name = "vifi bridge forget",
	.operands = "UPLINK [ADDRESS|MAC]",
	.min_operands = 1,
	.max_operands = 2,
	.summary = "forget an address, all addresses of a guest, or all guests",
	.description = "A guest is learned again from its next frame. A pin is forgotten if its address or its MAC "
		       "address is named.",
	.options = forget_options,
};

static int usage_error(const struct opt_command *command, const char *expected, const char *operand)
{
	fprintf(stderr, "%s: `%s` is not %s\n", command->name, operand, expected);
	return EXIT_USAGE;
}

/* The exit code for a result of bridge_remote_pin() or bridge_remote_forget(). */
static int code_of(int ret)
{
	return ret >= 0 ? EXIT_DONE : ret == -EACCES ? EXIT_PRIVILEGE : EXIT_FAILED;
}

static void warn_of_networks(const struct bridge_remote *remote, const char *uplink, const struct mn_key *keys,
			     char *const *texts, size_t count)
{
	struct netdev_addr *addrs;
	size_t n_addrs;

	if (netdev_addrs(remote->nd, &addrs, &n_addrs) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < n_addrs; k++)
			if (addrs[k].ifindex == remote->ifindex && network_pin_overlaps(&keys[i], &addrs[k])) {
				fprintf(stderr,
					"%s: warning: %s " NETWORK_PIN_WARNING
					"; `vifi bridge forget %s %s` undoes it\n",
					bridge_pin_command.name, texts[i], uplink, uplink, texts[i]);
				break;
			}
	free(addrs);
}

int cmd_bridge_pin(int argc, char **argv)
{
	int first = opt_parse(&bridge_pin_command, argc, argv, NULL), code, ret;
	struct mn_key keys[KEYS_MAX];
	struct error error = {{0}};
	struct bridge_remote remote;
	char *const *texts;
	uint8_t mac[6];
	size_t count;

	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	if (!bridge_parse_mac(mac, argv[first + 1]))
		return usage_error(&bridge_pin_command, "a MAC address (52:54:00:12:34:56)", argv[first + 1]);
	texts = argv + first + 2;
	count = (size_t)(argc - first - 2);
	for (size_t i = 0; i < count; i++)
		if (!bridge_parse_key(&keys[i], texts[i]) || keys[i].family == MN_MAC)
			return usage_error(
				&bridge_pin_command,
				"an address (192.0.2.5, 2001:db8::5, ethertype:0x88b5) or an untagged network "
				"(10.9.0.0/24)",
				texts[i]);
	code = (int)bridge_remote_open(&remote, argv[first], &error);
	if (code == BRIDGE_OK) {
		ret = bridge_remote_pin(&remote, mac, keys, texts, count, &error);
		code = code_of(ret);
		if (ret >= 0)
			warn_of_networks(&remote, argv[first], keys, texts, count);
	}
	bridge_remote_close(&remote);
	return code == BRIDGE_OK ? EXIT_DONE : command_fail(&bridge_pin_command, code, &error);
}

/* Forgets one key, or all of them (NULL). Returns the number of forgotten bindings, or a negative errno with an error. */
static int forget(struct bridge_remote *remote, const char *uplink, const struct mn_key *key, const char *text,
		  struct error *error)
{
	int count = bridge_remote_forget(remote, key, text, error);

	if (count == 0 && text)
		return error_set(error, -ENOENT, "no guest of %s has %s; see `vifi bridge show %s`", uplink, text,
				 uplink);
	return count;
}

int cmd_bridge_forget(int argc, char **argv)
{
	struct forget_options opts = {0};
	int first = opt_parse(&bridge_forget_command, argc, argv, &opts), code, count = 0;
	const char *text = first >= 0 && argc - first > 1 ? argv[first + 1] : NULL;
	struct error error = {{0}};
	struct bridge_remote remote;
	struct mn_key key;

	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	if (!text == !opts.all) {
		error_set(&error, -EINVAL, "expected an address, a MAC address, or --all");
		return command_fail(&bridge_forget_command, EXIT_USAGE, &error);
	}
	if (text && !bridge_parse_key(&key, text))
		return usage_error(&bridge_forget_command, "an address, a network, a MAC address or ethertype:0xNNNN",
				   text);
	code = (int)bridge_remote_open(&remote, argv[first], &error);
	if (code == BRIDGE_OK) {
		count = forget(&remote, argv[first], text ? &key : NULL, text, &error);
		code = code_of(count);
	}
	bridge_remote_close(&remote);
	if (code != EXIT_DONE)
		return command_fail(&bridge_forget_command, code, &error);
	printf("vifi: %d address%s forgotten\n", count, count == 1 ? "" : "es");
	return EXIT_DONE;
}
