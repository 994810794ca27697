/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole configuration file. */
#include "fuzz.h"

#include "conf/bridge_conf.h"

#include <sys/mman.h>
#include <unistd.h>

static void ended(const char *text, size_t size)
{
	must(memchr(text, 0, size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bridge_conf conf;
	static int fd = -1;
	struct why why = {{0}};
	char path[32];

	if (fd < 0)
		fd = memfd_create("conf", 0);
	must(fd >= 0 && !ftruncate(fd, 0) && pwrite(fd, data, size, 0) == (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	memset(&conf, 0, sizeof conf);
	opt_defaults(bridge_conf_options, &conf);
	if (!bridge_conf_read(&conf, path, &why)) {
		must(strstr(why.text, path)); /* it says where */
		return 0;
	}
	ended(conf.uplink, sizeof conf.uplink);
	ended(conf.bridge, sizeof conf.bridge);
	ended(conf.state, sizeof conf.state);
	must(conf.pins.count <= BRIDGE_PINS_MAX);
	for (const struct opt *o = bridge_conf_options; o->name; o++) {
		uint32_t number;
		int choice, choices = 0;

		if (o->type == OPT_NUMBER) {
			memcpy(&number, (char *)&conf + o->offset, sizeof number);
			must(number >= o->min && number <= o->max);
		}
		if (o->type == OPT_CHOICE) {
			memcpy(&choice, (char *)&conf + o->offset, sizeof choice);
			while (o->words[choices])
				choices++;
			must(choice >= 0 && choice < choices);
		}
	}
	return 0;
}
