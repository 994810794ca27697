/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/guest_list.h"

#include "base/mac.h"
#include "wire/ip.h"

#include <errno.h>
#include <stdlib.h>

struct row {
	const struct store_item *item;
	uint32_t port; /* of the guest */
	unsigned rank; /* of the address; RANK_NONE: it is none */
};

enum {
	RANK_IP4,
	RANK_IP6,
	RANK_OTHER4, /* of another network */
	RANK_OTHER6,
	RANK_NETWORK,
	RANK_PROTOCOL,
	RANK_LINK_LOCAL,
	RANK_NONE,
};

static unsigned rank_of(const struct store_item *item, const struct on_link *networks)
{
	bool other = on_link_check(networks, &item->key, &item->binding) == ON_LINK_NO;

	switch ((enum mn_family)item->key.family) {
	case MN_IP4:
		return ip4_is_link_local(item->key.addr) ? RANK_LINK_LOCAL : other ? RANK_OTHER4 : RANK_IP4;
	case MN_IP6:
		return ip6_is_link_local(item->key.addr) ? RANK_LINK_LOCAL : other ? RANK_OTHER6 : RANK_IP6;
	case MN_NET4:
	case MN_NET6:
		return RANK_NETWORK;
	case MN_ETHERTYPE:
	case MN_PPPOE:
		return RANK_PROTOCOL;
	case MN_MAC:
	case MN_DHCP_XID:
	case MN_PROBE4:
	case MN_PROBE6:
	case MN_PPPOE_UNIQ:
		break;
	}
	return RANK_NONE;
}

/* Reserved and leased addresses first, then the oldest: privacy extensions (RFC 8981) add new ones each day. */
static int compare_addresses(const struct row *left, const struct row *right)
{
	const struct mn_binding *one = &left->item->binding, *other = &right->item->binding;
	int kept = (other->flags & (MN_F_PIN | MN_F_DHCP)) - (one->flags & (MN_F_PIN | MN_F_DHCP));

	if (left->rank != right->rank)
		return left->rank < right->rank ? -1 : 1;
	if (kept)
		return kept;
	if (one->created != other->created)
		return one->created < other->created ? -1 : 1;
	return memcmp(&left->item->key, &right->item->key, sizeof(struct mn_key));
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *left = a, *right = b;
	int order = memcmp(left->item->binding.mac, right->item->binding.mac, MAC_LEN);

	if (order)
		return order;
	if (left->port != right->port) /* an unknown one comes last */
		return left->port < right->port ? -1 : 1;
	return compare_addresses(left, right);
}

/* The rows of all guests, in order. */
static size_t collect(struct row *rows, const struct store_item *items, size_t count, const struct on_link *networks)
{
	size_t n_rows = 0;
	bool joined = false;

	for (size_t i = 0; i < count; i++)
		if (items[i].binding.kind == MN_GUEST && items[i].binding.port)
			rows[n_rows++] = (struct row){&items[i], items[i].binding.port, rank_of(&items[i], networks)};
	if (n_rows)
		qsort(rows, n_rows, sizeof(*rows), compare_rows);
	for (size_t i = 1; i < n_rows; i++)
		if (rows[i].port == UINT32_MAX && rows[i - 1].port != UINT32_MAX &&
		    mac_equal(rows[i].item->binding.mac, rows[i - 1].item->binding.mac)) {
			rows[i].port = rows[i - 1].port;
			joined = true;
		}
	if (joined)
		qsort(rows, n_rows, sizeof(*rows), compare_rows);
	return n_rows;
}

static void add_row(struct guest_list *list, size_t *n_addresses, const struct row *row)
{
	const struct mn_binding *binding = &row->item->binding;
	struct guest *guest = list->count ? &list->guests[list->count - 1] : NULL;

	if (!guest || guest->port != row->port || !mac_equal(guest->mac, binding->mac)) {
		guest = &list->guests[list->count++];
		*guest = (struct guest){.port = row->port, .created = binding->created, .first = *n_addresses};
		mac_copy(guest->mac, binding->mac);
	}
	if (binding->created < guest->created)
		guest->created = binding->created;
	if (binding->last_seen > guest->last_seen)
		guest->last_seen = binding->last_seen;
	guest->out_packets += binding->out_packets;
	guest->out_bytes += binding->out_bytes;
	guest->in_packets += binding->in_packets;
	guest->in_bytes += binding->in_bytes;
	if (row->rank != RANK_NONE) {
		list->addresses[(*n_addresses)++] = row->item;
		guest->count++;
	}
}

static int compare_guests(const void *a, const void *b)
{
	const struct guest *left = a, *right = b;

	if (left->port != right->port)
		return left->port < right->port ? -1 : 1;
	return memcmp(left->mac, right->mac, sizeof(left->mac));
}

int guest_list_make(struct guest_list *list, const struct store_item *items, size_t count,
		    const struct on_link *networks)
{
	struct row *rows = calloc(count + 1, sizeof(*rows));
	size_t n_rows, n_addresses = 0;

	*list = (struct guest_list){.guests = calloc(count + 1, sizeof(*list->guests)),
				    .addresses = calloc(count + 1, sizeof(const struct store_item *))};
	if (!rows || !list->guests || !list->addresses) {
		free(rows);
		guest_list_free(list);
		return -ENOMEM;
	}
	n_rows = collect(rows, items, count, networks);
	for (size_t i = 0; i < n_rows; i++)
		add_row(list, &n_addresses, &rows[i]);
	if (list->count)
		qsort(list->guests, list->count, sizeof(*list->guests), compare_guests);
	free(rows);
	return 0;
}

void guest_list_free(struct guest_list *list)
{
	free(list->guests);
	free(list->addresses);
	*list = (struct guest_list){0};
}
