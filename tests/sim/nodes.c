/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The nodes: set-up, start, stop, power failure, and queries. */
#include "world_internal.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

static const uint16_t channels[] = {2412, 2437, 2462, 5180};

void world_ap_setup(struct world *world, struct ap_setup *setup, unsigned number, const char *ssid,
		    const char *passphrase, uint16_t freq_mhz)
{
	struct ap_psk *psk =
		world->psk_count < WORLD_NODES ? require_memory(calloc(1, sizeof(*psk))) : require_memory(NULL);
	struct ap_bss_setup *bss_setup = &setup->bss[0];

	*setup = (struct ap_setup){.freq_mhz = freq_mhz,
				   .dsss_rates = freq_mhz < 4000,
				   .beacon_tu = 100,
				   .dtim_period = 2,
				   .bss_count = 1};
	memcpy(bss_setup->bssid, (uint8_t[]){2, 0, 0, 0xaa, 0, (uint8_t)number}, 6);
	bss_setup->ssid_len = strlen(ssid);
	memcpy(bss_setup->ssid, ssid, bss_setup->ssid_len);
	bss_setup->rsn = true;
	bss_setup->akms = 1 << AKM_PSK;
	bss_setup->rsn_pairwise = 1 << CIPHER_CCMP_128;
	bss_setup->group = CIPHER_CCMP_128;
	bss_setup->group_mgmt = CIPHER_NONE;
	world_pmk(world, ssid, passphrase, psk->pmk);
	world->psks[world->psk_count++] = psk; /* owned by the world, because the setup only points to it */
	bss_setup->psks = psk;
	bss_setup->psk_count = 1;
	bss_setup->wep = CIPHER_NONE;
	bss_setup->max_inactivity_s = 300;
	bss_setup->wmm = true;
}

void world_sta_setup(struct world *world, struct sta_setup *setup, struct sta_network *network, unsigned number,
		     const char *ssid, const char *passphrase)
{
	*network = (struct sta_network){.any_bssid = true,
					.rsn = true,
					.akms = 1 << AKM_PSK,
					.pairwise = 1 << CIPHER_CCMP_128,
					.group = 1 << CIPHER_CCMP_128,
					.group_mgmt = 1 << CIPHER_BIP_CMAC_128,
					.wep = CIPHER_NONE};
	network->ssid_len = strlen(ssid);
	memcpy(network->ssid, ssid, network->ssid_len);
	world_pmk(world, ssid, passphrase, network->pmk);
	*setup = (struct sta_setup){.networks = network, .network_count = 1, .wmm = true, .listen_interval = 10};
	memcpy(setup->addr, (uint8_t[]){2, 0, 0, 0xbb, (uint8_t)(number >> 8), (uint8_t)number}, 6);
	memcpy(setup->freqs, channels, sizeof(channels));
}

static struct node *node_new(struct world *world, enum node_kind kind)
{
	struct node *node = require_memory(calloc(1, sizeof(*node)));

	if (world->count == WORLD_NODES)
		abort();
	node->kind = kind;
	node->number = (unsigned)world->count;
	node->deadline = UINT64_MAX;
	node->heap_index = world->count;
	world->heap[world->count] = node;
	world->nodes[world->count++] = node;
	return node;
}

void node_free(struct node *node)
{
	if (node->ap)
		soft_ap_free(node->ap);
	if (node->sta)
		soft_sta_free(node->sta);
	node->ap = NULL;
	node->sta = NULL;
	node->started = false;
}

static void assign_radio(struct world *world, struct node *node)
{
	size_t before = world->radios_room;

	if (array_reserve(&world->by_radio, &world->radios_room, node->radio + 1, sizeof(struct node *)))
		abort();
	if (world->radios_room > before)
		memset(world->by_radio + before, 0, (world->radios_room - before) * sizeof(struct node *));
	world->by_radio[node->radio] = node;
}

void world_power_on(struct world *world, unsigned node)
{
	struct node *entry = world->nodes[node];
	uint8_t seed[RANDOM_SEED_LEN], addr[AP_BSS_MAX][6];
	size_t addrs = 1;

	for (size_t i = 0; i < sizeof(seed); i += 8)
		memcpy(seed + i, &(uint64_t){sim_random(world)}, 8);
	entry->radio = medium_join(world->medium);
	assign_radio(world, entry);
	if (entry->kind == NODE_AP) {
		addrs = entry->ap_setup.bss_count;
		for (size_t i = 0; i < addrs; i++)
			memcpy(addr[i], entry->ap_setup.bss[i].bssid, 6);
		entry->ap = require_memory(soft_ap_new(world->crypto, &entry->ap_setup, seed));
		medium_tune(world->medium, entry->radio, entry->ap_setup.freq_mhz);
	} else {
		memcpy(addr[0], entry->sta_setup.addr, 6);
		entry->sta = require_memory(soft_sta_new(world->crypto, &entry->sta_setup, seed));
	}
	if (medium_set_addresses(world->medium, entry->radio, (const uint8_t(*)[6])addr, addrs))
		abort();
	world_start(world, node);
}

unsigned world_add_ap(struct world *world, const struct ap_setup *setup)
{
	struct node *node = node_new(world, NODE_AP);

	node->ap_setup = *setup;
	world_power_on(world, node->number);
	return node->number;
}

unsigned world_add_sta(struct world *world, const struct sta_setup *setup)
{
	struct node *node = node_new(world, NODE_STA);

	node->sta_setup = *setup;
	world_power_on(world, node->number);
	return node->number;
}

void world_forget_clock(struct world *world, const uint8_t bssid[6])
{
	sniffer_forget_clock(&world->sniffer, bssid);
}

void world_start(struct world *world, unsigned node)
{
	struct node *entry = world->nodes[node];

	entry->started = true;
	for (unsigned i = 0; entry->ap && i < entry->ap_setup.bss_count; i++)
		sniffer_forget_clock(&world->sniffer, entry->ap_setup.bss[i].bssid);
	if (entry->ap)
		soft_ap_start(entry->ap, world->now, &world->out);
	else
		soft_sta_start(entry->sta, world->now, &world->out);
	node_apply_actions(world, entry);
}

void world_stop(struct world *world, unsigned node)
{
	struct node *entry = world->nodes[node];

	if (entry->ap)
		soft_ap_stop(entry->ap, world->now, &world->out);
	else
		soft_sta_stop(entry->sta, world->now, &world->out);
	node_apply_actions(world, entry);
	entry->started = false;
}

void world_power_off(struct world *world, unsigned node)
{
	struct node *entry = world->nodes[node];

	medium_leave(world->medium, entry->radio);
	node_free(entry);
	node_reschedule(world, entry);
}

struct soft_ap *world_ap(struct world *world, unsigned node)
{
	return world->nodes[node]->ap;
}

struct soft_sta *world_sta(struct world *world, unsigned node)
{
	return world->nodes[node]->sta;
}

struct actions *world_actions(struct world *world)
{
	return &world->out;
}

bool world_is_connected(struct world *world, unsigned node)
{
	struct sta_info info = {0};

	if (world->nodes[node]->sta)
		soft_sta_info(world->nodes[node]->sta, &info);
	return info.state == STA_CONNECTED;
}

unsigned world_connected_count(struct world *world)
{
	unsigned count = 0;

	for (unsigned i = 0; i < world->count; i++)
		count += world_is_connected(world, i);
	return count;
}

bool world_all_connected(struct world *world)
{
	for (unsigned i = 0; i < world->count; i++)
		if (world->nodes[i]->kind == NODE_STA && !world_is_connected(world, i))
			return false;
	return true;
}

unsigned world_note_count(struct world *world, unsigned node, enum note note)
{
	return world->nodes[node]->notes[note];
}

uint64_t world_drops(struct world *world, unsigned node, enum drop drop)
{
	return world->nodes[node]->drops[drop];
}

radio_id world_radio(struct world *world, unsigned node)
{
	return world->nodes[node]->radio;
}

const uint8_t *world_sta_addr(struct world *world, unsigned node)
{
	return world->nodes[node]->sta_setup.addr;
}

void world_link(struct world *world, unsigned node_a, unsigned node_b, const struct medium_link *link)
{
	if (medium_set_link(world->medium, world_radio(world, node_a), world_radio(world, node_b), link) ||
	    medium_set_link(world->medium, world_radio(world, node_b), world_radio(world, node_a), link))
		abort();
}
