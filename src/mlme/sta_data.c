/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet frames, both ways.  What the host sends waits for a moment while there is no connection, or while we are
 * away on another channel; a station has one address, and sends with no other.  What the radio brings must come from
 * our access point; softmac/rx.h does the rest.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"
#include "wire/be.h"
#include "wire/ether.h"

#define WAITING_MAX 64
#define WAITING_NS  (5 * SECOND)
#define BATCH       64

static bool may_send(const struct sta *s)
{
	return s->state == STA_CONNECTED && s->roam.step == ROAM_IDLE && !sta_switch_quiet(s);
}

static void send_one(struct sta *s, struct frame *f, struct actions *out)
{
	struct tx_how how = {.cookie = sta_cookie(s, COOKIE_DATA)};
	size_t len = f->len;
	uint8_t to[6];
	enum drop d;

	mac_copy(to, f->data);
	d = tx_data(&s->tx, &s->peer, f, &how);
	if (d) {
		sta_drop(s, d, to, out);
		return;
	}
	s->tx_frames++;
	s->tx_bytes += len;
}

/* The oldest goes. */
static void give_up_first(struct sta *s, enum drop d, struct actions *out)
{
	struct frame *f = s->waiting.at[0];

	sta_drop(s, d, f->data, out);
	frame_free(f);
	for (size_t i = 1; i < s->waiting.count; i++)
		s->waiting.at[i - 1] = s->waiting.at[i];
	s->waiting.count--;
}

static void keep(struct sta *s, struct frame *f, struct actions *out)
{
	if (s->waiting.count == WAITING_MAX)
		give_up_first(s, DROP_NOT_CONNECTED, out);
	f->meta.time_ns = s->now_ns;
	if (frames_add(&s->waiting, f))
		sta_drop(s, DROP_NO_MEMORY, s->setup.addr, out);
	else if (s->due[TIMER_QUEUE] == NEVER)
		s->due[TIMER_QUEUE] = s->now_ns + WAITING_NS;
}

void sta_data_timer(struct sta *s, struct actions *out)
{
	while (s->waiting.count && s->waiting.at[0]->meta.time_ns + WAITING_NS <= s->now_ns)
		give_up_first(s, DROP_NOT_CONNECTED, out);
	if (s->waiting.count)
		s->due[TIMER_QUEUE] = s->waiting.at[0]->meta.time_ns + WAITING_NS;
}

void sta_data_purge(struct sta *s, enum drop d, struct actions *out)
{
	while (s->waiting.count)
		give_up_first(s, d, out);
	s->due[TIMER_QUEUE] = NEVER;
}

/* Connected, or back from another channel. */
void sta_data_waiting(struct sta *s, struct actions *out)
{
	if (!s->waiting.count || !may_send(s))
		return;
	sta_power_active(s, out);
	for (size_t i = 0; i < s->waiting.count; i++)
		send_one(s, s->waiting.at[i], out);
	s->waiting.count = 0;
	s->due[TIMER_QUEUE] = NEVER;
	sta_flush(s, out);
}

/* What a host may send by this link at all. */
static enum drop check_host(const struct sta *s, const struct frame *f)
{
	if (f->len < ETHER_HLEN)
		return DROP_TRUNCATED;
	if (!mac_equal(f->data + ETHER_ALEN, s->setup.addr))
		return DROP_FOREIGN_SOURCE;
	if (be16(f->data + 2 * ETHER_ALEN) == ETHERTYPE_EAPOL)
		return DROP_LINK_CONTROL;
	return s->state == STA_STOPPED ? DROP_NOT_CONNECTED : NOT_DROPPED;
}

void sta_send(struct sta *s, struct frame **f, size_t n, uint64_t now_ns, struct actions *out)
{
	bool any = false;

	s->now_ns = now_ns;
	for (size_t i = 0; i < n; i++) {
		enum drop d = check_host(s, f[i]);

		if (d) {
			sta_drop(s, d, f[i]->len < ETHER_HLEN ? s->setup.addr : f[i]->data, out);
			frame_free(f[i]);
		} else if (!may_send(s)) {
			keep(s, f[i], out);
		} else {
			if (!any)
				sta_power_active(s, out);
			any = true;
			send_one(s, f[i], out);
		}
	}
	if (any) {
		sta_flush(s, out);
		sta_keys_renew(s, out);
	}
}

static void deliver(struct sta *s, struct rx_msdu *m, struct actions *out)
{
	struct action *a = actions_add(out, ACTION_DELIVER);

	s->rx_frames++;
	s->rx_bytes += m->frame->len;
	if (!a) {
		sta_drop(s, DROP_NO_MEMORY, s->ap.bssid, out);
		return;
	}
	a->frame = m->frame;
	m->frame = NULL;
}

/* Carries out what came of a batch.  An EAPOL frame may end the link; what came behind it then is worth nothing. */
static void settle(struct sta *s, struct actions *out)
{
	struct rx_out rx = s->rx;
	uint32_t attempt = s->attempt;

	s->rx = (struct rx_out){0};
	for (size_t i = 0; i < rx.msdus && s->attempt == attempt; i++) {
		struct rx_msdu *m = &rx.msdu[i];

		if (m->eapol)
			sta_keys_eapol(s, m, out);
		else
			deliver(s, m, out);
	}
	for (size_t i = 0; i < rx.drops; i++) {
		sta_drop(s, rx.dropped[i].drop, s->ap.bssid, out);
		if (rx.dropped[i].drop == DROP_MICHAEL && s->attempt == attempt && s->terms.kind == BSS_TERMS_RSN)
			sta_keys_michael(s, rx.dropped[i].group, out);
	}
	rx_out_clear(&rx);
	s->rx = rx;
}

/* Is it from the access point that we are with, to us or to the group? */
static enum drop check_link(const struct sta *s, const uint8_t *hdr)
{
	bool group = mac_is_group(hdr + DOT11_ADDR1), ours = mac_equal(hdr + DOT11_ADDR2, s->ap.bssid);

	if (group && !ours)
		return DROP_OTHER_BSS; /* a neighbour's */
	if (!s->peer_alive)
		return DROP_NOT_CONNECTED;
	return ours && (group || mac_equal(hdr + DOT11_ADDR1, s->setup.addr)) ? NOT_DROPPED : DROP_ADDRESSES;
}

/* What a frame of our link says besides is noted here. */
static bool is_ours(struct sta *s, const struct frame *f, struct actions *out)
{
	const uint8_t *hdr = f->data;
	bool group = mac_is_group(hdr + DOT11_ADDR1);
	enum drop d = check_link(s, hdr);

	if (d) {
		sta_drop(s, d, hdr + DOT11_ADDR2, out);
		return false;
	}
	if (group)
		sta_power_group(s, le16(hdr) & FC_MORE_DATA, out);
	else if (!(le16(hdr) & FC_NULL))
		s->power.active_ns = s->now_ns;
	return true;
}

/* While a handshake goes on each frame may bring the key of the next. */
static size_t batch_size(const struct sta *s)
{
	bool handshake = s->terms.kind == BSS_TERMS_RSN && s->supplicant.state != SUPPLICANT_DONE;

	return handshake ? 1 : BATCH;
}

void sta_data_receive(struct sta *s, struct frame **f, size_t n, struct actions *out)
{
	struct rx_in in[BATCH];
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_ours(s, f[i], out))
			in[count++] = (struct rx_in){.peer = &s->peer, .frame = f[i]};
		else
			frame_free(f[i]);
		if (count && (count >= batch_size(s) || i + 1 == n)) {
			rx_data(in, count, s->now_ns, &s->rx);
			settle(s, out);
			count = 0;
		}
	}
}
