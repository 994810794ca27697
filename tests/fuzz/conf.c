/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration file of `vifi bridge`. */
#include "fuzz.h"

#include "conf/bridge_conf.h"

#include <sys/mman.h>
#include <unistd.h>

static void check_terminated(const char *text, size_t size)
{
	must(memchr(text, 0, size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bridge_conf conf;
	static int fd = -1;
	struct error error = {{0}};
	char path[32];

	if (fd < 0)
		fd = memfd_create("conf", 0);
	must(fd >= 0 && !ftruncate(fd, 0) && pwrite(fd, data, size, 0) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	memset(&conf, 0, sizeof(conf));
	opt_defaults(bridge_conf_options, &conf);
	if (!bridge_conf_read(&conf, path, &error)) {
		must(strstr(error.text, path)); /* the message names the file */
		return 0;
	}
	check_terminated(conf.uplink, sizeof(conf.uplink));
	check_terminated(conf.bridge, sizeof(conf.bridge));
	check_terminated(conf.state_dir, sizeof(conf.state_dir));
	must(conf.pins.count <= BRIDGE_PINS_MAX);
	for (const struct opt *opt = bridge_conf_options; opt->name; opt++) {
		uint32_t number;
		int choice, choices = 0;

		if (opt->type == OPT_NUMBER) {
			memcpy(&number, (char *)&conf + opt->offset, sizeof(number));
			must(number >= opt->min && number <= opt->max);
		}
		if (opt->type == OPT_CHOICE) {
			memcpy(&choice, (char *)&conf + opt->offset, sizeof(choice));
			while (opt->choices[choices])
				choices++;
			must(choice >= 0 && choice < choices);
		}
	}
	return 0;
}
