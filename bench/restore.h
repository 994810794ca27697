/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contract between run_prog.c and restore.bpf.c: the frame as it has to be when a run begins. */
#ifndef VIFI_BENCH_RESTORE_H
#define VIFI_BENCH_RESTORE_H

#include <stdint.h>

#define RESTORE_MAX 128 /* no edit lies behind that */

enum rotate { ROTATE_NONE = 0, ROTATE_IP4_SRC, ROTATE_IP4_DST, ROTATE_IP6_SRC, ROTATE_IP6_DST };

struct restore {
	uint32_t len;    /* bytes to restore, 1 .. RESTORE_MAX */
	uint32_t rotate; /* enum rotate: whose address changes from run to run */
	uint32_t guests; /* how many take turns, 1 .. 65536 */
	uint32_t step;   /* from one to the next; has no divisor in common with guests */
	uint32_t now;    /* whose turn it is */
	uint16_t mark;   /* skb->tc_index that the program under test shall find */
	uint16_t csum;   /* of the IPv4 header for guest 0, in host order */
	uint8_t head[RESTORE_MAX];
};

#endif
