/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

struct mn_key key_of4(const uint8_t *ip)
{
	struct mn_key k = {.family = MN_IP4};

	memcpy(k.addr, ip, 4);
	return k;
}

struct mn_key key_of6(const uint8_t *ip)
{
	struct mn_key k = {.family = MN_IP6};

	memcpy(k.addr, ip, 16);
	return k;
}

struct mn_key key_of_mac(const uint8_t *mac)
{
	struct mn_key k = {.family = MN_MAC};

	memcpy(k.addr, mac, 6);
	return k;
}

void trial_pin(struct trial *t, const struct mn_key *key, enum mn_kind kind, const uint8_t *mac)
{
	struct mn_binding b = {.kind = (uint8_t)kind, .slot = MN_NO_SLOT, .born = t->now, .seen = t->now};

	if (mac)
		memcpy(b.mac, mac, 6);
	if (kind == MN_GUEST)
		b.flags = MN_F_PIN;
	mn_engine_put(t->e, key, &b);
}

void trial_init(struct trial *t)
{
	struct mn_config c = {
		.abi = MN_ABI,
		.uplink = UPLINK,
		.port = UPLINK_PORT,
		.mtu = 1500,
		.silent = 60 * SECOND,
		.port_cap = MN_RING,
		.vlans = {1u << 7},
	};
	struct mn_key k;

	memset(t, 0, sizeof(*t));
	memcpy(c.w, mac_w, 6);
	t->e = mn_engine_new(&c);
	if (!t->e)
		abort();
	t->now = 1000 * SECOND;
	k = key_of4(ip_host);
	trial_pin(t, &k, MN_HOST, mac_w);
	k = key_of6(ip6_host);
	trial_pin(t, &k, MN_HOST, mac_w);
	k = key_of4(ip_router);
	trial_pin(t, &k, MN_GATEWAY, NULL);
	k = key_of6(ip6_router);
	trial_pin(t, &k, MN_GATEWAY, NULL);
	k = key_of4(ip_net);
	trial_pin(t, &k, MN_BROADCAST, NULL);
}

void trial_end(struct trial *t)
{
	mn_engine_free(t->e);
	t->e = NULL;
}

void frame_print(const char *what, const struct frame *f)
{
	fprintf(stderr, "%s (%u bytes): ", what, f->len);
	for (uint32_t i = 0; i < f->len; i++)
		fprintf(stderr, "%02x", f->b[i]);
	fprintf(stderr, "\n");
}

/* ---- the laws ---- */

/* Where the payload lies, of which type it is, and in which VLAN; read afresh. */
struct look {
	uint32_t at;
	uint16_t type, vlan;
	bool tagged, nested;
};

static bool is_tag(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

static struct look look(const struct trial *t, const struct frame *f)
{
	struct look l = {.at = 14};

	if (f->len < 14)
		return l;
	l.type = get16(f->b + 12);
	l.tagged = t->tci != 0;
	l.vlan = t->tci & 0xfff;
	if (is_tag(l.type) && f->len >= 18) {
		l.nested = l.tagged;
		l.tagged = true;
		l.vlan = get16(f->b + 14) & 0xfff;
		l.type = get16(f->b + 16);
		l.at = 18;
		l.nested |= is_tag(l.type);
	}
	return l;
}

static bool is_guest(struct trial *t, const struct look *l, const uint8_t *mac)
{
	struct mn_key k = key_of_mac(mac);
	const struct mn_binding *b;

	k.vlan = l->vlan;
	b = mn_engine_get(t->e, &k);
	return b && b->kind == MN_GUEST;
}

/* Does the frame name a guest where neighbours learn from: ARP hardware addresses, ND link-layer address options? */
static bool names_guest(struct trial *t, const struct frame *f, const uint8_t *sender)
{
	struct look l = look(t, f);
	const uint8_t *p = f->b + l.at;
	uint32_t len = f->len - l.at, at = 40, end;
	uint8_t next;

	if (f->len < l.at)
		return false;
	if (l.type <= 1500 && len >= 8 && !memcmp(p, "\xaa\xaa\x03\0\0", 5) && (p[5] == 0 || p[5] == 0xf8)) {
		l.type = get16(p + 6); /* on the air this is what the frame is (IEEE 802.11, 5.1.4; RFC 1042) */
		p += 8;
		len -= 8;
	}
	if (l.type == 0x0806 && len >= 28)
		return is_guest(t, &l, p + 8) || is_guest(t, &l, p + 18) || !memcmp(p + 8, sender, 6) ||
		       !memcmp(p + 18, sender, 6);
	if (l.type != 0x86dd || len < 40)
		return false;
	end = 40u + get16(p + 4);
	if (end > len)
		end = len;
	next = p[6];
	while ((next == 0 || next == 43 || next == 60 || next == 51) && at + 8 <= end) {
		uint8_t was = next;

		next = p[at];
		at += was == 51 ? 4u * (p[at + 1] + 2u) : 8u + 8u * p[at + 1];
	}
	if (next != 58 || at + 8 > end || p[at] < RS || p[at] > REDIRECT || p[7] != 255)
		return false;
	at += p[at] == RS ? 8 : p[at] == RA ? 16 : p[at] == REDIRECT ? 40 : 24;
	while (at + 8 <= end && p[at + 1]) {
		if ((p[at] == SLLA || p[at] == TLLA) && (is_guest(t, &l, p + at + 2) || !memcmp(p + at + 2, sender, 6)))
			return true;
		at += 8u * p[at + 1];
	}
	return false;
}

static bool is_link_control(const struct look *l, const struct frame *f)
{
	static const uint8_t reserved[5] = {0x01, 0x80, 0xc2, 0, 0};
	uint16_t type = l->type;

	if (!memcmp(f->b, reserved, 5) && f->b[5] < 0x10)
		return true;
	if (type <= 1500 && f->len >= l->at + 8 && !memcmp(f->b + l->at, "\xaa\xaa\x03\0\0", 5) &&
	    (f->b[l->at + 5] == 0 || f->b[l->at + 5] == 0xf8))
		type = get16(f->b + l->at + 6);
	return type == 0x888e || type == 0x88c7 || type == 0x890d || type == 0x88cc;
}

static const char *laws_of_air(struct trial *t, enum mn_hook hook, const struct look *l)
{
	const struct mn_config *c = mn_engine_config(t->e);

	if (memcmp(t->f.b + 6, c->w, 6))
		return "a frame for the air has a source other than W";
	if (hook == MN_FROM_WIRE)
		return "a frame from the wire goes back to the air";
	if (hook != MN_FROM_GUEST && hook != MN_FROM_PORT)
		return NULL;
	if (names_guest(t, &t->f, t->in.b + 6))
		return "a frame for the air names a guest in its body";
	if (l->tagged && (l->nested || !(c->vlans[l->vlan / 64] >> l->vlan % 64 & 1)))
		return "a frame for the air bears a tag that is not configured";
	if (!t->segment && t->f.len > l->at + c->mtu)
		return "a frame for the air is longer than the uplink's MTU";
	return NULL;
}

static const char *laws_of_guests(struct trial *t, enum mn_hook hook, const struct look *l, const struct frame *f)
{
	const struct mn_config *c = mn_engine_config(t->e);

	if (!memcmp(f->b, c->w, 6))
		return "a frame for guests is addressed to W";
	if (hook == MN_FROM_WIRE && !memcmp(f->b + 6, c->w, 6))
		return "a reflection reaches the guests";
	if (is_link_control(l, f))
		return "link control reaches the guests";
	if (hook == MN_FROM_WIRE && l->tagged && (l->nested || !(c->vlans[l->vlan / 64] >> l->vlan % 64 & 1)))
		return "a tag that is not configured reaches the guests";
	return NULL;
}

const char *trial_laws(struct trial *t, enum mn_hook hook, bool marked)
{
	const struct mn_work *w = t->w;
	struct look l = look(t, &t->in);
	unsigned before = checksums(&t->in), after;
	const char *broken = NULL;

	if (w->drop >= DROP_COUNT || w->drop == DROP_INTERNAL)
		return "a drop without a good name";
	if (w->drop)
		return w->to || w->copy || w->n_edits ? "a dropped frame goes somewhere" : NULL;
	if (hook == MN_FROM_PORT && !w->to)
		return w->copy || w->n_edits || w->via ? "a frame for the bridge has a verdict" : NULL;
	if (t->in.len < 14)
		return hook == MN_FROM_WIRE && marked ? NULL : "less than a header was let pass";
	if (!w->to && (hook != MN_FROM_GUEST || w->copy))
		return "a frame vanishes without a reason";
	if (w->to & ~(MN_TO_AIR | MN_TO_GUESTS | MN_TO_HOST) || (w->to & MN_TO_AIR && w->to != MN_TO_AIR))
		return "an impossible set of destinations";
	if (w->copy && (w->copy & w->to))
		return "one destination twice";
	if (hook == MN_FROM_GUEST && w->to && is_link_control(&l, &t->in))
		return "link control from a guest passes";
	if ((w->to | w->copy) & MN_TO_AIR)
		broken = laws_of_air(t, hook, &l);
	if (!broken && w->copy & MN_TO_GUESTS)
		broken = laws_of_guests(t, hook, &l, &t->in);
	if (!broken && w->to & MN_TO_GUESTS)
		broken = laws_of_guests(t, hook, &l, &t->f);
	after = checksums(&t->f);
	if (!broken && !t->partial && !t->segment && before != after)
		broken = "a checksum changed its truth";
	if (!broken && t->f.len != t->in.len)
		broken = "the length changed";
	return broken;
}

/* ---- giving frames ---- */

static const char *count_laws(struct trial *t, uint64_t drops, uint64_t local)
{
	uint64_t all = 0;

	for (int i = 0; i < DROP_COUNT; i++)
		all += mn_engine_drops(t->e, (enum drop)i);
	if (all - drops != (t->w->drop != NOT_DROPPED))
		return "drops and their counters disagree";
	if (t->w->hook != MN_FROM_PORT && !t->w->drop && !t->w->to && mn_engine_counts(t->e, MN_N_LOCAL) != local + 1)
		return "a frame that stays local is not counted";
	return NULL;
}

enum drop trial_give(struct trial *t, enum mn_hook hook, uint32_t port, bool marked)
{
	struct mn_frame f = {
		.len = t->f.len, .port = port, .tci = t->tci, .segment = t->segment, .partial = t->partial};
	uint64_t drops = 0, local = mn_engine_counts(t->e, MN_N_LOCAL);
	const char *broken;
	uint8_t *data = malloc(t->f.len ? t->f.len : 1); /* of its exact size, for the address sanitizer */

	if (!data)
		abort();
	for (int i = 0; i < DROP_COUNT; i++)
		drops += mn_engine_drops(t->e, (enum drop)i);
	t->in.len = t->f.len;
	memcpy(t->in.b, t->f.b, t->f.len);
	memcpy(data, t->f.b, t->f.len);
	f.data = data;
	t->w = mn_engine_run(t->e, hook, &f, t->now, marked);
	broken = memcmp(data, t->in.b, t->in.len) ? "a rule wrote into the frame" : NULL;
	if (!broken && mn_engine_apply(t->w, &f))
		broken = "an edit lies outside the frame";
	memcpy(t->f.b, data, t->f.len);
	free(data);
	if (!broken)
		broken = trial_laws(t, hook, marked);
	if (!broken)
		broken = count_laws(t, drops, local);
	if (broken) {
		fprintf(stderr, "broken law: %s\n  hook %d, port %u, drop %s, copy %u, to %u, edits %u\n", broken, hook,
			port, drop_name((enum drop)t->w->drop), t->w->copy, t->w->to, t->w->n_edits);
		frame_print("  given", &t->in);
		frame_print("  made ", &t->f);
		abort();
	}
	return (enum drop)t->w->drop;
}

enum drop from_guest(struct trial *t, uint32_t port)
{
	return trial_give(t, MN_FROM_GUEST, port, false);
}

enum drop from_wire(struct trial *t)
{
	return trial_give(t, MN_FROM_WIRE, 0, false);
}

enum drop from_host(struct trial *t)
{
	return trial_give(t, MN_FROM_HOST, 0, false);
}

void trial_hear4(struct trial *t, uint32_t port, const uint8_t *mac, const uint8_t *ip)
{
	put_arp(&t->f, mac_all, mac, 1, mac, ip, mac_none, ip);
	from_guest(t, port);
}

void trial_hear6(struct trial *t, uint32_t port, const uint8_t *mac, const uint8_t *ip)
{
	put_ip6(&t->f, mac_router, mac, ip, ip6_near, 17, 64, "\1\2\1\2\0\10\0\0", 8);
	from_guest(t, port);
}

void trial_hear_all(struct trial *t)
{
	trial_hear4(t, PORT_A, mac_a, ip_a);
	trial_hear4(t, PORT_B, mac_b, ip_b);
	trial_hear4(t, PORT_C, mac_c, ip_c);
	trial_hear6(t, PORT_A, mac_a, ip6_a);
	trial_hear6(t, PORT_B, mac_b, ip6_b);
	trial_hear6(t, PORT_C, mac_c, ip6_c);
}

const struct mn_binding *trial_find4(struct trial *t, const uint8_t *ip)
{
	struct mn_key k = key_of4(ip);

	return mn_engine_get(t->e, &k);
}

const struct mn_binding *trial_find6(struct trial *t, const uint8_t *ip)
{
	struct mn_key k = key_of6(ip);

	return mn_engine_get(t->e, &k);
}

const struct mn_binding *trial_find_mac(struct trial *t, const uint8_t *mac)
{
	struct mn_key k = key_of_mac(mac);

	return mn_engine_get(t->e, &k);
}

bool trial_event(struct trial *t, enum mn_event_type type, struct mn_event *event)
{
	while (mn_engine_event(t->e, event))
		if (event->type == type)
			return true;
	return false;
}
