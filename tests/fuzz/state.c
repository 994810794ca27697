/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bindings that were saved when vifi stopped: a file that may come from another version, or be half of one. */
#include "table.h"

#include "bridge/bridge.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

static struct bridge_conf conf = {.uplink = "none0", .age = 600};
static char path[512];

static void sweep(void)
{
	unlink(path);
	rmdir(conf.state);
}

/* Lets vifi save a table once: that tells how it calls the file. */
static void begin(struct bridge *b)
{
	struct table t = table_fresh;
	struct dirent *entry;
	DIR *folder;

	snprintf(conf.state, sizeof conf.state, "/tmp/vifi-fuzz-state-XXXXXX");
	must(mkdtemp(conf.state));
	must(netdev_open(&b->nd) == 0);
	b->conf = &conf;
	b->store = &t.store;
	bridge_state_save(b);
	folder = opendir(conf.state);
	must(folder);
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			snprintf(path, sizeof path, "%s/%.200s", conf.state, entry->d_name);
	closedir(folder);
	must(path[0]);
	atexit(sweep);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bridge b;
	struct table t = table_fresh;
	uint8_t w[6] = {0};
	int fd;

	if (!b.nd)
		begin(&b);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
	b.store = &t.store;
	bridge_state_load(&b, w);
	table_check(&t);
	for (size_t i = table_fresh.count; i < t.count; i++) {
		const struct mn_binding *read = &t.row[i].binding;

		must(!(read->flags & ~(MN_F_PIN | MN_F_DHCP)));
		must(!(read->mac[0] & 1));
		must(read->slot == MN_NO_SLOT);
		must(read->born && read->born <= bridge_now() && read->seen && read->seen <= bridge_now());
	}
	return 0;
}
