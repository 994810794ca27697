/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/port_facts.h"

#include "base/mac.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

static_assert(sizeof(struct nft_port_fact) == 28, "port_facts_compare");

/* As mn_is_live (macnat/learn.h). */
static bool is_live(const struct mn_config *config, const struct mn_binding *binding, uint64_t now)
{
	if (binding->flags & MN_F_PIN)
		return true;
	if (!binding->last_seen || binding->router & MN_VRRP_GIVEN_UP)
		return false;
	return now < binding->last_seen + config->silence_ns ||
	       (now < binding->expires && now < binding->last_seen + MN_LEASE_MAX_NS);
}

/* Does the binding keep other guests from the address (mn_is_foreign_in_vlan, mn_is_foreign_claim)? */
static bool excludes_others(const struct mn_config *config, const struct mn_key *key, const struct mn_binding *binding,
			    uint64_t now)
{
	switch ((enum mn_kind)binding->kind) {
	case MN_GATEWAY:
		return key->family != MN_MAC;
	case MN_HOST:
		return key->family != MN_MAC && mac_equal(binding->mac, config->uplink_mac);
	case MN_STATION:
		return is_live(config, binding, now);
	case MN_GUEST:
		if (binding->flags & MN_F_PIN && key->family != MN_MAC)
			return true;
		/* Its port is unknown: restored, and not heard since, or guessed. */
		return binding->port != UINT32_MAX && !mn_is_guess(config, binding) && is_live(config, binding, now) &&
		       config->takeover != MN_TAKEOVER_ANNOUNCED;
	case MN_BROADCAST:
		break;
	}
	return false;
}

/* A port to which the address may return at once (mn_is_at_home, mn_is_late_answer). */
static bool may_return(const struct mn_key *key, const struct mn_binding *binding, uint64_t now)
{
	return binding->home && (key->family == MN_MAC || now - binding->created < MN_RETURN_NS);
}

size_t port_facts_of(const struct mn_config *config, const struct mn_key *key, const struct mn_binding *binding,
		     uint64_t now, struct nft_port_fact facts[PORT_FACTS_MAX])
{
	uint8_t set = key->family == MN_MAC   ? NFT_PORT_MAC_OWNED
		      : key->family == MN_IP4 ? NFT_PORT_IP4_OWNED
					      : NFT_PORT_IP6_OWNED;
	struct nft_port_fact fact = {.set = set};
	size_t count = 0;

	if (key->vlan || (key->family != MN_MAC && key->family != MN_IP4 && key->family != MN_IP6) ||
	    !excludes_others(config, key, binding, now))
		return 0;
	memcpy(fact.address, key->addr, sizeof(fact.address));
	facts[count++] = fact;
	if (binding->kind == MN_GUEST && (!(binding->flags & MN_F_PIN) || key->family == MN_MAC)) {
		fact.set = (uint8_t)(set + 1);
		fact.port = binding->port;
		if (fact.port) /* port 0 is the bridge itself, which has no guard */
			facts[count++] = fact;
		fact.port = binding->home;
		if (may_return(key, binding, now) && binding->home != binding->port)
			facts[count++] = fact;
		fact.port = 0;
	}
	if (binding->kind == MN_GUEST && key->family == MN_IP4 && binding->port && !(binding->flags & MN_F_PIN) &&
	    !(config->flags & MN_CONFIG_SOURCE_GUARD)) { /* mn_arp_is_borrowed */
		fact.set = NFT_PORT_IP4_LENT;
		facts[count++] = fact;
		fact.set = NFT_PORT_IP4_TWICE;
		facts[count++] = fact;
	}
	if (key->family != MN_MAC && (binding->kind == MN_GUEST || binding->kind == MN_STATION)) {
		fact.set = (uint8_t)(set + 2);
		mac_copy(fact.mac, binding->mac);
		facts[count++] = fact;
	}
	return count;
}

struct nft_port_fact port_facts_of_uplink(const struct mn_config *config)
{
	struct nft_port_fact fact = {.set = NFT_PORT_MAC_OWNED};

	mac_copy(fact.address, config->uplink_mac);
	return fact;
}

int port_facts_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct nft_port_fact));
}
