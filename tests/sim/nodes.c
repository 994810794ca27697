/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The nodes of the world: how they are set up, what becomes of them, and what they are asked. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

static const uint16_t channels[] = {2412, 2437, 2462, 5180};

void world_ap_setup(struct world *w, struct ap_setup *s, unsigned number, const char *ssid, const char *passphrase,
		    uint16_t freq_mhz)
{
	struct ap_psk *psk = w->psk_count < WORLD_NODES ? must(calloc(1, sizeof *psk)) : must(NULL);
	struct ap_bss_setup *b = &s->bss[0];

	*s = (struct ap_setup){
		.freq_mhz = freq_mhz, .b_rates = freq_mhz < 4000, .beacon_tu = 100, .dtim_period = 2, .bss_count = 1};
	memcpy(b->bssid, (uint8_t[]){2, 0, 0, 0xaa, 0, (uint8_t)number}, 6);
	b->ssid_len = strlen(ssid);
	memcpy(b->ssid, ssid, b->ssid_len);
	b->rsn = true;
	b->akms = 1 << AKM_PSK;
	b->rsn_pairwise = 1 << CIPHER_CCMP_128;
	b->group = CIPHER_CCMP_128;
	b->group_mgmt = CIPHERS;
	world_pmk(w, ssid, passphrase, psk->pmk);
	w->psks[w->psk_count++] = psk; /* the setup borrows it */
	b->psks = psk;
	b->psk_count = 1;
	b->wep = CIPHERS;
	b->max_inactivity_s = 300;
	b->wmm = true;
}

void world_sta_setup(struct world *w, struct sta_setup *s, struct sta_network *n, unsigned number, const char *ssid,
		     const char *passphrase)
{
	*n = (struct sta_network){.any_bssid = true,
				  .rsn = true,
				  .akms = 1 << AKM_PSK,
				  .pairwise = 1 << CIPHER_CCMP_128,
				  .group = 1 << CIPHER_CCMP_128,
				  .group_mgmt = 1 << CIPHER_BIP_CMAC_128,
				  .wep = CIPHERS};
	n->ssid_len = strlen(ssid);
	memcpy(n->ssid, ssid, n->ssid_len);
	world_pmk(w, ssid, passphrase, n->pmk);
	*s = (struct sta_setup){.networks = n, .network_count = 1, .wmm = true, .listen_interval = 10};
	memcpy(s->addr, (uint8_t[]){2, 0, 0, 0xbb, (uint8_t)(number >> 8), (uint8_t)number}, 6);
	memcpy(s->freqs, channels, sizeof channels);
}

static struct node *node_new(struct world *w, enum node_kind kind)
{
	struct node *n = must(calloc(1, sizeof *n));

	if (w->count == WORLD_NODES)
		abort();
	n->kind = kind;
	n->number = (unsigned)w->count;
	n->wake = UINT64_MAX;
	n->place = w->count;
	w->heap[w->count] = n;
	w->nodes[w->count++] = n;
	return n;
}

void node_end(struct node *n)
{
	if (n->ap)
		ap_free(n->ap);
	if (n->sta)
		sta_free(n->sta);
	n->ap = NULL;
	n->sta = NULL;
	n->started = false;
}

void world_boot(struct world *w, unsigned node)
{
	struct node *n = w->nodes[node];
	uint8_t seed[RANDOM_SEED], addr[AP_BSS_MAX][6];
	size_t addrs = 1;

	for (size_t i = 0; i < sizeof seed; i += 8)
		memcpy(seed + i, &(uint64_t){dice(w)}, 8);
	n->radio = medium_join(w->medium);
	if (n->radio >= w->radios_room) {
		size_t room = 2 * n->radio + 16;

		w->by_radio = must(reallocarray(w->by_radio, room, sizeof(struct node *)));
		memset(w->by_radio + w->radios_room, 0, (room - w->radios_room) * sizeof(struct node *));
		w->radios_room = room;
	}
	w->by_radio[n->radio] = n;
	if (n->kind == NODE_AP) {
		addrs = n->ap_setup.bss_count;
		for (size_t i = 0; i < addrs; i++)
			memcpy(addr[i], n->ap_setup.bss[i].bssid, 6);
		n->ap = must(ap_new(w->crypto, &n->ap_setup, seed));
		medium_tune(w->medium, n->radio, n->ap_setup.freq_mhz);
	} else {
		memcpy(addr[0], n->sta_setup.addr, 6);
		n->sta = must(sta_new(w->crypto, &n->sta_setup, seed));
	}
	if (medium_addresses(w->medium, n->radio, (const uint8_t(*)[6])addr, addrs))
		abort();
	world_start(w, node);
}

unsigned world_add_ap(struct world *w, const struct ap_setup *setup)
{
	struct node *n = node_new(w, NODE_AP);

	n->ap_setup = *setup;
	world_boot(w, n->number);
	return n->number;
}

unsigned world_add_sta(struct world *w, const struct sta_setup *setup)
{
	struct node *n = node_new(w, NODE_STA);

	n->sta_setup = *setup;
	world_boot(w, n->number);
	return n->number;
}

void world_start(struct world *w, unsigned node)
{
	struct node *n = w->nodes[node];

	n->started = true;
	for (unsigned i = 0; n->ap && i < n->ap_setup.bss_count; i++)
		watch_forget_clock(&w->watch, n->ap_setup.bss[i].bssid);
	if (n->ap)
		ap_start(n->ap, w->now, &w->out);
	else
		sta_start(n->sta, w->now, &w->out);
	node_done(w, n);
}

void world_stop(struct world *w, unsigned node)
{
	struct node *n = w->nodes[node];

	if (n->ap)
		ap_stop(n->ap, w->now, &w->out);
	else
		sta_stop(n->sta, w->now, &w->out);
	node_done(w, n);
	n->started = false;
}

void world_kill(struct world *w, unsigned node)
{
	struct node *n = w->nodes[node];

	medium_leave(w->medium, n->radio);
	node_end(n);
	node_settle(w, n);
}

struct ap *world_ap(struct world *w, unsigned node)
{
	return w->nodes[node]->ap;
}

struct sta *world_sta(struct world *w, unsigned node)
{
	return w->nodes[node]->sta;
}

struct actions *world_out(struct world *w)
{
	return &w->out;
}

bool world_connected(struct world *w, unsigned node)
{
	struct sta_view v = {0};

	if (w->nodes[node]->sta)
		sta_view(w->nodes[node]->sta, &v);
	return v.state == STA_CONNECTED;
}

unsigned world_connections(struct world *w)
{
	unsigned count = 0;

	for (unsigned i = 0; i < w->count; i++)
		count += world_connected(w, i);
	return count;
}

bool world_all_connected(struct world *w)
{
	for (unsigned i = 0; i < w->count; i++)
		if (w->nodes[i]->kind == NODE_STA && !world_connected(w, i))
			return false;
	return true;
}

unsigned world_notes(struct world *w, unsigned node, enum note n)
{
	return w->nodes[node]->notes[n];
}

uint64_t world_drops(struct world *w, unsigned node, enum drop d)
{
	return w->nodes[node]->drops[d];
}

radio_id world_radio(struct world *w, unsigned node)
{
	return w->nodes[node]->radio;
}

const uint8_t *world_addr(struct world *w, unsigned node)
{
	return w->nodes[node]->sta_setup.addr;
}

void world_link(struct world *w, unsigned a, unsigned b, const struct medium_link *l)
{
	if (medium_link(w->medium, world_radio(w, a), world_radio(w, b), l) ||
	    medium_link(w->medium, world_radio(w, b), world_radio(w, a), l))
		abort();
}
