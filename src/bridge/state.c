/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/state.h"

#include "base/mac.h"
#include "base/text.h"
#include "bridge/log.h"
#include "bridge/names.h"
#include "bridge/policy/ageing.h"
#include "bridge/policy/identity.h"
#include "bridge/watch.h"
#include "daemon/atomic_file.h"
#include "daemon/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { STATE_FORMAT = 1 };

/*
 * One folder may serve several network namespaces, whose interfaces have the same names. Returns false when no state is to be kept.
 */
static bool state_path(char *path, size_t size, const char *folder, const char *uplink)
{
	return strcmp(folder, "none") && snprintf(path, size, "%s/%llu-%s.json", folder,
						  (unsigned long long)runtime_namespace(), uplink) < (int)size;
}

static json_t *hex_json(const uint8_t *bytes, size_t size)
{
	char text[HEX_TEXT(16)];

	return json_string(hex_format(text, bytes, size));
}

static bool hex_exact(uint8_t *bytes, size_t size, const char *text)
{
	return text && strlen(text) == 2 * size && hex_parse(bytes, size, text);
}

/* Bindings of guests that outlive a transaction. Configured pins are read from the configuration again. */
static bool is_persistent(const struct store_item *item)
{
	return item->binding.kind == MN_GUEST && !(item->binding.flags & MN_F_CONFIG) &&
	       (store_is_ip(&item->key) || item->key.family == MN_MAC || item->key.family == MN_ETHERTYPE ||
		item->key.family == MN_PPPOE || store_is_network(&item->key));
}

/*
 * This host sends from the bridge itself (port 0); a bridge that is made again has another address, and the former one would
 * look like a guest's. The engine in user space also takes a guest for one behind the bridge while its port is unknown.
 */
static bool is_of_host(const struct bridge *bridge, const struct mn_binding *binding)
{
	return binding->port == 0 && !(binding->flags & MN_F_PIN) && !bridge->user_engine;
}

static double seconds(uint64_t ns)
{
	return (double)ns / (double)MN_NS_PER_SEC;
}

static json_t *item_json(const struct store_item *item, uint64_t now)
{
	const struct mn_binding *binding = &item->binding;

	return json_pack("{s:i, s:i, s:i, s:o, s:o, s:I, s:i, s:i, s:f, s:f, s:f}", "family", item->key.family,
			 "length", item->key.length, "vlan", item->key.vlan, "key", hex_json(item->key.addr, 16), "mac",
			 hex_json(binding->mac, 6), "port", (json_int_t)binding->port, "flags",
			 binding->flags & (MN_F_PIN | MN_F_DHCP | MN_F_STATION), "aux", (int)binding->aux, "age",
			 seconds(now > binding->created ? now - binding->created : 0), "seen",
			 seconds(now > binding->last_seen ? now - binding->last_seen : 0), "left",
			 binding->expires > now ? seconds(binding->expires - now) : 0.0);
}

static json_t *state_json(const struct bridge *bridge, const struct store_item *items, size_t count)
{
	uint64_t now = bridge_now();
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		if (is_persistent(&items[i]) && !is_of_host(bridge, &items[i].binding))
			json_array_append_new(list, item_json(&items[i], now));
	return json_pack("{s:i, s:I, s:o, s:o, s:s, s:o, s:o}", "format", STATE_FORMAT, "written",
			 (json_int_t)time(NULL), "w", hex_json(bridge->config.uplink_mac, 6), "card",
			 hex_json(identity_card(&bridge->uplink), 6), "kind", bridge->uplink.kind, "bindings", list,
			 "names", bridge_names_json(bridge->names));
}

static int save(const struct bridge *bridge, const char *path)
{
	struct store_item *items;
	size_t count;
	json_t *root;
	char *text;
	int ret = bridge->store->ops->list(bridge->store, &items, &count);

	if (ret < 0)
		return ret;
	root = state_json(bridge, items, count);
	text = root ? json_dumps(root, JSON_COMPACT) : NULL;
	mkdir(bridge->conf->state_dir, 0700);
	ret = text ? atomic_file_write(path, text, strlen(text)) : -ENOMEM;
	free(text);
	json_decref(root);
	free(items);
	return ret;
}

int bridge_state_save(const struct bridge *bridge)
{
	char path[200];
	int ret;

	if (!state_path(path, sizeof(path), bridge->conf->state_dir, bridge->conf->uplink))
		return 0;
	ret = save(bridge, path);
	if (ret < 0)
		bridge_log("cannot save the bindings to %s: %s; the next `vifi bridge up` learns them from traffic",
			   path, strerror(-ret));
	return ret;
}

static uint64_t seconds_to_ns(double value)
{
	return value > 0 && value < 1e9 ? (uint64_t)(value * (double)MN_NS_PER_SEC) : 0;
}

/* Reads one saved binding, `elapsed` seconds after its saving. False: it is malformed or has expired. */
static bool read_item(struct store_item *item, json_t *json, double elapsed, uint64_t age)
{
	const char *key, *mac;
	double created_ago, seen_ago, lease_left;
	json_int_t port = UINT32_MAX;
	int family, vlan, flags, aux, length = 0;
	uint64_t now = bridge_now(), since_seen, since_created;

	memset(item, 0, sizeof(*item));
	if (json_unpack(json, "{s:i, s?i, s:i, s:s, s:s, s?I, s:i, s:i, s:F, s:F, s:F}", "family", &family, "length",
			&length, "vlan", &vlan, "key", &key, "mac", &mac, "port", &port, "flags", &flags, "aux", &aux,
			"age", &created_ago, "seen", &seen_ago, "left", &lease_left) < 0)
		return false;
	if (!hex_exact(item->key.addr, 16, key) || !hex_exact(item->binding.mac, 6, mac) ||
	    mac_is_group(item->binding.mac))
		return false;
	item->key.family = (uint8_t)family;
	item->key.vlan = (uint16_t)vlan;
	item->key.length = (uint8_t)length;
	item->binding.flags = (uint8_t)flags & (MN_F_PIN | MN_F_DHCP | MN_F_STATION);
	item->binding.aux = (uint32_t)aux;
	item->binding.slot = MN_NO_SLOT;
	item->binding.port = port > 0 && port < UINT32_MAX ? (uint32_t)port : UINT32_MAX;
	since_seen = seconds_to_ns(seen_ago + elapsed);
	since_created = seconds_to_ns(created_ago + elapsed);
	/* The clock of the bindings starts at boot: times before that become the first of the clock. */
	item->binding.last_seen = now > since_seen ? now - since_seen : 1;
	item->binding.created = now > since_created ? now - since_created : 1;
	if (lease_left > elapsed)
		item->binding.expires = now + seconds_to_ns(lease_left - elapsed);
	if (!is_persistent(item) || length < 0 || length > 128 || (store_is_network(&item->key) && !(flags & MN_F_PIN)))
		return false;
	return ageing_deadline(&item->key, &item->binding, age) > now &&
	       (since_seen < now || (flags & MN_F_PIN) || lease_left > elapsed);
}

/*
 * The guest is where it was when the bindings were saved: without the programs or the user-space engine, any guest could move the
 * bridge's entry to its own port. The entry decides where the numbers of the interfaces may be others, as after a boot.
 */
static uint32_t restored_port(const struct bridge *bridge, const struct bridge_snapshot *snapshot,
			      const struct mn_binding *binding)
{
	const struct netdev_link *link = netdev_link_in(snapshot->links, snapshot->n_links, (int)binding->port);

	return bridge->veth_kept && link && bridge_is_guest_port(bridge, link) ? binding->port
									       : bridge_port_of(bridge, binding->mac);
}

static void load_bindings(const struct bridge *bridge, const struct bridge_snapshot *snapshot, const json_t *list,
			  double elapsed)
{
	size_t index;
	struct store_item item;
	struct mn_binding existing;
	json_t *entry;

	json_array_foreach(list, index, entry)
	{
		if (index >= MN_TABLE_SIZE(bridge->conf->port_cap) ||
		    !read_item(&item, entry, elapsed, bridge->conf->age_s * MN_NS_PER_SEC))
			continue;
		item.binding.port = restored_port(bridge, snapshot, &item.binding);
		if (bridge->store->ops->get(bridge->store, &item.key, &existing) == -ENOENT)
			bridge->store->ops->put(bridge->store, &item.key, &item.binding);
	}
}

/* Opens the file if no other program can have written it: its pins assign addresses to guests. A FIFO must not block. */
static int open_state(const char *path, struct error *error)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return error_set(error, -errno, "%s", errno == ELOOP ? "it is a symbolic link" : strerror(errno));
	if (fstat(fd, &st) < 0)
		error_set(error, -errno, "%s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		error_set(error, -EINVAL, "it is not a regular file");
	else if (!service_user_is_trusted(st.st_uid))
		error_set(error, -EPERM, "it belongs to user %u", (unsigned)st.st_uid);
	else if (st.st_mode & 022)
		error_set(error, -EPERM, "other users can write to it");
	else
		return fd;
	close(fd);
	return -EPERM;
}

/* Returns NULL with the reason, which is empty where there is no file. */
static json_t *read_state(const char *path, struct error *error)
{
	json_error_t json_error;
	json_t *root;
	int fd = open_state(path, error);

	if (fd == -ENOENT)
		error->text[0] = '\0';
	if (fd < 0)
		return NULL;
	root = json_loadfd(fd, 0, &json_error);
	close(fd);
	if (!root)
		error_set(error, -EINVAL, "%s", json_error.text);
	return root;
}

void bridge_state_load(const struct bridge *bridge, const struct bridge_snapshot *snapshot, uint8_t uplink_mac[6])
{
	char path[200];
	uint8_t saved_mac[6];
	double elapsed;
	struct error error;
	json_t *root;

	if (!state_path(path, sizeof(path), bridge->conf->state_dir, bridge->conf->uplink))
		return;
	root = read_state(path, &error);
	if (!root) {
		if (*error.text)
			bridge_log("cannot use the saved bindings in %s: %s; they are learned from traffic, and the "
				   "next stop replaces the file",
				   path, error.text);
		return;
	}
	elapsed = difftime(time(NULL), (time_t)json_integer_value(json_object_get(root, "written")));
	if (json_integer_value(json_object_get(root, "format")) == STATE_FORMAT && elapsed >= 0) {
		load_bindings(bridge, snapshot, json_object_get(root, "bindings"), elapsed);
		bridge_names_read(bridge->names, json_object_get(root, "names"));
		if (hex_exact(saved_mac, 6, json_string_value(json_object_get(root, "w"))))
			mac_copy(uplink_mac, saved_mac);
	}
	json_decref(root);
}

void bridge_state_last_card(const char *folder, const char *uplink, struct last_card *card)
{
	char path[200];
	struct error error;
	json_t *root;
	const char *kind;

	memset(card, 0, sizeof(*card));
	if (!state_path(path, sizeof(path), folder, uplink))
		return;
	root = read_state(path, &error);
	kind = json_string_value(json_object_get(root, "kind"));
	card->known = kind && hex_exact(card->mac, 6, json_string_value(json_object_get(root, "card"))) &&
		      !mac_is_zero(card->mac);
	snprintf(card->kind, sizeof(card->kind), "%s", kind ? kind : "");
	json_decref(root);
}

void bridge_state_forget(const char *folder, const char *uplink)
{
	char path[200];

	if (state_path(path, sizeof(path), folder, uplink))
		unlink(path);
}
