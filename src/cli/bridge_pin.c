/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi bridge pin` and `vifi bridge forget`. */
#include "cli/bridge.h"

#include "bridge/remote.h"

#include <string.h>

enum { KEYS_MAX = 64 };

const struct opt_command bridge_pin_command = {
	.name = "vifi bridge pin",
	.operands = "UPLINK MAC ADDRESS…",
	.min_operands = 3,
	.max_operands = 2 + KEYS_MAX,
	.summary = "give addresses to one guest, and to no other",
	.description =
		"ADDRESS is an IP address, or ethertype:0x88b5 for a protocol without addresses: its unicast frames "
		"from the "
		"network go to that guest. VLANs stand behind: 192.0.2.5%10. A pin lasts until `vifi bridge forget` or "
		"`vifi bridge down`; what is to be there always belongs into /etc/vifi/NAME.conf.",
};

struct forget_options {
	bool all;
};

static const struct opt forget_options[] = {
	{.name = "all",
	 .type = OPT_FLAG,
	 OPT_FIELD(struct forget_options, all),
	 .help = "forget everything that is not pinned"},
	{0},
};

const struct opt_command bridge_forget_command = {
	.name = "vifi bridge forget",
	.operands = "UPLINK [ADDRESS|MAC]",
	.min_operands = 1,
	.max_operands = 2,
	.summary = "forget an address, all of a guest, or everything",
	.description =
		"A guest that is forgotten is learned again with its next frame. A pin is forgotten when its address "
		"or its MAC "
		"address is named.",
	.options = forget_options,
};

static int usage_error(const struct opt_command *command, const char *expected, const char *operand)
{
	fprintf(stderr, "%s: `%s` is not %s\n", command->name, operand, expected);
	return EXIT_USAGE;
}

int cmd_bridge_pin(int argc, char **argv)
{
	struct mn_key keys[KEYS_MAX];
	struct error error = {{0}};
	struct bridge_remote remote;
	uint8_t mac[6];

	int first = opt_parse(&bridge_pin_command, argc, argv, NULL);
	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	if (!bridge_parse_mac(mac, argv[first + 1]))
		return usage_error(&bridge_pin_command, "a MAC address (52:54:00:12:34:56)", argv[first + 1]);
	size_t count = (size_t)(argc - first - 2);
	char *const *texts = argv + first + 2;
	for (size_t i = 0; i < count; i++)
		if (!bridge_parse_key(&keys[i], texts[i]) || keys[i].family == MN_MAC)
			return usage_error(&bridge_pin_command, "an address (192.0.2.5, 2001:db8::5, ethertype:0x88b5)",
					   texts[i]);
	int code = (int)bridge_remote_open(&remote, argv[first], &error);
	if (code == BRIDGE_OK && bridge_remote_pin(&remote, mac, keys, texts, count, &error) < 0)
		code = EXIT_FAILED;
	bridge_remote_close(&remote);
	return code == BRIDGE_OK ? EXIT_DONE : bridge_fail(&bridge_pin_command, code, &error);
}

int cmd_bridge_forget(int argc, char **argv)
{
	struct forget_options opts = {0};
	struct mn_key key;
	struct error error = {{0}};
	struct bridge_remote remote;

	int first = opt_parse(&bridge_forget_command, argc, argv, &opts);
	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	const char *text = argc - first > 1 ? argv[first + 1] : NULL;
	if (!text == !opts.all) {
		fprintf(stderr, "%s: name an address, a MAC address, or --all\n", bridge_forget_command.name);
		return EXIT_USAGE;
	}
	if (text && !bridge_parse_key(&key, text))
		return usage_error(&bridge_forget_command, "an address, a MAC address or ethertype:0xNNNN", text);
	int code = (int)bridge_remote_open(&remote, argv[first], &error);
	int gone = 0;
	if (code == BRIDGE_OK) {
		gone = bridge_remote_forget(&remote, text ? &key : NULL, text, &error);
		if (gone == 0 && text)
			gone = error_set(&error, -1, "no guest of %s has %s; `vifi bridge show %s` lists them",
					 argv[first], text, argv[first]);
		if (gone < 0)
			code = EXIT_FAILED;
	}
	bridge_remote_close(&remote);
	if (code != BRIDGE_OK)
		return bridge_fail(&bridge_forget_command, code, &error);
	printf("vifi: %d forgotten\n", gone);
	return EXIT_DONE;
}
