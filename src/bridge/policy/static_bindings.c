/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/static_bindings.h"

#include <stdlib.h>
#include <string.h>

#include "wire/be.h"

const struct standing *standing_find(const struct standing_list *l, const struct mn_key *key)
{
	for (size_t i = 0; i < l->count; i++)
		if (!memcmp(&l->items[i].key, key, sizeof(*key)))
			return &l->items[i];
	return NULL;
}

bool standing_add(struct standing_list *l, const struct mn_key *key, const uint8_t mac[6], uint8_t kind, uint8_t flags)
{
	if (standing_find(l, key))
		return true;
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 16;
		struct standing *items = reallocarray(l->items, room, sizeof(*items));
		if (!items)
			return false;
		l->items = items;
		l->room = room;
	}
	struct standing *s = &l->items[l->count++];
	*s = (struct standing){.key = *key, .kind = kind, .flags = flags};
	if (mac)
		memcpy(s->mac, mac, 6);
	return true;
}

static struct mn_key key_of(const struct standing_address *a)
{
	struct mn_key key = {.family = a->family};

	memcpy(key.addr, a->addr, a->family == MN_IP4 ? 4 : 16);
	return key;
}

bool standing_host(struct standing_list *l, const struct standing_address *a, const uint8_t mac[6])
{
	struct mn_key key = key_of(a);

	return standing_add(l, &key, mac, MN_HOST, 0);
}

bool standing_broadcast(struct standing_list *l, const struct standing_address *a)
{
	struct mn_key key = {.family = MN_IP4};

	/* A /31 has no broadcast address (RFC 3021), a /32 no subnet. */
	if (a->family != MN_IP4 || a->prefix_length > 30)
		return true;
	uint32_t mask = a->prefix_length ? ~0u << (32 - a->prefix_length) : 0;
	put_be32(key.addr, be32(a->addr) | ~mask);
	if (!standing_add(l, &key, NULL, MN_BROADCAST, 0))
		return false;
	if (!a->has_broadcast)
		return true;
	memcpy(key.addr, a->broadcast, 4);
	return standing_add(l, &key, NULL, MN_BROADCAST, 0);
}

void standing_free(struct standing_list *l)
{
	free(l->items);
	*l = (struct standing_list){0};
}

bool standing_satisfied(const struct standing *s, const struct mn_binding *b)
{
	const uint8_t pin = MN_F_PIN | MN_F_CONF;

	return b->kind == s->kind && (b->flags & pin) == (s->flags & pin) && !memcmp(b->mac, s->mac, 6);
}

bool standing_is(const struct mn_binding *b)
{
	return b->kind != MN_GUEST || (b->flags & MN_F_CONF);
}

struct mn_binding standing_binding(const struct standing *s, const struct mn_binding *old, uint32_t port, uint64_t now)
{
	struct mn_binding b = {
		.kind = s->kind, .flags = s->flags, .port = port, .slot = MN_NO_SLOT, .born = now, .seen = now};

	memcpy(b.mac, s->mac, 6);
	if (old && !memcmp(old->mac, s->mac, 6)) {
		b.out_packets = old->out_packets;
		b.out_bytes = old->out_bytes;
		b.in_packets = old->in_packets;
		b.in_bytes = old->in_bytes;
	}
	return b;
}
