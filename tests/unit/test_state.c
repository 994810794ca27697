/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule 4: bindings over a restart. */
#include "unit.h"

#include "bridge/log.h"
#include "bridge/state.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <unistd.h>

static struct store_item items[4];
static size_t n_items;
static bool no_memory;
static struct bridge_conf conf = {.uplink = "none0", .age_s = 600};

static int get_item(struct store *store, const struct mn_key *key, struct mn_binding *binding)
{
	(void)store;
	for (size_t i = 0; i < n_items; i++)
		if (!memcmp(&items[i].key, key, sizeof(*key))) {
			*binding = items[i].binding;
			return 0;
		}
	return -ENOENT;
}

static int put_item(struct store *store, const struct mn_key *key, const struct mn_binding *binding)
{
	(void)store;
	if (n_items == COUNT(items))
		return -ENOSPC;
	items[n_items++] = (struct store_item){*key, *binding};
	return 0;
}

static int list_items(struct store *store, struct store_item **list, size_t *count)
{
	(void)store;
	*list = malloc(sizeof(items));
	assert_non_null(*list);
	memcpy(*list, items, sizeof(items));
	*count = n_items;
	return 0;
}

static const struct store_ops ops = {.get = get_item, .put = put_item, .list = list_items};
static struct store store = {&ops};
static struct bridge bridge = {.conf = &conf, .store = &store, .config = {.uplink_mac = {2, 0, 0, 0, 0, 0x77}}};

/* Replaces the function of libjansson. Without memory it returns NULL and does not set errno. */
char *json_dumps(const json_t *json, size_t flags)
{
	size_t size = no_memory ? 0 : json_dumpb(json, NULL, 0, flags);
	char *text = size ? malloc(size + 1) : NULL;

	errno = 0;
	if (!text)
		return NULL;
	json_dumpb(json, text, size, flags);
	text[size] = '\0';
	return text;
}

static struct store_item guest(uint8_t last_byte)
{
	struct store_item item = {
		.key = {.addr = {192, 0, 2, last_byte}, .family = MN_IP4},
		.binding = {.mac = {2, 0, 0, 0, 0, last_byte},
			    .port = 7,
			    .created = bridge_now(),
			    .last_seen = bridge_now()},
	};

	return item;
}

static unsigned count_files(void)
{
	DIR *folder = opendir(conf.state_dir);
	struct dirent *entry;
	unsigned count = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder)))
		count += entry->d_name[0] != '.';
	closedir(folder);
	return count;
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(conf.state_dir, sizeof(conf.state_dir), "/tmp/vifi-state-XXXXXX");
	return mkdtemp(conf.state_dir) && netdev_open(&bridge.nd) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	netdev_close(bridge.nd);
	bridge_state_forget(conf.state_dir, conf.uplink);
	return rmdir(conf.state_dir);
}

static void saved_bindings_are_loaded(void **state)
{
	uint8_t uplink_mac[6] = {0};
	const struct bridge_snapshot snapshot = {0};
	struct mn_binding binding;
	struct store_item saved = guest(5), host = guest(6), of_bridge = guest(7);

	(void)state;
	host.binding.kind = MN_HOST;
	of_bridge.binding.port = 0; /* the host again, sending from the bridge */
	items[0] = saved;
	items[1] = host;
	items[2] = of_bridge;
	n_items = 3;
	assert_int_equal(bridge_state_save(&bridge), 0);
	n_items = 0;
	bridge_state_load(&bridge, &snapshot, uplink_mac);
	assert_memory_equal(uplink_mac, bridge.config.uplink_mac, 6);
	assert_int_equal(n_items, 1);
	assert_int_equal(get_item(NULL, &saved.key, &binding), 0);
	assert_memory_equal(binding.mac, saved.binding.mac, 6);
	assert_int_equal(binding.kind, MN_GUEST);
	assert_int_equal(count_files(), 1);
}

static void failure_without_errno_is_reported(void **state)
{
	(void)state;
	no_memory = true;
	assert_int_equal(bridge_state_save(&bridge), -ENOMEM);
	no_memory = false;
}

static void disabled_state_writes_no_file(void **state)
{
	struct bridge_conf none = {.uplink = "none0", .state_dir = "none"};
	struct bridge other = {.conf = &none, .store = &store};

	(void)state;
	assert_int_equal(bridge_state_save(&other), 0);
	assert_int_not_equal(access("none", F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(saved_bindings_are_loaded),
		cmocka_unit_test(failure_without_errno_is_reported),
		cmocka_unit_test(disabled_state_writes_no_file),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
