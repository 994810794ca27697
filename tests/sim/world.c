/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The world itself: its time, and what its nodes want done. */
#include "inside.h"

#include "base/mac.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

uint64_t dice(struct world *w)
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

void node_settle(struct world *w, struct node *n)
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
	node_settle(w, n);
	/* What was put on the wire goes on when all of this is done; wire_cross() comes back here. */
}

void node_done(struct world *w, struct node *n)
{
	world_act(w, n->number);
	wire_cross(w);
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
	node_done(w, n);
}

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
		node_done(w, n);
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

/* ---- the world ---- */

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

void world_free(struct world *w)
{
	for (size_t i = 0; i < w->count; i++) {
		node_end(w->nodes[i]);
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
		if (!memcmp(h->networks[i].pmk, pmk, PMK_LEN))
			return;
	if (h->count == WORLD_PMKS)
		abort();
	memcpy(h->networks[h->count].pmk, pmk, PMK_LEN);
	h->observers[h->count] = must(observer_new(w->crypto, &h->networks[h->count], 1));
	h->count++;
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

void world_repeat_group(struct world *w, radio_id forger, size_t change)
{
	struct frame *f = must(frame_clone(must(w->watch.group)));

	f->meta.freq_mhz = 0;
	((uint8_t *)must(frame_own(f)))[change] ^= change != 0;
	medium_send(w->medium, forger, f, 0, 0, w->now);
}

uint64_t world_transmissions(const struct world *w)
{
	return w->watch.heard;
}
