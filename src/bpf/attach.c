/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bpf/attach.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>

/* Numbers that the headers of older systems lack (include/uapi/linux/bpf.h of Linux 6.6). */
#define TCX_INGRESS ((enum bpf_attach_type)46)
#define TCX_EGRESS  ((enum bpf_attach_type)47)
#define F_REPLACE   (1u << 2)
#define F_BEFORE    (1u << 3)
#define F_AFTER     (1u << 4)

#define PROGS_MAX 64 /* BPF_MPROG_MAX of the kernel: no chain is longer */

static enum bpf_attach_type tcx_type(bool egress)
{
	return egress ? TCX_EGRESS : TCX_INGRESS;
}

static const struct attachment nothing = {.prog_fd = -1};

/* Reads a program's name; returns its descriptor or a negative errno. */
static int open_program(uint32_t id, char name[16])
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	name[0] = '\0';
	if (fd < 0)
		return -errno;
	if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0)
		snprintf(name, 16, "%.15s", info.name);
	return fd;
}

static int list_tcx(int ifindex, bool egress, struct attachment *list, size_t room)
{
	uint32_t ids[PROGS_MAX] = {0}, flags = 0, count = PROGS_MAX;
	size_t n = 0;

	if (bpf_prog_query(ifindex, tcx_type(egress), 0, &flags, ids, &count) < 0)
		return errno == EINVAL ? 0 : -errno; /* a kernel without TCX does not know the type */
	for (uint32_t i = 0; i < count && i < PROGS_MAX; i++, n++) {
		if (n >= room)
			continue;
		list[n] = nothing;
		list[n].present = true;
		list[n].way = ATTACH_TCX;
		list[n].ifindex = ifindex;
		list[n].egress = egress;
		list[n].prog_id = ids[i];
		int fd = open_program(ids[i], list[n].name);
		if (fd >= 0)
			close(fd);
	}
	return (int)n;
}

bool attach_has_tcx(int ifindex)
{
	uint32_t flags = 0, count = 0;

	return bpf_prog_query(ifindex, TCX_INGRESS, 0, &flags, NULL, &count) == 0;
}

struct filters {
	struct attachment *list;
	size_t room, count;
	int ifindex;
	bool egress;
};

static int on_filter(struct nl_msg *msg, void *arg)
{
	struct filters *f = arg;
	struct nlmsghdr *h = nlmsg_hdr(msg);
	struct tcmsg *tcm = nlmsg_data(h);
	struct nlattr *at[TCA_MAX + 1], *bpf[TCA_BPF_MAX + 1];

	if (h->nlmsg_type != RTM_NEWTFILTER || nlmsg_parse(h, sizeof(*tcm), at, TCA_MAX, NULL) < 0)
		return NL_OK;
	/* A filter without a handle is the head under which the real ones are listed. */
	if (!at[TCA_KIND] || !tcm->tcm_handle)
		return NL_OK;
	if (f->count++ >= f->room)
		return NL_OK;
	struct attachment *a = &f->list[f->count - 1];
	*a = nothing;
	a->present = true;
	a->way = ATTACH_CLSACT;
	a->ifindex = f->ifindex;
	a->egress = f->egress;
	a->handle = tcm->tcm_handle;
	a->priority = TC_H_MAJ(tcm->tcm_info) >> 16;
	snprintf(a->name, sizeof(a->name), "%.15s", nla_get_string(at[TCA_KIND]));
	if (strcmp(a->name, "bpf") || !at[TCA_OPTIONS] || nla_parse_nested(bpf, TCA_BPF_MAX, at[TCA_OPTIONS], NULL) < 0)
		return NL_OK;
	if (!bpf[TCA_BPF_ID])
		return NL_OK;
	a->prog_id = nla_get_u32(bpf[TCA_BPF_ID]);
	int fd = open_program(a->prog_id, a->name);
	if (fd >= 0)
		close(fd);
	return NL_OK;
}

static int list_clsact(int ifindex, bool egress, struct attachment *list, size_t room)
{
	struct filters f = {.list = list, .room = room, .ifindex = ifindex, .egress = egress};
	struct tcmsg tcm = {
		.tcm_ifindex = ifindex,
		.tcm_parent = TC_H_MAKE(TC_H_CLSACT, egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS),
	};
	struct nl_sock *sock = nl_socket_alloc();
	int r = -NLE_NOMEM;

	if (!sock)
		return -ENOMEM;
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_filter, &f);
	r = nl_connect(sock, NETLINK_ROUTE);
	if (r >= 0)
		r = nl_send_simple(sock, RTM_GETTFILTER, NLM_F_DUMP, &tcm, sizeof(tcm));
	if (r >= 0)
		r = nl_recvmsgs_default(sock);
	nl_socket_free(sock);
	return r < 0 ? (r == -NLE_PERM ? -EPERM : -EIO) : (int)f.count;
}

int attach_list(int ifindex, bool egress, struct attachment *list, size_t room)
{
	int tcx = list_tcx(ifindex, egress, list, room);

	if (tcx < 0)
		return tcx;
	size_t used = (size_t)tcx < room ? (size_t)tcx : room;
	int filters = list_clsact(ifindex, egress, list + used, room - used);
	return filters < 0 ? filters : tcx + filters;
}

int attach_find(int ifindex, bool egress, const char *name, struct attachment *at)
{
	struct attachment list[2 * PROGS_MAX];
	int n = attach_list(ifindex, egress, list, 2 * PROGS_MAX);

	*at = nothing;
	if (n < 0)
		return n;
	for (int i = 0; i < n && i < 2 * PROGS_MAX; i++) {
		if (!list[i].prog_id)
			continue;
		char found[16];
		int fd = open_program(list[i].prog_id, found);
		if (fd == -EPERM)
			return fd;
		if (fd < 0)
			continue;
		if (!strcmp(found, name)) {
			*at = list[i];
			at->prog_fd = fd;
			return 0;
		}
		close(fd);
	}
	return -ENOENT;
}

void attach_close(struct attachment *at)
{
	if (at->prog_fd >= 0)
		close(at->prog_fd);
	at->prog_fd = -1;
}

uint32_t attach_program_id(int fd)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &size) == 0 ? info.id : 0;
}

static int new_tcx(int ifindex, bool egress, int prog_fd, uint32_t flags)
{
	LIBBPF_OPTS(bpf_prog_attach_opts, opts, .flags = flags);

	return bpf_prog_attach_opts(prog_fd, ifindex, tcx_type(egress), &opts) < 0 ? -errno : 0;
}

static struct bpf_tc_hook hook_of(int ifindex, bool egress)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);

	return hook;
}

/*
 * Takes the highest priority that another kind of filter does not have.  Among eBPF filters of one priority the newest
 * comes first.
 */
static int new_clsact(int ifindex, bool egress, int prog_fd, struct attachment *at)
{
	struct bpf_tc_hook hook = hook_of(ifindex, egress);
	int r = bpf_tc_hook_create(&hook);

	if (r < 0 && r != -EEXIST)
		return r;
	at->made_qdisc = r == 0;
	for (uint32_t priority = 1; priority <= 16; priority++) {
		LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog_fd, .priority = priority);
		r = bpf_tc_attach(&hook, &opts);
		if (r == 0) {
			at->handle = opts.handle;
			at->priority = opts.priority;
			return 0;
		}
		if (r != -EEXIST && r != -EINVAL)
			break;
	}
	if (at->made_qdisc)
		attach_remove_qdisc(ifindex);
	return r;
}

static int attached(enum attach_way way, int ifindex, bool egress, int prog_fd, struct attachment *at)
{
	at->present = true;
	at->way = way;
	at->ifindex = ifindex;
	at->egress = egress;
	at->prog_fd = fcntl(prog_fd, F_DUPFD_CLOEXEC, 3);
	at->prog_id = attach_program_id(prog_fd);
	return 0;
}

int attach_new(enum attach_way way, int ifindex, bool egress, int prog_fd, struct attachment *at)
{
	*at = nothing;
	int r = way == ATTACH_TCX ? new_tcx(ifindex, egress, prog_fd, F_BEFORE)
				  : new_clsact(ifindex, egress, prog_fd, at);
	return r < 0 ? r : attached(way, ifindex, egress, prog_fd, at);
}

int attach_last(int ifindex, bool egress, int prog_fd, struct attachment *at)
{
	*at = nothing;
	int r = new_tcx(ifindex, egress, prog_fd, F_AFTER);
	return r < 0 ? r : attached(ATTACH_TCX, ifindex, egress, prog_fd, at);
}

int attach_replace(struct attachment *at, int prog_fd)
{
	int r;

	if (at->way == ATTACH_TCX) {
		LIBBPF_OPTS(bpf_prog_attach_opts, opts, .flags = F_REPLACE, .replace_prog_fd = at->prog_fd);
		r = bpf_prog_attach_opts(prog_fd, at->ifindex, tcx_type(at->egress), &opts) < 0 ? -errno : 0;
	} else {
		struct bpf_tc_hook hook = hook_of(at->ifindex, at->egress);
		LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog_fd, .flags = BPF_TC_F_REPLACE, .handle = at->handle,
			    .priority = at->priority);
		r = bpf_tc_attach(&hook, &opts);
	}
	if (r < 0)
		return r;
	attach_close(at);
	at->prog_fd = fcntl(prog_fd, F_DUPFD_CLOEXEC, 3);
	at->prog_id = attach_program_id(prog_fd);
	return 0;
}

int attach_remove(struct attachment *at)
{
	int r;

	if (!at->present)
		return 0;
	if (at->way == ATTACH_TCX) {
		r = bpf_prog_detach2(at->prog_fd, at->ifindex, tcx_type(at->egress)) < 0 ? -errno : 0;
	} else {
		struct bpf_tc_hook hook = hook_of(at->ifindex, at->egress);
		LIBBPF_OPTS(bpf_tc_opts, opts, .handle = at->handle, .priority = at->priority);
		r = bpf_tc_detach(&hook, &opts);
	}
	if (r < 0 && r != -ENOENT && r != -ENODEV)
		return r;
	at->present = false;
	return 0;
}

struct qdiscs {
	int ifindex;
	bool found;
};

static int on_qdisc(struct nl_msg *msg, void *arg)
{
	struct qdiscs *q = arg;
	struct nlmsghdr *h = nlmsg_hdr(msg);
	struct tcmsg *tcm = nlmsg_data(h);

	/* ingress has the same parent: a filter attached there serves clsact's ingress too, but it is not ours to remove. */
	if (h->nlmsg_type == RTM_NEWQDISC && tcm->tcm_ifindex == q->ifindex && tcm->tcm_parent == TC_H_CLSACT)
		q->found = true;
	return NL_OK;
}

bool attach_has_qdisc(int ifindex)
{
	struct qdiscs q = {.ifindex = ifindex};
	struct tcmsg tcm = {.tcm_ifindex = ifindex};
	struct nl_sock *sock = nl_socket_alloc();

	if (!sock)
		return false;
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_qdisc, &q);
	if (nl_connect(sock, NETLINK_ROUTE) >= 0 &&
	    nl_send_simple(sock, RTM_GETQDISC, NLM_F_DUMP, &tcm, sizeof(tcm)) >= 0)
		nl_recvmsgs_default(sock);
	nl_socket_free(sock);
	return q.found;
}

int attach_remove_qdisc(int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	for (int egress = 0; egress < 2; egress++) {
		int left = list_clsact(ifindex, egress, NULL, 0);
		if (left)
			return left < 0 ? left : -EBUSY;
	}
	int r = bpf_tc_hook_destroy(&hook);
	return r == -ENOENT || r == -ENODEV ? 0 : r;
}
