/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FDB_AGE (300 * SECOND)

const struct party parties[PARTIES] = {
	[GUEST_A] = {"a",
		     {0x00, 0x60, 0, 0, 0, 1},
		     {192, 168, 157, 41},
		     {0x20, 1, 0xd, 0xb8, [15] = 0xa},
		     ON_BRIDGE,
		     PORT_A},
	[GUEST_B] = {"b",
		     {0x00, 0x60, 0, 0, 0, 2},
		     {192, 168, 157, 42},
		     {0x20, 1, 0xd, 0xb8, [15] = 0xb},
		     ON_BRIDGE,
		     PORT_B},
	[STATION_S] =
		{"s", {0x02, 0x99, 0, 0, 0, 7}, {192, 168, 157, 77}, {0x20, 1, 0xd, 0xb8, [15] = 0x77}, ON_WIRE, 0},
	[STATION_T] =
		{"t", {0x02, 0x99, 0, 0, 0, 8}, {192, 168, 157, 78}, {0x20, 1, 0xd, 0xb8, [15] = 0x78}, ON_WIRE, 0},
	[GATEWAY] =
		{"gateway", {0x02, 0x99, 0, 0, 0, 0xfe}, {192, 168, 157, 20}, {0xfe, 0x80, [15] = 0x20}, ON_WIRE, 0},
	/* A host behind the gateway: the same MAC address. */
	[INTERNET] = {"internet",
		      {0x02, 0x99, 0, 0, 0, 0xfe},
		      {198, 51, 100, 7},
		      {0x20, 1, 0xd, 0xb8, 0xff, 0xff, [15] = 7},
		      ON_WIRE,
		      0},
	[HOST] = {"host",
		  {0x00, 0x60, 0xaa, 0xbb, 0xcc, 0xdd},
		  {192, 168, 157, 21},
		  {0x20, 1, 0xd, 0xb8, [15] = 0x21},
		  AT_HOST,
		  0},
	[GUEST_C] = {"c (new)",
		     {0x00, 0x60, 0, 0, 0, 3},
		     {192, 168, 157, 43},
		     {0x20, 1, 0xd, 0xb8, [15] = 0xc},
		     ON_BRIDGE,
		     PORT_NEW},
	[STATION_U] = {"u (new)",
		       {0x02, 0x99, 0, 0, 0, 9},
		       {192, 168, 157, 79},
		       {0x20, 1, 0xd, 0xb8, [15] = 0x79},
		       ON_WIRE,
		       0},
};

const struct party forgers[FORGER_PORTS + 1] = {
	{"x", {0x00, 0x60, 0, 0, 0, 0x31}, {192, 168, 157, 51}, {0x20, 1, 0xd, 0xb8, [15] = 0x31}, ON_BRIDGE, PORT_X},
	{"y", {0x00, 0x60, 0, 0, 0, 0x32}, {192, 168, 157, 52}, {0x20, 1, 0xd, 0xb8, [15] = 0x32}, ON_BRIDGE, PORT_Y},
	{"z", {0x00, 0x60, 0, 0, 0, 0x33}, {192, 168, 157, 53}, {0x20, 1, 0xd, 0xb8, [15] = 0x33}, ON_BRIDGE, PORT_Z},
	{"n", {0x02, 0x99, 0, 0, 0, 0x66}, {192, 168, 157, 66}, {0x20, 1, 0xd, 0xb8, [15] = 0x66}, ON_WIRE, 0},
};

void network_fail(struct network *net, const char *law, const struct stored_frame *frame, const char *format, ...)
{
	va_list args;

	if (net->law || net->lawless)
		return;
	net->law = law;
	if (frame)
		net->failure_frame = *frame;
	va_start(args, format);
	vsnprintf(net->failure, sizeof(net->failure), format, args);
	va_end(args);
}

/* ---- frames under way ---- */

void network_send(struct network *net, enum side side, uint32_t port, const struct raw_frame *frame, uint64_t delay,
		  bool forged, bool marked)
{
	struct queued_frame *queued;
	unsigned at;

	if (net->n_queue == QUEUE_MAX)
		return; /* only a storm fills the queue; the lost frame is judged like one lost by the engine */
	queued = net->n_spare ? net->spare[--net->n_spare] : malloc(sizeof(*queued));
	if (!queued)
		abort();
	*queued = (struct queued_frame){.time = net->now + delay, .order = net->next_order++};
	queued->side = side;
	queued->port = port;
	queued->forged = forged;
	queued->marked = marked;
	queued->frame.len = frame->len < FRAME_STORED ? frame->len : FRAME_STORED;
	memcpy(queued->frame.bytes, frame->bytes, queued->frame.len);
	/* Sorted, the next one last. */
	for (at = net->n_queue++; at && net->queue[at - 1]->time <= queued->time; at--)
		net->queue[at] = net->queue[at - 1];
	net->queue[at] = queued;
}

/* ---- the bridge ---- */

static struct fdb_entry *fdb_slot(struct network *net, const uint8_t *mac)
{
	uint32_t hash = get32(mac) * 2654435761u ^ get16(mac + 4) * 40503u;

	return &net->fdb[(hash >> 7) % FDB_SIZE];
}

static void fdb_learn(struct network *net, const uint8_t *mac, uint32_t port)
{
	struct fdb_entry *entry = fdb_slot(net, mac);

	if ((mac[0] & 1) || entry->sticky)
		return;
	memcpy(entry->mac, mac, 6);
	entry->port = port;
	entry->seen = net->now;
}

static uint32_t fdb_find(struct network *net, const uint8_t *mac)
{
	const struct fdb_entry *entry = fdb_slot(net, mac);

	if (mac[0] & 1 || memcmp(entry->mac, mac, 6) || (!entry->sticky && net->now - entry->seen > FDB_AGE))
		return FDB_FLOOD;
	return entry->port;
}

static void fdb_stick(struct network *net, const uint8_t *mac, uint32_t port)
{
	struct fdb_entry *entry = fdb_slot(net, mac);

	memcpy(entry->mac, mac, 6);
	entry->sticky = true;
	entry->port = port;
}

/* A slot has one MAC address: a station gives way to a fresh entry of another. */
void network_fdb_hold(struct network *net, const uint8_t *mac)
{
	struct fdb_entry *entry = fdb_slot(net, mac);

	if (memcmp(entry->mac, mac, 6) && (entry->sticky || net->now - entry->seen <= FDB_AGE))
		return;
	if (!entry->sticky) {
		fdb_stick(net, mac, VETH_PORT);
		entry->station = true;
	}
	entry->wanted = true;
}

static void release(struct network *net, struct fdb_entry *entry)
{
	if (entry->station)
		*entry = (struct fdb_entry){.seen = net->now - FDB_AGE - 1};
}

void network_fdb_release_others(struct network *net)
{
	for (unsigned i = 0; i < FDB_SIZE; i++) {
		if (!net->fdb[i].wanted)
			release(net, &net->fdb[i]);
		net->fdb[i].wanted = false;
	}
}

void network_fdb_release(struct network *net, const uint8_t *mac)
{
	struct fdb_entry *entry = fdb_slot(net, mac);

	if (!memcmp(entry->mac, mac, 6))
		release(net, entry);
}

static void run_engine(struct network *net, enum mn_hook hook, uint32_t port, const struct stored_frame *frame,
		       bool marked, bool *taken);

static bool is_for(const uint8_t *mac, const struct stored_frame *frame)
{
	return frame->len >= 14 && ((frame->bytes[0] & 1) || !memcmp(frame->bytes, mac, 6));
}

void network_to_port(struct network *net, uint32_t port, const struct stored_frame *frame)
{
	for (unsigned i = 0; i < FORGER_PORTS; i++)
		if (port == forgers[i].port)
			forger_see(net, i, frame);
	for (unsigned i = 0; i < PARTIES; i++)
		if (parties[i].side == ON_BRIDGE && parties[i].port == port && is_for(parties[i].mac, frame))
			party_receive(net, (enum party_id)i, frame);
}

static void bridge_input(struct network *net, uint32_t port, const struct stored_frame *frame)
{
	static const uint32_t ports[] = {PORT_A, PORT_B, PORT_X, PORT_Y, PORT_Z, PORT_NEW};
	uint32_t to;

	if (frame->len < 14)
		return;
	fdb_learn(net, frame->bytes + 6, port);
	to = fdb_find(net, frame->bytes);
	if (to == port)
		return;
	for (unsigned i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (ports[i] != port && (to == FDB_FLOOD || to == ports[i]))
			network_to_port(net, ports[i], frame);
	if (port != VETH_PORT && (to == FDB_FLOOD || to == VETH_PORT))
		run_engine(net, MN_FROM_GUEST, port, frame, false, NULL);
}

/* ---- around the engine ---- */

static void uplink_output(struct network *net, const struct stored_frame *frame)
{
	for (unsigned i = 0; i < PARTIES; i++)
		if (parties[i].side == ON_WIRE && i != INTERNET && is_for(parties[i].mac, frame))
			party_receive(net, (enum party_id)i, frame);
	forger_see(net, FORGER_PORTS, frame);
}

static void deliver(struct network *net, enum mn_hook hook, unsigned destinations, uint32_t via_port,
		    const struct stored_frame *frame, uint32_t port, bool marked)
{
	if (destinations & MN_TO_RULES)
		run_engine(net, MN_FROM_GUEST, port, frame, false, NULL);
	if (destinations & MN_TO_BRIDGE)
		bridge_input(net, port, frame);
	if (destinations & MN_TO_UPLINK) {
		judge_uplink(net, hook, frame, port, marked);
		uplink_output(net, frame);
	}
	if (destinations & MN_TO_GUESTS) {
		judge_guests(net, hook, frame);
		if (via_port)
			network_to_port(net, via_port, frame);
		else
			bridge_input(net, VETH_PORT, frame);
	}
	if (destinations & MN_TO_HOST) {
		judge_host(net, hook, frame);
		if (is_for(parties[HOST].mac, frame))
			party_receive(net, HOST, frame);
	}
}

/*
 * A forger may declare any frame one to be segmented (virtio-net headers of a guest). Which ones depends on their bytes, so
 * that a replay does the same.
 */
static uint32_t segment_len(uint32_t port, const struct stored_frame *frame)
{
	uint32_t hash = frame->len;

	if (port != PORT_X && port != PORT_Y && port != PORT_Z)
		return 0;
	for (uint32_t i = 0; i < frame->len; i++)
		hash = (hash ^ frame->bytes[i]) * 16777619u;
	return hash >> 29 ? 0 : 1514;
}

/* The only call of the engine. *taken: the shortcut has taken the frame. */
static void run_engine(struct network *net, enum mn_hook hook, uint32_t port, const struct stored_frame *frame,
		       bool marked, bool *taken)
{
	struct stored_frame output = {.len = frame->len};
	uint8_t *data = output.bytes;
	struct mn_frame input = {
		.data = data, .len = frame->len, .port = port, .segment_len = segment_len(port, frame)};
	const struct mn_context *ctx;
	struct mn_context verdict;
	uint64_t sent = 0;
	int len;

	if (net->law)
		return;
	if (net->tap)
		net->tap(net->tap_user, hook, port, frame, marked, net->now);
	memcpy(output.bytes, frame->bytes, frame->len);
	ctx = mn_engine_run(net->engine, hook, &input, net->now, marked);
	verdict = *ctx;
	sent = verdict.drop ? 0 : verdict.send_to;
	net->tally.frames++;
	net->tally.by_hook[hook]++;
	judge_verdict(net, hook, &verdict, frame, marked);
	len = sent ? mn_engine_apply(ctx, &input) : 0;
	if (len > 0)
		output.len = (uint32_t)len;
	if (len < 0)
		network_fail(net, "verdict", frame, "an edit lies outside the frame");
	caretaker_events(net);
	judge_tables(net);
	if (taken)
		*taken = sent != 0;
	if (verdict.drop || net->law)
		return;
	if (verdict.copy_to)
		deliver(net, hook, verdict.copy_to, 0, frame, port, marked);
	if (sent)
		deliver(net, hook, verdict.send_to, net->shortcut ? verdict.via_port : 0, &output, port, marked);
}

static void input_from_guest(struct network *net, uint32_t port, const struct stored_frame *frame)
{
	bool taken = false;

	if (net->shortcut)
		run_engine(net, MN_FROM_PORT, port, frame, false, &taken);
	if (!taken)
		bridge_input(net, port, frame);
}

static void input_from_wire(struct network *net, const struct stored_frame *frame)
{
	/* Stations among themselves, and what an uplink without promiscuous mode receives. */
	for (unsigned i = 0; i < PARTIES; i++)
		if (parties[i].side == ON_WIRE && i != INTERNET && is_for(parties[i].mac, frame) &&
		    memcmp(frame->bytes + 6, parties[i].mac, 6))
			party_receive(net, (enum party_id)i, frame);
	if (frame->len < 14 || !is_for(parties[HOST].mac, frame))
		return;
	run_engine(net, MN_FROM_WIRE, 0, frame, false, NULL);
}

static void arrive(struct network *net, struct queued_frame *queued)
{
	struct stored_frame *frame = &queued->frame;

	if (!queued->forged && frame->len <= 400) {
		net->forger.recent[net->forger.n_recent % RECENT] = *frame;
		net->forger.n_recent++;
	}
	switch (queued->side) {
	case ON_BRIDGE:
		input_from_guest(net, queued->port, frame);
		break;
	case ON_WIRE:
		input_from_wire(net, frame);
		if (!queued->forged && is_for(parties[HOST].mac, frame))
			judge_station(net, frame->bytes + 6);
		break;
	case AT_HOST:
		run_engine(net, MN_FROM_HOST, 0, frame, queued->marked, NULL);
		break;
	}
}

/* ---- time ---- */

static uint64_t earliest(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void step(struct network *net)
{
	uint64_t next = earliest(net->next_exchange, exchange_next_deadline(net));

	next = earliest(earliest(next, net->next_newcomer), earliest(caretaker_next(net), forger_next(net)));
	if (net->n_queue && net->queue[net->n_queue - 1]->time <= next) {
		struct queued_frame *queued = net->queue[--net->n_queue];

		net->now = queued->time;
		arrive(net, queued);
		net->spare[net->n_spare++] = queued;
		return;
	}
	net->now = next > net->now ? next : net->now;
	exchange_timeouts(net);
	if (caretaker_next(net) <= net->now)
		caretaker_step(net);
	if (net->next_exchange <= net->now)
		exchange_start(net);
	if (net->next_newcomer <= net->now)
		exchange_start_newcomer(net);
	if (forger_next(net) <= net->now)
		forger_step(net);
}

bool network_run(struct network *net, uint64_t frames)
{
	uint64_t bounds = 0;

	while (!net->law && net->tally.frames < frames) {
		step(net);
		if (net->tally.frames >= bounds) {
			judge_bounds(net);
			bounds = net->tally.frames + 4096;
		}
	}
	return !net->law;
}

/* ---- start ---- */

static void put_static(struct network *net, enum mn_family family, const uint8_t *addr, enum mn_kind kind,
		       const uint8_t *mac)
{
	struct mn_key key = {.family = (uint8_t)family};
	struct mn_binding binding = {
		.kind = (uint8_t)kind, .slot = MN_NO_SLOT, .created = net->now, .last_seen = net->now};

	memcpy(key.addr, addr, family == MN_IP4 ? 4 : family == MN_IP6 ? 16 : 6);
	if (mac)
		memcpy(binding.mac, mac, 6);
	if (mn_engine_put(net->engine, &key, &binding))
		abort();
}

static void configure(struct network *net, struct mn_config *config)
{
	*config = (struct mn_config){
		.abi = MN_ABI,
		.uplink = UPLINK_LINK,
		.veth_port = VETH_PORT,
		.mtu = 1500,
		.silence_ns = 600 * SECOND,
		.learn_interval_ns = SECOND / 16,
		.learn_credit_ns = SECOND * 16,
		.port_cap = MN_PORT_CAP_DEFAULT,
		.vlans = {rng_chance(&net->rng, 50) ? 1u << 7 : 0},
		.flags = rng_chance(&net->rng, 30) ? MN_CONFIG_SOURCE_GUARD : 0,
		.guest_services = rng_chance(&net->rng, 60) ? MN_SERVICES_GUESTS : 1 + rng_below(&net->rng, 2),
	};
	memcpy(config->uplink_mac, parties[HOST].mac, 6);
}

struct network *network_new(uint64_t seed)
{
	struct mn_routed_key elsewhere = {.prefix_length = 32 + 16, .family = MN_IP4, .addr = {10, 77}};
	struct network *net = calloc(1, sizeof(*net));
	static const uint8_t other_host[4] = {10, 77, 0, 1}, broadcast[4] = {192, 168, 157, 255};
	struct mn_config config;

	if (!net)
		abort();
	net->rng.state = seed;
	net->now = net->start = 1000 * SECOND;
	net->warm_until = net->now + 70 * SECOND; /* longer than MN_STATION_YOUNG_NS: the guests are no newcomers */
	net->next_exchange = net->now;
	net->next_newcomer = net->newcomers_since = UINT64_MAX;
	configure(net, &config);
	net->sticky = rng_chance(&net->rng, 70);
	net->shortcut = rng_chance(&net->rng, 50);
	if (net->shortcut)
		config.flags |= MN_CONFIG_PORT_GUARD;
	net->engine = mn_engine_new(&config, 0);
	if (!net->engine || mn_engine_routed_add(net->engine, &elsewhere, true))
		abort();
	put_static(net, MN_IP4, parties[HOST].ip4, MN_HOST, parties[HOST].mac);
	put_static(net, MN_IP6, parties[HOST].ip6, MN_HOST, parties[HOST].mac);
	put_static(net, MN_IP4, other_host, MN_HOST, parties[HOST].mac);
	put_static(net, MN_IP4, parties[GATEWAY].ip4, MN_GATEWAY, NULL);
	put_static(net, MN_IP6, parties[GATEWAY].ip6, MN_GATEWAY, NULL);
	put_static(net, MN_IP4, broadcast, MN_BROADCAST, NULL);
	fdb_stick(net, parties[HOST].mac, VETH_PORT);
	for (unsigned i = 0; net->sticky && i < PARTIES; i++)
		fdb_stick(net, parties[i].mac, parties[i].side == ON_BRIDGE ? parties[i].port : VETH_PORT);
	forger_init(&net->forger, seed, net->warm_until);
	return net;
}

void network_free(struct network *net)
{
	while (net->n_queue)
		free(net->queue[--net->n_queue]);
	while (net->n_spare)
		free(net->spare[--net->n_spare]);
	mn_engine_free(net->engine);
	free(net);
}
