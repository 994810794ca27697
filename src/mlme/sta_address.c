/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The station's MAC address (mac_addr, preassoc_mac_addr). It changes only between two associations, where the plane can
 * change it: before an attempt to join another network, and before a scan without a connection. Roaming within a network
 * keeps it. A random one stays for its lifetime, so that an attempt that fails does not bring a new one each time.
 *
 * The address is part of the handshakes: what was cached with the old one is of no use.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#include <string.h>

#define DEFAULT_LIFETIME_NS (60 * SECOND)

static uint64_t lifetime_ns(const struct sta *sta)
{
	return sta->setup.address_lifetime_s ? sta->setup.address_lifetime_s * SECOND : DEFAULT_LIFETIME_NS;
}

static void set_address(struct sta *sta, const uint8_t *addr)
{
	struct plane_action *action = plane_actions_add(sta->out, PLANE_ADDRESS);

	if (!action)
		return;
	mac_copy(action->addr, addr);
	mac_copy(sta->setup.addr, addr);
	sta_pmksa_forget(sta, NULL);
	memset(sta->previous_bssid, 0, sizeof(sta->previous_bssid)); /* it knows another station */
	sta->reassociation = false;
}

static void set_random_address(struct sta *sta, bool keep_vendor)
{
	uint8_t addr[MAC_LEN], random[MAC_LEN];

	if (random_bytes(&sta->random, random, sizeof(random)))
		return; /* the present one stays */
	mac_copy(addr, sta->setup.own_addr);
	mac_randomise(addr, random, keep_vendor);
	set_address(sta, addr);
	sta->address.since_ns = sta->now_ns;
}

static void apply_policy(struct sta *sta, enum sta_address policy, const uint8_t *value, uint32_t network)
{
	struct sta_own_address *present = &sta->address;
	bool fresh = present->policy == policy && (present->network == network || !present->network) &&
		     !mac_equal(sta->setup.addr, sta->setup.own_addr) &&
		     sta->now_ns < present->since_ns + lifetime_ns(sta);

	if (policy == STA_ADDRESS_FIXED || policy == STA_ADDRESS_OWN) {
		const uint8_t *addr = policy == STA_ADDRESS_FIXED ? value : sta->setup.own_addr;

		if (!mac_equal(sta->setup.addr, addr))
			set_address(sta, addr);
	} else if (!fresh) {
		set_random_address(sta, policy == STA_ADDRESS_RANDOM_OF_VENDOR);
	}
	present->policy = policy;
	present->network = network;
}

/* The interface may have begun with a random address: it is as good as one of ours. */
void sta_address_begin(struct sta *sta)
{
	const struct sta_setup *setup = &sta->setup;

	sta->address.since_ns = sta->now_ns;
	if (setup->scan_address != STA_ADDRESS_OWN)
		sta->address.policy = setup->scan_address;
	else if (!mac_equal(setup->addr, setup->own_addr) && setup->network_count)
		sta->address.policy = setup->networks[0].address;
}

void sta_address_before_join(struct sta *sta, size_t network)
{
	const struct sta_network *block = &sta->setup.networks[network];
	bool stays = sta->address.network == block->id + 1 && !mac_is_zero(sta->previous_bssid);

	/* The same network, which knows this station: the new access point can take it over. */
	if (sta->plane.changes_address && !sta->address.failed && !stays)
		apply_policy(sta, block->address, block->address_value, block->id + 1);
}

void sta_address_before_scan(struct sta *sta)
{
	if (sta->plane.changes_address && !sta->address.failed && sta->setup.scan_address != STA_ADDRESS_OWN &&
	    mac_is_zero(sta->previous_bssid))
		apply_policy(sta, sta->setup.scan_address, NULL, 0);
}

void sta_adopt_address(struct sta *sta, const uint8_t addr[6])
{
	mac_copy(sta->setup.addr, addr);
	mac_copy(sta->setup.own_addr, addr);
	pmksa_flush(&sta->pmksa, NULL); /* without notes: no event is in progress */
	sta->ft.ready = false;
}

void sta_address_failed(struct sta *sta, const uint8_t *addr)
{
	sta->address.failed = true;
	mac_copy(sta->setup.addr, addr);
	sta_pmksa_forget(sta, NULL);
}
