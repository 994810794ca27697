/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inside.h"

#include "base/mac.h"
#include "wire/be.h"
#include "wire/ieee80211.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint16_t channels[] = {2412, 2437, 2462, 5180};

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static uint64_t dice(struct world *w)
{
	uint64_t z = w->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* ---- when a node wants to be woken: a heap ---- */

static void put(struct world *w, size_t place, struct node *n)
{
	w->heap[place] = n;
	n->place = place;
}

static void settle(struct world *w, struct node *n)
{
	size_t i = n->place;

	n->wake = n->ap ? ap_wake(n->ap) : n->sta ? sta_wake(n->sta) : UINT64_MAX;
	for (; i && n->wake < w->heap[(i - 1) / 2]->wake; i = (i - 1) / 2)
		put(w, i, w->heap[(i - 1) / 2]);
	for (size_t child = 2 * i + 1; child < w->count; child = 2 * i + 1) {
		child += child + 1 < w->count && w->heap[child + 1]->wake < w->heap[child]->wake;
		if (w->heap[child]->wake >= n->wake)
			break;
		put(w, i, w->heap[child]);
		i = child;
	}
	put(w, i, n);
}

/* ---- the wire ---- */

/* A frame leaves the bridge by a port. */
static void leave(struct world *w, unsigned port, const struct frame *f)
{
	struct node *n = port < PORT_HOST ? w->nodes[port / AP_BSS_MAX] : NULL;
	struct frame *copy;

	if (!n) {
		flow_receive(&w->wire, &w->wrong, w->wire.hosts[port - PORT_HOST], f);
		return;
	}
	if (!n->ap || !n->started)
		return;
	copy = must(frame_clone(f));
	ap_send(n->ap, port % AP_BSS_MAX, &copy, 1, w->now, &w->out);
	world_act(w, n->number);
}

static void cross(struct world *w)
{
	while (w->wire.at < w->wire.count) {
		struct crossing x = w->wire.queue[w->wire.at++];
		long to = wire_port(&w->wire, x.frame, x.from);

		if (to >= 0 && (unsigned)to != x.from)
			leave(w, (unsigned)to, x.frame);
		for (unsigned i = 0; to < 0 && i < w->count; i++)
			for (unsigned bss = 0; w->nodes[i]->kind == NODE_AP && bss < w->nodes[i]->ap_setup.bss_count;
			     bss++)
				if (i * AP_BSS_MAX + bss != x.from)
					leave(w, i * AP_BSS_MAX + bss, x.frame);
		for (unsigned i = 0; to < 0 && i < w->wire.host_count; i++)
			if (PORT_HOST + i != x.from &&
			    (mac_is_group(x.frame->data) || mac_equal(x.frame->data, w->wire.hosts[i])))
				leave(w, PORT_HOST + i, x.frame);
		frame_free(x.frame);
	}
}

/* ---- what a node wants done ---- */

static void tell(const struct world *w, const struct node *n, const struct action *x)
{
	char addr[MAC_TEXT];

	if (w->trace)
		fprintf(stderr, "%12.6f node %u %s %s %u %s\n", (double)w->now / 1e9, n->number, note_name(x->note),
			mac_format(addr, x->addr), x->code, x->about);
}

static void act(struct world *w, struct node *n, struct action *x)
{
	struct frame *f = x->frame;

	switch (x->kind) {
	case ACTION_TRANSMIT:
		x->frame = NULL;
		f->meta.freq_mhz = x->freq;
		medium_send(w->medium, n->radio, f, 0, x->cookie, w->now);
		break;
	case ACTION_DELIVER:
		if (n->kind == NODE_AP) {
			x->frame = NULL;
			wire_push(&w->wire, f, n->number * AP_BSS_MAX + x->bss);
		} else {
			flow_receive(&w->wire, &w->wrong, n->sta_setup.addr, f);
		}
		break;
	case ACTION_TUNE:
		n->freq = x->freq;
		medium_tune(w->medium, n->radio, x->freq);
		break;
	case ACTION_DOZE:
		medium_doze(w->medium, n->radio, x->until_ns);
		break;
	case ACTION_NOTE:
		n->notes[x->note]++;
		tell(w, n, x);
		break;
	case ACTION_DROP:
		n->drops[x->drop]++;
		break;
	}
}

void world_act(struct world *w, unsigned node)
{
	struct node *n = w->nodes[node];

	for (size_t i = 0; i < w->out.count; i++)
		act(w, n, &w->out.list[i]);
	actions_clear(&w->out);
	settle(w, n);
	/* What was put on the wire goes on when all of this is done; leave() comes back here. */
}

static void done(struct world *w, struct node *n)
{
	world_act(w, n->number);
	cross(w);
}

/* ---- time ---- */

static void hear(struct world *w, struct medium_event *e)
{
	struct node *n;

	if (e->radio == w->watch.ear) {
		watch_hear(&w->watch, &w->wrong, e->frame);
		return;
	}
	n = e->radio < w->radios_room ? w->by_radio[e->radio] : NULL;
	if (!n || !(n->ap || n->sta)) {
		frame_free(e->frame);
		return;
	}
	if (e->kind == MEDIUM_STATUS) {
		if (n->ap)
			ap_status(n->ap, e->cookie, e->acked, w->now, &w->out);
		else
			sta_status(n->sta, e->cookie, e->acked, w->now, &w->out);
	} else if (n->ap) {
		ap_receive(n->ap, &e->frame, 1, w->now, &w->out);
	} else {
		sta_receive(n->sta, &e->frame, 1, w->now, &w->out);
	}
	done(w, n);
}

static void flows_due(struct world *w);
static uint64_t flows_wake(const struct world *w);

/* The next moment at which anything happens, and all of it.  False: nothing does until then. */
static bool step(struct world *w, uint64_t until_ns)
{
	uint64_t at = medium_wake(w->medium), flows = flows_wake(w);
	struct medium_event e;
	struct node *n;

	if (w->count && w->heap[0]->wake < at)
		at = w->heap[0]->wake;
	if (flows < at)
		at = flows;
	if (at > until_ns)
		return false;
	if (at > w->now)
		w->now = at;
	while (medium_next(w->medium, w->now, &e))
		hear(w, &e);
	while (w->count && w->heap[0]->wake <= w->now) {
		n = w->heap[0];
		if (n->ap)
			ap_tick(n->ap, w->now, &w->out);
		else
			sta_tick(n->sta, w->now, &w->out);
		done(w, n);
		if (n->wake <= w->now) {
			fprintf(stderr, "node %u wants to be woken at %.6f, when it was just then\n", n->number,
				(double)n->wake / 1e9);
			abort();
		}
	}
	flows_due(w);
	return true;
}

void world_run(struct world *w, uint64_t until_ns)
{
	while (step(w, until_ns)) {
	}
	w->now = until_ns;
}

bool world_until(struct world *w, uint64_t until_ns, bool (*is_done)(struct world *w))
{
	while (!is_done(w))
		if (!step(w, until_ns)) {
			w->now = until_ns;
			return is_done(w);
		}
	return true;
}

/* ---- the world and its nodes ---- */

struct world *world_new(uint64_t seed)
{
	struct world *w = must(calloc(1, sizeof *w));

	w->random = seed;
	w->now = S; /* 0 is easily confused with never */
	w->crypto = must(crypto_new());
	w->medium = must(medium_new(dice(w)));
	w->watch.crypto = w->crypto;
	w->trace = getenv("VIFI_TRACE") != NULL;
	world_watch(w, true);
	return w;
}

static void end(struct node *n)
{
	if (n->ap)
		ap_free(n->ap);
	if (n->sta)
		sta_free(n->sta);
	n->ap = NULL;
	n->sta = NULL;
	n->started = false;
}

void world_free(struct world *w)
{
	for (size_t i = 0; i < w->count; i++) {
		end(w->nodes[i]);
		free(w->nodes[i]);
	}
	for (size_t i = 0; i < w->psk_count; i++)
		free(w->psks[i]);
	watch_free(&w->watch);
	wire_free(&w->wire);
	medium_free(w->medium);
	actions_free(&w->out);
	crypto_free(w->crypto);
	free(w->by_radio);
	free(w);
}

uint64_t world_now(const struct world *w)
{
	return w->now;
}

struct medium *world_medium(struct world *w)
{
	return w->medium;
}

struct crypto *world_crypto(struct world *w)
{
	return w->crypto;
}

void world_pmk(struct world *w, const char *ssid, const char *passphrase, uint8_t pmk[PMK_LEN])
{
	struct watch *h = &w->watch;

	if (kdf_pmk(w->crypto, passphrase, strlen(passphrase), (const uint8_t *)ssid, strlen(ssid), pmk))
		abort();
	for (size_t i = 0; i < h->count; i++)
		if (!memcmp(h->pmks[i], pmk, PMK_LEN))
			return;
	if (h->count == WORLD_PMKS)
		abort();
	memcpy(h->pmks[h->count], pmk, PMK_LEN);
	h->observers[h->count++] = must(observer_new(w->crypto, pmk));
}

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
	if (n->ap)
		ap_start(n->ap, w->now, &w->out);
	else
		sta_start(n->sta, w->now, &w->out);
	done(w, n);
}

void world_stop(struct world *w, unsigned node)
{
	struct node *n = w->nodes[node];

	if (n->ap)
		ap_stop(n->ap, w->now, &w->out);
	else
		sta_stop(n->sta, w->now, &w->out);
	done(w, n);
	n->started = false;
}

void world_kill(struct world *w, unsigned node)
{
	struct node *n = w->nodes[node];

	medium_leave(w->medium, n->radio);
	end(n);
	settle(w, n);
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

/* ---- hosts and flows ---- */

const uint8_t *world_host(struct world *w)
{
	struct wire *x = &w->wire;

	/* Addresses are given away: the array must not move. */
	if (!x->hosts)
		x->hosts = must(calloc(WORLD_NODES, 6));
	if (x->host_count == WORLD_NODES)
		abort();
	memcpy(x->hosts[x->host_count],
	       (uint8_t[]){2, 0, 0, 0xcc, (uint8_t)(x->host_count >> 8), (uint8_t)x->host_count}, 6);
	return x->hosts[x->host_count++];
}

unsigned world_flow(struct world *w, const uint8_t from[6], const uint8_t to[6])
{
	struct wire *x = &w->wire;

	x->flows = must(reallocarray(x->flows, x->flow_count + 1, sizeof *x->flows));
	x->flows[x->flow_count] = (struct flow){.at_ns = UINT64_MAX};
	memcpy(x->flows[x->flow_count].from, from, 6);
	memcpy(x->flows[x->flow_count].to, to, 6);
	return (unsigned)x->flow_count++;
}

/* From where its host is: a port of the wire, or a station. */
static void inject(struct world *w, const uint8_t from[6], struct frame *f)
{
	for (unsigned i = 0; i < w->wire.host_count; i++)
		if (mac_equal(w->wire.hosts[i], from)) {
			wire_push(&w->wire, f, PORT_HOST + i);
			cross(w);
			return;
		}
	for (unsigned i = 0; i < w->count; i++)
		if (w->nodes[i]->kind == NODE_STA && mac_equal(w->nodes[i]->sta_setup.addr, from)) {
			if (!w->nodes[i]->sta)
				break;
			sta_send(w->nodes[i]->sta, &f, 1, w->now, &w->out);
			done(w, w->nodes[i]);
			return;
		}
	frame_free(f);
}

void world_send(struct world *w, unsigned flow, unsigned count, size_t len)
{
	while (count--)
		inject(w, w->wire.flows[flow].from, flow_frame(&w->wire, flow, len));
}

void world_every(struct world *w, unsigned flow, uint64_t every_ns)
{
	struct flow *f = &w->wire.flows[flow];

	f->every_ns = every_ns;
	f->at_ns = every_ns ? w->now + dice(w) % every_ns : UINT64_MAX;
	if (f->at_ns < w->wire.flows_ns)
		w->wire.flows_ns = f->at_ns;
}

/* When the next frame of a flow is due, or sooner. */
static uint64_t flows_wake(const struct world *w)
{
	return w->wire.flow_count ? w->wire.flows_ns : UINT64_MAX;
}

static void flows_due(struct world *w)
{
	uint64_t next = UINT64_MAX;

	if (flows_wake(w) > w->now)
		return;
	for (unsigned i = 0; i < w->wire.flow_count; i++) {
		while (w->wire.flows[i].at_ns <= w->now) {
			w->wire.flows[i].at_ns += w->wire.flows[i].every_ns;
			world_send(w, i, 1, 60 + dice(w) % 1455);
		}
		next = w->wire.flows[i].at_ns < next ? w->wire.flows[i].at_ns : next;
	}
	w->wire.flows_ns = next;
}

unsigned world_sent(struct world *w, unsigned flow)
{
	return w->wire.flows[flow].sent;
}

unsigned world_received(struct world *w, unsigned flow)
{
	return w->wire.flows[flow].received;
}

bool world_ping(struct world *w, const uint8_t from[6], const uint8_t to[6])
{
	unsigned there = world_flow(w, from, to), back = world_flow(w, to, from);

	for (int i = 0; i < 10 && !world_received(w, back); i++) {
		unsigned came = world_received(w, there);

		world_send(w, there, 1, 98);
		world_run(w, w->now + S / 2);
		if (world_received(w, there) > came)
			world_send(w, back, 1, 98);
		world_run(w, w->now + S / 2);
	}
	return world_received(w, back) > 0;
}

/* ---- judgement ---- */

struct wrongs world_wrong(const struct world *w)
{
	return w->wrong;
}

void world_judge(const struct world *w)
{
	unsigned bad = 0;

#define X(name)                                                                  \
	if (w->wrong.name)                                                       \
		fprintf(stderr, "%u × %s: see world.h\n", w->wrong.name, #name); \
	bad += w->wrong.name;
	WRONGS(X)
#undef X
	if (bad)
		abort();
}

void world_watch(struct world *w, bool on)
{
	if (on == w->watch.on)
		return;
	w->watch.on = on;
	if (on) {
		w->watch.ear = medium_join(w->medium);
		if (medium_monitor(w->medium, w->watch.ear, true))
			abort();
	} else {
		medium_leave(w->medium, w->watch.ear);
		w->watch.ear = 0;
	}
}

void world_repeat(struct world *w, radio_id forger)
{
	struct frame *f = must(frame_clone(must(w->watch.down)));

	f->meta.freq_mhz = 0;
	medium_send(w->medium, forger, f, 0, 0, w->now);
}

uint64_t world_transmissions(const struct world *w)
{
	return w->watch.heard;
}
