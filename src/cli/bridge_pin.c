/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi bridge pin` and `vifi bridge forget`. */
#include "cli/bridge.h"

#include "bridge/remote.h"

#include <string.h>

enum { KEYS_MAX = 64 };

const struct opt_command bridge_pin_line = {
	.name = "vifi bridge pin",
	.operands = "UPLINK MAC ADDRESS…",
	.least = 3,
	.most = 2 + KEYS_MAX,
	.sentence = "give addresses to one guest, and to no other",
	.about =
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

const struct opt_command bridge_forget_line = {
	.name = "vifi bridge forget",
	.operands = "UPLINK [ADDRESS|MAC]",
	.least = 1,
	.most = 2,
	.sentence = "forget an address, all of a guest, or everything",
	.about = "A guest that is forgotten is learned again with its next frame. A pin is forgotten when its address "
		 "or its MAC "
		 "address is named.",
	.options = forget_options,
};

static int usage(const struct opt_command *line, const char *what, const char *word)
{
	fprintf(stderr, "%s: `%s` is not %s\n", line->name, word, what);
	return EXIT_USAGE;
}

int cmd_bridge_pin(int argc, char **argv)
{
	struct mn_key keys[KEYS_MAX];
	struct why why = {{0}};
	struct reach r;
	uint8_t mac[6];

	int first = opt_parse(&bridge_pin_line, argc, argv, NULL);
	if (first < 0)
		return first == OPT_HELPED ? EXIT_DONE : EXIT_USAGE;
	if (!bridge_mac_read(mac, argv[first + 1]))
		return usage(&bridge_pin_line, "a MAC address (52:54:00:12:34:56)", argv[first + 1]);
	size_t count = (size_t)(argc - first - 2);
	char *const *texts = argv + first + 2;
	for (size_t i = 0; i < count; i++)
		if (!bridge_key_read(&keys[i], texts[i]) || keys[i].family == MN_MAC)
			return usage(&bridge_pin_line, "an address (192.0.2.5, 2001:db8::5, ethertype:0x88b5)",
				     texts[i]);
	int code = (int)reach_open(&r, argv[first], &why);
	if (code == BRIDGE_OK && reach_pin(&r, mac, keys, texts, count, &why) < 0)
		code = EXIT_FAILED;
	reach_close(&r);
	return code == BRIDGE_OK ? EXIT_DONE : bridge_fail(&bridge_pin_line, code, &why);
}

int cmd_bridge_forget(int argc, char **argv)
{
	struct forget_options o = {0};
	struct mn_key key;
	struct why why = {{0}};
	struct reach r;

	int first = opt_parse(&bridge_forget_line, argc, argv, &o);
	if (first < 0)
		return first == OPT_HELPED ? EXIT_DONE : EXIT_USAGE;
	const char *text = argc - first > 1 ? argv[first + 1] : NULL;
	if (!text == !o.all) {
		fprintf(stderr, "%s: name an address, a MAC address, or --all\n", bridge_forget_line.name);
		return EXIT_USAGE;
	}
	if (text && !bridge_key_read(&key, text))
		return usage(&bridge_forget_line, "an address, a MAC address or ethertype:0xNNNN", text);
	int code = (int)reach_open(&r, argv[first], &why);
	int gone = 0;
	if (code == BRIDGE_OK) {
		gone = reach_forget(&r, text ? &key : NULL, text, &why);
		if (gone == 0 && text)
			gone = why_set(&why, -1, "no guest of %s has %s; `vifi bridge show %s` lists them", argv[first],
				       text, argv[first]);
		if (gone < 0)
			code = EXIT_FAILED;
	}
	reach_close(&r);
	if (code != BRIDGE_OK)
		return bridge_fail(&bridge_forget_line, code, &why);
	printf("vifi: %d forgotten\n", gone);
	return EXIT_DONE;
}
