/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table has the names of all architectures; a name that an architecture lacks is skipped there. A call that is not
 * in the table fails with EPERM rather than ending the process: a C library may try a new call first and then an older
 * one, and no guest shall lose its network by that.
 */
#include "daemon/sandbox_calls.h"

#include "daemon/sandbox.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* What the argument number `argument` of a call must be. */
enum call_condition { ANY, EQUAL, WITHOUT, WITH };

struct call {
	const char *name;
	unsigned group; /* 0: of every daemon */
	enum call_condition condition;
	unsigned argument;
	uint64_t value;
};

/* clang-format off */
static const struct call calls[] = {
	/* memory that is not executable */
	{"brk", 0, ANY, 0, 0}, {"madvise", 0, ANY, 0, 0}, {"mremap", 0, ANY, 0, 0}, {"munmap", 0, ANY, 0, 0},
	{"mmap", 0, WITHOUT, 2, PROT_EXEC}, {"mmap2", 0, WITHOUT, 2, PROT_EXEC}, {"mprotect", 0, WITHOUT, 2, PROT_EXEC},
	/* time and processors */
	{"clock_gettime", 0, ANY, 0, 0}, {"clock_gettime64", 0, ANY, 0, 0}, {"clock_getres", 0, ANY, 0, 0},
	{"clock_nanosleep", 0, ANY, 0, 0}, {"clock_nanosleep_time64", 0, ANY, 0, 0}, {"gettimeofday", 0, ANY, 0, 0},
	{"nanosleep", 0, ANY, 0, 0}, {"time", 0, ANY, 0, 0}, {"timerfd_settime", 0, ANY, 0, 0},
	{"timerfd_settime64", 0, ANY, 0, 0}, {"getcpu", 0, ANY, 0, 0}, {"sched_getaffinity", 0, ANY, 0, 0},
	{"sched_yield", 0, ANY, 0, 0}, {"sysinfo", 0, ANY, 0, 0}, {"uname", 0, ANY, 0, 0},
	/* signals and threads */
	{"exit", 0, ANY, 0, 0}, {"exit_group", 0, ANY, 0, 0}, {"futex", 0, ANY, 0, 0}, {"futex_time64", 0, ANY, 0, 0},
	{"membarrier", 0, ANY, 0, 0}, {"restart_syscall", 0, ANY, 0, 0}, {"rseq", 0, ANY, 0, 0},
	{"rt_sigaction", 0, ANY, 0, 0}, {"rt_sigprocmask", 0, ANY, 0, 0}, {"rt_sigreturn", 0, ANY, 0, 0},
	{"set_robust_list", 0, ANY, 0, 0}, {"sigaltstack", 0, ANY, 0, 0}, {"sigreturn", 0, ANY, 0, 0},
	{"tgkill", 0, ANY, 0, 0}, {"clone", SANDBOX_THREADS, WITH, 0, CLONE_THREAD},
	/* who and where the process is */
	{"getegid", 0, ANY, 0, 0}, {"geteuid", 0, ANY, 0, 0}, {"getgid", 0, ANY, 0, 0}, {"getpid", 0, ANY, 0, 0},
	{"gettid", 0, ANY, 0, 0}, {"getuid", 0, ANY, 0, 0}, {"getrandom", 0, ANY, 0, 0}, {"getrlimit", 0, ANY, 0, 0},
	{"setpriority", SANDBOX_THREADS, ANY, 0, 0},
	/* open descriptors */
	{"close", 0, ANY, 0, 0}, {"dup", 0, ANY, 0, 0}, {"dup2", 0, ANY, 0, 0}, {"dup3", 0, ANY, 0, 0},
	{"epoll_create1", 0, ANY, 0, 0}, {"epoll_ctl", 0, ANY, 0, 0}, {"epoll_pwait", 0, ANY, 0, 0},
	{"epoll_pwait2", 0, ANY, 0, 0}, {"epoll_wait", 0, ANY, 0, 0}, {"eventfd2", 0, ANY, 0, 0}, {"fcntl", 0, ANY, 0, 0},
	{"fcntl64", 0, ANY, 0, 0}, {"flock", 0, ANY, 0, 0}, {"fstat", 0, ANY, 0, 0}, {"fstat64", 0, ANY, 0, 0}, {"fsync", 0, ANY, 0, 0},
	{"fallocate", 0, ANY, 0, 0}, {"ftruncate", 0, ANY, 0, 0}, {"ftruncate64", 0, ANY, 0, 0}, {"lseek", 0, ANY, 0, 0}, {"_llseek", 0, ANY, 0, 0},
	{"newfstatat", 0, ANY, 0, 0}, {"fstatat64", 0, ANY, 0, 0}, {"pipe2", 0, ANY, 0, 0}, {"poll", 0, ANY, 0, 0},
	{"ppoll", 0, ANY, 0, 0}, {"ppoll_time64", 0, ANY, 0, 0}, {"pread64", 0, ANY, 0, 0}, {"pselect6", 0, ANY, 0, 0},
	{"pselect6_time64", 0, ANY, 0, 0}, {"read", 0, ANY, 0, 0}, {"readv", 0, ANY, 0, 0}, {"statx", 0, ANY, 0, 0},
	{"pwrite64", 0, ANY, 0, 0}, {"write", 0, ANY, 0, 0}, {"writev", 0, ANY, 0, 0},
	{"ioctl", 0, EQUAL, 1, FIONBIO}, {"ioctl", 0, EQUAL, 1, TCGETS}, {"ioctl", 0, EQUAL, 1, TIOCGWINSZ},
	{"ioctl", SANDBOX_TAP, EQUAL, 1, TUNSETCARRIER}, {"ioctl", SANDBOX_NETLINK, EQUAL, 1, SIOCETHTOOL},
	{"ioctl", SANDBOX_TAP | SANDBOX_NETLINK, EQUAL, 1, SIOCGIFADDR},
	/* open sockets */
	{"getpeername", 0, ANY, 0, 0}, {"getsockname", 0, ANY, 0, 0}, {"getsockopt", 0, ANY, 0, 0}, {"recv", 0, ANY, 0, 0},
	{"recvfrom", 0, ANY, 0, 0}, {"recvmmsg", 0, ANY, 0, 0}, {"recvmmsg_time64", 0, ANY, 0, 0}, {"recvmsg", 0, ANY, 0, 0},
	{"send", 0, ANY, 0, 0}, {"sendmmsg", 0, ANY, 0, 0}, {"sendmsg", 0, ANY, 0, 0}, {"sendto", 0, ANY, 0, 0},
	{"setsockopt", 0, ANY, 0, 0}, {"shutdown", 0, ANY, 0, 0},
	/* new sockets */
	{"socket", SANDBOX_UNIX, EQUAL, 0, AF_UNIX}, {"connect", SANDBOX_UNIX, ANY, 0, 0},
	{"socket", SANDBOX_NETLINK, EQUAL, 0, AF_NETLINK},
	{"bind", SANDBOX_NETLINK, ANY, 0, 0}, {"connect", SANDBOX_NETLINK, ANY, 0, 0},
	{"accept4", SANDBOX_ACCEPT, ANY, 0, 0},
	{"socket", SANDBOX_MANAGE, EQUAL, 0, AF_PACKET}, {"socket", SANDBOX_MANAGE, EQUAL, 0, AF_NETLINK},
	{"socket", SANDBOX_MANAGE, EQUAL, 0, AF_INET}, /* for ioctl() on interfaces */
	{"bind", SANDBOX_MANAGE, ANY, 0, 0}, {"ioctl", SANDBOX_MANAGE, ANY, 0, 0}, {"chmod", SANDBOX_MANAGE, ANY, 0, 0},
	{"fchmodat", SANDBOX_MANAGE, ANY, 0, 0}, {"chown", SANDBOX_MANAGE, ANY, 0, 0}, {"lchown", SANDBOX_MANAGE, ANY, 0, 0},
	{"fchownat", SANDBOX_MANAGE, ANY, 0, 0}, {"lstat", SANDBOX_MANAGE, ANY, 0, 0}, {"lstat64", SANDBOX_MANAGE, ANY, 0, 0},
	/* files */
	{"access", SANDBOX_FILES, ANY, 0, 0}, {"faccessat", SANDBOX_FILES, ANY, 0, 0},
	{"faccessat2", SANDBOX_FILES, ANY, 0, 0}, {"fchmod", SANDBOX_FILES, ANY, 0, 0},
	{"getdents64", SANDBOX_FILES, ANY, 0, 0}, {"mkdir", SANDBOX_FILES, ANY, 0, 0}, {"mkdirat", SANDBOX_FILES, ANY, 0, 0},
	{"open", SANDBOX_FILES, ANY, 0, 0}, {"openat", SANDBOX_FILES, ANY, 0, 0}, {"readlink", SANDBOX_FILES, ANY, 0, 0},
	{"readlinkat", SANDBOX_FILES, ANY, 0, 0}, {"rename", SANDBOX_FILES, ANY, 0, 0},
	{"renameat", SANDBOX_FILES, ANY, 0, 0}, {"renameat2", SANDBOX_FILES, ANY, 0, 0}, {"stat", SANDBOX_FILES, ANY, 0, 0},
	{"unlink", SANDBOX_FILES | SANDBOX_REMOVE, ANY, 0, 0}, {"unlinkat", SANDBOX_FILES | SANDBOX_REMOVE, ANY, 0, 0},
	/* eBPF: neither BPF_PROG_LOAD nor BPF_MAP_CREATE nor BPF_BTF_LOAD */
	{"bpf", SANDBOX_BPF, EQUAL, 0, BPF_MAP_LOOKUP_ELEM}, {"bpf", SANDBOX_BPF, EQUAL, 0, BPF_MAP_UPDATE_ELEM},
	{"bpf", SANDBOX_BPF, EQUAL, 0, BPF_MAP_DELETE_ELEM}, {"bpf", SANDBOX_BPF, EQUAL, 0, BPF_MAP_GET_NEXT_KEY},
	{"bpf", SANDBOX_BPF, EQUAL, 0, BPF_MAP_LOOKUP_BATCH}, {"bpf", SANDBOX_BPF, EQUAL, 0, BPF_MAP_UPDATE_BATCH},
	{"bpf", SANDBOX_BPF, EQUAL, 0, BPF_MAP_DELETE_BATCH}, {"bpf", SANDBOX_BPF, EQUAL, 0, BPF_OBJ_GET_INFO_BY_FD},
	{"bpf", SANDBOX_BPF, EQUAL, 0, BPF_PROG_QUERY}, {"bpf", SANDBOX_BPF, EQUAL, 0, BPF_PROG_ATTACH},
	{"bpf", SANDBOX_BPF, EQUAL, 0, BPF_PROG_DETACH}, {"bpf", SANDBOX_BPF, EQUAL, 0, BPF_PROG_GET_FD_BY_ID},
	{"bpf", SANDBOX_BPF, EQUAL, 0, BPF_MAP_GET_FD_BY_ID}, {"bpf", SANDBOX_BPF, EQUAL, 0, BPF_LINK_CREATE},
	{"bpf", SANDBOX_BPF, EQUAL, 0, BPF_LINK_UPDATE}, {"bpf", SANDBOX_BPF, EQUAL, 0, BPF_LINK_DETACH},
	{"bpf", SANDBOX_BPF, EQUAL, 0, BPF_LINK_GET_FD_BY_ID},
};
/* clang-format on */

static int allow(scmp_filter_ctx filter, const struct call *call)
{
	struct scmp_arg_cmp condition = {.arg = call->argument};
	int number = seccomp_syscall_resolve_name(call->name), ret;

	if (number == __NR_SCMP_ERROR) /* newer than the library */
		return 0;
	switch (call->condition) {
	case ANY:
		ret = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 0, NULL);
		return ret == -EDOM ? 0 : ret; /* not on this architecture */
	case EQUAL:
		condition.op = SCMP_CMP_EQ;
		condition.datum_a = call->value;
		break;
	case WITHOUT:
	case WITH:
		condition.op = SCMP_CMP_MASKED_EQ;
		condition.datum_a = call->value;
		condition.datum_b = call->condition == WITH ? call->value : 0;
		break;
	}
	ret = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &condition);
	return ret == -EDOM ? 0 : ret;
}

int sandbox_filter_calls(unsigned groups)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int ret = filter ? 0 : -ENOMEM;

	if (!filter)
		return ret;
	/* The flags of clone3 are in memory, which a filter cannot read: the C library uses clone instead. */
	ret = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]) && ret == 0; i++)
		if (!calls[i].group || calls[i].group & groups)
			ret = allow(filter, &calls[i]);
	if (ret == 0)
		ret = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (ret == 0) {
		/* Both are conveniences: a binary tree in place of a list, and a line in the log of the kernel. */
		seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
		seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
		ret = seccomp_load(filter);
	}
	seccomp_release(filter);
	return ret;
}
