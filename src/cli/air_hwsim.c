/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi air hwsim`: simulated radios of the kernel on the medium. */
#include "cli/air.h"

#include "air/hwsim.h"
#include "air/medium/protocol.h"
#include "base/mac.h"

#include <errno.h>
#include <string.h>

struct air_hwsim_options {
	char socket[108];
	uint8_t addr[6];
	bool interfaces;
};

#define OPTION_FIELD(field) OPT_FIELD(struct air_hwsim_options, field)

static bool read_addr(void *field, size_t size, const char *value, struct error *error)
{
	uint8_t addr[6];

	(void)size;
	if (!mac_parse(addr, value) || mac_is_group(addr) || mac_is_zero(addr))
		return error_set(error, false,
				 "must be a MAC address of one radio, such as 02:00:00:00:00:01, not `%.40s`", value);
	mac_copy(field, addr);
	return true;
}

static const struct opt options[] = {
	{.name = "socket",
	 .letter = 's',
	 .argument = "PATH",
	 .type = OPT_TEXT,
	 OPTION_FIELD(socket),
	 .default_value = AIR_SOCKET,
	 .help = "the socket of the medium"},
	{.name = "addr",
	 .letter = 'a',
	 .argument = "MAC",
	 .type = OPT_CUSTOM,
	 OPTION_FIELD(addr),
	 .read = read_addr,
	 .help = "the address of the first radio; those of the next ones count up. By default an address depends on "
		 "the "
		 "name"},
	{.name = "interfaces",
	 .letter = 'i',
	 .type = OPT_FLAG,
	 OPTION_FIELD(interfaces),
	 .help = "each radio gets an interface wlanN"},
	{0},
};

const struct opt_command air_hwsim_command = {
	.name = "vifi air hwsim",
	.operands = "NAME…",
	.min_operands = 1,
	.max_operands = HWSIM_RADIOS_MAX,
	.summary = "join the medium with simulated radios of the kernel, until stopped",
	.description =
		"The kernel's Wi-Fi stack (mac80211) joins the medium, with hostapd, wpa_supplicant, iwd or any other "
		"program "
		"that uses it. Each NAME becomes a radio (wiphy) of the kernel's module mac80211_hwsim, and a radio of "
		"the "
		"medium, to which rules apply. It has no interface until `iw phy NAME interface add` makes one, or "
		"--interfaces does; `iw phy NAME set netns name NAMESPACE` moves it to another network namespace.\n\n"
		"The command becomes the medium of all simulated radios in this network namespace: radios that other "
		"programs have created there no longer hear each other. Its own radios disappear when it ends.\n\n"
		"The kernel reports the channel of a radio only with the frames that the radio sends. So a radio "
		"receives nothing on a channel that it scans passively, as it must where its regulatory domain does "
		"not permit it to transmit first (no-IR).",
	.options = options,
};

static int exit_code(int code)
{
	switch (code) {
	case -EOPNOTSUPP:
	case -EPERM:
		return EXIT_PRIVILEGE;
	case -EBUSY:
	case -ENOTCONN:
		return EXIT_STATE;
	default:
		return EXIT_FAILED;
	}
}

/* Carries frames until a signal ends it. Returns an exit code. */
static int serve(struct hwsim *hwsim, const struct hwsim_options *radios)
{
	struct error error = {{0}};

	if (hwsim_confine(&error) < 0)
		fprintf(stderr, "%s: not fully confined: %s\n", air_hwsim_command.name, error.text);
	printf("vifi: on the medium at %s:", radios->socket);
	for (size_t i = 0; i < radios->count; i++)
		printf(" %s", radios->names[i]);
	putchar('\n');
	fflush(stdout);
	return hwsim_run(hwsim, &error) ? command_fail(&air_hwsim_command, EXIT_FAILED, &error) : EXIT_DONE;
}

int cmd_air_hwsim(int argc, char **argv)
{
	struct air_hwsim_options opts = {0};
	struct hwsim_options radios = {.socket = opts.socket};
	struct error error = {{0}};
	struct hwsim *hwsim;
	int first, code = 0;

	opt_defaults(options, &opts);
	first = opt_parse(&air_hwsim_command, argc, argv, &opts);
	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	for (int i = first; i < argc; i++)
		if (!hwsim_name_valid(argv[i])) {
			error_set(&error, -EINVAL,
				  "`%.40s` is not a valid radio name: use up to %d letters, digits or punctuation "
				  "characters, without blanks and `/`",
				  argv[i], AIR_NAME_MAX);
			return command_fail(&air_hwsim_command, EXIT_USAGE, &error);
		}
	radios.names = argv + first;
	radios.count = (size_t)(argc - first);
	radios.interfaces = opts.interfaces;
	mac_copy(radios.addr, opts.addr);
	hwsim = hwsim_open(&radios, &code, &error);
	if (!hwsim)
		return command_fail(&air_hwsim_command, exit_code(code), &error);
	code = serve(hwsim, &radios);
	hwsim_close(hwsim);
	return code;
}
