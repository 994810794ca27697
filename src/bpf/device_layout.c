/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bpf/device_layout.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

/* The kernel nests unnamed structs and unions a few levels deep. */
enum { NESTING_MAX = 8 };

/* The offset in bits of a member, also in unnamed structs and unions; -1: there is none. */
static int64_t member_offset(const struct btf *btf, uint32_t type_id, const char *name, int depth)
{
	const struct btf_type *type = btf__type_by_id(btf, type_id);
	const struct btf_member *member = type ? btf_members(type) : NULL;

	if (!type || !btf_is_composite(type) || depth > NESTING_MAX)
		return -1;
	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		const char *member_name = btf__name_by_offset(btf, member[i].name_off);
		int64_t offset = btf_member_bit_offset(type, i), inner = -1;

		if (member_name && !strcmp(member_name, name))
			return offset;
		if (!member_name || !member_name[0])
			inner = member_offset(btf, member[i].type, name, depth + 1);
		if (inner >= 0)
			return offset + inner;
	}
	return -1;
}

/* The same for a named struct, in bytes; 0: there is none, which no member looked for here has. */
static uint32_t struct_offset(const struct btf *btf, const char *type, const char *name)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
	int64_t bits = id > 0 ? member_offset(btf, (uint32_t)id, name, 0) : -1;

	return bits > 0 && bits % 8 == 0 ? (uint32_t)(bits / 8) : 0;
}

static uint32_t type_id(const struct btf *btf, const char *name, uint32_t kind)
{
	int id = btf__find_by_name_kind(btf, name, kind);

	return id > 0 ? (uint32_t)id : 0;
}

static void read_casts(const struct btf *btf, struct device_layout *layout)
{
	layout->cast_skb = type_id(btf, "bpf_cast_to_kern_ctx", BTF_KIND_FUNC);
	layout->cast_type = type_id(btf, "bpf_rdonly_cast", BTF_KIND_FUNC);
	layout->bytes_type = type_id(btf, "ethhdr", BTF_KIND_STRUCT);
	if (!layout->cast_skb || !layout->cast_type || !layout->bytes_type)
		layout->cast_skb = layout->cast_type = layout->bytes_type = 0;
}

bool device_layout_read(struct device_layout *layout)
{
	struct btf *btf = btf__load_vmlinux_btf();

	memset(layout, 0, sizeof(*layout));
	if (!btf)
		return false;
	layout->skb_dev = struct_offset(btf, "sk_buff", "dev");
	layout->dev_addr = struct_offset(btf, "net_device", "dev_addr");
	read_casts(btf, layout);
	btf__free(btf);
	if (layout->skb_dev && layout->dev_addr)
		return true;
	memset(layout, 0, sizeof(*layout));
	return false;
}

bool device_layout_reduce(struct device_layout *layout)
{
	if (layout->cast_skb)
		layout->cast_skb = layout->cast_type = layout->bytes_type = 0;
	else if (layout->skb_dev)
		layout->skb_dev = layout->dev_addr = 0;
	else
		return false;
	return true;
}

static bool patch_call(struct bpf_insn *insn, const struct device_layout *layout)
{
	uint32_t function = 0;

	if (insn->code != (BPF_JMP | BPF_CALL) || insn->src_reg)
		return false;
	if (insn->imm == DEVICE_LAYOUT_CAST_SKB)
		function = layout->cast_skb;
	if (insn->imm == DEVICE_LAYOUT_CAST_TYPE)
		function = layout->cast_type;
	if (!function)
		return false; /* the verifier finds that a stand-in is not reached */
	insn->src_reg = BPF_PSEUDO_KFUNC_CALL;
	insn->imm = (int32_t)function;
	return true;
}

/* The number of instructions stays, so that libbpf's relocations stay valid. */
static int patch_program(struct bpf_program *program, const struct device_layout *layout)
{
	size_t count = bpf_program__insn_cnt(program);
	struct bpf_insn *insns = malloc(count * sizeof(*insns));
	bool patched = false;
	int ret = 0;

	if (!insns)
		return -ENOMEM;
	memcpy(insns, bpf_program__insns(program), count * sizeof(*insns));
	for (size_t i = 0; i < count; i++)
		patched |= patch_call(&insns[i], layout);
	if (patched)
		ret = bpf_program__set_insns(program, insns, count);
	free(insns);
	return ret;
}

int device_layout_patch(struct bpf_object *object, const struct device_layout *layout)
{
	struct bpf_program *program;
	int ret = 0;

	bpf_object__for_each_program(program, object)
	{
		if (ret == 0 && layout->cast_skb)
			ret = patch_program(program, layout);
	}
	return ret;
}
