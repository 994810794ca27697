/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Following the machine.  The kernel's notes are only a bell: at each ring everything is looked at again and the tables
 * are made to agree.  So a note that was lost, or came while nobody listened, does no harm.
 */
#include "bridge/bridge.h"

#include "netdev/neigh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int bridge_port_mtu(const struct netdev_link *links, size_t count, const struct netdev_link *uplink,
		    const struct netdev_link *bridge, int port)
{
	/*
	 * The bridge's MTU is the least of its ports', so a port with the greatest of all does not change it, and lets
	 * every frame that a guest may send come as far as our hook, where one that is too long is dropped by name.
	 */
	int mtu = uplink->mtu;

	for (size_t i = 0; i < count; i++)
		if (links[i].master == bridge->ifindex && links[i].ifindex != port && links[i].mtu > mtu)
			mtu = links[i].mtu;
	return mtu;
}

struct snapshot {
	struct netdev_link *links;
	struct netdev_addr *addrs;
	struct netdev_gateway *gateways;
	size_t n_links, n_addrs, n_gateways;
};

static void snapshot_free(struct snapshot *s)
{
	free(s->links);
	free(s->addrs);
	free(s->gateways);
}

static bool snapshot_take(struct bridge *b, struct snapshot *s)
{
	memset(s, 0, sizeof(*s));
	return netdev_links(b->nd, &s->links, &s->n_links) == 0 && netdev_addrs(b->nd, &s->addrs, &s->n_addrs) == 0 &&
	       netdev_gateways(b->nd, &s->gateways, &s->n_gateways) == 0;
}

/* ---- standing bindings ---- */

static struct standing_address address_of(const struct netdev_addr *a)
{
	struct standing_address s = {
		.family = a->family == AF_INET ? MN_IP4 : MN_IP6,
		.prefix_length = a->prefix_length,
		.has_broadcast = a->has_broadcast,
	};

	memcpy(s.addr, a->addr, sizeof(s.addr));
	memcpy(s.broadcast, a->broadcast, sizeof(s.broadcast));
	return s;
}

/* A guest with the gateway's MAC address would have all frames for it: that address is the gateway's, too (rule 2). */
static bool want_gateway_mac(struct bridge *b, const struct netdev_gateway *gw, const struct mn_key *key,
			     struct standing_list *l)
{
	const struct standing *s = standing_find(l, key);
	struct mn_key mac = {.family = MN_MAC};

	if (!s || s->kind != MN_GATEWAY || netdev_neighbour(gw->ifindex, gw->family, gw->addr, mac.addr) < 0 ||
	    !memcmp(mac.addr, b->uplink.mac, 6))
		return true;
	netdev_fdb_hold(b->port.ifindex, mac.addr); /* the bridge must not believe such a guest either */
	return standing_add(l, &mac, NULL, MN_GATEWAY, 0);
}

/* In the order of standing.h: what comes first has the key. */
static bool want(struct bridge *b, const struct snapshot *s, struct standing_list *l)
{
	bool ok = true;

	for (size_t i = 0; i < s->n_addrs; i++) {
		struct standing_address a = address_of(&s->addrs[i]);
		if (s->addrs[i].ifindex == b->uplink.ifindex)
			ok &= standing_host(l, &a, b->uplink.mac);
	}
	for (size_t i = 0; i < b->conf->pins.count; i++) {
		const struct bridge_pin *p = &b->conf->pins.pin[i];
		ok &= standing_add(l, &p->key, p->mac, MN_GUEST, MN_F_PIN | MN_F_CONF);
	}
	for (size_t i = 0; i < s->n_addrs; i++) {
		struct standing_address a = address_of(&s->addrs[i]);
		struct mn_key key = {.family = a.family};
		memcpy(key.addr, a.addr, sizeof(key.addr));
		if (s->addrs[i].ifindex == b->bridge.ifindex)
			ok &= standing_add(l, &key, b->bridge.mac, MN_GUEST, MN_F_PIN | MN_F_CONF);
	}
	for (size_t i = 0; i < s->n_gateways; i++) {
		struct mn_key key = {.family = s->gateways[i].family == AF_INET ? MN_IP4 : MN_IP6};
		memcpy(key.addr, s->gateways[i].addr, sizeof(key.addr));
		if (s->gateways[i].ifindex == b->uplink.ifindex)
			ok &= standing_add(l, &key, NULL, MN_GATEWAY, 0) &&
			      want_gateway_mac(b, &s->gateways[i], &key, l);
	}
	for (size_t i = 0; i < s->n_addrs; i++) {
		struct standing_address a = address_of(&s->addrs[i]);
		if (s->addrs[i].ifindex == b->uplink.ifindex)
			ok &= standing_broadcast(l, &a);
	}
	return ok;
}

uint32_t bridge_port_of(const struct bridge *b, const uint8_t mac[6])
{
	if (!memcmp(mac, b->bridge.mac, 6))
		return 0;
	int port = netdev_fdb_port(b->nd, b->bridge.ifindex, mac);
	return port > 0 && port != b->port.ifindex ? (uint32_t)port : UINT32_MAX;
}

/* Puts what is wanted and not there; takes away what stood there and is not wanted any more. */
static void agree(struct bridge *b, const struct standing_list *l)
{
	struct store_item *items = NULL;
	size_t n = 0;
	struct mn_binding old;

	for (size_t i = 0; i < l->count; i++) {
		const struct standing *s = &l->items[i];
		bool there = b->store->ops->get(b->store, &s->key, &old) == 0;
		if (there && standing_satisfied(s, &old))
			continue;
		uint32_t port = s->kind == MN_GUEST ? bridge_port_of(b, s->mac) : 0;
		struct mn_binding fresh = standing_binding(s, there ? &old : NULL, port, bridge_now());
		b->store->ops->put(b->store, &s->key, &fresh);
	}
	if (b->store->ops->list(b->store, &items, &n) == 0)
		for (size_t i = 0; i < n; i++) {
			if (standing_is(&items[i].binding) && !standing_find(l, &items[i].key))
				b->store->ops->del(b->store, &items[i].key);
		}
	free(items);
}

/* ---- ports that went ---- */

static bool is_port(const struct snapshot *s, const struct bridge *b, uint32_t ifindex)
{
	const struct netdev_link *l = netdev_link_in(s->links, s->n_links, (int)ifindex);

	return ifindex == 0 || (l && l->master == b->bridge.ifindex);
}

/* `items` was read before the links: a port that is in none of them has really gone. */
static void drop_ports(struct bridge *b, const struct snapshot *s, const struct store_item *items, size_t n)
{
	struct store_port *ports = NULL;
	size_t n_ports = 0;
	struct mn_binding now;

	for (size_t i = 0; i < n; i++) {
		const struct mn_binding *x = &items[i].binding;
		if (x->kind != MN_GUEST || (x->flags & MN_F_PIN) || x->port == UINT32_MAX || is_port(s, b, x->port))
			continue;
		/* Perhaps it has moved to another port since. */
		if (b->store->ops->get(b->store, &items[i].key, &now) == 0 && now.port == x->port)
			b->store->ops->del(b->store, &items[i].key);
	}
	if (b->store->ops->ports(b->store, &ports, &n_ports) == 0)
		for (size_t i = 0; i < n_ports; i++) {
			struct netdev_link link;
			bool gone = !is_port(s, b, ports[i].port) &&
				    (netdev_link_by_index(b->nd, (int)ports[i].port, &link) < 0 ||
				     link.master != b->bridge.ifindex);
			if (gone)
				b->store->ops->port_del(b->store, ports[i].port);
		}
	free(ports);
}

/* ---- the whole ---- */

static void keep_links(struct bridge *b, const struct snapshot *s)
{
	int mtu = bridge_port_mtu(s->links, s->n_links, &b->uplink, &b->bridge, b->port.ifindex);

	if (b->port.mtu != mtu || b->veth.mtu != mtu) {
		netdev_set_mtu(b->nd, b->veth.ifindex, mtu);
		netdev_set_mtu(b->nd, b->port.ifindex, mtu);
	}
	for (size_t i = 0; b->user && i < s->n_links; i++)
		if (s->links[i].master == b->bridge.ifindex)
			engine_user_set_mtu(b->user, s->links[i].ifindex, s->links[i].mtu);
	if (!(b->uplink.flags & IFF_ALLMULTI))
		netdev_set_flags(b->nd, b->uplink.ifindex, IFF_ALLMULTI, IFF_ALLMULTI);
	if (b->port.master != b->bridge.ifindex) {
		bridge_say("%s was taken out of %s; it goes back in", b->port.name, b->bridge.name);
		netdev_set_master(b->nd, b->port.ifindex, b->bridge.ifindex);
	}
}

static bool refresh(struct bridge *b, const struct snapshot *s)
{
	struct netdev_link *const mine[] = {&b->uplink, &b->bridge, &b->veth, &b->port};

	for (size_t i = 0; i < sizeof(mine) / sizeof(mine[0]); i++) {
		const struct netdev_link *now = netdev_link_in(s->links, s->n_links, mine[i]->ifindex);
		if (!now) {
			bridge_say("%s has gone", mine[i]->name);
			return false;
		}
		*mine[i] = *now;
	}
	return true;
}

bool bridge_reconcile(struct bridge *b, unsigned *carrier_actions)
{
	struct store_item *items = NULL;
	struct standing_list list = {0};
	struct snapshot s;
	size_t n = 0;
	bool here = true;

	*carrier_actions = 0;
	b->store->ops->list(b->store, &items, &n);
	if (snapshot_take(b, &s)) {
		here = refresh(b, &s);
		if (here) {
			keep_links(b, &s);
			*carrier_actions = carrier_step(&b->carrier, b->uplink.carrier, b->uplink.mac, bridge_now());
			memcpy(b->config.w, b->uplink.mac, 6);
			b->config.mtu = (uint32_t)b->uplink.mtu;
			struct mn_config written;
			if (b->store->ops->config_get(b->store, &written) < 0 ||
			    memcmp(&written, &b->config, sizeof(written)))
				b->store->ops->config_put(b->store, &b->config);
			if (want(b, &s, &list))
				agree(b, &list);
			drop_ports(b, &s, items, n);
			bridge_short_step(b, s.links, s.n_links);
		}
	}
	standing_free(&list);
	snapshot_free(&s);
	free(items);
	return here;
}
