/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bindings over a restart (rule 4): a JSON file with what guests own.  Times in it are seconds before it was written,
 * and it bears the wall clock's time of writing, so that it means the same after a reboot.
 */
#include "bridge/bridge.h"

#include "bridge/policy/ageing.h"
#include "base/mac.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { STATE_FORMAT = 1 };

/*
 * One folder may serve several network namespaces, in which interfaces have the same names: the kernel numbers them, and
 * never gives a number (SO_NETNS_COOKIE, Linux 5.14) twice.
 */
static bool path_of(char *path, size_t size, const char *folder, const char *uplink)
{
	uint64_t cookie = 0;
	socklen_t length = sizeof(cookie);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0) {
		getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &length);
		close(fd);
	}
	return strcmp(folder, "none") &&
	       snprintf(path, size, "%s/%llu-%s.json", folder, (unsigned long long)cookie, uplink) < (int)size;
}

static json_t *hex(const uint8_t *bytes, size_t size)
{
	char text[2 * 16 + 1] = "";

	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return json_string(text);
}

static bool unhex(uint8_t *bytes, size_t size, const char *text)
{
	if (!text || strlen(text) != 2 * size)
		return false;
	for (size_t i = 0; i < size; i++) {
		unsigned int byte;
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return false;
		bytes[i] = (uint8_t)byte;
	}
	return true;
}

/* Worth keeping: what a guest owns for longer than a transaction. Pins of the configuration come from there again. */
static bool lasting(const struct store_item *i)
{
	return i->binding.kind == MN_GUEST && !(i->binding.flags & MN_F_CONF) &&
	       (i->key.family == MN_IP4 || i->key.family == MN_IP6 || i->key.family == MN_MAC ||
		i->key.family == MN_TALK || i->key.family == MN_PPPOE);
}

static double seconds(uint64_t ns)
{
	return (double)ns / (double)MN_NS_PER_SEC;
}

static json_t *item_json(const struct store_item *i, uint64_t now)
{
	const struct mn_binding *b = &i->binding;

	return json_pack("{s:i, s:i, s:o, s:o, s:i, s:i, s:f, s:f, s:f}", "family", i->key.family, "vlan", i->key.vlan,
			 "key", hex(i->key.addr, 16), "mac", hex(b->mac, 6), "flags", b->flags & (MN_F_PIN | MN_F_DHCP),
			 "aux", (int)b->aux, "age", seconds(now > b->born ? now - b->born : 0), "seen",
			 seconds(now > b->seen ? now - b->seen : 0), "left",
			 b->expires > now ? seconds(b->expires - now) : 0.0);
}

static int write_file(const char *path, const json_t *json)
{
	char temporary[256];

	/* A reader finds the old one or the new one, never a half. */
	snprintf(temporary, sizeof(temporary), "%s.new", path);
	if (json_dump_file(json, temporary, JSON_COMPACT) < 0)
		return -errno;
	if (chmod(temporary, 0600) < 0 || rename(temporary, path) < 0) {
		int r = -errno;
		unlink(temporary);
		return r;
	}
	return 0;
}

void bridge_state_save(const struct bridge *b)
{
	char path[200];
	struct store_item *items;
	size_t count;
	uint64_t now = bridge_now();

	if (!path_of(path, sizeof(path), b->conf->state, b->conf->uplink))
		return;
	if (b->store->ops->list(b->store, &items, &count) < 0)
		return;
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		if (lasting(&items[i]))
			json_array_append_new(list, item_json(&items[i], now));
	free(items);
	json_t *all = json_pack("{s:i, s:I, s:o, s:o}", "format", STATE_FORMAT, "written", (json_int_t)time(NULL), "w",
				hex(b->config.w, 6), "bindings", list);
	mkdir(b->conf->state, 0700);
	int r = write_file(path, all);
	if (r < 0)
		bridge_say("the bindings could not be saved to %s: %s", path, strerror(-r));
	json_decref(all);
}

static uint64_t ns(double s)
{
	return s > 0 && s < 1e9 ? (uint64_t)(s * (double)MN_NS_PER_SEC) : 0;
}

/* Reads one saved binding, `gone` seconds later. False: it is malformed or has ended. */
static bool item_read(struct store_item *i, json_t *json, double gone, uint64_t age)
{
	const char *key, *mac;
	double born, seen, left;
	int family, vlan, flags, aux;
	uint64_t now = bridge_now();

	memset(i, 0, sizeof(*i));
	if (json_unpack(json, "{s:i, s:i, s:s, s:s, s:i, s:i, s:F, s:F, s:F}", "family", &family, "vlan", &vlan, "key",
			&key, "mac", &mac, "flags", &flags, "aux", &aux, "age", &born, "seen", &seen, "left",
			&left) < 0)
		return false;
	if (!unhex(i->key.addr, 16, key) || !unhex(i->binding.mac, 6, mac) || mac_is_group(i->binding.mac))
		return false;
	i->key.family = (uint8_t)family;
	i->key.vlan = (uint16_t)vlan;
	i->binding.flags = (uint8_t)flags & (MN_F_PIN | MN_F_DHCP);
	i->binding.aux = (uint32_t)aux;
	i->binding.slot = MN_NO_SLOT;
	i->binding.port = UINT32_MAX;
	/* The clock of the bindings starts at boot: what is older than that is as old as that. */
	uint64_t silent = ns(seen + gone), alive = ns(born + gone);
	i->binding.seen = now > silent ? now - silent : 1;
	i->binding.born = now > alive ? now - alive : 1;
	if (left > gone)
		i->binding.expires = now + ns(left - gone);
	if (!lasting(i))
		return false;
	return ageing_deadline(&i->key, &i->binding, age) > now && (silent < now || (flags & MN_F_PIN) || left > gone);
}

static void load_bindings(const struct bridge *b, const json_t *list, double gone)
{
	size_t index;
	struct store_item item;
	struct mn_binding there;
	json_t *one;

	json_array_foreach(list, index, one)
	{
		if (index >= MN_TABLE_MAX || !item_read(&item, one, gone, b->conf->age * MN_NS_PER_SEC))
			continue;
		item.binding.port = bridge_port_of(b, item.binding.mac);
		if (b->store->ops->get(b->store, &item.key, &there) == -ENOENT)
			b->store->ops->put(b->store, &item.key, &item.binding);
	}
}

void bridge_state_load(const struct bridge *b, uint8_t w[6])
{
	char path[200];
	uint8_t then[6];

	if (!path_of(path, sizeof(path), b->conf->state, b->conf->uplink))
		return;
	json_t *all = json_load_file(path, 0, NULL);
	if (!all) {
		if (access(path, F_OK) == 0)
			bridge_say("the bindings saved in %s cannot be read, and are learned anew", path);
		return;
	}
	double gone = difftime(time(NULL), (time_t)json_integer_value(json_object_get(all, "written")));
	if (json_integer_value(json_object_get(all, "format")) == STATE_FORMAT && gone >= 0) {
		load_bindings(b, json_object_get(all, "bindings"), gone);
		if (unhex(then, 6, json_string_value(json_object_get(all, "w"))))
			memcpy(w, then, 6);
	}
	json_decref(all);
}

void bridge_state_forget(const char *folder, const char *uplink)
{
	char path[200];

	if (path_of(path, sizeof(path), folder, uplink))
		unlink(path);
}
