/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bpf/attach.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "netdev/netlink.h"

/* Constants that older headers lack (include/uapi/linux/bpf.h of Linux 6.6). */
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

static const struct attachment no_attachment = {.prog_fd = -1};

/* Opens a program and reads its name. Returns its descriptor or a negative errno. */
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

static void read_program_name(uint32_t id, char name[16])
{
	int fd = open_program(id, name);

	if (fd >= 0)
		close(fd);
}

static int list_tcx(int ifindex, bool egress, struct attachment *list, size_t room)
{
	uint32_t ids[PROGS_MAX] = {0}, flags = 0, count = PROGS_MAX;
	size_t found = 0;

	if (bpf_prog_query(ifindex, tcx_type(egress), 0, &flags, ids, &count) < 0)
		return errno == EINVAL ? 0 : -errno; /* a kernel without TCX does not know the type */
	for (uint32_t i = 0; i < count && i < PROGS_MAX; i++, found++) {
		if (found >= room)
			continue;
		list[found] = no_attachment;
		list[found].present = true;
		list[found].method = ATTACH_TCX;
		list[found].ifindex = ifindex;
		list[found].egress = egress;
		list[found].prog_id = ids[i];
		read_program_name(ids[i], list[found].name);
	}
	return (int)found;
}

bool attach_has_tcx(int ifindex)
{
	uint32_t flags = 0, count = 0;

	return bpf_prog_query(ifindex, TCX_INGRESS, 0, &flags, NULL, &count) == 0;
}

struct attach_filters {
	struct attachment *list;
	size_t room, count;
	int ifindex;
	bool egress;
};

static int parse_filter(struct nlmsghdr *nlh, void *arg)
{
	struct attach_filters *filters = arg;
	struct nlattr *attrs[TCA_MAX + 1], *bpf[TCA_BPF_MAX + 1];
	struct attachment *attachment;
	const struct tcmsg *tcm;

	if (!nlh) {
		filters->count = 0;
		return 0;
	}
	if (nlh->nlmsg_type != RTM_NEWTFILTER || nlmsg_parse(nlh, sizeof(*tcm), attrs, TCA_MAX, NULL) < 0)
		return 0;
	tcm = nlmsg_data(nlh);
	/* An entry without a handle is the head of a list of filters. */
	if (!attrs[TCA_KIND] || !tcm->tcm_handle || filters->count++ >= filters->room)
		return 0;
	attachment = &filters->list[filters->count - 1];
	*attachment = no_attachment;
	attachment->present = true;
	attachment->method = ATTACH_CLSACT;
	attachment->ifindex = filters->ifindex;
	attachment->egress = filters->egress;
	attachment->handle = tcm->tcm_handle;
	attachment->priority = TC_H_MAJ(tcm->tcm_info) >> 16;
	snprintf(attachment->name, sizeof(attachment->name), "%.15s", nla_get_string(attrs[TCA_KIND]));
	if (strcmp(attachment->name, "bpf") || !attrs[TCA_OPTIONS] ||
	    nla_parse_nested(bpf, TCA_BPF_MAX, attrs[TCA_OPTIONS], NULL) < 0 || !bpf[TCA_BPF_ID])
		return 0;
	attachment->prog_id = nla_get_u32(bpf[TCA_BPF_ID]);
	read_program_name(attachment->prog_id, attachment->name);
	return 0;
}

/* Asks rtnetlink for the filters or qdiscs of an interface. */
static int dump_tc(int type, const struct tcmsg *tcm, netlink_parser *parse, void *arg)
{
	struct netlink netlink;
	int ret = netlink_open(&netlink, NETLINK_ROUTE);

	if (ret < 0)
		return ret;
	ret = netlink_dump(&netlink, type, tcm, sizeof(*tcm), parse, arg);
	netlink_close(&netlink);
	return ret;
}

static int list_clsact(int ifindex, bool egress, struct attachment *list, size_t room)
{
	struct attach_filters filters = {.list = list, .room = room, .ifindex = ifindex, .egress = egress};
	struct tcmsg tcm = {
		.tcm_ifindex = ifindex,
		.tcm_parent = TC_H_MAKE(TC_H_CLSACT, egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS),
	};
	int ret = dump_tc(RTM_GETTFILTER, &tcm, parse_filter, &filters);

	return ret < 0 ? ret : (int)filters.count;
}

int attach_list(int ifindex, bool egress, struct attachment *list, size_t room)
{
	int tcx = list_tcx(ifindex, egress, list, room), filters;
	size_t used;

	if (tcx < 0)
		return tcx;
	used = (size_t)tcx < room ? (size_t)tcx : room;
	filters = list_clsact(ifindex, egress, list + used, room - used);
	return filters < 0 ? filters : tcx + filters;
}

int attach_find(int ifindex, bool egress, const char *name, struct attachment *attachment)
{
	struct attachment list[2 * PROGS_MAX];
	int count = attach_list(ifindex, egress, list, 2 * PROGS_MAX);

	*attachment = no_attachment;
	if (count < 0)
		return count;
	for (int i = 0; i < count && i < 2 * PROGS_MAX; i++) {
		char found[16];
		int fd;

		if (!list[i].prog_id)
			continue;
		fd = open_program(list[i].prog_id, found);
		if (fd == -EPERM)
			return fd;
		if (fd < 0)
			continue;
		if (!strcmp(found, name)) {
			*attachment = list[i];
			attachment->prog_fd = fd;
			return 0;
		}
		close(fd);
	}
	return -ENOENT;
}

void attach_close(struct attachment *attachment)
{
	if (attachment->prog_fd >= 0)
		close(attachment->prog_fd);
	attachment->prog_fd = -1;
}

uint32_t attach_program_id(int fd)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &size) == 0 ? info.id : 0;
}

static int attach_tcx(int ifindex, bool egress, int prog_fd, uint32_t flags)
{
	LIBBPF_OPTS(bpf_prog_attach_opts, opts, .flags = flags);

	return bpf_prog_attach_opts(prog_fd, ifindex, tcx_type(egress), &opts) < 0 ? -errno : 0;
}

static struct bpf_tc_hook tc_hook(int ifindex, bool egress)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);

	return hook;
}

/*
 * Takes the highest priority that no other kind of filter has. Among eBPF filters of one priority the newest comes
 * first.
 */
static int attach_clsact(int ifindex, bool egress, int prog_fd, struct attachment *attachment)
{
	struct bpf_tc_hook hook = tc_hook(ifindex, egress);
	int ret = bpf_tc_hook_create(&hook);

	if (ret < 0 && ret != -EEXIST)
		return ret;
	attachment->made_qdisc = ret == 0;
	for (uint32_t priority = 1; priority <= 16; priority++) {
		LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog_fd, .priority = priority);
		ret = bpf_tc_attach(&hook, &opts);
		if (ret == 0) {
			attachment->handle = opts.handle;
			attachment->priority = opts.priority;
			return 0;
		}
		if (ret != -EEXIST && ret != -EINVAL)
			break;
	}
	if (attachment->made_qdisc)
		attach_remove_qdisc(ifindex);
	return ret;
}

static int fill_attachment(enum attach_method method, int ifindex, bool egress, int prog_fd,
			   struct attachment *attachment)
{
	attachment->present = true;
	attachment->method = method;
	attachment->ifindex = ifindex;
	attachment->egress = egress;
	attachment->prog_fd = fcntl(prog_fd, F_DUPFD_CLOEXEC, 3);
	attachment->prog_id = attach_program_id(prog_fd);
	return 0;
}

int attach_first(enum attach_method method, int ifindex, bool egress, int prog_fd, struct attachment *attachment)
{
	int ret;

	*attachment = no_attachment;
	ret = method == ATTACH_TCX ? attach_tcx(ifindex, egress, prog_fd, F_BEFORE)
				   : attach_clsact(ifindex, egress, prog_fd, attachment);
	return ret < 0 ? ret : fill_attachment(method, ifindex, egress, prog_fd, attachment);
}

/* Makes or removes the ingress qdisc of an interface. */
static int change_ingress_qdisc(int type, int flags, int ifindex)
{
	struct tcmsg tcm = {
		.tcm_ifindex = ifindex, .tcm_parent = TC_H_INGRESS, .tcm_handle = TC_H_MAKE(TC_H_INGRESS, 0)};
	struct nl_msg *msg = netlink_message(type, flags, &tcm, sizeof(tcm));
	struct netlink netlink;
	int ret;

	if (msg && nla_put_string(msg, TCA_KIND, "ingress") < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	ret = netlink_open(&netlink, NETLINK_ROUTE);
	if (ret < 0) {
		nlmsg_free(msg);
		return ret;
	}
	ret = netlink_request(&netlink, msg, NULL, NULL);
	netlink_close(&netlink);
	return ret;
}

/* With the lowest priority: filters that are added without one come before it. */
static int attach_clsact_last(int ifindex, int prog_fd, struct attachment *attachment)
{
	struct bpf_tc_hook hook = tc_hook(ifindex, false);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog_fd, .priority = UINT16_MAX);
	int ret = change_ingress_qdisc(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ifindex);

	if (ret < 0 && ret != -EEXIST)
		return ret;
	ret = bpf_tc_attach(&hook, &opts);
	attachment->handle = opts.handle;
	attachment->priority = opts.priority;
	return ret;
}

int attach_last(enum attach_method method, int ifindex, int prog_fd, struct attachment *attachment)
{
	int ret;

	*attachment = no_attachment;
	ret = method == ATTACH_TCX ? attach_tcx(ifindex, false, prog_fd, F_AFTER)
				   : attach_clsact_last(ifindex, prog_fd, attachment);
	return ret < 0 ? ret : fill_attachment(method, ifindex, false, prog_fd, attachment);
}

int attach_remove_ingress(int ifindex)
{
	int ret = list_clsact(ifindex, false, NULL, 0);

	if (ret)
		return ret < 0 ? ret : -EBUSY;
	ret = change_ingress_qdisc(RTM_DELQDISC, 0, ifindex);
	return ret == -ENOENT || ret == -ENODEV ? 0 : ret;
}

int attach_link_last(int ifindex, bool egress, int prog_fd)
{
	int link = attach_has_tcx(ifindex) ? bpf_link_create(prog_fd, ifindex, tcx_type(egress), NULL) : -EOPNOTSUPP;

	return link < 0 && link != -EOPNOTSUPP ? -errno : link;
}

int attach_replace(struct attachment *attachment, int prog_fd)
{
	int ret;

	if (attachment->method == ATTACH_TCX) {
		LIBBPF_OPTS(bpf_prog_attach_opts, opts, .flags = F_REPLACE, .replace_prog_fd = attachment->prog_fd);
		ret = bpf_prog_attach_opts(prog_fd, attachment->ifindex, tcx_type(attachment->egress), &opts) < 0
			      ? -errno
			      : 0;
	} else {
		struct bpf_tc_hook hook = tc_hook(attachment->ifindex, attachment->egress);
		LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog_fd, .flags = BPF_TC_F_REPLACE,
			    .handle = attachment->handle, .priority = attachment->priority);
		ret = bpf_tc_attach(&hook, &opts);
	}
	if (ret < 0)
		return ret;
	attach_close(attachment);
	attachment->prog_fd = fcntl(prog_fd, F_DUPFD_CLOEXEC, 3);
	attachment->prog_id = attach_program_id(prog_fd);
	return 0;
}

int attach_remove(struct attachment *attachment)
{
	int ret;

	if (!attachment->present)
		return 0;
	if (attachment->method == ATTACH_TCX) {
		ret = bpf_prog_detach2(attachment->prog_fd, attachment->ifindex, tcx_type(attachment->egress)) < 0
			      ? -errno
			      : 0;
	} else {
		struct bpf_tc_hook hook = tc_hook(attachment->ifindex, attachment->egress);
		LIBBPF_OPTS(bpf_tc_opts, opts, .handle = attachment->handle, .priority = attachment->priority);
		ret = bpf_tc_detach(&hook, &opts);
	}
	if (ret < 0 && ret != -ENOENT && ret != -ENODEV)
		return ret;
	attachment->present = false;
	return 0;
}

struct attach_qdisc_query {
	int ifindex;
	bool found;
};

static int parse_qdisc(struct nlmsghdr *nlh, void *arg)
{
	struct attach_qdisc_query *query = arg;
	const struct tcmsg *tcm;

	if (!nlh) {
		query->found = false;
		return 0;
	}
	tcm = nlmsg_data(nlh);
	/* The ingress qdisc has the same parent. A filter there serves clsact's ingress too, but the qdisc is not ours. */
	if (nlh->nlmsg_type == RTM_NEWQDISC && tcm->tcm_ifindex == query->ifindex && tcm->tcm_parent == TC_H_CLSACT)
		query->found = true;
	return 0;
}

bool attach_has_qdisc(int ifindex)
{
	struct attach_qdisc_query query = {.ifindex = ifindex};
	struct tcmsg tcm = {.tcm_ifindex = ifindex};

	return dump_tc(RTM_GETQDISC, &tcm, parse_qdisc, &query) == 0 && query.found;
}

int attach_remove_qdisc(int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	int ret;

	for (int egress = 0; egress < 2; egress++) {
		ret = list_clsact(ifindex, egress, NULL, 0);
		if (ret)
			return ret < 0 ? ret : -EBUSY;
	}
	ret = bpf_tc_hook_destroy(&hook);
	return ret == -ENOENT || ret == -ENODEV ? 0 : ret;
}
