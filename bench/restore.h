/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contract between run_prog.c and restore.bpf.c: the frame at the start of a run. */
#ifndef VIFI_BENCH_RESTORE_H
#define VIFI_BENCH_RESTORE_H

#include <stdint.h>

#define RESTORE_MAX 128 /* all edits are within these bytes */

enum rotate { ROTATE_NONE = 0, ROTATE_IP4_SRC, ROTATE_IP4_DST, ROTATE_IP6_SRC, ROTATE_IP6_DST };

struct restore {
	uint32_t len;    /* bytes to restore, 1 .. RESTORE_MAX */
	uint32_t rotate; /* enum rotate: the address that changes from run to run */
	uint32_t guests; /* number of guests that take turns, 1 .. 65536 */
	uint32_t step;   /* distance to the next guest; coprime with guests */
	uint32_t now;    /* current guest */
	uint16_t mark;   /* skb->tc_index for the program under test */
	uint16_t csum;   /* of the IPv4 header for guest 0, in host order */
	uint8_t head[RESTORE_MAX];
};

#endif
