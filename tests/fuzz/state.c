/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file with the saved bindings, which may come from another version or be incomplete. */
#include "table.h"

#include "bridge/log.h"
#include "bridge/state.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

static struct bridge_conf conf = {.uplink = "none0", .age_s = 600};
static char path[512];

static void remove_files(void)
{
	unlink(path);
	rmdir(conf.state_dir);
}

/* Saves a table once, to find the name of the file. */
static void find_file_name(struct bridge *bridge)
{
	struct store_table table = table_fresh;
	struct dirent *entry;
	DIR *folder;

	snprintf(conf.state_dir, sizeof(conf.state_dir), "/tmp/vifi-fuzz-state-XXXXXX");
	must(mkdtemp(conf.state_dir));
	must(netdev_open(&bridge->nd) == 0);
	bridge->conf = &conf;
	bridge->store = &table.store;
	bridge_state_save(bridge);
	folder = opendir(conf.state_dir);
	must(folder);
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			snprintf(path, sizeof(path), "%s/%.200s", conf.state_dir, entry->d_name);
	closedir(folder);
	must(path[0]);
	atexit(remove_files);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct bridge_snapshot snapshot;
	static struct bridge bridge;
	struct store_table table = table_fresh;
	uint8_t uplink_mac[6] = {0};
	int fd;

	if (!bridge.nd)
		find_file_name(&bridge);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
	bridge.store = &table.store;
	bridge_state_load(&bridge, &snapshot, uplink_mac);
	table_check(&table);
	for (size_t i = table_fresh.count; i < table.count; i++) {
		const struct mn_binding *read = &table.row[i].binding;

		must(!(read->flags & ~(MN_F_PIN | MN_F_DHCP)));
		must(!(read->mac[0] & 1));
		must(read->slot == MN_NO_SLOT);
		must(read->created && read->created <= bridge_now() && read->last_seen &&
		     read->last_seen <= bridge_now());
	}
	return 0;
}
