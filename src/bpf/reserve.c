/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bpf/reserve.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <unistd.h>

int reserved_program_load(void)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = TC_ACT_UNSPEC},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, RESERVED_PROGRAM, "GPL", insns, sizeof(insns) / sizeof(insns[0]),
			     NULL);
}

static void *take_places(void *arg)
{
	struct reservation *reservation = arg;
	int program = reserved_program_load();

	for (size_t i = 0; i < reservation->count && program >= 0; i++) {
		struct attachment *place = &reservation->places[i];
		int ifindex = place->ifindex;
		bool egress = place->egress;

		if (attach_find(ifindex, egress, RESERVED_PROGRAM, place) < 0)
			attach_first(ATTACH_TCX, ifindex, egress, program, place);
	}
	if (program >= 0)
		close(program);
	return NULL;
}

void reserve_add(struct reservation *reservation, int ifindex, bool egress)
{
	reservation->places[reservation->count++] =
		(struct attachment){.ifindex = ifindex, .egress = egress, .prog_fd = -1};
}

void reserve_start(struct reservation *reservation)
{
	reservation->running = pthread_create(&reservation->thread, NULL, take_places, reservation) == 0;
}

void reserve_finish(struct reservation *reservation)
{
	if (reservation->running)
		pthread_join(reservation->thread, NULL);
	reservation->running = false;
}

void reserved_remove(int ifindex)
{
	for (int egress = 0; egress < 2; egress++) {
		struct attachment place;

		if (attach_find(ifindex, egress, RESERVED_PROGRAM, &place) == 0)
			attach_remove(&place);
		attach_close(&place);
	}
}
