/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/report.h"

#include "base/mac.h"
#include "base/text.h"
#include "bridge/log.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const char *const families[] = {
	[MN_MAC] = "mac",
	[MN_IP4] = "ip4",
	[MN_IP6] = "ip6",
	[MN_DHCP_XID] = "dhcp_xid",
	[MN_PROBE4] = "arp_probe",
	[MN_PROBE6] = "dad",
	[MN_ETHERTYPE] = "ethertype",
	[MN_PPPOE] = "pppoe",
	[MN_PPPOE_UNIQ] = "pppoe_uniq",
	[MN_NET4] = "net4",
	[MN_NET6] = "net6",
};

static const char *const kinds[] = {
	[MN_GUEST] = "guest",         [MN_HOST] = "host",       [MN_GATEWAY] = "gateway",
	[MN_BROADCAST] = "broadcast", [MN_STATION] = "station",
};

static const struct {
	uint8_t bit;
	const char *name;
} flag_names[] = {
	{MN_F_PIN, "pin"},     {MN_F_DHCP, "dhcp"},       {MN_F_CONTEST, "contest"},     {MN_F_PROBING, "probing"},
	{MN_F_CONFIG, "conf"}, {MN_F_STATION, "station"}, {MN_F_TENTATIVE, "tentative"}, {MN_F_WIRE, "wire"},
};

#define NAME_IN(table, i) ((size_t)(i) < sizeof(table) / sizeof((table)[0]) && (table)[i] ? (table)[i] : "unknown")

const char *bridge_report_engine(const struct kernel_part *part)
{
	for (int i = 0; i < PART_HOOKS; i++)
		if (part->hooks[i].present)
			return part->hooks[i].method == ATTACH_TCX ? "tcx" : "clsact";
	return "user";
}

const char *bridge_report_address(char text[BRIDGE_ADDRESS_TEXT], const struct mn_key *key)
{
	const uint8_t *addr = key->addr;
	char mac[MAC_TEXT_SIZE];
	size_t len;

	switch ((enum mn_family)key->family) {
	case MN_IP4:
	case MN_PROBE4:
		inet_ntop(AF_INET, addr, text, BRIDGE_ADDRESS_TEXT);
		return text;
	case MN_IP6:
	case MN_PROBE6:
		inet_ntop(AF_INET6, addr, text, BRIDGE_ADDRESS_TEXT);
		return text;
	case MN_NET4:
	case MN_NET6:
		inet_ntop(key->family == MN_NET4 ? AF_INET : AF_INET6, addr, text, BRIDGE_ADDRESS_TEXT);
		len = strlen(text);
		snprintf(text + len, BRIDGE_ADDRESS_TEXT - len, "/%u", key->length);
		return text;
	case MN_MAC:
		return mac_format(text, addr);
	case MN_ETHERTYPE:
	case MN_PPPOE:
		len = (size_t)snprintf(text, BRIDGE_ADDRESS_TEXT, "%s:0x%02x%02x",
				       key->family == MN_ETHERTYPE ? "ethertype" : "session", addr[0], addr[1]);
		if (!mac_is_zero(addr + 2))
			snprintf(text + len, BRIDGE_ADDRESS_TEXT - len, "@%s", mac_format(mac, addr + 2));
		return text;
	case MN_DHCP_XID:
		snprintf(text, BRIDGE_ADDRESS_TEXT, "0x%02x%02x%02x%02x", addr[0], addr[1], addr[2], addr[3]);
		return text;
	case MN_PPPOE_UNIQ:
		break;
	}
	return hex_format(text, addr, sizeof(key->addr));
}

static json_t *port_name_json(const struct netdev_link *links, size_t count, uint32_t port, int bridge)
{
	const struct netdev_link *link = netdev_link_in(links, count, port == 0 ? bridge : (int)port);

	return link ? json_string(link->name)
		    : json_null(); /* a restored binding without traffic, or a port that has just left */
}

static json_t *seconds_since(uint64_t then, uint64_t now)
{
	return then && then <= now ? json_integer((json_int_t)((now - then) / MN_NS_PER_SEC)) : json_integer(0);
}

static json_t *seconds_until(uint64_t then, uint64_t now)
{
	return then ? json_integer(then > now ? (json_int_t)((then - now) / MN_NS_PER_SEC) : 0) : json_null();
}

static json_t *binding_json(const struct store_item *item, const struct netdev_link *links, size_t count, int bridge,
			    uint64_t now)
{
	const struct mn_binding *binding = &item->binding;
	bool has_mac = !mac_is_zero(binding->mac);
	char address[BRIDGE_ADDRESS_TEXT], mac[MAC_TEXT_SIZE];
	json_t *flags = json_array();

	bridge_report_address(address, &item->key);
	mac_format(mac, binding->mac);
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
		if (binding->flags & flag_names[i].bit)
			json_array_append_new(flags, json_string(flag_names[i].name));
	return json_pack("{s:s, s:s, s:i, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I}", "address", address,
			 "family", NAME_IN(families, item->key.family), "vlan", item->key.vlan, "mac",
			 has_mac ? json_string(mac) : json_null(), "port",
			 binding->kind == MN_GUEST || binding->kind == MN_STATION
				 ? port_name_json(links, count, binding->port, bridge)
				 : json_null(),
			 "kind", NAME_IN(kinds, binding->kind), "flags", flags, "age_s",
			 seconds_since(binding->created, now), "seen_s", seconds_since(binding->last_seen, now),
			 "expires_s", seconds_until(binding->expires, now), "out_packets",
			 (json_int_t)binding->out_packets, "out_bytes", (json_int_t)binding->out_bytes, "in_packets",
			 (json_int_t)binding->in_packets, "in_bytes", (json_int_t)binding->in_bytes);
}

/* By kind, family, VLAN and address: a stable order. */
static int compare(const void *a, const void *b)
{
	const struct store_item *left = a, *right = b;

	if (left->binding.kind != right->binding.kind)
		return left->binding.kind - right->binding.kind;
	if (left->key.family != right->key.family)
		return left->key.family - right->key.family;
	if (left->key.vlan != right->key.vlan)
		return left->key.vlan - right->key.vlan;
	return memcmp(left->key.addr, right->key.addr, sizeof(left->key.addr));
}

static int compare_ports(const void *a, const void *b)
{
	const struct store_port *left = a, *right = b;

	return left->ifindex < right->ifindex ? -1 : left->ifindex > right->ifindex;
}

/* The number of guests' bindings of each port, which are in the order of their ifindex; NULL: no memory. */
static json_int_t *count_owned(const struct store_port *ports, size_t count, const struct store_item *items,
			       size_t n_items)
{
	json_int_t *owned = calloc(count + 1, sizeof(*owned));

	for (size_t i = 0; owned && count && i < n_items; i++) {
		const struct store_port wanted = {.ifindex = items[i].binding.port};
		const struct store_port *port = bsearch(&wanted, ports, count, sizeof(*ports), compare_ports);

		if (port && items[i].binding.kind == MN_GUEST)
			owned[port - ports]++;
	}
	return owned;
}

static json_t *ports_json(struct store *store, const struct store_item *items, size_t n_items,
			  const struct netdev_link *links, size_t n_links, int bridge)
{
	struct store_port *ports = NULL;
	size_t count = 0;
	json_t *list = json_array();
	json_int_t *owned;

	store->ops->ports(store, &ports, &count);
	if (count)
		qsort(ports, count, sizeof(*ports), compare_ports);
	owned = count_owned(ports, count, items, n_items);
	for (size_t i = 0; i < count && owned; i++)
		json_array_append_new(list, json_pack("{s:o, s:I, s:I, s:I, s:I, s:I}", "port",
						      port_name_json(links, n_links, ports[i].ifindex, bridge),
						      "bindings", owned[i], "learned", (json_int_t)ports[i].n_learned,
						      "evicted", (json_int_t)ports[i].n_evicted, "refused",
						      (json_int_t)ports[i].n_refused, "limited",
						      (json_int_t)ports[i].n_limited));
	free(owned);
	free(ports);
	return list;
}

static const char *const count_names[MN_COUNTS] = {
#define X(id, name, sentence) [MN_COUNT_##id] = name,
	MN_COUNT_LIST(X)
#undef X
};

static void counters_json(struct store *store, json_t **drops, json_t **counts)
{
	uint64_t drop_values[DROP_COUNT] = {0}, count_values[MN_COUNTS] = {0};

	store->ops->counters(store, drop_values, count_values);
	*drops = json_object();
	*counts = json_object();
	for (int i = NOT_DROPPED + 1; i < DROP_COUNT; i++)
		json_object_set_new(*drops, drop_name((enum drop)i), json_integer((json_int_t)drop_values[i]));
	for (int i = 0; i < MN_COUNTS; i++)
		json_object_set_new(*counts, count_names[i], json_integer((json_int_t)count_values[i]));
}

/* The limits of a port, as the configuration names them. */
static json_t *limits_json(const struct mn_config *config)
{
	uint64_t interval = config->learn_interval_ns;

	return json_pack("{s:i, s:i, s:I, s:I}", "ports", MN_PORTS_MAX - 1, "port_cap", (int)config->port_cap,
			 "learn_rate", (json_int_t)(interval ? MN_NS_PER_SEC / interval : 0), "learn_burst",
			 (json_int_t)(interval ? config->learn_credit_ns / interval : 0));
}

static const char *link_name(const struct netdev_link *links, size_t count, int ifindex)
{
	const struct netdev_link *link = netdev_link_in(links, count, ifindex);

	return link ? link->name : NULL;
}

json_t *bridge_report_json(struct netdev *nd, struct store *store, int uplink, int bridge, const char *engine,
			   bool running, pid_t pid)
{
	struct store_item *items = NULL;
	struct netdev_link *links = NULL;
	struct mn_config config = {0};
	size_t n_items = 0, n_links = 0;
	uint64_t now = bridge_now();
	json_t *bindings = json_array(), *drops, *counts, *report;
	char mac[MAC_TEXT_SIZE];

	if (store->ops->list(store, &items, &n_items) < 0 || store->ops->config_get(store, &config) < 0) {
		json_decref(bindings);
		free(items);
		return NULL;
	}
	netdev_links(nd, &links, &n_links);
	if (n_items)
		qsort(items, n_items, sizeof(*items), compare);
	for (size_t i = 0; i < n_items; i++)
		json_array_append_new(bindings, binding_json(&items[i], links, n_links, bridge, now));
	counters_json(store, &drops, &counts);
	mac_format(mac, config.uplink_mac);
	report = json_pack("{s:s?, s:s?, s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "uplink",
			   link_name(links, n_links, uplink), "bridge", link_name(links, n_links, bridge), "mac", mac,
			   "engine", engine, "running", running, "pid", pid ? json_integer(pid) : json_null(), "limits",
			   limits_json(&config), "bindings", bindings, "ports",
			   ports_json(store, items, n_items, links, n_links, bridge), "counts", counts, "drops", drops);
	free(items);
	free(links);
	return report;
}
