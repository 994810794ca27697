/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/request.h"

#include "base/mac.h"
#include "bridge/bridge.h"
#include "bridge/clones.h"
#include "bridge/departed.h"
#include "bridge/events.h"
#include "bridge/log.h"
#include "bridge/names.h"
#include "bridge/network_pin.h"
#include "bridge/policy/static_bindings.h"
#include "bridge/report_binding.h"
#include "bridge/report.h"
#include "bridge/report_guests.h"
#include "bridge/routers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether a key can be pinned to a MAC address: 0, or a negative errno with an error. `old`: its binding, or NULL. */
static int check_pin(const uint8_t mac[6], const struct mn_key *key, const struct mn_binding *old, struct error *error)
{
	char text[BRIDGE_ADDRESS_TEXT], mac_text[MAC_TEXT_SIZE];
	const char *address = bridge_report_address(text, key);

	if (!bridge_can_pin(key))
		return error_set(error, -EINVAL,
				 "cannot pin %s; name an IP address of a guest, a network behind it, or an ethertype",
				 address);
	if (mac_is_group(mac) || mac_is_zero(mac))
		return error_set(error, -EINVAL,
				 "no guest can have the MAC address %s; use the one of the guest's interface",
				 mac_format(mac_text, mac));
	if (!old)
		return 0;
	if (old->kind == MN_HOST)
		return error_set(error, -EEXIST, "%s is an address of this host, and cannot be pinned to a guest",
				 address);
	if (old->kind == MN_BROADCAST)
		return error_set(error, -EEXIST,
				 "%s is the broadcast address of the uplink's subnet, and cannot be pinned to a guest",
				 address);
	if (!(old->flags & (MN_F_PIN | MN_F_CONFIG)) || mac_equal(old->mac, mac))
		return 0;
	mac_format(mac_text, old->mac);
	if (old->flags & MN_F_CONFIG)
		return error_set(error, -EEXIST, "the configuration pins %s to %s; change it there", address, mac_text);
	return error_set(error, -EEXIST, "%s is pinned to %s; run `vifi bridge forget` for it first", address,
			 mac_text);
}

int request_pin(struct store *store, const uint8_t mac[6], const struct mn_key *key, uint32_t port, struct error *error)
{
	struct static_binding pin = {.key = *key, .kind = MN_GUEST, .flags = MN_F_PIN};
	struct mn_binding old, binding;
	bool exists = store->ops->get(store, key, &old) == 0;
	char text[BRIDGE_ADDRESS_TEXT];
	int ret = check_pin(mac, key, exists ? &old : NULL, error);

	if (ret < 0)
		return ret;
	mac_copy(pin.mac, mac);
	if (exists && mac_equal(old.mac, mac)) {
		port = old.port;
		pin.flags |= old.flags & MN_F_CONFIG;
	}
	binding = static_binding_make(&pin, exists ? &old : NULL, port, bridge_now());
	ret = store->ops->put(store, key, &binding);
	if (ret < 0)
		return error_set(error, ret,
				 "cannot add %s to the table of bindings: %s; `vifi bridge forget` makes room",
				 bridge_report_address(text, key), strerror(-ret));
	network_pin_clear(store, key, mac);
	if (exists && old.kind == MN_GATEWAY)
		bridge_log("%s is a next hop of this host; from now on this host reaches it through this guest",
			   bridge_report_address(text, key));
	return 0;
}

/* Whether a request to forget `key` includes this binding, by its key or by its owner. */
static bool matches(const struct store_item *item, const struct mn_key *key)
{
	if (item->binding.kind != MN_GUEST)
		return false;
	if (!key)
		return !(item->binding.flags & MN_F_PIN);
	if (key->family == MN_MAC)
		return mac_equal(item->binding.mac, key->addr) && !(item->binding.flags & MN_F_CONFIG);
	return !memcmp(&item->key, key, sizeof(*key));
}

int request_forget(struct store *store, const struct mn_key *key, struct error *error)
{
	char text[BRIDGE_ADDRESS_TEXT];
	struct store_item *items;
	size_t count;
	int deleted = 0, ret = store->ops->list(store, &items, &count);

	if (ret < 0)
		return error_set(error, ret, "cannot read the table of bindings: %s", strerror(-ret));
	for (size_t i = 0; i < count; i++) {
		if (!matches(&items[i], key))
			continue;
		if (items[i].binding.flags & MN_F_CONFIG) {
			error_set(error, -EPERM,
				  "cannot forget %s: it is an address of this host, or the configuration pins it; "
				  "change the configuration",
				  bridge_report_address(text, &items[i].key));
			free(items);
			return -EPERM;
		}
		if (store->ops->del(store, &items[i].key) == 0)
			deleted++;
	}
	free(items);
	return deleted;
}

static json_t *error_json(const char *text)
{
	return json_pack("{s:s}", "error", text);
}

static json_t *handle_pin(struct bridge *bridge, const json_t *request)
{
	const char *mac_text = json_string_value(json_object_get(request, "mac"));
	const json_t *keys = json_object_get(request, "keys"), *item;
	struct error error = {{0}};
	struct mn_key key;
	uint8_t mac[6];
	size_t i;

	if (!mac_text || !bridge_parse_mac(mac, mac_text))
		return error_json("`mac` is missing or not a MAC address");
	for (i = 0; i < json_array_size(keys); i++) {
		item = json_array_get(keys, i);
		if (!json_is_string(item) || !bridge_parse_key(&key, json_string_value(item)))
			return error_json("`keys` contains something other than an address or an ethertype");
		if (request_pin(bridge->store, mac, &key, UINT32_MAX, &error) < 0)
			return error_json(error.text);
	}
	return json_pack("{s:b, s:i}", "ok", 1, "count", (int)i);
}

static json_t *handle_forget(struct bridge *bridge, const json_t *request)
{
	const char *text = json_string_value(json_object_get(request, "key"));
	bool all = json_is_true(json_object_get(request, "all"));
	struct error error = {{0}};
	struct mn_key key;
	int ret;

	if (!all && (!text || !bridge_parse_key(&key, text)))
		return error_json("`key` is missing or not an address");
	ret = request_forget(bridge->store, all ? NULL : &key, &error);
	return ret < 0 ? error_json(error.text) : json_pack("{s:b, s:i}", "ok", 1, "count", ret);
}

static json_t *shortcut_json(const struct bridge *bridge)
{
	json_t *json = json_pack("{s:s, s:s}", "state", shortcut_name(bridge->shortcut), "why",
				 shortcut_reason(bridge->shortcut));
	char mac[MAC_TEXT_SIZE];

	if (bridge->shortcut == SHORTCUT_FDB)
		json_object_set_new(json, "guest", json_string(mac_format(mac, bridge->shortcut_guest)));
	return json;
}

json_t *request_process_json(const struct bridge *bridge)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "names", bridge_names_json(bridge->names), "traffic",
			 bridge_traffic_json(bridge->traffic, bridge_now()), "shortcut", shortcut_json(bridge),
			 "clones", clones_json(bridge), "routers", routers_json(bridge), "departed",
			 departed_json(bridge), "events",
			 bridge->events ? bridge_events_json(bridge->events) : json_array());
}

static json_t *handle_show(const struct bridge *bridge, const json_t *request)
{
	struct bridge_report_source source = {
		.nd = bridge->nd,
		.store = bridge->store,
		.uplink = bridge->uplink_gone ? 0 : bridge->uplink.ifindex,
		.uplink_name = bridge->uplink.name,
		.bridge = bridge->bridge_gone ? 0 : bridge->bridge.ifindex,
		.engine = bridge_report_engine(&bridge->part),
		.running = true,
		.pid = getpid(),
		.process = request_process_json(bridge),
		.without_bindings = json_is_false(json_object_get(request, "bindings")),
	};
	json_t *report = bridge_report_json(&source);

	json_decref((json_t *)(uintptr_t)source.process);
	return report ? report : error_json("cannot read the tables");
}

bool request_only_reads(const json_t *request)
{
	const char *what = json_string_value(json_object_get(request, "ask"));

	return what && (!strcmp(what, "show") || !strcmp(what, "process") || !strcmp(what, "uplink"));
}

json_t *request_answer(struct bridge *bridge, const json_t *request)
{
	const char *what = json_string_value(json_object_get(request, "ask"));

	if (what && !strcmp(what, "show"))
		return handle_show(bridge, request);
	if (what && !strcmp(what, "process"))
		return request_process_json(bridge);
	if (what && !strcmp(what, "uplink"))
		return json_pack("{s:s, s:i}", "uplink", bridge->uplink.name, "ifindex", bridge->uplink.ifindex);
	if (what && !strcmp(what, "pin"))
		return handle_pin(bridge, request);
	if (what && !strcmp(what, "forget"))
		return handle_forget(bridge, request);
	return NULL;
}
