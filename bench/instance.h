/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One loaded copy of vifi's eBPF programs with a table of a given size, and the program that restores the frame. */
#ifndef VIFI_BENCH_INSTANCE_H
#define VIFI_BENCH_INSTANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "macnat/context.h"
#include "macnat/model.h"

#include "frames.h"
#include "restore.h"

#define SIZES 3

/* A program, its input frame and the expected result. */
struct bench_case {
	const char *name;
	enum mn_hook hook;
	enum frame_kind frame;
	enum rotate rotate;
	enum mn_count count; /* the counter of the measured path; MN_COUNTS: none */
	int action;          /* expected return value */
	bool marked;         /* the frame carries MN_MARK */
};

struct bench_instance {
	struct macnat *programs;
	struct restore_bpf *restorer;
	uint32_t bindings;
	uint32_t guests; /* three bindings each */
};

struct prog_bench {
	struct bench_instance instances[SIZES];
	uint32_t uplink, port, guest_port; /* ifindex */
	uint32_t repeat, rounds;
	int cpus;
};

/* Prints "run_prog: WHAT: strerror(error)". Returns -1. */
int bench_fail(const char *what, int error);

uint64_t bench_now_ns(void);

/* The functions below return 0, or -1 after a message. */

/* Creates the uplink, the port and the guest's port. */
int bench_make_links(struct prog_bench *bench);

/* Loads the programs, configures them and fills the table. An instance with one binding keeps an empty table. */
int instance_load(const struct prog_bench *bench, struct bench_instance *instance);
void instance_unload(struct bench_instance *instance);

/* Fills the smallest table: only the bindings that the frame of the case looks up. */
int instance_fill_smallest(const struct prog_bench *bench, const struct bench_instance *instance,
			   const struct bench_case *bench_case);

/* Makes guest 0 eligible for the shortcut: it has just sent to the router through the bridge. */
int instance_refresh_shortcut(const struct bench_instance *instance);

int instance_program_fd(const struct bench_instance *instance, enum mn_hook hook);

#endif
