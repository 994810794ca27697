/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/report.h"

#include "bridge/bridge.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const char *const families[] = {
	[MN_MAC] = "mac",        [MN_IP4] = "ip4",          [MN_IP6] = "ip6",
	[MN_XID] = "dhcp_xid",   [MN_PROBE4] = "arp_probe", [MN_PROBE6] = "dad",
	[MN_TALK] = "ethertype", [MN_PPPOE] = "pppoe",      [MN_UNIQ] = "pppoe_uniq",
};

static const char *const kinds[] = {
	[MN_GUEST] = "guest",
	[MN_HOST] = "host",
	[MN_GATEWAY] = "gateway",
	[MN_BROADCAST] = "broadcast",
};

static const struct {
	uint8_t bit;
	const char *name;
} flag_names[] = {
	{MN_F_PIN, "pin"},         {MN_F_DHCP, "dhcp"}, {MN_F_CONTEST, "contest"},
	{MN_F_PROBING, "probing"}, {MN_F_CONF, "conf"},
};

#define NAME(table, i) ((size_t)(i) < sizeof(table) / sizeof((table)[0]) && (table)[i] ? (table)[i] : "unknown")

const char *view_engine(const struct kernel_part *part)
{
	for (int i = 0; i < PART_HOOKS; i++)
		if (part->at[i].present)
			return part->at[i].way == ATTACH_TCX ? "tcx" : "clsact";
	return "user";
}

static void mac_text(char text[18], const uint8_t mac[6])
{
	snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static void address_text(char *text, size_t size, const struct mn_key *k)
{
	const uint8_t *a = k->addr;
	char mac[18];

	switch ((enum mn_family)k->family) {
	case MN_IP4:
	case MN_PROBE4:
		inet_ntop(AF_INET, a, text, (socklen_t)size);
		return;
	case MN_IP6:
	case MN_PROBE6:
		inet_ntop(AF_INET6, a, text, (socklen_t)size);
		return;
	case MN_MAC:
		mac_text(mac, a);
		snprintf(text, size, "%s", mac);
		return;
	case MN_TALK:
	case MN_PPPOE:
		mac_text(mac, a + 2);
		snprintf(text, size, "%s:0x%02x%02x", k->family == MN_TALK ? "ethertype" : "session", a[0], a[1]);
		if (memcmp(a + 2, (const uint8_t[6]){0}, 6))
			snprintf(text + strlen(text), size - strlen(text), "@%s", mac);
		return;
	case MN_XID:
		snprintf(text, size, "0x%02x%02x%02x%02x", a[0], a[1], a[2], a[3]);
		return;
	case MN_UNIQ:
		break;
	}
	for (size_t i = 0; i < 16 && 2 * i + 3 <= size; i++)
		snprintf(text + 2 * i, 3, "%02x", a[i]);
}

static json_t *port_name(const struct netdev_link *links, size_t count, uint32_t port, int bridge)
{
	const struct netdev_link *l = netdev_link_in(links, count, port == 0 ? bridge : (int)port);

	return l ? json_string(l->name) : json_null(); /* restored, and not heard of since; or gone a moment ago */
}

static json_t *since(uint64_t then, uint64_t now)
{
	return then && then <= now ? json_integer((json_int_t)((now - then) / MN_NS_PER_SEC)) : json_integer(0);
}

static json_t *until(uint64_t then, uint64_t now)
{
	return then ? json_integer(then > now ? (json_int_t)((then - now) / MN_NS_PER_SEC) : 0) : json_null();
}

static json_t *binding(const struct store_item *i, const struct netdev_link *links, size_t count, int bridge,
		       uint64_t now)
{
	const struct mn_binding *b = &i->binding;
	char address[64], mac[18];
	json_t *flags = json_array();

	address_text(address, sizeof(address), &i->key);
	mac_text(mac, b->mac);
	for (size_t f = 0; f < sizeof(flag_names) / sizeof(flag_names[0]); f++)
		if (b->flags & flag_names[f].bit)
			json_array_append_new(flags, json_string(flag_names[f].name));
	bool has_mac = b->kind == MN_GUEST || b->kind == MN_HOST;
	return json_pack(
		"{s:s, s:s, s:i, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I}", "address", address, "family",
		NAME(families, i->key.family), "vlan", i->key.vlan, "mac", has_mac ? json_string(mac) : json_null(),
		"port", b->kind == MN_GUEST ? port_name(links, count, b->port, bridge) : json_null(), "kind",
		NAME(kinds, b->kind), "flags", flags, "age_s", since(b->born, now), "seen_s", since(b->seen, now),
		"expires_s", until(b->expires, now), "out_packets", (json_int_t)b->out_packets, "out_bytes",
		(json_int_t)b->out_bytes, "in_packets", (json_int_t)b->in_packets, "in_bytes", (json_int_t)b->in_bytes);
}

/* By kind of key, then VLAN, then address: an order that a person finds things in, and that does not change. */
static int compare(const void *a, const void *b)
{
	const struct store_item *x = a, *y = b;

	if (x->binding.kind != y->binding.kind)
		return x->binding.kind - y->binding.kind;
	if (x->key.family != y->key.family)
		return x->key.family - y->key.family;
	if (x->key.vlan != y->key.vlan)
		return x->key.vlan - y->key.vlan;
	return memcmp(x->key.addr, y->key.addr, sizeof(x->key.addr));
}

static json_t *ports_json(struct store *s, const struct store_item *items, size_t n, const struct netdev_link *links,
			  size_t n_links, int bridge)
{
	struct store_port *ports = NULL;
	size_t count = 0;
	json_t *list = json_array();

	s->ops->ports(s, &ports, &count);
	for (size_t i = 0; i < count; i++) {
		json_int_t owned = 0;
		for (size_t k = 0; k < n; k++)
			owned += items[k].binding.kind == MN_GUEST && items[k].binding.port == ports[i].port;
		json_array_append_new(list,
				      json_pack("{s:o, s:I, s:I, s:I, s:I, s:I}", "port",
						port_name(links, n_links, ports[i].port, bridge), "bindings", owned,
						"learned", (json_int_t)ports[i].learned, "evicted",
						(json_int_t)ports[i].evicted, "refused", (json_int_t)ports[i].refused,
						"limited", (json_int_t)ports[i].limited));
	}
	free(ports);
	return list;
}

static const char *const count_names[MN_N_COUNT] = {
#define X(id, name, sentence) [MN_N_##id] = name,
	MN_COUNT_LIST(X)
#undef X
};

static void counters_json(struct store *s, json_t **drops, json_t **counts)
{
	uint64_t d[DROP_COUNT] = {0}, c[MN_N_COUNT] = {0};

	s->ops->counters(s, d, c);
	*drops = json_object();
	*counts = json_object();
	for (int i = NOT_DROPPED + 1; i < DROP_COUNT; i++)
		json_object_set_new(*drops, drop_name((enum drop)i), json_integer((json_int_t)d[i]));
	for (int i = 0; i < MN_N_COUNT; i++)
		json_object_set_new(*counts, count_names[i], json_integer((json_int_t)c[i]));
}

static const char *name_of(const struct netdev_link *links, size_t count, int ifindex)
{
	const struct netdev_link *l = netdev_link_in(links, count, ifindex);

	return l ? l->name : NULL;
}

json_t *view_json(struct netdev *nd, struct store *s, int uplink, int bridge, const char *engine, pid_t pid)
{
	struct store_item *items = NULL;
	struct netdev_link *links = NULL;
	struct mn_config config = {0};
	size_t n = 0, n_links = 0;
	uint64_t now = bridge_now();
	json_t *bindings = json_array(), *drops, *counts;
	char mac[18];

	if (s->ops->list(s, &items, &n) < 0 || s->ops->config_get(s, &config) < 0) {
		json_decref(bindings);
		free(items);
		return NULL;
	}
	netdev_links(nd, &links, &n_links);
	if (n)
		qsort(items, n, sizeof(*items), compare);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(bindings, binding(&items[i], links, n_links, bridge, now));
	counters_json(s, &drops, &counts);
	mac_text(mac, config.w);
	json_t *view =
		json_pack("{s:s?, s:s?, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "uplink", name_of(links, n_links, uplink),
			  "bridge", name_of(links, n_links, bridge), "mac", mac, "engine", engine, "pid",
			  pid ? json_integer(pid) : json_null(), "bindings", bindings, "ports",
			  ports_json(s, items, n, links, n_links, bridge), "counts", counts, "drops", drops);
	free(items);
	free(links);
	return view;
}
