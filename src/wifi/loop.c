/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wifi/wifi.h"

#include "base/mac.h"
#include "crypto/digest.h"
#include "radio/radio.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
	AT_ONCE = 8,          /* batches from the radio, then the interfaces have their turn */
	RETRY_FIRST_MS = 200, /* until a radio that has gone is tried anew; twice as long each time */
	RETRY_LAST_MS = 5000,
};

struct wifi_loop {
	uv_loop_t *uv;
	struct radio *radio; /* NULL while it has gone */
	uv_poll_t air, wire[WIFI_NETWORKS_MAX];
	uv_timer_t wake, retry;
	bool wire_on[WIFI_NETWORKS_MAX], carrier[WIFI_NETWORKS_MAX];
	uint64_t retry_ms, lost;
	uint16_t freq; /* tuned to */
	struct actions actions;
	struct frames batch;
	struct radio_tx tx[RADIO_BATCH];
	size_t tx_count;
	bool stopping, failed;
};

uint64_t wifi_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* ---- interfaces ---- */

/* The name, in whatever network namespace this is of whatever machine: two hosts on one air differ. */
void wifi_address(struct crypto *c, const char *interface, uint8_t addr[6])
{
	char machine[64] = "";
	struct stat ns = {0};
	FILE *f = fopen("/etc/machine-id", "re");

	if (f) {
		size_t n = fread(machine, 1, sizeof machine - 1, f);

		machine[n] = '\0';
		fclose(f);
	}
	stat("/proc/self/ns/net", &ns);
	struct piece pieces[] = {
		{machine, strlen(machine)}, {&ns.st_ino, sizeof ns.st_ino}, {interface, strlen(interface)}};
	if (digest(c, DIGEST_HMAC_SHA256, "vifi address", 12, pieces, 3, addr, 6) != 0)
		memset(addr, 0x5a, 6);
	addr[0] = (uint8_t)((addr[0] & 0xfc) | 2); /* locally administered, not a group's */
}

bool wifi_open(struct wifi *w, struct crypto *c, enum wifi_result *result, struct why *why)
{
	w->loop = calloc(1, sizeof *w->loop);
	*result = WIFI_FAILED;
	if (!w->loop)
		return why_set(why, false, "no memory");
	for (unsigned i = 0; i < w->count; i++) {
		struct wifi_network *n = &w->network[i];
		struct tap_setup s = {
			.name = n->interface, .mtu = 1500, .bridge = n->bridge, .head = WIFI_HEAD, .tail = WIFI_TAIL};
		int error;

		if (mac_is_zero(n->addr))
			wifi_address(c, n->interface, n->addr);
		memcpy(s.addr, n->addr, 6);
		w->tap[i] = tap_open(&s, &error, why);
		if (w->tap[i] && tap_made_bridge(w->tap[i]))
			wifi_say(w->log, n->interface, "the bridge %s was not there: it is made, and stays", n->bridge);
		if (!w->tap[i]) {
			*result = error == -EPERM ? WIFI_PRIVILEGE : error == -EBUSY ? WIFI_STATE : WIFI_FAILED;
			return false;
		}
	}
	return true;
}

void wifi_discard(struct wifi *w)
{
	for (unsigned i = 0; i < w->count; i++) {
		tap_discard(w->tap[i]);
		w->tap[i] = NULL;
	}
}

void wifi_close(struct wifi *w)
{
	for (unsigned i = 0; i < w->count; i++)
		tap_close(w->tap[i]);
	if (w->ops && w->machine)
		w->ops->free(w->machine);
	if (w->loop) {
		actions_free(&w->loop->actions);
		frames_free(&w->loop->batch);
	}
	free(w->loop);
	w->loop = NULL;
}

/* ---- what the machine wants ---- */

static void on_air(uv_poll_t *p, int status, int events);
static void on_wire(uv_poll_t *p, int status, int events);
static void on_wake(uv_timer_t *t);

static void flush(struct wifi *w)
{
	struct wifi_loop *l = w->loop;

	if (l->radio && l->tx_count)
		l->radio->ops->send(l->radio, l->tx, l->tx_count);
	else
		for (size_t i = 0; i < l->tx_count; i++)
			frame_free(l->tx[i].frame);
	l->tx_count = 0;
}

static void transmit(struct wifi *w, struct action *a)
{
	struct wifi_loop *l = w->loop;

	wifi_say_frame(w->log, w->network[0].interface, '>', a->frame);
	l->tx[l->tx_count++] =
		(struct radio_tx){.frame = a->frame, .cookie = a->cookie, .freq_mhz = a->freq ? a->freq : l->freq};
	a->frame = NULL;
	if (l->tx_count == RADIO_BATCH)
		flush(w);
}

static void tune(struct wifi *w, uint16_t freq)
{
	int r = 0;

	flush(w);
	if (w->loop->radio)
		r = w->loop->radio->ops->tune(w->loop->radio, freq);
	if (r < 0)
		wifi_say(w->log, w->network[0].interface, "the radio cannot be tuned to %u MHz: %s", freq,
			 strerror(-r));
	w->loop->freq = freq;
}

static const char *name_of(const struct wifi *w, unsigned network)
{
	return w->network[network < w->count ? network : 0].interface;
}

static void carry_out_one(struct wifi *w, struct action *a)
{
	switch (a->kind) {
	case ACTION_TRANSMIT:
		transmit(w, a);
		break;
	case ACTION_DELIVER:
		if (a->bss < w->count)
			tap_write(w->tap[a->bss], &a->frame, 1);
		break;
	case ACTION_TUNE:
		tune(w, a->freq);
		break;
	case ACTION_DOZE:
		flush(w);
		if (w->loop->radio)
			w->loop->radio->ops->doze(w->loop->radio, a->until_ns);
		break;
	case ACTION_NOTE:
		wifi_say_note(w->log, name_of(w, a->bss), a);
		break;
	case ACTION_DROP:
		wifi_say_drop(w->log, name_of(w, a->bss), a);
		break;
	}
}

static void set_carrier(struct wifi *w)
{
	for (unsigned i = 0; i < w->count; i++) {
		bool on = w->loop->radio && !w->loop->stopping && w->ops->carrier(w->machine, i);

		if (on != w->loop->carrier[i])
			tap_carrier(w->tap[i], on);
		w->loop->carrier[i] = on;
	}
}

/* Frames that the radio has no room for wait in the interfaces' queues. */
static void poll_wire(struct wifi *w)
{
	struct wifi_loop *l = w->loop;
	bool room = l->radio && !l->stopping && l->radio->ops->room(l->radio) > 0;

	for (unsigned i = 0; i < w->count; i++) {
		if (room && !l->wire_on[i])
			uv_poll_start(&l->wire[i], UV_READABLE, on_wire);
		else if (!room && l->wire_on[i])
			uv_poll_stop(&l->wire[i]);
		l->wire_on[i] = room;
	}
}

static void arm(struct wifi *w)
{
	uint64_t wake = w->ops->wake(w->machine), now = wifi_now();

	if (wake == UINT64_MAX) {
		uv_timer_stop(&w->loop->wake);
		return;
	}
	uv_update_time(w->loop->uv);
	uv_timer_start(&w->loop->wake, on_wake, wake > now ? (wake - now + 999999) / 1000000 : 0, 0);
}

/* Carries out what the machine asked for, and sees when it wants to be woken. */
static void carry_out(struct wifi *w)
{
	struct actions *out = &w->loop->actions;

	for (size_t i = 0; i < out->count; i++)
		carry_out_one(w, &out->list[i]);
	actions_clear(out);
	flush(w);
	set_carrier(w);
	if (!w->loop->stopping && w->loop->radio)
		arm(w);
	poll_wire(w);
}

/* ---- the radio ---- */

static void on_retry(uv_timer_t *t);

static bool join(struct wifi *w, struct why *why)
{
	struct wifi_loop *l = w->loop;
	uint8_t addr[WIFI_NETWORKS_MAX][6];
	int r;

	l->radio = radio_air(w->air, w->name[0] ? w->name : w->network[0].interface, why);
	if (!l->radio)
		return false;
	for (unsigned i = 0; i < w->count; i++)
		memcpy(addr[i], w->network[i].addr, 6);
	r = l->radio->ops->addresses(l->radio, (const uint8_t(*)[6])addr, w->count);
	if (r == 0 && l->freq)
		r = l->radio->ops->tune(l->radio, l->freq);
	if (r == 0 && uv_poll_init(l->uv, &l->air, l->radio->fd) == 0) {
		l->air.data = w;
		uv_poll_start(&l->air, UV_READABLE, on_air);
		w->ops->start(w->machine, wifi_now(), &l->actions);
		return true;
	}
	l->radio->ops->close(l->radio);
	l->radio = NULL;
	return why_set(why, false, r == -EADDRINUSE ? "another radio of this air has the address of %s" : "%s: %s",
		       w->network[0].interface, strerror(-r));
}

static void drop_radio(struct wifi *w)
{
	struct wifi_loop *l = w->loop;

	uv_poll_stop(&l->air);
	l->radio->ops->close(l->radio);
	l->radio = NULL;
	l->tx_count = 0;
}

static void closed_air(uv_handle_t *h)
{
	struct wifi *w = h->data;

	if (!w->loop->stopping)
		uv_timer_start(&w->loop->retry, on_retry, w->loop->retry_ms, 0);
}

static void gone(struct wifi *w)
{
	struct wifi_loop *l = w->loop;

	wifi_say(w->log, w->network[0].interface, "the air has gone (%s); trying again until it is back", w->air);
	flush(w);
	drop_radio(w);
	uv_timer_stop(&l->wake);
	w->ops->stop(w->machine, wifi_now(), &l->actions);
	carry_out(w);
	l->retry_ms = RETRY_FIRST_MS;
	uv_close((uv_handle_t *)&l->air, closed_air);
}

static void on_retry(uv_timer_t *t)
{
	struct wifi *w = t->data;
	struct wifi_loop *l = w->loop;
	struct why why;

	if (join(w, &why)) {
		wifi_say(w->log, w->network[0].interface, "the air is back (%s)", w->air);
		carry_out(w);
		return;
	}
	if (w->log->debug)
		wifi_say(w->log, w->network[0].interface, "%s", why.text);
	l->retry_ms = 2 * l->retry_ms < RETRY_LAST_MS ? 2 * l->retry_ms : RETRY_LAST_MS;
	uv_timer_start(t, on_retry, l->retry_ms, 0);
}

static void hand_over(struct wifi *w, uint64_t now)
{
	struct frames *b = &w->loop->batch;

	if (b->count)
		w->ops->receive(w->machine, b->at, b->count, now, &w->loop->actions);
	b->count = 0; /* the machine has them */
}

/* Returns how many events there were, or -1: the radio has gone. */
static int take_events(struct wifi *w)
{
	struct radio_event e[RADIO_BATCH];
	int n = w->loop->radio->ops->receive(w->loop->radio, e);
	uint64_t now = wifi_now();
	bool is_gone = false;

	for (int i = 0; i < n; i++)
		switch (e[i].kind) {
		case RADIO_RECEIVED:
			wifi_say_frame(w->log, w->network[0].interface, '<', e[i].frame);
			frames_add(&w->loop->batch, e[i].frame);
			break;
		case RADIO_STATUS:
			hand_over(w, now);
			w->ops->status(w->machine, e[i].cookie, e[i].acked, now, &w->loop->actions);
			break;
		case RADIO_GONE:
			is_gone = true;
			break;
		}
	hand_over(w, now);
	return is_gone ? -1 : n;
}

static void on_air(uv_poll_t *p, int status, int events)
{
	struct wifi *w = p->data;
	int n = status < 0 ? -1 : RADIO_BATCH;

	(void)events;
	for (int i = 0; i < AT_ONCE && n == RADIO_BATCH; i++)
		n = take_events(w);
	carry_out(w);
	if (n < 0 && w->loop->radio)
		gone(w);
}

static void on_wire(uv_poll_t *p, int status, int events)
{
	struct wifi *w = p->data;
	struct wifi_loop *l = w->loop;
	unsigned network = (unsigned)(p - l->wire);
	struct frames *b = &l->batch;
	size_t room = l->radio ? l->radio->ops->room(l->radio) : 0;

	(void)events;
	if (status < 0) {
		/* It can be made anew only with privileges that are given away. */
		wifi_say(w->log, w->network[network].interface, "the interface has gone: somebody deleted it");
		l->failed = true;
		uv_stop(l->uv);
		return;
	}
	tap_read(w->tap[network], b, room < RADIO_BATCH ? room : RADIO_BATCH, &l->lost);
	if (b->count)
		w->ops->send(w->machine, network, b->at, b->count, wifi_now(), &l->actions);
	b->count = 0;
	carry_out(w);
}

static void on_wake(uv_timer_t *t)
{
	struct wifi *w = t->data;

	w->ops->tick(w->machine, wifi_now(), &w->loop->actions);
	carry_out(w);
}

/* ---- from first to last ---- */

bool wifi_start(struct wifi *w, uv_loop_t *uv, struct why *why)
{
	struct wifi_loop *l = w->loop;

	l->uv = uv;
	uv_timer_init(uv, &l->wake);
	uv_timer_init(uv, &l->retry);
	l->wake.data = l->retry.data = w;
	for (unsigned i = 0; i < w->count; i++) {
		uv_poll_init(uv, &l->wire[i], tap_fd(w->tap[i]));
		l->wire[i].data = w;
	}
	if (!join(w, why))
		return false;
	carry_out(w);
	return true;
}

void wifi_stop(struct wifi *w)
{
	struct wifi_loop *l = w->loop;

	if (!l || !l->uv)
		return;
	if (l->radio)
		w->ops->stop(w->machine, wifi_now(), &l->actions);
	l->stopping = true;
	carry_out(w);
	if (l->radio) {
		drop_radio(w);
		uv_close((uv_handle_t *)&l->air, NULL);
	}
	uv_close((uv_handle_t *)&l->wake, NULL);
	uv_close((uv_handle_t *)&l->retry, NULL);
	for (unsigned i = 0; i < w->count; i++)
		uv_close((uv_handle_t *)&l->wire[i], NULL);
}

bool wifi_failed(const struct wifi *w)
{
	return w->loop && w->loop->failed;
}

void wifi_show(struct wifi *w)
{
	wifi_say(w->log, w->network[0].interface, "status: the air %s is %s%s", w->air,
		 w->loop->radio ? "there" : "gone",
		 w->loop->lost ? "; frames of this host were lost for lack of memory" : "");
	w->ops->show(w->machine, w, wifi_now());
}
