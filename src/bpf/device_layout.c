/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bpf/device_layout.h"

#include <bpf/btf.h>
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

bool device_layout_read(struct device_layout *layout)
{
	struct btf *btf = btf__load_vmlinux_btf();

	memset(layout, 0, sizeof(*layout));
	if (!btf)
		return false;
	layout->skb_dev = struct_offset(btf, "sk_buff", "dev");
	layout->dev_addr = struct_offset(btf, "net_device", "dev_addr");
	btf__free(btf);
	if (layout->skb_dev && layout->dev_addr)
		return true;
	memset(layout, 0, sizeof(*layout));
	return false;
}
