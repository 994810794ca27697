/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two engines under one test: mn_engine and the loaded programs get the same frames, and must say the same. */
#ifndef VIFI_TESTS_ENGINE_PAIR_H
#define VIFI_TESTS_ENGINE_PAIR_H

#include "../unit/generate.h"
#include "../unit/harness.h"
#include "bpf/place_maps.h"

enum { EVENTS = 64 };

/* The kernel's events of one frame. */
struct event_log {
	struct mn_event event[EVENTS];
	size_t count;
};

struct engine_pair {
	struct harness harness;
	struct bpf_object *object;
	uint64_t shortcut_out, shortcut_in, fast_out, guarded;
	int prog[MN_HOOKS];
	int bindings, ports, work, drops, counts, config;
	struct place_maps places;
	uint64_t by_place; /* frames that places have taken, as far as put_binding() has seen them */
	struct ring_buffer *events;
	struct event_log kernel_events;
	int cpus, cpu;
	uint64_t frames, differences, refused; /* refused: by BPF_PROG_TEST_RUN */
	const char *context;
};

/*
 * Loads the programs in a network namespace of its own, and gives both engines the same tables. Exits with 77 without the
 * privilege.
 */
void engine_pair_init(struct engine_pair *pair);
void engine_pair_free(struct engine_pair *pair);

/* Runs harness.frame through both engines and compares what they say; a difference is printed and counted. */
void run_both(struct engine_pair *pair, enum mn_hook hook, uint32_t port);
/* Compares all bindings; all tables and counters. */
void compare_bindings(struct engine_pair *pair);
void engine_pair_compare(struct engine_pair *pair);

/* Copies the configuration of the engine to the kernel. */
void configure(struct engine_pair *pair);
/* Adds networks, one inside the other, to both tables (rule 32). The generator uses addresses in them. */
void add_networks(struct engine_pair *pair);
/* Writes a binding of the engine into the kernel's table, as user space does. flags: as of bpf_map_update_elem(). */
void put_binding(struct engine_pair *pair, const struct mn_key *key, const struct mn_binding *binding, uint64_t flags);
/* Simulates elapsed time: moves all times of both tables into the past. */
void age_tables(struct engine_pair *pair, uint64_t ns);
/* The caretaker's part, roughly: some contests end in favour of the claimant. */
void end_contests(struct engine_pair *pair, struct rng *rng);
/* Frames that the places of an address have taken since they were filled. */
uint64_t place_packets(const struct engine_pair *pair, const struct mn_key *key);

/* A number from the environment. */
uint64_t env_number(const char *name, uint64_t default_value);

#endif
