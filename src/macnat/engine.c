/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user-space engine: tables over uthash, and the environment of macnat/env.h over a frame in memory. It mirrors the
 * skb helpers of the kernel, down to the representation of a zero checksum; the parity test compares both engines byte
 * by byte.
 */
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "base/array.h"
#include "base/mac.h"
#include "macnat/engine.h"
#include "macnat/store.h"
#include "wire/ip.h"

struct mn_row {
	struct mn_key key;
	struct mn_binding binding;
	UT_hash_handle hh;
};

struct mn_port_row {
	uint32_t ifindex;
	uint32_t mtu;
	bool used; /* the rules use it; otherwise only its MTU is known */
	struct mn_port port;
	UT_hash_handle hh;
};

struct mn_block_row {
	struct mn_block_key key;
	struct mn_block block;
	UT_hash_handle hh;
};

struct mn_routed_row {
	struct mn_routed_key key;
	uint32_t value; /* MN_ROUTED_VALUE */
};

struct mn_prefix_row {
	struct mn_routed_key key;
	struct mn_prefix prefix;
};

struct mn_engine {
	struct mn_config config;
	struct mn_row *rows;
	struct mn_port_row *ports;
	size_t n_ports; /* in use */
	struct mn_block_row *blocks;
	struct mn_routed_row *routed;
	size_t n_routed, routed_room;
	struct mn_prefix_row *prefixes;
	size_t n_prefixes, prefixes_room;
	struct mn_copy copies[MN_COPIES_SIZE];
	uint64_t drops[DROP_COUNT], counts[MN_COUNTS], peer_generation, asked[MN_ASK_WORDS], secret;
	struct mn_event events[MN_ENGINE_EVENTS];
	uint32_t event_head, n_events;
	bool overflow;                /* an event was lost */
	const struct mn_frame *frame; /* only while mn_engine_run() runs */
	struct mn_context ctx;
};

#define MN_ENV              struct mn_engine *
#define MN_FN               static inline __attribute__((unused))
#define MN_STAGE(name)      static int name(MN_ENV env, struct mn_context *ctx)
#define MN_ATOMIC_ADD(p, n) ((void)(*(p) += (n)))
#define mn_secret(env)      ((env)->secret)

MN_FN int mn_load(MN_ENV env, uint32_t off, void *to, uint32_t len)
{
	if (off > env->frame->len || len > env->frame->len - off)
		return -1;
	memcpy(to, env->frame->data + off, len);
	return 0;
}

MN_FN int mn_load_some(MN_ENV env, uint32_t off, void *to, uint32_t len)
{
	return len == 0 || len > 63 ? -1 : mn_load(env, off, to, len);
}

/* The sum of 16-bit words in host order, without the final fold (RFC 1071). */
MN_FN uint32_t mn_sum(const void *data, uint32_t len, uint32_t sum)
{
	uint64_t total = sum;

	for (uint32_t i = 0; i < len; i += 4) {
		uint32_t word;

		memcpy(&word, (const uint8_t *)data + i, 4);
		total += word;
	}
	while (total >> 32)
		total = (total & 0xffffffff) + (total >> 32);
	return (uint32_t)total;
}

MN_FN const struct mn_config *mn_config_get(MN_ENV env)
{
	return &env->config;
}

MN_FN struct mn_binding *mn_find(MN_ENV env, const struct mn_key *key)
{
	struct mn_row *row;

	HASH_FIND(hh, env->rows, key, sizeof(*key), row);
	return row ? &row->binding : NULL;
}

MN_FN int mn_insert(MN_ENV env, const struct mn_key *key, const struct mn_binding *binding)
{
	struct mn_row *row;

	if (mn_find(env, key))
		return 1;
	if (HASH_COUNT(env->rows) >= MN_TABLE_SIZE(env->config.port_cap))
		return -1;
	row = malloc(sizeof(*row));
	if (!row)
		return -1;
	row->key = *key;
	row->binding = *binding;
	HASH_ADD(hh, env->rows, key, sizeof(row->key), row);
	if (!row->hh.tbl) { /* uthash is out of memory */
		free(row);
		return -1;
	}
	return 0;
}

MN_FN void mn_erase(MN_ENV env, const struct mn_key *key)
{
	struct mn_row *row;

	HASH_FIND(hh, env->rows, key, sizeof(*key), row);
	if (!row)
		return;
	HASH_DELETE(hh, env->rows, row);
	free(row);
}

/* This engine has no cache of bindings. */
#define mn_changed(env, key) ((void)(env), (void)(key))

static struct mn_port_row *get_port_row(struct mn_engine *engine, uint32_t ifindex, bool make)
{
	struct mn_port_row *row;

	HASH_FIND(hh, engine->ports, &ifindex, sizeof(ifindex), row);
	if (row || !make)
		return row;
	row = calloc(1, sizeof(*row));
	if (!row)
		return NULL;
	row->ifindex = row->port.ifindex = ifindex;
	HASH_ADD(hh, engine->ports, ifindex, sizeof(row->ifindex), row);
	if (!row->hh.tbl) {
		free(row);
		return NULL;
	}
	return row;
}

MN_FN struct mn_port *mn_port_find(MN_ENV env, uint32_t ifindex)
{
	struct mn_port_row *row = get_port_row(env, ifindex, false);

	return row && row->used ? &row->port : NULL;
}

MN_FN struct mn_port *mn_port_get(MN_ENV env, uint32_t ifindex)
{
	struct mn_port *known = mn_port_find(env, ifindex);
	struct mn_port_row *row;

	if (known)
		return known;
	/* One place is the uplink's, for stations. */
	if (ifindex != env->config.uplink && env->n_ports + !mn_port_find(env, env->config.uplink) >= MN_PORTS_MAX)
		return NULL;
	row = get_port_row(env, ifindex, true);
	if (!row)
		return NULL;
	row->used = true;
	env->n_ports++;
	return &row->port;
}

MN_FN struct mn_block *mn_block_find(MN_ENV env, uint32_t ifindex, uint32_t number)
{
	struct mn_block_key key = {ifindex, number};
	struct mn_block_row *row;

	HASH_FIND(hh, env->blocks, &key, sizeof(key), row);
	return row ? &row->block : NULL;
}

MN_FN struct mn_block *mn_block_get(MN_ENV env, uint32_t ifindex, uint32_t number)
{
	struct mn_block *known = mn_block_find(env, ifindex, number);
	struct mn_block_row *row;

	if (known)
		return known;
	row = calloc(1, sizeof(*row));
	if (!row)
		return NULL;
	row->key = (struct mn_block_key){ifindex, number};
	HASH_ADD(hh, env->blocks, key, sizeof(row->key), row);
	if (!row->hh.tbl) {
		free(row);
		return NULL;
	}
	return &row->block;
}

static void forget_blocks(struct mn_engine *engine, uint32_t ifindex)
{
	struct mn_block_key key = {.port = ifindex};
	struct mn_block_row *row;

	for (; key.number < MN_BLOCKS_MAX; key.number++) {
		HASH_FIND(hh, engine->blocks, &key, sizeof(key), row);
		if (!row)
			return; /* they are created in order */
		HASH_DELETE(hh, engine->blocks, row);
		free(row);
	}
}

/* Does `row` hold the address `key` (prefix lengths count from `family` on), in a longer network than `best` (NULL: none)? */
static bool is_longer_match(const struct mn_routed_key *row, const struct mn_routed_key *best,
			    const struct mn_routed_key *key)
{
	return row->prefix_length <= key->prefix_length && (!best || row->prefix_length > best->prefix_length) &&
	       ip_prefix_equal(&row->family, &key->family, row->prefix_length);
}

/* New claims are rare and routes are few: a linear search is enough. */
MN_FN uint32_t mn_route_find(MN_ENV env, const struct mn_routed_key *key)
{
	const struct mn_routed_row *best = NULL;

	for (size_t i = 0; i < env->n_routed; i++) {
		const struct mn_routed_row *row = &env->routed[i];

		if (is_longer_match(&row->key, best ? &best->key : NULL, key))
			best = row;
	}
	return best ? best->value : 0;
}

MN_FN const struct mn_prefix *mn_prefix_find(MN_ENV env, const struct mn_routed_key *key)
{
	const struct mn_prefix_row *best = NULL;

	for (size_t i = 0; i < env->n_prefixes; i++) {
		const struct mn_prefix_row *row = &env->prefixes[i];

		if (is_longer_match(&row->key, best ? &best->key : NULL, key))
			best = row;
	}
	return best ? &best->prefix : NULL;
}

MN_FN bool mn_is_uplink_mac(MN_ENV env, const struct mn_config *cfg, const uint8_t *mac)
{
	(void)env;
	return mac_equal(mac, cfg->uplink_mac);
}

MN_FN bool mn_fits(MN_ENV env, uint32_t ifindex)
{
	uint32_t len = env->frame->segment_len ? env->frame->segment_len : env->frame->len;
	struct mn_port_row *row;

	if (ifindex == env->config.uplink)
		return len <= ETHER_HLEN + env->config.mtu;
	row = get_port_row(env, ifindex, false);
	return !row || !row->mtu || len <= ETHER_HLEN + row->mtu;
}

MN_FN void mn_event_push(MN_ENV env, const struct mn_event *event)
{
	if (env->n_events == MN_ENGINE_EVENTS) {
		env->overflow = true;
		return;
	}
	env->events[(env->event_head + env->n_events++) % MN_ENGINE_EVENTS] = *event;
}

MN_FN struct mn_copy *mn_copy_get(MN_ENV env, uint32_t index)
{
	return &env->copies[index];
}

/* The routes are the kernel's. */
MN_FN int mn_returns_to_sender(MN_ENV env, struct mn_context *ctx)
{
	(void)env;
	(void)ctx;
	return 0;
}

MN_FN uint64_t *mn_peer_generation(MN_ENV env)
{
	return &env->peer_generation;
}

MN_FN uint64_t *mn_asked(MN_ENV env, uint32_t index)
{
	return &env->asked[index];
}

MN_FN void mn_count_drop(MN_ENV env, uint32_t reason)
{
	env->drops[reason]++;
}

MN_FN void mn_count_inc(MN_ENV env, uint32_t what)
{
	env->counts[what]++;
}

#include "macnat/rules.h"

struct mn_engine *mn_engine_new(const struct mn_config *config, uint64_t secret)
{
	struct mn_engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return NULL;
	engine->config = *config;
	engine->secret = secret;
	return engine;
}

void mn_engine_free(struct mn_engine *engine)
{
	struct mn_row *row, *next_row;
	struct mn_port_row *port_row, *next_port;
	struct mn_block_row *block_row, *next_block;

	if (!engine)
		return;
	HASH_ITER(hh, engine->blocks, block_row, next_block) {
		HASH_DELETE(hh, engine->blocks, block_row);
		free(block_row);
	}
	HASH_ITER(hh, engine->rows, row, next_row) {
		HASH_DELETE(hh, engine->rows, row);
		free(row);
	}
	HASH_ITER(hh, engine->ports, port_row, next_port) {
		HASH_DELETE(hh, engine->ports, port_row);
		free(port_row);
	}
	free(engine->routed);
	free(engine->prefixes);
	free(engine);
}

struct mn_config *mn_engine_config(struct mn_engine *engine)
{
	return &engine->config;
}

const struct mn_context *mn_engine_run(struct mn_engine *engine, enum mn_hook hook, const struct mn_frame *frame,
				       uint64_t now, bool marked)
{
	struct mn_context *ctx = &engine->ctx;

	engine->frame = frame;
	mn_context_reset(ctx);
	ctx->hook = hook;
	ctx->now = now;
	ctx->len = frame->len;
	ctx->port = hook == MN_FROM_GUEST || hook == MN_FROM_PORT ? frame->port : 0;
	ctx->tci = frame->tci;
	ctx->gso = frame->segment_len;
	switch (hook) {
	case MN_FROM_GUEST:
		mn_from_guest(engine, ctx);
		break;
	case MN_FROM_WIRE:
		mn_from_wire(engine, ctx, marked);
		break;
	case MN_FROM_PORT:
		mn_from_port(engine, ctx, true);
		break;
	case MN_FROM_HOST:
	case MN_HOOKS:
		mn_from_host(engine, ctx, marked);
		break;
	}
	if (ctx->drop)
		engine->drops[ctx->drop]++;
	engine->frame = NULL;
	return ctx;
}

/* RFC 1624, as the kernel's csum_replace_by_diff and BPF_F_MARK_MANGLED_0 do it. A partial checksum is not inverted. */
static void update_checksum(uint8_t *field, const struct mn_edit *edit, bool partial)
{
	uint8_t inverted[8];
	uint32_t sum;
	uint16_t check;

	for (int i = 0; i < 8; i++)
		inverted[i] = (uint8_t)~edit->old[i];
	memcpy(&check, field, 2);
	sum = mn_sum(edit->new, 8, mn_sum(inverted, 8, partial ? check : (uint16_t)~check));
	check = partial ? mn_sum_fold(sum) : (uint16_t)~mn_sum_fold(sum);
	if ((edit->csum_flags & MN_CSUM_UDP) && check == 0)
		check = 0xffff;
	memcpy(field, &check, 2);
}

int mn_engine_apply(const struct mn_context *ctx, const struct mn_frame *frame)
{
	uint32_t len = frame->len;

	if (ctx->grow_to > len) {
		if (ctx->grow_to - len > frame->room)
			return -1;
		memset(frame->data + len, 0, ctx->grow_to - len);
		len = ctx->grow_to;
	}
	for (uint32_t i = 0; i < ctx->n_edits; i++) {
		const struct mn_edit *edit = &ctx->edits[i];
		bool partial = frame->csum_partial && !(edit->csum_flags & MN_CSUM_IP4);

		if ((uint32_t)edit->off + edit->len > len || (edit->csum_off && (uint32_t)edit->csum_off + 2 > len))
			return -1;
		if (edit->csum_off && (!partial || (edit->csum_flags & MN_CSUM_PSEUDO)))
			update_checksum(frame->data + edit->csum_off, edit, partial);
		memcpy(frame->data + edit->off, edit->new, edit->len);
	}
	return (int)len;
}

const struct mn_binding *mn_engine_get(struct mn_engine *engine, const struct mn_key *key)
{
	return mn_find(engine, key);
}

/* Adds a pinned network to the table of prefixes; does nothing for another key. */
static int add_prefix(struct mn_engine *engine, const struct mn_key *key)
{
	struct mn_prefix_row *row;

	if (!store_is_network(key))
		return 0;
	if (engine->n_prefixes == MN_PREFIXES_MAX || array_reserve(&engine->prefixes, &engine->prefixes_room,
								   engine->n_prefixes + 1, sizeof(*engine->prefixes))) {
		mn_erase(engine, key);
		return -1;
	}
	row = &engine->prefixes[engine->n_prefixes++];
	*row = (struct mn_prefix_row){store_prefix_key(key), {*key, key->length}};
	return 0;
}

static void remove_prefix(struct mn_engine *engine, const struct mn_key *key)
{
	for (size_t i = 0; i < engine->n_prefixes; i++)
		if (mn_key_equal(&engine->prefixes[i].prefix.key, key)) {
			engine->prefixes[i] = engine->prefixes[--engine->n_prefixes];
			return;
		}
}

int mn_engine_put(struct mn_engine *engine, const struct mn_key *key, const struct mn_binding *binding)
{
	struct mn_binding *known = mn_find(engine, key);

	if (!known)
		return mn_insert(engine, key, binding) < 0 ? -1 : add_prefix(engine, key);
	*known = *binding;
	return 0;
}

bool mn_engine_delete(struct mn_engine *engine, const struct mn_key *key)
{
	if (!mn_find(engine, key))
		return false;
	mn_erase(engine, key);
	remove_prefix(engine, key);
	return true;
}

bool mn_engine_next(struct mn_engine *engine, void **cursor, struct mn_key *key, struct mn_binding *binding)
{
	/* The cursor is the next row, or the engine at the end, so that the row just returned may be deleted. */
	struct mn_row *row = *cursor == NULL ? engine->rows : *cursor == engine ? NULL : *cursor;

	if (!row)
		return false;
	*key = row->key;
	*binding = row->binding;
	*cursor = row->hh.next ? row->hh.next : (void *)engine;
	return true;
}

bool mn_engine_next_port(struct mn_engine *engine, void **cursor, struct mn_port *port)
{
	struct mn_port_row *row = *cursor == NULL ? engine->ports : *cursor == engine ? NULL : *cursor;

	while (row && !row->used)
		row = row->hh.next;
	if (!row)
		return false;
	*port = row->port;
	*cursor = row->hh.next ? row->hh.next : (void *)engine;
	return true;
}

void mn_engine_forget_port(struct mn_engine *engine, uint32_t ifindex)
{
	struct mn_port_row *row = get_port_row(engine, ifindex, false);

	forget_blocks(engine, ifindex);
	if (!row)
		return;
	if (row->used)
		engine->n_ports--;
	HASH_DELETE(hh, engine->ports, row);
	free(row);
}

int mn_engine_routed_add(struct mn_engine *engine, const struct mn_routed_key *key, uint32_t value)
{
	if (engine->n_routed == MN_ROUTED_MAX ||
	    array_reserve(&engine->routed, &engine->routed_room, engine->n_routed + 1, sizeof(*engine->routed)))
		return -1;
	engine->routed[engine->n_routed++] = (struct mn_routed_row){*key, value};
	return 0;
}

void mn_engine_routed_clear(struct mn_engine *engine)
{
	engine->n_routed = 0;
}

size_t mn_engine_count(const struct mn_engine *engine)
{
	return HASH_COUNT(engine->rows);
}

uint64_t mn_engine_drops(const struct mn_engine *engine, enum drop reason)
{
	return (unsigned)reason < DROP_COUNT ? engine->drops[reason] : 0;
}

uint64_t mn_engine_counts(const struct mn_engine *engine, enum mn_count what)
{
	return (unsigned)what < MN_COUNTS ? engine->counts[what] : 0;
}

void mn_engine_count_drop(struct mn_engine *engine, enum drop reason)
{
	if ((unsigned)reason < DROP_COUNT)
		engine->drops[reason]++;
}

bool mn_engine_event_pop(struct mn_engine *engine, struct mn_event *event)
{
	if (!engine->n_events)
		return false;
	*event = engine->events[engine->event_head];
	engine->event_head = (engine->event_head + 1) % MN_ENGINE_EVENTS;
	engine->n_events--;
	return true;
}

bool mn_engine_take_overflow(struct mn_engine *engine)
{
	bool overflow = engine->overflow;

	engine->overflow = false;
	return overflow;
}

int mn_engine_set_mtu(struct mn_engine *engine, uint32_t ifindex, uint32_t mtu)
{
	struct mn_port_row *row = get_port_row(engine, ifindex, mtu != 0);

	if (!row)
		return mtu ? -1 : 0;
	row->mtu = mtu;
	return 0;
}
