/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The start of `vifi bridge up` is the verification of its eBPF programs. Their cost is the number of instructions that the
 * verifier follows, which does not depend on the machine but, a little, on the kernel.
 *
 * A program that exceeds its budget has a loop whose body is not a stage (src/bpf/env.h), or a stage with many paths.
 *
 * Exit code 77: no privilege.
 */
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/device_layout.h"
#include "macnat.skel.h"

enum { SKIPPED = 77 };

/* Each budget is 15 to 40 % above what Linux 6.18 needs; the test prints both. */
static const struct budget {
	const char *program;
	uint32_t instructions;
} budgets[] = {
	{"vifi_from_guest", 38000}, {"vifi_from_wire", 38000}, {"vifi_from_host", 17000},
	{"vifi_from_port", 12000},  {"vifi_to_port", 5000},
};

static int check(const struct bpf_object *object, const struct budget *budget)
{
	const struct bpf_program *program = bpf_object__find_program_by_name(object, budget->program);
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	if (!program || bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) || !info.verified_insns) {
		fprintf(stderr, "%s: the kernel does not tell the number of verified instructions\n", budget->program);
		return 1;
	}
	printf("%s: %u of at most %u verified instructions\n", budget->program, info.verified_insns,
	       budget->instructions);
	return info.verified_insns > budget->instructions;
}

int main(void)
{
	struct macnat *skel = macnat__open();
	struct device_layout layout;
	int failed = 0;

	if (geteuid() != 0) {
		fprintf(stderr, "loading eBPF programs needs root\n");
		return SKIPPED;
	}
	if (!skel)
		return 1;
	device_layout_read(&layout);
	skel->rodata->skb_dev_offset = layout.skb_dev;
	skel->rodata->dev_addr_offset = layout.dev_addr;
	skel->rodata->kernel_bytes_type = layout.bytes_type;
	if (device_layout_patch(skel->obj, &layout) || macnat__load(skel)) {
		fprintf(stderr, "cannot load the programs\n");
		return 1;
	}
	for (size_t i = 0; i < sizeof(budgets) / sizeof(budgets[0]); i++)
		failed += check(skel->obj, &budgets[i]);
	macnat__destroy(skel);
	return failed ? 1 : 0;
}
