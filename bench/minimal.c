/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * minimal: attaches bench/minimal.bpf.c to the uplink and to the guest's port until it is terminated.
 *
 *	minimal UPLINK PORT UPLINK-MAC GUEST-MAC
 *
 * Exit codes: 0 terminated, 1 failure, 2 usage.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <net/if.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "base/mac.h"
#include "bpf/attach.h"
#include "minimal.skel.h"

static int attach(int ifindex, const struct bpf_program *program, struct attachment *attachment)
{
	enum attach_method method = attach_has_tcx(ifindex) ? ATTACH_TCX : ATTACH_CLSACT;
	int ret = attach_first(method, ifindex, false, bpf_program__fd(program), attachment);

	if (ret)
		fprintf(stderr, "minimal: cannot attach to interface %d: %s\n", ifindex, strerror(-ret));
	return ret;
}

/* Returns an exit code. */
static int run(struct minimal_bpf *minimal, int uplink, int port)
{
	struct attachment in, out;
	sigset_t signals;
	int number, code = 1;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	if (attach(uplink, minimal->progs.minimal_in, &in))
		return 1;
	if (attach(port, minimal->progs.minimal_out, &out) == 0) {
		printf("attached\n");
		fflush(stdout);
		sigwait(&signals, &number);
		attach_remove(&out);
		attach_close(&out);
		code = 0;
	}
	attach_remove(&in);
	attach_close(&in);
	return code;
}

int main(int argc, char **argv)
{
	uint8_t uplink_mac[6], guest_mac[6];
	struct minimal_bpf *minimal;
	int code = 1;

	if (argc != 5 || !mac_parse(uplink_mac, argv[3]) || !mac_parse(guest_mac, argv[4])) {
		fprintf(stderr, "usage: minimal UPLINK PORT UPLINK-MAC GUEST-MAC\n");
		return 2;
	}
	minimal = minimal_bpf__open();
	if (!minimal) {
		fprintf(stderr, "minimal: cannot open the programs: %s\n", strerror(errno));
		return 1;
	}
	minimal->rodata->uplink = if_nametoindex(argv[1]);
	minimal->rodata->port = if_nametoindex(argv[2]);
	memcpy((uint8_t *)minimal->rodata->uplink_mac, uplink_mac, 6);
	memcpy((uint8_t *)minimal->rodata->guest_mac, guest_mac, 6);
	if (!minimal->rodata->uplink || !minimal->rodata->port || minimal_bpf__load(minimal))
		fprintf(stderr, "minimal: cannot load the programs for %s and %s\n", argv[1], argv[2]);
	else
		code = run(minimal, (int)minimal->rodata->uplink, (int)minimal->rodata->port);
	minimal_bpf__destroy(minimal);
	return code;
}
