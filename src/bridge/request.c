/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/request.h"

#include "bridge/bridge.h"
#include "bridge/report.h"
#include "base/mac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int request_pin(struct store *s, const uint8_t mac[6], const struct mn_key *key, uint32_t port, struct why *why)
{
	struct standing pin = {.key = *key, .kind = MN_GUEST, .flags = MN_F_PIN};
	struct mn_binding old;
	bool there = s->ops->get(s, key, &old) == 0;

	if (key->family != MN_IP4 && key->family != MN_IP6 && key->family != MN_TALK)
		return why_set(why, -EINVAL, "only IP addresses and ethertypes can be pinned");
	if (mac_is_group(mac) || mac_is_zero(mac))
		return why_set(why, -EINVAL, "no guest has such a MAC address");
	if (there && old.kind == MN_HOST)
		return why_set(why, -EEXIST, "that is an address of this host");
	if (there && old.kind == MN_BROADCAST)
		return why_set(why, -EEXIST, "that is the broadcast address of the uplink's subnet");
	if (there && (old.flags & MN_F_CONF) && !mac_equal(old.mac, mac))
		return why_set(why, -EEXIST, "that is pinned to another guest by the configuration; change it there");
	if (there && (old.flags & MN_F_PIN) && !mac_equal(old.mac, mac))
		return why_set(why, -EEXIST, "that is pinned to another guest; `vifi bridge forget` it first");
	memcpy(pin.mac, mac, 6);
	if (there && mac_equal(old.mac, mac)) {
		port = old.port;
		pin.flags |= old.flags & MN_F_CONF;
	}
	struct mn_binding b = standing_binding(&pin, there ? &old : NULL, port, bridge_now());
	int r = s->ops->put(s, key, &b);
	return r < 0 ? why_set(why, r, "the table takes no more: %s", strerror(-r)) : 0;
}

/* Whether `key` means this binding: by its address, or by its owner. */
static bool meant(const struct store_item *i, const struct mn_key *key)
{
	if (i->binding.kind != MN_GUEST)
		return false;
	if (!key)
		return !(i->binding.flags & MN_F_PIN);
	if (key->family == MN_MAC)
		return mac_equal(i->binding.mac, key->addr) && !(i->binding.flags & MN_F_CONF);
	return !memcmp(&i->key, key, sizeof(*key));
}

int request_forget(struct store *s, const struct mn_key *key, struct why *why)
{
	struct store_item *items;
	size_t count;
	int gone = 0;

	int r = s->ops->list(s, &items, &count);
	if (r < 0)
		return why_set(why, r, "the table cannot be read: %s", strerror(-r));
	for (size_t i = 0; i < count; i++) {
		if (!meant(&items[i], key))
			continue;
		if (items[i].binding.flags & MN_F_CONF) {
			free(items);
			return why_set(why, -EPERM,
				       "that is pinned by the configuration, or is an address of this host; it cannot "
				       "be forgotten");
		}
		if (s->ops->del(s, &items[i].key) == 0)
			gone++;
	}
	free(items);
	return gone;
}

static json_t *error(const char *text)
{
	return json_pack("{s:s}", "error", text);
}

static json_t *pin(struct bridge *b, const json_t *request)
{
	const char *mac_text = json_string_value(json_object_get(request, "mac"));
	const json_t *keys = json_object_get(request, "keys"), *one;
	struct why why = {{0}};
	struct mn_key key;
	uint8_t mac[6];
	size_t i;

	if (!mac_text || !bridge_mac_read(mac, mac_text))
		return error("no MAC address");
	for (i = 0; i < json_array_size(keys); i++) {
		one = json_array_get(keys, i);
		if (!json_is_string(one) || !bridge_key_read(&key, json_string_value(one)))
			return error("no address");
		if (request_pin(b->store, mac, &key, UINT32_MAX, &why) < 0)
			return error(why.text);
	}
	return json_pack("{s:b, s:i}", "ok", 1, "count", (int)i);
}

static json_t *forget(struct bridge *b, const json_t *request)
{
	const char *text = json_string_value(json_object_get(request, "key"));
	bool all = json_is_true(json_object_get(request, "all"));
	struct why why = {{0}};
	struct mn_key key;

	if (!all && (!text || !bridge_key_read(&key, text)))
		return error("no address");
	int r = request_forget(b->store, all ? NULL : &key, &why);
	return r < 0 ? error(why.text) : json_pack("{s:b, s:i}", "ok", 1, "count", r);
}

/* Only the process knows: whoever shows the tables without it asks for this. */
static json_t *shortcut(const struct bridge *b)
{
	return json_pack("{s:s, s:s}", "state", shortcut_name(b->shortcut), "why", shortcut_why(b->shortcut));
}

static json_t *show(struct bridge *b)
{
	json_t *view =
		view_json(b->nd, b->store, b->uplink.ifindex, b->bridge.ifindex, view_engine(&b->part), getpid());

	json_object_set_new(view, "shortcut", shortcut(b));
	return view;
}

json_t *request_answer(struct bridge *b, const json_t *request)
{
	const char *what = json_string_value(json_object_get(request, "ask"));

	if (what && !strcmp(what, "show"))
		return show(b);
	if (what && !strcmp(what, "shortcut"))
		return shortcut(b);
	if (what && !strcmp(what, "pin"))
		return pin(b, request);
	if (what && !strcmp(what, "forget"))
		return forget(b, request);
	return NULL;
}
