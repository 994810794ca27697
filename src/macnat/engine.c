/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user-space engine: tables over uthash, and the environment of
 * macnat/env.h over a frame in memory.  What the kernel does by skb helpers is
 * done here the same way, down to the representation of a checksum of zero; the
 * parity test compares the two byte by byte.
 */
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "macnat/engine.h"

struct row {
	struct mn_key key;
	struct mn_binding b;
	UT_hash_handle hh;
};

struct port_row {
	uint32_t ifindex;
	uint32_t mtu;
	bool used; /* it has spoken, or owns something; otherwise only its MTU is known */
	struct mn_port port;
	UT_hash_handle hh;
};

struct mn_engine {
	struct mn_config config;
	struct row *rows;
	struct port_row *ports;
	size_t n_ports; /* used ones */
	uint64_t drops[DROP_COUNT], counts[MN_N_COUNT], appearances;
	struct mn_event events[MN_ENGINE_EVENTS];
	uint32_t event_head, n_events;
	const struct mn_frame *frame; /* during mn_engine_run */
	struct mn_work work;
};

#define MN_CTX         struct mn_engine *
#define MN_FN          static inline __attribute__((unused))
#define MN_STAGE(name) static int name(MN_CTX c, struct mn_work *w)
#define MN_ADD(p, n)   ((void)(*(p) += (n)))

MN_FN int mn_load(MN_CTX c, uint32_t off, void *to, uint32_t len)
{
	if (off > c->frame->len || len > c->frame->len - off)
		return -1;
	memcpy(to, c->frame->data + off, len);
	return 0;
}

MN_FN int mn_load_some(MN_CTX c, uint32_t off, void *to, uint32_t len)
{
	return len == 0 || len > 63 ? -1 : mn_load(c, off, to, len);
}

/* The sum of 16-bit words in the machine's order, with the carries kept in (RFC 1071). */
MN_FN uint32_t mn_sum(const void *p, uint32_t len, uint32_t sum)
{
	uint64_t s = sum;

	for (uint32_t i = 0; i < len; i += 4) {
		uint32_t word;

		memcpy(&word, (const uint8_t *)p + i, 4);
		s += word;
	}
	while (s >> 32)
		s = (s & 0xffffffff) + (s >> 32);
	return (uint32_t)s;
}

MN_FN const struct mn_config *mn_conf(MN_CTX c)
{
	return &c->config;
}

MN_FN struct mn_binding *mn_find(MN_CTX c, const struct mn_key *key)
{
	struct row *r;

	HASH_FIND(hh, c->rows, key, sizeof(*key), r);
	return r ? &r->b : NULL;
}

MN_FN int mn_insert(MN_CTX c, const struct mn_key *key, const struct mn_binding *b)
{
	struct row *r;

	if (mn_find(c, key))
		return 1;
	if (HASH_COUNT(c->rows) >= MN_TABLE_MAX)
		return -1;
	r = malloc(sizeof(*r));
	if (!r)
		return -1;
	r->key = *key;
	r->b = *b;
	HASH_ADD(hh, c->rows, key, sizeof(r->key), r);
	if (!r->hh.tbl) { /* uthash had no memory */
		free(r);
		return -1;
	}
	return 0;
}

MN_FN void mn_erase(MN_CTX c, const struct mn_key *key)
{
	struct row *r;

	HASH_FIND(hh, c->rows, key, sizeof(*key), r);
	if (!r)
		return;
	HASH_DELETE(hh, c->rows, r);
	free(r);
}

static struct port_row *port_row(struct mn_engine *e, uint32_t ifindex, bool make)
{
	struct port_row *p;

	HASH_FIND(hh, e->ports, &ifindex, sizeof(ifindex), p);
	if (p || !make)
		return p;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->ifindex = p->port.ifindex = ifindex;
	HASH_ADD(hh, e->ports, ifindex, sizeof(p->ifindex), p);
	if (!p->hh.tbl) {
		free(p);
		return NULL;
	}
	return p;
}

MN_FN struct mn_port *mn_port_find(MN_CTX c, uint32_t ifindex)
{
	struct port_row *p = port_row(c, ifindex, false);

	return p && p->used ? &p->port : NULL;
}

MN_FN struct mn_port *mn_port_of(MN_CTX c, uint32_t ifindex)
{
	struct mn_port *known = mn_port_find(c, ifindex);
	struct port_row *p;

	if (known)
		return known;
	if (c->n_ports >= MN_PORTS_MAX)
		return NULL;
	p = port_row(c, ifindex, true);
	if (!p)
		return NULL;
	p->used = true;
	c->n_ports++;
	return &p->port;
}

MN_FN void mn_lock_port(struct mn_port *p)
{
	(void)p;
}

MN_FN void mn_unlock_port(struct mn_port *p)
{
	(void)p;
}

MN_FN bool mn_fits(MN_CTX c, uint32_t ifindex)
{
	uint32_t len = c->frame->segment ? c->frame->segment : c->frame->len;
	struct port_row *p;

	if (ifindex == c->config.uplink)
		return len <= ETHER_HLEN + c->config.mtu;
	p = port_row(c, ifindex, false);
	return !p || !p->mtu || len <= ETHER_HLEN + p->mtu;
}

MN_FN void mn_tell(MN_CTX c, const struct mn_event *event)
{
	if (c->n_events == MN_ENGINE_EVENTS)
		return;
	c->events[(c->event_head + c->n_events++) % MN_ENGINE_EVENTS] = *event;
}

MN_FN uint64_t *mn_appearances(MN_CTX c)
{
	return &c->appearances;
}

MN_FN void mn_tally(MN_CTX c, uint32_t what)
{
	c->counts[what]++;
}

#include "macnat/rules.h"

struct mn_engine *mn_engine_new(const struct mn_config *config)
{
	struct mn_engine *e = calloc(1, sizeof(*e));

	if (e)
		e->config = *config;
	return e;
}

void mn_engine_free(struct mn_engine *e)
{
	struct row *r, *next_row;
	struct port_row *p, *next_port;

	if (!e)
		return;
	HASH_ITER(hh, e->rows, r, next_row)
	{
		HASH_DELETE(hh, e->rows, r);
		free(r);
	}
	HASH_ITER(hh, e->ports, p, next_port)
	{
		HASH_DELETE(hh, e->ports, p);
		free(p);
	}
	free(e);
}

struct mn_config *mn_engine_config(struct mn_engine *e)
{
	return &e->config;
}

const struct mn_work *mn_engine_run(struct mn_engine *e, enum mn_hook hook, const struct mn_frame *f, uint64_t now,
				    bool marked)
{
	struct mn_work *w = &e->work;

	e->frame = f;
	mn_begin(w);
	w->hook = hook;
	w->now = now;
	w->len = f->len;
	w->port = hook == MN_FROM_GUEST || hook == MN_FROM_PORT ? f->port : 0;
	w->tci = f->tci;
	w->gso = f->segment;
	switch (hook) {
	case MN_FROM_GUEST:
		mn_from_guest(e, w);
		break;
	case MN_FROM_WIRE:
		mn_from_wire(e, w, marked);
		break;
	case MN_FROM_PORT:
		mn_from_port(e, w);
		break;
	case MN_FROM_HOST:
	case MN_HOOKS:
		mn_from_host(e, w, marked);
		break;
	}
	if (w->drop)
		e->drops[w->drop]++;
	e->frame = NULL;
	return w;
}

/* RFC 1624, as the kernel's csum_replace_by_diff and BPF_F_MARK_MANGLED_0 do it. */
static void move_checksum(uint8_t *field, const struct mn_edit *ed)
{
	uint8_t inverted[8];
	uint32_t sum;
	uint16_t check;

	for (int i = 0; i < 8; i++)
		inverted[i] = (uint8_t)~ed->old[i];
	memcpy(&check, field, 2);
	sum = mn_sum(ed->new, 8, mn_sum(inverted, 8, (uint16_t)~check));
	check = (uint16_t)~mn_fold(sum);
	if (ed->udp && check == 0)
		check = 0xffff;
	memcpy(field, &check, 2);
}

int mn_engine_apply(const struct mn_work *w, const struct mn_frame *f)
{
	for (uint32_t i = 0; i < w->n_edits; i++) {
		const struct mn_edit *ed = &w->edit[i];

		if ((uint32_t)ed->off + ed->len > f->len || (ed->csum && (uint32_t)ed->csum + 2 > f->len))
			return -1;
		if (ed->csum && !f->partial)
			move_checksum(f->data + ed->csum, ed);
		memcpy(f->data + ed->off, ed->new, ed->len);
	}
	return 0;
}

const struct mn_binding *mn_engine_get(struct mn_engine *e, const struct mn_key *key)
{
	return mn_find(e, key);
}

int mn_engine_put(struct mn_engine *e, const struct mn_key *key, const struct mn_binding *b)
{
	struct mn_binding *known = mn_find(e, key);

	if (!known)
		return mn_insert(e, key, b);
	*known = *b;
	return 0;
}

bool mn_engine_delete(struct mn_engine *e, const struct mn_key *key)
{
	if (!mn_find(e, key))
		return false;
	mn_erase(e, key);
	return true;
}

bool mn_engine_next(struct mn_engine *e, void **cursor, struct mn_key *key, struct mn_binding *b)
{
	/* The cursor is the row that comes next, plus a mark for the end, so that the row just returned may go. */
	struct row *r = *cursor == NULL ? e->rows : *cursor == e ? NULL : *cursor;

	if (!r)
		return false;
	*key = r->key;
	*b = r->b;
	*cursor = r->hh.next ? r->hh.next : (void *)e;
	return true;
}

bool mn_engine_next_port(struct mn_engine *e, void **cursor, struct mn_port *port)
{
	struct port_row *p = *cursor == NULL ? e->ports : *cursor == e ? NULL : *cursor;

	while (p && !p->used)
		p = p->hh.next;
	if (!p)
		return false;
	*port = p->port;
	*cursor = p->hh.next ? p->hh.next : (void *)e;
	return true;
}

void mn_engine_forget_port(struct mn_engine *e, uint32_t ifindex)
{
	struct port_row *p = port_row(e, ifindex, false);

	if (!p)
		return;
	if (p->used)
		e->n_ports--;
	HASH_DELETE(hh, e->ports, p);
	free(p);
}

size_t mn_engine_size(const struct mn_engine *e)
{
	return HASH_COUNT(e->rows);
}

uint64_t mn_engine_drops(const struct mn_engine *e, enum drop reason)
{
	return (unsigned)reason < DROP_COUNT ? e->drops[reason] : 0;
}

uint64_t mn_engine_counts(const struct mn_engine *e, enum mn_count what)
{
	return (unsigned)what < MN_N_COUNT ? e->counts[what] : 0;
}

void mn_engine_count_drop(struct mn_engine *e, enum drop reason)
{
	if ((unsigned)reason < DROP_COUNT)
		e->drops[reason]++;
}

bool mn_engine_event(struct mn_engine *e, struct mn_event *event)
{
	if (!e->n_events)
		return false;
	*event = e->events[e->event_head];
	e->event_head = (e->event_head + 1) % MN_ENGINE_EVENTS;
	e->n_events--;
	return true;
}

int mn_engine_set_mtu(struct mn_engine *e, uint32_t ifindex, uint32_t mtu)
{
	struct port_row *p = port_row(e, ifindex, mtu != 0);

	if (!p)
		return mtu ? -1 : 0;
	p->mtu = mtu;
	return 0;
}
