/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs at the guests' ports: of the shortcut, and of the recorder. */
#include "bpf/loader.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

int kernel_part_set_shortcut(const struct kernel_part *part, uint64_t until)
{
	uint32_t index = MN_SHORTCUT_UNTIL;

	return bpf_map_update_elem(part->map[PART_SHORTCUT], &index, &until, BPF_ANY) < 0 ? -errno : 0;
}

enum { PORT_PROGRAMS_MAX = 64 };

/* Lists this part's programs at the ingress of a port; -EBUSY if `refuse_filters` and there are clsact filters. */
static int own_programs_at(const struct kernel_part *part, int port, bool refuse_filters,
			   struct attachment list[PORT_PROGRAMS_MAX])
{
	int count = attach_list(port, false, list, PORT_PROGRAMS_MAX), n_own = 0;
	uint32_t own_id = attach_program_id(part->from_port);

	for (int i = 0; i < count && i < PORT_PROGRAMS_MAX; i++) {
		struct attachment attachment = list[i];

		if (attachment.method == ATTACH_CLSACT && refuse_filters) {
			while (n_own-- > 0)
				attach_close(&list[n_own]);
			return -EBUSY;
		}
		/*
		 * Opening a program by id needs a privilege that a running vifi has dropped; its own programs need no
		 * opening.
		 */
		if (attachment.prog_id && attachment.prog_id == own_id)
			attachment.prog_fd = fcntl(part->from_port, F_DUPFD_CLOEXEC, 3);
		else
			attachment.prog_fd = attachment.prog_id && !strcmp(attachment.name, PART_PORT_PROGRAM)
						     ? bpf_prog_get_fd_by_id(attachment.prog_id)
						     : -1;
		if (attachment.prog_fd >= 0 && kernel_part_owns(part, attachment.prog_fd))
			list[n_own++] = attachment;
		else
			attach_close(&attachment);
	}
	return count < 0 ? count : n_own;
}

int kernel_part_attach_port(const struct kernel_part *part, int port)
{
	struct attachment list[PORT_PROGRAMS_MAX], attachment;
	int count = own_programs_at(part, port, part->method == ATTACH_TCX, list), ret = 0;

	if (count < 0)
		return count;
	if (count == 0) {
		ret = attach_last(part->method, port, part->from_port, &attachment);
		if (ret == 0)
			attach_close(&attachment);
	} else if (list[0].prog_id != attach_program_id(part->from_port)) {
		ret = attach_replace(&list[0], part->from_port);
	}
	while (count-- > 0)
		attach_close(&list[count]);
	return ret;
}

int kernel_part_detach_port(const struct kernel_part *part, int port)
{
	struct attachment list[PORT_PROGRAMS_MAX];
	int count = own_programs_at(part, port, false, list), removed = 0;

	for (int i = 0; i < count; i++) {
		removed += attach_remove(&list[i]) == 0;
		if (list[i].method == ATTACH_CLSACT)
			attach_remove_ingress(port);
		attach_close(&list[i]);
	}
	return count < 0 ? count : removed;
}

void kernel_part_leave_port(const struct kernel_part *part, int port)
{
	if (kernel_part_detach_port(part, port) == 0 && part->method == ATTACH_CLSACT)
		attach_remove_ingress(port);
}

int kernel_part_succeed_at_port(const struct kernel_part *part, const struct kernel_part *old, int port)
{
	struct attachment list[PORT_PROGRAMS_MAX];
	int count = own_programs_at(old, port, false, list), ret = -ENOENT;

	if (count > 0)
		ret = list[0].method == part->method ? attach_replace(&list[0], part->from_port) : -ENOENT;
	while (count-- > 0)
		attach_close(&list[count]);
	return ret;
}

int kernel_part_record_port(const struct kernel_part *part, int port)
{
	return attach_link_last(port, true, part->to_port);
}
